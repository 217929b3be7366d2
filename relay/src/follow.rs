//! How does what was logged become what is known? One thread that folds event after event, in their order.
//! It must never know who waits for it: it says how far it has come, and whom to wake.
//!
//! ```text
//! append ─▶ on disk ─ hint ─▶ follow ─▶ fold ─▶ commit ─▶ known up to n ─▶ whoever appended n goes on
//! ```
//!
//! A hint carries nothing. If its giver is gone, the next one's hint shows both events, so nothing that is on the disk
//! stays unknown, and mailboxes grow in the order of the journal.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use liaison_journal::Sequence;
use tokio::sync::{oneshot, watch};

use crate::fold::{Effects, Fold, FoldError, Gone};

/// A handle on the thread; it ends when the handle is dropped, or on a failure.
#[derive(Debug)]
pub(crate) struct Follower {
    hints: Option<SyncSender<()>>,
    sweep: Arc<Sweep>,
    known: Arc<Mutex<Known>>,
    /// Its other end is in the thread.
    alive: watch::Receiver<()>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread does with the effects of a step; called in the thread.
pub(crate) type Act = Box<dyn Fn(Effects) + Send>;

/// The fold has failed; the process must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

/// What the thread is asked for besides following.
#[derive(Debug, Default)]
struct Sweep {
    wanted: AtomicBool,
    gone: Mutex<Gone>,
}

/// How far the fold has come, and who waits for what. Each is woken once, by the step that was waited for: when all were
/// woken by every step, a relay with many posts under way did little else.
#[derive(Debug, Default)]
struct Known {
    upto: Sequence,
    waiting: BTreeMap<Sequence, Vec<oneshot::Sender<()>>>,
    ended: bool,
}

struct Thread {
    fold: Fold,
    hints: Receiver<()>,
    sweep: Arc<Sweep>,
    known: Arc<Mutex<Known>>,
    _alive: watch::Sender<()>,
    act: Act,
}

/// Folds the journal from here to its end, batch by batch, and says how far that is. Nobody is connected yet, so nobody
/// is woken.
pub(crate) fn to_the_end(
    fold: &mut Fold,
    mut known: Sequence,
    head: Sequence,
) -> Result<Sequence, FoldError> {
    let mut told = Instant::now();
    while let Some((last, _)) = fold.catch_up(known)? {
        known = last;
        if told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            tracing::info!(
                event = known.0,
                of = head.0,
                "reading the log; the relay serves when this is done"
            );
        }
    }
    fold.check_chain()?;
    Ok(known)
}

impl Follower {
    /// Follows from here.
    pub(crate) fn start(fold: Fold, from: Sequence, act: Act) -> io::Result<Self> {
        let (hints, received) = sync_channel(1);
        let (_alive, alive) = watch::channel(());
        let sweep = Arc::new(Sweep::default());
        let known = Arc::new(Mutex::new(Known { upto: from, ..Known::default() }));
        let (shared, also) = (Arc::clone(&known), Arc::clone(&sweep));
        let thread = Thread { fold, hints: received, sweep: also, known: shared, _alive, act };
        let thread = thread::Builder::new().name("follower".to_owned()).spawn(|| thread.run())?;
        Ok(Self { hints: Some(hints), sweep, known, alive, thread: Mutex::new(Some(thread)) })
    }

    /// Returns once this event is known, here and in the view.
    pub(crate) async fn know(&self, sequence: Sequence) -> Result<(), Ended> {
        self.hint();
        let Some(woken) = lock(&self.known).wait_for(sequence)? else { return Ok(()) };
        woken.await.map_err(|_| Ended)
    }

    /// Asks to end what time alone has ended, and says what has gone from the journal.
    pub(crate) fn sweep(&self, gone: Gone) {
        let mut all = lock(&self.sweep.gone);
        all.released.extend(gone.released);
        all.forgotten.extend(gone.forgotten);
        drop(all);
        self.sweep.wanted.store(true, Ordering::Release);
        self.hint();
    }

