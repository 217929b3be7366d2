//! What does a view say of itself, so that a start can tell whether it may go on from it?
//! It must never know what a row means.

use std::hash::{DefaultHasher, Hasher as _};

use super::record::Fixed;

/// How far the view is, and what it must add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which view this is: a number that is drawn when one is begun, so that no other's durable mark vouches for it.
    pub(crate) view: u64,
    /// The last event that was folded into it.
    pub(crate) known: u64,
    /// That event's id: a view of a journal that was put back and went another way is none.
    pub(crate) id: [u8; 32],
    /// The id of the journal's first event, the founding: a view of another journal is none.
    pub(crate) founding: [u8; 32],
    /// How many commits made it.
    pub(crate) commits: u64,
    /// All rows together.
    pub(crate) sum: Sum,
}

impl Mark {
    /// Of a view that is begun.
    pub(crate) fn fresh() -> Self {
        // Without a random number, the worst is that another view's durable mark fits this one.
        Self { view: getrandom::u64().unwrap_or_default(), ..Self::default() }
    }
}

/// A sum over rows, whatever their order. It finds rows that are missing, too old or patched together, which is what a
/// disk does to them; it is not against forgers, who would rather write the rows and the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    rows: u64,
    hashes: u64,
}

impl Sum {
    /// A row comes.
    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.wrapping_add(1);
        self.hashes = self.hashes.wrapping_add(hash(key, value));
    }

    /// A row goes.
    pub(crate) fn subtract(&mut self, key: &[u8], value: &[u8]) {
        self.rows = self.rows.wrapping_sub(1);
        self.hashes = self.hashes.wrapping_sub(hash(key, value));
    }

    #[cfg(test)]
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }
}

/// The standard library may change this function with a release: then views do not add up, and are made anew.
fn hash(key: &[u8], value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_usize(key.len());
    hasher.write(key);
    hasher.write(value);
    hasher.finish()
}

impl Fixed for Mark {
    fn bytes(&self) -> Vec<u8> {
        let Self { view, known, id, founding, commits, sum: Sum { rows, hashes } } = self;
        let numbers = [commits.to_be_bytes(), rows.to_be_bytes(), hashes.to_be_bytes()].concat();
        let first = [view.to_be_bytes(), known.to_be_bytes()].concat();
        [LAYOUT.to_be_bytes().as_slice(), &first, id, founding, &numbers].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut cut = super::record::Cut(bytes);
        if u16::from_be_bytes(cut.take()?) != LAYOUT {
            return None;
        }
        let (view, known) = (u64::from_be_bytes(cut.take()?), u64::from_be_bytes(cut.take()?));
        let (id, founding) = (cut.take()?, cut.take()?);
        let commits = u64::from_be_bytes(cut.take()?);
        let sum = Sum { rows: u64::from_be_bytes(cut.take()?), hashes: u64::from_be_bytes(cut.take()?) };
        cut.end(Self { view, known, id, founding, commits, sum })
    }
}

/// Of tables, values, and of what the fold puts into them: a view of another layout is made anew.
const LAYOUT: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_in_any_order_and_a_row_that_differs_is_noticed() {
        let (mut one, mut other) = (Sum::default(), Sum::default());
        one.add(b"a", b"1");
        one.add(b"b", b"2");
        other.add(b"b", b"2");
        assert_ne!(one, other);
        other.add(b"a", b"1");
        assert_eq!(one, other);
        for (key, value) in [(&b"a"[..], &b"2"[..]), (b"a1", b""), (b"", b"a1")] {
            let mut changed = one;
            changed.subtract(b"a", b"1");
            changed.add(key, value);
            assert_ne!(changed, one, "{key:?}");
        }
    }

    #[test]
    fn a_mark_goes_round_and_another_layout_is_none() {
        let mut sum = Sum::default();
        sum.add(b"a", b"1");
        let mark = Mark { view: 5, known: 7, id: [3; 32], founding: [4; 32], commits: 9, sum };
        assert_eq!(Mark::read(&mark.bytes()), Some(mark));
        let mut other = mark.bytes();
        other[1] ^= 2;
        assert_eq!(Mark::read(&other), None);
        assert_eq!(Mark::read(&mark.bytes()[1..]), None);
    }
}
