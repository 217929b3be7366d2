//! Does every right message open, at everybody whom it means, and say what was said? Bilateral, regional with and
//! without coordinators, global, loopback. It must never know a defect.

use std::collections::BTreeSet;

use liaison_keys::directory::Category;
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash};
use liaison_keys::prekey::{Bundle, Slot};
use liaison_proto::Lane;
use liaison_proto::envelope::{
    Outgoing, Payload, Post, Posted, Recipient, SealError, Standing, VerifiedMessage, seal,
};
use liaison_proto::message::{CaseId, Status};
use liaison_proto::receipt::{self, DeviceReceipt, DeviceState};
use liaison_proto::recipients::recipients;
use liaison_proto::scope::Scope;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use crate::forge::{LIVES_S, Press, Reader, region, to};
use crate::world::{World, device, key, prekey, public};

/// Seals as a station does, through the public API, to whom the scope means.
fn send(world: &World, office: &str, scope: Scope) -> (Posted, Vec<(String, u32)>) {
    let press = Press::by(world, (office, 1), scope);
    let at = world.directory().at_checkpoint(world.size(), world.now);
    let devices = recipients(at, &press.claims.scope, press.claims.signer.0).unwrap();
    let offices = offices_of(world, &devices);
    let publics: Vec<_> = offices
        .iter()
        .map(|(office, n)| {
            let (_, bundle) = world.prekeys(office, *n);
            let key = public(&format!("{office} signing {n}"));
            let bundle = Bundle::verify(&bundle, &key, world.network()).unwrap();
            (bundle.device, bundle.pick(world.now).unwrap().public.clone())
        })
        .collect();
    let recipients: Vec<_> =
        publics.iter().map(|(device, prekey)| Recipient { device: *device, prekey, counter: 3 }).collect();
    let outgoing = Outgoing {
        network: world.network(),
        key: &key(&format!("{office} signing 1")),
        id: press.header.id,
        lane: Lane::Flash,
        expires: world.now + LIVES_S,
        claims: &press.claims,
        recipients: &recipients,
    };
    (seal(&outgoing, &mut ChaCha20Rng::from_seed([1; 32])).unwrap(), offices)
}

/// Which office and number each device is.
fn offices_of(world: &World, devices: &BTreeSet<DeviceId>) -> Vec<(String, u32)> {
    let at = world.directory().now(world.now);
    let office = |id: &DeviceId| at.contact(*id).unwrap().office.to_string();
    let number = |id: &DeviceId| (1..=3).find(|n| device(&office(id), *n) == *id).unwrap();
    devices.iter().map(|id| (office(id), number(id))).collect()
}

/// Sends, and opens at everybody.
fn opens_at(world: &World, office: &str, scope: Scope) -> (Vec<(String, u32)>, Vec<VerifiedMessage>) {
    let (posted, offices) = send(world, office, scope);
    let post = Post::from_bytes(posted.bytes).unwrap();
    assert_eq!(post.devices().len(), offices.len());
    let opened = offices.iter().enumerate().map(|(index, (office, n))| {
        let message = Reader::of_device(world, office, *n).verified(&post.delivery(index).unwrap());
        assert_eq!((message.hh, message.standing, message.counter), (posted.hh, Standing::Live, 3));
        assert_eq!(message.devices.iter().copied().collect::<Vec<_>>(), post.devices());
        message
    });
    let opened = opened.collect();
    (offices, opened)
}

fn names(offices: &[(String, u32)]) -> BTreeSet<String> {
    offices.iter().map(|(office, n)| format!("{office} {n}")).collect()
}

fn set(offices: &[&str]) -> BTreeSet<String> {
    offices.iter().map(ToString::to_string).collect()
}

#[test]
fn bilateral() {
    let mut world = World::six_states();
    world.device("xb/operations/1", 2).device("xa/operations/1", 2);
    let (offices, opened) = opens_at(&world, "xa/operations/1", to(&["xb/operations/1"]));
    assert_eq!(names(&offices), set(&["xa/operations/1 2", "xb/operations/1 1", "xb/operations/1 2"]));
    let message = &opened[0];
    assert_eq!((message.lane, message.status), (Lane::Flash, Status::Exercise));
    assert_eq!(message.created_ms, world.now * 1000 + 250);
    assert_eq!((message.id, message.expires), (EnvelopeId::new([0x1d; 16]), world.now + LIVES_S));
    assert_eq!(message.directory_size, world.size());
    let Payload::Content(content) = &message.payload else { panic!() };
    assert_eq!(content.first_text(), Some("Exercise. All is well."));
    assert_eq!(message.scope, to(&["xb/operations/1"]));
}

#[test]
fn regional_with_and_without_coordinators() {
    let world = World::six_states();
    let members = ["xb/operations/1 1", "xc/operations/1 1"];
    let (offices, _) =
        opens_at(&world, "xa/operations/1", region(&["xr-north"], &[Category::Operations], false));
    assert_eq!(names(&offices), set(&members));
    let (offices, _) =
        opens_at(&world, "xa/operations/1", region(&["xr-north"], &[Category::Operations], true));
    assert_eq!(names(&offices), set(&[members[0], members[1], "org:xr-north/coordinator/1 1"]));
}

