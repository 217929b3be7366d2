//! Does the program refuse what ours refuses, and for the same reason? One flipped bit, or one part that an honest
//! station would not make. It must never know how either side found out.

use liaison_keys::cose::Sign1;
use liaison_keys::directory::{Checkpoint, Head};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::{Device, Log};
use liaison_proto::envelope::{CheckpointProof, Header, LeftOut, LeftOutReason, Reason};
use liaison_proto::message::Status;
use serde_json::Value;

use crate::forge::{LIVES_S, Press, Reader, encode_delivery, pad, seal_body, to};
use crate::opens::random;
use crate::scene::{self, SENDER, below};
use crate::world::{World, device, key, name};
use crate::{Check, Meeting};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("a-flipped-bit-of-the-header", |meeting| flipped(meeting, Part::Header)),
    ("a-flipped-bit-of-the-body", |meeting| flipped(meeting, Part::Body)),
    ("a-flipped-bit-of-the-wrap", |meeting| flipped(meeting, Part::Wrap)),
    ("a-flipped-bit-anywhere", |meeting| flipped(meeting, Part::Whole)),
    ("a-delivery-cut-short", cut_short),
    ("what-is-signed-otherwise", signed_otherwise),
    ("what-is-sealed-otherwise", sealed_otherwise),
    ("what-is-padded-otherwise", padded_otherwise),
    ("another-header", with_another_header),
    ("another-directory", another_directory),
    ("other-addressees", other_addressees),
    ("a-sender-who-was-revoked", a_revoked_sender),
    ("what-ended-long-ago", too_late),
];

const READER: (&str, u32) = ("xb/operations/1", 1);
const FLIPS: usize = 16;
const WEEK_S: u64 = 7 * 86_400;
const HEADER_BYTES: usize = 109;
const WRAP_BYTES: usize = 1_216;

#[derive(Clone, Copy)]
enum Part {
    Header,
    Body,
    Wrap,
    Whole,
}

fn press(world: &World) -> Press {
    Press::new(world, to(&[READER.0]))
}

fn flipped(meeting: &mut Meeting, part: Part) {
    let world = scene::network(&mut meeting.entropy);
    let good = press(&world).delivery();
    let range = match part {
        Part::Header => 3..3 + HEADER_BYTES,
        Part::Body => 3 + HEADER_BYTES + 3..good.len() - WRAP_BYTES,
        Part::Wrap => good.len() - WRAP_BYTES..good.len(),
        Part::Whole => 0..good.len(),
    };
    let mut cases = Cases::new();
    for _ in 0..FLIPS {
        let at = range.start + below(&mut meeting.entropy, range.len() as u64) as usize;
        let mut bytes = good.clone();
        bytes[at] ^= 1 << below(&mut meeting.entropy, 8);
        assert_ne!(cases.push(&world, &bytes), None, "byte {at}");
    }
    cases.judge(meeting);
}

fn cut_short(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let (good, mut cases) = (press(&world).delivery(), Cases::new());
    let end = below(&mut meeting.entropy, good.len() as u64) as usize;
    for bytes in [&[], &good[..end], &[&good[..], &[0]].concat()] {
        cases.refused(&world, bytes, &Reason::Malformed);
    }
    cases.judge(meeting);
}

