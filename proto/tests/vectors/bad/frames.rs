//! Which frames are none, whoever sends them? It must never know what a frame carries.

use liaison_keys::names::{DeviceId, HeaderHash, NetworkId};
use liaison_proto::frame::{Frame, Hello};
use liaison_proto::limits;
use minicbor::bytes::ByteVec;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = layout(samples);
    files.extend(limits(samples));
    files
}

/// What is no frame at all, whoever sends it.
fn layout(samples: &[Sample]) -> Vec<Bad> {
    let of = |name: &str| Base::vector(find(samples, name), "frame", &[]);
    let with =
        |base: &Base, at: usize, to: Vec<u8>| raw::array(&raw::changed(&raw::parts(&base.bytes), at, to));
    let bad = |base: &Base, name: &str, about: &str, bytes: Vec<u8>| {
        base.bad(&format!("frame-{name}"), "malformed", about, bytes)
    };
    let (ping, away, refused) = (of("frame-03-ping"), of("frame-02-go-away"), of("frame-05-refused"));
    let (hello, post, rewrap) = (of("frame-00-hello"), of("frame-08-post"), of("frame-15-rewrap"));
    let (get, checkpoint) = (of("frame-24-prekeys-get"), of("frame-21-checkpoint"));
    let inside = |at: usize, to: Vec<u8>| {
        let parts = raw::parts(&hello.bytes);
        raw::array(&[parts[0].clone(), raw::array(&raw::changed(&raw::parts(&parts[1]), at, to))])
    };
    vec![
        bad(&ping, "tag-26", "A tag that is kept for later.", raw::array(&[vec![0x18, 26], raw::number(1)])),
        bad(&ping, "tag-99", "A tag that nobody has.", raw::array(&[vec![0x18, 99], raw::number(1)])),
        bad(&ping, "tag-a-text", "A tag in words.", raw::array(&[raw::text("ping"), raw::number(1)])),
        bad(&ping, "without-id", "The request id is missing.", vec![0x81, 0x03]),
        bad(&ping, "with-more", "A field more than the frame has.", vec![0x83, 0x03, 0x01, 0x00]),
        bad(&ping, "trailing-byte", "A byte behind the frame.", vec![0x82, 0x03, 0x01, 0x03]),
        bad(&ping, "not-an-array", "A map instead of an array.", vec![0xa1, 0x03, 0x01]),
        bad(
            &ping,
            "id-beyond-64-bits",
            "A request id of 2^64, as a bignum.",
            [vec![0x82, 0x03, 0xc2, 0x49, 1], vec![0; 8]].concat(),
        ),
        bad(&away, "code-zero", "Codes begin with 1.", with(&away, 1, raw::number(0))),
        bad(&refused, "code-18", "A code that nobody knows.", with(&refused, 2, raw::number(18))),
        bad(&hello, "hello-network-short", "A network of 31 bytes.", inside(1, raw::bytes(&[7; 31])))
            .changed("The network: 31 bytes."),
        bad(
            &hello,
            "hello-generation-beyond-32-bits",
            "A generation of 2^32.",
            inside(2, raw::number(1 << 32)),
        ),
        bad(&hello, "hello-version-256", "A version beyond 255.", inside(0, raw::array(&[raw::number(256)]))),
        bad(
            &hello,
            "hello-flat",
            "Hello's fields in the frame itself.",
            raw::array(&[vec![raw::number(0)], raw::parts(&raw::parts(&hello.bytes)[1])].concat()),
        )
        .changed("The inner array's items stand in the outer one."),
        bad(&post, "lane-four", "A fifth lane.", with(&post, 2, raw::number(4))),
        bad(
            &post,
            "post-not-in-a-byte-string",
            "The post itself instead of a byte string with it.",
            with(&post, 3, raw::inside(&raw::parts(&post.bytes)[3])),
        )
        .changed("The byte string's head is missing."),
        bad(&rewrap, "hh-short", "An hh of 31 bytes.", with(&rewrap, 2, raw::bytes(&[5; 31])))
            .changed("The hh: 31 bytes."),
        bad(
            &get,
            "device-short",
            "A device of 15 bytes.",
            with(&get, 2, raw::array(&[raw::bytes(&[5; 15])])),
        )
        .changed("One device of 15 bytes."),
        bad(
            &checkpoint,
            "checkpoint-without-head",
            "A checkpoint without its head.",
            raw::array(&raw::parts(&checkpoint.bytes)[..3]),
        )
        .changed("The last field is missing."),
    ]
}

