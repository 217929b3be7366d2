//! What survives a crash at any byte, and a flip of any bit?
//! Never knows the format, but for where the heading ends and that frames of one append lie side by side.

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use liaison_journal::{
    Content, Digest, Event, EventId, Log, LogError, OpenError, Opening, Options, SegmentLog, Sequence,
};
use proptest::prelude::*;
use tempfile::TempDir;

const OPTIONS: Options = Options { segment_bytes_max: 60_000, event_bytes_max: 100_000 };

/// Event `number` with this many bytes.
fn event(number: u64, bytes: usize) -> Event {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let bytes: Vec<u8> = (0..bytes).map(|place| (place as u64 * 31 + number) as u8).collect();
    Event { id: EventId(id), digest: Digest::of(&bytes), bytes }
}

/// Events 1.. with the given sizes, group by group.
fn groups(sizes: &[Vec<usize>]) -> Vec<Vec<Event>> {
    let mut numbers = 1..;
    sizes
        .iter()
        .map(|group| group.iter().zip(&mut numbers).map(|(&bytes, number)| event(number, bytes)).collect())
        .collect()
}

/// The file that was written last.
fn last_segment(dir: &Path) -> PathBuf {
    segments(dir)
        .into_iter()
        .rfind(|path| path.file_name().unwrap().to_str().unwrap().starts_with("events"))
        .unwrap()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    paths.sort();
    paths
}

fn open(dir: &Path) -> (SegmentLog, Opening) {
    SegmentLog::open(dir, OPTIONS).unwrap()
}

/// All that the log serves, by sequence; what it says is damaged is left out.
fn served(log: &SegmentLog) -> BTreeMap<u64, Event> {
    let mut served = BTreeMap::new();
    for entry in log.follow(Sequence::NONE, usize::MAX).unwrap() {
        let read = log.read(entry.sequence, None);
        match entry.content {
            Content::Event(event) => {
                assert_eq!(read.unwrap(), event.bytes);
                served.insert(entry.sequence.0, event);
            }
            Content::Damaged => assert!(matches!(read, Err(LogError::Damaged { .. }))),
            Content::Released { .. } => assert!(matches!(read, Err(LogError::Released { .. }))),
        }
    }
    served
}

/// What the crash leaves of the group that was being written.
#[derive(Clone, Debug)]
enum Remains {
    /// Its first bytes.
    Beginning(prop::sample::Index),
    /// Some of its sectors; the others are zero.
    Sectors(Vec<bool>),
}

impl Remains {
    /// Leaves this of the file behind the offset `answered`.
    fn leave(&self, file: &Path, answered: usize) {
        let mut bytes = fs::read(file).unwrap();
        match self {
            Self::Beginning(index) => bytes.truncate(answered + index.index(bytes.len() - answered + 1)),
            Self::Sectors(kept) => {
                for (sector, kept) in bytes[answered..].chunks_mut(512).zip(kept.iter().cycle()) {
                    if !kept {
                        sector.fill(0);
                    }
                }
            }
        }
        fs::write(file, bytes).unwrap();
    }
}

fn remains() -> impl Strategy<Value = Remains> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Remains::Beginning),
        prop::collection::vec(any::<bool>(), 1..40).prop_map(Remains::Sectors),
    ]
}

/// A few groups of a few events, from empty to larger than a block.
fn sizes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let bytes = prop_oneof![Just(0), 1..300_usize, 10_000..40_000_usize];
    prop::collection::vec(prop::collection::vec(bytes, 1..4), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The last group was not answered when the machine stopped. All before it is there, of the group only what is whole, and
    /// the log goes on, through a second crash too.
    #[test]
    fn a_crash_loses_nothing_that_was_answered(sizes in sizes(), remains in remains(), again in remains()) {
        let dir = TempDir::new().unwrap();
        let mut answered: Vec<Event> = Vec::new();
        let mut groups = groups(&sizes);
        let in_flight = groups.pop().unwrap();
        crash(dir.path(), groups, &in_flight, &remains, &mut answered);
        let next = vec![event(1_000, 20_000), event(1_001, 7)];
        crash(dir.path(), vec![vec![event(999, 3)]], &next, &again, &mut answered);
        let (log, _) = open(dir.path());
        prop_assert!(contains(&log, &answered));
    }

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
        let groups = groups(&sizes);
        groups.iter().for_each(|group| drop(log.append(group.clone()).unwrap()));
        log.release(&[Sequence(1)]).unwrap();
        drop(log);
        if reopened {
            // Now everything lies below a durable offset, whatever it was before.
            drop(open(dir.path()));
        }
        let events: Vec<Event> = groups.concat();
        let path = file.get(&segments(dir.path())).clone();
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();

        let (log, report) = open(dir.path());
        let name = path.file_name().unwrap().to_str().unwrap();
        let at = place as u64;
        let named = report.damage.iter().any(|damage| damage.file == name && damage.bytes.contains(&at));
        let torn = report.torn.iter().any(|torn| torn.file == name && torn.bytes.contains(&at));
        prop_assert!(named || (torn && !reopened), "{report:?}");
        let served = served(&log);
        for (sequence, event) in &served {
            prop_assert_eq!(event, &events[*sequence as usize - 1]);
        }
        let lost = |sequence| report.lost.iter().any(|lost| lost.contains(&Sequence(sequence)));
        for sequence in 2..=log.head().0 {
            prop_assert_eq!(served.contains_key(&sequence), !lost(sequence), "sequence {}", sequence);
        }
        let named_lost = report.damage.iter().filter_map(|damage| damage.sequences.clone());
        let missing: Vec<_> = report.lost.iter().filter(|lost| !named_lost.clone().any(|named| named.contains(lost.start()))).collect();
        prop_assert!(missing.is_empty() || name.starts_with("released"), "{report:?}");
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
        let groups = groups(&sizes);
        groups.iter().for_each(|group| drop(log.append(group.clone()).unwrap()));
        let path = file.get(&segments(dir.path())).clone();
        let mut bytes = fs::read(&path).unwrap();
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        let events: Vec<Event> = groups.concat();
        let served = served(&log);
        for (sequence, event) in &served {
            prop_assert_eq!(event, &events[*sequence as usize - 1]);
        }
        let in_frames = path == last_segment(dir.path()) && place >= 1024;
        prop_assert!(served.len() >= events.len() - 1);
        prop_assert!(!in_frames || served.len() == events.len() - 1);
    }
}

