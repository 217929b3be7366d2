//! Which fields can no message have? It must never know envelopes.

use liaison_proto::limits;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::Sample;

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = spelling();
    files.extend(values());
    files.extend(tables());
    files
}

/// Content of these own fields, given as keys and values.
fn own(fields: &[Vec<u8>]) -> Vec<u8> {
    raw::map(&[raw::number(0), raw::map(&[]), raw::number(1), raw::map(fields)])
}

fn field(name: &str, value: Vec<u8>) -> Vec<Vec<u8>> {
    vec![raw::text(name), value]
}

fn base(template: &str, fields: &[Vec<u8>]) -> Base {
    Base::own("5.6", "content", own(fields)).with("template", template)
}

fn spelling() -> Vec<Bad> {
    let one = |value: Vec<u8>| own(&field("a", value));
    let good = base("song/1", &field("a", raw::number(1)));
    let bad = |name: &str, about: &str, bytes: Vec<u8>| {
        good.bad(&format!("content-{name}"), "malformed", about, bytes)
    };
    let named = |name: &str| own(&field(name, raw::number(1)));
    let two = base("song/1", &[field("b", raw::number(1)), field("aa", raw::number(2))].concat());
    let both = |fields: &[&[Vec<u8>]]| own(&fields.concat());
    let (b, aa) = (field("b", raw::number(1)), field("aa", raw::number(2)));
    let nested = |depth: usize| one([vec![0x81; depth], vec![0x01]].concat());
    let deepest = good.of(nested(limits::FIELD_DEPTH_MAX));
    let parts = raw::parts(&good.bytes);
    vec![
        bad("float", "A decimal number.", one(vec![0xf9, 0x3c, 0x00])),
        bad("null", "Null: nothing is said by leaving a field out.", one(vec![0xf6])),
        bad("undefined", "Undefined.", one(vec![0xf7])),
        bad("bytes", "A byte string.", one(vec![0x41, 0x01])),
        bad("tag", "A tag: a time as CBOR would have it.", one(vec![0xc1, 0x01])),
        bad("integer-beyond-64-bits", "A number above 2^63 − 1.", one(vec![0x1b, 0x80, 0, 0, 0, 0, 0, 0, 0])),
        bad("integer-below-64-bits", "A number below −2^63.", one(vec![0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0])),
        bad("integer-too-long", "1 in two bytes.", one(vec![0x18, 0x01])),
        bad("list-indefinite", "A list of indefinite length.", one(vec![0x9f, 0x01, 0xff])),
        bad("text-not-utf8", "A text that is not UTF-8.", one(vec![0x61, 0xff])),
        bad("name-in-capitals", "A field's name with a capital.", named("A")),
        bad("name-begins-with-digit", "A field's name that begins with a digit.", named("1a")),
        bad("name-with-dot", "A field's name with a dot, which paths are made of.", named("a.b")),
        bad("name-empty", "A field without a name.", named("")),
        bad("name-of-65", "A field's name of 65 characters.", named(&"a".repeat(65))),
        bad("name-a-number", "A number in a name's place.", own(&[raw::number(1), raw::number(1)])),
        two.bad("content-longer-name-first", "malformed", "The longer name first.", both(&[&aa, &b])),
        two.bad("content-field-twice", "malformed", "One field twice.", both(&[&b, &b, &aa])),
        deepest.bad(
            "content-too-deep",
            "malformed",
            "A value of nine lists, one in the other.",
            nested(limits::FIELD_DEPTH_MAX + 1),
        ),
        bad(
            "nesting-of-hundreds",
            "Lists in lists, as deep as the bytes allow: the stack must not run out.",
            nested(4_000),
        )
        .changed("4,000 lists around the number."),
        bad(
            "third-part",
            "A third group of fields.",
            raw::map(&[parts.clone(), vec![raw::number(2), raw::map(&[])]].concat()),
        ),
        bad("without-common", "The common fields are missing.", raw::map(&parts[2..])),
        bad("parts-swapped", "The own fields first.", raw::map(&[&parts[2..], &parts[..2]].concat())),
        bad("an-array", "An array instead of the map.", raw::array(&[parts[1].clone(), parts[3].clone()])),
    ]
}

