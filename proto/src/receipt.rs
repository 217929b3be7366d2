//! Who has it, and who says so? The relay's receipt for a post, and the devices' receipts that travel as envelopes
//! (`docs/protocol.md` §6). It must never know what the message said.

use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{Digest, HeaderHash, Kid, NetworkId};
use liaison_keys::signing::{PublicKey, Receipt, SecretKey};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::limits;
use crate::template::TemplateName;

/// A relay's receipt that proves nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Not a receipt in its one spelling.
    #[error("not a receipt")]
    Malformed,
    /// Not signed by this relay's receipt key.
    #[error("the receipt is not signed by the relay")]
    Signature,
}

/// `[relay's receipt kid, hh, SHA-256(post), count, time s, log size]`: the relay's word that the bytes are on disk.
/// Posting the same bytes again gives the same receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Accepted {
    /// The relay's receipt key.
    #[n(0)]
    pub relay: Kid,
    /// The message.
    #[n(1)]
    pub hh: HeaderHash,
    /// SHA-256 of the post.
    #[n(2)]
    pub post: Digest,
    /// How many devices it waits for.
    #[n(3)]
    pub count: u64,
    /// When it was accepted, Unix seconds, by the relay's clock.
    #[n(4)]
    pub time: u64,
    /// Size of the directory's log at that time.
    #[n(5)]
    pub log_size: u64,
}

impl Accepted {
    /// Signs the receipt; only after the post is on disk.
    #[must_use]
    pub fn sign(&self, key: &SecretKey<Receipt>, network: NetworkId) -> Vec<u8> {
        Sign1::sign(key, &Label::Receipt.context(network), cbor::encode(self)).to_bytes()
    }

    /// Reads a receipt of this relay.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub fn verify(bytes: &[u8], key: &PublicKey<Receipt>, network: NetworkId) -> Result<Self, ReceiptError> {
        let signed = Sign1::from_bytes(bytes).map_err(|_| ReceiptError::Malformed)?;
        let payload = signed.verify(key, &Label::Receipt.context(network));
        let accepted: Self = cbor::decode(payload.map_err(|_| ReceiptError::Signature)?)
            .map_err(|_| ReceiptError::Malformed)?;
        if accepted.relay == key.kid() { Ok(accepted) } else { Err(ReceiptError::Signature) }
    }
}

impl Accepted {
    /// What a receipt that was verified before says; nothing is checked here.
    #[must_use]
    pub fn claimed(bytes: &[u8]) -> Option<Self> {
        cbor::decode(Sign1::from_bytes(bytes).ok()?.unverified_payload()).ok()
    }
}

/// What a device says of a message, without a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum DeviceState {
    /// Stored, opened, verified.
    #[n(1)]
    Delivered,
}

/// `[hh, state, time ms]`: one line of a `receipt/1` message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeviceReceipt {
    /// The message.
    #[n(0)]
    pub hh: HeaderHash,
    /// What became of it.
    #[n(1)]
    pub state: DeviceState,
    /// When, Unix milliseconds, by the device's clock.
    #[n(2)]
    pub time_ms: u64,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Body {
    #[n(0)]
    common: Common,
    #[n(1)]
    receipts: Vec<DeviceReceipt>,
}

/// Receipts have no common fields.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Common {}

/// The template's name.
pub const TEMPLATE: &str = "receipt/1";

/// The template's name, as a name.
#[must_use]
#[expect(clippy::expect_used, reason = "a constant that a test reads")]
pub fn template() -> TemplateName {
    TEMPLATE.parse().expect("receipt/1 is a template's name")
}

/// Whether a message is for the station and not for people. Receipts are never receipted.
#[must_use]
pub fn is_receipt(name: &TemplateName) -> bool {
    *name == template()
}

/// The body of a `receipt/1` message.
#[must_use]
pub fn encode(receipts: Vec<DeviceReceipt>) -> Vec<u8> {
    cbor::encode(&Body { common: Common {}, receipts })
}

/// Reads the body of a `receipt/1` message: one receipt at least.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Vec<DeviceReceipt>> {
    let body: Body = cbor::decode(bytes).ok()?;
    (1..=limits::RECEIPTS_MAX).contains(&body.receipts.len()).then_some(body.receipts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_one_relays_word_in_one_network() {
        let key = SecretKey::<Receipt>::from_seed(&[1; 32]);
        let accepted = Accepted {
            relay: key.public().kid(),
            hh: HeaderHash::new([1; 32]),
            post: Digest::new([2; 32]),
            count: 3,
            time: 4,
            log_size: 5,
        };
        let network = NetworkId::new([9; 32]);
        let bytes = accepted.sign(&key, network);
        assert_eq!(Accepted::verify(&bytes, &key.public(), network), Ok(accepted));
        let elsewhere = Accepted::verify(&bytes, &key.public(), NetworkId::new([8; 32]));
        assert_eq!(elsewhere, Err(ReceiptError::Signature));
        assert_eq!(Accepted::verify(&bytes[1..], &key.public(), network), Err(ReceiptError::Malformed));
        let renamed = Accepted { relay: Kid::new([7; 16]), ..accepted }.sign(&key, network);
        assert_eq!(Accepted::verify(&renamed, &key.public(), network), Err(ReceiptError::Signature));
    }

    #[test]
    fn device_receipts_go_round_and_are_never_none() {
        let receipt =
            DeviceReceipt { hh: HeaderHash::new([1; 32]), state: DeviceState::Delivered, time_ms: 7 };
        assert_eq!(decode(&encode(vec![receipt])), Some(vec![receipt]));
        assert_eq!(decode(&encode(vec![])), None);
        assert_eq!(decode(&encode(vec![receipt; limits::RECEIPTS_MAX + 1])), None);
        assert_eq!(decode(&[0xa0]), None);
    }
}
