//! Which claims are none? Step 11 of `docs/protocol.md` §5.7, on claims alone and in an envelope.
//! It must never know whether a claim is true.

use liaison_keys::cose::{Sign, Sign1};
use liaison_keys::signing::Authority;
use liaison_proto::limits;

use super::kit::{Bad, Base};
use super::letters::{Letters, claims_of, signed_as};
use super::raw;
use crate::forge::pad;
use crate::samples::{Sample, find};
use crate::world::key;

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = fixed(samples);
    files.extend(optional(samples));
    files.extend(sealed(samples));
    files
}

/// The claims with everything optional, and one value of them changed.
struct All {
    base: Base,
    parts: Vec<Vec<u8>>,
}

impl All {
    fn new(samples: &[Sample]) -> Self {
        let base = Base::vector(find(samples, "claims"), "message-claims", &[]);
        let parts = raw::parts(&base.bytes);
        Self { base, parts }
    }

    /// Where a key stands among keys and values.
    fn place(&self, key: u64) -> usize {
        self.parts.iter().step_by(2).position(|part| *part == raw::number(key)).unwrap() * 2
    }

    fn value(&self, key: u64) -> &[u8] {
        &self.parts[self.place(key) + 1]
    }

    fn bad(&self, name: &str, about: &str, changed: &str, bytes: Vec<u8>) -> Bad {
        let bad = self.base.bad(&format!("claims-{name}"), "claims", about, bytes);
        if bad.changed.is_empty() { bad.changed(changed) } else { bad }
    }

    fn with(&self, key: u64, name: &str, about: &str, to: Vec<u8>) -> Bad {
        let changed = format!("The value of key {key}.");
        self.bad(name, about, &changed, raw::map(&raw::changed(&self.parts, self.place(key) + 1, to)))
    }
}

fn fixed(samples: &[Sample]) -> Vec<Bad> {
    let all = All::new(samples);
    let put_in = |at: u64, key: u64| {
        let at = all.place(at);
        raw::map(&[&all.parts[..at], &[raw::number(key), raw::number(0)], &all.parts[at..]].concat())
    };
    let without = |key: u64| {
        let at = all.place(key);
        raw::map(&[&all.parts[..at], &all.parts[at + 2..]].concat())
    };
    let (signer, checkpoint) = (raw::parts(all.value(1)), raw::parts(all.value(7)));
    let long = |bytes: usize| raw::bytes(&vec![0; bytes]);
    vec![
        all.bad("key-6", "Key 6, which is never used.", "Key 6 with a zero.", put_in(7, 6)),
        all.bad("key-8", "Key 8, which is never used.", "Key 8 with a zero.", put_in(9, 8)),
        all.bad(
            "key-14",
            "A key that a newer version might have.",
            "Key 14 with a zero.",
            raw::map(&[all.parts.clone(), vec![raw::number(14), raw::number(0)]].concat()),
        ),
        all.bad("without-status", "The status is missing.", "Key 4 is missing.", without(4)),
        all.bad("without-checkpoint", "The checkpoint is missing.", "Key 7 is missing.", without(7)),
        all.bad("without-body", "The body is missing.", "Key 9 is missing.", without(9)),
        all.with(1, "signer-without-office", "The signer's office is missing.", raw::array(&signer[..1])),
        all.with(
            1,
            "signer-device-short",
            "A device of 15 bytes.",
            raw::array(&[raw::bytes(&[7; 15]), signer[1].clone()]),
        ),
        all.with(
            1,
            "signer-office-malformed",
            "An office that is none.",
            raw::array(&[signer[0].clone(), raw::text("xa/operations/01")]),
        ),
        all.with(2, "template-without-version", "A template without its version.", raw::text("general")),
        all.with(
            3,
            "scope-to-nobody",
            "A scope that names nobody.",
            raw::array(&[raw::number(1), raw::array(&[])]),
        ),
        all.with(4, "status-three", "A status that nobody knows.", raw::number(3)),
        all.with(4, "status-a-boolean", "A status in another type.", vec![0xf4]),
        all.with(5, "created-negative", "Made before 1970.", vec![0x20]),
        all.with(
            5,
            "created-a-float",
            "The time as a decimal number.",
            vec![0xfb, 0x42, 0x79, 0xb7, 0x71, 0x36, 0xca, 0x30, 0x00],
        ),
        all.with(7, "checkpoint-empty", "No note in the checkpoint.", raw::array(&[])),
        all.with(
            7,
            "checkpoint-third-part",
            "A third part of the checkpoint.",
            raw::array(&[checkpoint.clone(), vec![raw::number(0)]].concat()),
        ),
        all.with(
            7,
            "checkpoint-head-null",
            "A head that is null instead of absent.",
            raw::array(&[checkpoint[0].clone(), vec![0xf6]]),
        ),
        all.with(
            7,
            "note-too-long",
            "A note of 8,193 bytes.",
            raw::array(&[long(limits::NOTE_BYTES_MAX + 1), checkpoint[1].clone()]),
        ),
        all.with(9, "body-too-long", "A body of 262,145 bytes.", long(limits::TEMPLATE_BYTES_MAX + 1)),
        all.with(
            9,
            "body-not-in-a-byte-string",
            "The body itself instead of a byte string with it.",
            raw::inside(all.value(9)),
        ),
    ]
}

