//! Does ours read in an envelope of the program's what was said, with every step of opening?
//! It must never know an envelope that ours made.

use liaison_keys::prekey::{CURRENT_LIVES_S, Slot};
use liaison_proto::envelope::{LeftOutReason, Payload, Post, Reason, Sealed, VerifiedMessage};
use liaison_proto::recipients::recipients;
use liaison_proto::scope::Scope;
use rand_core::Rng as _;
use serde_json::{Value, json};

use crate::forge::{LIVES_S, Reader, to};
use crate::program::Program;
use crate::scene::{self, SENDER, below};
use crate::world::{World, device, prekey};
use crate::{Check, Meeting};

pub(crate) const CHECKS: &[(&str, Check)] = &[
    ("every-kind-of-scope", every_kind_of_scope),
    ("every-length-of-padding", every_length_of_padding),
    ("for-fallback-prekeys", for_fallback_prekeys),
    ("for-all-but-those-without-prekeys", for_all_but_those_without_prekeys),
    ("under-another-status", under_another_status),
];

/// What only the Python program makes.
pub(crate) const BY_HAND: &[(&str, Check)] = &[("with-shares-of-low-order", with_shares_of_low_order)];

fn every_kind_of_scope(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let meant = scene::scopes().map(|(scope, json)| (scope, request(meeting, &world, json)));
    opens_everywhere(meeting, &world, &meant);
}

fn every_length_of_padding(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let meant = scene::LENGTHS.map(|chars| {
        let mut request = request(meeting, &world, json!([1, ["xb/operations/1"]]));
        request["own"]["text"] = scene::words(&mut meeting.entropy, chars).into();
        (to(&["xb/operations/1"]), request)
    });
    opens_everywhere(meeting, &world, &meant);
}

/// CURRENT has ended everywhere, and the bundles were not renewed.
fn for_fallback_prekeys(meeting: &mut Meeting) {
    let mut world = scene::network(&mut meeting.entropy);
    let bundles = bundles(&world, &scene::everybody(&world));
    world.advance(CURRENT_LIVES_S);
    let mut request = request(meeting, &world, json!([1, ["xb/operations/1"]]));
    request["bundles"] = bundles;
    let post = make(meeting, &[request]).remove(0);
    let mut reader = Reader::of(&world, "xb/operations/1");
    reader.secrets.retain(|(kid, _)| *kid == prekey("xb/operations/1", 1, Slot::Fallback).public().kid());
    let index = post.devices().iter().position(|id| *id == device("xb/operations/1", 1)).unwrap();
    reader.verified(&post.delivery(index).unwrap());
}

fn for_all_but_those_without_prekeys(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let without = [("xb/operations/1", 2), (SENDER, 2)];
    let mut with = scene::everybody(&world);
    with.retain(|(office, n)| !without.contains(&(office.as_str(), *n)));
    let mut request = request(meeting, &world, json!([3, []]));
    request["bundles"] = bundles(&world, &with);
    let post = make(meeting, &[request]).remove(0);
    let index = below(&mut meeting.entropy, post.devices().len() as u64) as usize;
    let (office, n) = scene::holder(&world, post.devices()[index]);
    let message = Reader::of_device(&world, &office, n).verified(&post.delivery(index).unwrap());
    let mut left_out = without.map(|(office, n)| device(office, n));
    left_out.sort_unstable();
    assert_eq!(message.left_out.iter().map(|one| one.device).collect::<Vec<_>>(), left_out);
    assert!(message.left_out.iter().all(|one| one.reason == LeftOutReason::NoPrekey));
}

/// An exercise that is signed as real, and the other way round.
fn under_another_status(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let requests = [(0, 1), (1, 0), (2, 0)].map(|(status, signed_as)| {
        let mut request = request(meeting, &world, json!([1, ["xb/operations/1"]]));
        (request["status"], request["signed_as"]) = (status.into(), signed_as.into());
        request
    });
    for post in make(meeting, &requests) {
        for index in 0..post.devices().len() {
            let (office, n) = scene::holder(&world, post.devices()[index]);
            let reason = Reader::of_device(&world, &office, n).refused(&post.delivery(index).unwrap());
            assert_eq!(reason, Reason::Signature);
        }
    }
}

