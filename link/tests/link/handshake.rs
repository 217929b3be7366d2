//! Do both sides know whom they talk to?
//! It must never know what a key may do.

use liaison_link::{ListenError, Listener, dial};

use crate::kit::{QUIC, TCP, address, identity, listener, relay_identity, soon};

#[tokio::test]
async fn the_server_reports_the_key_that_the_client_holds() {
    let listener = listener().await;
    for options in [QUIC, TCP] {
        for number in [7, 8] {
            let link = soon(dial(&identity(number), &[address(&listener)], options)).await.unwrap();
            let accepted = soon(listener.accept()).await.unwrap();
            assert_eq!(accepted.peer(), identity(number).public());
            assert_eq!(accepted.transport(), link.transport());
            assert_eq!(link.peer(), relay_identity().public());
        }
    }
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let first = listener().await;
    let error = Listener::bind(first.local_addr(), &relay_identity()).await.unwrap_err();
    assert!(matches!(error, ListenError::Port { address, .. } if address == first.local_addr()));
}

#[tokio::test]
async fn a_listener_that_has_closed_gives_its_port_back() {
    let first = listener().await;
    let address = first.local_addr();
    first.close().await;
    // The UDP socket goes when its driver has seen that nobody needs it any more.
    soon(async {
        while Listener::bind(address, &relay_identity()).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
