//! Does an inspection see what an opening would, and leave every byte as it is?
//! Never knows how either is done.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use liaison_journal::{Content, Inspection, Log, OpenError, Sequence};
use tempfile::TempDir;

use crate::scene::{event, last_segment, open};

fn contents(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// A log with a copy, a mark, a segment that was never born, and a torn tail.
fn scene() -> TempDir {
    let dir = TempDir::new().unwrap();
    let (log, _) = open(dir.path());
    for number in 1..=5 {
        log.append(vec![event(number, 20_000)]).unwrap();
    }
    log.release(&[Sequence(2), Sequence(3)]).unwrap();
    drop(log);
    let last = last_segment(dir.path());
    let bytes = fs::read(&last).unwrap();
    fs::write(last, &bytes[..bytes.len() - 1]).unwrap();
    fs::write(dir.path().join("events-00000000000000000009.new"), b"half").unwrap();
    dir
}

#[test]
fn sees_what_an_opening_finds_and_changes_nothing() {
    let dir = scene();
    let before = contents(dir.path());
    let (mut told, mut total) = (0, 0);
    let inspection = Inspection::of(dir.path(), |read, of| (told, total) = (read, of)).unwrap();
    let seen = inspection.report().clone();
    let entries = inspection.follow(Sequence::NONE, usize::MAX).unwrap();
    drop(inspection);
    assert_eq!(contents(dir.path()), before, "not a byte");
    assert!(told == total && total == seen.bytes && total > 60_000);
    assert_eq!((seen.torn.len(), seen.head), (1, Sequence(4)));
    let (log, report) = open(dir.path());
    assert_eq!(seen, report);
    assert_eq!(entries, log.follow(Sequence::NONE, usize::MAX).unwrap());
    assert!(matches!(entries[1].content, Content::Released { .. }));
}

#[test]
fn a_log_that_is_open_or_is_not_there_is_not_looked_at() {
    let dir = scene();
    let (log, _) = open(dir.path());
    let refused = Inspection::of(dir.path(), |_, _| {}).err();
    assert!(matches!(refused, Some(OpenError::InUse { .. })), "{refused:?}");
    drop(log);
    let missing = dir.path().join("nowhere");
    let refused = Inspection::of(&missing, |_, _| {}).err();
    assert!(matches!(refused, Some(OpenError::Io { .. })), "{refused:?}");
    assert!(!missing.exists(), "nothing is made");
    fs::remove_file(dir.path().join("lock")).unwrap();
    Inspection::of(dir.path(), |_, _| {}).unwrap();
}
