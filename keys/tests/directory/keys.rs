//! Whose key was this before? One key, one owner, one role, for ever; and whoever brings a key must hold it.
//! It must never know who may bring keys.

use liaison_keys::directory::{Body, MemberStatus, Void};

use super::judge;
use super::world::*;

const OFFICE: &str = "xb/operations/1";
const NEW: [&str; 2] = ["xb new signing", "xb new transport"];

/// XB certifies two keys of any names, and whoever holds them is made to sign: possession is not the question.
fn certified(world: &World, [signing, transport]: [&str; 2]) -> Result<(), Void> {
    let body = certify_keys(signing, transport, world.now + LIFE_S);
    judge(world, OFFICE, &body, &["xb admin", signing, transport])
}

#[test]
fn a_device_takes_no_key_that_was_anything_else() {
    let world = World::six_states();
    assert_eq!(certified(&world, NEW), Ok(()));
    for taken in [
        "xa/operations/1 signing 1",
        "xa/operations/1 transport 1",
        "xa admin",
        "xa root 1",
        "xb root 1",
        "xb admin",
        "xb/diplomatic/1 signing 1",
        "xb/diplomatic/1 transport 1",
        "org:custodian root 1",
        "custodian 1",
        "custodian 2",
        "log",
        "relay transport",
        "relay receipt",
    ] {
        assert_eq!(certified(&world, [taken, NEW[1]]), Err(Void::KeyTaken), "{taken} signs");
        assert_eq!(certified(&world, [NEW[0], taken]), Err(Void::KeyTaken), "{taken} connects");
    }
    let swapped = ["xb/operations/1 transport 1", "xb/operations/1 signing 1"];
    assert_eq!(certified(&world, swapped), Err(Void::KeyTaken), "never one for the other");
    assert_eq!(certified(&world, [NEW[0], NEW[0]]), Err(Void::KeyTaken));
}

#[test]
fn regression_a_transport_key_stays_with_its_device() {
    let mut world = World::six_states();
    let first = device(OFFICE, 1);
    let shared = [NEW[0], "xb/operations/1 transport 1"];
    assert_eq!(certified(&world, shared), Err(Void::KeyTaken));
    world.revoke(OFFICE, 1, Some(START));
    assert_eq!(certified(&world, shared), Err(Void::KeyTaken), "a revoked key does not come back");
    let transport = public("xb/operations/1 transport 1");
    assert_eq!(world.directory().device_by_transport(&transport), Some(first));
    assert_eq!(
        certified(&world, ["xb/operations/1 signing 1", NEW[1]]),
        Err(Void::Rule),
        "nor under a new transport key"
    );
}

#[test]
fn a_device_keeps_both_its_keys_when_it_is_renewed() {
    let mut world = World::six_states();
    world.advance(LIFE_S - 1);
    let again = ["xb/operations/1 signing 1", "xb/operations/1 transport 1"];
    let by_root = ["xb root 1", again[0], again[1]];
    let body = certify_keys(again[0], again[1], world.now + LIFE_S);
    assert_eq!(judge(&world, OFFICE, &body, &by_root), Ok(()));
    let other_transport = certify_keys(again[0], NEW[1], world.now + LIFE_S);
    let signers = ["xb root 1", again[0], NEW[1]];
    assert_eq!(judge(&world, OFFICE, &other_transport, &signers), Err(Void::Rule));
}

#[test]
fn an_admin_takes_no_key_that_was_anything_else() {
    let world = World::six_states();
    let delegated = |admin: &str| {
        let body = delegate_to(&[admin], world.now + LIFE_S);
        judge(&world, "xb", &body, &["xb root 1", admin])
    };
    assert_eq!(delegated("xb admin 2"), Ok(()));
    assert_eq!(delegated("xb admin"), Ok(()), "its own, prolonged");
    let taken =
        ["xb root 1", "xa root 1", "xa admin", "custodian 1", "log", "relay transport", "relay receipt"];
    for taken in taken.into_iter().chain(["xb/operations/1 signing 1", "xb/operations/1 transport 1"]) {
        assert_eq!(delegated(taken), Err(Void::KeyTaken), "{taken}");
    }
}

