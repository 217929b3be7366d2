//! Who gets what, in which order? It must never know what is in an envelope.

use liaison_link::Transports;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame, Hello};
use liaison_proto::limits;
use liaison_proto::receipt::Accepted;

use crate::bench::{Bench, Letter};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const XC: &str = "xc/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

#[tokio::test]
async fn a_post_is_receipted_and_reaches_each_recipient_with_its_own_wrap() {
    let (bench, relay) = Bench::with_states(&["xa", "xb", "xc"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let letter = Letter::to(1, &["xb/operations/1", "xc/operations/1"]);
    let receipt = sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    let accepted = Accepted::verify(&receipt, &bench.keys.receipt, bench.world.network()).unwrap();
    assert_eq!((accepted.count, accepted.time, accepted.log_size), (2, bench.world.now, bench.world.size()));
    for (transport, office) in [(XB, "xb/operations/1"), (XC, "xc/operations/1")] {
        let mut station = bench.station(&relay, transport).await;
        assert_eq!(station.pull().await, Ok(1));
        let (sequence, lane, delivery) = station.delivery().await;
        assert_eq!((lane, delivery), (Lane::Routine, letter.delivery(office)));
        station.ack(&[sequence]).await;
        station.until_waiting(0).await;
    }
    drop(sender);
    relay.stop().await.unwrap();
}

#[tokio::test]
async fn over_quic_as_over_tcp() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let letter = Letter::to(1, TO_B).lane(Lane::Flash).body(200_000);
    let mut station = bench.dial(&relay, XB, Transports::QuicOnly).await;
    station.hello(Hello::new(relay.network(), (1, 0), 0)).await.unwrap();
    assert_eq!(station.pull().await, Ok(0));
    sender.post(Lane::Flash, letter.bytes()).await.unwrap();
    let (_, lane, delivery) = station.delivery().await;
    assert_eq!((lane, delivery), (Lane::Flash, letter.delivery("xb/operations/1")));
}

#[tokio::test]
async fn the_same_post_again_has_the_same_receipt_and_waits_once() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let letter = Letter::to(1, TO_B);
    let mut sender = bench.station(&relay, XA).await;
    let first = sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    bench.advance(100);
    assert_eq!(sender.post(Lane::Routine, letter.bytes()).await, Ok(first.clone()));
    assert_eq!(sender.post(Lane::Routine, letter.bytes_with(9)).await, Err(Code::Conflict));
    let mut station = bench.station(&relay, XB).await;
    assert_eq!(station.pull().await, Ok(1));
    let (sequence, ..) = station.delivery().await;
    station.ack(&[sequence]).await;
    station.until_waiting(0).await;
    // Also after everybody has it, and after its bytes are gone.
    assert_eq!(sender.post(Lane::Routine, letter.bytes()).await, Ok(first));
    assert_eq!(station.pull().await, Ok(0));
}

#[tokio::test]
async fn flash_goes_first_and_age_decides_within_a_lane() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let lanes = [Lane::Routine, Lane::Priority, Lane::Flash, Lane::Routine, Lane::Immediate, Lane::Flash];
    for (number, lane) in (1..).zip(lanes) {
        sender.post(lane, Letter::to(number, TO_B).lane(lane).bytes()).await.unwrap();
    }
    let mut station = bench.station(&relay, XB).await;
    assert_eq!(station.pull().await, Ok(6));
    let mut came = Vec::new();
    for _ in lanes {
        let (sequence, lane, _) = station.delivery().await;
        came.push((lane, sequence));
    }
    // Lanes travel beside each other, so between lanes the wire decides; within one, age.
    for lane in Lane::URGENT_FIRST {
        let of_lane: Vec<u64> = came.iter().filter(|(one, _)| *one == lane).map(|(_, n)| *n).collect();
        assert!(of_lane.is_sorted(), "{came:?}");
    }
    assert_eq!(came[0].0, Lane::Flash, "{came:?}");
}

