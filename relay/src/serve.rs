//! What runs, and how does it end? A relay from its start to its stop, with an owner for every task.
//! It must never know what a session says.
//!
//! ```text
//! Relay ─┬─ accepting ── one task for each link
//!        ├─ keeping      what time changes: expiry, ended rights, space
//!        └─ store ─┬─ committer thread      one sync for all that waits
//!                  └─ follower thread       one fold
//! ```

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use liaison_journal::{OpenError, Opening};
use liaison_keys::names::NetworkId;
use liaison_link::{Link, ListenError, Listener};
use liaison_proto::frame::{Code, Frame};
use liaison_proto::limits;
use thiserror::Error;
use tokio::sync::{Mutex, Notify, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::config::{Config, ConfigError, Settings};
use crate::connection;
use crate::fold::FoldError;
use crate::house::House;
use crate::identity::{Identity, KeysError, PublicKeys};
use crate::observe::Counters;
use crate::quota::Quotas;
use crate::registry::{Gap, Registry};
use crate::sessions::Sessions;
use crate::signer::{Signer, SignerError};
use crate::store::{self, Rebuilt, Store};

/// A running relay. Dropped without [`Relay::stop`] it ends as if the power had failed: nothing that was accepted is lost.
pub struct Relay {
    house: Arc<House>,
    address: SocketAddr,
    public: PublicKeys,
    stop: watch::Sender<bool>,
    accepting: Owned,
    keeping: Owned,
}

/// Why a relay did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// It has no network yet.
    #[error(
        "this relay serves no network yet. Give its relay.pub to `liaison network found`, and start once with \
         `liaison-relay serve --found FILE`"
    )]
    NotFounded,
    /// The log is of a network that names another relay.
    #[error("the log is of network {network}, which does not name this relay's keys; restore keys and log together")]
    OtherKeys {
        /// The network.
        network: NetworkId,
    },
    /// Another process has the journal.
    #[error("another process runs on {path}; stop it first, or use another --dir")]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// The journal cannot be opened.
    #[error("the log cannot be opened: {0}")]
    Journal(OpenError),
    /// The journal has lost a part of the directory.
    #[error(
        "entry {index} of the directory's log is damaged on this disk, and without it no directory can be shown. \
         Restore {path} from the backup; messages that wait are in it too"
    )]
    Directory {
        /// The first entry that is missing.
        index: u64,
        /// The journal.
        path: PathBuf,
    },
    /// The view cannot be made.
    #[error("{path} cannot be written; check its owner and the disk. It holds nothing that the log does not")]
    View {
        /// The view.
        path: PathBuf,
    },
    /// The log's key may not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The address cannot be had.
    #[error("{0}, or set another `listen` in relay.toml")]
    Listen(#[from] ListenError),
    /// The system gives no thread.
    #[error("the system gives no more threads ({kind}); check the limits of this user")]
    Threads {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The transport key is refused by the TLS library, or a thread of the start panicked.
    #[error("the relay could not be set up; this is a fault of the program, please report it")]
    Internal,
}

/// Why a relay that ran must end. What it has accepted is on disk.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// The journal failed, or cannot be followed.
    #[error("the log could not be written or read; check the disk (space, errors), then start again: what was accepted is there")]
    Journal,
    /// The signer's memory failed.
    #[error("the signer's memory could not be written; check the disk (space, errors), then start again")]
    Signer,
    /// No more links come in.
    #[error("the listener has ended; check the network interface, then start again")]
    Listener,
}

impl Relay {
    /// Opens everything, folds the journal, and begins to listen. When this returns, the relay serves.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let settings = Settings::read(&config.data_dir)?;
        let identity = Identity::read(&config.data_dir)?;
        let public = identity.public(settings.name, settings.addresses);
        let (listen, tick) = (config.listen, config.tick);
        let transport = identity.on_links().map_err(|_| StartError::Internal)?;
        let expected = public.clone();
        let opened = spawn_blocking(move || open(&config, identity, &expected)).await;
        let house = Arc::new(opened.map_err(|_| StartError::Internal)??);
        let listener = Listener::bind(listen, &transport).await?;
        let address = listener.local_addr();
        tracing::info!(%address, network = %house.network, "serving");
        let (stop, stopped) = watch::channel(false);
        let accepting = Owned(tokio::spawn(accept(Arc::clone(&house), listener, stopped.clone())));
        let keeping = Owned(tokio::spawn(keep(Arc::clone(&house), tick, stopped)));
        Ok(Self { house, address, public, stop, accepting, keeping })
    }

    /// Where it listens, for UDP and TCP.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Its public keys.
    #[must_use]
    pub const fn public_keys(&self) -> &PublicKeys {
        &self.public
    }

    /// The network that it serves.
    #[must_use]
    pub fn network(&self) -> NetworkId {
        self.house.network
    }

    /// Waits until the process must end. Only a fresh start finds out what the disk has.
    pub async fn wait(&self) -> RunError {
        let listening = async {
            // Every clone of the stop signal's receiver is in a task; the last one ends with the listener.
            while !self.accepting.0.is_finished() {
                tokio::time::sleep(LISTENER_LOOKED_AFTER).await;
            }
        };
        tokio::select! {
            () = self.house.store.failed() => RunError::Journal,
            () = self.house.broken.notified() => RunError::Signer,
            () = listening => RunError::Listener,
        }
    }

    /// Ends in order: no new links, what was begun is finished and answered, every station is asked to come back later,
    /// and the journal is closed.
    ///
    /// # Errors
    /// [`RunError::Journal`] if the journal failed before that.
    pub async fn stop(mut self) -> Result<(), RunError> {
        tracing::info!("stopping");
        self.stop.send_replace(true);
        // Both look at the signal; an error would say that they have ended already.
        let _ = (&mut self.accepting.0).await;
        let _ = (&mut self.keeping.0).await;
        let closed = self.house.store.close().await.map_err(|_| RunError::Journal);
        tracing::info!("stopped");
        closed
    }
}

