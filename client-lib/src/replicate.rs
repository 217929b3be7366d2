//! May this log become ours? Entries are checked against a signed checkpoint, and kept only when the whole fits
//! (`docs/protocol.md` §3). It must never know whether they came from a relay or in a file.

use liaison_keys::cbor;
use liaison_keys::directory::evidence::Evidence;
use liaison_keys::directory::log::root_of;
use liaison_keys::directory::replica::Fit;
use liaison_keys::directory::{Checkpoint, Entry, Note, Quorum, Replica};
use liaison_proto::limits;
use liaison_proto::session::client::Word;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use thiserror::Error;

use liaison_proto::frame::Frame;
use liaison_proto::session::client::Wants;

use crate::memory::KnownCheckpoint;
use crate::record::Record;
use crate::station::{Station, StationError};

/// A log that is not taken; nothing of it is kept.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReplicateError {
    /// It is another network's.
    #[error("this is the log of another network")]
    WrongNetwork,
    /// It does not continue what is held: two histories under one key.
    #[error(
        "this is another history than the one held here: proof that different people are shown different logs"
    )]
    SplitView,
    /// Its checkpoint is not signed by the log's key.
    #[error("the checkpoint is not signed by the log's key")]
    Checkpoint,
    /// Its note and its head speak of different logs.
    #[error("the checkpoint's note and head speak of different logs")]
    Unpaired,
    /// Its entries are not those that its checkpoint covers.
    #[error("the entries are not those that the checkpoint covers: somebody changed one on its way")]
    Altered,
    /// Its checkpoint covers entries that are not shown.
    #[error("the checkpoint covers {size} entries, and only {shown} are shown")]
    NotShown {
        /// Entries that the checkpoint covers.
        size: u64,
        /// Entries that were to be had.
        shown: u64,
    },
    /// An entry is dated after the checkpoint that covers it: taken, it would freeze the directory until that day.
    #[error("an entry of the log is dated after the checkpoint that covers it")]
    LoggedAhead,
    /// The checkpoint is dated ahead of this station's clock: taken, it would make every old directory look fresh.
    #[error(
        "the relay's directory is dated {hours} hours ahead of this station's clock; set the clock that is wrong"
    )]
    HeadAhead {
        /// By how much.
        hours: u64,
    },
    /// More than a directory may hold.
    #[error("the log has more than {max} bytes")]
    TooLarge {
        /// The limit.
        max: usize,
    },
    /// Not a directory file.
    #[error("this is not a directory file, or it is damaged")]
    NotAFile,
    /// The station cannot go on.
    #[error(transparent)]
    Station(#[from] StationError),
}

/// The directory in a file: for a station that cannot connect yet, or never does.
#[derive(Encode, Decode)]
struct Exported {
    #[n(0)]
    mark: String,
    #[n(1)]
    note: ByteVec,
    #[n(2)]
    head: ByteVec,
    #[n(3)]
    entries: Vec<ByteVec>,
    /// Notes with witnesses' cosignatures.
    #[n(4)]
    cosigned: Option<Vec<ByteVec>>,
}

impl Station {
    /// What a relay asks that has lost a part of the log: it gave that to us once. None when we have nothing.
    pub(crate) fn gives_back(&self, wants: Wants) -> Option<Frame> {
        let (word, log) = (self.memory().word.as_ref()?, self.memory().replica.as_ref()?.log());
        Some(match wants {
            Wants::Checkpoint(id) => Frame::Checkpoint {
                id,
                note: word.note.clone().into(),
                head: word.head.clone().into(),
                cosigned: Vec::new(),
            },
            Wants::Entries(id, from) => {
                let most = (limits::LOG_ENTRIES_PER_FRAME_MAX, limits::LOG_BYTES_PER_FRAME_MAX);
                let entries =
                    log.page(from, most.0, most.1).iter().map(|entry| entry.clone().into()).collect();
                Frame::Entries { id, from, entries }
            }
        })
    }

