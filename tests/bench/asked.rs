//! What was asked for? Arguments of `cargo bench`, and the absence of `--bench` by which `cargo test` is told.
//! It must never know what a benchmark does.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::measure::{Effort, Size};

/// Measures Liaison against the primitives and the disk of this machine. No figure makes it fail.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p liaison-tests --", version, after_help = EXAMPLES)]
pub struct Asked {
    /// Only these: primitives, seal, committer, route, relay, sockets.
    #[arg(long, value_name = "NAME", value_parser = ["directory", "primitives", "seal", "committer", "route", "relay", "sockets"])]
    only: Vec<String>,
    /// How often each thing is measured, interleaved with what it is measured against.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    runs: Option<u16>,
    /// Smaller, and less sure.
    #[arg(long)]
    quick: bool,
    /// Writes everything, each run's time among it, to this file.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Prints the table as it stands in `docs/benchmarks.md`.
    #[arg(long)]
    pub markdown: bool,
    /// Given by `cargo bench`; without it everything is done once, to see that it works.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Asked {
    /// The arguments; none when a test was asked for by a name that is not this program's.
    pub fn read() -> Option<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        if arguments.iter().any(|argument| argument == "--bench" || argument.contains("help")) {
            return Some(Self::parse());
        }
        // As a test, this program takes what `cargo test` gives to all tests: flags for another harness, and names.
        let listed = arguments.iter().any(|argument| argument == "--list");
        let mut names = arguments.iter().filter(|argument| !argument.starts_with('-'));
        let meant = names.clone().next().is_none() || names.any(|name| "benchmarks".contains(name.as_str()));
        let smoke =
            Self { only: Vec::new(), runs: None, quick: false, json: None, markdown: false, bench: false };
        (meant && !listed).then_some(smoke)
    }

    /// Whether this benchmark is meant.
    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// How much is to be done.
    pub fn effort(&self) -> Effort {
        let (size, runs, sample_ms) = match (self.bench, self.quick) {
            (false, _) => (Size::Smoke, 1, 0),
            (true, true) => (Size::Quick, 3, 20),
            (true, false) => (Size::Full, 7, 100),
        };
        let runs = self.runs.map_or(runs, usize::from);
        Effort { size, runs, sample: Duration::from_millis(sample_ms) }
    }
}

const EXAMPLES: &str = "Examples:
  cargo bench -p liaison-tests -- --quick
  cargo bench -p liaison-tests -- --only seal --runs 9
  cargo bench -p liaison-tests -- --markdown --json bench.json";
