//! What does the committer do while the disk works, and when it fails?
//! Never knows a real disk: the test holds the gate.

use std::ops::Range;
use std::sync::{Arc, Mutex, mpsc as gate};

use super::{Committer, QueueLimits};
use crate::event::{Event, Sequence};
use crate::log::{AppendError, AppendIfError, Appended, Entry, Log, LogError};
use crate::memory::MemoryLog;

/// A log whose append waits for the test, says how large each group was, and then does as told.
struct Gated {
    inner: MemoryLog,
    enter: Mutex<gate::Receiver<Act>>,
    sizes: Mutex<gate::Sender<usize>>,
}

#[derive(Clone, Copy)]
pub(super) enum Act {
    Go,
    Fail,
    Panic,
}

pub(super) struct Gate {
    pub(super) open: gate::Sender<Act>,
    pub(super) sizes: gate::Receiver<usize>,
}

/// A committer whose log the test holds.
pub(super) fn gated(limits: QueueLimits) -> (Committer, Gate) {
    let (open, enter) = gate::channel();
    let (said, sizes) = gate::channel();
    let log = Gated { inner: MemoryLog::new(1000), enter: Mutex::new(enter), sizes: Mutex::new(said) };
    (Committer::start(Arc::new(log), limits).unwrap(), Gate { open, sizes })
}

impl Log for Gated {
    fn append(&self, batch: Vec<Event>) -> Result<Vec<Result<Appended, AppendError>>, LogError> {
        self.sizes.lock().unwrap().send(batch.len()).unwrap();
        match self.enter.lock().unwrap().recv().unwrap() {
            Act::Go => self.inner.append(batch),
            Act::Fail => Err(LogError::Failed),
            Act::Panic => panic!("as the test told"),
        }
    }
    fn append_if(&self, head: Sequence, event: Event) -> Result<Result<Appended, AppendIfError>, LogError> {
        self.inner.append_if(head, event)
    }
    fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError> {
        self.inner.follow(after, bytes_max)
    }
    fn read(&self, _: Sequence, _: Option<Range<u64>>) -> Result<Vec<u8>, LogError> {
        unreachable!("a committer does not read")
    }
    fn release(&self, _: &[Sequence]) -> Result<(), LogError> {
        unreachable!("a committer does not release")
    }

    fn forget(&self, _: &[Sequence]) -> Result<(), LogError> {
        unreachable!("a committer does not release")
    }
    fn head(&self) -> Sequence {
        self.inner.head()
    }
    fn chain_head(&self) -> Sequence {
        self.inner.chain_head()
    }
}
