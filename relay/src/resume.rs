//! May the relay go on from the view that it left, and what must be known again beside it?
//! It must never know what is in a post, nor change a row.
//!
//! ```text
//! view as it was left ─ its mark fits the journal? ─ its rows add up to its mark? ─▶ go on behind the mark
//!                                   └──────────── no ────────────┴─▶ throw it away, fold the journal from its beginning
//! ```
//!
//! The directory, who is invited, and shares are in memory alone. The events of the first two are folded again, one by
//! one from their places; the shares are counted from the rows, in the same pass that adds these up.

use std::collections::BTreeMap;

use liaison_journal::{Log, Sequence};
use liaison_keys::names::DeviceId;
use liaison_proto::limits::DAY_S;

use crate::fold;
use crate::quota::Quotas;
use crate::registry::Registry;
use crate::view::{CHAIN, Fixed as _, INVITED, Mark, POSTS, PostRecord, Sum, View, WAITING};

/// What a view's rows say of what stands beside it.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// Events of the directory's log, and invitations that stand.
    chain: Vec<u64>,
    invited: Vec<u64>,
    /// By sender and day: posts, and bytes that are still there.
    held: BTreeMap<(DeviceId, u64), (u32, u64)>,
    waiting: BTreeMap<DeviceId, usize>,
    /// Lines of mailboxes whose post is gone.
    pub(crate) orphans: Vec<Vec<u8>>,
}

/// Whether a view is one of this journal: not ahead of it, and at the mark of one mind with it.
pub(crate) fn fits(log: &dyn Log, mark: &Mark) -> bool {
    let known = Sequence(mark.known);
    if known == Sequence::NONE || known > log.head() {
        return false;
    }
    let named = |sequence: Sequence| {
        let entries = log.follow(sequence.previous(), 0).ok()?;
        entries.first().map(fold::id)
    };
    // An event that was forgotten has no name to compare. Only what a view knew is forgotten, so the journal was there.
    let same = named(known).is_some_and(|id| id == mark.id || id == fold::NO_NAME);
    same && named(Sequence::NONE.next()) == Some(mark.founding)
}

impl Inventory {
    /// Reads every row of a view; none if they do not add up to what its mark says.
    pub(crate) fn take(view: &View, mark: &Mark) -> Option<Self> {
        let (mut inventory, mut sum, mut rows) = (Self::default(), Sum::default(), 0_u64);
        // Ascending, as the rows come.
        let mut posts: Vec<u64> = Vec::new();
        let mut read = true;
        let seen = view.each(|key, value| {
            sum.add(key, value);
            rows = rows.saturating_add(1);
            read &= inventory.row(key, value, &mut posts).is_some();
        });
        let grown = view.bytes() > VIEW_BYTES_SPARE.saturating_add(rows.saturating_mul(VIEW_ROW_BYTES_MAX));
        (seen.is_ok() && read && sum == mark.sum && !grown).then_some(inventory)
    }

    /// The events that must be folded again, in their order.
    pub(crate) fn directory(&self) -> Vec<u64> {
        let mut events = [self.chain.as_slice(), &self.invited].concat();
        events.sort_unstable();
        events
    }

    /// Counts shares, once the directory says whose device is whose.
    pub(crate) fn count(&self, quotas: &Quotas, registry: &Registry) {
        for (&(device, day), &(posts, bytes)) in &self.held {
            if let Some(owner) = registry.owner_of(device) {
                quotas.recalled(&owner, day, (posts, bytes));
            }
        }
        for (&device, &posts) in &self.waiting {
            quotas.waits(device, posts);
        }
    }

    /// Takes in one row; none if it is not what its table holds.
    fn row(&mut self, key: &[u8], value: &[u8], posts: &mut Vec<u64>) -> Option<()> {
        if let Some(key) = CHAIN.strip(key) {
            self.chain.push(u64::read(key)?);
        } else if let Some(key) = INVITED.strip(key) {
            self.invited.push(u64::read(key)?);
        } else if let Some(key) = POSTS.strip(key) {
            posts.push(u64::read(key)?);
            let PostRecord { device, time, bytes, .. } = PostRecord::read(value)?;
            let (count, held) = self.held.entry((device, time / DAY_S)).or_default();
            *count = count.saturating_add(1);
            *held = held.saturating_add(u64::from(bytes));
        } else if let Some(key) = WAITING.strip(key) {
            let (device, rest) = key.split_first_chunk::<16>()?;
            if posts.binary_search(&u64::read(rest.get(1..)?)?).is_err() {
                self.orphans.push(key.to_vec());
            } else {
                let waiting = self.waiting.entry(DeviceId::new(*device)).or_default();
                *waiting = waiting.saturating_add(1);
            }
        }
        Some(())
    }
}

/// sled gives no space back. A view that has grown far beyond its rows is made anew, which is what makes it small again.
const VIEW_BYTES_SPARE: u64 = 256 * 1024 * 1024;
const VIEW_ROW_BYTES_MAX: u64 = 1_024;
