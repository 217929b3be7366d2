//! Which subjects, keys and numbers may no statement have? (`docs/protocol.md` §3.2, §3.4)
//! It must never know who has to sign, beyond signing as it must be.

use liaison_keys::directory::MemberStatus;

use super::kit::Bad;
use super::said::{Said, pair, words};
use crate::samples::Sample;
use crate::world::{
    LIFE_S, certifiers, certify, certify_keys, define_group, delegate_to, enrol, enrol_with, group_member,
    join, nominate,
};

const DESK: &str = "xa/operations/1";

const NEW: &str = "xa/technical/1";

const NORTH: &str = "group:xr-north";

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = subjects();
    files.extend(keys_taken());
    files.extend(caps());
    files
}

fn subjects() -> Vec<Bad> {
    let said = Said::new();
    let organization = ["custodian 1", "org:aid root 1"].to_vec();
    let nomination = || (NEW, nominate(NEW), vec!["xa admin"]);
    let joins = || ("xa", join(NORTH), vec!["xa admin"]);
    let member = || (NORTH, group_member("xb", MemberStatus::Observer), vec!["org:xr-north admin"]);
    let bad = |name: &str, about: &str, changed: &str, good, bad| {
        words(&said, name, "subject", about, changed, good, bad)
    };
    vec![
        bad(
            "nominate-an-owner",
            "A nomination about a State instead of an office.",
            "The subject",
            nomination(),
            ("xa", nominate(NEW), vec!["xa admin"]),
        ),
        bad(
            "enrol-an-office",
            "An enrolment about an office.",
            "The subject",
            ("org:aid", enrol("org:aid"), organization.clone()),
            ("org:aid/desk/1", enrol("org:aid"), organization),
        ),
        bad(
            "join-by-an-organization",
            "Groups are of States.",
            "The subject",
            joins(),
            ("org:xr-north", join(NORTH), vec!["org:xr-north admin"]),
        ),
        bad(
            "define-group-about-an-owner",
            "A group's definition about an organization.",
            "The subject",
            ("group:new", define_group(Some("org:xr-north")), vec!["custodian 1"]),
            ("org:xr-north", define_group(Some("org:xr-north")), vec!["custodian 1"]),
        ),
        bad(
            "group-member-about-a-state",
            "A membership about the State instead of the group.",
            "The subject",
            member(),
            ("xb", group_member("xb", MemberStatus::Observer), vec!["org:xr-north admin"]),
        ),
        bad(
            "group-member-of-no-group",
            "A group that was never defined has no coordinator.",
            "The subject",
            member(),
            ("group:none", group_member("xb", MemberStatus::Observer), vec!["org:xr-north admin"]),
        ),
    ]
}

/// One key, one owner, one role, for ever.
fn keys_taken() -> Vec<Bad> {
    let said = Said::new();
    let life = said.world.now + LIFE_S;
    let (signing, transport) = ("xa new signing", "xa new transport");
    let certified = |signing: &'static str, transport: &'static str| {
        (DESK, certify_keys(signing, transport, life), vec!["xa admin", signing, transport])
    };
    let device = |name: &str, about: &str, signing_key, transport_key| {
        let good = certified(signing, transport);
        words(
            &said,
            &format!("key-{name}"),
            "key-taken",
            about,
            "The key, which signs too",
            good,
            certified(signing_key, transport_key),
        )
        .section("2.1")
    };
    let delegated = |admin: &'static str| ("xa", delegate_to(&[admin], life), vec!["xa root 1", admin]);
    let admin = |name: &str, about: &str, key| {
        words(
            &said,
            &format!("key-{name}"),
            "key-taken",
            about,
            "The key, which signs too",
            delegated("xa admin 2"),
            delegated(key),
        )
        .section("2.1")
    };
    let root = |root: &'static str| ("xc", enrol_with(&[root], 1), vec!["custodian 1", root]);
    let rooted = |name: &str, about: &str, key| {
        words(
            &said,
            &format!("key-{name}"),
            "key-taken",
            about,
            "The key, which signs too",
            root("xc root 1"),
            root(key),
        )
        .section("2.1")
    };
    vec![
        device(
            "of-another-states-device",
            "XA certifies XB's message-signing key as its own.",
            "xb/operations/1 signing 1",
            transport,
        ),
        device(
            "transport-of-another-state",
            "XA certifies XB's transport key as its own.",
            signing,
            "xb/operations/1 transport 1",
        ),
        device(
            "signing-was-transport",
            "A transport key as a message-signing key.",
            "xa/operations/1 transport 1",
            transport,
        ),
        device(
            "transport-of-another-device",
            "The transport key of the office's first device for its second.",
            signing,
            "xa/operations/1 transport 1",
        ),
        device("admin-as-device", "An admin key as a device's.", "xa admin", transport),
        device("log-as-transport", "The log's key as a transport key.", signing, "log"),
        moved(life),
        words(
            &said,
            "key-signing-is-transport",
            "key-taken",
            "One key for both.",
            "The transport key",
            certified(signing, transport),
            (DESK, certify_keys(signing, signing, life), vec!["xa admin", signing]),
        )
        .section("2.1"),
        admin("root-as-admin", "A root key as an admin key.", "xa root 1"),
        admin("relay-as-admin", "The relay's receipt key as an admin key.", "relay receipt"),
        admin("another-states-admin", "Another State's admin key.", "xb admin"),
        rooted("custodian-as-root", "A custodian key as a State's root.", "custodian 2"),
        rooted("another-states-root", "Another State's root.", "xa root 1"),
    ]
}

