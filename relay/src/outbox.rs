//! What leaves next on this link, when lanes are full? One frame for each lane, on its way into the link's queue.
//! It must never know what a frame says.
//!
//! A lane whose queue is full keeps its own slot busy and no other, so a flash never waits behind a routine frame, and a
//! station that does not read stops nothing but what is sent to it.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use liaison_journal::LogError;
use liaison_link::{LinkError, LinkSender};
use liaison_proto::Lane;

use crate::mailbox::Next;

type Work = Pin<Box<dyn Future<Output = Step> + Send>>;

/// Four slots.
pub(crate) struct Outbox {
    sender: LinkSender,
    lanes: [Option<Work>; 4],
}

/// What a slot has done.
#[derive(Debug)]
pub(crate) enum Step {
    /// A frame is in the link's queue.
    Sent(Result<(), LinkError>),
    /// A delivery's bytes are here, to be made a frame.
    Loaded(Next, Result<Vec<u8>, LogError>),
}

impl Outbox {
    pub(crate) const fn new(sender: LinkSender) -> Self {
        Self { sender, lanes: [None, None, None, None] }
    }

    /// Whether a lane's slot is free.
    pub(crate) fn is_free(&self, lane: Lane) -> bool {
        self.lanes.get(usize::from(lane.number())).is_some_and(Option::is_none)
    }

    /// Sends a frame in a lane whose slot is free.
    pub(crate) fn send(&mut self, lane: Lane, frame: Vec<u8>) {
        let sender = self.sender.clone();
        self.put(lane, Box::pin(async move { Step::Sent(sender.send(lane, frame).await) }));
    }

    /// Waits for the bytes of a delivery in a lane whose slot is free.
    pub(crate) fn load(
        &mut self,
        next: Next,
        bytes: impl Future<Output = Result<Vec<u8>, LogError>> + Send + 'static,
    ) {
        self.put(next.lane, Box::pin(async move { Step::Loaded(next, bytes.await) }));
    }

    /// The next slot that is done; never, if none is busy. Nothing is lost when the caller stops waiting.
    pub(crate) async fn step(&mut self) -> Step {
        poll_fn(|context| {
            for slot in self.lanes.iter_mut().rev() {
                let Some(work) = slot else { continue };
                if let Poll::Ready(step) = work.as_mut().poll(context) {
                    *slot = None;
                    return Poll::Ready(step);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The link, for the last words.
    pub(crate) fn into_sender(self) -> LinkSender {
        self.sender
    }

    fn put(&mut self, lane: Lane, work: Work) {
        if let Some(slot) = self.lanes.get_mut(usize::from(lane.number())) {
            *slot = Some(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use liaison_link::{TransportKey, memory};

    use super::*;

    #[tokio::test]
    async fn a_full_lane_leaves_the_others_free() {
        let (here, there) = memory::pair(TransportKey([1; 32]), TransportKey([2; 32]));
        let (sender, _receiver) = here.split();
        let mut outbox = Outbox::new(sender);
        // Until the pipe and the lane's queue are full; nobody reads at the other end.
        loop {
            outbox.send(Lane::Routine, vec![0; 1024 * 1024]);
            let full = tokio::select! {
                biased;
                _ = outbox.step() => false,
                () = async { for _ in 0..1_000 { tokio::task::yield_now().await } } => true,
            };
            if full {
                break;
            }
        }
        assert!(!outbox.is_free(Lane::Routine) && outbox.is_free(Lane::Flash));
        outbox.send(Lane::Flash, vec![1]);
        assert!(matches!(outbox.step().await, Step::Sent(Ok(()))));
        drop(there);
    }
}
