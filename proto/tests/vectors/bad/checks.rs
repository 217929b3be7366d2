//! Who signed, under which directory, to whom? Steps 12 to 18 of `docs/protocol.md` §5.7.
//! It must never know what a message says.

use liaison_keys::cose::Sign1;
use liaison_keys::directory::{Category, Checkpoint, Head, Origin};
use liaison_keys::label::{Context, Label};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::{Device, Log};
use liaison_proto::envelope::{LeftOut, LeftOutReason, WrapsMark};
use liaison_proto::limits::DIRECTORY_STALE_S;
use liaison_proto::message::Status;

use super::kit::Bad;
use super::letters::{Letters, claims_of};
use super::raw;
use crate::forge::{Press, READER, SENDER, pad, region, to};
use crate::samples::Sample;
use crate::world::{certifiers, certify, device, key, name};

const COORDINATOR: &str = "org:xr-north/coordinator/1";
const ELSEWHERE: NetworkId = NetworkId::new([7; 32]);

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let mut files = signatures(&letters);
    files.extend(notes(&letters));
    files.extend(heads(&letters));
    files.extend(signers(&letters));
    files.extend(signers_in_time(samples));
    files.extend(scopes(&letters));
    files.extend(recipients(&letters));
    files.push(own_office(samples));
    files
}

/// Steps 12 to 14.
fn signatures(letters: &Letters) -> Vec<Bad> {
    let press = letters.press();
    let network = letters.world.network();
    let header = press.header_bytes();
    let mut other = letters.press();
    other.header.expires += 1;
    let signed = |by: &str, context: &Context, press: &Press| {
        press.delivery_of(&pad(&Sign1::sign(&key::<Device>(by), context, claims_of(press)).to_bytes()))
    };
    let bad = |name: &str, about: &str, changed: &str, by: &str, context: &Context| {
        let bytes = signed(by, context, &press);
        letters.sealed(&letters.good(), &format!("signature-{name}"), "signature", about, changed, bytes)
    };
    let own = "xa/operations/1 signing 1";
    let context = |network, status: Status| Label::message_context(network, status as u8, &header);
    let mut actual = letters.press();
    actual.claims.status = Status::Actual;
    let lifted = signed(own, &Label::message_context(network, Status::Exercise as u8, &header), &actual);
    let flipped = raw::flipped(&press.signed(), press.signed().len() - 1);
    vec![
        letters.spoilt(
            "sender-unknown",
            "unknown-sender",
            "Signed by a device that the log never named.",
            "The signer, key and claim",
            |press| {
                press.key = key("a stranger");
                press.claims.signer.0 = press.key.public().device();
            },
        ),
        bad(
            "other-status",
            "The claims say exercise, the signature was made for actual.",
            "The status in the signature's context",
            own,
            &context(network, Status::Actual),
        ),
        letters.sealed(
            &letters.good(),
            "signature-exercise-as-actual",
            "signature",
            "An exercise made to open as real: its signature was made for an exercise.",
            "The status in the claims",
            lifted,
        ),
        bad(
            "other-network",
            "Signed for another network.",
            "The network in the signature's context",
            own,
            &context(ELSEWHERE, Status::Exercise),
        ),
        bad(
            "other-header",
            "Signed for another header: lifted from another envelope.",
            "The header in the signature's context",
            own,
            &Label::message_context(network, Status::Exercise as u8, &other.header_bytes()),
        ),
        bad(
            "other-label",
            "Signed as if it were a receipt.",
            "The label in the signature's context",
            own,
            &Label::Receipt.context(network),
        ),
        bad(
            "of-another-device",
            "Claims to be XA's, and is signed by XB's device.",
            "The key that signs",
            "xb/operations/1 signing 1",
            &context(network, Status::Exercise),
        ),
        bad(
            "of-its-transport-key",
            "Signed by the device's transport key.",
            "The key that signs",
            "xa/operations/1 transport 1",
            &context(network, Status::Exercise),
        ),
        letters.sealed(
            &letters.good(),
            "signature-changed",
            "signature",
            "One bit of the signature.",
            "The signature's last byte",
            press.delivery_of(&pad(&flipped)),
        ),
        letters.spoilt(
            "created-otherwise",
            "times",
            "Made a second later by the claims than by the header.",
            "Claim 5",
            |press| press.claims.created_ms += 1000,
        ),
        letters.spoilt("created-in-seconds", "times", "The claims' time in seconds.", "Claim 5", |press| {
            press.claims.created_ms /= 1000
        }),
    ]
}

