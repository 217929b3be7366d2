//! Which headers and posts does a relay not take? It must never know a key.

use std::collections::BTreeSet;

use liaison_keys::cbor;
use liaison_keys::names::DeviceId;
use liaison_proto::envelope::{Header, WrapsMark};
use liaison_proto::limits;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = headers(samples);
    files.extend(posts(samples));
    files.extend(wraps(samples));
    files
}

fn headers(samples: &[Sample]) -> Vec<Bad> {
    let base = Base::vector(find(samples, "header"), "header", &[]);
    let header: Header = cbor::decode(&base.bytes).unwrap();
    let parts = raw::parts(&base.bytes);
    let at = |key: usize| 2 * key - 1;
    let bad = |name: &str, error: &str, about: &str, bytes: Vec<u8>| {
        base.bad(&format!("header-{name}"), error, about, bytes)
    };
    let with = |key: usize, to: Vec<u8>| raw::map(&raw::changed(&parts, at(key), to));
    let newer = [raw::number(1), raw::number(2), raw::number(2), raw::text("of another kind")];
    let ending =
        |after: u64| base.of(cbor::encode(&Header { expires: header.created + after, ..header.clone() }));
    let longest = ending(limits::LIFETIME_S_MAX);
    let hash = raw::parts(&parts[at(7)])[1].clone();
    let count = |count: u64| with(7, raw::array(&[raw::number(count), hash.clone()]));
    let most = base.of(count(limits::WRAPS_MAX as u64));
    let padded = [parts.clone(), vec![raw::number(9), raw::bytes(&[0; 160])]].concat();
    vec![
        bad("version-two", "version", "A version that is not known.", with(1, raw::number(2))),
        bad(
            "version-two-with-other-keys",
            "version",
            "Another version has other keys; it is named as such all the same.",
            raw::map(&newer),
        )
        .changed("Keys 1 and 2 alone: version 2, and a text."),
        bad("version-zero", "version", "A version that never was.", with(1, raw::number(0))),
        bad("suite-one", "suite", "The reserved suite.", with(2, raw::number(1))),
        bad("suite-three", "suite", "A suite that is not known.", with(2, raw::number(3))),
        bad("too-long", "too-large", "A header of more than 256 bytes.", raw::map(&padded))
            .section("5.1")
            .changed("Key 9 with 160 bytes."),
        bad("id-short", "malformed", "An envelope id of 15 bytes.", with(3, raw::bytes(&[7; 15]))),
        bad("lane-four", "malformed", "A fifth lane.", with(4, raw::number(4))),
        bad("expires-when-created", "header", "It ends when it is made.", ending(0).bytes),
        bad(
            "expires-before-created",
            "header",
            "It ends before it is made.",
            cbor::encode(&Header { expires: header.created - 1, ..header.clone() }),
        ),
        longest.bad(
            "header-lives-too-long",
            "header",
            "It lives a second longer than 400 days.",
            ending(limits::LIFETIME_S_MAX + 1).bytes,
        ),
        bad("count-zero", "header", "No wrap is announced.", count(0)),
        most.bad(
            "header-count-8193",
            "header",
            "More than 8,192 wraps are announced.",
            count(limits::WRAPS_MAX as u64 + 1),
        ),
        bad(
            "mark-hash-short",
            "malformed",
            "A hash of 31 bytes in the mark.",
            with(7, raw::array(&[raw::number(2), raw::bytes(&[7; 31])])),
        ),
        bad("mark-without-count", "malformed", "The mark's count is missing.", with(7, raw::array(&[hash]))),
        bad("commitment-short", "malformed", "A commitment of 31 bytes.", with(8, raw::bytes(&[7; 31]))),
    ]
}

