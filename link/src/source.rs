//! Where do received bytes come from?
//! It must never know what a frame means; it joins two ways of reading for one receiver.

use liaison_proto::limits;

use crate::{framing::Arrived, link::LinkError, quic_lanes::QuicReader, stream::StreamReader};

/// The reading end of a transport.
#[derive(Debug)]
pub(crate) enum Source {
    /// All lanes on one stream of bytes.
    Stream(StreamReader),
    /// A stream for each lane.
    Quic(Box<QuicReader>),
}

impl Source {
    /// What the bytes read so far contain. Never waits.
    pub(crate) fn take(&mut self) -> Result<Option<Arrived>, LinkError> {
        match self {
            Self::Stream(reader) => reader.take(),
            Self::Quic(reader) => reader.take(),
        }
    }

    /// Waits for more bytes; only called when [`Source::take`] has given none. Safe to drop.
    pub(crate) async fn read(&mut self) -> Result<(), LinkError> {
        match self {
            Self::Stream(reader) => reader.read().await,
            Self::Quic(reader) => reader.read().await,
        }
    }

    pub(crate) fn admit(&mut self, frame_bytes_max: usize) {
        match self {
            Self::Stream(reader) => reader.admit(frame_bytes_max),
            Self::Quic(reader) => reader.admit(frame_bytes_max),
        }
    }
}

/// Bytes that were read and not yet looked at.
#[derive(Debug)]
pub(crate) struct Pending {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Pending {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; READ_BYTES], start: 0, end: 0 }
    }

    /// The place to read into, when nothing is left.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// `count` bytes were read into the space.
    pub(crate) fn filled(&mut self, count: usize) {
        self.start = 0;
        self.end = count;
    }

    /// Lets `feed` take from the front.
    pub(crate) fn take<T>(&mut self, feed: impl FnOnce(&mut &[u8]) -> T) -> T {
        let mut rest = self.bytes.get(self.start..self.end).unwrap_or_default();
        let given = feed(&mut rest);
        self.start = self.end.saturating_sub(rest.len());
        given
    }
}

/// A quarter of a chunk, one TLS record: enough to be quick, little enough for thousands of idle links.
const READ_BYTES: usize = limits::CHUNK_BYTES_MAX / 4;
