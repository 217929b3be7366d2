//! Whom does a scope mean? Every rule of `docs/protocol.md` §4, on a directory of six States.
//! It must never know what is sent, or how the function is written.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

#[path = "../../keys/tests/world/mod.rs"]
mod world;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use liaison_keys::directory::body::Taking;
use liaison_keys::directory::{At, Body, Category, Claims, MemberStatus, OfficeRecord};
use liaison_keys::names::{DeviceId, OfficeId};
use liaison_proto::recipients::{ScopeUnresolved, offices, recipients};
use liaison_proto::scope::Scope;
use proptest::prelude::*;
use world::*;

static SIX_STATES: LazyLock<World> = LazyLock::new(World::six_states);
const SENDER: &str = "xa/operations/1";

fn to(offices: &[&str]) -> Scope {
    Scope::bilateral(offices.iter().map(|office| name(office))).unwrap()
}

fn region(groups: &[&str], categories: &[Category], coordinators: bool) -> Scope {
    let groups = groups.iter().map(|group| name(&format!("group:{group}")));
    Scope::regional(groups, categories.iter().copied(), coordinators).unwrap()
}

/// Offices and numbers of the recipients, as `xb/operations/1 2`, at this world's size and time.
fn meant(world: &World, scope: &Scope, signer: &str) -> BTreeSet<String> {
    meant_at(world, (world.size(), world.now), scope, signer)
}

fn meant_at(world: &World, (size, now): (u64, u64), scope: &Scope, signer: &str) -> BTreeSet<String> {
    let at = world.directory().at_checkpoint(size, now);
    let devices = recipients(at, scope, device(signer, 1)).unwrap();
    devices.iter().map(|id| named(at, *id)).collect()
}

fn named(at: At<'_>, id: DeviceId) -> String {
    let office = at.contact(id).expect("a recipient is live").office.to_string();
    let n = (1..=3).find(|n| device(&office, *n) == id).unwrap();
    format!("{office} {n}")
}

fn unresolved(world: &World, scope: &Scope, signer: &str) -> ScopeUnresolved {
    recipients(world.directory().at_checkpoint(world.size(), world.now), scope, device(signer, 1))
        .unwrap_err()
}

