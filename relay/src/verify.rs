//! Is everything that this relay keeps there, and is it what it was? Every byte of the log read, every event understood.
//! It must never know how to repair, nor change a file: it can be asked of a backup.
//!
//! ```text
//! every byte ─▶ frames and checksums ─▶ events: form, name, digest ─▶ directory: replayed ─▶ signer's memory: extended
//! ```

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use liaison_journal::{Content, Damage, Entry, Inspection, OpenError, Opening, Sequence};
use liaison_keys::names::NetworkId;
use liaison_proto::envelope::Post;
use serde::Serialize;
use thiserror::Error;

use crate::event::Event;
use crate::registry::{Gap, Registry};
use crate::signer;
use crate::store;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verified {
    /// Files of the log.
    pub files: usize,
    /// Bytes of these files, all of them read.
    pub bytes: u64,
    /// Events that were ever appended.
    pub events: u64,
    /// Of these, events whose bytes were given back, as it should be.
    pub released: u64,
    /// Posts whose bytes are there.
    pub posts: u64,
    /// The network whose directory this is; none if its founding is missing.
    #[serde(serialize_with = "shown")]
    pub network: Option<NetworkId>,
    /// Entries of the directory's log.
    pub entries: u64,
    /// Ends of writes that were under way when the relay or the machine stopped. Nothing in them was answered; the next
    /// start cuts them off.
    pub torn: Vec<Place>,
    /// Places that the disk has changed or lost.
    pub damage: Vec<Place>,
    /// Events that were there and are not: first and last of each range.
    pub lost: Vec<(u64, u64)>,
    /// Events whose bytes are as they were written, and yet not what their name says.
    pub foreign: Vec<u64>,
    /// The first entry of the directory's log that is missing. Without it the relay does not start.
    pub missing_entry: Option<u64>,
    /// What the signer's memory says against this log; nothing if it extends it.
    pub signer: Option<String>,
}

/// Some bytes of a file of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The first byte.
    pub from: u64,
    /// The byte after the last one.
    pub to: u64,
    /// The events that stood there alone, first and last; none if the log has them elsewhere too, or they are unknown.
    pub events: Option<(u64, u64)>,
}

/// Why nothing could be verified.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no log.
    #[error("there is no log in {path}; is this the right --dir?")]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A relay is writing to it.
    #[error("a relay runs on {path}; stop it first, or verify a copy")]
    InUse {
        /// The log.
        path: PathBuf,
    },
    /// The log cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(OpenError),
    /// The disk refused while events were read.
    #[error("the disk refused while the log was read; check it")]
    Disk,
}

/// Reads everything that the relay in this directory keeps. `progress` is told how many bytes were read, of how many.
///
/// # Errors
/// [`VerifyError`]; damage is no error but a finding.
pub fn verify(dir: &Path, progress: impl FnMut(u64, u64)) -> Result<Verified, VerifyError> {
    let path = dir.join(store::LOG_DIR);
    let inspection = Inspection::of(&path, progress).map_err(|error| match error {
        OpenError::InUse { path } => VerifyError::InUse { path },
        OpenError::Io { path, source } if source.kind() == io::ErrorKind::NotFound => {
            VerifyError::Missing { path }
        }
        error => VerifyError::Log(error),
    })?;
    let (mut verified, registry) = (Verified::of(inspection.report()), Registry::default());
    let mut after = Sequence::NONE;
    loop {
        let entries = inspection.follow(after, BATCH_BYTES).map_err(|_| VerifyError::Disk)?;
        let Some(last) = entries.last() else { break };
        after = last.sequence;
        entries.into_iter().for_each(|entry| verified.take(entry, &registry));
    }
    verified.conclude(dir, &registry, inspection.report().chain_head);
    Ok(verified)
}

