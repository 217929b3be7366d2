//! When does it count? Delays, lives, late and early logging, and the past as it was.
//! It must never know the clock: time is what the log wrote.

use liaison_keys::directory::rules::{
    CERTIFICATE_LIVES_S_MAX, DELEGATE_DELAY_S, MADE_AFTER_S_MAX, MADE_BEFORE_S_MAX,
};
use liaison_keys::directory::{Entry, Void};

use super::judge;
use super::world::*;

const OFFICE: &str = "xa/operations/1";

#[test]
fn the_first_delegation_counts_at_once_and_the_next_after_a_day() {
    let mut world = World::six_states();
    let life = world.now + LIFE_S;
    world.does("xa", &delegate_to(&["xa admin 2"], life), &["xa root 1", "xa admin 2"]);
    let by =
        |world: &World, admin: &str| judge(world, "xa/technical/1", &nominate("xa/technical/1"), &[admin]);
    assert_eq!(by(&world, "xa admin"), Ok(()));
    assert_eq!(by(&world, "xa admin 2"), Err(Void::Authority));
    world.advance(DELEGATE_DELAY_S - 1);
    assert_eq!(by(&world, "xa admin 2"), Err(Void::Authority), "a second too soon");
    world.advance(1);
    assert_eq!(by(&world, "xa admin 2"), Ok(()));
    assert_eq!(world.directory().now(world.now - 1).admins(&name("xa")).len(), 1);
    assert_eq!(world.directory().now(world.now).admins(&name("xa")).len(), 2);
}

#[test]
fn an_admin_ends_with_its_delegation() {
    let mut world = World::found();
    world.owner("xa").advance(LIFE_S - 1);
    let by =
        |world: &World, signer: &str| judge(world, "xa/technical/1", &nominate("xa/technical/1"), &[signer]);
    assert_eq!(by(&world, "xa admin"), Ok(()));
    world.advance(1);
    assert_eq!(by(&world, "xa admin"), Err(Void::Authority));
    assert_eq!(by(&world, "xa root 1"), Ok(()), "the root does not end");
}

#[test]
fn nothing_lives_longer_than_13_months() {
    let world = World::six_states();
    let max = world.now + CERTIFICATE_LIVES_S_MAX;
    for (expires, expected) in
        [(max, Ok(())), (max + 1, Err(Void::Rule)), (u64::MAX, Err(Void::Rule)), (world.now, Err(Void::Rule))]
    {
        let certified = judge(&world, OFFICE, &certify(OFFICE, 2, expires), &certifiers(OFFICE, 2));
        assert_eq!(certified, expected, "device until {expires}");
        let delegated = judge(&world, "xa", &delegate("xa", expires), &["xa root 1", "xa admin"]);
        assert_eq!(delegated, expected, "admin until {expires}");
    }
}

#[test]
fn a_statement_lapses_unless_it_revokes() {
    let world = World::six_states();
    let nomination = world.statement("xa/technical/1", &nominate("xa/technical/1"), &["xa admin"]);
    let revocation = world.statement(OFFICE, &revoke(OFFICE, 1, None), &["xa admin"]);
    let logged = |seconds: u64, statement| world.directory().would_take(world.now + seconds, statement);
    assert_eq!(logged(MADE_BEFORE_S_MAX, &nomination), Ok(()));
    assert_eq!(logged(MADE_BEFORE_S_MAX + 1, &nomination), Err(Void::Made));
    assert_eq!(logged(MADE_BEFORE_S_MAX + 1, &revocation), Ok(()));
    assert_eq!(logged(LIFE_S / 2, &revocation), Ok(()), "a host cannot let it lapse");
}

#[test]
fn nothing_is_made_in_the_future() {
    let mut world = World::six_states();
    world.advance(MADE_AFTER_S_MAX);
    let nomination = world.statement("xa/technical/1", &nominate("xa/technical/1"), &["xa admin"]);
    let revocation = world.statement(OFFICE, &revoke(OFFICE, 1, None), &["xa admin"]);
    let logged = world.now - MADE_AFTER_S_MAX;
    assert_eq!(world.directory().would_take(logged, &nomination), Ok(()));
    let mut later = World::six_states();
    later.advance(MADE_AFTER_S_MAX + 1);
    let nomination = later.statement("xa/technical/1", &nominate("xa/technical/1"), &["xa admin"]);
    assert_eq!(world.directory().would_take(logged, &nomination), Err(Void::Made));
    assert_eq!(world.directory().would_take(logged, &revocation), Ok(()));
    let revocation = later.statement(OFFICE, &revoke(OFFICE, 1, None), &["xa admin"]);
    assert_eq!(world.directory().would_take(logged, &revocation), Err(Void::Made), "early binds it too");
}

#[test]
fn the_log_does_not_go_backwards() {
    let mut world = World::six_states();
    let statement = world.statement("xa/technical/1", &nominate("xa/technical/1"), &["xa admin"]);
    let entry = |logged| Entry::new(logged, statement.to_bytes()).to_bytes();
    assert_eq!(world.log_bytes(&entry(world.now - 1)), Err(Void::Logged));
    assert_eq!(world.log_bytes(&entry(world.now + MADE_BEFORE_S_MAX + 1)), Err(Void::Made));
    assert_eq!(world.log_bytes(&entry(world.now)), Ok(()), "a void entry moves no time");
    assert_eq!(world.directory().logged(), world.now);
}

