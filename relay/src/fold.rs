//! What does each event change? The one way from the journal to what this relay knows: at each start all of it, then
//! event by event.
//! It must never know who waits for an event, nor append one.
//!
//! What an event makes superfluous is gathered in [`Effects::freed`]: the event's own durability is what allows the
//! other's bytes to go.

use std::collections::BTreeSet;
use std::sync::Arc;

use liaison_journal::{Content, Entry, Log, LogError, Sequence};
use liaison_keys::names::DeviceId;
use thiserror::Error;

use crate::config::Clock;
use crate::event::Event;
use crate::quota::Quotas;
use crate::registry::{Gap, Registry};
use crate::view::{BundleRecord, Changes, VaultRecord, View, ViewError};

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

/// What follows from events, besides what is now known.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Devices for which something new waits.
    pub(crate) woken: BTreeSet<DeviceId>,
    /// Events whose bytes nobody needs any more.
    pub(crate) freed: Vec<Sequence>,
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
}

impl Fold {
    pub(crate) fn new(
        log: Arc<dyn Log>,
        view: View,
        (quotas, registry): (Arc<Quotas>, Arc<Registry>),
        clock: Clock,
    ) -> Self {
        let changes = view.changes();
        let (effects, chain) = (Effects::default(), Sequence::NONE);
        Self { log, view, changes, quotas, registry, clock, effects, chain }
    }

    /// Takes everything after `known`, shows it, and says what followed; nothing when there is nothing new.
    pub(crate) fn catch_up(&mut self, known: Sequence) -> Result<Option<(Sequence, Effects)>, FoldError> {
        let entries = self.log.follow(known, BATCH_BYTES)?;
        let Some(last) = entries.last().map(|entry| entry.sequence) else { return Ok(None) };
        for entry in entries {
            self.take(entry)?;
        }
        self.changes.commit()?;
        Ok(Some((last, std::mem::take(&mut self.effects))))
    }

    /// Whether the directory is whole: a damaged entry at the very end leaves no gap behind it.
    pub(crate) fn check_chain(&self) -> Result<(), Gap> {
        let size = self.registry.read().map_or(0, |known| known.directory().size());
        if self.chain == self.log.chain_head() { Ok(()) } else { Err(Gap { index: size }) }
    }

    /// Ends what time alone has ended.
    pub(crate) fn sweep(&mut self) -> Result<Effects, FoldError> {
        let now = (self.clock)();
        for event in self.registry.forget_ended(now) {
            self.free(event);
        }
        let expired = self.view.expired(now, EXPIRED_AT_ONCE)?;
        for sequence in expired {
            self.expire(sequence)?;
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
            Ok(Event::Acknowledged { device, sequences }) => self.acknowledged(sequence, device, &sequences),
            Ok(Event::Released { posts }) => self.released(sequence, posts),
            Ok(Event::Invited { invitation, time }) => {
                self.invited(sequence, &invitation, time);
                Ok(())
            }
            Ok(Event::Founded { entry, invitation, time }) => {
                self.registry.found(entry.into())?;
                self.chain = Sequence(sequence);
                // The founding is never freed, so the event's number is of no use.
                self.registry.invite(&invitation, time, 0);
                Ok(())
            }
            Ok(Event::Logged { index, entry }) => {
                self.chain = Sequence(sequence);
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

    fn invited(&mut self, event: u64, invitation: &[u8], time: u64) {
        if let Some(superseded) = self.registry.invite(invitation, time, event) {
            self.free(superseded);
        }
    }

    fn logged(&mut self, index: u64, entry: Vec<u8>) -> Result<(), FoldError> {
        let time = liaison_keys::directory::Entry::from_bytes(&entry).map(|entry| entry.logged);
        let (charged, ended) = self.registry.push(index, entry)?;
        if let (Some(owner), Ok(time)) = (charged, time) {
            self.quotas.logged(&owner, time);
        }
        for event in ended {
            self.free(event);
        }
        Ok(())
    }

    fn prekeys(&mut self, event: u64, device: DeviceId, number: u64) -> Result<(), FoldError> {
        match self.changes.bundles.get(device.as_bytes())? {
            // Two came at once, and the older one was written last.
            Some(stored) if stored.number >= number => {
                self.free(event);
                return Ok(());
            }
            Some(stored) => self.free(stored.event),
            None => {}
        }
        self.changes.bundles.put(device.as_bytes(), BundleRecord { number, event });
        Ok(())
    }

    fn vault(&mut self, device: DeviceId, said: VaultRecord) -> Result<(), FoldError> {
        match self.changes.vaults.get(device.as_bytes())? {
            Some(best) if (best.generation, best.events) >= (said.generation, said.events) => {
                self.free(said.event);
                return Ok(());
            }
            Some(best) => self.free(best.event),
            None => {}
        }
        self.changes.vaults.put(device.as_bytes(), said);
        Ok(())
    }

    fn free(&mut self, event: u64) {
        // The founding has the number 0 here, and is needed for ever.
        if event > 0 {
            self.effects.freed.push(Sequence(event));
        }
    }
}

/// What is read from the journal at once; one post more than that at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Posts that are ended in one sweep, so that a mass expiry does not hold up what is being accepted.
const EXPIRED_AT_ONCE: usize = 1_000;
