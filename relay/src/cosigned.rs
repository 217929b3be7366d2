//! Which witnesses have seen the log, and how far? Their words, gathered under the notes that the log's key signed
//! (`docs/protocol.md` §3.6). It must never know who brought a word, nor believe one that its witness did not sign.
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

use crate::registry::Registry;

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
    /// Held while a word is judged and written: one writer to the file.
    writer: Mutex<()>,
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
        Ok(Self { path, writer: Mutex::new(()), held: Mutex::new(Held { kept, words: BTreeMap::new() }) })
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

    /// Takes a witness's word under a note. Says whether the log now counts further than before. Blocks for the disk, which
    /// nobody else waits for: neither who reads the directory nor who asks for the notes.
    pub(crate) fn take(&self, registry: &Registry, note: &[u8], line: &str) -> Result<bool, NotTaken> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, grown) = {
            let known = registry.read().ok_or(NotTaken::Disk)?;
            self.gather(&known.replica, note, line)?
        };
        if kept != self.held().kept {
            replace(&self.path, &cbor::encode(&kept), 0o644).map_err(|_| NotTaken::Disk)?;
            self.held().kept = kept;
        }
        Ok(grown)
    }

    /// What is to be kept with this word, and whether the log counts further by it.
    fn gather(&self, replica: &Replica, note: &[u8], line: &str) -> Result<(Kept, bool), NotTaken> {
        let read = replica.read_note(note).map_err(|_| NotTaken::Note)?;
        let checkpoint = read.checkpoint;
        if replica.compare(checkpoint) != Fit::Same {
            return Err(NotTaken::Note);
        }
        let (origin, directory) = (replica.origin(), replica.directory());
        let own = directory.quorum(checkpoint.size);
        let mut handovers = directory.handovers();
        handovers.retain(|(entry, _)| *entry < checkpoint.size);
        let mut judges = std::iter::once(own).chain(handovers.iter().map(|(_, before)| *before));
        if !judges.any(|quorum| quorum.read(&checkpoint, &origin, line).is_ok()) {
            return Err(NotTaken::Word);
        }
        let mut held = self.held();
        let Held { kept: stands, words } = &mut *held;
        let words = words.entry(checkpoint.size).or_default();
        say(words, line);
        let all = |quorum: Quorum<'_>| -> Vec<Cosignature> {
            words.iter().filter_map(|line| quorum.read(&checkpoint, &origin, line).ok()).collect()
        };
        let enough = |quorum: Quorum<'_>| quorum.needed() > 0 && quorum.choose(all(quorum)).is_some();
        let size = |note: &ByteVec| replica.read_note(note).map_or(0, |note| note.checkpoint.size);
        let before = stands.newest.as_ref().map_or(0, size);
        // All words, not only the k newest: a witness whose clock runs ahead must not push out those that count, and
        // people see who is silent.
        let newest = (enough(own) && checkpoint.size >= before).then(|| Note::with(note, &all(own)));
        let handed = handovers.iter().filter(|(_, before)| enough(*before));
        let handed: Vec<(u64, Vec<u8>)> =
            handed.map(|(entry, before)| (*entry, Note::with(note, &all(*before)))).collect();
        let mut kept = stands.clone();
        for (entry, note) in handed {
            kept.handovers.entry(entry).or_insert_with(|| note.into());
        }
        kept.newest = newest.map(ByteVec::from).or(kept.newest);
        let further = kept.newest.as_ref().map_or(0, size) > before;
        let grown = further || kept.handovers.len() > stands.handovers.len();
        held.forget();
        Ok((kept, grown))
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

#[cfg(test)]
mod tests {
    use liaison_keys::directory::Body;
    use liaison_keys::directory::body::Operate;
    use liaison_keys::directory::witness::cosign;

    use super::*;
    use crate::world::{self, World};

