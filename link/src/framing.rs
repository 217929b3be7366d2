//! How is a frame cut into chunks, and put together again?
//! It must never know sockets, clocks, or what a frame means.
//!
//! ```text
//! chunk   ┌ length u32 BE ┬ flags u8 ┬ payload: `length` bytes ┐     flags   7     6    5 … 2   1 0
//!         └───────────────┴──────────┴─────────────────────────┘             last  end  zero    lane
//! ```
//!
//! * A frame is one to many chunks of one lane, in order; chunks of different lanes may be interleaved. Every chunk but
//!   the last is exactly [`limits::CHUNK_BYTES_MAX`] long, the last is 1 to that many: a frame has one encoding.
//! * The end of the direction is one chunk `00 00 00 02 40` and a code as `u16` BE. Nothing follows it. A stream that
//!   stops without it was cut.
//!
//! The same layout on every transport. On TCP all lanes share one stream; on QUIC each lane has its own, and the end
//! stands on each.

use liaison_proto::{Lane, limits};

use crate::{per_lane::PerLane, turns::Turns};

/// Bytes in front of every chunk's payload.
pub const CHUNK_HEAD_BYTES: usize = 5;

/// One frame on its way out, chunk by chunk.
#[derive(Debug)]
pub(crate) struct Cutter<F> {
    lane: Lane,
    frame: F,
    sent: usize,
}

impl<F: AsRef<[u8]>> Cutter<F> {
    pub(crate) fn new(lane: Lane, frame: F) -> Self {
        Self { lane, frame, sent: 0 }
    }

    /// Puts the next chunk into `out`, replacing what was there; false when the frame is finished.
    pub(crate) fn next_chunk(&mut self, out: &mut Vec<u8>) -> bool {
        let rest = self.frame.as_ref().get(self.sent..).unwrap_or_default();
        if rest.is_empty() {
            return false;
        }
        let (payload, after) = rest.split_at(rest.len().min(limits::CHUNK_BYTES_MAX));
        let last = if after.is_empty() { FLAG_LAST } else { 0 };
        put_chunk(out, self.lane.number() | last, payload);
        self.sent += payload.len();
        true
    }

    fn is_finished(&self) -> bool {
        self.sent >= self.frame.as_ref().len()
    }
}

/// Frames of all lanes on their way out through one stream; [`Turns`] says whose chunk is next.
#[derive(Debug)]
pub(crate) struct Splitter<F> {
    lanes: PerLane<Option<Cutter<F>>>,
    turns: Turns,
}

impl<F: AsRef<[u8]>> Splitter<F> {
    pub(crate) fn new() -> Self {
        Self { lanes: PerLane::from_fn(|_| None), turns: Turns::default() }
    }

    /// True when `lane` can take its next frame.
    pub(crate) fn is_free(&self, lane: Lane) -> bool {
        self.lanes.of(lane).is_none()
    }

    /// True when there is nothing to cut.
    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.iter().all(Option::is_none)
    }

    /// Takes a frame; the caller has seen that the lane is free.
    pub(crate) fn put(&mut self, lane: Lane, frame: F) {
        *self.lanes.of_mut(lane) = Some(Cutter::new(lane, frame));
    }

    /// Puts the next chunk of the lane whose turn it is into `out`; false when there is none.
    pub(crate) fn next_chunk(&mut self, out: &mut Vec<u8>) -> bool {
        for lane in self.turns.order() {
            if let Some(cutter) = self.lanes.of_mut(lane)
                && cutter.next_chunk(out)
            {
                self.turns.took();
                return true;
            }
        }
        false
    }

    /// The chunk given last has been written. A finished frame is let go only now, so its room in the queue stays
    /// taken until the transport has all of it.
    pub(crate) fn written(&mut self) {
        for lane in Lane::URGENT_FIRST {
            self.lanes.of_mut(lane).take_if(|cutter| cutter.is_finished());
        }
    }
}

/// Puts the chunk that ends a direction into `out`, replacing what was there.
pub(crate) fn put_end(out: &mut Vec<u8>, code: u16) {
    put_chunk(out, FLAG_END, &code.to_be_bytes());
}

/// What came out of the chunks.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrived {
    /// A whole frame.
    Frame(Lane, Vec<u8>),
    /// The orderly end, with the peer's code.
    End(u16),
}

/// The bytes are not ours, or not honest: the peer's fault, and the end of the link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// A flag that this version does not know.
    #[error("unknown chunk flags {flags:#04x}")]
    UnknownFlags {
        /// The flags byte.
        flags: u8,
    },
    /// A chunk without payload, above the maximum, or not full although another follows.
    #[error("chunk of {got} bytes does not fit its place")]
    ChunkLength {
        /// The length that the chunk claims.
        got: u32,
    },
    /// A chunk of another lane than the stream's own.
    #[error("a chunk of another lane on this lane's stream")]
    LaneMixed,
    /// The frame is larger than the peer may send now.
    #[error("frame of at least {got} bytes, allowed {max}")]
    FrameTooLarge {
        /// Bytes of the frame known so far.
        got: usize,
        /// Bytes that a frame may have.
        max: usize,
    },
    /// The end came while a frame was not finished.
    #[error("the end came inside a frame")]
    EndInsideFrame,
    /// Something followed the end.
    #[error("bytes after the end")]
    BytesAfterEnd,
}

/// Puts chunks together into frames: at most one partial frame a lane, none larger than allowed.
#[derive(Debug)]
pub struct Assembler {
    frame_bytes_max: usize,
    only: Option<Lane>,
    expect: Expect,
    partial: PerLane<Vec<u8>>,
}

