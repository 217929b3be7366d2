//! What do witnesses change? What an entry gives waits for them, what it takes away does not; a new set of them counts by
//! the word of the old one; and none puts its name under what it cannot have seen. It must never know how a word is signed.

mod ministries;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use liaison_client::{Clock, DialOptions, Happening, NotCosigned, Online, Station, WitnessError};
use liaison_demo::world::PASSPHRASE;
use liaison_keys::directory::Body;
use liaison_keys::directory::body::{Operate, Revoke};
use liaison_keys::directory::witness::{Announced, cosign};
use liaison_keys::keyfile::Cost;
use liaison_keys::names::{HeaderHash, Subject};
use liaison_keys::signing::{SecretKey, Witness};
use liaison_proto::envelope::LeftOutReason;
use liaison_tests::until_free;
use minicbor::bytes::ByteVec;
use ministries::{clock_ahead, exchange, letter, submit, take, world};

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
    assert_eq!(witness(&mut first).await, [format!("cosigned {}", before + 1)]);
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
    let hh = send(&mut sender, "xb/diplomatic/1 xb/operations/1", "one is left out").await;
    let left_out = sender.memory().outbox.item(hh).unwrap().left_out.clone();
    assert_eq!(
        left_out.iter().map(|one| (one.device, one.reason)).collect::<Vec<_>>(),
        [(revoked, LeftOutReason::EndedSince)]
    );
    exchange(&mut admin).await;
    assert!(admin.memory().inbox.item(hh).is_some(), "and the others open it");
    // An exported copy carries the witnesses' words.
    let mut reader =
        Station::create(&world.folder.join("reader"), PASSPHRASE, Cost::MINIMUM, Clock::system()).unwrap();
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
    assert_eq!(witness(&mut old).await, [format!("cosigned {}", held + 1)]);
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
async fn a_witness_vouches_for_no_old_log_and_never_goes_back() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(0));
    let home = folder.path().join("stations/xa-diplomatic");
    let mut station = Station::open(&home, PASSPHRASE, clock_ahead(&apart_s)).unwrap();
    assert!(matches!(station.become_witness("two words"), Err(WitnessError::Name)));
    let announced = station.become_witness("xa.example").unwrap();
    assert!(matches!(station.become_witness("xa.example"), Err(WitnessError::Already)));
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    operate(&mut custodian, std::slice::from_ref(&announced), 1).await;
    let size = custodian.word().unwrap().size;
    // By its clock, what the relay says is an hour old: one of the two is wrong.
    apart_s.store(3_600, Ordering::Relaxed);
    let said = witness(&mut station).await;
    assert!(said.len() == 1 && said[0].starts_with("the relay's newest word"), "{said:?}");
    apart_s.store(540, Ordering::Relaxed);
    assert_eq!(witness(&mut station).await, [format!("cosigned {size}")]);
    assert!(witness(&mut station).await.is_empty(), "it is said once");
    assert!(matches!(station.take_entry(size), Err(WitnessError::NoEntry(entry)) if entry == size));
    station.take_entry(size - 1).unwrap();
    drop(station);
    let mut station = Station::open(&home, PASSPHRASE, Clock::system()).unwrap();
    assert!(station.memory().witness.taken.contains(&(size - 1)));
    assert_eq!(witness(&mut station).await, [NotCosigned::Clock.to_string()], "it remembers what it said");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn a_log_that_does_not_grow_is_vouched_for_again_within_the_hour() {
    let (folder, mut world) = world().await;
    drop(take(&mut world, "xa/diplomatic/1"));
    drop(take(&mut world, "xd/diplomatic/1"));
    let apart_s = Arc::new(AtomicI64::new(0));
    let open = |name: &str| {
        let home = folder.path().join("stations").join(name);
        Station::open(&home, PASSPHRASE, clock_ahead(&apart_s)).unwrap()
    };
    let (mut station, mut reader) = (open("xa-diplomatic"), open("xd-diplomatic"));
    let announced = station.become_witness("xa.example").unwrap();
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    operate(&mut custodian, std::slice::from_ref(&announced), 1).await;
    let size = custodian.word().unwrap().size;
    assert_eq!(witness(&mut station).await, [format!("cosigned {size}")]);
    exchange(&mut reader).await;
    let before = reader.checkpoint().unwrap().clone();
    let (relay_folder, address) = (world.folder.join("relay"), world.address);
    world.relay.stop().await.unwrap();
    until_free(address).await;
    let ahead = clock_ahead(&apart_s);
    let mut config = liaison_relay::Config::new(&relay_folder, address);
    config.clock = Arc::new(move || ahead.now_s());
    let relay = liaison_relay::Relay::start(config).await.unwrap();
    apart_s.store(2_900, Ordering::Relaxed);
    assert!(witness(&mut station).await.is_empty(), "not yet");
    apart_s.store(3_601, Ordering::Relaxed);
    assert_eq!(witness(&mut station).await, [format!("cosigned {size}")]);
    exchange(&mut reader).await;
    let after = reader.checkpoint().unwrap();
    assert_eq!(after.size, before.size);
    assert!(after.time >= before.time + 3_600, "so its directory does not grow old");
    relay.stop().await.unwrap();
}

