//! Who can learn a content key? HPKE base mode with X-Wing (RFC 9180, KEM 0x647a), one wrap a recipient device
//! (`docs/protocol.md` §5). It must never know what the content key opens.
//!
//! ```text
//! wrap = [device, kid, enc 1120, ct 56]
//! ct   = HPKE.seal(info = CBOR ["liaison-v1 wrap", network, hh, device, kid], aad = "", CEK 32 ‖ counter u64)
//! ```

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::body::ContentKey;
use crate::cbor;
use crate::label;
use crate::names::{DeviceId, HeaderHash, Kid, NetworkId};

/// Bytes of a public prekey: ML-KEM-768 (1184) and X25519 (32).
pub const PREKEY_BYTES: usize = 1_216;
/// Bytes of an encapsulation: ML-KEM-768 (1088) and X25519 (32).
pub const ENC_BYTES: usize = 1_120;
const CT_BYTES: usize = 56;

/// A public key or an encapsulation that must not be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The X25519 share is of low order: everybody would know the shared secret.
    #[error("the X25519 share is of low order")]
    LowOrder,
    /// Not an X-Wing public key.
    #[error("not an X-Wing public key")]
    NotAKey,
}

/// A wrap that this secret does not open; no further reason, because the reason would help who made it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the wrap does not open")]
pub struct NotOpened;

/// A public prekey whose X25519 share was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrekeyPublic {
    key: Box<<XWing as Kem>::PublicKey>,
    kid: Kid,
}

impl PrekeyPublic {
    /// Reads a public prekey.
    ///
    /// # Errors
    /// [`SealError::NotAKey`] for another length or an ML-KEM key with coefficients out of range,
    /// [`SealError::LowOrder`] when the X25519 half contributes nothing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        if bytes.len() != PREKEY_BYTES {
            return Err(SealError::NotAKey);
        }
        contributes(bytes)?;
        let key = <XWing as Kem>::PublicKey::from_bytes(bytes).map_err(|_| SealError::NotAKey)?;
        Ok(Self { key: Box::new(key), kid: Kid::of(bytes) })
    }

    /// The key's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// The key's id.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.kid
    }
}

/// A secret prekey: the 32-byte seed of an X-Wing key. It is held as the library's key, which is this seed and the public
/// key that it expands to, and which wipes the seed when dropped: expanding it anew would make each opening longer by an
/// ML-KEM key generation.
pub struct PrekeySecret {
    key: Box<<XWing as Kem>::PrivateKey>,
}

impl PrekeySecret {
    /// A new secret from fresh entropy.
    #[must_use]
    pub fn generate(entropy: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The secret with this seed, from a vault.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        match <XWing as Kem>::PrivateKey::from_bytes(seed) {
            Ok(key) => Self { key: Box::new(key) },
            // Every 32-byte string is an X-Wing seed.
            Err(_) => unreachable!("a 32-byte seed was refused"),
        }
    }

    /// The seed, for the vault. The one way to see it.
    #[must_use]
    pub fn expose_seed(&self) -> Zeroizing<[u8; 32]> {
        let mut seed = Zeroizing::new([0; 32]);
        self.key.write_exact(seed.as_mut_slice());
        seed
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PrekeyPublic {
        let key = Box::new(XWing::sk_to_pk(&self.key));
        let kid = Kid::of(&key.to_bytes());
        PrekeyPublic { key, kid }
    }
}

impl std::fmt::Debug for PrekeySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { key: _ } = self;
        f.write_str("PrekeySecret(..)")
    }
}

/// A content key, sealed to one device: `[device, kid, enc 1120, ct 56]`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Wrap {
    /// The device that it is for.
    #[n(0)]
    pub device: DeviceId,
    /// Which of the device's prekeys it is sealed to.
    #[n(1)]
    pub kid: Kid,
    /// HPKE's `enc`.
    #[n(2)]
    enc: Box<ByteArray<ENC_BYTES>>,
    /// HPKE's `ct`.
    #[n(3)]
    ct: Box<ByteArray<CT_BYTES>>,
}

/// What a wrap held.
#[derive(Debug)]
pub struct Unwrapped {
    /// The key of the body.
    pub content_key: ContentKey,
    /// The sender's running number for this device: generation in the high half, count in the low half.
    pub counter: u64,
}

/// Seals a content key and a counter to a device's prekey, for the envelope with header hash `hh` only.
#[must_use]
pub fn seal(
    to: (DeviceId, &PrekeyPublic),
    envelope: (NetworkId, HeaderHash),
    content: (&ContentKey, u64),
    entropy: &mut impl CryptoRng,
) -> Wrap {
    let (device, prekey) = to;
    let info = info(envelope, device, prekey.kid);
    let mut plaintext = Zeroizing::new([0_u8; 40]);
    let (key, counter) = plaintext.split_at_mut(32);
    key.copy_from_slice(content.0.expose());
    counter.copy_from_slice(&content.1.to_be_bytes());
    let sealed = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &prekey.key,
        &info,
        plaintext.as_slice(),
        &[],
        entropy,
    );
    let Ok((enc, ct)) = sealed else {
        // X-Wing encapsulation to a parsed key cannot fail, and one message is far below the AEAD's limit.
        unreachable!("HPKE refused to seal 40 bytes");
    };
    Wrap { device, kid: prekey.kid, enc: Box::new(array(&enc.to_bytes())), ct: Box::new(array(&ct)) }
}

