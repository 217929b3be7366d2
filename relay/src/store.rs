//! Who holds the journal, and when is an event both durable and known? Journal, view and follower under one handle.
//! It must never know what is asked of the relay, only what is kept.

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use liaison_journal::{
    AppendError, AppendIfError, Appended, CommitError, Committer, Event, Log, LogError, OpenError, Opening,
    Options, QueueLimits, SegmentLog, Sequence,
};
use liaison_proto::limits;
use tokio::task::spawn_blocking;

use crate::config::{Clock, Limits};
use crate::event::{self, Remembered};
use crate::fold::{Effects, Fold, FoldError, Gone};
use crate::follow::{self, Follower};
use crate::quota::Quotas;
use crate::registry::Registry;
use crate::resume::{self, Inventory};
use crate::sessions::Sessions;
use crate::view::{FORGOTTEN, FREED, Mark, View, ViewError};

/// Everything that is kept.
pub(crate) struct Store {
    // In the order in which they must end: whoever opens the journal next must find the view closed.
    follower: Follower,
    view: View,
    committer: Committer,
    log: Arc<dyn Log>,
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

/// Learns all that follows from the journal: from the view that was left, if it can be gone on from, else anew.
pub(crate) fn learn(
    Opened { log, opening }: &Opened,
    data_dir: &Path,
    (limits, clock): (Limits, &Clock),
) -> Result<Learnt, FoldError> {
    let path = data_dir.join(VIEW_DIR);
    // What is damaged must be missing from the view too, or it would promise what is not there.
    if opening.is_sound()
        && let Some(learnt) = View::kept(&path, |view, mark| resume(log, (view, mark), (limits, clock)))
    {
        return Ok(learnt);
    }
    let fresh = (View::fresh(&path)?, Mark::fresh());
    begin(log, fresh, (limits, clock)).follow_up()
}

fn resume(log: &Arc<dyn Log>, (view, mark): (View, Mark), with: (Limits, &Clock)) -> Option<Learnt> {
    if !resume::fits(log.as_ref(), &mark) {
        return None;
    }
    let inventory = Inventory::take(&view, &mark)?;
    let mut learnt = begin(log, (view, mark), with);
    learnt.fold.recollect(inventory).ok()?;
    learnt.follow_up().ok()
}

fn begin(log: &Arc<dyn Log>, (view, mark): (View, Mark), (limits, clock): (Limits, &Clock)) -> Learnt {
    let (quotas, registry) = (Arc::new(Quotas::new(limits)), Arc::new(Registry::default()));
    let both = (Arc::clone(&quotas), Arc::clone(&registry));
    let fold = Fold::new(Arc::clone(log), (view.clone(), mark), both, Arc::clone(clock));
    Learnt {
        log: Arc::clone(log),
        view,
        fold,
        known: Sequence(mark.known),
        from: mark.known,
        quotas,
        registry,
    }
}

/// A journal and all that follows from it, at rest.
pub(crate) struct Learnt {
    log: Arc<dyn Log>,
    view: View,
    fold: Fold,
    known: Sequence,
    /// The last event that the view had when it was opened; 0 if it was made anew.
    from: u64,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) registry: Arc<Registry>,
}

impl Learnt {
    /// How many events were folded.
    pub(crate) fn folded(&self) -> u64 {
        self.known.0.saturating_sub(self.from)
    }

    /// Folds what the view does not have yet.
    fn follow_up(mut self) -> Result<Self, FoldError> {
        self.known = follow::to_the_end(&mut self.fold, self.known, self.log.head())?;
        Ok(self)
    }
}

impl Store {
    /// Begins to append and to follow. Who has something new waiting is woken through `sessions`.
    pub(crate) fn start(learnt: Learnt, sessions: Arc<Sessions>) -> io::Result<Self> {
        let Learnt { log, view, fold, known, .. } = learnt;
        let committer = Committer::start(Arc::clone(&log), QueueLimits::default())?;
        let act = move |effects: Effects| sessions.wake(&effects.woken);
        let follower = Follower::start(fold, known, Box::new(act))?;
        Ok(Self { follower, view, committer, log })
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

    /// How many groups of events were synced since the start.
    pub(crate) fn groups(&self) -> u64 {
        self.committer.groups()
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

    /// Ends what time has ended.
    pub(crate) async fn sweep(&self) -> Result<(), NotKept> {
        self.follower.sweep(Gone::default());
        while self.release_spent().await? == RELEASED_AT_ONCE {}
        Ok(())
    }

    /// Gives back the space of what nobody needs: first the view that says so is made durable, so that no older one comes
    /// back and asks for it; then the events go from the journal, and then from the view's list. A crash in between has
    /// them released once more, which is nothing.
    pub(crate) async fn reclaim(&self) -> Result<(), NotKept> {
        if self.follower.has_swept_less() {
            return Ok(());
        }
        let freed = self.view.gone(FREED, FREED_AT_ONCE)?;
        let forgotten = self.view.gone(FORGOTTEN, FREED_AT_ONCE)?;
        if (freed.is_empty() && forgotten.is_empty()) || !self.sync_view().await {
            return Ok(());
        }
        tracing::debug!(released = freed.len(), forgotten = forgotten.len(), "giving space back");
        let log = Arc::clone(&self.log);
        let both = move || {
            let [released, forgotten] =
                [freed, forgotten].map(|events| events.into_iter().map(Sequence).collect::<Vec<_>>());
            let_go(&released, &|events| log.release(events))?;
            let_go(&forgotten, &|events| log.forget(events))?;
            Ok(Gone { released, forgotten })
        };
        let gone = spawn_blocking(both).await.unwrap_or(Err(LogError::Failed));
        self.follower.sweep(gone.map_err(|_| NotKept::Ended)?);
        Ok(())
    }

    /// Makes durable what the view shows, so that the next start has less to fold. Nobody waits for it.
    pub(crate) async fn sync_view(&self) -> bool {
        let view = self.view.clone();
        match spawn_blocking(move || view.sync()).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::warn!(kind = %error.kind(), "the view could not be synced, so no space comes back; check the disk");
                false
            }
            Err(_) => false,
        }
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
        self.committer.close().await?;
        // An error says that the follower has ended already; then the next start makes the view anew.
        let _ = self.follower.know(self.log.head()).await;
        self.sync_view().await;
        Ok(())
    }
}

/// One damaged event must not keep the others from going, and they must not all go one by one because of it: whoever is
/// refused is halved.
fn let_go(sequences: &[Sequence], go: &dyn Fn(&[Sequence]) -> Result<(), LogError>) -> Result<(), LogError> {
    match go(sequences) {
        Err(LogError::Damaged { .. } | LogError::Absent { .. }) if sequences.len() > 1 => {
            let (one, other) = sequences.split_at(sequences.len() / 2);
            let_go(one, go)?;
            let_go(other, go)
        }
        Err(LogError::Damaged { .. } | LogError::Absent { .. }) => Ok(()),
        done => done,
    }
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
/// Events that go at once, so that a mark is written for all of them with one sync.
const FREED_AT_ONCE: usize = 100_000;
/// Posts in one released event: 80 bytes each.
const RELEASED_AT_ONCE: usize = 256;
const _: () = assert!(
    limits::POST_BYTES_MAX < 16 * 1024 * 1024 - 64 * 1024,
    "an event holds a post and what is said of it"
);
