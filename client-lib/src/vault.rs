//! How does a station's memory survive, and who can read it? A journal of sealed records
//! (`docs/protocol.md` §2, "At rest"). It must never know what a record means.
//!
//! ```text
//! event = epoch id 32 ‖ number 8 ‖ ChaCha20-Poly1305(epoch key, nonce number, CBOR records)
//! ```
//! Each opening of the vault begins an epoch with a new random id, so that no nonce repeats after a torn tail or in a
//! restored copy.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use getrandom::SysRng;
use liaison_journal::{
    Content, Digest, Event, EventId, Log, LogError, OpenError, Options, SegmentLog, Sequence,
};
use liaison_keys::cbor;
use liaison_keys::vault::{EpochKey, VaultKey};
use rand_core::{Rng as _, UnwrapErr};
use thiserror::Error;

use crate::record::Record;

/// A vault that cannot be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The disk is full: nothing is damaged, and nothing is lost.
    #[error("the disk is full; the vault opens again when there is space")]
    DiskFull,
    /// The journal below does not open.
    #[error(transparent)]
    Open(OpenError),
    /// The journal below refuses.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Records that another key sealed, or that were changed on the disk.
    #[error("record {sequence} of the vault does not open: another station's, or changed on the disk")]
    Foreign {
        /// Where it stands.
        sequence: u64,
    },
    /// Records that the disk has lost.
    #[error(
        "{count} records of the vault are damaged, the first at {first}: restore a backup of the station"
    )]
    Damaged {
        /// How many.
        count: u64,
        /// The first.
        first: u64,
    },
    /// More in one go than the journal keeps.
    #[error("too much to remember at once")]
    TooLarge,
}

impl From<OpenError> for VaultError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io { source, .. } if source.kind() == ErrorKind::StorageFull => Self::DiskFull,
            error => Self::Open(error),
        }
    }
}

/// Where a record stands in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    sequence: u64,
    index: usize,
}

/// The open vault: the station's own, alone.
pub struct Vault {
    log: SegmentLog,
    vault_key: VaultKey,
    epoch: [u8; 32],
    key: EpochKey,
    number: u64,
    events: u64,
}

impl Vault {
    /// Opens the vault in `directory`, making it if it is not there, and gives each record with its place to `fold`.
    ///
    /// # Errors
    /// [`VaultError`]; among them that another process has it open.
    pub fn open(
        directory: &Path,
        vault_key: VaultKey,
        mut fold: impl FnMut(Place, Record),
    ) -> Result<Self, VaultError> {
        let (log, opening) = SegmentLog::open(directory, Options::default())?;
        if let Some(lost) = opening.lost.first() {
            let count = opening.lost.iter().map(|range| range.end().0 - range.start().0 + 1).sum();
            return Err(VaultError::Damaged { count, first: lost.start().0 });
        }
        let events = replay(&log, &vault_key, &mut fold)?;
        let mut epoch = [0; 32];
        UnwrapErr(SysRng).fill_bytes(&mut epoch);
        let key = vault_key.epoch(&epoch);
        Ok(Self { log, vault_key, epoch, key, number: 0, events })
    }

    /// Keeps records, all or none; on disk when it returns. Gives their places.
    ///
    /// # Errors
    /// [`VaultError`]; after one of the disk, nothing more is taken.
    pub fn keep(&mut self, records: &[Record]) -> Result<impl Iterator<Item = Place> + use<>, VaultError> {
        let sealed = self.key.seal(self.number, &cbor::encode(&records.to_vec()));
        let bytes = [self.epoch.as_slice(), &self.number.to_be_bytes(), &sealed].concat();
        let digest = Digest::of(&bytes);
        let event = Event { id: EventId(digest.0), digest, bytes };
        self.number += 1;
        let mut sequence = 0;
        for appended in self.log.append(vec![event])? {
            sequence = appended.map_err(|_| VaultError::TooLarge)?.sequence.0;
        }
        self.events += 1;
        Ok((0..records.len()).map(move |index| Place { sequence, index }))
    }

    /// Reads a record again: bodies are not held in memory.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn read(&self, place: Place) -> Result<Record, VaultError> {
        let foreign = || VaultError::Foreign { sequence: place.sequence };
        let bytes = self.log.read(Sequence(place.sequence), None)?;
        let records = open(&bytes, &self.vault_key, &mut BTreeMap::new()).ok_or_else(foreign)?;
        records.into_iter().nth(place.index).ok_or_else(foreign)
    }

    /// How many events it holds: what a relay compares to notice a restored copy.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("events", &self.events).finish_non_exhaustive()
    }
}

fn replay(log: &SegmentLog, key: &VaultKey, fold: &mut impl FnMut(Place, Record)) -> Result<u64, VaultError> {
    let (mut after, mut events, mut epochs) = (Sequence::NONE, 0, BTreeMap::new());
    loop {
        let entries = log.follow(after, READ_BYTES)?;
        let Some(last) = entries.last() else { return Ok(events) };
        after = last.sequence;
        for entry in entries {
            let foreign = || VaultError::Foreign { sequence: entry.sequence.0 };
            let Content::Event(event) = &entry.content else { continue };
            let records = open(&event.bytes, key, &mut epochs).ok_or_else(foreign)?;
            for (index, record) in records.into_iter().enumerate() {
                fold(Place { sequence: entry.sequence.0, index }, record);
            }
            events += 1;
        }
    }
}

fn open(bytes: &[u8], key: &VaultKey, epochs: &mut BTreeMap<[u8; 32], EpochKey>) -> Option<Vec<Record>> {
    let (epoch, rest) = bytes.split_first_chunk::<32>()?;
    let (number, sealed) = rest.split_first_chunk::<8>()?;
    let epoch_key = epochs.entry(*epoch).or_insert_with(|| key.epoch(epoch));
    let records = epoch_key.open(u64::from_be_bytes(*number), sealed).ok()?;
    cbor::decode(&records).ok()
}

const READ_BYTES: usize = 4 * 1024 * 1024;