/// Step 15.
fn notes(letters: &Letters) -> Vec<Bad> {
    let world = &letters.world;
    let (checkpoint, origin) = (world.replica.checkpoint(), world.replica.origin());
    let bad = |name: &str, error: &str, about: &str, changed: &str, note: Vec<u8>| {
        letters.spoilt(&format!("note-{name}"), error, about, changed, |press| {
            press.claims.checkpoint.note = note.into()
        })
    };
    let twin = Origin::new(&name("exercise"), ELSEWHERE);
    let note = world.note();
    let cosigned = [note.as_slice(), "\u{2014} witness.example/1 AAAA\n".as_bytes()].concat();
    let split = Checkpoint { root: Digest::new([7; 32]), ..checkpoint };
    let past = Checkpoint { size: 3, root: Digest::new([7; 32]) };
    vec![
        bad(
            "of-another-network",
            "checkpoint",
            "The note of a twin network.",
            "The note",
            checkpoint.sign(&twin, &key("log")),
        ),
        bad(
            "signed-by-another",
            "checkpoint",
            "A note that the log's key did not sign.",
            "The note's signer",
            checkpoint.sign(&origin, &key::<Log>("a stranger")),
        ),
        bad(
            "cosigned",
            "checkpoint",
            "A cosignature in a network that asks for none.",
            "A line more in the note",
            cosigned,
        ),
        bad(
            "cut",
            "checkpoint",
            "A note without its last newline.",
            "The note",
            note[..note.len() - 1].to_vec(),
        ),
        bad("empty", "checkpoint", "No note.", "The note is empty", Vec::new()),
        bad(
            "of-a-longer-log-by-a-stranger",
            "checkpoint",
            "A size that the reader has not reached, and not signed by the log: nobody is made to wait by it.",
            "The note",
            Checkpoint { size: 99, root: Digest::NONE }.sign(&origin, &key::<Log>("a stranger")),
        ),
        letters.spoilt(
            "split-view",
            "split-view",
            "Note and head of this size, signed by the log's key, with another root than one's own log has.",
            "Note and head",
            |press| {
                let head = Head { size: split.size, root: split.root, time: world.now };
                press.claims.checkpoint.note = split.sign(&origin, &key("log")).into();
                press.claims.checkpoint.head = Some(head.sign(world.network(), &key("log")).into());
            },
        ),
        letters.spoilt(
            "split-view-in-the-past",
            "split-view",
            "The same for a size that the log went through long ago.",
            "Note and head",
            |press| {
                let head = Head { size: past.size, root: past.root, time: world.now };
                press.claims.checkpoint.note = past.sign(&origin, &key("log")).into();
                press.claims.checkpoint.head = Some(head.sign(world.network(), &key("log")).into());
            },
        ),
    ]
}

/// Step 17.
fn heads(letters: &Letters) -> Vec<Bad> {
    let world = &letters.world;
    let network = world.network();
    let Checkpoint { size, root } = world.replica.checkpoint();
    let head = Head { size, root, time: world.now };
    let log = key::<Log>("log");
    let bad = |name: &str, error: &str, about: &str, changed: &str, head: Option<Vec<u8>>| {
        let head = head.map(Into::into);
        letters.spoilt(&format!("head-{name}"), error, about, changed, |press| {
            press.claims.checkpoint.head = head
        })
    };
    let stale = |age: u64| {
        let mut press = letters.press();
        let old = Head { time: world.now - age, ..head };
        press.claims.checkpoint.head = Some(old.sign(network, &log).into());
        press.delivery()
    };
    let at_limit = letters.good().of(stale(DIRECTORY_STALE_S));
    vec![
        bad("missing", "checkpoint", "No head beside the note.", "The head is missing", None),
        bad(
            "of-another-size",
            "checkpoint",
            "The head of an older size than the note's.",
            "The head",
            Some(Head { size: size - 1, ..head }.sign(network, &log)),
        ),
        bad(
            "of-another-root",
            "checkpoint",
            "A head with another root than the note's.",
            "The head",
            Some(Head { root: Digest::NONE, ..head }.sign(network, &log)),
        ),
        bad(
            "signed-by-another",
            "checkpoint",
            "A head that the log's key did not sign.",
            "The head's signer",
            Some(head.sign(network, &key::<Log>("a stranger"))),
        ),
        bad(
            "of-another-network",
            "checkpoint",
            "A head that was signed for another network.",
            "The network in the head's context",
            Some(head.sign(ELSEWHERE, &log)),
        ),
        bad("a-null", "checkpoint", "Null in the head's place.", "The head", Some(vec![0xf6])),
        letters.sealed(
            &at_limit,
            "directory-stale",
            "stale-directory",
            "The head is a second more than seven days older than the message.",
            "The head's time",
            stale(DIRECTORY_STALE_S + 1),
        ),
    ]
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
