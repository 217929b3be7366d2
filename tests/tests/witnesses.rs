//! What do witnesses change? What an entry gives waits for them, what it takes away does not; a new set of them counts by
//! the word of the old one; and none puts its name under what it cannot have seen. It must never know how a word is signed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use liaison_client::{Clock, DialOptions, Happening, Letter, NotCosigned, Online, Station, WitnessError};
use liaison_demo::world::{PASSPHRASE, World};
use liaison_keys::directory::Body;
use liaison_keys::directory::body::{Operate, Revoke};
use liaison_keys::directory::witness::Announced;
use liaison_keys::names::{HeaderHash, OfficeId, Subject};
use liaison_proto::envelope::LeftOutReason;
use liaison_proto::message::{Draft, Form};
use liaison_tests::until_free;
use tempfile::TempDir;

#[tokio::test]
async fn what_an_entry_gives_waits_for_the_witnesses_and_what_it_takes_does_not() {
    let (_folder, mut world) = world().await;
    let (mut first, mut second) = (take(&mut world, "xa/diplomatic/1"), take(&mut world, "xc/diplomatic/1"));
    let (mut sender, mut admin) = (take(&mut world, "xd/diplomatic/1"), take(&mut world, "xb/diplomatic/1"));
    exchange(&mut sender).await;
    let before = sender.checkpoint().unwrap().size;
    let witnesses =
        [first.become_witness("xa.example").unwrap(), second.become_witness("xc.example").unwrap()];
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    operate(&mut custodian, &witnesses, 2).await;
    exchange(&mut sender).await;
    assert_eq!((sender.checkpoint().unwrap().size, sender.unwitnessed()), (before, 1));
    assert_eq!(exchange(&mut first).await, [format!("cosigned {}", before + 1)]);
    exchange(&mut sender).await;
    assert_eq!(sender.checkpoint().unwrap().size, before, "one of two is not enough");
    exchange(&mut second).await;
    exchange(&mut sender).await;
    assert_eq!((sender.checkpoint().unwrap().size, sender.unwitnessed()), (before + 1, 0));
    assert!(sender.checkpoint().unwrap().head.is_empty(), "the witnesses give the time");
    // A message under such a checkpoint opens.
    let hh = send(&mut sender, "xb/diplomatic/1", "witnessed").await;
    exchange(&mut admin).await;
    assert!(admin.memory().inbox.item(hh).is_some());
    // Taking does not wait: the revoked device is left out under the old checkpoint, and named with the reason.
    let revoked = take(&mut world, "xb/operations/1").device().unwrap();
    let body = Body::Revoke(Revoke { device: revoked, compromised_since: None });
    submit(&mut admin, Subject::Office("xb/operations/1".parse().unwrap()), &body).await;
    exchange(&mut sender).await;
    assert_eq!((sender.checkpoint().unwrap().size, sender.unwitnessed()), (before + 1, 1));
    let hh = send_to(&mut sender, r#"["xb/diplomatic/1","xb/operations/1"]"#, "one is left out").await;
    let left_out = sender.memory().outbox.item(hh).unwrap().left_out.clone();
    assert_eq!(
        left_out.iter().map(|one| (one.device, one.reason)).collect::<Vec<_>>(),
        [(revoked, LeftOutReason::EndedSince)]
    );
    exchange(&mut admin).await;
    assert!(admin.memory().inbox.item(hh).is_some(), "and the others open it");
    // An exported copy carries the witnesses' words.
    let mut reader = Station::create(
        &world.folder.join("reader"),
        PASSPHRASE,
        liaison_keys::keyfile::Cost::MINIMUM,
        Clock::system(),
    )
    .unwrap();
    reader.accept(&sender.introduce().unwrap()).unwrap();
    reader.import_directory(&sender.export_directory().unwrap()).unwrap();
    assert_eq!((reader.checkpoint().unwrap().size, reader.unwitnessed()), (before + 1, 1));
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn other_witnesses_count_by_the_word_of_those_before() {
    let (_folder, mut world) = world().await;
    let (mut old, mut new) = (take(&mut world, "xa/diplomatic/1"), take(&mut world, "xc/diplomatic/1"));
    let (mut away, mut custodian) =
        (take(&mut world, "xd/diplomatic/1"), take(&mut world, "org:custodian/secretariat/1"));
    let before = old.become_witness("xa.example").unwrap();
    let after = new.become_witness("xc.example").unwrap();
    operate(&mut custodian, std::slice::from_ref(&before), 1).await;
    exchange(&mut old).await;
    exchange(&mut away).await;
    let held = away.checkpoint().unwrap().size;
    // The host and the custodian together bring in a witness of their own: the old one has not seen that.
    operate(&mut custodian, std::slice::from_ref(&after), 1).await;
    exchange(&mut new).await;
    exchange(&mut away).await;
    assert_eq!((away.checkpoint().unwrap().size, away.unwitnessed()), (held, 1));
    // The old one sees it too, though it is named no longer: with that, the new one counts.
    assert_eq!(exchange(&mut old).await, [format!("cosigned {}", held + 1)]);
    assert!(!old.is_named_witness());
    let relay_folder = world.folder.join("relay");
    let address = world.address;
    world.relay.stop().await.unwrap();
    until_free(address).await;
    let relay =
        liaison_relay::Relay::start(liaison_relay::Config::new(&relay_folder, address)).await.unwrap();
    exchange(&mut away).await;
    assert_eq!((away.checkpoint().unwrap().size, away.unwitnessed()), (held + 1, 0));
    // Back to no witnesses: the last ones have to see that as well.
    operate(&mut custodian, &[], 0).await;
    exchange(&mut away).await;
    assert_eq!(away.unwitnessed(), 1);
    exchange(&mut new).await;
    exchange(&mut away).await;
    assert_eq!(away.unwitnessed(), 0);
    assert!(!away.checkpoint().unwrap().head.is_empty(), "the log key's head gives the time again");
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_witness_says_nothing_of_an_entry_that_came_too_late_until_a_person_looked() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(0));
    let clock = {
        let apart_s = Arc::clone(&apart_s);
        let ahead_ms = move || apart_s.load(Ordering::Relaxed) * 1000;
        Clock::new(move || Clock::system().now_ms().saturating_add_signed(ahead_ms()))
    };
    let home = folder.path().join("stations/xa-diplomatic");
    let mut witness = Station::open(&home, PASSPHRASE, clock).unwrap();
    let announced = witness.become_witness("xa.example").unwrap();
    assert!(matches!(witness.become_witness("xa.example"), Err(WitnessError::Already)));
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    operate(&mut custodian, std::slice::from_ref(&announced), 1).await;
    // An hour from now it has seen no further entry; the next one says that it was logged now.
    apart_s.store(3_600, Ordering::Relaxed);
    exchange(&mut witness).await;
    operate(&mut custodian, std::slice::from_ref(&announced), 0).await;
    let entry = custodian.word().unwrap().size - 1;
    let said = exchange(&mut witness).await;
    let late = |minutes| [NotCosigned::Backdated { index: entry, minutes }.to_string()];
    assert!([late(59), late(60)].contains(&said.clone().try_into().unwrap()), "{said:?}");
    assert!(matches!(witness.take_entry(entry + 1), Err(WitnessError::NoEntry(_))));
    witness.take_entry(entry).unwrap();
    assert_eq!(exchange(&mut witness).await, [format!("cosigned {}", entry + 1)]);
    assert!(exchange(&mut witness).await.is_empty(), "it is said once");
    apart_s.store(0, Ordering::Relaxed);
    drop(witness);
    let mut witness = Station::open(&home, PASSPHRASE, Clock::system()).unwrap();
    operate(&mut custodian, std::slice::from_ref(&announced), 1).await;
    assert_eq!(exchange(&mut witness).await, [NotCosigned::Clock.to_string()], "it remembers what it said");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_witness_whose_clock_runs_ahead_holds_nobody_up() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let ahead = Clock::new(|| Clock::system().now_ms() + 86_400_000);
    let mut ahead = Station::open(&folder.path().join("stations/xa-diplomatic"), PASSPHRASE, ahead).unwrap();
    let mut right = take(&mut world, "xc/diplomatic/1");
    let names = [ahead.become_witness("xa.example").unwrap(), right.become_witness("xc.example").unwrap()];
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    let mut sender = take(&mut world, "xd/diplomatic/1");
    exchange(&mut sender).await;
    operate(&mut custodian, &names, 1).await;
    exchange(&mut ahead).await;
    exchange(&mut sender).await;
    assert_eq!(sender.unwitnessed(), 1, "a word from tomorrow counts tomorrow");
    exchange(&mut right).await;
    exchange(&mut sender).await;
    assert_eq!(sender.unwitnessed(), 0);
    assert!(sender.heard_of("xa.example").is_none(), "and is not shown as heard");
    assert!(sender.heard_of("xc.example").is_some());
    let age = Clock::system().now_s().abs_diff(sender.checkpoint().unwrap().time);
    assert!(age < 600, "{age}");
    world.relay.stop().await.unwrap();
}

async fn world() -> (TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let world = World::found(folder.path()).await.unwrap();
    (folder, world)
}

fn take(world: &mut World, office: &str) -> Station {
    world.stations.remove(&office.parse::<OfficeId>().unwrap()).unwrap()
}

/// What it says as a witness.
async fn exchange(station: &mut Station) -> Vec<String> {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let said = online.happenings().into_iter().filter_map(|happening| match happening {
        Happening::Cosigned(size) => Some(format!("cosigned {size}")),
        Happening::NotCosigned(why) => Some(why.to_string()),
        _ => None,
    });
    let said = said.collect();
    online.close().await;
    said
}

async fn operate(custodian: &mut Station, witnesses: &[Announced], k: u8) {
    exchange(custodian).await;
    let stands = custodian.directory().unwrap().operation().clone();
    let witnesses = witnesses.iter().map(|one| (one.name.clone(), one.key)).collect();
    let operate = Operate { witnesses, cosignatures: k, ..stands };
    submit(custodian, Subject::Network, &Body::Operate(Box::new(operate))).await;
}

async fn submit(station: &mut Station, subject: Subject, body: &Body) {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let statement = station.statement(subject, body).unwrap();
    online.submit(station, &statement).await.unwrap();
    online.close().await;
}

async fn send(station: &mut Station, to: &str, text: &str) -> HeaderHash {
    send_to(station, &format!(r#""{to}""#), text).await
}

async fn send_to(station: &mut Station, to: &str, text: &str) -> HeaderHash {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let json = format!(r#"{{"kind":"general","to":{to},"text":"{text}"}}"#);
    let (draft, _) = Draft::read(Form::from_json(&json).unwrap()).unwrap();
    let letter: Letter = station.letter(draft).unwrap();
    online.prepare(station, &letter.scope).await.unwrap();
    let preview = station.preview(&letter).unwrap();
    let hh = station.seal(&letter, &preview, false).unwrap();
    online.send_waiting(station).await.unwrap();
    online.close().await;
    hh
}
