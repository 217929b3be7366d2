//! What does a link look like from above, whatever carries it?
//! It must never know what a frame means, nor who the peer's key belongs to.

use std::{sync::Arc, time::Duration};

use liaison_proto::{Lane, limits};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{
    control::{Control, Watcher},
    framing::{Arrived, FramingError},
    identity::TransportKey,
    queue::{Outlet, Queues, queues},
    source::Source,
};

/// What carries a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// QUIC over UDP.
    Quic,
    /// TLS 1.3 over TCP.
    Tcp,
    /// Inside this process, for tests.
    Memory,
}

/// An authenticated connection on which frames travel both ways.
///
/// Dropping both halves ends it at once, and what was queued may be lost. Dropping every sender alone is an orderly end
/// with code 0. To lose nothing: [`LinkSender::close`], then [`LinkReceiver::finish`].
#[derive(Debug)]
pub struct Link {
    peer: TransportKey,
    transport: Transport,
    remote: String,
    sender: LinkSender,
    receiver: LinkReceiver,
}

/// The half that sends. Clones send on the same link.
#[derive(Clone, Debug)]
pub struct LinkSender {
    outlet: Arc<Outlet>,
    control: Arc<Control>,
}

/// The half that receives.
#[derive(Debug)]
pub struct LinkReceiver {
    source: Source,
    inlet: Inlet,
    silent_at: Instant,
    watcher: Watcher,
    control: Arc<Control>,
}

/// Named by what the receiver can still expect.
#[derive(Debug)]
enum Inlet {
    Frames,
    Nothing { code: u16 },
    Error(LinkError),
}

/// Why a link takes or gives no more frames.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// Ours: the link was closed here, or the peer has ended it.
    #[error("the link is closed")]
    Closed,
    /// Ours: a frame has 1 to [`limits::FRAME_BYTES_MAX`] bytes.
    #[error("a frame of {got} bytes cannot be sent, allowed 1 to {max}")]
    FrameLength {
        /// Bytes of the frame.
        got: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The network's or the peer's: the connection ended without an orderly end.
    #[error("the connection was cut")]
    Cut,
    /// The peer's: it did not read for [`limits::WRITE_STALL_MS_MAX`].
    #[error("the peer does not read")]
    Stalled,
    /// The peer's: it sent nothing for [`limits::IDLE_MS_MAX`].
    #[error("the peer is silent")]
    Silent,
    /// The peer's: it broke the chunk layout, or sent more than it may.
    #[error("the peer broke the framing: {0}")]
    Framing(#[from] FramingError),
}

impl std::fmt::Display for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Quic => "QUIC",
            Self::Tcp => "TCP",
            Self::Memory => "memory",
        })
    }
}

impl Link {
    /// Puts a link together from what a transport made; `write` becomes the link's one task.
    pub(crate) fn new<W, F>(
        peer: TransportKey,
        transport: Transport,
        remote: String,
        source: Source,
        write: W,
    ) -> Self
    where
        W: FnOnce(Queues, Watcher) -> F,
        F: Future<Output = Result<(), LinkError>> + Send + 'static,
    {
        let (outlet, queues) = queues();
        let control = Arc::new(Control::spawn(|watcher| write(queues, watcher)));
        let sender = LinkSender { outlet: Arc::new(outlet), control: control.clone() };
        let watcher = control.watcher();
        let receiver =
            LinkReceiver { source, inlet: Inlet::Frames, silent_at: silent_at(), watcher, control };
        Self { peer, transport, remote, sender, receiver }
    }

    /// The key that the peer has proved to hold.
    #[must_use]
    pub fn peer(&self) -> TransportKey {
        self.peer
    }

    /// What carries this link.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// The peer's address when the link began, for logs.
    #[must_use]
    pub fn remote(&self) -> String {
        self.remote.clone()
    }

    /// The two halves.
    #[must_use]
    pub fn split(self) -> (LinkSender, LinkReceiver) {
        (self.sender, self.receiver)
    }
}

