//! Which logs do many files share? `tests/vectors/context`: entries, the root at each size, and what each entry does.
//! It must never know who reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use liaison_keys::cbor;
use liaison_keys::directory::{Replica, Statement, Void};
use serde::{Deserialize, Serialize};

use crate::samples;
use crate::world::{START, World, nominate, sign};

/// One file.
#[derive(Debug, Serialize, Deserialize)]
struct Context {
    name: String,
    about: String,
    section: String,
    network: String,
    origin: String,
    /// The time in it, Unix seconds.
    now: u64,
    entries: Vec<Line>,
    /// Who counts at the end: device and office.
    devices: BTreeMap<String, String>,
}

/// One entry.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    hex: String,
    /// The root over the entries up to this one.
    root: String,
    /// `counts`, or why it is void.
    effect: String,
}

impl Context {
    fn of(name: &str, about: &str, world: &World) -> Self {
        let directory = world.directory();
        let effect = |index: u64| {
            let void = directory.voids().iter().find(|(at, _)| *at == index);
            void.map_or("counts", |(_, void)| void.code()).to_owned()
        };
        let line = |(index, entry): (u64, &Vec<u8>)| Line {
            hex: hex::encode(entry),
            root: world.replica.log().root(index + 1).unwrap().to_string(),
            effect: effect(index),
        };
        let contacts = directory.now(world.now).contacts();
        Self {
            name: name.to_owned(),
            about: about.to_owned(),
            section: "§3.1, §3.4".to_owned(),
            network: world.network().to_string(),
            origin: world.replica.origin().as_str().to_owned(),
            now: world.now,
            entries: (0..).zip(world.entries()).map(line).collect(),
            devices: contacts
                .map(|contact| (contact.device.to_string(), contact.office.to_string()))
                .collect(),
        }
    }

    fn file(&self) -> String {
        serde_json::to_string_pretty(self).unwrap() + "\n"
    }
}

/// The copy of a log that a reader has: a file's entries, and those that came since. Each is replayed once.
pub(super) fn replica<'e>(name: &str, more: impl Iterator<Item = &'e str>) -> Arc<Replica> {
    static REPLAYED: Mutex<BTreeMap<(String, String), Arc<Replica>>> = Mutex::new(BTreeMap::new());
    let more: Vec<&str> = more.collect();
    let key = (name.to_owned(), more.join(" "));
    let mut replayed = REPLAYED.lock().unwrap();
    replayed.entry(key).or_insert_with(|| Arc::new(replayed_with(name, &more))).clone()
}

fn replayed_with(name: &str, more: &[&str]) -> Replica {
    let file = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    let context: Context = serde_json::from_str(&file).unwrap();
    let (first, rest) = context.entries.split_first().unwrap();
    let mut replica = Replica::found(hex::decode(&first.hex).unwrap()).unwrap();
    for entry in rest.iter().map(|line| hex::decode(&line.hex)).chain(more.iter().map(hex::decode)) {
        // What is void stays in the log without effect.
        let _ = replica.push(entry.unwrap());
    }
    replica
}

/// All of them.
fn contexts() -> Vec<Context> {
    let exercise = "The log of all vectors: a custodian, two States, a region with its coordinator.";
    let six = "A longer log: six States, two regions, then a void entry for each of some rules, and an entry of a kind \
               that nobody knows yet, which sets xf's office for operations aside.";
    vec![Context::of("exercise", exercise, &samples::world()), Context::of("six-states", six, &six_states())]
}

fn six_states() -> World {
    let mut world = World::six_states();
    let office = "xa/technical/1";
    let good = world.statement(office, &nominate(office), &["xa admin"]);
    let mut skipped = good.claims().clone();
    skipped.version = 2;
    let at = |logged, statement: &Statement| {
        liaison_keys::directory::Entry::new(logged, statement.to_bytes()).to_bytes()
    };
    for (entry, void) in [
        (at(START, &good), Void::Logged),
        (at(world.now + 8 * 86_400, &good), Void::Made),
        (at(world.now, &sign(skipped, &["xa admin"])), Void::Chain),
        (at(world.now, &world.statement(office, &nominate(office), &["xb admin"])), Void::Authority),
        (vec![0xff; 40], Void::Malformed),
    ] {
        assert_eq!(world.log_bytes(&entry), Err(void));
    }
    world.does(office, &nominate(office), &["xa admin"]);
    let mut newer = world.claims("xf/operations/1", &nominate(office), &["xf admin"]);
    (newer.kind, newer.body) = (26, cbor::encode(&"a word from later on"));
    world.log(&sign(newer, &["xf admin"])).unwrap();
    world
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/context")
}

#[test]
fn the_contexts_are_those_committed() {
    let files = fs::read_dir(folder()).unwrap().count();
    assert_eq!(files, contexts().len());
    for context in contexts() {
        let file = fs::read_to_string(folder().join(format!("{}.json", context.name))).unwrap();
        assert!(file == context.file(), "{} has changed", context.name);
    }
}

/// With nothing but the file: the roots, the effects, and who counts at the end.
#[test]
fn the_contexts_replay_to_what_they_say() {
    for name in ["exercise", "six-states"] {
        let file = fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        let context: Context = serde_json::from_str(&file).unwrap();
        let replica = replica(name, std::iter::empty());
        let directory = replica.directory();
        for (index, line) in (0..).zip(&context.entries) {
            assert_eq!(replica.log().root(index + 1).unwrap().to_string(), line.root);
            let void = directory.voids().iter().find(|(at, _)| *at == index).map(|(_, void)| void.code());
            assert_eq!(void.unwrap_or("counts"), line.effect);
        }
        let devices: BTreeMap<String, String> = directory
            .now(context.now)
            .contacts()
            .map(|contact| (contact.device.to_string(), contact.office.to_string()))
            .collect();
        assert_eq!(devices, context.devices);
    }
}

#[test]
#[ignore = "writes the files"]
fn write_contexts() {
    fs::create_dir_all(folder()).unwrap();
    for context in contexts() {
        fs::write(folder().join(format!("{}.json", context.name)), context.file()).unwrap();
    }
}
