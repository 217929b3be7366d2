//! Which segments are there, and where does each of them end?
//! Never knows what the events are, nor changes a file.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::event::Sequence;
use crate::segment::directory::{Directory, file_name};
use crate::segment::heading::{HEADING_BYTES, Heading, HeadingError, SegmentName, Series};
use crate::segment::report::OpenError;
use crate::segment::scan::{Scan, scan};
use crate::segment::tail::Previous;

/// A segment file, its heading read.
pub(crate) struct Segment {
    pub(crate) name: SegmentName,
    pub(crate) len: u64,
    /// `None` if it cannot be read: then no frame of this file can be told from chance.
    pub(crate) heading: Option<Heading>,
    /// What is damaged of the heading.
    pub(crate) bad_heading: Option<Range<u64>>,
    /// Where it ends, by the word of the segment that came after it; of copies, by their own.
    pub(crate) closed_at: Option<u64>,
}

/// How the last segment of a series is closed.
pub(crate) struct Closing {
    /// Where it ends from now on. What lies behind is either carried or torn.
    pub(crate) end: u64,
    /// From here on frames may be in the page cache only, and are copied.
    pub(crate) durable: u64,
    pub(crate) torn: Option<Range<u64>>,
}

/// Reads the headings of all segments of a series.
pub(crate) fn survey(directory: &Directory, series: Series) -> Result<Vec<Segment>, OpenError> {
    let ordinals = directory.ordinals(series).map_err(|source| directory.refused(source))?;
    let mut segments = Vec::with_capacity(ordinals.len());
    for ordinal in ordinals {
        segments.push(Segment::look_at(directory, SegmentName { series, ordinal })?);
    }
    if series == Series::Kept {
        return Ok(segments);
    }
    let mut newer = None;
    for segment in segments.iter_mut().rev() {
        let after = newer.replace(segment.heading.clone()).flatten();
        segment.closed_at = after.filter(|after| segment.is_before(after)).map(|after| after.previous_end);
    }
    Ok(segments)
}

impl Segment {
    fn look_at(directory: &Directory, name: SegmentName) -> Result<Self, OpenError> {
        let path = directory.segment(name);
        let (len, front) = front(&path).map_err(|source| directory.refused(source))?;
        let (heading, bad_heading) = match Heading::read(&front) {
            // A file under another's name would give sequences twice.
            Ok((heading, bad)) if heading.is_of(name) => (Some(heading), bad),
            Ok(_) | Err(HeadingError::Damaged) => (None, None),
            Err(HeadingError::UnknownFormat) => return Err(OpenError::UnknownFormat { path }),
            Err(HeadingError::UnknownVersion(version)) => {
                return Err(OpenError::UnknownVersion { path, version });
            }
        };
        // A segment of copies is whole when it gets its name.
        let closed_at = heading.as_ref().filter(|_| name.series == Series::Kept).map(|heading| heading.born);
        Ok(Self { name, len, heading, bad_heading, closed_at })
    }

    pub(crate) fn file_name(&self) -> String {
        file_name(self.name)
    }

    /// Reads all frames. What is missing at the end counts as bad.
    pub(crate) fn scan(&self, directory: &Directory) -> io::Result<Scan> {
        let Some(heading) = &self.heading else {
            return Ok(Scan { frames: Vec::new(), bad: std::iter::once(0..self.len).collect() });
        };
        let file = File::open(directory.segment(self.name))?;
        let end = self.closed_at.unwrap_or(self.len).min(self.len);
        let mut found = scan(&file, end, heading.id, self.name.series)?;
        let promised = self.closed_at.unwrap_or(heading.born);
        if end < promised {
            let start = found.bad.pop_if(|bad| bad.end == end).map_or(end, |bad| bad.start);
            found.bad.push(start..promised);
        }
        found.bad.splice(0..0, self.bad_heading.clone());
        Ok(found)
    }

    /// Decides where the last segment ends. Damage above the durable offset with no whole frame behind it
    /// is a torn tail, and leaves `scan`; any other damage stays there, and in the file.
    pub(crate) fn close(&self, scan: &mut Scan) -> Closing {
        let Some(heading) = &self.heading else {
            return Closing { end: self.len, durable: self.len, torn: None };
        };
        let durable = scan.frames.iter().map(|found| found.header.durable).fold(heading.born, u64::max);
        let torn = scan.bad.pop_if(|bad| bad.end == self.len && bad.start >= durable);
        let whole_end = torn.as_ref().map_or(self.len, |torn| torn.start);
        let damaged_above = scan.bad.iter().any(|bad| bad.end > durable);
        // Frames above `durable` are superseded by their copies; damage there must stay to be seen.
        let end = if damaged_above { whole_end } else { durable };
        Closing { end, durable, torn }
    }

