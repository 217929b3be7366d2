//! How long does it take to read the directory of all States? Replay of a whole log against its signatures alone, one more
//! statement, and what it holds in memory and on disk. It must never know a relay.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::relay::world::{LIFE_S, World, admin_of, certifiers, certify, confirm, key, name, public, record};
use anyhow::{Context as _, Result};
use liaison_keys::directory::{Body, Entry, Level, Replica, Statement};
use liaison_keys::names::{Digest, StateCode};
use liaison_keys::signing::Authority;

use crate::measure::{Effort, Subject, in_turn, repeat};
use crate::report::{Figure, Row};

/// All of it.
pub fn replay(effort: &Effort) -> Result<Vec<Row>> {
    let states: Vec<&str> = CODES.split_whitespace().collect();
    let n = states.len();
    let world = enrolled(&states)?;
    let entries = world.entries();
    let disk: usize = entries.iter().map(Vec::len).sum();
    let signatures = signatures(entries)?;
    let before = resident_bytes();
    let held = read(entries)?;
    let memory = resident_bytes().saturating_sub(before);
    let devices = held.directory().now(world.now).contacts().count();
    anyhow::ensure!(n == 193 && devices == n * 4 * 2 + 1 && held.directory().voids().is_empty());
    let more = one_more(&world)?;
    let whole = || Ok(timed(|| read(entries)));
    let alone = || Ok(timed(|| verify(signatures.as_slice())));
    let added = || Ok(repeat(effort, || held.directory().would_take(world.now, &more)));
    let listed = || Ok(repeat(effort, || held.directory().now(world.now).contacts().count()));
    let subjects: [Subject<'_>; 4] = [Box::new(whole), Box::new(alone), Box::new(added), Box::new(listed)];
    let [whole, alone, added, listed] = in_turn("directory", effort, subjects)?;
    Ok(vec![
        Row::new(format!("directory: replay of {n} States, {devices} devices"), Figure::time(whole))
            .cost("its signatures, one core", Figure::time(alone))
            .note("entries", entries.len() as f64)
            .note("signatures", signatures.len() as f64)
            .note("MiB on disk", disk as f64 / MIB)
            .note("MiB in memory", memory as f64 / MIB),
        Row::new("directory: judge one more statement", Figure::time(added)),
        Row::new("directory: list all live devices", Figure::time(listed)),
    ])
}

/// Each State with root, admin and four offices of two devices, as real signatures have it; each office with a card.
fn enrolled(states: &[&str]) -> Result<World> {
    let mut world = World::found();
    world.owner("org:custodian").office("org:custodian/secretariat/1");
    for state in states {
        let _: StateCode = state.parse().ok().with_context(|| format!("{state} is no State"))?;
        world.advance(60).owner(state);
        for category in ["diplomatic", "technical", "operations", "assistance"] {
            let office = format!("{state}/{category}/1");
            let mut record = record(&office);
            record.organisation = Some(format!("Ministry for {category} of {state}"));
            record.card = Some(Digest::of(format!("{office}: duty@{category}.{state}.example").as_bytes()));
            record.level = Some(Level::Working);
            world.does(&office, &Body::Nominate(record), &[admin_of(&office)]);
            for n in 1..=2 {
                world.does(&office, &certify(&office, n, world.now + LIFE_S), &certifiers(&office, n));
            }
        }
    }
    Ok(world)
}

fn one_more(world: &World) -> Result<Statement> {
    let office = "org:custodian/secretariat/1";
    anyhow::ensure!(world.directory().now(world.now).office(&name(office)).is_some());
    Ok(world.statement(office, &confirm(None), &[admin_of(office)]))
}

fn read(entries: &[Vec<u8>]) -> Result<Replica> {
    let (first, rest) = entries.split_first().context("no entries")?;
    let mut replica = Replica::found(first.clone())?;
    for entry in rest {
        replica.push(entry.clone()).with_context(|| format!("entry {} is void", replica.log().size()))?;
    }
    Ok(replica)
}

/// As many signatures over as many bytes as the log has: what nobody who reads it can save.
fn signatures(entries: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, [u8; 64])>> {
    let key = key::<Authority>("any");
    let mut all = Vec::new();
    for entry in entries {
        let statement = Statement::from_bytes(&Entry::from_bytes(entry)?.statement)?;
        let bytes = statement.to_bytes();
        all.extend(statement.claims().signers.iter().map(|_| (bytes.clone(), key.sign(&bytes))));
    }
    Ok(all)
}

fn verify(signatures: &[(Vec<u8>, [u8; 64])]) -> bool {
    let key = public::<Authority>("any");
    signatures.iter().all(|(bytes, signature)| key.verify(bytes, signature).is_ok())
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let began = Instant::now();
    black_box(work());
    began.elapsed()
}

/// What the process holds; zero where the system does not say.
fn resident_bytes() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_whitespace().nth(1)?.parse::<usize>().ok());
    pages.unwrap_or(0) * PAGE_BYTES
}

const PAGE_BYTES: usize = 4096;
const MIB: f64 = 1_048_576.0;

/// The Member States of the United Nations, by their codes in ISO 3166.
const CODES: &str = "\
    ad ae af ag al am ao ar at au az ba bb bd be bf bg bh bi bj bn bo br bs bt bw by bz ca cd cf cg ch \
    ci cl cm cn co cr cu cv cy cz de dj dk dm do dz ec ee eg er es et fi fj fm fr ga gb gd ge gh gm gn \
    gq gr gt gw gy hn hr ht hu id ie il in iq ir is it jm jo jp ke kg kh ki km kn kp kr kw kz la lb lc \
    li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mr mt mu mv mw mx my mz na ne ng ni nl no np \
    nr nz om pa pe pg ph pk pl pt pw py qa ro rs ru rw sa sb sc sd se sg si sk sl sm sn so sr ss st sv \
    sy sz td tg th tj tl tm tn to tr tt tv tz ua ug us uy uz vc ve vn vu ws ye za zm zw \
    ";
