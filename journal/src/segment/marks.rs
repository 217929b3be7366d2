//! What is remembered of events that are gone, and how does that stay small?
//! Never knows why an event went.
//!
//! ```text
//! released-N.log   mark* forgotten* ...
//!   mark       a frame without a body, under the event's own sequence, id and digest: its bytes were released
//!   forgotten  a frame whose body is a set of sequences, under the highest of them: their names are gone too
//!
//! when most marks are of forgotten events:   old segments ─▶ one new segment [forgotten, mark, mark, ...]
//! ```

use std::io;

use crate::event::{Digest, EventId, Sequence};
use crate::ledger::{Place, Slot};
use crate::log::LogError;
use crate::ranges::Ranges;
use crate::segment::heading::{SegmentName, Series};
use crate::segment::reading::Position;
use crate::segment::tail::{Record, Tail};
use crate::segment::{Releasing, SegmentLog};

/// What a mark keeps of an event.
pub(super) struct Mark {
    pub(super) sequence: Sequence,
    id: EventId,
    digest: Digest,
    chained: bool,
}

impl SegmentLog {
    /// The marks of those of `sequences` that are not released yet.
    pub(super) fn marks(&self, sequences: &[Sequence]) -> Result<Vec<Mark>, LogError> {
        let index = self.shelf.index()?;
        let unreleased = index.ledger.unreleased(sequences)?;
        Ok(unreleased.into_iter().map(|(sequence, slot)| Mark::of(sequence, slot)).collect())
    }

    /// Writes all marks anew, without those of forgotten events, once these are the most. Whatever is refused is tried
    /// again later: what stands in the old segments stays true.
    pub(super) fn renew_marks(&self, releasing: &mut Releasing) -> io::Result<()> {
        let wanted = self.shelf.index().map_err(|_| io::ErrorKind::Other)?.ledger.released_count();
        let spare = wanted.saturating_add(MARKS_SPARE);
        if releasing.marks_are_damaged || releasing.written <= wanted.saturating_add(spare) {
            return Ok(());
        }
        let (marks, forgotten) = self.all_marks()?;
        let birth = releasing.marks.next_birth(self.heads());
        let old = self.shelf.directory.ordinals(Series::Released)?;
        let renewed = Tail::create(&self.shelf.directory, &birth, |carrier| {
            if let Some(record) = record_of(&forgotten, &forgotten.encode()) {
                carrier.carry(&record)?;
            }
            marks.iter().try_for_each(|mark| carrier.carry(&mark.record()).map(drop))
        })?;
        tracing::debug!(marks = marks.len(), of = releasing.written, "marks were written anew");
        (releasing.marks, releasing.written) = (renewed, marks.len().saturating_add(1));
        let newest = releasing.marks.name().ordinal;
        for ordinal in old.into_iter().filter(|ordinal| *ordinal < newest) {
            self.shelf.directory.remove(SegmentName { series: Series::Released, ordinal });
        }
        Ok(())
    }

    fn all_marks(&self) -> io::Result<(Vec<Mark>, Ranges)> {
        let index = self.shelf.index().map_err(|_| io::ErrorKind::Other)?;
        let released = index.ledger.slots().filter(|(_, slot)| matches!(slot.place, Place::Released));
        let marks = released.map(|(sequence, slot)| Mark::of(sequence, slot)).collect();
        Ok((marks, index.ledger.forgotten().clone()))
    }
}

impl Mark {
    fn of(sequence: Sequence, slot: &Slot<Position>) -> Self {
        Self { sequence, id: slot.id, digest: slot.digest, chained: slot.chained }
    }

    /// The mark is the event's frame without its body.
    pub(super) fn record(&self) -> Record<'static> {
        let chain_head = if self.chained { self.sequence } else { Sequence::NONE };
        Record { sequence: self.sequence, chain_head, id: self.id, digest: self.digest, body: &[] }
    }
}

/// The frame of a set of forgotten events, `body` being its bytes; none of an empty set.
pub(super) fn record_of<'b>(forgotten: &Ranges, body: &'b [u8]) -> Option<Record<'b>> {
    let sequence = forgotten.last()?;
    Some(Record { sequence, chain_head: Sequence::NONE, id: EventId([0; 32]), digest: Digest([0; 32]), body })
}

/// So many marks may be superfluous before any are written anew.
const MARKS_SPARE: usize = 1_000;
