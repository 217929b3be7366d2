//! Does the program read every frozen sample of `tests/vectors/good`, and refuse those of `tests/vectors/bad`? One trial
//! for each file; those of which the programs do not read the kind are listed as ignored. It must never know the code
//! that made a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::program::Program;

type Check = Box<dyn FnOnce(&'static Program) + Send>;

/// A trial for each file, by name. Without a check: the programs do not read it, and do not say that they did.
pub(crate) fn all() -> Vec<(String, Option<Check>)> {
    let good = files("good").into_iter().map(|(name, file)| {
        let read = is_read(&file);
        let (trial, check) = (format!("vectors/good/{name}"), move |program| reads(program, &name));
        (trial, read.then(|| Box::new(check) as Check))
    });
    let bad = files("bad").into_iter().map(|(name, file)| {
        let read = is_judged(&file);
        let (trial, check) = (format!("vectors/bad/{name}"), move |program| refuses(program, &name, &file));
        (trial, read.then(|| Box::new(check) as Check))
    });
    good.chain(bad).collect()
}

/// Rules of the CDDL that the programs read, and beginnings of the names of what is no CBOR of its own.
const KINDS: &[&str] = &[
    "statement",
    "entry",
    "note",
    "cosigned-note",
    "head",
    "prekeys",
    "invitation",
    "founding",
    "key-file",
    "scope",
    "header",
    "message",
    "message-claims",
    "content",
    "delivery",
    "post",
    "wrap",
    "relay-receipt",
    "receipts",
    "frame",
];
const NAMES: &[&str] = &["fingerprint", "inclusion-proof", "recipients-", "vault-record", "body"];

fn is_read(good: &Value) -> bool {
    match good["cddl"].as_str() {
        Some(kind) => KINDS.contains(&kind),
        None => NAMES.iter().any(|name| good["name"].as_str().unwrap().starts_with(name)),
    }
}

/// Readers that the programs have.
const READERS: &[&str] = &[
    "state",
    "slug",
    "owner",
    "office",
    "group",
    "subject",
    "template",
    "scope",
    "header",
    "message-claims",
    "post",
    "note",
    "cosigned-note",
    "head",
    "prekeys",
    "key-file",
    "vault-record",
    "invitation",
    "founding",
    "receipts",
    "relay-receipt",
    "frame",
];

/// Not judged: replay (§3.4), the tables of the templates, rights, what was seen before, sessions, chunks.
fn is_judged(bad: &Value) -> bool {
    match (bad["reader"].as_str().unwrap(), bad["error"].as_str().unwrap()) {
        ("entry" | "genesis", error) => error == "malformed",
        ("content", error) => error != "fields",
        ("delivery", error) => !["replay", "not-entitled", "template"].contains(&error),
        (reader, _) => READERS.contains(&reader),
    }
}

/// It is what it says of itself; cut short, or with a byte more, it is not.
fn reads(program: &'static Program, name: &str) {
    let [whole, short, long] = answers(program, "good", name).try_into().unwrap();
    let compared = whole["read"].as_array().unwrap_or_else(|| panic!("{whole}"));
    assert!(compared.len() >= 2, "{whole}");
    assert!(short["refused"].is_string(), "cut short: {short}");
    assert!(long["refused"].is_string(), "with a byte more: {long}");
}

/// It is refused, a delivery for the reason that the file says; and its good counterpart is taken.
fn refuses(program: &'static Program, name: &str, file: &Value) {
    let [bad, good] = answers(program, "bad", name).try_into().unwrap();
    assert!(bad["refused"].is_string(), "{bad}");
    assert!(file["reader"] != "delivery" || bad["refused"] == file["error"], "{bad} {}", file["error"]);
    assert!(good["read"].is_array(), "the good counterpart: {good}");
}

/// The program is asked about a whole folder at once; each trial looks up its file.
fn answers(program: &'static Program, folder: &'static str, name: &str) -> Vec<Value> {
    type Asked = BTreeMap<(&'static str, &'static str), BTreeMap<String, Vec<Value>>>;
    static ASKED: OnceLock<Mutex<Asked>> = OnceLock::new();
    let mut asked = ASKED.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let answers = asked.entry((program.language, folder)).or_insert_with(|| ask(program, folder));
    answers[name].clone()
}

fn ask(program: &'static Program, folder: &str) -> BTreeMap<String, Vec<Value>> {
    let asked = if folder == "good" { is_read } else { is_judged };
    let files = files(folder).into_iter().filter(|(_, file)| asked(file));
    let variants: BTreeMap<String, Vec<Value>> = files
        .map(|(name, file)| (name, if folder == "good" { with_ends(&file) } else { with_good(&file) }))
        .collect();
    let requests: Vec<Value> = variants.values().flatten().cloned().map(with_log).collect();
    let mut answers = program.ask("vectors", &requests).into_iter();
    variants.into_iter().map(|(name, all)| (name, answers.by_ref().take(all.len()).collect())).collect()
}

/// The file as it is, cut short, and with a byte more.
fn with_ends(file: &Value) -> Vec<Value> {
    let bytes = file["hex"].as_str().unwrap();
    let with = |hex: String| {
        let mut file = file.clone();
        file["hex"] = hex.into();
        file
    };
    vec![file.clone(), with(bytes[..bytes.len() - 2].to_owned()), with(format!("{bytes}00"))]
}

/// The file as it is, and with the bytes and inputs of its good counterpart.
fn with_good(file: &Value) -> Vec<Value> {
    let (mut counterpart, good) = (file.clone(), &file["good"]);
    counterpart["insert"] = good.get("insert").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    counterpart["hex"] = match good["vector"].as_str() {
        Some(name) => read(&folder("good").join(format!("{name}.json")))["hex"].clone(),
        None => good["hex"].clone(),
    };
    for (name, value) in good["inputs"].as_object().into_iter().flatten() {
        counterpart["inputs"][name] = value.clone();
    }
    vec![file.clone(), counterpart]
}

/// Beside the file, the log that its inputs name, with what they add.
fn with_log(mut file: Value) -> Value {
    if let Some(log) = file["inputs"]["log"].as_str() {
        let log = read(&folder("context").join(format!("{log}.json")));
        let entries = log["entries"].as_array().unwrap().iter().map(|entry| entry["hex"].clone());
        let more = file["inputs"]["more entries"].as_array().cloned().unwrap_or_default();
        file["entries"] = entries.chain(more).collect();
        file["network"] = log["network"].clone();
    }
    file
}

/// The files of a folder, by name; none if it is not there.
fn files(name: &str) -> BTreeMap<String, Value> {
    let paths = fs::read_dir(folder(name)).into_iter().flatten().map(|file| file.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(&path))).collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}
