//! Which bytes are a second spelling? CBOR that is not the deterministic one, and COSE that is not ours.
//! It must never know what the values mean: it borrows frames, a header, a head and an invitation.

use liaison_keys::label::Label;
use liaison_keys::names::NetworkId;
use liaison_keys::signing::{Authority, Log};

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::{key, public};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = cbor(samples);
    files.extend(sign1(samples));
    files.extend(sign(samples));
    files
}

fn cbor(samples: &[Sample]) -> Vec<Bad> {
    let frame = |name: &str| Base::vector(find(samples, name), "frame", &[]);
    let (ping, ack, invite) = (frame("frame-03-ping"), frame("frame-13-ack"), frame("frame-06-invite"));
    let header = Base::vector(find(samples, "header"), "header", &[]);
    let office = Base::own("Encoding", "office", raw::text("xa/operations/1"));
    let bad = |base: &Base, name: &str, about: &str, bytes: Vec<u8>| {
        base.bad(name, "malformed", about, bytes).section("Encoding")
    };
    let parts = raw::parts(&header.bytes);
    let swapped = [&parts[..6], &parts[8..10], &parts[6..8], &parts[10..]].concat();
    let twice = [&parts[..8], &parts[6..]].concat();
    let (entries, open) = (&parts.concat(), [0xbf].as_slice());
    let text = raw::text("xa/operations/1");
    vec![
        bad(&ping, "cbor-integer-too-long", "1 in two bytes.", vec![0x82, 0x03, 0x18, 0x01]),
        bad(
            &ping,
            "cbor-integer-of-eight-bytes",
            "1 in nine bytes.",
            [vec![0x82, 0x03, 0x1b], vec![0; 7], vec![1]].concat(),
        ),
        bad(
            &ping,
            "cbor-array-head-too-long",
            "The array's length in two bytes.",
            vec![0x98, 0x02, 0x03, 0x01],
        ),
        bad(&ping, "cbor-array-indefinite", "An array of indefinite length.", vec![0x9f, 0x03, 0x01, 0xff]),
        bad(
            &ack,
            "cbor-inner-array-indefinite",
            "An array inside, of indefinite length.",
            [&[0x82, 0x0d, 0x9f], &ack.bytes[3..], &[0xff]].concat(),
        ),
        bad(&ping, "cbor-trailing-byte", "A byte after the value.", raw::inserted(&ping.bytes, 3, &[0])),
        bad(&ping, "cbor-cut-short", "The last byte is missing.", ping.bytes[..2].to_vec()),
        bad(&ping, "cbor-empty", "No byte at all.", Vec::new()).changed("Everything was taken away."),
        bad(&ping, "cbor-integer-as-text", "A text where a number belongs.", vec![0x82, 0x03, 0x61, 0x31]),
        bad(&ping, "cbor-integer-as-float", "1.0 where 1 belongs.", vec![0x82, 0x03, 0xf9, 0x3c, 0x00]),
        bad(&ping, "cbor-integer-as-bignum", "1 as a bignum, tag 2.", vec![0x82, 0x03, 0xc2, 0x41, 0x01]),
        bad(
            &ping,
            "cbor-integer-negative",
            "A negative number where only others are.",
            vec![0x82, 0x03, 0x20],
        ),
        bad(&ping, "cbor-integer-tagged", "A tag before the number.", vec![0x82, 0x03, 0xc1, 0x01]),
        bad(
            &ping,
            "cbor-tagged-as-cbor",
            "The tag 55799, which says that CBOR follows.",
            raw::inserted(&ping.bytes, 0, &[0xd9, 0xd9, 0xf7]),
        ),
        bad(
            &invite,
            "cbor-bytes-head-too-long",
            "A byte string's length in five bytes.",
            [&invite.bytes[..3], &[0x5a, 0, 0], &invite.bytes[4..]].concat(),
        ),
        bad(
            &invite,
            "cbor-bytes-indefinite",
            "A byte string of indefinite length.",
            [&invite.bytes[..3], &[0x5f], &invite.bytes[3..], &[0xff]].concat(),
        )
        .changed("The byte string stands as the one chunk of an indefinite one."),
        bad(
            &invite,
            "cbor-length-beyond-the-end",
            "A byte string that claims more bytes than there are.",
            raw::patched(&invite.bytes, 4, &[0xff]),
        ),
        bad(
            &ack,
            "cbor-length-of-2-to-the-64",
            "An array that claims 2^64 − 1 items: nothing is allocated for a claim.",
            [&[0x82, 0x0d, 0x9b], [0xff; 8].as_slice(), &ack.bytes[3..]].concat(),
        ),
        bad(
            &office,
            "cbor-text-head-too-long",
            "A text's length in two bytes.",
            [&[0x78, 0x0f], &text[1..]].concat(),
        ),
        bad(
            &office,
            "cbor-text-indefinite",
            "A text of indefinite length.",
            [&[0x7f], text.as_slice(), &[0xff]].concat(),
        ),
        bad(
            &office,
            "cbor-text-as-bytes",
            "A byte string where a text belongs.",
            raw::patched(&text, 0, &[0x4f]),
        ),
        bad(&office, "cbor-text-not-utf8", "A text that is not UTF-8.", raw::patched(&text, 1, &[0xff])),
        bad(&header, "cbor-map-indefinite", "A map of indefinite length.", [open, entries, &[0xff]].concat())
            .changed("The same keys and values, between bf and ff."),
        bad(&header, "cbor-keys-unsorted", "Keys 4 and 5 in the other order.", raw::map(&swapped)),
        bad(&header, "cbor-key-twice", "Key 4 twice.", raw::map(&twice)),
        bad(
            &header,
            "cbor-key-surplus",
            "A ninth key, as a newer version might have.",
            raw::map(&[parts.clone(), vec![raw::number(9), raw::number(0)]].concat()),
        )
        .changed("Key 9 with the value 0 at the end."),
        bad(&header, "cbor-key-missing", "Key 4 is missing.", raw::map(&[&parts[..6], &parts[8..]].concat())),
        bad(
            &header,
            "cbor-key-too-long",
            "The key 4 in two bytes.",
            raw::map(&raw::changed(&parts, 6, vec![0x18, 0x04])),
        ),
        bad(
            &header,
            "cbor-null-for-absent",
            "Null where a value belongs.",
            raw::map(&raw::changed(&parts, 7, vec![0xf6])),
        ),
        bad(
            &header,
            "cbor-undefined",
            "Undefined where a value belongs.",
            raw::map(&raw::changed(&parts, 7, vec![0xf7])),
        ),
        bad(
            &header,
            "cbor-array-for-map",
            "An array of keys and values instead of the map.",
            raw::array(&parts),
        )
        .changed("The head: 90 instead of a8."),
    ]
}

