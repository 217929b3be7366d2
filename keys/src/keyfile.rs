//! What does a passphrase open? Key files: Argon2id and ChaCha20-Poly1305, parameters inside
//! (`docs/protocol.md` §2, "At rest"). It must never know files or what the content means.
//!
//! ```text
//! key file = [1, [memory KiB, passes, lanes, salt 16], nonce 12, ciphertext]     ; aad = CBOR [label, 1, [..], nonce]
//! ```

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cbor;
use crate::label;

/// A key file that stays shut.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Not a key file of this version.
    #[error("this is not a Liaison key file, or it is damaged")]
    Malformed,
    /// Its parameters would take more memory or time than a station gives.
    #[error("the key file asks for {memory_kib} KiB of memory; at most {max} KiB are given")]
    TooExpensive {
        /// What the file asks for.
        memory_kib: u32,
        /// What is given.
        max: u32,
    },
    /// Wrong passphrase, or the file was changed: the two cannot be told apart.
    #[error("the passphrase does not open the key file")]
    Passphrase,
}

/// How dear a guess is (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// 64 MiB, 3 passes, 1 lane: about 0.2 s for the owner.
    pub const DEFAULT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// The least that Argon2 takes: for tests and exercises, where the passphrase protects nothing.
    pub const MINIMUM: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

#[derive(Encode, Decode)]
struct Written {
    #[n(0)]
    version: u8,
    #[n(1)]
    cost: (u32, u32, u32, ByteArray<16>),
    #[n(2)]
    nonce: ByteArray<12>,
    #[n(3)]
    ciphertext: ByteVec,
}

/// Locks content under a passphrase.
///
/// # Errors
/// [`KeyFileError::TooExpensive`] or [`KeyFileError::Malformed`] for a cost that Argon2 does not take.
pub fn lock(
    passphrase: &str,
    cost: Cost,
    content: &[u8],
    entropy: &mut impl CryptoRng,
) -> Result<Vec<u8>, KeyFileError> {
    let (mut salt, mut nonce) = ([0; 16], [0; 12]);
    entropy.fill_bytes(&mut salt);
    entropy.fill_bytes(&mut nonce);
    let cost = (cost.memory_kib, cost.passes, cost.lanes, salt.into());
    let key = stretch(passphrase, &cost)?;
    let aad = cbor::encode(&(label::KEY_FILE, VERSION, &cost, ByteArray::from(nonce)));
    let payload = Payload { msg: content, aad: &aad };
    let ciphertext = ChaCha20Poly1305::new(&Key::from(*key)).encrypt(&Nonce::from(nonce), payload);
    let ciphertext = ciphertext.map_err(|_| KeyFileError::Malformed)?.into();
    Ok(cbor::encode(&Written { version: VERSION, cost, nonce: nonce.into(), ciphertext }))
}

/// Unlocks a key file.
///
/// # Errors
/// [`KeyFileError`].
pub fn unlock(passphrase: &str, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let written: Written = cbor::decode(file).map_err(|_| KeyFileError::Malformed)?;
    if written.version != VERSION {
        return Err(KeyFileError::Malformed);
    }
    let key = stretch(passphrase, &written.cost)?;
    let aad = cbor::encode(&(label::KEY_FILE, VERSION, &written.cost, written.nonce));
    let payload = Payload { msg: &written.ciphertext, aad: &aad };
    let content = ChaCha20Poly1305::new(&Key::from(*key)).decrypt(&Nonce::from(*written.nonce), payload);
    content.map(Zeroizing::new).map_err(|_| KeyFileError::Passphrase)
}

fn stretch(
    passphrase: &str,
    (memory_kib, passes, lanes, salt): &(u32, u32, u32, ByteArray<16>),
) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
    if *memory_kib > MEMORY_KIB_MAX || *passes > PASSES_MAX {
        return Err(KeyFileError::TooExpensive { memory_kib: *memory_kib, max: MEMORY_KIB_MAX });
    }
    let params = Params::new(*memory_kib, *passes, *lanes, Some(32)).map_err(|_| KeyFileError::Malformed)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt.as_slice(), key.as_mut_slice())
        .map_err(|_| KeyFileError::Malformed)?;
    Ok(key)
}

const VERSION: u8 = 1;
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng as _;

    fn locked() -> Vec<u8> {
        let mut entropy = rand_chacha::ChaCha20Rng::from_seed([9; 32]);
        lock("correct horse", Cost::MINIMUM, b"secret", &mut entropy).unwrap()
    }

    #[test]
    fn only_the_passphrase_opens() {
        assert_eq!(unlock("correct horse", &locked()).unwrap().as_slice(), b"secret");
        assert_eq!(unlock("wrong horse", &locked()), Err(KeyFileError::Passphrase));
    }

    #[test]
    fn damage_is_named_and_never_panics() {
        let good = locked();
        for end in 0..good.len() {
            assert_eq!(unlock("correct horse", &good[..end]), Err(KeyFileError::Malformed));
        }
        let mut other_version = good.clone();
        other_version[1] = 2;
        assert_eq!(unlock("correct horse", &other_version), Err(KeyFileError::Malformed));
        let mut flipped = good;
        *flipped.last_mut().unwrap() ^= 1;
        assert_eq!(unlock("correct horse", &flipped), Err(KeyFileError::Passphrase));
    }

    #[test]
    fn a_file_cannot_ask_for_all_memory() {
        let written = Written {
            version: 1,
            cost: (u32::MAX, 1, 1, [0; 16].into()),
            nonce: [0; 12].into(),
            ciphertext: vec![].into(),
        };
        let error = unlock("any", &cbor::encode(&written)).unwrap_err();
        assert_eq!(error, KeyFileError::TooExpensive { memory_kib: u32::MAX, max: 1_048_576 });
    }
}
