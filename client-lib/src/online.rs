//! What does a station do while it has a connection? Fetches the directory, renews its keys, sends what waits, takes
//! what waits for it (`docs/protocol.md` §7). It must never know the terminal, or what a message says to a person.

mod cards;
mod directory;
mod exchange;
mod prove;
mod reseal;

use std::collections::BTreeMap;
use std::time::Duration;

use liaison_keys::names::{DeviceId, HeaderHash, OfficeId};
use liaison_link::{
    DialError, DialOptions, IdentityError, Link, LinkError, LinkReceiver, LinkSender, RelayAddress,
    Transport, TransportIdentity, TransportKey, dial,
};
use liaison_proto::frame::{Code, Frame, Hello, Welcome};
use liaison_proto::limits;
use liaison_proto::receipt::Accepted;
use liaison_proto::session::client::{self, ClientError, Event, Ready, RequestId, Word};
use thiserror::Error;
use tokio::time::{Instant, timeout, timeout_at};

use crate::compose::ComposeError;
use crate::receive::Arrival;
use crate::record::{KnownRelay, Record};
use crate::replicate::ReplicateError;
use crate::reseal::ByHand;
use crate::station::{Station, StationError};
use crate::witness::NotCosigned;

/// A connection that cannot be made or kept, or a relay that cannot be believed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OnlineError {
    /// No relay could be reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The connection broke.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The station's own key is unusable.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The relay broke the protocol, or ended the session.
    #[error(transparent)]
    Session(#[from] ClientError),
    /// The relay did not answer in time.
    #[error("the relay did not answer in time")]
    Silent,
    /// The relay refused.
    #[error("the relay refused: {0:?}")]
    Refused(Code),
    /// The relay's log is not one that can be taken.
    #[error(transparent)]
    Replicate(#[from] ReplicateError),
    /// The relay said that a statement is logged, and its log does not show it.
    #[error("the relay said that the statement is logged, and its log does not show it")]
    NotLogged,
    /// The relay logged this station's own end, and lets it in no longer: its log cannot be looked at from here.
    #[error("the relay logged the statement as entry {index}, and lets this station in no longer")]
    LoggedItsEnd {
        /// The entry, as the relay says.
        index: u64,
    },
    /// The station cannot go on.
    #[error(transparent)]
    Station(#[from] StationError),
    /// A message cannot be made.
    #[error(transparent)]
    Compose(#[from] ComposeError),
}

/// Something that happened, for who watches.
#[derive(Clone, Debug)]
pub enum Happening {
    /// An envelope came.
    Arrived(Arrival),
    /// A message of ours is on the relay's disk.
    Accepted(HeaderHash),
    /// A message of ours will never be taken.
    Rejected(HeaderHash, Code),
    /// A message of ours is not taken now: dated ahead of the relay's clock, or over the quota. It waits, and holds up
    /// no other.
    Deferred(HeaderHash, Code),
    /// The directory has grown to this size.
    Directory(u64),
    /// The relay has a message of ours on disk, for fewer devices than it was sealed to: full mailboxes, or devices that
    /// it does not know.
    Partly(HeaderHash, u64),
    /// The relay's receipt for a message of ours proves nothing. The message waits, and holds up no other.
    BadReceipt(HeaderHash, ReceiptFault),
    /// This entry of the directory says something of our own State or organization that no key of this station signed.
    AboutUs(u64),
    /// As a witness, this station has said that it saw so many entries.
    Cosigned(u64),
    /// As a witness, this station does not say that it saw the log: a person has to look.
    NotCosigned(NotCosigned),
    /// A message of ours has ended, and these offices never said that they have it.
    Undelivered(HeaderHash, Vec<OfficeId>),
    /// The relay gave keys of this device that must not be used, or none that were asked for.
    KeysRefused(Option<DeviceId>, KeysFault),
    /// The relay shows a log of so many entries, and we hold so many: it was restored from an old copy, or hides some.
    ShorterDirectory(u64, u64),
    /// The newest directory that this relay shows is so many seconds old.
    OldDirectory(u64),
    /// So many messages wait for a directory that this relay does not show us.
    Withheld(usize),
    /// Our station asked the sender of a message that cannot be opened here to seal it again.
    AskedToReseal(HeaderHash),
    /// A message of ours was sealed again to a device of this office, which could not open it.
    Resealed(HeaderHash, OfficeId),
    /// This office asks to have a message of ours sealed again, and a person has to say whether it is.
    AsksToReseal(HeaderHash, OfficeId, ByHand),
    /// The relay had seen more of this vault than it holds: it is an older copy, and counts anew from here.
    VaultWasOlder,
    /// The relay claims to have seen a vault of ours that cannot be, and is not believed.
    ImpossibleVault,
}

/// Why a relay's receipt proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptFault {
    /// No relay of this network signed it, for this network.
    Unsigned,
    /// It is for another message, or for other bytes.
    Other,
    /// It speaks of more devices than there are.
    Count,
}

impl ReceiptFault {
    /// A stable short name, for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Other => "other",
            Self::Count => "count",
        }
    }
}

