//! Which keys are this relay's? Three secret keys in one file, and their public halves in another.
//! It must never know what is signed with them, nor hold a key that opens a message: there is none here.
//!
//! ```text
//! keys        mode 0600     version, transport, receipt, log: 32-byte Ed25519 seeds in hex (TOML)
//! relay.pub   mode 0644     name, addresses, transport, receipt, log: public keys in hex (TOML)
//! ```

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use liaison_journal::replace;
use liaison_keys::directory::body::Operate;
use liaison_keys::names::Slug;
use liaison_keys::signing::{Log, PublicKey, Receipt, Role, SecretKey, Transport};
use liaison_link::{IdentityError, TransportIdentity};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

/// Why the relay's keys cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeysError {
    /// There is no key file.
    #[error("there are no keys in {dir}; make them with `liaison-relay init`")]
    Missing {
        /// The data directory.
        dir: PathBuf,
    },
    /// Others on this machine can read it.
    #[error("{path} can be read by others (mode {mode:o}); if nobody did, run `chmod 600` on it")]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is not what `init` wrote.
    #[error("{path} is not a key file of this version, or it is damaged; put it back from the backup")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error("this system gives no randomness; no keys were made")]
    Entropy,
    /// The operating system refused.
    #[error("{path} cannot be used ({kind}); check its owner and the disk")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

/// What `relay.pub` says: the relay as a network's genesis names it. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKeys {
    /// Short name, shown to people.
    pub name: Slug,
    /// `host:port`, each for QUIC and TCP, as stations reach it.
    pub addresses: Vec<String>,
    /// Its key in TLS.
    pub transport: PublicKey<Transport>,
    /// The key of its receipts.
    pub receipt: PublicKey<Receipt>,
    /// The key of the directory's log, if this relay keeps it.
    pub log: PublicKey<Log>,
}

/// The relay's secret keys.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) transport: SecretKey<Transport>,
    pub(crate) receipt: SecretKey<Receipt>,
    pub(crate) log: SecretKey<Log>,
}

/// The key file. Whoever takes its seeds wipes them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u8,
    transport: String,
    receipt: String,
    log: String,
}

impl PublicKeys {
    /// The text of `relay.pub`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let list: Vec<String> = self.addresses.iter().map(|address| format!("{address:?}")).collect();
        let Self { name, addresses: _, transport, receipt, log } = self;
        let hex = |bytes: &[u8; 32]| hex::encode(bytes);
        format!(
            "{PUBLIC_HEADING}name = \"{name}\"\naddresses = [{}]\ntransport = \"{}\"\nreceipt = \"{}\"\nlog = \"{}\"\n",
            list.join(", "),
            hex(transport.as_bytes()),
            hex(receipt.as_bytes()),
            hex(log.as_bytes()),
        )
    }

    /// Reads the text of `relay.pub`; none if it is not one.
    #[must_use]
    pub fn from_toml(text: &str) -> Option<Self> {
        toml::from_str(text).ok()
    }

    /// Whether a network names this relay, with all three of its keys.
    #[must_use]
    pub fn are_named_by(&self, operation: &Operate) -> bool {
        let named = |relay: &liaison_keys::directory::body::Relay| {
            relay.transport == self.transport && relay.receipt == self.receipt
        };
        operation.log == self.log && operation.relays.iter().any(named)
    }
}

impl Identity {
    /// New keys.
    pub(crate) fn generate() -> Result<Self, KeysError> {
        Ok(Self { transport: fresh()?, receipt: fresh()?, log: fresh()? })
    }

