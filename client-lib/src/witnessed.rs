//! Up to which entry does the directory count? Notes with witnesses' cosignatures, and how one set of witnesses hands over
//! to another (`docs/protocol.md` §3.6). It must never know how the notes came.
//!
//! ```text
//! trusted (size, first the genesis) ─▶ a note that the witnesses in force *there* cosigned ─▶ trusted (larger) ─▶ …
//! counts = the newest note up to there with exactly the k cosignatures that its own size asks for
//! ```

use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::witness::{Announced, Cosignature};
use liaison_keys::directory::{Note, Quorum, Replica};
use liaison_proto::limits;

use crate::memory::KnownCheckpoint;
use crate::record::Record;
use crate::station::{Station, StationError};

/// A note that fits our own log, with its bytes.
struct Candidate {
    bytes: Vec<u8>,
    note: Note,
}

impl Candidate {
    fn size(&self) -> u64 {
        self.note.checkpoint.size
    }

    fn chosen(&self, replica: &Replica, quorum: Quorum<'_>) -> Option<Vec<Cosignature>> {
        quorum.choose(self.note.words(&replica.origin(), quorum))
    }
}

impl Station {
    /// Takes cosigned notes: entries that give something count up to the newest that has enough cosignatures. Gives notes
    /// that do not fit our own log: proof of a split view.
    pub(crate) fn take_cosigned(&mut self, notes: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, StationError> {
        let replica = self.replica()?;
        let directory = replica.directory();
        let held = self.memory().checkpoint.as_ref();
        let word = self.memory().word.as_ref();
        let (mut fitting, mut splits) = (Vec::new(), Vec::new());
        for bytes in notes.into_iter().chain(word.map(|word| word.note.clone())) {
            let Ok(note) = replica.read_note(&bytes) else { continue };
            match replica.compare(note.checkpoint) {
                Fit::Same => fitting.push(Candidate { bytes, note }),
                Fit::Split => splits.push(bytes),
                Fit::Ahead => {}
            }
        }
        let mut trusted = held.map_or(GENESIS, |held| held.size);
        let mut records = Vec::new();
        loop {
            let quorum = directory.quorum(trusted);
            let further = fitting.iter().filter(|one| one.size() > trusted);
            let next = further.filter_map(|one| Some((one, one.chosen(replica, quorum)?)));
            let Some((next, chosen)) = next.max_by_key(|(one, _)| one.size()) else { break };
            trusted = next.size();
            if directory.quorum(trusted) != quorum && quorum.needed() > 0 {
                let note = Note::with(&next.bytes, &chosen);
                // While the new witnesses are silent, the same step is taken again at each connection.
                let known = self.memory().handovers.contains(&note);
                records.extend((!known).then(|| Record::HandedOver { note: note.into() }));
            }
        }
        let latest = self.clock().now_s().saturating_add(limits::CREATED_AHEAD_S_MAX);
        let counts = fitting.iter().filter(|one| one.size() <= trusted).filter_map(|one| {
            let quorum = directory.quorum(one.size());
            // A word from the future would make an old directory look fresh.
            let mut words = one.note.words(&replica.origin(), quorum);
            words.retain(|word| word.time <= latest);
            let chosen = quorum.choose(words.iter().cloned())?;
            // Without witnesses, the log key's own newest word counts, and gives its time by its head.
            let own = || word.filter(|word| word.size == one.size()).map(|word| word.time);
            let time = quorum.settle(&chosen).ok()?.or_else(own)?;
            Some(((one.size(), time, words.len()), Note::with(&one.bytes, &words)))
        });
        let newest = counts.max_by_key(|(when, _)| *when);
        let heard = self.memory().heard.len();
        let news = |(size, time, words): (u64, u64, usize)| {
            held.is_none_or(|held| {
                let later = time >= held.time.saturating_add(limits::COSIGNED_KEPT_EVERY_S);
                size > held.size || size == held.size && (later || words > heard)
            })
        };
        records.extend(
            newest.filter(|(when, _)| news(*when)).map(|(_, note)| Record::Cosigned { note: note.into() }),
        );
        self.keep(records)?;
        Ok(splits)
    }

    /// The log key's newest word, whatever witnesses say of it.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`].
    pub fn word(&self) -> Result<&KnownCheckpoint, StationError> {
        self.memory().word.as_ref().ok_or(StationError::NoDirectory)
    }

    /// Entries that this station holds and that too few witnesses have seen: what they give does not count yet.
    #[must_use]
    pub fn unwitnessed(&self) -> u64 {
        let size = |known: &Option<KnownCheckpoint>| known.as_ref().map_or(0, |known| known.size);
        size(&self.memory().word).saturating_sub(size(&self.memory().checkpoint))
    }

    /// When each witness said last that it saw what counts here, Unix seconds: who is missing was silent.
    #[must_use]
    pub fn heard_of(&self, witness: &str) -> Option<u64> {
        self.memory().heard.iter().filter(|(name, _)| name == witness).map(|(_, time)| *time).max()
    }

    /// Witnesses that the network names now, and how many of them must have seen an entry.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`].
    pub fn witnesses(&self) -> Result<(Vec<Announced>, usize), StationError> {
        let quorum = Quorum::of(self.directory()?.operation());
        let named = quorum.witnesses().iter();
        let named = named.map(|(name, key)| Announced { name: name.clone(), key: *key }).collect();
        Ok((named, quorum.needed()))
    }
}

/// The genesis counts by the network's own name.
const GENESIS: u64 = 1;
