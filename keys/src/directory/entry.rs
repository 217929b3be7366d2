//! What is one leaf of the directory's log? A statement and when the relay logged it (`docs/protocol.md` §3).
//! It must never know what the statement says.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use super::statement::STATEMENT_BYTES_MAX;
use crate::cbor::{self, CborError};

/// An entry: `[logged: uint (s), statement: bstr]`. All delays and effects count from `logged`, because a signer's
/// own time can be backdated.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    /// When the relay logged it, Unix seconds; never decreases along the log.
    #[n(0)]
    pub logged: u64,
    /// The statement's COSE_Sign.
    #[n(1)]
    pub statement: ByteVec,
}

impl Entry {
    /// An entry for a statement.
    #[must_use]
    pub fn new(logged: u64, statement: Vec<u8>) -> Self {
        Self { logged, statement: statement.into() }
    }

    /// Reads the leaf's bytes.
    ///
    /// # Errors
    /// [`CborError`]; also when the statement is longer than a statement may be.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let entry: Self = cbor::decode(bytes)?;
        if entry.statement.len() > STATEMENT_BYTES_MAX { Err(CborError::Structure) } else { Ok(entry) }
    }

    /// The leaf's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }
}
