//! Which event stands where, and which segments may go?
//! Never knows how bytes are read or written, and holds none of them.

use std::collections::BTreeMap;

use crate::event::Sequence;
use crate::frame::SegmentId;
use crate::ledger::{Fresh, Ledger, Place};
use crate::log::LogError;
use crate::ranges::Ranges;
use crate::segment::heading::SegmentName;
use crate::segment::reading::Position;

/// What a segment log remembers of its events.
pub(crate) struct Index {
    pub(crate) ledger: Ledger<Position>,
    /// The segments with events whose heading is known.
    held: BTreeMap<SegmentName, Held>,
    /// The segment that is written.
    active: Option<SegmentName>,
}

/// A segment with events.
struct Held {
    id: SegmentId,
    weight: Weight,
    /// Damage was found in it: it stays for whoever repairs it, and nothing in it is unlinked.
    damaged: bool,
}

/// How heavy a segment is, and how much of that is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Weight {
    /// Bytes of all its frames.
    pub(crate) bytes: u64,
    /// Bytes of the frames whose events are wanted and stand here.
    pub(crate) living: u64,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self { ledger: Ledger::new(), held: BTreeMap::new(), active: None }
    }

    /// Takes in a segment whose frames have so many bytes together.
    pub(crate) fn hold(&mut self, name: SegmentName, id: SegmentId, bytes: u64, damaged: bool) {
        self.held.insert(name, Held { id, weight: Weight { bytes, living: 0 }, damaged });
    }

    /// From now on this segment is written, so it is never unlinked.
    pub(crate) fn activate(&mut self, name: SegmentName, id: SegmentId) {
        self.held.entry(name).or_insert(Held { id, weight: Weight::default(), damaged: false });
        self.active = Some(name);
    }

    /// Counts the living events of all segments, once all are known.
    pub(crate) fn count_living(&mut self) {
        for (_, slot) in self.ledger.slots() {
            if let Place::At(position) = &slot.place
                && let Some(held) = self.held.get_mut(&position.segment)
            {
                held.weight.living = held.weight.living.saturating_add(position.frame_bytes());
            }
        }
    }

    /// Takes in a group that is durable.
    pub(crate) fn enter(&mut self, group: &[Fresh], positions: &[Position]) {
        for (fresh, &position) in group.iter().zip(positions) {
            self.ledger.enter(fresh.sequence, fresh.slot(position));
            self.gain(position);
        }
    }

    /// Forgets the bytes of these events, whose marks are durable.
    pub(crate) fn release(&mut self, sequences: impl IntoIterator<Item = Sequence>) {
        for sequence in sequences {
            if let Some(position) = self.ledger.release(sequence) {
                self.lose(position);
            }
        }
    }

    /// Forgets these events, which is durable.
    pub(crate) fn forget(&mut self, forgotten: &Ranges) {
        for position in self.ledger.forget(forgotten) {
            self.lose(position);
        }
    }

    /// Takes in a segment of copies, which is durable: these events stand there from now on.
    pub(crate) fn take_copies(&mut self, name: SegmentName, id: SegmentId, copies: &[(Sequence, Position)]) {
        self.hold(name, id, 0, false);
        for &(sequence, position) in copies {
            if let Ok(&before) = self.ledger.place(sequence) {
                self.lose(before);
                self.ledger.relocate(sequence, position);
                self.gain(position);
            }
        }
    }

    /// Damage was found in a segment: it stays as it is.
    pub(crate) fn mark_damaged(&mut self, name: SegmentName) {
        if let Some(held) = self.held.get_mut(&name) {
            held.damaged = true;
        }
    }

    /// Takes out the segments in which nothing lives any more, and which nobody writes.
    pub(crate) fn take_dead(&mut self) -> Vec<SegmentName> {
        let dead = self.closed().filter(|(_, _, weight)| weight.living == 0).map(|(name, _, _)| name);
        let dead: Vec<SegmentName> = dead.collect();
        for name in &dead {
            self.held.remove(name);
        }
        dead
    }

    /// The segments that nobody writes and that are whole, in order.
    pub(crate) fn closed(&self) -> impl Iterator<Item = (SegmentName, SegmentId, Weight)> {
        let closed = |(name, held): &(&SegmentName, &Held)| Some(**name) != self.active && !held.damaged;
        self.held.iter().filter(closed).map(|(name, held)| (*name, held.id, held.weight))
    }

    /// Where an event stands, and the id that its frame carries.
    pub(crate) fn find(&self, sequence: Sequence) -> Result<(Position, SegmentId), LogError> {
        let position = *self.ledger.place(sequence)?;
        let held = self.held.get(&position.segment).ok_or(LogError::Damaged { sequence })?;
        Ok((position, held.id))
    }

    fn gain(&mut self, position: Position) {
        if let Some(Held { weight, .. }) = self.held.get_mut(&position.segment) {
            weight.bytes = weight.bytes.saturating_add(position.frame_bytes());
            weight.living = weight.living.saturating_add(position.frame_bytes());
        }
    }

    fn lose(&mut self, position: Position) {
        if let Some(Held { weight, .. }) = self.held.get_mut(&position.segment) {
            weight.living = weight.living.saturating_sub(position.frame_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Digest, Event, EventId};
    use crate::segment::heading::Series;

    fn fresh(sequence: u64) -> Fresh {
        let id = EventId([sequence as u8; 32]);
        let event = Event { id, digest: Digest([0; 32]), bytes: Vec::new() };
        Fresh { sequence: Sequence(sequence), chain_head: Sequence::NONE, event }
    }

    fn events(ordinal: u64) -> SegmentName {
        SegmentName { series: Series::Events, ordinal }
    }

    fn at(segment: SegmentName) -> Position {
        Position { segment, offset: 0, length: 0 }
    }

    /// Segments 1 and 2, of which 2 is damaged, and 3, which is written.
    fn index() -> Index {
        let mut index = Index::new();
        index.hold(events(1), [0; 16], 0, false);
        index.hold(events(2), [0; 16], 0, true);
        index.activate(events(3), [0; 16]);
        let places = [1, 1, 2, 3].map(|ordinal| at(events(ordinal)));
        index.enter(&[fresh(1), fresh(2), fresh(3), fresh(4)], &places);
        index
    }

    #[test]
    fn a_segment_goes_with_its_last_living_event_unless_it_is_written_or_damaged() {
        let mut index = index();
        index.release([Sequence(1), Sequence(3), Sequence(4), Sequence(9)]);
        assert!(index.take_dead().is_empty());
        index.release([Sequence(2), Sequence(1)]);
        assert_eq!(index.take_dead(), [events(1)]);
        index.activate(events(4), [0; 16]);
        assert_eq!(index.take_dead(), [events(3)]);
    }

    #[test]
    fn what_was_copied_leaves_its_segment_and_what_was_released_is_not_copied() {
        let mut index = index();
        index.release([Sequence(2)]);
        let kept = SegmentName { series: Series::Kept, ordinal: 1 };
        index.take_copies(kept, [9; 16], &[(Sequence(1), at(kept)), (Sequence(2), at(kept))]);
        assert_eq!(index.find(Sequence(1)).unwrap(), (at(kept), [9; 16]));
        assert!(matches!(index.find(Sequence(2)), Err(LogError::Released { .. })));
        assert_eq!(index.take_dead(), [events(1)]);
        assert_eq!(index.closed().collect::<Vec<_>>(), [(kept, [9; 16], Weight { bytes: 112, living: 112 })]);
        index.mark_damaged(kept);
        assert_eq!(index.closed().count(), 0);
    }
}
