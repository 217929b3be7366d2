//! Who gives back what a restored log has lost? The stations, which hold all of it (`docs/protocol.md` §3.6).
//! It must never know what an entry says; and it takes nothing that this relay's own key has not signed.
//!
//! ```text
//! hello (a note over more entries) ─▶ checkpoint get ─▶ the note: our own signature? ─▶ log from … ─▶ root as signed?
//!                                                                       ─▶ journal ─▶ "come back later"
//! ```
//!
//! Nothing is welcomed and nothing is signed before the log is whole: a head over a log that became shorter would be proof
//! of a lie that nobody told.

use std::sync::Arc;
use std::time::Duration;

use liaison_journal::OpenError;
use liaison_keys::directory::log::root_of;
use liaison_keys::directory::{Checkpoint, Entry, Note, Origin};
use liaison_keys::names::NetworkId;
use liaison_keys::signing::{Log, PublicKey};
use liaison_link::{Link, LinkReceiver, LinkSender, Listener, TransportIdentity};
use liaison_proto::frame::{Code, Frame};
use liaison_proto::limits;
use liaison_proto::session::relay::ExpectHello;
use tokio::sync::Mutex;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, timeout};

use crate::config::Config;
use crate::event::Event;
use crate::fault::StartError;
use crate::greeting::farewell;
use crate::identity::PublicKeys;
use crate::registry::Registry;
use crate::serve;
use crate::sessions::Sessions;
use crate::signer::{self, SignerError};
use crate::store::{self, Store};

/// Collects until the log has what the signer's memory asks for, and gives the listener on, so that nobody finds the door
/// shut in between; none if nothing was missing. Without a memory nobody knows when that is: then it collects until it is
/// stopped.
pub(crate) async fn collect(
    config: &Config,
    public: &PublicKeys,
    transport: &TransportIdentity,
) -> Result<Option<Listener>, StartError> {
    let Some(mender) = open(config, public).await? else { return Ok(None) };
    let mender = Arc::new(mender);
    let listener = Listener::bind(config.listen, transport).await?;
    tracing::warn!(address = %listener.local_addr(), entries = mender.size(), "collecting what this log has lost");
    let mut giving = JoinSet::new();
    let mut told = Instant::now();
    let collected = loop {
        if let Some(collected) = mender.is_whole() {
            break collected;
        }
        tokio::select! {
            Some(_) = giving.join_next() => {}
            link = listener.accept(), if giving.len() < GIVING_AT_ONCE => match link {
                Some(link) => {
                    let mender = Arc::clone(&mender);
                    giving.spawn(async move { mender.serve(link).await });
                }
                None => break Err(StartError::Internal),
            },
            () = tokio::time::sleep_until(told + TOLD_EVERY) => {
                told = Instant::now();
                tracing::warn!(entries = mender.size(), "still collecting; nobody is served");
            }
        }
    };
    // Whoever is still talking is cut off, and comes back by itself: all of it is here.
    giving.shutdown().await;
    let closed = mender.store.close().await;
    tracing::info!(entries = mender.size(), "collected");
    collected?;
    // What was written is read again by the start that follows.
    closed.map_err(|_| StartError::Internal)?;
    drop(mender);
    until_released(config).await;
    Ok(Some(listener))
}

/// The threads of the store let go of the journal a moment after it was closed.
async fn until_released(config: &Config) {
    for _ in 0..RELEASE_TRIES {
        let (dir, segment_bytes) = (config.data_dir.clone(), config.segment_bytes);
        let opened = spawn_blocking(move || store::open(&dir, segment_bytes).map(drop)).await;
        if !matches!(opened, Ok(Err(OpenError::InUse { .. }))) {
            return;
        }
        tokio::time::sleep(RELEASE_PAUSE).await;
    }
}

/// A journal that takes nothing but what its own key has signed.
struct Mender {
    dir: std::path::PathBuf,
    network: NetworkId,
    origin: Origin,
    key: PublicKey<Log>,
    registry: Arc<Registry>,
    store: Store,
    /// One station at a time gives entries.
    turn: Mutex<()>,
}

