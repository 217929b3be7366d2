//! What may no statement of its kind say? The rules of each kind (`docs/protocol.md` §3.2).
//! It must never know who has to sign, beyond signing as it must be.

use liaison_keys::directory::body::{Delegate, Enrol};
use liaison_keys::directory::group::DefineGroup;
use liaison_keys::directory::rules::CERTIFICATE_LIVES_S_MAX;
use liaison_keys::directory::{Body, Category, MemberStatus, OfficeRecord};

use super::kit::Bad;
use super::said::{Said, pair, words};
use crate::samples::Sample;
use crate::world::{
    LIFE_S, certifiers, certify, certify_keys, define_group, delegate, delegate_to, enrol, enrol_with,
    group_member, join, name, nominate, revoke,
};

const DESK: &str = "xa/operations/1";

const NEW: &str = "xa/technical/1";

const NORTH: &str = "group:xr-north";

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = enrolments();
    files.extend(delegations());
    files.extend(nominations());
    files.extend(certifications());
    files.extend(revocations());
    files.extend(groups());
    files
}

fn enrolments() -> Vec<Bad> {
    let said = Said::new();
    let signers = || vec!["custodian 1", "xc root 1"];
    let spoilt = |spoil: &dyn Fn(&mut Enrol)| {
        let Body::Enrol(mut body) = enrol("xc") else { unreachable!() };
        spoil(&mut body);
        ("xc", Body::Enrol(body), signers())
    };
    let bad = |name: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut Enrol)| {
        let good = ("xc", enrol("xc"), signers());
        words(&said, &format!("enrol-{name}"), "rule", about, changed, good, spoilt(spoil))
    };
    let names: [&str; 17] = std::array::from_fn(|n| ROOTS[n]);
    let roots = |keys: &[&'static str], m| ("xc", enrol_with(keys, m), [&["custodian 1"], keys].concat());
    let many = |name: &str, about: &str, changed: &str, good, bad| {
        words(&said, &format!("enrol-{name}"), "rule", about, changed, good, bad)
    };
    let unsorted = {
        let Body::Enrol(mut body) = enrol_with(&names[..2], 1) else { unreachable!() };
        body.roots.reverse();
        ("xc", Body::Enrol(body), vec!["custodian 1", names[0], names[1]])
    };
    vec![
        many(
            "again",
            "An owner that is enrolled.",
            "The owner: xa, next in its chain",
            ("xc", enrol_with(&[names[0]], 1), vec!["custodian 1", names[0]]),
            ("xa", enrol_with(&[names[0]], 1), vec!["custodian 1", names[0]]),
        ),
        bad("without-name", "No name.", "The name", &|body| body.name = String::new()),
        bad("name-with-blank", "A blank at the name's end.", "The name", &|body| body.name.push(' ')),
        bad("name-of-two-lines", "A name of two lines.", "The name", &|body| {
            body.name = "Name\nof the owner".to_owned()
        }),
        bad("name-with-escape", "A control character in a name.", "The name", &|body| {
            body.name = "Name \u{1b}[2J".to_owned()
        }),
        bad(
            "name-turned-around",
            "A character that turns the direction of what follows.",
            "The name",
            &|body| body.name = "\u{202e}renwo".to_owned(),
        ),
        bad("name-of-201", "A name of 201 characters.", "The name", &|body| body.name = "n".repeat(201)),
        bad("note-verbale-empty", "A reference of no character.", "Key 5 of the body", &|body| {
            body.note_verbale = Some(String::new())
        }),
        bad("m-zero", "Nobody has to sign.", "m", &|body| body.threshold = 0),
        bad("m-above-n", "More must sign than there are.", "m", &|body| body.threshold = 2),
        many(
            "without-root",
            "No root key.",
            "The root keys",
            roots(&names[..1], 1),
            ("xc", enrol_with(&[], 1), vec!["custodian 1"]),
        ),
        many(
            "roots-unsorted",
            "Root keys in descending order.",
            "The order of the root keys",
            roots(&names[..2], 1),
            unsorted,
        ),
        many(
            "17-roots",
            "More than 16 root keys.",
            "One root key more",
            roots(&names[..16], 16),
            roots(&names, 16),
        ),
    ]
}

