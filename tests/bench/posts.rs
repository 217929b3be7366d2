//! What is written while durability is measured? Posts of the size of a short message, right in form, that nobody could
//! open: making real ones would take longer than keeping them. It must never know the relay.

use liaison_journal::{Digest, Event, EventId};
use liaison_keys::cbor;
use liaison_keys::names::{DeviceId, EnvelopeId};
use liaison_proto::Lane;
use liaison_proto::envelope::{Header, WrapsMark};
use minicbor::Encoder;

use crate::relay::world::START;

/// A post to one device, unlike all others by its number: 4,112 bytes of body, one wrap.
pub fn post(number: u64, device: DeviceId) -> Vec<u8> {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let header = Header {
        version: 1,
        suite: 2,
        id: EnvelopeId::new(id),
        lane: Lane::Routine,
        created: START,
        expires: START + 86_400,
        wraps: WrapsMark::of(&[device].into()),
        commitment: [7; 32],
    };
    let (mut bytes, fill) = (Vec::with_capacity(5_600), number.to_be_bytes()[7]);
    let mut e = Encoder::new(&mut bytes);
    let written = e
        .array(3)
        .and_then(|e| e.bytes(&cbor::encode(&header))?.bytes(&[fill; 4_112]))
        .and_then(|e| e.array(1)?.array(4)?.bytes(device.as_bytes())?.bytes(&[fill; 16]))
        .and_then(|e| e.bytes(&[fill; 1_120])?.bytes(&[fill; 56]));
    debug_assert!(written.is_ok(), "writing to memory does not fail");
    bytes
}

/// An event of these bytes.
pub fn event(bytes: Vec<u8>) -> Event {
    let digest = Digest::of(&bytes);
    Event { id: EventId(digest.0), digest, bytes }
}

/// An event of so many bytes, unlike all others by its number.
pub fn plain(number: u64, length: usize) -> Event {
    let mut bytes = vec![number.to_be_bytes()[7]; length];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    event(bytes)
}
