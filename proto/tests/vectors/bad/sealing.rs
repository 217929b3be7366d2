//! Which envelopes are none, or do not open? Steps 1 to 7 of `docs/protocol.md` §5.7.
//! It must never know what a message says.

use liaison_keys::cbor;
use liaison_keys::names::{HeaderHash, Kid, NetworkId};
use liaison_keys::prekey::Slot;
use liaison_keys::sealing;
use liaison_proto::envelope::Header;
use liaison_proto::limits;

use super::kit::Bad;
use super::letters::Letters;
use super::{raw, weak};
use crate::forge::READER;
use crate::samples::{Sample, find};
use crate::world::{device, prekey};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let mut files = form(&letters, samples);
    files.extend(wraps(&letters));
    files
}

/// Steps 1 to 5.
fn form(letters: &Letters, samples: &[Sample]) -> Vec<Bad> {
    let base = letters.good();
    let parts = raw::parts(&base.bytes);
    let with = |at: usize, to: Vec<u8>| raw::array(&raw::changed(&parts, at, to));
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("envelope-{name}"), error, about, bytes).section("5.7").changed(changed)
    };
    let spoilt = |name: &str, error: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut Header)| {
        letters.spoilt(name, error, about, changed, |press| spoil(&mut press.header))
    };
    let longer = [parts.clone(), vec![raw::number(0)]].concat();
    vec![
        bad(
            "body-too-long",
            "too-large",
            "A body of 274,433 bytes.",
            "The body: zeros.",
            with(1, raw::bytes(&vec![0; limits::BODY_BYTES_MAX + 1])),
        ),
        bad(
            "too-long",
            "too-large",
            "More bytes than a delivery can have: nothing is read.",
            "The body: zeros.",
            with(1, raw::bytes(&vec![0; limits::BODY_BYTES_MAX + 2_000])),
        ),
        bad(
            "header-too-long",
            "too-large",
            "A header of 257 bytes.",
            "The header: zeros.",
            with(0, raw::bytes(&[0; 257])),
        ),
        bad(
            "trailing-byte",
            "malformed",
            "A byte behind the delivery.",
            "A zero at the end.",
            raw::inserted(&base.bytes, base.bytes.len(), &[0]),
        ),
        bad(
            "fourth-part",
            "malformed",
            "A fourth part.",
            "A zero at the end of the array.",
            raw::array(&longer),
        ),
        bad(
            "a-post",
            "malformed",
            "The whole post.",
            "All wraps instead of one.",
            find(samples, "post").bytes.clone(),
        ),
        bad(
            "header-a-map",
            "malformed",
            "The header itself instead of a byte string with it.",
            "The byte string's head is missing.",
            with(0, raw::inside(&parts[0])),
        ),
        bad("enc-short", "malformed", "An encapsulation of 1,119 bytes.", "The wrap's third part.", {
            let wrap = raw::parts(&parts[2]);
            with(2, raw::array(&raw::changed(&wrap, 2, raw::bytes(&raw::inside(&wrap[2])[..1_119]))))
        }),
        spoilt("version-two", "version", "A version that is not known.", "The header's version", &|header| {
            header.version = 2
        }),
        spoilt("suite-one", "suite", "The reserved suite.", "The header's suite", &|header| header.suite = 1),
        spoilt("never-lives", "header", "It ends when it is made.", "The header's end", &|header| {
            header.expires = header.created
        }),
        spoilt("lives-too-long", "header", "It lives longer than 400 days.", "The header's end", &|header| {
            header.expires = header.created + limits::LIFETIME_S_MAX + 1
        }),
    ]
}

