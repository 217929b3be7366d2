//! What does one line of the directory say? Statements: claims under the signatures of exactly the keys they name
//! (`docs/protocol.md` §3). It must never know whether anybody was entitled to say it.

use minicbor::{Decode, Decoder, Encode, Encoder};
use thiserror::Error;

use super::body::Body;
use crate::cbor::{self, CborError};
use crate::cose::Sign;
use crate::label::{Context, Label};
use crate::names::{Digest, Kid, NetworkId, Subject};
use crate::signing::{BadSignature, PublicKey, Role, SecretKey};

/// One statement at most, bytes.
pub const STATEMENT_BYTES_MAX: usize = 8 * 1024;

/// Bytes that are no statement.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StatementError {
    /// Longer than a statement may be.
    #[error("a statement of {got} bytes; at most {max} are taken")]
    TooLong {
        /// Its length.
        got: usize,
        /// The limit.
        max: usize,
    },
    /// Not a COSE_Sign over claims.
    #[error("not a statement: {0}")]
    Malformed(CborError),
}

/// What a statement claims. The map's keys are those of `docs/protocol.md` §3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// 1: the network; zeros in the genesis.
    pub network: NetworkId,
    /// 2: what it is about.
    pub subject: Subject,
    /// 3: version of the subject: previous in the chain + 1; 0 for statements beside the chain.
    pub version: u64,
    /// 4: SHA-256 of the previous statement's payload on this subject, zeros for the first.
    pub previous: Digest,
    /// 5: the kind's number.
    pub kind: u16,
    /// 6: the kind's body, as CBOR, unread: a newer version's statement keeps its place in the chain.
    pub body: Vec<u8>,
    /// 7: when it was made, Unix seconds, by its signers' clock.
    pub made: u64,
    /// 9: ids of the keys that sign, sorted, distinct.
    pub signers: Vec<Kid>,
}

impl Claims {
    /// Claims with a body of a kind that this version knows. Signers are sorted.
    #[must_use]
    pub fn new(
        network: NetworkId,
        subject: Subject,
        (version, previous): (u64, Digest),
        body: &Body,
        made: u64,
        mut signers: Vec<Kid>,
    ) -> Self {
        signers.sort_unstable();
        signers.dedup();
        Self { network, subject, version, previous, kind: body.kind(), body: body.encode(), made, signers }
    }

    /// The body, if this version knows its kind.
    ///
    /// # Errors
    /// [`CborError`] when it is not a body of the kind it claims.
    pub fn body(&self) -> Result<Option<Body>, CborError> {
        Body::decode(self.kind, &self.body)
    }
}

/// A statement as it came in. What it says counts only after [`super::Directory`] has taken it from the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    claims: Claims,
    signed: Sign,
}

impl Statement {
    /// A statement that nobody has signed yet.
    #[must_use]
    pub fn unsigned(claims: Claims) -> Self {
        let signed = Sign::unsigned(cbor::encode(&claims));
        Self { claims, signed }
    }

    /// Reads a statement; signatures are not checked here.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > STATEMENT_BYTES_MAX {
            return Err(StatementError::TooLong { got: bytes.len(), max: STATEMENT_BYTES_MAX });
        }
        let signed = Sign::from_bytes(bytes).map_err(StatementError::Malformed)?;
        let claims = cbor::decode(signed.unverified_payload()).map_err(StatementError::Malformed)?;
        Ok(Self { claims, signed })
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.signed.to_bytes()
    }

    /// What it claims.
    #[must_use]
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// SHA-256 of the payload: what the next statement on the subject names as its previous, and in the genesis
    /// the network itself.
    #[must_use]
    pub fn payload_hash(&self) -> Digest {
        Digest::of(self.signed.unverified_payload())
    }

    /// Signs, if the claims name this key among their signers.
    ///
    /// # Errors
    /// [`BadSignature`] when they do not.
    pub fn sign<R: Role>(&mut self, key: &SecretKey<R>) -> Result<(), BadSignature> {
        if !self.claims.signers.contains(&key.public().kid()) {
            return Err(BadSignature);
        }
        let context = self.context();
        self.signed.add(key, &context);
        Ok(())
    }

    /// Ids of keys that the claims name and that have not signed yet.
    #[must_use]
    pub fn missing(&self) -> Vec<Kid> {
        let present: Vec<Kid> = self.signed.kids().collect();
        self.claims.signers.iter().copied().filter(|kid| !present.contains(kid)).collect()
    }

    /// Whether exactly the named keys have signed, in their order, each once: one more or less makes it void
    /// (else a relay could strip one and turn "at once" into "after 72 h").
    #[must_use]
    pub fn has_exactly_its_signers(&self) -> bool {
        let distinct = self.claims.signers.is_sorted_by(|a, b| a < b) && !self.claims.signers.is_empty();
        distinct && self.signed.kids().eq(self.claims.signers.iter().copied())
    }

    /// Whether the key with these bytes signed.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify<R: Role>(&self, key: &PublicKey<R>) -> Result<(), BadSignature> {
        self.signed.verify_one(key, &self.context())
    }

    fn context(&self) -> Context {
        Label::Statement.context(self.claims.network)
    }
}

impl<C> Encode<C> for Claims {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(8)?;
        e.u8(1)?.encode_with(self.network, ctx)?;
        e.u8(2)?.encode_with(&self.subject, ctx)?;
        e.u8(3)?.u64(self.version)?;
        e.u8(4)?.encode_with(self.previous, ctx)?;
        e.u8(5)?.u16(self.kind)?;
        e.u8(6)?.writer_mut().write_all(&self.body).map_err(minicbor::encode::Error::write)?;
        e.u8(7)?.u64(self.made)?;
        e.u8(9)?.encode_with(&self.signers, ctx)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Claims {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let wrong = || minicbor::decode::Error::message("claims");
        if d.map()? != Some(8) {
            return Err(wrong());
        }
        let at = |d: &mut Decoder<'b>, key: u8| if d.u8()? == key { Ok(()) } else { Err(wrong()) };
        at(d, 1)?;
        let network = d.decode_with(ctx)?;
        at(d, 2)?;
        let subject = d.decode_with(ctx)?;
        at(d, 3)?;
        let version = d.u64()?;
        at(d, 4)?;
        let previous = d.decode_with(ctx)?;
        at(d, 5)?;
        let kind = d.u16()?;
        at(d, 6)?;
        let start = d.position();
        d.skip()?;
        let body = d.input().get(start..d.position()).ok_or_else(wrong)?.to_vec();
        at(d, 7)?;
        let made = d.u64()?;
        at(d, 9)?;
        let signers = d.decode_with(ctx)?;
        Ok(Self { network, subject, version, previous, kind, body, made, signers })
    }
}
