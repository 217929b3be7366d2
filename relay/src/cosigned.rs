//! Which witnesses have seen the log, and how far? Their words, gathered under the notes that the log's key signed
//! (`docs/protocol.md` §3.3). It must never know who brought a word, nor believe one that its witness did not sign.
//!
//! ```text
//! word ─▶ is the note ours? did a witness say it? ─▶ enough of them? ─▶ newest cosigned note, handover ─▶ disk
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use liaison_journal::replace;
use liaison_keys::cbor;
use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::witness::Cosignature;
use liaison_keys::directory::{Note, Quorum, Replica};
use liaison_proto::limits;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// A word that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The note is not one that this relay's key signed over this log.
    Note,
    /// No witness of the network said it.
    Word,
    /// The disk did not take it.
    Disk,
}

/// The words of witnesses.
pub(crate) struct Cosigned {
    path: PathBuf,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    kept: Kept,
    /// By size of the log, what witnesses said below its note: one line of each.
    words: BTreeMap<u64, Vec<String>>,
}

/// What is on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
struct Kept {
    /// The newest note with enough cosignatures.
    #[n(0)]
    newest: Option<ByteVec>,
    /// By entry that names other witnesses: a note that covers it, with enough cosignatures of those before.
    #[n(1)]
    handovers: BTreeMap<u64, ByteVec>,
}

impl Cosigned {
    /// Reads what was kept. Damage costs the handovers only: witnesses say the rest again within the hour.
    pub(crate) fn open(dir: &Path) -> io::Result<Self> {
        let path = dir.join(FILE);
        let kept = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
            read => cbor::decode(&read?).unwrap_or_else(|_| {
                tracing::error!(
                    path = %path.display(),
                    "what witnesses said is damaged; restore the file from the backup, or stations that were away while \
                     witnesses changed need a directory file from another station"
                );
                Kept::default()
            }),
        };
        Ok(Self { path, held: Mutex::new(Held { kept, words: BTreeMap::new() }) })
    }

    /// The cosigned notes, ascending by size: the last handovers, then the newest.
    pub(crate) fn notes(&self) -> Vec<Vec<u8>> {
        let held = self.held();
        let newest = held.kept.newest.iter();
        let handovers = held.kept.handovers.values().rev().take(limits::COSIGNED_NOTES_MAX - 1);
        let mut notes: Vec<Vec<u8>> = newest.chain(handovers).map(|note| note.to_vec()).collect();
        notes.reverse();
        notes
    }

    /// Takes a witness's word under a note. Says whether the log now counts further than before. Blocks for the disk.
    pub(crate) fn take(&self, replica: &Replica, note: &[u8], line: &str) -> Result<bool, NotTaken> {
        let read = replica.read_note(note).map_err(|_| NotTaken::Note)?;
        let checkpoint = read.checkpoint;
        if replica.compare(checkpoint) != Fit::Same {
            return Err(NotTaken::Note);
        }
        let (origin, directory) = (replica.origin(), replica.directory());
        let own = directory.quorum(checkpoint.size);
        let open: Vec<(u64, Quorum<'_>)> = directory.handovers();
        let judges = || std::iter::once(own).chain(open.iter().map(|(_, before)| *before));
        if !judges().any(|quorum| quorum.read(&checkpoint, &origin, line).is_ok()) {
            return Err(NotTaken::Word);
        }
        let mut held = self.held();
        let words = held.words.entry(checkpoint.size).or_default();
        say(words, line);
        let all = |quorum: Quorum<'_>| -> Vec<Cosignature> {
            words.iter().filter_map(|line| quorum.read(&checkpoint, &origin, line).ok()).collect()
        };
        let read = |quorum: Quorum<'_>| quorum.choose(all(quorum));
        // All words, not only the k newest: a witness whose clock runs ahead must not push out those that count, and
        // people see who is silent.
        let enough = read(own).filter(|_| own.needed() > 0).map(|_| Note::with(note, &all(own)));
        let handed = open.iter().filter(|(entry, before)| *entry < checkpoint.size && before.needed() > 0);
        let handed: Vec<(u64, Vec<u8>)> =
            handed.filter_map(|(entry, before)| Some((*entry, Note::with(note, &read(*before)?)))).collect();
        let mut kept = held.kept.clone();
        for (entry, note) in handed {
            kept.handovers.entry(entry).or_insert_with(|| note.into());
        }
        let size = |note: &ByteVec| replica.read_note(note).map_or(0, |note| note.checkpoint.size);
        let before = kept.newest.as_ref().map_or(0, size);
        if let Some(note) = enough.filter(|_| checkpoint.size >= before) {
            kept.newest = Some(note.into());
        }
        let grown =
            kept.newest.as_ref().map_or(0, size) > before || kept.handovers.len() > held.kept.handovers.len();
        if kept != held.kept {
            replace(&self.path, &cbor::encode(&kept), 0o644).map_err(|_| NotTaken::Disk)?;
            held.kept = kept;
        }
        held.forget();
        Ok(grown)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // What is held is whole after each assignment.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Of many sizes, the largest: witnesses go on from there.
    fn forget(&mut self) {
        while self.words.len() > SIZES_MAX {
            self.words.pop_first();
        }
    }
}

/// Keeps a witness's newest line only. Two witnesses may have one name, and differ by their key's id: the line's first
/// characters after it.
fn say(words: &mut Vec<String>, line: &str) {
    let witness =
        |line: &str| line.rfind(' ').and_then(|name| line.get(..name + 1 + KEY_ID_CHARS)).map(str::to_owned);
    words.retain(|said| witness(said) != witness(line));
    words.push(line.to_owned());
}

/// The file's name in the data directory.
pub(crate) const FILE: &str = "cosigned";
/// What a key id of 4 bytes takes in base64, as far as it is its own.
const KEY_ID_CHARS: usize = 5;
/// Sizes of the log under which words are gathered at once.
const SIZES_MAX: usize = 64;