#[test]
fn a_certificate_ends_to_the_second() {
    let world = World::six_states();
    let office = name(OFFICE);
    let certified = world.directory().now(world.now).contacts_of(&office).next().unwrap();
    let at = |now| world.directory().at(world.size(), now).contacts_of(&office).count();
    assert_eq!([at(certified.certified.time - 1), at(certified.certified.time)], [0, 1]);
    assert_eq!([at(certified.expires - 1), at(certified.expires)], [1, 0]);
    let before = world.directory().at(certified.certified.entry, world.now);
    assert_eq!(before.contacts_of(&office).count(), 0, "the log had not come that far");
    let after = world.directory().at(certified.certified.entry + 1, world.now);
    assert_eq!(after.contacts_of(&office).count(), 1);
}

#[test]
fn a_revocation_counts_from_its_entry_and_time() {
    let mut world = World::six_states();
    world.advance(1_000);
    let (entry, time) = (world.size(), world.now);
    world.revoke(OFFICE, 1, Some(START + 5)).advance(500);
    let (id, transport) = (device(OFFICE, 1), public(&format!("{OFFICE} transport 1")));
    let directory = world.directory();
    for (size, now, live) in [
        (entry, time + 9_999, true),
        (entry + 1, time - 1, true),
        (entry + 1, time, false),
        (entry + 1, time + 9_999, false),
    ] {
        let at = directory.at(size, now);
        assert_eq!(at.contact(id).is_some(), live, "size {size}, time {now}");
        assert_eq!(at.contact_by_transport(&transport).is_some(), live);
        assert_eq!(at.contacts().any(|contact| contact.device == id), live);
        assert_eq!(at.revocation(id), if live { None } else { Some((time, Some(START + 5))) });
    }
    assert_eq!(directory.device(id).map(|facts| facts.signing), Some(public(&format!("{OFFICE} signing 1"))));
}

#[test]
fn a_revoked_device_never_comes_back() {
    let mut world = World::six_states();
    world.revoke(OFFICE, 1, None).advance(100);
    let again = judge(&world, OFFICE, &certify(OFFICE, 1, world.now + LIFE_S), &certifiers(OFFICE, 1));
    assert_eq!(again, Err(Void::Rule));
}

#[test]
fn regression_a_thief_who_retires_a_device_hides_nothing() {
    let mut world = World::six_states();
    let (time, id) = (world.now, device(OFFICE, 1));
    world.does(OFFICE, &revoke(OFFICE, 1, None), &[format!("{OFFICE} signing 1")]).advance(100);
    assert_eq!(world.directory().now(world.now).revocation(id), Some((time, None)));
    let stolen = revoke(OFFICE, 1, Some(START));
    let by_device = judge(&world, OFFICE, &stolen, &[format!("{OFFICE} signing 1")]);
    assert_eq!(by_device, Err(Void::Authority), "a revoked device says nothing more");
    world.does(OFFICE, &stolen, &["xa admin"]);
    let at = world.directory().now(world.now);
    assert_eq!(at.revocation(id), Some((time, Some(START))), "ended when first said, stolen as said since");
    assert_eq!(world.directory().at(world.size(), world.now - 1).revocation(id), Some((time, None)));
    world.advance(1);
    let again = judge(&world, OFFICE, &stolen, &["xa admin"]);
    assert_eq!(again, Err(Void::Rule), "what says nothing new does not fill the log");
}

#[test]
fn both_ends_read_the_same_directory() {
    let mut world = World::six_states();
    world.advance(1_000).device(OFFICE, 2);
    let directory = world.directory();
    let (size, now) = (directory.size(), world.now);
    assert_eq!(directory.at_checkpoint(size, 0).time(), now, "not before its last entry");
    assert_eq!(directory.at_checkpoint(size, now + 7).time(), now + 7);
    assert_eq!(directory.at_checkpoint(size - 1, 0).time(), now - 1_000);
    assert_eq!(directory.at_checkpoint(size, 0).size(), size);
}

#[test]
fn regression_an_admin_is_none_before_its_delegation() {
    let mut world = World::found();
    world.does("xa", &enrol("xa"), &["custodian 1", "xa root 1"]);
    let size = world.size();
    world.does("xa", &delegate("xa", world.now + LIFE_S), &["xa root 1", "xa admin"]);
    let admins = |size| world.directory().at(size, world.now).admins(&name("xa")).len();
    assert_eq!([admins(size), admins(size + 1)], [0, 1]);
}

#[test]
fn regression_a_slow_clock_brings_no_revoked_device_back() {
    let mut world = World::six_states();
    world.advance(100).does(OFFICE, &revoke(OFFICE, 1, None), &["xa admin"]);
    let a_day_slow = world.directory().now(world.now - 86_400);
    assert_eq!(a_day_slow.contacts_of(&name(OFFICE)).count(), 0);
}
