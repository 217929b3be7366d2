//! Which station is open, and is it connected? One owner for both, so that a command works the same alone and beside
//! a watch. It must never know what a command wants.

use std::path::Path;
use std::time::Duration;

use liaison_client::{
    DialOptions, Happening, Incoming, Online, OnlineError, Station, StationError, Transports,
};
use liaison_keys::card::SaltedCard;
use liaison_keys::directory::Statement;
use liaison_keys::names::OfficeId;
use liaison_proto::limits::DIRECTORY_FRESH_S;
use liaison_proto::scope::Scope;
use tokio::time::{Instant, timeout};

use crate::cli::Global;
use crate::exit::Exit;
use crate::failure::{Failure, fail};
use crate::io::Io;
use crate::out::Paint;
use crate::passphrase;
use crate::when;

/// An open station and its connection, if there is one.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) station: Station,
    online: Option<Online>,
    dial: DialOptions,
    offline: bool,
    /// Until when no relay is tried: one was tried a moment ago.
    rest_until: Option<Instant>,
    news: Vec<Happening>,
    told: bool,
}

/// How new the directory is that a look-up reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// A relay said so just now.
    Now,
    /// The station's own copy, of this age in seconds.
    Copy(u64),
}

impl Desk {
    /// Opens the station in this folder.
    pub(crate) fn open(home: &Path, global: &Global, io: &mut Io) -> Result<Self, Failure> {
        use liaison_client::home::{Home, HomeError};
        if !Home::exists(home) {
            return Err(HomeError::Missing(home.to_owned()).into());
        }
        let passphrase = passphrase::ask(global.passphrase_file.as_deref(), io)?;
        let station = Station::open(home, &passphrase, io.clock())?;
        Ok(Self::new(station, global))
    }

    /// A desk for a station that is open.
    pub(crate) fn new(station: Station, global: &Global) -> Self {
        let dial = DialOptions { transports: Transports::from(global.transport) };
        let (online, rest_until) = (None, None);
        Self { station, online, dial, offline: global.offline, rest_until, news: Vec::new(), told: false }
    }

    /// Now, Unix seconds.
    pub(crate) fn now_s(&self) -> u64 {
        self.station.clock().now_s()
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.online.is_some()
    }

    /// Connects, if it is not.
    pub(crate) async fn connect(&mut self, io: &mut Io) -> Result<(), Failure> {
        if self.online.is_some() {
            return Ok(());
        }
        if self.offline {
            return Err(fail!(Exit::Unavailable, "error-offline"));
        }
        if self.rest_until.is_some_and(|until| Instant::now() < until) {
            return Err(fail!(Exit::Unavailable, "error-unreachable"));
        }
        let progress = io.progress(&say!("say-connecting"));
        let connected = Online::connect(&mut self.station, self.dial).await;
        drop(progress);
        let online = connected?;
        let apart_s = online.clock_apart_s();
        self.online = Some(online);
        self.collect();
        if apart_s.unsigned_abs() > CLOCKS_APART_S && !self.told {
            self.told = true;
            let span = when::span(apart_s.unsigned_abs());
            let key = if apart_s > 0 { "say-clock-behind" } else { "say-clock-ahead" };
            io.note(&io.paint(Paint::Warn, &say!(key, span = span)));
        }
        self.tell_of_vault(io);
        Ok(())
    }

    /// Brings the directory up to date if a relay can be reached soon; says so when not.
    pub(crate) async fn refresh(&mut self, io: &mut Io) -> Result<Freshness, Failure> {
        let reached = match timeout(LOOK_UP_WAITS, self.connect(io)).await {
            Ok(Ok(())) => match self.sync().await {
                Ok(()) if self.station.own_contact().is_ok() => self.fetch_cards().await,
                synced => synced,
            },
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(fail!(Exit::Unavailable, "error-unreachable")),
        };
        match reached {
            Ok(()) => self.how_fresh(io),
            Err(failure) if failure.passes() => {
                let time = self.shown_time()?;
                let age = self.now_s().saturating_sub(time);
                let shown = say!(
                    "say-own-copy",
                    why = failure.message(),
                    time = when::utc(time),
                    age = when::span(age)
                );
                io.note(&io.paint(Paint::Warn, &shown));
                Ok(Freshness::Copy(age))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Of when the directory is that look-ups show: they work also where nothing counts yet.
    fn shown_time(&self) -> Result<u64, Failure> {
        let known = self.station.checkpoint().or_else(|_| self.station.word())?;
        Ok(known.time)
    }

    /// A relay that answers may still show an old directory.
    fn how_fresh(&self, io: &mut Io) -> Result<Freshness, Failure> {
        if let waiting @ 1.. = self.station.unwitnessed() {
            io.note(&io.paint(Paint::Warn, &say!("say-not-counted", n = waiting)));
        }
        let time = self.shown_time()?;
        let age = self.now_s().saturating_sub(time);
        if age <= DIRECTORY_FRESH_S {
            return Ok(Freshness::Now);
        }
        let shown = say!("say-relay-old", time = when::utc(time), age = when::span(age));
        io.note(&io.paint(Paint::Warn, &shown));
        Ok(Freshness::Copy(age))
    }

    /// Connects anew: as another key than before, or after a cut.
    pub(crate) async fn reconnect(&mut self, io: &mut Io) -> Result<(), Failure> {
        if let Some(online) = self.online.take() {
            online.close().await;
        }
        self.connect(io).await
    }

    pub(crate) async fn sync(&mut self) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.sync(station).await;
        self.settle(done)
    }

    pub(crate) async fn exchange(&mut self) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.exchange(station).await;
        self.settle(done)
    }

    /// Renews the station's keys and sends itself a message; after how many milliseconds it was opened.
    pub(crate) async fn prove(&mut self) -> Result<Option<u64>, Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.prove(station).await;
        self.settle(done)
    }

