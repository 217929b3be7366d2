//! What do a message's parts look like, from the header to the post, and what opens it?
//! It must never know a frame.

use liaison_keys::cbor;
use liaison_keys::directory::Category;
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash};
use liaison_keys::prekey::Slot;
use liaison_keys::signing::Receipt;
use liaison_proto::Lane;
use liaison_proto::envelope::{
    Attachment, CheckpointProof, Claims, LeftOut, LeftOutReason, Outgoing, Post, Posted, Recipient, Sealed,
    seal,
};
use liaison_proto::message::{CaseId, Content, Status};
use liaison_proto::receipt::{self, Accepted, DeviceReceipt, DeviceState};
use liaison_proto::scope::Scope;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use super::Sample;
use crate::world::{World, device, key, name, prekey};

const SENDER: &str = "xa/operations/1";
const READER: &str = "xb/operations/1";
const COMMON: &str = r#"{"subject":"Exercise: line check","lang":"en","handling":{"tlp":"amber"},
    "not_known":["incident.cause"],"refs":[{"system":"ticket","id":"42"}]}"#;
const OWN: &str = r#"{"text":"Exercise. All is well."}"#;

/// All of them.
pub(super) fn samples(world: &World) -> Vec<Sample> {
    let (posted, claims) = posted(world);
    let post = Post::from_bytes(posted.bytes.clone()).unwrap();
    let mut samples = parts(world, &post, &claims, &posted);
    samples.extend(scopes());
    samples.push(all_claims(claims));
    samples.push(relay_receipt(world, &post));
    let body = receipt::encode(vec![delivered(posted.hh), delivered(HeaderHash::new([2; 32]))]);
    let about = "The body of a receipt/1 message with two receipts.";
    let sample = Sample::new("receipts", "6.2", Some("receipts"), about, body);
    samples.push(
        sample
            .with("hh", posted.hh)
            .with("hh 2", HeaderHash::new([2; 32]))
            .with("time ms", 1_767_230_000_500_u64),
    );
    samples
}

/// The message of all samples, sealed to the two devices of xb's office.
pub fn posted(world: &World) -> (Posted, Claims) {
    let content = Content::compose(
        name("general/1"),
        serde_json::from_str(COMMON).unwrap(),
        serde_json::from_str(OWN).unwrap(),
    );
    let claims = Claims {
        signer: (device(SENDER, 1), name(SENDER)),
        template: name("general/1"),
        scope: Scope::bilateral([name(READER)]).unwrap(),
        status: Status::Exercise,
        created_ms: world.now * 1000 + 250,
        checkpoint: CheckpointProof { note: world.note().into(), head: Some(world.head().into()) },
        body: content.unwrap().encode().into(),
        in_reply_to: None,
        case: Some(CaseId::new(*UUID.as_bytes())),
        attachments: None,
        left_out: None,
    };
    let prekeys = [1, 2].map(|n| (device(READER, n), prekey(READER, n, Slot::Current).public()));
    let counter = (world.now << 32) | 5;
    let recipients =
        prekeys.each_ref().map(|(device, prekey)| Recipient { device: *device, prekey, counter });
    let outgoing = Outgoing {
        network: world.network(),
        key: &key("xa/operations/1 signing 1"),
        id: UUID,
        lane: Lane::Immediate,
        expires: world.now + 3 * 86_400,
        claims: &claims,
        recipients: &recipients,
    };
    (seal(&outgoing, &mut ChaCha20Rng::from_seed([0x5e; 32])).unwrap(), claims)
}

