//! What may a station say and hear, and when? The station's side of a session (`docs/protocol.md` §7).
//! It must never know sockets, the clock or the vault: frames go in, events come out.
//!
//! ```text
//! hello() -> ExpectWelcome --welcome--> Ready --request--> Ready … --goaway--> gone
//! ```

use std::collections::BTreeMap;

use liaison_keys::names::{DeviceId, HeaderHash, OfficeId};
use minicbor::bytes::ByteVec;
use thiserror::Error;

use crate::frame::{Code, Frame, Hello, VERSIONS, Welcome};
use crate::lane::Lane;
use crate::limits;

/// A relay that does not keep to the protocol, or that ends the session.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// Bytes that are no frame, or a frame that may not come now.
    #[error("the relay does not keep to the protocol")]
    Protocol,
    /// The relay ended the session.
    #[error("the relay ended the session: {0:?}")]
    GoAway(Code),
    /// More requests under way than one session holds.
    #[error("too many requests under way")]
    Full,
}

/// A request under way, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A post is on the relay's disk.
    Accepted(RequestId, Vec<u8>),
    /// So many messages wait; they follow.
    Pulled(RequestId, u64),
    /// A sealed message, to be stored and then acknowledged.
    Delivery {
        /// Its number on this relay.
        sequence: u64,
        /// The envelope.
        delivery: Vec<u8>,
    },
    /// Another device asks to have a message of ours sealed again; to be stored and then acknowledged.
    Reseal {
        /// Its number on this relay.
        sequence: u64,
        /// The signed request.
        reseal: Vec<u8>,
    },
    /// A message's key, sealed to us again; to be stored and then acknowledged.
    Rewrap {
        /// Its number on this relay.
        sequence: u64,
        /// The message.
        hh: HeaderHash,
        /// The new wrap.
        wrap: Vec<u8>,
    },
    /// Entries of the log, from this index on.
    Entries(RequestId, u64, Vec<Vec<u8>>),
    /// A statement is in the log at this index.
    Logged(RequestId, u64),
    /// The newest checkpoint.
    Checkpoint(Option<RequestId>, Word),
    /// An invitation, a bundle, a card, a cosignature, a reseal or a rewrap is on the relay's disk.
    Done(RequestId),
    /// Prekey bundles.
    Prekeys(RequestId, Vec<Vec<u8>>),
    /// Contact cards with their salts.
    Cards(RequestId, Vec<(OfficeId, Vec<u8>)>),
    /// Who read the cards of our own offices: day, office, reader.
    CardReads(RequestId, Vec<(u64, OfficeId, OfficeId)>),
    /// A request was refused; nothing of it was done.
    Refused(RequestId, Code),
    /// The relay is there.
    Alive,
    /// The relay asks whether we are: send this.
    Answer(Frame),
}

/// A relay's word about its log: what its key signed, and what witnesses did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The signed note of the newest size.
    pub note: Vec<u8>,
    /// The signed head of the same size.
    pub head: Vec<u8>,
    /// Notes with witnesses' cosignatures, ascending by size.
    pub cosigned: Vec<Vec<u8>>,
}

impl Word {
    fn new(note: ByteVec, head: ByteVec, cosigned: Vec<ByteVec>) -> Self {
        Self { note: note.into(), head: head.into(), cosigned: cosigned.into_iter().map(Vec::from).collect() }
    }
}

