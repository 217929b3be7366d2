//! What does each event change? The one way from the journal to what this relay knows: at each start all of it, then
//! event by event.
//! It must never know who waits for an event, nor append one.
//!
//! What an event makes superfluous is gathered in [`Effects::freed`]: the event's own durability is what allows the
//! other's bytes to go.

use std::collections::BTreeSet;
use std::sync::Arc;

use liaison_journal::{Content, Entry, Log, LogError, Sequence};
use liaison_keys::names::{DeviceId, Owner};
use liaison_proto::envelope::Post;
use thiserror::Error;

use crate::config::Clock;
use crate::event::{Event, Posted, Remembered};
use crate::quota::Quotas;
use crate::registry::{Gap, Registry};
use crate::view::{BundleRecord, Changes, PostRecord, VaultRecord, View, ViewError, WaitingRecord};
use crate::view::{expiry_key, waiting_key};

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
}

impl Fold {
    pub(crate) fn new(
        log: Arc<dyn Log>,
        view: View,
        (quotas, registry): (Arc<Quotas>, Arc<Registry>),
        clock: Clock,
    ) -> Self {
        let changes = view.changes();
        Self { log, view, changes, quotas, registry, clock, effects: Effects::default() }
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
            Ok(Event::Posted(posted)) => self.posted(sequence, length, posted),
            Ok(Event::Acknowledged { device, sequences }) => self.acknowledged(sequence, device, &sequences),
            Ok(Event::Released { posts }) => self.released(sequence, posts),
            Ok(Event::Invited { invitation, time }) => {
                self.invited(sequence, &invitation, time);
                Ok(())
            }
            Ok(Event::Founded { entry, invitation, time }) => {
                self.registry.found(entry.into())?;
                // The founding is never freed, so the event's number is of no use.
                self.registry.invite(&invitation, time, 0);
                Ok(())
            }
            Ok(Event::Logged { index, entry }) => self.logged(index, entry.into()),
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

    fn posted(&mut self, sequence: u64, length: usize, posted: Posted) -> Result<(), FoldError> {
        let Posted { device, owner, time, log_size, left_out, post } = posted;
        let from = length.saturating_sub(post.len());
        let Ok(post) = Post::from_bytes(post.into()) else { return Ok(()) };
        let header = post.header();
        let bytes = u32::try_from(post.as_bytes().len()).unwrap_or(u32::MAX);
        if header.expires <= (self.clock)() {
            self.quotas.posted(&owner, time, 0);
            self.free(sequence);
            return Ok(());
        }
        self.quotas.posted(&owner, time, u64::from(bytes));
        let left_out: BTreeSet<usize> = left_out.into_iter().map(usize::from).collect();
        let count = u16::try_from(post.devices().len().saturating_sub(left_out.len())).unwrap_or(u16::MAX);
        let (hh, lane, expires) = (post.hh(), header.lane, header.expires);
        let record = PostRecord { hh, device, lane, left: count, count, bytes, expires, time, log_size };
        self.remember(sequence, record);
        if count == 0 {
            self.changes.spent.put(&sequence.to_be_bytes(), ());
        }
        for (index, device) in post.devices().iter().enumerate().filter(|(index, _)| !left_out.contains(index)) {
            let place = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
            let range = post.wrap(index);
            let wrap = place(from.saturating_add(range.start));
            let wrap_bytes = u16::try_from(range.len()).unwrap_or(u16::MAX);
            let (from, prefix) = (place(from), place(post.prefix().len()));
            let record = WaitingRecord { from, prefix, wrap, wrap_bytes, expires };
            self.changes.waiting.put(&waiting_key(*device, lane, sequence), record);
            self.quotas.filled(*device);
            self.effects.woken.insert(*device);
        }
        Ok(())
    }

    fn acknowledged(&mut self, event: u64, device: DeviceId, posts: &[u64]) -> Result<(), FoldError> {
        let mut mentioned = BTreeSet::new();
        for sequence in posts {
            let key = sequence.to_be_bytes();
            let Some(mut post) = self.changes.posts.get(&key)? else { continue };
            if self.changes.waiting.take(&waiting_key(device, post.lane, *sequence))?.is_none() {
                continue;
            }
            self.quotas.emptied(device);
            post.left = post.left.saturating_sub(1);
            self.changes.posts.put(&key, post);
            if post.left == 0 {
                self.changes.spent.put(&key, ());
            }
            mentioned.insert(*sequence);
        }
        self.mention(event, &mentioned);
        Ok(())
    }

    fn released(&mut self, event: u64, posts: Vec<Remembered>) -> Result<(), FoldError> {
        let mut mentioned = BTreeSet::new();
        for post in posts {
            if post.expires <= (self.clock)() {
                self.expire(post.sequence)?;
                continue;
            }
            mentioned.insert(post.sequence);
            match self.changes.posts.get(&post.sequence.to_be_bytes())? {
                Some(record) => self.release(post.sequence, record)?,
                None => self.recall(&post)?,
            }
        }
        self.mention(event, &mentioned);
        Ok(())
    }

    /// The bytes of a post go; acknowledgements of it say nothing any more.
    fn release(&mut self, sequence: u64, record: PostRecord) -> Result<(), FoldError> {
        if record.bytes == 0 {
            return Ok(());
        }
        self.let_go(sequence, &record)?;
        self.unmention(sequence)?;
        let kept = PostRecord { bytes: 0, left: 0, ..record };
        self.changes.posts.put(&sequence.to_be_bytes(), kept);
        Ok(())
    }

    /// A post whose bytes went before this start.
    fn recall(&mut self, post: &Remembered) -> Result<(), FoldError> {
        let Remembered { sequence, hh, device, count, time, log_size, expires } = *post;
        if let Some(owner) = self.owner_of(device) {
            self.quotas.posted(&owner, time, 0);
        }
        let lane = liaison_proto::Lane::Routine;
        let record = PostRecord { hh, device, lane, left: 0, count, bytes: 0, expires, time, log_size };
        self.remember(sequence, record);
        Ok(())
    }

    fn remember(&mut self, sequence: u64, record: PostRecord) {
        self.changes.posts.put(&sequence.to_be_bytes(), record);
        self.changes.seen.put(record.hh.as_bytes(), sequence);
        self.changes.expiries.put(&expiry_key(record.expires, sequence), ());
    }

    /// Nothing of a post is needed any more: it cannot be posted again, as it has ended.
    fn expire(&mut self, sequence: u64) -> Result<(), FoldError> {
        let Some(record) = self.changes.posts.take(&sequence.to_be_bytes())? else { return Ok(()) };
        self.changes.seen.take(record.hh.as_bytes())?;
        self.changes.expiries.take(&expiry_key(record.expires, sequence))?;
        if record.bytes > 0 {
            self.let_go(sequence, &record)?;
        }
        self.unmention(sequence)
    }

    /// A post leaves the mailboxes in which it still waits, its sender's quota, and then the disk.
    fn let_go(&mut self, sequence: u64, record: &PostRecord) -> Result<(), FoldError> {
        self.changes.spent.take(&sequence.to_be_bytes())?;
        if record.left > 0 {
            for device in self.recipients(sequence) {
                if self.changes.waiting.take(&waiting_key(device, record.lane, sequence))?.is_some() {
                    self.quotas.emptied(device);
                }
            }
        }
        if let Some(owner) = self.owner_of(record.device) {
            self.quotas.freed(&owner, u64::from(record.bytes));
        }
        self.free(sequence);
        Ok(())
    }

    /// For whom a post was. Nobody, if its bytes are damaged: then it stays in its mailboxes until the next start, and
    /// is not delivered.
    fn recipients(&self, sequence: u64) -> Vec<DeviceId> {
        let read = self.log.read(Sequence(sequence), None).ok();
        let Some(Ok(Event::Posted(posted))) = read.map(|bytes| Event::from_bytes(&bytes)) else {
            return Vec::new();
        };
        Post::from_bytes(posted.post.into()).map(|post| post.devices().to_vec()).unwrap_or_default()
    }

    /// An event is needed as long as one of the posts that it speaks of is there.
    fn mention(&mut self, event: u64, posts: &BTreeSet<u64>) {
        if posts.is_empty() {
            return self.free(event);
        }
        for sequence in posts {
            self.changes.about.put(&expiry_key(*sequence, event), ());
        }
        let count = u16::try_from(posts.len()).unwrap_or(u16::MAX);
        self.changes.mentions.put(&event.to_be_bytes(), count);
    }

    fn unmention(&mut self, sequence: u64) -> Result<(), FoldError> {
        for key in self.changes.about.keys(&sequence.to_be_bytes())? {
            self.changes.about.take(&key)?;
            let Some((_, event)) = key.split_last_chunk::<8>() else { continue };
            let left = self.changes.mentions.get(event)?.map_or(0, |count| count.saturating_sub(1));
            if left == 0 {
                self.changes.mentions.take(event)?;
                self.free(u64::from_be_bytes(*event));
            } else {
                self.changes.mentions.put(event, left);
            }
        }
        Ok(())
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

    fn owner_of(&self, device: DeviceId) -> Option<Owner> {
        self.registry.owner_of(device)
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
