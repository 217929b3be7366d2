//! What hides a message? One content key, one body, padded, with a commitment to the key in the header
//! (`docs/protocol.md` §5). It must never know what the plaintext says, nor who reads it.
//!
//! ```text
//! key 32 ‖ nonce 12 = HKDF-SHA256(salt hh, CEK, "liaison-v1 body")
//! commitment        = HKDF-SHA256(salt envelope id, CEK, "liaison-v1 commit", 32)
//! body              = ChaCha20-Poly1305(key, nonce, aad hdr, signed ‖ 0x80 ‖ 0x00*)
//! ```

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;
use zeroize::{Zeroize as _, Zeroizing};

use crate::label;
use crate::names::{EnvelopeId, HeaderHash};

/// The smallest padded plaintext, bytes: most messages look alike.
pub const PLAINTEXT_BYTES_MIN: usize = 4_096;
/// Bytes that the authentication adds.
pub const TAG_BYTES: usize = 16;

/// A body that does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// The key opens nothing here, or the bytes were changed.
    #[error("the body does not open")]
    NotOpened,
    /// The padding is not what a sender makes.
    #[error("the body is not padded as it must be")]
    Padding,
}

/// A content key (CEK): 32 random bytes that seal one body, once. Wiped when dropped.
pub struct ContentKey(Box<[u8; 32]>);

impl ContentKey {
    /// The key with these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Box::new(bytes))
    }

    /// A new key from fresh entropy.
    #[must_use]
    pub fn generate(entropy: &mut impl CryptoRng) -> Self {
        let mut key = Box::new([0; 32]);
        entropy.fill_bytes(key.as_mut_slice());
        Self(key)
    }

    /// The key's bytes, for wraps and the outbox. The one way to see them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The commitment to this key: ChaCha20-Poly1305 does not commit to its key, and without this one sender
    /// could make an envelope that says different things to different recipients.
    #[must_use]
    pub fn commitment(&self, envelope: EnvelopeId) -> [u8; 32] {
        let mut commitment = [0; 32];
        self.derive(envelope.as_bytes(), label::COMMIT, &mut commitment);
        commitment
    }

    /// Whether a header's commitment is to this key; in constant time.
    #[must_use]
    pub fn is_committed(&self, envelope: EnvelopeId, commitment: &[u8; 32]) -> bool {
        self.commitment(envelope).ct_eq(commitment).into()
    }

    fn cipher(&self, hh: HeaderHash) -> (ChaCha20Poly1305, Nonce) {
        let mut derived = Zeroizing::new([0; 44]);
        self.derive(hh.as_bytes(), label::BODY, derived.as_mut_slice());
        let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; 12]);
        let (first, rest) = derived.split_at(32);
        key.copy_from_slice(first);
        nonce.copy_from_slice(rest);
        (ChaCha20Poly1305::new(&Key::from(*key)), Nonce::from(nonce))
    }

    fn derive(&self, salt: &[u8], info: &[u8], okm: &mut [u8]) {
        // 32 and 44 bytes are far below HKDF's limit of 8,160.
        let expanded = Hkdf::<Sha256>::new(Some(salt), self.0.as_slice()).expand(info, okm);
        debug_assert!(expanded.is_ok());
    }
}

impl Drop for ContentKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("ContentKey(..)")
    }
}

/// Pads and seals what was signed. `header` is the encoded header, whose hash is the salt.
#[must_use]
pub fn seal(key: &ContentKey, header: &[u8], signed: &[u8]) -> Vec<u8> {
    let mut padded = Zeroizing::new(Vec::with_capacity(padded_bytes(signed.len())));
    padded.extend_from_slice(signed);
    padded.push(PAD_MARK);
    padded.resize(padded_bytes(signed.len()), 0);
    let (cipher, nonce) = key.cipher(HeaderHash::of(header));
    match cipher.encrypt(&nonce, Payload { msg: &padded, aad: header }) {
        Ok(body) => body,
        // Only a plaintext of 256 GiB is refused (RFC 8439 §2.8).
        Err(_) => unreachable!("a body of {} bytes was refused", padded.len()),
    }
}

