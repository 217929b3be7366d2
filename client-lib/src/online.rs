//! What does a station do while it has a connection? Fetches the directory, renews its keys, sends what waits, takes
//! what waits for it (`docs/protocol.md` §7). It must never know the terminal, or what a message says to a person.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use liaison_keys::directory::Statement;
use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_keys::prekey::Bundle;
use liaison_link::{
    DialError, DialOptions, IdentityError, Link, LinkError, LinkReceiver, LinkSender, RelayAddress,
    Transport, TransportIdentity, TransportKey, dial,
};
use liaison_proto::frame::{Code, Frame, Hello, Welcome};
use liaison_proto::limits;
use liaison_proto::receipt::Accepted;
use liaison_proto::scope::Scope;
use liaison_proto::session::client::{self, ClientError, Event, Ready, RequestId};
use thiserror::Error;
use tokio::time::timeout;

use crate::check::Answer;
use crate::compose::ComposeError;
use crate::receive::Arrival;
use crate::record::{KnownRelay, Record, SentRecord};
use crate::replicate::{Fresh, ReplicateError};
use crate::station::{Station, StationError};

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
    /// The relay's receipt is not valid.
    #[error("the relay's receipt is not valid")]
    BadReceipt,
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
    /// The relay had seen more of this vault than it holds: it is an older copy, and counts anew from here.
    VaultWasOlder,
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
    head: Option<(Vec<u8>, Vec<u8>)>,
    options: DialOptions,
}