/// Why keys that a relay gave are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysFault {
    /// Not a bundle, or of nobody in the directory.
    Unreadable,
    /// Of a device that was not asked for.
    Unasked,
    /// Not signed by the device.
    Forged,
    /// One of its keys must not be used.
    Unusable,
    /// Older than one that was seen.
    Older,
}

impl KeysFault {
    /// A stable short name, for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Unasked => "unasked",
            Self::Forged => "forged",
            Self::Unusable => "unusable",
            Self::Older => "older",
        }
    }
}

/// What [`Online::wait`] waited for.
#[derive(Debug)]
pub struct Incoming(Option<Vec<u8>>);

/// A connection to a relay.
#[derive(Debug)]
pub struct Online {
    sender: LinkSender,
    receiver: LinkReceiver,
    ready: Ready,
    transport: Transport,
    answers: BTreeMap<RequestId, Event>,
    posts: BTreeMap<RequestId, HeaderHash>,
    happenings: Vec<Happening>,
    pulling: bool,
    acks: Vec<u64>,
    /// Envelopes that came in this session.
    arrived: u64,
    clock_apart_s: i64,
    word: Option<Word>,
    options: DialOptions,
    /// No posts before this time: the quota is used up.
    paused_until: Option<Instant>,
    /// Messages that this relay did not take, and until when they are not offered again: what it says to others must not
    /// make us send them each time.
    put_off: BTreeMap<HeaderHash, Instant>,
    /// When the newest head was last asked for, Unix seconds.
    asked_s: u64,
    /// Why this station, as a witness, does not cosign: told once.
    told: Option<NotCosigned>,
}

