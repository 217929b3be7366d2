//! On which stage is a behaviour played? A founded network, copied fresh for each row: the real relay, the hostile one
//! before it, three stations and one clock for all of them. It must never know what the behaviour is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use liaison_client::check::Answer;
use liaison_client::{Clock, Letter, Online, OnlineError, Station};
use liaison_demo::world::{PASSPHRASE, World};
use liaison_keys::directory::Replica;
use liaison_keys::names::{DeviceId, HeaderHash, NetworkId, OfficeId};
use liaison_keys::prekey::Bundle;
use liaison_link::{DialOptions, LinkError, TransportIdentity, Transports, dial};
use liaison_proto::message::{Draft, Form};
use liaison_proto::scope::Scope;
use liaison_proto::{Lane, limits};
use liaison_relay::{Config, Relay};
use liaison_tests::hostile::{HostKeys, HostileRelay};
use tempfile::TempDir;

use crate::state;

/// Who sends.
pub const SENDER: &str = "xa";
/// Whose relay is hostile to it.
pub const VICTIM: &str = "xb";
/// Who gets the same message, and must not notice anything.
pub const BYSTANDER: &str = "xc";
/// How long the script's messages live, seconds.
pub const LIVES_S: u64 = 3_600;

/// A network on disk, closed down.
pub struct Founded {
    /// Where it lives.
    pub folder: TempDir,
}

impl Founded {
    /// One for all tests that run at this time.
    pub async fn shared() -> Arc<Self> {
        static SHARED: tokio::sync::Mutex<Weak<Founded>> = tokio::sync::Mutex::const_new(Weak::new());
        let mut shared = SHARED.lock().await;
        if let Some(founded) = shared.upgrade() {
            return founded;
        }
        let founded = Arc::new(Self::new().await);
        *shared = Arc::downgrade(&founded);
        founded
    }

    /// Founds it: a relay, a custodian, two regions, six States.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::found(folder.path()).await.unwrap();
        for name in [SENDER, VICTIM, BYSTANDER] {
            let office: OfficeId = format!("{name}/diplomatic/1").parse().unwrap();
            let mut station = world.stations.remove(&office).unwrap();
            let options = DialOptions { transports: Transports::TcpOnly };
            let mut online = Online::connect(&mut station, options).await.unwrap();
            online.exchange(&mut station).await.unwrap();
            online.close().await;
        }
        world.relay.stop().await.unwrap();
        Self { folder }
    }
}

/// Time for everybody on a stage, turned by hand.
#[derive(Clone, Default)]
pub struct Time(Arc<AtomicI64>);

impl Time {
    /// Lets seconds pass.
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        Clock::system().now_ms().saturating_add_signed(self.0.load(Ordering::SeqCst) * 1000)
    }
}

/// Names of the script's messages, for behaviours that look for one of them.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<BTreeMap<HeaderHash, &'static str>>>);

impl Names {
    /// Gives a name.
    pub fn set(&self, hh: HeaderHash, name: &'static str) {
        self.0.lock().unwrap().insert(hh, name);
    }

    /// The message of this name.
    pub fn of(&self, name: &str) -> HeaderHash {
        *self.0.lock().unwrap().iter().find(|(_, known)| **known == name).unwrap().0
    }

    /// Whether this delivery is that message.
    pub fn is(&self, delivery: &[u8], name: &str) -> bool {
        let parts = liaison_tests::hostile::parts::Parts::of(delivery);
        self.0.lock().unwrap().get(&parts.hh()) == Some(&name)
    }
}

/// A stage.
pub struct Scene {
    pub host: HostileRelay,
    pub keys: HostKeys,
    pub stations: BTreeMap<&'static str, Station>,
    pub time: Time,
    pub names: Names,
    /// The network.
    pub network: NetworkId,
    /// What was said and how sessions ended, beside how the stations stand.
    events: Vec<(String, Event)>,
    /// The real relay, behind the host.
    pub relay: Relay,
    /// Where all of it lives on the disk.
    pub folder: TempDir,
}

enum Event {
    Said(liaison_client::Happening),
    Ended(String),
}