    pub(crate) async fn prepare(&mut self, scope: &Scope) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.prepare(station, scope).await;
        self.settle(done)
    }

    pub(crate) async fn submit(&mut self, statement: &Statement) -> Result<u64, Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.submit(station, statement).await;
        self.settle(done)
    }

    /// Fetches the contact cards that the directory names and this station does not hold.
    pub(crate) async fn fetch_cards(&mut self) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.fetch_cards(station).await;
        self.settle(done)
    }

    pub(crate) async fn put_card(&mut self, office: &OfficeId, card: &SaltedCard) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.put_card(station, office, card).await;
        self.settle(done)
    }

    pub(crate) async fn card_reads(&mut self) -> Result<Vec<(u64, OfficeId, OfficeId)>, Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.card_reads(station).await;
        self.settle(done)
    }

    pub(crate) async fn invite(&mut self, invitation: Vec<u8>) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.invite(station, invitation).await;
        self.settle(done)
    }

    /// Sends what waits. A connection that broke while a person was thinking is made once more.
    pub(crate) async fn send_waiting(&mut self, io: &mut Io) -> Result<(), Failure> {
        let sent = self.send_once().await;
        if sent.is_err() && self.online.is_none() {
            self.connect(io).await?;
            return self.send_once().await;
        }
        sent
    }

    async fn send_once(&mut self) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let Some(online) = online else { return Err(unconnected()) };
        let done = online.send_waiting(station).await;
        self.settle(done)
    }

    /// Waits for the relay's next word; for ever while there is no connection. Safe to drop and call again.
    pub(crate) async fn wait(&mut self) -> Result<Incoming, OnlineError> {
        match &mut self.online {
            Some(online) => online.wait().await,
            None => std::future::pending().await,
        }
    }

    /// Does what the relay's word asks for.
    pub(crate) async fn heed(
        &mut self,
        came: Result<Incoming, OnlineError>,
        io: &mut Io,
    ) -> Result<(), Failure> {
        let Self { station, online, .. } = self;
        let done = match (came, online) {
            (Ok(incoming), Some(online)) => online.handle(station, incoming).await,
            (Ok(_), None) => Ok(()),
            (Err(error), _) => Err(error),
        };
        let settled = self.settle(done);
        self.tell_of_vault(io);
        settled
    }

    /// What has happened since this was last asked.
    pub(crate) fn news(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.news)
    }

    /// Tries no relay until then.
    pub(crate) const fn rest(&mut self, until: Option<Instant>) {
        self.rest_until = until;
    }

    /// Ends the connection in order.
    pub(crate) async fn close(&mut self) {
        if let Some(online) = self.online.take() {
            online.close().await;
        }
    }

    /// Lets the connection go without a word.
    pub(crate) fn let_go(&mut self) {
        self.online = None;
    }

    /// Keeps what happened, and lets a broken connection go.
    fn settle<T>(&mut self, done: Result<T, OnlineError>) -> Result<T, Failure> {
        self.collect();
        if matches!(done, Err(OnlineError::Link(_) | OnlineError::Session(_) | OnlineError::Silent)) {
            self.online = None;
        }
        Ok(done?)
    }

    fn collect(&mut self) {
        if let Some(online) = &mut self.online {
            self.news.extend(online.happenings());
        }
    }

    fn tell_of_vault(&mut self, io: &mut Io) {
        let before = self.news.len();
        self.news.retain(|happening| !matches!(happening, Happening::VaultWasOlder));
        if self.news.len() < before {
            io.note(&io.paint(Paint::Alarm, &say!("say-vault-older")));
        }
    }
}

fn unconnected() -> Failure {
    fail!(Exit::Unavailable, "error-unreachable")
}

/// The directory must be there before anything can be looked up.
pub(crate) fn needs_directory(station: &Station) -> Result<(), StationError> {
    station.network()?;
    station.replica().map(|_| ())
}

/// A look-up at four in the morning does not wait for a dead relay.
const LOOK_UP_WAITS: Duration = Duration::from_secs(4);
/// The relay refuses what is dated further ahead.
const CLOCKS_APART_S: u64 = liaison_proto::limits::CREATED_AHEAD_S_MAX;