/// Opens the log, appends and answers `groups`, and crashes while `in_flight` is being written. Checks what is there
/// afterwards, and adds to `answered` what has been promised: the groups, and all that an opened log has shown.
fn crash(
    dir: &Path,
    groups: Vec<Vec<Event>>,
    in_flight: &[Event],
    remains: &Remains,
    answered: &mut Vec<Event>,
) {
    let (log, earlier) = open(dir);
    for group in groups {
        log.append(group.clone()).unwrap();
        answered.extend(group);
    }
    let promised = log.head();
    let before = last_segment(dir);
    let len = fs::metadata(&before).unwrap().len() as usize;
    log.append(in_flight.to_vec()).unwrap();
    drop(log);
    let file = last_segment(dir);
    // A new segment has its name only when its heading is durable.
    remains.leave(&file, if file == before { len } else { 1024 });

    let (log, report) = open(dir);
    assert!(contains(&log, answered), "{report:?}");
    // Sectors that reached the disk out of order look like damage and are named, but only in what was in flight.
    let new = |lost: &&RangeInclusive<Sequence>| !earlier.lost.contains(lost);
    assert!(report.lost.iter().filter(new).all(|lost| *lost.start() > promised), "{report:?}");
    if matches!(remains, Remains::Beginning(_)) {
        assert_eq!(report.lost, earlier.lost);
    }
    for event in served(&log).into_values().filter(|event| !answered.contains(event)).collect::<Vec<_>>() {
        assert!(in_flight.contains(&event));
        answered.push(event);
    }
}

/// Whether each of these is there exactly once.
fn contains(log: &SegmentLog, events: &[Event]) -> bool {
    let served = served(log);
    events.iter().all(|event| served.values().filter(|there| *there == event).count() == 1)
}

/// Every byte of a small log, not only those that chance picks.
#[test]
fn every_cut_of_the_last_group() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    log.append(vec![event(1, 3), event(2, 0)]).unwrap();
    let file = last_segment(dir.path());
    let answered = fs::metadata(&file).unwrap().len();
    log.append(vec![event(3, 5), event(4, 2)]).unwrap();
    drop(log);
    let whole = fs::read(&file).unwrap();
    for cut in answered as usize..=whole.len() {
        let copy = TempDir::new().unwrap();
        fs::write(copy.path().join(file.file_name().unwrap()), &whole[..cut]).unwrap();
        let (log, report) = open(copy.path());
        assert!(report.is_sound(), "cut at {cut}: {report:?}");
        assert!(contains(&log, &[event(1, 3), event(2, 0)]), "cut at {cut}");
        let frames = answered as usize + 121;
        let expected = if cut == whole.len() {
            4
        } else if cut >= frames {
            3
        } else {
            2
        };
        assert_eq!(log.head(), Sequence(expected), "cut at {cut}");
        let torn = ![answered as usize, frames, whole.len()].contains(&cut);
        assert_eq!(!report.torn.is_empty(), torn, "cut at {cut}");
    }
}

/// The machine stops after the new segment has its name, and before the old one is cut.
#[test]
fn a_crash_between_birth_and_cut() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    log.append(vec![event(1, 3)]).unwrap();
    log.append(vec![event(2, 3)]).unwrap();
    drop(log);
    let file = last_segment(dir.path());
    let mut uncut = fs::read(&file).unwrap();
    uncut.extend([0xaa; 50]);
    fs::write(&file, &uncut).unwrap();
    let (log, report) = open(dir.path());
    assert_eq!((report.torn.len(), report.carried), (1, 1));
    drop(log);
    assert_ne!(last_segment(dir.path()), file);
    fs::write(&file, &uncut).unwrap();
    let (log, report) = open(dir.path());
    assert!(report.is_sound() && report.torn.is_empty(), "{report:?}");
    assert!(contains(&log, &[event(1, 3), event(2, 3)]));
    assert!(fs::metadata(&file).unwrap().len() < uncut.len() as u64);
}

/// A repeated event whose first copy the disk lost is taken as new: its sender must not be told that all is well.
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
    for number in 1..=4 {
        let (log, _) = open(dir.path());
        log.append(vec![event(number, 50_000)]).unwrap();
    }
    let files = segments(dir.path());
    let events: Vec<_> = files.iter().filter(|path| path.to_str().unwrap().contains("events")).collect();
    let mut bytes = fs::read(events[1]).unwrap();
    bytes[..1024].fill(0);
    fs::write(events[1], bytes).unwrap();
    match SegmentLog::open(dir.path(), OPTIONS) {
        Ok((log, report)) => {
            assert!(!report.damage.is_empty());
            assert!(served(&log).len() >= 3, "{report:?}");
        }
        Err(OpenError::UnknownFormat { .. }) => panic!("zeros are damage"),
        Err(error) => panic!("{error}"),
    }
    assert!(events[1].exists(), "damage stays");
}
