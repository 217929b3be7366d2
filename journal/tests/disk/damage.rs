//! Is a change on the disk named, and never served?
//! Never knows crashes: what changes here was synced.

use std::fs;
use std::path::Path;

use liaison_journal::{Content, Event, Log, LogError, SegmentLog, Sequence};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::scene::{HEADING_BYTES, event, groups, last_segment, open, segments, served, sizes};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// No flipped bit goes unnoticed, wherever it is, and what is served is what was appended.
    #[test]
    fn a_flipped_bit_is_named_and_never_served(
        sizes in sizes(),
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u32,
        reopened in any::<bool>(),
    ) {
        let dir = TempDir::new().unwrap();
        let (log, _) = open(dir.path());
        let events = append_all(&log, &sizes);
        log.release(&[Sequence(1)]).unwrap();
        drop(log);
        if reopened {
            // Now everything lies below a durable offset, whatever it was before.
            drop(open(dir.path()));
        }
        let path = file.get(&segments(dir.path())).clone();
        let at = flip(&path, place, bit);

        let (log, report) = open(dir.path());
        let name = path.file_name().unwrap().to_str().unwrap();
        let named = report.damage.iter().any(|damage| damage.file == name && damage.bytes.contains(&at));
        let torn = report.torn.iter().any(|torn| torn.file == name && torn.bytes.contains(&at));
        prop_assert!(named || (torn && !reopened), "{report:?}");
        let served = served(&log);
        prop_assert!(served.iter().all(|(sequence, event)| *event == events[*sequence as usize - 1]));
        let lost = |sequence| report.lost.iter().any(|lost| lost.contains(&Sequence(sequence)));
        for sequence in 2..=log.head().0 {
            prop_assert_eq!(served.contains_key(&sequence), !lost(sequence), "sequence {}", sequence);
        }
        // A lost mark names no event, though its event may be gone with its segment.
        let named: Vec<_> = report.damage.iter().filter_map(|damage| damage.sequences.clone()).collect();
        prop_assert!(named == report.lost || name.starts_with("released"), "{report:?}");
        prop_assert!(torn || log.head().0 == events.len() as u64);
    }

    /// Nor does one that happens while the log is open.
    #[test]
    fn a_bit_that_flips_under_an_open_log_is_never_served(
        sizes in sizes(),
        file in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let dir = TempDir::new().unwrap();
        let (log, _) = open(dir.path());
        let events = append_all(&log, &sizes);
        let path = file.get(&segments(dir.path())).clone();
        let at = flip(&path, place, bit);
        let served = served(&log);
        prop_assert!(served.iter().all(|(sequence, event)| *event == events[*sequence as usize - 1]));
        let in_frame = path.to_str().unwrap().contains("events") && at >= HEADING_BYTES;
        prop_assert_eq!(served.len(), events.len() - usize::from(in_frame));
    }
}

/// Appends groups of events of these sizes, and says what was appended.
fn append_all(log: &SegmentLog, sizes: &[Vec<usize>]) -> Vec<Event> {
    let groups = groups(sizes);
    for group in &groups {
        log.append(group.clone()).unwrap();
    }
    groups.concat()
}

/// Changes one bit of the file, and says in which byte.
fn flip(path: &Path, place: prop::sample::Index, bit: u32) -> u64 {
    let mut bytes = fs::read(path).unwrap();
    let place = place.index(bytes.len());
    bytes[place] ^= 1 << bit;
    fs::write(path, bytes).unwrap();
    place as u64
}

/// A repeated event whose first copy the disk lost is taken as new: its sender must not be told that all
/// is well.
#[test]
fn a_lost_event_can_be_appended_again_and_the_chain_does_not_fork() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    log.append_if(Sequence::NONE, event(1, 10)).unwrap().unwrap();
    log.append_if(Sequence(1), event(2, 10)).unwrap().unwrap();
    log.append(vec![event(3, 10)]).unwrap();
    drop(log);
    let file = last_segment(dir.path());
    let mut bytes = fs::read(&file).unwrap();
    bytes[1024 + 126 + 115] ^= 1;
    fs::write(&file, bytes).unwrap();
    let (log, report) = open(dir.path());
    assert_eq!(report.lost, [Sequence(2)..=Sequence(2)]);
    assert_eq!(report.damage[0].sequences, Some(Sequence(2)..=Sequence(2)));
    assert_eq!(report.damage[0].bytes, 1150..1276);
    assert_eq!(log.chain_head(), Sequence(2));
    assert_eq!(log.append(vec![event(2, 10)]).unwrap()[0].unwrap().sequence, Sequence(4));
    drop(log);
    let (_, report) = open(dir.path());
    assert_eq!(report.lost, [Sequence(2)..=Sequence(2)], "it is named at each opening");
}

/// A file of which nothing can be read is named, and the others are served.
#[test]
fn a_segment_without_a_heading() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    for number in 1..=4 {
        log.append(vec![event(number, 40_000)]).unwrap();
    }
    drop(log);
    let file = &segments(dir.path())[1];
    let mut bytes = fs::read(file).unwrap();
    bytes[..HEADING_BYTES as usize].fill(0);
    fs::write(file, &bytes).unwrap();
    for _ in 0..2 {
        let (log, report) = open(dir.path());
        assert_eq!(report.lost, [Sequence(2)..=Sequence(2)]);
        assert_eq!(report.damage[0].bytes, 0..bytes.len() as u64);
        assert_eq!(report.damage[0].sequences, Some(Sequence(2)..=Sequence(2)));
        assert!(served(&log).into_keys().eq([1, 3, 4]));
    }
    assert_eq!(fs::read(file).unwrap(), bytes, "damage stays as it is");
}

#[test]
fn a_file_that_someone_took_away_is_damage_and_the_rest_is_served() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    for number in 1..=4 {
        log.append(vec![event(number, 40_000)]).unwrap();
    }
    fs::remove_file(&segments(dir.path())[1]).unwrap();
    let check = |log: &SegmentLog| {
        assert!(matches!(log.read(Sequence(2), None), Err(LogError::Damaged { sequence: Sequence(2) })));
        assert!(matches!(log.follow(Sequence(1), 1).unwrap()[0].content, Content::Damaged));
        assert_eq!(log.read(Sequence(3), None).unwrap(), event(3, 40_000).bytes);
    };
    check(&log);
    drop(log);
    let (log, report) = open(dir.path());
    check(&log);
    assert_eq!(report.lost, [Sequence(2)..=Sequence(2)]);
    assert!(matches!(log.release(&[Sequence(1), Sequence(2)]), Err(LogError::Damaged { .. })));
    assert_eq!(log.read(Sequence(1), None).unwrap(), event(1, 40_000).bytes, "nothing was released");
}