fn delegations() -> Vec<Bad> {
    let said = Said::new();
    let now = said.world.now;
    let until = |expires| ("xa", delegate("xa", expires), vec!["xa root 1", "xa admin"]);
    let two = |reversed: bool| {
        let Body::Delegate(Delegate { mut admins, expires }) =
            delegate_to(&["xa admin", "xa admin 2"], now + LIFE_S)
        else {
            unreachable!()
        };
        if reversed {
            admins.reverse();
        }
        ("xa", Body::Delegate(Delegate { admins, expires }), vec!["xa root 1", "xa admin", "xa admin 2"])
    };
    let nobody = ("xa", delegate_to(&[], now + LIFE_S), vec!["xa root 1"]);
    let max = now + CERTIFICATE_LIVES_S_MAX;
    vec![
        words(
            &said,
            "delegate-too-long",
            "rule",
            "Lives a second longer than 396 days.",
            "The end",
            until(max),
            until(max + 1),
        ),
        words(
            &said,
            "delegate-ended",
            "rule",
            "Ends when it is logged.",
            "The end",
            until(now + 1),
            until(now),
        ),
        words(&said, "delegate-to-nobody", "rule", "No admin key.", "The keys", until(max), nobody),
        words(
            &said,
            "delegate-unsorted",
            "rule",
            "Admin keys in descending order.",
            "The order of the keys",
            two(false),
            two(true),
        ),
    ]
}

fn nominations() -> Vec<Bad> {
    let said = Said::new();
    let spoilt = |subject: &'static str, by: &'static str, spoil: &dyn Fn(&mut OfficeRecord)| {
        let Body::Nominate(mut record) = nominate(subject) else { unreachable!() };
        spoil(&mut record);
        (subject, Body::Nominate(record), vec![by])
    };
    let good = || spoilt(NEW, "xa admin", &|_| ());
    let bad = |name: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut OfficeRecord)| {
        words(
            &said,
            &format!("nominate-{name}"),
            "rule",
            about,
            changed,
            good(),
            spoilt(NEW, "xa admin", spoil),
        )
    };
    let elsewhere =
        |name: &str, about: &str, good, subject: &'static str, by, spoil: &dyn Fn(&mut OfficeRecord)| {
            words(
                &said,
                &format!("nominate-{name}"),
                "rule",
                about,
                "The subject, or the categories",
                good,
                spoilt(subject, by, spoil),
            )
        };
    let of_organization = || spoilt("org:xr-north/desk/1", "org:xr-north admin", &|_| ());
    vec![
        elsewhere("again", "An office that is nominated.", good(), DESK, "xa admin", &|_| ()),
        elsewhere(
            "for-no-category",
            "A State's office whose slug names no category.",
            good(),
            "xa/kitchen/1",
            "xa admin",
            &|record| record.categories = vec![Category::Technical],
        ),
        elsewhere(
            "of-an-organization-with-categories",
            "Categories are States'.",
            of_organization(),
            "org:xr-north/desk/1",
            "org:xr-north admin",
            &|record| record.categories = vec![Category::Technical],
        ),
        bad("without-category", "A State's office without a category.", "The categories", &|record| {
            record.categories.clear()
        }),
        bad(
            "without-its-main-category",
            "The category that its slug names is missing.",
            "The categories",
            &|record| record.categories = vec![Category::Policy],
        ),
        bad("categories-unsorted", "Categories in descending order.", "The categories", &|record| {
            record.categories = vec![Category::Operations, Category::Technical]
        }),
        bad("category-twice", "One category twice.", "The categories", &|record| {
            record.categories = vec![Category::Technical; 2]
        }),
        bad("unit-with-blank", "A blank in front of the unit's name.", "The unit", &|record| {
            record.unit.insert(0, ' ')
        }),
        bad("unit-with-line-separator", "A line separator in the unit's name.", "The unit", &|record| {
            record.unit = "Duty\u{2028}desk".to_owned()
        }),
        bad("17-languages", "More than 16 languages.", "The languages", &|record| {
            record.languages = vec!["en".to_owned(); 17]
        }),
        bad("language-with-escape", "A control character in a language.", "The languages", &|record| {
            record.languages = vec!["en\u{1b}[2J".to_owned()]
        }),
    ]
}

