//! What does a change change, and from when on? Delays, contests, ends and what comes back.
//! It must never know who may sign: `kinds` and `authority` ask that.

use liaison_keys::directory::body::{NoteEffect, Taking};
use liaison_keys::directory::{Body, MemberStatus, Statement, Void};
use liaison_keys::names::{Kid, Owner};
use liaison_keys::signing::Authority;

use super::judge;
use super::world::*;

const OFFICE: &str = "xg/operations/1";
const DAY: u64 = 86_400;
const ROOTS: [&str; 3] = ["xg root 1", "xg root 2", "xg root 3"];

/// Six States, and xg with two of three root keys, an admin, and an office of two devices.
fn world() -> World {
    let mut world = World::six_states();
    let all = [["custodian 1"].as_slice(), &ROOTS].concat();
    world.does("xg", &enrol_with(&ROOTS, 2), &all);
    let first = delegate("xg", world.now + LIFE_S);
    world.does("xg", &first, &["xg root 1", "xg root 2", "xg admin"]).office(OFFICE).device(OFFICE, 2);
    world
}

fn logged(world: &mut World, subject: &str, body: &Body, signers: &[&str]) -> Statement {
    let statement = world.statement(subject, body, signers);
    assert_eq!(world.log(&statement), Ok(()), "{body:?}");
    statement
}

fn root_keys(world: &World, owner: &str, now: u64) -> Vec<Kid> {
    let owner: Owner = name(owner);
    let mut kids: Vec<Kid> =
        world.directory().now(now).root(&owner).unwrap().keys.iter().map(|key| key.kid()).collect();
    kids.sort_unstable();
    kids
}

fn kids(names: &[&str]) -> Vec<Kid> {
    let mut kids: Vec<Kid> = names.iter().map(|name| public::<Authority>(name).kid()).collect();
    kids.sort_unstable();
    kids
}

fn admins(world: &World, owner: &str, now: u64) -> Vec<Kid> {
    let mut kids: Vec<Kid> =
        world.directory().now(now).admins(&name(owner)).iter().map(|key| key.kid()).collect();
    kids.sort_unstable();
    kids
}

fn live(world: &World, n: u32) -> bool {
    world.directory().now(world.now).contact(device(OFFICE, n)).is_some()
}

#[test]
fn a_root_changes_after_72_hours_or_at_once_by_all() {
    let mut world = world();
    let new = ["xg root 1", "xg root 4"];
    logged(&mut world, "xg", &root_change(&new, 1), &["xg root 1", "xg root 2", "xg root 4"]);
    let then = world.now + 72 * 3600;
    assert_eq!(root_keys(&world, "xg", then - 1), kids(&ROOTS));
    assert_eq!(root_keys(&world, "xg", then), kids(&new));
    let all = ["xg root 1", "xg root 2", "xg root 3", "xg root 5"];
    logged(&mut world, "xg", &root_change(&["xg root 5"], 1), &all);
    assert_eq!(root_keys(&world, "xg", world.now), kids(&["xg root 5"]));
    assert_eq!(
        root_keys(&world, "xg", then),
        kids(&["xg root 5"]),
        "what was said before does not come back"
    );
}

#[test]
fn one_old_key_stops_a_change_and_the_next_one_waits_a_week() {
    let mut world = world();
    let thief =
        logged(&mut world, "xg", &root_change(&["xg root 4"], 1), &["xg root 1", "xg root 2", "xg root 4"]);
    world.advance(71 * 3600);
    let at_size = world.size();
    logged(&mut world, "xg", &contest(&thief), &["xg root 3"]);
    world.advance(3600);
    assert_eq!(root_keys(&world, "xg", world.now), kids(&ROOTS));
    let before = world.directory().at(at_size, world.now);
    assert_eq!(before.root(&name("xg")).unwrap().threshold, 1, "who has not seen the contest yet");
    let next = ["xg root 1", "xg root 6"];
    logged(&mut world, "xg", &root_change(&next, 1), &["xg root 1", "xg root 2", "xg root 6"]);
    assert_eq!(root_keys(&world, "xg", world.now + 7 * DAY - 1), kids(&ROOTS));
    assert_eq!(root_keys(&world, "xg", world.now + 7 * DAY), kids(&next));
    let again = judge(&world, "xg", &contest(&thief), &["xg root 1"]);
    assert_eq!(again, Err(Void::Rule), "contested already");
}

