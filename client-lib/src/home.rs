//! Where does a station live on disk? Its folder, its key file, its lock (`docs/protocol.md` §2, "At rest").
//! It must never know what the vault holds.
//!
//! ```text
//! home/ key      key file: passphrase -> vault key            mode 0600
//!       vault/   journal of sealed records
//!       prekeys  the living prekey secrets, replaced whole    mode 0600
//!       lock     held by the one process that has the station open
//! ```

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use getrandom::SysRng;
use liaison_journal::make_directory;
use liaison_keys::keyfile::{self, Cost, KeyFileError};
use liaison_keys::vault::VaultKey;
use rand_core::UnwrapErr;
use thiserror::Error;

/// A home that cannot be made or opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There is a station already.
    #[error("there is a station in {0} already")]
    Exists(PathBuf),
    /// There is none.
    #[error("there is no station in {0}")]
    Missing(PathBuf),
    /// Another process has it open.
    #[error("the station in {0} is open in another process")]
    InUse(PathBuf),
    /// The key file stays shut.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// A station's folder, locked by this process.
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
    _lock: File,
}

impl Home {
    /// Makes a new home with a new vault key under a passphrase.
    ///
    /// # Errors
    /// [`HomeError`]; an existing station is never touched.
    pub fn create(path: &Path, passphrase: &str, cost: Cost) -> Result<(Self, VaultKey), HomeError> {
        if Self::exists(path) {
            return Err(HomeError::Exists(path.to_owned()));
        }
        // Its name must be durable too, or the whole station would be gone after somebody was told that it is made.
        make_directory(path, 0o700).map_err(|source| at(path, source))?;
        let home = Self::lock(path)?;
        let key = VaultKey::generate(&mut UnwrapErr(SysRng));
        let file = keyfile::lock(passphrase, cost, key.expose(), &mut UnwrapErr(SysRng))?;
        replace(&path.join(KEY), &file)?;
        Ok((home, key))
    }

    /// Opens a home with its passphrase.
    ///
    /// # Errors
    /// [`HomeError`].
    pub fn open(path: &Path, passphrase: &str) -> Result<(Self, VaultKey), HomeError> {
        if !Self::exists(path) {
            return Err(HomeError::Missing(path.to_owned()));
        }
        let home = Self::lock(path)?;
        let file = path.join(KEY);
        let bytes = fs::read(&file).map_err(|source| at(&file, source))?;
        let content = keyfile::unlock(passphrase, &bytes)?;
        let key: &[u8; 32] = content.as_slice().try_into().map_err(|_| KeyFileError::Malformed)?;
        Ok((home, VaultKey::new(key)))
    }

    /// Whether there is a station in this folder.
    #[must_use]
    pub fn exists(path: &Path) -> bool {
        path.join(KEY).exists()
    }

    /// The process that has the station in this folder open, or had it last.
    #[must_use]
    pub fn holder(path: &Path) -> Option<u32> {
        fs::read_to_string(path.join(LOCK)).ok()?.parse().ok()
    }

    /// The vault's folder.
    #[must_use]
    pub fn vault(&self) -> PathBuf {
        self.path.join(VAULT)
    }

    /// The file of the prekey secrets.
    #[must_use]
    pub fn prekeys(&self) -> PathBuf {
        self.path.join(PREKEYS)
    }

    /// The folder of other offices' contact cards.
    #[must_use]
    pub fn cards(&self) -> PathBuf {
        self.path.join(CARDS)
    }

    fn lock(path: &Path) -> Result<Self, HomeError> {
        let file = path.join(LOCK);
        let open = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&file);
        let lock = open.map_err(|source| at(&file, source))?;
        match lock.try_lock() {
            Ok(()) => {
                // For people only: who has it open. What cannot be written is not missed.
                let _ = lock
                    .set_len(0)
                    .and_then(|()| (&lock).write_all(std::process::id().to_string().as_bytes()));
                Ok(Self { path: path.to_owned(), _lock: lock })
            }
            Err(fs::TryLockError::WouldBlock) => Err(HomeError::InUse(path.to_owned())),
            Err(fs::TryLockError::Error(source)) => Err(at(&file, source)),
        }
    }
}

/// Replaces a file whole: after a crash there is the old or the new.
///
/// # Errors
/// [`HomeError::Io`].
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    liaison_journal::replace(path, bytes, 0o600).map_err(|source| at(path, source))
}

fn at(path: &Path, source: io::Error) -> HomeError {
    HomeError::Io { path: path.to_owned(), source }
}

const KEY: &str = "key";
const VAULT: &str = "vault";
const CARDS: &str = "cards";
const PREKEYS: &str = "prekeys";
const LOCK: &str = "lock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_one_passphrase_one_station() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        assert!(matches!(Home::open(&path, "x"), Err(HomeError::Missing(_))));
        let (home, key) = Home::create(&path, "right", Cost::MINIMUM).unwrap();
        assert!(matches!(Home::create(&path, "right", Cost::MINIMUM), Err(HomeError::Exists(_))));
        assert!(matches!(Home::open(&path, "right"), Err(HomeError::InUse(_))));
        drop(home);
        assert!(matches!(Home::open(&path, "wrong"), Err(HomeError::KeyFile(KeyFileError::Passphrase))));
        assert_eq!(Home::open(&path, "right").unwrap().1.expose(), key.expose());
        fs::write(path.join(KEY), b"garbage").unwrap();
        assert!(matches!(Home::open(&path, "right"), Err(HomeError::KeyFile(KeyFileError::Malformed))));
    }
}
