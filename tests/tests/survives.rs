//! "Accepted" survives `kill -9`: a message sent while its recipients are off, with the relay killed right after the
//! receipt and started again, arrives exactly once. It must never know how the relay keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use liaison_client::{DialOptions, Happening, Letter, Online, Station};
use liaison_demo::world::World;
use liaison_keys::names::{HeaderHash, OfficeId};
use liaison_proto::message::{Draft, Form};
use liaison_tests::{Dice, RelayProcess};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const KILLS: usize = 20;
const SENDERS: [&str; 3] = ["xa/diplomatic/1", "xb/operations/1", "xc/diplomatic/1"];
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accepted_messages_arrive_exactly_once_whenever_the_relay_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let World { relay, mut stations, .. } = World::found(folder.path()).await.unwrap();
    relay.stop().await.unwrap();
    let relay_folder = folder.path().join("relay");
    let mut dice = Dice::new();
    let mut senders: Vec<Station> =
        SENDERS.iter().map(|name| stations.remove(&name.parse::<OfficeId>().unwrap()).unwrap()).collect();
    let mut accepted = BTreeSet::new();
    for _ in 0..KILLS {
        let process = RelayProcess::start(&relay_folder).unwrap();
        let (tell, mut told) = mpsc::unbounded_channel();
        let tasks: Vec<JoinHandle<Station>> =
            senders.into_iter().map(|station| tokio::spawn(send_until_cut(station, tell.clone()))).collect();
        drop(tell);
        for _ in 0..dice.up_to(12) {
            accepted.insert(told.recv().await.expect("the senders stopped by themselves"));
        }
        process.kill().unwrap();
        senders = Vec::new();
        for task in tasks {
            senders.push(task.await.unwrap());
        }
        while let Some(hh) = told.recv().await {
            accepted.insert(hh);
        }
    }
    let _process = RelayProcess::start(&relay_folder).unwrap();
    for station in &mut senders {
        let mut online = connect(station).await;
        online.exchange(station).await.unwrap();
        online.close().await;
    }
    let sent = count_sent(&senders);
    assert!(accepted.iter().all(|hh| sent.contains_key(hh)));
    for (station, name) in senders.into_iter().zip(SENDERS) {
        stations.insert(name.parse().unwrap(), station);
    }
    let (mut expected, mut arrived) = (0, 0);
    for (office, mut station) in stations {
        drain(&mut station).await;
        for (hh, recipients) in sent.iter().filter(|(_, recipients)| recipients.contains(&office)) {
            let copies = station.memory().inbox.items.iter().filter(|item| item.hh == *hh).count();
            assert_eq!(copies, 1, "{office} holds {copies} of {hh}, sent to {}", recipients.len());
            expected += 1;
        }
        assert!(station.memory().inbox.quarantine.is_empty(), "{office} set something aside");
        arrived += station.memory().inbox.items.len();
    }
    assert_eq!(arrived, expected, "somebody got what nobody sent");
    let broadcasts = sent.values().filter(|recipients| recipients.len() > 1).count();
    println!(
        "{KILLS} kills: {} messages ({broadcasts} of them to all), {} receipts seen before a kill, {arrived} deliveries, \
         each once",
        sent.len(),
        accepted.len()
    );
}

/// Sends bilateral messages and broadcasts until the connection is cut; then gives the station back.
async fn send_until_cut(mut station: Station, tell: mpsc::UnboundedSender<HeaderHash>) -> Station {
    let mut online = connect(&mut station).await;
    if let Err(error) = online.sync(&mut station).await {
        println!("cut: {error}");
        return station;
    }
    let mut number = station.memory().outbox.items().count();
    while one_message(&mut station, &mut online, number).await {
        for happening in online.happenings() {
            if let Happening::Accepted(hh) = happening {
                let _ = tell.send(hh);
            }
        }
        number += 1;
    }
    for happening in online.happenings() {
        if let Happening::Accepted(hh) = happening {
            let _ = tell.send(hh);
        }
    }
    station
}

async fn one_message(station: &mut Station, online: &mut Online, number: usize) -> bool {
    let to = if number.is_multiple_of(3) { r#"{"scope":"global"}"# } else { r#""xd/operations/1""# };
    let letter = letter(station, &format!(r#"{{"kind":"general","to":{to},"text":"number {number}"}}"#));
    if let Err(error) = online.prepare(station, &letter.scope).await {
        println!("cut: {error}");
        return false;
    }
    let preview = station.preview(&letter).unwrap();
    station.seal(&letter, &preview, false).unwrap();
    let sent = online.send_waiting(station).await;
    if let Err(error) = &sent {
        println!("cut: {error}");
    }
    sent.is_ok()
}

fn letter(station: &Station, json: &str) -> Letter {
    let (draft, _) = Draft::read(Form::from_json(json).unwrap()).unwrap();
    station.letter(draft).unwrap()
}

/// Connects as soon as the relay is there.
async fn connect(station: &mut Station) -> Online {
    let deadline = Instant::now() + PATIENCE;
    let options = DialOptions { transports: liaison_client::Transports::TcpOnly };
    loop {
        match Online::connect(station, options).await {
            Ok(online) => return online,
            Err(error) if Instant::now() > deadline => panic!("no connection: {error}"),
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn drain(station: &mut Station) {
    let mut online = connect(station).await;
    online.sync(station).await.unwrap();
    online.drain(station).await.unwrap();
    online.close().await;
}

/// What was sent, to which offices besides the sender's own.
fn count_sent(senders: &[Station]) -> BTreeMap<HeaderHash, BTreeSet<OfficeId>> {
    let items = senders.iter().flat_map(|station| {
        let own = station.office().unwrap();
        station.memory().outbox.items().map(move |item| (item, own.clone()))
    });
    let letters = items.filter(|(item, _)| item.template.slug().as_str() == "general");
    letters
        .map(|(item, own)| (item.hh, item.addressed().into_iter().filter(|office| *office != own).collect()))
        .collect()
}