impl Online {
    /// Connects to the first relay that can be reached, and says hello. A station that was just certified may not know
    /// it yet: when one of its keys is not admitted, the other is tried.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn connect(station: &mut Station, options: DialOptions) -> Result<Self, OnlineError> {
        station.network()?;
        let mut refused = None;
        for identity in identities(station)? {
            let link = dial(&identity, &relays(station), options).await?;
            match Self::begin(station, link).await {
                Ok(online) => return Ok(Self { options, ..online }),
                Err(OnlineError::Session(ClientError::GoAway(Code::NotAdmitted))) => {
                    refused = Some(ClientError::GoAway(Code::NotAdmitted));
                }
                Err(error) => return Err(error),
            }
        }
        Err(refused.map_or(OnlineError::Station(StationError::NotCertified), OnlineError::Session))
    }

    /// Says hello on a link that stands.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn begin(station: &mut Station, link: Link) -> Result<Self, OnlineError> {
        let transport = link.transport();
        let (sender, mut receiver) = link.split();
        let note_size = station.memory().word.as_ref().map_or(0, |word| word.size);
        let hello = Hello::new(station.network()?, station.vault_state(), note_size);
        let (expect, frame) = client::hello(hello);
        sender.send(frame.lane(), frame.to_bytes()).await?;
        let answer = loop {
            let answer = timeout(ms(limits::HANDSHAKE_MS_MAX), receiver.receive()).await;
            let answer = answer.map_err(|_| OnlineError::Silent)??.ok_or(LinkError::Closed)?;
            let Some(wants) = expect.wants(&answer) else { break answer };
            let frame = station.gives_back(wants).ok_or(ClientError::Protocol)?;
            sender.send(frame.lane(), frame.to_bytes()).await?;
        };
        let (ready, welcome) = expect.welcome(&answer)?;
        receiver.admit(limits::FRAME_BYTES_MAX);
        let mut online = Self {
            sender,
            receiver,
            ready,
            transport,
            answers: BTreeMap::new(),
            posts: BTreeMap::new(),
            happenings: Vec::new(),
            pulling: false,
            acks: Vec::new(),
            arrived: 0,
            clock_apart_s: 0,
            word: None,
            options: DialOptions::default(),
            paused_until: None,
            put_off: BTreeMap::new(),
            asked_s: 0,
            told: None,
        };
        online.welcomed(station, welcome)?;
        Ok(online)
    }

    /// By which transport.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// How many seconds the relay's clock is ahead of ours.
    #[must_use]
    pub const fn clock_apart_s(&self) -> i64 {
        self.clock_apart_s
    }

    /// What happened since this was last asked.
    pub fn happenings(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// Waits for the next thing that the relay says, and does what it asks for. For who stays connected; returns after
    /// at most the keepalive's time.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn watch(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        if !self.pulling {
            self.drain(station).await?;
        }
        let incoming = self.wait().await?;
        self.handle(station, incoming).await
    }

    /// Waits for the relay's next word, at most the keepalive's time. Safe to drop and call again: for who waits for
    /// something else beside it.
    ///
    /// # Errors
    /// [`OnlineError::Link`].
    pub async fn wait(&mut self) -> Result<Incoming, OnlineError> {
        match timeout(ms(limits::KEEPALIVE_MS), self.receiver.receive()).await {
            Ok(frame) => Ok(Incoming(Some(frame?.ok_or(LinkError::Closed)?))),
            Err(_) => Ok(Incoming(None)),
        }
    }

    /// Does what the relay's word asks for; after silence, asks whether the relay is there.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn handle(&mut self, station: &mut Station, incoming: Incoming) -> Result<(), OnlineError> {
        match incoming.0 {
            Some(frame) => self.take(station, &frame).await?,
            None => {
                let (_, frame) = self.ready.ping()?;
                self.send(frame).await?;
            }
        }
        self.flush_acks().await?;
        self.catch_up(station).await
    }

    /// Ends the connection in order.
    pub async fn close(mut self) {
        let _ = self.flush_acks().await;
        self.sender.close(0).await;
        self.receiver.finish().await;
    }

    fn welcomed(&mut self, station: &mut Station, welcome: Welcome) -> Result<(), OnlineError> {
        let ours = i64::try_from(station.clock().now_s()).unwrap_or(i64::MAX);
        self.clock_apart_s = i64::try_from(welcome.time).unwrap_or(i64::MAX).saturating_sub(ours);
        let now = u32::try_from(station.clock().now_s()).unwrap_or(u32::MAX);
        // A claim from the future is no vault of ours, and would leave no generation to count on with.
        let possible = welcome.generation <= now.saturating_add(GENERATION_AHEAD_S_MAX);
        if !possible {
            self.happenings.push(Happening::ImpossibleVault);
        }
        if possible && (welcome.generation, welcome.events) > station.vault_state() {
            let generation = now.max(welcome.generation.saturating_add(1));
            station.keep(vec![Record::Generation { generation }])?;
            self.happenings.push(Happening::VaultWasOlder);
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        station: &mut Station,
        make: impl FnOnce(&mut Ready) -> Result<(RequestId, Frame), ClientError>,
    ) -> Result<Event, OnlineError> {
        let (id, frame) = make(&mut self.ready)?;
        self.send(frame).await?;
        self.until(station, limits::ANSWER_MS_MAX, |online| online.answers.contains_key(&id)).await?;
        match self.answers.remove(&id) {
            Some(Event::Refused(_, code)) => Err(OnlineError::Refused(code)),
            Some(answer) => Ok(answer),
            None => Err(ClientError::Protocol.into()),
        }
    }

    /// Takes frames until something has come about, for so long at most: a relay that keeps talking and does not answer
    /// is given up like one that is silent.
    async fn until(
        &mut self,
        station: &mut Station,
        within_ms: u64,
        come_about: impl Fn(&Self) -> bool,
    ) -> Result<(), OnlineError> {
        let deadline = Instant::now() + ms(within_ms);
        while !come_about(self) {
            let frame = timeout_at(deadline, self.receiver.receive()).await;
            let frame = frame.map_err(|_| OnlineError::Silent)??.ok_or(LinkError::Closed)?;
            self.take(station, &frame).await?;
        }
        Ok(())
    }

    async fn take(&mut self, station: &mut Station, frame: &[u8]) -> Result<(), OnlineError> {
        match self.ready.handle(frame)? {
            Event::Delivery { sequence, delivery } => {
                let arrival = station.receive(&delivery)?;
                self.happenings.push(Happening::Arrived(arrival));
                self.came(sequence).await?;
            }
            Event::Reseal { sequence, reseal } => {
                let asks = station.receive_reseal(&reseal)?;
                let by_hand = asks.and_then(|asks| Some((asks.hh, asks.office, asks.by_hand?)));
                self.happenings
                    .extend(by_hand.map(|(hh, office, why)| Happening::AsksToReseal(hh, office, why)));
                self.came(sequence).await?;
            }
            Event::Rewrap { sequence, hh, wrap } => {
                let arrival = station.receive_rewrap(hh, &wrap)?;
                self.happenings.extend(arrival.map(Happening::Arrived));
                self.came(sequence).await?;
            }
            Event::Accepted(id, receipt) => self.accepted(station, id, &receipt)?,
            Event::Refused(id, code) if self.posts.contains_key(&id) => {
                self.post_refused(station, id, code)?
            }
            Event::Checkpoint(None, word) => self.word = Some(word),
            Event::Answer(frame) => self.send(frame).await?,
            Event::Alive => {}
            answer => {
                if let Some(id) = answer.request() {
                    self.answers.insert(id, answer);
                }
            }
        }
        Ok(())
    }

    /// What stood under this number in the mailbox is kept here.
    async fn came(&mut self, sequence: u64) -> Result<(), OnlineError> {
        self.arrived += 1;
        self.acks.push(sequence);
        if self.acks.len() >= ACKS_TOGETHER { self.flush_acks().await } else { Ok(()) }
    }

    /// News of the directory, envelopes that wait for it, and receipts owed: done between frames, so that the frames
    /// themselves are never waited for inside one another.
    async fn catch_up(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        if let Some(word) = self.word.take() {
            self.follow(station, word).await?;
        }
        self.ask_for_head(station).await?;
        self.witness(station).await?;
        let own = station.own_contact()?;
        if station.prekeys().is_due(station.clock().now_s(), own.expires) {
            self.renew_prekeys(station).await?;
        }
        self.answer(station).await
    }

    fn accepted(&mut self, station: &mut Station, id: RequestId, receipt: &[u8]) -> Result<(), OnlineError> {
        let hh = self.posts.remove(&id).ok_or(ClientError::Protocol)?;
        let relays = &station.directory()?.operation().relays;
        let network = station.replica()?.directory().network();
        let said = relays.iter().find_map(|relay| Accepted::verify(receipt, &relay.receipt, network).ok());
        let item = station.memory().outbox.item(hh).ok_or(ClientError::Protocol)?;
        let sealed_to = item.recipients.len() as u64;
        let count = match said {
            None => return self.doubted(hh, ReceiptFault::Unsigned),
            Some(said) if said.hh != hh || said.post != item.post => {
                return self.doubted(hh, ReceiptFault::Other);
            }
            Some(said) if said.count > sealed_to => return self.doubted(hh, ReceiptFault::Count),
            Some(said) => said.count,
        };
        if count < sealed_to {
            self.happenings.push(Happening::Partly(hh, count));
        }
        let at_ms = station.clock().now_ms();
        station.keep(vec![Record::Accepted { hh, receipt: receipt.to_vec().into(), at_ms }])?;
        self.happenings.push(Happening::Accepted(hh));
        Ok(())
    }

    /// A message without a receipt that counts is as good as not sent: it waits, and others go on.
    fn doubted(&mut self, hh: HeaderHash, fault: ReceiptFault) -> Result<(), OnlineError> {
        self.happenings.push(Happening::BadReceipt(hh, fault));
        self.put_off.insert(hh, Instant::now() + ms(limits::QUOTA_PAUSE_MS));
        Ok(())
    }

    /// What may be taken later waits on; what will never be taken is told.
    fn post_refused(&mut self, station: &mut Station, id: RequestId, code: Code) -> Result<(), OnlineError> {
        let hh = self.posts.remove(&id).ok_or(ClientError::Protocol)?;
        match code {
            // Said of the station, and not of this message.
            Code::Busy | Code::NotAdmitted | Code::NotAllowed => Err(OnlineError::Refused(code)),
            Code::Malformed | Code::TooLarge | Code::Expired | Code::Conflict => {
                station.keep(vec![Record::Rejected { hh, code: code as u8 }])?;
                self.happenings.push(Happening::Rejected(hh, code));
                Ok(())
            }
            _ => {
                let until = Instant::now() + ms(limits::QUOTA_PAUSE_MS);
                if code == Code::Quota {
                    self.paused_until = Some(until);
                }
                self.put_off.insert(hh, until);
                self.happenings.push(Happening::Deferred(hh, code));
                Ok(())
            }
        }
    }

    async fn flush_acks(&mut self) -> Result<(), OnlineError> {
        while !self.acks.is_empty() {
            let count = self.acks.len().min(limits::DELIVERIES_IN_FLIGHT_MAX);
            let sequences = self.acks.drain(..count).collect();
            let frame = self.ready.ack(sequences);
            self.send(frame).await?;
        }
        Ok(())
    }

    async fn send(&self, frame: Frame) -> Result<(), OnlineError> {
        Ok(self.sender.send(frame.lane(), frame.to_bytes()).await?)
    }
}

