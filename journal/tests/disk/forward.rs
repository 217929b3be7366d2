//! Does space come back although something lives, and does what lives survive its moves?
//! Never knows when a segment is worth copying, only that the log stays small.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use liaison_journal::{Event, Log, LogError, SegmentLog, Sequence};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::scene::{event, open, segments, served};

/// The segment files of a series.
fn files(dir: &Path, series: &str) -> Vec<PathBuf> {
    let of_series = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(series);
    segments(dir).into_iter().filter(of_series).collect()
}

/// Bytes of an event of [`half_dead`]: those that will be wanted are a little smaller than those that will not.
fn size(number: u64) -> usize {
    if matches!(number, 1 | 4) { 19_000 } else { 20_000 }
}

/// Two segments of two events each, and a third that is written. Events 1 and 4 are wanted.
fn half_dead() -> (TempDir, SegmentLog) {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    log.append_if(Sequence::NONE, event(1, size(1))).unwrap().unwrap();
    for number in 2..=5 {
        log.append(vec![event(number, size(number))]).unwrap();
    }
    (dir, log)
}

/// Events 1, 4 and 5 are there under their numbers, 2 and 3 are remembered, and the chain stands.
fn check(log: &SegmentLog) {
    assert!(served(log).into_keys().eq([1, 4, 5]));
    assert_eq!(log.read(Sequence(4), Some(10..20)).unwrap(), event(4, size(4)).bytes[10..20]);
    for number in 1..=5 {
        let again = log.append(vec![event(number, size(number))]).unwrap().remove(0).unwrap();
        assert_eq!((again.sequence, again.first), (Sequence(number), false));
    }
    assert_eq!((log.head(), log.chain_head()), (Sequence(5), Sequence(1)));
    assert!(!log.append_if(Sequence::NONE, event(1, size(1))).unwrap().unwrap().first, "still in the chain");
}

#[test]
fn what_lives_is_copied_out_of_half_dead_segments_and_keeps_its_number() {
    let (dir, log) = half_dead();
    assert_eq!(files(dir.path(), "events").len(), 3);
    log.release(&[Sequence(2), Sequence(3)]).unwrap();
    assert_eq!((files(dir.path(), "events").len(), files(dir.path(), "kept").len()), (1, 1));
    check(&log);
    drop(log);
    for _ in 0..2 {
        let (log, report) = open(dir.path());
        assert!(report.is_sound(), "{report:?}");
        check(&log);
    }
    let (log, _) = open(dir.path());
    log.release(&[Sequence(1), Sequence(4)]).unwrap();
    assert_eq!(files(dir.path(), "kept"), [] as [PathBuf; 0], "copies go as events go");
}

/// The power may fail between the copy's birth and the unlinking, and an unlinking may be undone by it.
#[test]
fn a_segment_that_comes_back_beside_its_copy_changes_nothing() {
    let (dir, log) = half_dead();
    let before: BTreeMap<PathBuf, Vec<u8>> =
        files(dir.path(), "events").into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    log.release(&[Sequence(2), Sequence(3)]).unwrap();
    drop(log);
    let gone: Vec<&PathBuf> = before.keys().filter(|path| !path.exists()).collect();
    assert_eq!(gone.len(), 2);
    for path in &gone {
        fs::write(path, &before[*path]).unwrap();
    }
    let (log, report) = open(dir.path());
    assert!(report.is_sound(), "{report:?}");
    check(&log);
    assert!(gone.iter().all(|path| !path.exists()), "it goes again");
}

#[test]
fn a_copy_that_was_never_born_is_cleared_away() {
    let (dir, log) = half_dead();
    let obstacle = dir.path().join("kept-00000000000000000001.new");
    fs::create_dir(&obstacle).unwrap();
    log.release(&[Sequence(2), Sequence(3)]).unwrap();
    check(&log);
    assert_eq!(files(dir.path(), "events").len(), 3, "nothing went, and nothing was lost");
    fs::remove_dir(&obstacle).unwrap();
    log.release(&[Sequence(5)]).unwrap();
    assert_eq!(files(dir.path(), "events").len(), 1, "the next release tries again");
    drop(log);
    fs::write(&obstacle, b"half a segment").unwrap();
    let (log, report) = open(dir.path());
    assert!(report.is_sound() && !obstacle.exists());
    assert!(served(&log).into_keys().eq([1, 4]));
}

#[test]
fn damage_in_a_copy_is_named_with_what_it_took_and_never_served() {
    let (dir, log) = half_dead();
    log.release(&[Sequence(2), Sequence(3)]).unwrap();
    drop(log);
    let path = files(dir.path(), "kept").remove(0);
    let whole = fs::read(&path).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let first_of_two = 1024 + 500;
    for (bytes, lost) in
        [(flipped(first_of_two), 1), (flipped(whole.len() - 9), 4), (whole[..whole.len() - 1].to_vec(), 4)]
    {
        fs::write(&path, &bytes).unwrap();
        let (log, report) = open(dir.path());
        let named = Some(Sequence(lost)..=Sequence(lost));
        assert_eq!((report.damage.len(), &report.damage[0].sequences), (1, &named), "{report:?}");
        assert_eq!(report.lost, [Sequence(lost)..=Sequence(lost)]);
        assert!(matches!(log.read(Sequence(lost), None), Err(LogError::Damaged { .. })));
        assert!(served(&log).into_keys().eq([1, 4, 5].into_iter().filter(|&number| number != lost)));
        assert_eq!(fs::read(&path).unwrap(), bytes, "it stays for whoever repairs it");
    }
}

