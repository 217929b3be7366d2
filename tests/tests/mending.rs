//! A relay that comes back from an old copy of its disk: does it get its log back, and does nobody see two histories? It
//! must never know how stations keep the log.

mod ministries;

use std::path::Path;
use std::time::Duration;

use liaison_client::{DialOptions, Happening, Online, OnlineError, Station, Transports};
use liaison_keys::directory::Body;
use liaison_keys::directory::body::Confirm;
use liaison_keys::names::Subject;
use liaison_proto::frame::Code;
use liaison_proto::session::client::ClientError;
use liaison_relay::{Config, Relay, SignerError, StartError};
use liaison_tests::until_free;
use ministries::{exchange, submit, take, world};

const OFFICE: &str = "xa/diplomatic/1";
/// A QUIC connection that was cut holds its port for as long as it may be idle.
const BY_TCP: DialOptions = DialOptions { transports: Transports::TcpOnly };

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

async fn confirm(station: &mut Station) {
    let body = Body::Confirm(Confirm { card: None });
    submit(station, Subject::Office(OFFICE.parse().unwrap()), &body).await;
}

/// Connects until the relay is there, and says how it was turned away before that.
async fn comes(station: &mut Station) -> Vec<OnlineError> {
    let mut before = Vec::new();
    for _ in 0..20 {
        match Online::connect(station, BY_TCP).await {
            Ok(online) => {
                online.close().await;
                return before;
            }
            Err(error) => before.push(error),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the relay does not come back: {:?}", before.last());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_relay_takes_its_log_back_from_the_stations_before_it_says_a_word() {
    let (_folder, mut world) = world().await;
    let (mut station, mut other) = (take(&mut world, OFFICE), take(&mut world, "xc/operations/1"));
    let (folder, address) = (world.folder.join("relay"), world.address);
    exchange(&mut other).await;
    world.relay.stop().await.unwrap();
    until_free(address).await;
    let backup = world.folder.join("backup");
    copy(&folder, &backup);
    let relay = Relay::start(Config::new(&folder, address)).await.unwrap();
    for _ in 0..3 {
        confirm(&mut station).await;
    }
    let size = station.replica().unwrap().log().size();
    relay.stop().await.unwrap();
    until_free(address).await;
    // The disk is lost, but for the signer's memory; the backup is three entries old.
    let memory = std::fs::read(folder.join("signer")).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    copy(&backup, &folder);
    std::fs::write(folder.join("signer"), memory).unwrap();
    let refused = Relay::start(Config::new(&folder, address)).await.err();
    assert!(
        matches!(refused, Some(StartError::Signer(SignerError::Ahead { signed, .. })) if signed == size),
        "{refused:?}"
    );
    let config = Config { collect_log: true, ..Config::new(&folder, address) };
    let starting = tokio::spawn(Relay::start(config));
    // Whoever has nothing to give is asked to come back, and so is who gives.
    let turned_away = |error: &OnlineError| {
        matches!(error, OnlineError::Session(ClientError::GoAway(Code::Busy)) | OnlineError::Dial(_))
    };
    let nothing = Online::connect(&mut other, BY_TCP).await.err();
    assert!(nothing.as_ref().is_none_or(turned_away), "{nothing:?}");
    assert!(!starting.is_finished(), "not whole yet");
    let before = comes(&mut station).await;
    assert!(before.iter().all(turned_away), "{before:?}");
    let relay = starting.await.unwrap().unwrap();
    // No station sees a shorter directory, and the log goes on.
    for station in [&mut station, &mut other] {
        let happenings = exchange(station).await;
        let shorter = |one: &Happening| matches!(one, Happening::ShorterDirectory(..));
        assert!(!happenings.iter().any(shorter), "{happenings:?}");
        assert_eq!(station.replica().unwrap().log().size(), size);
    }
    confirm(&mut station).await;
    assert_eq!(station.replica().unwrap().log().size(), size + 1);
    assert!(station.memory().rollbacks.is_empty() && station.memory().split_views.is_empty());
    relay.stop().await.unwrap();
    until_free(address).await;
    // Without the memory nobody knows what is missing: it collects until a person ends that, and gives their word.
    std::fs::remove_dir_all(&folder).unwrap();
    copy(&backup, &folder);
    std::fs::remove_file(folder.join("signer")).unwrap();
    let collecting =
        tokio::spawn(Relay::start(Config { collect_log: true, ..Config::new(&folder, address) }));
    let mut given = false;
    for _ in 0..20 {
        let turned = Online::connect(&mut station, BY_TCP).await.err();
        given |= matches!(turned, Some(OnlineError::Session(ClientError::GoAway(Code::Busy))));
        if given {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(given && !collecting.is_finished());
    collecting.abort();
    let _ = collecting.await;
    until_free(address).await;
    let config = Config { sign_restored_log: true, ..Config::new(&folder, address) };
    let relay = loop {
        match Relay::start(config.clone()).await {
            Err(StartError::InUse { .. }) => tokio::time::sleep(Duration::from_millis(20)).await,
            started => break started.unwrap(),
        }
    };
    let happenings = exchange(&mut station).await;
    assert_eq!(station.replica().unwrap().log().size(), size + 1);
    assert!(!happenings.iter().any(|one| matches!(one, Happening::ShorterDirectory(..))), "{happenings:?}");
    relay.stop().await.unwrap();
}
