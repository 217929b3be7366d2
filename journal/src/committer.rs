//! When is a waiter told that its event is on disk?
//! Never knows how the log keeps it, nor what it means.
//!
//! ```text
//! many callers ─▶ bounded queue ─▶ one thread: take all that waits ─ append, one sync ─ answer each
//! ```
//!
//! A sync costs about the same for one event as for a thousand. So one thread syncs, and while it does,
//! the next group gathers in the queue. When the queue is full, callers wait: the network is told to slow
//! down, and memory stays bounded.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use crate::event::{Event, Sequence};
use crate::log::{AppendError, AppendIfError, Appended, Log, LogError};

#[cfg(test)]
mod gated;
mod worker;

use worker::{Request, Worker};

/// The way of async callers to a [`Log`]: one queue, one thread, one sync for all that waits.
///
/// A clone is another handle on the same queue. The thread ends after [`Committer::close`], after a
/// failure, or when the last handle is dropped; what is in the queue by then is still appended, except
/// after a failure.
#[derive(Clone)]
pub struct Committer {
    requests: mpsc::Sender<Request>,
    room: Arc<Semaphore>,
    limits: QueueLimits,
    state: watch::Receiver<State>,
    groups: Arc<AtomicU64>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What may wait in a [`Committer`], and how much goes into one group.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Events that may wait for the thread; further callers wait for a place.
    pub events_max: usize,
    /// Bytes of events that may wait or be in the group that is being written; further callers wait for
    /// room. An event larger than this waits until it has all of it.
    pub bytes_max: u32,
    /// A group is closed once it has this many bytes, so that the first of it does not wait for a
    /// second's worth of others. It may be one event larger.
    pub group_bytes_max: usize,
}

impl Default for QueueLimits {
    /// For an event of 1 KiB: 4096 callers, of which a thousand share a sync.
    fn default() -> Self {
        Self { events_max: 4096, bytes_max: 64 * 1024 * 1024, group_bytes_max: 4 * 1024 * 1024 }
    }
}

/// Why an event was not committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommitError<Refused> {
    /// The log refused this event; others are not concerned.
    #[error(transparent)]
    Refused(Refused),
    /// The log failed. Whether the event is there is known only after the log was opened anew.
    #[error("the log failed")]
    Failed,
    /// The committer was closed before it took the event.
    #[error("the committer is closed")]
    Closed,
}

/// What became of the thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Running,
    Failed,
    Closed,
}

impl Committer {
    /// Starts the thread that writes to `log`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(log: Arc<dyn Log>, limits: QueueLimits) -> io::Result<Self> {
        let (requests, queue) = mpsc::channel(limits.events_max.max(1));
        let (told, state) = watch::channel(State::Running);
        let groups = Arc::new(AtomicU64::new(0));
        let worker = Worker::new(log, (queue, told), Arc::clone(&groups), limits.group_bytes_max);
        let thread = thread::Builder::new().name("committer".to_owned()).spawn(|| worker.run())?;
        let room = Arc::new(Semaphore::new(limits.bytes_max.max(1) as usize));
        Ok(Self { requests, room, limits, state, groups, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    /// Waits for a place in the queue, then until `event` is durable; see [`Log::append`].
    ///
    /// If the caller stops waiting, the event may be appended or not.
    ///
    /// # Errors
    /// [`CommitError`].
    pub async fn append(&self, event: Event) -> Result<Appended, CommitError<AppendError>> {
        self.commit(event, |event, reply, room| Request::Append { event, reply, _room: room }).await
    }

    /// As [`Committer::append`], if the chain's head is still `head` when its turn comes; see
    /// [`Log::append_if`].
    ///
    /// # Errors
    /// [`CommitError`].
    pub async fn append_if(
        &self,
        head: Sequence,
        event: Event,
    ) -> Result<Appended, CommitError<AppendIfError>> {
        self.commit(event, |event, reply, room| Request::AppendIf { head, event, reply, _room: room }).await
    }

    /// How many groups were synced since the start: events that wait together share one.
    #[must_use]
    pub fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Waits until the log has failed, and for ever if it does not. Whoever runs the process waits here,
    /// and ends it: only opening the log anew tells what the disk has.
    pub async fn failed(&self) {
        let ended = self.ended().await;
        if ended == State::Closed {
            std::future::pending::<()>().await;
        }
    }

    /// Takes nothing more, waits until all that was in the queue is durable and answered, and ends the
    /// thread.
    ///
    /// # Errors
    /// [`LogError::Failed`] if the log failed before that.
    pub async fn close(&self) -> Result<(), LogError> {
        // If this cannot be sent, the thread is ending already.
        let _ = self.requests.send(Request::Close).await;
        let ended = self.ended().await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It has said its last word, so this does not block for long.
        let panicked = thread.is_some_and(|thread| thread.join().is_err());
        if ended == State::Failed || panicked { Err(LogError::Failed) } else { Ok(()) }
    }

    async fn commit<Refused>(
        &self,
        event: Event,
        request: impl FnOnce(Event, Reply<Refused>, Room) -> Request,
    ) -> Result<Appended, CommitError<Refused>> {
        let bytes = u32::try_from(event.bytes.len()).unwrap_or(u32::MAX);
        let bytes = bytes.clamp(1, self.limits.bytes_max.max(1));
        let room = Arc::clone(&self.room).acquire_many_owned(bytes).await.map_err(|_| self.refusal())?;
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(event, reply, room)).await.map_err(|_| self.refusal())?;
        // A waiter whose reply is dropped unanswered was in a group that failed, or behind it.
        answer.await.map_err(|_| CommitError::Failed)?.map_err(CommitError::Refused)
    }

    /// Why nothing is taken any more.
    fn refusal<Refused>(&self) -> CommitError<Refused> {
        let ended = self.state.has_changed().is_err();
        match *self.state.borrow() {
            State::Failed => CommitError::Failed,
            // It ended without a word: it panicked.
            State::Running if ended => CommitError::Failed,
            State::Running | State::Closed => CommitError::Closed,
        }
    }

    /// How the thread ended; a thread that ended without a word has panicked, in the log.
    async fn ended(&self) -> State {
        let mut state = self.state.clone();
        state.wait_for(|state| *state != State::Running).await.map_or(State::Failed, |state| *state)
    }
}

type Reply<Refused> = oneshot::Sender<Result<Appended, Refused>>;
type Room = tokio::sync::OwnedSemaphorePermit;

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::gated::{Act, gated};
    use super::*;
    use crate::event::{Digest, EventId};
    use crate::memory::MemoryLog;

