//! What does a log promise?
//! Never knows how a backend keeps the promise: no file, no database, no thread.

use std::io;
use std::ops::Range;

use crate::event::{Digest, Event, EventId, Sequence};

/// An ordered, durable list of events. These comments are the contract; [`crate::conformance`] is the
/// contract as a program, and every backend runs it.
///
/// All methods block until the disk has answered; an async caller goes through [`crate::Committer`], or
/// through a thread that may block. After a write or a sync has failed, every method that can answer with
/// an error answers [`LogError::Failed`], for ever: a failed sync is not retried, because the kernel may
/// have marked the unwritten pages clean. The process ends, and opening the log anew finds out what the
/// disk holds.
pub trait Log: Send + Sync {
    /// Keeps the events of `batch`, in their order, and answers for each in the same order.
    ///
    /// * **Durable when it returns.** What has been answered survives the loss of power.
    /// * **Idempotent by id.** An event whose id and digest are there already (earlier, or earlier in
    ///   this batch) is not written again; the answer is the first sequence, with `first: false`.
    ///   This holds for released events too. The `bytes` of the second are not looked at.
    /// * **All or nothing per event.** A refused event takes no sequence and stops no other event.
    ///   After a crash, a beginning of an unanswered batch may be there, each event of it whole.
    /// * Sequences start at 1 and have no gaps.
    ///
    /// # Errors
    /// The outer error is the disk's ([`LogError::Io`], then [`LogError::Failed`]): no event of the batch
    /// has been promised. The inner ones are the caller's, one per event.
    fn append(&self, batch: Vec<Event>) -> Result<Vec<Result<Appended, AppendError>>, LogError>;

    /// Keeps `event` if nothing has joined the chain since `head`.
    ///
    /// The *chain* is the events that were appended with this method, and no others; the *chain head* is
    /// the sequence of the last of them, [`Sequence::NONE`] before the first. Events that come through
    /// [`Log::append`] lie between them without moving the head. So of two writers who both read head 7
    /// exactly one gets the next place, and the other learns the new head.
    ///
    /// A repetition (same id, same digest, and it is in the chain) gets its first answer again even
    /// though the head has moved on since: a lost answer must not look like a lost race. The promises of
    /// [`Log::append`] hold here too.
    ///
    /// # Errors
    /// As [`Log::append`]; the inner error is the caller's.
    fn append_if(&self, head: Sequence, event: Event) -> Result<Result<Appended, AppendIfError>, LogError>;

    /// The entries after `after`, in order, one for each sequence up to the head, without gaps: also
    /// those whose bytes are gone, and those that others appended. Only durable events are shown.
    ///
    /// The answer ends when its bytes reach `bytes_max` (a full entry more than that if the first is
    /// larger), and is empty when `after` is the head or lies beyond it. Call again with the last
    /// sequence of the answer.
    ///
    /// # Errors
    /// [`LogError::Failed`] and [`LogError::Io`]. Damage is an entry, not an error, so that what lies
    /// behind it is served.
    fn follow(&self, after: Sequence, bytes_max: usize) -> Result<Vec<Entry>, LogError>;

    /// The bytes of one event, or the part `range` of them (byte offsets within the event). What is
    /// returned has been checked against its checksums; a part costs about its own length.
    ///
    /// # Errors
    /// [`LogError::Absent`], [`LogError::Released`], [`LogError::Damaged`], [`LogError::OutOfRange`],
    /// [`LogError::Io`], [`LogError::Failed`].
    fn read(&self, sequence: Sequence, range: Option<Range<u64>>) -> Result<Vec<u8>, LogError>;

    /// Lets the bytes of these events go: durable when it returns, and remembered. Space comes back when
    /// the backend can give it. Id, digest and sequence stay, so a repetition is still recognised.
    /// Releasing twice is releasing once.
    ///
    /// # Errors
    /// [`LogError::Absent`] and [`LogError::Damaged`] if any of `sequences` is (then none of them is
    /// released: what is damaged stays for whoever repairs it); [`LogError::Io`], [`LogError::Failed`].
    fn release(&self, sequences: &[Sequence]) -> Result<(), LogError>;

    /// Lets also the names of these events go, and their bytes if they were not released: durable when it returns. The
    /// numbers stay given. An event that comes again under a forgotten id is a new one, so nobody may be waiting for
    /// its first answer any more. Forgetting twice is forgetting once. Without this, a log would grow for ever by the
    /// names of what it no longer has.
    ///
    /// # Errors
    /// As [`Log::release`].
    fn forget(&self, sequences: &[Sequence]) -> Result<(), LogError>;

