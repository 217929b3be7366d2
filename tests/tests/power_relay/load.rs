//! Who keeps the relay busy? Stations that post, fetch, log, renew their keys and invite, until the relay is gone.
//! It must never know when that will be.

use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use liaison_client::prekeys::Prekeys;
use liaison_client::{
    Arrival, Clock, DialOptions, Happening, Letter, Online, OnlineError, Station, Transports,
};
use liaison_demo::world::PASSPHRASE;
use liaison_keys::directory::group::GroupMember;
use liaison_keys::directory::{Body, MemberStatus};
use liaison_keys::keyfile;
use liaison_keys::names::{HeaderHash, OfficeId, Subject};
use liaison_keys::vault::VaultKey;
use liaison_proto::frame::Code;
use liaison_proto::message::{Draft, Form};
use liaison_proto::session::client::ClientError;
use tokio::sync::{mpsc, watch};

/// What a station does while the relay runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Posts to one office and to all, in turn.
    Sends,
    /// Fetches what comes, and acknowledges it.
    Fetches,
    /// Logs statements, and hands in new prekeys.
    Logs,
    /// Comes once, as most stations do.
    Visits,
}

/// What the relay has promised.
#[derive(Debug)]
pub(crate) enum Say {
    /// A message has its receipt.
    Accepted(HeaderHash),
    /// A statement has its place in the log.
    Logged(u64, Vec<u8>),
    /// The author's bundle of this number is stored.
    PrekeysStored(u64),
    /// Something came; this proves only that the relay serves.
    Arrived,
}

/// Works until the relay is gone, then gives the station back.
pub(crate) async fn work(
    mut station: Station,
    role: Role,
    tell: mpsc::UnboundedSender<Say>,
    mut gone: watch::Receiver<bool>,
) -> Station {
    let Some(online) = connect(&mut station, &gone).await else { return station };
    let done = {
        let mut shift = Shift { station: &mut station, online, tell, number: 0 };
        match role {
            Role::Sends => shift.send().await,
            Role::Fetches => shift.fetch().await,
            Role::Logs => shift.log().await,
            Role::Visits => shift.visit().await,
        }
    };
    if let Err(error) = done {
        assert!(is_the_relays_end(&error), "{role:?}, {}: {error:?}", station.office().unwrap());
    }
    // Who is done early waits, so that nobody is missed at the next start.
    let _ = gone.wait_for(|gone| *gone).await;
    station
}

