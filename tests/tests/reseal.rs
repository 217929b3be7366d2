//! Whose keys are gone is not cut off: what was sealed to them is sealed again, once, to whom it was for, and to nobody
//! who only has a stolen key. It must never know how a wrap is made.

mod ministries;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use liaison_client::{Arrival, ByHand, Clock, DialOptions, Happening, Letter, NotResealed, Online, Station};
use liaison_demo::world::PASSPHRASE;
use liaison_keys::directory::Body;
use liaison_keys::directory::body::Revoke;
use liaison_keys::names::{HeaderHash, Subject};
use liaison_proto::limits;
use liaison_tests::until_free;
use ministries::{clock_ahead, exchange, letter, submit, take, world};

const READER: &str = "xb/operations/1";

/// The reader's station, with these files instead of its own and without its prekeys: as from a backup.
fn restore(home: &Path, vault: Option<&Path>) -> Station {
    if home.join("prekeys").exists() {
        std::fs::remove_file(home.join("prekeys")).unwrap();
    }
    if let Some(vault) = vault {
        std::fs::remove_dir_all(home.join("vault")).unwrap();
        copy(vault, &home.join("vault"));
    }
    Station::open(home, PASSPHRASE, Clock::system()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

async fn send(station: &mut Station, text: &str) -> HeaderHash {
    send_for(station, text, None).await
}

/// The same for so many days.
async fn send_for(station: &mut Station, text: &str, days: Option<u64>) -> HeaderHash {
    let expires = days.map(|days| station.clock().now_s() + days * 86_400);
    let letter = Letter { expires, ..letter(station, READER, text) };
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    online.prepare(station, &letter.scope).await.unwrap();
    let preview = station.preview(&letter).unwrap();
    let hh = station.seal(&letter, &preview, false).unwrap();
    online.exchange(station).await.unwrap();
    online.close().await;
    hh
}

/// Fetches what waits, without asking anybody for anything.
async fn fetch(station: &mut Station) {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.drain(station).await.unwrap();
    online.close().await;
}

fn asked(happenings: &[Happening]) -> Vec<HeaderHash> {
    happenings
        .iter()
        .filter_map(|one| if let Happening::AskedToReseal(hh) = one { Some(*hh) } else { None })
        .collect()
}

fn resealed(happenings: &[Happening]) -> Vec<HeaderHash> {
    happenings
        .iter()
        .filter_map(|one| if let Happening::Resealed(hh, _) = one { Some(*hh) } else { None })
        .collect()
}

#[tokio::test]
async fn what_was_sealed_to_lost_keys_is_sealed_again_and_a_second_time_only_by_hand() {
    let (_folder, mut world) = world().await;
    let mut sender = take(&mut world, "xa/diplomatic/1");
    let home = world.folder.join("stations/xb-operations");
    drop(take(&mut world, READER));
    let hh = send(&mut sender, "before the disk failed").await;
    let mut reader = restore(&home, None);
    fetch(&mut reader).await;
    assert_eq!(reader.memory().inbox.quarantine.len(), 1);
    let unopened = world.folder.join("vault-unopened");
    drop(reader);
    copy(&home.join("vault"), &unopened);
    let mut reader = Station::open(&home, PASSPHRASE, Clock::system()).unwrap();
    assert_eq!(asked(&exchange(&mut reader).await), [hh]);
    assert_eq!(asked(&exchange(&mut reader).await), [], "once");
    // The relay is away in between, and forgets nothing.
    let (address, relay_folder) = (world.address, world.folder.join("relay"));
    world.relay.stop().await.unwrap();
    until_free(address).await;
    let relay =
        liaison_relay::Relay::start(liaison_relay::Config::new(&relay_folder, address)).await.unwrap();
    assert_eq!(resealed(&exchange(&mut sender).await), [hh]);
    assert_eq!(resealed(&exchange(&mut sender).await), [], "once");
    let happenings = exchange(&mut reader).await;
    let opened =
        |one: &Happening| matches!(one, Happening::Arrived(Arrival::Message(message)) if message.hh == hh);
    assert!(happenings.iter().any(opened), "{happenings:?}");
    assert_eq!(reader.memory().inbox.item(hh).unwrap().subject, "before the disk failed");
    assert!(reader.memory().inbox.quarantine.is_empty());
    exchange(&mut sender).await;
    let device = reader.device().unwrap();
    assert!(sender.memory().outbox.item(hh).unwrap().confirmed.contains(&device), "and it is receipted");
    drop(reader);
    // Whoever has an old copy of the vault has the signing key. That the device opened the message is known.
    let mut copy = restore(&home, Some(&unopened));
    assert_eq!(asked(&exchange(&mut copy).await), [hh]);
    let happenings = exchange(&mut sender).await;
    let asks =
        |one: &Happening| matches!(one, Happening::AsksToReseal(of, _, ByHand::Confirmed) if *of == hh);
    assert!(happenings.iter().any(asks), "{happenings:?}");
    assert_eq!(resealed(&happenings), []);
    exchange(&mut copy).await;
    assert!(copy.memory().inbox.item(hh).is_none(), "not by itself");
    assert_eq!(sender.open_requests().len(), 1);
    sender.reseal(hh, device).unwrap();
    assert!(matches!(sender.reseal(hh, device), Err(NotResealed::NotAsked)), "answered once");
    exchange(&mut sender).await;
    exchange(&mut copy).await;
    assert!(copy.memory().inbox.item(hh).is_some(), "a person said so");
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_revoked_device_and_an_old_directory_are_answered_nothing_and_an_old_message_by_hand() {
    let (_folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(0));
    let sender_home = world.folder.join("stations/xa-diplomatic");
    let mut sender = Station::open(&sender_home, PASSPHRASE, clock_ahead(&apart_s)).unwrap();
    let home = world.folder.join("stations/xb-operations");
    drop(take(&mut world, READER));
    let (first, second) = (send(&mut sender, "one").await, send(&mut sender, "two").await);
    let mut reader = restore(&home, None);
    let device = reader.device().unwrap();
    exchange(&mut reader).await;
    // The request comes while the sender's clock says that the directory is old, and the message too.
    apart_s.store(31 * 86_400, Ordering::Relaxed);
    let mut online = Online::connect(&mut sender, DialOptions::default()).await.unwrap();
    online.drain(&mut sender).await.unwrap();
    online.close().await;
    assert!(matches!(sender.reseal(first, device), Err(NotResealed::Ended)));
    apart_s.store(2 * 86_400, Ordering::Relaxed);
    assert!(matches!(sender.reseal(first, device), Err(NotResealed::OldDirectory)));
    apart_s.store(0, Ordering::Relaxed);
    assert_eq!(sender.open_requests().len(), 2);
    let mut admin = take(&mut world, "xb/diplomatic/1");
    let body = Body::Revoke(Revoke { device, compromised_since: None });
    submit(&mut admin, Subject::Office(READER.parse().unwrap()), &body).await;
    assert_eq!(resealed(&exchange(&mut sender).await), []);
    assert!(matches!(sender.reseal(second, device), Err(NotResealed::NotLive)));
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn who_asks_again_or_late_is_answered_by_hand_and_not_remembered_without_end() {
    let (_folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(0));
    let sender_home = world.folder.join("stations/xa-diplomatic");
    let mut sender = Station::open(&sender_home, PASSPHRASE, clock_ahead(&apart_s)).unwrap();
    let home = world.folder.join("stations/xb-operations");
    drop(take(&mut world, READER));
    let hh = send_for(&mut sender, "for sixty days", Some(60)).await;
    let mut reader = restore(&home, None);
    fetch(&mut reader).await;
    drop(reader);
    let unopened = world.folder.join("vault-unopened");
    copy(&home.join("vault"), &unopened);
    for round in 1..=6_usize {
        let mut reader = restore(&home, Some(&unopened));
        assert_eq!(asked(&exchange(&mut reader).await), [hh]);
        drop(reader);
        let mut online = Online::connect(&mut sender, DialOptions::default()).await.unwrap();
        online.drain(&mut sender).await.unwrap();
        online.close().await;
        let by_hand =
            |sender: &Station| sender.open_requests().iter().map(|one| one.by_hand).collect::<Vec<_>>();
        if round == 1 {
            assert_eq!(by_hand(&sender), [None]);
            apart_s.store(31 * 86_400, Ordering::Relaxed);
            assert_eq!(by_hand(&sender), [Some(ByHand::Old)]);
            apart_s.store(0, Ordering::Relaxed);
        } else {
            assert_eq!(by_hand(&sender), [Some(ByHand::Again)]);
        }
        let held = sender.memory().outbox.item(hh).unwrap().requests.len();
        assert_eq!(held, round.min(limits::RESEALS_REMEMBERED_MAX));
    }
    world.relay.stop().await.unwrap();
}
