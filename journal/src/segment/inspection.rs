//! Is everything on the disk as it was written?
//! Never knows what an event means, and changes nothing: no file is made, cut or removed, so it can be asked of a
//! backup, and of a disk in doubt.

use std::path::Path;

use crate::event::Sequence;
use crate::log::{Entry, LogError};
use crate::segment::directory::Directory;
use crate::segment::opening::{self, Looked};
use crate::segment::report::{OpenError, Opening};
use crate::segment::shelf::Shelf;

/// A log that is looked at: every byte of it was read, and nothing is written.
pub struct Inspection {
    shelf: Shelf,
    report: Opening,
}

impl Inspection {
    /// Reads the whole log in `directory`. `progress` is told how many bytes were read, and how many there are.
    ///
    /// # Errors
    /// [`OpenError`], as when the log is opened; among them that a process has it open.
    pub fn of(directory: &Path, mut progress: impl FnMut(u64, u64)) -> Result<Self, OpenError> {
        let refused = |source| OpenError::Io { path: directory.to_owned(), source };
        let in_use = || OpenError::InUse { path: directory.to_owned() };
        let directory = Directory::look_at(directory).map_err(refused)?.ok_or_else(in_use)?;
        let Looked { index, report } = opening::look(&directory, &mut progress)?;
        Ok(Self { shelf: Shelf::new(directory, index), report })
    }

    /// What an opening would find and do: what it would carry over and cut, and what is damaged.
    #[must_use]
    pub const fn report(&self) -> &Opening {
        &self.report
    }

    /// The entries behind `after`; see [`crate::Log::follow`].
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError> {
        self.shelf.follow(after, bytes_max)
    }
}