#[test]
fn a_change_that_counts_can_no_longer_be_contested() {
    let mut world = world();
    let change =
        logged(&mut world, "xg", &root_change(&["xg root 4"], 1), &["xg root 1", "xg root 2", "xg root 4"]);
    world.advance(72 * 3600);
    assert_eq!(judge(&world, "xg", &contest(&change), &["xg root 3"]), Err(Void::Rule));
    assert_eq!(judge(&world, "xg", &contest(&change), &["xg root 4"]), Err(Void::Rule));
}

#[test]
fn a_later_delegation_waits_a_day_and_can_be_contested() {
    let mut world = world();
    let body = delegate_to(&["xg admin 2"], world.now + LIFE_S);
    let signers = ["xg root 1", "xg root 2", "xg admin 2"];
    let first = logged(&mut world, "xg", &body, &signers);
    assert_eq!(admins(&world, "xg", world.now + DAY - 1), kids(&["xg admin"]));
    assert_eq!(admins(&world, "xg", world.now + DAY), kids(&["xg admin", "xg admin 2"]));
    logged(&mut world, "xg", &contest(&first), &["xg root 2"]);
    assert_eq!(admins(&world, "xg", world.now + 2 * DAY), kids(&["xg admin"]));
    world.advance(60);
    logged(&mut world, "xg", &body, &signers);
    assert_eq!(admins(&world, "xg", world.now + 7 * DAY - 1), kids(&["xg admin"]));
    assert_eq!(admins(&world, "xg", world.now + 7 * DAY), kids(&["xg admin", "xg admin 2"]));
}

#[test]
fn a_lost_root_is_replaced_by_other_states_and_everything_old_ends() {
    let mut world = world();
    let body = re_root(&["xg root 9"], 1, &["xa", "xb"]);
    logged(&mut world, "xg", &body, &["custodian 1", "xa root 1", "xb root 1", "xg root 9"]);
    world.advance(13 * DAY);
    // Who has the old root tries to outrun it, with all old keys and at once.
    let all = [ROOTS.as_slice(), &["xg root 7"]].concat();
    logged(&mut world, "xg", &root_change(&["xg root 7"], 1), &all);
    assert_eq!(root_keys(&world, "xg", world.now), kids(&["xg root 7"]));
    assert!(live(&world, 1));
    world.advance(DAY);
    assert_eq!(root_keys(&world, "xg", world.now), kids(&["xg root 9"]));
    assert_eq!(admins(&world, "xg", world.now), []);
    assert!(!live(&world, 1) && !live(&world, 2));
    let after = delegate_to(&["xg admin 3"], world.now + LIFE_S);
    logged(&mut world, "xg", &after, &["xg root 9", "xg admin 3"]);
    assert_eq!(admins(&world, "xg", world.now), kids(&["xg admin 3"]), "the first one counts at once");
    let again = certify(OFFICE, 3, world.now + LIFE_S);
    let keys = ["xg admin 3", "xg/operations/1 signing 3", "xg/operations/1 transport 3"];
    logged(&mut world, OFFICE, &again, &keys);
    assert!(live(&world, 3));
}

#[test]
fn any_live_key_of_the_state_stops_a_re_root() {
    for signer in ["xg root 3", "xg admin", "xg/operations/1 signing 2"] {
        let mut world = world();
        let body = re_root(&["xg root 9"], 1, &["xa"]);
        let reroot = logged(&mut world, "xg", &body, &["custodian 1", "xa root 1", "xg root 9"]);
        assert_eq!(judge(&world, "xg", &body, &["custodian 1", "xa root 1", "xg root 9"]), Err(Void::Rule));
        assert_eq!(judge(&world, "xg", &contest(&reroot), &["xa root 1"]), Err(Void::Authority));
        logged(&mut world, "xg", &contest(&reroot), &[signer]);
        world.advance(14 * DAY);
        assert_eq!(root_keys(&world, "xg", world.now), kids(&ROOTS), "{signer}");
        assert!(live(&world, 1));
    }
}

