//! Which numbers are in a set that is mostly whole stretches?
//! Never knows what the numbers are of.
//!
//! ```text
//! on the disk: (first 8, last 8)* ;  little-endian, ascending, with a gap between any two
//! ```

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::event::Sequence;
use crate::frame::take;

/// A set of sequences: as many entries as it has stretches, however long they are.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Ranges {
    /// Last by first; no two touch.
    stretches: BTreeMap<Sequence, Sequence>,
}

impl Ranges {
    /// Adds a stretch. It may overlap what is there.
    pub(crate) fn add(&mut self, range: RangeInclusive<Sequence>) {
        let (mut first, mut last) = range.into_inner();
        if first > last {
            return;
        }
        // Whatever begins at or before the number behind this stretch, and ends at or behind the number before it, joins.
        while let Some((&other, &end)) = self.stretches.range(..=last.next()).next_back() {
            if end.next() < first {
                break;
            }
            self.stretches.remove(&other);
            (first, last) = (first.min(other), last.max(end));
        }
        self.stretches.insert(first, last);
    }

    pub(crate) fn contains(&self, sequence: Sequence) -> bool {
        self.stretches.range(..=sequence).next_back().is_some_and(|(_, last)| *last >= sequence)
    }

    /// The stretches, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RangeInclusive<Sequence>> {
        self.stretches.iter().map(|(first, last)| *first..=*last)
    }

    /// The highest number.
    pub(crate) fn last(&self) -> Option<Sequence> {
        self.stretches.last_key_value().map(|(_, last)| *last)
    }

    /// What of `range` is not in the set, ascending.
    pub(crate) fn gaps(&self, range: RangeInclusive<Sequence>) -> Vec<RangeInclusive<Sequence>> {
        let (mut expected, end) = range.into_inner();
        let mut gaps = Vec::new();
        let before = self.stretches.range(..expected).next_back().map(|(_, last)| *last);
        expected = before.map_or(expected, |last| expected.max(last.next()));
        for (&first, &last) in self.stretches.range(expected..).take_while(|(first, _)| **first <= end) {
            if expected < first {
                gaps.push(expected..=first.previous());
            }
            expected = last.next();
        }
        if expected <= end {
            gaps.push(expected..=end);
        }
        gaps
    }

    /// The bytes of the set.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let both = self.stretches.iter().flat_map(|(first, last)| [first.0, last.0]);
        both.flat_map(u64::to_le_bytes).collect()
    }

    /// Reads a set; `None` if these bytes are not one in its one spelling.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let whole = bytes;
        let mut ranges = Self::default();
        while !bytes.is_empty() {
            let first = Sequence(u64::from_le_bytes(take(&mut bytes)?));
            let last = Sequence(u64::from_le_bytes(take(&mut bytes)?));
            ranges.add(first..=last);
        }
        (ranges.encode() == whole).then_some(ranges)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn range(first: u64, last: u64) -> RangeInclusive<Sequence> {
        Sequence(first)..=Sequence(last)
    }

    proptest! {
        /// The set is what a set of numbers would be, and no larger than it must be.
        #[test]
        fn is_a_set(added in prop::collection::vec((1..60_u64, 0..9_u64), 0..20), asked in (1..60_u64, 0..70_u64)) {
            let (mut ranges, mut numbers) = (Ranges::default(), BTreeSet::new());
            for (first, more) in added {
                ranges.add(range(first, first + more));
                numbers.extend(first..=first + more);
            }
            for number in 0..80 {
                prop_assert_eq!(ranges.contains(Sequence(number)), numbers.contains(&number));
            }
            let stretches = numbers.iter().filter(|number| !numbers.contains(&(*number - 1))).count();
            prop_assert_eq!(ranges.iter().count(), stretches);
            let gaps = ranges.gaps(range(asked.0, asked.0 + asked.1));
            let missing: Vec<u64> = gaps.into_iter().flat_map(|gap| gap.start().0..=gap.end().0).collect();
            let expected: Vec<u64> = (asked.0..=asked.0 + asked.1).filter(|number| !numbers.contains(number)).collect();
            prop_assert_eq!(missing, expected);
            prop_assert_eq!(Ranges::decode(&ranges.encode()), Some(ranges));
        }
    }

    #[test]
    fn other_spellings_are_refused() {
        let bytes =
            |numbers: &[u64]| -> Vec<u8> { numbers.iter().flat_map(|number| number.to_le_bytes()).collect() };
        for bad in [&[1][..], &[2, 1], &[5, 6, 1, 2], &[1, 2, 3, 4], &[1, 2, 2, 4]] {
            assert_eq!(Ranges::decode(&bytes(bad)), None, "{bad:?}");
        }
        assert_eq!(Ranges::decode(&[1; 15]), None);
        assert!(Ranges::decode(&[]) == Some(Ranges::default()));
        assert_eq!(Ranges::decode(&bytes(&[1, 2, 4, 4])).unwrap().last(), Some(Sequence(4)));
    }
}
