//! Which bytes are a second spelling of CBOR? It must never know what the values mean: it borrows frames, a header and
//! names.

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    cbor(samples)
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
