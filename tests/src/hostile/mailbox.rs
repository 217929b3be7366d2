//! What does a station get when it pulls? What its mailbox held, after somebody went through it. It must never know
//! what is in an envelope.

use std::collections::BTreeMap;

use liaison_proto::Lane;
use liaison_proto::frame::Frame;

use super::{Behaviour, Heard, Wire};

/// A delivery on its way to a station.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The number that the relay behind gave it; none for one that the host invents.
    pub sequence: Option<u64>,
    /// Its lane.
    pub lane: Lane,
    /// The delivery's bytes.
    pub delivery: Vec<u8>,
}

impl Parcel {
    /// A copy under a number of its own.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { sequence: None, ..self.clone() }
    }

    /// The same number and lane with another delivery.
    #[must_use]
    pub fn with(&self, delivery: Vec<u8>) -> Self {
        Self { delivery, ..self.clone() }
    }

    fn send(self, wire: &mut Wire) {
        match self.sequence {
            Some(sequence) => {
                wire.to_station(Frame::Delivery {
                    sequence,
                    lane: self.lane,
                    delivery: self.delivery.into(),
                });
            }
            None => wire.deliver(self.lane, self.delivery),
        }
    }
}

/// What a station pulled and has not been told of yet. The first parcels may come before the word how many there are.
#[derive(Debug, Default)]
struct Held {
    pulled: Option<(u64, u64)>,
    parcels: Vec<Parcel>,
    /// Requests to seal again, and answers, which go on as they are.
    passed: Vec<Frame>,
}

impl Held {
    fn is_whole(&self) -> bool {
        let came = self.parcels.len().saturating_add(self.passed.len()) as u64;
        self.pulled.is_some_and(|(_, expected)| came >= expected)
    }
}

/// Goes through what waits for a station each time it pulls, and through what comes to it later: gets the parcels and
/// the number of the session, gives what is delivered instead. The station hears of exactly so many.
pub fn mailbox_of<F>(station: &'static str, mut sort: F) -> Behaviour
where
    F: FnMut(u64, Vec<Parcel>) -> Vec<Parcel> + Send + 'static,
{
    let mut held: BTreeMap<u64, Held> = BTreeMap::new();
    Box::new(move |heard, wire| {
        let session = wire.session();
        match heard {
            Heard::Station(Frame::Pull { id }) if wire.station() == station => {
                held.insert(session, Held::default());
                wire.to_relay(Frame::Pull { id });
            }
            Heard::Relay(Frame::Pulled { id, waiting }) if wire.station() == station => {
                held.entry(session).or_default().pulled = Some((id, waiting));
            }
            Heard::Relay(Frame::Delivery { sequence, lane, delivery }) if wire.station() == station => {
                let parcel = Parcel { sequence: Some(sequence), lane, delivery: delivery.into() };
                match held.get_mut(&session) {
                    Some(held) => held.parcels.push(parcel),
                    None => sort(session, vec![parcel]).into_iter().for_each(|parcel| parcel.send(wire)),
                }
            }
            Heard::Relay(frame @ (Frame::Reseal { .. } | Frame::Rewrap { .. }))
                if wire.station() == station =>
            {
                match held.get_mut(&session) {
                    Some(held) => held.passed.push(frame),
                    None => wire.to_station(frame),
                }
            }
            other => wire.pass(other),
        }
        if held.get(&session).is_some_and(Held::is_whole)
            && let Some(Held { pulled: Some((id, _)), parcels, passed }) = held.remove(&session)
        {
            let sorted = sort(session, parcels);
            let waiting = sorted.len().saturating_add(passed.len()) as u64;
            wire.to_station(Frame::Pulled { id, waiting });
            sorted.into_iter().for_each(|parcel| parcel.send(wire));
            passed.into_iter().for_each(|frame| wire.to_station(frame));
        }
    })
}
