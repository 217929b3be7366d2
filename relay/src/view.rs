//! What waits where, quickly? Indexes into the journal, in sled; the only file that names it.
//! It must never know a byte of what waits, nor be believed without its proof.
//!
//! ```text
//! one tree, so that a commit is one batch:       tag 1, key              -> value
//!
//! posts     sequence 8                    -> hh 32, device 16, lane 1, left 2, count 2, bytes 4, expires 8, time 8, size 8
//! seen      hh 32                         -> sequence 8
//! waiting   device 16, 3 - lane 1, seq 8  -> from 4, prefix 4, wrap 4, length 2, expires 8
//! expiries  expires 8, sequence 8         -> nothing
//! spent     sequence 8                    -> nothing                   all recipients have it, its bytes are still there
//! about     sequence 8, event 8           -> nothing                   event speaks of the post and is kept for it
//! mentions  event 8                       -> how many posts it still speaks of 2
//! bundles   device 16                     -> number 8, event 8
//! vaults    device 16                     -> generation 4, events 8, event 8
//! chain     event 8                       -> nothing                   an entry of the directory's log
//! invited   event 8                       -> nothing                   an invitation that stands
//! freed     event 8                       -> nothing                   its bytes may go, its name must stay
//! forgotten event 8                       -> nothing                   it may go with its name
//! mark                                    -> layout 2, view 8, known 8, id 32, founding 32, commits 8, rows 8, sum 8
//! ```
//!
//! sled's `flush` is no fsync, a power loss may leave it older or patched together, and a database that was stopped
//! abruptly may not open (its issues 1452 and 1533). So every commit says in its own batch up to which event the view is
//! complete and what all its rows sum up to, and a start goes on from a view only if this is true of what it reads, and
//! if it is not older than the durable mark beside it: events that the view no longer needed then may have gone from the
//! journal since. Any other view is thrown away, and the journal folded anew. Values stay far below 100 bytes: larger
//! ones become files of their own.

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_proto::Lane;
use thiserror::Error;

pub(crate) use crate::view::changes::Changes;
pub(crate) use crate::view::mark::{Mark, Sum};
pub(crate) use crate::view::record::{BundleRecord, Fixed, PostRecord, VaultRecord, WaitingRecord};
pub(crate) use crate::view::table::{
    ABOUT, BUNDLES, CHAIN, EXPIRIES, FORGOTTEN, FREED, INVITED, MENTIONS, POSTS, SEEN, SPENT, Table, VAULTS,
    WAITING, expiry_key, waiting_key,
};

mod changes;
mod files;
mod mark;
mod record;
mod table;

/// The view could not be opened, read or written. What it said is in the journal, so the next start heals it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the view cannot be used")]
pub(crate) struct ViewError;

/// For readers: each call shows what the last commit left.
#[derive(Clone, Debug)]
pub(crate) struct View {
    database: sled::Db,
    path: Arc<Path>,
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
    /// Goes on from the view in this directory: what `resume` makes of it and of what it says of itself. None if there
    /// is none, if it does not open, if the process that tried last has died of it, or if `resume` refuses.
    pub(crate) fn kept<T>(path: &Path, resume: impl FnOnce(Self, Mark) -> Option<T>) -> Option<T> {
        let tried = path.with_extension(OPENING);
        if !path.is_dir() || tried.exists() {
            return None;
        }
        let least = files::durable(path)?;
        File::create(&tried).ok()?;
        let view = Self::open(path).ok();
        let marked = view.and_then(|view| Some((view.mark()?, view)));
        let marked = marked.filter(|(mark, _)| mark.view == least.0 && mark.commits >= least.1);
        let resumed = marked.and_then(|(mark, view)| resume(view, mark));
        fs::remove_file(&tried).ok()?;
        resumed
    }

