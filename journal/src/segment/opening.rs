//! What has survived?
//! Never knows what the caller will do with it, and never repairs: it keeps, copies, or names.
//!
//! ```text
//! headings of all segments ─ scan each, oldest first ─ fold events, then marks
//!    └ last segment of each series: closed ─ what lay above its durable offset is copied into a new one,
//!      synced with its name ─ only then the old one is cut
//! ```
//!
//! Why copied, and not synced again: after a kill the tail may be in the page cache only, and after a
//! failed sync the kernel may have marked unwritten pages clean, so that a second sync says yes and
//! writes nothing.

use std::fs::{File, OpenOptions};
use std::io;

use crate::ledger::{Place, Slot};
use crate::segment::Options;
use crate::segment::directory::Directory;
use crate::segment::heading::Series;
use crate::segment::index::Index;
use crate::segment::naming::Naming;
use crate::segment::reading::{self, Position};
use crate::segment::report::{OpenError, Opening, Torn};
use crate::segment::scan::{Found, Scan};
use crate::segment::survey::{Segment, survey};
use crate::segment::tail::{Birth, Carrier, Heads, Previous, Record, Tail};

/// A log, opened.
pub(crate) struct Opened {
    pub(crate) index: Index,
    pub(crate) events: Tail,
    pub(crate) released: Tail,
    pub(crate) report: Opening,
}

/// Opens the log in `directory`.
pub(crate) fn open(directory: &Directory, options: &Options) -> Result<Opened, OpenError> {
    let events = survey(directory, Series::Events)?;
    let released = survey(directory, Series::Released)?;
    revive(directory, options, &events, &released).map_err(|source| directory.refused(source))
}

fn revive(
    directory: &Directory,
    options: &Options,
    events: &[Segment],
    released: &[Segment],
) -> io::Result<Opened> {
    let mut fold = Fold::new(directory);
    let last_events = fold.series(events)?;
    let last_released = fold.series(released)?;
    // All numbers are known now, and the new segments say so.
    let events_tail = fold.tail(Series::Events, &last_events, options)?;
    let released_tail = fold.tail(Series::Released, &last_released, options)?;
    cut(directory, events, last_events.previous.end)?;
    cut(directory, released, last_released.previous.end)?;
    fold.clear_dead();
    let segments = events.len().saturating_add(released.len());
    let carried = last_events.carry.len().saturating_add(last_released.carry.len());
    let (index, report) = fold.finish(segments, carried);
    Ok(Opened { index, events: events_tail, released: released_tail, report })
}

/// What is known so far.
struct Fold<'a> {
    directory: &'a Directory,
    index: Index,
    naming: Naming,
    torn: Vec<Torn>,
    /// Segments of marks in which no mark is left.
    empty: Vec<u64>,
}

/// The segment that was open at the end.
struct Last {
    previous: Previous,
    /// The frames above its durable offset.
    carry: Vec<Found>,
}

impl<'a> Fold<'a> {
    fn new(directory: &'a Directory) -> Self {
        let (torn, empty) = (Vec::new(), Vec::new());
        Self { directory, index: Index::new(), naming: Naming::default(), torn, empty }
    }

    /// Takes in all segments of a series, oldest first, so that a copy replaces what it was copied from.
    fn series(&mut self, segments: &[Segment]) -> io::Result<Last> {
        let mut last = Last { previous: Previous { ordinal: 0, id: [0; 16], end: 0 }, carry: Vec::new() };
        let mut segments = segments.iter().peekable();
        while let Some(segment) = segments.next() {
            let mut scan = segment.scan(self.directory)?;
            let closing = segments.peek().is_none().then(|| segment.close(&mut scan));
            let behind = segments.peek().and_then(|next| next.first());
            self.naming.add(segment, &scan, self.index.ledger.head(), behind);
            self.segment(segment, &scan);
            let Some(closing) = closing else { continue };
            let file = segment.file_name();
            self.torn.extend(closing.torn.map(|bytes| Torn { file, bytes }));
            last.previous = segment.as_previous(closing.end);
            last.carry = scan.frames.into_iter().filter(|found| found.offset >= closing.durable).collect();
        }
        Ok(last)
    }

    fn segment(&mut self, segment: &Segment, scan: &Scan) {
        let damaged = !scan.bad.is_empty();
        if let Some(heading) = &segment.heading {
            self.index.ledger.reach(heading.next.previous(), heading.chain_head);
            match segment.series {
                Series::Events => self.index.hold(segment.ordinal, heading.id, damaged),
                Series::Released if scan.frames.is_empty() && !damaged => self.empty.push(segment.ordinal),
                Series::Released => {}
            }
        }
        for found in &scan.frames {
            self.frame(segment, found);
        }
    }

    fn frame(&mut self, segment: &Segment, found: &Found) {
        let header = &found.header;
        let place = match segment.series {
            Series::Events => Place::At(Position { segment: segment.ordinal, offset: found.offset }),
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
            self.index.activate(tail.ordinal(), tail.id());
            for (found, position) in last.carry.iter().zip(moved) {
                self.index.ledger.relocate(found.header.sequence, position);
            }
        }
        Ok(tail)
    }

    /// Unlinks the segments whose events had all been released, or that only a former opening had made.
    fn clear_dead(&mut self) {
        self.index.count_living();
        for ordinal in self.index.take_dead() {
            self.directory.remove(Series::Events, ordinal);
        }
        for &ordinal in &self.empty {
            self.directory.remove(Series::Released, ordinal);
        }
    }

    fn finish(self, segments: usize, carried: usize) -> (Index, Opening) {
        let ledger = &self.index.ledger;
        let lost = ledger.lost();
        let report = Opening {
            head: ledger.head(),
            chain_head: ledger.chain_head(),
            segments,
            carried,
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
    let file = File::open(directory.segment(series, last.previous.ordinal))?;
    for Found { offset, header } in &last.carry {
        let whole = 0..u64::from(header.length);
        let body = reading::body(&file, *offset, header, &whole)?.ok_or(io::ErrorKind::InvalidData)?;
        let (sequence, chain_head) = (header.sequence, header.chain_head);
        let record = Record { sequence, chain_head, id: header.id, digest: header.digest, body: &body };
        moved.push(carrier.carry(&record)?);
    }
    Ok(())
}

/// Cuts off what a newer segment supersedes. Also for older segments, if the machine stopped between a
/// birth and its cut.
fn cut(directory: &Directory, segments: &[Segment], last_end: u64) -> io::Result<()> {
    for (place, segment) in segments.iter().enumerate() {
        let is_last = place.saturating_add(1) == segments.len();
        let end = if is_last { Some(last_end) } else { segment.closed_at };
        let Some(end) = end.filter(|&end| end < segment.len) else { continue };
        let file = OpenOptions::new().write(true).open(directory.segment(segment.series, segment.ordinal))?;
        file.set_len(end)?;
        file.sync_all()?;
    }
    Ok(())
}
