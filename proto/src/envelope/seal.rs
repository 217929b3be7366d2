//! How is a message made that only its recipients open? One signature, one body, one wrap a device
//! (`docs/protocol.md` §5). It must never know where a post is kept or sent.
//!
//! ```text
//! Outgoing ─▶ Sealing ─┬─ wrap(part) ─┬─▶ Posted       parts beside each other, each on a thread of the caller's
//!                      └─ wrap(part) ─┘
//! ```

use std::collections::BTreeSet;

use liaison_keys::body::{self, ContentKey};
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash, NetworkId};
use liaison_keys::sealing::{self, PrekeyPublic, Wrap};
use liaison_keys::signing::{Device, SecretKey};
use rand_core::CryptoRng;
use thiserror::Error;

use super::claims::Claims;
use super::header::{Header, SUITE, VERSION, WrapsMark};
use super::post::Post;
use crate::lane::Lane;
use crate::limits;

/// A message that cannot be sealed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// Nobody to seal to.
    #[error("there is nobody to seal this message to")]
    Nobody,
    /// A device is named twice: no relay would take the post.
    #[error("a device is among the recipients twice")]
    Twice,
    /// More recipients than one envelope holds.
    #[error("{got} recipients; one envelope holds {max}")]
    TooMany {
        /// How many there are.
        got: usize,
        /// The limit.
        max: usize,
    },
    /// The body is larger than a message may be.
    #[error("the message has {got} bytes; at most {max} fit")]
    TooLarge {
        /// Bytes of the sealed body.
        got: usize,
        /// The limit.
        max: usize,
    },
    /// A recipient's wrap is missing, or one is there that is nobody's.
    #[error("the wraps are not those of the recipients")]
    Wraps,
    /// Expiry before or more than 400 days after the message was made.
    #[error("a message must end after it was made, and within 400 days")]
    Lifetime,
}

/// A device to seal to.
#[derive(Clone, Copy, Debug)]
pub struct Recipient<'k> {
    /// The device.
    pub device: DeviceId,
    /// Its prekey.
    pub prekey: &'k PrekeyPublic,
    /// The sender's running number for it: vault generation in the high half, count in the low half.
    pub counter: u64,
}

/// Everything that one envelope is made of.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The network.
    pub network: NetworkId,
    /// The signing device's key.
    pub key: &'a SecretKey<Device>,
    /// The envelope's name for people.
    pub id: EnvelopeId,
    /// How soon it must move.
    pub lane: Lane,
    /// When it ends, Unix seconds.
    pub expires: u64,
    /// What is signed.
    pub claims: &'a Claims,
    /// To whom it is sealed.
    pub recipients: &'a [Recipient<'a>],
}

/// A sealed message: the bytes are stored before they are first sent, and only ever re-sent as they are.
#[derive(Debug)]
pub struct Posted {
    /// Hash of the header: the message's name everywhere.
    pub hh: HeaderHash,
    /// The post.
    pub bytes: Vec<u8>,
    /// The content key, kept until delivery for answers to `reseal`.
    pub content_key: ContentKey,
}

/// Signs, pads, encrypts and wraps, all on the caller's thread.
///
/// # Errors
/// [`SealError`].
pub fn seal(outgoing: &Outgoing<'_>, entropy: &mut impl CryptoRng) -> Result<Posted, SealError> {
    let sealing = Sealing::begin(outgoing, entropy)?;
    let wraps = sealing.wrap(outgoing.recipients, entropy);
    sealing.finish(wraps)
}

/// A message that is signed and encrypted, and waits for its wraps. They are nearly all of the work, and none needs
/// another: whoever has several processors cuts the recipients into parts and wraps them beside each other.
#[derive(Debug)]
pub struct Sealing {
    network: NetworkId,
    hh: HeaderHash,
    devices: BTreeSet<DeviceId>,
    header_bytes: Vec<u8>,
    body: Vec<u8>,
    content_key: ContentKey,
}

impl Sealing {
    /// Signs, pads and encrypts.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn begin(outgoing: &Outgoing<'_>, entropy: &mut impl CryptoRng) -> Result<Self, SealError> {
        let devices = devices(outgoing.recipients)?;
        let content_key = ContentKey::generate(entropy);
        let header_bytes = cbor::encode(&header(outgoing, &devices, &content_key)?);
        let hh = HeaderHash::of(&header_bytes);
        let context = Label::message_context(outgoing.network, outgoing.claims.status as u8, &header_bytes);
        let signed = Sign1::sign(outgoing.key, &context, cbor::encode(outgoing.claims)).to_bytes();
        let body = body::seal(&content_key, &header_bytes, &signed);
        if body.len() > limits::BODY_BYTES_MAX {
            return Err(SealError::TooLarge { got: body.len(), max: limits::BODY_BYTES_MAX });
        }
        Ok(Self { network: outgoing.network, hh, devices, header_bytes, body, content_key })
    }

    /// Wraps the content key for a part of the recipients. Each part needs entropy of its own: of what is made from the
    /// same, each recipient of one part would know the ML-KEM secrets of the other.
    #[must_use]
    pub fn wrap(&self, part: &[Recipient<'_>], entropy: &mut impl CryptoRng) -> Vec<Wrap> {
        let envelope = (self.network, self.hh);
        let mut wraps = Vec::with_capacity(part.len());
        for recipient in part {
            let (to, content) =
                ((recipient.device, recipient.prekey), (&self.content_key, recipient.counter));
            wraps.push(sealing::seal(to, envelope, content, entropy));
        }
        wraps
    }

    /// Puts the post together, once all wraps are there, in any order.
    ///
    /// # Errors
    /// [`SealError::Wraps`] if they are not one for each recipient: nobody would open such a post.
    pub fn finish(self, mut wraps: Vec<Wrap>) -> Result<Posted, SealError> {
        wraps.sort_unstable_by_key(|wrap| wrap.device);
        if !wraps.iter().map(|wrap| wrap.device).eq(self.devices) {
            return Err(SealError::Wraps);
        }
        let bytes = Post::assemble(self.header_bytes, self.body, wraps);
        Ok(Posted { hh: self.hh, bytes, content_key: self.content_key })
    }
}

fn devices(recipients: &[Recipient<'_>]) -> Result<BTreeSet<DeviceId>, SealError> {
    let devices: BTreeSet<DeviceId> = recipients.iter().map(|to| to.device).collect();
    match devices.len() {
        0 => Err(SealError::Nobody),
        got if got > limits::WRAPS_MAX => Err(SealError::TooMany { got, max: limits::WRAPS_MAX }),
        got if got < recipients.len() => Err(SealError::Twice),
        _ => Ok(devices),
    }
}

fn header(
    outgoing: &Outgoing<'_>,
    devices: &BTreeSet<DeviceId>,
    content_key: &ContentKey,
) -> Result<Header, SealError> {
    let header = Header {
        version: VERSION,
        suite: SUITE,
        id: outgoing.id,
        lane: outgoing.lane,
        created: outgoing.claims.created_ms / 1000,
        expires: outgoing.expires,
        wraps: WrapsMark::of(devices),
        commitment: content_key.commitment(outgoing.id),
    };
    if header.is_plausible() { Ok(header) } else { Err(SealError::Lifetime) }
}