impl Event {
    /// The request that this answers, if it answers one.
    #[must_use]
    pub const fn request(&self) -> Option<RequestId> {
        match self {
            Self::Accepted(id, _)
            | Self::Pulled(id, _)
            | Self::Entries(id, ..)
            | Self::Logged(id, _)
            | Self::Done(id)
            | Self::Prekeys(id, _)
            | Self::Cards(id, _)
            | Self::CardReads(id, _)
            | Self::Refused(id, _) => Some(*id),
            Self::Checkpoint(id, ..) => *id,
            Self::Delivery { .. }
            | Self::Reseal { .. }
            | Self::Rewrap { .. }
            | Self::Alive
            | Self::Answer(_) => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Post,
    Pull,
    LogFrom { from: u64 },
    Submit,
    Checkpoint,
    Invite,
    PrekeysPut,
    PrekeysGet,
    CardPut,
    CardsGet,
    CardReads,
    Cosign,
    Pass,
    Ping,
}

/// Waits for the relay's welcome.
#[derive(Debug)]
pub struct ExpectWelcome(());

/// The session stands.
#[derive(Debug)]
pub struct Ready {
    next: u64,
    asked: BTreeMap<u64, Asked>,
}

/// Begins a session.
#[must_use]
pub fn hello(hello: Hello) -> (ExpectWelcome, Frame) {
    (ExpectWelcome(()), Frame::Hello(hello))
}

/// What a relay asks before its welcome, when its log was restored from an old copy: what it gave to stations once, and has
/// to have again before it may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// The newest note that the station holds: answer with a checkpoint under this id.
    Checkpoint(u64),
    /// Entries of the log from this index on: answer with entries under this id.
    Entries(u64, u64),
}

impl ExpectWelcome {
    /// What the relay asks in place of a welcome, if this frame asks something.
    #[must_use]
    pub fn wants(&self, frame: &[u8]) -> Option<Wants> {
        match Frame::from_bytes(frame) {
            Ok(Frame::CheckpointGet { id }) => Some(Wants::Checkpoint(id)),
            Ok(Frame::LogFrom { id, from }) => Some(Wants::Entries(id, from)),
            _ => None,
        }
    }

    /// Takes the relay's answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn welcome(self, frame: &[u8]) -> Result<(Ready, Welcome), ClientError> {
        match Frame::from_bytes(frame) {
            Ok(Frame::Welcome(welcome)) if VERSIONS.contains(&welcome.version) => {
                Ok((Ready { next: 1, asked: BTreeMap::new() }, welcome))
            }
            Ok(Frame::GoAway { code }) => Err(ClientError::GoAway(code)),
            _ => Err(ClientError::Protocol),
        }
    }
}

