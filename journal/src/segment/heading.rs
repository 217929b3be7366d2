//! What does a segment file say about itself?
//! Never knows what its frames hold, nor how a file is opened.
//!
//! ```text
//! heading = copy(512) copy(512) ;  two, so that one bad sector does not hide a segment
//!
//!   0   8  "LIAISONJ"
//!   8   4  version, 2; in 1 there were no copies, and no mark had a body
//!  12   4  series: 1 = events, 2 = released marks, 3 = events copied forward
//!  16  16  random id of the segment
//!  32   8  ordinal: the segment's place in its series
//!  40   8  first: the lowest sequence that may stand in it
//!  48   8  next: the sequence of the first event that was new to the log here; of copies, the one behind the
//!         highest of them
//!  56   8  chain head at its birth
//!  64   8  born: the offset below which all was synced before the file got its name
//!  72  16  id of the segment before
//!  88   8  end of the segment before: what lies behind that is superseded by this segment
//!  96 412  zero
//! 508   4  CRC-32 of bytes 0..508
//! ```

use std::ops::{Range, RangeInclusive};

use crate::event::Sequence;
use crate::frame::{SegmentId, take};

/// The three kinds of segment files in a directory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Series {
    /// The events.
    Events,
    /// One frame without a body for each released event, with the event's sequence, id and digest: what must
    /// be remembered when its segment is gone. Its chain head is its own sequence if the event had joined the
    /// chain, else 0.
    Released,
    /// Events that outlived their segment, copied as they were, in ascending order. Whole from its birth, and never
    /// written again.
    Kept,
}

/// One segment file: its series, and its place there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SegmentName {
    pub(crate) series: Series,
    pub(crate) ordinal: u64,
}

/// The checked content of a heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Heading {
    pub(crate) series: Series,
    pub(crate) id: SegmentId,
    pub(crate) ordinal: u64,
    pub(crate) first: Sequence,
    pub(crate) next: Sequence,
    pub(crate) chain_head: Sequence,
    pub(crate) born: u64,
    pub(crate) previous: SegmentId,
    pub(crate) previous_end: u64,
}

/// Why a heading was not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HeadingError {
    /// Both copies are damaged.
    Damaged,
    /// Both copies agree on being something else.
    UnknownFormat,
    /// Both copies agree on a version that came after this program.
    UnknownVersion(u32),
}

impl Heading {
    /// Reads the start of a file; also says which bytes of the heading are damaged (at most one copy).
    ///
    /// A stranger's file is told from a damaged one of ours by both copies agreeing on what they are:
    /// damage does not write the same thing twice, except zeros.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Option<Range<u64>>), HeadingError> {
        let (one, two) = bytes.split_at_checked(COPY_BYTES).ok_or(HeadingError::Damaged)?;
        match (Self::decode(one), two.get(..COPY_BYTES).and_then(Self::decode)) {
            (Some(heading), Some(same)) if heading == same => Ok((heading, None)),
            (Some(heading), _) => Ok((heading, Some(COPY_BYTES as u64..HEADING_BYTES))),
            (None, Some(heading)) => Ok((heading, Some(0..COPY_BYTES as u64))),
            (None, None) => Err(stranger(one, two)),
        }
    }

    /// The bytes of the heading.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut copy = Vec::with_capacity(HEADING_BYTES as usize);
        copy.extend_from_slice(MAGIC);
        copy.extend_from_slice(&VERSIONS.end().to_le_bytes());
        copy.extend_from_slice(&self.series.tag().to_le_bytes());
        copy.extend_from_slice(&self.id);
        for number in [self.ordinal, self.first.0, self.next.0, self.chain_head.0, self.born] {
            copy.extend_from_slice(&number.to_le_bytes());
        }
        copy.extend_from_slice(&self.previous);
        copy.extend_from_slice(&self.previous_end.to_le_bytes());
        copy.resize(COPY_BYTES - 4, 0);
        copy.extend_from_slice(&crc32fast::hash(&copy).to_le_bytes());
        copy.extend_from_within(..);
        copy
    }

    fn decode(copy: &[u8]) -> Option<Self> {
        let (mut fields, checksum) = copy.split_last_chunk::<4>()?;
        if crc32fast::hash(fields) != u32::from_le_bytes(*checksum) {
            return None;
        }
        let (magic, version) = (take(&mut fields)?, number_32(&mut fields)?);
        if &magic != MAGIC || !VERSIONS.contains(&version) {
            return None;
        }
        Some(Self {
            series: Series::of(number_32(&mut fields)?)?,
            id: take(&mut fields)?,
            ordinal: number_64(&mut fields)?,
            first: Sequence(number_64(&mut fields)?),
            next: Sequence(number_64(&mut fields)?),
            chain_head: Sequence(number_64(&mut fields)?),
            born: number_64(&mut fields)?,
            previous: take(&mut fields)?,
            previous_end: number_64(&mut fields)?,
        })
    }
}

