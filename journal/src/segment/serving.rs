//! How do segment files keep the promises of a log?
//! Never knows how the files got the way they are: opening, writing and reading are elsewhere.

use std::ops::Range;

use crate::event::{Event, Sequence};
use crate::ledger::Fresh;
use crate::log::{AppendError, AppendIfError, Appended, Entry, Log, LogError};
use crate::segment::marks::{self, Mark};
use crate::segment::tail::Record;
use crate::segment::{Releasing, SegmentLog};

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
        let marks = self.marks(sequences)?;
        if marks.is_empty() {
            return Ok(());
        }
        let records: Vec<Record<'_>> = marks.iter().map(Mark::record).collect();
        self.write_marks(&mut releasing, &records)?;
        self.shelf.change()?.release(marks.iter().map(|mark| mark.sequence));
        self.reclaim(&mut releasing)
    }

    fn forget(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        let mut releasing = self.hold(&self.releasing)?;
        let forgotten = self.shelf.index()?.ledger.unforgotten(sequences)?;
        let body = forgotten.encode();
        let Some(record) = marks::record_of(&forgotten, &body) else { return Ok(()) };
        self.write_marks(&mut releasing, &[record])?;
        self.shelf.change()?.forget(&forgotten);
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
    fn write_marks(&self, releasing: &mut Releasing, records: &[Record<'_>]) -> Result<(), LogError> {
        let written = releasing.marks.append(&self.shelf.directory, self.heads(), records);
        self.or_fail("mark events as released", written)?;
        releasing.written = releasing.written.saturating_add(records.len());
        Ok(())
    }
}

impl<'a> Record<'a> {
    pub(super) fn of(fresh: &'a Fresh) -> Self {
        let Fresh { sequence, chain_head, event: Event { id, digest, bytes } } = fresh;
        Self { sequence: *sequence, chain_head: *chain_head, id: *id, digest: *digest, body: bytes }
    }
}
