//! What can a side do that knows the language and keeps to no rule? A code, or nothing more than its party may.
//! It must never know a good session.

use std::collections::BTreeSet;

use liaison_keys::names::HeaderHash;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame, Hello};
use liaison_proto::limits::DELIVERIES_IN_FLIGHT_MAX;
use liaison_proto::session::client::{self, ClientError};
use liaison_proto::session::relay::{Ends, ExpectHello, Item, Task};
use liaison_proto::session::{Party, relay};
use proptest::prelude::*;

use crate::pair::{DEVICE, NETWORK, greeted, live, welcome_frame};

/// A frame of any tag with any numbers: what a hostile side sends that knows the language.
fn any_frame() -> impl Strategy<Value = Frame> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..40).prop_map(minicbor::bytes::ByteVec::from);
    let (id, lane) = (0..5_u64, (0..4_u8).prop_map(|lane| Lane::from_number(lane).unwrap()));
    prop_oneof![
        Just(Frame::Hello(Hello::new(NETWORK, (1, 0), 0))),
        Just(Frame::Welcome(welcome_frame(1))),
        Just(Frame::GoAway { code: Code::Busy }),
        id.clone().prop_map(|id| Frame::Ping { id }),
        id.clone().prop_map(|id| Frame::Pong { id }),
        id.clone().prop_map(|id| Frame::Refused { id, code: Code::Quota }),
        (id.clone(), bytes()).prop_map(|(id, invitation)| Frame::Invite { id, invitation }),
        id.clone().prop_map(|id| Frame::Invited { id }),
        (id.clone(), lane.clone(), bytes()).prop_map(|(id, lane, post)| Frame::Post { id, lane, post }),
        (id.clone(), bytes()).prop_map(|(id, receipt)| Frame::Accepted { id, receipt }),
        id.clone().prop_map(|id| Frame::Pull { id }),
        (id.clone(), any::<u64>()).prop_map(|(id, waiting)| Frame::Pulled { id, waiting }),
        (id.clone(), lane, bytes()).prop_map(|(sequence, lane, delivery)| Frame::Delivery {
            sequence,
            lane,
            delivery
        }),
        prop::collection::vec(0..5_u64, 0..4).prop_map(|sequences| Frame::Ack { sequences }),
        (id.clone(), bytes()).prop_map(|(id, reseal)| Frame::Reseal { id, reseal }),
        (id.clone(), bytes()).prop_map(|(id, wrap)| Frame::Rewrap { id, hh: HeaderHash::new([1; 32]), wrap }),
        (id.clone(), any::<u64>()).prop_map(|(id, from)| Frame::LogFrom { id, from }),
        (id.clone(), 0..3_u64, bytes()).prop_map(|(id, from, entry)| Frame::Entries {
            id,
            from,
            entries: vec![entry]
        }),
        (id.clone(), bytes()).prop_map(|(id, statement)| Frame::Submit { id, statement }),
        (id.clone(), any::<u64>()).prop_map(|(id, index)| Frame::Logged { id, index }),
        id.clone().prop_map(|id| Frame::CheckpointGet { id }),
        (id.clone(), bytes(), bytes()).prop_map(|(id, note, head)| Frame::Checkpoint {
            id,
            note,
            head,
            cosigned: vec![]
        }),
        (id.clone(), bytes()).prop_map(|(id, bundle)| Frame::PrekeysPut { id, bundle }),
        id.clone().prop_map(|id| Frame::PrekeysStored { id }),
        id.clone().prop_map(|id| Frame::PrekeysGet { id, devices: vec![DEVICE] }),
        (id, bytes()).prop_map(|(id, bundle)| Frame::Prekeys { id, bundles: vec![bundle] }),
    ]
}

fn any_party() -> impl Strategy<Value = Party> {
    let owner = || "xa".parse().unwrap();
    prop::sample::select(vec![
        live(),
        Party::Lapsed { device: DEVICE, owner: owner() },
        Party::Invited { owner: owner() },
        Party::Live { device: DEVICE, owner: liaison_keys::names::Owner::custodian() },
    ])
}

proptest! {
    #[test]
    fn a_hostile_station_gets_a_code_or_a_task_that_its_party_may_ask_for(
        party in any_party(),
        frames in prop::collection::vec(any_frame(), 0..40),
    ) {
        let (_, mut relay) = greeted();
        let mut in_flight = BTreeSet::new();
        for frame in frames {
            match relay.handle(&party, &frame.to_bytes()) {
                Err(Ends(code)) => {
                    prop_assert_eq!(code, Code::Protocol);
                    break;
                }
                Ok(Task::Acked { sequences }) => {
                    prop_assert!(sequences.iter().all(|sequence| in_flight.remove(sequence)));
                }
                Ok(Task::Pull { .. }) => prop_assert!(party.device().is_some()),
                Ok(Task::Post { .. } | Task::PrekeysPut { .. } | Task::PrekeysGet { .. }) => {
                    let live = matches!(party, Party::Live { .. });
                    prop_assert!(live);
                }
                Ok(Task::Invite { .. }) => prop_assert!(party.owner().is_custodian()),
                Ok(_) => {}
            }
            let sequence = in_flight.len() as u64;
            if relay.window() > 0 && in_flight.insert(sequence) {
                let _ = relay.deliver(sequence, Item::Delivery { lane: Lane::Routine, delivery: vec![] });
            }
            prop_assert!(relay.window() <= DELIVERIES_IN_FLIGHT_MAX);
        }
    }

    #[test]
    fn a_hostile_relay_answers_what_was_asked_or_is_left(frames in prop::collection::vec(any_frame(), 0..40)) {
        let (mut station, _) = greeted();
        let mut open = BTreeSet::from([
            station.post(Lane::Flash, vec![]).unwrap().0,
            station.log_from(1).unwrap().0,
            station.checkpoint().unwrap().0,
            station.prekeys_get(vec![]).unwrap().0,
        ]);
        for frame in frames {
            match station.handle(&frame.to_bytes()) {
                Ok(event) => {
                    if let Some(id) = event.request() {
                        prop_assert!(open.remove(&id), "{:?} was answered twice", id);
                    }
                }
                Err(ClientError::GoAway(code)) => {
                    prop_assert_eq!(code, Code::Busy);
                    break;
                }
                Err(error) => {
                    prop_assert_eq!(error, ClientError::Protocol);
                    break;
                }
            }
        }
    }

    #[test]
    fn arbitrary_bytes_end_a_session_with_a_code(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (mut station, mut relay) = greeted();
        let is_frame = Frame::from_bytes(&bytes).is_ok();
        if !is_frame {
            prop_assert_eq!(relay.handle(&live(), &bytes), Err(Ends(Code::Protocol)));
            prop_assert_eq!(station.handle(&bytes), Err(ClientError::Protocol));
            prop_assert_eq!(ExpectHello::new(NETWORK).hello(&bytes).unwrap_err(), relay::Ends(Code::Protocol));
            let (expect, _) = client::hello(Hello::new(NETWORK, (1, 0), 0));
            prop_assert_eq!(expect.welcome(&bytes).unwrap_err(), ClientError::Protocol);
        }
    }

    #[test]
    fn damaged_frames_are_refused_or_are_other_frames(frame in any_frame(), at in any::<usize>(), flip in 1..=255_u8) {
        let mut bytes = frame.to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        if let Ok(other) = Frame::from_bytes(&bytes) {
            prop_assert_eq!(&other.to_bytes(), &bytes);
        }
        let (mut station, mut relay) = greeted();
        let _ = relay.handle(&live(), &bytes);
        let _ = station.handle(&bytes);
    }
}