    fn event(byte: u8) -> Event {
        Event { id: EventId([byte; 32]), digest: Digest([byte; 32]), bytes: vec![byte; 100] }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn each_waiter_gets_its_own_answer() {
        let log = MemoryLog::new(1000);
        let committer = Committer::start(Arc::new(log), QueueLimits::default()).unwrap();
        block_on(async {
            let first = |sequence| Appended { sequence: Sequence(sequence), first: true };
            assert_eq!(committer.append(event(1)).await, Ok(first(1)));
            assert_eq!(committer.append_if(Sequence::NONE, event(2)).await, Ok(first(2)));
            let again = Appended { sequence: Sequence(1), first: false };
            assert_eq!(committer.append(event(1)).await, Ok(again));
            let other = Event { digest: Digest([9; 32]), ..event(1) };
            assert_eq!(committer.append(other).await, Err(CommitError::Refused(AppendError::Conflict)));
            let moved = AppendIfError::HeadMoved { now: Sequence(2) };
            assert_eq!(committer.append_if(Sequence::NONE, event(3)).await, Err(CommitError::Refused(moved)));
            assert!((5..=6).contains(&committer.groups()), "each waited for the one before");
            committer.close().await.unwrap();
            assert_eq!(committer.append(event(4)).await, Err(CommitError::Closed));
            committer.close().await.unwrap();
        });
    }

    #[test]
    fn what_waits_shares_a_group_up_to_its_size() {
        let limits = QueueLimits { group_bytes_max: 500, ..QueueLimits::default() };
        let (committer, gate) = gated(limits);
        let mut first = pin!(committer.append(event(0)));
        assert!(poll_once(first.as_mut()).is_pending());
        assert_eq!(gate.sizes.recv().unwrap(), 1);
        // While the first group is at the disk, five more gather.
        let mut waiting: Vec<_> = (1..=5).map(|byte| Box::pin(committer.append(event(byte)))).collect();
        assert!(waiting.iter_mut().all(|waiter| poll_once(waiter.as_mut()).is_pending()));
        for _ in 0..3 {
            gate.open.send(Act::Go).unwrap();
        }
        block_on(async {
            assert_eq!(first.await.unwrap().sequence, Sequence(1));
            for (waiter, sequence) in waiting.into_iter().zip(2..) {
                assert_eq!(waiter.await.unwrap().sequence, Sequence(sequence));
            }
        });
        assert_eq!(gate.sizes.try_iter().collect::<Vec<_>>(), [3, 2]);
    }

    #[test]
    fn what_depends_on_the_head_takes_its_turn() {
        let (committer, gate) = gated(QueueLimits::default());
        let mut first = pin!(committer.append(event(1)));
        assert!(poll_once(first.as_mut()).is_pending());
        assert_eq!(gate.sizes.recv().unwrap(), 1);
        let mut second = pin!(committer.append(event(2)));
        let mut third = pin!(committer.append_if(Sequence::NONE, event(3)));
        let mut fourth = pin!(committer.append(event(4)));
        assert!(poll_once(second.as_mut()).is_pending());
        assert!(poll_once(third.as_mut()).is_pending());
        assert!(poll_once(fourth.as_mut()).is_pending());
        (0..3).for_each(|_| gate.open.send(Act::Go).unwrap());
        block_on(async {
            assert_eq!(first.await.unwrap().sequence, Sequence(1));
            assert_eq!(second.await.unwrap().sequence, Sequence(2));
            assert_eq!(third.await.unwrap().sequence, Sequence(3));
            assert_eq!(fourth.await.unwrap().sequence, Sequence(4));
        });
    }

    #[test]
    fn a_full_queue_makes_callers_wait() {
        for limits in [
            QueueLimits { events_max: 1, ..QueueLimits::default() },
            QueueLimits { bytes_max: 250, ..QueueLimits::default() },
        ] {
            let (committer, gate) = gated(limits);
            let mut waiting: Vec<_> = (0..3).map(|byte| Box::pin(committer.append(event(byte)))).collect();
            assert!(poll_once(waiting[0].as_mut()).is_pending());
            gate.sizes.recv().unwrap();
            assert!(waiting[1..].iter_mut().all(|waiter| poll_once(waiter.as_mut()).is_pending()));
            // The thread holds one, one is in the queue: nothing more fits.
            let full = committer.requests.capacity() == 0 || committer.room.available_permits() < 100;
            assert!(full, "{limits:?}");
            (0..3).for_each(|_| gate.open.send(Act::Go).unwrap());
            block_on(async {
                for waiter in waiting {
                    waiter.await.unwrap();
                }
            });
        }
    }

    #[test]
    fn an_event_larger_than_the_room_takes_all_of_it() {
        let limits = QueueLimits { bytes_max: 10, ..QueueLimits::default() };
        let committer = Committer::start(Arc::new(MemoryLog::new(1000)), limits).unwrap();
        block_on(async { committer.append(event(1)).await.unwrap() });
    }

    #[test]
    fn a_failure_fails_all_who_wait_and_all_who_come() {
        for act in [Act::Fail, Act::Panic] {
            let (committer, gate) = gated(QueueLimits::default());
            let mut first = pin!(committer.append(event(1)));
            assert!(poll_once(first.as_mut()).is_pending());
            gate.sizes.recv().unwrap();
            let mut second = pin!(committer.append_if(Sequence::NONE, event(2)));
            assert!(poll_once(second.as_mut()).is_pending());
            gate.open.send(act).unwrap();
            block_on(async {
                assert_eq!(first.await, Err(CommitError::Failed));
                assert_eq!(second.await, Err(CommitError::Failed));
                committer.failed().await;
                assert_eq!(committer.append(event(3)).await, Err(CommitError::Failed));
                assert!(matches!(committer.close().await, Err(LogError::Failed)));
            });
            assert!(gate.sizes.try_recv().is_err(), "nothing is tried again");
        }
    }

    #[test]
    fn closing_appends_what_waits() {
        let (committer, gate) = gated(QueueLimits::default());
        let mut first = pin!(committer.append(event(1)));
        assert!(poll_once(first.as_mut()).is_pending());
        gate.sizes.recv().unwrap();
        let mut second = pin!(committer.append(event(2)));
        assert!(poll_once(second.as_mut()).is_pending());
        let mut close = pin!(committer.close());
        assert!(poll_once(close.as_mut()).is_pending());
        (0..2).for_each(|_| gate.open.send(Act::Go).unwrap());
        block_on(async {
            close.await.unwrap();
            assert_eq!(first.await.unwrap().sequence, Sequence(1));
            assert_eq!(second.await.unwrap().sequence, Sequence(2));
        });
        assert!(poll_once(pin!(committer.failed())).is_pending(), "closed is not failed");
    }

    #[test]
    fn a_dropped_committer_appends_what_waits() {
        let (committer, gate) = gated(QueueLimits::default());
        let thread = committer.thread.lock().unwrap().take().unwrap();
        {
            let mut first = Box::pin(committer.append(event(1)));
            assert!(poll_once(first.as_mut()).is_pending());
        }
        drop(committer);
        gate.open.send(Act::Go).unwrap();
        thread.join().unwrap();
        assert_eq!(gate.sizes.try_iter().collect::<Vec<_>>(), [1]);
    }
}
