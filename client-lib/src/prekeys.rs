//! Which prekey secrets live? One small file, replaced whole, so that erasing erases
//! (`docs/protocol.md` §2, Prekeys). It must never know the vault's records, or the network.
//!
//! ```text
//! file = epoch id 32 ‖ ChaCha20-Poly1305(epoch key, nonce 0, CBOR [number, [[slot, made, ends, seed]*], made])
//! ```

use std::fs;
use std::path::PathBuf;

use getrandom::SysRng;
use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, Kid};
use liaison_keys::prekey::{Bundle, CURRENT_LIVES_S, CURRENT_MADE_EVERY_S, Prekey, Slot};
use liaison_keys::sealing::PrekeySecret;
use liaison_keys::vault::VaultKey;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::{Rng as _, UnwrapErr};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::home::{self, HomeError};

/// Prekey secrets that cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrekeysError {
    /// The file does not open: another station's, or changed.
    #[error("{0} does not open: another station's file, or changed on the disk")]
    Foreign(PathBuf),
    /// The operating system refused.
    #[error(transparent)]
    Home(#[from] HomeError),
}

#[derive(Default, Encode, Decode)]
struct Written {
    #[n(0)]
    number: u64,
    #[n(1)]
    secrets: Vec<(Slot, u64, u64, ByteArray<32>)>,
    /// Files that were written before it was kept here name the number's time.
    #[n(2)]
    made: Option<u64>,
}

struct Living {
    slot: Slot,
    made: u64,
    ends: u64,
    kid: Kid,
    secret: PrekeySecret,
}

/// The living prekey secrets of one device.
pub struct Prekeys {
    path: PathBuf,
    vault_key: VaultKey,
    number: u64,
    /// When the newest bundle was made, Unix seconds: so that the same is always the same bytes.
    made: u64,
    living: Vec<Living>,
}

impl Prekeys {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// [`PrekeysError`].
    pub fn open(path: PathBuf, vault_key: VaultKey) -> Result<Self, PrekeysError> {
        let written = match fs::read(&path) {
            Ok(bytes) => unseal(&bytes, &vault_key).ok_or_else(|| PrekeysError::Foreign(path.clone()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Written::default(),
            Err(source) => return Err(HomeError::Io { path, source }.into()),
        };
        let living = written.secrets.iter().map(|(slot, made, ends, seed)| {
            let secret = PrekeySecret::from_seed(seed);
            Living { slot: *slot, made: *made, ends: *ends, kid: secret.public().kid(), secret }
        });
        let (number, living) = (written.number, living.collect());
        Ok(Self { path, vault_key, number, made: written.made.unwrap_or(number), living })
    }

    /// The secret of a prekey, while it lives.
    #[must_use]
    pub fn secret(&self, kid: Kid) -> Option<&PrekeySecret> {
        self.living.iter().find(|living| living.kid == kid).map(|living| &living.secret)
    }

    /// Whether a new bundle is due: no CURRENT younger than a week, or no FALLBACK that lives as long as the
    /// certificate. Times in Unix seconds.
    #[must_use]
    pub fn is_due(&self, now: u64, certificate_ends: u64) -> bool {
        let current = self.newest(Slot::Current).is_some_and(|made| is_young(made, now));
        let fallback = self.newest(Slot::Fallback).is_some_and(|made| made.ends >= certificate_ends);
        !(current && fallback)
    }

    /// Makes what is due and gives the bundle to sign; on disk when it returns, before the bundle can leave.
    ///
    /// # Errors
    /// [`PrekeysError`].
    pub fn renew(
        &mut self,
        device: DeviceId,
        now: u64,
        certificate_ends: u64,
    ) -> Result<Bundle, PrekeysError> {
        if !self.newest(Slot::Current).is_some_and(|made| is_young(made, now)) {
            self.make(Slot::Current, now, (now + CURRENT_LIVES_S).min(certificate_ends));
        }
        if self.newest(Slot::Fallback).is_none_or(|made| made.ends < certificate_ends) {
            self.make(Slot::Fallback, now, certificate_ends);
        }
        (self.number, self.made) = (now.max(self.number.saturating_add(1)), now);
        self.write()?;
        Ok(self.bundle(device))
    }

    /// Makes a new FALLBACK, and what is due besides. The one before opens what was sealed to it until its own end.
    ///
    /// # Errors
    /// [`PrekeysError`].
    pub fn renew_fallback(
        &mut self,
        device: DeviceId,
        now: u64,
        certificate_ends: u64,
    ) -> Result<Bundle, PrekeysError> {
        self.make(Slot::Fallback, now, certificate_ends);
        self.renew(device, now, certificate_ends)
    }

    /// Makes all keys anew under a number above this one: somebody has handed in a bundle of this device that is newer
    /// than ours, so this is an older copy, and the keys of that bundle are not here.
    ///
    /// # Errors
    /// [`PrekeysError`].
    pub fn overtake(
        &mut self,
        device: DeviceId,
        number: u64,
        now: u64,
        certificate_ends: u64,
    ) -> Result<Bundle, PrekeysError> {
        self.make(Slot::Current, now, (now + CURRENT_LIVES_S).min(certificate_ends));
        self.make(Slot::Fallback, now, certificate_ends);
        self.number = self.number.max(number);
        self.renew(device, now, certificate_ends)
    }

    /// The bundle as it stands, to hand it in again; none before the first was made.
    #[must_use]
    pub fn current_bundle(&self, device: DeviceId) -> Option<Bundle> {
        (self.number > 0 && !self.living.is_empty()).then(|| self.bundle(device))
    }

    /// Erases secrets whose end has passed. Call only when every relay's mailbox was drained after that end.
    ///
    /// # Errors
    /// [`PrekeysError`].
    pub fn erase_ended(&mut self, drained: u64) -> Result<(), PrekeysError> {
        let before = self.living.len();
        self.living.retain(|living| living.ends > drained);
        if self.living.len() == before { Ok(()) } else { self.write() }
    }

    /// The one made last: not by its date, which a clock that was off may have written.
    fn newest(&self, slot: Slot) -> Option<&Living> {
        self.living.iter().rev().find(|living| living.slot == slot)
    }

    fn make(&mut self, slot: Slot, made: u64, ends: u64) {
        let secret = PrekeySecret::generate(&mut UnwrapErr(SysRng));
        self.living.push(Living { slot, made, ends, kid: secret.public().kid(), secret });
    }

    fn bundle(&self, device: DeviceId) -> Bundle {
        let newest = [Slot::Current, Slot::Fallback].into_iter().filter_map(|slot| self.newest(slot));
        let keys = newest.map(|living| Prekey {
            slot: living.slot,
            ends: living.ends,
            public: living.secret.public(),
        });
        Bundle { device, number: self.number, made: self.made, keys: keys.collect() }
    }

    fn write(&self) -> Result<(), PrekeysError> {
        let secrets = self.living.iter().map(|living| {
            (living.slot, living.made, living.ends, ByteArray::from(*living.secret.expose_seed()))
        });
        let written = Written { number: self.number, secrets: secrets.collect(), made: Some(self.made) };
        let plain = Zeroizing::new(cbor::encode(&written));
        let mut epoch = [0; 32];
        UnwrapErr(SysRng).fill_bytes(&mut epoch);
        let sealed = self.vault_key.epoch(&epoch).seal(0, &plain);
        Ok(home::replace(&self.path, &[epoch.as_slice(), &sealed].concat())?)
    }
}

impl std::fmt::Debug for Prekeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prekeys").field("living", &self.living.len()).finish_non_exhaustive()
    }
}

