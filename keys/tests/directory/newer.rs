//! What does a statement of a kind that nobody here knows? It holds its place and sets its subject aside, if it
//! comes from who may speak. It must never know what such a kind could mean.

use liaison_keys::cbor;
use liaison_keys::directory::{MemberStatus, Statement, Void};
use liaison_keys::names::{GroupId, OfficeId, Owner};

use super::judge;
use super::world::*;

const OFFICE: &str = "xa/operations/1";

/// A statement of kind 900, next in its chain.
fn newer(world: &World, subject: &str, signers: &[&str]) -> Statement {
    let mut claims = world.claims(subject, &define_group(None), signers);
    (claims.kind, claims.body) = (900, cbor::encode(&("something", world.now)));
    sign(claims, signers)
}

fn judged(world: &World, subject: &str, signers: &[&str]) -> Result<(), Void> {
    world.directory().would_take(world.now, &newer(world, subject, signers))
}

#[test]
fn who_may_speak_for_the_subject_and_nobody_else() {
    let world = World::six_states();
    for (subject, right) in [
        (OFFICE, "xa admin"),
        (OFFICE, "xa root 1"),
        ("xa", "xa admin"),
        ("xa/never-nominated/9", "xa admin"),
        ("org:xr-north", "org:xr-north root 1"),
        ("group:xr-north", "custodian 1"),
        ("network", "custodian 2"),
    ] {
        assert_eq!(judged(&world, subject, &[right]), Ok(()), "{subject} by {right}");
        assert_eq!(judged(&world, subject, &["stranger"]), Err(Void::Authority), "{subject}");
        assert_eq!(judged(&world, subject, &["xb admin"]), Err(Void::Authority), "{subject}");
        assert_eq!(judged(&world, subject, &["log"]), Err(Void::Authority), "{subject}");
    }
    assert_eq!(judged(&world, "xa", &["custodian 1"]), Err(Void::Authority));
    assert_eq!(judged(&world, OFFICE, &["xa/operations/1 signing 1"]), Err(Void::Authority));
    assert_eq!(judged(&world, "group:xr-north", &["org:xr-north admin"]), Err(Void::Authority));
    assert_eq!(judged(&world, "xz", &["xz root 1"]), Err(Void::Authority), "not enrolled");
    let with_others = ["xa admin", "xb admin", "a key that it brings"];
    assert_eq!(judged(&world, "xa", &with_others), Ok(()), "others may stand beside");
}

#[test]
fn regression_one_key_of_a_root_of_two_sets_nothing_aside() {
    let mut world = World::with(genesis(2));
    let roots = ["xg root 1", "xg root 2", "xg root 3"];
    let all = [["custodian 1", "custodian 2"].as_slice(), &roots].concat();
    world.does("xg", &enrol_with(&roots, 2), &all);
    assert_eq!(judged(&world, "xg", &roots[..1]), Err(Void::Authority));
    assert_eq!(judged(&world, "xg", &["xg root 1", "stranger"]), Err(Void::Authority));
    assert_eq!(judged(&world, "xg", &roots[1..]), Ok(()));
    assert_eq!(judged(&world, "network", &["custodian 1"]), Err(Void::Authority));
    assert_eq!(judged(&world, "network", &["custodian 1", "custodian 2"]), Ok(()));
}

#[test]
fn it_is_signed_and_placed_like_any_other() {
    let world = World::six_states();
    let mut claims = newer(&world, OFFICE, &["xa admin"]).claims().clone();
    assert_eq!(
        world.directory().would_take(world.now, &Statement::unsigned(claims.clone())),
        Err(Void::Signers)
    );
    claims.version = 0;
    let beside = sign(claims.clone(), &["xa admin"]);
    assert_eq!(world.directory().would_take(world.now, &beside), Err(Void::Chain));
    let mut bytes = newer(&world, OFFICE, &["xa admin"]).to_bytes();
    *bytes.last_mut().unwrap() ^= 1;
    let bad = Statement::from_bytes(&bytes).unwrap();
    assert_eq!(world.directory().would_take(world.now, &bad), Err(Void::Signature));
    let late = newer(&world, OFFICE, &["xa admin"]);
    assert_eq!(world.directory().would_take(world.now + 8 * 86_400, &late), Err(Void::Made));
}

