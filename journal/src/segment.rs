//! How does one relay or one station keep its log in files?
//! Never knows what an event means, nor who waits for it.
//!
//! ```text
//! directory ─┬─ events-N.log    heading frame* frame* ...   one fdatasync per group of frames
//!            ├─ kept-N.log      the same, whole from birth: events copied forward out of mostly dead segments
//!            └─ released-N.log  the same; a frame without body is the mark of a released event, one with a body says
//!                               which are forgotten
//!
//! write:    ledger plans ─ tail writes and syncs ─ index learns ─ answer
//! read:     index says where ─ header and the blocks asked for are read and checked
//! release:  marks are synced ─ what still lives in mostly dead segments is copied, synced, named ─ they are unlinked
//! ```
//!
//! Why several series: a mark must outlive the segment of its event, and is the only thing that still has to.
//! Kept among the events, the marks of one segment would hold the next one back, and no space would ever
//! come back. A copy keeps its sequence, which among the events ascends from frame to frame: so damage there can be
//! told from what was never written.

mod directory;
mod forward;
mod heading;
mod index;
mod inspection;
mod marks;
mod naming;
mod opening;
mod reading;
mod report;
mod scan;
mod serving;
mod shelf;
mod survey;
mod tail;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::ledger::Fresh;
use crate::log::LogError;
use crate::segment::directory::Directory;
use crate::segment::shelf::Shelf;
use crate::segment::tail::{Heads, Record, Tail};

pub use crate::segment::inspection::Inspection;
pub use crate::segment::report::{Damage, OpenError, Opening, Torn};

/// The embedded log: segment files in a directory of its own.
pub struct SegmentLog {
    shelf: Shelf,
    segment_bytes_max: u64,
    event_bytes_max: u32,
    /// Held while a group of events is written, so that one writer at a time plans, writes and enters.
    events: Mutex<Tail>,
    /// Held while marks are written and events copied forward. Taken before the shelf's index, as `events` is; never
    /// both.
    releasing: Mutex<Releasing>,
    failed: AtomicBool,
}

/// What one releaser at a time works with.
struct Releasing {
    marks: Tail,
    /// Frames in all segments of marks.
    written: usize,
    /// Then these segments stay as they are, for whoever repairs them.
    marks_are_damaged: bool,
    /// Ordinal of the newest segment of copies.
    kept: u64,
}

/// The limits of a [`SegmentLog`]. They may differ from one opening to the next.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// A segment that would grow beyond this is closed, unless it is empty. Space comes back in steps of
    /// it.
    pub segment_bytes_max: u64,
    /// Events with more bytes are refused. One event is in memory at a time while the log opens.
    pub event_bytes_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { segment_bytes_max: 64 * 1024 * 1024, event_bytes_max: 16 * 1024 * 1024 }
    }
}

impl SegmentLog {
    /// Opens the log in `directory`, which is made if it is not there, and reports what survived.
    ///
    /// Reads every byte of the log once. When this returns, all that the log shows is durable. A torn
    /// tail was cut; other damage is in the report, is left in its file, and is never served.
    ///
    /// # Errors
    /// [`OpenError`]: the directory is in use, holds a file that this program cannot know, or the
    /// operating system refused.
    pub fn open(directory: &Path, options: Options) -> Result<(Self, Opening), OpenError> {
        let refused = |source| OpenError::Io { path: directory.to_owned(), source };
        let in_use = || OpenError::InUse { path: directory.to_owned() };
        let directory = Directory::take(directory).map_err(refused)?.ok_or_else(in_use)?;
        let opening::Opened { index, events, releasing, report } = opening::open(&directory, &options)?;
        for damage in &report.damage {
            let Damage { file, bytes, sequences } = damage;
            tracing::error!(file, ?bytes, ?sequences, "damage in the log");
        }
        let log = Self {
            shelf: Shelf::new(directory, index),
            segment_bytes_max: options.segment_bytes_max,
            event_bytes_max: options.event_bytes_max,
            events: Mutex::new(events),
            releasing: Mutex::new(releasing),
            failed: AtomicBool::new(false),
        };
        Ok((log, report))
    }

    /// Writes the group and enters it.
    fn write(&self, tail: &mut Tail, group: &[Fresh]) -> Result<(), LogError> {
        if group.is_empty() {
            return Ok(());
        }
        let records: Vec<Record<'_>> = group.iter().map(Record::of).collect();
        let heads = self.heads();
        let written = tail.append(&self.shelf.directory, heads, &records);
        let positions = self.or_fail("append events", written)?;
        let mut index = self.shelf.change()?;
        index.activate(tail.name(), tail.id());
        index.enter(group, &positions);
        Ok(())
    }

