//! What are the bytes of the frame that stands here?
//! Never knows which frame was wanted by whom, nor what to do about damage.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::event::Sequence;
use crate::frame::{
    BLOCK_BYTES, Blocks, FrameHeader, HEADER_BYTES, STORED_BLOCK_BYTES, SegmentId, blocks, frame_bytes,
};
use crate::segment::heading::SegmentName;

/// Where a frame stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    pub(crate) segment: SegmentName,
    pub(crate) offset: u64,
    /// Bytes of its body.
    pub(crate) length: u32,
}

impl Position {
    /// Bytes of the whole frame on the disk.
    pub(crate) fn frame_bytes(&self) -> u64 {
        frame_bytes(self.length.into())
    }
}

/// The header at `offset`, or `None` if it is not the one that was written for `sequence`.
pub(crate) fn header(
    file: &File,
    offset: u64,
    segment: &SegmentId,
    sequence: Sequence,
) -> io::Result<Option<FrameHeader>> {
    let bytes = exactly(file, offset, HEADER_BYTES)?;
    let header = bytes.as_deref().and_then(FrameHeader::decode);
    Ok(header.filter(|header| header.segment == *segment && header.sequence == sequence))
}

/// The bytes `part` of the body behind `header` at `offset`, or `None` if a block that holds some of them
/// is damaged. Only these blocks are read.
pub(crate) fn body(
    file: &File,
    offset: u64,
    header: &FrameHeader,
    part: &Range<u64>,
) -> io::Result<Option<Vec<u8>>> {
    let Blocks { first, stored, skip } = blocks(part, header.length);
    let count = usize::try_from(stored.end.saturating_sub(stored.start)).unwrap_or(usize::MAX);
    let Some(stored) = exactly(file, offset.saturating_add(stored.start), count)? else { return Ok(None) };
    let seal = header.seal();
    let mut bytes = Vec::with_capacity(stored.len());
    for (number, block) in (first..).zip(stored.chunks(STORED_BLOCK_BYTES as usize)) {
        let Some(block) = seal.open(number, block) else { return Ok(None) };
        bytes.extend_from_slice(block);
    }
    bytes.drain(..bytes.len().min(skip as usize));
    bytes.truncate(usize::try_from(part.end.saturating_sub(part.start)).unwrap_or(usize::MAX));
    Ok(Some(bytes))
}

/// `count` bytes, or `None` if the file ends before.
fn exactly(file: &File, offset: u64, count: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; count];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

// `skip` is below the size of a block.
const _: () = assert!(BLOCK_BYTES < u32::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Digest, EventId};

    const SEGMENT: SegmentId = [3; 16];

    /// A file with one frame at offset 5.
    fn frame(body: &[u8]) -> File {
        let header = FrameHeader {
            segment: SEGMENT,
            sequence: Sequence(1),
            durable: 0,
            chain_head: Sequence::NONE,
            length: body.len() as u32,
            id: EventId([0; 32]),
            digest: Digest([0; 32]),
        };
        let mut bytes = vec![0; 5];
        header.encode(body, &mut bytes);
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&bytes, 0).unwrap();
        file
    }

    #[test]
    fn every_kind_of_part() {
        let whole: Vec<u8> = (0..40_000_u32).map(|n| (n % 251) as u8).collect();
        let file = frame(&whole);
        let header = header(&file, 5, &SEGMENT, Sequence(1)).unwrap().unwrap();
        let edges = [0, 1, 16_383, 16_384, 16_385, 32_768, 39_999, 40_000];
        for start in edges {
            for end in edges.into_iter().filter(|&end| end >= start) {
                let part = body(&file, 5, &header, &(start..end)).unwrap();
                assert_eq!(part.unwrap(), whole[start as usize..end as usize], "{start}..{end}");
            }
        }
    }

    #[test]
    fn damage_in_one_block_leaves_the_others_readable() {
        let file = frame(&[1; 40_000]);
        let header = header(&file, 5, &SEGMENT, Sequence(1)).unwrap().unwrap();
        file.write_all_at(&[0], 5 + 112 + 20_000).unwrap();
        let mut readable = |part: Range<u64>| body(&file, 5, &header, &part).unwrap().is_some();
        assert_eq!(
            [0..16_384, 32_768..40_000, 16_000..17_000, 0..40_000].map(&mut readable),
            [true, true, false, false]
        );
        file.set_len(30_000).unwrap();
        assert!(!readable(32_768..40_000));
    }

    #[test]
    fn only_the_header_that_was_wanted() {
        let file = frame(b"");
        let is_there = |offset, segment, sequence| {
            header(&file, offset, &segment, Sequence(sequence)).unwrap().is_some()
        };
        assert!(is_there(5, SEGMENT, 1));
        assert!(!is_there(5, SEGMENT, 2));
        assert!(!is_there(5, [0; 16], 1));
        assert!(!is_there(4, SEGMENT, 1));
        assert!(!is_there(6, SEGMENT, 1));
    }
}
