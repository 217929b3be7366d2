//! Where does the next group of frames go?
//! Never knows what is known of older segments, nor what to do when the disk refuses.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::event::{Digest, EventId, Sequence};
use crate::frame::{FrameHeader, SegmentId, frame_bytes};
use crate::segment::directory::Directory;
use crate::segment::heading::{HEADING_BYTES, Heading, SegmentName, Series};
use crate::segment::reading::Position;

/// The one segment of a series that is written. It was made by this process: a segment that was open when
/// an earlier process ended is never written again.
pub(crate) struct Tail {
    name: SegmentName,
    id: SegmentId,
    file: File,
    /// The offset below which all is synced, and where the next group starts.
    end: u64,
    segment_bytes_max: u64,
}

/// What goes into a frame.
pub(crate) struct Record<'a> {
    pub(crate) sequence: Sequence,
    pub(crate) chain_head: Sequence,
    pub(crate) id: EventId,
    pub(crate) digest: Digest,
    pub(crate) body: &'a [u8],
}

/// How far the log is when a segment is born.
#[derive(Clone, Copy)]
pub(crate) struct Heads {
    pub(crate) head: Sequence,
    pub(crate) chain_head: Sequence,
}

/// The segment before the one that is born.
#[derive(Clone, Copy)]
pub(crate) struct Previous {
    pub(crate) ordinal: u64,
    pub(crate) id: SegmentId,
    pub(crate) end: u64,
}

/// What a segment is born with.
pub(crate) struct Birth {
    pub(crate) series: Series,
    pub(crate) segment_bytes_max: u64,
    pub(crate) previous: Previous,
    pub(crate) heads: Heads,
    /// The lowest sequence that will stand in it.
    pub(crate) first: Sequence,
}

impl Tail {
    /// Makes the next segment of a series. `carry` writes the frames that it takes over; they, the
    /// heading and the file's name are durable when this returns.
    pub(crate) fn create(
        directory: &Directory,
        birth: &Birth,
        carry: impl FnOnce(&mut Carrier<'_>) -> io::Result<()>,
    ) -> io::Result<Self> {
        let (name, id) = (birth.name(), random_id()?);
        let mut end = HEADING_BYTES;
        let file = directory.give_birth(name, |file| {
            let mut carrier = Carrier { file, name, id, end, pending: Vec::new() };
            carry(&mut carrier)?;
            end = carrier.finish()?;
            file.write_all_at(&birth.heading(id, end).encode(), 0)
        })?;
        Ok(Self { name, id, file, end, segment_bytes_max: birth.segment_bytes_max })
    }

    /// Writes a group and syncs it, in a new segment if it would not fit. All of it is durable when this
    /// returns. After an error the tail must not be used again: what the file holds is not known.
    pub(crate) fn append(
        &mut self,
        directory: &Directory,
        heads: Heads,
        group: &[Record<'_>],
    ) -> io::Result<Vec<Position>> {
        let bytes: u64 = group.iter().map(|record| frame_bytes(record.body.len() as u64)).sum();
        if self.end > HEADING_BYTES && self.end.saturating_add(bytes) > self.segment_bytes_max {
            self.rotate(directory, heads)?;
        }
        let mut encoded = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
        let mut positions = Vec::with_capacity(group.len());
        for record in group {
            let offset = self.end.saturating_add(encoded.len() as u64);
            let length = encode(record, self.id, self.end, &mut encoded)?;
            positions.push(Position { segment: self.name, offset, length });
        }
        self.file.write_all_at(&encoded, self.end)?;
        self.file.sync_data()?;
        self.end = self.end.saturating_add(encoded.len() as u64);
        Ok(positions)
    }

    pub(crate) fn name(&self) -> SegmentName {
        self.name
    }

    pub(crate) fn id(&self) -> SegmentId {
        self.id
    }

    fn rotate(&mut self, directory: &Directory, heads: Heads) -> io::Result<()> {
        *self = Self::create(directory, &self.next_birth(heads), |_| Ok(()))?;
        Ok(())
    }

    /// How the segment behind this one is born.
    pub(crate) fn next_birth(&self, heads: Heads) -> Birth {
        Birth {
            series: self.name.series,
            segment_bytes_max: self.segment_bytes_max,
            previous: Previous { ordinal: self.name.ordinal, id: self.id, end: self.end },
            heads,
            first: heads.head.next(),
        }
    }

    /// Puts another file in place of the segment, one that refuses: a full disk, a failing sync.
    #[cfg(test)]
    pub(crate) fn write_to(&mut self, file: File) {
        self.file = file;
    }
}

impl Birth {
    pub(crate) fn name(&self) -> SegmentName {
        SegmentName { series: self.series, ordinal: self.previous.ordinal.saturating_add(1) }
    }

    fn heading(&self, id: SegmentId, born: u64) -> Heading {
        Heading {
            series: self.series,
            id,
            ordinal: self.name().ordinal,
            first: self.first,
            next: self.heads.head.next(),
            chain_head: self.heads.chain_head,
            born,
            previous: self.previous.id,
            previous_end: self.previous.end,
        }
    }
}

/// A segment that is being born, and takes over frames of others.
pub(crate) struct Carrier<'a> {
    file: &'a File,
    name: SegmentName,
    id: SegmentId,
    /// Where what was taken over ends, in the file and in `pending` behind it.
    end: u64,
    pending: Vec<u8>,
}

impl Carrier<'_> {
    /// Takes over one frame, and says where it will stand.
    pub(crate) fn carry(&mut self, record: &Record<'_>) -> io::Result<Position> {
        let offset = self.end;
        let before = self.pending.len();
        let length = encode(record, self.id, HEADING_BYTES, &mut self.pending)?;
        let added = self.pending.len().saturating_sub(before);
        self.end = self.end.saturating_add(added as u64);
        if self.pending.len() >= CARRIED_AT_ONCE_BYTES {
            self.write()?;
        }
        Ok(Position { segment: self.name, offset, length })
    }

