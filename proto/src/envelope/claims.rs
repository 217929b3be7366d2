//! What does the signature inside an envelope cover? Claims: who, under which directory, to whom, what
//! (`docs/protocol.md` §5). It must never know whether a claim is true.

use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, HeaderHash, OfficeId};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::reason::Reason;
use crate::limits;
use crate::message::{CaseId, Status};
use crate::scope::Scope;
use crate::template::TemplateName;

/// The claims of a message. The map's keys are those of `docs/protocol.md` §5; 6 and 8 are never used.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Claims {
    /// The signing device and its office.
    #[n(1)]
    pub signer: (DeviceId, OfficeId),
    /// Template and version of the body.
    #[n(2)]
    pub template: TemplateName,
    /// To whom.
    #[n(3)]
    pub scope: Scope,
    /// Whether it is meant.
    #[n(4)]
    pub status: Status,
    /// When it was made, Unix milliseconds; ÷ 1000 it is the header's `created`.
    #[n(5)]
    pub created_ms: u64,
    /// The directory under which it was sealed.
    #[n(7)]
    pub checkpoint: CheckpointProof,
    /// The template's body.
    #[n(9)]
    pub body: ByteVec,
    /// The message that it answers.
    #[n(10)]
    pub in_reply_to: Option<HeaderHash>,
    /// The case that it belongs to.
    #[n(11)]
    pub case: Option<CaseId>,
    /// Attachments: name, media type, size, SHA-256 of the ciphertext, key.
    #[n(12)]
    pub attachments: Option<Vec<Attachment>>,
    /// Devices of the scope that it is not sealed to, ascending, with the reason.
    #[n(13)]
    pub left_out: Option<Vec<LeftOut>>,
}

/// The sender's checkpoint: the signed note, and where no witnesses give the time the signed head of that size.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CheckpointProof {
    /// The signed note.
    #[n(0)]
    pub note: ByteVec,
    /// The signed head.
    #[n(1)]
    pub head: Option<ByteVec>,
}

/// An attachment's place and key. Blobs come with a later version; the claim is read and kept.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Attachment {
    /// File name.
    #[n(0)]
    pub name: String,
    /// Media type.
    #[n(1)]
    pub media_type: String,
    /// Bytes of the plaintext.
    #[n(2)]
    pub size: u64,
    /// SHA-256 of the ciphertext.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub ciphertext: [u8; 32],
    /// The blob's key.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub key: [u8; 32],
}

/// Why a device of the scope got no wrap: one sick device must not stop a global flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum LeftOutReason {
    /// No usable prekey.
    #[n(1)]
    NoPrekey,
    /// Revoked, suspended or withdrawn since the checkpoint.
    #[n(2)]
    EndedSince,
    /// Over the limit of wraps.
    #[n(3)]
    OverLimit,
}

/// A device left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct LeftOut {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// Why.
    #[n(1)]
    pub reason: LeftOutReason,
}

impl Claims {
    /// Reads claims in their one spelling: the payload of a message's COSE_Sign1.
    ///
    /// # Errors
    /// [`Reason::Claims`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Reason> {
        let claims: Self = cbor::decode(bytes).map_err(|_| Reason::Claims)?;
        let attachments = claims.attachments.as_ref();
        let attached = attachments.is_none_or(|all| (1..=limits::ATTACHMENTS_MAX).contains(&all.len()));
        let ascending = |all: &Vec<LeftOut>| !all.is_empty() && all.is_sorted_by(|a, b| a.device < b.device);
        let fits = attached
            && claims.left_out.as_ref().is_none_or(ascending)
            && claims.body.len() <= limits::TEMPLATE_BYTES_MAX
            && claims.checkpoint.note.len() <= limits::NOTE_BYTES_MAX;
        if fits { Ok(claims) } else { Err(Reason::Claims) }
    }

    /// The devices left out.
    pub fn left_out(&self) -> impl Iterator<Item = &LeftOut> {
        self.left_out.iter().flatten()
    }
}
