//! What survives a crash at any byte?
//! Never knows a disk that loses what it had synced: that is damage.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use liaison_journal::{Event, Log, Sequence};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::scene::{contains, event, groups, last_segment, open, served, sizes};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The last group was not answered when the machine stopped. All before it is there, of the group
    /// only what is whole, and the log goes on, through a second crash too.
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
}

/// Opens the log, appends and answers `groups`, and crashes while `in_flight` is being written. Checks
/// what is there afterwards, and adds to `answered` what has been promised: the groups, and all that an
/// opened log has shown.
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
    // Sectors that reached the disk out of order look like damage and are named, but only in what was in
    // flight.
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
