//! Do clients in other languages, written from `docs/protocol.md` and `proto/liaison.cddl` alone, read what ours writes
//! and write what ours reads? One trial for each language and vector, and for each direction of something fresh.
//! It must never know how those programs work: it asks them in JSON (`tests/interop/README.md`).
//!
//! Where a language or its packages are missing, its trials are listed as ignored, with the reason, and never as passed.
//! `tests/interop/install` installs them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

mod checkpoint;
#[path = "../../../proto/tests/forge/mod.rs"]
mod forge;
mod makes;
mod opens;
mod program;
mod refuses;
mod scene;
mod signatures;
mod vectors;
#[path = "../../../keys/tests/world/mod.rs"]
mod world;

use std::process::ExitCode;

use liaison_keys::names::Digest;
use liaison_tests::Dice;
use libtest_mimic::{Arguments, Trial};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use program::Program;

/// What a trial has: a program to ask, and random numbers that the run's seed and the trial's name make.
struct Meeting {
    program: &'static Program,
    entropy: ChaCha20Rng,
}

type Check = fn(&mut Meeting);

const CHECKS: &[(&str, &[(&str, Check)])] = &[
    ("opens", opens::CHECKS),
    ("refuses", refuses::CHECKS),
    ("makes", makes::CHECKS),
    ("makes-by-hand", makes::BY_HAND),
    ("checkpoint", checkpoint::CHECKS),
    ("signatures", signatures::CHECKS),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let seed = if arguments.list { 0 } else { Dice::new().up_to(u64::from(u32::MAX)) };
    let trials = Program::all().iter().flat_map(|program| trials(program, seed)).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trials(program: &'static Program, seed: u64) -> Vec<Trial> {
    let missing = program.missing();
    if let Some(reason) = &missing {
        eprintln!("interop: all trials of {} are ignored: {reason}", program.language);
    }
    let trial = |name: String, ignored: Option<&str>, check: Box<dyn FnOnce() + Send>| {
        let ignored = missing.as_deref().or(ignored);
        let trial = Trial::test(format!("{}/{name}", program.language), || {
            check();
            Ok(())
        });
        trial.with_ignored_flag(ignored.is_some()).with_kind(ignored.unwrap_or_default())
    };
    let able = CHECKS.iter().filter(|(what, _)| *what != "makes-by-hand" || program.language == "python");
    let fresh = able.flat_map(|(what, checks)| checks.iter().map(move |check| (what, check)));
    let fresh = fresh.map(|(what, (name, check))| {
        let name = format!("{what}/{name}");
        let entropy = ChaCha20Rng::from_seed(*Digest::of(format!("{seed} {name}").as_bytes()).as_bytes());
        trial(name, None, Box::new(move || check(&mut Meeting { program, entropy })))
    });
    let frozen = vectors::all().into_iter().map(|(name, check)| match check {
        Some(check) => trial(name, None, Box::new(move || check(program))),
        None => trial(name, Some("not read by the programs"), Box::new(|| panic!("nothing reads this"))),
    });
    fresh.chain(frozen).collect()
}
