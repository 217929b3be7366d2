//! What has survived?
//! Never knows what the caller will do with it, and never repairs: it keeps, copies, or names.
//!
//! ```text
//! headings of all segments ─ scan each, oldest first ─ fold events, then copies, then marks
//!    └ last segment of each series: closed ─ what lay above its durable offset is copied into a new one,
//!      synced with its name ─ only then the old one is cut
//! ```
//!
//! Why copied, and not synced again: after a kill the tail may be in the page cache only, and after a
//! failed sync the kernel may have marked unwritten pages clean, so that a second sync says yes and
//! writes nothing.

use std::fs::{File, OpenOptions};
use std::io;

use crate::event::Sequence;
use crate::ledger::{Place, Slot};
use crate::ranges::Ranges;
use crate::segment::directory::Directory;
use crate::segment::heading::{SegmentName, Series};
use crate::segment::index::Index;
use crate::segment::naming::Naming;
use crate::segment::reading::{self, Position};
use crate::segment::report::{OpenError, Opening, Torn};
use crate::segment::scan::{Found, Scan};
use crate::segment::survey::{Segment, survey};
use crate::segment::tail::{Birth, Carrier, Heads, Previous, Record, Tail};
use crate::segment::{Options, Releasing};

/// A log, opened.
pub(crate) struct Opened {
    pub(crate) index: Index,
    pub(crate) events: Tail,
    pub(crate) releasing: Releasing,
    pub(crate) report: Opening,
}

/// What was found, with nothing changed.
pub(crate) struct Looked {
    pub(crate) index: Index,
    pub(crate) report: Opening,
}

/// Told while segments are read: bytes that were, and bytes that there are.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Opens the log in `directory`.
pub(crate) fn open(directory: &Directory, options: &Options) -> Result<Opened, OpenError> {
    let segments = Segments::survey(directory)?;
    revive(directory, options, &segments).map_err(|source| directory.refused(source))
}

/// Reads the log in `directory` as opening would, and changes nothing.
pub(crate) fn look(directory: &Directory, progress: Progress<'_>) -> Result<Looked, OpenError> {
    let segments = Segments::survey(directory)?;
    let mut fold = Fold::new(directory);
    let folded = fold.all(&segments, progress).map_err(|source| directory.refused(source))?;
    fold.index.count_living();
    let (index, report) = fold.finish(&segments, &folded);
    Ok(Looked { index, report })
}

fn revive(directory: &Directory, options: &Options, segments: &Segments) -> io::Result<Opened> {
    let mut fold = Fold::new(directory);
    let folded = fold.all(segments, &mut |_, _| {})?;
    // All numbers are known now, and the new segments say so.
    let events = fold.tail(Series::Events, &folded.events, options)?;
    let released = fold.tail(Series::Released, &folded.released, options)?;
    cut(directory, &segments.events, folded.events.previous.end)?;
    cut(directory, &segments.released, folded.released.previous.end)?;
    fold.clear_dead();
    let kept = segments.kept.last().map_or(0, |segment| segment.name.ordinal);
    // Those that were carried over stand twice, until the marks are written anew.
    let written = fold.marks.saturating_add(folded.released.carry.len());
    let marks_are_damaged = fold.marks_are_damaged;
    let (index, report) = fold.finish(segments, &folded);
    let releasing = Releasing { marks: released, written, marks_are_damaged, kept };
    Ok(Opened { index, events, releasing, report })
}

/// All segments of a log, headings read, oldest first.
struct Segments {
    events: Vec<Segment>,
    kept: Vec<Segment>,
    released: Vec<Segment>,
}

impl Segments {
    fn survey(directory: &Directory) -> Result<Self, OpenError> {
        Ok(Self {
            events: survey(directory, Series::Events)?,
            kept: survey(directory, Series::Kept)?,
            released: survey(directory, Series::Released)?,
        })
    }

    fn count(&self) -> usize {
        [&self.events, &self.kept, &self.released].into_iter().map(Vec::len).sum()
    }

    fn bytes(&self) -> u64 {
        let all = [&self.events, &self.kept, &self.released].into_iter().flatten();
        all.map(|segment| segment.len).sum()
    }
}

/// The two segments that were open at the end.
struct Folded {
    events: Last,
    released: Last,
}