    /// What the next segment says of this one.
    pub(crate) fn as_previous(&self, end: u64) -> Previous {
        let id = self.heading.as_ref().map_or([0; 16], |heading| heading.id);
        Previous { ordinal: self.name.ordinal, id, end }
    }

    /// The lowest sequence that may stand here, if that is known.
    pub(crate) fn first(&self) -> Option<Sequence> {
        self.heading.as_ref().map(|heading| heading.first)
    }

    fn is_before(&self, after: &Heading) -> bool {
        self.heading.as_ref().is_some_and(|heading| heading.id == after.previous)
    }
}

impl Heading {
    fn is_of(&self, name: SegmentName) -> bool {
        self.series == name.series && self.ordinal == name.ordinal
    }
}

/// The length of a file, and as much of a heading as there is.
fn front(path: &Path) -> io::Result<(u64, Vec<u8>)> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut front = vec![0; usize::try_from(len.min(HEADING_BYTES)).unwrap_or_default()];
    file.read_exact_at(&mut front, 0)?;
    Ok((len, front))
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one bad range is one range")]
mod tests {
    use super::*;
    use crate::event::{Digest, EventId};
    use crate::frame::FrameHeader;
    use crate::segment::scan::Found;

    fn segment(len: u64, born: u64) -> Segment {
        let heading = Heading {
            series: Series::Events,
            id: [1; 16],
            ordinal: 1,
            first: Sequence(1),
            next: Sequence(1),
            chain_head: Sequence::NONE,
            born,
            previous: [0; 16],
            previous_end: 0,
        };
        let heading = Some(heading);
        let name = SegmentName { series: Series::Events, ordinal: 1 };
        Segment { name, len, heading, bad_heading: None, closed_at: None }
    }

    /// Frames of 112 bytes at these offsets, with these durable marks.
    fn found(frames: &[(u64, u64)], bad: &[Range<u64>]) -> Scan {
        let frames = frames.iter().map(|&(offset, durable)| Found {
            offset,
            header: FrameHeader {
                segment: [1; 16],
                sequence: Sequence(offset),
                durable,
                chain_head: Sequence::NONE,
                length: 0,
                id: EventId([0; 32]),
                digest: Digest([0; 32]),
            },
        });
        Scan { frames: frames.collect(), bad: bad.to_vec() }
    }

    #[test]
    fn without_damage_it_closes_at_the_durable_offset() {
        let mut scan = found(&[(1024, 1024), (1136, 1136)], &[]);
        let closing = segment(1248, 1024).close(&mut scan);
        assert_eq!((closing.end, closing.durable, closing.torn), (1136, 1136, None));
    }

    #[test]
    fn damage_at_the_end_above_the_durable_offset_is_torn() {
        let mut scan = found(&[(1024, 1024), (1136, 1136)], &[1248..1300]);
        let closing = segment(1300, 1024).close(&mut scan);
        assert_eq!((closing.end, closing.durable, closing.torn), (1136, 1136, Some(1248..1300)));
        assert!(scan.bad.is_empty());
    }

    #[test]
    fn damage_below_the_durable_offset_is_not_torn_but_the_rest_is_closed_as_usual() {
        let mut scan = found(&[(1136, 1136)], &[1024..1136]);
        let closing = segment(1248, 1024).close(&mut scan);
        assert_eq!((closing.end, closing.torn), (1136, None));
        assert_eq!(scan.bad.len(), 1);
    }

    #[test]
    fn damage_before_a_whole_frame_of_the_last_group_is_kept_where_it_is() {
        let mut scan = found(&[(1024, 1024), (1248, 1136)], &[1136..1248, 1360..1400]);
        let closing = segment(1400, 1024).close(&mut scan);
        assert_eq!((closing.end, closing.durable, closing.torn), (1360, 1136, Some(1360..1400)));
        assert_eq!(scan.bad.len(), 1);
    }

    #[test]
    fn damage_to_what_was_there_at_birth_is_never_torn() {
        let mut scan = found(&[], &[1024..1200]);
        let closing = segment(1200, 1200).close(&mut scan);
        assert_eq!((closing.end, closing.torn), (1200, None));
        assert_eq!(scan.bad.len(), 1);
    }
}
