//! What does one's own copy of the log say, and is it the history that others see? The log's entries with their
//! Merkle tree, beside the directory that they make. It must never know where the copy is kept.

use super::checkpoint::{Checkpoint, CheckpointError, Head, Note, Origin};
use super::log::MerkleLog;
use super::replay::Directory;
use super::void::{NoGenesis, Void};

/// The whole log, held and read by whoever needs the directory: relay and stations alike.
#[derive(Debug)]
pub struct Replica {
    log: MerkleLog,
    directory: Directory,
}

impl Replica {
    /// Begins with entry 0.
    ///
    /// # Errors
    /// [`NoGenesis`].
    pub fn found(entry: Vec<u8>) -> Result<Self, NoGenesis> {
        let directory = Directory::found(&entry)?;
        let mut log = MerkleLog::new();
        log.push(entry);
        Ok(Self { log, directory })
    }

    /// Takes the next entry, whatever it says: a void one stays in the log.
    ///
    /// # Errors
    /// [`Void`]: the entry is in the log and has no effect.
    pub fn push(&mut self, entry: Vec<u8>) -> Result<(), Void> {
        let effect = self.directory.apply(&entry);
        self.log.push(entry);
        effect
    }

    /// What the log says.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The log itself.
    #[must_use]
    pub const fn log(&self) -> &MerkleLog {
        &self.log
    }

    /// The log's name in notes.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin::new(&self.directory.genesis().id, self.directory.network())
    }

    /// The newest checkpoint of this copy.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        let size = self.log.size();
        // A replica has at least its genesis, and a root for every size up to its own.
        Checkpoint { size, root: self.log.root(size).unwrap_or(crate::names::Digest::NONE) }
    }

    /// Reads a note that a key signed which was the log's at this size. What witnesses said below it is not verified
    /// here: that needs the log up to this size, and is [`Replica::settle`].
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn read_note(&self, note: &[u8]) -> Result<Note, CheckpointError> {
        let mut refused = CheckpointError::Signature;
        for key in self.directory.log_keys() {
            match Note::read(note, &self.origin(), &key) {
                Ok(note) if self.directory.is_log_key(&key, note.checkpoint.size) => return Ok(note),
                Ok(_) | Err(CheckpointError::Signature) => {}
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// Since when the witnesses that the network asked for at this size had seen it: exactly so many lines stand below
    /// the note. None where it asks for none.
    ///
    /// # Errors
    /// [`CheckpointError::Cosignatures`], [`CheckpointError::Cosignature`].
    pub fn settle(&self, note: &Note) -> Result<Option<u64>, CheckpointError> {
        note.settle(&self.origin(), self.directory.quorum(note.checkpoint.size))
    }

    /// Reads a signed head.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn read_head(&self, head: &[u8]) -> Result<Head, CheckpointError> {
        let mut refused = CheckpointError::Signature;
        for key in self.directory.log_keys() {
            match Head::verify(head, self.directory.network(), &key) {
                Ok(head) if self.directory.is_log_key(&key, head.size) => return Ok(head),
                Ok(_) | Err(CheckpointError::Signature) => {}
                Err(error) => refused = error,
            }
        }
        Err(refused)
    }

    /// How a checkpoint, whose signature was verified, stands to this copy.
    #[must_use]
    pub fn compare(&self, checkpoint: Checkpoint) -> Fit {
        match self.log.root(checkpoint.size) {
            None => Fit::Ahead,
            Some(root) if root == checkpoint.root => Fit::Same,
            Some(_) => Fit::Split,
        }
    }
}

/// How a signed checkpoint stands to one's own copy of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// It is a state that this copy went through.
    Same,
    /// This copy has not come that far: fetch first.
    Ahead,
    /// Two histories under one key: proof that the host shows different logs to different people.
    Split,
}
