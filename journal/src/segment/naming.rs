//! Which events are lost by a damaged place?
//! Never knows what was damaged, nor reads a file.

use std::ops::{Range, RangeInclusive};

use crate::event::Sequence;
use crate::segment::heading::Series;
use crate::segment::report::Damage;
use crate::segment::scan::Scan;
use crate::segment::survey::Segment;

/// Damaged places, each with the sequences that may have stood there.
#[derive(Default)]
pub(crate) struct Naming {
    places: Vec<(Damage, RangeInclusive<Sequence>)>,
}

impl Naming {
    /// Takes in what is bad in a segment. The sequences there lie between those of the whole frames
    /// around it, of which `before` is the last in older segments, and `behind` the first that a newer
    /// one may hold.
    pub(crate) fn add(&mut self, segment: &Segment, scan: &Scan, before: Sequence, behind: Option<Sequence>) {
        for bad in &scan.bad {
            let split = scan.frames.partition_point(|found| found.offset < bad.start);
            let (left, right) = scan.frames.split_at_checked(split).unwrap_or_default();
            let low = left.last().map(|found| found.header.sequence.next()).or(segment.first());
            let high = right.first().map(|found| found.header.sequence).or(behind).map(Sequence::previous);
            let mut between = low.unwrap_or(before.next())..=high.unwrap_or(Sequence(u64::MAX));
            if segment.name.series == Series::Released || segment.is_heading(bad) {
                // A mark that is lost loses no event: at worst it is delivered again.
                between = NOTHING;
            }
            let damage = Damage { file: segment.file_name(), bytes: bad.clone(), sequences: None };
            self.places.push((damage, between));
        }
    }

    /// The damage, each with the events among `lost` that may have stood there.
    pub(crate) fn damage(self, lost: &[RangeInclusive<Sequence>]) -> Vec<Damage> {
        let name = |(damage, between): (Damage, RangeInclusive<Sequence>)| {
            let mut hits = lost.iter().filter_map(|lost| intersection(lost, &between));
            let first = hits.next();
            let last = hits.next_back().or_else(|| first.clone());
            let sequences = first.zip(last).map(|(first, last)| *first.start()..=*last.end());
            Damage { sequences, ..damage }
        };
        self.places.into_iter().map(name).collect()
    }
}

impl Segment {
    fn is_heading(&self, bad: &Range<u64>) -> bool {
        self.bad_heading.as_ref() == Some(bad)
    }
}

fn intersection(
    one: &RangeInclusive<Sequence>,
    other: &RangeInclusive<Sequence>,
) -> Option<RangeInclusive<Sequence>> {
    let range = *one.start().max(other.start())..=*one.end().min(other.end());
    (!range.is_empty()).then_some(range)
}

const NOTHING: RangeInclusive<Sequence> = Sequence(1)..=Sequence(0);

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: u64, end: u64) -> RangeInclusive<Sequence> {
        Sequence(start)..=Sequence(end)
    }

    #[test]
    fn a_place_is_named_with_what_is_lost_between_its_neighbours() {
        let place = |between| {
            let damage = Damage { file: String::new(), bytes: 0..1, sequences: None };
            Naming { places: vec![(damage, between)] }
        };
        let lost = [range(2, 3), range(6, 6), range(8, 9)];
        let named = |between| place(between).damage(&lost).remove(0).sequences;
        assert_eq!(named(range(1, 4)), Some(range(2, 3)));
        assert_eq!(named(range(3, 8)), Some(range(3, 8)));
        assert_eq!(named(range(6, u64::MAX)), Some(range(6, 9)));
        assert_eq!(named(range(4, 5)), None, "a newer copy is whole");
        assert_eq!(named(NOTHING), None);
    }
}
