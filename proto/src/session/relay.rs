//! What may a relay hear and do for one connection, and when? The relay's side of a session
//! (`docs/protocol.md` §7). It must never know sockets, the clock or the store: frames go in, tasks come out.
//!
//! ```text
//! ExpectHello --hello--> Ready --frame--> task … ; deliveries in flight are bounded by a window
//! ```

use std::collections::BTreeSet;

use liaison_keys::names::{DeviceId, HeaderHash, NetworkId, OfficeId};
use thiserror::Error;

use super::auth::{Ask, Party};
use crate::frame::{Code, Frame, Hello, VERSIONS};
use crate::lane::Lane;
use crate::limits;

/// A station that does not keep to the protocol: the session ends with this code.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the session ends: {0:?}")]
pub struct Ends(pub Code);

/// What a station asks a relay to do. The form is checked; nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Store a post and answer with a receipt.
    Post {
        /// Request id.
        id: u64,
        /// The post's bytes.
        post: Vec<u8>,
    },
    /// Say how many wait, and begin to deliver.
    Pull {
        /// Request id.
        id: u64,
    },
    /// Forget these for this device.
    Acked {
        /// Numbers that had been delivered in this session.
        sequences: Vec<u64>,
    },
    /// Answer with entries of the log.
    LogFrom {
        /// Request id.
        id: u64,
        /// Index of the first.
        from: u64,
    },
    /// Log a statement.
    Submit {
        /// Request id.
        id: u64,
        /// The statement.
        statement: Vec<u8>,
    },
    /// Answer with the newest checkpoint.
    Checkpoint {
        /// Request id.
        id: u64,
    },
    /// Admit an invitation.
    Invite {
        /// Request id.
        id: u64,
        /// The invitation.
        invitation: Vec<u8>,
    },
    /// Store a bundle of this device.
    PrekeysPut {
        /// Request id.
        id: u64,
        /// The bundle.
        bundle: Vec<u8>,
    },
    /// Answer with bundles.
    PrekeysGet {
        /// Request id.
        id: u64,
        /// The devices.
        devices: Vec<DeviceId>,
    },
    /// Store a contact card.
    CardPut {
        /// The request's id.
        id: u64,
        /// Whose.
        office: OfficeId,
        /// The card with its salt.
        card: Vec<u8>,
    },
    /// Give the contact cards of these offices.
    CardsGet {
        /// The request's id.
        id: u64,
        /// The offices.
        offices: Vec<OfficeId>,
    },
    /// Say who read this owner's cards.
    CardReads {
        /// The request's id.
        id: u64,
    },
    /// Keep a witness's cosignature.
    Cosign {
        /// The request's id.
        id: u64,
        /// The note that it saw.
        note: Vec<u8>,
        /// Its line.
        line: String,
    },
    /// Pass a request to seal again to the device that posted the message.
    Reseal {
        /// The request's id.
        id: u64,
        /// The signed request.
        reseal: Vec<u8>,
    },
    /// Pass a message's key, sealed again, to the device that it is sealed to.
    Rewrap {
        /// The request's id.
        id: u64,
        /// The message.
        hh: HeaderHash,
        /// The new wrap.
        wrap: Vec<u8>,
    },
    /// Send this frame.
    Answer(Frame),
    /// The station is there; nothing to do.
    Nothing,
}

/// What waits in a mailbox, as it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A sealed message.
    Delivery {
        /// Its lane.
        lane: Lane,
        /// Header, body and this device's wrap.
        delivery: Vec<u8>,
    },
    /// Another device's request to have a message of ours sealed again.
    Reseal(Vec<u8>),
    /// A new wrap for a message that was delivered before.
    Rewrap {
        /// The message.
        hh: HeaderHash,
        /// The wrap.
        wrap: Vec<u8>,
    },
}

/// Waits for the station's hello.
#[derive(Debug)]
pub struct ExpectHello {
    network: NetworkId,
}

/// The session stands.
#[derive(Debug)]
pub struct Ready {
    pulling: bool,
    in_flight: BTreeSet<u64>,
}

impl ExpectHello {
    /// A session in this network.
    #[must_use]
    pub const fn new(network: NetworkId) -> Self {
        Self { network }
    }