/// A directory file with these words of a witness below the note, as a host or a thief of its key could make it.
fn with_words(file: &[u8], station: &Station, words: &[(&str, &SecretKey<Witness>, u64)]) -> Vec<u8> {
    type Exported = (String, ByteVec, ByteVec, Vec<ByteVec>, Option<Vec<ByteVec>>);
    let (mark, note, head, entries, _): Exported = minicbor::decode(file).unwrap();
    let replica = station.replica().unwrap();
    let line = |(name, key, time): &(&str, &SecretKey<Witness>, u64)| {
        format!("{}\n", cosign(&replica.checkpoint(), &replica.origin(), (name, key), *time))
    };
    let lines: String = words.iter().map(line).collect();
    let cosigned = vec![ByteVec::from([note.as_slice(), lines.as_bytes()].concat())];
    minicbor::to_vec((mark, note, head, entries, Some(cosigned))).unwrap()
}

#[tokio::test]
async fn words_that_are_not_the_witnesses_or_not_of_now_count_for_nothing() {
    let (_folder, mut world) = world().await;
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    let keys = [1, 2, 3, 4].map(|seed| SecretKey::<Witness>::from_seed(&[seed; 32]));
    let [first, second, third, stranger] = &keys;
    let named = [("a.example", first), ("b.example", second), ("c.example", third)]
        .map(|(name, key)| Announced { name: name.to_owned(), key: key.public() });
    operate(&mut custodian, &named, 2).await;
    let mut reader = take(&mut world, "xd/diplomatic/1");
    let (file, now) = (custodian.export_directory().unwrap(), Clock::system().now_s());
    let import = |reader: &mut Station, words: &[(&str, &SecretKey<Witness>, u64)]| {
        reader.import_directory(&with_words(&file, &custodian, words)).unwrap();
        reader.unwitnessed() == 0
    };
    assert!(!import(&mut reader, &[]));
    assert!(!import(&mut reader, &[("a.example", first, now)]), "one of two");
    assert!(!import(&mut reader, &[("a.example", first, now), ("a.example", first, now + 1)]));
    assert!(!import(&mut reader, &[("a.example", first, now), ("b.example", stranger, now)]));
    assert!(
        !import(&mut reader, &[("a.example", first, now), ("b.example", second, now + 86_400)]),
        "tomorrow"
    );
    assert!(import(&mut reader, &[("a.example", first, now - 50), ("b.example", second, now)]));
    assert_eq!(reader.checkpoint().unwrap().time, now - 50, "the older word gives the time");
    let heard = |reader: &Station| ["a", "b", "c"].map(|name| reader.heard_of(&format!("{name}.example")));
    assert_eq!(heard(&reader), [Some(now - 50), Some(now), None], "who is silent is seen");
    let all = [("a.example", first, now - 50), ("b.example", second, now), ("c.example", third, now - 9)];
    assert!(import(&mut reader, &all));
    assert_eq!(heard(&reader), [Some(now - 50), Some(now), Some(now - 9)], "and who speaks later is heard");
    assert_eq!(reader.checkpoint().unwrap().time, now - 9, "the two newest give the time");
    world.relay.stop().await.unwrap();
}

#[tokio::test]
async fn while_new_witnesses_are_silent_the_handover_is_kept_once() {
    let (_folder, mut world) = world().await;
    let mut old = take(&mut world, "xa/diplomatic/1");
    let mut custodian = take(&mut world, "org:custodian/secretariat/1");
    let before = old.become_witness("xa.example").unwrap();
    operate(&mut custodian, std::slice::from_ref(&before), 1).await;
    exchange(&mut old).await;
    let mut reader = take(&mut world, "xd/diplomatic/1");
    exchange(&mut reader).await;
    let silent = Announced { name: "silent.example".into(), key: SecretKey::from_seed(&[7; 32]).public() };
    operate(&mut custodian, &[silent], 1).await;
    exchange(&mut old).await;
    for _ in 0..3 {
        exchange(&mut reader).await;
    }
    assert_eq!((reader.memory().handovers.len(), reader.unwitnessed()), (1, 1));
    world.relay.stop().await.unwrap();
}

/// What it says as a witness.
async fn witness(station: &mut Station) -> Vec<String> {
    let said = exchange(station).await.into_iter().filter_map(|happening| match happening {
        Happening::Cosigned(size) => Some(format!("cosigned {size}")),
        Happening::NotCosigned(why) => Some(why.to_string()),
        _ => None,
    });
    said.collect()
}

async fn operate(custodian: &mut Station, witnesses: &[Announced], k: u8) {
    exchange(custodian).await;
    let stands = custodian.directory().unwrap().operation().clone();
    let witnesses = witnesses.iter().map(|one| (one.name.clone(), one.key)).collect();
    let operate = Operate { witnesses, cosignatures: k, ..stands };
    submit(custodian, Subject::Network, &Body::Operate(Box::new(operate))).await;
}

/// Seals and sends, to one office or several.
async fn send(station: &mut Station, to: &str, text: &str) -> HeaderHash {
    let mut online = Online::connect(station, DialOptions::default()).await.unwrap();
    online.exchange(station).await.unwrap();
    let letter = letter(station, to, text);
    online.prepare(station, &letter.scope).await.unwrap();
    let preview = station.preview(&letter).unwrap();
    let hh = station.seal(&letter, &preview, false).unwrap();
    online.send_waiting(station).await.unwrap();
    online.close().await;
    hh
}
