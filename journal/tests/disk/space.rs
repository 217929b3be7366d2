//! Does space come back, and only that of what nobody needs?
//! Never knows damage.

use std::path::Path;

use liaison_journal::{Log, Sequence};
use tempfile::TempDir;

use crate::scene::{event, open, segments};

/// The segment files whose names begin like this.
fn files(dir: &Path, series: &str) -> Vec<String> {
    let names = segments(dir).into_iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name.starts_with(series)).collect()
}

#[test]
fn a_segment_goes_once_all_in_it_is_released_and_what_is_remembered_stays() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    // Two fit into a segment.
    for number in 1..=6 {
        log.append(vec![event(number, 20_000)]).unwrap();
    }
    let name = |ordinal| format!("events-{ordinal:020}.log");
    assert_eq!(files(dir.path(), "events"), [name(1), name(2), name(3)]);
    log.release(&[Sequence(1), Sequence(3), Sequence(4)]).unwrap();
    assert_eq!(files(dir.path(), "events"), [name(3)], "the one that still had something was copied");
    log.release(&[Sequence(5), Sequence(6)]).unwrap();
    assert_eq!(files(dir.path(), "events"), [name(3)], "the one that is written stays");
    drop(log);
    let (log, _) = open(dir.path());
    assert_eq!(files(dir.path(), "events"), [name(4)]);
    assert_eq!(log.read(Sequence(2), None).unwrap(), event(2, 20_000).bytes);
    for number in [1, 3, 6] {
        let again = log.append(vec![event(number, 20_000)]).unwrap().remove(0).unwrap();
        assert_eq!((again.sequence, again.first), (Sequence(number), false));
    }
}

#[test]
fn numbers_go_on_when_all_events_and_their_segments_are_gone() {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    log.append(vec![event(1, 5)]).unwrap();
    log.append_if(Sequence::NONE, event(2, 5)).unwrap().unwrap();
    log.release(&[Sequence(1), Sequence(2)]).unwrap();
    drop(log);
    drop(open(dir.path()));
    let (log, report) = open(dir.path());
    assert!(report.is_sound());
    assert_eq!((log.head(), log.chain_head()), (Sequence(2), Sequence(2)));
    assert_eq!(log.append(vec![event(3, 5)]).unwrap()[0].unwrap().sequence, Sequence(3));
}

#[test]
fn opening_again_and_again_leaves_no_files_behind() {
    let dir = TempDir::new().unwrap();
    open(dir.path()).0.append(vec![event(1, 10)]).unwrap();
    (0..5).for_each(|_| drop(open(dir.path())));
    assert_eq!((files(dir.path(), "events").len(), files(dir.path(), "released").len()), (2, 1));
}
