//! What if the host says 'accepted' and does not mean it, or refuses what is good? It must never know what was posted.

use liaison_keys::names::{Digest, HeaderHash, NetworkId};
use liaison_keys::signing::SecretKey;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame};
use liaison_proto::receipt::Accepted;
use liaison_tests::hostile::parts::Parts;
use liaison_tests::hostile::{Behaviour, Heard, Wire};
use minicbor::bytes::ByteVec;

use crate::missing::{
    CHECK_AT_BYSTANDER, CHECK_AT_VICTIM, CHECK_TAKEN, LATE_CHECK_AT_BYSTANDER, LATE_CHECK_AT_VICTIM,
    LETTERS_TAKEN,
};
use crate::row::{Row, play};
use crate::scene::{SENDER, Scene};
use crate::script::Script;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_does_to_a_post() {
    play(ROWS).await;
}

/// The check is not posted: this is done instead, each time that it comes.
fn instead<F>(scene: &Scene, mut act: F) -> Behaviour
where
    F: FnMut(u64, ByteVec, &mut Wire) + Send + 'static,
{
    let names = scene.names.clone();
    Box::new(move |heard, wire| match heard {
        Heard::Station(Frame::Post { id, lane, post }) => {
            let first = Parts::of_post(&post).swap_remove(0);
            if wire.station() == SENDER && names.is(&first.delivery(), "check") {
                act(id, post, wire);
            } else {
                wire.pass(Heard::Station(Frame::Post { id, lane, post }));
            }
        }
        heard => wire.pass(heard),
    })
}

/// A right receipt for these bytes, then spoiled, signed and given; nothing is stored.
fn receipted<F>(scene: &Scene, spoil: F) -> Behaviour
where
    F: Fn(&mut Accepted, &mut NetworkId) + Send + 'static,
{
    let key = SecretKey::from_seed(&scene.keys.receipt.expose_seed());
    let network = scene.stations[SENDER].network().unwrap();
    let time = scene.time.clone();
    instead(scene, move |id, post, wire| {
        let wraps = Parts::of_post(&post);
        let mut accepted = Accepted {
            relay: key.public().kid(),
            hh: wraps[0].hh(),
            post: Digest::of(&post),
            count: wraps.len() as u64,
            time: time.now_ms() / 1000,
            log_size: 1,
        };
        let mut network = network;
        spoil(&mut accepted, &mut network);
        wire.to_station(Frame::Accepted { id, receipt: accepted.sign(&key, network).into() });
    })
}

/// The check is refused with this code, each time.
fn refused(scene: &Scene, code: Code) -> Behaviour {
    instead(scene, move |id, _, wire| wire.to_station(Frame::Refused { id, code }))
}

pub const UNSIGNED: &str = "a receipt that no relay of this network signed for it says nothing";

