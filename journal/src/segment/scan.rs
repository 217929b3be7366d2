//! Which frames of a segment are whole, and where is damage?
//! Never knows what follows from it: neither torn tails nor sequences that are lost.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use crate::event::Sequence;
use crate::frame::{BLOCK_BYTES, FrameHeader, HEADER_BYTES, STORED_BLOCK_BYTES, SegmentId};
use crate::segment::heading::{HEADING_BYTES, SegmentName, Series};
use crate::segment::reading::Position;

/// What was found in a segment, in order.
#[derive(Default)]
pub(crate) struct Scan {
    pub(crate) frames: Vec<Found>,
    /// Everything that is not a whole frame. No two of these touch.
    pub(crate) bad: Vec<Range<u64>>,
}

/// A whole frame: header and body are as they were written.
pub(crate) struct Found {
    pub(crate) offset: u64,
    pub(crate) header: FrameHeader,
}

impl Found {
    /// Where it stands in the segment that was scanned.
    pub(crate) fn position(&self, segment: SegmentName) -> Position {
        Position { segment, offset: self.offset, length: self.header.length }
    }

    /// The offset behind the frame.
    pub(crate) fn end(&self) -> u64 {
        self.offset.saturating_add(self.header.frame_bytes())
    }
}

/// Reads the frames of a segment up to the offset `end`: every byte once, those of damaged frames once
/// more in search of the next whole one.
pub(crate) fn scan(file: &File, end: u64, segment: SegmentId, series: Series) -> io::Result<Scan> {
    let mut scanner = Scanner { window: Window::new(file, end), segment, series, last: Sequence::NONE };
    let mut scan = Scan::default();
    let mut offset = HEADING_BYTES;
    while offset < end {
        let found = match scanner.frame(offset)? {
            Some(header) => Some(Found { offset, header }),
            None => scanner.frame_behind(offset)?,
        };
        let start = found.as_ref().map_or(end, |found| found.offset);
        if start > offset {
            scan.bad.push(offset..start);
        }
        let Some(found) = found else { break };
        offset = found.end();
        scanner.last = found.header.sequence;
        scan.frames.push(found);
    }
    Ok(scan)
}

struct Scanner<'a> {
    window: Window<'a>,
    segment: SegmentId,
    series: Series,
    last: Sequence,
}

impl Scanner<'_> {
    /// The frame at `offset`, if header and body are whole.
    fn frame(&mut self, offset: u64) -> io::Result<Option<FrameHeader>> {
        let header = self.window.at(offset, HEADER_BYTES)?.and_then(FrameHeader::decode);
        let Some(header) = header.filter(|header| self.belongs(header, offset)) else { return Ok(None) };
        let body = offset.saturating_add(HEADER_BYTES as u64);
        Ok(self.body_is_whole(&header, body)?.then_some(header))
    }

    /// The first whole frame that starts behind `offset`. Only this segment's random id starts one, so no
    /// content, and no sender who chose it, can look like a frame here.
    fn frame_behind(&mut self, mut offset: u64) -> io::Result<Option<Found>> {
        while let Some(start) = self.window.find(&self.segment, offset.saturating_add(1))? {
            if let Some(header) = self.frame(start)? {
                return Ok(Some(Found { offset: start, header }));
            }
            offset = start;
        }
        Ok(None)
    }

    /// Whether this header can stand here: sequences of events ascend, marks come in any order.
    fn belongs(&self, header: &FrameHeader, offset: u64) -> bool {
        let ascends = self.series == Series::Released || header.sequence > self.last;
        header.segment == self.segment && header.durable <= offset && ascends
    }

    fn body_is_whole(&mut self, header: &FrameHeader, mut offset: u64) -> io::Result<bool> {
        let seal = header.seal();
        let mut left = header.length as usize;
        let mut number = 0;
        while left > 0 {
            let bytes = left.min(BLOCK_BYTES);
            let stored = self.window.at(offset, bytes + CHECKSUM_BYTES)?;
            if stored.and_then(|stored| seal.open(number, stored)).is_none() {
                return Ok(false);
            }
            left -= bytes;
            number += 1;
            offset = offset.saturating_add(STORED_BLOCK_BYTES);
        }
        Ok(true)
    }
}

