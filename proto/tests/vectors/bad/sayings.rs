//! Came it before, too late, from who may not, or against its template? Steps 19 to 22 of `docs/protocol.md` §5.7.
//! It must never know keys.

use liaison_keys::names::HeaderHash;
use liaison_proto::limits::REPLAY_KEPT_S;
use liaison_proto::receipt;
use liaison_proto::scope::Scope;

use super::kit::Bad;
use super::letters::Letters;
use crate::forge::{LIVES_S, Press, READER, content, region, to};
use crate::samples::Sample;
use crate::world::{define_group, group_member, join, name};

const COORDINATOR: &str = "org:xr-north/coordinator/1";

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let mut files = times(&letters);
    files.extend(rights(&letters));
    files.push(other_group(samples));
    files.extend(templates(&letters));
    files
}

/// Steps 19 and 20.
fn times(letters: &Letters) -> Vec<Bad> {
    let base = letters.good();
    let hh = HeaderHash::of(&letters.press().header_bytes()).to_string();
    let again = |name: &str, error: &str, about: &str| {
        base.bad(&format!("envelope-{name}"), error, about, base.bytes.clone()).section("5.7")
    };
    let last = letters.world.now + LIVES_S + REPLAY_KEPT_S;
    vec![
        again("replay", "replay", "Verified before: the same hh.").given("seen", vec![hh]),
        again("too-old", "too-old", "A second more than seven days after it ended, by the reader's clock.")
            .given("now", last + 1),
        again(
            "too-old-by-the-log",
            "too-old",
            "The same by the newest signed head, under a clock that was set back.",
        )
        .given("head time", last + 1),
    ]
}

/// A message of a template, by the first device of an office.
fn by(letters: &Letters, office: &str, template: &str, own: &str, scope: Scope) -> Press {
    let mut press = Press::by(&letters.world, (office, 1), scope);
    press.claims.template = name(template);
    press.claims.body = content(template, own).into();
    press
}

