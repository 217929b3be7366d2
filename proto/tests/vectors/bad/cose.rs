//! Which bytes are COSE, and not in our spelling? Each rightly signed for what it is, so that only the spelling is wrong.
//! It must never know what the payloads mean: it borrows a head and an invitation.

use liaison_keys::label::Label;
use liaison_keys::names::NetworkId;
use liaison_keys::signing::{Authority, Log};

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::{key, public};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = sign1(samples);
    files.extend(sign(samples));
    files
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
