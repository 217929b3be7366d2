//! How do links come in?
//! It must never know who is admitted; it only keeps the door from being blocked.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use liaison_proto::limits;
use quinn::{Endpoint, Incoming};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc, oneshot},
    task::{AbortHandle, JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{gate::Gate, identity::TransportIdentity, link::Link, quic, tcp, tls};

/// One UDP and one TCP socket on the same port number. Dropping it ends its task and the handshakes under way; links
/// that were accepted live on.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    links: Mutex<mpsc::Receiver<Link>>,
    stop: oneshot::Sender<()>,
    task: Owned,
}

/// Why a listener could not be opened: this machine's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The operating system does not give the port.
    #[error("cannot listen on {address} ({kind}); check that the port is free for TCP and UDP")]
    Port {
        /// The wanted address.
        address: SocketAddr,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The cryptographic library refuses the configuration.
    #[error("the TLS configuration was refused")]
    Tls,
}

impl Listener {
    /// Opens both sockets. With port 0, finds a number that is free for both.
    ///
    /// # Errors
    /// See [`ListenError`].
    pub async fn bind(address: SocketAddr, identity: &TransportIdentity) -> Result<Self, ListenError> {
        let config = tls::server_config(identity).map_err(|_| ListenError::Tls)?;
        let refused = |error: io::Error| ListenError::Port { address, kind: error.kind() };
        let (tcp, udp) = sockets(address).map_err(refused)?;
        let address = tcp.local_addr().map_err(refused)?;
        let quic = quic::listen(udp, config.clone()).map_err(refused)?;
        let (sender, links) = mpsc::channel(limits::LINKS_WAITING_MAX);
        let door = Door { tcp, quic, acceptor: tcp::acceptor(config), gate: Gate::new(), links: sender };
        let (stop, stopped) = oneshot::channel();
        let task = Owned(tokio::spawn(door.keep(stopped)));
        Ok(Self { address, links: Mutex::new(links), stop, task })
    }

    /// The address and port of both sockets.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The next link whose handshake is complete; none when the listener has ended. Links that nobody takes are
    /// dropped when [`limits::LINKS_WAITING_MAX`] wait.
    pub async fn accept(&self) -> Option<Link> {
        self.links.lock().await.recv().await
    }

    /// Ends the handshakes under way and gives the TCP port back. Links that were accepted live on, and with them the
    /// UDP socket, which takes nobody new.
    pub async fn close(self) {
        let Self { stop, mut task, .. } = self;
        // An error says that the task has already ended.
        let _ = stop.send(());
        let _ = (&mut task.0).await;
    }
}

/// Aborts its task when dropped.
#[derive(Debug)]
struct Owned(JoinHandle<()>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the listener's task owns.
struct Door {
    tcp: TcpListener,
    quic: Endpoint,
    acceptor: TlsAcceptor,
    gate: Gate<AbortHandle>,
    links: mpsc::Sender<Link>,
}

impl Door {
    async fn keep(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut handshakes = JoinSet::new();
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                Some(ended) = handshakes.join_next_with_id() => {
                    let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                    self.gate.leave(|handshake| handshake.id() == id);
                }
                accepted = self.tcp.accept() => self.tcp_arrived(accepted, &mut handshakes).await,
                incoming = self.quic.accept() => match incoming {
                    Some(incoming) => self.quic_arrived(incoming, &mut handshakes),
                    None => break,
                },
            }
        }
        handshakes.shutdown().await;
    }

    async fn tcp_arrived(
        &mut self,
        accepted: io::Result<(TcpStream, SocketAddr)>,
        handshakes: &mut JoinSet<()>,
    ) {
        match accepted {
            Ok((stream, from)) => {
                let work = tcp::accept(self.acceptor.clone(), stream, from);
                self.begin(from, work, handshakes);
            }
            // Out of sockets, most likely: trying again at once would only burn the processor.
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "cannot take TCP connections");
                tokio::time::sleep(Duration::from_millis(limits::ACCEPT_PAUSE_MS)).await;
            }
        }
    }

    fn quic_arrived(&mut self, incoming: Incoming, handshakes: &mut JoinSet<()>) {
        let from = incoming.remote_address();
        if !incoming.remote_address_validated() && self.gate.wants_proof(from.ip()) {
            // Costs us one packet and no memory; a forged address never sees it.
            let _ = incoming.retry();
        } else if let Ok(connecting) = incoming.accept() {
            self.begin(from, quic::accept(connecting), handshakes);
        }
    }

    fn begin<W>(&mut self, from: SocketAddr, work: W, handshakes: &mut JoinSet<()>)
    where
        W: Future<Output = Option<Link>> + Send + 'static,
    {
        let handshake = handshakes.spawn(complete(work, self.links.clone()));
        if let Some(oldest) = self.gate.enter(from.ip(), handshake) {
            oldest.abort();
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        // The socket lives as long as its links; without a configuration it refuses everyone new.
        self.quic.set_server_config(None);
    }
}

async fn complete(handshake: impl Future<Output = Option<Link>>, links: mpsc::Sender<Link>) {
    match timeout(Duration::from_millis(limits::HANDSHAKE_MS_MAX), handshake).await {
        Ok(Some(link)) => {
            // Full: the relay is overwhelmed, and this station is better off with the next one.
            if links.try_send(link).is_err() {
                tracing::warn!("link dropped, as nobody takes the waiting ones");
            }
        }
        Ok(None) => tracing::debug!("handshake failed"),
        Err(_) => tracing::debug!("handshake timed out"),
    }
}

fn sockets(address: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let tries = if address.port() == 0 { limits::BIND_TRIES_MAX } else { 1 };
    let mut result = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..tries {
        result = both(address);
        if result.is_ok() {
            break;
        }
    }
    result
}

/// TCP first: it names the number when any will do.
fn both(address: SocketAddr) -> io::Result<(TcpListener, UdpSocket)> {
    let tcp = tcp::listen(address)?;
    let udp = UdpSocket::bind(tcp.local_addr()?)?;
    Ok((tcp, udp))
}
