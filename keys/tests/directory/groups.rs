//! Who gets a group's messages? Both wishes together: the coordinator's and the State's.
//! It must never know what a message is.

use liaison_keys::directory::{MemberStatus, Void};

use super::judge;
use super::world::*;

const NORTH: &str = "group:xr-north";

fn members(world: &World) -> Vec<String> {
    world.directory().now(world.now).members(&name(NORTH)).map(|state| state.to_string()).collect()
}

fn names(world: &mut World, state: &str, status: MemberStatus) {
    world.does(NORTH, &group_member(state, status), &["org:xr-north admin"]);
}

#[test]
fn membership_needs_both_status_and_wish() {
    let mut world = World::six_states();
    assert_eq!(members(&world), ["xa", "xb", "xc"]);
    names(&mut world, "xd", MemberStatus::Member);
    assert_eq!(members(&world), ["xa", "xb", "xc"], "named, and does not wish it");
    world.does("xe", &join(NORTH), &["xe admin"]);
    assert_eq!(members(&world), ["xa", "xb", "xc"], "wishes it, and is not named");
    let at = world.directory().now(world.now);
    assert_eq!(at.membership(&name(NORTH), name("xd")), (Some(MemberStatus::Member), false));
    assert_eq!(at.membership(&name(NORTH), name("xe")), (None, true));
    assert_eq!(at.membership(&name("group:none"), name("xe")), (None, false));
    world.does("xd", &join(NORTH), &["xd admin"]);
    assert_eq!(members(&world), ["xa", "xb", "xc", "xd"]);
}

#[test]
fn only_the_status_member_counts() {
    let mut world = World::six_states();
    for status in [MemberStatus::Suspended, MemberStatus::Observer, MemberStatus::Removed] {
        names(&mut world, "xb", status);
        assert_eq!(members(&world), ["xa", "xc"], "{status:?}");
        let then = (world.size() - 1, world.now);
        names(&mut world, "xb", MemberStatus::Member);
        assert_eq!(members(&world), ["xa", "xb", "xc"]);
        let before = world.directory().at(then.0, then.1);
        assert_eq!(before.members(&name(NORTH)).count(), 3, "before it was said");
    }
}

#[test]
fn a_group_without_coordinator_has_ended() {
    let mut world = World::six_states();
    world.does(NORTH, &define_group(None), &["custodian 1"]);
    let at = world.directory().now(world.now);
    assert_eq!(at.group(&name(NORTH)), None);
    assert_eq!(members(&world), [""; 0]);
    assert_eq!(at.groups_coordinated_by(&name("org:xr-north")), []);
    assert_eq!(world.directory().at(world.size() - 1, world.now).members(&name(NORTH)).count(), 3);
    let named = group_member("xd", MemberStatus::Member);
    assert_eq!(judge(&world, NORTH, &named, &["org:xr-north admin"]), Err(Void::Subject));
    assert_eq!(judge(&world, "xd", &join(NORTH), &["xd admin"]), Err(Void::Rule));
}

#[test]
fn a_group_is_kept_by_an_enrolled_organization() {
    let world = World::six_states();
    let defined =
        |coordinator| judge(&world, "group:new", &define_group(Some(coordinator)), &["custodian 1"]);
    assert_eq!(defined("org:xr-north"), Ok(()));
    assert_eq!(defined("org:custodian"), Ok(()));
    assert_eq!(defined("xa"), Err(Void::Rule), "not by a State");
    assert_eq!(defined("org:unknown"), Err(Void::Rule));
}

#[test]
fn nobody_is_named_or_joins_what_is_not_there() {
    let world = World::six_states();
    let stranger = group_member("xz", MemberStatus::Member);
    assert_eq!(judge(&world, NORTH, &stranger, &["org:xr-north admin"]), Err(Void::Rule));
    assert_eq!(judge(&world, "xa", &join("group:none"), &["xa admin"]), Err(Void::Rule));
}

#[test]
fn regression_nobody_is_named_before_it_was_said() {
    let mut world = World::six_states();
    let (size, now) = (world.size(), world.now);
    names(&mut world, "xd", MemberStatus::Observer);
    let named = |size| world.directory().at(size, now).states_of(&name(NORTH)).count();
    assert_eq!([named(size), named(size + 1)], [3, 4]);
}
