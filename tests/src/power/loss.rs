//! What may be left? Three ways in which the power fails, each harder on the program than the one before.
//! It must never know what the files are for.

use std::collections::BTreeMap;
use std::fmt;

use super::disk::{Bytes, Disk, How, Id, Names, ROOT, Renaming, Thing, What};
use crate::Dice;

/// How the power fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// Each file has the bytes of its last sync; one that was never synced is empty. All names are there.
    Synced,
    /// Names, too, are as they were at the last sync of their folder: what was created is gone, what was renamed has
    /// its old name, what was unlinked is back.
    Names,
    /// What was not synced is there in pieces: of each 512 bytes any state that they were in, and the length is any
    /// between the old and the new. Of each folder's changes of names, in their order, some have happened.
    Pieces,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Synced, Self::Names, Self::Pieces];

    /// Those that `LIAISON_POWER_LOSS` names, as `names,pieces`; all, if it names none.
    #[must_use]
    pub fn asked() -> Vec<Self> {
        let named = std::env::var("LIAISON_POWER_LOSS").unwrap_or_default();
        let is_named = |loss: &Self| named.split(',').any(|name| name == loss.to_string());
        let asked: Vec<Self> = Self::ALL.into_iter().filter(is_named).collect();
        if asked.is_empty() { Self::ALL.to_vec() } else { asked }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Synced => "synced",
            Self::Names => "names",
            Self::Pieces => "pieces",
        })
    }
}

impl Disk {
    /// A disk in which this is left, and all of it is sure.
    pub(super) fn after(&self, loss: Loss, dice: &mut Dice) -> Self {
        let names = match loss {
            Loss::Synced => self.names.clone(),
            Loss::Names => self.names_after(|renaming, _| renaming.sure),
            Loss::Pieces => {
                let kept = self.some_of_each_folder(dice);
                self.names_after(|_, place| kept[place])
            }
        };
        let mut left = Self::default();
        left.things.push(Thing { mode: self.things[ROOT].mode, what: What::Folder });
        left.copy(self, &names, loss, dice);
        left.sure_names = left.names.clone();
        left
    }

    fn names_after(&self, stays: impl Fn(&Renaming, usize) -> bool) -> Names {
        let mut names = self.sure_names.clone();
        for (place, renaming) in self.renamings.iter().enumerate() {
            if stays(renaming, place) {
                renaming.apply(&mut names);
            }
        }
        names
    }

    /// Which changes of names have happened: all that are sure, and of the others of each folder the first so many.
    fn some_of_each_folder(&self, dice: &mut Dice) -> Vec<bool> {
        let mut waiting: BTreeMap<Id, u64> = BTreeMap::new();
        let unsure = |renaming: &&Renaming| !renaming.sure;
        let folder = |renaming: &Renaming| renaming.to.first().map_or(ROOT, |(folder, ..)| *folder);
        for renaming in self.renamings.iter().filter(unsure) {
            *waiting.entry(folder(renaming)).or_default() += 1;
        }
        let mut left: BTreeMap<Id, u64> = waiting
            .into_iter()
            .map(|(id, count)| {
                let some = dice.up_to(count + 1) - 1;
                (id, [0, count, some][dice.below(3)])
            })
            .collect();
        let mut stays = |renaming: &Renaming| {
            let left = left.entry(folder(renaming)).or_default();
            let stays = renaming.sure || *left > 0;
            *left -= u64::from(!renaming.sure && *left > 0);
            stays
        };
        self.renamings.iter().map(&mut stays).collect()
    }

    /// Takes over what has a name.
    fn copy(&mut self, from: &Disk, names: &Names, loss: Loss, dice: &mut Dice) {
        // What was created and is linked nowhere is forgotten; what has two names stays one thing.
        let (mut known, mut folders) = (BTreeMap::from([(ROOT, ROOT)]), vec![ROOT]);
        while let Some(folder) = folders.pop() {
            let mut here = BTreeMap::new();
            for (name, &id) in names.get(&folder).into_iter().flatten() {
                let new = *known.entry(id).or_insert_with(|| {
                    let Thing { mode, what } = &from.things[id];
                    let what = match what {
                        What::Folder => What::Folder,
                        What::Socket => What::Socket,
                        What::File(bytes) if loss == Loss::Pieces => {
                            What::File(Bytes::of(pieces(bytes, dice)))
                        }
                        What::File(bytes) => What::File(Bytes::of(bytes.sure.clone())),
                    };
                    if matches!(what, What::Folder) {
                        folders.push(id);
                    }
                    self.things.push(Thing { mode: *mode, what });
                    self.things.len() - 1
                });
                here.insert(name.clone(), new);
            }
            let folder = known[&folder];
            self.names.insert(folder, here);
        }
    }
}

/// A state between the sure bytes and those that the program saw last.
fn pieces(bytes: &Bytes, dice: &mut Dice) -> Vec<u8> {
    if bytes.changes.is_empty() {
        return bytes.sure.clone();
    }
    let versions = chosen_versions(bytes, dice);
    let (mut image, mut seen) = (bytes.sure.clone(), BTreeMap::new());
    let mut left = bytes.sure.clone();
    let mut lengths = vec![image.len()];
    for change in &bytes.changes {
        let touched = change.how.sectors(image.len());
        change.how.apply(&mut image);
        lengths.push(image.len());
        for sector in touched {
            let version: &mut u64 = seen.entry(sector).or_default();
            *version += 1;
            if versions.get(&sector) == Some(version) {
                put(sector, &image, &mut left);
            }
        }
    }
    let (shortest, longest) =
        (lengths.iter().min().copied().unwrap_or(0), lengths.iter().max().copied().unwrap_or(0));
    let between = shortest + dice.below(longest - shortest + 1);
    let length = [lengths[0], image.len(), lengths[dice.below(lengths.len())], between][dice.below(4)];
    left.resize(length, 0);
    left
}

/// For each sector that changed, after how many of its changes it was written out. Some files are all old or all new.
fn chosen_versions(bytes: &Bytes, dice: &mut Dice) -> BTreeMap<usize, u64> {
    let (mut versions, mut length) = (BTreeMap::<usize, u64>::new(), bytes.sure.len());
    for change in &bytes.changes {
        for sector in change.how.sectors(length) {
            *versions.entry(sector).or_default() += 1;
        }
        length = change.how.length_after(length);
    }
    let temper = dice.below(4);
    for version in versions.values_mut() {
        let any = dice.up_to(*version + 1) - 1;
        *version = match temper {
            0 => 0,
            1 => *version,
            _ => [0, *version, any][dice.below(3)],
        };
    }
    versions
}

fn put(sector: usize, image: &[u8], left: &mut Vec<u8>) {
    let start = sector * SECTOR_BYTES;
    left.resize(left.len().max(start + SECTOR_BYTES), 0);
    let now = image.get(start..).unwrap_or_default();
    let count = now.len().min(SECTOR_BYTES);
    left[start..start + SECTOR_BYTES].fill(0);
    left[start..start + count].copy_from_slice(&now[..count]);
}

impl How {
    /// The sectors whose bytes this changes, in a file of this length.
    fn sectors(&self, length: usize) -> std::ops::Range<usize> {
        let (from, to) = match self {
            Self::Written(at, data) => (*at, at + data.len()),
            Self::Length(new) => (*new, length.max(*new)),
        };
        from / SECTOR_BYTES..to.div_ceil(SECTOR_BYTES)
    }

    fn length_after(&self, length: usize) -> usize {
        match self {
            Self::Written(at, data) => length.max(at + data.len()),
            Self::Length(new) => *new,
        }
    }
}

const SECTOR_BYTES: usize = 512;
