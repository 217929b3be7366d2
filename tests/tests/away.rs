//! What becomes of a State whose station is away for over a year? Nothing that was sealed to it while its certificate lived
//! is lost, and what came after was never sealed to anybody. It must never know the terminal.

mod ministries;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use liaison_client::{ComposeError, DialOptions, Happening, Letter, Online, Station, StationError};
use liaison_demo::world::{PASSPHRASE, World};
use liaison_keys::directory::Body;
use liaison_keys::directory::body::Revoke;
use liaison_keys::names::{HeaderHash, Subject};
use liaison_relay::{Config, Relay};
use liaison_tests::until_free;
use ministries::{clock_ahead, exchange, letter, submit, world};

const AWAY: &str = "xb/diplomatic/1";
const DAY: i64 = 86_400;

/// A network whose time is moved: the relay and whoever is opened here.
struct Years {
    apart_s: Arc<AtomicI64>,
    folder: std::path::PathBuf,
    relay: Relay,
}

impl Years {
    async fn begin(world: World) -> Self {
        let World { folder, relay, address, stations } = world;
        drop(stations);
        relay.stop().await.unwrap();
        until_free(address).await;
        let apart_s = Arc::new(AtomicI64::new(0));
        let clock = clock_ahead(&apart_s);
        let config =
            Config { clock: Arc::new(move || clock.now_s()), ..Config::new(folder.join("relay"), address) };
        let relay = Relay::start(config).await.unwrap();
        Self { apart_s, folder, relay }
    }

    fn open(&self, station: &str) -> Station {
        let home = self.folder.join("stations").join(station);
        Station::open(&home, PASSPHRASE, clock_ahead(&self.apart_s)).unwrap()
    }

    fn day(&self, day: i64) {
        self.apart_s.store(day * DAY, Ordering::Relaxed);
    }
}

/// Seals and hands over a message that lives so many days.
async fn send(station: &mut Station, text: &str, days: u64) -> Result<HeaderHash, ComposeError> {
    let expires = Some(station.clock().now_s() + days * 86_400);
    let letter = Letter { expires, ..letter(station, AWAY, text) };
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    online.prepare(station, &letter.scope).await.unwrap();
    let preview = station.preview(&letter)?;
    let hh = station.seal(&letter, &preview, false)?;
    online.exchange(station).await.unwrap();
    online.close().await;
    Ok(hh)
}

/// The device's certificate is made anew with the State's own key, and its prekeys with it.
async fn renew(station: &mut Station) {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let office = station.memory().office().unwrap();
    let statement = station.certify(&office).unwrap();
    online.submit(station, &statement).await.unwrap();
    online.exchange(station).await.unwrap();
    online.close().await;
}

fn secrets(home: &Path) -> u64 {
    std::fs::metadata(home.join("prekeys")).unwrap().len()
}

#[tokio::test]
async fn a_station_that_was_away_for_four_hundred_days_opens_what_was_sealed_to_it_and_comes_back() {
    let (_folder, world) = world().await;
    let years = Years::begin(world).await;
    let mut sender = years.open("xa-diplomatic");
    let home = years.folder.join("stations/xb-diplomatic");
    let early = send(&mut sender, "sealed to its weekly key", 399).await.unwrap();
    // Its weekly key has ended; the other one lives as long as its certificate.
    years.day(100);
    let late =
        send(&mut sender, "sealed to the key that lives as long as the certificate", 399).await.unwrap();
    let letter_now = letter(&sender, AWAY, "who is there?");
    assert!(sender.preview(&letter_now).unwrap().offices[0].fallback, "and the sender is told");
    years.day(360);
    renew(&mut sender).await;
    // Its certificate has ended. Nothing is sealed, and the sender hears it at once.
    years.day(398);
    let refused = send(&mut sender, "too late", 30).await.unwrap_err();
    assert!(matches!(refused, ComposeError::NoLiveKey), "{refused:?}");
    years.day(400);
    let mut away = years.open("xb-diplomatic");
    let before = secrets(&home);
    exchange(&mut away).await;
    let opened = |station: &Station, hh| station.memory().inbox.item(hh).is_some();
    assert!(opened(&away, late), "{:?}", away.memory().inbox.quarantine);
    assert!(!opened(&away, early), "its 399 days are over");
    assert!(matches!(away.own_contact(), Err(StationError::NotCertified)));
    assert!(secrets(&home) < before, "what ended is erased once all of it was fetched");
    // It certifies itself anew, and is there again: for what is new, and for the receipt that it owed.
    renew(&mut away).await;
    let happenings = exchange(&mut sender).await;
    let receipted = |one: &Happening| matches!(one, Happening::Arrived(liaison_client::Arrival::Receipts(_, of)) if of.contains(&late));
    assert!(happenings.iter().any(receipted), "{happenings:?}");
    let back = send(&mut sender, "welcome back", 30).await.unwrap();
    exchange(&mut away).await;
    assert!(opened(&away, back));
    years.relay.stop().await.unwrap();
}

#[tokio::test]
async fn keys_are_made_weekly_and_erased_by_themselves() {
    let (_folder, world) = world().await;
    let years = Years::begin(world).await;
    let mut station = years.open("xb-diplomatic");
    let home = years.folder.join("stations/xb-diplomatic");
    exchange(&mut station).await;
    let one_week = secrets(&home);
    for day in [6, 8, 9, 15, 16, 22, 30] {
        years.day(day);
        exchange(&mut station).await;
    }
    // Of thirty days, the key of this week, that of the last while it may be sealed to, and FALLBACK are left.
    assert!(secrets(&home) <= one_week + 60, "{} and {one_week} bytes", secrets(&home));
    years.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_receipt_for_an_office_without_a_device_is_owed_until_the_message_ends() {
    let (_folder, world) = world().await;
    let years = Years::begin(world).await;
    let (mut sender, mut reader) = (years.open("xa-operations"), years.open("xb-diplomatic"));
    exchange(&mut reader).await;
    send(&mut sender, "from who is revoked next", 30).await.unwrap();
    let device = sender.device().unwrap();
    let mut online = Online::connect(&mut reader, DialOptions::default()).await.unwrap();
    online.drain(&mut reader).await.unwrap();
    online.close().await;
    let body = Body::Revoke(Revoke { device, compromised_since: None });
    let office = Subject::Office("xa/operations/1".parse().unwrap());
    submit(&mut years.open("xa-diplomatic"), office, &body).await;
    exchange(&mut reader).await;
    assert_eq!(reader.receipts_owed().len(), 1, "its next device would get it");
    years.day(31);
    exchange(&mut reader).await;
    assert_eq!(reader.receipts_owed(), [], "nobody waits for it any more");
    years.relay.stop().await.unwrap();
}
