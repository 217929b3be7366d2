//! What does the program see, and what of it is sure? Files and names, with what was changed since the last syncs.
//! It must never know when the power fails, or what a loss may leave: see `loss`.
//!
//! ```text
//! file   = sure bytes ─ change* ─▶ bytes now       a sync that ended makes sure what was there when it began
//! folder = sure names ─ change* ─▶ names now       the same, by a sync of the folder itself
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::Lost;
use super::trace::{Kind, Record};

/// A file, folder or socket, whatever it is called.
pub(super) type Id = usize;
/// What each folder calls what.
pub(super) type Names = BTreeMap<Id, BTreeMap<String, Id>>;

/// All files and names of one folder.
#[derive(Debug, Default)]
pub(super) struct Disk {
    pub(super) things: Vec<Thing>,
    pub(super) names: Names,
    /// The names when the power failed last, and what has happened to them since.
    pub(super) sure_names: Names,
    pub(super) renamings: Vec<Renaming>,
    under_way: BTreeMap<u64, Begun>,
    records: usize,
}

#[derive(Debug)]
pub(super) struct Thing {
    pub(super) mode: u32,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Folder,
    Socket,
    File(Bytes),
}

/// The bytes of a file.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    pub(super) sure: Vec<u8>,
    pub(super) now: Vec<u8>,
    pub(super) changes: Vec<Change>,
    /// Changes before those.
    folded: usize,
}

#[derive(Debug)]
pub(super) struct Change {
    pub(super) how: How,
    /// Its sync failed: the kernel calls it clean, and no later sync writes it.
    dropped: bool,
}

#[derive(Debug)]
pub(super) enum How {
    Written(usize, Vec<u8>),
    Length(usize),
}

/// Names that changed together.
#[derive(Debug)]
pub(super) struct Renaming {
    pub(super) to: Vec<(Id, String, Option<Id>)>,
    pub(super) sure: bool,
}

/// What was there when a sync began.
#[derive(Debug)]
struct Begun {
    files: BTreeMap<Id, usize>,
    folders: Vec<Id>,
    renamings: usize,
}

