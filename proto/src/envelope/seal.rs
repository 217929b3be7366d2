//! How is a message made that only its recipients open? One signature, one body, one wrap a device
//! (`docs/protocol.md` §5). It must never know where a post is kept or sent.

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

/// Signs, pads, encrypts and wraps.
///
/// # Errors
/// [`SealError`].
pub fn seal(outgoing: &Outgoing<'_>, entropy: &mut impl CryptoRng) -> Result<Posted, SealError> {
    let content_key = ContentKey::generate(entropy);
    let header = header(outgoing, &content_key)?;
    let header_bytes = cbor::encode(&header);
    let hh = HeaderHash::of(&header_bytes);
    let context = Label::message_context(outgoing.network, outgoing.claims.status as u8, &header_bytes);
    let signed = Sign1::sign(outgoing.key, &context, cbor::encode(outgoing.claims)).to_bytes();
    let body = body::seal(&content_key, &header_bytes, &signed);
    if body.len() > limits::BODY_BYTES_MAX {
        return Err(SealError::TooLarge { got: body.len(), max: limits::BODY_BYTES_MAX });
    }
    let mut wraps: Vec<Wrap> = Vec::with_capacity(outgoing.recipients.len());
    for recipient in outgoing.recipients {
        let to = (recipient.device, recipient.prekey);
        wraps.push(sealing::seal(to, (outgoing.network, hh), (&content_key, recipient.counter), entropy));
    }
    wraps.sort_unstable_by_key(|wrap| wrap.device);
    Ok(Posted { hh, bytes: Post::assemble(header_bytes, body, wraps), content_key })
}

fn header(outgoing: &Outgoing<'_>, content_key: &ContentKey) -> Result<Header, SealError> {
    let devices: BTreeSet<DeviceId> = outgoing.recipients.iter().map(|to| to.device).collect();
    match devices.len() {
        0 => return Err(SealError::Nobody),
        got if got > limits::WRAPS_MAX => return Err(SealError::TooMany { got, max: limits::WRAPS_MAX }),
        got if got < outgoing.recipients.len() => return Err(SealError::Twice),
        _ => {}
    }
    let header = Header {
        version: VERSION,
        suite: SUITE,
        id: outgoing.id,
        lane: outgoing.lane,
        created: outgoing.claims.created_ms / 1000,
        expires: outgoing.expires,
        wraps: WrapsMark::of(&devices),
        commitment: content_key.commitment(outgoing.id),
    };
    if header.is_plausible() { Ok(header) } else { Err(SealError::Lifetime) }
}
