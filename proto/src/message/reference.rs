//! Which other message or case is meant? By a header's hash, an envelope's id, or a case's id.
//! It must never know whether such a message exists.

use std::fmt;
use std::str::FromStr;

use liaison_keys::names::{EnvelopeId, HeaderHash};
use minicbor::{Decode, Encode};
use thiserror::Error;

/// A text that refers to nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "expected a header hash of 64 hexadecimal digits, or an id like 0198c001-7a10-7c3e-9f00-000000001eef"
)]
pub struct ReferenceError;

/// Another message, as a person refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageRef {
    /// Exactly this one.
    Header(HeaderHash),
    /// The one of this id; two messages may claim one id, and the station asks which.
    Envelope(EnvelopeId),
}

impl FromStr for MessageRef {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        match text.parse() {
            Ok(hash) if is_lower(text) => Ok(Self::Header(hash)),
            _ => read_uuid(text).map(|id| Self::Envelope(EnvelopeId::new(id))),
        }
    }
}

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(hash) => hash.fmt(f),
            Self::Envelope(id) => write_uuid(f, id.as_bytes()),
        }
    }
}

/// A case: a thread of messages, named by who opens it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct CaseId(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    [u8; 16],
);

impl CaseId {
    /// The case with these bytes, a UUID's.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl FromStr for CaseId {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        read_uuid(text).map(Self::new)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_uuid(f, self.as_bytes())
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseId({self})")
    }
}

/// A UUID with its four dashes (RFC 9562 §4), or its 32 digits alone.
fn read_uuid(text: &str) -> Result<[u8; 16], ReferenceError> {
    let dashed = text.len() == 36 && DASHES.iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
    let digits = if dashed { text.replace('-', "") } else { text.to_owned() };
    let mut bytes = [0; 16];
    hex::decode_to_slice(digits.as_bytes(), &mut bytes).map_err(|_| ReferenceError)?;
    if is_lower(&digits) { Ok(bytes) } else { Err(ReferenceError) }
}

fn write_uuid(f: &mut fmt::Formatter<'_>, bytes: &[u8; 16]) -> fmt::Result {
    for (at, byte) in bytes.iter().enumerate() {
        let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
        write!(f, "{dash}{byte:02x}")?;
    }
    Ok(())
}

/// One spelling per name: capital digits are refused, as everywhere.
fn is_lower(text: &str) -> bool {
    !text.bytes().any(|b| b.is_ascii_uppercase())
}

const DASHES: [usize; 4] = [8, 13, 18, 23];

#[cfg(test)]
mod tests {
    use liaison_keys::cbor;

    use super::*;

    const ID: &str = "0198c001-7a10-7c3e-9f00-000000001eef";

    #[test]
    fn references_read_as_they_are_written() {
        let hash = "ab".repeat(32);
        assert_eq!(hash.parse::<MessageRef>().unwrap().to_string(), hash);
        assert_eq!(ID.parse::<MessageRef>().unwrap().to_string(), ID);
        assert_eq!(ID.replace('-', "").parse::<CaseId>().unwrap(), ID.parse().unwrap());
        assert_eq!(format!("{:?}", ID.parse::<CaseId>().unwrap()), format!("CaseId({ID})"));
    }

    #[test]
    fn a_case_is_sixteen_bytes_on_the_wire() {
        let case: CaseId = ID.parse().unwrap();
        let bytes = cbor::encode(&case);
        assert_eq!((bytes.len(), bytes.first()), (17, Some(&0x50)));
        assert_eq!(cbor::decode::<CaseId>(&bytes), Ok(case));
        assert!(cbor::decode::<CaseId>(&[0x41, 0]).is_err());
    }

    #[test]
    fn every_bad_reference_is_refused() {
        let capitals = ID.to_uppercase();
        let shifted = "0198c0017-a10-7c3e-9f00-000000001eef";
        for text in ["", "42", &capitals, shifted, &"AB".repeat(32), &"-".repeat(36), &"ab".repeat(31)] {
            assert_eq!(text.parse::<MessageRef>(), Err(ReferenceError), "{text}");
            assert_eq!(text.parse::<CaseId>(), Err(ReferenceError), "{text}");
        }
    }
}