fn parts(world: &World, post: &Post, claims: &Claims, posted: &Posted) -> Vec<Sample> {
    let (network, key) = (world.network(), hex::encode(posted.content_key.expose()));
    let sample = |name, section, rule, about, bytes| Sample::new(name, section, Some(rule), about, bytes);
    let about = "A header, which is all that a relay learns besides the wraps' devices.";
    let header = sample("header", "5.2", "header", about, post.header_bytes().to_vec())
        .with("content key", &key)
        .with("hh", posted.hh);
    let about = "What the sender signed: the COSE_Sign1 inside the body.";
    let message = sample("message", "5.4", "message", about, signed(world, post))
        .with("network", network)
        .with("status", claims.status as u8)
        .with("header", hex::encode(post.header_bytes()))
        .seed("xa/operations/1 signing 1");
    let about = "A post for two devices. Entropy: the ChaCha20 generator (djb's, 20 rounds) from its seed gives the \
                 content key, and then what each encapsulation takes.";
    let whole = sample("post", "5.1", "post", about, post.as_bytes().to_vec())
        .with("entropy seed", "5e".repeat(32))
        .with("content key", &key)
        .with("hh", posted.hh)
        .with("sha-256 of the post", post.digest());
    let about =
        "What the relay hands to the first device. Its prekey opens it; the text is what the message says.";
    let mine = post.devices().iter().position(|id| *id == device(READER, 1)).unwrap();
    let delivery = sample("delivery", "5.1", "delivery", about, post.delivery(mine).unwrap())
        .with("network", network)
        .with("content key", &key)
        .with("counter", (world.now << 32) | 5)
        .with("text", "Exercise. All is well.")
        .seed("xb/operations/1 prekey 1 Current");
    let about = "The fields of a message, in claim 9.";
    let content = sample("content", "5.6", "content", about, claims.body.to_vec())
        .with("common", compact(COMMON))
        .with("own", OWN);
    vec![header, message, whole, delivery, content]
}

/// The COSE_Sign1, as the recipient finds it.
fn signed(world: &World, post: &Post) -> Vec<u8> {
    let mine = post.devices().iter().position(|id| *id == device(READER, 1)).unwrap();
    let addressed =
        Sealed::from_bytes(&post.delivery(mine).unwrap()).unwrap().addressed_to(device(READER, 1));
    let secret = prekey(READER, 1, Slot::Current);
    let opened = addressed.unwrap().decapsulate(&secret, world.network()).unwrap().unseal().unwrap().unpad();
    let sender = crate::world::public("xa/operations/1 signing 1");
    opened.unwrap().verify(&sender, world.network()).unwrap().signed.to_bytes()
}

/// Claims with every optional one.
fn all_claims(claims: Claims) -> Sample {
    let attachment = Attachment {
        name: "list.csv".into(),
        media_type: "text/csv".into(),
        size: 12,
        ciphertext: [1; 32],
        key: [2; 32],
    };
    let claims = Claims {
        in_reply_to: Some(HeaderHash::new([3; 32])),
        attachments: Some(vec![attachment]),
        left_out: Some(vec![LeftOut { device: DeviceId::new([4; 16]), reason: LeftOutReason::NoPrekey }]),
        ..claims
    };
    let about = "Claims with everything that is optional, before they are signed.";
    Sample::new("claims", "5.4", Some("message-claims"), about, cbor::encode(&claims))
}

fn scopes() -> Vec<Sample> {
    let (north, south) = (name("group:xr-north"), name("group:xr-south"));
    let bilateral = Scope::bilateral([name("xb/single/2"), name("xb/operations/1")]).unwrap();
    let regional =
        Scope::regional([south, north], [Category::Operations, Category::Diplomatic], true).unwrap();
    [("bilateral", bilateral), ("regional", regional), ("global", Scope::global([]))]
        .map(|(kind, scope)| {
            let json = serde_json::to_string(&scope).unwrap();
            let about = format!("A {kind} scope.");
            Sample::new(&format!("scope-{kind}"), "4", Some("scope"), &about, cbor::encode(&scope))
                .with("scope", json)
        })
        .into()
}

/// The relay's word for the post.
pub(super) fn relay_receipt(world: &World, post: &Post) -> Sample {
    let relay = key::<Receipt>("relay receipt");
    let accepted = Accepted {
        relay: relay.public().kid(),
        hh: post.hh(),
        post: post.digest(),
        count: post.devices().len() as u64,
        time: world.now + 1,
        log_size: world.size(),
    };
    let about = "The relay's receipt for the post.";
    Sample::new("relay-receipt", "6.1", Some("relay-receipt"), about, accepted.sign(&relay, world.network()))
        .with("network", world.network())
        .with("hh", accepted.hh)
        .with("sha-256 of the post", accepted.post)
        .with("count", accepted.count)
        .with("time", accepted.time)
        .with("log size", accepted.log_size)
        .seed("relay receipt")
}

fn delivered(hh: HeaderHash) -> DeviceReceipt {
    DeviceReceipt { hh, state: DeviceState::Delivered, time_ms: 1_767_230_000_500 }
}

fn compact(json: &str) -> String {
    serde_json::from_str::<serde_json::Value>(json).unwrap().to_string()
}

/// A UUID of version 7.
const UUID: EnvelopeId = EnvelopeId::new([
    0x01, 0x9b, 0x76, 0xd0, 0x40, 0x00, 0x7a, 0xbc, 0x8d, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
]);
