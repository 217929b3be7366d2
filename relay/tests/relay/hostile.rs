//! What if a station does not keep to the protocol? It must never know good manners.

use liaison_keys::names::NetworkId;
use liaison_link::Transports;
use liaison_proto::Lane;
use liaison_proto::frame::{Code, Frame, Hello};
use liaison_proto::limits;
use liaison_relay::Config;

use crate::bench::{Bench, Letter};

const XA: &str = "xa/operations/1 transport 1";
const XB: &str = "xb/operations/1 transport 1";
const XC: &str = "xc/operations/1 transport 1";
const TO_B: &[&str] = &["xb/operations/1"];

#[tokio::test]
async fn who_is_not_in_the_directory_is_not_let_in() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    assert_eq!(bench.try_station(&relay, "a stranger").await.err(), Some(Code::NotAdmitted));
    let mut lost = bench.dial(&relay, "a stranger", Transports::TcpOnly).await;
    let elsewhere = Hello::new(NetworkId::new([7; 32]), (1, 0), 0);
    assert_eq!(lost.hello(elsewhere).await.err(), Some(Code::Network));
    let mut old = bench.dial(&relay, XA, Transports::TcpOnly).await;
    let hello = Hello { versions: vec![250], ..Hello::new(relay.network(), (1, 0), 0) };
    assert_eq!(old.hello(hello).await.err(), Some(Code::Version));
}

#[tokio::test]
async fn what_no_station_says_ends_the_session() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    let hello = Frame::Hello(Hello::new(relay.network(), (1, 0), 0));
    let welcome_like = Frame::Logged { id: 1, index: 1 };
    let ends = [
        vec![0xff; 40],
        vec![0x82, 0x18, 0x63, 0x01],
        hello.to_bytes(),
        welcome_like.to_bytes(),
        Frame::Delivery { sequence: 1, lane: Lane::Flash, delivery: vec![1].into() }.to_bytes(),
        Frame::Ack { sequences: vec![1] }.to_bytes(),
        Frame::Submit { id: 1, statement: vec![0; limits::STATEMENT_BYTES_MAX + 1].into() }.to_bytes(),
    ];
    for bytes in ends {
        let mut station = bench.station(&relay, XA).await;
        station.send_bytes(Lane::Flash, bytes.clone()).await;
        assert_eq!(station.ended().await, Some(Code::Protocol), "{bytes:?}");
    }
}

#[tokio::test]
async fn before_the_hello_nothing_else_is_heard() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    for bytes in [Frame::Ping { id: 1 }.to_bytes(), vec![0; 100]] {
        let mut station = bench.dial(&relay, XA, Transports::TcpOnly).await;
        station.send_bytes(Lane::Flash, bytes).await;
        assert_eq!(station.ended().await, Some(Code::Protocol));
    }
    // Larger than a hello: the link itself is cut, and nothing of it is kept.
    let mut station = bench.dial(&relay, XA, Transports::TcpOnly).await;
    station.send_bytes(Lane::Routine, vec![0; limits::HELLO_BYTES_MAX + 1]).await;
    assert_eq!(station.ended().await, None);
}

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    let mut station = bench.dial(&relay, XA, Transports::TcpOnly).await;
    assert_eq!(station.ended().await, Some(Code::Protocol));
}

#[tokio::test]
async fn an_acknowledgement_counts_once_and_only_for_what_was_delivered_here() {
    let (bench, relay) = Bench::with_states(&["xa", "xb", "xc"]).await;
    let mut sender = bench.station(&relay, XA).await;
    sender.post(Lane::Routine, Letter::to(1, TO_B).bytes()).await.unwrap();
    let mut station = bench.station(&relay, XB).await;
    station.pull().await.unwrap();
    let (sequence, ..) = station.delivery().await;
    let mut thief = bench.station(&relay, XC).await;
    thief.pull().await.unwrap();
    thief.ack(&[sequence]).await;
    assert_eq!(thief.ended().await, Some(Code::Protocol));
    assert_eq!(station.pull().await, Ok(1));
    station.ack(&[sequence]).await;
    station.ack(&[sequence]).await;
    assert_eq!(station.ended().await, Some(Code::Protocol));
}

#[tokio::test]
async fn who_does_not_read_stops_nobody_else() {
    let (bench, relay) = Bench::with_states(&["xa", "xb", "xc"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let mut deaf = bench.station(&relay, XB).await;
    // Far more than the sockets hold: deliveries, and answers that it never takes.
    let _ = deaf.begin(|id| Frame::Pull { id }).await;
    for _ in 0..500 {
        let asked = deaf.begin(|id| Frame::LogFrom { id, from: 0 });
        if tokio::time::timeout(std::time::Duration::from_millis(200), asked).await.is_err() {
            break;
        }
    }
    let mut listener = bench.station(&relay, XC).await;
    listener.pull().await.unwrap();
    for number in 1..=40 {
        let letter = Letter::to(number, &["xb/operations/1", "xc/operations/1"]).body(200_000);
        sender.post(Lane::Routine, letter.bytes()).await.unwrap();
        let (sequence, _, delivery) = listener.delivery().await;
        assert_eq!(delivery, letter.delivery("xc/operations/1"));
        listener.ack(&[sequence]).await;
    }
    listener.until_waiting(0).await;
}

#[tokio::test]
async fn the_oldest_of_too_many_connections_is_replaced() {
    let (bench, relay) = Bench::with_states(&["xa"]).await;
    let mut stations = Vec::new();
    for _ in 0..=limits::CONNECTIONS_PER_DEVICE_MAX {
        stations.push(bench.station(&relay, XA).await);
    }
    assert_eq!(stations.remove(0).ended().await, Some(Code::Replaced));
    for station in &mut stations {
        assert_eq!(station.pull().await, Ok(0));
    }
}

#[tokio::test]
async fn a_full_relay_and_a_stopping_one_say_so() {
    let (mut bench, relay) = Bench::with_states(&["xa"]).await;
    relay.stop().await.unwrap();
    bench.config =
        Config { limits: liaison_relay::Limits { connections: 1, ..bench.config.limits }, ..bench.config };
    let relay = bench.start().await;
    let mut station = bench.station(&relay, XA).await;
    let mut second = bench.dial(&relay, XA, Transports::TcpOnly).await;
    assert_eq!(second.ended().await, Some(Code::Busy));
    let stopping = tokio::spawn(relay.stop());
    assert_eq!(station.ended().await, Some(Code::Busy));
    drop(station);
    stopping.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_was_begun_before_the_stop_is_answered() {
    let (bench, relay) = Bench::with_states(&["xa", "xb"]).await;
    let mut sender = bench.station(&relay, XA).await;
    let letter = Letter::to(1, TO_B);
    let receipt = sender.post(Lane::Routine, letter.bytes()).await.unwrap();
    drop(sender);
    relay.stop().await.unwrap();
    let relay = bench.start().await;
    let mut sender = bench.station(&relay, XA).await;
    let id = sender.begin(|id| Frame::Post { id, lane: Lane::Routine, post: letter.bytes().into() }).await;
    // Whether the relay has read it by now or not: it answers with the receipt, or asks to come again.
    let stopping = tokio::spawn(relay.stop());
    match sender.answer(id).await {
        Ok(Frame::Accepted { receipt: again, .. }) => assert_eq!(Vec::from(again), receipt),
        other => assert_eq!(other, Err(Code::Busy)),
    }
    drop(sender);
    stopping.await.unwrap().unwrap();
}
