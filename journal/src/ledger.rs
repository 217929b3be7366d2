//! Is this event known, and which number is next?
//! Never knows where bytes are kept: a place is a type parameter, and nothing here blocks.
//!
//! The decisions that all backends share stand here once: recognising repetitions, refusing conflicts,
//! numbering, and the chain. About 180 bytes per event that is remembered, whatever its size.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use crate::event::{Digest, Event, EventId, Sequence};
use crate::log::{AppendError, AppendIfError, Appended, LogError};
use crate::ranges::Ranges;

/// All events that a log knows, each with its place `P`.
///
/// A sequence up to the head that has no slot, and was not forgotten, is lost: the disk does not have it any more. Its id
/// is gone with it, so that a sender who repeats the event is not told that all is well.
pub(crate) struct Ledger<P> {
    slots: BTreeMap<Sequence, Slot<P>>,
    by_id: HashMap<EventId, Sequence>,
    forgotten: Ranges,
    /// How many slots are released.
    released: usize,
    head: Sequence,
    chain_head: Sequence,
}

/// What is known of one event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Slot<P> {
    pub(crate) id: EventId,
    pub(crate) digest: Digest,
    /// Whether it came through `append_if`.
    pub(crate) chained: bool,
    pub(crate) place: Place<P>,
}

/// Where an event's bytes are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place<P> {
    At(P),
    Released,
}

/// An event that is to be written, with its number.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) sequence: Sequence,
    /// The chain head once this event is there: its own sequence if it joins the chain.
    pub(crate) chain_head: Sequence,
    pub(crate) event: Event,
}

/// The answers to a batch, good once `fresh` is durable.
pub(crate) struct Plan {
    pub(crate) answers: Vec<Result<Appended, AppendError>>,
    pub(crate) fresh: Vec<Fresh>,
}

impl<P> Ledger<P> {
    pub(crate) fn new() -> Self {
        Self {
            slots: BTreeMap::new(),
            by_id: HashMap::new(),
            forgotten: Ranges::default(),
            released: 0,
            head: Sequence::NONE,
            chain_head: Sequence::NONE,
        }
    }

    pub(crate) fn head(&self) -> Sequence {
        self.head
    }

    pub(crate) fn chain_head(&self) -> Sequence {
        self.chain_head
    }

    /// Decides on a batch without changing anything: the disk comes first.
    pub(crate) fn plan(&self, batch: Vec<Event>, event_bytes_max: u32) -> Plan {
        let mut plan = Plan { answers: Vec::with_capacity(batch.len()), fresh: Vec::new() };
        let mut in_batch = HashMap::new();
        for event in batch {
            let next = Sequence(self.head.0.saturating_add(plan.fresh.len() as u64)).next();
            let known = self.known(&event.id).or_else(|| in_batch.get(&event.id).copied());
            let answer = decide(&event, known, event_bytes_max, next);
            if let Ok(Appended { first: true, .. }) = answer {
                in_batch.insert(event.id, (next, event.digest));
                plan.fresh.push(Fresh { sequence: next, chain_head: self.chain_head, event });
            }
            plan.answers.push(answer);
        }
        plan
    }

    /// Decides whether `event` joins the chain: `Err` holds the answer if there is nothing to write.
    pub(crate) fn plan_if(
        &self,
        head: Sequence,
        event: Event,
        event_bytes_max: u32,
    ) -> Result<Fresh, Result<Appended, AppendIfError>> {
        let next = self.head.next();
        match decide(&event, self.known(&event.id), event_bytes_max, next) {
            Err(refused) => Err(Err(refused.into())),
            Ok(again @ Appended { first: false, .. }) if self.is_chained(again.sequence) => Err(Ok(again)),
            Ok(Appended { first: false, .. }) => Err(Err(AppendError::Conflict.into())),
            Ok(_) if head != self.chain_head => Err(Err(AppendIfError::HeadMoved { now: self.chain_head })),
            Ok(_) => Ok(Fresh { sequence: next, chain_head: next, event }),
        }
    }

    /// Takes in an event that is durable. A later place for the same sequence replaces the earlier one.
    pub(crate) fn enter(&mut self, sequence: Sequence, slot: Slot<P>) {
        self.reach(sequence, if slot.chained { sequence } else { Sequence::NONE });
        // An event that was lost and came again stands twice if the disk finds the first one after all: the later one
        // is what was answered last.
        let known = self.by_id.entry(slot.id).or_insert(sequence);
        *known = sequence.max(*known);
        self.released = self.released.saturating_add(usize::from(slot.is_released()));
        let before = self.slots.insert(sequence, slot);
        let again = before.is_some_and(|before| before.is_released());
        self.released = self.released.saturating_sub(usize::from(again));
    }

