//! How do two machines meet without sockets? One connection with a wire for each direction, and what outlives it.
//! It must never know which test cuts it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use liaison_keys::names::{DeviceId, NetworkId};
use liaison_proto::Lane;
use liaison_proto::frame::{Frame, Hello, Welcome};
use liaison_proto::limits::DELIVERIES_IN_FLIGHT_MAX;
use liaison_proto::session::Party;
use liaison_proto::session::client::{self, Event, RequestId};
use liaison_proto::session::relay::{ExpectHello, Item, Ready, Task};

pub(crate) const NETWORK: NetworkId = NetworkId::new([1; 32]);
pub(crate) const DEVICE: DeviceId = DeviceId::new([2; 16]);

pub(crate) fn live() -> Party {
    Party::Live { device: DEVICE, owner: "xa".parse().unwrap() }
}

pub(crate) fn welcome_frame(version: u8) -> Welcome {
    let (note, head) = (vec![1].into(), vec![2].into());
    Welcome { version, frame_bytes_max: 1_000, note, head, generation: 1, events: 0, time: 0 }
}

/// Both sides, past the greeting.
pub(crate) fn greeted() -> (client::Ready, Ready) {
    let (expect, hello) = client::hello(Hello::new(NETWORK, (1, 0), 0));
    let (relay, said, version) = ExpectHello::new(NETWORK).hello(&hello.to_bytes()).unwrap();
    assert_eq!(said.network, NETWORK);
    let answer = Frame::Welcome(welcome_frame(version)).to_bytes();
    (expect.welcome(&answer).unwrap().0, relay)
}

/// Frames on their way in one direction. Those of one lane keep their order; a more urgent lane may overtake.
#[derive(Default)]
pub(crate) struct Wire(BTreeMap<Lane, VecDeque<Vec<u8>>>);

impl Wire {
    pub(crate) fn put(&mut self, frame: &Frame) {
        self.0.entry(frame.lane()).or_default().push_back(frame.to_bytes());
    }

    /// The next frame of the lane that chance picks among those that have one.
    pub(crate) fn take(&mut self, chance: u8) -> Option<Vec<u8>> {
        let waiting: Vec<Lane> =
            self.0.iter().filter(|(_, frames)| !frames.is_empty()).map(|(lane, _)| *lane).collect();
        let lane = waiting.get(usize::from(chance) % waiting.len().max(1))?;
        self.0.get_mut(lane)?.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.values().all(VecDeque::is_empty)
    }
}

/// One connection: two machines, two wires.
pub(crate) struct Session {
    pub(crate) station: client::Ready,
    pub(crate) relay: Ready,
    pub(crate) up: Wire,
    pub(crate) down: Wire,
    pub(crate) delivered: BTreeSet<u64>,
    pub(crate) acked: BTreeSet<u64>,
    pub(crate) posts: BTreeMap<RequestId, u8>,
}

/// What outlives connections: a relay's mailbox and posts, a station's store and outbox.
#[derive(Default)]
pub(crate) struct Lasting {
    pub(crate) mailbox: BTreeMap<u64, Lane>,
    pub(crate) stored: Vec<u64>,
    pub(crate) outbox: Vec<u8>,
    pub(crate) taken: Vec<u8>,
}

impl Lasting {
    /// With these in the mailbox.
    pub(crate) fn with(mailbox: impl IntoIterator<Item = (u64, Lane)>) -> Self {
        Self { mailbox: mailbox.into_iter().collect(), ..Self::default() }
    }
}

impl Session {
    pub(crate) fn begin() -> Self {
        let (mut station, relay) = greeted();
        let mut up = Wire::default();
        up.put(&station.pull().unwrap().1);
        let (down, delivered, acked, posts) =
            (Wire::default(), BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Self { station, relay, up, down, delivered, acked, posts }
    }

    /// The relay hands out what fits, urgent lanes first, each number once a session.
    pub(crate) fn fill(&mut self, lasting: &Lasting) {
        let mut waiting: Vec<(u64, Lane)> = lasting.mailbox.iter().map(|(n, lane)| (*n, *lane)).collect();
        waiting.sort_by_key(|(sequence, lane)| (std::cmp::Reverse(*lane), *sequence));
        for (sequence, lane) in waiting {
            if self.relay.window() == 0 {
                break;
            }
            if self.delivered.insert(sequence) {
                let frame = self
                    .relay
                    .deliver(sequence, Item::Delivery { lane, delivery: sequence.to_be_bytes().to_vec() });
                assert!(self.relay.is_in_flight(sequence));
                self.down.put(&frame);
            }
        }
        let in_flight = self.delivered.difference(&self.acked).count();
        assert!(in_flight <= DELIVERIES_IN_FLIGHT_MAX, "{in_flight} in flight");
    }

    pub(crate) fn post(&mut self, post: u8) {
        if let Ok((id, frame)) = self.station.post(Lane::from_number(post % 4).unwrap(), vec![post]) {
            self.posts.insert(id, post);
            self.up.put(&frame);
        }
    }

    /// One frame arrives at the relay.
    pub(crate) fn at_relay(&mut self, chance: u8, lasting: &mut Lasting) {
        let Some(frame) = self.up.take(chance) else { return };
        match self.relay.handle(&live(), &frame).expect("a station keeps to the protocol") {
            Task::Pull { id } => {
                let waiting = lasting.mailbox.len() as u64;
                self.down.put(&Frame::Pulled { id, waiting });
            }
            Task::Acked { sequences } => {
                for sequence in sequences {
                    assert!(self.acked.insert(sequence), "{sequence} acknowledged twice");
                    lasting.mailbox.remove(&sequence);
                }
            }
            Task::Post { id, post } => {
                lasting.taken.push(post[0]);
                self.down.put(&Frame::Accepted { id, receipt: post.into() });
            }
            other => panic!("{other:?}"),
        }
        self.fill(lasting);
    }

    /// One frame arrives at the station, which stores first and then acknowledges.
    pub(crate) fn at_station(&mut self, chance: u8, lasting: &mut Lasting) {
        let Some(frame) = self.down.take(chance) else { return };
        match self.station.handle(&frame).expect("a relay keeps to the protocol") {
            Event::Delivery { sequence, delivery } => {
                assert_eq!(delivery, sequence.to_be_bytes());
                lasting.stored.push(sequence);
                self.up.put(&self.station.ack(vec![sequence]));
            }
            Event::Accepted(id, receipt) => {
                let post = self.posts.remove(&id).expect("asked once, answered once");
                assert_eq!(receipt, [post]);
                lasting.outbox.retain(|waiting| *waiting != post);
            }
            Event::Pulled(..) => {}
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.up.is_empty() && self.down.is_empty()
    }
}