fn optional(samples: &[Sample]) -> Vec<Bad> {
    let all = All::new(samples);
    let attachment = raw::parts(all.value(12))[0].clone();
    let attached =
        |at: usize, to: Vec<u8>| raw::array(&[raw::array(&raw::changed(&raw::parts(&attachment), at, to))]);
    let line = raw::parts(all.value(13))[0].clone();
    let left_out = |device: u8| raw::array(&[raw::bytes(&[device; 16]), raw::number(1)]);
    vec![
        all.with(10, "in-reply-to-short", "An hh of 31 bytes.", raw::bytes(&[7; 31])),
        all.with(10, "in-reply-to-null", "Null instead of an absent key.", vec![0xf6]),
        all.with(11, "case-short", "A case of 15 bytes.", raw::bytes(&[7; 15])),
        all.with(12, "no-attachment", "An empty list instead of an absent key.", raw::array(&[])),
        all.with(
            12,
            "eleven-attachments",
            "More than ten attachments.",
            raw::array(&vec![attachment.clone(); 11]),
        ),
        all.with(
            12,
            "attachment-key-short",
            "An attachment's key of 31 bytes.",
            attached(4, raw::bytes(&[7; 31])),
        ),
        all.with(
            12,
            "attachment-hash-short",
            "An attachment's hash of 31 bytes.",
            attached(3, raw::bytes(&[7; 31])),
        ),
        all.with(
            12,
            "attachment-size-a-text",
            "An attachment's size in words.",
            attached(2, raw::text("12")),
        ),
        all.with(13, "nobody-left-out", "An empty list instead of an absent key.", raw::array(&[])),
        all.with(13, "left-out-twice", "One device twice.", raw::array(&[line.clone(), line])),
        all.with(
            13,
            "left-out-unsorted",
            "Devices in descending order.",
            raw::array(&[left_out(5), left_out(4)]),
        ),
        all.with(
            13,
            "left-out-reason-zero",
            "A reason that nobody knows.",
            raw::array(&[raw::array(&[raw::bytes(&[4; 16]), raw::number(0)])]),
        ),
        all.with(
            13,
            "left-out-reason-four",
            "A reason that nobody knows.",
            raw::array(&[raw::array(&[raw::bytes(&[4; 16]), raw::number(4)])]),
        ),
        all.with(
            13,
            "left-out-without-reason",
            "The reason is missing.",
            raw::array(&[raw::array(&[raw::bytes(&[4; 16])])]),
        ),
    ]
}

/// Rightly sealed, and yet no claims inside.
fn sealed(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let press = letters.press();
    let claims = claims_of(&press);
    let bad = |name: &str, about: &str, changed: &str, padded: &[u8]| {
        letters.sealed(
            &letters.good(),
            &format!("claims-{name}"),
            "claims",
            about,
            changed,
            press.delivery_of(padded),
        )
    };
    let parts = raw::parts(&claims);
    let key_8 = raw::map(&[&parts[..12], &[raw::number(8), raw::number(0)], &parts[12..]].concat());
    let swapped = raw::map(&[&parts[2..4], &parts[..2], &parts[4..]].concat());
    let mut by_many = Sign::unsigned(claims.clone());
    by_many.add(&key::<Authority>("xa/operations/1 signing 1"), &press.context());
    let unsigned = pad(&claims);
    let untagged = pad(&press.signed()[1..]);
    let twice = [press.signed(), press.signed()].concat();
    let empty = Sign1::sign(&press.key, &press.context(), Vec::new()).to_bytes();
    vec![
        bad("unsigned", "Claims without a COSE_Sign1 around them.", "What was signed", &unsigned),
        bad("untagged", "A COSE_Sign1 without its tag.", "The tag", &untagged),
        bad(
            "by-many",
            "A COSE_Sign instead of a COSE_Sign1.",
            "The kind of signature",
            &pad(&by_many.to_bytes()),
        ),
        bad("two-messages", "Two of them in one body.", "The message twice", &pad(&twice)),
        bad("empty", "A signature over nothing.", "The payload is empty", &pad(&empty)),
        bad(
            "with-key-8",
            "Claims with a key that is never used.",
            "Key 8 with a zero",
            &signed_as(&press, &key_8),
        ),
        bad(
            "unsorted",
            "Claims with keys 1 and 2 in the other order.",
            "The claims",
            &signed_as(&press, &swapped),
        ),
        bad(
            "trailing-byte",
            "A byte behind the claims.",
            "The claims",
            &signed_as(&press, &[claims.as_slice(), &[0]].concat()),
        ),
    ]
}
