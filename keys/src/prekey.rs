//! To which key is a message sealed? Prekey bundles: CURRENT for forward secrecy, FALLBACK so that nobody is
//! unreachable (`docs/protocol.md` §2). It must never know where bundles are kept.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::cbor;
use crate::cose::Sign1;
use crate::label::Label;
use crate::names::{DeviceId, NetworkId};
use crate::sealing::PrekeyPublic;
use crate::signing::{Device, PublicKey, SecretKey};

/// How often a device makes a new CURRENT key, seconds.
pub const CURRENT_MADE_EVERY_S: u64 = 7 * 86_400;
/// How long a CURRENT key may be sealed to, seconds: two days more, for senders that were offline.
pub const CURRENT_LIVES_S: u64 = 9 * 86_400;

/// A bundle that cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// Not a bundle, or not in its one spelling.
    #[error("not a prekey bundle")]
    Malformed,
    /// Not signed by the device that it is about.
    #[error("the prekey bundle is not signed by its device")]
    Signature,
    /// One of its keys must not be used.
    #[error("the prekey bundle holds an unusable key")]
    Key,
}

/// Which of a device's prekeys this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Slot {
    /// Made every 7 days, ends after 9.
    #[n(0)]
    Current,
    /// Ends with the device's certificate. Sealing to it is weaker in forward secrecy, and said so.
    #[n(1)]
    Fallback,
}

/// One prekey of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prekey {
    /// Which one it is.
    pub slot: Slot,
    /// When sealing to it ends, Unix seconds.
    pub ends: u64,
    /// The key.
    pub public: PrekeyPublic,
}

/// A device's prekeys, verified to be its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The device.
    pub device: DeviceId,
    /// max(time made in s, last + 1): a lower number than one seen before is refused.
    pub number: u64,
    /// When it was made, Unix seconds.
    pub made: u64,
    /// The keys, at least one.
    pub keys: Vec<Prekey>,
}

/// `[device, number, made, [[slot, ends, public key]+]]`
#[derive(Encode, Decode)]
struct Written {
    #[n(0)]
    device: DeviceId,
    #[n(1)]
    number: u64,
    #[n(2)]
    made: u64,
    #[n(3)]
    keys: Vec<(Slot, u64, ByteVec)>,
}

impl Bundle {
    /// Signs the bundle: the bytes that relays keep and stations verify.
    #[must_use]
    pub fn sign(&self, key: &SecretKey<Device>, network: NetworkId) -> Vec<u8> {
        let keys = self.keys.iter().map(|key| (key.slot, key.ends, key.public.to_bytes().into())).collect();
        let written = Written { device: self.device, number: self.number, made: self.made, keys };
        Sign1::sign(key, &Label::Prekeys.context(network), cbor::encode(&written)).to_bytes()
    }

    /// Whose bundle these bytes claim to be, before anything is verified: to find the key to verify with.
    ///
    /// # Errors
    /// [`BundleError::Malformed`].
    pub fn claimed_device(bytes: &[u8]) -> Result<DeviceId, BundleError> {
        let (written, _) = parse(bytes)?;
        Ok(written.device)
    }

    /// The number that these bytes claim, before anything is verified.
    ///
    /// # Errors
    /// [`BundleError::Malformed`].
    pub fn claimed_number(bytes: &[u8]) -> Result<u64, BundleError> {
        let (written, _) = parse(bytes)?;
        Ok(written.number)
    }

    /// Reads a bundle that this device signed, and checks every key in it.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn verify(bytes: &[u8], device: &PublicKey<Device>, network: NetworkId) -> Result<Self, BundleError> {
        let (written, signed) = parse(bytes)?;
        signed.verify(device, &Label::Prekeys.context(network)).map_err(|_| BundleError::Signature)?;
        if written.device != device.device() {
            return Err(BundleError::Signature);
        }
        let Written { device, number, made, keys } = written;
        let keys = keys.into_iter().map(read_key).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { device, number, made, keys })
    }

    /// The key to seal to at this time: CURRENT if it lives, else FALLBACK if it lives.
    #[must_use]
    pub fn pick(&self, now: u64) -> Option<&Prekey> {
        self.keys.iter().filter(|key| now < key.ends).min_by_key(|key| key.slot)
    }
}

