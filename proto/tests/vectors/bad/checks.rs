//! Who signed, and under which directory? Steps 12 to 17 of `docs/protocol.md` §5.7, but for 16.
//! It must never know whom a scope means.

use liaison_keys::cose::Sign1;
use liaison_keys::directory::{Checkpoint, Head, Origin};
use liaison_keys::label::{Context, Label};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::{Device, Log};
use liaison_proto::limits::DIRECTORY_STALE_S;
use liaison_proto::message::Status;

use super::kit::Bad;
use super::letters::{Letters, claims_of};
use super::raw;
use crate::forge::{Press, pad};
use crate::samples::Sample;
use crate::world::{key, name};

const ELSEWHERE: NetworkId = NetworkId::new([7; 32]);

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let letters = Letters::new(samples);
    let mut files = signatures(&letters);
    files.extend(notes(&letters));
    files.extend(heads(&letters));
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
