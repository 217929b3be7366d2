//! In which groups did events come to the log? The log itself, with a list of what each append held.
//! It must never know how the log keeps them.

use std::ops::Range;
use std::sync::Mutex;

use liaison_journal::{
    AppendError, AppendIfError, Appended, Entry, Event, Log, LogError, SegmentLog, Sequence,
};

/// A log whose groups are counted.
pub struct Observed {
    log: SegmentLog,
    groups: Mutex<Vec<usize>>,
}

impl Observed {
    /// Around this log.
    pub fn new(log: SegmentLog) -> Self {
        Self { log, groups: Mutex::default() }
    }

    /// How many events each append had.
    pub fn groups(&self) -> Vec<usize> {
        self.groups.lock().map(|groups| groups.clone()).unwrap_or_default()
    }
}

impl Log for Observed {
    fn append(&self, batch: Vec<Event>) -> Result<Vec<Result<Appended, AppendError>>, LogError> {
        if let Ok(mut groups) = self.groups.lock() {
            groups.push(batch.len());
        }
        self.log.append(batch)
    }

    fn append_if(&self, head: Sequence, event: Event) -> Result<Result<Appended, AppendIfError>, LogError> {
        self.log.append_if(head, event)
    }

    fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError> {
        self.log.follow(after, bytes_max)
    }

    fn read(&self, sequence: Sequence, range: Option<Range<u64>>) -> Result<Vec<u8>, LogError> {
        self.log.read(sequence, range)
    }

    fn release(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        self.log.release(sequences)
    }

    fn forget(&self, sequences: &[Sequence]) -> Result<(), LogError> {
        self.log.forget(sequences)
    }

    fn head(&self) -> Sequence {
        self.log.head()
    }

    fn chain_head(&self) -> Sequence {
        self.log.chain_head()
    }
}
