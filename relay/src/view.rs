//! What waits where, quickly? Indexes into the journal, in sled; the only file that names it.
//! It must never know a byte of what waits, nor be believed: each start throws it away and folds the journal again.
//!
//! ```text
//! posts     sequence 8                    -> hh 32, device 16, lane 1, left 2, count 2, bytes 4, expires 8, time 8, size 8
//! seen      hh 32                         -> sequence 8
//! waiting   device 16, 3 - lane 1, seq 8  -> from 4, prefix 4, wrap 4, length 2, expires 8
//! expiries  expires 8, sequence 8         -> nothing
//! spent     sequence 8                    -> nothing                   all recipients have it, its bytes are still there
//! about     sequence 8, event 8           -> nothing                   event speaks of the post and is kept for it
//! mentions  event 8                       -> how many posts it still speaks of 2
//! bundles   device 16                     -> number 8, event 8
//! vaults    device 16                     -> generation 4, events 8, event 8
//! ```
//!
//! sled's `flush` is no fsync, and a database that was stopped abruptly may not open (its issues 1452 and 1533). Neither
//! matters to a view that is never opened twice. Values stay far below 100 bytes: larger ones become files of their own.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_proto::Lane;
use thiserror::Error;

use crate::view::record::Fixed;
pub(crate) use crate::view::record::{BundleRecord, PostRecord, VaultRecord, WaitingRecord};

mod record;

/// The view could not be opened, read or written. What it said is in the journal, so the next start heals it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the view cannot be used")]
pub(crate) struct ViewError;

/// For readers: each call shows what the last commit left.
#[derive(Clone, Debug)]
pub(crate) struct View {
    _database: sled::Db,
    posts: sled::Tree,
    seen: sled::Tree,
    waiting: sled::Tree,
    expiries: sled::Tree,
    spent: sled::Tree,
    about: sled::Tree,
    mentions: sled::Tree,
    bundles: sled::Tree,
    vaults: sled::Tree,
}

/// For the one writer: changes gather here, and it sees them at once; readers see them after [`Changes::commit`].
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) posts: Table<PostRecord>,
    pub(crate) seen: Table<u64>,
    pub(crate) waiting: Table<WaitingRecord>,
    pub(crate) expiries: Table<()>,
    pub(crate) spent: Table<()>,
    pub(crate) about: Table<()>,
    pub(crate) mentions: Table<u16>,
    pub(crate) bundles: Table<BundleRecord>,
    pub(crate) vaults: Table<VaultRecord>,
}

/// One tree with the changes that are not in it yet.
#[derive(Debug)]
pub(crate) struct Table<V> {
    tree: sled::Tree,
    changes: BTreeMap<Vec<u8>, Option<V>>,
}

/// One post in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The post.
    pub(crate) sequence: u64,
    /// Where its parts for this device are.
    pub(crate) record: WaitingRecord,
}

impl View {
    /// An empty view in this directory. What is there goes; what cannot go is moved aside.
    pub(crate) fn fresh(path: &Path) -> Result<Self, ViewError> {
        clear(path);
        Self::open(path).or_else(|_| {
            let _ = fs::rename(path, path.with_extension("aside"));
            Self::open(path)
        })
    }

    fn open(path: &Path) -> Result<Self, ViewError> {
        let open = || {
            let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
            let database = config.open()?;
            let tree = |name: &str| database.open_tree(name);
            Ok::<Self, sled::Error>(Self {
                posts: tree("posts")?,
                seen: tree("seen")?,
                waiting: tree("waiting")?,
                expiries: tree("expiries")?,
                spent: tree("spent")?,
                about: tree("about")?,
                mentions: tree("mentions")?,
                bundles: tree("bundles")?,
                vaults: tree("vaults")?,
                _database: database,
            })
        };
        // sled may panic on files that it does not understand; nothing of ours is left half done by that.
        catch_unwind(AssertUnwindSafe(open)).map_err(|_| ViewError)?.map_err(|_| ViewError)
    }

    /// The writer's side.
    pub(crate) fn changes(&self) -> Changes {
        Changes {
            posts: Table::new(&self.posts),
            seen: Table::new(&self.seen),
            waiting: Table::new(&self.waiting),
            expiries: Table::new(&self.expiries),
            spent: Table::new(&self.spent),
            about: Table::new(&self.about),
            mentions: Table::new(&self.mentions),
            bundles: Table::new(&self.bundles),
            vaults: Table::new(&self.vaults),
        }
    }

