//! What if the host drops, keeps back, repeats or changes what it delivers? It must never know what an envelope says.

use liaison_keys::names::{DeviceId, Kid};
use liaison_proto::{Lane, limits};
use liaison_tests::hostile::Behaviour;
use liaison_tests::hostile::mailbox::{Parcel, mailbox_of};
use liaison_tests::hostile::parts::Parts;

use crate::missing::{CHECK_AT_VICTIM, LATE_CHECK_AT_VICTIM, LETTERS_AT_VICTIM};
use crate::row::{Row, play};
use crate::scene::{Scene, VICTIM};
use crate::script::Script;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_does_to_a_delivery() {
    play(ROWS).await;
}

/// In place of the check for the victim, this is delivered.
fn instead<F>(scene: &Scene, mut deliver: F) -> Behaviour
where
    F: FnMut(u64, Parcel) -> Vec<Parcel> + Send + 'static,
{
    let names = scene.names.clone();
    mailbox_of(VICTIM, move |session, parcels| {
        let sort = |parcel: Parcel| {
            if names.is(&parcel.delivery, "check") { deliver(session, parcel) } else { vec![parcel] }
        };
        parcels.into_iter().flat_map(sort).collect()
    })
}

/// The check for the victim is changed on its way.
pub fn changed<F>(scene: &Scene, mut change: F) -> Behaviour
where
    F: FnMut(Parts) -> Parts + Send + 'static,
{
    instead(scene, move |_, parcel| vec![parcel.with(change(Parts::of(&parcel.delivery)).delivery())])
}

/// The check for the victim is held back, until its `n`-th session.
fn until(scene: &Scene, n: u64) -> Behaviour {
    let (names, mut held) = (scene.names.clone(), None);
    mailbox_of(VICTIM, move |session, parcels| {
        let (check, mut rest): (Vec<Parcel>, Vec<Parcel>) =
            parcels.into_iter().partition(|parcel| names.is(&parcel.delivery, "check"));
        held = held.take().or_else(|| check.first().map(Parcel::again));
        if session == n {
            // The relay behind may have forgotten it since: it had expired.
            rest.extend(check.into_iter().next().or_else(|| held.clone()));
        } else if session > n {
            rest.extend(check);
        }
        rest
    })
}

/// The wrap of the check that is meant for the bystander.
fn for_bystander(scene: &Scene) -> impl Fn(&Parts) -> Parts + Send + 'static {
    let posts = scene.host.posts();
    move |ours| {
        let all = posts.of(ours.hh());
        all.into_iter().find(|parts| parts.device != ours.device).unwrap()
    }
}

