//! What becomes of a post? It waits, is fetched, is released, and ends; and the events that speak of it go with it.
//! It must never know who is connected.
//!
//! ```text
//! posted ─▶ waiting ─▶ acknowledged by all: spent ─▶ released: its bytes go ─▶ expired: nothing of it is left
//!                └────────────────────────────── expired ─────────────────────────────▲
//! ```

use std::collections::BTreeSet;

use liaison_journal::{EventId, Sequence};
use liaison_keys::names::{DeviceId, HeaderHash};
use liaison_proto::Lane;
use liaison_proto::envelope::Post;

use super::{Fold, FoldError};
use crate::event::{Event, Passed, Posted, Remembered};
use crate::view::{
    ABOUT, EXPIRIES, MENTIONS, POSTS, PostRecord, SEEN, SPENT, WAITING, WaitingRecord, expiry_key,
    waiting_key,
};

impl Fold {
    /// A post waits for its recipients, unless its time has come already.
    pub(super) fn posted(&mut self, sequence: u64, length: usize, posted: Posted) {
        let Posted { device, owner, time, log_size, left_out, post } = posted;
        let from = length.saturating_sub(post.len());
        // The form was checked before the post was taken.
        let Ok(post) = Post::from_bytes(post.into()) else { return };
        let (hh, lane, expires) = (post.hh(), post.header().lane, post.header().expires);
        if expires <= (self.clock)() {
            self.quotas.posted(&owner, time, 0);
            return self.free(sequence);
        }
        let bytes = place(post.as_bytes().len());
        self.quotas.posted(&owner, time, u64::from(bytes));
        let count = u16::try_from(post.devices().len().saturating_sub(left_out.len())).unwrap_or(u16::MAX);
        let record = PostRecord { hh, device, lane, left: count, count, bytes, expires, time, log_size };
        self.remember(sequence, record);
        if count == 0 {
            self.changes.put(SPENT, &sequence.to_be_bytes(), ());
        }
        let left_out: BTreeSet<usize> = left_out.into_iter().map(usize::from).collect();
        self.queue((sequence, from), &post, &left_out);
    }

    fn queue(&mut self, (sequence, from): (u64, usize), post: &Post, left_out: &BTreeSet<usize>) {
        let (lane, expires) = (post.header().lane, post.header().expires);
        let prefix = place(post.prefix().len());
        for (index, device) in
            post.devices().iter().enumerate().filter(|(index, _)| !left_out.contains(index))
        {
            let range = post.wrap(index);
            let wrap = place(from.saturating_add(range.start));
            let wrap_bytes = u16::try_from(range.len()).unwrap_or(u16::MAX);
            let record = WaitingRecord { from: place(from), prefix, wrap, wrap_bytes, expires };
            self.changes.put(WAITING, &waiting_key(*device, lane, sequence), record);
            self.quotas.filled(*device);
            self.effects.woken.insert(*device);
        }
    }

    /// What one device passes to another waits, is fetched, is released and ends like a post for one: its name is its
    /// event's.
    pub(super) fn passed(&mut self, (sequence, id): (u64, EventId), length: usize, passed: Passed) {
        let Passed { device, owner, time, to, lane, expires, .. } = passed;
        if expires <= (self.clock)() {
            self.quotas.posted(&owner, time, 0);
            return self.free(sequence);
        }
        let bytes = place(length);
        self.quotas.posted(&owner, time, u64::from(bytes));
        let hh = HeaderHash::new(id.0);
        self.remember(
            sequence,
            PostRecord { hh, device, lane, left: 1, count: 1, bytes, expires, time, log_size: 0 },
        );
        let record = WaitingRecord { from: 0, prefix: bytes, wrap: bytes, wrap_bytes: 0, expires };
        self.changes.put(WAITING, &waiting_key(to, lane, sequence), record);
        self.quotas.filled(to);
        self.effects.woken.insert(to);
    }

    pub(super) fn acknowledged(
        &mut self,
        event: u64,
        device: DeviceId,
        posts: &[u64],
    ) -> Result<(), FoldError> {
        let mut mentioned = BTreeSet::new();
        for sequence in posts {
            let key = sequence.to_be_bytes();
            let Some(mut post) = self.changes.get(POSTS, &key)? else { continue };
            if self.changes.take(WAITING, &waiting_key(device, post.lane, *sequence))?.is_none() {
                continue;
            }
            self.quotas.emptied(device);
            post.left = post.left.saturating_sub(1);
            self.changes.put(POSTS, &key, post);
            if post.left == 0 {
                self.changes.put(SPENT, &key, ());
            }
            mentioned.insert(*sequence);
        }
        self.mention(event, &mentioned);
        Ok(())
    }

