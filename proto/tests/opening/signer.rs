//! Was the signing device its office's device when it signed, and what has become of its key since? Steps 12 and 16.
//! It must never know scopes or templates.

use liaison_keys::directory::Body;
use liaison_keys::directory::body::Taking;
use liaison_keys::names::DeviceId;
use liaison_keys::signing::Device;
use liaison_proto::envelope::{CheckpointProof, Reason, Standing};

use crate::forge::{Press, Reader, SENDER, to};
use crate::world::{World, certifiers, certify, device, freeze, key, name, participation, suspend, withdraw};

fn press(world: &World) -> Press {
    Press::new(world, to(&["xb/operations/1"]))
}

/// The note and head of this moment.
fn proof(world: &World) -> CheckpointProof {
    CheckpointProof { note: world.note().into(), head: Some(world.head().into()) }
}

#[test]
fn step_12_unknown_sender() {
    let world = World::six_states();
    let mut press = press(&world);
    press.key = key::<Device>("a stranger");
    press.claims.signer.0 = press.key.public().device();
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::UnknownSender);
}

#[test]
fn step_16_wrong_office() {
    let world = World::six_states();
    let reader = Reader::new(&world);
    for office in ["xa/diplomatic/1", "xb/operations/1", "xa/operations/2"] {
        let mut press = press(&world);
        press.claims.signer.1 = name(office);
        assert_eq!(reader.refused(&press.delivery()), Reason::Signer, "{office}");
    }
}

#[test]
fn step_16_not_certified_at_its_checkpoint() {
    let mut world = World::six_states();
    let before = proof(&world);
    world.advance(60).device(SENDER, 2);
    let mut press = Press::by(&world, (SENDER, 2), to(&["xb/operations/1"]));
    Reader::new(&world).verified(&press.delivery());
    press.claims.checkpoint = before;
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Signer);
}

#[test]
fn step_16_expired_before_it_signed() {
    let mut world = World::six_states();
    let ends = world.now + 3_600;
    world.does(SENDER, &certify(SENDER, 2, ends), &certifiers(SENDER, 2));
    let press = |later| Press::by(&world, (SENDER, 2), to(&["xb/operations/1"])).later(later);
    let reader = Reader::new(&world).at(ends);
    assert_eq!(reader.verified(&press(3_599).delivery()).standing, Standing::Expired);
    // An expired device is nobody's, so its own wraps are none: the reader's is made by hand.
    let mut late = press(3_600);
    late.wrapped = [device("xb/operations/1", 1)].into();
    assert_eq!(reader.refused(&late.delivery()), Reason::Signer);
}

#[test]
fn step_16_expired_since_and_renewed_since() {
    let mut world = World::six_states();
    let ends = world.now + 3_600;
    world.does(SENDER, &certify(SENDER, 2, ends), &certifiers(SENDER, 2));
    let delivery = Press::by(&world, (SENDER, 2), to(&["xb/operations/1"])).delivery();
    assert_eq!(Reader::new(&world).at(ends - 1).verified(&delivery).standing, Standing::Live);
    assert_eq!(Reader::new(&world).at(ends).verified(&delivery).standing, Standing::Expired);
    world.does(SENDER, &certify(SENDER, 2, ends + 3_600), &certifiers(SENDER, 2));
    assert_eq!(Reader::new(&world).at(ends).verified(&delivery).standing, Standing::Live);
}

#[test]
fn step_16_revoked_before_it_signed() {
    let mut world = World::six_states();
    let press = press(&world).later(120);
    world.advance(120).revoke(SENDER, 1, None);
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Revoked);
}

#[test]
fn step_16_revoked_at_its_own_checkpoint() {
    let mut world = World::six_states();
    world.advance(120).revoke(SENDER, 1, None);
    let mut press = press(&world);
    press.wrapped = [device("xb/operations/1", 1)].into();
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::Signer);
}

#[test]
fn step_16_retired_since() {
    let mut world = World::six_states();
    let delivery = press(&world).delivery();
    world.advance(120).revoke(SENDER, 1, None);
    assert_eq!(Reader::new(&world).verified(&delivery).standing, Standing::Retired);
}

#[test]
fn step_16_stolen_proves_nothing_whenever_it_signed() {
    let mut world = World::six_states();
    let (before, after) = (press(&world).delivery(), press(&world).later(300).delivery());
    let since = world.now + 60;
    world.advance(120).revoke(SENDER, 1, Some(since));
    let reader = Reader::new(&world);
    assert_eq!(reader.verified(&before).standing, Standing::Unproven { since });
    assert_eq!(reader.verified(&after).standing, Standing::Unproven { since });
}

#[test]
fn step_16_stolen_after_all() {
    let mut world = World::six_states();
    let delivery = press(&world).delivery();
    let since = world.now;
    world.advance(120).revoke(SENDER, 1, None);
    world.advance(120).revoke(SENDER, 1, Some(since));
    assert_eq!(Reader::new(&world).verified(&delivery).standing, Standing::Unproven { since });
}

#[test]
fn a_device_is_its_key() {
    let world = World::six_states();
    let mut press = press(&world);
    press.claims.signer.0 = DeviceId::new([1; 16]);
    assert_eq!(Reader::new(&world).refused(&press.delivery()), Reason::UnknownSender);
}

#[test]
fn step_16_set_aside_or_frozen_is_disputed_until_somebody_decides() {
    let mut world = World::six_states();
    let before = press(&world).delivery();
    world.advance(60);
    let until = world.now + 3_600;
    world.does(SENDER, &suspend(SENDER, 1, until), &["xa admin"]);
    let after = press(&world).delivery();
    for delivery in [&before, &after] {
        assert_eq!(Reader::new(&world).verified(delivery).standing, Standing::Disputed);
    }
    assert_eq!(
        Reader::new(&world).at(until).verified(&before).standing,
        Standing::Live,
        "it ended by itself"
    );
    assert_eq!(
        Reader::new(&world).at(until).verified(&after).standing,
        Standing::Disputed,
        "signed meanwhile"
    );
    let mut world = World::six_states();
    let delivery = press(&world).delivery();
    world.does(SENDER, &freeze(&format!("{SENDER} signing 1")), &["custodian 1"]);
    assert_eq!(Reader::new(&world).verified(&delivery).standing, Standing::Disputed);
}

#[test]
fn step_16_an_office_or_state_that_ended_is_as_a_device_that_did() {
    let end = |subject: &str, body: &Body| {
        let mut world = World::six_states();
        let (before, after) = (press(&world).delivery(), press(&world).later(120).delivery());
        world.advance(120).does(subject, body, &["xa admin"]);
        assert_eq!(Reader::new(&world).verified(&before).standing, Standing::Retired, "{body:?}");
        assert_eq!(Reader::new(&world).refused(&after), Reason::Revoked, "{body:?}");
    };
    end(SENDER, &withdraw());
    end("xa", &participation(Taking::Left));
}
