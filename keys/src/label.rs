//! What is this signature or derived key for? Every domain-separation string of the system, in one list.
//! It must never know what is signed.

use crate::cbor;
use crate::names::NetworkId;

/// What a signature is for. It stands first in COSE's `external_aad`, so that no signature made for one purpose
/// can be shown for another (`docs/protocol.md` §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// A message, inside its envelope.
    Message,
    /// A statement of the directory.
    Statement,
    /// A prekey bundle.
    Prekeys,
    /// A request to seal an envelope's key again.
    Reseal,
    /// A relay's word that a post is on disk.
    Receipt,
    /// The log key's word about the log's newest size and the time.
    Head,
    /// The custodian's permission for a key that is not yet in the directory.
    Invite,
}

impl Label {
    const fn text(self) -> &'static str {
        match self {
            Self::Message => "liaison-v1 message",
            Self::Statement => "liaison-v1 statement",
            Self::Prekeys => "liaison-v1 prekeys",
            Self::Reseal => "liaison-v1 reseal",
            Self::Receipt => "liaison-v1 receipt",
            Self::Head => "liaison-v1 head",
            Self::Invite => "liaison-v1 invite",
        }
    }

    /// `external_aad = CBOR [label, network]`: what every signature but a message's is bound to.
    #[must_use]
    pub fn context(self, network: NetworkId) -> Context {
        Context(cbor::encode(&(self.text(), network)))
    }

    /// `external_aad = CBOR [label, network, status, hdr]`: a message's signature is bound to its own header, so
    /// that it cannot be lifted into another envelope, and to its status, so that an exercise cannot open as real.
    #[must_use]
    pub fn message_context(network: NetworkId, status: u8, header: &[u8]) -> Context {
        let header: &minicbor::bytes::ByteSlice = header.into();
        Context(cbor::encode(&(Self::Message.text(), network, status, header)))
    }
}

/// What a signature is bound to besides its payload: COSE's `external_aad`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context(Vec<u8>);

impl Context {
    /// The bytes of `external_aad`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// HKDF info of a body's key and nonce.
pub(crate) const BODY: &[u8] = b"liaison-v1 body";
/// HKDF info of the commitment to a content key.
pub(crate) const COMMIT: &[u8] = b"liaison-v1 commit";
/// First element of HPKE's `info` for a wrap.
pub(crate) const WRAP: &str = "liaison-v1 wrap";
/// What a card's hash begins with.
pub(crate) const CARD: &str = "liaison-v1 card";
/// First element of what a root fingerprint hashes.
pub(crate) const ROOT: &str = "liaison-v1 root";
/// HKDF info of a vault's epoch keys.
pub(crate) const VAULT: &[u8] = b"liaison-v1 vault";
/// Additional data of a key file.
pub(crate) const KEY_FILE: &str = "liaison-v1 key file";
