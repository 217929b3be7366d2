//! What if the host makes a message unreadable, and then meddles with its sealing again? It must never know what an
//! envelope says.

use liaison_keys::names::Kid;
use liaison_proto::frame::Frame;
use liaison_tests::hostile::{Behaviour, Heard, Wire};
use minicbor::bytes::ByteVec;

use crate::delivering::{changed, flipped};
use crate::missing::CHECK_AT_VICTIM;
use crate::row::{Row, play};
use crate::scene::{SENDER, Scene, VICTIM};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_does_to_a_sealing_again() {
    play(ROWS).await;
}

/// The victim gets the check with a key's id that it does not have; what it then asks and is answered goes through this.
fn meddles<F>(scene: &Scene, mut meddle: F) -> Behaviour
where
    F: FnMut(Heard, &mut Wire) -> Option<Heard> + Send + 'static,
{
    let mut shut =
        changed(scene, |parts| liaison_tests::hostile::parts::Parts { kid: Kid::new([1; 16]), ..parts });
    Box::new(move |heard, wire| {
        if let Some(heard) = meddle(heard, wire) {
            shut(heard, wire);
        }
    })
}

/// The new wrap for the victim is changed on its way.
fn rewraps<F>(scene: &Scene, change: F) -> Behaviour
where
    F: Fn(ByteVec) -> Vec<u8> + Send + 'static,
{
    meddles(scene, move |heard, wire| match heard {
        Heard::Relay(Frame::Rewrap { id, hh, wrap }) if wire.station() == VICTIM => {
            Some(Heard::Relay(Frame::Rewrap { id, hh, wrap: change(wrap).into() }))
        }
        heard => Some(heard),
    })
}

const SHUT: &str = "xb set comm-check of xa aside: no-secret";
const ASKED: &str = "xb says comm-check of xa asked to be sealed again";
const ANSWERED: &str = "xa says comm-check of xa sealed again for xb/diplomatic/1";
const STAYS: &str = "a wrap that opens nothing changes nothing: the message stays where it was";

pub const ROWS: &[Row] = &[
    Row::new("shuts the check, and answers for the relay that the request is passed on", |scene| {
        meddles(scene, |heard, wire| match heard {
            Heard::Station(Frame::Reseal { id, .. }) => {
                wire.to_station(Frame::Passed { id });
                None
            }
            heard => Some(heard),
        })
    })
    .ends(&[SHUT, ASKED], &[CHECK_AT_VICTIM])
    .shares("who keeps a request back keeps the message back"),
    Row::new("shuts the check, and changes the new wrap", |scene| {
        rewraps(scene, |wrap| flipped(wrap.into()))
    })
    .ends(&[SHUT, ASKED, ANSWERED], &[CHECK_AT_VICTIM])
    .shares(STAYS),
    Row::new("shuts the check, and hands out garbage for the new wrap", |scene| {
        rewraps(scene, |_| vec![0xff; 9])
    })
    .ends(&[SHUT, ASKED, ANSWERED], &[CHECK_AT_VICTIM])
    .shares(STAYS),
    Row::new("hands out a wrap for the check that nobody asked for", |_| {
        let mut once = false;
        Box::new(move |heard, wire| match heard {
            Heard::Relay(Frame::Delivery { sequence, lane, delivery })
                if wire.station() == VICTIM && !std::mem::replace(&mut once, true) =>
            {
                let hh = liaison_tests::hostile::parts::Parts::of(&delivery).hh();
                wire.to_station(Frame::Delivery { sequence, lane, delivery });
                wire.to_station(Frame::Rewrap { id: 1 << 40, hh, wrap: vec![1].into() });
            }
            heard => wire.pass(heard),
        })
    })
    .shares("what nobody asked for is passed over"),
    Row::new("asks the sender in the bystander's name for what the victim got", |_| {
        let mut asked: Option<ByteVec> = None;
        Box::new(move |heard, wire| match heard {
            Heard::Relay(Frame::Prekeys { id, bundles }) => {
                asked = bundles.first().cloned();
                wire.to_station(Frame::Prekeys { id, bundles });
            }
            Heard::Relay(frame @ Frame::Delivery { .. }) if wire.station() == SENDER => {
                // A bundle is signed by its device, and is no request for all that.
                if let Some(bundle) = asked.take() {
                    wire.to_station(Frame::Reseal { id: 1 << 40, reseal: bundle });
                }
                wire.to_station(frame);
            }
            heard => wire.pass(heard),
        })
    })
    .shares("what no device signed as a request is none"),
];
