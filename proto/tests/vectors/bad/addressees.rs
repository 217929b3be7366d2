//! Did the signer count, and is it sealed to exactly those whom its scope means? Steps 16 and 18 of `docs/protocol.md`
//! §5.7. It must never know what a message says.

use liaison_keys::directory::Category;
use liaison_proto::envelope::{LeftOut, LeftOutReason, WrapsMark};

use super::kit::Bad;
use super::letters::Letters;
use crate::forge::{Press, READER, SENDER, region, to};
use crate::samples::Sample;
use crate::world::{certifiers, certify, device};

const COORDINATOR: &str = "org:xr-north/coordinator/1";

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let mut files = signers(&letters);
    files.extend(signers_in_time(samples));
    files.extend(scopes(&letters));
    files.extend(recipients(&letters));
    files.push(own_office(samples));
    files
}

/// Step 16, as the directory stands.
fn signers(letters: &Letters) -> Vec<Bad> {
    let bad = |name: &str, about: &str, office: &str| {
        letters.spoilt(&format!("signer-{name}"), "signer", about, "The office in claim 1", |press| {
            press.claims.signer.1 = crate::world::name(office);
        })
    };
    vec![
        bad("of-another-state", "Claims an office of another State.", "xb/operations/1"),
        bad("of-another-office", "Claims another office of its State.", "xa/diplomatic/1"),
        bad("of-another-number", "Claims the same office with another number.", "xa/operations/2"),
    ]
}

/// Step 16, as time goes by.
fn signers_in_time(samples: &[Sample]) -> Vec<Bad> {
    let scope = || to(&[READER]);
    let later = Letters::after(samples, |world| {
        world.advance(60).device(SENDER, 2);
    });
    let by_second = |letters: &Letters, seconds: u64| {
        let mut press = Press::by(&letters.world, (SENDER, 2), scope()).later(seconds);
        press.wrapped = [device(READER, 1), device(READER, 2), device(SENDER, 1)].into();
        press
    };
    let certified = by_second(&later, 0);
    let mut before = by_second(&later, 0);
    before.claims.checkpoint = later.press().claims.checkpoint;
    let hour = Letters::after(samples, |world| {
        let body = certify(SENDER, 2, world.now + 3_600);
        world.does(SENDER, &body, &certifiers(SENDER, 2));
    });
    let now = hour.world.now + 4_000;
    let in_time = hour.good().of(by_second(&hour, 3_599).delivery()).with("now", now);
    let too_late = by_second(&hour, 3_600).delivery();
    let retired = Letters::after(samples, |world| {
        world.advance(600).revoke(SENDER, 1, None);
    });
    let made = |seconds: u64| retired.press().later(seconds).delivery();
    let just_before = retired.good().of(made(599)).with("now", retired.world.now);
    let ended = Letters::after(samples, |world| {
        world.advance(600).revoke(SENDER, 1, None);
    });
    let under_the_end = {
        let mut press = ended.press().later(700);
        press.claims.checkpoint.note = ended.world.note().into();
        press.claims.checkpoint.head = Some(ended.world.head().into());
        press
    };
    let before_the_end = {
        let mut press = ended.press().later(500);
        press.claims.checkpoint = ended.press().claims.checkpoint;
        press
    };
    vec![
        later.sealed(
            &later.good().of(certified.delivery()),
            "signer-not-yet-certified",
            "signer",
            "The device was certified after the checkpoint that it names.",
            "Note and head: those before its certification",
            before.delivery(),
        ),
        hour.sealed(
            &in_time,
            "signer-expired",
            "signer",
            "Made in the second in which the certificate ends.",
            "The time",
            too_late,
        ),
        retired.sealed(
            &just_before,
            "signer-revoked",
            "revoked",
            "Made in the second in which the device was retired, under a directory that did not know it yet.",
            "The time",
            made(600),
        ),
        ended.sealed(
            &ended.good().of(before_the_end.delivery()),
            "signer-revoked-at-its-own-checkpoint",
            "signer",
            "Its own checkpoint has the revocation.",
            "Time, note and head",
            under_the_end.delivery(),
        ),
    ]
}

