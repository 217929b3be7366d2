//! Does a link end as it should, and leave nothing behind?
//! It must never know why somebody ends a link.

use liaison_link::{LinkError, Transport, dial};
use liaison_proto::Lane;
use tokio::runtime::Handle;

use crate::kit::{QUIC, TCP, address, linked, listener, one_way, soon, station_identity};

async fn an_orderly_end_delivers_everything(transport: Transport) {
    let (station, relay) = linked(transport).await;
    let (sender, station_receiver) = station.split();
    let (relay_sender, mut receiver) = relay.split();
    receiver.admit(2_000_000);
    for number in 1..=8 {
        sender.send(Lane::URGENT_FIRST[number % 4], vec![1; number * 100_000]).await.unwrap();
    }
    let closing = async {
        sender.close(77).await;
        assert_eq!(sender.send(Lane::Flash, vec![1]).await, Err(LinkError::Closed));
        drop(sender);
        station_receiver.finish().await;
    };
    let receiving = async {
        let mut bytes = 0;
        while let Some(frame) = receiver.receive().await.unwrap() {
            bytes += frame.len();
        }
        assert_eq!(bytes, (1..=8).sum::<usize>() * 100_000);
        assert_eq!(receiver.end_code(), Some(77));
        assert_eq!(receiver.receive().await, Ok(None), "and it stays so");
        // The peer ended the link, so this direction ends too.
        relay_sender.close(0).await;
        assert!(relay_sender.send(Lane::Flash, vec![1]).await.is_err());
    };
    soon(async { tokio::join!(closing, receiving) }).await;
}

#[tokio::test]
async fn an_orderly_end_delivers_everything_on_quic() {
    an_orderly_end_delivers_everything(Transport::Quic).await;
}

#[tokio::test]
async fn an_orderly_end_delivers_everything_on_tcp() {
    an_orderly_end_delivers_everything(Transport::Tcp).await;
}

#[tokio::test]
async fn an_orderly_end_delivers_everything_in_memory() {
    an_orderly_end_delivers_everything(Transport::Memory).await;
}

/// The one who closes is gone before the other one reads anything.
async fn an_orderly_end_outlives_its_sender(transport: Transport) {
    let (station, relay) = linked(transport).await;
    let (sender, station_receiver) = station.split();
    let (_relay_sender, mut receiver) = relay.split();
    for number in 0..10 {
        sender.send(Lane::Priority, vec![number; 1_000]).await.unwrap();
    }
    soon(sender.close(0)).await;
    drop((sender, station_receiver));
    for number in 0..10 {
        assert_eq!(soon(receiver.receive()).await, Ok(Some(vec![number; 1_000])));
    }
    assert_eq!(soon(receiver.receive()).await, Ok(None));
}

#[tokio::test]
async fn an_orderly_end_outlives_its_sender_on_quic() {
    an_orderly_end_outlives_its_sender(Transport::Quic).await;
}

#[tokio::test]
async fn an_orderly_end_outlives_its_sender_on_tcp() {
    an_orderly_end_outlives_its_sender(Transport::Tcp).await;
}

#[tokio::test]
async fn an_orderly_end_outlives_its_sender_in_memory() {
    an_orderly_end_outlives_its_sender(Transport::Memory).await;
}

/// Dropping both halves ends the link's tasks here, and is a cut over there, even in the middle of a frame.
async fn a_dropped_link_leaves_nothing(transport: Transport) {
    let before = Handle::current().metrics().num_alive_tasks();
    let (sender, mut receiver, kept) = one_way(transport).await;
    sender.send(Lane::Routine, vec![1; 5_000_000]).await.unwrap();
    let clone = sender.clone();
    drop(sender);
    drop(clone);
    drop(kept);
    soon(async { while receiver.receive().await.is_ok() {} }).await;
    assert_eq!(receiver.receive().await, Err(LinkError::Cut));
    drop(receiver);
    soon(async {
        while Handle::current().metrics().num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_link_leaves_nothing_on_tcp() {
    a_dropped_link_leaves_nothing(Transport::Tcp).await;
}

#[tokio::test]
async fn a_dropped_link_leaves_nothing_on_quic() {
    a_dropped_link_leaves_nothing(Transport::Quic).await;
}

#[tokio::test]
async fn a_dropped_link_leaves_nothing_in_memory() {
    a_dropped_link_leaves_nothing(Transport::Memory).await;
}

#[tokio::test]
async fn a_link_outlives_its_listener() {
    for options in [QUIC, TCP] {
        let listener = listener().await;
        let station = soon(dial(&station_identity(), &[address(&listener)], options)).await.unwrap();
        let relay = soon(listener.accept()).await.unwrap();
        soon(listener.close()).await;
        let ((sender, _station_receiver), (_relay_sender, mut receiver)) = (station.split(), relay.split());
        sender.send(Lane::Flash, vec![9]).await.unwrap();
        assert_eq!(soon(receiver.receive()).await, Ok(Some(vec![9])));
    }
}

#[tokio::test]
async fn a_closed_listener_takes_nobody_new() {
    let listener = listener().await;
    let relay = address(&listener);
    let _holds_the_socket =
        soon(dial(&station_identity(), std::slice::from_ref(&relay), QUIC)).await.unwrap();
    soon(listener.close()).await;
    assert!(soon(dial(&station_identity(), &[relay], TCP)).await.is_err());
}

#[tokio::test]
async fn a_dropped_listener_ends_its_task() {
    let before = Handle::current().metrics().num_alive_tasks();
    drop(listener().await);
    soon(async {
        while Handle::current().metrics().num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
