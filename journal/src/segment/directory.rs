//! Which files belong to the log, and who may use them?
//! Never knows what stands in a file.
//!
//! ```text
//! lock                              held while the log is open
//! events-00000000000000000001.log   segments of the three series, by ordinal
//! kept-00000000000000000001.log
//! released-00000000000000000001.log
//! *.new                             a segment that is being born; worth nothing
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::durable::make_directory;
use crate::segment::heading::{SegmentName, Series};
use crate::segment::report::OpenError;

/// A directory that no other process has open as a log.
pub(crate) struct Directory {
    path: PathBuf,
    /// Open from the beginning, so that making a name durable never fails for want of a descriptor.
    handle: File,
    /// The kernel frees the lock with the last handle, however the process ends.
    _lock: File,
}

impl Directory {
    /// Takes the directory, makes it if it is not there, and clears away segments that were never born.
    /// `None` if another process has it.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        make_directory(path, 0o755)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let directory = Self { path: path.to_owned(), handle: File::open(path)?, _lock: lock };
        directory.clear_unborn()?;
        Ok(Some(directory))
    }

    /// Looks at a directory that is there and changes nothing in it, not even what was never born. `None` if
    /// another process has it open as a log.
    pub(crate) fn look_at(path: &Path) -> io::Result<Option<Self>> {
        // A copy of a log may have come without its lock; then nobody can have it open.
        let lock = File::open(path.join("lock")).or_else(|_| File::open(path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { path: path.to_owned(), handle: File::open(path)?, _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The ordinals of the segments that are there, ascending.
    pub(crate) fn ordinals(&self, series: Series) -> io::Result<Vec<u64>> {
        let mut ordinals = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            ordinals.extend(entry?.file_name().to_str().and_then(|name| ordinal(series, name)));
        }
        ordinals.sort_unstable();
        Ok(ordinals)
    }

    /// Where a segment is.
    pub(crate) fn segment(&self, name: SegmentName) -> PathBuf {
        self.path.join(file_name(name))
    }

    /// Gives `file` its name, durably: everything in it is on disk before the name is, and the name
    /// before this returns. `fill` writes the content.
    pub(crate) fn give_birth(
        &self,
        name: SegmentName,
        fill: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<File> {
        let path = self.segment(name);
        let unborn = path.with_extension(UNBORN);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&unborn)?;
        let named = fill(&file).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&unborn, &path));
        if let Err(error) = named {
            // Its space is worth most when the disk is full, and its name may be tried again.
            let _ = fs::remove_file(&unborn);
            return Err(error);
        }
        self.sync()?;
        Ok(file)
    }

    /// The error of an opening that the system refused.
    pub(crate) fn refused(&self, source: io::Error) -> OpenError {
        OpenError::Io { path: self.path.clone(), source }
    }

    /// Removes a segment that nothing needs. Not synced, and an error is only told: one that stays, or
    /// comes back after a power loss, is removed by the next opening.
    pub(crate) fn remove(&self, name: SegmentName) {
        if let Err(error) = fs::remove_file(self.segment(name)) {
            let (file, kind) = (file_name(name), error.kind());
            tracing::warn!(file, %kind, "a segment could not be removed");
        }
    }

    /// Makes names durable.
    fn sync(&self) -> io::Result<()> {
        self.handle.sync_all()
    }

    /// Puts another file in place of the directory, one that cannot be synced.
    #[cfg(test)]
    pub(crate) fn sync_to(&mut self, handle: File) {
        self.handle = handle;
    }

    fn clear_unborn(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let born = path.with_extension(BORN);
            let ours = born.file_name().and_then(|name| name.to_str()).is_some_and(is_segment);
            if ours && path.extension().is_some_and(|extension| extension == UNBORN) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// The file name of a segment.
pub(crate) fn file_name(SegmentName { series, ordinal }: SegmentName) -> String {
    format!("{}{ordinal:020}.{BORN}", prefix(series))
}

fn is_segment(name: &str) -> bool {
    Series::ALL.into_iter().any(|series| ordinal(series, name).is_some())
}

fn ordinal(series: Series, name: &str) -> Option<u64> {
    let ordinal = name.strip_prefix(prefix(series))?.split('.').next()?.parse().ok()?;
    // One name per segment: `events-1.log` is not ours.
    (name == file_name(SegmentName { series, ordinal })).then_some(ordinal)
}

fn prefix(series: Series) -> &'static str {
    match series {
        Series::Events => "events-",
        Series::Released => "released-",
        Series::Kept => "kept-",
    }
}

const BORN: &str = "log";
const UNBORN: &str = "new";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_ignored() {
        let name = |series| file_name(SegmentName { series, ordinal: 7 });
        assert_eq!(name(Series::Events), "events-00000000000000000007.log");
        for series in Series::ALL {
            assert_eq!(ordinal(series, &name(series)), Some(7));
        }
        for other in
            ["events-7.log", "events-00000000000000000007.new", "lock", "released-00000000000000000007.log"]
        {
            assert_eq!(ordinal(Series::Events, other), None, "{other}");
        }
    }

    #[test]
    fn is_made_with_its_parents_and_taken_once() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let first = Directory::take(&path).unwrap().unwrap();
        assert!(Directory::take(&path).unwrap().is_none());
        drop(first);
        assert!(Directory::take(&path).unwrap().is_some());
    }

    #[test]
    fn what_was_not_born_is_cleared_away_and_only_that() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["events-00000000000000000001.new", "notes.new", "events-00000000000000000002.log"];
        for name in names {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        let directory = Directory::take(dir.path()).unwrap().unwrap();
        assert_eq!(names.map(|name| dir.path().join(name).exists()), [false, true, true]);
        assert_eq!(directory.ordinals(Series::Events).unwrap(), [2]);
    }

    #[test]
    fn a_birth_that_fails_leaves_no_segment() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::take(dir.path()).unwrap().unwrap();
        let name = SegmentName { series: Series::Events, ordinal: 1 };
        let failed = directory.give_birth(name, |_| Err(io::ErrorKind::StorageFull.into()));
        assert!(failed.is_err());
        assert!(directory.ordinals(Series::Events).unwrap().is_empty());
        directory.give_birth(name, |_| Ok(())).unwrap();
        assert_eq!(directory.ordinals(Series::Events).unwrap(), [1], "it may be tried again");
    }
}