    /// The last durable sequence; [`Sequence::NONE`] in an empty log.
    fn head(&self) -> Sequence;

    /// The sequence of the last event that [`Log::append_if`] appended.
    fn chain_head(&self) -> Sequence;
}

/// The answer to an append: it is on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Appended {
    /// Where the event stands: for a repetition, where it stood the first time.
    pub sequence: Sequence,
    /// Whether this call wrote it; `false` for a repetition.
    pub first: bool,
}

/// What [`Log::follow`] shows at one sequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// One more than that of the entry before.
    pub sequence: Sequence,
    /// What is there.
    pub content: Content,
}

/// What a log still has of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// All of it, checked.
    Event(Event),
    /// Its bytes were released; its name is remembered.
    Released {
        /// The event's id.
        id: EventId,
        /// The event's digest.
        digest: Digest,
    },
    /// Nothing but its number: its name was forgotten too.
    Forgotten,
    /// It was there, and the disk has lost or changed it. Never served.
    Damaged,
}

impl Content {
    /// Bytes of the event that are here.
    pub(crate) fn bytes(&self) -> usize {
        if let Self::Event(event) = self { event.bytes.len() } else { 0 }
    }
}

/// Why one event was not appended: the caller's fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The id is there with another digest. Accepting it would give a receipt to a message that is lost.
    #[error("this id is there already, with another digest")]
    Conflict,
    /// The event is larger than the log takes.
    #[error("the event has {got} bytes, the log takes {max}")]
    TooLarge {
        /// Bytes of the event.
        got: u64,
        /// Bytes that the log takes.
        max: u64,
    },
}

/// Why an event did not join the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendIfError {
    /// Something joined the chain since; look at it, then decide anew.
    #[error("the chain's head is {now} now")]
    HeadMoved {
        /// The chain head that stands now.
        now: Sequence,
    },
    /// The event itself is refused. [`AppendError::Conflict`] is also the answer if the same event is
    /// there but came through [`Log::append`]: it cannot join the chain afterwards.
    #[error(transparent)]
    Refused(#[from] AppendError),
}

/// Why the log could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The operating system refused. If it was a write or a sync, all later answers are
    /// [`LogError::Failed`].
    #[error("the log could not {doing}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// An earlier write or sync failed. Nothing is tried again; end the process, and open the log anew.
    #[error("an earlier write to the log failed")]
    Failed,
    /// The event was there, and the disk has lost or changed it.
    #[error("event {sequence} is damaged")]
    Damaged {
        /// The event asked for.
        sequence: Sequence,
    },
    /// The event's bytes were released, and perhaps its name forgotten.
    #[error("event {sequence} was released")]
    Released {
        /// The event asked for.
        sequence: Sequence,
    },
    /// No event has this sequence yet.
    #[error("there is no event {sequence}, the last is {head}")]
    Absent {
        /// The event asked for.
        sequence: Sequence,
        /// The last event that is there.
        head: Sequence,
    },
    /// The part asked for is not within the event.
    #[error("bytes {start}..{end} were asked for, the event has {length}")]
    OutOfRange {
        /// First byte asked for.
        start: u64,
        /// The byte after the last one asked for.
        end: u64,
        /// Bytes of the event.
        length: u64,
    },
}

/// The part of an event of `length` bytes that was asked for.
pub(crate) fn part(range: Option<Range<u64>>, length: u64) -> Result<Range<u64>, LogError> {
    let Range { start, end } = range.unwrap_or(0..length);
    if start > end || end > length {
        return Err(LogError::OutOfRange { start, end, length });
    }
    Ok(start..end)
}

/// What an entry counts for in [`Log::follow`] besides its bytes, so that a batch of empty or released
/// events is bounded too. About the size of an [`Entry`] in memory.
pub(crate) const ENTRY_BYTES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_refuses_what_is_not_within() {
        assert_eq!(part(None, 5).unwrap(), 0..5);
        assert_eq!(part(Some(5..5), 5).unwrap(), 5..5);
        #[expect(clippy::reversed_empty_ranges, reason = "the defect under test")]
        let backwards = 3..2;
        for bad in [0..6, backwards, 6..6, 0..u64::MAX] {
            assert!(matches!(part(Some(bad), 5), Err(LogError::OutOfRange { length: 5, .. })));
        }
    }
}