pub const ROWS: &[Row] = &[
    Row::new("says 'accepted' and stores nothing", |scene| receipted(scene, |_, _| {}))
        .when(Script::Later(7_200))
        .ends(
            &["xa says comm-check of xa never reached xb/diplomatic/1, xc/diplomatic/1"],
            &[LATE_CHECK_AT_VICTIM, LATE_CHECK_AT_BYSTANDER],
        )
        .shares(crate::delivering::NEVER),
    Row::new("gives a receipt for other bytes", |scene| {
        receipted(scene, |said, _| said.post = Digest::of(b"other"))
    })
    .ends(
        &["xa says the receipt for comm-check of xa is bad: Other", "xa sent comm-check of xa to 2: waits"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    )
    .shares("a receipt that is not for these bytes proves nothing, whatever else it is for"),
    Row::new("gives a receipt for another message", |scene| {
        receipted(scene, |said, _| said.hh = HeaderHash::new([1; 32]))
    })
    .ends(
        &["xa says the receipt for comm-check of xa is bad: Other", "xa sent comm-check of xa to 2: waits"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    )
    .shares("a receipt that is not for these bytes proves nothing, whatever else it is for"),
    Row::new("gives a receipt for more devices than there are", |scene| {
        receipted(scene, |said, _| said.count += 1)
    })
    .ends(
        &["xa says the receipt for comm-check of xa is bad: Count", "xa sent comm-check of xa to 2: waits"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    ),
    Row::new("gives a receipt for fewer devices and stores nothing", |scene| {
        receipted(scene, |said, _| said.count -= 1)
    })
    .ends(
        &[
            "xa says comm-check of xa taken for 1",
            "xa knows that 1 devices were not taken for comm-check of xa",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER],
    ),
    Row::new("gives a receipt for nobody", |scene| receipted(scene, |said, _| said.count = 0)).ends(
        &[
            "xa says comm-check of xa taken for 0",
            "xa knows that 2 devices were not taken for comm-check of xa",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER],
    ),
    Row::new("gives a receipt of another network", |scene| {
        receipted(scene, |_, network| *network = NetworkId::new([1; 32]))
    })
    .ends(
        &[
            "xa says the receipt for comm-check of xa is bad: Unsigned",
            "xa sent comm-check of xa to 2: waits",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    )
    .shares(UNSIGNED),
    Row::new("gives a receipt signed with its log's key", |scene| {
        let key = scene.keys.log.expose_seed();
        let network = scene.stations[SENDER].network().unwrap();
        instead(scene, move |id, post, wire| {
            let key = SecretKey::<liaison_keys::signing::Receipt>::from_seed(&key);
            let wraps = Parts::of_post(&post);
            let (hh, post, count) = (wraps[0].hh(), Digest::of(&post), wraps.len() as u64);
            let said = Accepted { relay: key.public().kid(), hh, post, count, time: 1, log_size: 1 };
            wire.to_station(Frame::Accepted { id, receipt: said.sign(&key, network).into() });
        })
    })
    .ends(
        &[
            "xa says the receipt for comm-check of xa is bad: Unsigned",
            "xa sent comm-check of xa to 2: waits",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    )
    .shares(UNSIGNED),
    Row::new("gives bytes that are no receipt", |scene| {
        instead(scene, |id, _, wire| wire.to_station(Frame::Accepted { id, receipt: vec![1, 2, 3].into() }))
    })
    .ends(
        &[
            "xa says the receipt for comm-check of xa is bad: Unsigned",
            "xa sent comm-check of xa to 2: waits",
        ],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    )
    .shares(UNSIGNED),
    Row::new("gives its receipt twice", |_| {
        Box::new(|heard, wire| {
            let twice = matches!((&heard, wire.station()), (Heard::Relay(Frame::Accepted { .. }), SENDER))
                && wire.session() == 4;
            if twice {
                wire.pass(heard.clone());
            }
            wire.pass(heard);
        })
    })
    .ends(&["xa ends: Session(Protocol)"], &[]),
    Row::new("takes the check, keeps the receipt back, and then refuses the same bytes", |scene| {
        let mut taken = false;
        instead(scene, move |id, post, wire| {
            if std::mem::replace(&mut taken, true) {
                wire.to_station(Frame::Refused { id, code: Code::Conflict });
            } else {
                wire.to_relay(Frame::Post { id, lane: Lane::Routine, post });
                wire.cut();
            }
        })
    })
    .ends(
        &[
            "xa says comm-check of xa rejected: Conflict",
            "xa ends: Link(Cut)",
            "xa sent comm-check of xa to 2: rejected with 12",
        ],
        &[CHECK_TAKEN],
    ),
    Row::new("refuses the check as malformed", |scene| refused(scene, Code::Malformed))
        .ends(
            &[
                "xa says comm-check of xa rejected: Malformed",
                "xa sent comm-check of xa to 2: rejected with 9",
            ],
            &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
        )
        .shares("the sender hears the relay's code; what happened before it is the host's"),
    Row::new("refuses the check as too large", |scene| refused(scene, Code::TooLarge)).ends(
        &["xa says comm-check of xa rejected: TooLarge", "xa sent comm-check of xa to 2: rejected with 6"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    ),
    Row::new("refuses the check as expired", |scene| refused(scene, Code::Expired)).ends(
        &["xa says comm-check of xa rejected: Expired", "xa sent comm-check of xa to 2: rejected with 11"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    ),
    Row::new("refuses the check as dated ahead", |scene| refused(scene, Code::Ahead)).ends(
        &["xa says comm-check of xa deferred: Ahead", "xa sent comm-check of xa to 2: waits"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    ),
    Row::new("refuses the check over a quota", |scene| refused(scene, Code::Quota)).ends(
        &["xa says comm-check of xa deferred: Quota", "xa sent comm-check of xa to 2: waits"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    ),
    Row::new("refuses the check as busy", |scene| refused(scene, Code::Busy)).ends(
        &[
            "xa ends: Refused(Busy)",
            "xa has 1 more at the relay",
            "xa sent after to 1: waits",
            "xa sent before to 1: waits",
            "xa sent comm-check of xa to 2: waits",
        ],
        &[
            CHECK_AT_VICTIM,
            CHECK_AT_BYSTANDER,
            LETTERS_TAKEN,
            CHECK_TAKEN,
            &[
                "xa knows of after at xb/diplomatic/1: Delivered",
                "xa knows of before at xb/diplomatic/1: Delivered",
            ],
        ],
    ),
    Row::new("refuses the check with a code that makes no sense there", |scene| refused(scene, Code::Chain))
        .ends(
            &["xa says comm-check of xa deferred: Chain", "xa sent comm-check of xa to 2: waits"],
            &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
        ),
    Row::new("posts the check without the bystander's wrap", |scene| {
        instead(scene, |id, post, wire| {
            let mut wraps = Parts::of_post(&post);
            wraps.truncate(1);
            wire.to_relay(Frame::Post { id, lane: Lane::Routine, post: Parts::post(&wraps).into() });
        })
    })
    .ends(
        &["xa says comm-check of xa rejected: Malformed", "xa sent comm-check of xa to 2: rejected with 9"],
        &[CHECK_AT_VICTIM, CHECK_AT_BYSTANDER, CHECK_TAKEN],
    )
    .shares("the sender hears the relay's code; what happened before it is the host's"),
];
