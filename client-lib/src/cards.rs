//! Which contact cards does this station hold? One sealed file for each, called by its hash; who is named no longer goes at the
//! next refresh. It must never know what a card is good for.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use getrandom::SysRng;
use liaison_keys::card::{Card, CardError, SaltedCard};
use liaison_keys::names::Digest;
use liaison_keys::vault::VaultKey;
use rand_core::{Rng as _, UnwrapErr};

use crate::home::{self, HomeError};

/// The cards of a station, under its vault's key.
pub(crate) struct CardBox {
    folder: PathBuf,
    key: VaultKey,
}

impl CardBox {
    pub(crate) fn open(folder: PathBuf, key: VaultKey) -> Result<Self, HomeError> {
        let made = liaison_journal::make_directory(&folder, 0o700);
        made.map_err(|source| HomeError::Io { path: folder.clone(), source })?;
        Ok(Self { folder, key })
    }

    /// A card, if it is here and whole. One that was damaged on the disk is fetched again.
    pub(crate) fn get(&self, hash: Digest) -> Option<Card> {
        self.salted(hash)?.card().ok()
    }

    /// Whether a card is here and whole.
    pub(crate) fn has(&self, hash: Digest) -> bool {
        self.salted(hash).is_some()
    }

    fn salted(&self, hash: Digest) -> Option<SaltedCard> {
        let bytes = fs::read(self.path(hash)).ok()?;
        let (epoch, sealed) = bytes.split_first_chunk::<32>()?;
        let opened = self.key.epoch(epoch).open(0, sealed).ok()?;
        SaltedCard::from_bytes(&opened).ok().filter(|card| card.hash() == hash)
    }

    pub(crate) fn put(&self, card: &SaltedCard) -> Result<(), HomeError> {
        let mut epoch = [0; 32];
        UnwrapErr(SysRng).fill_bytes(&mut epoch);
        let sealed = self.key.epoch(&epoch).seal(0, &card.to_bytes());
        home::replace(&self.path(card.hash()), &[epoch.as_slice(), &sealed].concat())
    }

    /// Overwrites and removes every card but these.
    pub(crate) fn keep_only(&self, named: &BTreeSet<Digest>) -> Result<(), HomeError> {
        let at = |source| HomeError::Io { path: self.folder.clone(), source };
        for file in fs::read_dir(&self.folder).map_err(at)? {
            let file = file.map_err(at)?;
            let hash = file.file_name().to_str().and_then(|name| name.parse::<Digest>().ok());
            if !hash.is_some_and(|hash| named.contains(&hash)) {
                liaison_journal::erase(&file.path()).map_err(at)?;
            }
        }
        Ok(())
    }

    fn path(&self, hash: Digest) -> PathBuf {
        self.folder.join(hash.to_string())
    }
}

impl std::fmt::Debug for CardBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CardBox").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// A card with a salt of its own.
///
/// # Errors
/// [`CardError`] when the card may not be shown.
pub fn salted(card: &Card) -> Result<SaltedCard, CardError> {
    let mut salt = [0; 32];
    UnwrapErr(SysRng).fill_bytes(&mut salt);
    SaltedCard::new(salt, card)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_sealed_under_the_stations_key_and_goes_when_it_is_named_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let open = |key| CardBox::open(folder.path().join("cards"), VaultKey::new(&[key; 32])).unwrap();
        let card = Card { city: Some("Example City".to_owned()), ..Card::default() };
        let card = salted(&card).unwrap();
        open(1).put(&card).unwrap();
        assert_eq!(open(1).get(card.hash()), card.card().ok());
        assert_eq!(open(2).get(card.hash()), None);
        let bytes = fs::read(open(1).path(card.hash())).unwrap();
        assert!(!bytes.windows(7).any(|window| window == b"Example"));
        open(1).keep_only(&BTreeSet::from([card.hash()])).unwrap();
        assert!(open(1).has(card.hash()));
        open(1).keep_only(&BTreeSet::new()).unwrap();
        assert!(!open(1).has(card.hash()));
    }
}
