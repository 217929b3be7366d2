//! What can whoever runs the relay do? A hostile relay built on the real one: it ends the stations' links with the
//! relay's own transport key, speaks to an unmodified relay behind it in each station's name, and lets a [`Behaviour`]
//! do what it likes with every frame in between. It must never know a State's keys: only what a host has.
//!
//! ```text
//! station ──link──▶ HostileRelay ──link──▶ liaison_relay::Relay
//!         ◀────────  Behaviour   ◀────────
//! ```
//!
//! The stations' transport keys are here only so that the relay behind admits the second link. A host that changed the
//! relay's own code would need none of them; to a station the two look the same.

pub mod mailbox;
pub mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use liaison_keys::names::{HeaderHash, NetworkId};
use liaison_keys::signing::{Log, Receipt, SecretKey, Transport};
use liaison_link::{
    DialOptions, Link, LinkError, LinkReceiver, LinkSender, Listener, RelayAddress, TransportIdentity,
    TransportKey, Transports, dial,
};
use liaison_proto::frame::{Frame, Hello};
use liaison_proto::{Lane, limits};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use parts::Parts;

/// What a hostile relay does with a frame that it hears. What it does not pass on, nobody gets.
pub type Behaviour = Box<dyn FnMut(Heard, &mut Wire) + Send>;

/// A frame, and from which side it came.
#[derive(Clone, Debug)]
pub enum Heard {
    /// From a station.
    Station(Frame),
    /// From the relay behind.
    Relay(Frame),
}

/// Passes everything on: the relay as it is.
#[must_use]
pub fn honest() -> Behaviour {
    Box::new(|heard, wire| wire.pass(heard))
}

/// The secret keys in a relay's folder: all that a host holds.
#[derive(Debug)]
pub struct HostKeys {
    /// Its key in TLS.
    pub transport: SecretKey<Transport>,
    /// The key of its receipts.
    pub receipt: SecretKey<Receipt>,
    /// The key of the directory's log.
    pub log: SecretKey<Log>,
}

impl HostKeys {
    /// Reads the key file that `liaison-relay init` wrote.
    ///
    /// # Errors
    /// The operating system's, or that it is no key file.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(folder.join("keys"))?;
        let seed = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
            let mut seed = [0; 32];
            hex::decode_to_slice(line?.trim().trim_matches('"'), &mut seed).ok().map(|()| seed)
        };
        let missing = || io::Error::from(io::ErrorKind::InvalidData);
        Ok(Self {
            transport: SecretKey::from_seed(&seed("transport").ok_or_else(missing)?),
            receipt: SecretKey::from_seed(&seed("receipt").ok_or_else(missing)?),
            log: SecretKey::from_seed(&seed("log").ok_or_else(missing)?),
        })
    }
}

/// One session, as a behaviour sees it.
#[derive(Debug)]
pub struct Wire {
    station: String,
    session: u64,
    to_station: Vec<(Lane, Vec<u8>)>,
    to_relay: Vec<Frame>,
    cut: bool,
    invented: u64,
}

impl Wire {
    /// Which station this is: the name that the host was told.
    #[must_use]
    pub fn station(&self) -> &str {
        &self.station
    }

    /// The how-manieth session of this station, from 1.
    #[must_use]
    pub const fn session(&self) -> u64 {
        self.session
    }

    /// Passes a frame on as it came.
    pub fn pass(&mut self, heard: Heard) {
        match heard {
            Heard::Station(frame) => self.to_relay(frame),
            Heard::Relay(frame) => self.to_station(frame),
        }
    }

    /// Says this to the station.
    pub fn to_station(&mut self, frame: Frame) {
        self.to_station.push((frame.lane(), frame.to_bytes()));
    }

    /// Says bytes to the station that need not be a frame.
    pub fn bytes_to_station(&mut self, lane: Lane, bytes: Vec<u8>) {
        self.to_station.push((lane, bytes));
    }

