//! What runs, and how does it end? A relay from its start to its stop, with an owner for every task.
//! It must never know what a session says.
//!
//! ```text
//! Relay ─┬─ accepting ── one task for each link
//!        ├─ keeping      what time changes: expiry, ended rights, space
//!        └─ store ─┬─ committer thread      one sync for all that waits
//!                  └─ follower thread       one fold
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use liaison_journal::{OpenError, Opening};
use liaison_keys::names::{DeviceId, NetworkId};
use liaison_link::Listener;
use liaison_proto::frame::Code;
use liaison_proto::limits;
use tokio::sync::{Mutex, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::cards::Cards;
use crate::config::{Config, Settings};
use crate::connection;
use crate::cosigned::Cosigned;
use crate::fault::{RunError, StartError};
use crate::fold::FoldError;
use crate::greeting;
use crate::house::House;
use crate::identity::{Identity, PublicKeys};
use crate::mend;
use crate::observe::Counters;
use crate::registry::Gap;
use crate::route::{self, Sender, Turns};
use crate::sessions::Sessions;
use crate::signer::Signer;
use crate::store::{self, Learnt, Store};

/// A running relay. Dropped without [`Relay::stop`] it ends as if the power had failed: nothing that was accepted is lost.
pub struct Relay {
    house: Arc<House>,
    address: SocketAddr,
    public: PublicKeys,
    events_folded: u64,
    stop: watch::Sender<bool>,
    accepting: Owned,
    /// Its other end is in the task that accepts.
    listening: watch::Receiver<()>,
    keeping: Owned,
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
        let collected =
            if config.collect_log { mend::collect(&config, &public, &transport).await? } else { None };
        let expected = public.clone();
        let opened = spawn_blocking(move || open(&config, identity, &expected)).await;
        let (house, events_folded) = opened.map_err(|_| StartError::Internal)??;
        let house = Arc::new(house);
        let listener = match collected {
            Some(listener) => listener,
            None => Listener::bind(listen, &transport).await?,
        };
        let address = listener.local_addr();
        tracing::info!(%address, network = %house.network, "serving");
        let (stop, stopped) = watch::channel(false);
        let (alive, listening) = watch::channel(());
        let accepting = accept(Arc::clone(&house), listener, (alive, stopped.clone()));
        let accepting = Owned(tokio::spawn(accepting));
        let keeping = Owned(tokio::spawn(keep(Arc::clone(&house), tick, stopped)));
        Ok(Self { house, address, public, events_folded, stop, accepting, listening, keeping })
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

    /// How many events of the log this start had to fold: none after a stop in order, all of them when the view was made
    /// anew.
    #[must_use]
    pub const fn events_folded(&self) -> u64 {
        self.events_folded
    }

    /// How many groups of events the journal has synced since the start: posts that are taken together share one.
    #[must_use]
    pub fn groups_synced(&self) -> u64 {
        self.house.store.groups()
    }

    /// Takes a post as a session of this device would, but without a link: for who measures what all else costs. Answers
    /// with the signed receipt once the post is on disk.
    ///
    /// # Errors
    /// The code that the session would answer; [`Code::NotAllowed`] for a device that is not in the directory.
    pub async fn post(&self, device: DeviceId, post: Vec<u8>) -> Result<Vec<u8>, Code> {
        let owner = self.house.registry.owner_of(device).ok_or(Code::NotAllowed)?;
        route::post(&self.house, Sender { device, owner }, post, Turns::default().next()).await
    }

    /// Waits until the process must end. Only a fresh start finds out what the disk has.
    pub async fn wait(&self) -> RunError {
        let mut listening = self.listening.clone();
        tokio::select! {
            fault = self.house.failed() => fault,
            _ = listening.changed() => RunError::Listener,
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

/// Everything that blocks: keys to house, and how many events were folded for it.
fn open(config: &Config, identity: Identity, public: &PublicKeys) -> Result<(House, u64), StartError> {
    let learnt = learn(config)?;
    let folded = learnt.folded();
    Ok((furnish(config, identity, public, learnt)?, folded))
}

/// The journal, and all that follows from it.
pub(crate) fn learn(config: &Config) -> Result<Learnt, StartError> {
    let dir = &config.data_dir;
    let opened = store::open(dir, config.segment_bytes).map_err(|error| match error {
        OpenError::InUse { path } => StartError::InUse { path },
        error => StartError::Journal(error),
    })?;
    report(&opened.opening);
    let began = Instant::now();
    let learnt = store::learn(&opened, dir, (config.limits, &config.clock));
    let learnt = learnt.map_err(|error| match error {
        FoldError::Directory(Gap { index }) => {
            StartError::Directory { index, path: dir.join(store::LOG_DIR) }
        }
        FoldError::View(_) => StartError::View { path: dir.join(store::VIEW_DIR) },
        FoldError::Journal(_) => StartError::Directory { index: 0, path: dir.join(store::LOG_DIR) },
    })?;
    let (events, folded) = (opened.opening.head.0, learnt.folded());
    tracing::info!(events, folded, after_ms = began.elapsed().as_millis(), "the log was read");
    Ok(learnt)
}

/// The directory must be this relay's, whole and signed, before anybody comes in.
fn furnish(
    config: &Config,
    identity: Identity,
    public: &PublicKeys,
    learnt: Learnt,
) -> Result<House, StartError> {
    let (quotas, registry) = (Arc::clone(&learnt.quotas), Arc::clone(&learnt.registry));
    let (network, signer) = {
        let known = registry.read().ok_or(StartError::NotFounded)?;
        if !public.are_named_by(known.directory().now((config.clock)()).operation()) {
            return Err(StartError::OtherKeys { network: known.network() });
        }
        let restored = config.sign_restored_log;
        let signer = Signer::begin(&config.data_dir, identity.log, &known.replica, restored)?;
        (known.network(), signer)
    };
    let cosigned = Cosigned::open(&config.data_dir);
    let cosigned = cosigned.map_err(|error| StartError::Cosigned { kind: error.kind() })?;
    let cards = Cards::open(&config.data_dir, (config.clock)());
    let cards = cards.map_err(|error| StartError::Cards { kind: error.kind() })?;
    let sessions = Arc::new(Sessions::default());
    let store = Store::start(learnt, Arc::clone(&sessions));
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
        cosigned,
        cards: Arc::new(cards),
        counters: Counters::default(),
        writer: Mutex::new(()),
        strangers: Semaphore::new(limits::HANDSHAKES_MAX),
        fault: watch::Sender::new(None),
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
async fn accept(
    house: Arc<House>,
    listener: Listener,
    (_alive, mut stop): (watch::Sender<()>, watch::Receiver<bool>),
) {
    let mut sessions = JoinSet::new();
    loop {
        let link = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = sessions.join_next() => continue,
            link = listener.accept() => link,
        };
        let Some(link) = link else { break };
        let open = sessions.len();
        if open < house.limits.connections {
            sessions.spawn(connection::serve(Arc::clone(&house), link, stop.clone()));
        } else if open < house.limits.connections.saturating_add(limits::HANDSHAKES_MAX) {
            sessions.spawn(greeting::turn_away(link));
        }
        // Beyond that, a link is dropped without a word.
    }
    listener.close().await;
    let all = async { while sessions.join_next().await.is_some() {} };
    if timeout(PATIENCE, all).await.is_err() {
        tracing::warn!(open = sessions.len(), "sessions that do not end were cut");
        sessions.shutdown().await;
    }
}

/// Does what time alone asks for.
async fn keep(house: Arc<House>, tick: Duration, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(tick);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut reported, mut synced, mut ticked) = (Instant::now(), Instant::now(), 0_u32);
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = ticks.tick() => {}
        }
        house.sessions.wake_due(house.now());
        let swept = house.store.sweep().await;
        ticked = ticked.wrapping_add(1);
        let reclaimed =
            if ticked % RECLAIMED_EVERY_TICKS == 0 { house.store.reclaim().await } else { Ok(()) };
        if swept.and(reclaimed).is_err() {
            return house.fail(RunError::Journal);
        }
        if synced.elapsed() >= VIEW_SYNCED_EVERY {
            synced = Instant::now();
            erase_cards(&house).await;
            house.store.sync_view().await;
        }
        if reported.elapsed() >= REPORTED_EVERY {
            reported = Instant::now();
            house.counters.report((house.sessions.count(), house.quotas.all_waiting()));
        }
    }
}

/// Erases the cards that no entry of the directory names any longer. What the disk refuses is tried again.
async fn erase_cards(house: &Arc<House>) {
    let house = Arc::clone(house);
    let erased = spawn_blocking(move || {
        let now = house.now();
        let named = house.directory().map(|known| known.directory().now(now).cards());
        house.cards.reads.prune(now)?;
        named.map_or(Ok(0), |named| house.cards.erase_but(&named, now))
    });
    match erased.await {
        Ok(Ok(0)) => {}
        Ok(Ok(erased)) => tracing::info!(erased, "contact cards were erased"),
        Ok(Err(error)) => tracing::error!(%error, "contact cards cannot be erased"),
        Err(_) => {}
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
/// Giving space back costs a sync of the view, so it is not done at each tick.
const RECLAIMED_EVERY_TICKS: u32 = 10;
/// After a power loss, so much of the view at most has to be folded again.
const VIEW_SYNCED_EVERY: Duration = Duration::from_secs(60);
const REPORTED_EVERY: Duration = Duration::from_secs(3_600);
