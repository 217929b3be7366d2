//! What does a relay learn of an envelope? The header, in clear and bound to everything else
//! (`docs/protocol.md` §5). It must never know the content key, only the commitment to it.

use std::collections::BTreeSet;

use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, Digest, EnvelopeId};
use minicbor::{Decode, Encode};

use super::reason::Reason;
use crate::lane::Lane;
use crate::limits;

/// This version of the envelope.
pub(super) const VERSION: u64 = 1;
/// ML-KEM-768 with X25519; 1 is reserved, others are to come.
pub(super) const SUITE: u64 = 2;

/// An envelope's header. The map's keys are those of `docs/protocol.md` §5.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// The envelope's version.
    #[n(1)]
    pub version: u64,
    /// The suite of algorithms.
    #[n(2)]
    pub suite: u64,
    /// The name that people call it by; not unique, if a sender wills.
    #[n(3)]
    pub id: EnvelopeId,
    /// How soon it must move.
    #[n(4)]
    pub lane: Lane,
    /// When it was made, Unix seconds.
    #[n(5)]
    pub created: u64,
    /// When it ends, Unix seconds.
    #[n(6)]
    pub expires: u64,
    /// How many wraps it has, and for whom.
    #[n(7)]
    pub wraps: WrapsMark,
    /// Commitment to the content key.
    #[cbor(n(8), with = "minicbor::bytes")]
    pub commitment: [u8; 32],
}

/// `[count, SHA-256 of the CBOR array of the wraps' device ids]`: a relay can neither add nor leave out a recipient
/// without the others noticing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct WrapsMark {
    #[n(0)]
    count: u64,
    #[n(1)]
    hash: Digest,
}

impl WrapsMark {
    /// The mark of these recipients.
    #[must_use]
    pub fn of(devices: &BTreeSet<DeviceId>) -> Self {
        let listed: Vec<DeviceId> = devices.iter().copied().collect();
        Self { count: listed.len() as u64, hash: Digest::of(&cbor::encode(&listed)) }
    }

    /// How many wraps.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }
}

impl Header {
    /// Reads a header: version and suite first, so that what a newer version made is named as such.
    ///
    /// # Errors
    /// [`Reason::TooLarge`], [`Reason::Version`], [`Reason::Suite`], [`Reason::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Reason> {
        if bytes.len() > limits::HEADER_BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        let mut decoder = minicbor::Decoder::new(bytes);
        let version = decoder
            .map()
            .ok()
            .flatten()
            .and_then(|_| (decoder.u8().ok() == Some(1)).then(|| decoder.u64().ok()).flatten());
        if version.is_some_and(|version| version != VERSION) {
            return Err(Reason::Version);
        }
        let header: Self = cbor::decode(bytes).map_err(|_| Reason::Malformed)?;
        match (header.version, header.suite) {
            (VERSION, SUITE) => Ok(header),
            (VERSION, _) => Err(Reason::Suite),
            _ => Err(Reason::Version),
        }
    }

    /// Whether the numbers can be true: made before it ends, not longer alive than a message may be, and a count
    /// of wraps that there may be.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let alive = self.expires.checked_sub(self.created);
        let count = usize::try_from(self.wraps.count()).unwrap_or(usize::MAX);
        alive.is_some_and(|alive| alive > 0 && alive <= limits::LIFETIME_S_MAX)
            && (1..=limits::WRAPS_MAX).contains(&count)
    }
}