    /// Writes what is pending, and says where the frames end.
    fn finish(mut self) -> io::Result<u64> {
        self.write()?;
        Ok(self.end)
    }

    fn write(&mut self) -> io::Result<()> {
        let offset = self.end.saturating_sub(self.pending.len() as u64);
        self.file.write_all_at(&self.pending, offset)?;
        self.pending.clear();
        Ok(())
    }
}

/// Writes a frame behind `out`, and says how long its body is.
fn encode(record: &Record<'_>, segment: SegmentId, durable: u64, out: &mut Vec<u8>) -> io::Result<u32> {
    let length = u32::try_from(record.body.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let &Record { sequence, chain_head, id, digest, body } = record;
    FrameHeader { segment, sequence, durable, chain_head, length, id, digest }.encode(body, out);
    Ok(length)
}

fn random_id() -> io::Result<SegmentId> {
    let mut id = SegmentId::default();
    getrandom::fill(&mut id).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    Ok(id)
}

/// Few writes for many small events, and little memory.
const CARRIED_AT_ONCE_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::scan::scan;

    const HEADS: Heads = Heads { head: Sequence::NONE, chain_head: Sequence::NONE };

    fn record(sequence: u64, body: &[u8]) -> Record<'_> {
        let sequence = Sequence(sequence);
        Record { sequence, chain_head: Sequence::NONE, id: EventId([0; 32]), digest: Digest([0; 32]), body }
    }

    fn tail(directory: &Directory) -> Tail {
        let ordinal = directory.ordinals(Series::Events).unwrap().len() as u64;
        let birth = Birth {
            series: Series::Events,
            segment_bytes_max: 5_000,
            previous: Previous { ordinal, id: [0; 16], end: 0 },
            heads: HEADS,
            first: Sequence(1),
        };
        Tail::create(directory, &birth, |_| Ok(())).unwrap()
    }

    #[test]
    fn every_frame_of_a_group_says_where_the_group_starts() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::take(dir.path()).unwrap().unwrap();
        let mut tail = tail(&directory);
        tail.append(&directory, HEADS, &[record(1, b"a"), record(2, b"b")]).unwrap();
        tail.append(&directory, HEADS, &[record(3, b"c"), record(4, b"d")]).unwrap();
        let scan = scan(&tail.file, tail.end, tail.id, Series::Events).unwrap();
        let durable: Vec<u64> = scan.frames.iter().map(|found| found.header.durable).collect();
        assert_eq!(durable, [1024, 1024, 1258, 1258]);
    }

    #[test]
    fn a_group_that_does_not_fit_goes_into_the_next_segment_whole() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::take(dir.path()).unwrap().unwrap();
        let mut tail = tail(&directory);
        let large = [7; 9_000];
        // Larger than any segment should be: it still has to stand somewhere.
        assert_eq!(tail.append(&directory, HEADS, &[record(1, &large)]).unwrap()[0].segment.ordinal, 1);
        let next = tail.append(&directory, HEADS, &[record(2, b""), record(3, b"")]).unwrap();
        assert_eq!(
            next.iter().map(|position| (position.segment.ordinal, position.offset)).collect::<Vec<_>>(),
            [(2, 1024), (2, 1136)]
        );
        assert_eq!(directory.ordinals(Series::Events).unwrap(), [1, 2]);
    }

    #[test]
    fn what_the_disk_refuses_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let directory = Directory::take(dir.path()).unwrap().unwrap();
        // A full disk, and one that takes bytes but cannot sync them.
        for device in ["/dev/full", "/dev/null"] {
            let mut tail = tail(&directory);
            tail.write_to(File::options().write(true).open(device).unwrap());
            assert!(tail.append(&directory, HEADS, &[record(1, b"a")]).is_err(), "{device}");
        }
    }
}