fn posts(samples: &[Sample]) -> Vec<Bad> {
    let base = Base::vector(find(samples, "post"), "post", &[]);
    let parts = raw::parts(&base.bytes);
    let header: Header = cbor::decode(&raw::inside(&parts[0])).unwrap();
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("post-{name}"), error, about, bytes).changed(changed)
    };
    let with = |at: usize, to: Vec<u8>| raw::array(&raw::changed(&parts, at, to));
    let under = |header: Header| with(0, raw::bytes(&cbor::encode(&header)));
    let first = raw::parts(&parts[2])[0].clone();
    let more = [parts.clone(), vec![raw::number(0)]].concat();
    vec![
        bad(
            "trailing-byte",
            "malformed",
            "A byte behind the post.",
            "A zero at the end.",
            raw::inserted(&base.bytes, base.bytes.len(), &[0]),
        ),
        bad(
            "fourth-part",
            "malformed",
            "A fourth part.",
            "A zero at the end of the array.",
            raw::array(&more),
        ),
        bad(
            "header-not-in-a-byte-string",
            "malformed",
            "The header itself instead of a byte string with it.",
            "The byte string's head is missing.",
            with(0, raw::inside(&parts[0])),
        ),
        bad(
            "wrap-for-wraps",
            "malformed",
            "A delivery: one wrap where an array of them belongs.",
            "The first wrap instead of the array.",
            with(2, first),
        ),
        bad(
            "body-too-long",
            "too-large",
            "A body of 274,433 bytes.",
            "The body: zeros.",
            with(1, raw::bytes(&vec![0; limits::BODY_BYTES_MAX + 1])),
        ),
        bad(
            "of-version-two",
            "version",
            "A header of a version that is not known.",
            "The header's version.",
            under(Header { version: 2, ..header.clone() }),
        ),
        bad(
            "of-suite-one",
            "suite",
            "A header of the reserved suite.",
            "The header's suite.",
            under(Header { suite: 1, ..header.clone() }),
        ),
        bad(
            "that-never-lives",
            "header",
            "A header that ends when it is made.",
            "The header's end.",
            under(Header { expires: header.created, ..header.clone() }),
        ),
    ]
}

fn wraps(samples: &[Sample]) -> Vec<Bad> {
    let base = Base::vector(find(samples, "post"), "post", &[]);
    let parts = raw::parts(&base.bytes);
    let wraps = raw::parts(&parts[2]);
    let header: Header = cbor::decode(&raw::inside(&parts[0])).unwrap();
    let of = |wraps: &[Vec<u8>]| raw::array(&raw::changed(&parts, 2, raw::array(wraps)));
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("post-{name}"), error, about, bytes).changed(changed)
    };
    let (one, two) = (&wraps[0], &wraps[1]);
    let second =
        |at: usize, to: Vec<u8>| of(&[one.clone(), raw::array(&raw::changed(&raw::parts(two), at, to))]);
    let stranger = raw::array(&raw::changed(&raw::parts(two), 0, raw::bytes(&[0xff; 16])));
    let only_second: BTreeSet<DeviceId> =
        raw::parts(two)[..1].iter().map(|device| cbor::decode(device).unwrap()).collect();
    let marked = cbor::encode(&Header { wraps: WrapsMark::of(&only_second), ..header });
    let enc = raw::inside(&raw::parts(two)[2]);
    let ct = raw::inside(&raw::parts(two)[3]);
    vec![
        bad(
            "wraps-unsorted",
            "wraps",
            "The wraps in descending order of their devices.",
            "The two wraps in the other order.",
            of(&[two.clone(), one.clone()]),
        ),
        bad(
            "wrap-twice",
            "wraps",
            "One wrap twice.",
            "The first wrap twice.",
            of(&[one.clone(), one.clone(), two.clone()]),
        ),
        bad(
            "wrap-missing",
            "wraps",
            "A wrap less than the header names.",
            "The second wrap is missing.",
            of(std::slice::from_ref(one)),
        ),
        bad(
            "wrap-surplus",
            "wraps",
            "A wrap more than the header names.",
            "A third wrap.",
            of(&[one.clone(), two.clone(), stranger.clone()]),
        ),
        bad(
            "wrap-of-another-device",
            "wraps",
            "A wrap for a device that the header does not name.",
            "The second wrap's device.",
            of(&[one.clone(), stranger]),
        ),
        bad("without-wraps", "wraps", "No wrap.", "The array is empty.", of(&[])),
        bad(
            "mark-of-others",
            "wraps",
            "The header names fewer devices than there are wraps.",
            "The header's mark.",
            raw::array(&raw::changed(&parts, 0, raw::bytes(&marked))),
        ),
        bad(
            "wrap-enc-short",
            "malformed",
            "An encapsulation of 1,119 bytes.",
            "The second wrap's third part without its last byte.",
            second(2, raw::bytes(&enc[..1_119])),
        ),
        bad(
            "wrap-ct-long",
            "malformed",
            "A sealed key of 57 bytes.",
            "The second wrap's fourth part with a byte more.",
            second(3, raw::bytes(&[ct, vec![0]].concat())),
        ),
        bad(
            "wrap-kid-short",
            "malformed",
            "A kid of 15 bytes.",
            "The second wrap's second part.",
            second(1, raw::bytes(&[7; 15])),
        ),
        bad(
            "wrap-fifth-part",
            "malformed",
            "A fifth part of a wrap.",
            "A zero at the end of the second wrap.",
            of(&[one.clone(), raw::array(&[raw::parts(two), vec![raw::number(0)]].concat())]),
        ),
    ]
}
