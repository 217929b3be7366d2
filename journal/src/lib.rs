//! Is it on disk yet?
//! Never knows what an event means, keys, or the network.
//!
//! ```text
//! callers ─ append(event).await ─▶ Committer ─ one group, one sync ─▶ Log ─┬─ SegmentLog  files
//!         ◀──── it is on disk ────                                        └─ MemoryLog   tests
//! ```
//!
//! | room | its question |
//! |---|---|
//! | [`event`](Event) | What is it that a log keeps? |
//! | [`log`](Log) | What does a log promise? |
//! | `ledger` | Is this event known, and which number is next? |
//! | `ranges` | Which numbers are in a set that is mostly whole stretches? |
//! | `frame` | How does one event stand on the disk? |
//! | [`segment`](SegmentLog) | How does one relay or one station keep its log in files? |
//! | [`memory`](MemoryLog) | How does a log behave that has no disk? |
//! | [`committer`](Committer) | When is a waiter told that its event is on disk? |
//! | `durable` | How does a small file change, or a directory come, so that neither is half there? |
//! | [`conformance`] | Does a backend keep the promises of a log? |
//!
//! # Example
//!
//! ```
//! use liaison_journal::{Digest, Event, EventId, Log, Options, SegmentLog, Sequence};
//!
//! let dir = tempfile::tempdir()?;
//! let (log, opening) = SegmentLog::open(dir.path(), Options::default())?;
//! assert!(opening.is_sound());
//!
//! let bytes = b"sealed".to_vec();
//! let event = Event { id: EventId([7; 32]), digest: Digest::of(&bytes), bytes };
//! let first = log.append(vec![event.clone()])?;
//! let again = log.append(vec![event])?;
//! // On disk, once: a repetition gets the first answer again.
//! assert_eq!(first[0]?.sequence, Sequence(1));
//! assert_eq!(again[0]?.sequence, Sequence(1));
//! assert_eq!(log.read(Sequence(1), Some(0..4))?, b"seal");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod committer;
pub mod conformance;
mod durable;
mod event;
mod frame;
mod ledger;
mod log;
mod memory;
mod ranges;
mod segment;

pub use crate::committer::{CommitError, Committer, QueueLimits};
pub use crate::durable::{erase, make_directory, replace};
pub use crate::event::{Digest, Event, EventId, Sequence};
pub use crate::log::{AppendError, AppendIfError, Appended, Content, Entry, Log, LogError};
pub use crate::memory::MemoryLog;
pub use crate::segment::{Damage, Inspection, OpenError, Opening, Options, SegmentLog, Torn};
