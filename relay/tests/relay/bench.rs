//! What stands on the bench of every test? A relay on loopback under virtual time, its network, and stations that say
//! exactly what they are told. It must never know what a test wants to find out.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use liaison_keys::cbor;
use liaison_keys::directory::Statement;
use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::invitation::Invitation;
use liaison_keys::directory::{Body, Entry};
use liaison_keys::names::{DeviceId, EnvelopeId, HeaderHash, Owner};
use liaison_keys::signing::{Authority, SecretKey, Transport};
use liaison_link::{
    DialOptions, Link, LinkReceiver, LinkSender, RelayAddress, TransportIdentity, TransportKey, Transports,
    dial,
};
use liaison_proto::Lane;
use liaison_proto::envelope::{Header, WrapsMark};
use liaison_proto::frame::{Code, Frame, Hello, Welcome};
use liaison_proto::limits;
use liaison_relay::{Clock, Config, InitOptions, PublicKeys, Relay, StartError, found, init};
use minicbor::Encoder;
use minicbor::bytes::ByteSlice;
use tempfile::TempDir;
use tokio::time::timeout;

#[path = "../../../keys/tests/world/mod.rs"]
pub mod world;
use world::{START, World, genesis, key, name};

/// Longer than anything here takes, on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A relay's directory, its network, and the time.
pub struct Bench {
    pub dir: TempDir,
    pub world: World,
    pub keys: PublicKeys,
    pub config: Config,
    now: Arc<AtomicU64>,
}

impl Bench {
    /// A founded relay whose log has the genesis alone.
    pub fn founded() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = init(dir.path(), &InitOptions::new(name("relay-1"), loopback())).unwrap();
        let world = World::with(naming(&keys));
        let now = Arc::new(AtomicU64::new(START));
        let clock: Clock = Arc::new({
            let now = Arc::clone(&now);
            move || now.load(Ordering::SeqCst)
        });
        let config = Config { clock, tick: Duration::from_millis(5), ..Config::new(dir.path(), loopback()) };
        let bench = Self { dir, world, keys, config, now };
        found(bench.dir.path(), &bench.founding(), START).unwrap();
        bench
    }

    /// A relay in whose log stand the custodian, and these States with one operations office and its device each.
    pub async fn with_states(states: &[&str]) -> (Self, Relay) {
        let mut bench = Self::founded();
        let relay = bench.start().await;
        bench.enrol(&relay, states).await;
        (bench, relay)
    }

    /// Starts the relay.
    pub async fn start(&self) -> Relay {
        self.try_start().await.unwrap()
    }

    /// Starts the relay, if it starts. One that was dropped just before may hold the journal for a moment.
    pub async fn try_start(&self) -> Result<Relay, StartError> {
        let started = async {
            loop {
                match Relay::start(self.config.clone()).await {
                    Err(StartError::InUse { .. }) => tokio::task::yield_now().await,
                    started => return started,
                }
            }
        };
        timeout(PATIENCE, started).await.unwrap()
    }

    /// Lets time pass, for the relay and for the world.
    pub fn advance(&mut self, seconds: u64) {
        self.world.advance(seconds);
        self.now.store(self.world.now, Ordering::SeqCst);
    }

    /// The founding file: genesis, and the invitation that is called `invitation`.
    pub fn founding(&self) -> Vec<u8> {
        let entry = Entry::from_bytes(&self.world.entries()[0]).unwrap();
        let invitation = invitation("invitation", "org:custodian", START + 86_400);
        Founding::encode(entry.statement.into(), sign_invitation(&self.world, &invitation))
    }

    async fn enrol(&mut self, relay: &Relay, states: &[&str]) {
        let already = self.world.size();
        self.world.owner("org:custodian").office(CUSTODIAN);
        for state in states {
            self.world.owner(state).office(&format!("{state}/operations/1"));
        }
        let entries: Vec<Vec<u8>> = self.world.entries()[already as usize..].to_vec();
        // The first four make the custodian's device, which then brings in the others.
        let mut invited = self.station(relay, "invitation").await;
        for entry in &entries[..4] {
            invited.log(entry).await.unwrap();
        }
        let mut custodian = self.station(relay, CUSTODIAN_KEY).await;
        for entry in &entries[4..] {
            custodian.log(entry).await.unwrap();
        }
    }

    /// A statement, signed now, and not yet in the world.
    pub fn statement(&self, subject: &str, body: &Body, signers: &[&str]) -> Vec<u8> {
        self.world.statement(subject, body, signers).to_bytes()
    }

    /// Notes that the relay has logged it, so that the next one fits.
    pub fn logged(&mut self, statement: &[u8]) {
        self.world.log(&Statement::from_bytes(statement).unwrap()).unwrap();
    }

    /// A station whose transport key has this name, after its hello.
    pub async fn station(&self, relay: &Relay, transport: &str) -> Station {
        self.try_station(relay, transport).await.unwrap()
    }

    /// The same, if it is let in.
    pub async fn try_station(&self, relay: &Relay, transport: &str) -> Result<Station, Code> {
        let mut station = self.dial(relay, transport, Transports::TcpOnly).await;
        station.hello(Hello::new(relay.network(), (1, 0), 0)).await?;
        Ok(station)
    }

    /// A link that has said nothing yet.
    pub async fn dial(&self, relay: &Relay, transport: &str, transports: Transports) -> Station {
        let seed = key::<Transport>(transport).expose_seed();
        let identity = TransportIdentity::from_seed(&seed).unwrap();
        let key = TransportKey(*relay.public_keys().transport.as_bytes());
        let relays = [RelayAddress { host: relay.local_addr().to_string(), key }];
        Station::new(dial(&identity, &relays, DialOptions { transports }).await.unwrap())
    }

    pub fn file(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }
}