    /// Takes the station's hello.
    ///
    /// # Errors
    /// [`Ends`] with [`Code::Protocol`], [`Code::Network`] or [`Code::Version`].
    pub fn hello(self, frame: &[u8]) -> Result<(Ready, Hello, u8), Ends> {
        let Ok(Frame::Hello(hello)) = Frame::from_bytes(frame) else {
            return Err(Ends(Code::Protocol));
        };
        if hello.network != self.network {
            return Err(Ends(Code::Network));
        }
        let version = VERSIONS.iter().copied().find(|version| hello.versions.contains(version));
        let version = version.ok_or(Ends(Code::Version))?;
        Ok((Ready { pulling: false, in_flight: BTreeSet::new() }, hello, version))
    }
}

impl Ready {
    /// Takes a frame from a party. A request that the party may not make is answered, and changes nothing.
    ///
    /// # Errors
    /// [`Ends`] when the frame is none, or may not come from a station.
    pub fn handle(&mut self, party: &Party, frame: &[u8]) -> Result<Task, Ends> {
        let frame = Frame::from_bytes(frame).map_err(|_| Ends(Code::Protocol))?;
        let (id, ask, task) = match frame {
            Frame::Post { id, post, .. } => (id, Ask::Send, Task::Post { id, post: post.into() }),
            Frame::Pull { id } => (id, Ask::Pull, Task::Pull { id }),
            Frame::LogFrom { id, from } => (id, Ask::ReadLog, Task::LogFrom { id, from }),
            Frame::Submit { id, statement } => {
                (id, Ask::Submit, Task::Submit { id, statement: statement.into() })
            }
            Frame::CheckpointGet { id } => (id, Ask::ReadLog, Task::Checkpoint { id }),
            Frame::Invite { id, invitation } => {
                (id, Ask::Invite, Task::Invite { id, invitation: invitation.into() })
            }
            Frame::PrekeysPut { id, bundle } => {
                (id, Ask::Send, Task::PrekeysPut { id, bundle: bundle.into() })
            }
            Frame::PrekeysGet { id, devices } => (id, Ask::Send, Task::PrekeysGet { id, devices }),
            Frame::CardPut { id, office, card } => {
                (id, Ask::Submit, Task::CardPut { id, office, card: card.into() })
            }
            Frame::CardsGet { id, offices } => (id, Ask::Send, Task::CardsGet { id, offices }),
            Frame::CardReadsGet { id } => (id, Ask::Send, Task::CardReads { id }),
            // A witness speaks by its own key, whatever station brings its word.
            Frame::Cosign { id, note, line } => {
                (id, Ask::ReadLog, Task::Cosign { id, note: note.into(), line })
            }
            Frame::Reseal { id, reseal } => (id, Ask::Send, Task::Reseal { id, reseal: reseal.into() }),
            Frame::Rewrap { id, hh, wrap } => (id, Ask::Send, Task::Rewrap { id, hh, wrap: wrap.into() }),
            Frame::Ack { sequences } => return self.acked(sequences),
            Frame::Ping { id } => return Ok(Task::Answer(Frame::Pong { id })),
            Frame::Pong { .. } => return Ok(Task::Nothing),
            _ => return Err(Ends(Code::Protocol)),
        };
        // An answer under 0 would be taken for news that nobody asked for.
        if id == 0 {
            return Err(Ends(Code::Protocol));
        }
        if !party.may(ask) {
            return Ok(refuse(id, Code::NotAllowed));
        }
        self.pulling |= matches!(task, Task::Pull { .. });
        Ok(task)
    }

    /// How many more deliveries may be sent now: none before the station asked, and never more in flight than the
    /// window, so that a slow reader cannot make the relay's memory grow.
    #[must_use]
    pub fn window(&self) -> usize {
        let free = limits::DELIVERIES_IN_FLIGHT_MAX.saturating_sub(self.in_flight.len());
        if self.pulling { free } else { 0 }
    }

    /// Whether this number was sent and is not yet acknowledged.
    #[must_use]
    pub fn is_in_flight(&self, sequence: u64) -> bool {
        self.in_flight.contains(&sequence)
    }

    /// Hands out what waits, and counts it as in flight.
    #[must_use]
    pub fn deliver(&mut self, sequence: u64, item: Item) -> Frame {
        self.in_flight.insert(sequence);
        match item {
            Item::Delivery { lane, delivery } => {
                Frame::Delivery { sequence, lane, delivery: delivery.into() }
            }
            Item::Reseal(reseal) => Frame::Reseal { id: sequence, reseal: reseal.into() },
            Item::Rewrap { hh, wrap } => Frame::Rewrap { id: sequence, hh, wrap: wrap.into() },
        }
    }

