//! What does a relay take, and what does it hand to each device? The post and its cut into deliveries
//! (`docs/protocol.md` §5). It must never know a key that opens anything.
//!
//! ```text
//! post     = 83 ‖ hdr item ‖ body item ‖ array head ‖ wrap 0 ‖ wrap 1 ‖ …       every wrap has the same length
//! delivery = 83 ‖ hdr item ‖ body item ‖ wrap i
//! ```

use std::collections::BTreeSet;
use std::ops::Range;

use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, Digest, HeaderHash};
use liaison_keys::sealing::Wrap;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use super::header::{Header, WrapsMark};
use super::reason::Reason;
use crate::limits;

/// A post that a relay does not take.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PostError {
    /// More bytes than a post may have.
    #[error("a post of {got} bytes; at most {max} are taken")]
    TooLarge {
        /// Its length.
        got: usize,
        /// The limit.
        max: usize,
    },
    /// Not a post in its one spelling.
    #[error("not a post")]
    Malformed,
    /// The header is not one that this version takes.
    #[error("the header is refused: {0}")]
    Header(Reason),
    /// The wraps are not ascending by device, doubled, or not those that the header names.
    #[error("the wraps are not those that the header names")]
    Wraps,
}

#[derive(Encode, Decode)]
struct Written {
    #[n(0)]
    header: ByteVec,
    #[n(1)]
    body: ByteVec,
    #[n(2)]
    wraps: Vec<Wrap>,
}

/// A post whose form was checked.
#[derive(Clone, Debug)]
pub struct Post {
    bytes: Vec<u8>,
    header: Header,
    header_bytes: Vec<u8>,
    hh: HeaderHash,
    devices: Vec<DeviceId>,
    /// Where the first wrap begins.
    wraps_from: usize,
    /// Where the array head before it begins.
    prefix_to: usize,
}

impl Post {
    /// Puts a post together.
    pub(super) fn assemble(header_bytes: Vec<u8>, body: Vec<u8>, wraps: Vec<Wrap>) -> Vec<u8> {
        cbor::encode(&Written { header: header_bytes.into(), body: body.into(), wraps })
    }

    /// Checks a post's form: what a relay can check without any key.
    ///
    /// # Errors
    /// [`PostError`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, PostError> {
        if bytes.len() > limits::POST_BYTES_MAX {
            return Err(PostError::TooLarge { got: bytes.len(), max: limits::POST_BYTES_MAX });
        }
        let Written { header, body, wraps } = cbor::decode(&bytes).map_err(|_| PostError::Malformed)?;
        if body.len() > limits::BODY_BYTES_MAX {
            return Err(PostError::TooLarge { got: body.len(), max: limits::BODY_BYTES_MAX });
        }
        let (hh, header_bytes) = (HeaderHash::of(&header), Vec::from(header));
        let header = Header::from_bytes(&header_bytes).map_err(PostError::Header)?;
        if !header.is_plausible() {
            return Err(PostError::Header(Reason::Header));
        }
        let devices: Vec<DeviceId> = wraps.iter().map(|wrap| wrap.device).collect();
        let listed: BTreeSet<DeviceId> = devices.iter().copied().collect();
        if !devices.is_sorted_by(|a, b| a < b) || WrapsMark::of(&listed) != header.wraps {
            return Err(PostError::Wraps);
        }
        let wraps_from = bytes.len() - devices.len() * WRAP_BYTES;
        let prefix_to = wraps_from - array_head_bytes(devices.len());
        Ok(Self { bytes, header, header_bytes, hh, devices, wraps_from, prefix_to })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The header's bytes.
    #[must_use]
    pub fn header_bytes(&self) -> &[u8] {
        &self.header_bytes
    }

    /// The header's hash.
    #[must_use]
    pub const fn hh(&self) -> HeaderHash {
        self.hh
    }

    /// The devices that it is for, ascending.
    #[must_use]
    pub fn devices(&self) -> &[DeviceId] {
        &self.devices
    }

    /// SHA-256 of the whole post, which a receipt names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// The post's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, for storing.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Where header and body stand in the post's bytes; they are the beginning of every delivery.
    #[must_use]
    pub const fn prefix(&self) -> Range<usize> {
        0..self.prefix_to
    }

    /// Where the wrap of the device at `index` stands in the post's bytes.
    #[must_use]
    pub const fn wrap(&self, index: usize) -> Range<usize> {
        let from = self.wraps_from + index * WRAP_BYTES;
        from..from + WRAP_BYTES
    }

    /// The delivery for the device at `index`; none beyond the last.
    #[must_use]
    pub fn delivery(&self, index: usize) -> Option<Vec<u8>> {
        let (prefix, wrap) = (self.bytes.get(self.prefix())?, self.bytes.get(self.wrap(index))?);
        Some([prefix, wrap].concat())
    }
}

/// Length of the head of a CBOR array of so many items (RFC 8949 §3); a header names no more than fit into 16 bits.
const fn array_head_bytes(items: usize) -> usize {
    match items {
        0..24 => 1,
        24..256 => 2,
        _ => 3,
    }
}
const _: () = assert!(limits::WRAPS_MAX <= u16::MAX as usize);

/// Array head 1, device 17, kid 17, enc 1123, ct 58.
const WRAP_BYTES: usize = 1_216;
const _: () = assert!(WRAP_BYTES <= limits::WRAP_BYTES_MAX);
