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

use liaison_journal::Sequence;
use tokio::sync::watch;

use crate::fold::{Effects, Fold, FoldError};

/// A handle on the thread; it ends when the handle is dropped, or on a failure.
#[derive(Debug)]
pub(crate) struct Follower {
    hints: Option<SyncSender<()>>,
    sweep: Arc<AtomicBool>,
    known: watch::Receiver<Sequence>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the thread does with the effects of a step; called in the thread.
pub(crate) type Act = Box<dyn Fn(Effects) + Send>;

/// The fold has failed; the process must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended;

struct Thread {
    fold: Fold,
    hints: Receiver<()>,
    sweep: Arc<AtomicBool>,
    known: watch::Sender<Sequence>,
    act: Act,
}

/// Folds the whole journal, from its beginning.
pub(crate) fn rebuild(fold: &mut Fold) -> Result<(Sequence, Effects), FoldError> {
    let (mut known, mut all) = (Sequence::NONE, Effects::default());
    while let Some((last, effects)) = fold.catch_up(known)? {
        known = last;
        // Nobody is connected yet.
        all.freed.extend(effects.freed);
    }
    fold.check_chain()?;
    Ok((known, all))
}

impl Follower {
    /// Follows from here.
    pub(crate) fn start(fold: Fold, from: Sequence, act: Act) -> io::Result<Self> {
        let (hints, received) = sync_channel(1);
        let (told, known) = watch::channel(from);
        let sweep = Arc::new(AtomicBool::new(false));
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

    /// Asks to end what time alone has ended.
    pub(crate) fn sweep(&self) {
        self.sweep.store(true, Ordering::Release);
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
        if self.sweep.swap(false, Ordering::AcqRel) {
            let effects = self.fold.sweep()?;
            (self.act)(effects);
        }
        Ok(())
    }
}