/// Opens a wrap with the secret of the prekey that it names.
///
/// # Errors
/// [`NotOpened`] when it is for another envelope, device or key, was changed, or its X25519 share is of low order.
pub fn open(
    secret: &PrekeySecret,
    envelope: (NetworkId, HeaderHash),
    wrap: &Wrap,
) -> Result<Unwrapped, NotOpened> {
    contributes(wrap.enc.as_slice()).map_err(|_| NotOpened)?;
    let enc = <XWing as Kem>::EncappedKey::from_bytes(wrap.enc.as_slice()).map_err(|_| NotOpened)?;
    let plaintext = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &secret.key,
        &enc,
        &info(envelope, wrap.device, wrap.kid),
        wrap.ct.as_slice(),
        &[],
    );
    let plaintext = Zeroizing::new(plaintext.map_err(|_| NotOpened)?);
    let (key, counter) = plaintext.split_first_chunk::<32>().ok_or(NotOpened)?;
    let counter = counter.try_into().map_err(|_| NotOpened)?;
    Ok(Unwrapped { content_key: ContentKey::new(*key), counter: u64::from_be_bytes(counter) })
}

fn info((network, hh): (NetworkId, HeaderHash), device: DeviceId, kid: Kid) -> Vec<u8> {
    cbor::encode(&(label::WRAP, network, hh, device, kid))
}

/// X-Wing hashes the X25519 secret without looking at it, so the last 32 bytes are checked here: a share of low
/// order gives zero with every scalar, whoever owns it (RFC 7748 §6.1).
fn contributes(ends_with_share: &[u8]) -> Result<(), SealError> {
    let share = ends_with_share.last_chunk::<32>().ok_or(SealError::NotAKey)?;
    let any = x25519_dalek::StaticSecret::from([0x42; 32]);
    let shared = any.diffie_hellman(&x25519_dalek::PublicKey::from(*share));
    if shared.was_contributory() { Ok(()) } else { Err(SealError::LowOrder) }
}

/// The lengths are fixed by the algorithms; a wrong one would be a broken HPKE library.
fn array<const N: usize>(bytes: &[u8]) -> ByteArray<N> {
    let mut array = [0; N];
    array.copy_from_slice(bytes);
    array.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng as _;

    const ENVELOPE: (NetworkId, HeaderHash) = (NetworkId::new([1; 32]), HeaderHash::new([2; 32]));
    const DEVICE: DeviceId = DeviceId::new([3; 16]);

    fn sealed() -> (PrekeySecret, Wrap) {
        let mut entropy = rand_chacha::ChaCha20Rng::from_seed([9; 32]);
        let secret = PrekeySecret::generate(&mut entropy);
        let key = ContentKey::new([5; 32]);
        let wrap = seal((DEVICE, &secret.public()), ENVELOPE, (&key, 77), &mut entropy);
        (secret, wrap)
    }

    #[test]
    fn opens_what_was_sealed() {
        let (secret, wrap) = sealed();
        let wrap: Wrap = cbor::decode(&cbor::encode(&wrap)).unwrap();
        let unwrapped = open(&secret, ENVELOPE, &wrap).unwrap();
        assert_eq!((unwrapped.content_key.expose(), unwrapped.counter), (&[5; 32], 77));
        assert!(cbor::encode(&wrap).len() <= 1_220);
    }

    #[test]
    fn a_secret_is_its_seed() {
        let (secret, wrap) = sealed();
        let again = PrekeySecret::from_seed(&secret.expose_seed());
        assert_eq!(again.public(), secret.public());
        assert_eq!(open(&again, ENVELOPE, &wrap).unwrap().counter, 77);
        assert_eq!(*PrekeySecret::from_seed(&[6; 32]).expose_seed(), [6; 32]);
        assert_eq!(format!("{secret:?}"), "PrekeySecret(..)");
    }

    #[test]
    fn for_one_envelope_device_and_key_only() {
        let (secret, wrap) = sealed();
        let elsewhere = (ENVELOPE.0, HeaderHash::new([7; 32]));
        assert_eq!(open(&secret, elsewhere, &wrap).unwrap_err(), NotOpened);
        let other_network = (NetworkId::new([7; 32]), ENVELOPE.1);
        assert_eq!(open(&secret, other_network, &wrap).unwrap_err(), NotOpened);
        let readdressed = Wrap { device: DeviceId::new([8; 16]), ..wrap.clone() };
        assert_eq!(open(&secret, ENVELOPE, &readdressed).unwrap_err(), NotOpened);
        let renamed = Wrap { kid: Kid::new([8; 16]), ..wrap.clone() };
        assert_eq!(open(&secret, ENVELOPE, &renamed).unwrap_err(), NotOpened);
        assert_eq!(open(&PrekeySecret::from_seed(&[1; 32]), ENVELOPE, &wrap).unwrap_err(), NotOpened);
    }

    #[test]
    fn low_order_shares_are_refused_on_both_sides() {
        let (secret, mut wrap) = sealed();
        let mut bytes = secret.public().to_bytes();
        for low in LOW_ORDER {
            let start = bytes.len() - 32;
            bytes[start..].copy_from_slice(&hex::decode(low).unwrap());
            assert_eq!(PrekeyPublic::from_bytes(&bytes), Err(SealError::LowOrder), "{low}");
            let start = ENC_BYTES - 32;
            wrap.enc[start..].copy_from_slice(&hex::decode(low).unwrap());
            assert_eq!(open(&secret, ENVELOPE, &wrap).unwrap_err(), NotOpened);
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        assert_eq!(PrekeyPublic::from_bytes(&[1; 32]), Err(SealError::NotAKey));
        let mut bytes = sealed().0.public().to_bytes();
        bytes[..1_152].fill(0xff); // ML-KEM coefficients above q (FIPS 203 §7.2)
        assert_eq!(PrekeyPublic::from_bytes(&bytes), Err(SealError::NotAKey));
    }

    /// The points of low order and their non-canonical twins.
    const LOW_ORDER: [&str; 7] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
}