#[test]
fn a_root_takes_no_key_that_was_anything_else() {
    let world = World::six_states();
    let enrolled = |root: &str| judge(&world, "xh", &enrol_with(&[root], 1), &["custodian 1", root]);
    assert_eq!(enrolled("xh root 1"), Ok(()));
    for taken in ["xa root 1", "xa admin", "custodian 2", "log", "relay transport", "relay receipt"] {
        assert_eq!(enrolled(taken), Err(Void::KeyTaken), "{taken}");
    }
    assert_eq!(enrolled("xa/operations/1 signing 1"), Err(Void::KeyTaken));
    assert_eq!(enrolled("xa/operations/1 transport 1"), Err(Void::KeyTaken));
    let own = judge(&world, "xh", &enrol_with(&["custodian 1"], 1), &["custodian 1"]);
    assert_eq!(own, Err(Void::KeyTaken), "not the custodian's own keys either");
}

#[test]
fn a_key_is_taken_for_ever() {
    let mut world = World::six_states();
    world.revoke("xa/operations/1", 1, None).advance(2 * LIFE_S);
    world.does("xb", &delegate("xb", world.now + LIFE_S), &["xb root 1", "xb admin"]).advance(86_400);
    assert_eq!(certified(&world, ["xa/operations/1 signing 1", NEW[1]]), Err(Void::KeyTaken));
    assert_eq!(certified(&world, ["xa admin", NEW[1]]), Err(Void::KeyTaken), "though it has expired");
}

#[test]
fn a_void_statement_takes_no_keys() {
    let mut world = World::six_states();
    let body = certify_keys(NEW[0], NEW[1], world.now + LIFE_S);
    let signers = ["xa admin", NEW[0], NEW[1]];
    assert_eq!(world.say(OFFICE, &body, &signers), Err(Void::Authority));
    assert_eq!(world.say("xa/operations/1", &body, &signers), Ok(()));
}

#[test]
fn whoever_brings_a_key_holds_it() {
    let world = World::six_states();
    let life = world.now + LIFE_S;
    let brought: [(&str, Body, &[&str], &[&str]); 4] = [
        (OFFICE, certify_keys(NEW[0], NEW[1], life), &["xb admin"], &NEW),
        ("xh", enrol_with(&["xh root 1", "xh root 2"], 1), &["custodian 1"], &["xh root 1", "xh root 2"]),
        ("xb", delegate_to(&["xb 2", "xb 3"], life), &["xb root 1"], &["xb 2", "xb 3"]),
        (
            OFFICE,
            certify(OFFICE, 1, life),
            &["xb admin"],
            &["xb/operations/1 signing 1", "xb/operations/1 transport 1"],
        ),
    ];
    for (subject, body, authority, keys) in brought {
        let all = [authority, keys].concat();
        assert_eq!(judge(&world, subject, &body, &all), Ok(()));
        for absent in keys {
            let signers = super::without(&all, absent);
            assert_eq!(judge(&world, subject, &body, &signers), Err(Void::NoPossession), "{absent}");
        }
    }
}

#[test]
fn key_sets_are_sorted_distinct_and_few() {
    let world = World::six_states();
    let many: Vec<String> = (1..=17).map(|n| format!("xh root {n}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let enrolled =
        |body: &Body, roots: &[&str]| judge(&world, "xh", body, &[&["custodian 1"], roots].concat());
    assert_eq!(enrolled(&enrol_with(&many[..16], 16), &many[..16]), Ok(()));
    assert_eq!(enrolled(&enrol_with(&many, 1), &many), Err(Void::Rule));
    assert_eq!(enrolled(&enrol_with(&[], 0), &[]), Err(Void::Rule));
    assert_eq!(enrolled(&enrol_with(&many[..2], 0), &many[..2]), Err(Void::Rule), "m is 0");
    assert_eq!(enrolled(&enrol_with(&many[..2], 3), &many[..2]), Err(Void::Rule), "m is above n");
    assert_eq!(enrolled(&enrol_with(&[many[0], many[0]], 1), &many[..1]), Err(Void::KeyTaken));
    let Body::Enrol(mut backwards) = enrol_with(&many[..2], 1) else { unreachable!() };
    backwards.roots.reverse();
    assert_eq!(enrolled(&Body::Enrol(backwards), &many[..2]), Err(Void::Rule));
    let nobody = delegate_to(&[], world.now + LIFE_S);
    assert_eq!(judge(&world, "xb", &nobody, &["xb root 1"]), Err(Void::Rule));
}

#[test]
fn members_and_groups_bring_no_keys() {
    // A statement that brings no keys has no room for more signatures than its authority's.
    let world = World::six_states();
    let body = group_member("xd", MemberStatus::Member);
    let signers = ["org:xr-north admin", "xd admin"];
    assert_eq!(judge(&world, "group:xr-north", &body, &signers), Err(Void::Authority));
}
