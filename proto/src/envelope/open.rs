//! What is in this envelope? The steps of opening that need a key, each a type of its own, in the order of
//! `docs/protocol.md` §5. It must never know the directory: that is `checks`.
//!
//! ```text
//! Sealed -> Addressed -> Decapsulated -> Unsealed -> Signed -> Authentic -> (checks) -> VerifiedMessage
//! ```

use liaison_keys::body::{self, ContentKey};
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{DeviceId, HeaderHash, Kid, NetworkId};
use liaison_keys::sealing::{self, PrekeySecret, Wrap};
use liaison_keys::signing::{Device, PublicKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::claims::Claims;
use super::header::Header;
use super::reason::Reason;
use crate::limits;

impl Envelope {
    /// The header's bytes.
    #[must_use]
    pub fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }
}

#[derive(Encode, Decode)]
struct Delivery {
    #[n(0)]
    header: ByteVec,
    #[n(1)]
    body: ByteVec,
    #[n(2)]
    wrap: Wrap,
}

/// What every step carries along.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The header.
    pub header: Header,
    /// The header's hash.
    pub hh: HeaderHash,
    header_bytes: Vec<u8>,
}

/// An envelope as it came in: lengths, spelling, version and suite were checked.
#[derive(Clone, Debug)]
pub struct Sealed {
    envelope: Envelope,
    body: Vec<u8>,
    wrap: Wrap,
}

/// An envelope with a wrap for this device.
#[derive(Clone, Debug)]
pub struct Addressed(Sealed);

/// An envelope whose wrap gave a content key that the header commits to.
#[derive(Debug)]
pub struct Decapsulated {
    envelope: Envelope,
    body: Vec<u8>,
    content_key: ContentKey,
    counter: u64,
}

/// An envelope whose body was decrypted; its padding is still on.
#[derive(Debug)]
pub struct Unsealed {
    envelope: Envelope,
    padded: Zeroizing<Vec<u8>>,
    counter: u64,
}

/// Claims with a signature that nobody has verified.
#[derive(Debug)]
pub struct Signed {
    envelope: Envelope,
    claims: Claims,
    signed: Sign1,
    counter: u64,
}

/// Claims that the device they name has signed, for this header, status and network.
#[derive(Debug)]
pub struct Authentic {
    /// The header and its hash.
    pub envelope: Envelope,
    /// What was signed.
    pub claims: Claims,
    /// The signature over it: with the header's bytes, the proof of who said it.
    pub signed: Sign1,
    /// The sender's running number for this device.
    pub counter: u64,
}

impl Sealed {
    /// Reads a delivery: lengths, then spelling, then version, keys and suite.
    ///
    /// # Errors
    /// [`Reason::TooLarge`], [`Reason::Malformed`], [`Reason::Version`], [`Reason::Suite`], [`Reason::Header`].
    pub fn from_bytes(delivery: &[u8]) -> Result<Self, Reason> {
        if delivery.len() > DELIVERY_BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        let Delivery { header: header_bytes, body, wrap } =
            cbor::decode(delivery).map_err(|_| Reason::Malformed)?;
        if body.len() > limits::BODY_BYTES_MAX {
            return Err(Reason::TooLarge);
        }
        let header = Header::from_bytes(&header_bytes)?;
        if !header.is_plausible() {
            return Err(Reason::Header);
        }
        let envelope =
            Envelope { header, hh: HeaderHash::of(&header_bytes), header_bytes: header_bytes.into() };
        Ok(Self { envelope, body: body.into(), wrap })
    }

    /// The same envelope with another wrap: what a sender answers to a `reseal`, put where the wrap was that nobody opens
    /// any more.
    ///
    /// # Errors
    /// [`Reason::Malformed`] if either cannot be read.
    pub fn rewrapped(delivery: &[u8], wrap: &[u8]) -> Result<Vec<u8>, Reason> {
        let delivery: Delivery = cbor::decode(delivery).map_err(|_| Reason::Malformed)?;
        let wrap: Wrap = cbor::decode(wrap).map_err(|_| Reason::Malformed)?;
        Ok(cbor::encode(&Delivery { wrap, ..delivery }))
    }

    /// The header and its hash.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// The device that its wrap names.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.wrap.device
    }

    /// Checks that the wrap is for this device.
    ///
    /// # Errors
    /// [`Reason::NotForUs`].
    pub fn addressed_to(self, device: DeviceId) -> Result<Addressed, Reason> {
        if self.wrap.device == device { Ok(Addressed(self)) } else { Err(Reason::NotForUs) }
    }
}

impl Addressed {
    /// Which of our prekeys it is sealed to.
    #[must_use]
    pub const fn kid(&self) -> Kid {
        self.0.wrap.kid
    }

    /// Opens the wrap, and checks the key against the header's commitment.
    ///
    /// # Errors
    /// [`Reason::Decapsulation`], [`Reason::Commitment`].
    pub fn decapsulate(self, secret: &PrekeySecret, network: NetworkId) -> Result<Decapsulated, Reason> {
        let Self(Sealed { envelope, body, wrap }) = self;
        let unwrapped =
            sealing::open(secret, (network, envelope.hh), &wrap).map_err(|_| Reason::Decapsulation)?;
        let sealing::Unwrapped { content_key, counter } = unwrapped;
        if content_key.is_committed(envelope.header.id, &envelope.header.commitment) {
            Ok(Decapsulated { envelope, body, content_key, counter })
        } else {
            Err(Reason::Commitment)
        }
    }
}

impl Decapsulated {
    /// Opens the body.
    ///
    /// # Errors
    /// [`Reason::Body`].
    pub fn unseal(self) -> Result<Unsealed, Reason> {
        let Self { envelope, body, content_key, counter } = self;
        let padded = body::open(&content_key, &envelope.header_bytes, &body).map_err(|_| Reason::Body)?;
        Ok(Unsealed { envelope, padded, counter })
    }
}

impl Unsealed {
    /// Takes the padding off and reads the claims.
    ///
    /// # Errors
    /// [`Reason::Padding`], [`Reason::Claims`].
    pub fn unpad(self) -> Result<Signed, Reason> {
        let signed = body::unpad(&self.padded).map_err(|_| Reason::Padding)?;
        let signed = Sign1::from_bytes(signed).map_err(|_| Reason::Claims)?;
        let claims = Claims::from_bytes(signed.unverified_payload())?;
        Ok(Signed { envelope: self.envelope, claims, signed, counter: self.counter })
    }
}

impl Signed {
    /// The claims before anybody vouched for them: to find the key to verify with.
    #[must_use]
    pub const fn unverified_claims(&self) -> &Claims {
        &self.claims
    }

    /// Checks the signature with the claimed device's key: for this header, this status and this network.
    ///
    /// # Errors
    /// [`Reason::Signature`].
    pub fn verify(self, key: &PublicKey<Device>, network: NetworkId) -> Result<Authentic, Reason> {
        let Self { envelope, claims, signed, counter } = self;
        let context = Label::message_context(network, claims.status as u8, &envelope.header_bytes);
        let made_by_claimed = key.device() == claims.signer.0 && signed.verify(key, &context).is_ok();
        if made_by_claimed {
            Ok(Authentic { envelope, claims, signed, counter })
        } else {
            Err(Reason::Signature)
        }
    }
}

const DELIVERY_BYTES_MAX: usize =
    limits::HEADER_BYTES_MAX + limits::BODY_BYTES_MAX + limits::WRAP_BYTES_MAX + 16;