impl Disk {
    /// A folder as it is; all of it is sure.
    pub(super) fn read(folder: &Path) -> io::Result<Self> {
        let mut disk = Self::default();
        disk.things.push(Thing { mode: 0o755, what: What::Folder });
        let mut folders = vec![(ROOT, folder.to_owned())];
        while let Some((id, path)) = folders.pop() {
            let mut names = BTreeMap::new();
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                let (metadata, path) = (entry.metadata()?, entry.path());
                let what = match metadata.file_type() {
                    kind if kind.is_dir() => What::Folder,
                    kind if kind.is_socket() => What::Socket,
                    _ => What::File(Bytes::of(fs::read(&path)?)),
                };
                if matches!(what, What::Folder) {
                    folders.push((disk.things.len(), path));
                }
                names.insert(entry.file_name().to_string_lossy().into_owned(), disk.things.len());
                disk.things.push(Thing { mode: metadata.permissions().mode() & 0o7777, what });
            }
            disk.names.insert(id, names);
        }
        disk.sure_names = disk.names.clone();
        Ok(disk)
    }

    /// Puts the folder into this state, from the one before.
    pub(super) fn write(&self, folder: &Path, before: &Self) -> io::Result<()> {
        let (old, new) = (before.paths(), self.paths());
        let stays = |path: &String| {
            let both = old.get(path).zip(new.get(path));
            both.is_some_and(|(there, here)| self.things[*here] == before.things[*there])
        };
        // What is in a folder goes before it.
        for (path, id) in old.iter().rev().filter(|(path, _)| !stays(path)) {
            let path = folder.join(path);
            let is_folder = matches!(before.things[*id].what, What::Folder);
            if is_folder { fs::remove_dir(path)? } else { fs::remove_file(path)? }
        }
        for (path, id) in new.iter().filter(|(path, _)| !stays(path)) {
            let (path, thing) = (folder.join(path), &self.things[*id]);
            match &thing.what {
                What::Folder => fs::create_dir(&path)?,
                What::Socket => drop(UnixListener::bind(&path)?),
                What::File(bytes) => fs::write(&path, &bytes.now)?,
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(thing.mode))?;
        }
        Ok(())
    }

    /// Follows one record.
    pub(super) fn take(&mut self, record: Record) -> Result<(), String> {
        self.records += 1;
        let Record { kind, number, at, path, path2, data } = record;
        match kind {
            Kind::Created => self.appears(&path, at, What::File(Bytes::default())),
            Kind::Folder => self.appears(&path, at, What::Folder),
            Kind::Socket => self.appears(&path, 0o755, What::Socket),
            Kind::Written => self.changes(&path, How::Written(to_usize(at), data)),
            Kind::Length => self.changes(&path, How::Length(to_usize(at))),
            Kind::Unlinked => self.rename(|disk| Ok(vec![disk.place(&path, None)?])),
            Kind::Renamed => self.rename(|disk| {
                let id = disk.find(&path)?;
                Ok(vec![disk.place(&path, None)?, disk.place(&path2, Some(id))?])
            }),
            Kind::Exchanged => self.rename(|disk| {
                let (one, two) = (disk.find(&path)?, disk.find(&path2)?);
                Ok(vec![disk.place(&path, Some(two))?, disk.place(&path2, Some(one))?])
            }),
            Kind::Linked => self.rename(|disk| Ok(vec![disk.place(&path2, Some(disk.find(&path)?))?])),
            Kind::Sync => self.find(&path).map(|id| self.begin(number, std::iter::once(id))),
            Kind::All => {
                self.begin(number, 0..self.things.len());
                Ok(())
            }
            Kind::Synced => self.end(number, true),
            Kind::Failed => self.end(number, false),
            Kind::Escaped => {
                Err(format!("{path}: the library cannot follow {}", String::from_utf8_lossy(&data)))
            }
        }
    }

    /// Records since the power failed last.
    pub(super) const fn records(&self) -> usize {
        self.records
    }

    /// All paths, folders before what is in them.
    pub(super) fn paths(&self) -> BTreeMap<String, Id> {
        let (mut paths, mut folders) = (BTreeMap::new(), vec![(String::new(), ROOT)]);
        while let Some((path, id)) = folders.pop() {
            for (name, id) in self.names.get(&id).into_iter().flatten() {
                let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                if matches!(self.things[*id].what, What::Folder) {
                    folders.push((path.clone(), *id));
                }
                paths.insert(path, *id);
            }
        }
        paths
    }

    /// The first path that is not the same in both.
    pub(super) fn first_difference(&self, other: &Self) -> Option<String> {
        let (ours, theirs) = (self.paths(), other.paths());
        let same = |path: &String| {
            let (one, two) = (ours.get(path)?, theirs.get(path)?);
            (self.things[*one].bytes() == other.things[*two].bytes()).then_some(())
        };
        ours.keys().chain(theirs.keys()).find(|path| same(path).is_none()).cloned()
    }

    /// What another state of the same folder has lost.
    pub(super) fn differs(&self, other: &Self) -> Lost {
        let (ours, theirs) = (self.paths(), other.paths());
        let changed = |(path, id): &(&String, &Id)| {
            theirs.get(*path).is_some_and(|there| self.things[**id].bytes() != other.things[*there].bytes())
        };
        Lost {
            changed: ours.iter().filter(changed).count(),
            gone: ours.keys().filter(|path| !theirs.contains_key(*path)).count(),
            back: theirs.keys().filter(|path| !ours.contains_key(*path)).count(),
        }
    }

    fn appears(&mut self, path: &str, mode: u64, what: What) -> Result<(), String> {
        let id = self.things.len();
        if matches!(what, What::Folder) {
            self.names.insert(id, BTreeMap::new());
        }
        self.things.push(Thing { mode: u32::try_from(mode).unwrap_or(0o600), what });
        self.rename(|disk| Ok(vec![disk.place(path, Some(id))?]))
    }

    fn changes(&mut self, path: &str, how: How) -> Result<(), String> {
        let id = self.find(path)?;
        let What::File(bytes) = &mut self.things[id].what else { return Err(format!("{path} is no file")) };
        how.apply(&mut bytes.now);
        bytes.changes.push(Change { how, dropped: false });
        Ok(())
    }

    fn rename(
        &mut self,
        to: impl FnOnce(&Self) -> Result<Vec<(Id, String, Option<Id>)>, String>,
    ) -> Result<(), String> {
        let renaming = Renaming { to: to(self)?, sure: false };
        renaming.apply(&mut self.names);
        self.renamings.push(renaming);
        Ok(())
    }

    /// A name of something, or of nothing.
    fn place(&self, path: &str, id: Option<Id>) -> Result<(Id, String, Option<Id>), String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Ok((self.find(folder)?, name.to_owned(), id))
    }

    fn find(&self, path: &str) -> Result<Id, String> {
        path.split('/')
            .filter(|name| !name.is_empty())
            .try_fold(ROOT, |folder, name| self.names.get(&folder)?.get(name).copied())
            .ok_or_else(|| format!("{path}: the library did not see it appear"))
    }

    fn begin(&mut self, number: u64, ids: impl Iterator<Item = Id>) {
        let mut begun =
            Begun { files: BTreeMap::new(), folders: Vec::new(), renamings: self.renamings.len() };
        for id in ids {
            match &self.things[id].what {
                What::Folder => begun.folders.push(id),
                What::File(bytes) => drop(begun.files.insert(id, bytes.folded + bytes.changes.len())),
                What::Socket => {}
            }
        }
        self.under_way.insert(number, begun);
    }

    /// A sync has ended well, or not: a failed one makes no name sure.
    fn end(&mut self, number: u64, well: bool) -> Result<(), String> {
        let begun = self.under_way.remove(&number).ok_or("a sync ended that had not begun")?;
        for (id, changes) in begun.files {
            if let What::File(bytes) = &mut self.things[id].what {
                if well { bytes.synced(changes) } else { bytes.dropped(changes) }
            }
        }
        if well {
            for renaming in &mut self.renamings[..begun.renamings] {
                renaming.sure |= renaming.to.iter().any(|(folder, ..)| begun.folders.contains(folder));
            }
        }
        Ok(())
    }
}

