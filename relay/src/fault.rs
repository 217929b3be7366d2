//! Why did it not start, or why must it end? Each with what to do about it.
//! It must never know a secret, nor repeat a dependency's words where its own will do.

use std::io;
use std::path::PathBuf;

use liaison_journal::OpenError;
use liaison_keys::names::NetworkId;
use liaison_link::ListenError;
use thiserror::Error;

use crate::config::ConfigError;
use crate::identity::KeysError;
use crate::signer::SignerError;

/// Why a relay did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// It has no network yet.
    #[error(
        "this relay serves no network yet. Give its relay.pub to `liaison network found`, and start once with \
         `liaison-relay serve --found FILE`"
    )]
    NotFounded,
    /// The log is of a network that names another relay.
    #[error(
        "the log is of network {network}, which does not name this relay's keys; restore keys and log together"
    )]
    OtherKeys {
        /// The network.
        network: NetworkId,
    },
    /// Another process has the journal.
    #[error("another process runs on {path}; stop it first, or use another --dir")]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// The journal cannot be opened.
    #[error("the log cannot be opened: {0}")]
    Journal(OpenError),
    /// The journal has lost a part of the directory.
    #[error(
        "entry {index} of the directory's log is damaged on this disk, and without it no directory can be shown. \
         Restore {path} from the backup; messages that wait are in it too"
    )]
    Directory {
        /// The first entry that is missing.
        index: u64,
        /// The journal.
        path: PathBuf,
    },
    /// The view cannot be made.
    #[error("{path} cannot be written; check its owner and the disk. It holds nothing that the log does not")]
    View {
        /// The view.
        path: PathBuf,
    },
    /// The log's key may not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The address cannot be had.
    #[error("{0}, or set another `listen` in relay.toml")]
    Listen(#[from] ListenError),
    /// The contact cards cannot be opened.
    #[error(
        "the contact cards or their key, cards.key, cannot be used ({kind}); check their owner and mode, or put them back"
    )]
    Cards {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// What witnesses said cannot be read.
    #[error("what witnesses said, in the file `cosigned`, cannot be read ({kind}); check its owner and mode")]
    Cosigned {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The system gives no thread.
    #[error("the system gives no more threads ({kind}); check the limits of this user")]
    Threads {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The transport key is refused by the TLS library, or a thread of the start panicked.
    #[error("the relay could not be set up; this is a fault of the program, please report it")]
    Internal,
}

/// Why a relay that ran must end. What it has accepted is on disk.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunError {
    /// The journal failed, or cannot be followed.
    #[error(
        "the log could not be written or read; check the disk (space, errors), then start again: what was accepted is there"
    )]
    Journal,
    /// The signer's memory failed.
    #[error("the signer's memory could not be written; check the disk (space, errors), then start again")]
    Signer,
    /// No more links come in.
    #[error("the listener has ended; check the network interface, then start again")]
    Listener,
}