impl LinkSender {
    /// Queues a frame; returns when it is queued, and waits while its lane is full. Frames of one lane arrive in order,
    /// a more urgent lane overtakes. When the returned future is dropped before it is ready, the frame is not sent.
    ///
    /// # Errors
    /// The frame has not 1 to [`limits::FRAME_BYTES_MAX`] bytes, or the link has ended.
    pub async fn send(&self, lane: Lane, frame: Vec<u8>) -> Result<(), LinkError> {
        if frame.is_empty() || frame.len() > limits::FRAME_BYTES_MAX {
            return Err(LinkError::FrameLength { got: frame.len(), max: limits::FRAME_BYTES_MAX });
        }
        if let Some(refusal) = self.control.refusal() {
            return Err(refusal);
        }
        if self.outlet.put(lane, frame).await.is_err() {
            // The queue closes a moment before the reason is written down.
            self.control.watcher().settled().await;
            return Err(self.control.refusal().unwrap_or(LinkError::Closed));
        }
        Ok(())
    }

    /// Returns when everything that was queued before has been given to the transport. Later sends wait for it.
    ///
    /// # Errors
    /// The link failed.
    pub async fn flush(&self) -> Result<(), LinkError> {
        self.outlet.emptied().await;
        self.control.failure().map_or(Ok(()), Err)
    }

    /// Ends the link in order: what was queued is sent first, nothing more is taken, and the peer's receiver says that
    /// this was the end. Returns when all is sent, or the link failed; the peer ends its direction in turn.
    pub async fn close(&self, code: u16) {
        self.control.close(code);
        self.control.watcher().settled().await;
    }
}

impl LinkReceiver {
    /// The next frame, the most urgent lane first; none when the peer ended the link in order. Nothing is read from
    /// the network between two calls, so a slow caller slows the peer. Safe to drop and call again.
    ///
    /// # Errors
    /// The link failed; it is over, and each further call says so again.
    pub async fn receive(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        loop {
            match &self.inlet {
                Inlet::Frames => {}
                Inlet::Nothing { .. } => return Ok(None),
                Inlet::Error(error) => return Err(error.clone()),
            }
            match self.step().await {
                Ok(Some(Arrived::Frame(_, frame))) => return Ok(Some(frame)),
                Ok(Some(Arrived::End(code))) => self.end(code),
                Ok(None) => {}
                Err(error) => self.fail(error),
            }
        }
    }

    /// From now on a frame may have `frame_bytes_max` bytes, at most [`limits::FRAME_BYTES_MAX`]. Until then, each has
    /// at most [`limits::HELLO_BYTES_MAX`]: a peer whose right is not yet known cannot make us hold more.
    pub fn admit(&mut self, frame_bytes_max: usize) {
        self.source.admit(frame_bytes_max.min(limits::FRAME_BYTES_MAX));
    }

    /// The code with which the peer ended the link, once [`LinkReceiver::receive`] has given none.
    #[must_use]
    pub fn end_code(&self) -> Option<u16> {
        match self.inlet {
            Inlet::Nothing { code } => Some(code),
            Inlet::Frames | Inlet::Error(_) => None,
        }
    }

    /// Reads and throws away until the peer's end, for at most [`limits::SHUTDOWN_MS_MAX`]. After
    /// [`LinkSender::close`] this makes sure that the peer has read everything: an operating system answers what
    /// arrives at a closed socket with a reset, and a reset discards what the peer has not read yet.
    pub async fn finish(mut self) {
        let drained = async { while let Ok(Some(_)) = self.receive().await {} };
        // Past the limit, the peer has had its chance.
        let _ = timeout(Duration::from_millis(limits::SHUTDOWN_MS_MAX), drained).await;
    }

    /// Gives what is already here, or waits for more bytes.
    async fn step(&mut self) -> Result<Option<Arrived>, LinkError> {
        if let Some(arrived) = self.source.take()? {
            return Ok(Some(arrived));
        }
        // What can be read is read before a time-out or the other direction's failure counts.
        tokio::select! {
            biased;
            read = timeout_at(self.silent_at, self.source.read()) => read.unwrap_or(Err(LinkError::Silent))?,
            error = self.watcher.failed() => return Err(error),
        }
        self.silent_at = silent_at();
        Ok(None)
    }

    /// The peer has ended its direction, so ours ends too, after what is queued.
    fn end(&mut self, code: u16) {
        self.control.close(code);
        self.inlet = Inlet::Nothing { code };
    }

    /// Both directions fail together; if the other one was first, its error is the cause, and this one its echo.
    fn fail(&mut self, error: LinkError) {
        self.control.fail(error.clone());
        let cause = self.control.failure().unwrap_or(error);
        tracing::debug!(error = %cause, "link failed");
        self.inlet = Inlet::Error(cause);
    }
}

fn silent_at() -> Instant {
    Instant::now() + Duration::from_millis(limits::IDLE_MS_MAX)
}