    /// Forgets these sequences, and says where the bytes of those stood that were not released.
    pub(crate) fn forget(&mut self, forgotten: &Ranges) -> Vec<P> {
        let mut places = Vec::new();
        for range in forgotten.iter() {
            let known: Vec<Sequence> =
                self.slots.range(range.clone()).map(|(sequence, _)| *sequence).collect();
            for sequence in known {
                places.extend(self.drop_slot(sequence));
            }
            self.forgotten.add(range);
        }
        places
    }

    fn drop_slot(&mut self, sequence: Sequence) -> Option<P> {
        let slot = self.slots.remove(&sequence)?;
        // The id may stand for a later event by now.
        if self.by_id.get(&slot.id) == Some(&sequence) {
            self.by_id.remove(&slot.id);
        }
        self.released = self.released.saturating_sub(usize::from(slot.is_released()));
        match slot.place {
            Place::At(place) => Some(place),
            Place::Released => None,
        }
    }

    /// All that was forgotten.
    pub(crate) fn forgotten(&self) -> &Ranges {
        &self.forgotten
    }

    /// How many events are remembered of which only the name is left.
    pub(crate) fn released_count(&self) -> usize {
        self.released
    }

    /// Those of `sequences` that are not forgotten yet, or the error that keeps all of them.
    pub(crate) fn unforgotten(&self, sequences: &[Sequence]) -> Result<Ranges, LogError> {
        let mut found = Ranges::default();
        for &sequence in sequences {
            if !self.forgotten.contains(sequence) {
                self.slot(sequence)?;
                found.add(sequence..=sequence);
            }
        }
        Ok(found)
    }

    /// The bytes of an event stand at `place` now, unless they were released.
    pub(crate) fn relocate(&mut self, sequence: Sequence, place: P) {
        if let Some(Slot { place: at @ Place::At(_), .. }) = self.slots.get_mut(&sequence) {
            *at = Place::At(place);
        }
    }

    /// All slots, in order.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (Sequence, &Slot<P>)> {
        self.slots.iter().map(|(sequence, slot)| (*sequence, slot))
    }

    /// Learns that the log has been this far, even if what stood there is lost. The heads never go back:
    /// a number must not be given twice, and a chain must not fork because its last link was damaged.
    pub(crate) fn reach(&mut self, head: Sequence, chain_head: Sequence) {
        self.head = self.head.max(head);
        self.chain_head = self.chain_head.max(chain_head);
    }

    /// What is known at `sequence`.
    pub(crate) fn slot(&self, sequence: Sequence) -> Result<&Slot<P>, LogError> {
        if sequence == Sequence::NONE || sequence > self.head {
            return Err(LogError::Absent { sequence, head: self.head });
        }
        self.slots.get(&sequence).ok_or_else(|| match self.forgotten.contains(sequence) {
            true => LogError::Released { sequence },
            false => LogError::Damaged { sequence },
        })
    }

    /// Whether nothing but the number of an event is left.
    pub(crate) fn is_forgotten(&self, sequence: Sequence) -> bool {
        self.forgotten.contains(sequence)
    }

    /// Where the bytes of `sequence` are.
    pub(crate) fn place(&self, sequence: Sequence) -> Result<&P, LogError> {
        match &self.slot(sequence)?.place {
            Place::At(place) => Ok(place),
            Place::Released => Err(LogError::Released { sequence }),
        }
    }

    /// Those of `sequences` that are not released yet, each once, in order.
    pub(crate) fn unreleased(
        &self,
        sequences: &[Sequence],
    ) -> Result<BTreeMap<Sequence, &Slot<P>>, LogError> {
        let mut found = BTreeMap::new();
        for &sequence in sequences.iter().filter(|sequence| !self.forgotten.contains(**sequence)) {
            let slot = self.slot(sequence)?;
            if matches!(slot.place, Place::At(_)) {
                found.insert(sequence, slot);
            }
        }
        Ok(found)
    }

    /// Forgets where the bytes of `sequence` are, and says where they were.
    pub(crate) fn release(&mut self, sequence: Sequence) -> Option<P> {
        let slot = self.slots.get_mut(&sequence)?;
        match std::mem::replace(&mut slot.place, Place::Released) {
            Place::At(place) => {
                self.released = self.released.saturating_add(1);
                Some(place)
            }
            Place::Released => None,
        }
    }

    /// The sequences up to the head that are lost, as ranges in order.
    pub(crate) fn lost(&self) -> Vec<RangeInclusive<Sequence>> {
        let mut lost = Vec::new();
        let mut expected = Sequence::NONE.next();
        for &sequence in self.slots.keys() {
            if expected < sequence {
                lost.extend(self.forgotten.gaps(expected..=sequence.previous()));
            }
            expected = sequence.next();
        }
        if expected <= self.head {
            lost.extend(self.forgotten.gaps(expected..=self.head));
        }
        lost
    }

    fn known(&self, id: &EventId) -> Option<(Sequence, Digest)> {
        let sequence = self.by_id.get(id)?;
        self.slots.get(sequence).filter(|slot| slot.id == *id).map(|slot| (*sequence, slot.digest))
    }

    fn is_chained(&self, sequence: Sequence) -> bool {
        self.slots.get(&sequence).is_some_and(|slot| slot.chained)
    }
}