/// Named by what the next byte belongs to.
#[derive(Debug)]
enum Expect {
    Head { bytes: [u8; CHUNK_HEAD_BYTES], filled: usize },
    Payload { lane: Lane, last: bool, left: usize },
    EndCode { bytes: [u8; END_CODE_BYTES], filled: usize },
    Nothing,
}

impl Assembler {
    /// For a stream that carries all lanes. `frame_bytes_max`: see [`Assembler::admit`].
    #[must_use]
    pub fn new(frame_bytes_max: usize) -> Self {
        Self { frame_bytes_max, only: None, expect: EXPECT_HEAD, partial: PerLane::default() }
    }

    /// For a stream that carries one lane.
    #[must_use]
    pub fn for_lane(lane: Lane, frame_bytes_max: usize) -> Self {
        Self { only: Some(lane), ..Self::new(frame_bytes_max) }
    }

    /// From now on a frame may have `frame_bytes_max` bytes.
    pub fn admit(&mut self, frame_bytes_max: usize) {
        self.frame_bytes_max = frame_bytes_max;
    }

    /// Takes bytes from the front of `input` until something arrived or the input is used up.
    ///
    /// # Errors
    /// The peer broke the layout; nothing more may be fed.
    pub fn feed(&mut self, input: &mut &[u8]) -> Result<Option<Arrived>, FramingError> {
        while !input.is_empty() {
            let arrived = match &mut self.expect {
                Expect::Head { bytes, filled } => {
                    if let Some(head) = fill(bytes, filled, input) {
                        self.expect = self.judge(head)?;
                    }
                    None
                }
                Expect::EndCode { bytes, filled } => fill(bytes, filled, input).map(|code| {
                    self.expect = Expect::Nothing;
                    Arrived::End(u16::from_be_bytes(code))
                }),
                Expect::Payload { .. } => self.take_payload(input),
                Expect::Nothing => return Err(FramingError::BytesAfterEnd),
            };
            if arrived.is_some() {
                return Ok(arrived);
            }
        }
        Ok(None)
    }

    /// Everything that can be refused is refused here, before a byte of payload is kept.
    fn judge(&self, head: [u8; CHUNK_HEAD_BYTES]) -> Result<Expect, FramingError> {
        let [a, b, c, d, flags] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        if flags == FLAG_END {
            return self.judge_end(length);
        }
        let lane = Lane::from_number(flags & !FLAG_LAST).ok_or(FramingError::UnknownFlags { flags })?;
        if self.only.is_some_and(|only| only != lane) {
            return Err(FramingError::LaneMixed);
        }
        let last = flags & FLAG_LAST != 0;
        let left = chunk_length(length, last).ok_or(FramingError::ChunkLength { got: length })?;
        let got = self.partial.of(lane).len().saturating_add(left);
        if got > self.frame_bytes_max {
            return Err(FramingError::FrameTooLarge { got, max: self.frame_bytes_max });
        }
        Ok(Expect::Payload { lane, last, left })
    }

    fn judge_end(&self, length: u32) -> Result<Expect, FramingError> {
        if length != END_CODE_BYTES as u32 {
            return Err(FramingError::ChunkLength { got: length });
        }
        if self.partial.iter().any(|partial| !partial.is_empty()) {
            return Err(FramingError::EndInsideFrame);
        }
        Ok(Expect::EndCode { bytes: [0; END_CODE_BYTES], filled: 0 })
    }

    fn take_payload(&mut self, input: &mut &[u8]) -> Option<Arrived> {
        let Expect::Payload { lane, last, left } = &mut self.expect else { return None };
        let (lane, last) = (*lane, *last);
        let partial = self.partial.of_mut(lane);
        let (taken, rest) = input.split_at((*left).min(input.len()));
        partial.extend_from_slice(taken);
        *input = rest;
        *left -= taken.len();
        if *left > 0 {
            return None;
        }
        self.expect = EXPECT_HEAD;
        last.then(|| Arrived::Frame(lane, std::mem::take(partial)))
    }
}

fn put_chunk(out: &mut Vec<u8>, flags: u8, payload: &[u8]) {
    out.clear();
    // A payload is at most a chunk long, far below 2³².
    out.extend_from_slice(&u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.push(flags);
    out.extend_from_slice(payload);
}

fn chunk_length(length: u32, last: bool) -> Option<usize> {
    let length = usize::try_from(length).ok()?;
    let fits = if last {
        (1..=limits::CHUNK_BYTES_MAX).contains(&length)
    } else {
        length == limits::CHUNK_BYTES_MAX
    };
    fits.then_some(length)
}

/// Moves bytes from `input` until the small field is full, and then gives it.
fn fill<const N: usize>(bytes: &mut [u8; N], filled: &mut usize, input: &mut &[u8]) -> Option<[u8; N]> {
    let empty = bytes.get_mut(*filled..)?;
    let (taken, rest) = input.split_at(empty.len().min(input.len()));
    empty.get_mut(..taken.len())?.copy_from_slice(taken);
    *input = rest;
    *filled += taken.len();
    (*filled == N).then_some(*bytes)
}

const FLAG_LAST: u8 = 0x80;
const FLAG_END: u8 = 0x40;
const END_CODE_BYTES: usize = 2;
const EXPECT_HEAD: Expect = Expect::Head { bytes: [0; CHUNK_HEAD_BYTES], filled: 0 };

#[cfg(test)]
mod tests;