#[test]
fn what_a_stolen_admin_key_said_is_taken_back_but_for_ends() {
    let mut world = world();
    world.office("xg/technical/1");
    let since = world.size();
    let thief = ["xg admin"];
    logged(&mut world, "xg/policy/1", &nominate("xg/policy/1"), &thief);
    let keys = ["xg admin", "xg/operations/1 signing 3", "xg/operations/1 transport 3"];
    let body = certify(OFFICE, 3, world.now + LIFE_S);
    logged(&mut world, OFFICE, &body, &keys);
    logged(&mut world, OFFICE, &revoke(OFFICE, 2, None), &thief);
    logged(&mut world, "xg/technical/1", &withdraw(), &thief);
    logged(&mut world, "xg", &participation(Taking::Paused), &thief);
    assert_eq!(world.directory().now(world.now).owner(&name("xg")).map(|_| ()), None);
    logged(&mut world, "xg", &undelegate(&thief, Some(since)), &["xg root 1", "xg root 2"]);
    let at = world.directory().now(world.now);
    assert!(at.owner(&name("xg")).is_some());
    assert_eq!(at.office(&name("xg/policy/1")), None);
    assert_eq!(at.office(&name("xg/technical/1")), None, "ended is ended, whoever signed it");
    assert!(live(&world, 1) && !live(&world, 2) && !live(&world, 3));
    assert_eq!(admins(&world, "xg", world.now), []);
    let again = delegate_to(&thief, world.now + LIFE_S);
    assert_eq!(judge(&world, "xg", &again, &["xg root 1", "xg root 2", "xg admin"]), Err(Void::Rule));
    let nothing_new = undelegate(&thief, None);
    assert_eq!(judge(&world, "xg", &nothing_new, &["xg root 1", "xg root 2"]), Err(Void::Rule));
}

#[test]
fn a_key_that_ends_may_leave_what_it_said() {
    let mut world = world();
    logged(&mut world, "xg", &undelegate(&["xg admin"], None), &["xg root 1", "xg root 2"]);
    assert_eq!(admins(&world, "xg", world.now), []);
    assert!(live(&world, 1));
    let earlier = undelegate(&["xg admin"], Some(1));
    logged(&mut world, "xg", &earlier, &["xg root 1", "xg root 2"]);
    assert!(!live(&world, 1), "taken back later, when it was found out");
}

#[test]
fn who_pauses_or_leaves_gets_nothing_and_comes_back_by_its_own_word() {
    let mut world = world();
    for taking in [Taking::Paused, Taking::Left] {
        logged(&mut world, "xg", &participation(taking), &["xg admin"]);
        let at = world.directory().now(world.now);
        assert_eq!(at.taking(&name("xg")), Some(taking));
        assert_eq!((at.office(&name(OFFICE)), live(&world, 1)), (None, false));
        assert!(at.enrolled(&name("xg")).is_some());
    }
    logged(&mut world, "xg", &participation(Taking::Participating), &["xg root 2", "xg root 3"]);
    assert!(live(&world, 1));
}

#[test]
fn a_withdrawn_office_never_comes_back() {
    let mut world = world();
    logged(&mut world, OFFICE, &withdraw(), &["xg admin"]);
    assert!(!live(&world, 1));
    let keys = ["xg admin", "xg/operations/1 signing 4", "xg/operations/1 transport 4"];
    for (body, signers) in [
        (nominate(OFFICE), vec!["xg admin"]),
        (update(record(OFFICE)), vec!["xg admin"]),
        (certify(OFFICE, 4, world.now + LIFE_S), keys.to_vec()),
        (confirm(None), vec!["xg admin"]),
    ] {
        assert_eq!(judge(&world, OFFICE, &body, &signers), Err(Void::Rule), "{body:?}");
    }
}

