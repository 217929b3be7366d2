//! Who may not say it? Statements that are right in everything but who signed them (`docs/protocol.md` §3.2, table).
//! It must never know what a statement changes.

use liaison_keys::directory::rules::DELEGATE_DELAY_S;
use liaison_keys::directory::{Body, MemberStatus};

use super::kit::Bad;
use super::said::{Said, pair};
use crate::samples::Sample;
use crate::world::{
    LIFE_S, certify, define_group, delegate, delegate_to, enrol, enrol_with, group_member, join, nominate,
    revoke,
};

const DESK: &str = "xa/operations/1";
const NEW: &str = "xa/technical/1";
const NORTH: &str = "group:xr-north";

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = entitled();
    files.extend(of_two());
    files.extend(not_yet_and_no_more());
    files.extend(possession());
    files
}

/// The same words, rightly signed and by others.
fn signed(
    said: &Said,
    name: &str,
    error: &str,
    about: &str,
    (subject, body): (&str, &Body),
    good: &[&str],
    bad: &[&str],
) -> Bad {
    let (right, wrong) = (said.entry(subject, body, good), said.entry(subject, body, bad));
    let changed = format!("Signed by {}, instead of {}.", bad.join(", "), good.join(", "));
    pair(&said.base(right), name, error, about, &changed, wrong).section("3.2")
}