impl Ready {
    /// Posts a sealed message.
    ///
    /// # Errors
    /// [`ClientError::Full`], as all requests.
    pub fn post(&mut self, lane: Lane, post: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Post, |id| Frame::Post { id, lane, post: post.into() })
    }

    /// Asks for what waits, from now on.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn pull(&mut self) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Pull, |id| Frame::Pull { id })
    }

    /// Says that these deliveries are stored here.
    #[must_use]
    pub fn ack(&self, sequences: Vec<u64>) -> Frame {
        Frame::Ack { sequences }
    }

    /// Asks for the log from this entry on.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn log_from(&mut self, from: u64) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::LogFrom { from }, |id| Frame::LogFrom { id, from })
    }

    /// Submits a statement.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn submit(&mut self, statement: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Submit, |id| Frame::Submit { id, statement: statement.into() })
    }

    /// Asks for the newest checkpoint.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn checkpoint(&mut self) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Checkpoint, |id| Frame::CheckpointGet { id })
    }

    /// Hands in an invitation.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn invite(&mut self, invitation: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Invite, |id| Frame::Invite { id, invitation: invitation.into() })
    }

    /// Hands in one's own prekeys.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn prekeys_put(&mut self, bundle: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::PrekeysPut, |id| Frame::PrekeysPut { id, bundle: bundle.into() })
    }

    /// Asks for the prekeys of these devices, at most [`limits::BUNDLES_PER_FRAME_MAX`].
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn prekeys_get(&mut self, devices: Vec<DeviceId>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::PrekeysGet, |id| Frame::PrekeysGet { id, devices })
    }

    /// Hands in an office's contact card.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn card_put(&mut self, office: OfficeId, card: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::CardPut, |id| Frame::CardPut { id, office, card: card.into() })
    }

    /// Asks for the contact cards of these offices, at most [`limits::CARDS_PER_FRAME_MAX`].
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn cards_get(&mut self, offices: Vec<OfficeId>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::CardsGet, |id| Frame::CardsGet { id, offices })
    }

    /// Asks who read the cards of our own offices.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn card_reads(&mut self) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::CardReads, |id| Frame::CardReadsGet { id })
    }

    /// Hands in a witness's line for below a note.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn cosign(&mut self, note: Vec<u8>, line: String) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Cosign, |id| Frame::Cosign { id, note: note.into(), line })
    }

    /// Asks to have a message sealed again.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn reseal(&mut self, reseal: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Pass, |id| Frame::Reseal { id, reseal: reseal.into() })
    }

    /// Hands in a message's key, sealed again.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn rewrap(&mut self, hh: HeaderHash, wrap: Vec<u8>) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Pass, |id| Frame::Rewrap { id, hh, wrap: wrap.into() })
    }

    /// Asks whether the relay is there.
    ///
    /// # Errors
    /// [`ClientError::Full`].
    pub fn ping(&mut self) -> Result<(RequestId, Frame), ClientError> {
        self.ask(Asked::Ping, |id| Frame::Ping { id })
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// [`ClientError::Protocol`] for an answer that nobody asked for, of another kind than was asked, or of another
    /// place than was asked; [`ClientError::GoAway`].
    pub fn handle(&mut self, frame: &[u8]) -> Result<Event, ClientError> {
        match Frame::from_bytes(frame).map_err(|_| ClientError::Protocol)? {
            Frame::Delivery { sequence, delivery, .. } => {
                Ok(Event::Delivery { sequence, delivery: delivery.into() })
            }
            Frame::Reseal { id, reseal } => Ok(Event::Reseal { sequence: id, reseal: reseal.into() }),
            Frame::Rewrap { id, hh, wrap } => Ok(Event::Rewrap { sequence: id, hh, wrap: wrap.into() }),
            Frame::Checkpoint { id: 0, note, head, cosigned } => {
                Ok(Event::Checkpoint(None, Word::new(note, head, cosigned)))
            }
            Frame::Ping { id } => Ok(Event::Answer(Frame::Pong { id })),
            Frame::GoAway { code } => Err(ClientError::GoAway(code)),
            answer => self.answer(answer),
        }
    }

    fn answer(&mut self, frame: Frame) -> Result<Event, ClientError> {
        match frame {
            Frame::Refused { id, code } => {
                self.asked.remove(&id).ok_or(ClientError::Protocol)?;
                Ok(Event::Refused(RequestId(id), code))
            }
            Frame::Accepted { id, receipt } => {
                self.done(id, Asked::Post).map(|id| Event::Accepted(id, receipt.into()))
            }
            Frame::Pulled { id, waiting } => self.done(id, Asked::Pull).map(|id| Event::Pulled(id, waiting)),
            Frame::Entries { id, from, entries } => {
                let entries = entries.into_iter().map(Vec::from).collect();
                self.done(id, Asked::LogFrom { from }).map(|id| Event::Entries(id, from, entries))
            }
            Frame::Logged { id, index } => self.done(id, Asked::Submit).map(|id| Event::Logged(id, index)),
            Frame::Checkpoint { id, note, head, cosigned } => {
                let id = self.done(id, Asked::Checkpoint)?;
                Ok(Event::Checkpoint(Some(id), Word::new(note, head, cosigned)))
            }
            Frame::Passed { id } => self.done(id, Asked::Pass).map(Event::Done),
            Frame::Cosigned { id } => self.done(id, Asked::Cosign).map(Event::Done),
            Frame::Invited { id } => self.done(id, Asked::Invite).map(Event::Done),
            Frame::PrekeysStored { id } => self.done(id, Asked::PrekeysPut).map(Event::Done),
            Frame::Prekeys { id, bundles } => {
                let bundles = bundles.into_iter().map(Vec::from).collect();
                self.done(id, Asked::PrekeysGet).map(|id| Event::Prekeys(id, bundles))
            }
            Frame::CardStored { id } => self.done(id, Asked::CardPut).map(Event::Done),
            Frame::Cards { id, cards } => {
                let cards = cards.into_iter().map(|(office, card)| (office, card.into())).collect();
                self.done(id, Asked::CardsGet).map(|id| Event::Cards(id, cards))
            }
            Frame::CardReads { id, reads } => {
                self.done(id, Asked::CardReads).map(|id| Event::CardReads(id, reads))
            }
            Frame::Pong { id } => self.done(id, Asked::Ping).map(|_| Event::Alive),
            _ => Err(ClientError::Protocol),
        }
    }

    fn done(&mut self, id: u64, asked: Asked) -> Result<RequestId, ClientError> {
        match self.asked.remove(&id) {
            Some(was) if was == asked => Ok(RequestId(id)),
            _ => Err(ClientError::Protocol),
        }
    }

    fn ask(
        &mut self,
        asked: Asked,
        frame: impl FnOnce(u64) -> Frame,
    ) -> Result<(RequestId, Frame), ClientError> {
        if self.asked.len() >= limits::REQUESTS_IN_FLIGHT_MAX {
            return Err(ClientError::Full);
        }
        let id = self.next;
        self.next += 1;
        self.asked.insert(id, asked);
        Ok((RequestId(id), frame(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use liaison_keys::names::NetworkId;

    fn ready() -> Ready {
        let hello_frame = Hello::new(NetworkId::new([1; 32]), (1, 0), 0);
        let (expect, _) = hello(hello_frame);
        let welcome = Welcome {
            version: 1,
            frame_bytes_max: 1,
            note: vec![].into(),
            head: vec![].into(),
            generation: 0,
            events: 0,
            time: 0,
        };
        expect.welcome(&Frame::Welcome(welcome).to_bytes()).unwrap().0
    }

    #[test]
    fn only_a_welcome_begins() {
        let begin = |frame: Frame| {
            hello(Hello::new(NetworkId::new([1; 32]), (1, 0), 0)).0.welcome(&frame.to_bytes()).unwrap_err()
        };
        assert_eq!(begin(Frame::GoAway { code: Code::Network }), ClientError::GoAway(Code::Network));
        assert_eq!(begin(Frame::Ping { id: 1 }), ClientError::Protocol);
    }

    #[test]
    fn a_relay_may_ask_for_its_log_before_it_welcomes() {
        let (expect, _) = hello(Hello::new(NetworkId::new([1; 32]), (1, 0), 9));
        assert_eq!(expect.wants(&Frame::CheckpointGet { id: 1 }.to_bytes()), Some(Wants::Checkpoint(1)));
        assert_eq!(expect.wants(&Frame::LogFrom { id: 2, from: 7 }.to_bytes()), Some(Wants::Entries(2, 7)));
        assert_eq!(expect.wants(&Frame::Pull { id: 3 }.to_bytes()), None);
        assert_eq!(expect.wants(&[0xff]), None);
    }

    #[test]
    fn answers_must_have_been_asked_for() {
        let mut session = ready();
        let (id, _) = session.post(Lane::Flash, vec![1]).unwrap();
        let other_kind = Frame::Logged { id: id.0, index: 0 }.to_bytes();
        assert_eq!(session.handle(&other_kind), Err(ClientError::Protocol));
        let (id, _) = session.log_from(5).unwrap();
        let elsewhere = Frame::Entries { id: id.0, from: 4, entries: vec![] }.to_bytes();
        assert_eq!(session.handle(&elsewhere), Err(ClientError::Protocol));
        let (id, _) = session.submit(vec![1]).unwrap();
        let refused = Frame::Refused { id: id.0, code: Code::Void }.to_bytes();
        assert_eq!(session.handle(&refused), Ok(Event::Refused(id, Code::Void)));
        assert_eq!(session.handle(&refused), Err(ClientError::Protocol), "twice");
        assert_eq!(session.handle(&[0xff]), Err(ClientError::Protocol));
    }

    #[test]
    fn requests_under_way_are_bounded() {
        let mut session = ready();
        for _ in 0..limits::REQUESTS_IN_FLIGHT_MAX {
            session.ping().unwrap();
        }
        assert_eq!(session.ping().unwrap_err(), ClientError::Full);
    }
}