/// What is known so far.
struct Fold<'a> {
    directory: &'a Directory,
    index: Index,
    naming: Naming,
    torn: Vec<Torn>,
    /// Segments of marks in which no mark is left.
    empty: Vec<SegmentName>,
    /// Frames of all segments of marks.
    marks: usize,
    marks_are_damaged: bool,
    forgotten: Ranges,
    read_bytes: u64,
}

/// The segment that was open at the end.
struct Last {
    previous: Previous,
    /// The frames above its durable offset.
    carry: Vec<Found>,
}

impl<'a> Fold<'a> {
    fn new(directory: &'a Directory) -> Self {
        Self {
            directory,
            index: Index::new(),
            naming: Naming::default(),
            torn: Vec::new(),
            empty: Vec::new(),
            marks: 0,
            marks_are_damaged: false,
            forgotten: Ranges::default(),
            read_bytes: 0,
        }
    }

    /// Takes in everything: events, then their copies, which replace them, then the marks, which end both.
    fn all(&mut self, segments: &Segments, progress: Progress<'_>) -> io::Result<Folded> {
        let total = segments.bytes();
        let mut told = |read| progress(read, total);
        let events = self.series(&segments.events, &mut told)?;
        self.copies(&segments.kept, &mut told)?;
        let released = self.series(&segments.released, &mut told)?;
        self.index.ledger.forget(&self.forgotten);
        Ok(Folded { events, released })
    }

    /// Takes in the segments of copies. None of them is written any more, and each stands for itself.
    fn copies(&mut self, segments: &[Segment], told: &mut dyn FnMut(u64)) -> io::Result<()> {
        for segment in segments {
            let scan = segment.scan(self.directory)?;
            let behind = segment.heading.as_ref().map(|heading| heading.next);
            self.naming.add(segment, &scan, Sequence::NONE, behind);
            self.segment(segment, &scan, told)?;
        }
        Ok(())
    }

    /// Takes in all segments of a series, oldest first, so that a copy replaces what it was copied from.
    fn series(&mut self, segments: &[Segment], told: &mut dyn FnMut(u64)) -> io::Result<Last> {
        let mut last = Last { previous: Previous { ordinal: 0, id: [0; 16], end: 0 }, carry: Vec::new() };
        let mut segments = segments.iter().peekable();
        while let Some(segment) = segments.next() {
            let mut scan = segment.scan(self.directory)?;
            let closing = segments.peek().is_none().then(|| segment.close(&mut scan));
            let behind = segments.peek().and_then(|next| next.first());
            self.naming.add(segment, &scan, self.index.ledger.head(), behind);
            self.segment(segment, &scan, told)?;
            let Some(closing) = closing else { continue };
            let file = segment.file_name();
            self.torn.extend(closing.torn.map(|bytes| Torn { file, bytes }));
            last.previous = segment.as_previous(closing.end);
            last.carry = scan.frames.into_iter().filter(|found| found.offset >= closing.durable).collect();
        }
        Ok(last)
    }

    fn segment(&mut self, segment: &Segment, scan: &Scan, told: &mut dyn FnMut(u64)) -> io::Result<()> {
        let damaged = !scan.bad.is_empty();
        if let Some(heading) = &segment.heading {
            self.index.ledger.reach(heading.next.previous(), heading.chain_head);
            let bytes = scan.frames.iter().map(|found| found.header.frame_bytes()).sum();
            match segment.name.series {
                Series::Events | Series::Kept => self.index.hold(segment.name, heading.id, bytes, damaged),
                Series::Released if scan.frames.is_empty() && !damaged => self.empty.push(segment.name),
                Series::Released => {}
            }
        }
        if segment.name.series == Series::Released {
            self.marks = self.marks.saturating_add(scan.frames.len());
            self.marks_are_damaged |= damaged;
            self.forgotten(segment, scan)?;
        }
        for found in scan.frames.iter().filter(|found| !is_forgotten(segment, found)) {
            self.frame(segment, found);
        }
        self.read_bytes = self.read_bytes.saturating_add(segment.len);
        told(self.read_bytes);
        Ok(())
    }

    /// Takes in which events were forgotten by a segment of marks.
    fn forgotten(&mut self, segment: &Segment, scan: &Scan) -> io::Result<()> {
        let mut sets = scan.frames.iter().filter(|found| is_forgotten(segment, found)).peekable();
        if sets.peek().is_none() {
            return Ok(());
        }
        let file = File::open(self.directory.segment(segment.name))?;
        for Found { offset, header } in sets {
            let body = reading::body(&file, *offset, header, &(0..u64::from(header.length)))?;
            let set = body.as_deref().and_then(Ranges::decode).ok_or(io::ErrorKind::InvalidData)?;
            self.index.ledger.reach(header.sequence, Sequence::NONE);
            set.iter().for_each(|range| self.forgotten.add(range));
        }
        Ok(())
    }

