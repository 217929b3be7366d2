//! Since when does something hold? Facts with the moment from which they count, and what was taken back
//! (`docs/protocol.md` §3, Replay). It must never know what a fact is about.

use std::collections::BTreeMap;

/// From which entry and from which time on something counts. An entry counts at log size n when its index is
/// below n; a delay makes the time later than the entry's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Index of the entry that says it.
    pub entry: u64,
    /// From when on, Unix seconds.
    pub time: u64,
}

/// Entries that later ones took back: a change that was contested before it counted, and what an admin key had
/// signed once it was in other hands.
#[derive(Clone, Debug, Default)]
pub(super) struct Struck(BTreeMap<u64, u64>);

impl Struck {
    /// Entry `by` takes back entry `entry`. Who was first stands.
    pub(super) fn strike(&mut self, entry: u64, by: u64) {
        self.0.entry(entry).or_insert(by);
    }

    /// Whether an entry was taken back by anything among the first `size` entries.
    pub(super) fn has(&self, entry: u64, size: u64) -> bool {
        self.0.get(&entry).is_some_and(|by| *by < size)
    }
}

/// The point from which one looks back: how much of the log there is, and what time it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'d> {
    pub(super) size: u64,
    pub(super) now: u64,
    pub(super) struck: &'d Struck,
}

impl View<'_> {
    /// Whether something counts from here: said, come, and not taken back.
    pub(super) fn sees(&self, moment: Moment) -> bool {
        moment.entry < self.size && moment.time <= self.now && !self.struck.has(moment.entry, self.size)
    }
}

/// A value that changes: each one holds from its moment until the next one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timeline<T>(Vec<(Moment, T)>);

impl<T> Timeline<T> {
    /// Nothing has been said yet.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// A value that holds from this moment on, after all that were said before.
    pub(super) fn set(&mut self, from: Moment, value: T) {
        self.0.push((from, value));
    }

    /// What holds: the last said of what counts.
    pub(super) fn at(&self, view: View<'_>) -> Option<&T> {
        self.since(view).map(|(_, value)| value)
    }

    /// All that was ever said, in that order.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    /// All that was ever said, with the moments from which it counts.
    pub(super) fn moments(&self) -> impl Iterator<Item = (Moment, &T)> {
        self.0.iter().map(|(from, value)| (*from, value))
    }

    /// What holds, and since when.
    pub(super) fn since(&self, view: View<'_>) -> Option<(Moment, &T)> {
        self.0.iter().rev().find(|(from, _)| view.sees(*from)).map(|(from, value)| (*from, value))
    }
}

impl<T> Default for Timeline<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Timeline<char> {
        let mut line = Timeline::new();
        line.set(Moment { entry: 3, time: 100 }, 'a');
        line.set(Moment { entry: 5, time: 300 }, 'b');
        line
    }

    #[test]
    fn a_later_value_holds_from_its_moment_only() {
        let (line, struck) = (line(), Struck::default());
        let at = |size, now| line.at(View { size, now, struck: &struck }).copied();
        assert_eq!(at(3, 999), None, "entry 3 is not among the first three");
        assert_eq!(at(4, 99), None);
        assert_eq!(at(4, 999), Some('a'));
        assert_eq!(at(6, 299), Some('a'), "said, but its delay runs");
        assert_eq!(at(6, 300), Some('b'));
    }

    #[test]
    fn what_was_taken_back_counts_until_then() {
        let (line, mut struck) = (line(), Struck::default());
        struck.strike(5, 7);
        struck.strike(5, 9);
        let at = |size| line.at(View { size, now: 999, struck: &struck }).copied();
        assert_eq!([at(7), at(8)], [Some('b'), Some('a')]);
    }
}