/// Wraps whose X25519 share is zero, and which are right in all else: the same by hand with an honest share opens.
fn with_shares_of_low_order(meeting: &mut Meeting) {
    let world = scene::network(&mut meeting.entropy);
    let requests = ["honest", "zero"].map(|by_hand| {
        let mut request = request(meeting, &world, json!([1, ["xb/operations/1"]]));
        request["by_hand"] = by_hand.into();
        request
    });
    let reader = Reader::of(&world, "xb/operations/1");
    let posts = make(meeting, &requests);
    let [honest, zero] = [0, 1].map(|n: usize| {
        let index = posts[n].devices().iter().position(|id| *id == device("xb/operations/1", 1)).unwrap();
        posts[n].delivery(index).unwrap()
    });
    reader.verified(&honest);
    assert_eq!(reader.refused(&zero), Reason::Decapsulation);
    for program in Program::all().iter().filter(|program| program.missing().is_none()) {
        let opening = |delivery: &[u8]| scene::opening(&world, ("xb/operations/1", 1), delivery);
        let answers = program.ask("open", &[opening(&honest), opening(&zero)]);
        assert!(answers[0]["opened"].is_object(), "{}: {}", program.language, answers[0]);
        assert_eq!(answers[1]["refused"], "decapsulation", "{}", program.language);
    }
}

/// A request for a message of the sender's with random words, lane, status and time.
fn request(meeting: &mut Meeting, world: &World, scope: Value) -> Value {
    let entropy = &mut meeting.entropy;
    let mut request = scene::log_of(world);
    let text = scene::some_words(entropy);
    let fresh = json!({
        "seed": liaison_keys::names::Digest::of(format!("{SENDER} signing 1").as_bytes()).to_string(),
        "note": hex::encode(world.note()),
        "head": hex::encode(world.head()),
        "bundles": bundles(world, &scene::everybody(world)),
        "scope": scope,
        "status": below(entropy, 3),
        "lane": below(entropy, 4),
        "template": "general/1",
        "common": { "subject": "Exercise", "lang": "en", "handling": { "tlp": "amber" } },
        "own": { "text": text },
        "created_ms": world.now * 1000 + below(entropy, 1000),
        "lives_s": LIVES_S,
        "counter": entropy.next_u64().to_string(),
        "case": hex::encode(crate::opens::random::<16>(entropy)),
    });
    request.as_object_mut().unwrap().extend(fresh.as_object().unwrap().clone());
    request
}

fn bundles(world: &World, devices: &[(String, u32)]) -> Value {
    devices.iter().map(|(office, n)| hex::encode(world.prekeys(office, *n).1)).collect::<Vec<_>>().into()
}

/// A post for each request, as a relay takes it.
fn make(meeting: &Meeting, requests: &[Value]) -> Vec<Post> {
    let made = meeting.program.ask("make", requests).into_iter().map(|answer| {
        let post = answer["post"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let post = Post::from_bytes(hex::decode(post).unwrap()).unwrap();
        assert_eq!(answer["hh"], post.hh().to_string());
        assert_eq!(answer["devices"], json!(post.devices()));
        post
    });
    made.collect()
}

/// Each is sealed to exactly whom its scope means, and opened by each of them.
fn opens_everywhere(meeting: &Meeting, world: &World, meant: &[(Scope, Value)]) {
    let requests: Vec<Value> = meant.iter().map(|(_, request)| request.clone()).collect();
    for (post, (scope, request)) in make(meeting, &requests).iter().zip(meant) {
        let at = world.directory().at_checkpoint(world.size(), world.now);
        let devices = recipients(at, scope, device(SENDER, 1)).unwrap();
        assert_eq!(post.devices(), devices.into_iter().collect::<Vec<_>>());
        for index in 0..post.devices().len() {
            let (office, n) = scene::holder(world, post.devices()[index]);
            let delivery = post.delivery(index).unwrap();
            let current = prekey(&office, n, Slot::Current).public().kid();
            let addressed = Sealed::from_bytes(&delivery).unwrap().addressed_to(device(&office, n)).unwrap();
            assert_eq!(addressed.kid(), current, "CURRENT comes before FALLBACK");
            says(&Reader::of_device(world, &office, n).verified(&delivery), scope, request);
        }
    }
}

fn says(message: &VerifiedMessage, scope: &Scope, request: &Value) {
    let Payload::Content(content) = &message.payload else { panic!("no content") };
    assert_eq!(json!(content.own()), request["own"]);
    assert_eq!(json!(content.common().fields()), request["common"]);
    assert_eq!(&message.scope, scope);
    assert_eq!((message.device, message.office.to_string()), (device(SENDER, 1), SENDER.to_owned()));
    assert_eq!(request["status"], message.status as u8);
    assert_eq!(request["lane"], message.lane.number());
    assert_eq!(request["created_ms"], message.created_ms);
    assert_eq!(request["created_ms"].as_u64().unwrap() / 1000 + LIVES_S, message.expires);
    assert_eq!(request["counter"], message.counter.to_string());
    assert_eq!(request["case"], hex::encode(message.case.unwrap().as_bytes()));
    assert_eq!((message.left_out.len(), message.directory_age_s), (0, 0));
}