/// A bit of these bytes in the middle is turned.
pub fn flipped(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

/// The victim asks, the sender's station answers, and nothing is missing.
const SEALED_AGAIN: &[&str] = &[
    "xb says comm-check of xa asked to be sealed again",
    "xa says comm-check of xa sealed again for xb/diplomatic/1",
];
pub const NEVER: &str = "only the host knows at which end it let a message disappear";
pub const ORDER: &str = "within a lane the order is the relay's; nothing depends on it";
pub const BODY: &str = "an authenticated body is whole or it is not";
pub const HEADER: &str =
    "a wrap is bound to its header's hash: that it does not open is all that can be known";
pub const WRAP: &str = "HPKE says that a wrap does not open, and never why";

pub const ROWS: &[Row] = &[
    Row::new("drops the check", |scene| instead(scene, |_, _| vec![]))
        .when(Script::Later(7_200))
        .ends(&["xa says comm-check of xa never reached xb/diplomatic/1"], &[LATE_CHECK_AT_VICTIM])
        .shares(NEVER),
    Row::new("drops everything", |_| mailbox_of(VICTIM, |_, _| vec![]))
        .when(Script::Later(7_200))
        .ends(
            &[
                "xa says after never reached xb/diplomatic/1",
                "xa says before never reached xb/diplomatic/1",
                "xa says comm-check of xa never reached xb/diplomatic/1",
            ],
            &[LATE_CHECK_AT_VICTIM, LETTERS_AT_VICTIM],
        )
        .shares(NEVER),
    Row::new("delivers the check twice", |scene| instead(scene, |_, parcel| vec![parcel.again(), parcel]))
        .ends(&["xb says repeated"], &[])
        .shares("a name that was verified before is not opened again, whatever comes under it"),
    Row::new("delivers the check twice under one number", |scene| {
        instead(scene, |_, parcel| vec![parcel.clone(), parcel])
    })
    .ends(&["xb says repeated"], &[])
    .shares("a name that was verified before is not opened again, whatever comes under it"),
    Row::new("delivers the check again in the next session", |scene| {
        let mut kept = None;
        let names = scene.names.clone();
        mailbox_of(VICTIM, move |session, mut parcels| {
            kept = kept
                .take()
                .or_else(|| parcels.iter().find(|parcel| names.is(&parcel.delivery, "check")).cloned());
            if session == 2 {
                parcels.extend(kept.as_ref().map(Parcel::again));
            }
            parcels
        })
    })
    .ends(&["xb says repeated"], &[])
    .shares("a name that was verified before is not opened again, whatever comes under it"),
    Row::new("turns the order round", |_| {
        mailbox_of(VICTIM, |_, mut parcels| {
            parcels.reverse();
            parcels
        })
    })
    .shares(ORDER),
    Row::new("keeps the check back for a minute", |scene| until(scene, 2))
        .when(Script::Later(60))
        .shares("a short delay is what a network does"),
    Row::new("keeps the check back until it has expired", |scene| until(scene, 2))
        .when(Script::Later(7_200))
        .ends(
            &["xb remarks on comm-check of xa: expired"],
            &[&["xb sent comm-check-ack of xb to 1: accepted"]],
        ),
    Row::new("keeps the check back for a week after its expiry", |scene| until(scene, 2))
        .when(Script::Later(8 * 86_400))
        .ends(
            &[
                "xb set comm-check of xa aside: too-old",
                "xa says comm-check of xa never reached xb/diplomatic/1",
            ],
            &[LATE_CHECK_AT_VICTIM],
        )
        .shares("who was late cannot be told from the outside"),
    Row::new("keeps the check back until its key is erased", |scene| until(scene, 3))
        .when(Script::Erased)
        .ends(
            &[
                "xb set comm-check of xa aside: no-secret",
                "xa says comm-check of xa never reached xb/diplomatic/1",
            ],
            &[LATE_CHECK_AT_VICTIM],
        )
        .shares("an erased key leaves nothing behind by which it could be told from a foreign one"),
    Row::new("delivers the bystander's wrap", |scene| {
        let theirs = for_bystander(scene);
        changed(scene, move |ours| theirs(&ours))
    })
    .ends(&["xb set comm-check of xa aside: not-for-us"], &[CHECK_AT_VICTIM]),
    Row::new("delivers the bystander's wrap under the victim's name", |scene| {
        let theirs = for_bystander(scene);
        changed(scene, move |ours| Parts { device: ours.device, ..theirs(&ours) })
    })
    .ends(SEALED_AGAIN, &[])
    .shares("an erased key leaves nothing behind by which it could be told from a foreign one"),
    Row::new("delivers the bystander's wrap under the victim's name and key", |scene| {
        let theirs = for_bystander(scene);
        changed(scene, move |ours| Parts { device: ours.device, kid: ours.kid, ..theirs(&ours) })
    })
    .ends(&["xb set comm-check of xa aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(WRAP),
    Row::new("names another version", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.version = 2))
    })
    .ends(&["xb set no envelope aside: version"], &[CHECK_AT_VICTIM]),
    Row::new("names another suite", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.suite = 1))
    })
    .ends(&["xb set no envelope aside: suite"], &[CHECK_AT_VICTIM]),
    Row::new("names another id", |scene| {
        changed(scene, |parts| {
            parts.with_header(|header| header.id = liaison_keys::names::EnvelopeId::new([1; 16]))
        })
    })
    .ends(&["xb set a stranger aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(HEADER),
    Row::new("names another lane", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.lane = Lane::Flash))
    })
    .ends(&["xb set a stranger aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(HEADER),
    Row::new("dates it earlier", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.created -= 60))
    })
    .ends(&["xb set a stranger aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(HEADER),
    Row::new("lets it live longer", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.expires += 60))
    })
    .ends(&["xb set a stranger aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(HEADER),
    Row::new("names other wraps", |scene| {
        changed(scene, |parts| {
            parts.with_header(|header| {
                header.wraps = liaison_proto::envelope::WrapsMark::of(&[DeviceId::new([1; 16])].into())
            })
        })
    })
    .ends(&["xb set a stranger aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(HEADER),
    Row::new("commits to another key", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.commitment[0] ^= 1))
    })
    .ends(&["xb set a stranger aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(HEADER),
    Row::new("lets it end before it was made", |scene| {
        changed(scene, |parts| parts.with_header(|header| header.expires = header.created))
    })
    .ends(&["xb set no envelope aside: header"], &[CHECK_AT_VICTIM])
    .shares("the header's times cannot be, too short or too long"),
    Row::new("adds a byte to the header", |scene| {
        changed(scene, |mut parts| {
            parts.header.push(0);
            parts
        })
    })
    .ends(&["xb set no envelope aside: malformed"], &[CHECK_AT_VICTIM])
    .shares("bytes that are no delivery say nothing of what they should have been"),
    Row::new("swaps the key's id", |scene| changed(scene, |parts| Parts { kid: Kid::new([1; 16]), ..parts }))
        .ends(SEALED_AGAIN, &[])
        .shares("an erased key leaves nothing behind by which it could be told from a foreign one"),
    Row::new("changes the encapsulation", |scene| {
        changed(scene, |parts| Parts { enc: flipped(parts.enc), ..parts })
    })
    .ends(&["xb set comm-check of xa aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(WRAP),
    Row::new("sets a share of low order", |scene| {
        changed(scene, |mut parts| {
            let to = parts.enc.len();
            parts.enc[to - 32..].fill(0);
            parts
        })
    })
    .ends(&["xb set comm-check of xa aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(WRAP),
    Row::new("changes the sealed key", |scene| {
        changed(scene, |parts| Parts { ct: flipped(parts.ct), ..parts })
    })
    .ends(&["xb set comm-check of xa aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(WRAP),
    Row::new("sets in an older wrap of the victim's, with its counter", |scene| {
        let names = scene.names.clone();
        mailbox_of(VICTIM, move |_, parcels| {
            let before = parcels.iter().find(|parcel| names.is(&parcel.delivery, "before"));
            let Some(before) = before.map(|parcel| Parts::of(&parcel.delivery)) else { return parcels };
            let change = |parcel: Parcel| {
                if !names.is(&parcel.delivery, "check") {
                    return parcel;
                }
                let parts = Parts::of(&parcel.delivery);
                parcel.with(Parts { header: parts.header, body: parts.body, ..before.clone() }.delivery())
            };
            parcels.into_iter().map(change).collect()
        })
    })
    .ends(&["xb set comm-check of xa aside: decapsulation"], &[CHECK_AT_VICTIM])
    .shares(WRAP),
    Row::new("flips a bit of the body", |scene| {
        changed(scene, |parts| Parts { body: flipped(parts.body), ..parts })
    })
    .ends(&["xb set comm-check of xa aside: body"], &[CHECK_AT_VICTIM])
    .shares(BODY),
    Row::new("cuts the body", |scene| {
        changed(scene, |mut parts| {
            parts.body.pop();
            parts
        })
    })
    .ends(&["xb set comm-check of xa aside: body"], &[CHECK_AT_VICTIM])
    .shares(BODY),
    Row::new("adds to the body", |scene| {
        changed(scene, |mut parts| {
            parts.body.push(0);
            parts
        })
    })
    .ends(&["xb set comm-check of xa aside: body"], &[CHECK_AT_VICTIM])
    .shares(BODY),
    Row::new("takes the body away", |scene| changed(scene, |parts| Parts { body: vec![], ..parts }))
        .ends(&["xb set comm-check of xa aside: body"], &[CHECK_AT_VICTIM])
        .shares(BODY),
    Row::new("makes the body longer than one may be", |scene| {
        changed(scene, |mut parts| {
            parts.body.resize(limits::BODY_BYTES_MAX + 1, 0);
            parts
        })
    })
    .ends(&["xb set no envelope aside: too-large"], &[CHECK_AT_VICTIM]),
    Row::new("cuts the delivery", |scene| {
        instead(scene, |_, mut parcel| {
            parcel.delivery.pop();
            vec![parcel]
        })
    })
    .ends(&["xb set no envelope aside: malformed"], &[CHECK_AT_VICTIM])
    .shares("bytes that are no delivery say nothing of what they should have been"),
    Row::new("delivers the post instead", |scene| {
        let posts = scene.host.posts();
        instead(scene, move |_, parcel| {
            let post = Parts::post(&posts.of(Parts::of(&parcel.delivery).hh()));
            vec![parcel.with(post)]
        })
    })
    .ends(&["xb set no envelope aside: malformed"], &[CHECK_AT_VICTIM])
    .shares("bytes that are no delivery say nothing of what they should have been"),
    Row::new("delivers a spoiled copy before the check", |scene| {
        instead(scene, |_, parcel| {
            let parts = Parts::of(&parcel.delivery);
            vec![parcel.again().with(Parts { body: flipped(parts.body.clone()), ..parts }.delivery()), parcel]
        })
    })
    .ends(&["xb set comm-check of xa aside: body"], &[])
    .shares(BODY),
    Row::new("delivers a spoiled copy after the check", |scene| {
        instead(scene, |_, parcel| {
            let parts = Parts::of(&parcel.delivery);
            let again = parcel.again().with(Parts { body: flipped(parts.body.clone()), ..parts }.delivery());
            vec![parcel, again]
        })
    })
    .ends(&["xb set comm-check of xa aside: body"], &[])
    .shares(BODY),
    Row::new("delivers nothing at all in the check's place", |scene| {
        instead(scene, |_, parcel| vec![parcel.with(vec![])])
    })
    .ends(&["xb set no envelope aside: malformed"], &[CHECK_AT_VICTIM])
    .shares("bytes that are no delivery say nothing of what they should have been"),
];
