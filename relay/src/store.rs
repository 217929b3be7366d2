//! Who holds the journal, and when is an event both durable and known? Journal, view and follower under one handle.
//! It must never know what is asked of the relay, only what is kept.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use liaison_journal::{
    AppendError, AppendIfError, Appended, CommitError, Committer, Event, Log, LogError, OpenError, Opening,
    Options, QueueLimits, SegmentLog, Sequence,
};
use liaison_proto::limits;
use tokio::task::spawn_blocking;

use crate::config::Clock;
use crate::event::{self, Remembered};
use crate::fold::{Effects, Fold, FoldError};
use crate::follow::{self, Follower};
use crate::quota::Quotas;
use crate::registry::Registry;
use crate::sessions::Sessions;
use crate::view::{View, ViewError};

/// Everything that is kept.
pub(crate) struct Store {
    log: Arc<dyn Log>,
    committer: Committer,
    follower: Follower,
    view: View,
    /// Events whose bytes may go at the next sweep.
    freed: Arc<Mutex<Vec<Sequence>>>,
}

/// An event that is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotKept {
    /// Its name stands for other bytes.
    Conflict,
    /// Larger than the journal takes.
    TooLarge,
    /// Another writer was faster.
    Moved,
    /// The journal has failed or is closed.
    Ended,
}

/// The journal before anything is known of it.
pub(crate) struct Opened {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) opening: Opening,
}

/// Opens the journal.
pub(crate) fn open(data_dir: &Path, segment_bytes_max: u64) -> Result<Opened, OpenError> {
    let options = Options { segment_bytes_max, ..journal_options() };
    let (log, opening) = SegmentLog::open(&data_dir.join(LOG_DIR), options)?;
    Ok(Opened { log: Arc::new(log), opening })
}

/// Folds the journal into a fresh view.
pub(crate) fn rebuild(
    log: &Arc<dyn Log>,
    data_dir: &Path,
    (quotas, registry): (&Arc<Quotas>, &Arc<Registry>),
    clock: &Clock,
) -> Result<Rebuilt, FoldError> {
    let view = View::fresh(&data_dir.join(VIEW_DIR))?;
    let both = (Arc::clone(quotas), Arc::clone(registry));
    let mut fold = Fold::new(Arc::clone(log), view.clone(), both, Arc::clone(clock));
    let (known, effects) = follow::rebuild(&mut fold)?;
    Ok(Rebuilt { log: Arc::clone(log), view, fold, known, freed: effects.freed })
}

/// A journal and all that follows from it, at rest.
pub(crate) struct Rebuilt {
    log: Arc<dyn Log>,
    view: View,
    fold: Fold,
    known: Sequence,
    freed: Vec<Sequence>,
}

impl Store {
    /// Begins to append and to follow. Who has something new waiting is woken through `sessions`.
    pub(crate) fn start(rebuilt: Rebuilt, sessions: Arc<Sessions>) -> io::Result<Self> {
        let Rebuilt { log, view, fold, known, freed } = rebuilt;
        let committer = Committer::start(Arc::clone(&log), QueueLimits::default())?;
        let freed = Arc::new(Mutex::new(freed));
        let gathered = Arc::clone(&freed);
        let act = move |effects: Effects| {
            sessions.wake(&effects.woken);
            gathered.lock().unwrap_or_else(PoisonError::into_inner).extend(effects.freed);
        };
        let follower = Follower::start(fold, known, Box::new(act))?;
        Ok(Self { log, committer, follower, view, freed })
    }

    /// Keeps an event. When this returns it is on disk, and in the view.
    pub(crate) async fn keep(&self, event: Event) -> Result<Appended, NotKept> {
        let appended = self.committer.append(event).await.map_err(NotKept::from)?;
        self.follower.know(appended.sequence).await.map_err(|_| NotKept::Ended)?;
        Ok(appended)
    }

    /// Keeps an event of the chain, if nothing joined the chain since `head`.
    pub(crate) async fn keep_if(&self, head: Sequence, event: Event) -> Result<Appended, NotKept> {
        let appended = self.committer.append_if(head, event).await.map_err(NotKept::from)?;
        self.follower.know(appended.sequence).await.map_err(|_| NotKept::Ended)?;
        Ok(appended)
    }

    /// The last event of the chain.
    pub(crate) fn chain_head(&self) -> Sequence {
        self.log.chain_head()
    }

    /// For readers.
    pub(crate) const fn view(&self) -> &View {
        &self.view
    }

