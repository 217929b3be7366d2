//! How do segment files keep the promises of a log?
//! Never knows how the files got the way they are: opening, writing and reading are elsewhere.

use std::ops::Range;

use crate::event::{Digest, Event, EventId, Sequence};
use crate::ledger::{Fresh, Slot};
use crate::log::{AppendError, AppendIfError, Appended, Entry, Log, LogError};
use crate::segment::SegmentLog;
use crate::segment::reading::Position;
use crate::segment::tail::Record;

impl Log for SegmentLog {
    fn append(&self, batch: Vec<Event>) -> Result<Vec<Result<Appended, AppendError>>, LogError> {
        let mut tail = self.hold(&self.events)?;
        let plan = self.shelf.index()?.ledger.plan(batch, self.event_bytes_max);
        self.write(&mut tail, &plan.fresh)?;
        Ok(plan.answers)
    }

    fn append_if(&self, head: Sequence, event: Event) -> Result<Result<Appended, AppendIfError>, LogError> {
        let mut tail = self.hold(&self.events)?;
        let plan = self.shelf.index()?.ledger.plan_if(head, event, self.event_bytes_max);
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
        self.shelf.follow(after, bytes_max)
    }

    fn read(&self, sequence: Sequence, range: Option<Range<u64>>) -> Result<Vec<u8>, LogError> {
        self.check()?;
        self.shelf.read(sequence, range)
    }

    fn release(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        let mut releasing = self.hold(&self.releasing)?;
        let names = self.names_to_release(sequences)?;
        if names.is_empty() {
            return Ok(());
        }
        let marks: Vec<Record<'_>> = names.iter().map(Name::mark).collect();
        let written = releasing.marks.append(&self.shelf.directory, self.heads(), &marks);
        self.or_fail("mark events as released", written)?;
        self.shelf.change()?.release(names.iter().map(|name| name.sequence));
        self.reclaim(&mut releasing)
    }

    fn head(&self) -> Sequence {
        self.heads().head
    }

    fn chain_head(&self) -> Sequence {
        self.heads().chain_head
    }
}

impl SegmentLog {
    fn names_to_release(&self, sequences: &[Sequence]) -> Result<Vec<Name>, LogError> {
        let index = self.shelf.index()?;
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