/// COSE_Sign1: each rightly signed for what it is, so that only the spelling is wrong.
fn sign1(samples: &[Sample]) -> Vec<Bad> {
    let head = Base::vector(find(samples, "head"), "head", &["network", "seed of log"]);
    let network: NetworkId = find(samples, "head").inputs["network"].parse().unwrap();
    let (log, context) = (key::<Log>("log"), Label::Head.context(network));
    let parts = raw::parts(&head.bytes);
    let payload = raw::inside(&parts[2]);
    let bad = |name: &str, error: &str, about: &str, bytes: Vec<u8>| {
        head.bad(&format!("cose-sign1-{name}"), error, about, bytes).section("2.2")
    };
    let with = |at: usize, to: Vec<u8>| raw::tagged1(&raw::changed(&parts, at, to));
    let protected = |protected: &[u8]| raw::tagged1(&raw::sign1(&log, &context, protected, &payload));
    let signed = "The header, and the signature made for it.";
    let ordered = [parts[0].clone(), parts[1].clone(), parts[3].clone(), parts[2].clone()];
    vec![
        bad("untagged", "malformed", "Without the tag 18.", raw::array(&parts)),
        bad(
            "tagged-as-sign",
            "malformed",
            "With the tag of COSE_Sign.",
            [vec![0xd8, 98], raw::array(&parts)].concat(),
        ),
        bad(
            "tagged-twice",
            "malformed",
            "The tag 61 of a CWT around it.",
            [vec![0xd8, 61], head.bytes.clone()].concat(),
        ),
        bad(
            "algorithm-es256",
            "malformed",
            "The protected header names ES256.",
            protected(&[0xa1, 0x01, 0x26]),
        )
        .changed(signed),
        bad(
            "algorithm-ed25519-new",
            "malformed",
            "The protected header names the newer Ed25519, -19.",
            protected(&[0xa1, 0x01, 0x32]),
        )
        .changed(signed),
        bad("protected-empty", "malformed", "The protected header says nothing.", protected(&[]))
            .changed(signed),
        bad(
            "protected-with-kid",
            "malformed",
            "The protected header names a key too.",
            protected(&raw::protected(log.public().kid())),
        )
        .changed(signed),
        bad(
            "unprotected-kid",
            "malformed",
            "A kid in the unprotected header.",
            with(1, [vec![0xa1, 0x04], raw::bytes(log.public().kid().as_bytes())].concat()),
        ),
        bad(
            "payload-detached",
            "malformed",
            "The payload is nil, and travels elsewhere.",
            with(2, vec![0xf6]),
        ),
        bad(
            "signature-short",
            "malformed",
            "A signature of 63 bytes.",
            with(3, raw::bytes(&raw::inside(&parts[3])[..63])),
        )
        .changed("The signature's last byte is missing."),
        bad(
            "fifth-part",
            "malformed",
            "A fifth part.",
            raw::tagged1(&[parts.clone(), vec![vec![0x40]]].concat()),
        )
        .changed("An empty byte string at the end."),
        bad(
            "parts-swapped",
            "malformed",
            "Signature and payload in the other order.",
            raw::tagged1(&ordered),
        )
        .changed("The third part and the fourth."),
        bad(
            "signature-changed",
            "signature",
            "One bit of the signature.",
            raw::flipped(&head.bytes, head.bytes.len() - 1),
        ),
        bad(
            "payload-changed",
            "signature",
            "One bit of the payload.",
            raw::flipped(&head.bytes, head.bytes.len() - 67),
        ),
        bad(
            "signature-s-above-order",
            "signature",
            "The same signature with S plus the group's order, which only lax verification takes.",
            with(3, raw::bytes(&plus_order(&raw::inside(&parts[3])))),
        ),
        bad(
            "context-empty",
            "signature",
            "Signed without `external_aad`, as an ordinary COSE library does unasked.",
            {
                let to_sign = [
                    vec![0x84],
                    raw::text("Signature1"),
                    raw::bytes(&[0xa1, 0x01, 0x27]),
                    raw::bytes(&[]),
                    raw::bytes(&payload),
                ]
                .concat();
                with(3, raw::bytes(&log.sign(&to_sign)))
            },
        ),
        bad("context-of-multiple", "signature", "Signed as a signature of a COSE_Sign.", {
            let of_many = raw::signature(&key::<Authority>("log"), &context, &[0xa1, 0x01, 0x27], &payload);
            with(3, of_many[2].clone())
        }),
    ]
}

