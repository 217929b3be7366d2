//! Since when does something hold? Facts with the moment from which they count (`docs/protocol.md` §3, Replay).
//! It must never know what a fact is about.

/// From which entry and from which time on something counts. An entry counts at log size n when its index is
/// below n; a delay makes the time later than the entry's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Index of the entry that says it.
    pub entry: u64,
    /// From when on, Unix seconds.
    pub time: u64,
}

impl Moment {
    /// Whether this has come at log size `size` and time `now`.
    #[must_use]
    pub const fn has_come(self, size: u64, now: u64) -> bool {
        self.entry < size && self.time <= now
    }
}

/// A value that changes: each one holds from its moment until the next one's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline<T>(Vec<(Moment, T)>);

impl<T> Timeline<T> {
    /// Nothing has been said yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A value that holds from this moment on, after all that were said before.
    pub fn set(&mut self, from: Moment, value: T) {
        self.0.push((from, value));
    }

    /// What holds at log size `size` and time `now`: the last said of what has come.
    #[must_use]
    pub fn at(&self, size: u64, now: u64) -> Option<&T> {
        self.since(size, now).map(|(_, value)| value)
    }

    /// What holds, and since when.
    #[must_use]
    pub fn since(&self, size: u64, now: u64) -> Option<(Moment, &T)> {
        let come = |(from, _): &&(Moment, T)| from.has_come(size, now);
        self.0.iter().rev().find(come).map(|(from, value)| (*from, value))
    }

    /// All that was ever said.
    pub fn all(&self) -> impl Iterator<Item = &(Moment, T)> {
        self.0.iter()
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

    #[test]
    fn a_later_value_holds_from_its_moment_only() {
        let mut line = Timeline::new();
        line.set(Moment { entry: 3, time: 100 }, 'a');
        line.set(Moment { entry: 5, time: 300 }, 'b');
        assert_eq!(line.at(3, 999), None, "entry 3 is not among the first three");
        assert_eq!(line.at(4, 99), None);
        assert_eq!(line.at(4, 999), Some(&'a'));
        assert_eq!(line.at(6, 299), Some(&'a'), "said, but its delay runs");
        assert_eq!(line.at(6, 300), Some(&'b'));
    }
}