impl Verified {
    /// Whether all is as it was written. A torn end is: nothing in it had been answered.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let whole = self.damage.is_empty() && self.lost.is_empty() && self.foreign.is_empty();
        whole && self.missing_entry.is_none() && self.signer.is_none()
    }

    fn of(report: &Opening) -> Self {
        let torn = report.torn.iter().map(|torn| (&torn.file, &torn.bytes, None));
        let damage =
            report.damage.iter().map(|Damage { file, bytes, sequences }| (file, bytes, sequences.as_ref()));
        let place = |(file, bytes, events): (&String, &std::ops::Range<u64>, Option<&_>)| Place {
            file: file.clone(),
            from: bytes.start,
            to: bytes.end,
            events: events.map(range),
        };
        Self {
            files: report.segments,
            bytes: report.bytes,
            events: report.head.0,
            torn: torn.map(place).collect(),
            damage: damage.map(place).collect(),
            lost: report.lost.iter().map(range).collect(),
            ..Self::default()
        }
    }

    fn take(&mut self, Entry { sequence, content }: Entry, registry: &Registry) {
        let record = match content {
            Content::Event(record) => record,
            Content::Released { .. } | Content::Forgotten => {
                self.released = self.released.saturating_add(1);
                return;
            }
            Content::Damaged => return,
        };
        let event = Event::from_bytes(&record.bytes).ok().filter(|event| is_named(event, &record));
        match event {
            Some(Event::Posted(_)) => self.posts = self.posts.saturating_add(1),
            Some(Event::Founded { entry, .. }) => self.chain(registry.found(entry.into())),
            Some(Event::Logged { index, entry }) => self.chain(registry.push(index, entry.into()).map(drop)),
            Some(_) => {}
            None => self.foreign.push(sequence.0),
        }
    }

    /// The first gap says all: whatever comes behind it cannot be read.
    fn chain(&mut self, joined: Result<(), Gap>) {
        if let Err(Gap { index }) = joined {
            self.missing_entry.get_or_insert(index);
        }
    }

    fn conclude(&mut self, dir: &Path, registry: &Registry, chain_head: Sequence) {
        let Some(known) = registry.read() else {
            if chain_head > Sequence::NONE {
                self.missing_entry = Some(0);
            }
            return;
        };
        self.network = Some(known.network());
        self.entries = known.directory().size();
        // A damaged last entry leaves no gap behind it, but it was there.
        let lost = |event: u64| self.lost.iter().any(|(first, last)| (*first..=*last).contains(&event));
        if lost(chain_head.0) {
            self.missing_entry.get_or_insert(self.entries);
        }
        if self.missing_entry.is_none() {
            self.signer = signer::check(dir, &known.replica).err().map(|error| error.to_string());
        }
    }
}

/// Whether an event is what its name and digest say: those of a post are its header's and its own, those of a statement
/// the statement's, those of all others their bytes'.
fn is_named(event: &Event, record: &liaison_journal::Event) -> bool {
    let named = match event {
        Event::Posted(posted) => {
            let Ok(post) = Post::from_bytes(posted.post.to_vec()) else { return false };
            posted.clone().record(&post)
        }
        Event::Logged { index, entry } => {
            let Ok(read) = liaison_keys::directory::Entry::from_bytes(entry) else { return false };
            Event::logged(*index, entry.to_vec(), &read.statement)
        }
        other => other.record(),
    };
    (named.id, named.digest) == (record.id, record.digest)
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { files, bytes, events, released, posts, entries, .. } = self;
        writeln!(f, "{files} files with {bytes} bytes, all of them read")?;
        writeln!(f, "{events} events, of which {released} were given back; {posts} posts are there")?;
        if let Some(network) = self.network {
            writeln!(f, "{entries} entries of the directory of network {network}")?;
        }
        for Place { file, from, to, .. } in &self.torn {
            writeln!(
                f,
                "{file}: bytes {from} to {to} were being written at the end; nothing in them was answered"
            )?;
        }
        for place in &self.damage {
            writeln!(f, "DAMAGE {place}")?;
        }
        for (first, last) in &self.lost {
            writeln!(f, "LOST events {first} to {last}")?;
        }
        for event in &self.foreign {
            writeln!(f, "FOREIGN event {event} is not what its name says")?;
        }
        if let Some(index) = self.missing_entry {
            writeln!(f, "MISSING entry {index} of the directory's log: the relay does not start without it")?;
        }
        if let Some(signer) = &self.signer {
            writeln!(f, "SIGNER {signer}")?;
        }
        match self.is_sound() {
            true => f.write_str("Everything is as it was written."),
            false => f.write_str(
                "Something is not as it was written. Nothing damaged is ever served, and the rest is, if the directory \
                 is whole. Keep this copy as it is, check the disk, and restore the data directory from the backup.",
            ),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, from, to, events } = self;
        write!(f, "{file}: bytes {from} to {to}")?;
        match events {
            Some((first, last)) if first == last => write!(f, ", with event {first}"),
            Some((first, last)) => write!(f, ", with events {first} to {last}"),
            None => f.write_str(", and no event by it"),
        }
    }
}

fn range(events: &std::ops::RangeInclusive<Sequence>) -> (u64, u64) {
    (events.start().0, events.end().0)
}

#[expect(clippy::ref_option, reason = "serde gives the field as it is")]
fn shown<S: serde::Serializer>(network: &Option<NetworkId>, serializer: S) -> Result<S::Ok, S::Error> {
    network.map(|network| network.to_string()).serialize(serializer)
}

/// What is in memory at once; one post more than that at most.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
