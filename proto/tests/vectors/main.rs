//! Does the code still make, and read, the bytes that were frozen? `tests/vectors/good`, one file for each structure.
//! It must never know why a structure looks as it does: a change of one needs a new version number.
//!
//! After a deliberate change: `cargo test -p liaison-proto --test vectors write -- --ignored`, then look at the difference.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

mod bad;
mod context;
mod damage;
mod diagnostic;
#[path = "../forge/mod.rs"]
mod forge;
mod judge;
mod reading;
#[path = "../samples/mod.rs"]
mod samples;
#[path = "../../../keys/tests/world/mod.rs"]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One file.
#[derive(Debug, Serialize, Deserialize)]
struct Vector {
    /// What it is called; the file's name.
    name: String,
    /// What it is.
    about: String,
    /// Where `docs/protocol.md` describes it.
    section: String,
    /// Its rule in `proto/liaison.cddl`, if it is CBOR.
    cddl: Option<String>,
    /// What it was made from. Keys are named by their seeds, byte strings are hexadecimal.
    inputs: BTreeMap<String, String>,
    /// Its bytes, hexadecimal; of texts also the text.
    hex: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    text: Option<String>,
    /// Of what is short: its diagnostic notation (RFC 8949 §8).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    diagnostic: Option<String>,
}

impl Vector {
    fn of(sample: samples::Sample) -> Self {
        Self {
            name: sample.name,
            about: sample.about,
            section: format!("§{}", sample.section),
            cddl: sample.rule.map(str::to_owned),
            inputs: sample.inputs,
            diagnostic: (!sample.text && sample.rule.is_some() && sample.bytes.len() <= DIAGNOSTIC_BYTES_MAX)
                .then(|| diagnostic::of(&sample.bytes)),
            text: sample.text.then(|| String::from_utf8(sample.bytes.clone()).unwrap()),
            hex: hex::encode(sample.bytes),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        hex::decode(&self.hex).unwrap()
    }

    fn file(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }
}

const DIAGNOSTIC_BYTES_MAX: usize = 512;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/good")
}

/// The committed files, by name.
fn committed() -> BTreeMap<String, String> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let named = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.map(named).collect()
}

/// The committed file of this name.
fn good(name: &str) -> Vector {
    let file = fs::read_to_string(folder().join(format!("{name}.json")));
    serde_json::from_str(&file.unwrap_or_else(|error| panic!("{name}: {error}"))).unwrap()
}

#[test]
fn the_code_makes_the_committed_bytes() {
    let mut committed = committed();
    for vector in samples::all().into_iter().map(Vector::of) {
        let file = committed.remove(&vector.name).unwrap_or_else(|| panic!("no file {}", vector.name));
        assert!(file == vector.file(), "{} has changed", vector.name);
    }
    assert!(committed.is_empty(), "files of nothing: {:?}", committed.keys());
}

#[test]
fn the_code_reads_the_committed_bytes() {
    for file in committed().values() {
        let vector: Vector = serde_json::from_str(file).unwrap();
        reading::read(&vector);
    }
}

#[test]
#[ignore = "writes the files"]
fn write() {
    fs::create_dir_all(folder()).unwrap();
    for name in committed().keys() {
        fs::remove_file(folder().join(format!("{name}.json"))).unwrap();
    }
    for vector in samples::all().into_iter().map(Vector::of) {
        fs::write(folder().join(format!("{}.json", vector.name)), vector.file()).unwrap();
    }
}
