//! What waits to leave, and when must the writer of a frame wait too?
//! It must never know how a frame is sent, nor what it means.
//!
//! Each lane has its own queue, so a full routine queue never makes a flash wait. A queue is full when its frames hold
//! [`limits::FRAME_BYTES_MAX`] bytes, or when there are a quarter of [`limits::FRAMES_QUEUED_MAX`] of them; then
//! [`Outlet::put`] waits. A frame gives its room back with its last chunk.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use liaison_proto::{Lane, limits};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::{control::Watcher, per_lane::PerLane};

/// The sending ends of the four queues.
#[derive(Debug)]
pub(crate) struct Outlet(PerLane<LaneOutlet>);

#[derive(Debug)]
struct LaneOutlet {
    frames: mpsc::Sender<Queued>,
    room: Arc<Semaphore>,
}

/// The receiving ends: what the link's task sends from.
#[derive(Debug)]
pub(crate) struct Queues(PerLane<LaneQueue>);

/// The receiving end of one lane's queue.
#[derive(Debug)]
pub(crate) struct LaneQueue(mpsc::Receiver<Queued>);

/// A frame that waits or is being sent; it occupies its room until it is dropped.
#[derive(Debug)]
pub(crate) struct Queued {
    frame: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// The other side of the queue is gone, or closed it.
#[derive(Debug)]
pub(crate) struct QueueClosed;

/// Four empty queues.
pub(crate) fn queues() -> (Outlet, Queues) {
    let [flash, immediate, priority, routine] = Lane::URGENT_FIRST.map(|_| lane_queue());
    (
        Outlet(PerLane::from_array([flash.0, immediate.0, priority.0, routine.0])),
        Queues(PerLane::from_array([flash.1, immediate.1, priority.1, routine.1])),
    )
}

impl Outlet {
    /// Queues a frame of at most [`limits::FRAME_BYTES_MAX`] bytes; waits while the lane is full.
    pub(crate) async fn put(&self, lane: Lane, frame: Vec<u8>) -> Result<(), QueueClosed> {
        let outlet = self.0.of(lane);
        let cost = u32::try_from(frame.len().max(FRAME_COST_MIN)).map_err(|_| QueueClosed)?;
        let room = outlet.room.clone().acquire_many_owned(cost).await.map_err(|_| QueueClosed)?;
        outlet.frames.send(Queued { frame, _room: room }).await.map_err(|_| QueueClosed)
    }

    /// Returns once everything that was queued before has been sent, or thrown away.
    pub(crate) async fn emptied(&self) {
        for outlet in self.0.iter() {
            // All the room is only there when no frame holds any of it. The semaphore is never closed.
            let _all = outlet.room.acquire_many(LANE_BYTES_MAX as u32).await;
        }
    }
}

impl Queues {
    /// What this lane has waiting at this moment.
    pub(crate) fn try_take(&mut self, lane: Lane) -> Option<Queued> {
        self.0.of_mut(lane).0.try_recv().ok()
    }

    /// The next frame of the first lane of `order` that has one; none when the link is closing and all are empty.
    pub(crate) async fn next(&mut self, order: [Lane; 4], watcher: &mut Watcher) -> Option<(Lane, Queued)> {
        loop {
            let open = self.0.iter().all(|queue| !queue.0.is_closed());
            tokio::select! {
                biased;
                () = watcher.closing(), if open => self.close(),
                taken = poll_fn(|context| self.poll_take(order, context)) => return taken,
            }
        }
    }

    /// The four queues for four writers, the most urgent first.
    pub(crate) fn into_array(self) -> [LaneQueue; 4] {
        self.0.into_array()
    }

    /// Nothing more enters; what is inside still leaves.
    fn close(&mut self) {
        for lane in Lane::URGENT_FIRST {
            self.0.of_mut(lane).0.close();
        }
    }

    fn poll_take(&mut self, order: [Lane; 4], context: &mut Context<'_>) -> Poll<Option<(Lane, Queued)>> {
        let mut ended = true;
        for lane in order {
            match self.0.of_mut(lane).0.poll_recv(context) {
                Poll::Ready(Some(queued)) => return Poll::Ready(Some((lane, queued))),
                Poll::Ready(None) => {}
                Poll::Pending => ended = false,
            }
        }
        if ended { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl LaneQueue {
    /// The next frame of this lane; none when the link is closing and the queue is empty.
    pub(crate) async fn next(&mut self, watcher: &mut Watcher) -> Option<Queued> {
        loop {
            let open = !self.0.is_closed();
            tokio::select! {
                biased;
                () = watcher.closing(), if open => self.0.close(),
                queued = self.0.recv() => return queued,
            }
        }
    }
}

impl AsRef<[u8]> for Queued {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

fn lane_queue() -> (LaneOutlet, LaneQueue) {
    let (frames, queue) = mpsc::channel(LANE_FRAMES_MAX);
    (LaneOutlet { frames, room: Arc::new(Semaphore::new(LANE_BYTES_MAX)) }, LaneQueue(queue))
}

/// One frame of the largest kind fits; a second one waits.
const LANE_BYTES_MAX: usize = limits::FRAME_BYTES_MAX;
const LANE_FRAMES_MAX: usize = limits::FRAMES_QUEUED_MAX / Lane::URGENT_FIRST.len();
/// A small frame pays for its place too, so one semaphore bounds both the bytes and the frames.
const FRAME_COST_MIN: usize = LANE_BYTES_MAX / LANE_FRAMES_MAX;
const _: () = assert!(LANE_BYTES_MAX < u32::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;

    async fn is_waiting(future: impl Future) -> bool {
        tokio::select! { biased; _ = future => false, () = tokio::task::yield_now() => true }
    }

    #[tokio::test]
    async fn a_full_lane_waits_and_the_others_do_not() {
        let (outlet, mut queues) = queues();
        for _ in 0..LANE_FRAMES_MAX {
            outlet.put(Lane::Routine, vec![1]).await.unwrap();
        }
        assert!(is_waiting(outlet.put(Lane::Routine, vec![2])).await);
        outlet.put(Lane::Flash, vec![3]).await.unwrap();
        drop(queues.try_take(Lane::Routine).unwrap());
        outlet.put(Lane::Routine, vec![4]).await.unwrap();
    }

    #[tokio::test]
    async fn the_largest_frame_fills_its_lane() {
        let (outlet, mut queues) = queues();
        outlet.put(Lane::Routine, vec![0; limits::FRAME_BYTES_MAX]).await.unwrap();
        assert!(is_waiting(outlet.put(Lane::Routine, vec![1])).await);
        let taken = queues.try_take(Lane::Routine).unwrap();
        assert!(is_waiting(outlet.emptied()).await, "a frame being sent is not sent yet");
        drop(taken);
        outlet.emptied().await;
    }

    #[tokio::test]
    async fn closing_lets_out_what_is_inside_and_nothing_in() {
        let (outlet, mut queues) = queues();
        outlet.put(Lane::Routine, vec![1]).await.unwrap();
        let (control, mut watcher) = Control::idle();
        control.close(0);
        let (lane, frame) = queues.next(Lane::URGENT_FIRST, &mut watcher).await.unwrap();
        assert_eq!((lane, frame.as_ref()), (Lane::Routine, [1].as_slice()));
        assert!(queues.next(Lane::URGENT_FIRST, &mut watcher).await.is_none());
        assert!(outlet.put(Lane::Routine, vec![2]).await.is_err());
    }
}