/// Connects as soon as the relay is there; none when it is gone.
pub(crate) async fn connect(station: &mut Station, gone: &watch::Receiver<bool>) -> Option<Online> {
    while !*gone.borrow() {
        match Online::connect(station, DialOptions { transports: Transports::TcpOnly }).await {
            Ok(online) => return Some(online),
            Err(error) => assert!(is_the_relays_end(&error), "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None
}

/// Whether an error is what a relay's end looks like; all else is a broken promise.
fn is_the_relays_end(error: &OnlineError) -> bool {
    match error {
        OnlineError::Dial(_) | OnlineError::Link(_) => true,
        OnlineError::Session(error) => matches!(error, ClientError::GoAway(Code::Busy)),
        OnlineError::Refused(code) => *code == Code::Busy,
        _ => false,
    }
}

/// A station at work.
struct Shift<'s> {
    station: &'s mut Station,
    online: Online,
    tell: mpsc::UnboundedSender<Say>,
    number: usize,
}

impl Shift<'_> {
    async fn send(&mut self) -> Result<(), OnlineError> {
        self.online.sync(self.station).await?;
        loop {
            self.number += 1;
            let to = match self.number % 3 {
                0 => r#"{"scope":"global"}"#,
                1 => r#""xd/operations/1""#,
                _ => r#"["xd/operations/1","xe/diplomatic/1"]"#,
            };
            // Some are larger than a sector by far.
            let text = format!("number {}{}", self.number, " and more".repeat(self.number % 4 * 300));
            let letter = letter(self.station, &format!(r#"{{"kind":"general","to":{to},"text":"{text}"}}"#));
            self.online.prepare(self.station, &letter.scope).await?;
            let preview = self.station.preview(&letter).unwrap();
            self.station.seal(&letter, &preview, false).unwrap();
            let sent = self.online.send_waiting(self.station).await;
            self.listen();
            sent?;
        }
    }

    async fn fetch(&mut self) -> Result<(), OnlineError> {
        let exchanged = self.online.exchange(self.station).await;
        self.listen();
        exchanged?;
        loop {
            let watched = self.online.watch(self.station).await;
            self.listen();
            watched?;
        }
    }

    async fn log(&mut self) -> Result<(), OnlineError> {
        self.online.sync(self.station).await?;
        loop {
            self.number += 1;
            if self.number <= STATEMENTS_EACH_TIME {
                self.name_member().await?;
            }
            // A clock that was off makes new prekeys due, and one that is right again as well.
            CLOCK_OFF_S.store(-8 * 86_400, Ordering::Relaxed);
            let early = self.online.renew_prekeys(self.station).await;
            CLOCK_OFF_S.store(0, Ordering::Relaxed);
            early?;
            let _ = self.tell.send(Say::PrekeysStored(newest_bundle(self.station)));
            self.online.renew_prekeys(self.station).await?;
            let _ = self.tell.send(Say::PrekeysStored(newest_bundle(self.station)));
            let exchanged = self.online.exchange(self.station).await;
            self.listen();
            exchanged?;
        }
    }

    async fn name_member(&mut self) -> Result<(), OnlineError> {
        let member = GroupMember { state: "xa".parse().unwrap(), status: MemberStatus::Member };
        let subject = Subject::Group("group:xr-north".parse().unwrap());
        let statement = self.station.statement(subject, &Body::GroupMember(member)).unwrap();
        let index = self.online.submit(self.station, &statement).await?;
        let _ = self.tell.send(Say::Logged(index, statement.to_bytes()));
        Ok(())
    }

    async fn visit(&mut self) -> Result<(), OnlineError> {
        let exchanged = self.online.exchange(self.station).await;
        self.listen();
        exchanged?;
        if let Ok((invitation, _)) = self.station.invite("xg".parse().unwrap()) {
            self.online.invite(self.station, invitation).await?;
        }
        Ok(())
    }

    fn listen(&mut self) {
        for happening in self.online.happenings() {
            let said = match happening {
                Happening::Accepted(hh) => Say::Accepted(hh),
                Happening::Arrived(Arrival::Quarantined(_, reason)) => panic!("set aside: {reason}"),
                Happening::Arrived(_) => Say::Arrived,
                Happening::Directory(_) => continue,
                other => panic!("{}: {other:?}", self.station.office().unwrap()),
            };
            let _ = self.tell.send(said);
        }
    }
}

/// The number of the newest bundle that a station has made, as its file says.
fn newest_bundle(station: &Station) -> u64 {
    let path = station.home().prekeys();
    let key = fs::read(path.with_file_name("key")).unwrap();
    let key = keyfile::unlock(PASSPHRASE, &key).unwrap();
    let prekeys = Prekeys::open(path, VaultKey::new(key.as_slice().try_into().unwrap())).unwrap();
    prekeys.current_bundle(station.device().unwrap()).unwrap().number
}

fn letter(station: &Station, json: &str) -> Letter {
    let (draft, _) = Draft::read(Form::from_json(json).unwrap()).unwrap();
    station.letter(draft).unwrap()
}

/// The clock of the one that logs and renews: it turns it back itself.
pub(crate) fn author_clock() -> Clock {
    Clock::new(|| Clock::system().now_ms().saturating_add_signed(CLOCK_OFF_S.load(Ordering::Relaxed) * 1_000))
}

static CLOCK_OFF_S: AtomicI64 = AtomicI64::new(0);

/// A region's coordinator, who may name a member as often as it likes.
pub(crate) const AUTHOR: &str = "org:xr-north/coordinator/1";
pub(crate) const ROLES: [(&str, Role); 6] = [
    ("xa/diplomatic/1", Role::Sends),
    ("xb/operations/1", Role::Sends),
    ("xc/diplomatic/1", Role::Sends),
    ("xd/operations/1", Role::Fetches),
    ("xe/diplomatic/1", Role::Fetches),
    (AUTHOR, Role::Logs),
];
/// Every station keeps all of them for ever, so there are not too many.
const STATEMENTS_EACH_TIME: usize = 2;

/// The office of a name in [`ROLES`].
pub(crate) fn senders() -> impl Iterator<Item = OfficeId> {
    ROLES.iter().filter(|(_, role)| *role == Role::Sends).map(|(name, _)| name.parse().unwrap())
}
