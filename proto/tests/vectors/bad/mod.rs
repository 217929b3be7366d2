//! Is each single defect refused, with the error that its file names? `tests/vectors/bad`, one file a defect.
//! It must never know how a reader decides.
//!
//! After a deliberate change: `cargo test -p liaison-proto --test vectors write -- --ignored`, then look at the difference.

mod addressees;
mod authority;
mod bodies;
mod changes;
mod checks;
mod chunks;
mod claims;
mod content;
mod cose;
mod frames;
mod genesis;
mod invitations;
mod keys;
mod kinds;
mod kit;
mod letters;
mod log;
mod names;
mod post;
mod raw;
mod receipts;
mod rules;
mod said;
mod sayings;
mod sealing;
mod session;
mod signatures;
mod spelling;
mod statements;
mod weak;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use kit::Bad;

use crate::judge::judge;
use crate::samples;

/// All of them, by name.
fn kit() -> BTreeMap<String, Bad> {
    let samples = samples::all();
    let mut kit = BTreeMap::new();
    for bad in MAKERS.iter().flat_map(|files| files(&samples)) {
        assert!(!bad.changed.is_empty(), "{}: what was changed?", bad.name);
        let name = bad.name.clone();
        assert!(kit.insert(name, bad).is_none(), "two of one name");
    }
    kit
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/bad")
}

/// The committed files, by name.
fn committed() -> BTreeMap<String, String> {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let named = |path: PathBuf| {
        assert_eq!(path.extension().unwrap(), "json");
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
    };
    files.map(named).collect()
}

/// The committed files that are read here: chunks are read by the crate `link`, in its own tests.
fn read() -> Vec<Bad> {
    all().into_iter().filter(|bad| bad.reader != "chunks").collect()
}

/// The committed files.
fn all() -> Vec<Bad> {
    let files = committed();
    assert!(files.len() >= FILES_MIN, "{} files", files.len());
    let read = |(name, file): (String, String)| {
        let bad: Bad = serde_json::from_str(&file).unwrap();
        assert_eq!(bad.name, name);
        bad
    };
    files.into_iter().map(read).collect()
}

#[test]
fn each_defect_is_refused_with_its_error() {
    let judged = read().into_iter().map(|bad| (judge(&bad.reader, &bad.inputs, &bad.bytes()), bad));
    let wrong = judged.filter(|(verdict, bad)| *verdict != Err(bad.error.as_str()));
    let wrong: Vec<String> = wrong.map(|(verdict, bad)| format!("{}: {verdict:?}", bad.name)).collect();
    assert!(wrong.is_empty(), "refused otherwise, or taken: {wrong:#?}");
}

/// With the same reader, and the same inputs but for those that the file gives otherwise.
#[test]
fn each_good_counterpart_is_taken() {
    let mut wrong = Vec::new();
    for bad in read() {
        let bytes = match (&bad.good.vector, bad.good.bytes()) {
            (Some(vector), None) => crate::good(vector).bytes(),
            (None, Some(bytes)) => bytes,
            _ => panic!("{}: one counterpart", bad.name),
        };
        let mut inputs = bad.inputs.clone();
        inputs.extend(bad.good.inputs.clone());
        if let Err(code) = judge(&bad.reader, &inputs, &bytes) {
            wrong.push(format!("{}: {code}", bad.name));
        }
        let differs = bytes != bad.bytes() || !bad.good.inputs.is_empty();
        assert!(differs, "{}: it is its counterpart", bad.name);
    }
    assert!(wrong.is_empty(), "counterparts that are refused: {wrong:#?}");
}

/// Every error that a reader has, and no other.
#[test]
fn each_error_of_each_reader_has_a_file() {
    let named: BTreeSet<(String, String)> = all().into_iter().map(|bad| (bad.reader, bad.error)).collect();
    let expected = ERRORS.iter().flat_map(|(readers, errors)| {
        readers
            .iter()
            .flat_map(|reader| errors.iter().map(|error| ((*reader).to_owned(), (*error).to_owned())))
    });
    assert_eq!(named, expected.collect());
}

/// What a stranger needs to know stands in the folder: every reader, input and error of the kit.
#[test]
fn the_readme_names_every_reader_input_and_error() {
    let readme = fs::read_to_string(folder().join("../README.md")).unwrap();
    let explained = |word: &str| readme.contains(&format!("`{word}`"));
    for bad in all() {
        for word in [&bad.reader, &bad.error] {
            assert!(explained(word), "{}: {word}", bad.name);
        }
        for input in bad.inputs.keys().filter(|input| !input.starts_with("seed of ")) {
            assert!(explained(input), "{}: {input}", bad.name);
        }
    }
}

