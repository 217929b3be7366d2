//! Has this State had its share? Bytes held, posts and entries a day, and mailboxes that are full.
//! It must never know what was posted, nor to whom from whom.
//!
//! Nothing here is stored: the fold counts it from the journal, and a start from the view's rows. What was granted and is not in the journal yet is held
//! by a [`Reservation`], so that a thousand posts at once cannot all pass a limit that leaves room for one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use liaison_keys::names::{DeviceId, Owner};
use liaison_proto::limits::DAY_S;

use crate::config::Limits;

/// What everybody has used.
#[derive(Debug)]
pub(crate) struct Quotas {
    limits: Limits,
    owners: Mutex<BTreeMap<Owner, Usage>>,
    mailboxes: Mutex<HashMap<DeviceId, usize>>,
}

/// What one State or organization has used.
#[derive(Debug, Default)]
struct Usage {
    bytes: u64,
    /// Posts by day; only the newest two days are kept, because a clock may be set back across midnight.
    posts: BTreeMap<u64, u32>,
    /// Directory entries by day, for a year.
    entries: BTreeMap<u64, u32>,
    reserved_bytes: u64,
    reserved_posts: u32,
}

/// Room for one post, until it is in the journal or was refused.
#[derive(Debug)]
pub(crate) struct Reservation {
    quotas: Arc<Quotas>,
    owner: Owner,
    bytes: u64,
}

impl Quotas {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, owners: Mutex::default(), mailboxes: Mutex::default() }
    }

    /// Room for a post of so many bytes at this time; none when the owner has had its share, or as many posts a day as it
    /// allows itself.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        owner: &Owner,
        (bytes, own_posts): (u64, Option<u32>),
        now: u64,
    ) -> Option<Reservation> {
        let posts_max = own_posts.unwrap_or(u32::MAX).min(self.limits.state_posts_per_day);
        let mut owners = lock(&self.owners);
        let usage = owners.entry(owner.clone()).or_default();
        let posts = usage.posts.get(&(now / DAY_S)).copied().unwrap_or(0);
        let posts = posts.saturating_add(usage.reserved_posts);
        let held = usage.bytes.saturating_add(usage.reserved_bytes).saturating_add(bytes);
        if posts >= posts_max || held > self.limits.state_bytes {
            return None;
        }
        usage.reserved_posts = usage.reserved_posts.saturating_add(1);
        usage.reserved_bytes = usage.reserved_bytes.saturating_add(bytes);
        Some(Reservation { quotas: Arc::clone(self), owner: owner.clone(), bytes })
    }

    /// A post is in the journal, and holds so many bytes: none if it has ended since.
    pub(crate) fn posted(&self, owner: &Owner, time: u64, bytes: u64) {
        self.recalled(owner, time / DAY_S, (1, bytes));
    }

    /// So many more posts of one day.
    pub(crate) fn recalled(&self, owner: &Owner, day: u64, (posts, bytes): (u32, u64)) {
        let mut owners = lock(&self.owners);
        let usage = owners.entry(owner.clone()).or_default();
        usage.bytes = usage.bytes.saturating_add(bytes);
        let known = usage.posts.entry(day).or_default();
        *known = known.saturating_add(posts);
        while usage.posts.len() > 2 {
            usage.posts.pop_first();
        }
    }

    /// A post's bytes are gone.
    pub(crate) fn freed(&self, owner: &Owner, bytes: u64) {
        if let Some(usage) = lock(&self.owners).get_mut(owner) {
            usage.bytes = usage.bytes.saturating_sub(bytes);
        }
    }

    /// Whether an owner may change the directory once more. The custodian may always: it enrols every State, and who
    /// holds its keys could do worse than make the log long.
    pub(crate) fn may_log(&self, owner: &Owner, now: u64) -> bool {
        let owners = lock(&self.owners);
        let Some(usage) = owners.get(owner).filter(|_| !owner.is_custodian()) else { return true };
        let today = now / DAY_S;
        let this_day = usage.entries.get(&today).copied().unwrap_or(0);
        let year = today.saturating_sub(YEAR_DAYS)..=today;
        let this_year: u32 = usage.entries.range(year).map(|(_, entries)| *entries).sum();
        this_day < self.limits.state_entries_per_day && this_year < self.limits.state_entries_per_year
    }

    /// An entry is in the log.
    pub(crate) fn logged(&self, owner: &Owner, time: u64) {
        let mut owners = lock(&self.owners);
        let usage = owners.entry(owner.clone()).or_default();
        let day = time / DAY_S;
        let entries = usage.entries.entry(day).or_default();
        *entries = entries.saturating_add(1);
        usage.entries = usage.entries.split_off(&day.saturating_sub(YEAR_DAYS));
    }

    /// A post waits for a device.
    pub(crate) fn filled(&self, device: DeviceId) {
        self.waits(device, 1);
    }

    /// So many more posts wait for a device.
    pub(crate) fn waits(&self, device: DeviceId, posts: usize) {
        let mut mailboxes = lock(&self.mailboxes);
        let waiting = mailboxes.entry(device).or_default();
        *waiting = waiting.saturating_add(posts);
    }

    /// A post no longer waits for a device.
    pub(crate) fn emptied(&self, device: DeviceId) {
        let mut mailboxes = lock(&self.mailboxes);
        let left = mailboxes.get(&device).map_or(0, |waiting| waiting.saturating_sub(1));
        if left == 0 {
            mailboxes.remove(&device);
        } else {
            mailboxes.insert(device, left);
        }
    }

    /// How many posts wait for a device.
    pub(crate) fn waiting(&self, device: DeviceId) -> usize {
        lock(&self.mailboxes).get(&device).copied().unwrap_or(0)
    }

    /// Whether a device's mailbox takes no more. Posts that are just being written are not counted, so a mailbox may
    /// end a few above the limit.
    pub(crate) fn is_full(&self, device: DeviceId) -> bool {
        self.waiting(device) >= self.limits.mailbox_posts
    }

    /// How many posts wait for all devices together.
    pub(crate) fn all_waiting(&self) -> usize {
        lock(&self.mailboxes).values().sum()
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(usage) = lock(&self.quotas.owners).get_mut(&self.owner) {
            usage.reserved_posts = usage.reserved_posts.saturating_sub(1);
            usage.reserved_bytes = usage.reserved_bytes.saturating_sub(self.bytes);
        }
    }
}