    /// An empty view in this directory. What is there goes; what cannot go is moved aside.
    pub(crate) fn fresh(path: &Path) -> Result<Self, ViewError> {
        // First the durable mark: without it no view is gone on from.
        for beside in [files::DURABLE, OPENING] {
            let _ = fs::remove_file(path.with_extension(beside));
        }
        files::clear(path);
        let view = Self::open(path).or_else(|_| {
            let _ = fs::rename(path, path.with_extension("aside"));
            Self::open(path)
        })?;
        // If what was there could neither go nor be moved, it must at least not be believed.
        view.database.clear().map_err(|_| ViewError)?;
        Ok(view)
    }

    fn open(path: &Path) -> Result<Self, ViewError> {
        let open = || {
            let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
            Ok::<Self, sled::Error>(Self { database: config.open()?, path: path.into() })
        };
        // sled may panic on files that it does not understand; nothing of ours is left half done by that.
        catch_unwind(AssertUnwindSafe(open)).map_err(|_| ViewError)?.map_err(|_| ViewError)
    }

    /// The writer's side, which begins with nothing but this mark.
    pub(crate) fn changes(&self, mark: Mark) -> Changes {
        Changes::new(self.clone(), mark)
    }

    /// Makes durable what was committed, and then the mark which says so. From here on, what this view lists as free may
    /// go from the journal.
    pub(crate) fn sync(&self) -> io::Result<()> {
        let mark = self.mark().ok_or(io::ErrorKind::InvalidData)?;
        self.database.flush().map_err(io::Error::other)?;
        files::sync_below(&self.path)?;
        files::say_durable(&self.path, (mark.view, mark.commits))
    }

    /// Bytes of its files. sled never makes them smaller.
    pub(crate) fn bytes(&self) -> u64 {
        files::bytes_below(&self.path).unwrap_or(u64::MAX)
    }

    /// Every row but the mark, in the order of the tables. Panics of sled are caught here.
    pub(crate) fn each(&self, mut see: impl FnMut(&[u8], &[u8])) -> Result<(), ViewError> {
        let all = || {
            for row in self.database.range(..[table::MARK].as_slice()) {
                let (key, value) = row.map_err(|_| ViewError)?;
                see(&key, &value);
            }
            Ok(())
        };
        catch_unwind(AssertUnwindSafe(all)).unwrap_or(Err(ViewError))
    }

    /// The first post of a lane that waits for a device behind this one.
    pub(crate) fn next(
        &self,
        device: DeviceId,
        lane: Lane,
        after: u64,
    ) -> Result<Option<Waiting>, ViewError> {
        let from = WAITING.key(&waiting_key(device, lane, after.saturating_add(1)));
        let to = WAITING.key(&waiting_key(device, lane, u64::MAX));
        let Some(found) = self.database.range(from..=to).next() else { return Ok(None) };
        let (key, value) = found.map_err(|_| ViewError)?;
        let sequence = u64::read(key.get(18..).unwrap_or_default()).ok_or(ViewError)?;
        Ok(Some(Waiting { sequence, record: WaitingRecord::read(&value).ok_or(ViewError)? }))
    }

    /// How many posts that have not ended wait for a device.
    pub(crate) fn waiting(&self, device: DeviceId, now: u64) -> Result<u64, ViewError> {
        let mut waiting = 0_u64;
        for row in self.database.scan_prefix(WAITING.key(device.as_bytes())) {
            let (_, value) = row.map_err(|_| ViewError)?;
            let record = WaitingRecord::read(&value).ok_or(ViewError)?;
            waiting = waiting.saturating_add(u64::from(record.expires > now));
        }
        Ok(waiting)
    }

    /// What is known of a post.
    pub(crate) fn post(&self, sequence: u64) -> Result<Option<PostRecord>, ViewError> {
        self.read(POSTS, &sequence.to_be_bytes())
    }

    /// The place of a post.
    pub(crate) fn seen(&self, hh: HeaderHash) -> Result<Option<u64>, ViewError> {
        self.read(SEEN, hh.as_bytes())
    }

    /// A device's prekeys.
    pub(crate) fn bundle(&self, device: DeviceId) -> Result<Option<BundleRecord>, ViewError> {
        self.read(BUNDLES, device.as_bytes())
    }