/// The genesis of the world, with this relay's keys.
pub fn naming(keys: &PublicKeys) -> liaison_keys::directory::body::Genesis {
    let mut genesis = genesis(1);
    genesis.log = keys.log;
    genesis.relays[0].transport = keys.transport;
    genesis.relays[0].receipt = keys.receipt;
    genesis
}

/// An invitation of the key with this name.
pub fn invitation(transport: &str, owner: &str, ends: u64) -> Invitation {
    Invitation { key: world::public(transport), owner: name(owner), ends }
}

pub fn sign_invitation(world: &World, invitation: &Invitation) -> Vec<u8> {
    let custodian: SecretKey<Authority> = key("custodian 1");
    invitation.sign(world.network(), &[&custodian])
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// One station's end of a link: sends what it is told, and shows what comes.
pub struct Station {
    sender: LinkSender,
    receiver: LinkReceiver,
    next: u64,
    /// Deliveries and news that came while something else was waited for.
    aside: Vec<Frame>,
}

impl Station {
    pub fn new(link: Link) -> Self {
        let (sender, mut receiver) = link.split();
        receiver.admit(limits::FRAME_BYTES_MAX);
        Self { sender, receiver, next: 1, aside: Vec::new() }
    }

    pub async fn hello(&mut self, hello: Hello) -> Result<Welcome, Code> {
        self.send(&Frame::Hello(hello)).await;
        match self.receive().await {
            Frame::Welcome(welcome) => Ok(welcome),
            Frame::GoAway { code } => Err(code),
            other => panic!("instead of a welcome: {other:?}"),
        }
    }

    pub async fn send(&self, frame: &Frame) {
        self.send_bytes(frame.lane(), frame.to_bytes()).await;
    }

    pub async fn send_bytes(&self, lane: Lane, bytes: Vec<u8>) {
        // The relay may have gone away already; what it said is read next.
        let _ = timeout(PATIENCE, self.sender.send(lane, bytes)).await.unwrap();
    }

    /// The next frame; pings are not shown.
    pub async fn receive(&mut self) -> Frame {
        self.try_receive().await.expect("the link has ended")
    }

    async fn try_receive(&mut self) -> Option<Frame> {
        loop {
            let bytes = timeout(PATIENCE, self.receiver.receive()).await.unwrap().ok()??;
            match Frame::from_bytes(&bytes).unwrap() {
                Frame::Ping { .. } => {}
                frame => return Some(frame),
            }
        }
    }

    /// How the relay ended the session: with a code, or none if the link was cut. Frames before that are dropped.
    pub async fn ended(&mut self) -> Option<Code> {
        loop {
            match self.try_receive().await {
                Some(Frame::GoAway { code }) => return Some(code),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self, ask: impl FnOnce(u64) -> Frame) -> Result<Frame, Code> {
        let id = self.begin(ask).await;
        self.answer(id).await
    }

    /// Asks, and does not wait.
    pub async fn begin(&mut self, ask: impl FnOnce(u64) -> Frame) -> u64 {
        let id = self.next;
        self.next += 1;
        self.send(&ask(id)).await;
        id
    }

    /// Waits for the answer to a request.
    pub async fn answer(&mut self, id: u64) -> Result<Frame, Code> {
        if let Some(place) = self.aside.iter().position(|frame| answers(frame) == Some(id)) {
            return refused(self.aside.remove(place));
        }
        loop {
            match self.receive().await {
                Frame::GoAway { code } => return Err(code),
                frame if answers(&frame) == Some(id) => return refused(frame),
                frame => self.aside.push(frame),
            }
        }
    }

    pub async fn post(&mut self, lane: Lane, post: Vec<u8>) -> Result<Vec<u8>, Code> {
        match self.ask(|id| Frame::Post { id, lane, post: post.into() }).await? {
            Frame::Accepted { receipt, .. } => Ok(receipt.into()),
            other => panic!("instead of accepted: {other:?}"),
        }
    }

    pub async fn pull(&mut self) -> Result<u64, Code> {
        match self.ask(|id| Frame::Pull { id }).await? {
            Frame::Pulled { waiting, .. } => Ok(waiting),
            other => panic!("instead of pulled: {other:?}"),
        }
    }

    /// The next delivery: sequence, lane, bytes.
    pub async fn delivery(&mut self) -> (u64, Lane, Vec<u8>) {
        loop {
            let place = self.aside.iter().position(|frame| matches!(frame, Frame::Delivery { .. }));
            let frame = match place {
                Some(place) => self.aside.remove(place),
                None => self.receive().await,
            };
            match frame {
                Frame::Delivery { sequence, lane, delivery } => return (sequence, lane, delivery.into()),
                Frame::GoAway { code } => panic!("instead of a delivery: {code:?}"),
                // What is asked and news are of no interest here.
                _ => {}
            }
        }
    }

    /// The next of what another device passes on; deliveries and news are kept for later.
    pub async fn passed(&mut self) -> Frame {
        let is_passed = |frame: &Frame| matches!(frame, Frame::Reseal { .. } | Frame::Rewrap { .. });
        if let Some(place) = self.aside.iter().position(is_passed) {
            return self.aside.remove(place);
        }
        loop {
            match self.receive().await {
                frame if is_passed(&frame) => return frame,
                Frame::GoAway { code } => panic!("instead of what is passed on: {code:?}"),
                frame => self.aside.push(frame),
            }
        }
    }

    pub async fn ack(&self, sequences: &[u64]) {
        self.send(&Frame::Ack { sequences: sequences.to_vec() }).await;
    }

    /// Asks until so many posts wait: acknowledgements are not answered.
    pub async fn until_waiting(&mut self, wanted: u64) {
        let reached = async { while self.pull().await.unwrap() != wanted {} };
        timeout(PATIENCE, reached).await.unwrap();
    }

    pub async fn submit(&mut self, statement: Vec<u8>) -> Result<u64, Code> {
        match self.ask(|id| Frame::Submit { id, statement: statement.into() }).await? {
            Frame::Logged { index, .. } => Ok(index),
            other => panic!("instead of logged: {other:?}"),
        }
    }

    /// Submits the statement of another log's entry.
    pub async fn log(&mut self, entry: &[u8]) -> Result<u64, Code> {
        self.submit(Entry::from_bytes(entry).unwrap().statement.into()).await
    }

    pub async fn invite(&mut self, invitation: Vec<u8>) -> Result<(), Code> {
        self.ask(|id| Frame::Invite { id, invitation: invitation.into() }).await.map(|_| ())
    }

    pub async fn entries(&mut self, from: u64) -> Vec<Vec<u8>> {
        match self.ask(|id| Frame::LogFrom { id, from }).await.unwrap() {
            Frame::Entries { entries, .. } => entries.into_iter().map(Vec::from).collect(),
            other => panic!("instead of entries: {other:?}"),
        }
    }

    pub async fn checkpoint(&mut self) -> (Vec<u8>, Vec<u8>) {
        match self.ask(|id| Frame::CheckpointGet { id }).await.unwrap() {
            Frame::Checkpoint { note, head, .. } => (note.into(), head.into()),
            other => panic!("instead of a checkpoint: {other:?}"),
        }
    }

    pub async fn put_prekeys(&mut self, bundle: Vec<u8>) -> Result<(), Code> {
        self.ask(|id| Frame::PrekeysPut { id, bundle: bundle.into() }).await.map(|_| ())
    }

    pub async fn prekeys(&mut self, devices: &[DeviceId]) -> Vec<Vec<u8>> {
        match self.ask(|id| Frame::PrekeysGet { id, devices: devices.to_vec() }).await.unwrap() {
            Frame::Prekeys { bundles, .. } => bundles.into_iter().map(Vec::from).collect(),
            other => panic!("instead of prekeys: {other:?}"),
        }
    }

    /// Ends the link in order.
    pub async fn close(self) {
        self.sender.close(0).await;
        self.receiver.finish().await;
    }
}

fn answers(frame: &Frame) -> Option<u64> {
    match frame {
        Frame::Refused { id, .. }
        | Frame::Invited { id }
        | Frame::Accepted { id, .. }
        | Frame::Pulled { id, .. }
        | Frame::Entries { id, .. }
        | Frame::Logged { id, .. }
        | Frame::PrekeysStored { id }
        | Frame::Passed { id }
        | Frame::Prekeys { id, .. }
        | Frame::Pong { id } => Some(*id),
        Frame::Checkpoint { id, .. } => Some(*id).filter(|id| *id > 0),
        _ => None,
    }
}

fn refused(frame: Frame) -> Result<Frame, Code> {
    if let Frame::Refused { code, .. } = frame { Err(code) } else { Ok(frame) }
}

/// A post to be made: its form is right, and nobody could open it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub number: u8,
    pub lane: Lane,
    pub created: u64,
    pub expires: u64,
    pub body_bytes: usize,
    pub devices: Vec<DeviceId>,
}

impl Letter {
    /// To the first devices of these offices, made when the world began, good for a day.
    pub fn to(number: u8, offices: &[&str]) -> Self {
        let mut devices: Vec<DeviceId> = offices.iter().map(|office| world::device(office, 1)).collect();
        devices.sort_unstable();
        let (created, expires) = (START, START + 86_400);
        Self { number, lane: Lane::Routine, created, expires, body_bytes: 4_096, devices }
    }

    pub fn lane(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    pub fn body(self, body_bytes: usize) -> Self {
        Self { body_bytes, ..self }
    }

    /// Its name everywhere.
    pub fn hh(&self) -> HeaderHash {
        HeaderHash::of(&self.header())
    }

    fn header(&self) -> Vec<u8> {
        let header = Header {
            version: 1,
            suite: 2,
            id: EnvelopeId::new([self.number; 16]),
            lane: self.lane,
            created: self.created,
            expires: self.expires,
            wraps: WrapsMark::of(&self.devices.iter().copied().collect()),
            commitment: [self.number; 32],
        };
        cbor::encode(&header)
    }

    /// The post, with a body that begins like this.
    pub fn bytes_with(&self, first: u8) -> Vec<u8> {
        let mut body = vec![self.number; self.body_bytes];
        body[0] = first;
        let mut bytes = Vec::new();
        let mut e = Encoder::new(&mut bytes);
        e.array(3).unwrap().bytes(&self.header()).unwrap().bytes(&body).unwrap();
        e.array(self.devices.len() as u64).unwrap();
        for device in &self.devices {
            self.wrap(&mut e, device);
        }
        bytes
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_with(self.number)
    }

    /// What a device should get.
    pub fn delivery(&self, office: &str) -> Vec<u8> {
        let mut bytes = vec![0x83];
        bytes.extend(cbor::encode(&<&ByteSlice>::from(self.header().as_slice())));
        bytes.extend(cbor::encode(&<&ByteSlice>::from(vec![self.number; self.body_bytes].as_slice())));
        self.wrap(&mut Encoder::new(&mut bytes), &world::device(office, 1));
        bytes
    }

    fn wrap(&self, e: &mut Encoder<&mut Vec<u8>>, device: &DeviceId) {
        e.array(4).unwrap().bytes(device.as_bytes()).unwrap().bytes(&[self.number; 16]).unwrap();
        e.bytes(&[device.as_bytes()[0]; 1_120]).unwrap().bytes(&[self.number; 56]).unwrap();
    }
}

/// The owner with this name.
pub fn owner(text: &str) -> Owner {
    name(text)
}

/// How many files a directory has.
pub fn files(dir: &Path) -> usize {
    std::fs::read_dir(dir).map(|entries| entries.count()).unwrap_or(0)
}

pub const CUSTODIAN: &str = "org:custodian/secretariat/1";
pub const CUSTODIAN_KEY: &str = "org:custodian/secretariat/1 transport 1";