    /// Writes the key file.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), KeysError> {
        let hex = |seed: Zeroizing<[u8; 32]>| Zeroizing::new(hex::encode(seed.as_slice()));
        let (transport, receipt, log) =
            (hex(self.transport.expose_seed()), hex(self.receipt.expose_seed()), hex(self.log.expose_seed()));
        let text = Zeroizing::new(format!(
            "{SECRET_HEADING}version = {VERSION}\ntransport = \"{}\"\nreceipt = \"{}\"\nlog = \"{}\"\n",
            transport.as_str(),
            receipt.as_str(),
            log.as_str(),
        ));
        let path = dir.join(KEYS);
        replace(&path, text.as_bytes(), 0o600).map_err(|error| KeysError::Io { path, kind: error.kind() })
    }

    /// Reads the key file.
    pub(crate) fn read(dir: &Path) -> Result<Self, KeysError> {
        let path = dir.join(KEYS);
        let text = match fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeysError::Missing { dir: dir.to_owned() });
            }
            Err(error) => return Err(KeysError::Io { path, kind: error.kind() }),
        };
        refuse_if_open(&path)?;
        let written: Option<Written> = toml::from_str(&text).ok();
        let known = written.filter(|written| written.version == VERSION).and_then(|written| {
            let Written { version: _, transport, receipt, log } = written;
            Some(Self { transport: key(transport)?, receipt: key(receipt)?, log: key(log)? })
        });
        known.ok_or(KeysError::Malformed { path })
    }

    /// The public halves, under the name and addresses that the operator chose.
    pub(crate) fn public(&self, name: Slug, addresses: Vec<String>) -> PublicKeys {
        let (transport, receipt, log) = (self.transport.public(), self.receipt.public(), self.log.public());
        PublicKeys { name, addresses, transport, receipt, log }
    }

    /// The transport key as links use it.
    pub(crate) fn on_links(&self) -> Result<TransportIdentity, IdentityError> {
        TransportIdentity::from_seed(&self.transport.expose_seed())
    }
}

fn fresh<R: Role>() -> Result<SecretKey<R>, KeysError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| KeysError::Entropy)?;
    Ok(SecretKey::from_seed(&seed))
}

fn key<R: Role>(text: String) -> Option<SecretKey<R>> {
    let (text, mut seed) = (Zeroizing::new(text), Zeroizing::new([0; 32]));
    hex::decode_to_slice(text.as_str(), seed.as_mut_slice()).ok()?;
    Some(SecretKey::from_seed(&seed))
}

/// A key that others could read is not only this relay's.
fn refuse_if_open(path: &Path) -> Result<(), KeysError> {
    let refused = |error: io::Error| KeysError::Io { path: path.to_owned(), kind: error.kind() };
    let mode = fs::metadata(path).map_err(refused)?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeysError::Open { path: path.to_owned(), mode }) }
}

/// The key file's name in the data directory.
pub(crate) const KEYS: &str = "keys";
/// The public file's name in the data directory.
pub(crate) const PUBLIC: &str = "relay.pub";
const VERSION: u8 = 1;
const SECRET_HEADING: &str = "\
# The secret keys of this relay. Whoever has them can speak as this relay, but read no message.
# Keep a copy offline, and nowhere else: without them the network must name a new relay.
";
const PUBLIC_HEADING: &str = "\
# The public keys of a Liaison relay: what `liaison network found` asks for. Nothing here is secret.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_public_file_read_as_written() {
        let dir = tempfile::tempdir().unwrap();
        let made = Identity::generate().unwrap();
        made.write(dir.path()).unwrap();
        let read = Identity::read(dir.path()).unwrap();
        let public = |identity: &Identity| {
            identity.public("relay-1".parse().unwrap(), vec!["relay.example:4433".to_owned()])
        };
        assert_eq!(public(&read), public(&made));
        assert_eq!(PublicKeys::from_toml(&public(&made).to_toml()), Some(public(&made)));
        assert_eq!(format!("{made:?}").matches("(..)").count(), 3, "no secret is printed");
    }

    #[test]
    fn every_way_to_have_no_keys() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEYS);
        let read = || Identity::read(dir.path()).unwrap_err();
        assert!(matches!(read(), KeysError::Missing { .. }));
        Identity::generate().unwrap().write(dir.path()).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(), KeysError::Open { mode: 0o640, .. }));
        let text = fs::read_to_string(&path).unwrap();
        for bad in [text.replace("version = 1", "version = 2"), text.replace("log", "logs"), String::new()] {
            replace(&path, bad.as_bytes(), 0o600).unwrap();
            assert!(matches!(read(), KeysError::Malformed { .. }));
        }
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(read(), KeysError::Io { .. }));
    }
}