fn parse(bytes: &[u8]) -> Result<(Written, Sign1), BundleError> {
    let signed = Sign1::from_bytes(bytes).map_err(|_| BundleError::Malformed)?;
    let written: Written = cbor::decode(signed.unverified_payload()).map_err(|_| BundleError::Malformed)?;
    let slots_distinct = written.keys.is_sorted_by(|(a, ..), (b, ..)| a < b) && !written.keys.is_empty();
    if slots_distinct { Ok((written, signed)) } else { Err(BundleError::Malformed) }
}

fn read_key((slot, ends, bytes): (Slot, u64, ByteVec)) -> Result<Prekey, BundleError> {
    let public = PrekeyPublic::from_bytes(&bytes).map_err(|_| BundleError::Key)?;
    Ok(Prekey { slot, ends, public })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealing::PrekeySecret;

    const NETWORK: NetworkId = NetworkId::new([1; 32]);

    fn bundle(key: &SecretKey<Device>, slots: &[(Slot, u64)]) -> Bundle {
        let prekey = |(slot, ends): &(Slot, u64)| Prekey {
            slot: *slot,
            ends: *ends,
            public: PrekeySecret::from_seed(&[*slot as u8; 32]).public(),
        };
        Bundle { device: key.public().device(), number: 5, made: 5, keys: slots.iter().map(prekey).collect() }
    }

    #[test]
    fn goes_round_and_picks_current_first() {
        let key = SecretKey::<Device>::from_seed(&[1; 32]);
        let made = bundle(&key, &[(Slot::Current, 10), (Slot::Fallback, 20)]);
        let bytes = made.sign(&key, NETWORK);
        assert_eq!(Bundle::claimed_device(&bytes), Ok(made.device));
        let read = Bundle::verify(&bytes, &key.public(), NETWORK).unwrap();
        assert_eq!(read, made);
        let slot = |now| read.pick(now).map(|key| key.slot);
        assert_eq!([slot(9), slot(10), slot(20)], [Some(Slot::Current), Some(Slot::Fallback), None]);
    }

    #[test]
    fn every_way_to_be_wrong() {
        let key = SecretKey::<Device>::from_seed(&[1; 32]);
        let other = SecretKey::<Device>::from_seed(&[2; 32]);
        let made = bundle(&key, &[(Slot::Current, 10)]);
        let bytes = made.sign(&key, NETWORK);
        assert_eq!(Bundle::verify(&bytes, &other.public(), NETWORK), Err(BundleError::Signature));
        assert_eq!(
            Bundle::verify(&bytes, &key.public(), NetworkId::new([2; 32])),
            Err(BundleError::Signature)
        );
        let for_another = made.sign(&other, NETWORK);
        assert_eq!(Bundle::verify(&for_another, &other.public(), NETWORK), Err(BundleError::Signature));
        assert_eq!(Bundle::verify(&bytes[1..], &key.public(), NETWORK), Err(BundleError::Malformed));
        let doubled = bundle(&key, &[(Slot::Current, 1), (Slot::Current, 2)]).sign(&key, NETWORK);
        assert_eq!(Bundle::verify(&doubled, &key.public(), NETWORK), Err(BundleError::Malformed));
        let empty = bundle(&key, &[]).sign(&key, NETWORK);
        assert_eq!(Bundle::verify(&empty, &key.public(), NETWORK), Err(BundleError::Malformed));
        let payload = cbor::encode(&Written {
            device: made.device,
            number: 5,
            made: 5,
            keys: vec![(Slot::Current, 10, vec![0; 1_216].into())],
        });
        let low_order = Sign1::sign(&key, &Label::Prekeys.context(NETWORK), payload).to_bytes();
        assert_eq!(Bundle::verify(&low_order, &key.public(), NETWORK), Err(BundleError::Key));
    }
}
