//! How does what was logged become what is known? One thread that folds event after event, in their order.
//! It must never know who waits for it: it says how far it has come, and whom to wake.
//!
//! ```text
//! append ─▶ on disk ─ hint ─▶ follow ─▶ fold ─▶ commit ─▶ known up to n ─▶ whoever appended n goes on
//! ```
//!
//! A hint carries nothing. If its giver is gone, the next one's hint shows both events, so nothing that is on the disk
//! stays unknown, and mailboxes grow in the order of the journal.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use liaison_journal::Sequence;
use tokio::sync::watch;

use crate::fold::{Effects, Fold, FoldError};

/// A handle on the thread; it ends when the handle is dropped, or on a failure.
#[derive(Debug)]
pub(crate) struct Follower {
    hints: Option<SyncSender<()>>,
    sweep: Arc<Sweep>,
    known: watch::Receiver<Sequence>,
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
    /// Events that have gone from the journal.
    gone: Mutex<Vec<Sequence>>,
}

struct Thread {
    fold: Fold,
    hints: Receiver<()>,
    sweep: Arc<Sweep>,
    known: watch::Sender<Sequence>,
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
        let (told, known) = watch::channel(from);
        let sweep = Arc::new(Sweep::default());
        let thread = Thread { fold, hints: received, sweep: Arc::clone(&sweep), known: told, act };
        let thread = thread::Builder::new().name("follower".to_owned()).spawn(|| thread.run())?;
        Ok(Self { hints: Some(hints), sweep, known, thread: Mutex::new(Some(thread)) })
    }

    /// Returns once this event is known, here and in the view.
    pub(crate) async fn know(&self, sequence: Sequence) -> Result<(), Ended> {
        self.hint();
        let mut known = self.known.clone();
        known.wait_for(|known| *known >= sequence).await.map(|_| ()).map_err(|_| Ended)
    }

    /// Asks to end what time alone has ended, and says what has gone from the journal.
    pub(crate) fn sweep(&self, gone: Vec<Sequence>) {
        self.sweep.gone.lock().unwrap_or_else(PoisonError::into_inner).extend(gone);
        self.sweep.wanted.store(true, Ordering::Release);
        self.hint();
    }

    /// Returns when the thread has ended.
    pub(crate) async fn ended(&self) {
        let mut known = self.known.clone();
        while known.changed().await.is_ok() {}
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

impl Thread {
    fn run(mut self) {
        while self.hints.recv().is_ok() {
            if let Err(error) = self.step() {
                tracing::error!(%error, "what was logged cannot be followed");
                return;
            }
        }
    }

    fn step(&mut self) -> Result<(), FoldError> {
        let mut known = *self.known.borrow();
        while let Some((last, effects)) = self.fold.catch_up(known)? {
            known = last;
            self.known.send_replace(last);
            (self.act)(effects);
        }
        if self.sweep.wanted.swap(false, Ordering::AcqRel) {
            let gone = std::mem::take(&mut *self.sweep.gone.lock().unwrap_or_else(PoisonError::into_inner));
            let effects = self.fold.sweep(gone)?;
            (self.act)(effects);
        }
        Ok(())
    }
}

/// An operator who waits for a start wants to see that it moves.
const TOLD_EVERY: Duration = Duration::from_secs(5);