    /// Says this to the relay behind.
    pub fn to_relay(&mut self, frame: Frame) {
        self.to_relay.push(frame);
    }

    /// Delivers an envelope of which the relay behind knows nothing.
    pub fn deliver(&mut self, lane: Lane, delivery: Vec<u8>) {
        self.invented += 1;
        let sequence = INVENTED_FROM + self.invented;
        self.to_station(Frame::Delivery { sequence, lane, delivery: delivery.into() });
    }

    /// Cuts the link to the station once what was said before has been said.
    pub const fn cut(&mut self) {
        self.cut = true;
    }
}

/// Posts that a host has seen: all deliveries of each envelope. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Posts(Arc<Mutex<BTreeMap<HeaderHash, Vec<Parts>>>>);

impl Posts {
    fn remember(&self, post: &[u8]) {
        let all = Parts::of_post(post);
        if let Some(first) = all.first() {
            lock(&self.0).entry(first.hh()).or_insert(all);
        }
    }

    /// The deliveries of an envelope.
    #[must_use]
    pub fn of(&self, hh: HeaderHash) -> Vec<Parts> {
        lock(&self.0).get(&hh).cloned().unwrap_or_default()
    }
}

/// What the host saw of one station.
#[derive(Clone, Debug, Default)]
pub struct Noted {
    /// Sessions that it began.
    pub sessions: u64,
    /// Sessions that the host has not brought to an end on both sides.
    pub open: u64,
    /// Deliveries of its last session that it never acknowledged.
    pub unacknowledged: usize,
    /// Deliveries of the relay behind that it has acknowledged.
    pub acknowledged: BTreeSet<u64>,
}

/// A hostile relay, listening.
#[derive(Debug)]
pub struct HostileRelay {
    address: RelayAddress,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    behind: RelayAddress,
    posts: Posts,
    behaviour: Mutex<Behaviour>,
    stations: Mutex<BTreeMap<TransportKey, (String, [u8; 32])>>,
    noted: Mutex<BTreeMap<String, Noted>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("behind", &self.behind).finish_non_exhaustive()
    }
}

impl HostileRelay {
    /// Listens in place of the relay that serves at `behind`, with that relay's own key.
    ///
    /// # Panics
    /// When this machine gives no port.
    pub async fn before(behind: &str, keys: &HostKeys) -> Self {
        Self::at("127.0.0.1:0", behind, keys).await
    }

