//! What does a whole network look like on one machine? `cargo demo`: a relay on disk, a custodian, two regions, six
//! fictional States with two offices each, real sockets. It must never know anything that production code needs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// A whole Liaison network with fictional States on this machine: a crisis message, a regional notice, a global
/// notice, and a communication check with response times. Ends by itself; exit code 0 if and only if all of it worked.
#[derive(Debug, Parser)]
#[command(name = "cargo demo --", after_help = "Examples:\n  cargo demo\n  cargo demo -- --keep ./network")]
struct Args {
    /// Keep the network in this folder (new or empty), leave it running at the end, and print how to talk to it.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match liaison_demo::story::run(Args::parse().keep).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nThe demonstration failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
