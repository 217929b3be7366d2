//! What else does a message look like: to a region with somebody left out, as a receipt, and in its parts?
//! It must never know a frame.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload as AeadPayload};
use liaison_keys::cbor;
use liaison_keys::directory::Category;
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash};
use liaison_keys::prekey::Slot;
use liaison_keys::sealing::Wrap;
use liaison_proto::Lane;
use liaison_proto::envelope::{
    CheckpointProof, Claims, LeftOut, LeftOutReason, Outgoing, Post, Posted, Recipient, seal,
};
use liaison_proto::message::{Content, Status};
use liaison_proto::receipt::{self, DeviceReceipt, DeviceState};
use liaison_proto::recipients::recipients;
use liaison_proto::scope::Scope;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::{Sample, envelope};
use crate::world::{World, device, key, name, prekey};

const XA: &str = "xa/operations/1";
const XB: &str = "xb/operations/1";
const COORDINATOR: &str = "org:xr-north/coordinator/1";

/// All of them.
pub(super) fn samples(world: &World) -> Vec<Sample> {
    let (first, _) = envelope::posted(world);
    let post = Post::from_bytes(first.bytes.clone()).unwrap();
    let mut samples = vec![wrap(world, &first, &post), body(&first, &post)];
    samples.extend(regional(world, first.hh));
    samples.extend(receipted(world, first.hh));
    samples.extend(contents());
    samples.extend(meant(world));
    samples
}

/// One wrap of the first post.
fn wrap(world: &World, posted: &Posted, post: &Post) -> Sample {
    let (to, secret) = (device(XB, 1), prekey(XB, 1, Slot::Current));
    let mine = post.devices().iter().position(|id| *id == to).unwrap();
    let bytes = post.as_bytes()[post.wrap(mine)].to_vec();
    let kid = secret.public().kid();
    let info = cbor::encode(&("liaison-v1 wrap", world.network(), posted.hh, to, kid));
    let about = "A wrap of the post: HPKE in base mode to the prekey with this seed, with this info, gives the content \
                 key and the counter.";
    Sample::new("wrap", "5.3", Some("wrap"), about, bytes)
        .with("network", world.network())
        .with("hh", posted.hh)
        .with("device", to)
        .with("kid", kid)
        .with("info", hex::encode(info))
        .with("content key", hex::encode(posted.content_key.expose()))
        .with("counter", (world.now << 32) | 5)
        .seed("xb/operations/1 prekey 1 Current")
}

/// The body of the first post, with what is derived for it.
fn body(posted: &Posted, post: &Post) -> Sample {
    let mut derived = [0; 44];
    let hkdf = hkdf::Hkdf::<sha2::Sha256>::new(Some(posted.hh.as_bytes()), posted.content_key.expose());
    hkdf.expand(b"liaison-v1 body", &mut derived).unwrap();
    let parts: (minicbor::bytes::ByteVec, minicbor::bytes::ByteVec, Vec<Wrap>) =
        minicbor::decode(post.as_bytes()).unwrap();
    let body: Vec<u8> = parts.1.into();
    let cipher = chacha20poly1305::ChaCha20Poly1305::new(derived[..32].try_into().unwrap());
    let payload = AeadPayload { msg: &body, aad: post.header_bytes() };
    let padded = cipher.decrypt(derived[32..].try_into().unwrap(), payload).unwrap();
    let mark = padded.iter().rposition(|byte| *byte == 0x80).unwrap();
    let about =
        "The body of the post: the COSE_Sign1, padded, under the key and nonce derived from the content key.";
    Sample::new("body", "5.3", None, about, body)
        .with("header", hex::encode(post.header_bytes()))
        .with("content key", hex::encode(posted.content_key.expose()))
        .with("commitment", hex::encode(post.header().commitment))
        .with("key", hex::encode(&derived[..32]))
        .with("nonce", hex::encode(&derived[32..]))
        .with("signed", hex::encode(&padded[..mark]))
        .with("padded bytes", padded.len())
}

