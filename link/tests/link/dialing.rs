//! Is a relay found when the network is in the way?
//! It must never know how long anything takes.

use std::net::UdpSocket;

use liaison_link::{ConnectError, DialOptions, Transport, dial};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use crate::kit::{QUIC, TCP, address, at, identity, listener, relay_identity, soon, station_identity};

/// A port on which nothing listens, held so that nobody else takes it: bound, but deaf.
fn dead_port() -> (u16, impl Sized) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap().port(), socket)
}

#[tokio::test]
async fn quic_comes_first() {
    let listener = listener().await;
    let link = soon(dial(&station_identity(), &[address(&listener)], DialOptions::default())).await.unwrap();
    assert_eq!((link.transport(), link.peer()), (Transport::Quic, relay_identity().public()));
    assert_eq!(link.remote(), listener.local_addr().to_string());
}

#[tokio::test]
async fn where_quic_is_blocked_tcp_gets_through() {
    let listener = listener().await;
    // A middlebox: its TCP port leads to the relay, its UDP port swallows everything.
    let middlebox = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = middlebox.local_addr().unwrap();
    let _swallows = UdpSocket::bind(front).unwrap();
    let back = listener.local_addr();
    let forwarding = tokio::spawn(async move {
        let (mut from, _) = middlebox.accept().await.unwrap();
        let mut to = TcpStream::connect(back).await.unwrap();
        let _ = copy_bidirectional(&mut from, &mut to).await;
    });
    let relay = at(front.port(), relay_identity().public());
    let link = soon(dial(&station_identity(), &[relay], DialOptions::default())).await.unwrap();
    assert_eq!(link.transport(), Transport::Tcp);
    assert_eq!(soon(listener.accept()).await.unwrap().peer(), station_identity().public());
    forwarding.abort();
}

#[tokio::test]
async fn where_a_relay_is_down_the_next_one_is_dialed() {
    let (dead, _held) = dead_port();
    let listener = listener().await;
    let relays = [at(dead, relay_identity().public()), address(&listener)];
    let link = soon(dial(&station_identity(), &relays, TCP)).await.unwrap();
    assert_eq!(link.remote(), listener.local_addr().to_string());
}

#[tokio::test]
async fn where_a_relay_has_the_wrong_key_the_next_one_is_dialed() {
    let (false_relay, listener) = (listener().await, listener().await);
    let relays = [at(false_relay.local_addr().port(), identity(9).public()), address(&listener)];
    let link = soon(dial(&station_identity(), &relays, DialOptions::default())).await.unwrap();
    assert_eq!(link.remote(), listener.local_addr().to_string());
}

#[tokio::test]
async fn a_wrong_server_key_has_its_own_error() {
    let listener = listener().await;
    let relay = at(listener.local_addr().port(), identity(9).public());
    for (options, transport) in [(QUIC, Transport::Quic), (TCP, Transport::Tcp)] {
        let error = soon(dial(&station_identity(), std::slice::from_ref(&relay), options)).await.unwrap_err();
        assert_eq!(error.attempts.len(), 1);
        assert_eq!(error.attempts[0].error, ConnectError::WrongKey);
        assert_eq!(error.attempts[0].transport, Some(transport));
    }
}

/// Virtual time, as QUIC waits for a dead port as long as it may.
#[tokio::test(start_paused = true)]
async fn the_error_lists_what_was_tried_and_why_it_failed() {
    let ((first, _held_first), (second, _held_second)) = (dead_port(), dead_port());
    let key = relay_identity().public();
    let error = dial(&station_identity(), &[at(first, key), at(second, key)], DialOptions::default())
        .await
        .unwrap_err();
    let tried: Vec<_> =
        error.attempts.iter().map(|attempt| (attempt.host.clone(), attempt.transport)).collect();
    for port in [first, second] {
        for transport in [Transport::Quic, Transport::Tcp] {
            assert!(tried.contains(&(format!("127.0.0.1:{port}"), Some(transport))), "{tried:?}");
        }
    }
    for attempt in &error.attempts {
        match attempt.transport {
            Some(Transport::Quic) => assert!(matches!(attempt.error, ConnectError::TimedOut { .. })),
            _ => assert!(matches!(attempt.error, ConnectError::Unreachable { .. })),
        }
    }
    let text = error.to_string();
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains(&format!("127.0.0.1:{second} by TCP: not reachable")), "{text}");
}

#[tokio::test]
async fn a_name_that_is_none_is_an_error() {
    let relay = liaison_link::RelayAddress { host: "no-port".to_owned(), key: relay_identity().public() };
    let error = soon(dial(&station_identity(), &[relay], DialOptions::default())).await.unwrap_err();
    assert_eq!((error.attempts[0].transport, &error.attempts[0].error), (None, &ConnectError::Unresolved));
}

#[tokio::test]
async fn no_relay_at_all_is_an_error() {
    let error = dial(&station_identity(), &[], DialOptions::default()).await.unwrap_err();
    assert!(error.attempts.is_empty());
    assert!(error.to_string().starts_with("no relay is known"));
}