impl Scene {
    /// Copies the network and raises it.
    pub async fn raise(founded: &Founded) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (founded.folder.path(), folder.path());
        copy(&from.join("relay"), &to.join("relay"));
        let time = Time::default();
        let mut config = Config::new(to.join("relay"), "127.0.0.1:0".parse().unwrap());
        let clock = time.clone();
        // Time jumps here, and what has expired is to be gone soon.
        config.tick = Duration::from_millis(5);
        config.clock = Arc::new(move || clock.now_ms() / 1000);
        let relay = Relay::start(config).await.unwrap();
        let keys = HostKeys::read(&to.join("relay")).unwrap();
        let host = HostileRelay::before(&relay.local_addr().to_string(), &keys).await;
        let mut stations = BTreeMap::new();
        for name in [SENDER, VICTIM, BYSTANDER] {
            let home = PathBuf::from("stations").join(format!("{name}-diplomatic"));
            copy(&from.join(&home), &to.join(&home));
            let clock = time.clone();
            let station =
                Station::open(&to.join(&home), PASSPHRASE, Clock::new(move || clock.now_ms())).unwrap();
            host.know(name, station.memory().secrets.transport.as_ref().unwrap());
            stations.insert(name, station);
        }
        let (names, events, network) = (Names::default(), Vec::new(), relay.network());
        Self { host, keys, stations, time, names, network, events, relay, folder }
    }

    /// A station.
    pub fn station(&mut self, name: &str) -> &mut Station {
        self.stations.get_mut(name).unwrap()
    }

    /// One session: connect, bring everything up to date, end in order. How it ended is remembered.
    pub async fn session(&mut self, name: &'static str) {
        let ended = self.try_session(name).await;
        match ended {
            Ok(()) => {}
            // How much came is no reason.
            Err(OnlineError::Link(LinkError::Framing(_))) => self.ended(name, "Link(Framing)"),
            Err(error) => self.ended(name, format!("{error:?}")),
        }
    }

    async fn try_session(&mut self, name: &'static str) -> Result<(), OnlineError> {
        self.waiting_for(name).await;
        let mut online = self.connect(name).await?;
        let done = online.exchange(self.station(name)).await;
        self.hear(name, &mut online);
        done?;
        online.close().await;
        Ok(())
    }

    /// How many envelopes wait for a station, once the relay has come to rest.
    async fn waiting_for(&self, name: &str) -> u64 {
        self.host.waiting_for(name, self.relay.network()).await
    }

    /// Connects a station through the hostile relay.
    pub async fn connect(&mut self, name: &str) -> Result<Online, OnlineError> {
        let address = self.host.address().clone();
        let station = self.station(name);
        let seed = station.memory().secrets.transport.as_ref().unwrap().expose_seed();
        let identity = TransportIdentity::from_seed(&seed)?;
        let link = dial(&identity, &[address], DialOptions { transports: Transports::TcpOnly }).await?;
        let online = Online::begin(station, link).await?;
        let apart_s = online.clock_apart_s().unsigned_abs();
        if apart_s > limits::CREATED_AHEAD_S_MAX {
            self.ended(name, format!("clocks are {} h apart", apart_s.div_ceil(3_600)));
        }
        Ok(online)
    }

    /// Remembers what a connection had to say.
    pub fn hear(&mut self, name: &str, online: &mut Online) {
        self.events.extend(online.happenings().into_iter().map(|what| (name.to_owned(), Event::Said(what))));
    }

    /// Remembers how something ended.
    pub fn ended(&mut self, name: &str, how: impl Into<String>) {
        self.events.push((name.to_owned(), Event::Ended(how.into())));
    }

    /// The sender seals a letter and gives it a name.
    pub async fn seal(&mut self, letter: &Letter, name: &'static str) -> Option<HeaderHash> {
        let sealed = self.try_seal(letter).await;
        match sealed {
            Ok(hh) => {
                self.names.set(hh, name);
                Some(hh)
            }
            Err(error) => {
                self.ended(SENDER, format!("cannot seal {name}: {error:?}"));
                None
            }
        }
    }

    async fn try_seal(&mut self, letter: &Letter) -> Result<HeaderHash, OnlineError> {
        let mut online = self.connect(SENDER).await?;
        let station = self.station(SENDER);
        online.sync(station).await?;
        let prepared = online.prepare(station, &letter.scope).await;
        self.hear(SENDER, &mut online);
        prepared?;
        online.close().await;
        let station = self.station(SENDER);
        let preview = station.preview(letter)?;
        let fallback: Vec<_> = preview
            .offices
            .iter()
            .filter(|office| office.fallback)
            .map(|office| office.office.clone())
            .collect();
        let sealed = station.seal(letter, &preview, false)?;
        for office in fallback {
            self.ended(SENDER, format!("sealed to an older key of {office}"));
        }
        Ok(sealed)
    }

    /// A general letter to an office.
    pub fn letter(&mut self, to: &str, text: &str) -> Letter {
        let json = format!(r#"{{"kind":"general","to":"{to}","text":"{text}"}}"#);
        let (draft, _) = Draft::read(Form::from_json(&json).unwrap()).unwrap();
        let station = self.station(SENDER);
        let expires = Some(station.clock().now_s() + LIVES_S);
        Letter { expires, ..station.letter(draft).unwrap() }
    }

    /// The victim writes to the bystander alone.
    pub async fn private_message(&mut self) {
        let letter = self.letter("xc/diplomatic/1", "private");
        let mut online = self.connect(VICTIM).await.unwrap();
        let station = self.station(VICTIM);
        online.prepare(station, &letter.scope).await.unwrap();
        let preview = station.preview(&letter).unwrap();
        let hh = station.seal(&letter, &preview, false).unwrap();
        online.exchange(station).await.unwrap();
        online.close().await;
        self.names.set(hh, "private");
    }

    /// A check that stations answer by themselves, of the victim and the bystander.
    pub fn check(&mut self) -> Letter {
        let offices = [VICTIM, BYSTANDER].map(|name| format!("{name}/diplomatic/1").parse().unwrap());
        let station = self.station(SENDER);
        let expires = station.clock().now_s() + LIVES_S;
        station.check(Scope::bilateral(offices).unwrap(), Lane::Routine, Answer::Auto, expires).unwrap()
    }

    /// The script's three messages, sealed and posted: to the victim, to victim and bystander, to the victim.
    pub async fn three_messages(&mut self) {
        let before = self.letter("xb/diplomatic/1", "before");
        self.seal(&before, "before").await;
        let check = self.check();
        self.seal(&check, "check").await;
        let after = self.letter("xb/diplomatic/1", "after");
        self.seal(&after, "after").await;
        self.sessions(&[SENDER]).await;
    }

    /// One session each, in this order.
    pub async fn sessions(&mut self, names: &[&'static str]) {
        for name in names {
            self.session(name).await;
        }
    }

    /// What is owed goes to and fro until nothing is owed any more.
    pub async fn settle(&mut self) {
        self.sessions(&[BYSTANDER, SENDER, SENDER, VICTIM, BYSTANDER, SENDER, VICTIM, BYSTANDER]).await;
    }

    /// How everything stands, in lines, after the relay behind was stopped.
    pub async fn end(self) -> Vec<String> {
        let mut waiting = BTreeMap::new();
        for name in self.stations.keys() {
            waiting.insert(*name, self.waiting_for(name).await);
        }
        let Self { host, stations, events, relay, names, folder: _folder, .. } = self;
        let mut labels = state::labels(stations.iter().map(|(name, station)| (*name, station)));
        names.0.lock().unwrap().iter().for_each(|(hh, name)| {
            labels.entry(*hh).or_insert_with(|| (*name).to_owned());
        });
        let truth = truth(&stations);
        let newest = newest(&stations);
        let mut lines: Vec<String> = Vec::new();
        for (name, station) in &stations {
            lines.extend(state::lines(name, station, &labels, (truth, &newest)));
            let noted = host.noted(name);
            if waiting[name] > 0 {
                lines.push(format!("{name} has {} more at the relay", waiting[name]));
            }
            if noted.unacknowledged > 0 {
                lines.push(format!("{name} left {} unacknowledged", noted.unacknowledged));
            }
        }
        let told = events.iter().filter_map(|(name, event)| match event {
            Event::Said(happening) => state::said(happening, &labels).map(|said| format!("{name} {said}")),
            Event::Ended(how) => Some(format!("{name} ends: {how}")),
        });
        // The same word again says nothing more.
        lines.extend(told.collect::<BTreeSet<String>>());
        relay.stop().await.unwrap();
        lines
    }
}

/// The longest log that the bystander or anybody else has from the relay itself.
fn truth<'s>(stations: &'s BTreeMap<&'static str, Station>) -> &'s Replica {
    stations[BYSTANDER].replica().unwrap()
}

/// The number of each station's own newest bundle, as any of the others holds it.
fn newest(stations: &BTreeMap<&'static str, Station>) -> BTreeMap<DeviceId, u64> {
    let mut newest = BTreeMap::new();
    for station in stations.values() {
        for (device, bundle) in &station.memory().bundles {
            let number = Bundle::claimed_number(&bundle.bytes).unwrap();
            let known = newest.entry(*device).or_insert(number);
            *known = number.max(*known);
        }
    }
    newest
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
