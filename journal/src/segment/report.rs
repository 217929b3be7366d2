//! What did opening find, and why was it refused?
//! Never knows how it was found.

use std::io;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

use crate::event::Sequence;

/// What opening a log found. A process that opens one should look at [`Opening::is_sound`].
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Opening {
    /// The last sequence.
    pub head: Sequence,
    /// The last sequence of the chain.
    pub chain_head: Sequence,
    /// Segment files that there were, of all kinds.
    pub segments: usize,
    /// Bytes of these files.
    pub bytes: u64,
    /// Frames that lay above the durable mark of the last segments and were copied and synced anew.
    pub carried: usize,
    /// Ends of groups that were being written when the process or the machine stopped. Nothing in them
    /// had been answered, unless the disk lost what it had synced last.
    pub torn: Vec<Torn>,
    /// Bytes that changed or went missing on the disk. They are left as they are.
    pub damage: Vec<Damage>,
    /// Sequences that were given and are not there any more, as ranges in order: the sum of all damage.
    pub lost: Vec<RangeInclusive<Sequence>>,
}

impl Opening {
    /// Whether the disk still has all that it had synced, as far as the log can tell.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damage.is_empty() && self.lost.is_empty()
    }
}

/// A torn tail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Torn {
    /// Name of the segment file.
    pub file: String,
    /// Where the tail stood in it.
    pub bytes: Range<u64>,
}

/// A damaged place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Damage {
    /// Name of the segment file.
    pub file: String,
    /// Where in it.
    pub bytes: Range<u64>,
    /// The events lost by it; `None` if the log has all the same, as of the heading, which stands there
    /// twice.
    pub sequences: Option<RangeInclusive<Sequence>>,
}

/// Why a log was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process, or another part of this one, has the log open.
    #[error("the log in {path} is in use by another process")]
    InUse {
        /// The log's directory.
        path: PathBuf,
    },
    /// A file has the name of a segment and is something else.
    #[error("{path} is not a segment of a log; move it elsewhere")]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// A segment was written by a newer program.
    #[error("{path} has version {version} of the format, which is newer than this program")]
    UnknownVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The operating system refused.
    #[error("the log in {path} could not be opened")]
    Io {
        /// The log's directory.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}