#[test]
fn two_devices_that_accuse_each_other_are_both_set_aside_until_the_admin_decides() {
    let mut world = world();
    let (one, two) = ("xg/operations/1 signing 1", "xg/operations/1 signing 2");
    let until = world.now + 72 * 3600;
    assert_eq!(judge(&world, OFFICE, &suspend(OFFICE, 2, until + 1), &[one]), Err(Void::Rule));
    logged(&mut world, OFFICE, &suspend(OFFICE, 2, until), &[one]);
    assert!(live(&world, 1) && !live(&world, 2));
    logged(&mut world, OFFICE, &suspend(OFFICE, 1, until), &[two]);
    assert!(!live(&world, 1) && !live(&world, 2));
    assert_eq!(judge(&world, OFFICE, &confirm(None), &[one]), Err(Void::Authority));
    let lifted = suspend(OFFICE, 1, world.now);
    logged(&mut world, OFFICE, &lifted, &["xg admin"]);
    assert!(live(&world, 1) && !live(&world, 2));
    world.advance(60);
    let again = suspend(OFFICE, 1, world.now + 3600);
    assert_eq!(judge(&world, OFFICE, &again, &[two]), Err(Void::Rule), "once in 30 days");
    world.advance(72 * 3600);
    assert!(live(&world, 2), "it ends by itself");
    assert_eq!(world.directory().now(world.now).suspended(device(OFFICE, 2)), None);
    let long = suspend(OFFICE, 2, world.now + 300 * DAY);
    logged(&mut world, OFFICE, &long, &["xg admin"]);
    world.advance(30 * DAY);
    let short = suspend(OFFICE, 2, world.now + 60);
    logged(&mut world, OFFICE, &short, &[one]);
    world.advance(DAY);
    assert!(!live(&world, 2), "another device's word does not shorten the admin's");
}

#[test]
fn a_frozen_key_says_nothing_for_a_day_and_still_receives() {
    let mut world = world();
    let device_key = "xg/operations/1 signing 1";
    logged(&mut world, OFFICE, &freeze(device_key), &["custodian 1"]);
    let frozen =
        |world: &World| world.directory().now(world.now).is_frozen(public::<Authority>(device_key).kid());
    assert!(frozen(&world) && live(&world, 1));
    assert_eq!(judge(&world, OFFICE, &confirm(None), &[device_key]), Err(Void::Authority));
    assert_eq!(
        judge(&world, OFFICE, &suspend(OFFICE, 2, world.now + 60), &[device_key]),
        Err(Void::Authority)
    );
    assert_eq!(judge(&world, OFFICE, &revoke(OFFICE, 1, None), &[device_key]), Ok(()), "it may end itself");
    world.advance(DAY);
    assert!(!frozen(&world));
    assert_eq!(
        judge(&world, OFFICE, &freeze(device_key), &["custodian 1"]),
        Err(Void::Rule),
        "once in 30 days"
    );
    world.advance(29 * DAY);
    assert_eq!(judge(&world, OFFICE, &freeze(device_key), &["custodian 1"]), Ok(()));

    let statement = logged(&mut world, "xg", &freeze("xg admin"), &["custodian 1"]);
    assert_eq!(judge(&world, OFFICE, &confirm(None), &["xg admin"]), Err(Void::Authority));
    assert_eq!(judge(&world, "xg", &contest(&statement), &["xg admin"]), Err(Void::Authority));
    logged(&mut world, "xg", &contest(&statement), &["xg root 1", "xg root 2"]);
    assert_eq!(judge(&world, OFFICE, &confirm(None), &["xg admin"]), Ok(()), "lifted at once");
}