/// The same to whoever looks at it.
impl PartialEq for Thing {
    fn eq(&self, other: &Self) -> bool {
        let same = std::mem::discriminant(&self.what) == std::mem::discriminant(&other.what);
        same && self.mode == other.mode && self.bytes() == other.bytes()
    }
}

impl Thing {
    fn bytes(&self) -> Option<&[u8]> {
        if let What::File(bytes) = &self.what { Some(&bytes.now) } else { None }
    }
}

impl Bytes {
    /// Bytes that are sure.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self { sure: bytes.clone(), now: bytes, changes: Vec::new(), folded: 0 }
    }

    fn synced(&mut self, changes: usize) {
        let count = changes.saturating_sub(self.folded);
        for change in self.changes.drain(..count).filter(|change| !change.dropped) {
            change.how.apply(&mut self.sure);
        }
        self.folded += count;
    }

    fn dropped(&mut self, changes: usize) {
        let count = changes.saturating_sub(self.folded);
        self.changes[..count].iter_mut().for_each(|change| change.dropped = true);
    }
}

impl How {
    /// Makes the change.
    pub(super) fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Written(at, data) => {
                let end = at + data.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*at..end].copy_from_slice(data);
            }
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}

impl Renaming {
    /// Makes the change.
    pub(super) fn apply(&self, names: &mut Names) {
        for (folder, name, id) in &self.to {
            let names = names.entry(*folder).or_default();
            match id {
                Some(id) => drop(names.insert(name.clone(), *id)),
                None => drop(names.remove(name)),
            }
        }
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The folder itself.
pub(super) const ROOT: Id = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dice;
    use crate::power::Loss;

    fn record(kind: Kind, path: &str, path2: &str, number: u64, data: &str) -> Record {
        let (path, path2, data) = (path.to_owned(), path2.to_owned(), data.as_bytes().to_vec());
        Record { kind, number, at: 0, path, path2, data }
    }

    fn disk(steps: &[(Kind, &str, &str, u64)]) -> Disk {
        let mut disk = Disk::default();
        disk.things.push(Thing { mode: 0o755, what: What::Folder });
        disk.names.insert(ROOT, BTreeMap::new());
        for (kind, path, other, number) in steps {
            let (path2, data) = if *kind == Kind::Written { ("", *other) } else { (*other, "") };
            disk.take(record(*kind, path, path2, *number, data)).unwrap();
        }
        disk
    }

    fn left(disk: &Disk, loss: Loss) -> Vec<(String, String)> {
        let left = disk.after(loss, &mut Dice::of(1));
        let text =
            |id: &Id| String::from_utf8(left.things[*id].bytes().unwrap_or_default().to_vec()).unwrap();
        left.paths().iter().map(|(path, id)| (path.clone(), text(id))).collect()
    }

    fn are(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn only_what_was_written_before_the_sync_began_is_sure_and_only_once_it_ended() {
        let steps = [
            (Kind::Created, "a", "", 0),
            (Kind::Written, "a", "old", 0),
            (Kind::Sync, "a", "", 1),
            (Kind::Written, "a", "new", 0),
            (Kind::Sync, "a", "", 2),
            (Kind::Synced, "a", "", 1),
            (Kind::Synced, "a", "", 2),
        ];
        for (ended, expected) in [(5, ""), (6, "old"), (7, "new")] {
            assert_eq!(left(&disk(&steps[..ended]), Loss::Synced), are(&[("a", expected)]));
        }
    }

    #[test]
    fn what_a_failed_sync_dropped_is_not_made_sure_by_the_next() {
        let steps = [
            (Kind::Created, "a", "", 0),
            (Kind::Written, "a", "one", 0),
            (Kind::Sync, "a", "", 1),
            (Kind::Failed, "a", "", 1),
            (Kind::Sync, "a", "", 2),
            (Kind::Synced, "a", "", 2),
        ];
        let mut disk = disk(&steps);
        assert_eq!(left(&disk, Loss::Synced), are(&[("a", "")]));
        for kind in [Kind::Written, Kind::Sync, Kind::Synced] {
            disk.take(record(kind, "a", "", 3, "two")).unwrap();
        }
        assert_eq!(left(&disk, Loss::Synced), are(&[("a", "two")]));
    }

    #[test]
    fn a_sync_of_everything_makes_bytes_and_names_sure() {
        let steps = [
            (Kind::Folder, "f", "", 0),
            (Kind::Created, "f/a", "", 0),
            (Kind::Written, "f/a", "one", 0),
            (Kind::Created, "b", "", 0),
            (Kind::Exchanged, "f/a", "b", 0),
            (Kind::All, "", "", 1),
            (Kind::Created, "late", "", 0),
            (Kind::Synced, "", "", 1),
        ];
        assert_eq!(left(&disk(&steps[..7]), Loss::Names), []);
        assert_eq!(left(&disk(&steps), Loss::Names), are(&[("b", "one"), ("f", ""), ("f/a", "")]));
    }

    #[test]
    fn what_cannot_be_followed_is_an_error() {
        let mut empty = disk(&[]);
        for (kind, word) in [
            (Kind::Written, "did not see it appear"),
            (Kind::Renamed, "did not see it appear"),
            (Kind::Escaped, "cannot follow mmap"),
            (Kind::Synced, "had not begun"),
        ] {
            let refused = empty.take(record(kind, "nothing", "else", 7, "mmap")).unwrap_err();
            assert!(refused.contains(word), "{refused}");
        }
        empty.take(record(Kind::Folder, "f", "", 0, "")).unwrap();
        assert!(empty.take(record(Kind::Written, "f", "", 0, "x")).unwrap_err().contains("is no file"));
    }
}
