//! Which key does this end of a link hold, and which does the other?
//! It must never know whose key it is: admission is decided above.

use std::{fmt, sync::Arc};

use rustls::{
    crypto::aws_lc_rs::sign::any_eddsa_type,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SigningKey},
};
use zeroize::Zeroizing;

/// An Ed25519 public transport key (RFC 8032), 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransportKey(pub [u8; 32]);

/// The secret transport key of this station or relay. The key itself lives in aws-lc, which wipes it when it is freed.
pub struct TransportIdentity {
    signing: Arc<dyn SigningKey>,
    public: TransportKey,
}

/// The seed was not taken as an Ed25519 key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 seed")]
pub struct IdentityError;

impl TransportKey {
    /// The key's SubjectPublicKeyInfo: what a raw public key is on the wire (RFC 7250 §3, RFC 8410 §4).
    pub(crate) fn to_spki(self) -> Vec<u8> {
        [SPKI_PREFIX.as_slice(), &self.0].concat()
    }

    /// Reads a SubjectPublicKeyInfo; none unless it is exactly an Ed25519 key.
    pub(crate) fn from_spki(spki: &[u8]) -> Option<Self> {
        spki.strip_prefix(&SPKI_PREFIX)?.try_into().ok().map(Self)
    }
}

impl TransportIdentity {
    /// From a 32-byte Ed25519 seed. The caller wipes the seed.
    ///
    /// # Errors
    /// The cryptographic library refuses the seed; every 32 bytes are a seed, so this is not expected.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, IdentityError> {
        let mut pkcs8 = Zeroizing::new([0; PKCS8_PREFIX.len() + 32]);
        let (prefix, key) = pkcs8.split_at_mut(PKCS8_PREFIX.len());
        prefix.copy_from_slice(&PKCS8_PREFIX);
        key.copy_from_slice(seed);
        let signing =
            any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8.as_slice())).map_err(|_| IdentityError)?;
        let spki = signing.public_key().ok_or(IdentityError)?;
        let public = TransportKey::from_spki(spki.as_ref()).ok_or(IdentityError)?;
        Ok(Self { signing, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> TransportKey {
        self.public
    }

    /// As rustls wants it: the raw public key in the place of a certificate.
    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        let raw_key = CertificateDer::from(self.public.to_spki());
        Arc::new(CertifiedKey::new(vec![raw_key], self.signing.clone()))
    }
}

impl fmt::Display for TransportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TransportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportKey({self})")
    }
}

impl fmt::Debug for TransportIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { signing: _, public: _ } = self;
        f.write_str("TransportIdentity(..)")
    }
}

/// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING } up to the key (RFC 8410 §4).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// PKCS #8 version 1 with the same OID, up to the seed (RFC 8410 §7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_key_is_that_of_rfc_8032() {
        // RFC 8032 §7.1, test 2, begins like this.
        let seed = b"\x4c\xcd\x08\x9b\x28\xff\x96\xda\x9d\xb6\xc3\x46\xec\x11\x4e\x0f\x5b\x8a\x31\x9f\x35\xab\xa6\x24\xda\x8c\xf6\xed\x4f\xb8\xa6\xfb";
        let identity = TransportIdentity::from_seed(seed).unwrap();
        assert_eq!(
            identity.public().to_string(),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
    }

    #[test]
    fn a_secret_is_not_printed() {
        let identity = TransportIdentity::from_seed(&[7; 32]).unwrap();
        assert_eq!(format!("{identity:?}"), "TransportIdentity(..)");
    }

    #[test]
    fn only_an_exact_ed25519_spki_is_read() {
        let key = TransportKey([9; 32]);
        let spki = key.to_spki();
        assert_eq!(TransportKey::from_spki(&spki), Some(key));
        assert_eq!(TransportKey::from_spki(&spki[..43]), None);
        assert_eq!(TransportKey::from_spki(&[spki.clone(), vec![0]].concat()), None);
        let mut x25519 = spki;
        x25519[8] = 0x6e;
        assert_eq!(TransportKey::from_spki(&x25519), None);
    }
}
