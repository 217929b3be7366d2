//! What happens to a station when something is wrong: an old copy of its vault, a damaged disk, a clock that is off, a
//! relay that is away, an envelope that comes twice. Each ends in a clear word, and loses nothing.
//! It must never know how the command line says it.

mod ministries;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use liaison_client::outbox::AtRelay;
use liaison_client::replicate::ReplicateError;
use liaison_client::vault::VaultError;
use liaison_client::{
    Arrival, Clock, ComposeError, DialOptions, Happening, Online, OnlineError, Station, StationError,
};
use liaison_demo::world::PASSPHRASE;
use liaison_keys::directory::Body;
use liaison_keys::directory::body::Revoke;
use liaison_keys::keyfile::Cost;
use liaison_keys::names::{HeaderHash, Subject};
use liaison_proto::envelope::Reason;
use ministries::{clock_ahead, exchange, letter, submit, take, world};

#[tokio::test]
async fn an_older_copy_of_a_vault_is_noticed_and_counts_anew() {
    let (folder, mut world) = world().await;
    let station = take(&mut world, "xa/diplomatic/1");
    drop(station);
    let home = folder.path().join("stations/xa-diplomatic");
    let copy = folder.path().join("copy");
    copy_folder(&home, &copy);
    let mut station = open(&home);
    let generation = station.vault_state().0;
    send(&mut station, "xb/diplomatic/1", "before").await.unwrap();
    // The relay hears how much a vault holds when a session begins.
    exchange(&mut station).await;
    drop(station);
    fs::remove_dir_all(&home).unwrap();
    fs::rename(&copy, &home).unwrap();
    let mut restored = open(&home);
    let mut online = Online::connect(&mut restored, DialOptions::default()).await.unwrap();
    let noticed = online.happenings().iter().any(|what| matches!(what, Happening::VaultWasOlder));
    assert!(noticed, "the relay knew more of this vault than it holds");
    assert!(restored.vault_state().0 > generation);
    online.close().await;
    let hh = send(&mut restored, "xb/diplomatic/1", "after").await.unwrap();
    assert!(matches!(restored.memory().outbox.item(hh).unwrap().relay, AtRelay::Accepted(_)));
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn what_the_disk_changed_is_named_and_nothing_is_cut() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let home = folder.path().join("stations/xa-diplomatic");
    // The first segment is closed, so nothing in it can be a torn tail.
    let mut segments: Vec<_> =
        fs::read_dir(home.join("vault")).unwrap().map(|file| file.unwrap().path()).collect();
    segments.retain(|path| path.to_string_lossy().contains("events-"));
    segments.sort();
    drop(open(&home));
    let victim = segments.first().unwrap();
    let mut bytes = fs::read(victim).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(victim, &bytes).unwrap();
    let refused = Station::open(&home, PASSPHRASE, Clock::system()).unwrap_err();
    assert!(matches!(refused, StationError::Vault(VaultError::Damaged { .. })), "{refused}");
    assert_eq!(fs::read(victim).unwrap(), bytes, "the damaged file is left as it is");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_message_waits_while_the_relay_is_away_and_goes_out_as_it_was_sealed() {
    let (_folder, mut world) = world().await;
    let mut station = take(&mut world, "xa/diplomatic/1");
    send(&mut station, "xb/diplomatic/1", "so that the keys are known").await.unwrap();
    let mut recipient = take(&mut world, "xb/diplomatic/1");
    let relay_folder = world.folder.join("relay");
    let address = world.address;
    world.relay.stop().await.unwrap();
    let letter = letter(&station, "xb/diplomatic/1", "waits");
    let preview = station.preview(&letter).unwrap();
    let hh = station.seal(&letter, &preview, false).unwrap();
    let away = Online::connect(&mut station, DialOptions::default()).await.unwrap_err();
    assert!(matches!(away, OnlineError::Dial(_)), "{away}");
    assert_eq!(station.memory().outbox.item(hh).unwrap().relay, AtRelay::Waits);
    drop(station);
    let relay =
        liaison_relay::Relay::start(liaison_relay::Config::new(&relay_folder, address)).await.unwrap();
    let mut station = open(&world.folder.join("stations/xa-diplomatic"));
    exchange(&mut station).await;
    assert!(matches!(station.memory().outbox.item(hh).unwrap().relay, AtRelay::Accepted(_)));
    exchange(&mut recipient).await;
    assert!(recipient.memory().inbox.item(hh).is_some());
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_most_of_a_day_ahead_loses_nothing() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(80_000));
    let home = folder.path().join("stations/xa-diplomatic");
    let mut station = Station::open(&home, PASSPHRASE, clock_ahead(&apart_s)).unwrap();
    let online = Online::connect(&mut station, DialOptions::default()).await.unwrap();
    assert!((online.clock_apart_s() + 80_000).abs() < 60, "the station can say that its clock is off");
    online.close().await;
    let tomorrow = send(&mut station, "xb/diplomatic/1", "from tomorrow").await.unwrap();
    let relay_of = |station: &Station, hh| station.memory().outbox.item(hh).unwrap().relay;
    assert_eq!(relay_of(&station, tomorrow), AtRelay::Waits, "kept, not lost");
    apart_s.store(0, Ordering::Relaxed);
    let today = send(&mut station, "xb/diplomatic/1", "from today").await.unwrap();
    assert!(matches!(relay_of(&station, today), AtRelay::Accepted(_)), "and it holds nothing else up");
    assert_eq!(relay_of(&station, tomorrow), AtRelay::Waits, "it goes out when its day has come");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn an_envelope_that_comes_twice_is_one_message_also_after_a_restart() {
    let (_folder, mut world) = world().await;
    let mut sender = take(&mut world, "xa/diplomatic/1");
    let hh = send(&mut sender, "xb/diplomatic/1", "once").await.unwrap();
    let mut recipient = take(&mut world, "xb/diplomatic/1");
    exchange(&mut recipient).await;
    let delivery = sender.delivery_of(hh).unwrap();
    // The first wrap is for the other device of one of the two offices, or for this one: find ours.
    let again = recipient.receive(&delivery).unwrap();
    let known = matches!(again, Arrival::Repeated | Arrival::Quarantined(_, Reason::NotForUs));
    assert!(known, "{again:?}");
    drop(recipient);
    let mut recipient = open(&world.folder.join("stations/xb-diplomatic"));
    let again = recipient.receive(&delivery).unwrap();
    assert!(matches!(again, Arrival::Repeated | Arrival::Quarantined(_, Reason::NotForUs)), "{again:?}");
    assert_eq!(recipient.memory().inbox.items.iter().filter(|item| item.hh == hh).count(), 1);
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_revoked_device_is_shown_the_door_and_nobody_seals_to_it() {
    let (_folder, mut world) = world().await;
    let mut admin = take(&mut world, "xb/diplomatic/1");
    let mut revoked = take(&mut world, "xb/operations/1");
    let device = revoked.device().unwrap();
    let mut open_session = Online::connect(&mut revoked, DialOptions::default()).await.unwrap();
    open_session.exchange(&mut revoked).await.unwrap();
    let body = Body::Revoke(Revoke { device, compromised_since: None });
    submit(&mut admin, Subject::Office("xb/operations/1".parse().unwrap()), &body).await;
    let ended = loop {
        if let Err(error) = open_session.watch(&mut revoked).await {
            break error;
        }
    };
    let told = matches!(
        ended,
        OnlineError::Session(_) | OnlineError::Link(_) | OnlineError::Station(StationError::NotCertified)
    );
    assert!(told, "{ended}");
    let mut sender = take(&mut world, "xa/diplomatic/1");
    exchange(&mut sender).await;
    let letter = letter(&sender, "xb/operations/1", "to nobody");
    let preview = sender.preview(&letter).unwrap();
    assert!(preview.devices.is_empty(), "the office is shown, with nobody to seal to");
    let refused = sender.seal(&letter, &preview, false).unwrap_err();
    assert!(matches!(refused, ComposeError::NoLiveKey), "{refused}");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_list_of_recipients_that_no_longer_holds_is_shown_again() {
    let (_folder, mut world) = world().await;
    let mut admin = take(&mut world, "xb/diplomatic/1");
    let device = take(&mut world, "xb/operations/1").device().unwrap();
    let mut sender = take(&mut world, "xa/diplomatic/1");
    send(&mut sender, "xb/diplomatic/1", "so that the keys are known").await.unwrap();
    let letter = letter(&sender, "xb/diplomatic/1 xb/operations/1", "to both");
    let mut online = Online::connect(&mut sender, DialOptions::default()).await.unwrap();
    online.exchange(&mut sender).await.unwrap();
    online.prepare(&mut sender, &letter.scope).await.unwrap();
    online.close().await;
    let shown = sender.preview(&letter).unwrap();
    let body = Body::Revoke(Revoke { device, compromised_since: None });
    submit(&mut admin, Subject::Office("xb/operations/1".parse().unwrap()), &body).await;
    // A watch in the background takes the directory in while a person still looks at the list.
    exchange(&mut sender).await;
    let refused = sender.seal(&letter, &shown, false).unwrap_err();
    assert!(matches!(refused, ComposeError::OtherRecipients), "{refused}");
    let shown = sender.preview(&letter).unwrap();
    assert!(!shown.devices.contains(&device));
    sender.seal(&letter, &shown, false).unwrap();
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_directory_from_the_future_is_not_taken_and_an_older_one_replaces_nothing() {
    let (folder, mut world) = world().await;
    let mut station = take(&mut world, "xa/diplomatic/1");
    exchange(&mut station).await;
    let (introduction, older) = (station.introduce().unwrap(), station.export_directory().unwrap());
    let held = station.checkpoint().unwrap().clone();
    // A day behind the relay: every head looks like one from tomorrow, and would make old directories look fresh.
    let slow = Clock::new(|| Clock::system().now_ms() - 86_400_000);
    let mut behind = Station::create(&folder.path().join("behind"), PASSPHRASE, Cost::MINIMUM, slow).unwrap();
    behind.accept(&introduction).unwrap();
    let refused = behind.import_directory(&older).unwrap_err();
    assert!(matches!(refused, ReplicateError::HeadAhead { hours: 24 }), "{refused}");
    assert!(behind.replica().is_err(), "nothing of it was kept");
    let mut admin = take(&mut world, "xb/diplomatic/1");
    let device = take(&mut world, "xb/operations/1").device().unwrap();
    let body = Body::Revoke(Revoke { device, compromised_since: None });
    submit(&mut admin, Subject::Office("xb/operations/1".parse().unwrap()), &body).await;
    exchange(&mut station).await;
    let newer = station.checkpoint().unwrap().clone();
    assert!(newer.size > held.size);
    station.import_directory(&older).unwrap();
    assert_eq!(station.checkpoint().unwrap(), &newer, "neither size nor time goes back");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_prekey_that_ended_is_erased_once_the_mailbox_is_drained() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xb/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(0));
    let home = folder.path().join("stations/xb-diplomatic");
    let mut recipient = Station::open(&home, PASSPHRASE, clock_ahead(&apart_s)).unwrap();
    let mut sender = take(&mut world, "xa/diplomatic/1");
    let hh = send(&mut sender, "xb/diplomatic/1", "sealed to today's key").await.unwrap();
    exchange(&mut recipient).await;
    let recorded = sender.delivery_of(hh).unwrap();
    for day in [0, 8] {
        apart_s.store(day * 86_400, Ordering::Relaxed);
        exchange(&mut recipient).await;
        let opened = recipient.receive(&recorded).unwrap();
        assert!(matches!(opened, Arrival::Repeated), "day {day}: it still opens: {opened:?}");
    }
    apart_s.store(10 * 86_400, Ordering::Relaxed);
    exchange(&mut recipient).await;
    let gone = recipient.receive(&recorded).unwrap();
    assert!(
        matches!(gone, Arrival::Quarantined(_, Reason::NoSecret)),
        "who recorded it has nothing: {gone:?}"
    );
    world.relay.stop().await.unwrap();
}

fn open(home: &Path) -> Station {
    Station::open(home, PASSPHRASE, Clock::system()).unwrap()
}

async fn send(station: &mut Station, to: &str, text: &str) -> Result<HeaderHash, OnlineError> {
    let mut online = Online::connect(station, DialOptions::default()).await?;
    online.exchange(station).await?;
    let letter = letter(station, to, text);
    online.prepare(station, &letter.scope).await?;
    let preview = station.preview(&letter)?;
    let hh = station.seal(&letter, &preview, false)?;
    online.send_waiting(station).await?;
    online.close().await;
    Ok(hh)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