    /// Keeps proof of a split view beside one's own checkpoint, once.
    pub(crate) fn keep_split_view(&mut self, note: Vec<u8>, head: Vec<u8>) -> Result<(), StationError> {
        if self.memory().split_views.contains(&note) {
            return Ok(());
        }
        self.keep(vec![Record::SplitView { note: note.into(), head: head.into() }])
    }

    /// Of a history that is longer than one's own, the note alone shows nobody that it is another one: its entries do. One is
    /// kept, since each is a whole log.
    fn keep_longer_history(&mut self, entries: &[Vec<u8>], note: &[u8]) -> Result<(), StationError> {
        let own = self.word()?.note.clone();
        let longer = u64::try_from(entries.len()).unwrap_or(u64::MAX) > self.replica()?.log().size();
        if !longer || self.memory().proof.is_some() {
            return Ok(());
        }
        let proof = Evidence::split_view(entries, note.to_vec(), own).to_bytes();
        self.keep(vec![Record::Proof { evidence: proof.into() }])
    }

    /// What this station holds that shows a third party that the log's holder lied, each with a name for its file.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`].
    pub fn evidence(&self) -> Result<Vec<(String, Evidence)>, StationError> {
        let (checkpoint, replica) = (self.word()?, self.replica()?);
        let size = usize::try_from(checkpoint.size).unwrap_or(usize::MAX);
        let entries = replica.log().entries(0, size);
        let (memory, own) = (self.memory(), checkpoint.note.clone());
        let splits = (1..).zip(&memory.split_views).map(|(n, other)| {
            (format!("split-view-{n}"), Evidence::split_view(entries, own.clone(), other.clone()))
        });
        let rollbacks = (1..).zip(&memory.rollbacks).map(|(n, (earlier, later))| {
            (format!("rollback-{n}"), Evidence::rollback(entries, earlier.clone(), later.clone()))
        });
        let voids = replica.directory().voids().iter().filter(|(index, _)| *index < checkpoint.size);
        let voids =
            voids.take(1).map(|_| ("void-entry".to_owned(), Evidence::void_entry(entries, own.clone())));
        let kept = memory.proof.as_deref().and_then(|bytes| Evidence::from_bytes(bytes).ok());
        let kept = kept.map(|evidence| ("longer-history".to_owned(), evidence));
        let all: Vec<(String, Evidence)> = splits.chain(kept).chain(rollbacks).chain(voids).collect();
        let network = replica.directory().network();
        Ok(all.into_iter().filter(|(_, one)| Evidence::judge(&one.to_bytes(), network).is_ok()).collect())
    }

    /// The whole directory with its newest checkpoint, to carry to another station. It holds no secret.
    ///
    /// # Errors
    /// [`StationError::NoDirectory`].
    pub fn export_directory(&self) -> Result<Vec<u8>, StationError> {
        let checkpoint = self.word()?;
        let entries =
            self.replica()?.log().entries(0, usize::try_from(checkpoint.size).unwrap_or(usize::MAX));
        let entries = entries.iter().map(|entry| entry.clone().into()).collect();
        let (note, head) = (checkpoint.note.clone().into(), checkpoint.head.clone().into());
        let held = self.memory().checkpoint.as_ref().map(|held| held.note.clone());
        let cosigned = self.memory().handovers.iter().cloned().chain(held);
        let cosigned = Some(cosigned.map(ByteVec::from).collect());
        Ok(cbor::encode(&Exported { mark: MARK.to_owned(), note, head, entries, cosigned }))
    }

    /// Takes a directory from a file, if it continues what is held; gives the new size of the log.
    ///
    /// # Errors
    /// [`ReplicateError`].
    pub fn import_directory(&mut self, file: &[u8]) -> Result<u64, ReplicateError> {
        let exported: Exported = cbor::decode(file).map_err(|_| ReplicateError::NotAFile)?;
        if exported.mark != MARK {
            return Err(ReplicateError::NotAFile);
        }
        let entries: Vec<Vec<u8>> = exported.entries.into_iter().map(Vec::from).collect();
        let cosigned = exported.cosigned.unwrap_or_default().into_iter().map(Vec::from).collect();
        let word = Word { note: exported.note.into(), head: exported.head.into(), cosigned };
        let mut fresh = Fresh::of(self);
        let skip = usize::try_from(fresh.size()).unwrap_or(usize::MAX);
        fresh.take(self, entries.iter().skip(skip).cloned().collect())?;
        match fresh.keep(self, word.clone()) {
            Err(ReplicateError::Altered) => {
                let mut whole = Fresh::whole();
                whole.take(self, entries)?;
                Err(whole.compare(self, word)?)
            }
            kept => kept.and_then(|()| Ok(self.replica()?.log().size())),
        }
    }
}