#[test]
fn an_office_is_set_aside_and_its_chain_goes_on() {
    let mut world = World::six_states();
    let office: OfficeId = name(OFFICE);
    let (version, _) = world.directory().next(&name(OFFICE));
    assert_eq!(world.log(&newer(&world, OFFICE, &["xa admin"])), Ok(()));
    assert_eq!(world.directory().next(&name(OFFICE)).0, version + 1);
    let at = world.directory().now(world.now);
    assert_eq!(at.office(&office), None);
    assert_eq!(at.contacts_of(&office).count(), 0);
    assert_eq!(at.contact(device(OFFICE, 1)), None);
    assert_eq!(at.contact_by_transport(&public("xa/operations/1 transport 1")), None);
    assert_eq!(at.contacts().count(), 14, "the others stand");
    let before = world.directory().at(world.size() - 1, world.now);
    assert_eq!(before.contacts_of(&office).count(), 1);
    world.device(OFFICE, 2);
    let at = world.directory().now(world.now);
    assert_eq!(at.contacts_of(&office).count(), 0, "what is known later does not undo what is not");
    assert_eq!(judge(&world, OFFICE, &revoke(OFFICE, 1, None), &["xa admin"]), Ok(()));
}

#[test]
fn an_owner_a_group_is_set_aside() {
    let mut world = World::six_states();
    assert_eq!(world.log(&newer(&world, "xa", &["xa root 1"])), Ok(()));
    assert_eq!(world.log(&newer(&world, "group:xr-south", &["custodian 1"])), Ok(()));
    let at = world.directory().now(world.now);
    assert!(at.owner(&name::<Owner>("xa")).is_none());
    assert_eq!(at.contacts().filter(|contact| contact.office.owner == name("xa")).count(), 0);
    assert_eq!(at.contacts().count(), 13);
    let south: GroupId = name("group:xr-south");
    assert_eq!((at.group(&south), at.members(&south).count()), (None, 0));
    let named = group_member("xa", MemberStatus::Member);
    assert_eq!(judge(&world, "group:xr-south", &named, &["org:xr-south admin"]), Ok(()));
}

#[test]
fn a_strangers_unknown_kind_changes_nothing() {
    let mut world = World::six_states();
    let next = world.directory().next(&name(OFFICE));
    for signer in ["stranger", "xb admin", "xb root 1", "custodian 1", "log"] {
        assert_eq!(world.log(&newer(&world, OFFICE, &[signer])), Err(Void::Authority), "{signer}");
    }
    assert_eq!(world.directory().next(&name(OFFICE)), next);
    assert_eq!(world.directory().now(world.now).contacts().count(), 15);
}

#[test]
fn regression_the_past_stays_when_more_is_not_understood() {
    let mut world = World::six_states();
    for _ in 0..2 {
        world.advance(60);
        assert_eq!(world.log(&newer(&world, OFFICE, &["xa admin"])), Ok(()));
    }
    let between = world.directory().at(world.size() - 1, world.now);
    assert_eq!(between.contacts_of(&name(OFFICE)).count(), 0, "set aside by the first of the two");
}

#[test]
fn an_unknown_kind_brings_no_key_and_no_power() {
    let mut world = World::six_states();
    let signers = ["xa admin", "a key that it brings"];
    assert_eq!(world.log(&newer(&world, "xa", &signers)), Ok(()));
    let by = judge(&world, "xa/technical/1", &nominate("xa/technical/1"), &["a key that it brings"]);
    assert_eq!(by, Err(Void::Authority));
    assert_eq!(world.directory().now(world.now).admins(&name("xa")), [public("xa admin")]);
}
