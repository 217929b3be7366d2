//! Which event stands where, and which segments may go?
//! Never knows how bytes are read or written, and holds none of them.

use std::collections::BTreeMap;

use crate::event::Sequence;
use crate::frame::SegmentId;
use crate::ledger::{Fresh, Ledger, Place};
use crate::log::LogError;
use crate::segment::reading::Position;

/// What a segment log remembers of its events.
pub(crate) struct Index {
    pub(crate) ledger: Ledger<Position>,
    /// The event segments whose heading is known, by ordinal.
    held: BTreeMap<u64, Held>,
    /// Ordinal of the segment that is written.
    active: u64,
}

/// An event segment.
struct Held {
    id: SegmentId,
    /// Events whose bytes are wanted and stand here.
    living: u64,
    /// Damage was found in it: it stays for whoever repairs it, and nothing in it is unlinked.
    damaged: bool,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self { ledger: Ledger::new(), held: BTreeMap::new(), active: 0 }
    }

    /// Takes in a segment that was there at opening.
    pub(crate) fn hold(&mut self, ordinal: u64, id: SegmentId, damaged: bool) {
        self.held.insert(ordinal, Held { id, living: 0, damaged });
    }

    /// From now on this segment is written, so it is never unlinked.
    pub(crate) fn activate(&mut self, ordinal: u64, id: SegmentId) {
        self.held.entry(ordinal).or_insert(Held { id, living: 0, damaged: false });
        self.active = ordinal;
    }

    /// Counts the living events of all segments, once all are known.
    pub(crate) fn count_living(&mut self) {
        for slot in self.ledger.slots() {
            if let Place::At(position) = slot.place
                && let Some(held) = self.held.get_mut(&position.segment)
            {
                held.living = held.living.saturating_add(1);
            }
        }
    }

    /// Takes in a group that is durable.
    pub(crate) fn enter(&mut self, group: &[Fresh], positions: &[Position]) {
        for (fresh, &position) in group.iter().zip(positions) {
            self.ledger.enter(fresh.sequence, fresh.slot(position));
            if let Some(held) = self.held.get_mut(&position.segment) {
                held.living = held.living.saturating_add(1);
            }
        }
    }

    /// Forgets the bytes of these events, whose marks are durable.
    pub(crate) fn release(&mut self, sequences: impl IntoIterator<Item = Sequence>) {
        for sequence in sequences {
            let position = self.ledger.release(sequence);
            if let Some(held) = position.and_then(|position| self.held.get_mut(&position.segment)) {
                held.living = held.living.saturating_sub(1);
            }
        }
    }

    /// Takes out the segments in which nothing lives any more, and which nobody writes.
    ///
    /// A segment in which one event still lives stays whole: copying what lives forward comes with its
    /// own issue, and its place is here.
    pub(crate) fn take_dead(&mut self) -> Vec<u64> {
        let is_dead =
            |(ordinal, held): &(&u64, &Held)| **ordinal != self.active && held.living == 0 && !held.damaged;
        let dead: Vec<u64> = self.held.iter().filter(is_dead).map(|(ordinal, _)| *ordinal).collect();
        for ordinal in &dead {
            self.held.remove(ordinal);
        }
        dead
    }

    /// Where an event stands, and the id that its frame carries.
    pub(crate) fn find(&self, sequence: Sequence) -> Result<(Position, SegmentId), LogError> {
        let position = *self.ledger.place(sequence)?;
        let held = self.held.get(&position.segment).ok_or(LogError::Damaged { sequence })?;
        Ok((position, held.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Digest, Event, EventId};

    fn fresh(sequence: u64) -> Fresh {
        let id = EventId([sequence as u8; 32]);
        let event = Event { id, digest: Digest([0; 32]), bytes: Vec::new() };
        Fresh { sequence: Sequence(sequence), chain_head: Sequence::NONE, event }
    }

    fn at(segment: u64) -> Position {
        Position { segment, offset: 0 }
    }

    #[test]
    fn a_segment_goes_with_its_last_living_event_unless_it_is_written_or_damaged() {
        let mut index = Index::new();
        index.hold(1, [0; 16], false);
        index.hold(2, [0; 16], true);
        index.activate(3, [0; 16]);
        index.enter(&[fresh(1), fresh(2), fresh(3), fresh(4)], &[at(1), at(1), at(2), at(3)]);
        index.release([Sequence(1), Sequence(3), Sequence(4), Sequence(9)]);
        assert!(index.take_dead().is_empty());
        index.release([Sequence(2), Sequence(1)]);
        assert_eq!(index.take_dead(), [1]);
        index.activate(4, [0; 16]);
        assert_eq!(index.take_dead(), [3]);
    }
}