    /// Reads parts of one event, one behind the other.
    pub(crate) async fn read(&self, sequence: u64, parts: Vec<Range<u64>>) -> Result<Vec<u8>, LogError> {
        let log = Arc::clone(&self.log);
        let read = move || {
            let parts: Result<Vec<Vec<u8>>, LogError> =
                parts.into_iter().map(|part| log.read(Sequence(sequence), Some(part))).collect();
            parts.map(|parts| parts.concat())
        };
        spawn_blocking(read).await.unwrap_or(Err(LogError::Failed))
    }

    /// Reads whole events; those that cannot be read are left out.
    pub(crate) async fn read_all(&self, sequences: Vec<u64>) -> Vec<Vec<u8>> {
        let log = Arc::clone(&self.log);
        let read = move || {
            let read = |sequence: u64| log.read(Sequence(sequence), None).ok();
            sequences.into_iter().filter_map(read).collect()
        };
        spawn_blocking(read).await.unwrap_or_default()
    }

    /// Ends what time has ended, and gives back the space of what nobody needs.
    pub(crate) async fn sweep(&self) -> Result<(), NotKept> {
        self.follower.sweep();
        while self.release_spent().await? == RELEASED_AT_ONCE {}
        let freed = std::mem::take(&mut *self.freed.lock().unwrap_or_else(PoisonError::into_inner));
        if freed.is_empty() {
            return Ok(());
        }
        tracing::debug!(events = freed.len(), "released");
        let log = Arc::clone(&self.log);
        let released = spawn_blocking(move || release(log.as_ref(), &freed)).await;
        released.unwrap_or(Err(LogError::Failed)).map_err(|_| NotKept::Ended)
    }

    /// Posts that all recipients have: first an event that says what stays of them, then their bytes go.
    async fn release_spent(&self) -> Result<usize, NotKept> {
        let spent = self.view.spent(RELEASED_AT_ONCE)?;
        let found = spent.len();
        let mut posts = Vec::with_capacity(found);
        for sequence in spent {
            let Some(record) = self.view.post(sequence)? else { continue };
            let (hh, device, count) = (record.hh, record.device, record.count);
            let (time, log_size, expires) = (record.time, record.log_size, record.expires);
            posts.push(Remembered { sequence, hh, device, count, time, log_size, expires });
        }
        if !posts.is_empty() {
            self.keep(event::Event::Released { posts }.record()).await?;
        }
        Ok(found)
    }

    /// Returns when the process must end: the journal, or what follows from it, has failed.
    pub(crate) async fn failed(&self) {
        tokio::select! {
            () = self.committer.failed() => {}
            () = self.follower.ended() => {}
        }
    }

    /// Writes what waits, and ends.
    pub(crate) async fn close(&self) -> Result<(), LogError> {
        self.committer.close().await
    }
}

/// One damaged event must not keep the others from going, so they are tried one by one if all at once is refused.
fn release(log: &dyn Log, sequences: &[Sequence]) -> Result<(), LogError> {
    match log.release(sequences) {
        Err(LogError::Damaged { .. } | LogError::Absent { .. }) => {}
        done => return done,
    }
    for sequence in sequences {
        match log.release(&[*sequence]) {
            Ok(()) | Err(LogError::Damaged { .. } | LogError::Absent { .. }) => {}
            failed => return failed,
        }
    }
    Ok(())
}

/// The same when a relay is founded and when it serves.
pub(crate) fn journal_options() -> Options {
    Options::default()
}

impl From<CommitError<AppendError>> for NotKept {
    fn from(error: CommitError<AppendError>) -> Self {
        match error {
            CommitError::Refused(error) => error.into(),
            _ => Self::Ended,
        }
    }
}

impl From<CommitError<AppendIfError>> for NotKept {
    fn from(error: CommitError<AppendIfError>) -> Self {
        match error {
            CommitError::Refused(AppendIfError::Refused(error)) => error.into(),
            CommitError::Refused(_) => Self::Moved,
            _ => Self::Ended,
        }
    }
}

impl From<AppendError> for NotKept {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict => Self::Conflict,
            _ => Self::TooLarge,
        }
    }
}

impl From<ViewError> for NotKept {
    fn from(_: ViewError) -> Self {
        Self::Ended
    }
}

/// The journal's name in the data directory.
pub(crate) const LOG_DIR: &str = "log";
/// The view's name in the data directory.
pub(crate) const VIEW_DIR: &str = "view";
/// Posts in one released event: 80 bytes each.
const RELEASED_AT_ONCE: usize = 256;
const _: () = assert!(
    limits::POST_BYTES_MAX < 16 * 1024 * 1024 - 64 * 1024,
    "an event holds a post and what is said of it"
);
