//! Is everything there that was answered before kill -9?
//! Never knows how the log keeps it.
//!
//! The test starts itself anew as a child that appends, and tells each answer on its standard output. It
//! kills the child after a random number of answers, wherever the child is by then, and opens the log.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test as a whole; clippy sees only its #[test] functions as such"
)]

use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use liaison_journal::{Content, Digest, Event, EventId, Log, LogError, Options, SegmentLog, Sequence};

const ROUNDS: u64 = 10;
const ANSWERS_MAX: u64 = 400;
const CHILD_DIRECTORY: &str = "LIAISON_JOURNAL_KILL_DIRECTORY";
const CHILD_FIRST: &str = "LIAISON_JOURNAL_KILL_FIRST";
const SEED: &str = "LIAISON_JOURNAL_KILL_SEED";

/// Small segments, so that some kills hit a rotation or an unlink.
const OPTIONS: Options = Options { segment_bytes_max: 100_000, event_bytes_max: 50_000 };

/// SplitMix64: what is random here has to be random only to the child.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Event `number`; its size is random, and the same each time.
fn event(number: u64) -> Event {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let mut random = Random(number);
    let bytes = if random.below(8) == 0 { random.below(40_000) } else { random.below(500) };
    let bytes = vec![number as u8; bytes as usize];
    Event { id: EventId(id), digest: Digest::of(&bytes), bytes }
}

/// What the child has said.
#[derive(Default)]
struct Said {
    /// Sequence of each event that was answered, by its number.
    appended: HashMap<u64, u64>,
    released: Vec<u64>,
    forgotten: Vec<u64>,
}

#[test]
fn what_was_answered_survives_kill_nine() {
    let seed = env::var(SEED).map_or_else(|_| u64::from(std::process::id()), |seed| seed.parse().unwrap());
    println!("{SEED}={seed}");
    let mut random = Random(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut said = Said::default();
    for round in 0..ROUNDS {
        let mut child = start_child(dir.path(), round * 1_000_000);
        listen(&mut child, 1 + random.below(ANSWERS_MAX), &mut said);
        check(dir.path(), &said);
    }
    assert!(said.appended.len() as u64 >= ROUNDS && !said.released.is_empty() && !said.forgotten.is_empty());
}

fn start_child(dir: &Path, first: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "appends_until_killed", "--ignored", "--nocapture"])
        .env(CHILD_DIRECTORY, dir)
        .env(CHILD_FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills the child after so many answers, and hears it out: what was in the pipe by then was said.
fn listen(child: &mut Child, answers: u64, said: &mut Said) {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut heard = 0;
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        if line.ends_with('\n') && hear(&line, said) {
            heard += 1;
            if heard == answers {
                child.kill().unwrap();
            }
        }
        line.clear();
    }
    child.wait().unwrap();
    assert!(heard >= answers, "the child ended by itself");
}

/// Whether the line says an answer; the harness says other things.
fn hear(line: &str, said: &mut Said) -> bool {
    match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["appended", number, sequence] => {
            said.appended.insert(number.parse().unwrap(), sequence.parse().unwrap());
        }
        ["released", sequence] => said.released.push(sequence.parse().unwrap()),
        ["forgotten", sequence] => said.forgotten.push(sequence.parse().unwrap()),
        _ => return false,
    }
    true
}

fn check(dir: &Path, said: &Said) {
    let (log, report) = SegmentLog::open(dir, OPTIONS).unwrap();
    assert!(report.is_sound(), "{report:?}");
    let mut there: HashMap<EventId, (u64, Content)> = HashMap::new();
    for entry in log.follow(Sequence::NONE, usize::MAX).unwrap() {
        let id = match entry.content {
            Content::Event(Event { id, .. }) | Content::Released { id, .. } => id,
            Content::Forgotten => continue,
            Content::Damaged => panic!("{} is damaged", entry.sequence),
        };
        let before = there.insert(id, (entry.sequence.0, entry.content));
        assert!(before.is_none(), "{id:?} is there twice");
    }
    for (&number, &sequence) in &said.appended {
        let expected = event(number);
        let Some((at, content)) = there.get(&expected.id) else {
            // It may have been forgotten by a child that was killed before it said so; but only after its release.
            assert!(said.released.contains(&sequence), "{number} is gone");
            continue;
        };
        assert_eq!(*at, sequence);
        if let Content::Event(there) = content {
            assert_eq!(*there, expected);
        }
    }
    for &sequence in said.released.iter().chain(&said.forgotten) {
        assert!(matches!(log.read(Sequence(sequence), None), Err(LogError::Released { .. })));
    }
}

#[test]
#[ignore = "the child of what_was_answered_survives_kill_nine; by itself it has nothing to do"]
fn appends_until_killed() {
    let Some(dir) = env::var_os(CHILD_DIRECTORY) else { return };
    let mut number: u64 = env::var(CHILD_FIRST).unwrap().parse().unwrap();
    let mut random = Random(number);
    let (log, _) = SegmentLog::open(Path::new(&dir), OPTIONS).unwrap();
    let mut out = std::io::stdout().lock();
    // The harness has begun a line.
    writeln!(out).unwrap();
    loop {
        let numbers: Vec<u64> = (number..=number + random.below(6)).collect();
        number += numbers.len() as u64;
        let answers = log.append(numbers.iter().copied().map(event).collect()).unwrap();
        for (number, answer) in numbers.iter().zip(answers) {
            writeln!(out, "appended {number} {}", answer.unwrap().sequence).unwrap();
        }
        if random.below(3) == 0 {
            // Mostly the oldest, so that whole segments go.
            let upto = log.head().0.saturating_sub(random.below(60));
            let all: Vec<Sequence> = (1 + upto.saturating_sub(40)..=upto).map(Sequence).collect();
            log.release(&all).unwrap();
            for sequence in &all {
                writeln!(out, "released {sequence}").unwrap();
            }
            out.flush().unwrap();
            if random.below(2) == 0 {
                log.forget(&all).unwrap();
                for sequence in all {
                    writeln!(out, "forgotten {sequence}").unwrap();
                }
            }
        }
        out.flush().unwrap();
    }
}
