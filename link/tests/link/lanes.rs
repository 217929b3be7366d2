//! Do the lanes keep their order, and what stands between them?
//! It must never know which transport has which streams.

use std::time::Duration;

use liaison_link::{FramingError, LinkError, LinkReceiver, Transport, memory};
use liaison_proto::{Lane, limits};

use crate::kit::{linked, one_way, relay_identity, soon, station_identity};

const LARGE_BYTES: usize = 10_000_000;

/// A reader that has begun to read, and then has something else to do. (The runtime lets a task read at most 128 times,
/// here 2 MB, before it must yield.)
async fn read_a_little(receiver: &mut LinkReceiver) {
    for _ in 0..3 {
        tokio::select! {
            biased;
            received = receiver.receive() => panic!("a whole frame arrived: {:?}", received.map(|_| ())),
            () = tokio::task::yield_now() => {}
        }
    }
}

async fn a_flash_overtakes_a_large_post(transport: Transport) {
    let (sender, mut receiver, _kept) = one_way(transport).await;
    let large = vec![7; LARGE_BYTES];
    sender.send(Lane::Routine, large.clone()).await.unwrap();
    read_a_little(&mut receiver).await;
    sender.send(Lane::Flash, b"flash".to_vec()).await.unwrap();
    assert_eq!(soon(receiver.receive()).await.unwrap(), Some(b"flash".to_vec()));
    assert!(soon(receiver.receive()).await.unwrap() == Some(large));
}

#[tokio::test]
async fn a_flash_overtakes_a_large_post_on_quic() {
    a_flash_overtakes_a_large_post(Transport::Quic).await;
}

#[tokio::test]
async fn a_flash_overtakes_a_large_post_on_tcp() {
    a_flash_overtakes_a_large_post(Transport::Tcp).await;
}

/// Everything has arrived and nothing was read: each lane has its own window, and the reader takes the urgent first.
#[tokio::test]
async fn the_most_urgent_is_read_first_on_quic() {
    let (sender, mut receiver, _kept) = one_way(Transport::Quic).await;
    for lane in Lane::URGENT_FIRST.into_iter().rev() {
        sender.send(lane, vec![lane.number(); limits::LANE_WINDOW_BYTES_MAX / 2]).await.unwrap();
    }
    soon(sender.close(0)).await;
    for lane in Lane::URGENT_FIRST {
        assert_eq!(soon(receiver.receive()).await.unwrap().unwrap()[0], lane.number());
    }
    assert_eq!(soon(receiver.receive()).await, Ok(None));
}

/// The flash lane is never empty, and yet a routine frame comes through.
async fn routine_does_not_starve(transport: Transport) {
    let (sender, mut receiver, _kept) = one_way(transport).await;
    let flood = sender.clone();
    let flooding =
        tokio::spawn(async move { while flood.send(Lane::Flash, vec![1; 100_000]).await.is_ok() {} });
    assert_eq!(soon(receiver.receive()).await.unwrap().map(|frame| frame.len()), Some(100_000));
    sender.send(Lane::Routine, vec![2; 3 * limits::CHUNK_BYTES_MAX]).await.unwrap();
    soon(async { while receiver.receive().await.unwrap().unwrap()[0] != 2 {} }).await;
    flooding.abort();
}

#[tokio::test]
async fn routine_does_not_starve_on_quic() {
    routine_does_not_starve(Transport::Quic).await;
}

#[tokio::test]
async fn routine_does_not_starve_on_tcp() {
    routine_does_not_starve(Transport::Tcp).await;
}

async fn frames_of_a_lane_keep_their_order(transport: Transport) {
    let (sender, mut receiver, _kept) = one_way(transport).await;
    let sending = async {
        for number in 0..400_u32 {
            let lane = Lane::URGENT_FIRST[number as usize % 4];
            let mut frame = number.to_be_bytes().to_vec();
            frame.resize(4 + number as usize * 400, lane.number());
            sender.send(lane, frame).await.unwrap();
        }
    };
    let receiving = async {
        let mut next = [0, 1, 2, 3];
        for _ in 0..400 {
            let frame = receiver.receive().await.unwrap().unwrap();
            let number = u32::from_be_bytes(frame[..4].try_into().unwrap());
            assert_eq!(frame.len(), 4 + number as usize * 400);
            assert_eq!(number, next[number as usize % 4]);
            next[number as usize % 4] += 4;
        }
    };
    soon(async { tokio::join!(sending, receiving) }).await;
}