/// What a message is made from here.
struct Letter<'l> {
    from: &'l str,
    template: &'l str,
    scope: Scope,
    status: Status,
    body: Vec<u8>,
    to: &'l [(&'l str, u32)],
    left_out: Option<Vec<LeftOut>>,
    in_reply_to: Option<HeaderHash>,
    lane: Lane,
    seed: u8,
}

impl Letter<'_> {
    fn sealed(&self, world: &World) -> Posted {
        let claims = Claims {
            signer: (device(self.from, 1), name(self.from)),
            template: name(self.template),
            scope: self.scope.clone(),
            status: self.status,
            created_ms: world.now * 1000 + 500,
            checkpoint: CheckpointProof { note: world.note().into(), head: Some(world.head().into()) },
            body: self.body.clone().into(),
            in_reply_to: self.in_reply_to,
            case: None,
            attachments: None,
            left_out: self.left_out.clone(),
        };
        let mut prekeys: Vec<_> = self
            .to
            .iter()
            .map(|(office, n)| (device(office, *n), prekey(office, *n, Slot::Current).public()))
            .collect();
        prekeys.sort_unstable_by_key(|(device, _)| *device);
        let counter = (world.now << 32) | 6;
        let to = prekeys.iter().map(|(device, prekey)| Recipient { device: *device, prekey, counter });
        let recipients: Vec<Recipient<'_>> = to.collect();
        let outgoing = Outgoing {
            network: world.network(),
            key: &key(&format!("{} signing 1", self.from)),
            id: EnvelopeId::new([self.seed; 16]),
            lane: self.lane,
            expires: world.now + 86_400,
            claims: &claims,
            recipients: &recipients,
        };
        seal(&outgoing, &mut ChaCha20Rng::from_seed([self.seed; 32])).unwrap()
    }
}

/// What a delivery's reader needs, beside the delivery.
fn opened(sample: Sample, world: &World, reader: &str) -> Sample {
    sample
        .with("log", "exercise")
        .with("network", world.network())
        .with("device", device(reader, 1))
        .with("now", world.now + 60)
        .with("head time", world.now)
        .seed(&format!("{reader} prekey 1 Current"))
}

fn delivered(posted: &Posted, to: DeviceId) -> Vec<u8> {
    let post = Post::from_bytes(posted.bytes.clone()).unwrap();
    let mine = post.devices().iter().position(|id| *id == to).unwrap();
    post.delivery(mine).unwrap()
}

