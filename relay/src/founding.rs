//! How does a relay begin? Its directory with fresh keys, and then the one network that it serves
//! (`docs/protocol.md` §7, Bootstrap). It must never know a custodian's key.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use liaison_journal::{Log, OpenError, SegmentLog, Sequence, make_directory, replace};
use liaison_keys::directory::founding::{Founding, FoundingError};
use liaison_keys::directory::{Directory, Entry};
use liaison_keys::names::{NetworkId, Slug};
use thiserror::Error;

use crate::config::{self, ConfigError, Settings};
use crate::event::Event;
use crate::fault::StartError;
use crate::identity::{self, Identity, KeysError, PublicKeys};
use crate::signer;
use crate::store;

/// What a new relay is called and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitOptions {
    /// Short name, shown to people.
    pub name: Slug,
    /// `host:port`, as stations reach it.
    pub addresses: Vec<String>,
    /// Where it listens.
    pub listen: SocketAddr,
}

/// Why no relay was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InitError {
    /// There is one.
    #[error("{path} is there already, and nothing was changed; a second relay needs another --dir")]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// An address that no station could dial.
    #[error("{address:?} is no address; write host:port, like relay.example.org:4433")]
    Address {
        /// What was given.
        address: String,
    },
    /// The keys could not be made or written.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The operating system refused.
    #[error("{path} cannot be written ({kind}); check its owner and the disk")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

/// Why a relay was not given to a network.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FoundError {
    /// It has one already.
    #[error("this relay already serves network {network}; a second network needs a second relay")]
    Serves {
        /// The network.
        network: NetworkId,
    },
    /// The log is not empty, and does not begin as a log begins.
    #[error("this relay's log is damaged at its beginning; put the data directory back from the backup")]
    Damaged,
    /// The founding is none, or not of this time.
    #[error("the founding cannot be used: {0}; make it anew with `liaison network found`")]
    Founding(#[from] FoundingError),
    /// The genesis names other relays.
    #[error(
        "this founding does not name this relay's three keys; give the relay.pub of this directory to \
         `liaison network found`, and bring its file here"
    )]
    OtherRelay,
    /// The network asks for cosignatures from its first entry on, and no witness could come in to give them.
    #[error(
        "the network asks for {asked} witnesses' cosignatures from its first entry on, and no witness can come in yet; found \
         it with 0, and name witnesses when there are some (`liaison network operate --witness`)"
    )]
    Witnesses {
        /// How many it asks for.
        asked: u8,
    },
    /// The settings cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The log cannot be opened.
    #[error("{0}; if a relay runs on this directory, stop it first")]
    Open(#[from] OpenError),
    /// The log cannot be written.
    #[error("the founding could not be written to the log; check the disk, then try again")]
    Write,
}

impl InitOptions {
    /// A relay that stations reach where it listens.
    #[must_use]
    pub fn new(name: Slug, listen: SocketAddr) -> Self {
        Self { name, addresses: vec![listen.to_string()], listen }
    }
}

/// Makes a relay's directory: keys, public keys, the signer's memory of having signed nothing, and at last the settings.
/// Overwrites nothing; what an earlier call began and could not finish is finished.
///
/// # Errors
/// [`InitError`].
pub fn init(dir: &Path, options: &InitOptions) -> Result<PublicKeys, InitError> {
    for address in &options.addresses {
        let dialable = address.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !host.contains(char::is_whitespace) && port.parse::<u16>().is_ok()
        });
        if !dialable {
            return Err(InitError::Address { address: address.clone() });
        }
    }
    let refused = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| InitError::Io { path, kind: error.kind() }
    };
    // Who waits for whom is nobody else's business on this machine.
    make_directory(dir, 0o700).map_err(refused(dir))?;
    for name in [config::FILE, store::LOG_DIR] {
        let path = dir.join(name);
        if path.exists() {
            return Err(InitError::Exists { path });
        }
    }
    // Keys that are there were made by a call that was cut short, or put here by a person: they stay.
    let keys = if dir.join(identity::KEYS).exists() { Identity::read(dir)? } else { Identity::generate()? };
    let public = keys.public(options.name.clone(), options.addresses.clone());
    let write = |name: &str, text: &str| {
        let path = dir.join(name);
        replace(&path, text.as_bytes(), 0o644).map_err(refused(&path))
    };
    if !dir.join(identity::KEYS).exists() {
        keys.write(dir)?;
    }
    if !dir.join(signer::FILE).exists() {
        write(signer::FILE, &signer::nothing_signed())?;
    }
    write(identity::PUBLIC, &public.to_toml())?;
    write(config::FILE, &Settings::fresh(options))?;
    Ok(public)
}

/// The public keys of the relay in this directory, as `relay.pub` says them.
///
/// # Errors
/// [`StartError::Config`] or [`StartError::Keys`].
pub fn public_keys(dir: &Path) -> Result<PublicKeys, StartError> {
    let settings = Settings::read(dir)?;
    Ok(Identity::read(dir)?.public(settings.name, settings.addresses))
}

/// Gives a relay its network: the genesis becomes entry 0 of its log, as logged at `now` (Unix seconds), and the
/// custodian's first invitation stands. Once, for ever.
///
/// # Errors
/// [`FoundError`]; then nothing was changed.
pub fn found(dir: &Path, founding: &[u8], now: u64) -> Result<NetworkId, FoundError> {
    let settings = Settings::read(dir)?;
    let public = Identity::read(dir)?.public(settings.name, settings.addresses);
    let (log, _) = SegmentLog::open(&dir.join(store::LOG_DIR), store::journal_options())?;
    if log.head() != Sequence::NONE {
        return Err(network(&log).map_or(FoundError::Damaged, |network| FoundError::Serves { network }));
    }
    let founding = Founding::from_bytes(founding, now)?;
    if !public.are_named_by(&founding.genesis.operation()) {
        return Err(FoundError::OtherRelay);
    }
    if founding.genesis.cosignatures > 0 {
        return Err(FoundError::Witnesses { asked: founding.genesis.cosignatures });
    }
    write(&log, founding, now)
}

fn write(log: &SegmentLog, founding: Founding, now: u64) -> Result<NetworkId, FoundError> {
    let entry = Entry::new(now, founding.statement).to_bytes();
    let network = Directory::found(&entry).map_err(FoundingError::from)?.network();
    let founded =
        Event::Founded { entry: entry.into(), invitation: founding.signed_invitation.into(), time: now };
    match log.append_if(Sequence::NONE, founded.record()) {
        Ok(Ok(_)) => Ok(network),
        Ok(Err(_)) | Err(_) => Err(FoundError::Write),
    }
}

/// The network of a log that has events.
fn network(log: &SegmentLog) -> Option<NetworkId> {
    let bytes = log.read(Sequence(1), None).ok()?;
    let Ok(Event::Founded { entry, .. }) = Event::from_bytes(&bytes) else { return None };
    Directory::found(&entry).ok().map(|directory| directory.network())
}