    /// A device's vault.
    pub(crate) fn vault(&self, device: DeviceId) -> Result<Option<VaultRecord>, ViewError> {
        self.read(VAULTS, device.as_bytes())
    }

    /// Posts that all recipients have and whose bytes are still there, at most `max`.
    pub(crate) fn spent(&self, max: usize) -> Result<Vec<u64>, ViewError> {
        self.numbers(SPENT, max)
    }

    /// Events that may go, at most `max`: of a table of such.
    pub(crate) fn gone(&self, table: Table<()>, max: usize) -> Result<Vec<u64>, ViewError> {
        self.numbers(table, max)
    }

    /// Posts whose time has come, at most `max`.
    pub(crate) fn expired(&self, now: u64, max: usize) -> Result<Vec<u64>, ViewError> {
        let (from, until) = (EXPIRIES.key(&expiry_key(0, 0)), EXPIRIES.key(&expiry_key(now, u64::MAX)));
        let sequence = |found: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, _) = found.map_err(|_| ViewError)?;
            u64::read(key.get(9..).unwrap_or_default()).ok_or(ViewError)
        };
        self.database.range(from..=until).take(max).map(sequence).collect()
    }

    fn numbers(&self, table: Table<()>, max: usize) -> Result<Vec<u64>, ViewError> {
        let number = |found: sled::Result<(sled::IVec, sled::IVec)>| {
            let (key, _) = found.map_err(|_| ViewError)?;
            u64::read(key.get(1..).unwrap_or_default()).ok_or(ViewError)
        };
        self.database.scan_prefix(table.key(&[])).take(max).map(number).collect()
    }

    fn read<V: Fixed>(&self, table: Table<V>, key: &[u8]) -> Result<Option<V>, ViewError> {
        let Some(found) = self.stored(&table.key(key))? else { return Ok(None) };
        V::read(&found).map(Some).ok_or(ViewError)
    }

    fn mark(&self) -> Option<Mark> {
        let read = || self.database.get([table::MARK]).ok().flatten();
        let found = catch_unwind(AssertUnwindSafe(read)).ok().flatten()?;
        Mark::read(&found)
    }

    /// A row's value, under its whole key.
    fn stored(&self, key: &[u8]) -> Result<Option<sled::IVec>, ViewError> {
        self.database.get(key).map_err(|_| ViewError)
    }

    /// Whole keys that begin like this.
    fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, ViewError> {
        let key = |found: sled::Result<sled::IVec>| found.map(|key| key.to_vec()).map_err(|_| ViewError);
        self.database.scan_prefix(prefix).keys().map(key).collect()
    }

    /// All or nothing, also through a crash.
    fn apply<'c>(
        &self,
        changes: impl Iterator<Item = (&'c Vec<u8>, &'c Option<Vec<u8>>)>,
        mark: &Mark,
    ) -> Result<(), ViewError> {
        let mut batch = sled::Batch::default();
        for (key, change) in changes {
            match change {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        batch.insert(&[table::MARK], mark.bytes());
        self.database.apply_batch(batch).map_err(|_| ViewError)
    }
}

/// What sled keeps in memory. A mailbox is read from its front, so little is needed.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// Ending of the file that stands while the view is opened: sled cannot take the process down twice.
const OPENING: &str = "opening";

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
        let mut changes = view.changes(Mark::default());
        for (device, lane, sequence) in [
            (device, Lane::Routine, 1),
            (device, Lane::Routine, 300),
            (other, Lane::Routine, 2),
            (device, Lane::Flash, 9),
        ] {
            changes.put(WAITING, &waiting_key(device, lane, sequence), record(sequence as u32));
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
        assert_eq!((view.waiting(device, 3), view.waiting(device, 4)), (Ok(3), Ok(0)), "they end at 4");
        assert_eq!(view.waiting(other, 0), Ok(1));
    }

    #[test]
    fn tables_end_where_the_next_begins() {
        let (_dir, view) = view();
        let mut changes = view.changes(Mark::default());
        for number in [1, 2, u64::MAX] {
            changes.put(SPENT, &number.to_be_bytes(), ());
            changes.put(FREED, &number.to_be_bytes(), ());
        }
        changes.put(EXPIRIES, &expiry_key(5, 7), ());
        changes.put(EXPIRIES, &expiry_key(6, 8), ());
        changes.commit().unwrap();
        assert_eq!(view.spent(9), Ok(vec![1, 2, u64::MAX]));
        assert_eq!((view.gone(FREED, 9), view.gone(FREED, 1)), (Ok(vec![1, 2, u64::MAX]), Ok(vec![1])));
        assert_eq!((view.expired(5, 9), view.expired(4, 9)), (Ok(vec![7]), Ok(vec![])));
    }

    #[test]
    fn a_view_that_was_kept_says_how_far_it_is_and_what_it_sums_up_to() {
        let (dir, view) = view();
        let path = dir.path().join("view");
        let mut changes = view.changes(Mark::default());
        changes.put(SEEN, &[1; 32], 7_u64);
        changes.put(SEEN, &[2; 32], 8_u64);
        changes.reach((9, [3; 32]), [1; 32]);
        changes.commit().unwrap();
        changes.put(SEEN, &[1; 32], 9_u64);
        assert_eq!(changes.take(SEEN, &[2; 32]), Ok(Some(8)));
        changes.reach((10, [4; 32]), [1; 32]);
        changes.commit().unwrap();
        view.sync().unwrap();
        drop((view, changes));
        let (view, mark) = View::kept(&path, |view, mark| Some((view, mark))).unwrap();
        assert!(view.bytes() > 100);
        assert_eq!((mark.known, mark.id, mark.founding), (10, [4; 32], [1; 32]));
        assert_eq!((mark.commits, mark.sum.rows()), (2, 1));
        let mut sum = Sum::default();
        view.each(|key, value| sum.add(key, value)).unwrap();
        assert_eq!(sum, mark.sum);
        assert_eq!(view.seen(HeaderHash::new([1; 32])), Ok(Some(9)));
    }

    #[test]
    fn a_view_of_which_a_process_died_is_not_opened_again() {
        let (dir, view) = view();
        let path = dir.path().join("view");
        view.changes(Mark::default()).commit().unwrap();
        view.sync().unwrap();
        drop(view);
        let kept = || View::kept(&path, |_, _| Some(())).is_some();
        assert!(kept() && kept());
        let died = catch_unwind(|| View::kept(&path, |_, _| -> Option<()> { panic!("as the test told") }));
        assert!(died.is_err() && !kept());
        drop(View::fresh(&path).unwrap());
        assert!(!kept(), "it says nothing of itself yet");
        assert!(!path.with_extension(OPENING).exists());
    }

    #[test]
    fn a_view_that_is_older_than_its_durable_mark_is_none() {
        let (dir, view) = view();
        let path = dir.path().join("view");
        let durable = path.with_extension(files::DURABLE);
        let mut changes = view.changes(Mark::default());
        changes.commit().unwrap();
        view.sync().unwrap();
        // One that was not synced may be gone on from too, if it is there.
        changes.reach((1, [0; 32]), [1; 32]);
        changes.commit().unwrap();
        changes.commit().unwrap();
        drop((view, changes));
        let kept = || View::kept(&path, |_, _| Some(())).is_some();
        for (said, may) in [
            ("0 1", true),
            ("0 2", true),
            ("0 3", false),
            ("1 1", false),
            ("", false),
            ("0", false),
            ("0 two", false),
        ] {
            fs::write(&durable, said).unwrap();
            assert_eq!(kept(), may, "{said:?}");
        }
        fs::remove_file(&durable).unwrap();
        assert!(!kept());
    }

    #[test]
    fn whatever_is_in_the_way_gives_way() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("view");
        fs::write(&path, "a file").unwrap();
        assert!(View::kept(&path, |_, _| Some(())).is_none());
        drop(View::fresh(&path).unwrap());
        fs::write(path.join("db"), [7; 9_000]).unwrap();
        fs::write(path.join("conf"), "nonsense").unwrap();
        assert!(View::kept(&path, |_, _| Some(())).is_none());
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
