//! What goes into one group, and what is answered after it?
//! Never knows who waits, nor how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};

use super::{Reply, Room, State};
use crate::event::{Event, Sequence};
use crate::log::{AppendError, AppendIfError, Log, LogError};

/// What waits in the queue. An event's room is free again once it is answered.
pub(super) enum Request {
    Append { event: Event, reply: Reply<AppendError>, _room: Room },
    AppendIf { head: Sequence, event: Event, reply: Reply<AppendIfError>, _room: Room },
    Close,
}

/// The thread's own.
pub(super) struct Worker {
    /// First, so that it is dropped first: if the log panics, callers whom the queue refuses must see
    /// that it failed.
    told: watch::Sender<State>,
    log: Arc<dyn Log>,
    queue: mpsc::Receiver<Request>,
    groups: Arc<AtomicU64>,
    group_bytes_max: usize,
}

/// Appends that share a sync, in the order of the queue.
#[derive(Default)]
struct Group {
    events: Vec<Event>,
    waiters: Vec<(Reply<AppendError>, Room)>,
}

impl Worker {
    pub(super) fn new(
        log: Arc<dyn Log>,
        (queue, told): (mpsc::Receiver<Request>, watch::Sender<State>),
        groups: Arc<AtomicU64>,
        group_bytes_max: usize,
    ) -> Self {
        Self { told, log, queue, groups, group_bytes_max }
    }

    /// Writes group after group, until the queue is closed and empty, or the log fails.
    pub(super) fn run(mut self) {
        let mut end = State::Closed;
        while let Some(first) = self.queue.blocking_recv() {
            let requests = self.gather(first);
            if let Err(error) = self.commit(requests) {
                tracing::error!(%error, "the committer stops");
                end = State::Failed;
                break;
            }
        }
        // Said before the queue is dropped, and with it the replies of all who still wait in it: they ask
        // why.
        self.told.send_replace(end);
    }

    /// All that waits, up to the size of a group.
    fn gather(&mut self, first: Request) -> Vec<Request> {
        let mut bytes = first.bytes();
        let mut requests = vec![first];
        while bytes < self.group_bytes_max
            && let Ok(next) = self.queue.try_recv()
        {
            bytes = bytes.saturating_add(next.bytes());
            requests.push(next);
        }
        requests
    }

    /// Runs of plain appends share a sync; what depends on the head stands alone, in its turn.
    fn commit(&mut self, requests: Vec<Request>) -> Result<(), LogError> {
        let mut group = Group::default();
        for request in requests {
            match request {
                Request::Append { event, reply, _room: room } => group.push(event, reply, room),
                Request::AppendIf { head, event, reply, _room } => {
                    self.synced(std::mem::take(&mut group))?;
                    let answer = self.log.append_if(head, event)?;
                    self.groups.fetch_add(1, Ordering::Relaxed);
                    // A caller that stopped waiting is not told; the event is there all the same.
                    let _ = reply.send(answer);
                }
                Request::Close => self.queue.close(),
            }
        }
        self.synced(group)
    }

    fn synced(&self, group: Group) -> Result<(), LogError> {
        if group.events.is_empty() {
            return Ok(());
        }
        group.commit(&*self.log)?;
        self.groups.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl Group {
    fn push(&mut self, event: Event, reply: Reply<AppendError>, room: Room) {
        self.events.push(event);
        self.waiters.push((reply, room));
    }

    fn commit(self, log: &dyn Log) -> Result<(), LogError> {
        let answers = log.append(self.events)?;
        for ((reply, _room), answer) in self.waiters.into_iter().zip(answers) {
            let _ = reply.send(answer);
        }
        Ok(())
    }
}

impl Request {
    /// What it adds to a group. Never nothing, so that a group ends even if all events are empty.
    fn bytes(&self) -> usize {
        match self {
            Self::Append { event, .. } | Self::AppendIf { event, .. } => {
                event.bytes.len().saturating_add(size_of::<Event>())
            }
            Self::Close => 1,
        }
    }
}
