//! Do the two sides of a session agree, whatever happens between them? Both machines back to back, without sockets: cut
//! and begun again, frames that arrive twice or overtake each other as lanes allow, and a hostile other side.
//! It must never know a clock, or what an envelope is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

mod hostile;
mod pair;

use std::collections::BTreeSet;

use liaison_keys::names::NetworkId;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame, Hello};
use liaison_proto::limits::{DELIVERIES_IN_FLIGHT_MAX, REQUESTS_IN_FLIGHT_MAX};
use liaison_proto::session::Party;
use liaison_proto::session::client::{self, ClientError, Event, RequestId, Word};
use liaison_proto::session::relay::{Ends, ExpectHello, Item, Task};
use pair::{DEVICE, Lasting, NETWORK, Session, greeted, live, welcome_frame};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Post(u8),
    Arrives(Lane),
    AtRelay(u8),
    AtStation(u8),
    /// The connection is cut; what was on the wires is lost.
    Cut,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<u8>().prop_map(Step::Post),
        3 => (0..4_u8).prop_map(|lane| Step::Arrives(Lane::from_number(lane).unwrap())),
        8 => any::<u8>().prop_map(Step::AtRelay),
        8 => any::<u8>().prop_map(Step::AtStation),
        1 => Just(Step::Cut),
    ]
}

proptest! {
    /// Whatever is cut and overtaken: each message reaches the station at least once, each post the relay, every delivery
    /// is acknowledged at most once a session, and the window is never exceeded (asserted on the way).
    #[test]
    fn everything_arrives_in_the_end(backlog in 0..100_u64, steps in prop::collection::vec(step(), 0..400)) {
        let lane = |n: u64| Lane::from_number((n % 4) as u8).unwrap();
        let mut lasting = Lasting::with((0..backlog).map(|n| (n, lane(n))));
        let (mut next, mut posted) = (backlog, BTreeSet::new());
        let mut session = Session::begin();
        for step in steps {
            match step {
                Step::Post(post) => {
                    if posted.insert(post) {
                        lasting.outbox.push(post);
                        session.post(post);
                    }
                }
                Step::Arrives(lane) => {
                    lasting.mailbox.insert(next, lane);
                    next += 1;
                    session.fill(&lasting);
                }
                Step::AtRelay(chance) => session.at_relay(chance, &mut lasting),
                Step::AtStation(chance) => session.at_station(chance, &mut lasting),
                Step::Cut => {
                    session = Session::begin();
                    for post in lasting.outbox.clone() {
                        session.post(post);
                    }
                }
            }
        }
        // The last connection holds: all that waits comes through, in rounds as the limits allow.
        let mut rounds = 0;
        loop {
            while !session.is_idle() {
                session.at_relay(3, &mut lasting);
                session.at_station(3, &mut lasting);
            }
            if lasting.outbox.is_empty() {
                break;
            }
            session = Session::begin();
            lasting.outbox.clone().into_iter().take(REQUESTS_IN_FLIGHT_MAX - 1).for_each(|post| session.post(post));
            rounds += 1;
            prop_assert!(rounds < 10, "nothing moves");
        }
        prop_assert!(lasting.mailbox.is_empty());
        prop_assert_eq!(lasting.stored.iter().copied().collect::<BTreeSet<_>>(), (0..next).collect());
        prop_assert_eq!(lasting.taken.iter().copied().collect::<BTreeSet<_>>(), posted);
    }
}

#[test]
fn urgent_lanes_are_delivered_first_and_each_lane_in_order() {
    let lane = |n| if n % 10 == 9 { Lane::Flash } else { Lane::Routine };
    let mut lasting = Lasting::with((0..100).map(|n| (n, lane(n))));
    let mut session = Session::begin();
    while !session.is_idle() {
        session.at_relay(0, &mut lasting);
        // The most urgent lane of the wire arrives first.
        session.at_station(u8::MAX, &mut lasting);
    }
    let of =
        |flash: bool| lasting.stored.iter().filter(move |n| (**n % 10 == 9) == flash).collect::<Vec<_>>();
    assert!(of(true).is_sorted() && of(false).is_sorted());
    assert_eq!(lasting.stored.len(), 100);
    let last_flash = lasting.stored.iter().rposition(|n| n % 10 == 9).unwrap();
    assert!(last_flash < DELIVERIES_IN_FLIGHT_MAX, "all flashes are in the first window: {last_flash}");
}

#[test]
fn a_frame_that_comes_twice_ends_the_session_and_changes_nothing_more() {
    let (mut station, mut relay) = greeted();
    let pull = station.pull().unwrap().1.to_bytes();
    relay.handle(&live(), &pull).unwrap();
    let delivery = relay.deliver(7, Item::Delivery { lane: Lane::Flash, delivery: vec![1] }).to_bytes();
    let Ok(Event::Delivery { sequence, .. }) = station.handle(&delivery) else { panic!() };
    let ack = station.ack(vec![sequence]).to_bytes();
    assert_eq!(relay.handle(&live(), &ack), Ok(Task::Acked { sequences: vec![7] }));
    assert_eq!(relay.handle(&live(), &ack), Err(Ends(Code::Protocol)));
    let answer = Frame::Pulled { id: 1, waiting: 1 }.to_bytes();
    assert_eq!(station.handle(&answer), Ok(Event::Pulled(RequestId(1), 1)));
    assert_eq!(station.handle(&answer), Err(ClientError::Protocol));
}