    /// The first post of a lane that waits for a device behind this one.
    pub(crate) fn next(
        &self,
        device: DeviceId,
        lane: Lane,
        after: u64,
    ) -> Result<Option<Waiting>, ViewError> {
        let from = waiting_key(device, lane, after.saturating_add(1));
        let to = waiting_key(device, lane, u64::MAX);
        let Some(found) = self.waiting.range(from..=to).next() else { return Ok(None) };
        let (key, value) = found.map_err(|_| ViewError)?;
        let sequence = u64::read(key.get(17..).unwrap_or_default()).ok_or(ViewError)?;
        Ok(Some(Waiting { sequence, record: WaitingRecord::read(&value).ok_or(ViewError)? }))
    }

    /// What is known of a post.
    pub(crate) fn post(&self, sequence: u64) -> Result<Option<PostRecord>, ViewError> {
        read(&self.posts, &sequence.to_be_bytes())
    }

    /// The place of a post.
    pub(crate) fn seen(&self, hh: HeaderHash) -> Result<Option<u64>, ViewError> {
        read(&self.seen, hh.as_bytes())
    }

    /// A device's prekeys.
    pub(crate) fn bundle(&self, device: DeviceId) -> Result<Option<BundleRecord>, ViewError> {
        read(&self.bundles, device.as_bytes())
    }

    /// A device's vault.
    pub(crate) fn vault(&self, device: DeviceId) -> Result<Option<VaultRecord>, ViewError> {
        read(&self.vaults, device.as_bytes())
    }

    /// Posts that all recipients have and whose bytes are still there, at most `max`.
    pub(crate) fn spent(&self, max: usize) -> Result<Vec<u64>, ViewError> {
        let sequence = |found: sled::Result<(sled::IVec, sled::IVec)>| {
            u64::read(&found.map_err(|_| ViewError)?.0).ok_or(ViewError)
        };
        self.spent.iter().take(max).map(sequence).collect()
    }

    /// Posts whose time has come, at most `max`.
    pub(crate) fn expired(&self, now: u64, max: usize) -> Result<Vec<u64>, ViewError> {
        let until = expiry_key(now, u64::MAX);
        let sequence = |found: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, _) = found.map_err(|_| ViewError)?;
            u64::read(key.get(8..).unwrap_or_default()).ok_or(ViewError)
        };
        self.expiries.range(..=until).take(max).map(sequence).collect()
    }
}

impl Changes {
    /// Shows all changes to readers: what a mailbox points to before the mailbox itself.
    pub(crate) fn commit(&mut self) -> Result<(), ViewError> {
        self.posts.commit()?;
        self.seen.commit()?;
        self.expiries.commit()?;
        self.spent.commit()?;
        self.about.commit()?;
        self.mentions.commit()?;
        self.bundles.commit()?;
        self.vaults.commit()?;
        self.waiting.commit()
    }
}

impl<V: Fixed + Copy> Table<V> {
    fn new(tree: &sled::Tree) -> Self {
        Self { tree: tree.clone(), changes: BTreeMap::new() }
    }

    /// The value under a key, as changed.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<V>, ViewError> {
        match self.changes.get(key) {
            Some(changed) => Ok(*changed),
            None => read(&self.tree, key),
        }
    }

    /// Puts a value.
    pub(crate) fn put(&mut self, key: &[u8], value: V) {
        self.changes.insert(key.to_vec(), Some(value));
    }

    /// Takes a value away and says what it was.
    pub(crate) fn take(&mut self, key: &[u8]) -> Result<Option<V>, ViewError> {
        let was = self.get(key)?;
        if was.is_some() {
            self.changes.insert(key.to_vec(), None);
        }
        Ok(was)
    }

    /// Keys that begin like this, as changed.
    pub(crate) fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, ViewError> {
        let mut keys = Vec::new();
        for key in self.tree.scan_prefix(prefix).keys() {
            let key = key.map_err(|_| ViewError)?.to_vec();
            if !self.changes.contains_key(&key) {
                keys.push(key);
            }
        }
        let changed = self.changes.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        keys.extend(changed.filter(|(_, value)| value.is_some()).map(|(key, _)| key.clone()));
        Ok(keys)
    }

    fn commit(&mut self) -> Result<(), ViewError> {
        let mut batch = sled::Batch::default();
        for (key, change) in std::mem::take(&mut self.changes) {
            match change {
                Some(value) => batch.insert(key, value.bytes()),
                None => batch.remove(key),
            }
        }
        self.tree.apply_batch(batch).map_err(|_| ViewError)
    }
}

