//! Which segments are worth copying forward, and how does what lives in them move?
//! Never knows why an event is wanted, and forgets none: what was copied from goes when its copy is on disk, with its
//! name.
//!
//! ```text
//! events-1 [x x A x x x] ─┐
//! events-2 [x x x x B x] ─┼─▶ kept-1 [A B] synced, named, name synced ─▶ events-1 and events-2 are unlinked
//! kept-0   [x C x x x x] ─┘        C too; each keeps its sequence
//! ```
//!
//! Without it, one event that is wanted for ever (a statement of the directory, say) would hold 64 MiB of others. A
//! segment is copied when half of it is dead, so a byte is written once more for each byte that comes back, and small
//! segments are gathered, so that a log which is opened often does not fall into crumbs.

use std::fs::File;
use std::io;

use crate::event::Sequence;
use crate::frame::SegmentId;
use crate::log::LogError;
use crate::segment::heading::{SegmentName, Series};
use crate::segment::index::Weight;
use crate::segment::opening::take_over;
use crate::segment::reading::Position;
use crate::segment::scan::{Found, scan};
use crate::segment::tail::{Birth, Heads, Previous, Tail};
use crate::segment::{Releasing, SegmentLog};

impl SegmentLog {
    /// Gives space back: segments in which nothing lives go, and what lives in others is copied out of them, at most
    /// a segment's worth a call. Whatever is refused here is tried again at the next release, and breaks no promise.
    pub(super) fn reclaim(&self, releasing: &mut Releasing) -> Result<(), LogError> {
        // What needs no room comes first: on a full disk it makes some.
        self.remove_dead()?;
        let copies = SegmentName { series: Series::Kept, ordinal: releasing.kept.saturating_add(1) };
        let copied = self.copy_forward(releasing);
        self.unless_named(copies, copied)?;
        let marks = releasing.marks.next_birth(self.heads()).name();
        let renewed = self.renew_marks(releasing);
        self.unless_named(marks, renewed)?;
        self.remove_dead()
    }

    fn remove_dead(&self) -> Result<(), LogError> {
        let dead = self.shelf.change()?.take_dead();
        for name in dead {
            self.shelf.directory.remove(name);
        }
        Ok(())
    }

    /// What was refused before a segment had its name has changed nothing, and is tried again. A name that is there and
    /// may not be durable is the end: what goes on beside it would be superseded by it at the next opening.
    fn unless_named(&self, name: SegmentName, done: io::Result<()>) -> Result<(), LogError> {
        match done {
            Err(error) if !self.shelf.directory.segment(name).exists() => {
                tracing::warn!(?name, kind = %error.kind(), "no space comes back for now");
                Ok(())
            }
            done => self.or_fail("give a segment its name", done),
        }
    }

    fn copy_forward(&self, releasing: &mut Releasing) -> io::Result<()> {
        let mut living: Vec<Living> = Vec::new();
        for (name, id) in self.worth_copying()? {
            match self.living(name, id) {
                Ok(found) => living.extend(found),
                // It cannot be read: it stays as it is, and must not keep the others from being copied.
                Err(error) => {
                    tracing::error!(?name, kind = %error.kind(), "a segment cannot be read");
                    self.shelf.change().map_err(|_| poisoned())?.mark_damaged(name);
                }
            }
        }
        living.sort_unstable_by_key(|living| living.sequence());
        let (Some(first), Some(last)) = (living.first(), living.last()) else { return Ok(()) };
        let birth = Birth {
            series: Series::Kept,
            segment_bytes_max: self.segment_bytes_max,
            previous: Previous { ordinal: releasing.kept, id: [0; 16], end: 0 },
            heads: Heads { head: last.sequence(), chain_head: self.heads().chain_head },
            first: first.sequence(),
        };
        let mut copies = Vec::with_capacity(living.len());
        let mut from: Option<(SegmentName, File)> = None;
        let kept = Tail::create(&self.shelf.directory, &birth, |carrier| {
            for Living { segment, found } in &living {
                let file = self.reopen(&mut from, *segment)?;
                copies.push((found.header.sequence, take_over(file, found, carrier)?));
            }
            Ok(())
        })?;
        releasing.kept = kept.name().ordinal;
        tracing::debug!(events = copies.len(), segment = releasing.kept, "copied forward");
        self.moved(&kept, &copies)
    }

    fn moved(&self, kept: &Tail, copies: &[(Sequence, Position)]) -> io::Result<()> {
        let mut index = self.shelf.change().map_err(|_| poisoned())?;
        index.take_copies(kept.name(), kept.id(), copies);
        Ok(())
    }

    fn worth_copying(&self) -> io::Result<Vec<(SegmentName, SegmentId)>> {
        let index = self.shelf.index().map_err(|_| poisoned())?;
        Ok(choose(index.closed().collect(), self.segment_bytes_max))
    }