#[test]
fn acknowledgements_of_what_was_not_delivered_here_end_the_session() {
    for sequences in [vec![1], vec![0, 0], vec![0, 1], vec![u64::MAX]] {
        let (mut station, mut relay) = greeted();
        relay.handle(&live(), &station.pull().unwrap().1.to_bytes()).unwrap();
        let _ = relay.deliver(0, Item::Delivery { lane: Lane::Routine, delivery: vec![] });
        let ack = station.ack(sequences).to_bytes();
        assert_eq!(relay.handle(&live(), &ack), Err(Ends(Code::Protocol)));
    }
    // A number of the connection before is not in flight in this one.
    let (station, mut relay) = greeted();
    assert_eq!(relay.handle(&live(), &station.ack(vec![0]).to_bytes()), Err(Ends(Code::Protocol)));
}

#[test]
fn greetings_that_fail_say_why() {
    let (expect, hello) = client::hello(Hello::new(NetworkId::new([9; 32]), (1, 0), 0));
    let ends = ExpectHello::new(NETWORK).hello(&hello.to_bytes()).unwrap_err();
    assert_eq!(ends, Ends(Code::Network));
    let goaway = Frame::GoAway { code: ends.0 }.to_bytes();
    assert_eq!(expect.welcome(&goaway).unwrap_err(), ClientError::GoAway(Code::Network));
    let (expect, _) = client::hello(Hello::new(NETWORK, (1, 0), 0));
    let newer = Frame::Welcome(welcome_frame(2)).to_bytes();
    assert_eq!(expect.welcome(&newer).unwrap_err(), ClientError::Protocol, "a version that it did not offer");
}

#[test]
fn every_request_is_understood_by_the_other_side() {
    let (mut station, mut relay) = greeted();
    let party = Party::Live { device: DEVICE, owner: liaison_keys::names::Owner::custodian() };
    let mut ask = |request: Result<(RequestId, Frame), ClientError>| {
        relay.handle(&party, &request.unwrap().1.to_bytes()).unwrap()
    };
    assert_eq!(ask(station.post(Lane::Flash, vec![1])), Task::Post { id: 1, post: vec![1] });
    assert_eq!(ask(station.pull()), Task::Pull { id: 2 });
    assert_eq!(ask(station.log_from(5)), Task::LogFrom { id: 3, from: 5 });
    assert_eq!(ask(station.submit(vec![2])), Task::Submit { id: 4, statement: vec![2] });
    assert_eq!(ask(station.checkpoint()), Task::Checkpoint { id: 5 });
    assert_eq!(ask(station.invite(vec![3])), Task::Invite { id: 6, invitation: vec![3] });
    assert_eq!(ask(station.prekeys_put(vec![4])), Task::PrekeysPut { id: 7, bundle: vec![4] });
    assert_eq!(ask(station.prekeys_get(vec![DEVICE])), Task::PrekeysGet { id: 8, devices: vec![DEVICE] });
    assert_eq!(ask(station.ping()), Task::Answer(Frame::Pong { id: 9 }));
    let cosign = Task::Cosign { id: 10, note: vec![5], line: "w".into() };
    assert_eq!(ask(station.cosign(vec![5], "w".into())), cosign);
    let word = || Word { note: vec![1], head: vec![2], cosigned: vec![vec![3]] };
    let bytes = |byte: u8| vec![byte].into();
    for (answer, event) in [
        (Frame::Accepted { id: 1, receipt: bytes(1) }, Event::Accepted(RequestId(1), vec![1])),
        (Frame::Pulled { id: 2, waiting: 4 }, Event::Pulled(RequestId(2), 4)),
        (
            Frame::Entries { id: 3, from: 5, entries: vec![bytes(5)] },
            Event::Entries(RequestId(3), 5, vec![vec![5]]),
        ),
        (Frame::Logged { id: 4, index: 6 }, Event::Logged(RequestId(4), 6)),
        (
            Frame::Checkpoint { id: 5, note: bytes(1), head: bytes(2), cosigned: vec![bytes(3)] },
            Event::Checkpoint(Some(RequestId(5)), word()),
        ),
        (Frame::Invited { id: 6 }, Event::Done(RequestId(6))),
        (Frame::PrekeysStored { id: 7 }, Event::Done(RequestId(7))),
        (Frame::Prekeys { id: 8, bundles: vec![bytes(8)] }, Event::Prekeys(RequestId(8), vec![vec![8]])),
        (Frame::Pong { id: 9 }, Event::Alive),
        (Frame::Cosigned { id: 10 }, Event::Done(RequestId(10))),
        (
            Frame::Checkpoint { id: 0, note: bytes(1), head: bytes(2), cosigned: vec![bytes(3)] },
            Event::Checkpoint(None, word()),
        ),
        (Frame::Ping { id: 77 }, Event::Answer(Frame::Pong { id: 77 })),
    ] {
        assert_eq!(station.handle(&answer.to_bytes()), Ok(event));
    }
}