/// A piece of the file in memory, so that a scan reads in large steps and holds no event whole.
struct Window<'a> {
    file: &'a File,
    end: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl<'a> Window<'a> {
    fn new(file: &'a File, end: u64) -> Self {
        Self { file, end, start: 0, bytes: Vec::new() }
    }

    /// `count` bytes at `offset`, or `None` if the segment ends before.
    fn at(&mut self, offset: u64, count: usize) -> io::Result<Option<&[u8]>> {
        if self.held(offset).len() < count {
            self.fill(offset)?;
        }
        Ok(self.held(offset).get(..count))
    }

    /// Where `needle` stands next, at `offset` or behind it.
    fn find(&mut self, needle: &[u8], mut offset: u64) -> io::Result<Option<u64>> {
        while self.at(offset, needle.len())?.is_some() {
            let held = self.held(offset);
            if let Some(place) = held.windows(needle.len()).position(|bytes| bytes == needle) {
                return Ok(Some(offset.saturating_add(place as u64)));
            }
            // It may begin at the end of what is held.
            let searched = held.len().saturating_sub(needle.len()).saturating_add(1);
            offset = offset.saturating_add(searched as u64);
        }
        Ok(None)
    }

    fn held(&self, offset: u64) -> &[u8] {
        let skip = offset.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.bytes.get(skip..)).unwrap_or(&[])
    }

    fn fill(&mut self, offset: u64) -> io::Result<()> {
        let wanted = self.end.saturating_sub(offset).min(WINDOW_BYTES);
        self.bytes.resize(usize::try_from(wanted).unwrap_or(usize::MAX), 0);
        self.start = offset;
        let mut filled = 0;
        while let Some(rest) = self.bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.bytes.truncate(filled);
        Ok(())
    }
}

/// Large enough that the disk reads in sequence, small enough for any machine; must hold a block.
const WINDOW_BYTES: u64 = 256 * 1024;
const CHECKSUM_BYTES: usize = 4;
const _: () = assert!(WINDOW_BYTES > STORED_BLOCK_BYTES);

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one bad range is one range")]
mod tests {
    use super::*;
    use crate::event::{Digest, EventId};

    const SEGMENT: SegmentId = *b"0123456789abcdef";

    /// A segment without heading whose frames have these sequences and body lengths.
    fn segment(frames: &[(u64, usize)]) -> Vec<u8> {
        let mut bytes = vec![0; HEADING_BYTES as usize];
        for &(sequence, length) in frames {
            let header = FrameHeader {
                segment: SEGMENT,
                sequence: Sequence(sequence),
                durable: HEADING_BYTES,
                chain_head: Sequence::NONE,
                length: length as u32,
                id: EventId([0; 32]),
                digest: Digest([0; 32]),
            };
            header.encode(&vec![sequence as u8; length], &mut bytes);
        }
        bytes
    }

    fn scanned(bytes: &[u8], series: Series) -> (Vec<u64>, Vec<Range<u64>>) {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(bytes, 0).unwrap();
        let scan = scan(&file, bytes.len() as u64, SEGMENT, series).unwrap();
        (scan.frames.iter().map(|found| found.header.sequence.0).collect(), scan.bad)
    }

    #[test]
    fn finds_all_frames_and_nothing_else() {
        let bytes = segment(&[(1, 0), (2, 700_000), (3, 1)]);
        assert_eq!(scanned(&bytes, Series::Events), (vec![1, 2, 3], vec![]));
        assert_eq!(scanned(&segment(&[]), Series::Events), (vec![], vec![]));
    }

    #[test]
    fn goes_on_behind_damage() {
        let mut bytes = segment(&[(1, 10), (2, 700_000), (3, 1), (4, 1)]);
        let second = HEADING_BYTES as usize + 112 + 14;
        let third = bytes.len() - 2 * 117;
        for damaged in [second, second + 50, second + 112, second + 500_000, third - 1] {
            bytes[damaged] ^= 1;
            let expected = (vec![1, 3, 4], vec![second as u64..third as u64]);
            assert_eq!(scanned(&bytes, Series::Events), expected, "byte {damaged}");
            bytes[damaged] ^= 1;
        }
        bytes[second] ^= 1;
        bytes[third] ^= 1;
        assert_eq!(scanned(&bytes, Series::Events).1, [second as u64..third as u64 + 117]);
    }

    #[test]
    fn a_cut_frame_is_bad_to_the_end() {
        let bytes = segment(&[(1, 10), (2, 40_000)]);
        let second = HEADING_BYTES + 126;
        for cut in [second as usize + 1, second as usize + 112, bytes.len() - 1] {
            assert_eq!(scanned(&bytes[..cut], Series::Events), (vec![1], vec![second..cut as u64]));
        }
    }

    #[test]
    fn sequences_of_events_ascend_and_those_of_marks_need_not() {
        let bytes = segment(&[(2, 0), (1, 0), (3, 0)]);
        assert_eq!(scanned(&bytes, Series::Events).0, [2, 3]);
        assert_eq!(scanned(&bytes, Series::Released).0, [2, 1, 3]);
    }

    #[test]
    fn a_frame_that_cannot_have_been_written_here_is_not_one_of_ours() {
        let behind_itself = HEADING_BYTES + 113;
        for (segment_id, durable) in [([1; 16], 0), (SEGMENT, behind_itself)] {
            let mut bytes = segment(&[(1, 0)]);
            let other = FrameHeader {
                segment: segment_id,
                sequence: Sequence(2),
                durable,
                chain_head: Sequence::NONE,
                length: 0,
                id: EventId([0; 32]),
                digest: Digest([0; 32]),
            };
            other.encode(b"", &mut bytes);
            assert_eq!(scanned(&bytes, Series::Events).0, [1]);
        }
    }
}