fn signed_otherwise(meeting: &mut Meeting) {
    type Spoil = fn(&mut Press);
    let (world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let spoils: [(Spoil, Reason); 6] = [
        (|press| press.key = key::<Device>("a stranger"), Reason::Signature),
        (|press| press.network = NetworkId::new([9; 32]), Reason::Signature),
        (|press| press.claims.created_ms += 1_000, Reason::Times),
        (|press| press.claims.signer.1 = name("xa/diplomatic/1"), Reason::Signer),
        (|press| press.claims.signer.0 = device("nobody", 1), Reason::UnknownSender),
        (|press| press.claims.left_out = Some(vec![]), Reason::Claims),
    ];
    for (spoil, reason) in spoils {
        let mut press = press(&world);
        spoil(&mut press);
        cases.refused(&world, &press.delivery(), &reason);
    }
    cases.refused(&world, &exercise_called_real(&world), &Reason::Signature);
    cases.judge(meeting);
}

/// Signed as an exercise, with claims that say *actual*.
fn exercise_called_real(world: &World) -> Vec<u8> {
    let mut press = press(world);
    let (header, signed_as) = (press.header_bytes(), press.context());
    press.claims.status = Status::Actual;
    let claims = liaison_keys::cbor::encode(&press.claims);
    let signed = Sign1::sign(&press.key, &signed_as, claims).to_bytes();
    let body = seal_body(press.content_key.expose(), &header, &pad(&signed));
    encode_delivery(&header, &body, &press.wrap(device(READER.0, READER.1), &header))
}

fn sealed_otherwise(meeting: &mut Meeting) {
    let (world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let right = press(&world);
    let mut elsewhere = press(&world);
    elsewhere.wrapped_in = NetworkId::new(random(&mut meeting.entropy));
    cases.refused(&world, &elsewhere.delivery(), &Reason::Decapsulation);
    let mut low_order = right.delivery();
    let share = low_order.len() - 56 - 2 - 32;
    low_order[share..share + 32].fill(0);
    cases.refused(&world, &low_order, &Reason::Decapsulation);
    let mut uncommitted = press(&world);
    uncommitted.header.commitment = random(&mut meeting.entropy);
    cases.refused(&world, &uncommitted.delivery(), &Reason::Commitment);
    cases.refused(&world, &right.delivery_to(device("xb/operations/1", 2)), &Reason::NotForUs);
    cases.judge(meeting);
}

fn padded_otherwise(meeting: &mut Meeting) {
    let (world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let right = press(&world);
    let (signed, padded) = (right.signed(), pad(&right.signed()));
    let mut marked = padded.clone();
    marked[signed.len()] = 0x81;
    for padded in [&marked[..], &[&padded[..], &[0]].concat(), &signed, &[], &[0; 4_096]] {
        cases.refused(&world, &right.delivery_of(padded), &Reason::Padding);
    }
    cases.refused(&world, &right.delivery_of(&pad(b"no message")), &Reason::Claims);
    cases.judge(meeting);
}

fn with_another_header(meeting: &mut Meeting) {
    type Spoil = fn(&mut Header);
    let (world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let spoils: [(Spoil, Reason); 6] = [
        (|header| header.version = 2, Reason::Version),
        (|header| header.suite = 1, Reason::Suite),
        (|header| header.expires = header.created, Reason::Header),
        (|header| header.expires = header.created - 1, Reason::Header),
        (|header| header.expires = header.created + 400 * 86_400 + 1, Reason::Header),
        (|header| header.created += 1, Reason::Times),
    ];
    for (spoil, reason) in spoils {
        let mut press = press(&world);
        spoil(&mut press.header);
        cases.refused(&world, &press.delivery(), &reason);
    }
    let mut nobody = press(&world);
    nobody.wrapped.clear();
    cases.refused(&world, &nobody.delivery(), &Reason::Header);
    cases.judge(meeting);
}

fn another_directory(meeting: &mut Meeting) {
    let (world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let Checkpoint { size, root } = world.replica.checkpoint();
    let (origin, now) = (world.replica.origin(), Head { size, root, time: world.now });
    let signed = |head: Head, by: &str| Some(head.sign(world.network(), &key::<Log>(by)).into());
    let by_a_stranger = world.replica.checkpoint().sign(&origin, &key("a stranger"));
    let cosigned = [world.note(), "\u{2014} witness AAAA\n".into()].concat();
    let split = Checkpoint { size, root: Digest::new([7; 32]) }.sign(&origin, &key("log"));
    let (other, old) = (Head { size: size - 1, ..now }, Head { time: world.now - WEEK_S - 1, ..now });
    let spoilt = [
        (split, signed(now, "log"), Reason::SplitView),
        (by_a_stranger, signed(now, "log"), Reason::Checkpoint),
        (cosigned, signed(now, "log"), Reason::Checkpoint),
        (world.note(), None, Reason::Checkpoint),
        (world.note(), signed(now, "a stranger"), Reason::Checkpoint),
        (world.note(), signed(other, "log"), Reason::Checkpoint),
        (world.note(), signed(old, "log"), Reason::StaleDirectory),
    ];
    for (note, head, reason) in spoilt {
        let mut press = press(&world);
        press.claims.checkpoint = CheckpointProof { note: note.into(), head };
        cases.refused(&world, &press.delivery(), &reason);
    }
    cases.judge(meeting);
}

fn other_addressees(meeting: &mut Meeting) {
    let (world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let (not_meant, second) = (device("xb/diplomatic/1", 1), device("xb/operations/1", 2));
    let mut one_more = press(&world);
    one_more.wrapped.insert(not_meant);
    let mut one_less = press(&world);
    one_less.wrapped.remove(&second);
    let mut stranger_left_out = press(&world);
    stranger_left_out.claims.left_out =
        Some(vec![LeftOut { device: not_meant, reason: LeftOutReason::NoPrekey }]);
    let mut both = press(&world);
    both.claims.left_out = Some(vec![LeftOut { device: second, reason: LeftOutReason::NoPrekey }]);
    for press in [one_more, one_less, stranger_left_out, both] {
        cases.refused(&world, &press.delivery(), &Reason::Recipients);
    }
    let mut nobody = press(&world);
    nobody.claims.scope = to(&["xq/operations/1"]);
    let unresolved = cases.push(&world, &nobody.delivery());
    assert_eq!(unresolved.unwrap().code(), "unresolved-scope");
    cases.judge(meeting);
}

fn a_revoked_sender(meeting: &mut Meeting) {
    let (mut world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let (before, after) = (press(&world).delivery(), press(&world).later(120).delivery());
    world.advance(120).revoke(SENDER, 1, None);
    cases.opened(&world, &before);
    cases.refused(&world, &after, &Reason::Revoked);
    // The newest revocation says why: stolen after all, and shown as unproven.
    let stolen = world.now;
    world.advance(60).revoke(SENDER, 1, Some(stolen));
    cases.opened(&world, &after);
    cases.judge(meeting);
}

fn too_late(meeting: &mut Meeting) {
    let (mut world, mut cases) = (scene::network(&mut meeting.entropy), Cases::new());
    let delivery = press(&world).delivery();
    world.advance(LIVES_S + WEEK_S);
    cases.opened(&world, &delivery);
    world.advance(1);
    cases.refused(&world, &delivery, &Reason::TooOld);
    cases.judge(meeting);
}

/// Deliveries with what ours says of them, and then the program is asked about all at once.
struct Cases {
    requests: Vec<Value>,
    reasons: Vec<Option<&'static str>>,
}

impl Cases {
    const fn new() -> Self {
        Self { requests: Vec::new(), reasons: Vec::new() }
    }

    /// Whatever ours says.
    fn push(&mut self, world: &World, delivery: &[u8]) -> Option<Reason> {
        let ours = Reader::of_device(world, READER.0, READER.1).open(delivery).err();
        self.requests.push(scene::opening(world, READER, delivery));
        self.reasons.push(ours.as_ref().map(Reason::code));
        ours
    }

    /// Ours refuses it for this reason.
    fn refused(&mut self, world: &World, delivery: &[u8], reason: &Reason) {
        assert_eq!(self.push(world, delivery).as_ref(), Some(reason));
    }

    /// Ours opens it.
    fn opened(&mut self, world: &World, delivery: &[u8]) {
        assert_eq!(self.push(world, delivery), None);
    }

    /// The program says of each the same.
    fn judge(self, meeting: &Meeting) {
        let answers = meeting.program.ask("open", &self.requests);
        for (n, (reason, answer)) in self.reasons.iter().zip(answers).enumerate() {
            assert_eq!(answer["refused"].as_str(), *reason, "{n}: {answer} {}", self.requests[n]["delivery"]);
        }
    }
}