/// Step 21.
fn rights(letters: &Letters) -> Vec<Bad> {
    let desk = "xa/operations/1";
    let bad = |name: &str, about: &str, changed: &str, good: &Press, wrong: &Press| {
        letters.sealed(
            &letters.good().of(good.delivery()),
            name,
            "not-entitled",
            about,
            changed,
            wrong.delivery(),
        )
    };
    let (bilateral, north) = (|| to(&[READER]), || region(&["xr-north"], &[], false));
    let crisis = r#"{"authoritative_text":"Exercise."}"#;
    let check = r#"{"challenge":"417 302 118 554"}"#;
    let general = r#"{"text":"Exercise. All is well."}"#;
    let press = |office, template, own, scope| by(letters, office, template, own, scope);
    vec![
        bad(
            "crisis-by-a-coordinator",
            "A crisis message by an organization.",
            "The template",
            &press(COORDINATOR, "general/1", general, bilateral()),
            &press(COORDINATOR, "crisis-message/1", crisis, bilateral()),
        ),
        bad(
            "incident-by-a-coordinator",
            "An incident notification by an organization.",
            "The template",
            &press(COORDINATOR, "general/1", general, bilateral()),
            &press(COORDINATOR, "incident-notification/1", r#"{"summary":"Exercise."}"#, bilateral()),
        ),
        bad(
            "assistance-by-a-coordinator",
            "A request for assistance by an organization.",
            "The template",
            &press(COORDINATOR, "general/1", general, bilateral()),
            &press(COORDINATOR, "request-for-assistance/1", r#"{"text":"Exercise."}"#, bilateral()),
        ),
        bad(
            "unknown-kind-by-a-coordinator",
            "A kind that the reader does not know, by an organization: it may be closed to it.",
            "The template",
            &press(COORDINATOR, "general/1", general, bilateral()),
            &press(COORDINATOR, "song/1", general, bilateral()),
        ),
        bad(
            "newer-crisis-by-a-coordinator",
            "Another version of a known kind has that kind's rights.",
            "The template",
            &press(COORDINATOR, "general/1", general, bilateral()),
            &press(COORDINATOR, "crisis-message/2", crisis, bilateral()),
        ),
        bad(
            "crisis-to-a-region",
            "A crisis message to more than named offices.",
            "The scope",
            &press(desk, "crisis-message/1", crisis, bilateral()),
            &press(desk, "crisis-message/1", crisis, north()),
        ),
        bad(
            "check-to-a-region-by-a-state",
            "A State's communication check to a region.",
            "The scope",
            &press(desk, "comm-check/1", check, bilateral()),
            &press(desk, "comm-check/1", check, north()),
        ),
        bad(
            "check-to-all-by-a-coordinator",
            "A coordinator's communication check to all.",
            "The scope",
            &press(COORDINATOR, "comm-check/1", check, north()),
            &press(COORDINATOR, "comm-check/1", check, Scope::global([])),
        ),
        bad(
            "acknowledgement-to-a-region",
            "An acknowledgement to a region.",
            "The scope",
            &press(desk, "acknowledgement/1", r#"{"level":"received"}"#, bilateral()),
            &press(desk, "acknowledgement/1", r#"{"level":"received"}"#, north()),
        ),
        bad(
            "receipt-to-a-region",
            "A device's receipt to a region.",
            "The scope",
            &receipt_by(letters, bilateral(), 1),
            &receipt_by(letters, north(), 1),
        ),
    ]
}

fn receipt_by(letters: &Letters, scope: Scope, lines: usize) -> Press {
    let line = receipt::DeviceReceipt {
        hh: HeaderHash::new([5; 32]),
        state: receipt::DeviceState::Delivered,
        time_ms: letters.world.now * 1000,
    };
    let mut press = Press::new(&letters.world, scope);
    press.claims.template = receipt::template();
    press.claims.body = receipt::encode(vec![line; lines]).into();
    press
}

/// A coordinator checks its own groups only.
fn other_group(samples: &[Sample]) -> Bad {
    let letters = Letters::after(samples, |world| {
        world.owner("org:aid");
        world.does("group:other", &define_group(Some("org:aid")), &["custodian 1"]);
        let member = group_member("xb", liaison_keys::directory::MemberStatus::Member);
        world.does("group:other", &member, &["org:aid admin"]).does(
            "xb",
            &join("group:other"),
            &["xb admin"],
        );
    });
    let check = r#"{"challenge":"417 302 118 554"}"#;
    let to_group = |group| by(&letters, COORDINATOR, "comm-check/1", check, region(&[group], &[], false));
    let base = letters.good().of(to_group("xr-north").delivery());
    let about = "A coordinator's communication check to another's group.";
    letters.sealed(
        &base,
        "check-to-anothers-group",
        "not-entitled",
        about,
        "The scope",
        to_group("other").delivery(),
    )
}

/// Step 22.
fn templates(letters: &Letters) -> Vec<Bad> {
    let bad = |name: &str, about: &str, template: &str, body: &[u8]| {
        letters.spoilt(&format!("template-{name}"), "template", about, "The body in claim 9", |press| {
            press.claims.template = crate::world::name(template);
            press.claims.body = body.to_vec().into();
        })
    };
    let concurring = hex::decode("a200a001a16b636f6e63757272656e6365f5").unwrap();
    let receipt = receipt_by(letters, to(&[READER]), 1);
    let nothing = receipt_by(letters, to(&[READER]), 0);
    vec![
        bad("body-a-null", "A body that is no content.", "general/1", &[0xf6]),
        bad(
            "body-with-float",
            "A decimal number in a field.",
            "general/1",
            &hex::decode("a200a001a16161f93c00").unwrap(),
        ),
        bad(
            "text-a-number",
            "A known field of another type.",
            "general/1",
            &hex::decode("a200a001a1647465787401").unwrap(),
        ),
        bad("concurrence-true", "An acknowledgement that agrees.", "acknowledgement/1", &concurring),
        letters.sealed(
            &letters.good().of(receipt.delivery()),
            "template-receipt-of-nothing",
            "template",
            "A receipt for no message.",
            "The lines of the receipt: none",
            nothing.delivery(),
        ),
    ]
}
