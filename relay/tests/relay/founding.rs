//! How does a relay begin, and what does it refuse to begin with? It must never know a custodian's secret, except to make
//! wrong foundings.

use liaison_keys::directory::founding::{Founding, FoundingError};
use liaison_relay::{
    Config, FoundError, InitError, InitOptions, PublicKeys, Relay, StartError, found, init, public_keys,
};

use crate::bench::world::{START, World, genesis_entry, name};
use crate::bench::{Bench, invitation, naming, sign_invitation};

fn founding_of(world: &World) -> Vec<u8> {
    let entry = liaison_keys::directory::Entry::from_bytes(&world.entries()[0]).unwrap();
    let invited = invitation("invitation", "org:custodian", START + 86_400);
    Founding::encode(entry.statement.into(), sign_invitation(world, &invited))
}

fn options() -> InitOptions {
    InitOptions::new(name("relay-1"), "127.0.0.1:0".parse().unwrap())
}

#[test]
fn init_writes_once_what_the_founding_needs() {
    let dir = tempfile::tempdir().unwrap();
    let keys = init(dir.path(), &options()).unwrap();
    let text = std::fs::read_to_string(dir.path().join("relay.pub")).unwrap();
    assert_eq!(PublicKeys::from_toml(&text), Some(keys.clone()));
    assert_eq!(public_keys(dir.path()).unwrap(), keys);
    assert!(matches!(init(dir.path(), &options()), Err(InitError::Exists { .. })));
    assert_eq!(public_keys(dir.path()).unwrap(), keys, "nothing was changed");
    for address in ["relay.example", "relay.example:", ":4433", "relay example:1", "relay.example:99999"] {
        let wrong = InitOptions { addresses: vec![address.to_owned()], ..options() };
        let elsewhere = dir.path().join("second");
        assert!(matches!(init(&elsewhere, &wrong), Err(InitError::Address { .. })), "{address}");
        assert!(!elsewhere.exists());
    }
    let in_a_file = dir.path().join("relay.toml").join("below");
    assert!(matches!(init(&in_a_file, &options()), Err(InitError::Io { .. })));
}

#[tokio::test]
async fn a_relay_without_a_network_says_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::new(dir.path(), "127.0.0.1:0".parse().unwrap());
    assert!(matches!(Relay::start(config.clone()).await, Err(StartError::Config(_))));
    init(dir.path(), &options()).unwrap();
    let error = Relay::start(config).await.err().unwrap();
    assert!(matches!(error, StartError::NotFounded) && error.to_string().contains("--found"), "{error}");
}

#[tokio::test]
async fn a_relay_is_founded_once() {
    let bench = Bench::founded();
    let network = bench.world.network();
    let again = found(bench.dir.path(), &bench.founding(), START);
    assert!(matches!(again, Err(FoundError::Serves { network: serves }) if serves == network), "{again:?}");
    let relay = bench.start().await;
    assert_eq!(relay.network(), network);
    let while_it_runs = found(bench.dir.path(), &bench.founding(), START);
    assert!(matches!(while_it_runs, Err(FoundError::Open(_))), "{while_it_runs:?}");
    relay.stop().await.unwrap();
}

#[test]
fn every_wrong_founding_is_refused_and_leaves_the_relay_free() {
    let dir = tempfile::tempdir().unwrap();
    let keys = init(dir.path(), &options()).unwrap();
    let refused = |founding: &[u8], now| found(dir.path(), founding, now).unwrap_err();
    let right = World::with(naming(&keys));
    assert!(matches!(refused(&founding_of(&World::found()), START), FoundError::OtherRelay));
    for spoil in [0, 1, 2] {
        let mut genesis = naming(&keys);
        match spoil {
            0 => genesis.log = crate::bench::world::public("another"),
            1 => genesis.relays[0].receipt = crate::bench::world::public("another"),
            _ => genesis.relays[0].transport = crate::bench::world::public("another"),
        }
        assert!(matches!(refused(&founding_of(&World::with(genesis)), START), FoundError::OtherRelay));
    }
    let mut witnessed = naming(&keys);
    witnessed.witnesses = vec![("witness".to_owned(), crate::bench::world::public("witness"))];
    witnessed.cosignatures = 1;
    let error = refused(&founding_of(&World::with(witnessed)), START);
    assert!(matches!(error, FoundError::Witnesses { asked: 1 }));
    assert!(matches!(refused(b"no founding", START), FoundError::Founding(FoundingError::Malformed)));
    let late = refused(&founding_of(&right), START + 86_400);
    assert!(matches!(late, FoundError::Founding(FoundingError::Invitation(_))));
    assert_eq!(found(dir.path(), &founding_of(&right), START).unwrap(), right.network());
}

#[test]
fn founding_needs_an_initialized_directory() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(found(dir.path(), b"", START), Err(FoundError::Config(_))));
    init(dir.path(), &options()).unwrap();
    std::fs::remove_file(dir.path().join("keys")).unwrap();
    assert!(matches!(found(dir.path(), b"", START), Err(FoundError::Keys(_))));
}

#[tokio::test]
async fn keys_of_another_relay_do_not_serve_this_log() {
    let bench = Bench::founded();
    let other = tempfile::tempdir().unwrap();
    init(other.path(), &options()).unwrap();
    std::fs::copy(other.path().join("keys"), bench.file("keys")).unwrap();
    assert!(matches!(bench.try_start().await, Err(StartError::OtherKeys { .. })));
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let bench = Bench::founded();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = Config { listen: taken.local_addr().unwrap(), ..bench.config.clone() };
    let error = Relay::start(config).await.err().unwrap();
    assert!(matches!(error, StartError::Listen(_)), "{error:?}");
    assert!(error.to_string().contains(&taken.local_addr().unwrap().port().to_string()));
}

#[tokio::test]
async fn a_founding_makes_entry_0_and_the_first_invitation() {
    let bench = Bench::founded();
    let relay = bench.start().await;
    let mut invited = bench.station(&relay, "invitation").await;
    let entries = invited.entries(0).await;
    assert_eq!(entries, [genesis_entry(&naming(&bench.keys))]);
}
