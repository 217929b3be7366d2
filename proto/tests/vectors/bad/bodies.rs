//! Which envelopes open to nothing that was sealed? Steps 8 to 10 of `docs/protocol.md` §5.7.
//! It must never know what a message says.

use liaison_keys::body::ContentKey;
use liaison_keys::names::EnvelopeId;

use super::kit::Bad;
use super::letters::Letters;
use super::raw;
use crate::forge::{Press, READER, encode_delivery, pad};
use crate::samples::Sample;
use crate::world::device;

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let mut files = content_keys(&letters);
    files.extend(padding(&letters));
    files
}

/// Steps 8 and 9.
fn content_keys(letters: &Letters) -> Vec<Bad> {
    let base = letters.good();
    let press = letters.press();
    let header = press.header_bytes();
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        letters.sealed(&base, name, error, about, changed, bytes)
    };
    let parts = raw::parts(&base.bytes);
    let body = raw::inside(&parts[1]);
    let with_body = |body: &[u8]| raw::array(&raw::changed(&parts, 1, raw::bytes(body)));
    let mut other = letters.press();
    other.content_key = ContentKey::new([0x0c; 32]);
    let other_body = other.body(&header, &pad(&press.signed()));
    let mut elsewhere = letters.press();
    elsewhere.header.expires += 1;
    let lifted = elsewhere.body(&elsewhere.header_bytes(), &pad(&press.signed()));
    let unbound = press.body(&[], &pad(&press.signed()));
    vec![
        letters.spoilt(
            "commitment-to-another-key",
            "commitment",
            "The header commits to another key: one envelope for two texts.",
            "The commitment",
            |press: &mut Press| {
                press.header.commitment = ContentKey::new([0xff; 32]).commitment(press.header.id);
            },
        ),
        letters.spoilt(
            "commitment-of-another-envelope",
            "commitment",
            "The commitment was made with another envelope's id.",
            "The commitment",
            |press: &mut Press| {
                press.header.commitment = press.content_key.commitment(EnvelopeId::new([1; 16]));
            },
        ),
        bad(
            "another-content-key",
            "commitment",
            "The wrap holds another key than the header commits to.",
            "The key in the wrap, and the body under it",
            {
                let wrap = other.wrap(device(READER, 1), &header);
                encode_delivery(&header, &other_body, &wrap)
            },
        ),
        bad(
            "body-changed",
            "body",
            "One bit of the body.",
            "The body's last byte, so nothing follows from it",
            with_body(&raw::flipped(&body, body.len() - 1)),
        ),
        bad(
            "body-cut",
            "body",
            "A body without its tag's last byte.",
            "The body's last byte is missing, so nothing follows from it",
            with_body(&body[..body.len() - 1]),
        ),
        bad(
            "body-empty",
            "body",
            "No body at all.",
            "The body is empty, so nothing follows from it",
            with_body(&[]),
        ),
        bad(
            "body-under-another-key",
            "body",
            "The body is sealed under another key than the wrap gives.",
            "The key of the body",
            with_body(&other_body),
        ),
        bad(
            "body-of-another-envelope",
            "body",
            "The body was sealed for another header.",
            "The header under the body",
            with_body(&lifted),
        ),
        bad(
            "body-not-bound-to-the-header",
            "body",
            "The body was sealed as if the header were empty.",
            "The header under the body: nothing",
            with_body(&unbound),
        ),
    ]
}

/// Step 10.
fn padding(letters: &Letters) -> Vec<Bad> {
    let press = letters.press();
    let signed = press.signed();
    let good = pad(&signed);
    let bad = |name: &str, about: &str, changed: &str, padded: &[u8]| {
        let bytes = press.delivery_of(padded);
        letters
            .sealed(&letters.good(), &format!("padding-{name}"), "padding", about, changed, bytes)
            .section("5.3")
    };
    vec![
        bad(
            "mark-other",
            "Another mark than 0x80.",
            "The mark: 0x81",
            &raw::patched(&good, signed.len(), &[0x81]),
        ),
        bad(
            "not-zero",
            "Something in the padding: a message beside the message.",
            "The last byte: 1",
            &raw::patched(&good, good.len() - 1, &[1]),
        ),
        bad(
            "too-short",
            "Not padded to 4,096 bytes: the size would show.",
            "The padding ends with its mark",
            &good[..=signed.len()],
        ),
        bad(
            "a-byte-too-long",
            "Padded to a length that is none of Padmé's.",
            "A zero more",
            &[good.as_slice(), &[0]].concat(),
        ),
        bad(
            "too-long",
            "Padded to more than its length asks for.",
            "4,096 zeros more",
            &[good.as_slice(), &[0; 4_096]].concat(),
        ),
        bad(
            "without-mark",
            "Zeros behind the COSE_Sign1, without a mark.",
            "The mark: 0x00",
            &raw::patched(&good, signed.len(), &[0]),
        ),
        bad("only", "Nothing but zeros.", "The plaintext: zeros", &[0; 4_096]),
        bad("nothing", "No plaintext at all.", "The plaintext is empty", &[]),
    ]
}