/// The office's own device, certified once more for another office of its State.
fn moved(life: u64) -> Bad {
    let said = Said::after(|world| {
        world.does(NEW, &nominate(NEW), &["xa admin"]);
    });
    let keys = ["xa/operations/1 signing 1", "xa/operations/1 transport 1"];
    let certified = |signing, transport| {
        (NEW, certify_keys(signing, transport, life), vec!["xa admin", signing, transport])
    };
    let good = certified("xa new signing", "xa new transport");
    let about = "A device of another office of the same State.";
    words(
        &said,
        "key-of-another-office",
        "key-taken",
        about,
        "Both keys, which sign too",
        good,
        certified(keys[0], keys[1]),
    )
    .section("2.1")
}

/// One more than the directory holds.
fn caps() -> Vec<Bad> {
    let desk = "org:xr-north/coordinator/1";
    let said = |devices: u32| {
        Said::after(|world| {
            for n in 2..=devices {
                world.device(desk, n);
            }
        })
    };
    let full = said(16);
    let certified =
        |said: &Said, n| said.entry(desk, &certify(desk, n, said.world.now + LIFE_S), &certifiers(desk, n));
    let renewed = full.base(certified(&full, 16));
    let states = Said::after(|world| {
        for n in 2..=32 {
            world.device(DESK, n);
        }
    });
    let of_state = |n| states.entry(DESK, &certify(DESK, n, states.world.now + LIFE_S), &certifiers(DESK, n));
    vec![
        pair(
            &renewed,
            "certify-17th-device-of-an-organization",
            "cap",
            "A 17th live device of an organization.",
            "The device: a new one instead of one that is renewed; signed again.",
            certified(&full, 17),
        )
        .section("3.2"),
        pair(
            &states.base(of_state(32)),
            "certify-33rd-device-of-a-state",
            "cap",
            "A 33rd live device of a State.",
            "The device: a new one instead of one that is renewed; signed again.",
            of_state(33),
        )
        .section("3.2"),
        organizations(),
    ]
}

/// The log of this one is the longest of the kit: a hundred enrolments.
fn organizations() -> Bad {
    let full = Said::after(|world| {
        for n in 2..=100 {
            let (owner, root) = (format!("org:o-{n}"), format!("org:o-{n} root 1"));
            world.does(&owner, &enrol(&owner), &["custodian 1", &root]);
        }
    });
    let enrolled =
        |owner: &str| full.entry(owner, &enrol(owner), &["custodian 1", &format!("{owner} root 1")]);
    let changed = "The owner: an organization instead of a State; signed again.";
    pair(
        &full.base(enrolled("xc")),
        "enrol-101st-organization",
        "cap",
        "A 101st organization.",
        changed,
        enrolled("org:last"),
    )
    .section("3.2")
}
