//! Who may say it? Each kind by each right set of signers, and by everybody else.
//! It must never know what a statement changes.

use liaison_keys::directory::{Body, MemberStatus, Void, choose_signers};
use liaison_keys::names::Kid;
use liaison_keys::signing::Authority;

use super::world::*;
use super::{judge, without};

/// The world of these tests: six States, and xg with two of three root keys and an admin.
fn world() -> World {
    let mut world = World::six_states();
    let roots = ["xg root 1", "xg root 2", "xg root 3"];
    let all = ["custodian 1", roots[0], roots[1], roots[2]];
    world.does("xg", &enrol_with(&roots, 2), &all);
    let first = delegate("xg", world.now + LIFE_S);
    world.does("xg", &first, &["xg root 1", "xg root 2", "xg admin"]).office("xg/operations/1");
    world
}

/// Everybody who has no say in anything of xg's.
const OTHERS: [&str; 8] = [
    "stranger",
    "xa root 1",
    "xa admin",
    "custodian 1",
    "log",
    "relay transport",
    "xa/operations/1 signing 1",
    "xg/operations/1 transport 1",
];

/// Judges a statement of xg's under each authority, with the keys that it introduces.
fn by_root_or_admin(subject: &str, body: &Body, introduced: &[&str]) {
    let world = world();
    let by = |authority: &[&str]| judge(&world, subject, body, &[introduced, authority].concat());
    for right in [
        ["xg admin"].as_slice(),
        &["xg root 1", "xg root 2"],
        &["xg root 3", "xg root 1"],
        &["xg root 1", "xg root 2", "xg root 3"],
    ] {
        assert_eq!(by(right), Ok(()), "{right:?}");
    }
    for wrong in [
        ["xg root 1"].as_slice(),
        &["xg root 1", "stranger"],
        &["xg root 1", "xg admin"],
        &["xg root 1", "xg root 2", "xg admin"],
        &["xg admin", "stranger"],
        &["xg admin", "custodian 1"],
    ] {
        assert_eq!(by(wrong), Err(Void::Authority), "{wrong:?}");
    }
    for other in OTHERS {
        assert_eq!(by(&[other]), Err(Void::Authority), "{other}");
    }
}

#[test]
fn an_office_is_nominated_by_its_owner() {
    by_root_or_admin("xg/technical/1", &nominate("xg/technical/1"), &[]);
}

#[test]
fn a_device_is_certified_by_its_owner_and_both_its_keys() {
    let keys = ["xg/operations/1 signing 2", "xg/operations/1 transport 2"];
    by_root_or_admin("xg/operations/1", &certify("xg/operations/1", 2, START + LIFE_S), &keys);
}

#[test]
fn a_state_joins_by_itself() {
    by_root_or_admin("xg", &join("group:xr-north"), &[]);
}

#[test]
fn a_device_is_revoked_by_its_owner() {
    by_root_or_admin("xg/operations/1", &revoke("xg/operations/1", 1, None), &[]);
}

#[test]
fn a_device_revokes_itself_and_no_other() {
    let mut world = world();
    world.device("xg/operations/1", 2);
    let by = |signer: &str| judge(&world, "xg/operations/1", &revoke("xg/operations/1", 1, None), &[signer]);
    assert_eq!(by("xg/operations/1 signing 1"), Ok(()));
    assert_eq!(by("xg/operations/1 signing 2"), Err(Void::Authority));
    assert_eq!(by("xg/operations/1 transport 1"), Err(Void::Authority));
    for beside in ["stranger", "xg root 1", "xg/operations/1 signing 2"] {
        let both = [beside, "xg/operations/1 signing 1"];
        let judged = judge(&world, "xg/operations/1", &revoke("xg/operations/1", 1, None), &both);
        assert_eq!(judged, Err(Void::Authority), "{beside} beside it");
    }
    world.advance(LIFE_S);
    let late =
        judge(&world, "xg/operations/1", &revoke("xg/operations/1", 1, None), &["xg/operations/1 signing 1"]);
    assert_eq!(late, Err(Void::Authority), "it has expired");
}

#[test]
fn only_the_root_delegates() {
    let world = world();
    let body = delegate_to(&["xg admin 2"], world.now + LIFE_S);
    let by = |authority: &[&str]| judge(&world, "xg", &body, &[authority, &["xg admin 2"]].concat());
    assert_eq!(by(&["xg root 1", "xg root 2"]), Ok(()));
    assert_eq!(by(&["xg root 1", "xg root 2", "xg root 3"]), Ok(()));
    for wrong in [["xg root 1"].as_slice(), &["xg admin"], &["xg root 1", "xg admin"], &[]] {
        assert_eq!(by(wrong), Err(Void::Authority), "{wrong:?}");
    }
    for other in OTHERS {
        assert_eq!(by(&[other]), Err(Void::Authority), "{other}");
    }
}

#[test]
fn the_custodian_enrols_with_every_new_root_key() {
    let world = World::with(genesis(2));
    let (a, b) = ("xh root 1", "xh root 2");
    let body = enrol_with(&[a, b], 1);
    let all = ["custodian 1", "custodian 2", a, b];
    let by = |signers: &[&str]| judge(&world, "xh", &body, signers);
    assert_eq!(by(&all), Ok(()));
    assert_eq!(by(&without(&all, "custodian 2")), Err(Void::Authority), "one of two that must");
    assert_eq!(by(&without(&all, a)), Err(Void::NoPossession), "m is 1, and yet all new keys sign");
    assert_eq!(by(&[&all[1..], &["stranger"]].concat()), Err(Void::Authority));
    assert_eq!(by(&[all.as_slice(), &["stranger"]].concat()), Err(Void::Authority));
    assert_eq!(by(&[all.as_slice(), &["log"]].concat()), Err(Void::Authority));
}

