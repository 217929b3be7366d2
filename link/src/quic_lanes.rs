//! How do frames of four lanes travel on four QUIC streams?
//! It must never know how the connection was made, nor what a frame means.
//!
//! ```text
//! each direction   stream 0 routine · stream 1 priority · stream 2 immediate · stream 3 flash
//! ```
//!
//! A lost packet holds up its own lane only. Of sixteen chunks of a lane, fifteen leave with its own priority and one
//! with that of routine: meanwhile the lanes take turns packet by packet, so none starves. (A raised priority would
//! not help the starved one: quinn looks at it again only when the stream has sent something.)

use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

use liaison_proto::{Lane, limits};
use quinn::{Connection, ConnectionError, ReadError, RecvStream, SendStream};
use tokio::time::timeout;

use crate::{
    control::Watcher,
    framing::{Arrived, Assembler, Cutter, put_end},
    link::LinkError,
    per_lane::PerLane,
    queue::{LaneQueue, Queues},
    quic::ADMITTED_WINDOW,
    source::Pending,
    turns::Turns,
};

/// The link's task: the four lanes beside each other, until each has sent its end and the peer's transport has it.
pub(crate) async fn write(connection: Connection, queues: Queues, watcher: Watcher) -> Result<(), LinkError> {
    tokio::select! {
        biased;
        sent = write_lanes(&connection, queues, watcher) => sent,
        error = connection.closed() => Err(lost(&error)),
    }
}

async fn write_lanes(connection: &Connection, queues: Queues, watcher: Watcher) -> Result<(), LinkError> {
    let open = async || connection.open_uni().await.map_err(|_| LinkError::Cut);
    let (routine, priority) = (open().await?, open().await?);
    let (immediate, flash) = (open().await?, open().await?);
    let [flash_queue, immediate_queue, priority_queue, routine_queue] = queues.into_array();
    tokio::try_join!(
        LaneWriter::new(flash, Lane::Flash).run(flash_queue, watcher.clone()),
        LaneWriter::new(immediate, Lane::Immediate).run(immediate_queue, watcher.clone()),
        LaneWriter::new(priority, Lane::Priority).run(priority_queue, watcher.clone()),
        LaneWriter::new(routine, Lane::Routine).run(routine_queue, watcher),
    )?;
    Ok(())
}

struct LaneWriter {
    stream: SendStream,
    lane: Lane,
    chunk: Vec<u8>,
    chunks: u32,
}

impl LaneWriter {
    fn new(stream: SendStream, lane: Lane) -> Self {
        Self { stream, lane, chunk: Vec::new(), chunks: 0 }
    }

    async fn run(mut self, mut queue: LaneQueue, mut watcher: Watcher) -> Result<(), LinkError> {
        while let Some(frame) = queue.next(&mut watcher).await {
            let mut cutter = Cutter::new(self.lane, frame);
            while cutter.next_chunk(&mut self.chunk) {
                self.write_chunk().await?;
            }
            // An idle lane holds no buffer.
            self.chunk = Vec::new();
        }
        put_end(&mut self.chunk, watcher.code());
        self.write_chunk().await?;
        self.stream.finish().map_err(|_| LinkError::Cut)?;
        patiently(self.stream.stopped()).await?;
        Ok(())
    }

    async fn write_chunk(&mut self) -> Result<(), LinkError> {
        self.stream.set_priority(priority(self.lane, self.chunks)).map_err(|_| LinkError::Cut)?;
        patiently(self.stream.write_all(&self.chunk)).await?;
        self.chunks = self.chunks.wrapping_add(1);
        Ok(())
    }
}

/// Reads four streams, the most urgent that has something first.
#[derive(Debug)]
pub(crate) struct QuicReader {
    connection: Connection,
    /// The number of the lane whose stream is expected next; none when no more will come.
    unopened: Option<u8>,
    lanes: PerLane<Inbound>,
    frame_bytes_max: usize,
    turns: Turns,
    pending: Pending,
    pending_lane: Lane,
}

/// Named by what the lane's stream can still give.
#[derive(Debug, Default)]
enum Inbound {
    #[default]
    Unopened,
    Chunks(RecvStream, Assembler),
    Ended,
}

