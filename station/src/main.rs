//! What does the operating system start?
//! It must never know more than how to hand over.

use std::process::ExitCode;

use liaison_station::{Io, run};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    if let Ok(filter) = EnvFilter::try_from_env("LIAISON_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    run(std::env::args_os().collect(), Io::system()).await.into()
}
