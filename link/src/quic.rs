//! How is a QUIC connection made, and kept within its limits?
//! It must never know which relay is tried next, nor whether the peer is admitted.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::Arc,
};

use liaison_proto::{Lane, limits};
use quinn::{
    ClientConfig, Connecting, Connection, Endpoint, EndpointConfig, IdleTimeout, ServerConfig, TokioRuntime,
    TransportConfig, VarInt,
    crypto::rustls::{HandshakeData, QuicClientConfig, QuicServerConfig},
};
use rustls::pki_types::CertificateDer;

use crate::{
    connect::ConnectError,
    identity::{TransportIdentity, TransportKey},
    link::{Link, Transport},
    quic_lanes::{self, QuicReader},
    source::Source,
    tls::{self, Pin},
};

/// One attempt at one address, from a socket of its own. The caller limits its time.
pub(crate) async fn connect(
    identity: &TransportIdentity,
    address: SocketAddr,
    key: TransportKey,
) -> Result<Link, ConnectError> {
    let pin = Pin::new(key);
    let config = client_config(identity, &pin).ok_or(ConnectError::Local)?;
    let any: SocketAddr =
        if address.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    // The connection keeps the socket alive after this handle of the endpoint is dropped.
    let endpoint = Endpoint::client(any).map_err(|_| ConnectError::Local)?;
    let connecting = endpoint
        .connect_with(config, address, tls::SERVER_NAME)
        .map_err(|_| ConnectError::Unreachable { kind: io::ErrorKind::AddrNotAvailable })?;
    match connecting.await {
        Ok(connection) => link(connection).ok_or(ConnectError::Refused),
        Err(_) if pin.was_wrong() => Err(ConnectError::WrongKey),
        Err(quinn::ConnectionError::TimedOut) => {
            Err(ConnectError::TimedOut { after_ms: limits::IDLE_MS_MAX })
        }
        Err(_) => Err(ConnectError::Refused),
    }
}

/// The server's end of a UDP socket.
pub(crate) fn listen(socket: UdpSocket, tls: rustls::ServerConfig) -> io::Result<Endpoint> {
    let crypto = QuicServerConfig::try_from(tls).map_err(io::Error::other)?;
    let mut config = ServerConfig::with_crypto(Arc::new(crypto));
    config
        .transport_config(transport().into())
        // What waits to be judged by the listener, and how many bytes of each.
        .max_incoming(limits::HANDSHAKES_MAX)
        .incoming_buffer_size(limits::CHUNK_BYTES_MAX as u64)
        .incoming_buffer_size_total((limits::CHUNK_BYTES_MAX * limits::HANDSHAKES_MAX) as u64);
    // No tokens that would tie a station's connections together.
    config.validation_token.sent(0);
    Endpoint::new(EndpointConfig::default(), Some(config), socket, Arc::new(TokioRuntime))
}

/// The server's side of one handshake. The caller limits its time; none when it fails.
pub(crate) async fn accept(connecting: Connecting) -> Option<Link> {
    link(connecting.await.ok()?)
}

fn client_config(identity: &TransportIdentity, pin: &Arc<Pin>) -> Option<ClientConfig> {
    let tls = tls::client_config(identity, pin).ok()?;
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).ok()?));
    config.transport_config(transport().into());
    Some(config)
}

fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_uni_streams(LANES.into())
        .max_concurrent_bidi_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(WINDOW.into())
        // A whole hello and little more; `QuicReader::admit` widens it.
        .receive_window(CHUNK.into())
        .send_window(u64::from(WINDOW * LANES))
        .max_idle_timeout(Some(IdleTimeout::from(VarInt::from_u32(IDLE_MS))))
        // The session's ping keeps a link alive. One of QUIC's own would hide that the program behind it hangs.
        .keep_alive_interval(None);
    transport
}

fn link(connection: Connection) -> Option<Link> {
    let handshake = connection.handshake_data()?.downcast::<HandshakeData>().ok()?;
    let certificates = connection.peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    let peer = tls::peer_key(handshake.protocol.as_deref(), Some(&certificates))?;
    let remote = connection.remote_address().to_string();
    let source = Source::Quic(Box::new(QuicReader::new(connection.clone())));
    let sending = |queues, watcher| quic_lanes::write(connection, queues, watcher);
    Some(Link::new(peer, Transport::Quic, remote, source, sending))
}

/// The connection's window after admission: one lane that nobody reads leaves the other three theirs.
pub(crate) const ADMITTED_WINDOW: u32 = WINDOW * LANES;
const LANES: u32 = Lane::URGENT_FIRST.len() as u32;
const WINDOW: u32 = limits::LANE_WINDOW_BYTES_MAX as u32;
const CHUNK: u32 = limits::CHUNK_BYTES_MAX as u32;
const IDLE_MS: u32 = limits::IDLE_MS_MAX as u32;