    /// A failed write or sync is the end: nothing is tried again, and no later call is answered.
    fn or_fail<T>(&self, doing: &'static str, result: io::Result<T>) -> Result<T, LogError> {
        result.map_err(|source| {
            self.failed.store(true, Ordering::SeqCst);
            tracing::error!(doing, kind = %source.kind(), "the log failed");
            LogError::Io { doing, source }
        })
    }

    /// A writer's place, unless something failed; also if a thread panicked while it wrote.
    fn hold<'a, T>(&self, place: &'a Mutex<T>) -> Result<MutexGuard<'a, T>, LogError> {
        let place = place.lock().map_err(|_| LogError::Failed)?;
        self.check()?;
        Ok(place)
    }

    fn check(&self) -> Result<(), LogError> {
        if self.failed.load(Ordering::SeqCst) { Err(LogError::Failed) } else { Ok(()) }
    }

    fn heads(&self) -> Heads {
        self.shelf.heads()
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::fs::File;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;
    use crate::conformance::{self, Act, Backend};
    use crate::event::{Digest, Event, EventId, Sequence};
    use crate::log::Log;

    struct Segments {
        dir: tempfile::TempDir,
        options: Options,
    }

    impl Backend for Segments {
        type Log = SegmentLog;

        fn fresh(event_bytes_max: u32) -> Self {
            Self { dir: tempfile::tempdir().unwrap(), options: options(event_bytes_max) }
        }

        fn open(&mut self) -> SegmentLog {
            let (log, report) = SegmentLog::open(self.dir.path(), self.options).unwrap();
            assert!(report.is_sound() && report.torn.is_empty());
            log
        }

        fn killed(&mut self, act: &Act) {
            let mut child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "segment::tests::acts_until_killed", "--ignored", "--nocapture"])
                .env(CHILD_DIRECTORY, self.dir.path())
                .env(CHILD_ACT, act.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let written = lines.map(Result::unwrap).any(|line| line.ends_with(WRITTEN));
            child.kill().unwrap();
            child.wait().unwrap();
            assert!(written, "the child ended by itself");
        }
    }

    const CHILD_DIRECTORY: &str = "LIAISON_JOURNAL_ACT_DIRECTORY";
    const CHILD_ACT: &str = "LIAISON_JOURNAL_ACT";
    const WRITTEN: &str = "written, and not answered";

    #[test]
    #[ignore = "the child of keeps_the_promises; by itself it has nothing to do"]
    fn acts_until_killed() {
        let Some(dir) = env::var_os(CHILD_DIRECTORY) else { return };
        let act: Act = env::var(CHILD_ACT).unwrap().parse().unwrap();
        let (log, _) = SegmentLog::open(Path::new(&dir), options(40_000)).unwrap();
        act.on(&log);
        println!("{WRITTEN}");
        loop {
            std::thread::park();
        }
    }

    /// Small, so that the suite crosses segments.
    fn options(event_bytes_max: u32) -> Options {
        Options { segment_bytes_max: 4_000, event_bytes_max }
    }

    fn event(byte: u8, bytes: usize) -> Event {
        Event { id: EventId([byte; 32]), digest: Digest([byte; 32]), bytes: vec![byte; bytes] }
    }

    #[test]
    fn keeps_the_promises() {
        conformance::run::<Segments>();
    }

    #[test]
    fn after_a_failed_write_or_sync_nothing_is_answered_and_nothing_was_lost() {
        // A full disk, and one that takes bytes but cannot sync them.
        for device in ["/dev/full", "/dev/null"] {
            let mut backend = Segments::fresh(100);
            let log = backend.open();
            log.append(vec![event(1, 5)]).unwrap().remove(0).unwrap();
            log.events.lock().unwrap().write_to(File::options().write(true).open(device).unwrap());
            let failed = log.append(vec![event(2, 5)]);
            assert!(matches!(failed, Err(LogError::Io { doing: "append events", .. })), "{device}");
            all_fail(&log);
            assert_eq!(log.head(), Sequence(1));
            drop(log);
            let log = backend.open();
            assert_eq!(log.head(), Sequence(1));
            assert!(log.append(vec![event(2, 5)]).unwrap().remove(0).unwrap().first);
        }
    }

    #[test]
    fn a_mark_that_cannot_be_written_releases_nothing() {
        let mut backend = Segments::fresh(100);
        let log = backend.open();
        log.append(vec![event(1, 5)]).unwrap();
        log.releasing.lock().unwrap().marks.write_to(File::options().write(true).open("/dev/full").unwrap());
        let failed = log.release(&[Sequence(1)]);
        assert!(matches!(failed, Err(LogError::Io { doing: "mark events as released", .. })));
        all_fail(&log);
        drop(log);
        assert_eq!(backend.open().read(Sequence(1), None).unwrap(), [1; 5]);
    }

    /// Going on beside such a segment would lose what is marked from then on: the next opening believes the newer one.
    #[test]
    fn a_name_that_cannot_be_made_durable_is_the_end() {
        let mut backend = Segments::fresh(100);
        // Marks must not need a new segment before they are written anew.
        backend.options.segment_bytes_max = 1024 * 1024;
        let mut log = backend.open();
        let all: Vec<Sequence> = (1..=2_500).map(Sequence).collect();
        let event = |number: u64| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&number.to_be_bytes());
            Event { id: EventId(id), ..event(1, 1) }
        };
        log.append((1..=2_600).map(event).collect()).unwrap();
        log.release(&all[..1_200]).unwrap();
        log.shelf.directory.sync_to(File::options().write(true).open("/dev/null").unwrap());
        let failed = log.forget(&all);
        assert!(matches!(failed, Err(LogError::Io { doing: "give a segment its name", .. })), "{failed:?}");
        all_fail(&log);
        drop(log);
        let log = backend.open();
        assert!(
            matches!(log.read(Sequence(2_500), None), Err(LogError::Released { .. })),
            "it was marked before"
        );
        assert_eq!(log.read(Sequence(2_501), None).unwrap(), [1]);
    }

    #[test]
    fn a_segment_that_cannot_be_made_is_a_failure() {
        let mut backend = Segments::fresh(4_000);
        let log = backend.open();
        log.append(vec![event(1, 3_000)]).unwrap();
        // Where the next segment would be born, something is in the way.
        std::fs::create_dir(backend.dir.path().join("events-00000000000000000002.new")).unwrap();
        assert!(matches!(log.append(vec![event(2, 3_000)]), Err(LogError::Io { .. })));
        all_fail(&log);
    }

    fn all_fail(log: &SegmentLog) {
        assert!(matches!(log.append(vec![event(1, 5)]), Err(LogError::Failed)));
        assert!(matches!(log.append_if(Sequence::NONE, event(3, 5)), Err(LogError::Failed)));
        assert!(matches!(log.follow(Sequence::NONE, 1), Err(LogError::Failed)));
        assert!(matches!(log.read(Sequence(1), None), Err(LogError::Failed)));
        assert!(matches!(log.release(&[Sequence(1)]), Err(LogError::Failed)));
        assert!(matches!(log.forget(&[Sequence(1)]), Err(LogError::Failed)));
    }

    #[test]
    fn a_thread_that_panics_while_it_writes_is_a_failure() {
        let mut backend = Segments::fresh(100);
        let log = backend.open();
        let panicked = std::thread::scope(|scope| {
            let hold = || {
                let _tail = log.events.lock().unwrap();
                panic!("as the test told");
            };
            scope.spawn(hold).join()
        });
        assert!(panicked.is_err());
        assert!(matches!(log.append(vec![event(1, 5)]), Err(LogError::Failed)));
    }

    #[test]
    fn is_open_once() {
        let mut backend = Segments::fresh(100);
        let log = backend.open();
        let second = SegmentLog::open(backend.dir.path(), backend.options);
        assert!(matches!(second.err(), Some(OpenError::InUse { path }) if path == backend.dir.path()));
        drop(log);
        drop(backend.open());
    }

    #[test]
    fn what_it_cannot_know_is_refused() {
        let mut backend = Segments::fresh(100);
        drop(backend.open());
        let path = backend.dir.path().join("released-00000000000000000001.log");
        let mut heading = std::fs::read(&path).unwrap();
        let mut open_with = |magic: &[u8; 8], version: u8| {
            for copy in heading.chunks_mut(512) {
                copy[..8].copy_from_slice(magic);
                copy[8] = version;
            }
            std::fs::write(&path, &heading).unwrap();
            SegmentLog::open(backend.dir.path(), backend.options).err().unwrap()
        };
        let newer = open_with(b"LIAISONJ", 3);
        assert!(matches!(newer, OpenError::UnknownVersion { path: named, version: 3 } if named == path));
        let stranger = open_with(b"SOMEDATA", 1);
        assert!(matches!(stranger, OpenError::UnknownFormat { path: named } if named == path));
        let file = OpenError::Io { path: path.clone(), source: io::ErrorKind::NotADirectory.into() };
        let refused = SegmentLog::open(&path, backend.options).err().unwrap();
        assert_eq!(std::mem::discriminant(&refused), std::mem::discriminant(&file));
    }
}