/// A test to a region and its coordinator, in reply to the first message; one device has no prekey.
fn regional(world: &World, hh: HeaderHash) -> Vec<Sample> {
    let left_out = vec![LeftOut { device: device(XB, 2), reason: LeftOutReason::NoPrekey }];
    let letter = Letter {
        from: XA,
        template: "general/1",
        scope: Scope::regional([name("group:xr-north")], [Category::Operations], true).unwrap(),
        status: Status::Test,
        body: content("general/1", "{}", r#"{"text":"Test. To the region."}"#),
        to: &[(XB, 1), (COORDINATOR, 1)],
        left_out: Some(left_out),
        in_reply_to: Some(hh),
        lane: Lane::Flash,
        seed: 0x6e,
    };
    let posted = letter.sealed(world);
    let about = "A post to a region and its coordinator, status test, lane flash; one device is left out (claim 13). \
                 Entropy as in the other post.";
    let post = Sample::new("post-regional", "5.1", Some("post"), about, posted.bytes.clone())
        .with("entropy seed", "6e".repeat(32))
        .with("content key", hex::encode(posted.content_key.expose()))
        .with("hh", posted.hh)
        .with("sha-256 of the post", liaison_keys::names::Digest::of(&posted.bytes));
    let about = "The same, as the coordinator's device gets it. `context/exercise.json` is the log that it is judged by.";
    let delivery = delivered(&posted, device(COORDINATOR, 1));
    let delivery = Sample::new("delivery-regional", "5.7", Some("delivery"), about, delivery)
        .with("content key", hex::encode(posted.content_key.expose()))
        .with("counter", (world.now << 32) | 6)
        .with("text", "Test. To the region.");
    vec![post, opened(delivery, world, COORDINATOR)]
}

/// The receipt that xb's first device sends for the first message.
fn receipted(world: &World, hh: HeaderHash) -> Vec<Sample> {
    let line = DeviceReceipt { hh, state: DeviceState::Delivered, time_ms: world.now * 1000 + 400 };
    // To xa's office, which has one device; the other device of the sender's own office gets it too.
    let letter = Letter {
        from: XB,
        template: receipt::TEMPLATE,
        scope: Scope::bilateral([name(XA)]).unwrap(),
        status: Status::Actual,
        body: receipt::encode(vec![line]),
        to: &[(XA, 1), (XB, 2)],
        left_out: None,
        in_reply_to: None,
        lane: Lane::Routine,
        seed: 0x7e,
    };
    let posted = letter.sealed(world);
    let about = "A receipt by a device: an ordinary envelope with template receipt/1. `context/exercise.json` is the \
                 log that it is judged by.";
    let delivery = delivered(&posted, device(XA, 1));
    let sample = Sample::new("delivery-receipt", "6.2", Some("delivery"), about, delivery)
        .with("content key", hex::encode(posted.content_key.expose()))
        .with("counter", (world.now << 32) | 6)
        .with("hh", hh);
    vec![opened(sample, world, XA)]
}

fn content(template: &str, common: &str, own: &str) -> Vec<u8> {
    let read = |json| serde_json::from_str(json).unwrap();
    Content::compose(name(template), read(common), read(own)).unwrap().encode()
}

/// The fields of some kinds of message.
fn contents() -> Vec<Sample> {
    [
        (
            "incident-notification",
            r#"{"stage":"update","subject":"Exercise: ports","not_known":["incident.started_at"]}"#,
            r#"{"affected":[{"people":{"max":40000,"min":12},"sector":"transport","state":"XB"}],"incident":{"report_stage":"early","severity":"high","tags":["wiper","ports"]},"summary":"Exercise. Two ports stand still."}"#,
        ),
        ("acknowledgement", "{}", r#"{"concurrence":false,"level":"in-hand","text":"We ask them."}"#),
        ("comm-check", "{}", r#"{"answer":"auto","challenge":"417 302 118 554","round":"2026-1"}"#),
    ]
    .map(|(kind, common, own)| {
        let template = format!("{kind}/1");
        let about = format!("The fields of a message of {template}, in claim 9.");
        let bytes = content(&template, common, own);
        let own = serde_json::from_str::<serde_json::Value>(own).unwrap().to_string();
        let common = serde_json::from_str::<serde_json::Value>(common).unwrap().to_string();
        Sample::new(&format!("content-{kind}"), "5.6", Some("content"), &about, bytes)
            .with("template", template)
            .with("common", common)
            .with("own", own)
    })
    .into()
}

/// To whom a scope goes: the array whose hash stands in the header.
fn meant(world: &World) -> Vec<Sample> {
    let signer = device(XA, 1);
    [
        ("bilateral", Scope::bilateral([name(XB)]).unwrap()),
        ("loopback", Scope::bilateral([name(XA)]).unwrap()),
        ("regional", Scope::regional([name("group:xr-north")], [Category::Operations], true).unwrap()),
        ("global", Scope::global([])),
    ]
    .map(|(kind, scope)| {
        let at = world.directory().at_checkpoint(world.size(), world.now);
        let devices: Vec<DeviceId> = recipients(at, &scope, signer).unwrap().into_iter().collect();
        let about = format!("The devices that a {kind} scope means, in `context/exercise.json`.");
        Sample::new(&format!("recipients-{kind}"), "4", None, &about, cbor::encode(&devices))
            .with("log", "exercise")
            .with("size", world.size())
            .with("created", world.now)
            .with("signer", signer)
            .with("scope", serde_json::to_string(&scope).unwrap())
    })
    .into()
}