/// Counts are right even if a thread panicked: each is changed by one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Days that count as a year, besides today.
const YEAR_DAYS: u64 = 364;

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas() -> (Arc<Quotas>, Owner) {
        let limits = Limits {
            state_posts_per_day: 2,
            state_bytes: 100,
            state_entries_per_day: 2,
            state_entries_per_year: 3,
            mailbox_posts: 1,
            ..Limits::default()
        };
        (Arc::new(Quotas::new(limits)), "xa".parse().unwrap())
    }

    #[test]
    fn what_is_granted_counts_before_it_is_written() {
        let (quotas, owner) = quotas();
        let first = quotas.reserve(&owner, (60, None), 0).unwrap();
        assert!(quotas.reserve(&owner, (60, None), 0).is_none(), "bytes");
        let second = quotas.reserve(&owner, (10, None), 0).unwrap();
        assert!(quotas.reserve(&owner, (1, None), 0).is_none(), "posts");
        drop((first, second));
        quotas.posted(&owner, 0, 60);
        quotas.posted(&owner, 0, 10);
        assert!(quotas.reserve(&owner, (1, None), DAY_S - 1).is_none());
        assert!(quotas.reserve(&owner, (31, None), DAY_S).is_none());
        quotas.freed(&owner, 60);
        assert!(quotas.reserve(&owner, (90, None), DAY_S).is_some());
        assert!(quotas.reserve(&"xb".parse().unwrap(), (100, None), 0).is_some(), "another State's share");
        let modest: Owner = "xc".parse().unwrap();
        let only = quotas.reserve(&modest, (1, Some(1)), 0).unwrap();
        assert!(quotas.reserve(&modest, (1, Some(1)), 0).is_none(), "its own limit");
        drop(only);
    }

    #[test]
    fn entries_count_by_day_and_by_year_and_the_custodian_has_no_share() {
        let (quotas, owner) = quotas();
        for (day, may) in [(0, true), (0, true), (0, false), (1, true), (1, false), (365, true)] {
            assert_eq!(quotas.may_log(&owner, day * DAY_S), may, "day {day}");
            if may {
                quotas.logged(&owner, day * DAY_S);
            }
        }
        let custodian = Owner::custodian();
        (0..9).for_each(|_| quotas.logged(&custodian, 0));
        assert!(quotas.may_log(&custodian, 0));
    }

    #[test]
    fn a_mailbox_fills_and_empties() {
        let (quotas, _) = quotas();
        let device = DeviceId::new([1; 16]);
        assert!(!quotas.is_full(device));
        quotas.filled(device);
        assert_eq!((quotas.is_full(device), quotas.waiting(device), quotas.all_waiting()), (true, 1, 1));
        quotas.emptied(device);
        quotas.emptied(device);
        assert_eq!(quotas.waiting(device), 0);
    }
}