/// None when nothing is missing, or when this is no matter of the log.
async fn open(config: &Config, public: &PublicKeys) -> Result<Option<Mender>, StartError> {
    let (dir, key) = (config.data_dir.clone(), public.log);
    let config = config.clone();
    let learnt = spawn_blocking(move || serve::learn(&config)).await.map_err(|_| StartError::Internal)??;
    let registry = Arc::clone(&learnt.registry);
    let (network, origin) = {
        let known = registry.read().ok_or(StartError::NotFounded)?;
        match signer::check(&dir, &known.replica) {
            Ok(()) => return Ok(None),
            Err(SignerError::Missing { .. } | SignerError::Ahead { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        (known.network(), known.replica.origin())
    };
    let store = Store::start(learnt, Arc::new(Sessions::default()));
    let store = store.map_err(|error| StartError::Threads { kind: error.kind() })?;
    Ok(Some(Mender { dir, network, origin, key, registry, store, turn: Mutex::new(()) }))
}

impl Mender {
    fn size(&self) -> u64 {
        self.registry.read().map_or(0, |known| known.directory().size())
    }

    /// Whether the signer's memory is reached, or contradicted.
    fn is_whole(&self) -> Option<Result<(), StartError>> {
        let known = self.registry.read()?;
        match signer::check(&self.dir, &known.replica) {
            Ok(()) => Some(Ok(())),
            Err(SignerError::Missing { .. } | SignerError::Ahead { .. }) => None,
            Err(error) => Some(Err(error.into())),
        }
    }

    /// One station, from its hello to "come back later".
    async fn serve(&self, link: Link) {
        let (sender, mut receiver) = link.split();
        receiver.admit(FRAME_BYTES_MAX);
        let _ = timeout(GIVING, self.take(&sender, &mut receiver)).await;
        farewell(sender, receiver, Code::Busy).await;
    }

    /// None as soon as there is nothing to be had from this one.
    async fn take(&self, sender: &LinkSender, receiver: &mut LinkReceiver) -> Option<()> {
        let hello = receive(receiver).await?;
        let (_, hello, _) = ExpectHello::new(self.network).hello(&hello.to_bytes()).ok()?;
        if hello.note_size <= self.size() {
            return None;
        }
        send(sender, Frame::CheckpointGet { id: 1 }).await?;
        let Frame::Checkpoint { id: 1, note, .. } = receive(receiver).await? else { return None };
        let signed = Note::read(&note, &self.origin, &self.key).ok()?.checkpoint;
        let _turn = self.turn.lock().await;
        let from = self.size();
        if signed.size <= from {
            return None;
        }
        let lost = self.ask(sender, receiver, (from, signed.size)).await?;
        let whole = self.fits(&lost, signed)?;
        if !whole {
            tracing::error!(
                size = signed.size,
                "a station's entries are not those that this relay signed, or this log is another one"
            );
            return None;
        }
        for (index, entry) in (from..).zip(lost) {
            let statement = Entry::from_bytes(&entry).ok()?.statement;
            let (head, record) = (self.store.chain_head(), Event::logged(index, entry, &statement));
            self.store.keep_if(head, record).await.ok()?;
        }
        tracing::info!(entries = self.size(), "a station gave back what was lost");
        Some(())
    }

    /// The entries from here to there, as a station has them.
    async fn ask(
        &self,
        sender: &LinkSender,
        receiver: &mut LinkReceiver,
        (from, to): (u64, u64),
    ) -> Option<Vec<Vec<u8>>> {
        let (mut lost, mut bytes) = (Vec::new(), 0_usize);
        let (mut next, mut id) = (from, 2);
        while next < to {
            send(sender, Frame::LogFrom { id, from: next }).await?;
            let Frame::Entries { entries, .. } = receive(receiver).await? else { return None };
            if entries.is_empty() {
                return None;
            }
            for entry in entries.into_iter().map(Vec::from) {
                bytes = bytes.saturating_add(entry.len());
                lost.push(entry);
            }
            if bytes > limits::DIRECTORY_BYTES_MAX {
                return None;
            }
            (next, id) = (from.saturating_add(lost.len() as u64), id + 1);
        }
        lost.truncate(usize::try_from(to - from).ok()?);
        Some(lost)
    }

    /// Whether ours and these together are what was signed.
    fn fits(&self, lost: &[Vec<u8>], signed: Checkpoint) -> Option<bool> {
        let known = self.registry.read()?;
        let ours = known.replica.log().entries(0, usize::MAX);
        Some(root_of(&[ours, lost].concat()) == signed.root)
    }
}

async fn receive(receiver: &mut LinkReceiver) -> Option<Frame> {
    let wait = Duration::from_millis(limits::HANDSHAKE_MS_MAX);
    let bytes = timeout(wait, receiver.receive()).await.ok()?.ok()??;
    Frame::from_bytes(&bytes).ok()
}

async fn send(sender: &LinkSender, frame: Frame) -> Option<()> {
    sender.send(frame.lane(), frame.to_bytes()).await.ok()
}

/// Room for a page of entries, and one that is as long as it may be.
const FRAME_BYTES_MAX: usize = limits::LOG_BYTES_PER_FRAME_MAX + 2 * limits::ENTRY_BYTES_MAX;
const GIVING_AT_ONCE: usize = 32;
/// For all of a station's entries.
const GIVING: Duration = Duration::from_secs(120);
const RELEASE_TRIES: u32 = 100;
const RELEASE_PAUSE: Duration = Duration::from_millis(50);
const TOLD_EVERY: Duration = Duration::from_secs(60);
