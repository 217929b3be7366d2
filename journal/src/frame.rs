//! How does one event stand on the disk?
//! Never knows files or offsets: bytes in, bytes out.
//!
//! ```text
//! frame = header(112) block* ;  a block's last four bytes are its checksum
//!
//!   0  16  the segment's random id: no other bytes start like this, so frames can be found behind damage
//!  16   8  sequence
//!  24   8  durable: the offset below which all of the segment was synced when this group was written
//!  32   8  chain head once this frame is there (its own sequence: it joined the chain)
//!  40   4  length of the body in bytes
//!  44  32  event id
//!  76  32  digest
//! 108   4  CRC-32 of bytes 0..108, the frame's *seal*
//! 112      body, in blocks of 16384 bytes (the last one shorter), each followed by
//!          CRC-32 of (seal, number of the block as u32, bytes of the block)
//! ```
//!
//! Numbers are little-endian, CRC-32 is the one of IEEE 802.3. It finds every change of one bit and every
//! burst of up to 32 bits; it is against broken disks, not against forgers. Why blocks: a post to 2,000
//! devices is read 2,000 times in parts, and a part has to be checked without reading the whole. Why the
//! seal in each block: a block that lands in another frame, or at another place of its own, is damage.

use std::ops::Range;

use crate::event::{Digest, EventId, Sequence};

/// The random name of a segment.
pub(crate) type SegmentId = [u8; 16];

/// What a frame says before its body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FrameHeader {
    pub(crate) segment: SegmentId,
    pub(crate) sequence: Sequence,
    /// Offset in the segment. All frames of a group say the same, so that losing the first one loses
    /// nothing.
    pub(crate) durable: u64,
    pub(crate) chain_head: Sequence,
    pub(crate) length: u32,
    pub(crate) id: EventId,
    pub(crate) digest: Digest,
}

impl FrameHeader {
    /// Reads a header; `None` if these bytes are not one.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (mut fields, seal) = bytes.split_last_chunk::<4>()?;
        if bytes.len() != HEADER_BYTES || crc32fast::hash(fields) != u32::from_le_bytes(*seal) {
            return None;
        }
        Some(Self {
            segment: take(&mut fields)?,
            sequence: Sequence(u64::from_le_bytes(take(&mut fields)?)),
            durable: u64::from_le_bytes(take(&mut fields)?),
            chain_head: Sequence(u64::from_le_bytes(take(&mut fields)?)),
            length: u32::from_le_bytes(take(&mut fields)?),
            id: EventId(take(&mut fields)?),
            digest: Digest(take(&mut fields)?),
        })
    }

    /// Writes the frame of `body` behind `out`.
    pub(crate) fn encode(&self, body: &[u8], out: &mut Vec<u8>) {
        let fields = self.fields();
        let seal = Seal(crc32fast::hash(&fields));
        out.extend_from_slice(&fields);
        out.extend_from_slice(&seal.0.to_le_bytes());
        for (number, block) in (0_u32..).zip(body.chunks(BLOCK_BYTES)) {
            out.extend_from_slice(block);
            out.extend_from_slice(&seal.checksum(number, block).to_le_bytes());
        }
    }

    /// What this frame's blocks are checked with.
    pub(crate) fn seal(&self) -> Seal {
        Seal(crc32fast::hash(&self.fields()))
    }

    /// Bytes of the whole frame on the disk.
    pub(crate) fn frame_bytes(&self) -> u64 {
        frame_bytes(self.length.into())
    }

    /// Whether the event joined the chain.
    pub(crate) fn is_chained(&self) -> bool {
        self.chain_head == self.sequence
    }

    fn fields(&self) -> Vec<u8> {
        let mut fields = Vec::with_capacity(HEADER_BYTES);
        fields.extend_from_slice(&self.segment);
        fields.extend_from_slice(&self.sequence.0.to_le_bytes());
        fields.extend_from_slice(&self.durable.to_le_bytes());
        fields.extend_from_slice(&self.chain_head.0.to_le_bytes());
        fields.extend_from_slice(&self.length.to_le_bytes());
        fields.extend_from_slice(&self.id.0);
        fields.extend_from_slice(&self.digest.0);
        fields
    }
}

/// The header's checksum, from which those of the blocks start.
#[derive(Clone, Copy)]
pub(crate) struct Seal(u32);

impl Seal {
    /// The bytes of block `number` if their checksum (the last four of `stored`) is right.
    pub(crate) fn open(self, number: u32, stored: &[u8]) -> Option<&[u8]> {
        let (block, checksum) = stored.split_last_chunk::<4>()?;
        (self.checksum(number, block) == u32::from_le_bytes(*checksum)).then_some(block)
    }

    fn checksum(self, number: u32, block: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.0.to_le_bytes());
        hasher.update(&number.to_le_bytes());
        hasher.update(block);
        hasher.finalize()
    }
}

/// Where the blocks stand that hold a part of a body.
pub(crate) struct Blocks {
    /// Number of the first block.
    pub(crate) first: u32,
    /// Bytes in the frame, from its start.
    pub(crate) stored: Range<u64>,
    /// How many bytes of the first block come before the part.
    pub(crate) skip: u64,
}

