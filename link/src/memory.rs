//! How do two ends in one process talk, and what if the network misbehaves?
//! It must never know sockets or keys; it is for tests and simulations, and its faults are exact, not random.
//!
//! Both ends run the real framing over a pipe. Faults are those that a network, or a peer, can produce on a real link:
//! it is late, it is cut between frames or inside one, lanes overtake each other, and a frame comes twice (as when a
//! peer sends it again). Frames of one lane never change their order, as no transport here would do that.

use std::{num::NonZeroU64, time::Duration};

use liaison_proto::{Lane, limits};
use tokio::io::{AsyncWrite, AsyncWriteExt, DuplexStream};

use crate::{
    control::Watcher,
    framing::{Cutter, put_end},
    identity::TransportKey,
    link::{Link, LinkError, Transport},
    queue::{Queued, Queues},
    source::Source,
    stream::{self, StreamReader},
};

/// What happens to the frames that one end sends. The default is no fault at all.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The link is cut after this many frames.
    pub cut_after_frames: Option<u64>,
    /// The link is cut in the middle of this frame, counted from 1.
    pub cut_inside_frame: Option<NonZeroU64>,
    /// Each frame waits so long before it leaves, milliseconds.
    pub delay_ms: u64,
    /// Each frame whose number, counted from 1, is a multiple of this is sent twice.
    pub duplicate_every: Option<NonZeroU64>,
    /// Lanes overtake each other in an order drawn from this seed, instead of by urgency.
    pub reorder_seed: Option<u64>,
}

/// Two ends without faults. The first link is held by `left` and has `right` as its peer; the second the other way.
/// Must be called inside a tokio runtime.
#[must_use]
pub fn pair(left: TransportKey, right: TransportKey) -> (Link, Link) {
    faulty_pair((left, Faults::default()), (right, Faults::default()))
}

/// Two ends, each with the faults of what it sends. Must be called inside a tokio runtime.
#[must_use]
pub fn faulty_pair(left: (TransportKey, Faults), right: (TransportKey, Faults)) -> (Link, Link) {
    let (left_pipe, right_pipe) = tokio::io::duplex(limits::CHUNK_BYTES_MAX);
    (end(right.0, left_pipe, left.1), end(left.0, right_pipe, right.1))
}

fn end(peer: TransportKey, pipe: DuplexStream, faults: Faults) -> Link {
    let (read, write) = tokio::io::split(pipe);
    let source = Source::Stream(StreamReader::new(read));
    let wire = Wire { order: Order(faults.reorder_seed), io: write, faults, frames: 0, chunk: Vec::new() };
    Link::new(peer, Transport::Memory, "memory".to_owned(), source, |queues, watcher| {
        wire.run(queues, watcher)
    })
}

/// The link's task: one frame after the other, with its faults.
struct Wire<W> {
    io: W,
    faults: Faults,
    order: Order,
    frames: u64,
    chunk: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Wire<W> {
    async fn run(mut self, mut queues: Queues, mut watcher: Watcher) -> Result<(), LinkError> {
        while self.faults.cut_after_frames != Some(self.frames) {
            let Some((lane, frame)) = queues.next(self.order.draw(), &mut watcher).await else {
                return self.end(watcher.code()).await;
            };
            tokio::time::sleep(Duration::from_millis(self.faults.delay_ms)).await;
            self.frames = self.frames.saturating_add(1);
            self.transmit(lane, frame).await?;
        }
        self.cut().await
    }

    async fn transmit(&mut self, lane: Lane, frame: Queued) -> Result<(), LinkError> {
        if self.faults.cut_inside_frame.is_some_and(|number| number.get() == self.frames) {
            return self.transmit_half(lane, &frame).await;
        }
        let twice = self.faults.duplicate_every.is_some_and(|every| self.frames % every == 0);
        for _ in 0..=u8::from(twice) {
            let mut cutter = Cutter::new(lane, &frame);
            while cutter.next_chunk(&mut self.chunk) {
                stream::write_chunk(&mut self.io, &self.chunk).await?;
            }
        }
        Ok(())
    }

    async fn transmit_half(&mut self, lane: Lane, frame: &Queued) -> Result<(), LinkError> {
        Cutter::new(lane, frame).next_chunk(&mut self.chunk);
        self.chunk.truncate(self.chunk.len() / 2);
        stream::write_chunk(&mut self.io, &self.chunk).await?;
        self.cut().await
    }

    async fn end(&mut self, code: u16) -> Result<(), LinkError> {
        put_end(&mut self.chunk, code);
        stream::write_chunk(&mut self.io, &self.chunk).await?;
        self.io.shutdown().await.map_err(|_| LinkError::Cut)
    }

    /// The pipe ends without an end chunk, so both sides see a cut.
    async fn cut(&mut self) -> Result<(), LinkError> {
        // If the other side is already gone, there is nothing left to cut.
        let _ = self.io.shutdown().await;
        Err(LinkError::Cut)
    }
}

/// In which order lanes are asked for their next frame.
struct Order(Option<u64>);

impl Order {
    fn draw(&mut self) -> [Lane; 4] {
        let mut lanes = Lane::URGENT_FIRST;
        if let Some(seed) = &mut self.0 {
            // Knuth's generator: the upper bits are even enough to shuffle four lanes, and a seed repeats exactly.
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for last in (1..lanes.len()).rev() {
                let bits = (*seed >> (33 + last * 8)) as usize;
                lanes.swap(last, bits % (last + 1));
            }
        }
        lanes
    }
}
