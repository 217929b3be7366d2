//! May this station say that it saw the log? The witness: its key, its memory, and what it refuses to put its name under
//! (`docs/protocol.md` §3.6). It must never know what an entry says.
//!
//! ```text
//! the log, just fetched ─▶ does it extend what was cosigned? are its times possible? ─▶ remember, sync ─▶ cosign
//! ```

use liaison_keys::directory::witness::{Announced, cosign, is_name};
use liaison_keys::directory::{Checkpoint, Entry, Quorum};
use liaison_proto::limits;
use thiserror::Error;

use crate::record::Record;
use crate::station::{Station, StationError, new_seed};

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
    /// What the relay says of its log is old by this station's clock: one of the two clocks is wrong, or the relay shows an
    /// old log, or a shorter one than before.
    #[error("the relay's newest word about its log is {minutes} minutes old by this station's clock")]
    Old {
        /// Its age.
        minutes: u64,
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
        if self.memory().witness.key.is_some() {
            return Err(WitnessError::Already);
        }
        self.keep(vec![Record::Witness { name: name.to_owned(), seed: new_seed() }])?;
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

    /// Whether something is to be said as a witness: the log has grown, or the last time is long ago.
    pub(crate) fn cosigning_is_due(&self) -> bool {
        let (now, size) = (self.clock().now_s(), self.memory().word.as_ref().map_or(0, |word| word.size));
        let due = |(checkpoint, time): (Checkpoint, u64)| {
            size > checkpoint.size || now >= time.saturating_add(limits::COSIGNED_EVERY_S) || now < time
        };
        self.is_to_witness() && self.memory().witness.last.is_none_or(due)
    }

    /// Whether the log key's newest word was said just now: an older one must not be vouched for as of now.
    pub(crate) fn has_fresh_word(&self) -> bool {
        self.word_age_s() <= limits::WITNESS_APART_S_MAX
    }

    fn word_age_s(&self) -> u64 {
        self.clock().now_s().saturating_sub(self.memory().head_time())
    }

    /// The log key's newest word, cosigned, when that is due.
    pub(crate) fn cosign(&mut self) -> Result<Option<Result<Cosigning, NotCosigned>>, StationError> {
        if !self.cosigning_is_due() {
            return Ok(None);
        }
        let (now, word, replica) = (self.clock().now_s(), self.word()?, self.replica()?);
        let (seen, since) =
            self.memory().witness.last.map_or((0, 0), |(checkpoint, time)| (checkpoint.size, time));
        let count = usize::try_from(word.size.saturating_sub(seen)).unwrap_or(usize::MAX);
        let new = (seen..).zip(replica.log().entries(seen, count));
        let times = new.filter_map(|(index, entry)| Some((index, Entry::from_bytes(entry).ok()?.logged)));
        let taken = &self.memory().witness.taken;
        if let Err(refused) = may_cosign(times.filter(|(index, _)| !taken.contains(index)), since, now) {
            return Ok(Some(Err(refused)));
        }
        if !self.has_fresh_word() {
            return Ok(Some(Err(NotCosigned::Old { minutes: self.word_age_s() / 60 })));
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
}

/// Whether entries that are new since the last word may be vouched for, by when they were logged.
fn may_cosign(new: impl IntoIterator<Item = (u64, u64)>, since: u64, now: u64) -> Result<(), NotCosigned> {
    if now < since {
        return Err(NotCosigned::Clock);
    }
    for (index, logged) in new {
        if logged > now.saturating_add(limits::WITNESS_APART_S_MAX) {
            return Err(NotCosigned::Ahead { index, minutes: (logged - now) / 60 });
        }
        if logged.saturating_add(limits::WITNESS_APART_S_MAX) < since {
            return Err(NotCosigned::Backdated { index, minutes: (since - logged) / 60 });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;
    const APART: u64 = limits::WITNESS_APART_S_MAX;

    #[test]
    fn ten_minutes_either_way_are_a_clock_and_more_is_a_question() {
        let one = |logged, since| may_cosign([(7, logged)], since, NOW);
        assert_eq!(one(NOW + APART, 0), Ok(()));
        assert_eq!(one(NOW + APART + 1, 0), Err(NotCosigned::Ahead { index: 7, minutes: 10 }));
        let since = NOW - 60;
        assert_eq!(one(since - APART, since), Ok(()));
        assert_eq!(one(since - APART - 1, since), Err(NotCosigned::Backdated { index: 7, minutes: 10 }));
        assert_eq!(one(5, 0), Ok(()), "before it first spoke, everything is old");
        assert_eq!(may_cosign([], NOW + 1, NOW), Err(NotCosigned::Clock));
    }
}
