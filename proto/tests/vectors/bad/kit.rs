//! How is a bad file made? From something good, by one change: the file keeps both, and says what was changed.
//! It must never know which defects there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::judge::Inputs;
use crate::samples::Sample;

/// One file of `tests/vectors/bad`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Bad {
    /// What it is called; the file's name.
    pub(super) name: String,
    /// The one defect.
    pub(super) about: String,
    /// Where `docs/protocol.md` has the rule.
    pub(super) section: String,
    /// Which reader refuses it.
    pub(super) reader: String,
    /// With which code.
    pub(super) error: String,
    /// What the same reader takes.
    pub(super) good: Good,
    /// What was changed in it.
    pub(super) changed: String,
    /// What the reader is given beside the bytes.
    pub(super) inputs: Inputs,
    /// The bytes.
    #[serde(flatten)]
    bytes: Hex,
}

/// The good counterpart: a file of `tests/vectors/good`, or bytes of its own; and inputs, where those differ.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Good {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) vector: Option<String>,
    #[serde(flatten)]
    bytes: Option<Hex>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub(super) inputs: Inputs,
}

/// Bytes as they stand in a file: hexadecimal, without long runs of one byte.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Hex {
    hex: String,
    /// The runs that `hex` leaves out, in the order of their places.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    insert: Vec<Run>,
}

/// At this place of the whole bytes, this byte so many times.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Run {
    at: usize,
    byte: String,
    times: usize,
}

impl Bad {
    /// The bytes, whole.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.bytes.whole()
    }

    /// The file's text.
    pub(super) fn file(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }

    /// The rule stands elsewhere than that of the others.
    pub(super) fn section(mut self, section: &str) -> Self {
        self.section = format!("§{section}");
        self
    }

    /// What was changed, where the bytes do not show it by themselves.
    pub(super) fn changed(mut self, changed: &str) -> Self {
        changed.clone_into(&mut self.changed);
        self
    }

    /// An input that only the good counterpart has.
    pub(super) fn without(mut self, input: &str) -> Self {
        self.changed = format!("The input `{input}` is missing.");
        let before = self.inputs.remove(input).unwrap();
        self.good.inputs.insert(input.to_owned(), before);
        self
    }

    /// An input that the good counterpart has otherwise.
    pub(super) fn given(mut self, input: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.changed = format!("The input `{input}`.");
        let before = self.inputs.insert(input.to_owned(), value);
        self.good.inputs.insert(input.to_owned(), before.unwrap_or_else(|| Value::Array(Vec::new())));
        self
    }
}

impl Good {
    /// Its own bytes, whole, if it has any.
    pub(super) fn bytes(&self) -> Option<Vec<u8>> {
        self.bytes.as_ref().map(Hex::whole)
    }
}

impl Hex {
    fn of(bytes: &[u8]) -> Self {
        let (mut hex, mut insert, mut at) = (String::new(), Vec::new(), 0);
        for run in bytes.chunk_by(|a, b| a == b) {
            if run.len() < RUN_BYTES_MIN {
                hex.push_str(&hex::encode(run));
            } else {
                insert.push(Run { at, byte: hex::encode(&run[..1]), times: run.len() });
            }
            at += run.len();
        }
        Self { hex, insert }
    }

    fn whole(&self) -> Vec<u8> {
        let mut bytes = hex::decode(&self.hex).unwrap();
        for Run { at, byte, times } in &self.insert {
            let byte = hex::decode(byte).unwrap()[0];
            bytes.splice(at..at, std::iter::repeat_n(byte, *times));
        }
        bytes
    }
}

/// Something good, to be spoilt.
#[derive(Clone)]
pub(super) struct Base {
    section: &'static str,
    reader: &'static str,
    vector: Option<String>,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    inputs: Inputs,
}

impl Base {
    /// A file of `tests/vectors/good`, with those of its inputs that the reader needs.
    pub(super) fn vector(sample: &Sample, reader: &'static str, needs: &[&str]) -> Self {
        let needed = |need: &&str| ((*need).to_owned(), Value::from(sample.inputs[*need].clone()));
        Self {
            section: sample.section,
            reader,
            vector: Some(sample.name.clone()),
            bytes: sample.bytes.clone(),
            inputs: needs.iter().map(needed).collect(),
        }
    }

    /// Bytes of its own.
    pub(super) fn own(section: &'static str, reader: &'static str, bytes: Vec<u8>) -> Self {
        Self { section, reader, vector: None, bytes, inputs: Inputs::new() }
    }

    /// With an input that the reader needs.
    pub(super) fn with(mut self, input: &str, value: impl Into<Value>) -> Self {
        self.inputs.insert(input.to_owned(), value.into());
        self
    }

    /// The same inputs for other bytes.
    pub(super) fn of(&self, bytes: Vec<u8>) -> Self {
        Self { vector: None, bytes, ..self.clone() }
    }

    /// Spoilt: these bytes are refused with this code.
    pub(super) fn bad(&self, name: &str, error: &str, about: &str, bytes: Vec<u8>) -> Bad {
        let good = if self.vector.is_some() { None } else { Some(Hex::of(&self.bytes)) };
        Bad {
            name: name.to_owned(),
            about: about.to_owned(),
            section: format!("§{}", self.section),
            reader: self.reader.to_owned(),
            error: error.to_owned(),
            good: Good { vector: self.vector.clone(), bytes: good, inputs: Inputs::new() },
            changed: difference(&self.bytes, &bytes),
            inputs: self.inputs.clone(),
            bytes: Hex::of(&bytes),
        }
    }
}

/// What differs between the first and the last byte that differ; nothing where that is too long to be read.
fn difference(good: &[u8], bad: &[u8]) -> String {
    let from = good.iter().zip(bad).take_while(|(a, b)| a == b).count();
    let behind = good[from..].iter().rev().zip(bad[from..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (was, is) = (&good[from..good.len() - behind], &bad[from..bad.len() - behind]);
    if was.len().max(is.len()) > DIFFERENCE_BYTES_MAX {
        return String::new();
    }
    let shown = |bytes: &[u8]| if bytes.is_empty() { "nothing".to_owned() } else { hex::encode(bytes) };
    format!("From byte {from} on: {} instead of {}.", shown(is), shown(was))
}

const DIFFERENCE_BYTES_MAX: usize = 96;
const RUN_BYTES_MIN: usize = 1_024;
