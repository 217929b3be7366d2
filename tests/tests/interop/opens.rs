//! Does the program read in an envelope of ours what was said? It must never know an envelope that should not open.

use std::collections::BTreeSet;

use liaison_keys::cbor;
use liaison_keys::names::{EnvelopeId, HeaderHash};
use liaison_keys::prekey::{Bundle, Slot};
use liaison_keys::sealing::PrekeyPublic;
use liaison_keys::signing::Device;
use liaison_proto::Lane;
use liaison_proto::envelope::{Claims, LeftOut, LeftOutReason, Outgoing, Post, Posted, Recipient, seal};
use liaison_proto::message::{CaseId, Content, Status};
use liaison_proto::scope::Scope;
use rand_chacha::ChaCha20Rng;
use rand_core::Rng as _;
use serde_json::{Value, json};

use crate::forge::{LIVES_S, Press, Reader, content, to};
use crate::scene::{self, SENDER, below};
use crate::world::{World, device, key, name, prekey, public};
use crate::{Check, Meeting};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("every-kind-of-scope", every_kind_of_scope),
    ("every-length-of-padding", every_length_of_padding),
    ("all-that-may-stand-beside-a-text", all_that_may_stand_beside_a_text),
    ("loopback", loopback),
    ("receipts", receipts),
    ("waits-for-a-longer-log", waits_for_a_longer_log),
];

fn every_kind_of_scope(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let entropy = &mut meeting.entropy;
    let messages = scene::scopes().into_iter().map(|(scope, _)| claims(&world, scope, entropy)).collect();
    opens_at_some(meeting, &world, messages);
}

fn every_length_of_padding(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let messages = scene::LENGTHS.map(|chars| {
        let mut claims = claims(&world, to(&["xb/operations/1"]), &mut meeting.entropy);
        let text = scene::words(&mut meeting.entropy, chars);
        claims.body = content("general/1", &json!({ "text": text }).to_string()).into();
        claims
    });
    opens_at_some(meeting, &world, messages.into());
}