impl QuicReader {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            unopened: Some(Lane::Routine.number()),
            lanes: PerLane::default(),
            frame_bytes_max: limits::HELLO_BYTES_MAX,
            turns: Turns::default(),
            pending: Pending::new(),
            pending_lane: Lane::Routine,
        }
    }

    pub(crate) fn admit(&mut self, frame_bytes_max: usize) {
        self.frame_bytes_max = frame_bytes_max;
        for lane in Lane::URGENT_FIRST {
            if let Inbound::Chunks(_, assembler) = self.lanes.of_mut(lane) {
                assembler.admit(frame_bytes_max);
            }
        }
        self.connection.set_receive_window(ADMITTED_WINDOW.into());
    }

    pub(crate) fn take(&mut self) -> Result<Option<Arrived>, LinkError> {
        let inbound = self.lanes.of_mut(self.pending_lane);
        let Inbound::Chunks(_, assembler) = inbound else { return Ok(None) };
        let arrived = self.pending.take(|input| assembler.feed(input))?;
        if !matches!(arrived, Some(Arrived::End(_))) {
            return Ok(arrived);
        }
        *inbound = Inbound::Ended;
        // The link has ended when all its lanes have: what is left on a slower lane is not lost.
        let all = self.lanes.iter().all(|inbound| matches!(inbound, Inbound::Ended));
        Ok(arrived.filter(|_| all))
    }

    pub(crate) async fn read(&mut self) -> Result<(), LinkError> {
        loop {
            let opens = self.unopened.is_some();
            let Self { connection, lanes, turns, pending, .. } = self;
            tokio::select! {
                biased;
                // First, because a stream that is not known yet may be the flash's.
                opened = connection.accept_uni(), if opens => self.opened(opened.ok()),
                read = poll_fn(|context| poll_read(lanes, turns, pending, opens, context)) => {
                    self.pending_lane = read?;
                    return Ok(());
                }
            }
        }
    }

    /// The next stream is that of the next lane; none: the connection is over, and what has arrived is still read.
    fn opened(&mut self, stream: Option<RecvStream>) {
        let Some((number, stream)) = self.unopened.take().zip(stream) else { return };
        let Some(lane) = Lane::from_number(number) else { return };
        *self.lanes.of_mut(lane) = Inbound::Chunks(stream, Assembler::for_lane(lane, self.frame_bytes_max));
        self.unopened = number.checked_add(1).filter(|next| Lane::from_number(*next).is_some());
    }
}

/// Reads once, from the first lane whose turn it is and that has something.
fn poll_read(
    lanes: &mut PerLane<Inbound>,
    turns: &mut Turns,
    pending: &mut Pending,
    opens: bool,
    context: &mut Context<'_>,
) -> Poll<Result<Lane, LinkError>> {
    let mut hope = opens;
    for lane in turns.order() {
        let Inbound::Chunks(stream, _) = lanes.of_mut(lane) else { continue };
        hope = true;
        match stream.poll_read(context, pending.space()) {
            Poll::Pending => {}
            Poll::Ready(Err(ReadError::ConnectionLost(error))) => return Poll::Ready(Err(lost(&error))),
            // A stream that stops without its end chunk was cut.
            Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(LinkError::Cut)),
            Poll::Ready(Ok(count)) => {
                pending.filled(count);
                turns.took();
                return Poll::Ready(Ok(lane));
            }
        }
    }
    if hope { Poll::Pending } else { Poll::Ready(Err(LinkError::Cut)) }
}

/// The priority of a lane's chunk, the higher the sooner; `chunks` of the lane have gone before it.
fn priority(lane: Lane, chunks: u32) -> i32 {
    let shared = chunks % CHUNKS_PER_ROUND == limits::URGENT_CHUNKS_IN_A_ROW_MAX;
    let urgency = if shared { Lane::Routine } else { lane };
    i32::from(urgency.number())
}

fn lost(error: &ConnectionError) -> LinkError {
    match error {
        ConnectionError::TimedOut => LinkError::Silent,
        _ => LinkError::Cut,
    }
}

/// A peer that does not read for this long is dropped.
async fn patiently<T, E>(work: impl Future<Output = Result<T, E>>) -> Result<T, LinkError> {
    match timeout(Duration::from_millis(limits::WRITE_STALL_MS_MAX), work).await {
        Ok(done) => done.map_err(|_| LinkError::Cut),
        Err(_) => Err(LinkError::Stalled),
    }
}

const CHUNKS_PER_ROUND: u32 = limits::URGENT_CHUNKS_IN_A_ROW_MAX + 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_sixteen_chunks_one_is_shared_with_routine() {
        for lane in Lane::URGENT_FIRST {
            let own = i32::from(lane.number());
            let priorities: Vec<i32> = (0..32).map(|chunks| priority(lane, chunks)).collect();
            let round = [vec![own; 15], vec![0]].concat();
            assert_eq!(priorities, round.repeat(2));
        }
    }

    #[test]
    fn a_timeout_is_the_peers_silence_and_anything_else_a_cut() {
        assert_eq!(lost(&ConnectionError::TimedOut), LinkError::Silent);
        assert_eq!(lost(&ConnectionError::Reset), LinkError::Cut);
    }
}
