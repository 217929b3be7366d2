//! What does each event change? The one way from the journal to what this relay knows: at a start what the view does not
//! have yet, then event by event.
//! It must never know who waits for an event, nor append one.
//!
//! What an event makes superfluous joins the table of what may go, in the same commit: the event's own durability is what
//! allows the other's bytes to go, and a crash between the two forgets neither.

use std::collections::BTreeSet;
use std::sync::Arc;

use liaison_journal::{Content, Entry, Log, LogError, Sequence};
use liaison_keys::names::DeviceId;
use thiserror::Error;

use crate::config::Clock;
use crate::event::Event;
use crate::quota::Quotas;
use crate::registry::{Gap, Registry};
use crate::resume::Inventory;
use crate::view::{
    BUNDLES, BundleRecord, CHAIN, Changes, FORGOTTEN, FREED, INVITED, Mark, VAULTS, VaultRecord, View,
    ViewError, WAITING,
};

mod posts;

/// Why the fold cannot go on. The journal is as it was.
#[derive(Debug, Error)]
pub(crate) enum FoldError {
    /// The view.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The directory's log.
    #[error(transparent)]
    Directory(#[from] Gap),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] LogError),
}

/// Events that have gone from the journal since they were listed: of the two lists, each its own.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    pub(crate) released: Vec<Sequence>,
    pub(crate) forgotten: Vec<Sequence>,
}

/// What follows from events, besides what is now known.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Devices for which something new waits.
    pub(crate) woken: BTreeSet<DeviceId>,
}

/// The one writer of view, quotas and registry.
pub(crate) struct Fold {
    log: Arc<dyn Log>,
    view: View,
    changes: Changes,
    quotas: Arc<Quotas>,
    registry: Arc<Registry>,
    clock: Clock,
    effects: Effects,
    /// The last entry of the directory's log that was read.
    chain: Sequence,
    /// The journal's first event, by its id.
    founding: [u8; 32],
}

impl Fold {
    /// Goes on from a view that says this of itself.
    pub(crate) fn new(
        log: Arc<dyn Log>,
        (view, mark): (View, Mark),
        (quotas, registry): (Arc<Quotas>, Arc<Registry>),
        clock: Clock,
    ) -> Self {
        let changes = view.changes(mark);
        let (effects, chain, founding) = (Effects::default(), Sequence::NONE, mark.founding);
        Self { log, view, changes, quotas, registry, clock, effects, chain, founding }
    }

    /// Takes in again what stands beside the view and is not kept: the directory, who is invited, and shares.
    pub(crate) fn recollect(&mut self, inventory: Inventory) -> Result<(), FoldError> {
        for sequence in inventory.directory() {
            // An entry that is damaged leaves a gap, and the view is not gone on from.
            for entry in self.log.follow(Sequence(sequence).previous(), 0)?.into_iter().take(1) {
                self.take(entry)?;
            }
        }
        inventory.count(&self.quotas, &self.registry);
        for orphan in inventory.orphans {
            self.changes.take(WAITING, &orphan)?;
        }
        self.changes.commit()?;
        self.effects = Effects::default();
        Ok(())
    }

    /// Takes everything after `known`, shows it, and says what followed; nothing when there is nothing new.
    pub(crate) fn catch_up(&mut self, known: Sequence) -> Result<Option<(Sequence, Effects)>, FoldError> {
        let entries = self.log.follow(known, BATCH_BYTES)?;
        let Some((last, id)) = entries.last().map(|entry| (entry.sequence, id(entry))) else {
            return Ok(None);
        };
        if let Some(founding) = entries.first().filter(|entry| entry.sequence == Sequence::NONE.next()) {
            self.founding = self::id(founding);
        }
        for entry in entries {
            self.take(entry)?;
        }
        self.changes.reach((last.0, id), self.founding);
        self.changes.commit()?;
        Ok(Some((last, std::mem::take(&mut self.effects))))
    }

    /// Whether the directory is whole: a damaged entry at the very end leaves no gap behind it.
    pub(crate) fn check_chain(&self) -> Result<(), Gap> {
        let size = self.registry.read().map_or(0, |known| known.directory().size());
        if self.chain == self.log.chain_head() { Ok(()) } else { Err(Gap { index: size }) }
    }

    /// Ends what time alone has ended, and forgets what has gone from the journal.
    pub(crate) fn sweep(&mut self, gone: Gone) -> Result<Effects, FoldError> {
        let now = (self.clock)();
        for (table, events) in [(FREED, gone.released), (FORGOTTEN, gone.forgotten)] {
            for event in events {
                self.changes.take(table, &event.0.to_be_bytes())?;
            }
        }
        for event in self.registry.forget_ended(now) {
            self.uninvite(event)?;
        }
        let expired = self.view.expired(now, EXPIRED_AT_ONCE)?;
        for sequence in expired {
            self.expire(sequence)?;
            if self.changes.rows() > EXPIRED_ROWS_AT_ONCE {
                break;
            }
        }
        self.changes.commit()?;
        Ok(std::mem::take(&mut self.effects))
    }