fn all_that_may_stand_beside_a_text(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let mut claims = claims(&world, to(&["xb/operations/1"]), &mut meeting.entropy);
    let common = r#"{"subject":"Exercise","lang":"en","handling":{"tlp":"amber"},"not_known":["cause"],
        "refs":[{"id":"42","system":"ticket"}],"later":{"a":[1,-9007199254740991,true]}}"#;
    let (common, own) =
        (serde_json::from_str(common).unwrap(), serde_json::from_str(r#"{"text":"t"}"#).unwrap());
    claims.body = Content::compose(name("general/1"), common, own).unwrap().encode().into();
    claims.in_reply_to = Some(HeaderHash::new(random(&mut meeting.entropy)));
    claims.case = Some(CaseId::new(random(&mut meeting.entropy)));
    let left_out = device("xb/operations/1", 2);
    claims.left_out = Some(vec![LeftOut { device: left_out, reason: LeftOutReason::NoPrekey }]);
    opens_at_some(meeting, &world, vec![claims]);
}

fn loopback(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let claims = claims(&world, to(&[SENDER]), &mut meeting.entropy);
    opens_at_some(meeting, &world, vec![claims]);
}

fn receipts(meeting: &mut Meeting) {
    use liaison_proto::receipt::{self, DeviceReceipt, DeviceState};
    let world = scene::network(&mut meeting.entropy);
    let mut claims = claims(&world, to(&["xb/operations/1"]), &mut meeting.entropy);
    let hh = HeaderHash::new(random(&mut meeting.entropy));
    let lines =
        vec![DeviceReceipt { hh, state: DeviceState::Delivered, time_ms: meeting.entropy.next_u64() }];
    (claims.template, claims.body) = (name(receipt::TEMPLATE), receipt::encode(lines).into());
    opens_at_some(meeting, &world, vec![claims]);
}

fn waits_for_a_longer_log(meeting: &mut Meeting) {
    let mut world = scene::network(&mut meeting.entropy);
    let behind = scene::log_of(&world);
    world.advance(60).device("xb/diplomatic/1", 2);
    let press = Press::new(&world, to(&["xb/operations/1"]));
    let mut request = scene::opening(&world, ("xb/operations/1", 1), &press.delivery());
    request["entries"] = behind["entries"].clone();
    assert_eq!(meeting.program.ask_one("open", request), json!({ "waits": world.size() }));
}

/// Claims of the sender's, with a random text, status and time.
pub(crate) fn claims(world: &World, scope: Scope, entropy: &mut ChaCha20Rng) -> Claims {
    let mut claims = Press::by(world, (SENDER, 1), scope).claims;
    let text = scene::some_words(entropy);
    claims.status = [Status::Actual, Status::Exercise, Status::Test][below(entropy, 3) as usize];
    claims.created_ms = world.now * 1000 + below(entropy, 1000);
    claims.body = content("general/1", &json!({ "text": text }).to_string()).into();
    claims
}

/// Seals as a station does, to whom the scope means. Our own reader opens it, and the program says the same: of the
/// first and the last device of each.
fn opens_at_some(meeting: &mut Meeting, world: &World, messages: Vec<Claims>) {
    let (mut requests, mut expected) = (Vec::new(), Vec::new());
    for claims in messages {
        let sealed = Envelope::seal(world, claims, &mut meeting.entropy);
        let post = Post::from_bytes(sealed.posted.bytes.clone()).unwrap();
        for index in BTreeSet::from([0, post.devices().len() - 1]) {
            let (office, n) = scene::holder(world, post.devices()[index]);
            let delivery = post.delivery(index).unwrap();
            let ours = Reader::of_device(world, &office, n).verified(&delivery);
            assert_eq!(ours.counter, sealed.counter(index));
            requests.push(scene::opening(world, (&office, n), &delivery));
            expected.push(json!({ "opened": sealed.facts(&post, index) }));
        }
    }
    assert_eq!(meeting.program.ask("open", &requests), expected);
}

/// An envelope of ours, and what is in it.
struct Envelope {
    claims: Claims,
    id: EnvelopeId,
    lane: Lane,
    first_counter: u64,
    posted: Posted,
}

impl Envelope {
    fn seal(world: &World, claims: Claims, entropy: &mut ChaCha20Rng) -> Self {
        let at = world.directory().at_checkpoint(world.size(), world.now);
        let mut meant = liaison_proto::recipients::recipients(at, &claims.scope, claims.signer.0).unwrap();
        claims.left_out().for_each(|one| _ = meant.remove(&one.device));
        let prekeys: Vec<(_, PrekeyPublic)> =
            meant.into_iter().map(|device| (device, picked(world, device))).collect();
        let (id, first_counter) = (EnvelopeId::new(random(entropy)), entropy.next_u64() >> 1);
        let lane = Lane::URGENT_FIRST[below(entropy, 4) as usize];
        let numbered = prekeys.iter().zip(first_counter..);
        let recipients: Vec<Recipient<'_>> = numbered
            .map(|((device, prekey), counter)| Recipient { device: *device, prekey, counter })
            .collect();
        let outgoing = Outgoing {
            network: world.network(),
            key: &key::<Device>(&format!("{SENDER} signing 1")),
            id,
            lane,
            expires: world.now + LIVES_S,
            claims: &claims,
            recipients: &recipients,
        };
        let posted = seal(&outgoing, entropy).unwrap();
        Self { claims, id, lane, first_counter, posted }
    }

    /// Devices ascend, and so do the counters.
    fn counter(&self, index: usize) -> u64 {
        self.first_counter + index as u64
    }

    /// What whoever opens it must find.
    fn facts(&self, post: &Post, index: usize) -> Value {
        let claims = &self.claims;
        let content = Content::decode(claims.template.clone(), &claims.body).ok();
        let left_out =
            claims.left_out().map(|one| json!([one.device.to_string(), cbor::encode(&one.reason)[0]]));
        json!({
            "hh": self.posted.hh.to_string(),
            "id": self.id.to_string(),
            "lane": self.lane.number(),
            "created_ms": claims.created_ms,
            "expires": post.header().expires,
            "count": post.devices().len(),
            "counter": self.counter(index).to_string(),
            "signer": [claims.signer.0.to_string(), claims.signer.1.to_string()],
            "template": claims.template.to_string(),
            "scope": hex::encode(cbor::encode(&claims.scope)),
            "status": claims.status as u8,
            "common": content.as_ref().map(|content| json!(content.common().fields())),
            "own": content.as_ref().map(|content| json!(content.own())),
            "body": hex::encode(claims.body.as_slice()),
            "in_reply_to": claims.in_reply_to.map(|hh| hh.to_string()),
            "case": claims.case.map(|case| hex::encode(case.as_bytes())),
            "left_out": left_out.collect::<Vec<_>>(),
        })
    }
}

/// The prekey that a sender takes for a device: its bundle is verified, as a station does.
fn picked(world: &World, device: liaison_keys::names::DeviceId) -> PrekeyPublic {
    let (office, n) = scene::holder(world, device);
    let (_, bundle) = world.prekeys(&office, n);
    let key = public(&format!("{office} signing {n}"));
    let bundle = Bundle::verify(&bundle, &key, world.network()).unwrap();
    let picked = bundle.pick(world.now).unwrap().public.clone();
    assert_eq!(picked.kid(), prekey(&office, n, Slot::Current).public().kid());
    picked
}

pub(crate) fn random<const N: usize>(entropy: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill_bytes(&mut bytes);
    bytes
}
