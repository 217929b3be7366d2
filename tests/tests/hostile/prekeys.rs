//! What if the host hands out no keys, old ones, or another's? It must never know what is sealed to them.

use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::DeviceId;
use liaison_keys::prekey::Bundle;
use liaison_keys::signing::{Device, SecretKey};
use liaison_proto::frame::Frame;
use liaison_tests::hostile::{Behaviour, Heard};
use minicbor::bytes::ByteVec;

use crate::missing::{CHECK_AT_VICTIM, CHECK_TAKEN, LETTERS_AT_VICTIM, LETTERS_TAKEN};
use crate::row::{Row, play};
use crate::scene::{SENDER, Scene, VICTIM};
use crate::script::Script;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_does_to_keys() {
    play(ROWS).await;
}

/// What the sender is given in place of the victim's bundle.
fn instead<F>(scene: &Scene, mut give: F) -> Behaviour
where
    F: FnMut(ByteVec) -> Vec<ByteVec> + Send + 'static,
{
    let victim = scene.stations[VICTIM].device().unwrap();
    Box::new(move |heard, wire| match heard {
        Heard::Relay(Frame::Prekeys { id, bundles }) if wire.station() == SENDER => {
            let give = |bundle: ByteVec| if is_of(&bundle, victim) { give(bundle) } else { vec![bundle] };
            wire.to_station(Frame::Prekeys { id, bundles: bundles.into_iter().flat_map(give).collect() });
        }
        heard => wire.pass(heard),
    })
}

fn is_of(bundle: &[u8], device: DeviceId) -> bool {
    Bundle::claimed_device(bundle) == Ok(device)
}

type Written = (DeviceId, u64, u64, Vec<(u8, u64, ByteVec)>);

/// The victim's own bundle, changed by the victim's own hand: its device is in league with the host.
fn signed_again<F>(scene: &Scene, change: F) -> Behaviour
where
    F: Fn(&mut Written) + Send + 'static,
{
    let station = &scene.stations[VICTIM];
    let seed = station.memory().secrets.signing.as_ref().unwrap().expose_seed();
    let network = station.network().unwrap();
    instead(scene, move |bundle| {
        let mut written: Written =
            cbor::decode(Sign1::from_bytes(&bundle).unwrap().unverified_payload()).unwrap();
        change(&mut written);
        let key = SecretKey::<Device>::from_seed(&seed);
        vec![Sign1::sign(&key, &Label::Prekeys.context(network), cbor::encode(&written)).to_bytes().into()]
    })
}