/// Opens a body and returns it with its padding, which [`unpad`] takes off as a step of its own.
///
/// # Errors
/// [`BodyError::NotOpened`].
pub fn open(key: &ContentKey, header: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let (cipher, nonce) = key.cipher(HeaderHash::of(header));
    let padded = cipher.decrypt(&nonce, Payload { msg: body, aad: header });
    padded.map(Zeroizing::new).map_err(|_| BodyError::NotOpened)
}

/// What was signed, without its padding.
///
/// # Errors
/// [`BodyError::Padding`] when there is no mark, or when the length is not the one that a sender pads to: then
/// the size would say something.
pub fn unpad(padded: &[u8]) -> Result<&[u8], BodyError> {
    let mark = padded.iter().rposition(|byte| *byte != 0).ok_or(BodyError::Padding)?;
    let (signed, rest) = padded.split_at_checked(mark).ok_or(BodyError::Padding)?;
    let fits = rest.first() == Some(&PAD_MARK) && padded.len() == padded_bytes(signed.len());
    if fits { Ok(signed) } else { Err(BodyError::Padding) }
}

/// Padmé(max(4096, len + 1)): at most 12 % more, and only O(log log len) bits of the size remain visible
/// (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", PETS 2019, §4).
#[must_use]
pub const fn padded_bytes(signed_bytes: usize) -> usize {
    let len = if signed_bytes < PLAINTEXT_BYTES_MIN { PLAINTEXT_BYTES_MIN } else { signed_bytes + 1 };
    let exponent = len.ilog2();
    let kept = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept)) - 1;
    (len + mask) & !mask
}

const PAD_MARK: u8 = 0x80;

#[cfg(test)]
mod tests {
    use super::*;

    const ID: EnvelopeId = EnvelopeId::new([4; 16]);

    #[test]
    fn goes_round_at_every_size_class() {
        let key = ContentKey::new([5; 32]);
        for size in [0, 1, 4_095, 4_096, 4_097, 70_000] {
            let signed = vec![0x80; size];
            let body = seal(&key, b"header", &signed);
            assert_eq!(body.len(), padded_bytes(size) + TAG_BYTES);
            assert_eq!(unpad(&open(&key, b"header", &body).unwrap()).unwrap(), signed);
        }
    }

    #[test]
    fn the_header_and_every_byte_are_bound() {
        let key = ContentKey::new([5; 32]);
        let body = seal(&key, b"header", b"signed");
        assert_eq!(open(&key, b"Header", &body), Err(BodyError::NotOpened));
        assert_eq!(open(&ContentKey::new([6; 32]), b"header", &body), Err(BodyError::NotOpened));
        assert_eq!(open(&key, b"header", &body[1..]), Err(BodyError::NotOpened));
        assert_eq!(open(&key, b"header", &[]), Err(BodyError::NotOpened));
    }

    #[test]
    fn padding_has_one_form() {
        for bad in [vec![], vec![0; 4_096], vec![1; 4_096], {
            let mut p = vec![0; 8_192];
            p[0] = 0x80;
            p
        }] {
            assert_eq!(unpad(&bad), Err(BodyError::Padding));
        }
        assert_eq!(
            [padded_bytes(0), padded_bytes(4_095), padded_bytes(4_096), padded_bytes(9_000)],
            [4_096, 4_096, 4_352, 9_216]
        );
    }

    #[test]
    fn the_commitment_is_to_one_key_and_one_envelope() {
        let key = ContentKey::new([5; 32]);
        let commitment = key.commitment(ID);
        assert!(key.is_committed(ID, &commitment));
        assert!(!key.is_committed(EnvelopeId::new([5; 16]), &commitment));
        assert!(!ContentKey::new([6; 32]).is_committed(ID, &commitment));
        assert_eq!(format!("{key:?}"), "ContentKey(..)");
    }
}
