//! What if the disk fails while the relay runs? It must never know how to repair a disk.

use liaison_proto::Lane;
use liaison_proto::frame::Code;
use liaison_relay::RunError;

use crate::bench::world::nominate;
use crate::bench::{Bench, Letter};

const XA: &str = "xa/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

#[tokio::test]
async fn a_journal_that_cannot_be_written_ends_the_relay_and_loses_nothing() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    relay.stop().await.unwrap();
    bench.config.segment_bytes = 20_000;
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    // Where every later segment would be born, something is in the way.
    let in_the_way = |n: u32| bench.file("log").join(format!("events-{n:020}.new"));
    for n in 2..100 {
        std::fs::create_dir(in_the_way(n)).unwrap();
    }
    let mut accepted = Vec::new();
    let refused = loop {
        let number = accepted.len() as u8 + 1;
        match sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await {
            Ok(receipt) => accepted.push(receipt),
            Err(code) => break code,
        }
    };
    assert_eq!((refused, relay.wait().await), (Code::Busy, RunError::Journal));
    drop(sender);
    assert_eq!(relay.stop().await, Err(RunError::Journal));
    for n in 2..100 {
        std::fs::remove_dir(in_the_way(n)).unwrap();
    }
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    for (number, receipt) in (1..).zip(accepted) {
        assert_eq!(sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await, Ok(receipt));
    }
}

#[tokio::test]
async fn a_signer_that_cannot_remember_signs_nothing_and_ends_the_relay() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    let mut station = bench.station(&relay, XA).await;
    let before = station.checkpoint().await.0;
    std::fs::create_dir(bench.file("signer.new")).unwrap();
    let statement = bench.statement("xa/diplomatic/1", &nominate("xa/diplomatic/1"), &["xa admin"]);
    assert_eq!(station.submit(statement.clone()).await, Err(Code::Busy));
    assert_eq!(relay.wait().await, RunError::Signer);
    assert_eq!(station.checkpoint().await.0, before);
    drop((station, relay));
    std::fs::remove_dir(bench.file("signer.new")).unwrap();
    // It was logged all the same: the next start signs it, and the station hears where it stands.
    let relay = bench.start().await;
    let mut station = bench.station(&relay, XA).await;
    assert_eq!(station.submit(statement).await, Ok(bench.world.size()));
}
