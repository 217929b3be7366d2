//! What does the directory's log take, and what does it show? It must never know replay's rules, only that they are
//! those of every station.

use liaison_keys::directory::{Head, Replica};
use liaison_proto::frame::{Code, Frame, Hello};

use crate::bench::world::{self, certify, device, join, nominate};
use crate::bench::{Bench, CUSTODIAN, CUSTODIAN_KEY};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const ADMIN: &[&str] = &["xa admin"];

#[tokio::test]
async fn a_station_can_replay_the_log_and_finds_the_signed_root() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut station = bench.station(&relay, XA).await;
    let mut entries = station.entries(0).await;
    assert_eq!(entries.len() as u64, bench.world.size());
    assert_eq!(station.entries(5).await, entries[5..]);
    assert!(station.entries(entries.len() as u64).await.is_empty());
    assert!(station.entries(u64::MAX).await.is_empty());
    let mut replica = Replica::found(entries.remove(0)).unwrap();
    entries.into_iter().for_each(|entry| replica.push(entry).unwrap());
    let (note, head) = station.checkpoint().await;
    assert_eq!(replica.read_note(&note).map(|note| note.checkpoint), Ok(replica.checkpoint()));
    let Head { size, root, time } = replica.read_head(&head).unwrap();
    assert_eq!((size, root, time), (replica.checkpoint().size, replica.checkpoint().root, bench.world.now));
}

#[tokio::test]
async fn of_two_who_change_the_same_one_is_told_to_look_again() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    let mut one = bench.station(&relay, XA).await;
    let mut other = bench.station(&relay, CUSTODIAN_KEY).await;
    let second = "xa/operations/1 signing 2";
    let third = "xa/operations/1 signing 3";
    let certify = |n| certify("xa/operations/1", n, bench.world.now + 1_000);
    let transports = ["xa/operations/1 transport 2", "xa/operations/1 transport 3"];
    let first = bench.statement("xa/operations/1", &certify(2), &["xa admin", second, transports[0]]);
    let rival = bench.statement("xa/operations/1", &certify(3), &["xa admin", third, transports[1]]);
    let (a, b) = tokio::join!(one.submit(first.clone()), other.submit(rival.clone()));
    let index = bench.world.size();
    assert!(
        matches!((a, b), (Ok(i), Err(Code::Chain)) | (Err(Code::Chain), Ok(i)) if i == index),
        "{a:?} {b:?}"
    );
    // Made again on top of the winner, the loser's change is taken: nothing is lost.
    let (winner, n, transport) =
        if a.is_ok() { (first, 3, transports[1]) } else { (rival, 2, transports[0]) };
    let certify = world::certify("xa/operations/1", n, bench.world.now + 1_000);
    bench.logged(&winner);
    let signing = format!("xa/operations/1 signing {n}");
    let again = bench.statement("xa/operations/1", &certify, &["xa admin", &signing, transport]);
    assert_eq!(other.submit(again).await, Ok(index + 1));
}

#[tokio::test]
async fn the_same_statement_again_has_the_same_index() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    let (mut one, mut other) = (bench.station(&relay, XA).await, bench.station(&relay, CUSTODIAN_KEY).await);
    let statement = bench.statement("xa/diplomatic/1", &nominate("xa/diplomatic/1"), ADMIN);
    let index = bench.world.size();
    let (a, b) = tokio::join!(one.submit(statement.clone()), other.submit(statement.clone()));
    assert_eq!((a, b), (Ok(index), Ok(index)));
    bench.advance(3_600);
    assert_eq!(one.submit(statement).await, Ok(index));
    assert_eq!(one.entries(index).await.len(), 1);
}

#[tokio::test]
async fn what_every_station_would_call_void_is_not_logged() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut station = bench.station(&relay, XA).await;
    let office = "xa/diplomatic/1";
    let by_another = bench.statement(office, &nominate(office), &["xb admin"]);
    assert_eq!(station.submit(by_another).await, Err(Code::Void));
    let rule = bench.statement("xa", &join("group:nowhere"), ADMIN);
    assert_eq!(station.submit(rule).await, Err(Code::Void));
    assert_eq!(station.submit(vec![1, 2, 3]).await, Err(Code::Malformed));
    assert_eq!(station.entries(0).await.len() as u64, bench.world.size());
}

#[tokio::test]
async fn everybody_hears_that_the_log_has_grown() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let (mut station, mut idle) = (bench.station(&relay, XA).await, bench.station(&relay, XB).await);
    let statement = bench.statement("xa/diplomatic/1", &nominate("xa/diplomatic/1"), ADMIN);
    station.submit(statement.clone()).await.unwrap();
    let Frame::Checkpoint { id: 0, note, .. } = idle.receive().await else { panic!("no news") };
    bench.logged(&statement);
    // The relay's replica has other times than the world's, so only the size can be compared here.
    assert!(String::from_utf8(note.into()).unwrap().contains(&format!("\n{}\n", bench.world.size())));
}

#[tokio::test]
async fn prekeys_are_kept_by_number_and_given_to_who_asks() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let (mut station, mut other) = (bench.station(&relay, XA).await, bench.station(&relay, XB).await);
    let (_, first) = bench.world.prekeys("xa/operations/1", 1);
    bench.advance(10);
    let (_, second) = bench.world.prekeys("xa/operations/1", 1);
    assert_eq!(station.put_prekeys(first.clone()).await, Ok(()));
    assert_eq!(station.put_prekeys(first.clone()).await, Ok(()), "the same again");
    assert_eq!(other.put_prekeys(second.clone()).await, Err(Code::NotAllowed), "another's");
    assert_eq!(station.put_prekeys(vec![1]).await, Err(Code::Malformed));
    let devices = [device("xa/operations/1", 1), device("xb/operations/1", 1), device("xz/operations/1", 1)];
    assert_eq!(other.prekeys(&devices).await, vec![first.clone()]);
    assert_eq!(station.put_prekeys(second.clone()).await, Ok(()));
    assert_eq!(station.put_prekeys(first).await, Err(Code::Older));
    assert_eq!(other.prekeys(&devices).await, [second]);
}

#[tokio::test]
async fn a_welcome_says_what_was_known_of_the_vault_before() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    let mut known = Vec::new();
    for vault in [(5, 9), (4, 99), (5, 10), (6, 0), (5, 11)] {
        let mut station = bench.dial(&relay, XA, liaison_link::Transports::TcpOnly).await;
        let welcome = station.hello(Hello::new(relay.network(), vault, 0)).await.unwrap();
        known.push((welcome.generation, welcome.events));
    }
    assert_eq!(known, [(0, 0), (5, 9), (5, 9), (5, 10), (6, 0)]);
}

#[tokio::test]
async fn the_custodians_own_office_is_in_the_log_like_any_other() {
    let (bench, relay) = Bench::with_states(&[]).await;
    let mut station = bench.station(&relay, CUSTODIAN_KEY).await;
    assert_eq!(station.entries(0).await.len(), 5);
    assert!(bench.world.directory().now(bench.world.now).contact(device(CUSTODIAN, 1)).is_some());
}