#[tokio::test]
async fn the_window_closes_for_routine_and_a_flash_still_comes() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let routine = limits::DELIVERIES_IN_FLIGHT_MAX as u8;
    for number in 1..=routine {
        sender.post(Lane::Routine, Letter::to(number, TO_B).bytes()).await.unwrap();
    }
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    let mut sequences = Vec::new();
    for _ in 0..routine / 4 * 3 {
        sequences.push(station.delivery().await.0);
    }
    sender.post(Lane::Flash, Letter::to(200, TO_B).lane(Lane::Flash).bytes()).await.unwrap();
    let (flash, lane, _) = station.delivery().await;
    assert_eq!(lane, Lane::Flash, "no routine came although its window is closed");
    station.ack(&[flash]).await;
    station.ack(&sequences).await;
    for _ in 0..routine / 4 {
        assert_eq!(station.delivery().await.1, Lane::Routine);
    }
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_and_two_connections_both_get_it() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let letter = Letter::to(1, TO_B);
    sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    let mut first = bench.station(&relay, XB).await;
    first.pull().await.unwrap();
    let (sequence, ..) = first.delivery().await;
    let mut second = bench.station(&relay, XB).await;
    assert_eq!(second.pull().await, Ok(1));
    assert_eq!(second.delivery().await.0, sequence);
    drop(first);
    second.ack(&[sequence]).await;
    second.until_waiting(0).await;
}

#[tokio::test]
async fn acknowledgements_of_a_station_that_hangs_up_at_once_are_kept() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    sender.post(Lane::Routine, Letter::to(1, TO_B).bytes()).await.unwrap();
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    let (sequence, ..) = station.delivery().await;
    station.ack(&[sequence]).await;
    station.close().await;
    bench.station(&relay, XB).await.until_waiting(0).await;
}

#[tokio::test]
async fn what_has_ended_is_neither_taken_nor_delivered() {
    let (mut bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let now = bench.world.now;
    let letter = Letter { expires: now + 60, ..Letter::to(1, TO_B) };
    sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    let ahead = Letter { created: now + limits::CREATED_AHEAD_S_MAX + 1, ..Letter::to(2, TO_B) };
    assert_eq!(sender.post(Lane::Routine, ahead.bytes()).await, Err(Code::Ahead));
    bench.advance(60);
    assert_eq!(sender.post(Lane::Routine, letter.bytes()).await, Err(Code::Expired));
    let mut station = bench.station(&relay, XB).await;
    station.until_waiting(0).await;
    // The first that is delivered is the one that lives.
    let lives = Letter::to(3, TO_B);
    sender.post(Lane::Routine, lives.bytes()).await.unwrap();
    assert_eq!(station.delivery().await.2, lives.delivery("xb/operations/1"));
}

#[tokio::test]
async fn a_device_that_never_was_stops_no_broadcast() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let count =
        |receipt: &[u8]| Accepted::verify(receipt, &bench.keys.receipt, bench.world.network()).unwrap().count;
    let both =
        sender.post(Lane::Routine, Letter::to(1, &["xb/operations/1", "xz/operations/1"]).bytes()).await;
    assert_eq!(count(&both.unwrap()), 1);
    let nobody = sender.post(Lane::Routine, Letter::to(2, &["xz/operations/1"]).bytes()).await;
    assert_eq!(count(&nobody.unwrap()), 0);
}

#[tokio::test]
async fn a_large_post_goes_through_whole() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let mut letter = Letter::to(1, TO_B).body(limits::BODY_BYTES_MAX);
    let others = (0..1_000_u32)
        .map(|n| liaison_keys::names::DeviceId::of(&[n.to_be_bytes(); 8].concat().try_into().unwrap()));
    letter.devices.extend(others);
    letter.devices.sort_unstable();
    sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    assert_eq!(station.delivery().await.2, letter.delivery("xb/operations/1"));
    let too_large = Letter::to(2, TO_B).body(limits::BODY_BYTES_MAX + 1);
    assert_eq!(sender.post(Lane::Routine, too_large.bytes()).await, Err(Code::TooLarge));
    assert_eq!(sender.post(Lane::Routine, vec![7; 100]).await, Err(Code::Malformed));
    let ping = sender.ask(|id| Frame::Ping { id }).await;
    assert!(matches!(ping, Ok(Frame::Pong { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_stations_posts_keep_their_order() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    // Large ones are checked elsewhere, and take longer; the small ones behind them wait.
    let letters: Vec<Letter> =
        (1..=60).map(|n| Letter::to(n, TO_B).body(if n % 10 == 1 { 260_000 } else { 4_096 })).collect();
    let mut asked = Vec::new();
    for letter in &letters {
        let post = letter.bytes().into();
        asked.push(sender.begin(|id| Frame::Post { id, lane: Lane::Routine, post }).await);
    }
    for id in asked {
        sender.answer(id).await.unwrap();
    }
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    for letter in &letters {
        let (sequence, _, delivery) = station.delivery().await;
        assert_eq!(delivery, letter.delivery("xb/operations/1"), "letter {}", letter.number);
        station.ack(&[sequence]).await;
    }
}
