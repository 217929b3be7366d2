//! What does the log serve, and from which file?
//! Never knows how events come, nor when they may go: only where they stand now.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::event::{Event, Sequence};
use crate::frame::FrameHeader;
use crate::ledger::Slot;
use crate::log::{Content, ENTRY_BYTES, Entry, LogError, part};
use crate::segment::directory::Directory;
use crate::segment::heading::SegmentName;
use crate::segment::index::Index;
use crate::segment::reading;
use crate::segment::tail::Heads;

/// The segments of one directory, and what stands where in them.
pub(crate) struct Shelf {
    pub(crate) directory: Directory,
    /// Held for moments only, never while the disk works.
    index: RwLock<Index>,
}

impl Shelf {
    pub(crate) fn new(directory: Directory, index: Index) -> Self {
        Self { directory, index: RwLock::new(index) }
    }

    /// To look things up; refused after a thread panicked while it changed them.
    pub(crate) fn index(&self) -> Result<RwLockReadGuard<'_, Index>, LogError> {
        self.index.read().map_err(|_| LogError::Failed)
    }

    /// To enter what is durable.
    pub(crate) fn change(&self) -> Result<RwLockWriteGuard<'_, Index>, LogError> {
        self.index.write().map_err(|_| LogError::Failed)
    }

    /// How far the log is.
    pub(crate) fn heads(&self) -> Heads {
        // The numbers are right even if a thread panicked: each is replaced as a whole.
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        Heads { head: index.ledger.head(), chain_head: index.ledger.chain_head() }
    }

    /// See [`crate::Log::follow`].
    pub(crate) fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError> {
        let (mut sequence, head) = (after.next(), self.heads().head);
        let (mut entries, mut spent) = (Vec::new(), 0_usize);
        let mut reader = Reader::default();
        while sequence <= head && (entries.is_empty() || spent < bytes_max) {
            let content = self.content(sequence, &mut reader)?;
            spent = spent.saturating_add(content.bytes()).saturating_add(ENTRY_BYTES);
            entries.push(Entry { sequence, content });
            sequence = sequence.next();
        }
        Ok(entries)
    }

    /// See [`crate::Log::read`].
    pub(crate) fn read(&self, sequence: Sequence, range: Option<Range<u64>>) -> Result<Vec<u8>, LogError> {
        Ok(self.fetch(sequence, range, &mut Reader::default())?.1)
    }

    fn content(&self, sequence: Sequence, reader: &mut Reader) -> Result<Content, LogError> {
        match self.fetch(sequence, None, reader) {
            Ok((FrameHeader { id, digest, .. }, bytes)) => Ok(Content::Event(Event { id, digest, bytes })),
            Err(LogError::Released { .. }) => {
                let index = self.index()?;
                // It may have been forgotten since a moment ago.
                let slot = index.ledger.slot(sequence).ok();
                Ok(slot
                    .map_or(Content::Forgotten, |&Slot { id, digest, .. }| Content::Released { id, digest }))
            }
            Err(LogError::Damaged { .. }) => Ok(Content::Damaged),
            Err(error) => Err(error),
        }
    }

    fn fetch(
        &self,
        sequence: Sequence,
        range: Option<Range<u64>>,
        reader: &mut Reader,
    ) -> Result<(FrameHeader, Vec<u8>), LogError> {
        let mut tried = None;
        loop {
            let (position, id) = self.index()?.find(sequence)?;
            let Some(file) = or_refuse(reader.file(&self.directory, position.segment))? else {
                // The segment is gone: the event was copied forward or released since it was found, or somebody took
                // the file away.
                if tried.replace(position) == Some(position) {
                    return Err(LogError::Damaged { sequence });
                }
                continue;
            };
            let header = or_refuse(reading::header(file, position.offset, &id, sequence))?;
            let header = header.ok_or(LogError::Damaged { sequence })?;
            let part = part(range, header.length.into())?;
            let bytes = or_refuse(reading::body(file, position.offset, &header, &part))?;
            return Ok((header, bytes.ok_or(LogError::Damaged { sequence })?));
        }
    }
}

/// The segment that was read last: a follower reads many events of one segment, and a file that is open
/// only while it is read makes no limit on how many segments a log may have.
#[derive(Default)]
struct Reader {
    open: Option<(SegmentName, File)>,
}

impl Reader {
    /// The file of a segment, or `None` if it is gone.
    fn file(&mut self, directory: &Directory, segment: SegmentName) -> io::Result<Option<&File>> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != segment) {
            self.open = match File::open(directory.segment(segment)) {
                Ok(file) => Some((segment, file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        Ok(self.open.as_ref().map(|(_, file)| file))
    }
}

/// A failed read is not the end: what is on the disk is as it was.
fn or_refuse<T>(result: io::Result<T>) -> Result<T, LogError> {
    result.map_err(|source| LogError::Io { doing: "read an event", source })
}
