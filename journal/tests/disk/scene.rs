//! Which events are in the log under test, and what does it serve?
//! Never knows what happened to its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use liaison_journal::{
    Content, Digest, Event, EventId, Log, LogError, Opening, Options, SegmentLog, Sequence,
};
use proptest::prelude::*;

/// Small segments, so that a few events cross them.
const OPTIONS: Options = Options { segment_bytes_max: 60_000, event_bytes_max: 100_000 };

/// Event `number` with this many bytes.
pub(crate) fn event(number: u64, bytes: usize) -> Event {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let bytes: Vec<u8> = (0..bytes).map(|place| (place as u64 * 31 + number) as u8).collect();
    Event { id: EventId(id), digest: Digest::of(&bytes), bytes }
}

/// Events 1.. with the given sizes, group by group.
pub(crate) fn groups(sizes: &[Vec<usize>]) -> Vec<Vec<Event>> {
    let mut numbers = 1..;
    sizes
        .iter()
        .map(|group| group.iter().zip(&mut numbers).map(|(&bytes, number)| event(number, bytes)).collect())
        .collect()
}

/// The file that was written last.
pub(crate) fn last_segment(dir: &Path) -> PathBuf {
    segments(dir)
        .into_iter()
        .rfind(|path| path.file_name().unwrap().to_str().unwrap().starts_with("events"))
        .unwrap()
}

pub(crate) fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    paths.sort();
    paths
}

pub(crate) fn open(dir: &Path) -> (SegmentLog, Opening) {
    SegmentLog::open(dir, OPTIONS).unwrap()
}

/// All that the log serves, by sequence; what it says is damaged is left out.
pub(crate) fn served(log: &SegmentLog) -> BTreeMap<u64, Event> {
    let mut served = BTreeMap::new();
    for entry in log.follow(Sequence::NONE, usize::MAX).unwrap() {
        let read = log.read(entry.sequence, None);
        match entry.content {
            Content::Event(event) => {
                assert_eq!(read.unwrap(), event.bytes);
                served.insert(entry.sequence.0, event);
            }
            Content::Damaged => assert!(matches!(read, Err(LogError::Damaged { .. }))),
            Content::Released { .. } | Content::Forgotten => {
                assert!(matches!(read, Err(LogError::Released { .. })))
            }
        }
    }
    served
}

/// A few groups of a few events, from empty to larger than a block.
pub(crate) fn sizes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let bytes = prop_oneof![Just(0), 1..300_usize, 10_000..40_000_usize];
    prop::collection::vec(prop::collection::vec(bytes, 1..4), 1..6)
}

/// Whether each of these is there exactly once.
pub(crate) fn contains(log: &SegmentLog, events: &[Event]) -> bool {
    let served = served(log);
    events.iter().all(|event| served.values().filter(|there| *there == event).count() == 1)
}

/// Where a segment's first frame stands.
pub(crate) const HEADING_BYTES: u64 = 1024;