    /// A network that asks for two of three witnesses, held as a relay holds it.
    fn setting() -> (tempfile::TempDir, Cosigned, World) {
        let mut genesis = world::genesis(1);
        genesis.witnesses = ["a", "b", "c"].map(|name| (name.to_owned(), world::public(name))).to_vec();
        genesis.cosignatures = 2;
        let dir = tempfile::tempdir().unwrap();
        let cosigned = Cosigned::open(dir.path()).unwrap();
        (dir, cosigned, World::with(genesis))
    }

    fn registry(world: &World) -> Registry {
        let registry = Registry::default();
        for (index, entry) in (0..).zip(world.entries()) {
            match index {
                0 => registry.found(entry.clone()).unwrap(),
                _ => drop(registry.push(index, entry.clone()).unwrap()),
            }
        }
        registry
    }

    fn line(world: &World, witness: &str, time: u64) -> String {
        let key = world::key(witness);
        cosign(&world.replica.checkpoint(), &world.replica.origin(), (witness, &key), time)
    }

    #[test]
    fn words_count_when_there_are_enough_and_stay_after_a_restart() {
        let (dir, cosigned, world) = setting();
        let (registry, note) = (registry(&world), world.note());
        let say = |witness, time| cosigned.take(&registry, &note, &line(&world, witness, time));
        assert_eq!((say("a", 10), say("a", 20)), (Ok(false), Ok(false)), "one witness twice is one");
        assert!(cosigned.notes().is_empty());
        assert_eq!(say("c", 30), Ok(true));
        assert_eq!(say("b", 9_999_999_999), Ok(false), "more words of the same size are kept, and no news");
        let [kept] = cosigned.notes().try_into().unwrap();
        let words = world.replica.read_note(&kept).unwrap();
        let words = words.words(&world.replica.origin(), world.directory().quorum(world.size()));
        assert_eq!(words.iter().map(|word| word.time).max(), Some(9_999_999_999));
        assert_eq!(words.len(), 3, "a word from the future pushes none out");
        assert_eq!(Cosigned::open(dir.path()).unwrap().notes(), [kept]);
    }

    #[test]
    fn what_is_not_signed_as_it_must_be_changes_nothing() {
        let (dir, cosigned, world) = setting();
        let (registry, note) = (registry(&world), world.note());
        let mut other = World::with(world.directory().genesis().clone());
        other.owner("org:custodian");
        let ahead = cosigned.take(&registry, &other.note(), &line(&other, "a", 10));
        assert_eq!(ahead, Err(NotTaken::Note), "of entries that are not here");
        assert_eq!(cosigned.take(&registry, b"note", &line(&world, "a", 10)), Err(NotTaken::Note));
        for word in [line(&world, "a stranger", 10), line(&other, "a", 10), String::new()] {
            assert_eq!(cosigned.take(&registry, &note, &word), Err(NotTaken::Word), "{word}");
        }
        assert!(!dir.path().join(FILE).exists());
    }

    #[test]
    fn the_witnesses_before_have_the_last_word_and_it_is_kept() {
        let (dir, cosigned, mut world) = setting();
        let operate = world.directory().genesis().operation();
        let after =
            Operate { witnesses: vec![("d".to_owned(), world::public("d"))], cosignatures: 1, ..operate };
        let both = ["custodian 1", "custodian 2"];
        let body = Body::Operate(Box::new(after));
        let statement = world.statement("network", &body, &both);
        world.log(&statement).unwrap();
        let (registry, note) = (registry(&world), world.note());
        let say = |witness: &str| cosigned.take(&registry, &note, &line(&world, witness, 10));
        assert_eq!(say("d"), Ok(true), "enough for its own size");
        assert_eq!((say("a"), say("b")), (Ok(false), Ok(true)), "and two of those before hand over");
        assert_eq!(cosigned.notes().len(), 2);
        fs::write(dir.path().join(FILE), "damaged").unwrap();
        assert!(Cosigned::open(dir.path()).unwrap().notes().is_empty(), "damage stops no relay");
    }
}
