//! How is a station's memory sealed on its disk? One key an opening of the vault, one nonce a record
//! (`docs/protocol.md` §2, "At rest"). It must never know files, or what a record means.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::label;

/// A record that does not open: another vault's, or changed on the disk.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a record of the vault does not open")]
pub struct NotOpened;

/// The vault's key: 32 random bytes that the key file holds. Wiped when dropped.
pub struct VaultKey(Box<[u8; 32]>);

impl VaultKey {
    /// A new key from fresh entropy.
    #[must_use]
    pub fn generate(entropy: &mut impl CryptoRng) -> Self {
        let mut key = Box::new([0; 32]);
        entropy.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// The key with these bytes, from a key file.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Box::new(*bytes))
    }

    /// The bytes, for the key file. The one way to see them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of one epoch: `HKDF-SHA256(salt id, vault key, "liaison-v1 vault", 32)`. Each opening of the vault
    /// takes a new random id, so that no nonce repeats after a torn tail or in a restored copy.
    #[must_use]
    pub fn epoch(&self, id: &[u8; 32]) -> EpochKey {
        let mut key = Zeroizing::new([0; 32]);
        let expanded =
            Hkdf::<Sha256>::new(Some(id), self.0.as_slice()).expand(label::VAULT, key.as_mut_slice());
        debug_assert!(expanded.is_ok());
        EpochKey(ChaCha20Poly1305::new(&Key::from(*key)))
    }
}

impl Drop for VaultKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("VaultKey(..)")
    }
}

/// The key of one opening of the vault.
pub struct EpochKey(ChaCha20Poly1305);

impl EpochKey {
    /// Seals the record with this number in the epoch; a number is used once.
    #[must_use]
    pub fn seal(&self, number: u64, record: &[u8]) -> Vec<u8> {
        match self.0.encrypt(&nonce(number), Payload { msg: record, aad: &[] }) {
            Ok(sealed) => sealed,
            Err(_) => unreachable!("a record of {} bytes was refused", record.len()),
        }
    }

    /// Opens the record with this number in the epoch.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub fn open(&self, number: u64, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let record = self.0.decrypt(&nonce(number), Payload { msg: sealed, aad: &[] });
        record.map(Zeroizing::new).map_err(|_| NotOpened)
    }
}

impl std::fmt::Debug for EpochKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("EpochKey(..)")
    }
}

fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    let (_, low) = nonce.split_at_mut(4);
    low.copy_from_slice(&number.to_be_bytes());
    Nonce::from(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_in_its_place_only() {
        let vault = VaultKey::new(&[1; 32]);
        let sealed = vault.epoch(&[2; 32]).seal(7, b"record");
        assert_eq!(vault.epoch(&[2; 32]).open(7, &sealed).unwrap().as_slice(), b"record");
        assert_eq!(vault.epoch(&[2; 32]).open(8, &sealed), Err(NotOpened));
        assert_eq!(vault.epoch(&[3; 32]).open(7, &sealed), Err(NotOpened));
        assert_eq!(VaultKey::new(&[2; 32]).epoch(&[2; 32]).open(7, &sealed), Err(NotOpened));
    }
}
