//! May this station say that it saw the log? The witness: its key, its memory, and what it refuses to put its name under
//! (`docs/protocol.md` §3.3). It must never know what an entry says.
//!
//! ```text
//! the log, just fetched ─▶ does it extend what was cosigned? are its times possible? ─▶ remember, sync ─▶ cosign
//! ```

use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::witness::{Announced, cosign, is_name};
use liaison_keys::directory::{Checkpoint, Entry, Quorum};
use liaison_proto::limits;
use thiserror::Error;

use crate::record::{Record, SecretRole};
use crate::station::{Station, StationError, new_secret};

/// A witness that cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// It is one already.
    #[error("this station is a witness already")]
    Already,
    /// The name cannot stand in a note.
    #[error("a witness's name is one word of at most 64 characters, without a plus sign")]
    Name,
    /// No such entry was refused.
    #[error("there is no entry {0} in this station's log")]
    NoEntry(u64),
    /// The station cannot go on.
    #[error(transparent)]
    Station(#[from] StationError),
}

/// Why a witness does not put its name under a log that fits its own: a person has to look.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotCosigned {
    /// An entry is dated ahead of this station's clock.
    #[error("entry {index} is dated {minutes} minutes ahead of this station's clock")]
    Ahead {
        /// The entry.
        index: u64,
        /// By how much.
        minutes: u64,
    },
    /// An entry that is new here is dated before what this station said last, when the log did not have it.
    #[error("entry {index} is dated {minutes} minutes before this station said that the log did not have it")]
    Backdated {
        /// The entry.
        index: u64,
        /// By how much.
        minutes: u64,
    },
    /// The log does not reach what was cosigned before.
    #[error("this log ends before the {size} entries that this station cosigned")]
    Shorter {
        /// How many were cosigned.
        size: u64,
    },
    /// The clock stands before the last cosignature.
    #[error("this station's clock stands before its last cosignature; set it right")]
    Clock,
}

/// What a witness says: the note that it saw and its line for below it.
#[derive(Debug)]
pub(crate) struct Cosigning {
    pub(crate) note: Vec<u8>,
    pub(crate) line: String,
    pub(crate) size: u64,
}

impl Station {
    /// Makes a witness's key, once. The line that it is announced with goes to the custodian.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn become_witness(&mut self, name: &str) -> Result<Announced, WitnessError> {
        if !is_name(name) {
            return Err(WitnessError::Name);
        }
        match (self.memory().witness.key.is_some(), new_secret(SecretRole::Invitation)) {
            (false, Record::Secret { seed, .. }) => {
                self.keep(vec![Record::Witness { name: name.to_owned(), seed }])?
            }
            _ => return Err(WitnessError::Already),
        }
        self.announced().ok_or(WitnessError::Already)
    }

    /// How this station is announced as a witness, if it is one.
    #[must_use]
    pub fn announced(&self) -> Option<Announced> {
        let (name, key) = self.memory().witness.key.as_ref()?;
        Some(Announced { name: name.clone(), key: key.public() })
    }

    /// Whether the network names this station among its witnesses.
    #[must_use]
    pub fn is_named_witness(&self) -> bool {
        self.directory().is_ok_and(|at| self.is_among(Quorum::of(at.operation())))
    }

    /// Whether it is named, or was where it spoke last: of the entry that leaves it out, the witnesses before have the last
    /// word.
    pub(crate) fn is_to_witness(&self) -> bool {
        let last = self.memory().witness.last.map(|(checkpoint, _)| checkpoint.size);
        let before = |size| self.replica().is_ok_and(|own| self.is_among(own.directory().quorum(size)));
        self.is_named_witness() || last.is_some_and(before)
    }

    fn is_among(&self, quorum: Quorum<'_>) -> bool {
        let own = self.announced();
        own.is_some_and(|own| {
            quorum.witnesses().iter().any(|(name, key)| (name, key) == (&own.name, &own.key))
        })
    }

    /// A person has looked at an entry that this witness did not want to cosign, and takes it.
    ///
    /// # Errors
    /// [`WitnessError::NoEntry`].
    pub fn take_entry(&mut self, index: u64) -> Result<(), WitnessError> {
        if index >= self.replica()?.log().size() {
            return Err(WitnessError::NoEntry(index));
        }
        Ok(self.keep(vec![Record::EntryTaken { index }])?)
    }

    /// The log key's newest word, cosigned, when that is due: the log has grown, or the last time is long ago. The word
    /// must have been fetched just now.
    pub(crate) fn cosign(&mut self) -> Result<Option<Result<Cosigning, NotCosigned>>, StationError> {
        if !self.is_to_witness() {
            return Ok(None);
        }
        let (now, word, replica) = (self.clock().now_s(), self.word()?, self.replica()?);
        let last = self.memory().witness.last;
        let due = last.is_none_or(|(checkpoint, time)| {
            word.size > checkpoint.size || now >= time.saturating_add(limits::COSIGNED_EVERY_S)
        });
        if !due {
            return Ok(None);
        }
        if let Err(refused) = self.may_cosign(word.size, last, now) {
            return Ok(Some(Err(refused)));
        }
        let Some(root) = replica.log().root(word.size) else { return Ok(None) };
        let (checkpoint, note) = (Checkpoint { size: word.size, root }, word.note.clone());
        let origin = replica.origin();
        // Remembered before it is said: else a crash between the two could make this witness say another thing later.
        self.keep(vec![Record::Witnessed { size: checkpoint.size, root, time: now }])?;
        let key = self.memory().witness.key.as_ref();
        let line = key.map(|(name, key)| cosign(&checkpoint, &origin, (name, key), now));
        Ok(line.map(|line| Ok(Cosigning { note, line, size: checkpoint.size })))
    }

    fn may_cosign(&self, size: u64, last: Option<(Checkpoint, u64)>, now: u64) -> Result<(), NotCosigned> {
        let Ok(replica) = self.replica() else { return Ok(()) };
        let (seen, since) = last.map_or((0, 0), |(checkpoint, time)| (checkpoint.size, time));
        let extends = last.is_none_or(|(checkpoint, _)| replica.compare(checkpoint) == Fit::Same);
        if size < seen || !extends {
            return Err(NotCosigned::Shorter { size: seen });
        }
        if now < since {
            return Err(NotCosigned::Clock);
        }
        let count = usize::try_from(size - seen).unwrap_or(usize::MAX);
        for (index, entry) in (seen..).zip(replica.log().entries(seen, count)) {
            let Ok(Entry { logged, .. }) = Entry::from_bytes(entry) else { continue };
            if self.memory().witness.taken.contains(&index) {
                continue;
            }
            if logged > now.saturating_add(limits::WITNESS_APART_S_MAX) {
                return Err(NotCosigned::Ahead { index, minutes: (logged - now) / 60 });
            }
            if logged.saturating_add(limits::WITNESS_APART_S_MAX) < since {
                return Err(NotCosigned::Backdated { index, minutes: (since - logged) / 60 });
            }
        }
        Ok(())
    }
}
