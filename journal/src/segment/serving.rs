//! How do segment files keep the promises of a log?
//! Never knows how the files got the way they are: opening and writing are elsewhere.

use std::fs::File;
use std::io;
use std::ops::Range;

use crate::event::{Digest, Event, EventId, Sequence};
use crate::frame::FrameHeader;
use crate::ledger::{Fresh, Slot};
use crate::log::{AppendError, AppendIfError, Appended, Content, ENTRY_BYTES, Entry, Log, LogError, part};
use crate::segment::SegmentLog;
use crate::segment::directory::Directory;
use crate::segment::heading::Series;
use crate::segment::reading::{self, Position};
use crate::segment::tail::Record;

impl Log for SegmentLog {
    fn append(&self, batch: Vec<Event>) -> Result<Vec<Result<Appended, AppendError>>, LogError> {
        let mut tail = self.tail(&self.events)?;
        let plan = self.index()?.ledger.plan(batch, self.event_bytes_max);
        self.write(&mut tail, &plan.fresh)?;
        Ok(plan.answers)
    }

    fn append_if(&self, head: Sequence, event: Event) -> Result<Result<Appended, AppendIfError>, LogError> {
        let mut tail = self.tail(&self.events)?;
        let plan = self.index()?.ledger.plan_if(head, event, self.event_bytes_max);
        let fresh = match plan {
            Ok(fresh) => fresh,
            Err(answer) => return Ok(answer),
        };
        let sequence = fresh.sequence;
        self.write(&mut tail, &[fresh])?;
        Ok(Ok(Appended { sequence, first: true }))
    }

    fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError> {
        self.check()?;
        let (mut sequence, head) = (after.next(), self.head());
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

    fn read(&self, sequence: Sequence, range: Option<Range<u64>>) -> Result<Vec<u8>, LogError> {
        Ok(self.fetch(sequence, range, &mut Reader::default())?.1)
    }

    fn release(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        let mut tail = self.tail(&self.released)?;
        let names = self.names_to_release(sequences)?;
        if names.is_empty() {
            return Ok(());
        }
        let marks: Vec<Record<'_>> = names.iter().map(Name::mark).collect();
        let written = tail.append(&self.directory, self.heads(), &marks);
        self.or_fail("mark events as released", written)?;
        let mut index = self.index.write().map_err(|_| LogError::Failed)?;
        index.release(names.iter().map(|name| name.sequence));
        let dead = index.take_dead();
        drop(index);
        for ordinal in dead {
            self.directory.remove(Series::Events, ordinal);
        }
        Ok(())
    }

    fn head(&self) -> Sequence {
        self.heads().head
    }

    fn chain_head(&self) -> Sequence {
        self.heads().chain_head
    }
}

impl SegmentLog {
    fn content(&self, sequence: Sequence, reader: &mut Reader) -> Result<Content, LogError> {
        match self.fetch(sequence, None, reader) {
            Ok((FrameHeader { id, digest, .. }, bytes)) => Ok(Content::Event(Event { id, digest, bytes })),
            Err(LogError::Released { .. }) => {
                let &Slot { id, digest, .. } = self.index()?.ledger.slot(sequence)?;
                Ok(Content::Released { id, digest })
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
        let (Position { segment, offset }, id) = self.index()?.find(sequence)?;
        let Some(file) = or_refuse(reader.file(&self.directory, segment))? else {
            // The segment is gone: by a release since it was found, or by someone else's hand.
            self.index()?.find(sequence)?;
            return Err(LogError::Damaged { sequence });
        };
        let header = or_refuse(reading::header(file, offset, &id, sequence))?;
        let header = header.ok_or(LogError::Damaged { sequence })?;
        let part = part(range, header.length.into())?;
        let bytes = or_refuse(reading::body(file, offset, &header, &part))?;
        Ok((header, bytes.ok_or(LogError::Damaged { sequence })?))
    }

    fn names_to_release(&self, sequences: &[Sequence]) -> Result<Vec<Name>, LogError> {
        let index = self.index()?;
        let unreleased = index.ledger.unreleased(sequences)?;
        let name = |(sequence, slot): (Sequence, &Slot<Position>)| Name {
            sequence,
            id: slot.id,
            digest: slot.digest,
            chained: slot.chained,
        };
        Ok(unreleased.into_iter().map(name).collect())
    }
}

/// The segment that was read last: a follower reads many events of one segment, and a file that is open
/// only while it is read makes no limit on how many segments a log may have.
#[derive(Default)]
struct Reader {
    open: Option<(u64, File)>,
}

impl Reader {
    /// The file of a segment, or `None` if it is gone.
    fn file(&mut self, directory: &Directory, segment: u64) -> io::Result<Option<&File>> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != segment) {
            self.open = match File::open(directory.segment(Series::Events, segment)) {
                Ok(file) => Some((segment, file)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                Err(error) => return Err(error),
            };
        }
        Ok(self.open.as_ref().map(|(_, file)| file))
    }
}

impl<'a> Record<'a> {
    pub(super) fn of(fresh: &'a Fresh) -> Self {
        let Fresh { sequence, chain_head, event: Event { id, digest, bytes } } = fresh;
        Self { sequence: *sequence, chain_head: *chain_head, id: *id, digest: *digest, body: bytes }
    }
}

/// What a mark keeps of an event.
struct Name {
    sequence: Sequence,
    id: EventId,
    digest: Digest,
    chained: bool,
}

impl Name {
    /// The mark is the event's frame without its body.
    fn mark(&self) -> Record<'static> {
        let chain_head = if self.chained { self.sequence } else { Sequence::NONE };
        Record { sequence: self.sequence, chain_head, id: self.id, digest: self.digest, body: &[] }
    }
}

/// A failed read is not the end: what is on the disk is as it was.
fn or_refuse<T>(result: io::Result<T>) -> Result<T, LogError> {
    result.map_err(|source| LogError::Io { doing: "read an event", source })
}