/// Step 18: whom the scope means.
fn scopes(letters: &Letters) -> Vec<Bad> {
    let bad = |name: &str, about: &str, scope| {
        letters.spoilt(
            &format!("scope-{name}"),
            "unresolved-scope",
            about,
            "The scope; the wraps stay",
            |press| press.claims.scope = scope,
        )
    };
    vec![
        bad("office-not-there", "An office that is not in the directory.", to(&["xz/operations/1"])),
        bad(
            "one-office-not-there",
            "One of two offices is not in the directory.",
            to(&[READER, "xb/operations/9"]),
        ),
        bad("group-not-there", "A group that is not in the directory.", region(&["none"], &[], false)),
        bad(
            "meets-nobody",
            "A category that no member of the group has.",
            region(&["xr-north"], &[Category::LawEnforcement], false),
        ),
    ]
}

/// Step 18: wrapped ∪ left out = whom the scope means, disjoint, oneself wrapped.
fn recipients(letters: &Letters) -> Vec<Bad> {
    let other = device(READER, 2);
    let coordinator = device(COORDINATOR, 1);
    let bad = |name: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut Press)| {
        letters.spoilt(&format!("recipients-{name}"), "recipients", about, changed, spoil)
    };
    let named = |press: &mut Press, device| {
        press.claims.left_out = Some(vec![LeftOut { device, reason: LeftOutReason::NoPrekey }]);
    };
    let oneself = {
        let mut press = letters.press();
        press.wrapped = [other].into();
        named(&mut press, device(READER, 1));
        press.delivery()
    };
    vec![
        bad("one-too-many", "Sealed to somebody whom the scope does not mean.", "The wraps", &|press| {
            press.wrapped.insert(coordinator);
        }),
        bad(
            "one-too-few",
            "A device of the scope got no wrap, and nothing is said of it.",
            "The wraps",
            &|press| {
                press.wrapped.remove(&other);
            },
        ),
        bad("the-signer-too", "Sealed to its own signer.", "The wraps", &|press| {
            press.wrapped.insert(device(SENDER, 1));
        }),
        bad(
            "mark-of-others",
            "As many wraps as the scope means, for others.",
            "The header's mark",
            &|press| {
                press.mark = Some(WrapsMark::of(&[device(READER, 1), coordinator].into()));
            },
        ),
        bad("left-out-and-wrapped", "A device that has a wrap is named as left out.", "Claim 13", &|press| {
            named(press, other)
        }),
        bad(
            "left-out-not-meant",
            "A device that the scope does not mean is named as left out.",
            "Claim 13",
            &|press| named(press, coordinator),
        ),
        bad("left-out-unknown", "A device that nobody has is named as left out.", "Claim 13", &|press| {
            named(press, liaison_keys::names::DeviceId::new([7; 16]))
        }),
        letters.sealed(
            &letters.good(),
            "recipients-oneself-left-out",
            "recipients",
            "The reader is named as left out, and got it.",
            "Wraps and claim 13",
            oneself,
        ),
    ]
}

/// The other devices of the signer's office belong to every message.
fn own_office(samples: &[Sample]) -> Bad {
    let letters = Letters::after(samples, |world| {
        world.device(SENDER, 2);
    });
    let good = Press::new(&letters.world, to(&[READER]));
    let mut bad = Press::new(&letters.world, to(&[READER]));
    bad.wrapped.remove(&device(SENDER, 2));
    let (about, changed) = ("The sender's own second device got no wrap.", "The wraps");
    letters.sealed(
        &letters.good().of(good.delivery()),
        "recipients-own-office-forgotten",
        "recipients",
        about,
        changed,
        bad.delivery(),
    )
}
