//! Lengths, spelling, version and keys, suite, the header's numbers: is what has another form refused before any key
//! is used? It must never know a secret.

use liaison_keys::cbor;
use liaison_keys::names::{Digest, HeaderHash};
use liaison_proto::envelope::{Header, Reason, Sealed, WrapsMark};
use liaison_proto::limits;

use crate::forge::{Press, Reader, encode_delivery, pad, to};
use crate::world::{World, device};

fn press(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1"]))
}

/// Replaces the encoded header's bytes from `at` on.
fn spoilt(press: &Press, at: usize, old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut header = press.header_bytes();
    assert_eq!(&header[at..at + old.len()], old, "the header's layout is another");
    header.splice(at..at + old.len(), new.iter().copied());
    header
}

/// A header of any length: its envelope id, which stands in it as it is, is made longer.
fn long_header(press: &Press, bytes: usize) -> Vec<u8> {
    let header = press.header_bytes();
    [header.as_slice(), &vec![0; bytes - header.len()]].concat()
}

#[test]
fn step_1_lengths() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    let header = press.header_bytes();
    let wrap = press.wrap(device("xb/operations/1", 1), &header);
    let body = |bytes: usize| encode_delivery(&header, &vec![0; bytes], &wrap);
    assert_eq!(reader.refused(&body(limits::BODY_BYTES_MAX)), Reason::Body, "the longest body is read");
    assert_eq!(reader.refused(&body(limits::BODY_BYTES_MAX + 1)), Reason::TooLarge);
    assert_eq!(reader.refused(&vec![0x83; limits::BODY_BYTES_MAX + 4_096]), Reason::TooLarge);
    let long = |bytes| encode_delivery(&long_header(&press, bytes), &[], &wrap);
    assert_eq!(reader.refused(&long(limits::HEADER_BYTES_MAX)), Reason::Malformed);
    assert_eq!(reader.refused(&long(limits::HEADER_BYTES_MAX + 1)), Reason::TooLarge);
}

#[test]
fn step_2_one_spelling() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    let good = press.delivery();
    for bad in [
        vec![],
        vec![0xf6],
        [good.as_slice(), &[0]].concat(),
        [&[0x84], &good[1..], &[0]].concat(),
        [&[0x9f], &good[1..], &[0xff]].concat(),
        good[..good.len() - 1].to_vec(),
    ] {
        assert_eq!(reader.refused(&bad), Reason::Malformed);
    }
    // A wrap of another length: its ciphertext one byte shorter.
    let at = good.len() - 58;
    assert_eq!(good[at..at + 2], [0x58, 56]);
    let shorter = [&good[..at], &[0x58, 55], &good[at + 3..]].concat();
    assert_eq!(reader.refused(&shorter), Reason::Malformed);
}

#[test]
fn step_3_version_and_keys() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    // {1: 1, 2: 2, …}: a8 01 01 02 02.
    let version_2 = spoilt(&press, 0, &[0xa8, 1, 1, 2, 2], &[0xa8, 1, 2, 2, 2]);
    assert_eq!(reader.refused(&press.delivery_under(&version_2)), Reason::Version);
    let newer_form = cbor::encode(&std::collections::BTreeMap::from([(1_u8, 9_u8), (77, 1)]));
    assert_eq!(reader.refused(&press.delivery_under(&newer_form)), Reason::Version, "named as such");
    for other_keys in [
        spoilt(&press, 0, &[0xa8, 1, 1, 2, 2], &[0xa8, 1, 0x18, 1, 2, 2]),
        spoilt(&press, 0, &[0xa8, 1, 1, 2, 2], &[0xa8, 2, 2, 1, 1]),
        spoilt(&press, 0, &[0xa8, 1, 1, 2, 2], &[0xa7, 1, 1]),
        [&[0xa9], &press.header_bytes()[1..], &[9, 0]].concat(),
        [press.header_bytes().as_slice(), &[0]].concat(),
        vec![0x80],
        vec![],
    ] {
        assert_eq!(
            reader.refused(&press.delivery_under(&other_keys)),
            Reason::Malformed,
            "{other_keys:02x?}"
        );
    }
    let mut lane_4 = press.header_bytes();
    let at = 5 + 18 + 1;
    assert_eq!(lane_4[at - 1..=at], [4, 2], "lane immediate");
    lane_4[at] = 4;
    assert_eq!(reader.refused(&press.delivery_under(&lane_4)), Reason::Malformed);
}

#[test]
fn step_4_suite() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    for suite in [0, 1, 3] {
        let header = spoilt(&press, 0, &[0xa8, 1, 1, 2, 2], &[0xa8, 1, 1, 2, suite]);
        assert_eq!(reader.refused(&press.delivery_under(&header)), Reason::Suite);
    }
}

#[test]
fn step_5_numbers_that_cannot_be_true() {
    let world = World::six_states();
    let (press, reader) = (press(&world), Reader::new(&world));
    let under = |spoil: &dyn Fn(&mut Header)| {
        let mut header: Header = cbor::decode(&press.header_bytes()).unwrap();
        spoil(&mut header);
        reader.refused(&press.delivery_under(&cbor::encode(&header)))
    };
    let mark = |count: u64| cbor::decode::<WrapsMark>(&cbor::encode(&(count, Digest::NONE))).unwrap();
    assert_eq!(under(&|header| header.expires = header.created), Reason::Header);
    assert_eq!(under(&|header| header.expires = header.created - 1), Reason::Header);
    assert_eq!(under(&|header| header.expires = header.created + limits::LIFETIME_S_MAX + 1), Reason::Header);
    assert_eq!(under(&|header| header.wraps = mark(0)), Reason::Header);
    assert_eq!(under(&|header| header.wraps = mark(limits::WRAPS_MAX as u64 + 1)), Reason::Header);
    assert_eq!(under(&|header| header.wraps = mark(u64::MAX)), Reason::Header);
}

#[test]
fn a_form_can_be_read_without_being_addressed() {
    let world = World::six_states();
    let press = press(&world);
    let sealed = Sealed::from_bytes(&press.delivery()).unwrap();
    assert_eq!(sealed.device(), device("xb/operations/1", 1));
    assert_eq!(sealed.envelope().hh, HeaderHash::of(&press.header_bytes()));
    assert_eq!(sealed.envelope().header.wraps.count(), 1);
    assert_eq!(pad(&press.signed()).len(), 4_096);
}