fn set<S: ToString>(names: &[S]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Nominates an office for these categories, and certifies its first device.
fn office_for(world: &mut World, office: &str, categories: &[Category]) {
    let Body::Nominate(record) = nominate(office) else { panic!() };
    let record = OfficeRecord { categories: categories.to_vec(), ..record };
    world.does(office, &Body::Nominate(record), &[admin_of(office)]).device(office, 1);
}

#[test]
fn bilateral_means_the_named_offices() {
    let scope = to(&["xb/operations/1", "org:custodian/secretariat/1"]);
    let both = set(&["xb/operations/1 1", "org:custodian/secretariat/1 1"]);
    assert_eq!(meant(&SIX_STATES, &scope, SENDER), both);
}

#[test]
fn regional_means_the_members_of_all_its_groups() {
    let north = [
        "xa/diplomatic/1 1",
        "xb/diplomatic/1 1",
        "xb/operations/1 1",
        "xc/diplomatic/1 1",
        "xc/operations/1 1",
    ];
    assert_eq!(meant(&SIX_STATES, &region(&["xr-north"], &[], false), SENDER), set(&north));
    let both = meant(&SIX_STATES, &region(&["xr-north", "xr-south"], &[], false), SENDER);
    assert_eq!(both, meant(&SIX_STATES, &Scope::global([]), SENDER));
    // A State may write to a group that it is not in.
    let south = meant(&SIX_STATES, &region(&["xr-south"], &[], false), SENDER);
    assert_eq!(south.len(), 6);
}

#[test]
fn coordinators_get_a_copy_only_when_asked() {
    let operations = ["xb/operations/1 1", "xc/operations/1 1"];
    let without = region(&["xr-north"], &[Category::Operations], false);
    assert_eq!(meant(&SIX_STATES, &without, SENDER), set(&operations));
    let with = region(&["xr-north"], &[Category::Operations], true);
    let mut expected = set(&operations);
    expected.insert("org:xr-north/coordinator/1 1".into());
    assert_eq!(meant(&SIX_STATES, &with, SENDER), expected);
}

#[test]
fn global_means_states_and_no_organization() {
    let all = meant(&SIX_STATES, &Scope::global([]), SENDER);
    assert_eq!(all.len(), 11);
    assert!(all.iter().all(|name| !name.starts_with("org:")));
    let by_custodian = meant(&SIX_STATES, &Scope::global([]), "org:custodian/secretariat/1");
    assert_eq!(by_custodian.len(), 12);
}

#[test]
fn categories_select_offices_and_single_matches_each() {
    let mut world = World::six_states();
    office_for(&mut world, "xd/single/1", &[Category::Single]);
    office_for(&mut world, "xe/technical/1", &[Category::Technical, Category::Assistance]);
    let of = |category| meant(&world, &Scope::global([category]), SENDER);
    assert_eq!(of(Category::Assistance), set(&["xd/single/1 1", "xe/technical/1 1"]));
    assert_eq!(of(Category::Policy), set(&["xd/single/1 1"]));
    assert_eq!(of(Category::Single), set(&["xd/single/1 1"]));
    let two = meant(&world, &Scope::global([Category::Technical, Category::Policy]), SENDER);
    assert_eq!(two, set(&["xd/single/1 1", "xe/technical/1 1"]));
    assert_eq!(of(Category::Operations).len(), 6, "five offices without the sender's, and the single one");
}

#[test]
fn the_signers_office_has_its_other_devices_in_every_scope() {
    let mut world = World::six_states();
    world.device(SENDER, 2).device(SENDER, 3);
    let others = set(&["xa/operations/1 2", "xa/operations/1 3"]);
    for scope in [
        to(&["xb/operations/1"]),
        region(&["xr-south"], &[Category::Diplomatic], false),
        region(&["xr-north"], &[], true),
        Scope::global([Category::Diplomatic]),
        to(&["xb/operations/1", SENDER]),
    ] {
        let meant = meant(&world, &scope, SENDER);
        assert!(meant.is_superset(&others), "{scope:?}");
        assert!(!meant.contains("xa/operations/1 1"), "the signer in {scope:?}");
        assert!(meant.len() > 2);
    }
}

#[test]
fn loopback_is_the_signer_alone() {
    let mut world = World::six_states();
    world.device(SENDER, 2);
    assert_eq!(meant(&world, &to(&[SENDER]), SENDER), set(&["xa/operations/1 1"]));
    let listed = offices(world.directory().now(world.now), &to(&[SENDER]), &name(SENDER)).unwrap();
    assert_eq!(listed, []);
}

#[test]
fn an_ended_group_matches_nobody() {
    let mut world = World::six_states();
    let before = (world.size(), world.now);
    world.advance(60).does("group:xr-north", &define_group(None), &["custodian 1"]);
    let ended = ScopeUnresolved::NoGroup(name("group:xr-north"));
    assert_eq!(unresolved(&world, &region(&["xr-north"], &[], true), SENDER), ended);
    assert_eq!(unresolved(&world, &region(&["xr-north", "xr-south"], &[], false), SENDER), ended);
    assert_eq!(meant_at(&world, before, &region(&["xr-north"], &[], false), SENDER).len(), 5);
    // Named again, it has its members back.
    world.does("group:xr-north", &define_group(Some("org:xr-south")), &["custodian 1"]);
    assert_eq!(meant(&world, &region(&["xr-north"], &[], false), SENDER).len(), 5);
}

#[test]
fn what_is_not_in_the_directory_fails_closed() {
    let world = &*SIX_STATES;
    let unknown = |office: &str| unresolved(world, &to(&["xb/operations/1", office]), SENDER);
    for office in ["xb/technical/1", "xz/operations/1", "org:nobody/office/1"] {
        assert_eq!(unknown(office), ScopeUnresolved::NoOffice(name(office)));
    }
    let nowhere = region(&["nowhere"], &[], false);
    assert_eq!(unresolved(world, &nowhere, SENDER), ScopeUnresolved::NoGroup(name("group:nowhere")));
    assert_eq!(unresolved(world, &to(&["xb/operations/1"]), "xz/operations/1"), ScopeUnresolved::Signer);
}

#[test]
fn nobody_but_ourselves_is_nobody() {
    let mut world = World::six_states();
    world.device(SENDER, 2);
    let nobody = |scope| assert_eq!(unresolved(&world, &scope, SENDER), ScopeUnresolved::Nobody);
    nobody(Scope::global([Category::LawEnforcement]));
    nobody(region(&["xr-south"], &[Category::LawEnforcement], false));
}

#[test]
fn an_office_without_a_live_device_is_listed_and_gets_nothing() {
    let mut world = World::six_states();
    world.does("xb/technical/1", &nominate("xb/technical/1"), &["xb admin"]);
    let scope = to(&["xb/technical/1"]);
    assert_eq!(unresolved(&world, &scope, SENDER), ScopeUnresolved::Nobody);
    let listed = offices(world.directory().now(world.now), &scope, &name(SENDER)).unwrap();
    assert_eq!(listed, [name::<OfficeId>("xb/technical/1")]);
}

#[test]
fn membership_needs_both_sides() {
    let mut world = World::six_states();
    let members =
        |world: &World| meant(world, &region(&["xr-north"], &[Category::Operations], false), SENDER);
    let two = set(&["xb/operations/1 1", "xc/operations/1 1"]);
    assert_eq!(members(&world), two);
    let xd = "xd/operations/1 1".to_owned();
    world.does("xd", &join("group:xr-north"), &["xd admin"]);
    assert!(!members(&world).contains(&xd), "its own wish only");
    let named = |state, status| group_member(state, status);
    let coordinator = ["org:xr-north admin"];
    world.does("group:xr-north", &named("xe", MemberStatus::Member), &coordinator);
    assert_eq!(members(&world), two, "named only");
    world.does("group:xr-north", &named("xd", MemberStatus::Member), &coordinator);
    assert!(members(&world).contains(&xd));
    for status in [MemberStatus::Suspended, MemberStatus::Observer, MemberStatus::Removed] {
        world.does("group:xr-north", &named("xd", status), &coordinator);
        assert_eq!(members(&world), two, "{status:?}");
    }
    world.does("group:xr-north", &named("xd", MemberStatus::Member), &coordinator);
    assert!(members(&world).contains(&xd), "named again");
}

#[test]
fn revoked_and_expired_devices_get_nothing() {
    let mut world = World::six_states();
    let ends = world.now + 3_600;
    world.does("xb/operations/1", &certify("xb/operations/1", 2, ends), &certifiers("xb/operations/1", 2));
    world.device("xb/operations/1", 3);
    let scope = to(&["xb/operations/1"]);
    let before = (world.size(), world.now);
    let all = set(&["xb/operations/1 1", "xb/operations/1 2", "xb/operations/1 3"]);
    assert_eq!(meant(&world, &scope, SENDER), all);
    let stolen = world.now;
    world.advance(60).revoke("xb/operations/1", 3, None).revoke("xb/operations/1", 1, Some(stolen));
    assert_eq!(meant(&world, &scope, SENDER), set(&["xb/operations/1 2"]));
    assert_eq!(meant_at(&world, (world.size(), ends - 1), &scope, SENDER), set(&["xb/operations/1 2"]));
    world.now = ends;
    assert_eq!(unresolved(&world, &scope, SENDER), ScopeUnresolved::Nobody);
    assert_eq!(meant_at(&world, before, &scope, SENDER), all, "the checkpoint before means what it meant");
}

#[test]
fn a_signer_that_does_not_count_has_no_recipients() {
    let mut world = World::six_states();
    world.revoke(SENDER, 1, None);
    assert_eq!(unresolved(&world, &Scope::global([]), SENDER), ScopeUnresolved::Signer);
}

/// The time that counts is the later of the message's own and the checkpoint's last entry that counts: a sender cannot
/// date a message before what its own checkpoint says.
#[test]
fn a_message_is_not_dated_before_its_checkpoint() {
    let mut world = World::six_states();
    let backdated = world.now - 86_400;
    world.advance(60).device("xb/operations/1", 2);
    let meant = meant_at(&world, (world.size(), backdated), &to(&["xb/operations/1"]), SENDER);
    assert_eq!(meant.len(), 2);
}

/// A void entry counts as an entry and moves no time (`docs/decisions/0004`): else a relay could let certificates run
/// out by logging nonsense far ahead.
#[test]
fn a_void_entry_does_not_move_time() {
    let mut world = World::six_states();
    let ends = world.now + 3_600;
    world.does("xb/operations/1", &certify("xb/operations/1", 2, ends), &certifiers("xb/operations/1", 2));
    let before = meant(&world, &to(&["xb/operations/1"]), SENDER);
    let made = world.now;
    world.now = ends + 1;
    world.say("xb", &enrol("xb"), &["custodian 1", "xb root 1"]).unwrap_err();
    assert_eq!(meant_at(&world, (world.size(), made), &to(&["xb/operations/1"]), SENDER), before);
}

/// Who pauses, was set aside, or is withdrawn gets nothing; who left comes back by its own word.
#[test]
fn who_does_not_take_part_gets_nothing() {
    let scope = Scope::global([]);
    for (subject, body, gone) in [
        ("xb", participation(Taking::Paused), vec!["xb/diplomatic/1 1", "xb/operations/1 1"]),
        ("xb", participation(Taking::Left), vec!["xb/diplomatic/1 1", "xb/operations/1 1"]),
        ("xb/operations/1", withdraw(), vec!["xb/operations/1 1"]),
        ("xb/operations/1", suspend("xb/operations/1", 1, u64::MAX), vec!["xb/operations/1 1"]),
    ] {
        let mut world = World::six_states();
        let before = meant(&world, &scope, SENDER);
        world.does(subject, &body, &["xb admin"]);
        let after = meant(&world, &scope, SENDER);
        assert_eq!(before.difference(&after).cloned().collect::<BTreeSet<_>>(), set(&gone), "{body:?}");
        assert!(after.is_subset(&before));
    }
}

/// What this version does not understand sets its subject aside from there on, and never before.
#[test]
fn kinds_of_a_newer_version_count_from_their_entry_on() {
    let mut world = World::six_states();
    let before = (world.size(), world.now);
    let scope = region(&["xr-north"], &[Category::Operations], false);
    // An empty body stands for whatever it will say.
    let known = world.claims("xb", &join("group:xr-south"), &["xb admin"]);
    let newer = Claims { kind: 26, body: vec![0xa0], ..known };
    world.advance(60).log(&sign(newer, &["xb admin"])).unwrap();
    assert_eq!(meant(&world, &scope, SENDER), set(&["xc/operations/1 1"]));
    assert_eq!(
        unresolved(&world, &to(&["xb/operations/1"]), SENDER),
        ScopeUnresolved::NoOffice(name("xb/operations/1"))
    );
    assert_eq!(meant_at(&world, before, &scope, SENDER).len(), 2);
}

fn any_scope() -> impl Strategy<Value = Scope> {
    let category = prop::sample::select(Category::ALL);
    let categories = prop::collection::vec(category, 0..3);
    let office =
        (prop::sample::select(&STATES[..]), prop::sample::select(vec!["operations/1", "diplomatic/1"]))
            .prop_map(|(state, role)| format!("{state}/{role}"));
    let groups = prop::sample::subsequence(vec!["xr-north", "xr-south"], 1..=2);
    prop_oneof![
        prop::collection::vec(office, 1..5)
            .prop_map(|offices| to(&offices.iter().map(String::as_str).collect::<Vec<_>>())),
        (groups, categories.clone(), any::<bool>()).prop_map(|(groups, categories, copied)| region(
            &groups,
            &categories,
            copied
        )),
        categories.prop_map(Scope::global),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn recipients_are_live_devices_without_the_signer(
        scope in any_scope(),
        size in 0..100_u64,
        later in 0..(400 * 86_400_u64),
        signer in prop::sample::select(vec![SENDER, "xf/diplomatic/1", "org:xr-south/coordinator/1"]),
    ) {
        let world = &*SIX_STATES;
        let at = world.directory().at_checkpoint(size.min(world.size()), START + later);
        let signer = device(signer, 1);
        let Ok(devices) = recipients(at, &scope, signer) else { return Ok(()) };
        let live: BTreeSet<DeviceId> = at.contacts().map(|contact| contact.device).collect();
        prop_assert!(!devices.is_empty() && devices.is_subset(&live));
        let own = at.contact(signer).unwrap().office;
        if scope == Scope::bilateral([own.clone()]).unwrap() {
            prop_assert_eq!(devices, BTreeSet::from([signer]));
        } else {
            prop_assert!(!devices.contains(&signer));
            let siblings = at.contacts_of(&own).map(|contact| contact.device).filter(|id| *id != signer);
            prop_assert!(siblings.into_iter().all(|sibling| devices.contains(&sibling)));
            // What a person is shown before sending is where the devices are.
            let shown = offices(at, &scope, &own).unwrap();
            let there: BTreeSet<_> = devices.iter().map(|id| at.contact(*id).unwrap().office).collect();
            prop_assert!(there.iter().all(|office| *office == own || shown.contains(office)));
        }
    }
}
