//! What does the operating system start?
//! It must never know more than how to hand over.

use std::process::ExitCode;

use liaison_station::{Io, run};

#[tokio::main]
async fn main() -> ExitCode {
    run(std::env::args_os().collect(), Io::system()).await.into()
}