impl<P> Slot<P> {
    fn is_released(&self) -> bool {
        matches!(self.place, Place::Released)
    }
}

impl Fresh {
    /// The slot of this event, once it is durable at `place`.
    pub(crate) fn slot<P>(&self, place: P) -> Slot<P> {
        let chained = self.chain_head == self.sequence;
        Slot { id: self.event.id, digest: self.event.digest, chained, place: Place::At(place) }
    }
}

fn decide(
    event: &Event,
    known: Option<(Sequence, Digest)>,
    event_bytes_max: u32,
    next: Sequence,
) -> Result<Appended, AppendError> {
    let (got, max) = (event.bytes.len() as u64, u64::from(event_bytes_max));
    match known {
        Some((sequence, digest)) if digest == event.digest => Ok(Appended { sequence, first: false }),
        Some(_) => Err(AppendError::Conflict),
        None if got > max => Err(AppendError::TooLarge { got, max }),
        None => Ok(Appended { sequence: next, first: true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(byte: u8) -> Slot<u8> {
        Slot { id: EventId([byte; 32]), digest: Digest([byte; 32]), chained: false, place: Place::At(byte) }
    }

    #[test]
    fn what_was_reached_but_is_not_there_is_lost() {
        let mut ledger = Ledger::new();
        assert!(ledger.lost().is_empty());
        for sequence in [3, 4, 7] {
            ledger.enter(Sequence(sequence), slot(sequence as u8));
        }
        ledger.reach(Sequence(9), Sequence(8));
        let lost = [(1, 2), (5, 6), (8, 9)].map(|(a, b)| Sequence(a)..=Sequence(b));
        assert_eq!(ledger.lost(), lost);
        assert!(matches!(ledger.place(Sequence(8)), Err(LogError::Damaged { .. })));
        assert!(matches!(ledger.place(Sequence(10)), Err(LogError::Absent { .. })));
        assert_eq!((ledger.head(), ledger.chain_head()), (Sequence(9), Sequence(8)));
    }

    #[test]
    fn released_slots_keep_their_name() {
        let mut ledger = Ledger::new();
        ledger.enter(Sequence(1), slot(1));
        assert_eq!(ledger.release(Sequence(1)), Some(1));
        assert_eq!(ledger.release(Sequence(1)), None);
        assert_eq!(ledger.release(Sequence(2)), None);
        assert_eq!(ledger.known(&EventId([1; 32])), Some((Sequence(1), Digest([1; 32]))));
        assert!(ledger.unreleased(&[Sequence(1)]).unwrap().is_empty());
        assert_eq!(ledger.released_count(), 1);
    }

    #[test]
    fn what_was_forgotten_is_neither_known_nor_lost() {
        let mut ledger = Ledger::new();
        for sequence in [1, 2, 3, 6] {
            ledger.enter(Sequence(sequence), slot(sequence as u8));
        }
        ledger.release(Sequence(2));
        let forgotten = ledger.unforgotten(&[Sequence(2), Sequence(3)]).unwrap();
        assert_eq!(ledger.forget(&forgotten), [3], "the released one had no place any more");
        assert_eq!((ledger.known(&EventId([2; 32])), ledger.released_count()), (None, 0));
        assert!(matches!(ledger.place(Sequence(3)), Err(LogError::Released { .. })));
        assert_eq!(ledger.unforgotten(&[Sequence(2)]).unwrap(), Ranges::default());
        assert!(matches!(ledger.unforgotten(&[Sequence(1), Sequence(5)]), Err(LogError::Damaged { .. })));
        assert_eq!(ledger.lost(), [Sequence(4)..=Sequence(5)]);
        // The same event again is a new one, and forgetting the old number does not take it.
        ledger.enter(Sequence(7), slot(2));
        ledger.forget(&forgotten);
        assert_eq!(ledger.known(&EventId([2; 32])), Some((Sequence(7), Digest([2; 32]))));
    }
}