#[test]
fn the_custodian_does_not_freeze_a_state_out_of_its_own_root() {
    let mut world = world();
    for root in ROOTS {
        logged(&mut world, "xg", &freeze(root), &["custodian 1"]);
    }
    let body = undelegate(&["xg admin"], None);
    assert_eq!(judge(&world, "xg", &body, &["xg root 1", "xg root 2"]), Err(Void::Authority));
    // Contests stand, and the root lifts a freeze of its own keys.
    let change =
        logged(&mut world, "xg", &re_root(&["new"], 1, &["xa"]), &["custodian 1", "xa root 1", "new"]);
    assert_eq!(judge(&world, "xg", &contest(&change), &["xg root 1"]), Ok(()));
}

#[test]
fn the_network_is_run_anew_after_a_week_or_at_once_by_all() {
    let mut world = World::six_states();
    let more = operate(|operate| {
        operate.custodian.push(public("custodian 3"));
        operate.custodian.sort_unstable();
        operate.threshold = 2;
    });
    let (waits, counts) = (world.now + 7 * DAY, "custodian 3");
    logged(&mut world, "network", &more, &["custodian 1", counts]);
    let threshold = |world: &World, now| world.directory().now(now).operation().threshold;
    assert_eq!((threshold(&world, waits - 1), threshold(&world, waits)), (1, 2));
    world.now = waits;
    assert_eq!(judge(&world, "xh", &enrol("xh"), &["custodian 1", "xh root 1"]), Err(Void::Authority));
    assert_eq!(judge(&world, "xh", &enrol("xh"), &["custodian 1", "custodian 3", "xh root 1"]), Ok(()));
    let back = operate(|_| ());
    logged(&mut world, "network", &back, &["custodian 1", "custodian 2", "custodian 3"]);
    assert_eq!(threshold(&world, world.now), 1, "all of them: at once");
}

#[test]
fn settings_hold_from_the_moment_they_are_said() {
    let mut world = World::six_states();
    assert_eq!(world.directory().now(world.now).settings(), None);
    logged(&mut world, "network", &Body::Settings(settings()), &["custodian 2"]);
    assert_eq!(world.directory().now(world.now).settings(), Some(&settings()));
}

#[test]
fn an_office_changes_its_record_and_is_confirmed() {
    let mut world = world();
    let nominated = world.directory().now(world.now).confirmed(&name(OFFICE));
    assert_eq!(nominated, Some(world.now));
    let mut changed = record(OFFICE);
    changed.unit = "Another desk".to_owned();
    world.advance(DAY);
    logged(&mut world, OFFICE, &update(changed.clone()), &["xg admin"]);
    let (at, office) = (world.now, name(OFFICE));
    assert_eq!(world.directory().now(at).office(&office), Some(&changed));
    assert_eq!(world.directory().now(at).confirmed(&office), Some(at));
    world.advance(DAY);
    logged(&mut world, OFFICE, &confirm(None), &["xg/operations/1 signing 1"]);
    assert_eq!(world.directory().now(world.now).confirmed(&office), Some(world.now));
    assert_eq!(world.directory().now(world.now).office_since(&office), Some(at));
}

#[test]
fn attestations_count_for_the_root_in_force_and_from_who_takes_part() {
    let mut world = world();
    let body = world.attest("xa", "xg");
    logged(&mut world, "xg", &body, &["xa root 1"]);
    let by = |world: &World| world.directory().now(world.now).attested_by(&name("xg")).len();
    assert_eq!(by(&world), 1);
    assert!(world.directory().now(world.now).is_attested(&name("xg")));
    assert_eq!(judge(&world, "xg", &body, &["xa root 1"]), Err(Void::Chain), "the same payload again");
    logged(&mut world, "xa", &participation(Taking::Paused), &["xa admin"]);
    assert_eq!(by(&world), 0);
    logged(&mut world, "xa", &participation(Taking::Participating), &["xa admin"]);
    assert_eq!(by(&world), 1);
    let all = [ROOTS.as_slice(), &["xg root 4"]].concat();
    logged(&mut world, "xg", &root_change(&["xg root 4"], 1), &all);
    assert_eq!(by(&world), 0, "another root");
}

