//! Does the program believe a checkpoint of ours, and what a proof says of an entry, and nothing else?
//! It must never know a message.

use liaison_keys::directory::Checkpoint;
use liaison_keys::directory::log::MerkleLog;
use liaison_keys::names::Digest;
use rand_core::Rng as _;
use serde_json::{Value, json};

use crate::scene::{self, below};
use crate::world::{World, key, public};
use crate::{Check, Meeting};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("every-entry-of-a-log", every_entry_of_a_log),
    ("every-size-of-tree", every_size_of_tree),
    ("another-proof", another_proof),
    ("a-proof-of-another-shape", a_proof_of_another_shape),
    ("another-note", another_note),
];

/// The log of a network: note, head, a proof for each entry, and the root from all entries.
fn every_entry_of_a_log(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let size = world.size();
    let mut requests: Vec<Value> = (0..size).map(|index| proof(&world, index)).collect();
    let mut whole = checkpoint(&world);
    whole["entries"] = world.entries().iter().map(hex::encode).collect::<Vec<_>>().into();
    requests.push(whole);
    let answers = meeting.program.ask("checkpoint", &requests);
    let root = world.replica.checkpoint().root.to_string();
    for (index, answer) in (0..size).zip(&answers) {
        let expected = json!({ "size": size, "root": root, "time": world.now, "included": index });
        assert_eq!(answer, &expected);
    }
    assert_eq!(answers.last().unwrap()["recomputed"], size);
}

/// Trees of 1 to 64 entries of any bytes, one entry of each.
fn every_size_of_tree(meeting: &mut Meeting) {
    let world = World::found();
    let (mut log, mut requests, mut entries) = (MerkleLog::new(), Vec::new(), Vec::new());
    for size in 1..=64_u64 {
        let mut entry = vec![0; below(&mut meeting.entropy, 100) as usize];
        meeting.entropy.fill_bytes(&mut entry);
        log.push(entry.clone());
        entries.push(entry);
        let index = below(&mut meeting.entropy, size);
        let note = Checkpoint { size, root: log.root(size).unwrap() };
        let mut request = checkpoint(&world);
        request.as_object_mut().unwrap().remove("head");
        request["note"] = hex::encode(note.sign(&world.replica.origin(), &key("log"))).into();
        request["proof"] = hex::encode(log.prove_inclusion(index).unwrap()).into();
        request["entry"] = hex::encode(&entries[index as usize]).into();
        request["index"] = index.into();
        request["entries"] = entries.iter().map(hex::encode).collect::<Vec<_>>().into();
        requests.push(request);
    }
    for (request, answer) in requests.iter().zip(meeting.program.ask("checkpoint", &requests)) {
        assert_eq!(answer["included"], request["index"], "{answer}");
        assert_eq!(answer["recomputed"], answer["size"], "{answer}");
    }
}

fn another_proof(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let index = below(&mut meeting.entropy, world.size());
    let right = proof(&world, index);
    assert_eq!(meeting.program.ask_one("checkpoint", right.clone())["included"], index);
    let siblings = hex::decode(right["proof"].as_str().unwrap()).unwrap();
    let mut flipped = siblings.clone();
    flipped[below(&mut meeting.entropy, siblings.len() as u64) as usize] ^= 1;
    let spoil = |field: &str, value: Value| {
        let mut request = right.clone();
        request[field] = value;
        request
    };
    let requests = [
        spoil("proof", hex::encode(flipped).into()),
        spoil("proof", hex::encode(&siblings[32..]).into()),
        spoil("proof", hex::encode(&siblings[1..]).into()),
        spoil("proof", hex::encode([&siblings[..], &[0; 32]].concat()).into()),
        spoil("index", ((index + 1) % world.size()).into()),
        spoil("index", world.size().into()),
        spoil("entry", hex::encode(b"another").into()),
    ];
    for answer in meeting.program.ask("checkpoint", &requests) {
        assert_eq!(answer["refused"], "inclusion", "{answer}");
    }
}

/// Proofs that lead to the signed root, but not from this place in a tree of this size.
fn a_proof_of_another_shape(meeting: &mut Meeting) {
    let world = World::found();
    let request = |entries: u64, size: u64, index: u64| {
        let mut log = MerkleLog::new();
        (0..entries).for_each(|n| log.push(vec![n as u8]));
        let note = Checkpoint { size, root: log.root(entries).unwrap() };
        let mut request = checkpoint(&world);
        request.as_object_mut().unwrap().remove("head");
        request["note"] = hex::encode(note.sign(&world.replica.origin(), &key("log"))).into();
        request["proof"] = hex::encode(log.prove_inclusion(0).unwrap()).into();
        request["entry"] = "00".into();
        request["index"] = index.into();
        request
    };
    let right = meeting.program.ask("checkpoint", &[request(1, 1, 0), request(4, 4, 0)]);
    assert!(right.iter().all(|answer| answer["included"] == 0), "{right:?}");
    let wrong = [request(1, 1, 1), request(1, 2, 0), request(4, 5, 0), request(4, 2, 0), request(4, 4, 4)];
    for (n, answer) in meeting.program.ask("checkpoint", &wrong).iter().enumerate() {
        assert_eq!(answer["refused"], "inclusion", "{n}: {answer}");
    }
}

fn another_note(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let right = checkpoint(&world);
    let note = String::from_utf8(world.note()).unwrap();
    let with = |note: String| spoilt(&right, "note", hex::encode(note).into());
    let other = Checkpoint { size: world.size(), root: Digest::NONE };
    let requests = [
        spoilt(&right, "text_id", "another".into()),
        spoilt(&right, "network", Digest::NONE.to_string().into()),
        spoilt(
            &right,
            "log_key",
            hex::encode(public::<liaison_keys::signing::Log>("a stranger").as_bytes()).into(),
        ),
        with(note.replacen('\n', "\n0", 1)),
        with(format!("{note}\u{2014} witness AAAA\n")),
        with(note.trim_end().to_owned()),
        with(note.replacen("\n\n", "\nextension\n\n", 1)),
        with(note.replacen('=', "", 1)),
        with(note.replacen('\u{2014}', "-", 1)),
        with(another_key_id(&note)),
        spoilt(&right, "note", hex::encode(other.sign(&world.replica.origin(), &key("log"))).into()),
        spoilt(&right, "note", hex::encode(other.sign(&world.replica.origin(), &key("a stranger"))).into()),
    ];
    for (n, answer) in meeting.program.ask("checkpoint", &requests).iter().enumerate() {
        assert_eq!(answer["refused"], "checkpoint", "{n}: {answer}");
    }
}

/// The same signature under a key id that differs in its first six bits.
fn another_key_id(note: &str) -> String {
    let at = note.rfind(' ').unwrap() + 1;
    let first = if note[at..].starts_with('A') { "B" } else { "A" };
    [&note[..at], first, &note[at + 1..]].concat()
}

fn spoilt(right: &Value, field: &str, value: Value) -> Value {
    let mut request = right.clone();
    request[field] = value;
    request
}

fn checkpoint(world: &World) -> Value {
    json!({
        "network": world.network().to_string(),
        "text_id": "exercise",
        "log_key": hex::encode(public::<liaison_keys::signing::Log>("log").as_bytes()),
        "note": hex::encode(world.note()),
        "head": hex::encode(world.head()),
    })
}

fn proof(world: &World, index: u64) -> Value {
    let mut request = checkpoint(world);
    request["proof"] = hex::encode(world.replica.log().prove_inclusion(index).unwrap()).into();
    request["entry"] = hex::encode(&world.entries()[index as usize]).into();
    request["index"] = index.into();
    request
}
