//! Where are contact cards kept, and for how long? One sealed file for each card, called by its hash; a card that no entry of
//! the directory names any longer is overwritten and removed (`docs/protocol.md` §3.8, `docs/decisions/0009`).
//! It must never know who may read one: that is `answer`'s question to the directory.

mod reads;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use getrandom::SysRng;
use liaison_journal::{erase, make_directory, replace};
use liaison_keys::card::SaltedCard;
use liaison_keys::names::{Digest, Owner};
use liaison_keys::vault::VaultKey;
use liaison_proto::limits;
use rand_core::{Rng as _, UnwrapErr};
use zeroize::Zeroizing;

pub(crate) use reads::Reads;

/// The cards of a network's offices.
pub(crate) struct Cards {
    folder: PathBuf,
    key: VaultKey,
    /// Cards that came before the statement that names them: whose, and when.
    waiting: Mutex<BTreeMap<Digest, (Owner, u64)>>,
    /// Held while a file comes or goes: else what sweeps would overwrite a card between its writing and its name.
    disk: Mutex<()>,
    pub(crate) reads: Reads,
}

/// A card that is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotStored {
    /// Too many of this owner's cards wait for a statement.
    Full,
    /// The disk refused.
    Disk,
}

impl Cards {
    /// Opens the folder, or makes it with a new key. What waited before a restart waits on, for an hour after it was written.
    pub(crate) fn open(dir: &Path, now: u64) -> io::Result<Self> {
        let folder = dir.join(FOLDER);
        make_directory(&folder, 0o700)?;
        let key = open_key(&dir.join(KEY_FILE))?;
        let reads = Reads::open(&dir.join(READS_FILE), now)?;
        Ok(Self { folder, key, waiting: Mutex::new(BTreeMap::new()), disk: Mutex::new(()), reads })
    }

    /// Stores a card durably. One that no entry names yet waits for its statement.
    pub(crate) fn put(
        &self,
        card: &SaltedCard,
        owner: &Owner,
        (named, now): (bool, u64),
    ) -> Result<(), NotStored> {
        let hash = card.hash();
        if !named {
            let mut waiting = self.waiting();
            waiting.retain(|_, (_, since)| now < since.saturating_add(limits::CARD_WAITS_S_MAX));
            let theirs = waiting.iter().filter(|(other, (whose, _))| **other != hash && whose == owner);
            if theirs.count() >= limits::CARDS_WAITING_MAX {
                return Err(NotStored::Full);
            }
            waiting.entry(hash).or_insert_with(|| (owner.clone(), now));
        }
        let _disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut epoch = [0; 32];
        UnwrapErr(SysRng).fill_bytes(&mut epoch);
        let sealed = self.key.epoch(&epoch).seal(0, &card.to_bytes());
        replace(&self.path(hash), &[epoch.as_slice(), &sealed].concat(), 0o600).map_err(|error| {
            tracing::error!(%error, "a contact card cannot be stored");
            self.waiting().remove(&hash);
            NotStored::Disk
        })
    }

    /// The card with this hash, if it is here and whole.
    pub(crate) fn get(&self, hash: Digest) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(hash)).ok()?;
        let (epoch, sealed) = bytes.split_first_chunk::<32>()?;
        let opened = self.key.epoch(epoch).open(0, sealed).ok()?;
        let card = SaltedCard::from_bytes(&opened).ok().filter(|card| card.hash() == hash);
        if card.is_none() {
            tracing::warn!(%hash, "a contact card is damaged on this disk; its State has to store it again");
        }
        card.map(|card| card.to_bytes())
    }

    /// Erases every card that is not named and does not wait; gives how many. `named` are the hashes that the directory has
    /// now.
    pub(crate) fn erase_but(
        &self,
        named: &std::collections::BTreeSet<Digest>,
        now: u64,
    ) -> io::Result<usize> {
        let _disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut erased = 0;
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            let hash = file.file_name().to_str().and_then(|name| name.parse::<Digest>().ok());
            let kept =
                hash.is_some_and(|hash| named.contains(&hash) || self.waits(hash, (&file.path(), now)));
            if !kept {
                erase(&file.path())?;
                erased += 1;
            }
        }
        if erased > 0 {
            File::open(&self.folder)?.sync_all()?;
        }
        Ok(erased)
    }

    /// Waits for its statement: as remembered, or, after a restart, for an hour after it was written.
    fn waits(&self, hash: Digest, (path, now): (&Path, u64)) -> bool {
        let in_time = |since: u64| now < since.saturating_add(limits::CARD_WAITS_S_MAX);
        let remembered = self.waiting().get(&hash).map(|(_, since)| *since);
        let written = || {
            let modified = fs::metadata(path).ok()?.modified().ok()?;
            modified.duration_since(std::time::UNIX_EPOCH).ok().map(|time| time.as_secs())
        };
        remembered.or_else(written).is_some_and(in_time)
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Digest, (Owner, u64)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn path(&self, hash: Digest) -> PathBuf {
        self.folder.join(hash.to_string())
    }
}

