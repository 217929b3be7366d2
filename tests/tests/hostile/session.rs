//! What if the host does not keep to the protocol at all? It must never know good manners.

use liaison_proto::frame::{Code, Frame};
use liaison_proto::{Lane, limits};
use liaison_tests::hostile::{Behaviour, Heard, Wire};

use crate::fork::once;
use crate::row::{Row, play};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_host_says_out_of_turn() {
    play(ROWS).await;
}

/// When the victim pulls for the first time, this is said.
fn at_pull<F>(mut say: F) -> Behaviour
where
    F: FnMut(u64, &mut Wire) + Send + 'static,
{
    once(Box::new(move |heard, wire| match heard {
        Heard::Station(Frame::Pull { id }) => say(id, wire),
        heard => wire.pass(heard),
    }))
}

/// The victim's first welcome is changed.
fn welcome<F>(mut change: F) -> Behaviour
where
    F: FnMut(&mut liaison_proto::frame::Welcome) + Send + 'static,
{
    once(Box::new(move |heard, wire| match heard {
        Heard::Relay(Frame::Welcome(mut welcome)) => {
            change(&mut welcome);
            wire.to_station(Frame::Welcome(welcome));
        }
        heard => wire.pass(heard),
    }))
}

fn go_away(code: Code) -> Behaviour {
    at_pull(move |_, wire| wire.to_station(Frame::GoAway { code }))
}

pub const PROTOCOL: &str =
    "what is no frame, or may not come now, ends the session whatever it was meant to be";

pub const ROWS: &[Row] = &[
    Row::new("sends the victim away as busy", |_| go_away(Code::Busy))
        .ends(&["xb ends: Session(GoAway(Busy))"], &[]),
    Row::new("sends the victim away as not admitted", |_| go_away(Code::NotAdmitted))
        .ends(&["xb ends: Session(GoAway(NotAdmitted))"], &[]),
    Row::new("sends the victim away as of another network", |_| go_away(Code::Network))
        .ends(&["xb ends: Session(GoAway(Network))"], &[]),
    Row::new("sends the victim away as replaced", |_| go_away(Code::Replaced))
        .ends(&["xb ends: Session(GoAway(Replaced))"], &[]),
    Row::new("sends the victim away with a code that makes no sense", |_| go_away(Code::Chain))
        .ends(&["xb ends: Session(GoAway(Chain))"], &[]),
    Row::new("sends the victim away with a code that there is not", |_| {
        at_pull(|_, wire| wire.bytes_to_station(Lane::Flash, vec![0x82, 0x02, 0x18, 0x63]))
    })
    .ends(&["xb ends: Session(Protocol)"], &[])
    .shares(PROTOCOL),
    Row::new("cuts the link", |_| at_pull(|_, wire| wire.cut())).ends(&["xb ends: Link(Cut)"], &[]),
    Row::new("refuses the pull", |_| {
        at_pull(|id, wire| wire.to_station(Frame::Refused { id, code: Code::NotAllowed }))
    })
    .ends(&["xb ends: Refused(NotAllowed)"], &[]),
    Row::new("sends a frame with a tag that there is not", |_| {
        at_pull(|_, wire| wire.bytes_to_station(Lane::Flash, vec![0x82, 0x18, 0x63, 0x01]))
    })
    .ends(&["xb ends: Session(Protocol)"], &[])
    .shares(PROTOCOL),
    Row::new("sends bytes that are no frame", |_| {
        at_pull(|_, wire| wire.bytes_to_station(Lane::Flash, vec![0xff; 40]))
    })
    .ends(&["xb ends: Session(Protocol)"], &[])
    .shares(PROTOCOL),
    Row::new("answers what was not asked", |_| {
        at_pull(|id, wire| wire.to_station(Frame::Logged { id: id + 7, index: 1 }))
    })
    .ends(&["xb ends: Session(Protocol)"], &[])
    .shares(PROTOCOL),
    Row::new("answers with another kind", |_| {
        at_pull(|id, wire| wire.to_station(Frame::Logged { id, index: 1 }))
    })
    .ends(&["xb ends: Session(Protocol)"], &[])
    .shares(PROTOCOL),
    Row::new("sends what only a station says", |_| at_pull(|id, wire| wire.to_station(Frame::Pull { id })))
        .ends(&["xb ends: Session(Protocol)"], &[])
        .shares(PROTOCOL),
    Row::new("sends more entries than a frame may hold", |_| {
        at_pull(|id, wire| {
            let entries = vec![vec![0; 16].into(); limits::LOG_ENTRIES_PER_FRAME_MAX + 1];
            wire.to_station(Frame::Entries { id, from: 0, entries });
        })
    })
    .ends(&["xb ends: Session(Protocol)"], &[])
    .shares(PROTOCOL),
    Row::new("sends a welcome that is larger than a hello may be", |_| {
        welcome(|welcome| welcome.note = vec![b'a'; limits::HELLO_BYTES_MAX].into())
    })
    .ends(&["xb ends: Link(Framing)"], &[]),
    Row::new("speaks a version that the victim does not", |_| welcome(|welcome| welcome.version = 9))
        .ends(&["xb ends: Session(Protocol)"], &[])
        .shares(PROTOCOL),
    Row::new("claims a generation of the victim's vault that nothing can follow", |_| {
        welcome(|welcome| welcome.generation = u32::MAX)
    })
    .ends(&["xb says the relay's word of its vault cannot be"], &[]),
    Row::new("claims a newer generation of the victim's vault", |_| {
        welcome(|welcome| welcome.generation += 3_600 + 1_000_000_000_u32.saturating_sub(welcome.generation))
    })
    .ends(&["xb says the vault was older"], &[])
    .shares("either says that there is a newer copy of the vault"),
    Row::new("claims more events of the victim's vault", |_| welcome(|welcome| welcome.events = u64::MAX))
        .ends(&["xb says the vault was older"], &[])
        .shares("either says that there is a newer copy of the vault"),
    Row::new("has a clock two hours ahead", |_| welcome(|welcome| welcome.time += 7_200))
        .ends(&["xb ends: clocks are 2 h apart"], &[]),
    Row::new("pings the victim without end", |_| {
        once(Box::new(|heard, wire| {
            if matches!(heard, Heard::Relay(Frame::Pulled { .. } | Frame::Checkpoint { .. })) {
                (0..20).for_each(|id| wire.to_station(Frame::Ping { id }));
            }
            if !matches!(heard, Heard::Station(Frame::Pong { .. })) {
                wire.pass(heard);
            }
        }))
    })
    .shares("a relay may ask; a station answers"),
    Row::new("speaks of a checkpoint unasked that is none", |_| {
        at_pull(|id, wire| {
            wire.to_station(Frame::Checkpoint {
                id: 0,
                note: vec![1].into(),
                head: vec![2].into(),
                cosigned: vec![],
            });
            wire.to_relay(Frame::Pull { id });
        })
    })
    .shares("news is looked at when there is time; a station that only pulls asks for itself"),
];
