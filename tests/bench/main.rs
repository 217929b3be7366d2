//! How fast is it, against what this machine can do? All benchmarks in one program (`docs/benchmarks.md`).
//! It must never know a figure that makes a build fail: a busy machine is no defect.
//!
//! ```text
//! cargo bench -p liaison-tests                    everything, some minutes
//! cargo bench -p liaison-tests -- --quick         smaller, less sure
//! cargo test  -p liaison-tests --bench bench      only proves that each benchmark works
//! ```

mod asked;
mod directory;
mod durable;
mod machine;
mod measure;
mod posts;
#[allow(dead_code, reason = "the bench of the relay's own tests; not all of it is needed here")]
#[path = "../../relay/tests/relay/bench.rs"]
mod relay;
mod report;
mod sealing;
mod sockets;

use std::path::Path;

use anyhow::Result;
use asked::Asked;
use machine::Machine;
use measure::Effort;
use report::{Report, Row};

fn main() -> Result<()> {
    let Some(asked) = Asked::read() else { return Ok(()) };
    // On the disk of the build, not in a /tmp that may be memory: what is measured is durability.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(folder)?;
    let _ = tempfile::env::override_temp_dir(folder);
    let machine = Machine::look(folder);
    let mut rows = Vec::new();
    for (name, bench) in BENCHES.iter().filter(|(name, _)| asked.wants(name)) {
        eprintln!("{name} …");
        rows.extend(bench(&asked.effort())?);
    }
    let report = Report { machine: machine.done(), effort: asked.effort(), rows };
    report.print(asked.markdown);
    asked.json.map_or(Ok(()), |file| report.write_json(&file))
}

type Bench = fn(&Effort) -> Result<Vec<Row>>;

/// By the names that `--only` takes.
const BENCHES: [(&str, Bench); 7] = [
    ("directory", directory::replay),
    ("primitives", sealing::primitives),
    ("seal", sealing::seal_and_open),
    ("committer", durable::committer),
    ("route", durable::route),
    ("relay", durable::relay),
    ("sockets", sockets::end_to_end),
];
