//! What does a State or an organization say about its offices and their devices? (`docs/protocol.md` §3.)
//! The office's record stands in `office`. It must never know who may say it.

use minicbor::{Decode, Encode};

use crate::names::{DeviceId, Digest};
use crate::signing::{Device, PublicKey, Transport};

/// An office's end, beside the chain: it never comes back. Signed by root or admin.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Withdraw {}

/// A device of an office. Signed by root or admin and by both keys.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Certify {
    /// Its message-signing key.
    #[n(1)]
    pub signing: PublicKey<Device>,
    /// Its transport key.
    #[n(2)]
    pub transport: PublicKey<Transport>,
    /// When the certificate ends, Unix seconds; at most 396 days after the entry was logged.
    #[n(3)]
    pub expires: u64,
}

/// A device's end, beside the chain. Signed by root or admin, or by the device itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Revoke {
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// Unix seconds since when its key may have been in other hands; absent when it was only retired.
    #[n(2)]
    pub compromised_since: Option<u64>,
}

/// A device is not to be used until a time, beside the chain. Signed by root or admin, or, for at most 72 hours, by
/// another device of the office. The newest word counts; a time that is past lifts it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Suspend {
    /// The device.
    #[n(1)]
    pub device: DeviceId,
    /// Until when, Unix seconds.
    #[n(2)]
    pub until: u64,
}

/// "Still right": the office's entry was looked at and holds. Signed by root, admin, or a device of the office.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Confirm {
    /// The hash of the card that was looked at, as the record has it; absent when there is none.
    #[n(1)]
    pub card: Option<Digest>,
}