fn entitled() -> Vec<Bad> {
    let mut said = Said::new();
    said.world.device(DESK, 2);
    let life = said.world.now + LIFE_S;
    let bad = |name: &str, about: &str, words: (&str, Body), good: &[&str], wrong: &[&str]| {
        signed(&said, name, "authority", about, (words.0, &words.1), good, wrong)
    };
    let device = ["xa/operations/1 signing 3", "xa/operations/1 transport 3"];
    let certified = || (DESK, certify(DESK, 3, life));
    let admin = |others: &[&'static str]| [others, &["xa admin"]].concat();
    vec![
        bad(
            "nominate-by-another-state",
            "Another State's admin.",
            (NEW, nominate(NEW)),
            &["xa admin"],
            &["xb admin"],
        ),
        bad(
            "nominate-by-the-custodian",
            "The custodian has no say in a State's offices.",
            (NEW, nominate(NEW)),
            &["xa admin"],
            &["custodian 1"],
        ),
        bad(
            "nominate-by-a-device",
            "A device nominates nobody.",
            (NEW, nominate(NEW)),
            &["xa admin"],
            &["xa/operations/1 signing 1"],
        ),
        bad(
            "nominate-by-root-and-admin",
            "Root or admin, and not both.",
            (NEW, nominate(NEW)),
            &["xa admin"],
            &["xa admin", "xa root 1"],
        ),
        bad(
            "nominate-with-a-stranger",
            "The admin, and a stranger beside it.",
            (NEW, nominate(NEW)),
            &["xa admin"],
            &["xa admin", "stranger"],
        ),
        bad(
            "certify-by-another-state",
            "Another State's admin, and both keys of the device.",
            certified(),
            &admin(&device),
            &[device[0], device[1], "xb admin"],
        ),
        bad("certify-by-itself", "Nobody but the device's own keys.", certified(), &admin(&device), &device),
        bad(
            "delegate-by-an-admin",
            "An admin makes no admins.",
            ("xa", delegate_to(&["xa admin 2"], life)),
            &["xa root 1", "xa admin 2"],
            &["xa admin", "xa admin 2"],
        ),
        bad(
            "enrol-without-the-custodian",
            "A State enrols itself.",
            ("xc", enrol("xc")),
            &["custodian 1", "xc root 1"],
            &["xc root 1"],
        ),
        bad(
            "enrol-by-an-organization",
            "An organization's admin in the custodian's place.",
            ("xc", enrol("xc")),
            &["custodian 1", "xc root 1"],
            &["org:xr-north admin", "xc root 1"],
        ),
        bad(
            "define-group-by-the-coordinator",
            "A coordinator defines no groups.",
            ("group:new", define_group(Some("org:xr-north"))),
            &["custodian 1"],
            &["org:xr-north root 1"],
        ),
        bad(
            "group-member-by-the-custodian",
            "The custodian edits no group's members.",
            (NORTH, group_member("xb", MemberStatus::Removed)),
            &["org:xr-north admin"],
            &["custodian 1"],
        ),
        bad(
            "group-member-by-the-state",
            "A State does not name itself.",
            (NORTH, group_member("xb", MemberStatus::Member)),
            &["org:xr-north admin"],
            &["xb admin"],
        ),
        bad(
            "group-member-by-a-device",
            "The coordinator's device writes messages, it does not edit members.",
            (NORTH, group_member("xb", MemberStatus::Removed)),
            &["org:xr-north admin"],
            &["org:xr-north/coordinator/1 signing 1"],
        ),
        bad(
            "join-by-the-coordinator",
            "The coordinator does not wish for a State.",
            ("xa", join(NORTH)),
            &["xa admin"],
            &["org:xr-north admin"],
        ),
        bad(
            "revoke-by-another-device",
            "A device of the same office revokes only itself.",
            (DESK, revoke(DESK, 1, None)),
            &["xa/operations/1 signing 1"],
            &["xa/operations/1 signing 2"],
        ),
        bad(
            "revoke-by-itself-and-a-stranger",
            "The device itself, and a stranger beside it.",
            (DESK, revoke(DESK, 1, None)),
            &["xa/operations/1 signing 1"],
            &["xa/operations/1 signing 1", "stranger"],
        ),
        bad(
            "revoke-by-its-transport-key",
            "The transport key signs nothing but its certification.",
            (DESK, revoke(DESK, 1, None)),
            &["xa/operations/1 signing 1"],
            &["xa/operations/1 transport 1"],
        ),
        bad(
            "revoke-by-the-custodian",
            "The custodian revokes no State's device.",
            (DESK, revoke(DESK, 1, None)),
            &["xa admin"],
            &["custodian 1"],
        ),
    ]
}

/// An owner with three root keys, of which two sign.
fn of_two() -> Vec<Bad> {
    let roots = ["xg root 1", "xg root 2", "xg root 3"];
    let said = Said::after(|world| {
        world.does("xg", &enrol_with(&roots, 2), &[&["custodian 1"], roots.as_slice()].concat());
    });
    let body = delegate("xg", said.world.now + LIFE_S);
    let good = ["xg root 1", "xg root 2", "xg admin"];
    let bad = |name: &str, about: &str, wrong: &[&str]| {
        signed(&said, &format!("delegate-by-{name}"), "authority", about, ("xg", &body), &good, wrong)
    };
    vec![
        bad("one-of-two", "One root key where two must sign.", &["xg root 1", "xg admin"]),
        bad(
            "one-and-a-stranger",
            "One root key and a stranger where two must sign.",
            &["xg root 1", "stranger", "xg admin"],
        ),
        bad(
            "two-and-a-stranger",
            "Two root keys, and a stranger beside them.",
            &["xg root 1", "xg root 2", "stranger", "xg admin"],
        ),
    ]
}

fn not_yet_and_no_more() -> Vec<Bad> {
    let second = |wait: u64| {
        Said::after(|world| {
            let body = delegate_to(&["xa admin 2"], world.now + LIFE_S);
            world.does("xa", &body, &["xa root 1", "xa admin 2"]).advance(wait);
        })
    };
    let early = second(DELEGATE_DELAY_S - 1);
    let ended = Said::after(|world| {
        world.advance(LIFE_S);
    });
    let former = Said::after(|world| {
        world.owner("org:aid");
        world.does(NORTH, &define_group(Some("org:aid")), &["custodian 1"]);
    });
    let revoked = Said::after(|world| {
        world.does(DESK, &revoke(DESK, 1, None), &["xa admin"]);
    });
    let member = group_member("xb", MemberStatus::Observer);
    let stolen = revoke(DESK, 1, Some(revoked.world.now));
    let now = early.world.now;
    vec![
        signed(
            &early,
            "nominate-by-an-admin-too-soon",
            "authority",
            "A later delegation counts a day after it was logged: this is a second less.",
            (NEW, &nominate(NEW)),
            &["xa admin"],
            &["xa admin 2"],
        ),
        signed(
            &ended,
            "nominate-by-an-admin-that-ended",
            "authority",
            "The delegation has run out.",
            (NEW, &nominate(NEW)),
            &["xa root 1"],
            &["xa admin"],
        ),
        signed(
            &former,
            "group-member-by-a-former-coordinator",
            "authority",
            "The group has another coordinator since.",
            (NORTH, &member),
            &["org:aid admin"],
            &["org:xr-north admin"],
        ),
        signed(
            &revoked,
            "revoke-by-a-revoked-device",
            "authority",
            "A revoked device says nothing more about itself.",
            (DESK, &stolen),
            &["xa admin"],
            &["xa/operations/1 signing 1"],
        ),
        signed(
            &early,
            "certify-by-an-admin-too-soon",
            "authority",
            "The same for a device's certification.",
            (DESK, &certify(DESK, 2, now + LIFE_S)),
            &["xa admin", "xa/operations/1 signing 2", "xa/operations/1 transport 2"],
            &["xa admin 2", "xa/operations/1 signing 2", "xa/operations/1 transport 2"],
        ),
    ]
}

/// Whoever brings a key holds it.
fn possession() -> Vec<Bad> {
    let said = Said::new();
    let life = said.world.now + LIFE_S;
    let (signing, transport) = ("xa/operations/1 signing 2", "xa/operations/1 transport 2");
    let bad = |name: &str, about: &str, words: (&str, &Body), good: &[&str], wrong: &[&str]| {
        signed(&said, name, "no-possession", about, words, good, wrong).section("2.1")
    };
    let certified = (DESK, &certify(DESK, 2, life));
    vec![
        bad(
            "certify-without-its-signing-key",
            "The message-signing key did not sign.",
            certified,
            &["xa admin", signing, transport],
            &["xa admin", transport],
        ),
        bad(
            "certify-without-its-transport-key",
            "The transport key did not sign.",
            certified,
            &["xa admin", signing, transport],
            &["xa admin", signing],
        ),
        bad(
            "enrol-without-a-root-key",
            "One of the new root keys did not sign, although m is 1.",
            ("xc", &enrol_with(&["xc root 1", "xc root 2"], 1)),
            &["custodian 1", "xc root 1", "xc root 2"],
            &["custodian 1", "xc root 1"],
        ),
        bad(
            "delegate-without-an-admin-key",
            "The new admin key did not sign.",
            ("xa", &delegate_to(&["xa admin 2"], life)),
            &["xa root 1", "xa admin 2"],
            &["xa root 1"],
        ),
    ]
}