/// What is too much or harmful wherever it stands, also in fields that the reader does not know.
fn values() -> Vec<Bad> {
    let text = |chars: usize| field("a", raw::text(&"x".repeat(chars)));
    let list = |items: usize| field("a", raw::array(&vec![raw::number(1); items]));
    let fields = |count: usize| {
        let mut names: Vec<String> = (0..count).map(|n| format!("f{n}")).collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        names.iter().flat_map(|name| field(name, raw::number(1))).collect::<Vec<_>>()
    };
    let bad = |name: &str, error: &str, about: &str, changed: &str, good: &[Vec<u8>], wrong: &[Vec<u8>]| {
        base("song/1", good).bad(&format!("content-{name}"), error, about, own(wrong)).changed(changed)
    };
    let long = |bytes: usize| {
        (0..14)
            .flat_map(|n| field(&format!("f{}", char::from(b'a' + n)), raw::text(&"x".repeat(bytes))))
            .collect::<Vec<_>>()
    };
    let steers = field("a", raw::text("\u{1b}[2J"));
    vec![
        bad(
            "text-of-20001",
            "fields",
            "A text of 20,001 characters.",
            "One character more.",
            &text(limits::TEXT_CHARS_MAX),
            &text(limits::TEXT_CHARS_MAX + 1),
        ),
        bad(
            "list-of-201",
            "fields",
            "A list of 201 items.",
            "One item more.",
            &list(limits::LIST_ITEMS_MAX),
            &list(limits::LIST_ITEMS_MAX + 1),
        ),
        bad(
            "201-fields",
            "fields",
            "A group of 201 fields.",
            "One field more.",
            &fields(limits::GROUP_FIELDS_MAX),
            &fields(limits::GROUP_FIELDS_MAX + 1),
        ),
        bad(
            "text-with-escape",
            "fields",
            "A control character, which could steer a terminal.",
            "The text.",
            &text(4),
            &steers,
        ),
        bad(
            "too-long",
            "too-large",
            "More than 262,144 bytes.",
            "Fourteen longer texts.",
            &long(100),
            &long(20_000),
        ),
    ]
}

/// What the tables of known templates refuse.
fn tables() -> Vec<Bad> {
    let general = |value: Vec<u8>| field("text", value);
    let bad = |name: &str, template: &str, about: &str, good: &[Vec<u8>], wrong: &[Vec<u8>]| {
        let bad = base(template, good).bad(&format!("content-{name}"), "fields", about, own(wrong));
        if bad.changed.is_empty() { bad.changed("The field.") } else { bad }
    };
    let common =
        |fields: &[Vec<u8>]| raw::map(&[raw::number(0), raw::map(fields), raw::number(1), raw::map(&[])]);
    let of_common = |name: &str, about: &str, good: &[Vec<u8>], wrong: &[Vec<u8>]| {
        let base = Base::own("5.6", "content", common(good)).with("template", "general/1");
        base.bad(&format!("content-{name}"), "fields", about, common(wrong))
    };
    let level = || field("level", raw::text("received"));
    let agrees = |flag: u8| [level(), field("concurrence", vec![flag])].concat();
    let ack = "acknowledgement/1";
    let office = |office: &str| field("passed_to", raw::array(&[raw::text(office)]));
    let time = |time: &str| field("expected_reply_by", raw::text(time));
    vec![
        bad(
            "text-a-number",
            "general/1",
            "A number where a text belongs.",
            &general(raw::text("1")),
            &general(raw::number(1)),
        ),
        bad(
            "text-a-list",
            "general/1",
            "A list where a text belongs.",
            &general(raw::text("1")),
            &general(raw::array(&[raw::text("1")])),
        ),
        bad(
            "line-of-two-lines",
            ack,
            "Two lines where one belongs.",
            &field("by_person_role", raw::text("duty officer")),
            &field("by_person_role", raw::text("duty\nofficer")),
        ),
        bad(
            "line-of-201",
            ack,
            "A line of 201 characters.",
            &field("by_person_role", raw::text(&"x".repeat(200))),
            &field("by_person_role", raw::text(&"x".repeat(201))),
        ),
        bad("concurrence-true", ack, "An acknowledgement is never agreement.", &agrees(0xf4), &agrees(0xf5))
            .section("6.3"),
        bad(
            "office-malformed",
            ack,
            "An office that is none.",
            &office("xb/operations/1"),
            &office("xb/operations/01"),
        ),
        bad("time-malformed", ack, "A time that is none.", &time("2026-03-02T04:31Z"), &time("tomorrow")),
        of_common(
            "subject-of-201",
            "A subject of 201 characters.",
            &field("subject", raw::text(&"x".repeat(200))),
            &field("subject", raw::text(&"x".repeat(201))),
        ),
        of_common(
            "lang-malformed",
            "A language that is none.",
            &field("lang", raw::text("en")),
            &field("lang", raw::text("e")),
        ),
        of_common(
            "handling-a-text",
            "A text where a group of fields belongs.",
            &field("handling", raw::map(&field("tlp", raw::text("red")))),
            &field("handling", raw::text("red")),
        ),
        of_common(
            "supersedes-malformed",
            "A reference that is none.",
            &field("supersedes", raw::text(&"07".repeat(32))),
            &field("supersedes", raw::text("07")),
        ),
    ]
}