#[test]
fn a_state_joins_leaves_and_joins_again() {
    let mut world = world();
    let north = "group:xr-north";
    logged(&mut world, north, &group_member("xg", MemberStatus::Member), &["org:xr-north admin"]);
    let member = |world: &World| {
        world.directory().now(world.now).members(&name(north)).any(|state| state == name("xg"))
    };
    for _ in 0..2 {
        assert!(!member(&world));
        logged(&mut world, "xg", &join(north), &["xg admin"]);
        assert!(member(&world));
        logged(&mut world, "xg", &leave(north), &["xg admin"]);
    }
    assert!(!member(&world));
}

#[test]
fn permits_and_policies_are_a_states_own() {
    let mut world = world();
    logged(&mut world, "xg", &permit_supply("org:xr-north", true), &["xg admin"]);
    logged(&mut world, "xg", &policy(), &["xg admin"]);
    let at = world.directory().now(world.now);
    assert_eq!(at.permitted(&name("xg")), [&name::<Owner>("org:xr-north")]);
    assert!(at.policy(&name("xg")).is_some_and(|policy| policy.release_broadcasts));
    logged(&mut world, "xg", &permit_supply("org:xr-north", false), &["xg admin"]);
    assert_eq!(world.directory().now(world.now).permitted(&name("xg")), Vec::<&Owner>::new());
}

#[test]
fn what_is_shown_is_set_aside_with_a_reason_and_nothing_else_changes() {
    let mut world = world();
    logged(&mut world, OFFICE, &display(NoteEffect::Suspend), &["custodian 1"]);
    let (subject, at) = (name(OFFICE), world.directory().now(world.now));
    assert_eq!(at.display_suspended(&subject), Some("Asked for by note verbale"));
    assert!(live(&world, 1));
    world.advance(1);
    logged(&mut world, OFFICE, &display(NoteEffect::Restore), &["custodian 1"]);
    assert_eq!(world.directory().now(world.now).display_suspended(&subject), None);
}

/// What a stolen admin key said in words that nobody here knows is taken back with the rest; what its State said so is not.
#[test]
fn a_kind_of_a_newer_version_is_taken_back_like_any_other() {
    let mut world = world();
    let newer = |world: &World, signers: &[&str]| {
        let mut claims = world.claims(OFFICE, &withdraw(), signers);
        let (version, previous) = world.directory().next(&name(OFFICE));
        (claims.kind, claims.body) = (900, vec![0xa0]);
        (claims.version, claims.previous) = (version, previous);
        sign(claims, signers)
    };
    let since = world.size();
    let by_thief = newer(&world, &["xg admin"]);
    world.log(&by_thief).unwrap();
    assert!(!live(&world, 1), "set aside");
    let root = ["xg root 1", "xg root 2"];
    logged(&mut world, "xg", &undelegate(&["xg admin"], Some(since)), &root);
    assert!(live(&world, 1));
    let mut world = self::world();
    let since = world.size();
    for signers in [&["xg admin"][..], &root] {
        let said = newer(&world, signers);
        world.log(&said).unwrap();
    }
    logged(&mut world, "xg", &undelegate(&["xg admin"], Some(since)), &root);
    assert!(!live(&world, 1), "the State itself said something that is not understood");
}

#[test]
fn of_many_words_on_a_devices_end_the_last_are_the_roots() {
    let mut world = world();
    let said = |n: u64| revoke(OFFICE, 1, Some(START + n));
    for n in 0..8 {
        logged(&mut world, OFFICE, &said(n), &["xg admin"]);
    }
    assert_eq!(judge(&world, OFFICE, &said(8), &["xg admin"]), Err(Void::Rule));
    for n in 8..16 {
        logged(&mut world, OFFICE, &said(n), &["xg root 1", "xg root 2"]);
    }
    assert_eq!(judge(&world, OFFICE, &said(16), &["xg root 1", "xg root 2"]), Err(Void::Rule));
    let (_, since) = world.directory().now(world.now).revocation(device(OFFICE, 1)).unwrap();
    assert_eq!(since, Some(START + 15));
}