#[test]
fn the_kit_is_made_again_as_it_was() {
    let mut committed = committed();
    for (name, bad) in kit() {
        let file = committed.remove(&name).unwrap_or_else(|| panic!("no file {name}"));
        assert!(file == bad.file(), "{name} has changed");
    }
    assert!(committed.is_empty(), "files of nothing: {:?}", committed.keys());
}

#[test]
#[ignore = "writes the files"]
fn write_bad() {
    fs::create_dir_all(folder()).unwrap();
    let kit = kit();
    let names: BTreeSet<&String> = kit.keys().collect();
    for name in committed().keys().filter(|name| !names.contains(name)) {
        fs::remove_file(folder().join(format!("{name}.json"))).unwrap();
    }
    for (name, bad) in &kit {
        fs::write(folder().join(format!("{name}.json")), bad.file()).unwrap();
    }
}

/// The errors of each reader.
const ERRORS: &[(&[&str], &[&str])] = &[
    (&["state", "slug", "owner", "office", "group", "subject", "template", "scope"], &["malformed"]),
    (&["frame", "receipts"], &["malformed"]),
    (&["prekeys"], &["malformed", "signature", "key"]),
    (&["reseal-request"], &["malformed", "signature", "bundle"]),
    (&["key-file"], &["malformed", "too-expensive", "passphrase"]),
    (&["vault-record"], &["not-opened"]),
    (&["note"], &["malformed", "signature", "cosignatures"]),
    (&["cosigned-note"], &["cosignatures", "cosignature"]),
    (&["head", "relay-receipt"], &["malformed", "signature"]),
    (&["invitation"], &["malformed", "signature", "time"]),
    (&["founding"], &["malformed", "genesis", "invitation", "not-for-custodian"]),
    (
        &["genesis"],
        &[
            "malformed",
            "network",
            "made",
            "chain",
            "subject",
            "key-taken",
            "rule",
            "signers",
            "no-possession",
            "signature",
            "authority",
        ],
    ),
    (
        &["entry"],
        &[
            "malformed",
            "logged",
            "network",
            "made",
            "chain",
            "subject",
            "key-taken",
            "rule",
            "cap",
            "signers",
            "no-possession",
            "signature",
            "authority",
        ],
    ),
    (&["header"], &["too-large", "version", "malformed", "suite", "header"]),
    (&["post"], &["too-large", "version", "malformed", "suite", "header", "wraps"]),
    (&["message-claims"], &["claims"]),
    (&["content"], &["too-large", "malformed", "fields"]),
    (
        &["delivery"],
        &[
            "too-large",
            "malformed",
            "version",
            "suite",
            "header",
            "not-for-us",
            "no-secret",
            "decapsulation",
            "commitment",
            "body",
            "padding",
            "claims",
            "unknown-sender",
            "signature",
            "times",
            "checkpoint",
            "split-view",
            "signer",
            "revoked",
            "stale-directory",
            "unresolved-scope",
            "recipients",
            "replay",
            "too-old",
            "not-entitled",
            "template",
        ],
    ),
    (&["hello"], &["protocol", "version", "network"]),
    (&["to-relay"], &["protocol", "not-allowed"]),
    (&["welcome"], &["protocol", "go-away"]),
    (&["to-station"], &["protocol"]),
    (
        &["chunks"],
        &[
            "unknown-flags",
            "chunk-length",
            "lane-mixed",
            "frame-too-large",
            "end-inside-frame",
            "bytes-after-end",
        ],
    ),
];
/// What makes the files of a part.
type Maker = fn(&[samples::Sample]) -> Vec<Bad>;
/// All of them.
const MAKERS: &[Maker] = &[
    spelling::files,
    cose::files,
    names::files,
    keys::files,
    log::files,
    invitations::files,
    genesis::files,
    statements::files,
    signatures::files,
    rules::files,
    changes::files,
    kinds::files,
    authority::files,
    post::files,
    sealing::files,
    bodies::files,
    claims::files,
    checks::files,
    addressees::files,
    sayings::files,
    content::files,
    receipts::files,
    frames::files,
    session::files,
    chunks::files,
];
const FILES_MIN: usize = 600;