    /// The events that live in a segment. None of them if it is damaged: then it stays as it is, and is named.
    fn living(&self, segment: SegmentName, id: SegmentId) -> io::Result<Vec<Living>> {
        let file = File::open(self.shelf.directory.segment(segment))?;
        let scan = scan(&file, file.metadata()?.len(), id, segment.series)?;
        for bytes in &scan.bad {
            let file = crate::segment::directory::file_name(segment);
            tracing::error!(file, ?bytes, "damage in the log");
        }
        if !scan.bad.is_empty() {
            self.shelf.change().map_err(|_| poisoned())?.mark_damaged(segment);
            return Ok(Vec::new());
        }
        let index = self.shelf.index().map_err(|_| poisoned())?;
        let lives = |found: &Found| {
            let at = found.position(segment);
            index.find(found.header.sequence).is_ok_and(|(position, _)| position == at)
        };
        Ok(scan.frames.into_iter().filter(lives).map(|found| Living { segment, found }).collect())
    }

    /// The file of a segment; events that lie side by side are mostly of one.
    fn reopen<'f>(
        &self,
        open: &'f mut Option<(SegmentName, File)>,
        name: SegmentName,
    ) -> io::Result<&'f File> {
        let file = match open.take() {
            Some((opened, file)) if opened == name => file,
            _ => File::open(self.shelf.directory.segment(name))?,
        };
        Ok(&open.insert((name, file)).1)
    }
}

/// An event that is wanted, and the segment that it is to leave.
struct Living {
    segment: SegmentName,
    found: Found,
}

impl Living {
    fn sequence(&self) -> Sequence {
        self.found.header.sequence
    }
}

/// The segments to copy from now: those of which half is dead, and the small ones when there are many. Together no more
/// than fits into one new segment.
fn choose(
    closed: Vec<(SegmentName, SegmentId, Weight)>,
    segment_bytes_max: u64,
) -> Vec<(SegmentName, SegmentId)> {
    let is_small = |weight: &Weight| weight.bytes < segment_bytes_max / SMALL_PART;
    let many = closed.iter().filter(|(_, _, weight)| is_small(weight)).count() >= SMALL_MAX;
    let is_worth = |weight: &Weight| weight.living <= weight.bytes / 2 || (many && is_small(weight));
    let mut together = 0_u64;
    let mut fits = |weight: &Weight| {
        let alone = together == 0;
        together = together.saturating_add(weight.living);
        alone || together <= segment_bytes_max
    };
    let chosen = closed.into_iter().filter(|(_, _, weight)| weight.living > 0 && is_worth(weight));
    chosen.take_while(|(_, _, weight)| fits(weight)).map(|(name, id, _)| (name, id)).collect()
}

/// A thread panicked while it changed the index; the next call of the log says so itself.
fn poisoned() -> io::Error {
    io::Error::other("the log has failed")
}

/// A segment is small below this part of a full one.
const SMALL_PART: u64 = 8;
/// So many small segments are gathered into one.
const SMALL_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(ordinal: u64, bytes: u64, living: u64) -> (SegmentName, SegmentId, Weight) {
        (SegmentName { series: Series::Events, ordinal }, [0; 16], Weight { bytes, living })
    }

    fn chosen(closed: &[(SegmentName, SegmentId, Weight)]) -> Vec<u64> {
        choose(closed.to_vec(), 800).into_iter().map(|(name, _)| name.ordinal).collect()
    }

    #[test]
    fn half_dead_segments_are_worth_it_and_dead_ones_have_nothing_to_copy() {
        let closed = [segment(1, 800, 401), segment(2, 800, 400), segment(3, 800, 0), segment(4, 800, 1)];
        assert_eq!(chosen(&closed), [2, 4]);
    }

    #[test]
    fn what_is_copied_at_once_fits_into_one_segment() {
        let closed = [segment(1, 1_900, 900), segment(2, 800, 400), segment(3, 800, 400)];
        assert_eq!(chosen(&closed), [1], "larger than a segment, so alone");
        assert_eq!(chosen(&closed[1..]), [2, 3]);
        assert_eq!(chosen(&[segment(1, 800, 1), segment(2, 800, 400), segment(3, 800, 400)]), [1, 2]);
    }

    #[test]
    fn crumbs_are_gathered_when_there_are_many() {
        let crumbs: Vec<_> = (1..=8).map(|ordinal| segment(ordinal, 99, 99)).collect();
        assert_eq!(chosen(&crumbs[1..]), [] as [u64; 0]);
        assert_eq!(chosen(&crumbs), (1..=8).collect::<Vec<_>>());
    }
}