fn open_key(path: &Path) -> io::Result<VaultKey> {
    match fs::read(path) {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let mode = fs::metadata(path)?.permissions().mode();
            let key = <&[u8; 32]>::try_from(bytes.as_slice()).ok().filter(|_| mode & 0o077 == 0);
            let unfit = || io::Error::new(io::ErrorKind::InvalidData, "not a key, or others can read it");
            key.map(VaultKey::new).ok_or_else(unfit)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = VaultKey::generate(&mut UnwrapErr(SysRng));
            replace(path, key.expose(), 0o600)?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

const FOLDER: &str = "cards";
const KEY_FILE: &str = "cards.key";
const READS_FILE: &str = "cards.reads";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use liaison_keys::card::Card;

    use super::*;

    fn card(city: &str) -> SaltedCard {
        SaltedCard::new([7; 32], &Card { city: Some(city.to_owned()), ..Card::default() }).unwrap()
    }

    fn everything(dir: &Path) -> Vec<u8> {
        let mut all = Vec::new();
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            all.extend(if path.is_dir() { everything(&path) } else { fs::read(&path).unwrap() });
        }
        all
    }

    fn holds(all: &[u8], part: &[u8]) -> bool {
        all.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn a_card_is_sealed_survives_a_restart_and_is_erased_from_every_file() {
        let dir = tempfile::tempdir().unwrap();
        let owner: Owner = "xa".parse().unwrap();
        let (old, new) = (card("Old Example City"), card("New Example City"));
        let written = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let later = written + limits::CARD_WAITS_S_MAX + 60;
        let cards = Cards::open(dir.path(), written).unwrap();
        cards.put(&old, &owner, (true, written)).unwrap();
        let sealed_old = fs::read(cards.path(old.hash())).unwrap();
        assert!(!holds(&everything(dir.path()), b"Example City"), "nothing lies open on the disk");
        drop(cards);
        let cards = Cards::open(dir.path(), written).unwrap();
        assert_eq!(cards.get(old.hash()), Some(old.to_bytes()));
        cards.put(&new, &owner, (false, later)).unwrap();
        let named = BTreeSet::from([new.hash()]);
        assert_eq!(cards.erase_but(&named, written).unwrap(), 0, "it may still wait for its statement");
        assert_eq!(cards.erase_but(&named, later).unwrap(), 1);
        let all = everything(dir.path());
        assert!(
            !holds(&all, &sealed_old[..32]) && !holds(&all, &sealed_old[32..64]),
            "nothing of it is left"
        );
        assert_eq!((cards.get(old.hash()), cards.get(new.hash())), (None, Some(new.to_bytes())));
    }

    #[test]
    fn what_no_statement_names_waits_an_hour_and_no_longer() {
        let dir = tempfile::tempdir().unwrap();
        let (owner, other): (Owner, Owner) = ("xa".parse().unwrap(), "xb".parse().unwrap());
        let cards = Cards::open(dir.path(), 0).unwrap();
        for n in 0..limits::CARDS_WAITING_MAX {
            cards.put(&card(&format!("City {n}")), &owner, (false, 10)).unwrap();
        }
        assert_eq!(cards.put(&card("One more"), &owner, (false, 10)), Err(NotStored::Full));
        assert_eq!(cards.put(&card("City 0"), &owner, (false, 10)), Ok(()), "the same again is no more");
        assert_eq!(cards.put(&card("Another's"), &other, (false, 10)), Ok(()));
        let none = BTreeSet::new();
        assert_eq!(cards.erase_but(&none, 3_609).unwrap(), 0);
        assert_eq!(cards.erase_but(&none, 3_610).unwrap(), limits::CARDS_WAITING_MAX + 1);
        assert_eq!(cards.put(&card("One more"), &owner, (false, 3_611)), Ok(()));
    }

    #[test]
    fn a_damaged_card_is_not_served() {
        let dir = tempfile::tempdir().unwrap();
        let cards = Cards::open(dir.path(), 0).unwrap();
        let card = card("City");
        cards.put(&card, &"xa".parse().unwrap(), (true, 0)).unwrap();
        let mut bytes = fs::read(cards.path(card.hash())).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(cards.path(card.hash()), bytes).unwrap();
        assert_eq!(cards.get(card.hash()), None);
    }
}