    fn take(&mut self, Entry { sequence: Sequence(sequence), content }: Entry) -> Result<(), FoldError> {
        // What was released has nothing more to say; what is damaged was named when the journal was opened.
        let Content::Event(record) = content else { return Ok(()) };
        let length = record.bytes.len();
        match Event::from_bytes(&record.bytes) {
            Ok(Event::Posted(posted)) => {
                self.posted(sequence, length, posted);
                Ok(())
            }
            Ok(Event::Passed(passed)) => {
                self.passed((sequence, record.id), length, passed);
                Ok(())
            }
            Ok(Event::Acknowledged { device, sequences }) => self.acknowledged(sequence, device, &sequences),
            Ok(Event::Released { posts }) => self.released(sequence, posts),
            Ok(Event::Invited { invitation, time }) => self.invited(sequence, &invitation, time),
            Ok(Event::Founded { entry, invitation, time }) => {
                self.registry.found(entry.into())?;
                self.joined(sequence);
                // The founding is never freed, so the event's number is of no use.
                self.registry.invite(&invitation, time, 0);
                Ok(())
            }
            Ok(Event::Logged { index, entry }) => {
                self.joined(sequence);
                self.logged(index, entry.into())
            }
            Ok(Event::Prekeys { device, number, .. }) => self.prekeys(sequence, device, number),
            Ok(Event::Vault { device, generation, events }) => {
                self.vault(device, VaultRecord { generation, events, event: sequence })
            }
            Err(_) => {
                tracing::error!(sequence, "an event of the journal is of no known kind; it was left alone");
                Ok(())
            }
        }
    }

    /// An entry of the directory's log stands here.
    fn joined(&mut self, sequence: u64) {
        self.chain = Sequence(sequence);
        self.changes.put(CHAIN, &sequence.to_be_bytes(), ());
    }

    fn invited(&mut self, event: u64, invitation: &[u8], time: u64) -> Result<(), FoldError> {
        self.changes.put(INVITED, &event.to_be_bytes(), ());
        match self.registry.invite(invitation, time, event) {
            Some(superseded) => self.uninvite(superseded),
            None => Ok(()),
        }
    }

    fn uninvite(&mut self, event: u64) -> Result<(), FoldError> {
        self.changes.take(INVITED, &event.to_be_bytes())?;
        self.free(event);
        Ok(())
    }

    fn logged(&mut self, index: u64, entry: Vec<u8>) -> Result<(), FoldError> {
        let time = liaison_keys::directory::Entry::from_bytes(&entry).map(|entry| entry.logged);
        let (charged, ended) = self.registry.push(index, entry)?;
        if let (Some(owner), Ok(time)) = (charged, time) {
            self.quotas.logged(&owner, time);
        }
        ended.into_iter().try_for_each(|event| self.uninvite(event))
    }

    fn prekeys(&mut self, event: u64, device: DeviceId, number: u64) -> Result<(), FoldError> {
        match self.changes.get(BUNDLES, device.as_bytes())? {
            // Two came at once, and the older one was written last.
            Some(stored) if stored.number >= number => {
                self.free(event);
                return Ok(());
            }
            Some(stored) => self.free(stored.event),
            None => {}
        }
        self.changes.put(BUNDLES, device.as_bytes(), BundleRecord { number, event });
        Ok(())
    }

    fn vault(&mut self, device: DeviceId, said: VaultRecord) -> Result<(), FoldError> {
        match self.changes.get(VAULTS, device.as_bytes())? {
            Some(best) if (best.generation, best.events) >= (said.generation, said.events) => {
                self.free(said.event);
                return Ok(());
            }
            Some(best) => self.free(best.event),
            None => {}
        }
        self.changes.put(VAULTS, device.as_bytes(), said);
        Ok(())
    }

    /// Nothing of an event is needed any more.
    fn free(&mut self, event: u64) {
        // The founding has the number 0 here, and is needed for ever.
        if event > 0 {
            self.changes.put(FORGOTTEN, &event.to_be_bytes(), ());
        }
    }

    /// An event's bytes are not needed any more, but it must still be known if it comes again.
    fn free_bytes(&mut self, event: u64) {
        self.changes.put(FREED, &event.to_be_bytes(), ());
    }
}

/// By which a journal is told from another with as many events.
pub(crate) fn id(entry: &Entry) -> [u8; 32] {
    match &entry.content {
        Content::Event(event) => event.id.0,
        Content::Released { id, .. } => id.0,
        Content::Forgotten | Content::Damaged => NO_NAME,
    }
}

/// Of an event that has none any more.
pub(crate) const NO_NAME: [u8; 32] = [0; 32];
/// What is read from the journal at once; one post more than that at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Posts that are ended in one sweep, so that a mass expiry does not hold up what is being accepted.
const EXPIRED_AT_ONCE: usize = 1_000;
/// The same in rows of the view: a post to all that nobody fetched has thousands.
const EXPIRED_ROWS_AT_ONCE: usize = 50_000;
