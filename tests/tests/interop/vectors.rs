//! Does the program read every frozen sample of `tests/vectors`, and refuse a spoilt one? One trial for each file.
//! It must never know what a file holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::program::Program;

type Check = Box<dyn FnOnce(&'static Program) + Send>;

/// A trial for each file.
pub(crate) fn all() -> Vec<(String, Check)> {
    let good = files("good").into_keys().map(|name| {
        let trial = format!("vectors/good/{name}");
        (trial, Box::new(move |program| reads(program, &name)) as Check)
    });
    let bad = files("bad").into_keys().map(|name| {
        let trial = format!("vectors/bad/{name}");
        (trial, Box::new(move |program| refuses(program, &name)) as Check)
    });
    good.chain(bad).collect()
}

/// It is what it says of itself; cut short, or with a byte more, it is not.
fn reads(program: &'static Program, name: &str) {
    let [whole, short, long] = answers(program, "good", name).try_into().unwrap();
    let compared = whole["read"].as_array().unwrap_or_else(|| panic!("{whole}"));
    assert!(compared.len() >= 2, "{whole}");
    assert!(short["refused"].is_string(), "cut short: {short}");
    assert!(long["refused"].is_string(), "with a byte more: {long}");
}

/// It is refused, unless the program knows nothing of its kind.
fn refuses(program: &'static Program, name: &str) {
    let [answer] = answers(program, "bad", name).try_into().unwrap();
    assert!(answer["refused"].is_string() || answer["unknown"].is_string(), "{answer}");
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
    let files = files(folder);
    let variants = |file: &Value| if folder == "good" { with_ends(file) } else { vec![file.clone()] };
    let requests: Vec<Value> = files.values().flat_map(variants).collect();
    let mut answers = program.ask("vectors", &requests).into_iter();
    files
        .iter()
        .map(|(name, file)| (name.clone(), answers.by_ref().take(variants(file).len()).collect()))
        .collect()
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

/// The files of a folder, by name; none if it is not there.
fn files(folder: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(folder);
    let paths = fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path());
    let json = paths.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.map(|path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    })
    .collect()
}