    fn frame(&mut self, segment: &Segment, found: &Found) {
        let header = &found.header;
        let place = match segment.name.series {
            Series::Events | Series::Kept => Place::At(found.position(segment.name)),
            Series::Released => Place::Released,
        };
        let slot = Slot { id: header.id, digest: header.digest, chained: header.is_chained(), place };
        self.index.ledger.reach(header.sequence, header.chain_head);
        self.index.ledger.enter(header.sequence, slot);
    }

    /// Makes the segment that will be written from now on, with all that is carried over into it.
    fn tail(&mut self, series: Series, last: &Last, options: &Options) -> io::Result<Tail> {
        let ledger = &self.index.ledger;
        let heads = Heads { head: ledger.head(), chain_head: ledger.chain_head() };
        let first = last.carry.first().map_or(heads.head.next(), |found| found.header.sequence);
        let segment_bytes_max = options.segment_bytes_max;
        let birth = Birth { series, segment_bytes_max, previous: last.previous, heads, first };
        let mut moved = Vec::with_capacity(last.carry.len());
        let directory = self.directory;
        let tail =
            Tail::create(directory, &birth, |carrier| carry(directory, series, last, carrier, &mut moved))?;
        if series == Series::Events {
            self.index.hold(tail.name(), tail.id(), moved.iter().map(Position::frame_bytes).sum(), false);
            self.index.activate(tail.name(), tail.id());
            for (found, position) in last.carry.iter().zip(moved) {
                self.index.ledger.relocate(found.header.sequence, position);
            }
        }
        Ok(tail)
    }

    /// Unlinks the segments whose events had all been released, or that only a former opening had made.
    fn clear_dead(&mut self) {
        self.index.count_living();
        for name in self.index.take_dead().into_iter().chain(self.empty.drain(..)) {
            self.directory.remove(name);
        }
    }

    fn finish(self, segments: &Segments, folded: &Folded) -> (Index, Opening) {
        let ledger = &self.index.ledger;
        let lost = ledger.lost();
        let report = Opening {
            head: ledger.head(),
            chain_head: ledger.chain_head(),
            segments: segments.count(),
            bytes: segments.bytes(),
            carried: folded.events.carry.len().saturating_add(folded.released.carry.len()),
            torn: self.torn,
            damage: self.naming.damage(&lost),
            lost,
        };
        (self.index, report)
    }
}

fn carry(
    directory: &Directory,
    series: Series,
    last: &Last,
    carrier: &mut Carrier<'_>,
    moved: &mut Vec<Position>,
) -> io::Result<()> {
    if last.carry.is_empty() {
        return Ok(());
    }
    let name = SegmentName { series, ordinal: last.previous.ordinal };
    let file = File::open(directory.segment(name))?;
    for found in &last.carry {
        moved.push(take_over(&file, found, carrier)?);
    }
    Ok(())
}

/// Whether this frame says which events are forgotten.
fn is_forgotten(segment: &Segment, found: &Found) -> bool {
    segment.name.series == Series::Released && found.header.length > 0
}

/// Carries one frame from its file as it is.
pub(crate) fn take_over(file: &File, found: &Found, carrier: &mut Carrier<'_>) -> io::Result<Position> {
    let Found { offset, header } = found;
    let whole = 0..u64::from(header.length);
    let body = reading::body(file, *offset, header, &whole)?.ok_or(io::ErrorKind::InvalidData)?;
    let (sequence, chain_head) = (header.sequence, header.chain_head);
    carrier.carry(&Record { sequence, chain_head, id: header.id, digest: header.digest, body: &body })
}

/// Cuts off what a newer segment supersedes. Also for older segments, if the machine stopped between a
/// birth and its cut.
fn cut(directory: &Directory, segments: &[Segment], last_end: u64) -> io::Result<()> {
    for (place, segment) in segments.iter().enumerate() {
        let is_last = place.saturating_add(1) == segments.len();
        let end = if is_last { Some(last_end) } else { segment.closed_at };
        let Some(end) = end.filter(|&end| end < segment.len) else { continue };
        let file = OpenOptions::new().write(true).open(directory.segment(segment.name))?;
        file.set_len(end)?;
        file.sync_all()?;
    }
    Ok(())
}