/// What the disk has changed under an open log is found by the copying, and not copied.
#[test]
fn a_damaged_segment_is_not_copied_from() {
    let (dir, log) = half_dead();
    let victim = files(dir.path(), "events").remove(0);
    let mut bytes = fs::read(&victim).unwrap();
    bytes[1024 + 300] ^= 1;
    fs::write(&victim, &bytes).unwrap();
    log.release(&[Sequence(2), Sequence(3)]).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), bytes, "it stays for whoever repairs it");
    assert!(served(&log).into_keys().eq([4, 5]), "the other segment was copied");
    assert!(!files(dir.path(), "kept").is_empty());
    drop(log);
    let (_, report) = open(dir.path());
    assert_eq!(report.lost, [Sequence(1)..=Sequence(1)]);
}

/// What is done to a log.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<usize>),
    /// Releases every living event but each n-th.
    Release(usize),
    /// Forgets every living event but each n-th, and with them all that were released.
    Forget(usize),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let bytes = prop_oneof![Just(0), 1..300_usize, 3_000..25_000_usize];
    let append = prop::collection::vec(bytes, 1..8).prop_map(Step::Append);
    prop::collection::vec(
        prop_oneof![
            4 => append,
            2 => (2..6_usize).prop_map(Step::Release),
            1 => (2..6_usize).prop_map(Step::Forget),
            1 => Just(Step::Reopen),
        ],
        1..40,
    )
}

/// Takes out all but each n-th, and says which.
fn all_but_each(nth: usize, living: &mut BTreeMap<u64, Event>) -> Vec<Sequence> {
    let spent = |(place, sequence): (usize, &u64)| (place % nth != 0).then_some(*sequence);
    let spent: Vec<u64> = living.keys().enumerate().filter_map(spent).collect();
    spent.iter().for_each(|sequence| drop(living.remove(sequence)));
    spent.into_iter().map(Sequence).collect()
}

/// Two thousand events that came and went, a few that are only remembered, and one that lives.
#[test]
fn the_names_of_what_was_forgotten_take_no_space_for_ever() {
    let dir = TempDir::new().unwrap();
    let (mut log, _) = open(dir.path());
    for round in 0..4_u64 {
        let first = round * 1_000 + 1;
        log.append((first..first + 1_000).map(|number| event(number, 5)).collect()).unwrap();
        let all: Vec<Sequence> = (first..first + 1_000).map(Sequence).collect();
        log.release(&all[1..]).unwrap();
        log.forget(&all[10..]).unwrap();
        if round == 1 {
            drop(log);
            log = open(dir.path()).0;
        }
    }
    let marks: u64 = files(dir.path(), "released").iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(marks < 200_000, "{marks} bytes: 4,000 marks would have 448,000");
    let check = |log: &SegmentLog| {
        assert!(served(log).into_keys().eq([1, 1_001, 2_001, 3_001]));
        let again = |number| log.append(vec![event(number, 5)]).unwrap()[0].unwrap();
        assert!(!again(1).first && !again(2).first && !again(3_010).first, "remembered");
    };
    check(&log);
    drop(log);
    let (log, report) = open(dir.path());
    assert!(report.is_sound(), "{report:?}");
    check(&log);
    let new = log.append(vec![event(11, 5)]).unwrap()[0].unwrap();
    assert_eq!((new.sequence, new.first), (Sequence(4_001), true), "forgotten, so new");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is appended, released and reopened: what is wanted is there, and the files are not much larger.
    #[test]
    fn the_log_is_as_large_as_what_it_keeps(steps in steps()) {
        let dir = TempDir::new().unwrap();
        let (mut log, _) = open(dir.path());
        let mut living: BTreeMap<u64, Event> = BTreeMap::new();
        let mut number = 0;
        for step in steps {
            match step {
                Step::Append(sizes) => {
                    let group: Vec<Event> = sizes.iter().map(|&bytes| { number += 1; event(number, bytes) }).collect();
                    for (event, answer) in group.iter().zip(log.append(group.clone()).unwrap()) {
                        living.insert(answer.unwrap().sequence.0, event.clone());
                    }
                }
                Step::Release(nth) => {
                    let spent = all_but_each(nth, &mut living);
                    log.release(&spent).unwrap();
                }
                Step::Forget(nth) => {
                    all_but_each(nth, &mut living);
                    let gone = (1..=log.head().0).filter(|sequence| !living.contains_key(sequence));
                    log.forget(&gone.map(Sequence).collect::<Vec<_>>()).unwrap();
                }
                Step::Reopen => {
                    drop(log);
                    let (opened, report) = open(dir.path());
                    prop_assert!(report.is_sound(), "{:?}", report);
                    log = opened;
                }
            }
            prop_assert_eq!(&served(&log), &living);
        }
        // Two calls a segment's worth each, and what is written now is never counted.
        let last = log.append(vec![event(9_999, 1)]).unwrap().remove(0).unwrap().sequence;
        for _ in 0..10 {
            log.release(&[last]).unwrap();
            number += 1;
            let next = log.append(vec![event(10_000 + number, 1)]).unwrap().remove(0).unwrap();
            log.release(&[next.sequence]).unwrap();
        }
        let on_disk: u64 = ["events", "kept"].iter().flat_map(|series| files(dir.path(), series)).map(|path| fs::metadata(path).unwrap().len()).sum();
        let wanted: usize = living.values().map(|event| event.bytes.len() + 200).sum();
        prop_assert!(on_disk <= 2 * wanted as u64 + 160_000, "{} bytes for {}", on_disk, wanted);
        prop_assert_eq!(served(&log), living);
    }
}