/// Steps 6 and 7.
fn wraps(letters: &Letters) -> Vec<Bad> {
    let base = letters.good();
    let press = letters.press();
    let (me, other) = (device(READER, 1), device(READER, 2));
    let header = press.header_bytes();
    let envelope = (letters.world.network(), HeaderHash::of(&header));
    let parts = raw::parts(&base.bytes);
    let wrap = raw::parts(&parts[2]);
    let rewrapped = |wrap: &[Vec<u8>]| raw::array(&raw::changed(&parts, 2, raw::array(wrap)));
    let part = |at: usize, to: Vec<u8>| rewrapped(&raw::changed(&wrap, at, raw::bytes(&to)));
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("envelope-{name}"), error, about, bytes).section("5.7").changed(changed)
    };
    let (enc, ct) = (raw::inside(&wrap[2]), raw::inside(&wrap[3]));
    // Sealed as an attacker would, so that nothing but a look at the share refuses it.
    let low = |share: [u8; 32]| {
        let public = prekey(READER, 1, Slot::Current).public();
        let info = cbor::encode(&("liaison-v1 wrap", envelope.0, envelope.1, me, public.kid()));
        let content = [press.content_key.expose().as_slice(), &press.counter.to_be_bytes()].concat();
        let (enc, ct) = weak::seal(&share, &public.to_bytes(), &info, &content);
        rewrapped(&[wrap[0].clone(), wrap[1].clone(), raw::bytes(&enc), raw::bytes(&ct)])
    };
    let mut one = [0; 32];
    one[0] = 1;
    let mut order_eight = [0; 32];
    order_eight.copy_from_slice(
        &hex::decode("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800").unwrap(),
    );
    let sealed = |to, (network, hh)| {
        let public = prekey(READER, 1, Slot::Current).public();
        let content = (&press.content_key, press.counter);
        let made = sealing::seal((to, &public), (network, hh), content, &mut press.entropy.clone());
        raw::parts(&cbor::encode(&made))
    };
    let for_other = sealed(other, envelope);
    let relabelled = raw::changed(&for_other, 0, raw::bytes(me.as_bytes()));
    let fallback = prekey(READER, 1, Slot::Fallback).public().kid();
    let current = "seed of xb/operations/1 prekey 1 Current";
    vec![
        bad(
            "for-another-device",
            "not-for-us",
            "The wrap of the office's other device.",
            "The wrap.",
            press.delivery_to(other),
        ),
        bad(
            "for-an-unknown-prekey",
            "no-secret",
            "Names a prekey that never was.",
            "The wrap's kid.",
            part(1, Kid::new([7; 16]).as_bytes().to_vec()),
        ),
        base.bad(
            "envelope-for-an-erased-prekey",
            "no-secret",
            "The prekey's secret was erased.",
            base.bytes.clone(),
        )
        .section("5.7")
        .without(current),
        bad(
            "for-the-other-prekey",
            "decapsulation",
            "Sealed to CURRENT, and names FALLBACK.",
            "The wrap's kid.",
            part(1, fallback.as_bytes().to_vec()),
        ),
        bad(
            "ct-changed",
            "decapsulation",
            "One bit of the sealed key.",
            "The wrap's last byte.",
            part(3, raw::flipped(&ct, 55)),
        ),
        bad(
            "enc-mlkem-changed",
            "decapsulation",
            "One bit of ML-KEM's share.",
            "The encapsulation's first byte.",
            part(2, raw::flipped(&enc, 0)),
        ),
        bad(
            "enc-x25519-changed",
            "decapsulation",
            "One bit of the X25519 share.",
            "The encapsulation's last 32 bytes begin with another one.",
            part(2, raw::flipped(&enc, 1_088)),
        ),
        bad(
            "enc-share-zero",
            "decapsulation",
            "An X25519 share of zeros: everybody knows the secret. Sealed with it, so that it opens to whoever does not look.",
            "The wrap, sealed with this share",
            low([0; 32]),
        )
        .section("2.1"),
        bad(
            "enc-share-one",
            "decapsulation",
            "The X25519 share 1, of order 4, likewise.",
            "The wrap, sealed with this share",
            low(one),
        )
        .section("2.1"),
        bad(
            "enc-share-of-order-eight",
            "decapsulation",
            "An X25519 share of order 8, likewise.",
            "The wrap, sealed with this share",
            low(order_eight),
        )
        .section("2.1"),
        bad(
            "wrapped-for-another-network",
            "decapsulation",
            "The wrap is bound to another network.",
            "The network in HPKE's info.",
            rewrapped(&sealed(me, (NetworkId::new([7; 32]), envelope.1))),
        ),
        bad(
            "wrapped-for-another-envelope",
            "decapsulation",
            "The wrap is bound to another header: lifted from another envelope.",
            "hh in HPKE's info.",
            rewrapped(&sealed(me, (envelope.0, HeaderHash::new([7; 32])))),
        ),
        bad(
            "wrapped-for-another-device",
            "decapsulation",
            "The wrap was made for another device and names this one.",
            "The device in HPKE's info.",
            rewrapped(&relabelled),
        ),
        bad(
            "header-changed",
            "decapsulation",
            "Another lane in the header than was sealed.",
            "The header's lane, and nothing else.",
            {
                let moved = cbor::encode(&Header {
                    lane: liaison_proto::Lane::Flash,
                    ..cbor::decode(&header).unwrap()
                });
                raw::array(&raw::changed(&parts, 0, raw::bytes(&moved)))
            },
        ),
    ]
}
