//! Which frames end a session, or are refused in it? It must never know what a frame carries.

use liaison_keys::names::{DeviceId, NetworkId};
use liaison_proto::frame::{Frame, Hello};
use liaison_proto::limits;
use minicbor::bytes::ByteVec;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = layout(samples);
    files.extend(limits(samples));
    files.extend(to_relay(samples));
    files.extend(to_station(samples));
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
        bad(&ping, "tag-33", "A tag that nobody has.", raw::array(&[vec![0x18, 33], raw::number(1)])),
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
    let note = |bytes: usize| Frame::Checkpoint { id: 1, note: long(bytes), head: long(1) };
    let head = |bytes: usize| Frame::Checkpoint { id: 1, note: long(1), head: long(bytes) };
    let statement = limits::STATEMENT_BYTES_MAX;
    vec![
        bad(&at_limit(hello(16)), "hello-17-versions", "More than 16 versions.", hello(17)),
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

/// What a station may not say, or not now.
fn to_relay(samples: &[Sample]) -> Vec<Bad> {
    let of = |name: &str, reader| Base::vector(find(samples, name), reader, &[]);
    let network = find(samples, "head").inputs["network"].clone();
    let hello = of("frame-00-hello", "hello").with("network", network.clone());
    let party = |name: &str| {
        of(name, "to-relay").with("network", network.clone()).with("party", "live").with("owner", "xa")
    };
    let first = |name: &str, error: &str, about: &str, bytes: Vec<u8>| {
        hello.bad(&format!("session-{name}"), error, about, bytes).section("7.4")
    };
    let bytes = |name: &str| find(samples, name).bytes.clone();
    let (network, versions) = (network.parse().unwrap(), vec![2, 3]);
    let newer = Frame::Hello(Hello { versions, ..Hello::new(network, (1, 0), 0) });
    let elsewhere = Frame::Hello(Hello::new(NetworkId::new([7; 32]), (1, 0), 0));
    let mut files = vec![
        first("hello-of-another-network", "network", "A hello of another network.", elsewhere.to_bytes())
            .changed("The network."),
        first(
            "hello-of-newer-versions",
            "version",
            "A hello that names no version in common.",
            newer.to_bytes(),
        )
        .changed("The versions: 2 and 3."),
        first("begins-with-ping", "protocol", "A ping before the hello.", bytes("frame-03-ping"))
            .changed("A ping."),
        first("begins-with-welcome", "protocol", "A station that says welcome.", bytes("frame-01-welcome"))
            .changed("A welcome."),
    ];
    let ack = |sequences: &[u64]| Frame::Ack { sequences: sequences.to_vec() }.to_bytes();
    let in_flight = party("frame-13-ack").with("in flight", vec!["70000", "70001"]);
    let (ping, pull) = (party("frame-03-ping"), party("frame-10-pull"));
    for (name, about, base, bytes) in [
        ("hello-again", "A second hello.", &ping, bytes("frame-00-hello")),
        ("station-says-pulled", "A frame that only a relay sends.", &ping, bytes("frame-11-pulled")),
        ("station-says-accepted", "A frame that only a relay sends.", &ping, bytes("frame-09-accepted")),
        ("ack-of-what-was-not-sent", "A sequence that is not in flight.", &in_flight, ack(&[70_000, 70_002])),
        ("ack-twice", "A sequence twice.", &in_flight, ack(&[70_000, 70_000])),
    ] {
        let bad = base.bad(&format!("session-{name}"), "protocol", about, bytes).section("7.4");
        files.push(if bad.changed.is_empty() { bad.changed("The frame.") } else { bad });
    }
    let not_allowed = |base: &Base, name: &str, about: &str, party: &str| {
        let bad = base.bad(&format!("session-{name}"), "not-allowed", about, base.bytes.clone());
        bad.section("7.2").given("party", party)
    };
    let invite = party("frame-06-invite").with("owner", "org:custodian");
    files.extend([
        not_allowed(&pull, "invited-pulls", "An invited key asks for mail.", "invited"),
        not_allowed(&party("frame-08-post"), "invited-posts", "An invited key posts.", "invited"),
        not_allowed(
            &party("frame-08-post"),
            "lapsed-posts",
            "A device whose certificate ran out posts.",
            "lapsed",
        ),
        not_allowed(
            &party("frame-22-prekeys-put"),
            "lapsed-gives-prekeys",
            "A device whose certificate ran out gives prekeys.",
            "lapsed",
        ),
        not_allowed(
            &party("frame-24-prekeys-get"),
            "lapsed-asks-for-prekeys",
            "A device whose certificate ran out asks for prekeys.",
            "lapsed",
        ),
        invite
            .bad("session-state-invites", "not-allowed", "A State invites.", invite.bytes.clone())
            .section("7.2")
            .given("owner", "xa"),
        not_allowed(
            &invite,
            "lapsed-custodian-invites",
            "A custodian's device whose certificate ran out invites.",
            "lapsed",
        ),
        ping.bad(
            "session-reseal",
            "not-yet",
            "A request that this version does not do.",
            bytes("frame-14-reseal"),
        )
        .section("5.8")
        .changed("The frame."),
        ping.bad(
            "session-rewrap",
            "not-yet",
            "A request that this version does not do.",
            bytes("frame-15-rewrap"),
        )
        .section("5.8")
        .changed("The frame."),
    ]);
    files
}

/// What a relay may not say, or not now.
fn to_station(samples: &[Sample]) -> Vec<Bad> {
    let of = |name: &str, reader| Base::vector(find(samples, name), reader, &[]);
    let welcome = of("frame-01-welcome", "welcome");
    let parts = raw::parts(&welcome.bytes);
    let version_2 =
        raw::array(&[parts[0].clone(), raw::array(&raw::changed(&raw::parts(&parts[1]), 0, raw::number(2)))]);
    let asked = |base: Base, requests: &[&str]| {
        base.with("welcome", hex::encode(&welcome.bytes)).with("asked", requests.to_vec())
    };
    let mut files = vec![
        welcome
            .bad(
                "session-welcome-of-version-2",
                "protocol",
                "A version that the station did not name.",
                version_2,
            )
            .section("7.4"),
        welcome
            .bad(
                "session-relay-begins-with-pong",
                "protocol",
                "A pong before the welcome.",
                find(samples, "frame-04-pong").bytes.clone(),
            )
            .section("7.4")
            .changed("A pong."),
        welcome
            .bad(
                "session-relay-goes-away",
                "go-away",
                "The relay ends the session instead of beginning it.",
                find(samples, "frame-02-go-away").bytes.clone(),
            )
            .section("7.4")
            .changed("A go-away."),
    ];
    let first = |frame: Frame| welcome.of(frame.to_bytes());
    let answer = |frame: Frame| Base::own("7.4", "to-station", first(frame).bytes);
    let accepted = answer(Frame::Accepted { id: 1, receipt: vec![1].into() });
    let accepted = asked(accepted, &["post"]);
    let entries = |from| Frame::Entries { id: 1, from, entries: Vec::new() };
    let from_five = asked(answer(entries(5)), &["log from 5"]);
    let bad = |base: &Base, name: &str, about: &str, frame: Frame| {
        base.bad(&format!("session-{name}"), "protocol", about, frame.to_bytes())
    };
    let pong = asked(answer(Frame::Pong { id: 1 }), &["ping"]);
    let logged = Frame::Logged { id: 1, index: 0 };
    let twice = accepted.clone().with("before", Vec::<String>::new());
    let before = vec![hex::encode(&accepted.bytes)];
    files.extend([
        bad(
            &accepted,
            "answer-to-nothing",
            "An answer with an id that was not used.",
            Frame::Accepted { id: 2, receipt: vec![1].into() },
        ),
        bad(&accepted, "answer-of-another-kind", "`logged` where a receipt was asked for.", logged),
        bad(&from_five, "entries-from-elsewhere", "Entries from another place than was asked.", entries(4)),
        bad(&pong, "pong-to-nothing", "A pong that answers no ping.", Frame::Pong { id: 2 }),
        bad(
            &pong,
            "refused-to-nothing",
            "A refusal of a request that was not made.",
            Frame::Refused { id: 2, code: liaison_proto::frame::Code::Busy },
        ),
        bad(&pong, "relay-asks", "A request that only stations make.", Frame::Pull { id: 1 }),
        bad(
            &pong,
            "relay-says-hello",
            "A hello from a relay.",
            Frame::Hello(Hello::new(NetworkId::new([7; 32]), (1, 0), 0)),
        )
        .changed("The frame."),
        twice
            .bad("session-answer-twice", "protocol", "The same answer a second time.", accepted.bytes.clone())
            .given("before", before),
    ]);
    files
}
