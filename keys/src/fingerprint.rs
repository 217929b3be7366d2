//! What do two people read to each other to know that they see the same keys? Digits, sayable in every language
//! (`docs/protocol.md` §2). It must never know who reads them.

use std::fmt;

use crate::cbor;
use crate::label;
use crate::names::{Digest, NetworkId, Owner};
use crate::signing::{Authority, PublicKey};

/// 60 decimal digits in 12 groups of 5.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u32; 12]);

impl Fingerprint {
    /// The fingerprint of an owner's root: `SHA-256(CBOR ["liaison-v1 root", network, owner, m, sorted keys])` as
    /// one big-endian number modulo 10^60.
    #[must_use]
    pub fn of_root(network: NetworkId, owner: &Owner, threshold: u8, keys: &[PublicKey<Authority>]) -> Self {
        Self::of_digest(*digest_of_root(network, owner, threshold, keys).as_bytes())
    }

    fn of_digest(digest: [u8; 32]) -> Self {
        let mut groups = [0_u32; 12];
        for byte in digest {
            // groups = groups × 256 + byte, the most significant group first; what runs over is the modulus' part.
            let mut carry = u32::from(byte);
            for group in groups.iter_mut().rev() {
                let value = *group * 256 + carry;
                *group = value % GROUP;
                carry = value / GROUP;
            }
        }
        Self(groups)
    }
}

/// What a fingerprint is made of, whole: `SHA-256(CBOR ["liaison-v1 root", network, owner, m, sorted keys])`.
#[must_use]
pub fn digest_of_root(
    network: NetworkId,
    owner: &Owner,
    threshold: u8,
    keys: &[PublicKey<Authority>],
) -> Digest {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    Digest::of(&cbor::encode(&(label::ROOT, network, owner, threshold, sorted)))
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, group) in self.0.iter().enumerate() {
            let gap = if i == 0 { "" } else { " " };
            write!(f, "{gap}{group:05}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

const GROUP: u32 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_the_number_modulo_10_to_the_60() {
        // 2^256 - 1 = 115792089237316195423570985008687907853269984665640564039457584007913129639935
        assert_eq!(
            Fingerprint::of_digest([0xff; 32]).to_string(),
            "42357 09850 08687 90785 32699 84665 64056 40394 57584 00791 31296 39935"
        );
        let mut one = [0; 32];
        one[31] = 1;
        assert!(Fingerprint::of_digest(one).to_string().ends_with("00000 00001"));
    }

    #[test]
    fn the_order_of_the_keys_does_not_matter_and_all_else_does() {
        let keys = [PublicKey::from_bytes([1; 32]), PublicKey::from_bytes([2; 32])];
        let (network, owner) = (NetworkId::new([1; 32]), "xa".parse().unwrap());
        let of = |m, keys: &[PublicKey<Authority>]| Fingerprint::of_root(network, &owner, m, keys);
        assert_eq!(of(1, &keys), of(1, &[keys[1], keys[0]]));
        assert_ne!(of(1, &keys), of(2, &keys));
        assert_ne!(of(1, &keys), of(1, &keys[..1]));
        assert_ne!(of(1, &keys), Fingerprint::of_root(network, &"xb".parse().unwrap(), 1, &keys));
    }
}
