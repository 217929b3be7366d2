//! May the log's key sign this? The signer and its memory (`docs/protocol.md` §3, "The signer remembers").
//! It must never know what an entry says; and it never signs what it cannot prove to extend its own last word.
//!
//! ```text
//! log has grown ─▶ does it extend the memory? ─▶ write memory, sync ─▶ sign ─▶ news
//! ```
//!
//! A relay restored from an old copy would otherwise sign a second history, and every station that saw the first would
//! rightly raise the alarm.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use liaison_journal::replace;
use liaison_keys::directory::{Checkpoint, Head, Origin, Replica};
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::{Log, SecretKey};
use liaison_proto::limits;
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::watch;

/// Why nothing is signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignerError {
    /// There is no memory of what was signed.
    #[error(
        "the signer's memory ({path}) is missing, as after a restore. Start with --collect-log until stations of several \
         States have connected, so that this log has every entry that any of them ever saw; then start once with \
         --sign-restored-log"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The log is older than what was signed.
    #[error(
        "this log has {log} entries, and its key has signed {signed}: an old copy was restored. Restore a newer one. If \
         there is none, start with --collect-log: the missing entries come from stations as they connect, and then the \
         relay serves. If no station has them, start once with --sign-restored-log and tell every State why its station \
         will raise an alarm"
    )]
    Ahead {
        /// Entries of the log.
        log: u64,
        /// Entries that were signed.
        signed: u64,
    },
    /// The log is another than what was signed.
    #[error(
        "this log is not the one that its key has signed at {signed} entries, and nothing is signed: stations would see \
         two histories. Restore the data directory as a whole, from one moment"
    )]
    Split {
        /// Entries that were signed.
        signed: u64,
    },
    /// The memory is not what was written.
    #[error(
        "the signer's memory ({path}) is damaged; restore it, or treat it as missing by moving it elsewhere"
    )]
    Malformed {
        /// Where it is.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("the signer's memory ({path}) cannot be used ({kind}); check the disk")]
    Io {
        /// Where it is.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

/// The newest signed word about the log.
#[derive(Clone, Debug)]
pub(crate) struct News {
    /// What was signed.
    pub(crate) checkpoint: Checkpoint,
    /// The signed note.
    pub(crate) note: Vec<u8>,
}

/// The holder of the log's key.
pub(crate) struct Signer {
    key: SecretKey<Log>,
    network: NetworkId,
    origin: Origin,
    path: PathBuf,
    news: watch::Sender<Arc<News>>,
    /// The last head, while it answers for "now".
    head: Mutex<Option<(Head, Vec<u8>)>>,
}

/// The memory's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    size: u64,
    root: Digest,
}

/// The memory of a signer that has signed nothing: every log extends it.
pub(crate) fn nothing_signed() -> String {
    text(Checkpoint { size: 0, root: Digest::of(&[]) })
}

impl Signer {
    /// Signs the log as it stands, if the memory allows it; `restored` is a person's word where memory and log do not
    /// meet. All that the replica holds must be durable.
    pub(crate) fn begin(
        dir: &Path,
        key: SecretKey<Log>,
        replica: &Replica,
        restored: bool,
    ) -> Result<Self, SignerError> {
        let path = dir.join(FILE);
        let (checkpoint, origin) = (replica.checkpoint(), replica.origin());
        match read(&path).and_then(|last| extends(replica, last)) {
            Ok(()) => {}
            Err(SignerError::Missing { .. } | SignerError::Ahead { .. }) if restored => {
                tracing::warn!(size = checkpoint.size, "signing a restored log, as a person said");
            }
            Err(error) => return Err(error),
        }
        write(&path, checkpoint)?;
        let note = checkpoint.sign(&origin, &key);
        let news = watch::Sender::new(Arc::new(News { checkpoint, note }));
        let network = replica.directory().network();
        Ok(Self { key, network, origin, path, news, head: Mutex::new(None) })
    }

    /// Signs the log as it stands now, and tells everybody. One caller at a time; blocks for the disk.
    pub(crate) fn advance(
        &self,
        checkpoint: Checkpoint,
        root_then: Option<Digest>,
    ) -> Result<(), SignerError> {
        let last = self.news.borrow().checkpoint;
        if root_then != Some(last.root) || checkpoint.size < last.size {
            return Err(SignerError::Split { signed: last.size });
        }
        write(&self.path, checkpoint)?;
        let note = checkpoint.sign(&self.origin, &self.key);
        self.news.send_replace(Arc::new(News { checkpoint, note }));
        Ok(())
    }

    /// The newest signed word.
    pub(crate) fn newest(&self) -> Arc<News> {
        Arc::clone(&self.news.borrow())
    }

    /// Tells everybody again: others have said more about the same log.
    pub(crate) fn remind(&self) {
        self.news.send_modify(|_| ());
    }

    /// Hears each new word.
    pub(crate) fn listen(&self) -> watch::Receiver<Arc<News>> {
        self.news.subscribe()
    }

    /// The newest word with the time, at most some seconds old.
    pub(crate) fn head(&self, now: u64) -> (Arc<News>, Vec<u8>) {
        let news = self.newest();
        let mut cached = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |(head, _): &&(Head, Vec<u8>)| {
            head.checkpoint() == news.checkpoint
                && now.checked_sub(head.time).is_some_and(|age| age < limits::HEAD_CACHED_S)
        };
        if let Some((_, signed)) = cached.as_ref().filter(fresh) {
            return (news, signed.clone());
        }
        let head = Head { size: news.checkpoint.size, root: news.checkpoint.root, time: now };
        let signed = head.sign(self.network, &self.key);
        *cached = Some((head, signed.clone()));
        (news, signed)
    }
}

/// Whether the memory in this directory allows to sign this log. Changes nothing.
pub(crate) fn check(dir: &Path, replica: &Replica) -> Result<(), SignerError> {
    read(&dir.join(FILE)).and_then(|last| extends(replica, last))
}

fn extends(replica: &Replica, last: Checkpoint) -> Result<(), SignerError> {
    match replica.log().root(last.size) {
        None => Err(SignerError::Ahead { log: replica.log().size(), signed: last.size }),
        Some(root) if root == last.root => Ok(()),
        Some(_) => Err(SignerError::Split { signed: last.size }),
    }
}

fn read(path: &Path) -> Result<Checkpoint, SignerError> {
    let path = path.to_owned();
    match fs::read_to_string(&path) {
        Ok(text) => match toml::from_str(&text) {
            Ok(Written { size, root }) => Ok(Checkpoint { size, root }),
            Err(_) => Err(SignerError::Malformed { path }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SignerError::Missing { path }),
        Err(error) => Err(SignerError::Io { path, kind: error.kind() }),
    }
}

fn write(path: &Path, checkpoint: Checkpoint) -> Result<(), SignerError> {
    let refused = |error: io::Error| SignerError::Io { path: path.to_owned(), kind: error.kind() };
    replace(path, text(checkpoint).as_bytes(), 0o644).map_err(refused)
}

fn text(Checkpoint { size, root }: Checkpoint) -> String {
    format!("{HEADING}size = {size}\nroot = \"{root}\"\n")
}

/// The memory's name in the data directory.
pub(crate) const FILE: &str = "signer";
const HEADING: &str = "\
# How far this relay's key has signed the directory's log. The relay writes it; do not edit or delete it.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{self, World};

    fn begin(dir: &Path, world: &World, restored: bool) -> Result<Signer, SignerError> {
        Signer::begin(dir, world::key("log"), &world.replica, restored)
    }

    fn remembered(dir: &Path) -> u64 {
        read(&dir.join(FILE)).unwrap().size
    }

    #[test]
    fn the_memory_is_written_before_the_note_and_extends() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), nothing_signed()).unwrap();
        let mut world = World::found();
        let signer = begin(dir.path(), &world, false).unwrap();
        assert_eq!(remembered(dir.path()), 1);
        world.owner("org:custodian");
        let mut heard = signer.listen();
        let root = world.replica.log().root(1);
        signer.advance(world.replica.checkpoint(), root).unwrap();
        assert_eq!(remembered(dir.path()), 3);
        assert!(heard.has_changed().unwrap());
        let note = heard.borrow_and_update().note.clone();
        assert_eq!(world.replica.read_note(&note).unwrap().checkpoint, world.replica.checkpoint());
        let other = world.replica.log().root(2);
        assert!(matches!(signer.advance(world.replica.checkpoint(), other), Err(SignerError::Split { .. })));
        begin(dir.path(), &world, false).unwrap();
    }

    #[test]
    fn a_head_is_signed_again_when_time_or_log_moved() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), nothing_signed()).unwrap();
        let world = World::found();
        let signer = begin(dir.path(), &world, false).unwrap();
        let time = |now| world.replica.read_head(&signer.head(now).1).unwrap().time;
        assert_eq!([time(100), time(104), time(105), time(90)], [100, 100, 105, 90]);
    }

    #[test]
    fn without_memory_or_with_an_older_log_a_person_must_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let (world, old) = (World::six_states(), World::found());
        assert!(matches!(begin(dir.path(), &world, false), Err(SignerError::Missing { .. })));
        begin(dir.path(), &world, true).unwrap();
        let size = world.size();
        assert!(matches!(
            begin(dir.path(), &old, false),
            Err(SignerError::Ahead { log: 1, signed }) if signed == size
        ));
        assert_eq!(remembered(dir.path()), size, "refusing forgets nothing");
        begin(dir.path(), &old, true).unwrap();
    }

    #[test]
    fn another_history_is_never_signed() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (World::found(), World::found());
        one.owner("org:custodian");
        other.owner("xa").owner("xb");
        begin(dir.path(), &one, true).unwrap();
        for restored in [false, true] {
            assert!(matches!(begin(dir.path(), &other, restored), Err(SignerError::Split { signed: 3 })));
        }
        fs::write(dir.path().join(FILE), "size = 1").unwrap();
        assert!(matches!(begin(dir.path(), &one, true), Err(SignerError::Malformed { .. })));
        fs::remove_file(dir.path().join(FILE)).unwrap();
        fs::create_dir(dir.path().join(FILE)).unwrap();
        assert!(matches!(begin(dir.path(), &one, true), Err(SignerError::Io { .. })));
    }
}