/// Everything that blocks: keys to house.
fn open(config: &Config, identity: Identity, public: &PublicKeys) -> Result<House, StartError> {
    let dir = &config.data_dir;
    let opened = store::open(dir).map_err(|error| match error {
        OpenError::InUse { path } => StartError::InUse { path },
        error => StartError::Journal(error),
    })?;
    report(&opened.opening);
    let quotas = Arc::new(Quotas::new(config.limits));
    let registry = Arc::new(Registry::default());
    let began = Instant::now();
    let rebuilt = store::rebuild(&opened.log, dir, (&quotas, &registry), &config.clock);
    let rebuilt = rebuilt.map_err(|error| match error {
        FoldError::Directory(Gap { index }) => {
            StartError::Directory { index, path: dir.join(store::LOG_DIR) }
        }
        FoldError::View(_) => StartError::View { path: dir.join(store::VIEW_DIR) },
        FoldError::Journal(_) => StartError::Directory { index: 0, path: dir.join(store::LOG_DIR) },
    })?;
    tracing::info!(events = opened.opening.head.0, after_ms = began.elapsed().as_millis(), "the log was read");
    furnish(config, identity, public, (rebuilt, quotas, registry))
}

/// The directory must be this relay's, whole and signed, before anybody comes in.
fn furnish(
    config: &Config,
    identity: Identity,
    public: &PublicKeys,
    (rebuilt, quotas, registry): (Rebuilt, Arc<Quotas>, Arc<Registry>),
) -> Result<House, StartError> {
    let (network, signer) = {
        let known = registry.read().ok_or(StartError::NotFounded)?;
        if !public.are_named_by(known.genesis()) {
            return Err(StartError::OtherKeys { network: known.network() });
        }
        let restored = config.sign_restored_log;
        let signer = Signer::begin(&config.data_dir, identity.log, &known.replica, restored)?;
        (known.network(), signer)
    };
    let sessions = Arc::new(Sessions::default());
    let store = Store::start(rebuilt, Arc::clone(&sessions));
    let store = store.map_err(|error| StartError::Threads { kind: error.kind() })?;
    Ok(House {
        network,
        limits: config.limits,
        clock: Arc::clone(&config.clock),
        receipts: identity.receipt,
        store,
        registry,
        quotas,
        sessions,
        signer,
        counters: Counters::default(),
        writer: Mutex::new(()),
        strangers: Semaphore::new(limits::HANDSHAKES_MAX),
        broken: Notify::new(),
    })
}

/// Damage is named once, with what it took; the rest is served.
fn report(opening: &Opening) {
    for lost in &opening.lost {
        tracing::error!(
            from = lost.start().0,
            to = lost.end().0,
            "events of the log are damaged on this disk and cannot be served; restore them from the backup"
        );
    }
}

/// Takes links until the stop, then waits for their tasks.
async fn accept(house: Arc<House>, listener: Listener, mut stop: watch::Receiver<bool>) {
    let mut sessions = JoinSet::new();
    loop {
        let link = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = sessions.join_next() => continue,
            link = listener.accept() => link,
        };
        let Some(link) = link else { break };
        if sessions.len() < house.limits.connections {
            sessions.spawn(connection::serve(Arc::clone(&house), link, stop.clone()));
        } else {
            turn_away(link);
        }
    }
    listener.close().await;
    let all = async { while sessions.join_next().await.is_some() {} };
    if timeout(PATIENCE, all).await.is_err() {
        tracing::warn!(open = sessions.len(), "sessions that do not end were cut");
        sessions.shutdown().await;
    }
}

/// The relay is full. One try to say so; nothing is waited for.
fn turn_away(link: Link) {
    let (sender, _receiver) = link.split();
    let frame = Frame::GoAway { code: Code::Busy };
    let mut said = Box::pin(sender.send(frame.lane(), frame.to_bytes()));
    let waker = std::task::Waker::noop();
    let _ = said.as_mut().poll(&mut std::task::Context::from_waker(waker));
}

/// Does what time alone asks for.
async fn keep(house: Arc<House>, tick: Duration, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reported = Instant::now();
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        house.sessions.wake_due(house.now());
        if house.store.sweep().await.is_err() {
            // The journal has failed, and whoever waits for the relay is told by it.
            return;
        }
        if reported.elapsed() >= REPORTED_EVERY {
            reported = Instant::now();
            house.counters.report((house.sessions.count(), house.quotas.all_waiting()));
        }
    }
}

/// Aborts its task when dropped.
struct Owned(JoinHandle<()>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A session's last words take two limits at most.
const PATIENCE: Duration = Duration::from_millis(2 * limits::SHUTDOWN_MS_MAX + 1_000);
const REPORTED_EVERY: Duration = Duration::from_secs(3_600);
const LISTENER_LOOKED_AFTER: Duration = Duration::from_secs(1);
