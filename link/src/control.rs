//! Is the link still up, and who ends it?
//! It must never know what is sent, nor by which transport.
//!
//! ```text
//! Open ──close, or the peer's end──► Closing(code) ──all is sent──► Written
//!   └─────────────────── any error ─────────┴──────────────────────────┴───► Failed(error), which stays
//! ```
//!
//! Both halves of a link own the [`Control`], and it owns the link's task: when the last half is dropped the task is
//! aborted. The task holds only the far end of the phase, so it cannot keep itself alive.

use tokio::{sync::watch, task::AbortHandle};

use crate::link::LinkError;

/// Where a link is in its life.
#[derive(Clone, Debug)]
enum Phase {
    Open,
    Closing(u16),
    Written,
    Failed(LinkError),
}

/// What the halves of a link share; dropping it ends the task.
#[derive(Debug)]
pub(crate) struct Control {
    phase: watch::Sender<Phase>,
    task: AbortHandle,
}

/// The view of a task, or of a receiver, on the phase.
#[derive(Clone, Debug)]
pub(crate) struct Watcher(watch::Receiver<Phase>);

impl Control {
    /// Starts the task that sends. Its result, or the failure of the other direction, ends it.
    pub(crate) fn spawn<W, F>(write: W) -> Self
    where
        W: FnOnce(Watcher) -> F,
        F: Future<Output = Result<(), LinkError>> + Send + 'static,
    {
        let phase = watch::Sender::new(Phase::Open);
        let writing = write(Watcher(phase.subscribe()));
        let task = tokio::spawn(run(writing, phase.clone())).abort_handle();
        Self { phase, task }
    }

    pub(crate) fn watcher(&self) -> Watcher {
        Watcher(self.phase.subscribe())
    }

    /// Begins the orderly end, unless the end has already begun.
    pub(crate) fn close(&self, code: u16) {
        self.phase.send_if_modified(|phase| {
            let open = matches!(phase, Phase::Open);
            if open {
                *phase = Phase::Closing(code);
            }
            open
        });
    }

    /// Ends the link at once; the first error stays.
    pub(crate) fn fail(&self, error: LinkError) {
        fail(&self.phase, error);
    }

    /// Why nothing more can be sent; none while the link is open.
    pub(crate) fn refusal(&self) -> Option<LinkError> {
        match &*self.phase.borrow() {
            Phase::Open => None,
            Phase::Closing(_) | Phase::Written => Some(LinkError::Closed),
            Phase::Failed(error) => Some(error.clone()),
        }
    }

    /// The error that ended the link; none when it is up, or ended in order.
    pub(crate) fn failure(&self) -> Option<LinkError> {
        match &*self.phase.borrow() {
            Phase::Failed(error) => Some(error.clone()),
            _ => None,
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watcher {
    /// Returns when the link is asked to end in order.
    pub(crate) async fn closing(&mut self) {
        self.until(|phase| matches!(phase, Phase::Closing(_)).then_some(())).await;
    }

    /// The code to end with: the one that was given, or 0 when the last sender was simply dropped.
    pub(crate) fn code(&self) -> u16 {
        match *self.0.borrow() {
            Phase::Closing(code) => code,
            _ => 0,
        }
    }

    /// Returns when nothing more is going to be sent, for whatever reason.
    pub(crate) async fn settled(&mut self) {
        self.until(|phase| matches!(phase, Phase::Written | Phase::Failed(_)).then_some(())).await;
    }

    /// Returns the error when the link failed.
    pub(crate) async fn failed(&mut self) -> LinkError {
        self.until(|phase| match phase {
            Phase::Failed(error) => Some(error.clone()),
            _ => None,
        })
        .await
    }

    async fn until<T>(&mut self, mut wanted: impl FnMut(&Phase) -> Option<T>) -> T {
        loop {
            let found = wanted(&self.0.borrow_and_update());
            match found {
                Some(found) => return found,
                None if self.0.changed().await.is_ok() => {}
                // Every half is gone, so the task is being aborted, and nobody waits for this answer.
                None => std::future::pending::<()>().await,
            }
        }
    }
}

async fn run(writing: impl Future<Output = Result<(), LinkError>>, phase: watch::Sender<Phase>) {
    let mut watcher = Watcher(phase.subscribe());
    let outcome = tokio::select! {
        biased;
        outcome = writing => outcome,
        error = watcher.failed() => Err(error),
    };
    match outcome {
        Ok(()) => phase.send_modify(|phase| {
            if !matches!(phase, Phase::Failed(_)) {
                *phase = Phase::Written;
            }
        }),
        Err(error) => fail(&phase, error),
    }
}

fn fail(phase: &watch::Sender<Phase>, error: LinkError) {
    phase.send_if_modified(|phase| {
        let first = !matches!(phase, Phase::Failed(_));
        if first {
            *phase = Phase::Failed(error);
        }
        first
    });
}

#[cfg(test)]
impl Control {
    /// A control whose task does nothing until it is ended.
    pub(crate) fn idle() -> (Self, Watcher) {
        let control = Self::spawn(|_| std::future::pending());
        let watcher = control.watcher();
        (control, watcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_error_stays() {
        let (control, mut watcher) = Control::idle();
        control.fail(LinkError::Stalled);
        control.fail(LinkError::Cut);
        control.close(3);
        assert_eq!(watcher.failed().await, LinkError::Stalled);
        assert_eq!(control.refusal(), Some(LinkError::Stalled));
    }

    #[tokio::test]
    async fn the_first_code_stays_and_nothing_more_is_accepted() {
        let (control, mut watcher) = Control::idle();
        assert_eq!(control.refusal(), None);
        control.close(3);
        control.close(4);
        watcher.closing().await;
        assert_eq!(watcher.code(), 3);
        assert_eq!(control.refusal(), Some(LinkError::Closed));
        assert_eq!(control.failure(), None);
    }

    #[tokio::test]
    async fn a_failure_of_the_receiver_ends_the_task() {
        let (held, mut dropped) = tokio::sync::oneshot::channel::<()>();
        let control = Control::spawn(|_| async move {
            let _held = held;
            std::future::pending().await
        });
        control.fail(LinkError::Cut);
        dropped.close();
        assert!((&mut dropped).await.is_err());
    }

    #[tokio::test]
    async fn the_task_ends_with_its_owner() {
        let (held, dropped) = tokio::sync::oneshot::channel::<()>();
        let control = Control::spawn(|_| async move {
            let _held = held;
            std::future::pending().await
        });
        drop(control);
        assert!(dropped.await.is_err());
    }
}
