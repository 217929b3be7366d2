//! Own wrap, decapsulation, commitment, body, padding: does only the right key open, and only what was sealed?
//! It must never know the directory beyond its network.

use liaison_keys::body::ContentKey;
use liaison_keys::names::NetworkId;
use liaison_keys::prekey::Slot;
use liaison_proto::envelope::{Reason, Sealed};

use crate::forge::{Press, Reader, pad, to};
use crate::world::{World, device, prekey};

fn press(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1"]))
}

#[test]
fn step_6_own_wrap() {
    let world = World::six_states();
    let mut press = Press::new(&world, to(&["xb/operations/1", "xc/operations/1"]));
    let reader = Reader::new(&world);
    assert_eq!(reader.refused(&press.delivery_to(device("xc/operations/1", 1))), Reason::NotForUs);
    press.counter = 9;
    assert_eq!(reader.verified(&press.delivery()).counter, 9);
}

#[test]
fn step_6_a_prekey_that_was_erased() {
    let world = World::six_states();
    let press = press(&world);
    let mut reader = Reader::new(&world);
    reader.secrets.remove(0);
    assert_eq!(reader.refused(&press.delivery()), Reason::NoSecret);
}

#[test]
fn step_7_decapsulation() {
    let world = World::six_states();
    let (mut press, reader) = (press(&world), Reader::new(&world));
    let good = press.delivery();
    // … enc 1120 ‖ 58 38 ‖ ct 56, at the delivery's end.
    let (ct, enc) = (good.len() - 56, good.len() - 58 - 1_120);
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        reader.refused(&bytes)
    };
    assert_eq!(changed(ct), Reason::Decapsulation);
    assert_eq!(changed(good.len() - 1), Reason::Decapsulation);
    assert_eq!(changed(enc), Reason::Decapsulation, "ML-KEM's share");
    assert_eq!(changed(ct - 3), Reason::Decapsulation, "the X25519 share");
    let mut low_order = good.clone();
    low_order[ct - 2 - 32..ct - 2].fill(0);
    assert_eq!(reader.refused(&low_order), Reason::Decapsulation);
    // Whatever is in the header is in the wrap's info.
    press.wrapped_in = NetworkId::new([9; 32]);
    assert_eq!(reader.refused(&press.delivery()), Reason::Decapsulation, "another network");
    let mut other_header = good;
    let at = other_header.windows(16).position(|window| window == [0x1d; 16]).unwrap();
    other_header[at] ^= 1;
    assert_eq!(reader.refused(&other_header), Reason::Decapsulation, "another header");
}

#[test]
fn step_7_the_wrong_secret_under_the_right_name() {
    let world = World::six_states();
    let sealed = Sealed::from_bytes(&press(&world).delivery()).unwrap();
    let addressed = sealed.addressed_to(device("xb/operations/1", 1)).unwrap();
    let other = prekey("xb/operations/1", 1, Slot::Fallback);
    assert_eq!(addressed.decapsulate(&other, world.network()).unwrap_err(), Reason::Decapsulation);
}

#[test]
fn step_8_commitment() {
    let world = World::six_states();
    let (mut press, reader) = (press(&world), Reader::new(&world));
    press.header.commitment = ContentKey::new([0xff; 32]).commitment(press.header.id);
    assert_eq!(reader.refused(&press.delivery()), Reason::Commitment);
    press.header.commitment = press.content_key.commitment(liaison_keys::names::EnvelopeId::new([1; 16]));
    assert_eq!(reader.refused(&press.delivery()), Reason::Commitment, "to another envelope");
}

#[test]
fn step_9_body() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    let good = press.delivery();
    let last_of_body = good.len() - 1_216 - 1;
    let mut changed = good.clone();
    changed[last_of_body] ^= 1;
    assert_eq!(reader.refused(&changed), Reason::Body);
    // The same bytes, sealed under another content key than the wrap gives.
    let mut other = Press::new(&world, to(&["xb/operations/1"]));
    other.content_key = ContentKey::new([0xff; 32]);
    let at = good.len() - 1_216 - 4_112;
    let body_of_other = &other.delivery()[at..good.len() - 1_216];
    let swapped = [&good[..at], body_of_other, &good[good.len() - 1_216..]].concat();
    assert_eq!(reader.refused(&swapped), Reason::Body);
}

#[test]
fn step_10_padding() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    let (signed, good) = (press.signed(), pad(&press.signed()));
    let refused = |padded: &[u8]| reader.refused(&press.delivery_of(padded));
    let mut marked_otherwise = good.clone();
    marked_otherwise[signed.len()] = 0x81;
    assert_eq!(refused(&marked_otherwise), Reason::Padding);
    let mut with_a_message_in_it = good.clone();
    with_a_message_in_it[4_095] = 1;
    assert_eq!(refused(&with_a_message_in_it), Reason::Padding);
    assert_eq!(refused(&good[..signed.len() + 1]), Reason::Padding, "too short: the size would show");
    assert_eq!(refused(&[good.as_slice(), &[0]].concat()), Reason::Padding);
    assert_eq!(refused(&[good.as_slice(), &[0; 4_096]].concat()), Reason::Padding);
    assert_eq!(refused(&[0; 4_096]), Reason::Padding);
    assert_eq!(refused(&[]), Reason::Padding);
}