#[test]
fn global() {
    let world = World::six_states();
    let (offices, _) = opens_at(&world, "xa/operations/1", Scope::global([]));
    assert_eq!(offices.len(), 11, "twelve offices of States without the sender");
}

#[test]
fn loopback() {
    let mut world = World::six_states();
    world.device("xa/operations/1", 2);
    let (offices, opened) = opens_at(&world, "xa/operations/1", to(&["xa/operations/1"]));
    assert_eq!(names(&offices), set(&["xa/operations/1 1"]));
    assert_eq!(opened[0].device, device("xa/operations/1", 1));
}

#[test]
fn by_the_custodian_and_by_a_coordinator() {
    let world = World::six_states();
    opens_at(&world, "org:custodian/secretariat/1", Scope::global([]));
    opens_at(&world, "org:xr-north/coordinator/1", region(&["xr-north"], &[], false));
}

#[test]
fn everything_that_may_stand_beside_a_text() {
    let world = World::six_states();
    let mut press = Press::new(&world, to(&["xb/operations/1"]));
    press.claims.in_reply_to = Some(HeaderHash::new([5; 32]));
    press.claims.case = Some(CaseId::new([6; 16]));
    let attachment = liaison_proto::envelope::Attachment {
        name: "list.csv".into(),
        media_type: "text/csv".into(),
        size: 12,
        ciphertext: [1; 32],
        key: [2; 32],
    };
    press.claims.attachments = Some(vec![attachment.clone()]);
    let message = Reader::new(&world).verified(&press.delivery());
    assert_eq!(message.in_reply_to, Some(HeaderHash::new([5; 32])));
    assert_eq!(message.case, Some(CaseId::new([6; 16])));
    assert_eq!(message.attachments, [attachment]);
}

#[test]
fn receipts_are_for_the_station() {
    let world = World::six_states();
    let mut press = Press::new(&world, to(&["xb/operations/1"]));
    press.claims.template = receipt::TEMPLATE.parse().unwrap();
    let line = DeviceReceipt { hh: HeaderHash::new([1; 32]), state: DeviceState::Delivered, time_ms: 1_000 };
    press.claims.body = receipt::encode(vec![line]).into();
    let message = Reader::new(&world).verified(&press.delivery());
    assert_eq!(message.payload, Payload::Receipts(vec![line]));
}

#[test]
fn what_cannot_be_sealed_is_said() {
    let world = World::six_states();
    let press = Press::new(&world, to(&["xb/operations/1"]));
    let public = prekey("xb/operations/1", 1, Slot::Current).public();
    let one = Recipient { device: device("xb/operations/1", 1), prekey: &public, counter: 1 };
    let signer = key("xa/operations/1 signing 1");
    let attempt = |claims, expires, recipients: &[Recipient<'_>]| {
        let (network, id, lane) = (world.network(), press.header.id, Lane::Routine);
        let outgoing = Outgoing { network, key: &signer, id, lane, expires, claims, recipients };
        seal(&outgoing, &mut ChaCha20Rng::from_seed([1; 32])).map(|posted| posted.hh)
    };
    let (claims, ends) = (&press.claims, world.now + LIVES_S);
    assert!(attempt(claims, ends, &[one]).is_ok());
    assert_eq!(attempt(claims, ends, &[]), Err(SealError::Nobody));
    assert_eq!(attempt(claims, ends, &[one, one]), Err(SealError::Twice));
    assert_eq!(attempt(claims, world.now, &[one]), Err(SealError::Lifetime));
    assert_eq!(attempt(claims, world.now + 400 * 86_400 + 1, &[one]), Err(SealError::Lifetime));
    let mut long = press.claims.clone();
    long.body = vec![0; 300_000].into();
    assert!(matches!(attempt(&long, ends, &[one]), Err(SealError::TooLarge { got, .. }) if got > 300_000));
    let crowd: Vec<_> = (0..=8_192_u32)
        .map(|n| {
            let mut id = [0; 16];
            id[..4].copy_from_slice(&n.to_be_bytes());
            Recipient { device: DeviceId::new(id), ..one }
        })
        .collect();
    assert_eq!(attempt(claims, ends, &crowd), Err(SealError::TooMany { got: 8_193, max: 8_192 }));
}

/// The independent body of the forge and the station's own are the same bytes.
#[test]
fn the_forge_seals_as_the_station_does() {
    let world = World::six_states();
    let press = Press::new(&world, to(&["xb/operations/1"]));
    let header = press.header_bytes();
    for size in [0, 1, 4_094, 4_095, 4_096, 5_000, 65_535, 70_000, 262_143] {
        let signed = vec![0x55; size];
        let ours = crate::forge::seal_body(press.content_key.expose(), &header, &crate::forge::pad(&signed));
        assert_eq!(ours, liaison_keys::body::seal(&press.content_key, &header, &signed), "{size}");
    }
}