/// A mailbox's key: the most urgent lane first, then by age.
pub(crate) fn waiting_key(device: DeviceId, lane: Lane, sequence: u64) -> [u8; 25] {
    let mut key = [0; 25];
    let (id, rest) = key.split_at_mut(16);
    let (urgency, place) = rest.split_at_mut(1);
    id.copy_from_slice(device.as_bytes());
    urgency.copy_from_slice(&[Lane::Flash.number() - lane.number()]);
    place.copy_from_slice(&sequence.to_be_bytes());
    key
}

/// The key of a post in the order of expiry, or of an event beside a post.
pub(crate) fn expiry_key(first: u64, second: u64) -> [u8; 16] {
    (u128::from(first) << 64 | u128::from(second)).to_be_bytes()
}

fn read<V: Fixed>(tree: &sled::Tree, key: &[u8]) -> Result<Option<V>, ViewError> {
    let Some(found) = tree.get(key).map_err(|_| ViewError)? else { return Ok(None) };
    V::read(&found).map(Some).ok_or(ViewError)
}

/// Makes room: by deleting, or by a rename if that is refused.
fn clear(path: &Path) {
    let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    if gone.is_err() && path.exists() {
        let _ = fs::rename(path, path.with_extension("aside"));
    }
}

/// What sled keeps in memory. A mailbox is read from its front, so little is needed.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> (tempfile::TempDir, View) {
        let dir = tempfile::tempdir().unwrap();
        let view = View::fresh(&dir.path().join("view")).unwrap();
        (dir, view)
    }

    fn record(wrap: u32) -> WaitingRecord {
        WaitingRecord { from: 1, prefix: 2, wrap, wrap_bytes: 3, expires: 4 }
    }

    #[test]
    fn a_mailbox_is_read_by_lane_and_age_and_ends_with_its_device() {
        let (_dir, view) = view();
        let (device, other) = (DeviceId::new([1; 16]), DeviceId::new([2; 16]));
        let mut changes = view.changes();
        for (device, lane, sequence) in [
            (device, Lane::Routine, 1),
            (device, Lane::Routine, 300),
            (other, Lane::Routine, 2),
            (device, Lane::Flash, 9),
        ] {
            changes.waiting.put(&waiting_key(device, lane, sequence), record(sequence as u32));
        }
        assert_eq!(view.next(device, Lane::Routine, 0), Ok(None), "not committed");
        changes.commit().unwrap();
        let next = |lane, after| view.next(device, lane, after).unwrap().map(|waiting| waiting.sequence);
        assert_eq!(
            [next(Lane::Routine, 0), next(Lane::Routine, 1), next(Lane::Routine, 300)],
            [Some(1), Some(300), None]
        );
        assert_eq!([next(Lane::Flash, 0), next(Lane::Immediate, 0)], [Some(9), None]);
        assert_eq!(next(Lane::Routine, u64::MAX), None);
    }

    #[test]
    fn the_writer_sees_its_own_changes() {
        let (_dir, view) = view();
        let mut changes = view.changes();
        changes.about.put(&expiry_key(1, 1), ());
        changes.about.put(&expiry_key(1, 2), ());
        changes.commit().unwrap();
        changes.about.put(&expiry_key(1, 3), ());
        assert_eq!(changes.about.take(&expiry_key(1, 2)), Ok(Some(())));
        assert_eq!(changes.about.take(&expiry_key(1, 2)), Ok(None));
        let keys = changes.about.keys(&1_u64.to_be_bytes()).unwrap();
        assert_eq!(keys, [expiry_key(1, 1), expiry_key(1, 3)].map(|key| key.to_vec()));
    }

    #[test]
    fn whatever_is_in_the_way_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("view");
        fs::write(&path, "a file").unwrap();
        drop(View::fresh(&path).unwrap());
        fs::write(path.join("db"), [7; 9_000]).unwrap();
        fs::write(path.join("conf"), "nonsense").unwrap();
        let view = View::fresh(&path).unwrap();
        assert_eq!(view.seen(HeaderHash::new([1; 32])), Ok(None));
    }

    #[test]
    fn what_sled_cannot_open_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("db")).unwrap();
        assert_eq!(View::open(dir.path()).err(), Some(ViewError));
    }
}