pub const ROWS: &[Row] = &[
    Row::new("gives no keys of the victim", |scene| instead(scene, |_| vec![])).ends(
        &[
            "xa ends: cannot seal after: Compose(NoLiveKey)",
            "xa ends: cannot seal before: Compose(NoLiveKey)",
            "xa left a device out of comm-check of xa: NoPrekey",
            "xa sent comm-check of xa to 1: accepted",
        ],
        &[
            CHECK_AT_VICTIM,
            LETTERS_AT_VICTIM,
            LETTERS_TAKEN,
            CHECK_TAKEN,
            &["xa keys of xb/diplomatic/1: newest, its own true"],
        ],
    ),
    Row::new("gives the bystander's keys in place of the victim's", |scene| {
        let bystander = scene.stations[crate::scene::BYSTANDER].device().unwrap();
        let victim = scene.stations[VICTIM].device().unwrap();
        Box::new(move |heard, wire| match heard {
            Heard::Station(Frame::PrekeysGet { id, mut devices }) if wire.station() == SENDER => {
                devices.iter_mut().filter(|device| **device == victim).for_each(|device| *device = bystander);
                devices.dedup();
                wire.to_relay(Frame::PrekeysGet { id, devices });
            }
            heard => wire.pass(heard),
        })
    })
    .ends(
        &[
            "xa says keys refused: Unasked",
            "xa ends: cannot seal after: Compose(NoLiveKey)",
            "xa ends: cannot seal before: Compose(NoLiveKey)",
            "xa left a device out of comm-check of xa: NoPrekey",
            "xa sent comm-check of xa to 1: accepted",
        ],
        &[
            CHECK_AT_VICTIM,
            LETTERS_AT_VICTIM,
            LETTERS_TAKEN,
            CHECK_TAKEN,
            &["xa keys of xb/diplomatic/1: newest, its own true"],
        ],
    ),
    Row::new("changes the victim's keys", |scene| {
        instead(scene, |bundle| {
            let mut bundle = bundle.to_vec();
            let middle = bundle.len() / 2;
            bundle[middle] ^= 1;
            vec![bundle.into()]
        })
    })
    .ends(
        &[
            "xa says keys refused: Forged",
            "xa ends: cannot seal after: Compose(NoLiveKey)",
            "xa ends: cannot seal before: Compose(NoLiveKey)",
            "xa left a device out of comm-check of xa: NoPrekey",
            "xa sent comm-check of xa to 1: accepted",
        ],
        &[
            CHECK_AT_VICTIM,
            LETTERS_AT_VICTIM,
            LETTERS_TAKEN,
            CHECK_TAKEN,
            &["xa keys of xb/diplomatic/1: newest, its own true"],
        ],
    ),
    Row::new("gives bytes that are no keys", |scene| instead(scene, |_| vec![vec![1, 2, 3].into()])).ends(
        &[
            "xa says keys refused: Unreadable",
            "xa ends: cannot seal after: Compose(NoLiveKey)",
            "xa ends: cannot seal before: Compose(NoLiveKey)",
            "xa left a device out of comm-check of xa: NoPrekey",
            "xa sent comm-check of xa to 1: accepted",
        ],
        &[
            CHECK_AT_VICTIM,
            LETTERS_AT_VICTIM,
            LETTERS_TAKEN,
            CHECK_TAKEN,
            &["xa keys of xb/diplomatic/1: newest, its own true"],
        ],
    ),
    Row::new("hands out keys of low order that the victim's device signed", |scene| {
        signed_again(scene, |(_, _, _, keys)| {
            keys.iter_mut().for_each(|(_, _, key)| {
                let mut bytes = key.to_vec();
                let share = bytes.len() - 32;
                bytes[share..].fill(0);
                *key = bytes.into();
            })
        })
    })
    .ends(
        &[
            "xa says keys refused: Unusable",
            "xa ends: cannot seal after: Compose(NoLiveKey)",
            "xa ends: cannot seal before: Compose(NoLiveKey)",
            "xa left a device out of comm-check of xa: NoPrekey",
            "xa sent comm-check of xa to 1: accepted",
        ],
        &[
            CHECK_AT_VICTIM,
            LETTERS_AT_VICTIM,
            LETTERS_TAKEN,
            CHECK_TAKEN,
            &["xa keys of xb/diplomatic/1: newest, its own true"],
        ],
    ),
    Row::new("hands out an older bundle beside the newest", |scene| {
        let seed = scene.stations[VICTIM].memory().secrets.signing.as_ref().unwrap().expose_seed();
        let network = scene.stations[VICTIM].network().unwrap();
        instead(scene, move |bundle| {
            let mut written: Written =
                cbor::decode(Sign1::from_bytes(&bundle).unwrap().unverified_payload()).unwrap();
            written.1 -= 1;
            let key = SecretKey::<Device>::from_seed(&seed);
            let older =
                Sign1::sign(&key, &Label::Prekeys.context(network), cbor::encode(&written)).to_bytes();
            vec![bundle, older.into()]
        })
    })
    .ends(&["xa says keys refused: Older"], &[]),
    Row::new("gives the victim's keys of ten days ago", |scene| {
        let mut first = None;
        let victim = scene.stations[VICTIM].device().unwrap();
        let mut old = None;
        Box::new(move |heard, wire| match heard {
            // Before the victim renews them, the host looks what they are.
            Heard::Station(Frame::PrekeysPut { id, bundle }) if wire.station() == VICTIM => {
                first.get_or_insert_with(|| bundle.clone());
                old = first.clone();
                wire.to_relay(Frame::PrekeysPut { id, bundle });
            }
            Heard::Relay(Frame::Prekeys { id, bundles }) if wire.station() == SENDER => {
                let bundles = bundles.into_iter().map(|bundle| match &old {
                    Some(old) if is_of(&bundle, victim) => old.clone(),
                    _ => bundle,
                });
                wire.to_station(Frame::Prekeys { id, bundles: bundles.collect() });
            }
            heard => wire.pass(heard),
        })
    })
    .when(Script::Aged(10 * 86_400))
    .ends(&["xa ends: sealed to an older key of xb/diplomatic/1"], &[]),
];
