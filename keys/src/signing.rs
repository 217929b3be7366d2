//! Did this key sign these bytes? Ed25519 keys, one type for each role, and the strict verification
//! (`docs/protocol.md` §2). It must never know whose key it is.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use ed25519_dalek::Signer as _;
use rand_core::CryptoRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::names::{DeviceId, Kid};

/// A role that a key can have. A key has one role and one owner, for ever.
pub trait Role {
    /// The role's name, for `Debug`.
    const NAME: &'static str;
}

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $role {}
        impl Role for $role {
            const NAME: &'static str = stringify!($role);
        }
    )+};
}
roles! {
    /// State root, admin and custodian keys: they sign statements.
    Authority,
    /// A device's message-signing key.
    Device,
    /// A device's, relay's or invitation's transport key: it proves itself in TLS, and in the statement or
    /// invitation that introduces it.
    Transport,
    /// The log's key: checkpoints and heads.
    Log,
    /// A relay's receipt key.
    Receipt,
    /// A witness's key: cosignatures under checkpoints.
    Witness,
}

/// A signature that does not verify, whatever the reason.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// A public Ed25519 key in the role `R`: 32 bytes.
pub struct PublicKey<R> {
    bytes: [u8; 32],
    role: PhantomData<R>,
}

impl<R: Role> PublicKey<R> {
    /// The same key among those that sign statements: verification does not depend on the role.
    #[must_use]
    pub const fn as_signer(&self) -> PublicKey<Authority> {
        PublicKey::from_bytes(self.bytes)
    }

    /// The key with these bytes. Whether they are a usable point shows when something is verified with it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { bytes, role: PhantomData }
    }

    /// The key's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The key's id: SHA-256 of it, first 16 bytes.
    #[must_use]
    pub fn kid(&self) -> Kid {
        Kid::of(&self.bytes)
    }

    /// Verifies strictly: canonical A and R, no small-order A or R, S below the group's order, so that all
    /// implementations agree on what is valid.
    ///
    /// # Errors
    /// [`BadSignature`], without a reason.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature> {
        if !is_canonical(&self.bytes) {
            return Err(BadSignature);
        }
        ed25519_dalek::VerifyingKey::from_bytes(&self.bytes)
            .and_then(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)))
            .map_err(|_| BadSignature)
    }
}

impl PublicKey<Device> {
    /// The device that this key makes.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::of(&self.bytes)
    }
}

/// A secret Ed25519 key in the role `R`; wiped when dropped.
pub struct SecretKey<R> {
    key: Box<ed25519_dalek::SigningKey>,
    role: PhantomData<R>,
}

impl<R: Role> SecretKey<R> {
    /// A new key from fresh entropy.
    #[must_use]
    pub fn generate(entropy: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill_bytes(seed.as_mut_slice());
        Self::from_seed(&seed)
    }

    /// The key with this 32-byte seed (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: Box::new(ed25519_dalek::SigningKey::from_bytes(seed)), role: PhantomData }
    }

    /// The seed, for key files and for the TLS library. The one way to see a secret key.
    #[must_use]
    pub fn expose_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey<R> {
        PublicKey::from_bytes(self.key.verifying_key().to_bytes())
    }

    /// Signs these bytes as they are. Everything but a C2SP note is signed through [`crate::cose`].
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl<R: Role> fmt::Debug for SecretKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key: _, role: _ } = self;
        write!(f, "SecretKey<{}>(..)", R::NAME)
    }
}

/// Below p = 2^255 - 19, the sign bit apart.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    !(*first >= 0xed && middle.iter().all(|b| *b == 0xff) && last & 0x7f == 0x7f)
}

impl<R: Role> fmt::Debug for PublicKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey<{}>({})", R::NAME, hex::encode(self.bytes))
    }
}

impl<R> Clone for PublicKey<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for PublicKey<R> {}

impl<R> PartialEq for PublicKey<R> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<R> Eq for PublicKey<R> {}

impl<R> PartialOrd for PublicKey<R> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<R> Ord for PublicKey<R> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

impl<R> Hash for PublicKey<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<R, C> minicbor::Encode<C> for PublicKey<R> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.bytes)?.ok()
    }
}

impl<'b, R: Role, C> minicbor::Decode<'b, C> for PublicKey<R> {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?.try_into().map_err(|_| minicbor::decode::Error::message("key length"))?;
        Ok(Self::from_bytes(bytes))
    }
}

impl<R: Role> serde::Serialize for PublicKey<R> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex::encode(self.bytes))
    }
}

impl<'de, R: Role> serde::Deserialize<'de> for PublicKey<R> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.as_ref(), &mut bytes).map_err(serde::de::Error::custom)?;
        Ok(Self::from_bytes(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_8032_test_2() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let key = SecretKey::<Device>::from_seed(&seed.try_into().unwrap());
        assert_eq!(
            hex::encode(key.public().as_bytes()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        let signature = key.sign(&[0x72]);
        assert!(hex::encode(signature).starts_with("92a009a9f0d4cab8720e820b5f642540"));
        key.public().verify(&[0x72], &signature).unwrap();
        assert_eq!(key.public().verify(&[0x73], &signature), Err(BadSignature));
    }

    #[test]
    fn small_order_and_non_canonical_keys_verify_nothing() {
        let mut identity = [0; 32];
        identity[0] = 1;
        // With A = identity and R = identity, S = 0 satisfies the equation for every message.
        let mut signature = [0; 64];
        signature[0] = 1;
        assert_eq!(PublicKey::<Device>::from_bytes(identity).verify(b"any", &signature), Err(BadSignature));
        let mut above_p = [0xff; 32];
        above_p[31] = 0x7f;
        assert_eq!(PublicKey::<Device>::from_bytes(above_p).verify(b"any", &signature), Err(BadSignature));
    }

    #[test]
    fn a_high_s_is_refused() {
        let key = SecretKey::<Device>::from_seed(&[7; 32]);
        let mut signature = key.sign(b"text");
        signature[63] |= 0xe0;
        assert_eq!(key.public().verify(b"text", &signature), Err(BadSignature));
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", SecretKey::<Log>::from_seed(&[7; 32])), "SecretKey<Log>(..)");
    }
}
