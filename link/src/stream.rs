//! How do frames of four lanes share one stream of bytes?
//! It must never know whether the stream is TLS over TCP or a pipe in this process.

use std::time::Duration;

use liaison_proto::{Lane, limits};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use crate::{
    control::Watcher,
    framing::{Arrived, Assembler, Splitter, put_end},
    link::LinkError,
    queue::{Queued, Queues},
    source::Pending,
};

/// The link's task: sends until the link is closing and the queues are empty, then the end.
pub(crate) async fn write<W: AsyncWrite + Unpin>(
    mut io: W,
    mut queues: Queues,
    mut watcher: Watcher,
) -> Result<(), LinkError> {
    let mut splitter = Splitter::new();
    let mut chunk = Vec::new();
    while refill(&mut splitter, &mut queues, &mut watcher).await {
        splitter.next_chunk(&mut chunk);
        write_chunk(&mut io, &chunk).await?;
        splitter.written();
    }
    put_end(&mut chunk, watcher.code());
    write_chunk(&mut io, &chunk).await?;
    patiently(io.shutdown()).await
}

/// Writes a chunk and pushes it out of every buffer above the socket: only what lies in the socket's own small buffer
/// is beyond being overtaken.
pub(crate) async fn write_chunk<W: AsyncWrite + Unpin>(io: &mut W, chunk: &[u8]) -> Result<(), LinkError> {
    patiently(async {
        io.write_all(chunk).await?;
        io.flush().await
    })
    .await
}

/// Reads chunks of all lanes from one stream.
pub(crate) struct StreamReader {
    io: Box<dyn AsyncRead + Send + Sync + Unpin>,
    pending: Pending,
    assembler: Assembler,
}

impl StreamReader {
    pub(crate) fn new(io: impl AsyncRead + Send + Sync + Unpin + 'static) -> Self {
        Self { io: Box::new(io), pending: Pending::new(), assembler: Assembler::new(limits::HELLO_BYTES_MAX) }
    }

    pub(crate) fn admit(&mut self, frame_bytes_max: usize) {
        self.assembler.admit(frame_bytes_max);
    }

    pub(crate) fn take(&mut self) -> Result<Option<Arrived>, LinkError> {
        Ok(self.pending.take(|input| self.assembler.feed(input))?)
    }

    pub(crate) async fn read(&mut self) -> Result<(), LinkError> {
        // The stream's end without our own end chunk is a cut, whatever TLS says of it.
        match self.io.read(self.pending.space()).await {
            Ok(0) | Err(_) => Err(LinkError::Cut),
            Ok(count) => {
                self.pending.filled(count);
                Ok(())
            }
        }
    }
}

impl std::fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { io: _, pending: _, assembler: _ } = self;
        f.write_str("StreamReader(..)")
    }
}

/// Gives every free lane its next frame, so that whatever became urgent during the last chunk competes for the next
/// one; waits when there is nothing at all. False when the link is closing and all is sent.
async fn refill(splitter: &mut Splitter<Queued>, queues: &mut Queues, watcher: &mut Watcher) -> bool {
    for lane in Lane::URGENT_FIRST {
        if splitter.is_free(lane)
            && let Some(frame) = queues.try_take(lane)
        {
            splitter.put(lane, frame);
        }
    }
    if !splitter.is_empty() {
        return true;
    }
    let next = queues.next(Lane::URGENT_FIRST, watcher).await;
    next.map(|(lane, frame)| splitter.put(lane, frame)).is_some()
}

/// A peer that does not read for this long is dropped.
async fn patiently(work: impl Future<Output = std::io::Result<()>>) -> Result<(), LinkError> {
    match timeout(Duration::from_millis(limits::WRITE_STALL_MS_MAX), work).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(LinkError::Cut),
        Err(_) => Err(LinkError::Stalled),
    }
}