/// Made less than a week ago, and not in the future: then the clock was off, and a new one is made.
fn is_young(living: &Living, now: u64) -> bool {
    living.made <= now.saturating_add(CLOCKS_APART_S)
        && now < living.made.saturating_add(CURRENT_MADE_EVERY_S)
}

const CLOCKS_APART_S: u64 = 600;

fn unseal(bytes: &[u8], vault_key: &VaultKey) -> Option<Written> {
    let (epoch, sealed) = bytes.split_first_chunk::<32>()?;
    let plain = vault_key.epoch(epoch).open(0, sealed).ok()?;
    cbor::decode(&plain).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::new([1; 16]);
    const YEAR: u64 = 365 * 86_400;

    fn open(folder: &tempfile::TempDir) -> Prekeys {
        Prekeys::open(folder.path().join("prekeys"), VaultKey::new(&[1; 32])).unwrap()
    }

    #[test]
    fn a_week_turns_current_and_leaves_fallback() {
        let folder = tempfile::tempdir().unwrap();
        let mut prekeys = open(&folder);
        assert!(prekeys.is_due(1_000, YEAR));
        let first = prekeys.renew(DEVICE, 1_000, YEAR).unwrap();
        assert!(!prekeys.is_due(1_000 + CURRENT_MADE_EVERY_S - 1, YEAR));
        let mut prekeys = open(&folder);
        let later = 1_000 + CURRENT_MADE_EVERY_S;
        assert!(prekeys.is_due(later, YEAR));
        let second = prekeys.renew(DEVICE, later, YEAR).unwrap();
        assert!(second.number > first.number);
        assert_ne!(first.keys[0], second.keys[0]);
        assert_eq!(first.keys[1], second.keys[1]);
        assert!(prekeys.secret(first.keys[0].public.kid()).is_some(), "what is under way still opens");
        prekeys.erase_ended(first.keys[0].ends).unwrap();
        assert!(open(&folder).secret(first.keys[0].public.kid()).is_none(), "erased from the disk");
        assert!(prekeys.secret(second.keys[0].public.kid()).is_some());
    }

    #[test]
    fn the_same_bundle_is_the_same_and_an_older_copy_overtakes_a_newer_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut prekeys = open(&folder);
        assert_eq!(prekeys.current_bundle(DEVICE), None);
        let first = prekeys.renew(DEVICE, 1_000, YEAR).unwrap();
        assert_eq!(open(&folder).current_bundle(DEVICE), Some(first.clone()));
        let mut prekeys = open(&folder);
        let above = prekeys.overtake(DEVICE, 5_000, 2_000, YEAR).unwrap();
        assert_eq!((above.number, above.made), (5_001, 2_000));
        assert!(above.keys.iter().zip(&first.keys).all(|(new, old)| new != old));
        assert!(prekeys.secret(first.keys[1].public.kid()).is_some(), "what is under way still opens");
        let last = prekeys.overtake(DEVICE, u64::MAX, 2_000, YEAR).unwrap();
        assert_eq!(last.number, u64::MAX, "and there is no more");
    }

    #[test]
    fn a_foreign_or_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        open(&folder).renew(DEVICE, 1, YEAR).unwrap();
        let path = folder.path().join("prekeys");
        let foreign = Prekeys::open(path.clone(), VaultKey::new(&[2; 32]));
        assert!(matches!(foreign, Err(PrekeysError::Foreign(_))));
        fs::write(&path, b"short").unwrap();
        assert!(matches!(Prekeys::open(path, VaultKey::new(&[1; 32])), Err(PrekeysError::Foreign(_))));
    }
}
