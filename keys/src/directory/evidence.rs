//! How does one show to a third party that the log's holder lied? A file that convinces whoever knows the network's name and
//! nothing else (`docs/protocol.md` §3.9). It must never know who found it.

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use super::checkpoint::CheckpointError;
use super::replica::{Fit, Replica};
use super::void::Void;
use crate::cbor;
use crate::names::NetworkId;

/// What the log's key signed and cannot both be true, with the entries that show it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Evidence {
    #[n(0)]
    mark: String,
    #[n(1)]
    kind: u8,
    /// Entries from 0 on.
    #[n(2)]
    entries: Vec<ByteVec>,
    /// Signed notes, or heads, as the kind asks.
    #[n(3)]
    signed: Vec<ByteVec>,
}

/// What was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Two histories under the log's key: they differ among the first `size` entries.
    SplitView {
        /// Entries.
        size: u64,
    },
    /// A log that became shorter: at an earlier time it had `from` entries, at a later one `to`.
    Rollback {
        /// Entries before.
        from: u64,
        /// Entries after.
        to: u64,
    },
    /// The log's key signed over an entry that breaks the directory's rules.
    VoidEntry {
        /// The entry.
        index: u64,
        /// Which rule.
        void: Void,
    },
}

/// A file that shows nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotShown {
    /// Not evidence, or damaged.
    #[error("this is no evidence, or it is damaged")]
    Malformed,
    /// Of another network.
    #[error("it speaks of another network")]
    OtherNetwork,
    /// What should be signed by the log's key is not.
    #[error("it is not signed by the log's key, so it shows nothing")]
    Unsigned,
    /// What is signed fits together.
    #[error("what it holds fits together, so it shows nothing")]
    Fits,
}

impl Evidence {
    /// Two histories: another one's signed note, which does not fit these entries, whose own note is signed too.
    #[must_use]
    pub fn split_view(entries: &[Vec<u8>], own_note: Vec<u8>, other_note: Vec<u8>) -> Self {
        Self::new(SPLIT_VIEW, entries, vec![own_note, other_note])
    }

    /// A head signed earlier over more entries than one signed later. Entry 0 is enough for the key, and those that change it.
    #[must_use]
    pub fn rollback(entries: &[Vec<u8>], earlier: Vec<u8>, later: Vec<u8>) -> Self {
        Self::new(ROLLBACK, entries, vec![earlier, later])
    }

    /// Entries of which one at least is void, and a signed note of so many.
    #[must_use]
    pub fn void_entry(entries: &[Vec<u8>], note: Vec<u8>) -> Self {
        Self::new(VOID_ENTRY, entries, vec![note])
    }

    fn new(kind: u8, entries: &[Vec<u8>], signed: Vec<Vec<u8>>) -> Self {
        let all = |list: Vec<Vec<u8>>| list.into_iter().map(ByteVec::from).collect();
        Self { mark: MARK.to_owned(), kind, entries: all(entries.to_vec()), signed: all(signed) }
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a file, without judging it.
    ///
    /// # Errors
    /// [`NotShown::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotShown> {
        let evidence: Self = cbor::decode(bytes).map_err(|_| NotShown::Malformed)?;
        if evidence.mark == MARK { Ok(evidence) } else { Err(NotShown::Malformed) }
    }

    /// Reads the file and judges it by the network's name alone.
    ///
    /// # Errors
    /// [`NotShown`].
    pub fn judge(bytes: &[u8], network: NetworkId) -> Result<Finding, NotShown> {
        let evidence = Self::from_bytes(bytes)?;
        let mut entries = evidence.entries.iter().map(|entry| entry.to_vec());
        let first = entries.next().ok_or(NotShown::Malformed)?;
        let mut replica = Replica::found(first).map_err(|_| NotShown::Malformed)?;
        if replica.directory().network() != network {
            return Err(NotShown::OtherNetwork);
        }
        for entry in entries {
            // What is void is the point of some evidence.
            let _ = replica.push(entry);
        }
        let signed: Vec<&[u8]> = evidence.signed.iter().map(|signed| signed.as_slice()).collect();
        match (evidence.kind, signed.as_slice()) {
            (SPLIT_VIEW, [own, other]) => split_view(&replica, own, other),
            (ROLLBACK, [earlier, later]) => rollback(&replica, earlier, later),
            (VOID_ENTRY, [note]) => void_entry(&replica, note),
            _ => Err(NotShown::Malformed),
        }
    }
}

fn split_view(replica: &Replica, own: &[u8], other: &[u8]) -> Result<Finding, NotShown> {
    let read = |note: &[u8]| replica.read_note(note).map(|note| note.checkpoint).map_err(unsigned);
    let (own, other) = (read(own)?, read(other)?);
    let whole = own == replica.checkpoint();
    match replica.compare(other) {
        Fit::Split if whole => Ok(Finding::SplitView { size: other.size }),
        _ => Err(NotShown::Fits),
    }
}

fn rollback(replica: &Replica, earlier: &[u8], later: &[u8]) -> Result<Finding, NotShown> {
    let (earlier, later) =
        (replica.read_head(earlier).map_err(unsigned)?, replica.read_head(later).map_err(unsigned)?);
    if earlier.time < later.time && earlier.size > later.size {
        Ok(Finding::Rollback { from: earlier.size, to: later.size })
    } else {
        Err(NotShown::Fits)
    }
}

fn void_entry(replica: &Replica, note: &[u8]) -> Result<Finding, NotShown> {
    let signed = replica.read_note(note).map_err(unsigned)?.checkpoint == replica.checkpoint();
    match replica.directory().voids().first() {
        Some((index, void)) if signed => Ok(Finding::VoidEntry { index: *index, void: *void }),
        _ => Err(NotShown::Fits),
    }
}

const fn unsigned(_: CheckpointError) -> NotShown {
    NotShown::Unsigned
}

const MARK: &str = "liaison-v1 evidence";
const SPLIT_VIEW: u8 = 1;
const ROLLBACK: u8 = 2;
const VOID_ENTRY: u8 = 3;