fn certifications() -> Vec<Bad> {
    let said = Said::new();
    let now = said.world.now;
    let by =
        |office: &'static str, n: u32, expires| (office, certify(office, n, expires), certifiers(office, n));
    let two = |said: &Said,
               name: &str,
               error: &str,
               about: &str,
               changed: &str,
               good: (&str, Body, [String; 3]),
               bad: (&str, Body, [String; 3])| {
        let entry =
            |(subject, body, signers): (&str, Body, [String; 3])| said.entry(subject, &body, &signers);
        pair(&said.base(entry(good)), name, error, about, &format!("{changed}; signed again."), entry(bad))
            .section("3.2")
    };
    let max = now + CERTIFICATE_LIVES_S_MAX;
    let revoked = Said::after(|world| {
        world.revoke(DESK, 1, None).advance(60);
    });
    let life = now + LIFE_S;
    let other_transport = {
        let (signing, transport) = ("xa/operations/1 signing 1", "xa new transport");
        let signers = ["xa admin", signing, transport].map(str::to_owned);
        (DESK, certify_keys(signing, transport, life), signers)
    };
    vec![
        two(
            &said,
            "certify-before-nomination",
            "rule",
            "A device of an office that is not nominated.",
            "The office",
            by(DESK, 2, life),
            by(NEW, 1, life),
        ),
        two(
            &said,
            "certify-too-long",
            "rule",
            "Lives a second longer than 396 days.",
            "The end",
            by(DESK, 2, max),
            by(DESK, 2, max + 1),
        ),
        two(
            &said,
            "certify-ended",
            "rule",
            "Ends when it is logged.",
            "The end",
            by(DESK, 2, now + 1),
            by(DESK, 2, now),
        ),
        two(
            &said,
            "certify-with-another-transport-key",
            "rule",
            "A device renewed under another transport key.",
            "The transport key",
            by(DESK, 1, life),
            other_transport,
        ),
        two(
            &revoked,
            "certify-after-revocation",
            "rule",
            "A device that was revoked.",
            "The device: the first instead of the second",
            by(DESK, 2, life),
            by(DESK, 1, life),
        ),
    ]
}

fn revocations() -> Vec<Bad> {
    let said = Said::new();
    let now = said.world.now;
    let of = |office: &'static str, body| (office, body, vec!["xa admin"]);
    let good = || of(DESK, revoke(DESK, 1, None));
    let again = Said::after(|world| {
        world.revoke(DESK, 1, Some(now)).advance(60);
    });
    vec![
        words(
            &said,
            "revoke-nobodys-device",
            "rule",
            "A device that was never certified.",
            "The device",
            good(),
            of(DESK, revoke(DESK, 9, None)),
        ),
        words(
            &said,
            "revoke-another-offices-device",
            "rule",
            "A device of another office.",
            "The device",
            good(),
            of(DESK, revoke("xb/operations/1", 1, None)),
        ),
        words(
            &again,
            "revoke-saying-nothing-new",
            "rule",
            "Says the same as the last time, only made later.",
            "The time since when",
            of(DESK, revoke(DESK, 1, Some(now - 1))),
            of(DESK, revoke(DESK, 1, Some(now))),
        ),
    ]
}

fn groups() -> Vec<Bad> {
    let said = Said::new();
    let defined = |coordinator| ("group:new", define_group(Some(coordinator)), vec!["custodian 1"]);
    let renamed = |named: &str| {
        let body = DefineGroup { name: named.to_owned(), coordinator: Some(name("org:xr-north")) };
        ("group:new", Body::DefineGroup(body), vec!["custodian 1"])
    };
    let member = |state| (NORTH, group_member(state, MemberStatus::Observer), vec!["org:xr-north admin"]);
    let joins = |group| ("xa", join(group), vec!["xa admin"]);
    let ended = Said::after(|world| {
        world.does("group:other", &define_group(Some("org:xr-north")), &["custodian 1"]);
        world.does(NORTH, &define_group(None), &["custodian 1"]);
    });
    vec![
        words(
            &said,
            "define-group-under-a-state",
            "rule",
            "A State as coordinator.",
            "The coordinator",
            defined("org:xr-north"),
            defined("xa"),
        ),
        words(
            &said,
            "define-group-under-nobody-enrolled",
            "rule",
            "A coordinator that is not enrolled.",
            "The coordinator",
            defined("org:xr-north"),
            defined("org:none"),
        ),
        words(
            &said,
            "define-group-name-turned-around",
            "rule",
            "A character that changes direction in the name.",
            "The name",
            renamed("North"),
            renamed("\u{200f}North"),
        ),
        words(
            &said,
            "group-member-not-enrolled",
            "rule",
            "A member that is not enrolled.",
            "The State",
            member("xb"),
            member("xz"),
        ),
        words(
            &said,
            "join-no-group",
            "rule",
            "A group that is not there.",
            "The group",
            joins(NORTH),
            joins("group:none"),
        ),
        words(
            &ended,
            "join-an-ended-group",
            "rule",
            "A group that has ended.",
            "The group",
            joins("group:other"),
            joins(NORTH),
        ),
    ]
}

const ROOTS: [&str; 17] = [
    "xc root 1",
    "xc root 2",
    "xc root 3",
    "xc root 4",
    "xc root 5",
    "xc root 6",
    "xc root 7",
    "xc root 8",
    "xc root 9",
    "xc root 10",
    "xc root 11",
    "xc root 12",
    "xc root 13",
    "xc root 14",
    "xc root 15",
    "xc root 16",
    "xc root 17",
];