/// The blocks that hold `part` of a body of `length` bytes. `part` must lie within the body.
pub(crate) fn blocks(part: &Range<u64>, length: u32) -> Blocks {
    let block = BLOCK_BYTES as u64;
    let first = part.start / block;
    // An empty part needs no block, except that its start has to be somewhere.
    let behind_last = if part.is_empty() { first } else { part.end.div_ceil(block) };
    let stored = first * STORED_BLOCK_BYTES..behind_last * STORED_BLOCK_BYTES;
    let frame_end = frame_bytes(length.into());
    let at = |offset: u64| (HEADER_BYTES as u64 + offset).min(frame_end);
    Blocks {
        first: u32::try_from(first).unwrap_or(u32::MAX),
        stored: at(stored.start)..at(stored.end),
        skip: part.start % block,
    }
}

/// Bytes on the disk of a frame with a body of `length` bytes.
pub(crate) fn frame_bytes(length: u64) -> u64 {
    HEADER_BYTES as u64 + length + length.div_ceil(BLOCK_BYTES as u64) * CHECKSUM_BYTES
}

/// Takes the next `N` bytes off `bytes`.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

/// Bytes of a frame before its body.
pub(crate) const HEADER_BYTES: usize = 112;

/// A part is read in whole blocks: four pages, so that reading one wrap of a post costs one small read,
/// and checksums take 1/4096 of the disk.
pub(crate) const BLOCK_BYTES: usize = 16 * 1024;

/// A block with its checksum.
pub(crate) const STORED_BLOCK_BYTES: u64 = BLOCK_BYTES as u64 + CHECKSUM_BYTES;

const CHECKSUM_BYTES: u64 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn header(length: u32) -> FrameHeader {
        FrameHeader {
            segment: [7; 16],
            sequence: Sequence(3),
            durable: 1024,
            chain_head: Sequence(2),
            length,
            id: EventId([1; 32]),
            digest: Digest([2; 32]),
        }
    }

    #[test]
    fn a_header_is_read_back_and_any_flipped_bit_refused() {
        let mut bytes = Vec::new();
        header(0).encode(b"", &mut bytes);
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(FrameHeader::decode(&bytes), Some(header(0)));
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::decode(&bad), None, "bit {bit}");
        }
        assert_eq!(FrameHeader::decode(&bytes[..HEADER_BYTES - 1]), None);
        bytes.push(0);
        assert_eq!(FrameHeader::decode(&bytes), None);
    }

    /// These bytes are on disks; if this test has to change, the format's version has to.
    #[test]
    fn frozen_bytes() {
        let mut bytes = Vec::new();
        header(3).encode(b"abc", &mut bytes);
        assert_eq!(bytes.len() as u64, frame_bytes(3));
        assert_eq!(bytes[..16], [7; 16]);
        assert_eq!(bytes[16..24], 3_u64.to_le_bytes());
        assert_eq!(bytes[24..32], 1024_u64.to_le_bytes());
        assert_eq!(bytes[32..40], 2_u64.to_le_bytes());
        assert_eq!(bytes[40..44], 3_u32.to_le_bytes());
        assert_eq!(bytes[44..76], [1; 32]);
        assert_eq!(bytes[76..108], [2; 32]);
        assert_eq!(bytes[112..115], *b"abc");
        assert_eq!((&bytes[108..112], &bytes[115..]), FROZEN);
    }

    /// Computed with Python's `zlib.crc32` over the bytes above.
    const FROZEN: (&[u8], &[u8]) = (&[65, 145, 55, 186], &[176, 107, 43, 149]);

    #[test]
    fn a_block_is_bound_to_its_frame_and_its_number() {
        let body = vec![9_u8; BLOCK_BYTES * 2];
        let mut bytes = Vec::new();
        header(body.len() as u32).encode(&body, &mut bytes);
        let stored = STORED_BLOCK_BYTES as usize;
        let (first, second) = bytes[HEADER_BYTES..].split_at(stored);
        let seal = header(body.len() as u32).seal();
        assert_eq!(seal.open(0, first), Some(&body[..BLOCK_BYTES]));
        assert_eq!(seal.open(1, second), Some(&body[BLOCK_BYTES..]));
        assert_eq!(seal.open(1, first), None);
        assert_eq!(header(1).seal().open(0, first), None);
        assert_eq!(seal.open(0, &first[..3]), None);
    }

    #[test]
    fn blocks_of_a_part() {
        let block = BLOCK_BYTES as u64;
        let length = BLOCK_BYTES as u32 * 2 + 5;
        let of = |part| {
            let Blocks { first, stored, skip } = blocks(&part, length);
            (first, stored.start - 112, stored.end - 112, skip)
        };
        assert_eq!(of(0..1), (0, 0, block + 4, 0));
        assert_eq!(of(0..block), (0, 0, block + 4, 0));
        assert_eq!(of(block - 1..block + 1), (0, 0, 2 * (block + 4), block - 1));
        assert_eq!(of(2 * block + 1..2 * block + 5), (2, 2 * (block + 4), 2 * (block + 4) + 9, 1));
        assert_eq!(of(block..block), (1, block + 4, block + 4, 0));
    }
}