    /// Only what was delivered in this session can be acknowledged.
    fn acked(&mut self, sequences: Vec<u64>) -> Result<Task, Ends> {
        if sequences.iter().all(|sequence| self.in_flight.remove(sequence)) {
            Ok(Task::Acked { sequences })
        } else {
            Err(Ends(Code::Protocol))
        }
    }
}

fn refuse(id: u64, code: Code) -> Task {
    Task::Answer(Frame::Refused { id, code })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkId = NetworkId::new([1; 32]);

    fn hello(network: NetworkId, versions: Vec<u8>) -> Vec<u8> {
        Frame::Hello(Hello { versions, network, generation: 1, events: 0, note_size: 0 }).to_bytes()
    }

    fn ready() -> (Ready, Party) {
        let (ready, _, version) = ExpectHello::new(NETWORK).hello(&hello(NETWORK, vec![9, 1])).unwrap();
        assert_eq!(version, 1);
        (ready, Party::Live { device: DeviceId::new([1; 16]), owner: "xa".parse().unwrap() })
    }

    #[test]
    fn a_session_begins_with_a_hello_in_this_network_and_version() {
        let begin = |bytes: &[u8]| ExpectHello::new(NETWORK).hello(bytes).unwrap_err();
        assert_eq!(begin(&hello(NetworkId::new([2; 32]), vec![1])), Ends(Code::Network));
        assert_eq!(begin(&hello(NETWORK, vec![2])), Ends(Code::Version));
        assert_eq!(begin(&Frame::Ping { id: 1 }.to_bytes()), Ends(Code::Protocol));
        assert_eq!(begin(&[]), Ends(Code::Protocol));
    }

    #[test]
    fn nothing_is_delivered_unasked_and_the_window_closes() {
        let (mut session, party) = ready();
        assert_eq!(session.window(), 0);
        assert_eq!(session.handle(&party, &Frame::Pull { id: 1 }.to_bytes()), Ok(Task::Pull { id: 1 }));
        for sequence in 0..limits::DELIVERIES_IN_FLIGHT_MAX as u64 {
            let _ = session.deliver(sequence, Item::Delivery { lane: Lane::Routine, delivery: vec![] });
        }
        assert_eq!(session.window(), 0);
        let ack = Frame::Ack { sequences: vec![0, 1] }.to_bytes();
        assert_eq!(session.handle(&party, &ack), Ok(Task::Acked { sequences: vec![0, 1] }));
        assert_eq!(session.window(), 2);
        assert_eq!(session.handle(&party, &ack), Err(Ends(Code::Protocol)), "acknowledged twice");
    }

    #[test]
    fn regression_a_lapsed_device_gives_no_prekeys() {
        let (mut session, live) = ready();
        let lapsed = Party::Lapsed { device: DeviceId::new([1; 16]), owner: "xa".parse().unwrap() };
        let put = Frame::PrekeysPut { id: 1, bundle: vec![1].into() }.to_bytes();
        let refused = Frame::Refused { id: 1, code: Code::NotAllowed };
        assert_eq!(session.handle(&lapsed, &put), Ok(Task::Answer(refused)));
        assert_eq!(session.handle(&live, &put), Ok(Task::PrekeysPut { id: 1, bundle: vec![1] }));
    }

    #[test]
    fn what_a_party_may_not_do_is_refused_and_what_no_station_says_ends() {
        let (mut session, party) = ready();
        let invited = Party::Invited { owner: "xa".parse().unwrap() };
        let refused = |code| Ok(Task::Answer(Frame::Refused { id: 1, code }));
        assert_eq!(session.handle(&invited, &Frame::Pull { id: 1 }.to_bytes()), refused(Code::NotAllowed));
        let invite = Frame::Invite { id: 1, invitation: vec![].into() }.to_bytes();
        assert_eq!(session.handle(&party, &invite), refused(Code::NotAllowed));
        let reseal = Frame::Reseal { id: 1, reseal: vec![].into() }.to_bytes();
        assert_eq!(session.handle(&invited, &reseal), refused(Code::NotAllowed));
        let pulled = Frame::Pulled { id: 1, waiting: 0 }.to_bytes();
        assert_eq!(session.handle(&party, &pulled), Err(Ends(Code::Protocol)));
        assert_eq!(session.handle(&party, &[0xff]), Err(Ends(Code::Protocol)));
    }
}
