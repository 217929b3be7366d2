//! How does a log behave that has no disk?
//! Never knows a file: what it promises to keep ends with the process.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::{Event, Sequence};
use crate::ledger::{Fresh, Ledger, Place, Slot};
use crate::log::{AppendError, AppendIfError, Appended, Content, ENTRY_BYTES, Entry, Log, LogError, part};

/// A log in memory, for tests. It keeps every promise but durability.
///
/// A clone is the same log: drop one and go on with another to play a process that starts anew.
#[derive(Clone)]
pub struct MemoryLog {
    state: Arc<Mutex<State>>,
}

struct State {
    ledger: Ledger<Vec<u8>>,
    event_bytes_max: u32,
    failed: bool,
}

impl MemoryLog {
    /// An empty log that refuses events with more bytes than this.
    #[must_use]
    pub fn new(event_bytes_max: u32) -> Self {
        let state = State { ledger: Ledger::new(), event_bytes_max, failed: false };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// From now on answers like a log whose disk has failed: [`LogError::Failed`] to everything.
    pub fn fail(&self) {
        self.lock().failed = true;
    }

    /// The state. A thread that panicked here left it whole, because nothing below panics half-way.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> Result<MutexGuard<'_, State>, LogError> {
        let state = self.lock();
        if state.failed { Err(LogError::Failed) } else { Ok(state) }
    }
}

impl State {
    fn enter(&mut self, fresh: Fresh) {
        let Slot { id, digest, chained, .. } = fresh.slot(());
        let place = Place::At(fresh.event.bytes);
        self.ledger.enter(fresh.sequence, Slot { id, digest, chained, place });
    }

    fn content(&self, sequence: Sequence) -> Result<Content, LogError> {
        if self.ledger.is_forgotten(sequence) {
            return Ok(Content::Forgotten);
        }
        let Slot { id, digest, place, .. } = self.ledger.slot(sequence)?;
        let (id, digest) = (*id, *digest);
        Ok(match place {
            Place::At(bytes) => Content::Event(Event { id, digest, bytes: bytes.clone() }),
            Place::Released => Content::Released { id, digest },
        })
    }
}

impl Log for MemoryLog {
    fn append(&self, batch: Vec<Event>) -> Result<Vec<Result<Appended, AppendError>>, LogError> {
        let mut state = self.working()?;
        let plan = state.ledger.plan(batch, state.event_bytes_max);
        plan.fresh.into_iter().for_each(|fresh| state.enter(fresh));
        Ok(plan.answers)
    }

    fn append_if(&self, head: Sequence, event: Event) -> Result<Result<Appended, AppendIfError>, LogError> {
        let mut state = self.working()?;
        Ok(state.ledger.plan_if(head, event, state.event_bytes_max).map_or_else(
            |answer| answer,
            |fresh| {
                let sequence = fresh.sequence;
                state.enter(fresh);
                Ok(Appended { sequence, first: true })
            },
        ))
    }

    fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError> {
        let state = self.working()?;
        let (mut sequence, mut entries, mut spent) = (after.next(), Vec::new(), 0_usize);
        while sequence <= state.ledger.head() && (entries.is_empty() || spent < bytes_max) {
            let content = state.content(sequence)?;
            spent = spent.saturating_add(content.bytes()).saturating_add(ENTRY_BYTES);
            entries.push(Entry { sequence, content });
            sequence = sequence.next();
        }
        Ok(entries)
    }

    fn read(&self, sequence: Sequence, range: Option<Range<u64>>) -> Result<Vec<u8>, LogError> {
        let state = self.working()?;
        let bytes = state.ledger.place(sequence)?;
        let length = bytes.len() as u64;
        let Range { start, end } = part(range, length)?;
        // Within the event by the line above, so both fit and the slice is there.
        let slice = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let slice = slice.and_then(|(start, end)| bytes.get(start..end));
        slice.map(<[u8]>::to_vec).ok_or(LogError::OutOfRange { start, end, length })
    }

    fn release(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        let mut state = self.working()?;
        let unreleased: Vec<Sequence> = state.ledger.unreleased(sequences)?.into_keys().collect();
        for sequence in unreleased {
            state.ledger.release(sequence);
        }
        Ok(())
    }

    fn forget(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        let mut state = self.working()?;
        let forgotten = state.ledger.unforgotten(sequences)?;
        state.ledger.forget(&forgotten);
        Ok(())
    }

    fn head(&self) -> Sequence {
        self.lock().ledger.head()
    }

    fn chain_head(&self) -> Sequence {
        self.lock().ledger.chain_head()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::{self, Act, Backend};
    use crate::event::{Digest, EventId};

    struct Memory(MemoryLog);

    impl Backend for Memory {
        type Log = MemoryLog;

        fn fresh(event_bytes_max: u32) -> Self {
            Self(MemoryLog::new(event_bytes_max))
        }

        fn open(&mut self) -> MemoryLog {
            self.0.clone()
        }

        fn killed(&mut self, act: &Act) {
            act.on(&self.open());
        }
    }

    #[test]
    fn keeps_the_promises() {
        conformance::run::<Memory>();
    }

    #[test]
    fn after_a_failure_nothing_is_answered() {
        let log = MemoryLog::new(10);
        let event = Event { id: EventId([1; 32]), digest: Digest([1; 32]), bytes: Vec::new() };
        log.append(vec![event.clone()]).unwrap().remove(0).unwrap();
        log.fail();
        assert!(matches!(log.append(vec![event.clone()]), Err(LogError::Failed)));
        assert!(matches!(log.append_if(Sequence::NONE, event), Err(LogError::Failed)));
        assert!(matches!(log.follow(Sequence::NONE, 1), Err(LogError::Failed)));
        assert!(matches!(log.read(Sequence(1), None), Err(LogError::Failed)));
        assert!(matches!(log.release(&[Sequence(1)]), Err(LogError::Failed)));
        assert!(matches!(log.forget(&[Sequence(1)]), Err(LogError::Failed)));
        assert_eq!(log.head(), Sequence(1));
    }
}
