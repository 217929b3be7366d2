//! Which frames may not come, or not now, and end a session or are refused in it? It must never know what they carry.

use liaison_keys::names::NetworkId;
use liaison_proto::frame::{Frame, Hello};

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = to_relay(samples);
    files.extend(to_station(samples));
    files
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
        not_allowed(
            &party("frame-14-reseal"),
            "lapsed-reseals",
            "A device whose certificate ran out asks to have a message sealed again.",
            "lapsed",
        ),
        not_allowed(
            &party("frame-15-rewrap"),
            "lapsed-rewraps",
            "A device whose certificate ran out seals a message again.",
            "lapsed",
        ),
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
