//! How does a link run over TLS and TCP?
//! It must never know which relay is tried next, nor whether the peer is admitted.

use std::{io, net::SocketAddr, sync::Arc};

use liaison_proto::limits;
use rustls::{ServerConfig, pki_types::ServerName};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use crate::{
    connect::ConnectError,
    identity::{TransportIdentity, TransportKey},
    link::{Link, Transport},
    source::Source,
    stream::{self, StreamReader},
    tls::{self, Pin},
};

/// One attempt at one address. The caller limits its time.
pub(crate) async fn connect(
    identity: &TransportIdentity,
    address: SocketAddr,
    key: TransportKey,
) -> Result<Link, ConnectError> {
    let pin = Pin::new(key);
    let config = tls::client_config(identity, &pin).map_err(|_| ConnectError::Local)?;
    let name = ServerName::try_from(tls::SERVER_NAME).map_err(|_| ConnectError::Local)?;
    let socket = socket(address).map_err(|_| ConnectError::Local)?;
    let stream =
        socket.connect(address).await.map_err(|error| ConnectError::Unreachable { kind: error.kind() })?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    match handshake {
        Ok(stream) => link(stream.into(), address).ok_or(ConnectError::Refused),
        Err(_) if pin.was_wrong() => Err(ConnectError::WrongKey),
        Err(_) => Err(ConnectError::Refused),
    }
}

/// The listening socket; accepted ones inherit the size of its buffers.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket(address)?;
    // A relay that starts again must not wait for its old connections' last packets.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// The server's side of the handshakes.
pub(crate) fn acceptor(config: ServerConfig) -> TlsAcceptor {
    TlsAcceptor::from(Arc::new(config))
}

/// The server's side of one handshake. The caller limits its time; none when it fails.
pub(crate) async fn accept(acceptor: TlsAcceptor, stream: TcpStream, remote: SocketAddr) -> Option<Link> {
    stream.set_nodelay(true).ok()?;
    let stream = acceptor.accept(stream).await.ok()?;
    link(stream.into(), remote)
}

fn socket(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // What the kernel holds cannot be overtaken by a flash any more, so it may not hold much.
    socket.set_send_buffer_size(SOCKET_BYTES)?;
    socket.set_recv_buffer_size(SOCKET_BYTES)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn link(stream: TlsStream<TcpStream>, remote: SocketAddr) -> Option<Link> {
    let (_, session) = stream.get_ref();
    let peer = tls::peer_key(session.alpn_protocol(), session.peer_certificates())?;
    let (read, write) = tokio::io::split(stream);
    let source = Source::Stream(StreamReader::new(read));
    let sending = |queues, watcher| stream::write(write, queues, watcher);
    Some(Link::new(peer, Transport::Tcp, remote.to_string(), source, sending))
}

const SOCKET_BYTES: u32 = limits::SOCKET_BYTES_MAX as u32;
/// Connections that the kernel completes before we take them: no more than we would shake hands with.
const BACKLOG: u32 = limits::HANDSHAKES_MAX as u32;