#[test]
fn only_the_custodian_defines_groups() {
    let world = world();
    for group in ["group:new", "group:xr-north"] {
        let by = |signers: &[&str]| judge(&world, group, &define_group(Some("org:xr-south")), signers);
        assert_eq!(by(&["custodian 1"]), Ok(()));
        assert_eq!(by(&["custodian 2"]), Ok(()));
        assert_eq!(by(&["custodian 1", "custodian 2"]), Ok(()));
        for wrong in [
            "org:custodian root 1",
            "org:custodian admin",
            "org:custodian/secretariat/1 signing 1",
            "org:xr-north admin",
            "org:xr-south root 1",
            "xa admin",
            "stranger",
        ] {
            assert_eq!(by(&[wrong]), Err(Void::Authority), "{wrong}");
        }
    }
}

#[test]
fn only_its_coordinator_edits_a_group() {
    let world = world();
    let body = group_member("xd", MemberStatus::Observer);
    let by = |signers: &[&str]| judge(&world, "group:xr-north", &body, signers);
    assert_eq!(by(&["org:xr-north admin"]), Ok(()));
    assert_eq!(by(&["org:xr-north root 1"]), Ok(()));
    for wrong in ["org:xr-south admin", "custodian 1", "org:custodian admin", "xd admin", "stranger"] {
        assert_eq!(by(&[wrong]), Err(Void::Authority), "{wrong}");
    }
    let device = "org:xr-north/coordinator/1 signing 1";
    assert_eq!(by(&[device]), Err(Void::Authority), "a coordinator's device writes, it does not edit");
}

#[test]
fn a_former_coordinator_edits_nothing() {
    let mut world = world();
    world.does("group:xr-north", &define_group(Some("org:xr-south")), &["custodian 1"]);
    let body = group_member("xd", MemberStatus::Member);
    assert_eq!(judge(&world, "group:xr-north", &body, &["org:xr-north admin"]), Err(Void::Authority));
    assert_eq!(judge(&world, "group:xr-north", &body, &["org:xr-south admin"]), Ok(()));
}

#[test]
fn an_owner_that_never_enrolled_says_nothing() {
    let world = world();
    for root in ["xz root 1", "custodian 1"] {
        assert_eq!(judge(&world, "xz", &join("group:xr-north"), &[root]), Err(Void::Authority));
    }
    let nominated = judge(&world, "xz/operations/1", &nominate("xz/operations/1"), &["xz root 1"]);
    assert_eq!(nominated, Err(Void::Rule));
}

#[test]
fn kind_and_subject_must_go_together() {
    let world = world();
    let life = world.now + LIFE_S;
    let of_office =
        [nominate("xa/technical/1"), certify("xa/operations/1", 2, life), revoke("xa/operations/1", 1, None)];
    for body in of_office {
        assert_eq!(judge(&world, "xa", &body, &["xa root 1"]), Err(Void::Subject), "{body:?}");
    }
    for body in [enrol("xh"), delegate("xa", life), join("group:xr-north"), define_group(None)] {
        assert_eq!(judge(&world, "xa/operations/1", &body, &["xa root 1"]), Err(Void::Subject), "{body:?}");
        assert_eq!(judge(&world, "network", &body, &["custodian 1"]), Err(Void::Subject), "{body:?}");
    }
    let named = group_member("xa", MemberStatus::Member);
    assert_eq!(judge(&world, "xa", &named, &["xa root 1"]), Err(Void::Subject));
    assert_eq!(judge(&world, "group:none", &named, &["custodian 1"]), Err(Void::Subject));
    let organization = judge(&world, "org:xr-north", &join("group:xr-north"), &["org:xr-north admin"]);
    assert_eq!(organization, Err(Void::Subject), "groups are of States");
}

#[test]
fn whoever_is_chosen_to_sign_is_entitled() {
    let world = world();
    let life = world.now + LIFE_S;
    let said = [
        ("xh", enrol_with(&["xh root 1"], 1)),
        ("xg", delegate_to(&["xg admin 2"], life)),
        ("xg/technical/1", nominate("xg/technical/1")),
        ("xg/operations/1", certify("xg/operations/1", 2, life)),
        ("xg/operations/1", revoke("xg/operations/1", 1, None)),
        ("group:new", define_group(Some("org:xr-north"))),
        ("group:xr-north", group_member("xd", MemberStatus::Member)),
        ("xg", join("group:xr-north")),
    ];
    let everybody = [
        "custodian 1",
        "custodian 2",
        "xg root 1",
        "xg root 2",
        "xg root 3",
        "xg admin",
        "xg admin 2",
        "xh root 1",
        "org:xr-north root 1",
        "org:xr-north admin",
        "xg/operations/1 signing 1",
        "xg/operations/1 signing 2",
        "xg/operations/1 transport 2",
    ];
    let kid = |name: &str| public::<Authority>(name).kid();
    for (subject, body) in said {
        for held in [everybody.as_slice(), &[], &["xg root 3", "xg root 2"], &["xg/operations/1 signing 1"]] {
            let holds = |wanted: Kid| held.iter().any(|name| kid(name) == wanted);
            let chosen = choose_signers(world.directory(), &name(subject), &body, &holds, world.now).unwrap();
            let signers: Vec<&str> =
                everybody.iter().copied().filter(|name| chosen.contains(&kid(name))).collect();
            assert_eq!(signers.len(), chosen.len());
            assert_eq!(judge(&world, subject, &body, &signers), Ok(()), "{subject}: {signers:?} of {held:?}");
        }
    }
    let wrong =
        choose_signers(world.directory(), &name("xg"), &nominate("xg/policy/1"), &|_| true, world.now);
    assert_eq!(wrong, None, "kind and subject do not fit");
}
