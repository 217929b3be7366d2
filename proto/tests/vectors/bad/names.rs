//! Which names and scopes are none? It must never know who would bear the name.

use liaison_keys::cbor;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files: Vec<Bad> = NAMES.iter().map(name).collect();
    files.extend(scopes(samples));
    files
}

fn name((reader, name, good, bad, about): &(&'static str, &str, &str, &str, &str)) -> Bad {
    let base = Base::own("1", reader, raw::text(good));
    base.bad(name, "malformed", about, raw::text(bad)).changed(&format!("{bad:?} instead of {good:?}."))
}

/// Reader, name, good, bad, about.
const NAMES: &[(&str, &str, &str, &str, &str)] = &[
    ("state", "state-in-capitals", "xa", "XA", "A State's code in capitals, as people write it."),
    ("state", "state-of-three-letters", "xa", "xaa", "A State's code of three letters."),
    ("state", "state-with-digit", "xa", "x1", "A State's code with a digit."),
    ("slug", "slug-empty", "a", "", "A slug of no character."),
    (
        "slug",
        "slug-of-33",
        "a2345678901234567890123456789012",
        "a23456789012345678901234567890123",
        "A slug of 33 characters; 32 is the limit.",
    ),
    ("slug", "slug-with-underscore", "a-b", "a_b", "A slug with an underscore."),
    ("slug", "slug-not-ascii", "oe", "\u{f6}", "A slug with a letter that is not a-z."),
    ("owner", "owner-without-org", "org:custodian", "custodian", "An organization without `org:`."),
    ("owner", "owner-org-in-capitals", "org:aid", "ORG:aid", "The prefix in capitals."),
    ("office", "office-without-number", "xa/operations/1", "xa/operations", "An office without its number."),
    ("office", "office-number-zero", "xa/operations/1", "xa/operations/0", "Numbers begin with 1."),
    (
        "office",
        "office-number-leading-zero",
        "xa/operations/1",
        "xa/operations/01",
        "One number has one spelling.",
    ),
    ("office", "office-number-plus", "xa/operations/1", "xa/operations/+1", "A sign before the number."),
    ("office", "office-number-65536", "xa/operations/65535", "xa/operations/65536", "A number beyond 65535."),
    ("office", "office-four-parts", "xa/operations/1", "xa/operations/1/1", "A fourth part."),
    ("office", "office-blank-in-front", "xa/operations/1", " xa/operations/1", "A blank in front."),
    ("group", "group-without-prefix", "group:xr-north", "xr-north", "A group without `group:`."),
    ("group", "group-empty", "group:a", "group:", "A group without a name."),
    (
        "subject",
        "subject-network-in-capitals",
        "network",
        "Network",
        "The network as a subject, in capitals.",
    ),
    ("template", "template-without-version", "general/1", "general", "A template without its version."),
    ("template", "template-version-zero", "general/1", "general/0", "Versions begin with 1."),
    ("template", "template-version-leading-zero", "general/1", "general/01", "One version has one spelling."),
    ("template", "template-version-65536", "general/65535", "general/65536", "A version beyond 65535."),
];

fn scopes(samples: &[Sample]) -> Vec<Bad> {
    let of = |name: &str| Base::vector(find(samples, name), "scope", &[]);
    let (bilateral, regional, global) = (of("scope-bilateral"), of("scope-regional"), of("scope-global"));
    let bad =
        |base: &Base, name: &str, about: &str, bytes: Vec<u8>| base.bad(name, "malformed", about, bytes);
    let parts = raw::parts(&bilateral.bytes);
    let offices = raw::parts(&parts[1]);
    let named = |offices: &[Vec<u8>]| raw::array(&[raw::number(1), raw::array(offices)]);
    let (first, second) = (offices[0].clone(), offices[1].clone());
    let region = raw::parts(&regional.bytes);
    let regional_of = |at: usize, to: Vec<u8>| raw::array(&raw::changed(&region, at, to));
    let categories = |numbers: &[u64]| {
        raw::array(&[
            raw::number(3),
            raw::array(&numbers.iter().map(|n| raw::number(*n)).collect::<Vec<_>>()),
        ])
    };
    let crowd: Vec<Vec<u8>> = (1..=1_025_u16).map(|n| raw::text(&format!("xb/a/{n}"))).collect();
    let crowded = bilateral.of(named(&crowd[..1_024]));
    let two = global.of(categories(&[0, 3]));
    vec![
        bad(
            &bilateral,
            "scope-kind-unknown",
            "A fourth kind of scope.",
            raw::patched(&bilateral.bytes, 1, &[4]),
        ),
        bad(&bilateral, "scope-bilateral-to-nobody", "No office is named: a scope fails closed.", named(&[])),
        bad(
            &bilateral,
            "scope-offices-unsorted",
            "Offices in descending order.",
            named(&[second.clone(), first.clone()]),
        ),
        bad(
            &bilateral,
            "scope-office-twice",
            "One office twice.",
            named(&[first.clone(), first.clone(), second.clone()]),
        ),
        bad(
            &bilateral,
            "scope-office-malformed",
            "One office is none.",
            named(&[first.clone(), raw::text("xb/single/02")]),
        ),
        bad(
            &bilateral,
            "scope-longer-name-first",
            "Sorted as text, and not by encodings, where the shorter one comes first.",
            named(&[raw::text("xb/diplomatic/1"), raw::text("xb/single/2")]),
        ),
        bad(&crowded, "scope-1025-offices", "More than 1,024 names.", named(&crowd))
            .changed("One office more at the end."),
        bad(&regional, "scope-regional-without-group", "No group is named.", regional_of(1, raw::array(&[]))),
        bad(
            &regional,
            "scope-regional-coordinators-missing",
            "Whether coordinators are meant is not said.",
            raw::array(&region[..3]),
        ),
        bad(
            &regional,
            "scope-regional-coordinators-a-number",
            "1 instead of true.",
            regional_of(3, raw::number(1)),
        ),
        bad(
            &regional,
            "scope-group-an-office",
            "An office where a group belongs.",
            regional_of(1, raw::array(&[raw::text("xb/single/1")])),
        ),
        bad(&two, "scope-category-unknown", "A category that has no number yet.", categories(&[0, 9])),
        bad(&two, "scope-categories-unsorted", "Categories in descending order.", categories(&[3, 0])),
        bad(&two, "scope-category-twice", "One category twice.", categories(&[0, 0, 3])),
        bad(
            &global,
            "scope-global-with-group",
            "A group in a global scope.",
            raw::array(&[raw::number(3), raw::array(&[]), cbor::encode(&"group:xr-north")]),
        ),
    ]
}