    /// The same at an address of its own: the one that the network's genesis names.
    ///
    /// # Panics
    /// When this machine does not give the port.
    pub async fn at(address: &str, behind: &str, keys: &HostKeys) -> Self {
        let identity = TransportIdentity::from_seed(&keys.transport.expose_seed()).unwrap();
        let key = identity.public();
        let listener = Listener::bind(address.parse().unwrap(), &identity).await.unwrap();
        let address = RelayAddress { host: listener.local_addr().to_string(), key };
        let shared = Arc::new(Shared {
            behind: RelayAddress { host: behind.to_owned(), key },
            posts: Posts::default(),
            behaviour: Mutex::new(honest()),
            stations: Mutex::default(),
            noted: Mutex::default(),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    /// Lets a station in, under this name.
    pub fn know(&self, name: &str, transport: &SecretKey<Transport>) {
        let key = TransportKey(*transport.public().as_bytes());
        lock(&self.shared.stations).insert(key, (name.to_owned(), *transport.expose_seed()));
    }

    /// From now on it behaves like this.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.shared.behaviour) = behaviour;
    }

    /// Where stations find it.
    #[must_use]
    pub const fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// The posts that it sees pass.
    #[must_use]
    pub fn posts(&self) -> Posts {
        self.shared.posts.clone()
    }

    /// How many envelopes the relay behind has for a station, once all that was acknowledged or has expired is gone there:
    /// neither is waited for when a session ends.
    ///
    /// # Panics
    /// When the relay does not come to rest.
    pub async fn waiting_for(&self, station: &str, network: NetworkId) -> u64 {
        let known = lock(&self.shared.stations).values().find(|(name, _)| name == station).cloned();
        let identity = TransportIdentity::from_seed(&known.unwrap().1).unwrap();
        let at_rest = async {
            while self.noted(station).open > 0 {
                tokio::time::sleep(PAUSE).await;
            }
            let acknowledged = self.noted(station).acknowledged;
            loop {
                if let Some(waiting) = self.look(&identity, network, &acknowledged).await {
                    return waiting;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        timeout(PATIENCE, at_rest).await.unwrap()
    }

    /// What the relay behind delivers in a session of its own; none if that is not its last word.
    async fn look(
        &self,
        identity: &TransportIdentity,
        network: NetworkId,
        acknowledged: &BTreeSet<u64>,
    ) -> Option<u64> {
        let options = DialOptions { transports: Transports::TcpOnly };
        let link = dial(identity, std::slice::from_ref(&self.shared.behind), options).await.unwrap();
        let (sender, mut receiver) = link.split();
        receiver.admit(limits::FRAME_BYTES_MAX);
        for frame in [Frame::Hello(Hello::new(network, (0, 0), 0)), Frame::Pull { id: 1 }] {
            sender.send(frame.lane(), frame.to_bytes()).await.unwrap();
        }
        let (mut promised, mut delivered) = (u64::MAX, 0);
        let mut at_rest = true;
        while at_rest && delivered < promised {
            let frame = timeout(LOOKING, receiver.receive()).await;
            // A device that is no longer let in has nothing to come.
            let Ok(Ok(Some(frame))) = frame else { return frame.ok().map(|_| 0) };
            let frame = Frame::from_bytes(&frame);
            if let Some(sequence) = frame.as_ref().ok().and_then(number) {
                delivered += 1;
                at_rest = !acknowledged.contains(&sequence);
            }
            match frame {
                Ok(Frame::Pulled { waiting, .. }) => promised = waiting,
                Ok(Frame::GoAway { .. }) => promised = 0,
                _ => {}
            }
        }
        sender.close(0).await;
        receiver.finish().await;
        (at_rest && delivered == promised).then_some(delivered)
    }

    /// What it saw of a station.
    #[must_use]
    pub fn noted(&self, station: &str) -> Noted {
        lock(&self.shared.noted).get(station).cloned().unwrap_or_default()
    }
}

impl Drop for HostileRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: Listener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    while let Some(link) = listener.accept().await {
        let Some((name, seed)) = lock(&shared.stations).get(&link.peer()).cloned() else { continue };
        let shared = Arc::clone(&shared);
        sessions.spawn(async move {
            let identity = TransportIdentity::from_seed(&seed).unwrap();
            let options = DialOptions { transports: Transports::TcpOnly };
            let behind = std::slice::from_ref(&shared.behind);
            if let Ok(relay) = dial(&identity, behind, options).await {
                Session::between(link, relay, shared, name).run().await;
            }
        });
    }
}

/// One station's two links.
struct Session {
    station: (LinkSender, LinkReceiver),
    relay: (LinkSender, LinkReceiver),
    shared: Arc<Shared>,
    wire: Wire,
    /// Numbers of the relay behind that may be acknowledged there.
    in_flight: BTreeSet<u64>,
    /// Numbers that the station has not acknowledged.
    unacknowledged: BTreeSet<u64>,
}

/// How a session ended.
enum End {
    Station,
    Relay,
    Cut,
}

impl Session {
    fn between(station: Link, relay: Link, shared: Arc<Shared>, name: String) -> Self {
        let session = {
            let mut noted = lock(&shared.noted);
            let noted = noted.entry(name.clone()).or_default();
            noted.sessions += 1;
            noted.open += 1;
            noted.sessions
        };
        let (mut station, mut relay) = (station.split(), relay.split());
        station.1.admit(limits::FRAME_BYTES_MAX);
        relay.1.admit(limits::FRAME_BYTES_MAX);
        let wire = Wire {
            station: name,
            session,
            to_station: Vec::new(),
            to_relay: Vec::new(),
            cut: false,
            invented: session << 32,
        };
        let (in_flight, unacknowledged) = (BTreeSet::new(), BTreeSet::new());
        Self { station, relay, shared, wire, in_flight, unacknowledged }
    }

    async fn run(mut self) {
        let end = loop {
            let (from_station, frame) = tokio::select! {
                frame = self.station.1.receive() => (true, frame),
                frame = self.relay.1.receive() => (false, frame),
            };
            let Ok(Some(frame)) = frame else { break if from_station { End::Station } else { End::Relay } };
            let Ok(frame) = Frame::from_bytes(&frame) else { break End::Cut };
            self.hear(from_station, frame);
            if self.speak().await.is_err() {
                break End::Station;
            }
            if self.wire.cut {
                break End::Cut;
            }
        };
        let unacknowledged = self.unacknowledged.len();
        self.note(|noted| noted.unacknowledged = unacknowledged);
        let (shared, station) = (Arc::clone(&self.shared), self.wire.station.clone());
        self.end(end).await;
        lock(&shared.noted).entry(station).or_default().open -= 1;
    }

    async fn end(self, end: End) {
        match end {
            // The relay has done what it was asked when it ends its side: only then may the station go on.
            End::Station => {
                self.relay.0.close(0).await;
                self.relay.1.finish().await;
            }
            End::Relay => {
                self.station.0.close(0).await;
                self.station.1.finish().await;
            }
            End::Cut => {
                let _ = self.station.0.flush().await;
                drop(self.station);
                self.relay.0.close(0).await;
                self.relay.1.finish().await;
            }
        }
    }

    fn hear(&mut self, from_station: bool, frame: Frame) {
        let heard = match (from_station, frame) {
            (true, Frame::Ack { sequences }) => return self.acknowledged(&sequences),
            (true, frame) => {
                if let Frame::Post { post, .. } = &frame {
                    self.shared.posts.remember(post);
                }
                Heard::Station(frame)
            }
            (false, frame) => {
                self.in_flight.extend(number(&frame));
                Heard::Relay(frame)
            }
        };
        lock(&self.shared.behaviour)(heard, &mut self.wire);
    }

    /// The relay behind hears of what it delivered itself, once: it would end a session in which anything else was
    /// acknowledged.
    fn acknowledged(&mut self, sequences: &[u64]) {
        let known: Vec<u64> =
            sequences.iter().copied().filter(|sequence| self.in_flight.remove(sequence)).collect();
        sequences.iter().for_each(|sequence| {
            self.unacknowledged.remove(sequence);
        });
        if !known.is_empty() {
            self.note(|noted| noted.acknowledged.extend(&known));
            self.wire.to_relay(Frame::Ack { sequences: known });
        }
    }

    async fn speak(&mut self) -> Result<(), LinkError> {
        for frame in std::mem::take(&mut self.wire.to_relay) {
            self.relay.0.send(frame.lane(), frame.to_bytes()).await?;
        }
        for (lane, bytes) in std::mem::take(&mut self.wire.to_station) {
            self.unacknowledged.extend(Frame::from_bytes(&bytes).ok().as_ref().and_then(number));
            self.station.0.send(lane, bytes).await?;
        }
        Ok(())
    }

    fn note(&self, change: impl FnOnce(&mut Noted)) {
        change(lock(&self.shared.noted).entry(self.wire.station.clone()).or_default());
    }
}

/// The number in the mailbox of what a relay hands out of it.
const fn number(frame: &Frame) -> Option<u64> {
    match frame {
        Frame::Delivery { sequence, .. }
        | Frame::Reseal { id: sequence, .. }
        | Frame::Rewrap { id: sequence, .. } => Some(*sequence),
        _ => None,
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Numbers of deliveries that the relay behind never gave out.
const INVENTED_FROM: u64 = 1 << 48;
const PATIENCE: Duration = Duration::from_secs(20);
const LOOKING: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(5);