/// One more than a frame may hold.
fn limits(samples: &[Sample]) -> Vec<Bad> {
    let of = |name: &str| Base::vector(find(samples, name), "frame", &[]);
    let bad = |base: &Base, name: &str, about: &str, frame: Frame| {
        let good = base.of(base.bytes.clone());
        let (name, changed) = (format!("frame-{name}"), "One more than the limit.");
        good.bad(&name, "malformed", about, frame.to_bytes()).changed(changed)
    };
    let at_limit = |frame: Frame| of("frame-03-ping").of(frame.to_bytes());
    let long = |bytes: usize| ByteVec::from(vec![0; bytes]);
    let network = NetworkId::new([7; 32]);
    let hello = |versions: usize| {
        let base = Hello::new(network, (1, 0), 0);
        Frame::Hello(Hello { versions: vec![1; versions], ..base })
    };
    let ack = |count: usize| Frame::Ack { sequences: (1..=count as u64).collect() };
    let entries =
        |count: usize, bytes: usize| Frame::Entries { id: 1, from: 0, entries: vec![long(bytes); count] };
    let submit = |bytes: usize| Frame::Submit { id: 1, statement: long(bytes) };
    let invite = |bytes: usize| Frame::Invite { id: 1, invitation: long(bytes) };
    let put = |bytes: usize| Frame::PrekeysPut { id: 1, bundle: long(bytes) };
    let get = |count: usize| Frame::PrekeysGet { id: 1, devices: vec![DeviceId::new([5; 16]); count] };
    let prekeys = |count: usize, bytes: usize| Frame::Prekeys { id: 1, bundles: vec![long(bytes); count] };
    let note = |bytes: usize| Frame::Checkpoint { id: 1, note: long(bytes), head: long(1), cosigned: vec![] };
    let head = |bytes: usize| Frame::Checkpoint { id: 1, note: long(1), head: long(bytes), cosigned: vec![] };
    let cosigned = |count: usize, bytes: usize| Frame::Checkpoint {
        id: 1,
        note: long(1),
        head: long(1),
        cosigned: vec![long(bytes); count],
    };
    let cosign = |note: usize, line: usize| Frame::Cosign { id: 1, note: long(note), line: "a".repeat(line) };
    let reseal = |bytes: usize| Frame::Reseal { id: 1, reseal: long(bytes) };
    let rewrap = |bytes: usize| Frame::Rewrap { id: 1, hh: HeaderHash::new([5; 32]), wrap: long(bytes) };
    let statement = limits::STATEMENT_BYTES_MAX;
    vec![
        bad(&at_limit(hello(16)), "hello-17-versions", "More than 16 versions.", hello(17)),
        bad(&at_limit(cosigned(16, 1)), "cosigned-17", "More than 16 cosigned notes.", cosigned(17, 1)),
        bad(
            &at_limit(cosigned(1, 8_192)),
            "cosigned-too-long",
            "A cosigned note of more than 8,192 bytes.",
            cosigned(1, 8_193),
        ),
        bad(&at_limit(cosign(1, 512)), "cosign-line-513", "A line of more than 512 bytes.", cosign(1, 513)),
        bad(
            &at_limit(cosign(8_192, 1)),
            "cosign-note-too-long",
            "A note of more than 8,192 bytes.",
            cosign(8_193, 1),
        ),
        bad(
            &at_limit(reseal(4_352)),
            "reseal-too-long",
            "A request of more than 4,352 bytes.",
            reseal(4_353),
        ),
        bad(&at_limit(rewrap(1_220)), "rewrap-too-long", "A wrap of more than 1,220 bytes.", rewrap(1_221)),
        bad(&at_limit(ack(32)), "ack-33", "More than 32 acknowledgements.", ack(33)),
        bad(&at_limit(entries(512, 1)), "entries-513", "More than 512 entries.", entries(513, 1)),
        bad(
            &at_limit(entries(1, 8_224)),
            "entry-too-long",
            "An entry of more than 8,224 bytes.",
            entries(1, 8_225),
        ),
        bad(
            &at_limit(submit(statement)),
            "statement-too-long",
            "A statement of more than 8,192 bytes.",
            submit(statement + 1),
        ),
        bad(
            &at_limit(invite(statement)),
            "invitation-too-long",
            "An invitation of more than 8,192 bytes.",
            invite(statement + 1),
        ),
        bad(&at_limit(put(4_096)), "bundle-too-long", "A bundle of more than 4,096 bytes.", put(4_097)),
        bad(&at_limit(get(256)), "devices-257", "More than 256 devices.", get(257)),
        bad(&at_limit(prekeys(256, 1)), "bundles-257", "More than 256 bundles.", prekeys(257, 1)),
        bad(
            &at_limit(prekeys(1, 4_096)),
            "bundle-of-an-answer-too-long",
            "An answer with a bundle of more than 4,096 bytes.",
            prekeys(1, 4_097),
        ),
        bad(&at_limit(note(8_192)), "note-too-long", "A note of more than 8,192 bytes.", note(8_193)),
        bad(&at_limit(head(8_192)), "head-too-long", "A head of more than 8,192 bytes.", head(8_193)),
    ]
}
