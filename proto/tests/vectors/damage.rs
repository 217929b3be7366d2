//! Does damage show? Any cut of a good vector is refused; a flipped bit is refused, or what is read says something else.
//! It must never know what the vectors mean.

use std::collections::BTreeMap;

use liaison_keys::directory::Entry;
use serde_json::Value;

use crate::judge::{Inputs, Verdict, judge};
use crate::{Vector, committed};

/// The name of the reader, and what older files leave to be understood.
fn reader(vector: &Vector) -> Option<(String, Inputs)> {
    let rule = vector.cddl.clone().unwrap_or_else(|| vector.name.clone());
    let mut inputs = vector.judged();
    let mut also = |input: &str, value: Value| {
        inputs.entry(input.to_owned()).or_insert(value);
    };
    match rule.as_str() {
        "delivery" => {
            let created = 1_767_229_320;
            also("log", "exercise".into());
            also("device", liaison_keys::names::DeviceId::of(xb_signing().as_bytes()).to_string().into());
            also("now", (created + 60).into());
            also("head time", created.into());
        }
        "invitation" => {
            also("m", 1.into());
            also("now", (vector.inputs["ends"].parse::<u64>().unwrap() - 60).into());
        }
        "content" => also("template", "general/1".into()),
        // A text, answers to questions, and what the crate `link` reads.
        name if ["fingerprint", "recipients", "inclusion", "chunks"]
            .iter()
            .any(|not_read| name.starts_with(not_read)) =>
        {
            return None;
        }
        _ => {}
    }
    Some((rule, inputs))
}

fn xb_signing() -> liaison_keys::signing::PublicKey<liaison_keys::signing::Device> {
    crate::world::public("xb/operations/1 signing 1")
}

fn meaning(reader: &str, inputs: &Inputs, bytes: &[u8]) -> Verdict {
    match reader {
        // Entry 1 of the log cannot follow upon it once more: what an entry says is its time and its statement.
        "entry" => Entry::from_bytes(bytes).map(|entry| format!("{entry:?}")).map_err(|_| "malformed"),
        _ => judge(reader, inputs, bytes),
    }
}

/// All vectors that somebody reads, with what they mean.
fn read() -> Vec<(Vector, String, Inputs, String)> {
    let files = committed();
    let vectors = files.values().map(|file| serde_json::from_str::<Vector>(file).unwrap());
    let read = |vector: Vector| {
        let (reader, inputs) = reader(&vector)?;
        let meant = meaning(&reader, &inputs, &vector.bytes())
            .unwrap_or_else(|code| panic!("{}: {code}", vector.name));
        Some((vector, reader, inputs, meant))
    };
    vectors.filter_map(read).collect()
}

/// Some of so many, the first and the last of them among these.
fn some(of: usize, at_most: usize) -> impl Iterator<Item = usize> {
    let step = of.div_ceil(at_most).max(1);
    // Odd, so that all bits of a byte come.
    let step = if step.is_multiple_of(2) { step + 1 } else { step };
    (0..of).step_by(step).chain(of.saturating_sub(ENDS)..of)
}

#[test]
fn any_cut_is_refused() {
    for (vector, reader, inputs, _) in read() {
        let bytes = vector.bytes();
        for end in some(bytes.len(), CUTS) {
            let verdict = meaning(&reader, &inputs, &bytes[..end]);
            assert!(verdict.is_err(), "{} cut at {end}: {verdict:?}", vector.name);
        }
    }
}

#[test]
fn a_flipped_bit_is_refused_or_says_something_else() {
    let mut silent = BTreeMap::new();
    for (vector, reader, inputs, meant) in read() {
        let mut bytes = vector.bytes();
        for bit in some(bytes.len() * 8, FLIPS) {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if meaning(&reader, &inputs, &bytes).as_ref() == Ok(&meant) {
                silent.insert(vector.name.clone(), bit);
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    assert!(silent.is_empty(), "bits that nobody misses: {silent:?}");
}

const CUTS: usize = 300;
const FLIPS: usize = 250;
const ENDS: usize = 24;
