//! What do the tests need again and again?
//! It must never know what a single test is about.

use std::time::Duration;

use liaison_link::{
    DialOptions, Link, Listener, RelayAddress, Transport, TransportIdentity, TransportKey, Transports, dial,
    memory,
};
use liaison_proto::limits;

/// A deadline on a condition: far beyond anything that happens when the condition comes true at all.
pub(crate) async fn soon<T>(condition: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), condition).await.expect("did not happen")
}

pub(crate) fn identity(number: u8) -> TransportIdentity {
    TransportIdentity::from_seed(&[number; 32]).unwrap()
}

pub(crate) fn relay_identity() -> TransportIdentity {
    identity(1)
}

pub(crate) fn station_identity() -> TransportIdentity {
    identity(2)
}

pub(crate) async fn listener() -> Listener {
    Listener::bind("127.0.0.1:0".parse().unwrap(), &relay_identity()).await.unwrap()
}

pub(crate) fn address(listener: &Listener) -> RelayAddress {
    at(listener.local_addr().port(), relay_identity().public())
}

pub(crate) fn at(port: u16, key: TransportKey) -> RelayAddress {
    RelayAddress { host: format!("127.0.0.1:{port}"), key }
}

pub(crate) const QUIC: DialOptions = DialOptions { transports: Transports::QuicOnly };
pub(crate) const TCP: DialOptions = DialOptions { transports: Transports::TcpOnly };

/// Two admitted ends of a new link: the station's, the relay's.
pub(crate) async fn linked(transport: Transport) -> (Link, Link) {
    let options = match transport {
        Transport::Quic => QUIC,
        Transport::Tcp => TCP,
        Transport::Memory => {
            return memory::pair(station_identity().public(), relay_identity().public());
        }
    };
    let listener = listener().await;
    let station = soon(dial(&station_identity(), &[address(&listener)], options)).await.unwrap();
    let relay = soon(listener.accept()).await.unwrap();
    listener.close().await;
    (station, relay)
}

/// The sender of one end and the admitted receiver of the other, and what must be kept so that both live.
pub(crate) async fn one_way(
    transport: Transport,
) -> (liaison_link::LinkSender, liaison_link::LinkReceiver, impl Sized) {
    let (station, relay) = linked(transport).await;
    let (sender, station_receiver) = station.split();
    let (relay_sender, mut receiver) = relay.split();
    receiver.admit(limits::FRAME_BYTES_MAX);
    (sender, receiver, (station_receiver, relay_sender))
}