impl Online {
    /// Connects to the first relay that can be reached, and says hello. A station that was just certified may not know
    /// it yet: when one of its keys is not admitted, the other is tried.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn connect(station: &mut Station, options: DialOptions) -> Result<Self, OnlineError> {
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
        let note_size = station.memory().checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.size);
        let hello = Hello::new(station.network()?, station.vault_state(), note_size);
        let (expect, frame) = client::hello(hello);
        sender.send(frame.lane(), frame.to_bytes()).await?;
        let answer = timeout(ms(limits::HANDSHAKE_MS_MAX), receiver.receive()).await;
        let answer = answer.map_err(|_| OnlineError::Silent)??.ok_or(LinkError::Closed)?;
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
            head: None,
            options: DialOptions::default(),
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

    /// Brings the station up to date: the directory, its own keys, what it has to send, what waits for it, and the
    /// receipts that it owes. Returns when nothing is left that waited when it began.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn exchange(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        self.sync(station).await?;
        if station.own_contact().is_err() {
            return Ok(());
        }
        self.renew_prekeys(station).await?;
        self.send_waiting(station).await?;
        self.drain(station).await?;
        self.answer(station).await
    }

    /// Fetches the directory's log and the newest checkpoint, and checks that they continue what is held.
    ///
    /// # Errors
    /// [`OnlineError`]; nothing is kept of a log that does not fit.
    pub async fn sync(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let Event::Checkpoint(_, note, head) = self.ask(station, Ready::checkpoint).await? else {
            return Err(ClientError::Protocol.into());
        };
        self.follow(station, note, head).await
    }

    /// Fetches entries until our log has the size of this checkpoint, and keeps both.
    async fn follow(
        &mut self,
        station: &mut Station,
        note: Vec<u8>,
        head: Vec<u8>,
    ) -> Result<(), OnlineError> {
        let mut fresh = Fresh::of(station);
        loop {
            let target = fresh.target(station, &note)?;
            let from = fresh.size();
            if target.is_some_and(|target| from >= target) {
                break;
            }
            let answer = self.ask(station, |ready| ready.log_from(from)).await?;
            let Event::Entries(_, _, entries) = answer else { return Err(ClientError::Protocol.into()) };
            if entries.is_empty() {
                return Err(ReplicateError::Checkpoint.into());
            }
            fresh.take(station, entries)?;
        }
        let before = station.memory().replica.as_ref().map_or(0, |replica| replica.log().size());
        fresh.keep(station, note, head).map_err(OnlineError::Replicate)?;
        let after = station.replica()?.log().size();
        if after > before {
            self.happenings.push(Happening::Directory(after));
            let arrivals = station.receive_waiting()?;
            self.happenings.extend(arrivals.into_iter().map(Happening::Arrived));
        }
        Ok(())
    }

    /// Submits a statement; it is in the log, on disk, when this returns its index, and the station's own log has it.
    ///
    /// # Errors
    /// [`OnlineError::Refused`] with [`Code::Chain`] when somebody else was faster: fetch, and make it again.
    pub async fn submit(&mut self, station: &mut Station, statement: &Statement) -> Result<u64, OnlineError> {
        let bytes = statement.to_bytes();
        let Event::Logged(_, index) = self.ask(station, |ready| ready.submit(bytes)).await? else {
            return Err(ClientError::Protocol.into());
        };
        match self.sync(station).await {
            // The statement certified this station: its invitation has served, its own key opens the door now.
            Err(OnlineError::Session(ClientError::GoAway(Code::NotAdmitted)) | OnlineError::Link(_)) => {
                let happenings = std::mem::take(&mut self.happenings);
                *self = Self::connect(station, self.options).await?;
                self.happenings.splice(0..0, happenings);
                self.sync(station).await?;
            }
            synced => synced?,
        }
        Ok(index)
    }

    /// Tells the relay of an invitation.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn invite(&mut self, station: &mut Station, invitation: Vec<u8>) -> Result<(), OnlineError> {
        self.ask(station, |ready| ready.invite(invitation)).await.map(|_| ())
    }

    /// Makes and hands in new prekeys when they are due.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn renew_prekeys(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let own = station.own_contact()?;
        let now = station.clock().now_s();
        let bundle = if station.prekeys().is_due(now, own.expires) {
            station.prekeys_mut().renew(own.device, now, own.expires).map_err(StationError::from)?
        } else {
            match station.prekeys().current_bundle(own.device, now) {
                Some(bundle) => bundle,
                None => return Ok(()),
            }
        };
        let signed = bundle.sign(station.signing_key()?, station.network()?);
        match self.ask(station, |ready| ready.prekeys_put(signed)).await {
            // The relay has this one already.
            Ok(_) | Err(OnlineError::Refused(Code::Older)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Fetches the newest prekeys of these devices.
    ///
    /// # Errors
    /// [`OnlineError`]; a bundle that is not what it must be is passed over.
    pub async fn fetch_prekeys(
        &mut self,
        station: &mut Station,
        devices: &[DeviceId],
    ) -> Result<(), OnlineError> {
        for devices in devices.chunks(limits::BUNDLES_PER_FRAME_MAX) {
            let wanted = devices.to_vec();
            let answer = self.ask(station, |ready| ready.prekeys_get(wanted)).await?;
            let Event::Prekeys(_, bundles) = answer else { return Err(ClientError::Protocol.into()) };
            let fresh = bundles.into_iter().filter(|bytes| is_newer(station, bytes));
            station.keep(fresh.map(|bytes| Record::Bundle { bytes: bytes.into() }).collect())?;
        }
        Ok(())
    }

    /// Fetches the prekeys of a scope's devices where none or only old ones are known.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn prepare(&mut self, station: &mut Station, scope: &Scope) -> Result<(), OnlineError> {
        let devices: BTreeSet<DeviceId> = station.resolve(scope)?;
        let unknown = station.without_fresh_bundle(&devices);
        self.fetch_prekeys(station, &unknown).await
    }

    /// Sends what no relay has taken yet, the most urgent first, and waits for the receipts.
    ///
    /// # Errors
    /// [`OnlineError`]; what was not taken waits on.
    pub async fn send_waiting(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let waiting: Vec<_> = station
            .memory()
            .outbox
            .waiting(station.clock().now_s())
            .iter()
            .map(|item| (item.hh, item.lane, item.place))
            .collect();
        for (hh, lane, place) in waiting {
            let Record::Sent(SentRecord { post, .. }) = station.read(place)? else { continue };
            while self.posts.len() >= POSTS_IN_FLIGHT {
                self.step(station).await?;
            }
            let (id, frame) = self.ready.post(lane, post.into())?;
            self.posts.insert(id, hh);
            self.send(frame).await?;
        }
        while !self.posts.is_empty() {
            self.step(station).await?;
        }
        Ok(())
    }

    /// Takes everything that waits now, and from then on what comes; gives how many envelopes came. A relay that
    /// promises more than it delivers is not waited for.
    ///
    /// # Errors
    /// [`OnlineError`].
    pub async fn drain(&mut self, station: &mut Station) -> Result<u64, OnlineError> {
        if self.pulling {
            return Ok(0);
        }
        let before = self.arrived;
        let Event::Pulled(_, waiting) = self.ask(station, Ready::pull).await? else {
            return Err(ClientError::Protocol.into());
        };
        self.pulling = true;
        while self.arrived - before < waiting {
            let now = self.arrived;
            let more = async {
                while self.arrived == now {
                    self.step(station).await?;
                }
                Ok::<(), OnlineError>(())
            };
            match timeout(ms(limits::ANSWER_MS_MAX), more).await {
                Ok(more) => more?,
                Err(_) => break,
            }
        }
        self.flush_acks().await?;
        Ok(self.arrived - before)
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

    /// Sends the receipts that are owed.
    ///
    /// # Errors
    /// [`OnlineError`]; an office that cannot be sealed to is told nothing.
    pub async fn answer(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        for (office, receipts) in station.receipts_owed() {
            let scope = Scope::bilateral([office.clone()]).map_err(|_| ComposeError::NoLiveKey)?;
            let messages: Vec<HeaderHash> = receipts.iter().map(|receipt| receipt.hh).collect();
            let prepared = self.prepare(station, &scope).await;
            let sealed = match prepared {
                Ok(()) => station.seal_receipts(&office, receipts).map_err(OnlineError::Compose),
                Err(error) => Err(error),
            };
            match sealed {
                Ok(()) => {}
                Err(OnlineError::Compose(ComposeError::Station(error))) => return Err(error.into()),
                Err(OnlineError::Compose(_)) => station.waive_receipts(messages)?,
                Err(error) => return Err(error),
            }
        }
        self.answer_checks(station).await?;
        self.send_waiting(station).await
    }

    /// Answers the checks that ask stations and not people. One that cannot be answered stops nothing.
    async fn answer_checks(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        for hh in station.checks_to_answer() {
            match self.answer_check(station, hh).await {
                Ok(()) => {}
                Err(OnlineError::Compose(ComposeError::Station(error))) => return Err(error.into()),
                Err(OnlineError::Compose(_)) => tracing::warn!(%hh, "a check cannot be answered"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn answer_check(&mut self, station: &mut Station, hh: HeaderHash) -> Result<(), OnlineError> {
        let letter = station.check_answer(hh, Answer::Auto)?;
        self.prepare(station, &letter.scope).await?;
        let preview = station.preview(&letter)?;
        station.seal(&letter, &preview, true)?;
        Ok(())
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
        if (welcome.generation, welcome.events) > station.vault_state() {
            let now = u32::try_from(station.clock().now_s()).unwrap_or(u32::MAX);
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
        loop {
            if let Some(answer) = self.answers.remove(&id) {
                return match answer {
                    Event::Refused(_, code) => Err(OnlineError::Refused(code)),
                    answer => Ok(answer),
                };
            }
            self.step(station).await?;
        }
    }

    async fn step(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        let frame = timeout(ms(limits::ANSWER_MS_MAX), self.receiver.receive()).await;
        let frame = frame.map_err(|_| OnlineError::Silent)??.ok_or(LinkError::Closed)?;
        self.take(station, &frame).await
    }

    async fn take(&mut self, station: &mut Station, frame: &[u8]) -> Result<(), OnlineError> {
        match self.ready.handle(frame)? {
            Event::Delivery { sequence, delivery } => {
                let arrival = station.receive(&delivery)?;
                self.happenings.push(Happening::Arrived(arrival));
                self.arrived += 1;
                self.acks.push(sequence);
                if self.acks.len() >= ACKS_TOGETHER {
                    self.flush_acks().await?;
                }
            }
            Event::Accepted(id, receipt) => self.accepted(station, id, &receipt)?,
            Event::Refused(id, code) if self.posts.contains_key(&id) => {
                self.post_refused(station, id, code)?
            }
            Event::Checkpoint(None, note, head) => self.head = Some((note, head)),
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

    /// News of the directory, envelopes that wait for it, and receipts owed: done between frames, so that the frames
    /// themselves are never waited for inside one another.
    async fn catch_up(&mut self, station: &mut Station) -> Result<(), OnlineError> {
        if let Some((note, head)) = self.head.take() {
            self.follow(station, note, head).await?;
        } else if !station.memory().inbox.waiting.is_empty() {
            self.sync(station).await?;
        }
        let own = station.own_contact()?;
        if station.prekeys().is_due(station.clock().now_s(), own.expires) {
            self.renew_prekeys(station).await?;
        }
        self.answer(station).await
    }

    fn accepted(&mut self, station: &mut Station, id: RequestId, receipt: &[u8]) -> Result<(), OnlineError> {
        let hh = self.posts.remove(&id).ok_or(ClientError::Protocol)?;
        let directory = station.replica()?.directory();
        let relays = &directory.genesis().relays;
        let said = relays
            .iter()
            .find_map(|relay| Accepted::verify(receipt, &relay.receipt, directory.network()).ok());
        if said.is_none_or(|said| said.hh != hh) {
            return Err(OnlineError::BadReceipt);
        }
        let at_ms = station.clock().now_ms();
        station.keep(vec![Record::Accepted { hh, receipt: receipt.to_vec().into(), at_ms }])?;
        self.happenings.push(Happening::Accepted(hh));
        Ok(())
    }

    /// What may be taken later waits on; what will never be taken is told.
    fn post_refused(&mut self, station: &mut Station, id: RequestId, code: Code) -> Result<(), OnlineError> {
        let hh = self.posts.remove(&id).ok_or(ClientError::Protocol)?;
        match code {
            Code::Busy | Code::NotAllowed => Err(OnlineError::Refused(code)),
            Code::Quota | Code::Ahead => {
                self.happenings.push(Happening::Deferred(hh, code));
                Ok(())
            }
            _ => {
                station.keep(vec![Record::Rejected { hh, code: code as u8 }])?;
                self.happenings.push(Happening::Rejected(hh, code));
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
    let named = memory.replica.as_ref().map(|replica| replica.directory().genesis().relays.as_slice());
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

/// Whether a bundle is its device's own and newer than what is held: an older one would bring an erased key back.
fn is_newer(station: &Station, bytes: &[u8]) -> bool {
    let Some(replica) = &station.memory().replica else { return false };
    let Ok(device) = Bundle::claimed_device(bytes) else { return false };
    let Some(facts) = replica.directory().device(device) else { return false };
    let Ok(bundle) = Bundle::verify(bytes, &facts.signing, replica.directory().network()) else {
        return false;
    };
    station.memory().bundles.get(&device).is_none_or(|(number, _)| bundle.number > *number)
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Posts sent and not yet answered: enough to share the relay's group commits.
const POSTS_IN_FLIGHT: usize = 16;
/// Acknowledgements that share a frame while more is coming.
const ACKS_TOGETHER: usize = 8;