/// S + L: the same number modulo the order of the group (RFC 8032 §5.1.7 asks for S < L).
fn plus_order(signature: &[u8]) -> Vec<u8> {
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").unwrap();
    let mut carry = 0;
    let add = |(s, l): (&u8, &u8)| {
        let sum = u16::from(*s) + u16::from(*l) + carry;
        carry = sum >> 8;
        (sum & 0xff) as u8
    };
    let s: Vec<u8> = signature[32..].iter().zip(&order).map(add).collect();
    [&signature[..32], &s].concat()
}

/// COSE_Sign, likewise.
fn sign(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "invitation");
    let base = Base::vector(sample, "invitation", &["network", "seed of custodian 1"]);
    let base = base.with("m", 1).with("now", sample.inputs["ends"].parse::<u64>().unwrap() - 60);
    let context = Label::Invite.context(sample.inputs["network"].parse().unwrap());
    let custodian = key::<Authority>("custodian 1");
    let parts = raw::parts(&base.bytes);
    let payload = raw::inside(&parts[2]);
    let bad = |name: &str, about: &str, bytes: Vec<u8>| {
        base.bad(&format!("cose-sign-{name}"), "malformed", about, bytes).section("2.2")
    };
    let with = |at: usize, to: Vec<u8>| raw::tagged(&raw::changed(&parts, at, to));
    let one = |signature: &[Vec<u8>]| with(3, raw::array(&[raw::array(signature)]));
    let by = |protected: &[u8]| raw::signature(&custodian, &context, protected, &payload);
    let kid = public::<Authority>("custodian 1").kid();
    let right = by(&raw::protected(kid));
    let signed = "The signer's header, and the signature made for it.";
    let unprotected =
        [right[0].clone(), [vec![0xa1, 0x04], raw::bytes(kid.as_bytes())].concat(), right[2].clone()];
    let kid_first = [&[0xa2, 0x04, 0x50], kid.as_bytes().as_slice(), &[0x01, 0x27]].concat();
    let eight = [&[0xa2, 0x01, 0x27, 0x04, 0x48], &kid.as_bytes()[..8]].concat();
    vec![
        bad("untagged", "Without the tag 98.", raw::array(&parts)),
        bad("tagged-as-sign1", "With the tag of COSE_Sign1.", raw::tagged1(&parts)),
        bad(
            "body-header",
            "An algorithm in the body's protected header.",
            with(0, raw::bytes(&[0xa1, 0x01, 0x27])),
        ),
        bad(
            "body-header-empty-map",
            "The body's protected header is an encoded empty map instead of nothing.",
            with(0, raw::bytes(&[0xa0])),
        ),
        bad("signer-without-kid", "A signer's header that names no key.", one(&by(&[0xa1, 0x01, 0x27])))
            .changed(signed),
        bad("signer-kid-short", "A kid of eight bytes.", one(&by(&eight))).changed(signed),
        bad(
            "signer-keys-unsorted",
            "The signer's header with its keys in the other order.",
            one(&by(&kid_first)),
        )
        .changed(signed),
        bad("signer-unprotected", "A signer's unprotected header that is not empty.", one(&unprotected)),
        bad(
            "signatures-a-map",
            "A map of signatures instead of an array.",
            with(3, [vec![0xa1, 0x00], raw::array(&right)].concat()),
        ),
        base.bad("cose-sign-no-signature", "signature", "Nobody has signed.", with(3, raw::array(&[])))
            .section("2.2")
            .changed("The array of signatures is empty."),
    ]
}
