//! Who asks to have a message's key sealed again, and to what? The request that a station makes when the prekey was erased
//! to which a message had been sealed (`docs/protocol.md` §5.8). It must never know whether the request is granted.

use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{DeviceId, HeaderHash, NetworkId};
use liaison_keys::prekey::{Bundle, BundleError};
use liaison_keys::signing::{Device, PublicKey, SecretKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

/// A request that cannot be granted to anybody.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResealError {
    /// Not a request in its one spelling.
    #[error("not a request to seal a message again")]
    Malformed,
    /// Not signed by the device that it names.
    #[error("the request to seal a message again is not signed by its device")]
    Signature,
    /// Its prekeys cannot be used.
    #[error("the request to seal a message again: {0}")]
    Bundle(#[from] BundleError),
}

/// `[hh, device, bundle]`: the device got the message and cannot open it; these are the prekeys to seal its key to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Reseal {
    /// The message.
    #[n(0)]
    pub hh: HeaderHash,
    /// The device that asks.
    #[n(1)]
    pub device: DeviceId,
    /// Its signed bundle.
    #[n(2)]
    pub bundle: ByteVec,
}

impl Reseal {
    /// Signs the request.
    #[must_use]
    pub fn sign(&self, key: &SecretKey<Device>, network: NetworkId) -> Vec<u8> {
        Sign1::sign(key, &Label::Reseal.context(network), cbor::encode(self)).to_bytes()
    }

    /// What these bytes claim, before anything is verified: to find the key to verify with.
    ///
    /// # Errors
    /// [`ResealError::Malformed`].
    pub fn claimed(bytes: &[u8]) -> Result<Self, ResealError> {
        let signed = Sign1::from_bytes(bytes).map_err(|_| ResealError::Malformed)?;
        cbor::decode(signed.unverified_payload()).map_err(|_| ResealError::Malformed)
    }

    /// Reads a request of this device, with its prekeys.
    ///
    /// # Errors
    /// [`ResealError`].
    pub fn verify(
        bytes: &[u8],
        key: &PublicKey<Device>,
        network: NetworkId,
    ) -> Result<(Self, Bundle), ResealError> {
        let signed = Sign1::from_bytes(bytes).map_err(|_| ResealError::Malformed)?;
        let payload = signed.verify(key, &Label::Reseal.context(network));
        let request: Self =
            cbor::decode(payload.map_err(|_| ResealError::Signature)?).map_err(|_| ResealError::Malformed)?;
        if request.device != key.device() {
            return Err(ResealError::Signature);
        }
        let bundle = Bundle::verify(&request.bundle, key, network)?;
        Ok((request, bundle))
    }
}

#[cfg(test)]
mod tests {
    use liaison_keys::prekey::{Prekey, Slot};
    use liaison_keys::sealing::PrekeySecret;

    use super::*;

    const NETWORK: NetworkId = NetworkId::new([1; 32]);

    fn request(by: &SecretKey<Device>, bundle_of: &SecretKey<Device>) -> Vec<u8> {
        let public = PrekeySecret::from_seed(&[3; 32]).public();
        let keys = vec![Prekey { slot: Slot::Current, ends: 900, public }];
        let bundle = Bundle { device: bundle_of.public().device(), number: 7, made: 7, keys };
        let bundle = bundle.sign(bundle_of, NETWORK).into();
        Reseal { hh: HeaderHash::new([5; 32]), device: by.public().device(), bundle }.sign(by, NETWORK)
    }

    #[test]
    fn a_request_speaks_for_its_own_device_alone() {
        let (own, other) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
        let (key, bytes) = (own.public(), request(&own, &own));
        let (read, bundle) = Reseal::verify(&bytes, &key, NETWORK).unwrap();
        assert_eq!((read.device, bundle.number), (key.device(), 7));
        assert_eq!(Reseal::claimed(&bytes), Ok(read));
        let verify = |bytes: &[u8], network| Reseal::verify(bytes, &key, network).unwrap_err();
        assert_eq!(verify(&bytes, NetworkId::new([2; 32])), ResealError::Signature);
        assert_eq!(verify(&request(&other, &other), NETWORK), ResealError::Signature);
        assert_eq!(verify(&request(&own, &other), NETWORK), ResealError::Bundle(BundleError::Signature));
        for end in 0..bytes.len() {
            assert_eq!(verify(&bytes[..end], NETWORK), ResealError::Malformed);
        }
    }
}