    /// Whether events have gone that the view still lists.
    pub(crate) fn has_swept_less(&self) -> bool {
        let gone = lock(&self.sweep.gone);
        !gone.released.is_empty() || !gone.forgotten.is_empty()
    }

    /// Returns when the thread has ended.
    pub(crate) async fn ended(&self) {
        let mut alive = self.alive.clone();
        // Nothing is ever sent: it changes when the thread is gone.
        let _ = alive.changed().await;
    }

    /// A full queue holds a hint that has not been looked at, which is as good as this one.
    fn hint(&self) {
        if let Some(hints) = &self.hints {
            let _ = hints.try_send(());
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.hints = None;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // At most one batch is being folded. After this, nothing of the journal is held any more.
        let _ = thread.map(JoinHandle::join);
    }
}

impl Known {
    /// Says so when this event is known; nothing to wait for if it is.
    fn wait_for(&mut self, sequence: Sequence) -> Result<Option<oneshot::Receiver<()>>, Ended> {
        if self.upto >= sequence {
            return Ok(None);
        }
        if self.ended {
            return Err(Ended);
        }
        let (wake, woken) = oneshot::channel();
        self.waiting.entry(sequence).or_default().push(wake);
        Ok(Some(woken))
    }

    fn reach(&mut self, last: Sequence) {
        self.upto = last;
        let still = self.waiting.split_off(&last.next());
        for wake in std::mem::replace(&mut self.waiting, still).into_values().flatten() {
            // Who stopped waiting is not woken.
            let _ = wake.send(());
        }
    }
}

impl Thread {
    fn run(mut self) {
        while self.hints.recv().is_ok() {
            if let Err(error) = self.step() {
                tracing::error!(%error, "what was logged cannot be followed");
                break;
            }
        }
    }

    fn step(&mut self) -> Result<(), FoldError> {
        let mut known = lock(&self.known).upto;
        loop {
            let more = self.fold.catch_up(known)?;
            let done = more.is_none();
            if let Some((last, effects)) = more {
                known = last;
                lock(&self.known).reach(last);
                (self.act)(effects);
            }
            // Between batches too: under load there is always something new.
            self.sweep_if_asked()?;
            if done {
                return Ok(());
            }
        }
    }

    fn sweep_if_asked(&mut self) -> Result<(), FoldError> {
        if self.sweep.wanted.swap(false, Ordering::AcqRel) {
            let gone = std::mem::take(&mut *lock(&self.sweep.gone));
            let effects = self.fold.sweep(gone)?;
            (self.act)(effects);
        }
        Ok(())
    }
}

impl Drop for Thread {
    /// Whoever still waits, and whoever comes, is told; also after a panic.
    fn drop(&mut self) {
        let mut known = lock(&self.known);
        known.ended = true;
        known.waiting.clear();
    }
}

/// What is kept here is whole after each assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An operator who waits for a start wants to see that it moves.
const TOLD_EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_woken_by_the_step_that_it_waits_for_and_all_when_it_ends() {
        let mut known = Known { upto: Sequence(3), ..Known::default() };
        assert!(known.wait_for(Sequence(3)).unwrap().is_none());
        let mut waiting = [4, 6, 6, 7].map(|sequence| known.wait_for(Sequence(sequence)).unwrap().unwrap());
        known.reach(Sequence(6));
        let woken = waiting.each_mut().map(|woken| woken.try_recv().is_ok());
        assert_eq!(woken, [true, true, true, false]);
        known.ended = true;
        known.waiting.clear();
        assert!(waiting[3].try_recv().is_err());
        assert_eq!(known.wait_for(Sequence(7)).err(), Some(Ended));
        assert!(known.wait_for(Sequence(6)).unwrap().is_none(), "what is known stays known");
    }
}