#[tokio::test]
async fn frames_of_a_lane_keep_their_order_on_quic() {
    frames_of_a_lane_keep_their_order(Transport::Quic).await;
}

#[tokio::test]
async fn frames_of_a_lane_keep_their_order_on_tcp() {
    frames_of_a_lane_keep_their_order(Transport::Tcp).await;
}

#[tokio::test]
async fn frames_of_a_lane_keep_their_order_in_memory() {
    frames_of_a_lane_keep_their_order(Transport::Memory).await;
}

async fn before_admission_a_frame_is_a_hello(transport: Transport) {
    let (station, relay) = linked(transport).await;
    let (sender, mut station_receiver) = station.split();
    let (_relay_sender, mut receiver) = relay.split();
    sender.send(Lane::Routine, vec![1; limits::HELLO_BYTES_MAX]).await.unwrap();
    assert!(soon(receiver.receive()).await.unwrap().is_some());
    sender.send(Lane::Routine, vec![1; limits::HELLO_BYTES_MAX + 1]).await.unwrap();
    let error = soon(receiver.receive()).await.unwrap_err();
    let (got, max) = (limits::HELLO_BYTES_MAX + 1, limits::HELLO_BYTES_MAX);
    assert_eq!(error, LinkError::Framing(FramingError::FrameTooLarge { got, max }));
    assert_eq!(receiver.receive().await, Err(error), "it is over for good");
    drop((receiver, _relay_sender));
    assert_eq!(soon(station_receiver.receive()).await, Err(LinkError::Cut));
}

#[tokio::test]
async fn before_admission_a_frame_is_a_hello_on_quic() {
    before_admission_a_frame_is_a_hello(Transport::Quic).await;
}

#[tokio::test]
async fn before_admission_a_frame_is_a_hello_on_tcp() {
    before_admission_a_frame_is_a_hello(Transport::Tcp).await;
}

#[tokio::test]
async fn what_is_no_frame_is_not_sent() {
    let (sender, _receiver, _kept) = one_way(Transport::Memory).await;
    for got in [0, limits::FRAME_BYTES_MAX + 1] {
        let max = limits::FRAME_BYTES_MAX;
        assert_eq!(sender.send(Lane::Flash, vec![0; got]).await, Err(LinkError::FrameLength { got, max }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_dropped_and_little_was_queued_for_it() {
    let (sender, _receiver, (mut own_receiver, _relay_sender)) = one_way_with_own_receiver().await;
    let mut queued = 0;
    let error = loop {
        match sender.send(Lane::Routine, vec![0; 1_000_000]).await {
            Ok(()) => queued += 1_000_000,
            Err(error) => break error,
        }
    };
    assert_eq!(error, LinkError::Stalled);
    assert!(queued <= 2 * limits::FRAME_BYTES_MAX);
    assert_eq!(own_receiver.receive().await, Err(LinkError::Stalled));
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_dropped() {
    let (sender, mut receiver, _kept) = one_way(Transport::Memory).await;
    let almost = Duration::from_millis(limits::IDLE_MS_MAX - 1);
    for _ in 0..3 {
        tokio::time::advance(almost).await;
        sender.send(Lane::Routine, vec![1]).await.unwrap();
        assert!(receiver.receive().await.unwrap().is_some());
    }
    assert_eq!(receiver.receive().await, Err(LinkError::Silent));
}

#[tokio::test(start_paused = true)]
async fn what_arrived_while_nobody_asked_is_not_silence() {
    let (sender, mut receiver, _kept) = one_way(Transport::Memory).await;
    sender.send(Lane::Routine, vec![1]).await.unwrap();
    sender.flush().await.unwrap();
    tokio::time::advance(Duration::from_millis(2 * limits::IDLE_MS_MAX)).await;
    assert_eq!(receiver.receive().await, Ok(Some(vec![1])));
}

async fn one_way_with_own_receiver()
-> (liaison_link::LinkSender, LinkReceiver, (LinkReceiver, liaison_link::LinkSender)) {
    let (station, relay) = memory::pair(station_identity().public(), relay_identity().public());
    let (sender, own_receiver) = station.split();
    let (relay_sender, receiver) = relay.split();
    (sender, receiver, (own_receiver, relay_sender))
}
