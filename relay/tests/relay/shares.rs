//! How much is too much for one State? It must never know the real limits: a test's are small.

use liaison_proto::Lane;
use liaison_proto::frame::Code;
use liaison_proto::receipt::Accepted;
use liaison_relay::{Limits, Relay};

use crate::bench::world::{certifiers, certify, nominate, revoke};
use crate::bench::{Bench, CUSTODIAN_KEY, Letter, Station, invitation, sign_invitation};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

/// The same network, from the next start on under these limits.
async fn limited(change: impl Fn(Limits) -> Limits) -> (Bench, Relay) {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    relay.stop().await.unwrap();
    bench.config.limits = change(bench.config.limits);
    let relay = bench.start().await;
    (bench, relay)
}

async fn post(station: &mut Station, number: u8) -> Result<Vec<u8>, Code> {
    let letter = Letter { expires: crate::bench::world::START + 10 * 86_400, ..Letter::to(number, TO_B) };
    station.post(Lane::Routine, letter.bytes()).await
}

#[tokio::test]
async fn posts_of_a_day_are_counted_also_across_a_restart() {
    let (mut bench, relay) = limited(|limits| Limits { state_posts_per_day: 2, ..limits }).await;
    let mut station = bench.station(&relay, XA).await;
    let first = post(&mut station, 1).await.unwrap();
    post(&mut station, 2).await.unwrap();
    assert_eq!(post(&mut station, 3).await, Err(Code::Quota));
    assert_eq!(post(&mut station, 1).await, Ok(first), "the same again is none");
    drop(station);
    relay.stop().await.unwrap();
    let relay = bench.start().await;
    let mut station = bench.station(&relay, XA).await;
    assert_eq!(post(&mut station, 3).await, Err(Code::Quota));
    assert!(post(&mut bench.station(&relay, XB).await, 4).await.is_ok(), "another State's");
    bench.advance(86_400);
    assert!(post(&mut station, 3).await.is_ok());
}

#[tokio::test]
async fn bytes_come_back_when_everybody_has_fetched() {
    let (bench, relay) = limited(|limits| Limits { state_bytes: 10_000, ..limits }).await;
    let mut sender = bench.station(&relay, XA).await;
    post(&mut sender, 1).await.unwrap();
    assert_eq!(post(&mut sender, 2).await, Err(Code::Quota));
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    let (sequence, ..) = station.delivery().await;
    station.ack(&[sequence]).await;
    let room = async { while post(&mut sender, 2).await.is_err() {} };
    tokio::time::timeout(crate::bench::PATIENCE, room).await.unwrap();
}

#[tokio::test]
async fn a_full_mailbox_takes_no_more_and_stops_no_broadcast() {
    let (bench, relay) = limited(|limits| Limits { mailbox_posts: 2, ..limits }).await;
    let mut sender = bench.station(&relay, XA).await;
    post(&mut sender, 1).await.unwrap();
    post(&mut sender, 2).await.unwrap();
    assert_eq!(post(&mut sender, 3).await, Err(Code::Quota));
    let both = Letter::to(4, &["xb/operations/1", "xa/operations/1"]);
    let receipt = sender.post(Lane::Flash, both.clone().lane(Lane::Flash).bytes()).await.unwrap();
    let accepted = Accepted::verify(&receipt, &bench.keys.receipt, bench.world.network()).unwrap();
    assert_eq!(accepted.count, 1);
    assert_eq!(sender.pull().await, Ok(1));
    drop(sender);
    relay.stop().await.unwrap();
    // What was left out stays so, and the receipt is the same.
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    assert_eq!(sender.post(Lane::Flash, both.lane(Lane::Flash).bytes()).await, Ok(receipt));
    assert_eq!(bench.station(&relay, XB).await.pull().await, Ok(2));
}

#[tokio::test]
async fn entries_of_a_day_are_counted_and_revocations_are_not() {
    // Four made the State what it is.
    let (mut bench, relay) = limited(|limits| Limits { state_entries_per_day: 5, ..limits }).await;
    let mut station = bench.station(&relay, XA).await;
    let second = certify("xa/operations/1", 2, bench.world.now + 1_000);
    let signers = certifiers("xa/operations/1", 2);
    let signers: Vec<&str> = signers.iter().map(String::as_str).collect();
    let statement = bench.statement("xa/operations/1", &second, &signers);
    station.submit(statement.clone()).await.unwrap();
    bench.logged(&statement);
    let more =
        |bench: &Bench| bench.statement("xa/diplomatic/1", &nominate("xa/diplomatic/1"), &["xa admin"]);
    assert_eq!(station.submit(more(&bench)).await, Err(Code::Quota));
    let lost = bench.statement("xa/operations/1", &revoke("xa/operations/1", 2, Some(1)), &["xa admin"]);
    station.submit(lost).await.unwrap();
    bench.advance(86_400);
    station.submit(more(&bench)).await.unwrap();
}

#[tokio::test]
async fn invitations_are_counted_while_they_live() {
    let (mut bench, relay) = limited(|limits| Limits { invitations: 2, ..limits }).await;
    let mut custodian = bench.station(&relay, CUSTODIAN_KEY).await;
    let ends = bench.world.now + 1_000;
    let mut signed = ["xc", "xd", "xe"]
        .map(|state| sign_invitation(&bench.world, &invitation(&format!("{state} invitation"), state, ends)));
    assert_eq!(custodian.invite(signed[0].clone()).await, Ok(()));
    assert_eq!(custodian.invite(signed[1].clone()).await, Ok(()));
    assert_eq!(custodian.invite(signed[2].clone()).await, Err(Code::Quota));
    assert_eq!(custodian.invite(signed[0].clone()).await, Ok(()), "the same again");
    bench.advance(1_000);
    signed[2] = sign_invitation(&bench.world, &invitation("xe invitation", "xe", ends + 1_000));
    assert_eq!(custodian.invite(signed[2].clone()).await, Ok(()));
}