impl Series {
    pub(crate) const ALL: [Self; 3] = [Self::Events, Self::Released, Self::Kept];

    fn of(tag: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|series| series.tag() == tag)
    }

    fn tag(self) -> u32 {
        match self {
            Self::Events => 1,
            Self::Released => 2,
            Self::Kept => 3,
        }
    }
}

fn stranger(mut one: &[u8], mut two: &[u8]) -> HeadingError {
    let kind = |copy: &mut &[u8]| Some((take::<8>(copy)?, number_32(copy)?));
    match (kind(&mut one), kind(&mut two)) {
        (Some((magic, version)), Some(same)) if (magic, version) == same => match (&magic, version) {
            (MAGIC, known) if VERSIONS.contains(&known) => HeadingError::Damaged,
            (&NOTHING, 0) => HeadingError::Damaged,
            (MAGIC, newer) => HeadingError::UnknownVersion(newer),
            _ => HeadingError::UnknownFormat,
        },
        _ => HeadingError::Damaged,
    }
}

fn number_32(bytes: &mut &[u8]) -> Option<u32> {
    take(bytes).map(u32::from_le_bytes)
}

fn number_64(bytes: &mut &[u8]) -> Option<u64> {
    take(bytes).map(u64::from_le_bytes)
}

/// Where the first frame stands.
pub(crate) const HEADING_BYTES: u64 = 2 * COPY_BYTES as u64;

/// A sector: the two copies fail apart.
const COPY_BYTES: usize = 512;

const MAGIC: &[u8; 8] = b"LIAISONJ";
/// Those that are read; the last one is written.
const VERSIONS: RangeInclusive<u32> = 1..=2;
const NOTHING: [u8; 8] = [0; 8];

#[cfg(test)]
mod tests {
    use super::*;

    fn heading() -> Heading {
        Heading {
            series: Series::Released,
            id: [1; 16],
            ordinal: 2,
            first: Sequence(3),
            next: Sequence(4),
            chain_head: Sequence(5),
            born: 6,
            previous: [7; 16],
            previous_end: 8,
        }
    }

    /// Both copies with these bytes in front.
    fn twice(front: &[u8]) -> Vec<u8> {
        let mut bytes = heading().encode();
        bytes[..front.len()].copy_from_slice(front);
        bytes[COPY_BYTES..][..front.len()].copy_from_slice(front);
        bytes
    }

    #[test]
    fn is_read_back() {
        assert_eq!(heading().encode().len() as u64, HEADING_BYTES);
        assert_eq!(Heading::read(&heading().encode()), Ok((heading(), None)));
        for series in Series::ALL {
            let other = Heading { series, ..heading() };
            assert_eq!(Heading::read(&other.encode()), Ok((other, None)));
        }
    }

    #[test]
    fn the_first_version_is_still_read() {
        let mut bytes = twice(b"LIAISONJ\x01\0\0\0");
        for copy in bytes.chunks_mut(COPY_BYTES) {
            let checksum = crc32fast::hash(&copy[..COPY_BYTES - 4]);
            copy[COPY_BYTES - 4..].copy_from_slice(&checksum.to_le_bytes());
        }
        assert_eq!(Heading::read(&bytes), Ok((heading(), None)));
    }

    #[test]
    fn any_flipped_bit_is_named_and_survived() {
        for bit in 0..HEADING_BYTES as usize * 8 {
            let mut bytes = heading().encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let damaged = if bit < COPY_BYTES * 8 { 0..512 } else { 512..1024 };
            assert_eq!(Heading::read(&bytes), Ok((heading(), Some(damaged))), "bit {bit}");
        }
    }

    #[test]
    fn two_bad_copies_are_damage() {
        let mut bytes = heading().encode();
        bytes[20] ^= 1;
        bytes[520] ^= 1;
        assert_eq!(Heading::read(&bytes), Err(HeadingError::Damaged));
        assert_eq!(Heading::read(&[0; 1024]), Err(HeadingError::Damaged));
        assert_eq!(Heading::read(b"short"), Err(HeadingError::Damaged));
    }

    #[test]
    fn strangers_are_refused() {
        assert_eq!(Heading::read(&twice(b"SQLite f")), Err(HeadingError::UnknownFormat));
        assert_eq!(Heading::read(&twice(b"LIAISONJ\x03\0\0\0")), Err(HeadingError::UnknownVersion(3)));
    }
}