/// Entries that came and are not yet kept, beside what is held.
pub(crate) struct Fresh {
    /// For a station without a directory: the beginning of the one that it is about to have.
    founding: Option<Replica>,
    entries: Vec<Vec<u8>>,
    bytes: usize,
    base: u64,
}

impl Fresh {
    pub(crate) fn of(station: &Station) -> Self {
        let base = station.memory().replica.as_ref().map_or(0, |replica| replica.log().size());
        Self { founding: None, entries: Vec::new(), bytes: 0, base }
    }

    /// From the beginning, whatever is held: to see which history this is.
    pub(crate) const fn whole() -> Self {
        Self { founding: None, entries: Vec::new(), bytes: 0, base: 0 }
    }

    pub(crate) fn size(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// The size that the checkpoint speaks of; none while there is no genesis to read it with.
    pub(crate) fn target(&self, station: &mut Station, word: &Word) -> Result<Option<u64>, ReplicateError> {
        let Some(replica) = station.memory().replica.as_ref().or(self.founding.as_ref()) else {
            return Ok(None);
        };
        let checkpoint = read_note(replica, &word.note)?;
        match replica.compare(checkpoint) {
            Fit::Split if self.base > 0 => Err(split_view(station, word.note.clone(), word.head.clone())?),
            _ => Ok(Some(checkpoint.size)),
        }
    }

    pub(crate) fn take(&mut self, station: &Station, entries: Vec<Vec<u8>>) -> Result<(), ReplicateError> {
        if self.size() == 0 {
            let genesis = entries.first().cloned().ok_or(ReplicateError::WrongNetwork)?;
            let founded = Replica::found(genesis).map_err(|_| ReplicateError::WrongNetwork)?;
            if founded.directory().network() != station.network()? {
                return Err(ReplicateError::WrongNetwork);
            }
            self.founding = Some(founded);
        }
        self.bytes += entries.iter().map(Vec::len).sum::<usize>();
        if self.bytes > limits::DIRECTORY_BYTES_MAX {
            return Err(ReplicateError::TooLarge { max: limits::DIRECTORY_BYTES_MAX });
        }
        self.entries.extend(entries);
        Ok(())
    }

    /// Why a log that was taken from its beginning does not continue what is held. When it fits its note, the log's key
    /// signed another history, which no one who holds the two notes can be talked out of; else an entry was changed.
    pub(crate) fn compare(
        mut self,
        station: &mut Station,
        Word { note, head, .. }: Word,
    ) -> Result<ReplicateError, ReplicateError> {
        let checkpoint = read_note(station.replica()?, &note)?;
        self.entries.truncate(usize::try_from(checkpoint.size).unwrap_or(usize::MAX));
        if root_of(&self.entries) != checkpoint.root {
            return Ok(ReplicateError::Altered);
        }
        station.keep_longer_history(&self.entries, &note)?;
        Ok(split_view(station, note, head)?)
    }

    /// Checks the whole against the checkpoint, then keeps it, and what witnesses say of it.
    pub(crate) fn keep(self, station: &mut Station, word: Word) -> Result<(), ReplicateError> {
        let cosigned = self.keep_word(station, word)?;
        match station.take_cosigned(cosigned)?.pop() {
            Some(note) => Err(split_view(station, note, Vec::new())?),
            None => Ok(()),
        }
    }

    fn keep_word(
        self,
        station: &mut Station,
        Word { note, head, cosigned }: Word,
    ) -> Result<Vec<Vec<u8>>, ReplicateError> {
        let known = station.memory().replica.as_ref();
        let mut log = known.map_or_else(Vec::new, |replica| replica.log().entries(0, usize::MAX).to_vec());
        let reader = known.or(self.founding.as_ref()).ok_or(ReplicateError::WrongNetwork)?;
        let checkpoint = read_note(reader, &note)?;
        let said = reader.read_head(&head).map_err(|_| ReplicateError::Checkpoint)?;
        log.extend(self.entries.iter().cloned());
        log.truncate(usize::try_from(checkpoint.size).unwrap_or(usize::MAX));
        if said.checkpoint() != checkpoint {
            return Err(ReplicateError::Unpaired);
        }
        if root_of(&log) != checkpoint.root {
            // Up to our own size it is the signer's word against our log. Beyond it, the relay may have changed an
            // entry on the way, and an honest note would stand as false proof: only the whole log can tell.
            let ours = checkpoint.size <= self.base;
            return Err(if ours { split_view(station, note, head)? } else { ReplicateError::Altered });
        }
        let ahead_s = said.time.saturating_sub(station.clock().now_s());
        if ahead_s > limits::CREATED_AHEAD_S_MAX {
            return Err(ReplicateError::HeadAhead { hours: ahead_s.div_ceil(3_600) });
        }
        let ahead = |entry: &Vec<u8>| {
            Entry::from_bytes(entry)
                .is_ok_and(|entry| entry.logged > said.time.saturating_add(LOGGED_AHEAD_S_MAX))
        };
        if self.entries.iter().any(ahead) {
            return Err(ReplicateError::LoggedAhead);
        }
        // Neither time nor size goes back: an older size under a newer time would bring revoked devices back.
        let older = |held: &KnownCheckpoint| said.time < held.time || checkpoint.size < held.size;
        let older = station.memory().word.as_ref().is_some_and(older);
        let shorter = |held: &&KnownCheckpoint| said.time > held.time && checkpoint.size < held.size;
        let proof = station.memory().word.as_ref().filter(shorter).map(|held| held.head.clone());
        if let Some(earlier) = proof.filter(|_| station.memory().rollbacks.is_empty()) {
            // One is enough to show it; a relay that was restored from an old copy would fill the disk with more.
            let (earlier, later) = (earlier.into(), head.clone().into());
            station.keep(vec![Record::Rollback { earlier, later }])?;
        }
        let take = usize::try_from(checkpoint.size.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let entries = self.entries.into_iter().take(take).zip(self.base..);
        let records: Vec<Record> =
            entries.map(|(bytes, index)| Record::Entry { index, bytes: bytes.into() }).collect();
        for part in records.chunks(limits::LOG_ENTRIES_PER_FRAME_MAX) {
            station.keep(part.to_vec())?;
        }
        let known = station.memory().word.as_ref().is_some_and(|held| held.head == head);
        if !older && !known {
            station.keep(vec![Record::Checkpoint { note: note.into(), head: head.into() }])?;
        }
        Ok(cosigned)
    }
}

/// A note of this log; one of another log is told apart from one that is signed by nobody who may.
fn read_note(reader: &Replica, note: &[u8]) -> Result<Checkpoint, ReplicateError> {
    let plain = |note: Note| {
        // What witnesses say stands in notes of their own.
        let settled = note.settle(&reader.origin(), Quorum::NONE);
        settled.map(|_| note.checkpoint)
    };
    reader.read_note(note).and_then(plain).map_err(|_| {
        let origin = note.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let other = origin.starts_with(b"liaison/") && origin != reader.origin().as_str().as_bytes();
        if other { ReplicateError::WrongNetwork } else { ReplicateError::Checkpoint }
    })
}

fn split_view(station: &mut Station, note: Vec<u8>, head: Vec<u8>) -> Result<ReplicateError, StationError> {
    station.keep_split_view(note, head)?;
    Ok(ReplicateError::SplitView)
}

/// How far an entry may be dated ahead of the head that covers it.
const LOGGED_AHEAD_S_MAX: u64 = 600;
const MARK: &str = "liaison-v1 directory";
