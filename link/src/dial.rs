//! Which relay can be reached, and by which transport?
//! It must never know what the link is for.
//!
//! ```text
//! relay 1   QUIC ├────────────────────────────┤ DIAL_MS_MAX      the first to succeed wins
//!           TCP        ├──────────────────────┤                  after TCP_AFTER_MS, or when QUIC has failed
//! relay 2                                     ├─ …              when both have failed
//! ```

use std::{fmt, io::ErrorKind, net::SocketAddr, pin::pin, time::Duration};

use liaison_proto::limits;
use tokio::{
    net::lookup_host,
    time::{Instant, timeout_at},
};

use crate::{
    connect::ConnectError,
    identity::{TransportIdentity, TransportKey},
    link::{Link, Transport},
    quic, tcp,
};

/// Where a relay listens, and the key that it must show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayAddress {
    /// `host:port`; the port is the same for UDP and TCP. An IPv6 address stands in brackets.
    pub host: String,
    /// The pinned key.
    pub key: TransportKey,
}

/// How to dial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DialOptions {
    /// Which transports may be used.
    pub transports: Transports,
}

/// Which transports may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transports {
    /// QUIC first, TCP beside it when QUIC is slow or fails.
    #[default]
    Both,
    /// QUIC alone.
    QuicOnly,
    /// TCP alone.
    TcpOnly,
}

/// No relay could be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct DialError {
    /// What was tried, in order of failure.
    pub attempts: Vec<Attempt>,
}

/// One relay tried by one transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The relay's `host:port`.
    pub host: String,
    /// By which transport; none when it did not come that far.
    pub transport: Option<Transport>,
    /// Why it failed.
    pub error: ConnectError,
}

/// Connects to the first relay of the list that can be reached.
///
/// # Errors
/// None could be reached; the error lists what was tried. An empty list tries nothing.
pub async fn dial(
    identity: &TransportIdentity,
    relays: &[RelayAddress],
    options: DialOptions,
) -> Result<Link, DialError> {
    let mut attempts = Vec::new();
    for relay in relays {
        let dialing = Dialing { identity, relay, deadline: after_ms(limits::DIAL_MS_MAX) };
        match dialing.run(options.transports).await {
            Ok(link) => return Ok(link),
            Err(failed) => {
                tracing::debug!(host = %relay.host, failed = failed.len(), "relay not reached");
                attempts.extend(failed);
            }
        }
    }
    Err(DialError { attempts })
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts.is_empty() {
            return f.write_str("no relay is known; import the network's file or a newer directory");
        }
        f.write_str("no relay could be reached:")?;
        self.attempts.iter().try_for_each(|attempt| write!(f, "\n  {attempt}"))
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transport {
            Some(transport) => write!(f, "{} by {transport}: {}", self.host, self.error),
            None => write!(f, "{}: {}", self.host, self.error),
        }
    }
}

/// One relay being dialed.
struct Dialing<'a> {
    identity: &'a TransportIdentity,
    relay: &'a RelayAddress,
    deadline: Instant,
}

impl Dialing<'_> {
    async fn run(&self, transports: Transports) -> Result<Link, Vec<Attempt>> {
        let addresses = self.resolve().await.map_err(|failed| vec![failed])?;
        match transports {
            Transports::Both => self.race(&addresses).await,
            Transports::QuicOnly => {
                self.each(&addresses, Transport::Quic).await.map_err(|failed| vec![failed])
            }
            Transports::TcpOnly => self.each(&addresses, Transport::Tcp).await.map_err(|failed| vec![failed]),
        }
    }

    async fn resolve(&self) -> Result<Vec<SocketAddr>, Attempt> {
        let unresolved = || self.failed(None, ConnectError::Unresolved);
        let found = timeout_at(self.deadline, lookup_host(self.relay.host.as_str())).await;
        let found = found.map_err(|_| unresolved())?.map_err(|_| unresolved())?;
        let addresses: Vec<SocketAddr> = found.take(limits::ADDRESSES_PER_RELAY_MAX).collect();
        if addresses.is_empty() { Err(unresolved()) } else { Ok(addresses) }
    }

    /// QUIC, and TCP beside it when QUIC takes long; the one that is behind is dropped, and ends with that.
    async fn race(&self, addresses: &[SocketAddr]) -> Result<Link, Vec<Attempt>> {
        let mut quic = pin!(self.each(addresses, Transport::Quic));
        let early = timeout_at(after_ms(limits::TCP_AFTER_MS), &mut quic).await;
        let mut tcp = pin!(self.each(addresses, Transport::Tcp));
        let (first, second) = match early {
            Ok(Ok(link)) => return Ok(link),
            Ok(Err(failed)) => (failed, tcp.await),
            Err(_) => tokio::select! {
                biased;
                by_quic = &mut quic => match by_quic {
                    Ok(link) => return Ok(link),
                    Err(failed) => (failed, tcp.await),
                },
                by_tcp = &mut tcp => match by_tcp {
                    Ok(link) => return Ok(link),
                    Err(failed) => {
                        let by_quic = timeout_at(self.patience_with_quic(&failed), &mut quic).await;
                        let late = self.failed(Some(Transport::Quic), ConnectError::TimedOut { after_ms: quic_had_ms() });
                        (failed, by_quic.unwrap_or(Err(late)))
                    }
                },
            },
        };
        second.map_err(|failed| vec![first, failed])
    }

    /// A host that refuses TCP on the relay's port most likely runs no relay: QUIC, which hears no refusal, then gets
    /// little more time. Anything else (a middlebox, a broken TLS) says nothing about QUIC.
    fn patience_with_quic(&self, by_tcp: &Attempt) -> Instant {
        match by_tcp.error {
            ConnectError::Unreachable { kind: ErrorKind::ConnectionRefused } => {
                self.deadline.min(after_ms(limits::QUIC_AFTER_REFUSAL_MS))
            }
            _ => self.deadline,
        }
    }

    /// One transport, one address after the other; the last error stands for all.
    async fn each(&self, addresses: &[SocketAddr], transport: Transport) -> Result<Link, Attempt> {
        let mut error = ConnectError::Unresolved;
        for address in addresses {
            match self.connect(*address, transport).await {
                Ok(link) => return Ok(link),
                Err(failed) => error = failed,
            }
        }
        Err(self.failed(Some(transport), error))
    }

    async fn connect(&self, address: SocketAddr, transport: Transport) -> Result<Link, ConnectError> {
        let key = self.relay.key;
        let until = self.deadline.min(after_ms(limits::HANDSHAKE_MS_MAX));
        let connected = match transport {
            Transport::Quic => timeout_at(until, quic::connect(self.identity, address, key)).await,
            Transport::Tcp => timeout_at(until, tcp::connect(self.identity, address, key)).await,
            // Memory has no addresses.
            Transport::Memory => return Err(ConnectError::Local),
        };
        connected.unwrap_or(Err(ConnectError::TimedOut { after_ms: limits::HANDSHAKE_MS_MAX }))
    }

    fn failed(&self, transport: Option<Transport>, error: ConnectError) -> Attempt {
        Attempt { host: self.relay.host.clone(), transport, error }
    }
}

/// What QUIC had, when TCP was refused.
const fn quic_had_ms() -> u64 {
    limits::TCP_AFTER_MS + limits::QUIC_AFTER_REFUSAL_MS
}

fn after_ms(ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms)
}