    pub(super) fn released(&mut self, event: u64, posts: Vec<Remembered>) -> Result<(), FoldError> {
        let mut mentioned = BTreeSet::new();
        for post in posts {
            if post.expires <= (self.clock)() {
                self.expire(post.sequence)?;
                // Also when it had gone before this start.
                self.free(post.sequence);
                continue;
            }
            mentioned.insert(post.sequence);
            match self.changes.get(POSTS, &post.sequence.to_be_bytes())? {
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
        self.free_bytes(sequence);
        self.unmention(sequence)?;
        let kept = PostRecord { bytes: 0, left: 0, ..record };
        self.changes.put(POSTS, &sequence.to_be_bytes(), kept);
        Ok(())
    }

    /// A post whose bytes went before this start.
    fn recall(&mut self, post: &Remembered) -> Result<(), FoldError> {
        let Remembered { sequence, hh, device, count, time, log_size, expires } = *post;
        if let Some(owner) = self.registry.owner_of(device) {
            self.quotas.posted(&owner, time, 0);
        }
        // It waits for nobody, so its lane is of no use.
        let lane = Lane::Routine;
        let record = PostRecord { hh, device, lane, left: 0, count, bytes: 0, expires, time, log_size };
        self.remember(sequence, record);
        Ok(())
    }

    fn remember(&mut self, sequence: u64, record: PostRecord) {
        self.changes.put(POSTS, &sequence.to_be_bytes(), record);
        self.changes.put(SEEN, record.hh.as_bytes(), sequence);
        self.changes.put(EXPIRIES, &expiry_key(record.expires, sequence), ());
    }

    /// Nothing of a post is needed any more: it cannot be posted again, as it has ended.
    pub(super) fn expire(&mut self, sequence: u64) -> Result<(), FoldError> {
        let Some(record) = self.changes.take(POSTS, &sequence.to_be_bytes())? else { return Ok(()) };
        self.changes.take(SEEN, record.hh.as_bytes())?;
        self.changes.take(EXPIRIES, &expiry_key(record.expires, sequence))?;
        if record.bytes > 0 {
            self.let_go(sequence, &record)?;
        }
        self.free(sequence);
        self.unmention(sequence)
    }

    /// A post leaves the mailboxes in which it still waits, and its sender's quota.
    fn let_go(&mut self, sequence: u64, record: &PostRecord) -> Result<(), FoldError> {
        self.changes.take(SPENT, &sequence.to_be_bytes())?;
        if record.left > 0 {
            for device in self.recipients(sequence) {
                if self.changes.take(WAITING, &waiting_key(device, record.lane, sequence))?.is_some() {
                    self.quotas.emptied(device);
                }
            }
        }
        if let Some(owner) = self.registry.owner_of(record.device) {
            self.quotas.freed(&owner, u64::from(record.bytes));
        }
        Ok(())
    }

    /// For whom a post was. Nobody, if its bytes are damaged: then it stays in its mailboxes until the next start, and
    /// is not delivered.
    fn recipients(&self, sequence: u64) -> Vec<DeviceId> {
        let read = self.log.read(Sequence(sequence), None).ok();
        match read.map(|bytes| Event::from_bytes(&bytes)) {
            Some(Ok(Event::Posted(posted))) => {
                Post::from_bytes(posted.post.into()).map(|post| post.devices().to_vec()).unwrap_or_default()
            }
            Some(Ok(Event::Passed(passed))) => vec![passed.to],
            _ => Vec::new(),
        }
    }

    /// An event is needed as long as one of the posts that it speaks of is there.
    fn mention(&mut self, event: u64, posts: &BTreeSet<u64>) {
        if posts.is_empty() {
            return self.free(event);
        }
        for sequence in posts {
            self.changes.put(ABOUT, &expiry_key(*sequence, event), ());
        }
        let count = u16::try_from(posts.len()).unwrap_or(u16::MAX);
        self.changes.put(MENTIONS, &event.to_be_bytes(), count);
    }

    fn unmention(&mut self, sequence: u64) -> Result<(), FoldError> {
        for key in self.changes.keys(ABOUT, &sequence.to_be_bytes())? {
            self.changes.take(ABOUT, &key)?;
            let Some((_, event)) = key.split_last_chunk::<8>() else { continue };
            let left = self.changes.get(MENTIONS, event)?.map_or(0, |count| count.saturating_sub(1));
            if left == 0 {
                self.changes.take(MENTIONS, event)?;
                self.free(u64::from_be_bytes(*event));
            } else {
                self.changes.put(MENTIONS, event, left);
            }
        }
        Ok(())
    }
}

/// An event is shorter than 4 GiB by the journal's own limit.
fn place(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