/// The keys that may open a relay's door, the likelier first.
fn identities(station: &Station) -> Result<Vec<TransportIdentity>, OnlineError> {
    let keys = station.transport_keys();
    keys.map(|key| Ok(TransportIdentity::from_seed(&key.expose_seed())?)).collect()
}

/// Relays to try: those of the directory, else those of the invitation.
fn relays(station: &Station) -> Vec<RelayAddress> {
    let memory = station.memory();
    let named = station.directory().ok().map(|at| at.operation().relays.as_slice());
    let named: Vec<RelayAddress> = named
        .unwrap_or_default()
        .iter()
        .flat_map(|relay| {
            let key = TransportKey(*relay.transport.as_bytes());
            relay.addresses.iter().map(move |host| RelayAddress { host: host.clone(), key })
        })
        .collect();
    let known =
        |relay: &KnownRelay| RelayAddress { host: relay.address.clone(), key: TransportKey(relay.key) };
    if named.is_empty() { memory.relays.iter().map(known).collect() } else { named }
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// How far ahead of our clock a relay may say that it saw this vault: a day, for clocks that are off.
const GENERATION_AHEAD_S_MAX: u32 = 86_400;
/// Acknowledgements that share a frame while more is coming.
const ACKS_TOGETHER: usize = 8;
