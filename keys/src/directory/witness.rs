//! Who else saw the log at this size, and when? Witnesses' timestamped cosignatures under a checkpoint, and how many of
//! them a network asks for (`docs/protocol.md` §3.6). It must never know the entries, or who runs a witness.
//!
//! ```text
//! signed    = "cosignature/v1\n" "time " seconds "\n" note text          (C2SP tlog-cosignature)
//! line      = "— " name " " base64(key id 4 ‖ time u64 ‖ signature 64)
//! key id    = SHA-256(name ‖ 0x0A ‖ 0x04 ‖ key)[0..4]
//! announced = name "+" key id as hex "+" base64(0x04 ‖ key)              (C2SP verifier key)
//! ```

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use thiserror::Error;

use super::body::Operate;
use super::checkpoint::{Checkpoint, CheckpointError, Origin, key_id};
use super::office::is_plain_line;
use crate::signing::{PublicKey, SecretKey, Witness};

/// A witness by name and key, as it announces itself to the custodian: C2SP's form of a verifier key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Its name in notes.
    pub name: String,
    /// Its key.
    pub key: PublicKey<Witness>,
}

/// Not the line that a witness announces itself with.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a witness's line: it has the form name+8 hex digits+base64")]
pub struct NotAnnounced;

/// How many witnesses a checkpoint needs, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quorum<'a> {
    witnesses: &'a [(String, PublicKey<Witness>)],
    k: usize,
}

/// One witness's word under a checkpoint, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// Which of the witnesses, by its place among them.
    pub witness: usize,
    /// When it said so, Unix seconds.
    pub time: u64,
    /// As it was said, without its line feed.
    pub line: String,
}

/// Says that one saw the log at this checkpoint, at this time: a line for below the note, without its line feed. Who
/// calls this has remembered first how far it went.
#[must_use]
pub fn cosign(
    checkpoint: &Checkpoint,
    origin: &Origin,
    (name, key): (&str, &SecretKey<Witness>),
    time: u64,
) -> String {
    let signature = key.sign(signed_text(checkpoint, origin, time).as_bytes());
    let id = key_id(name, COSIGNATURE, key.public().as_bytes());
    let word = [id.as_slice(), &time.to_be_bytes(), &signature].concat();
    format!("\u{2014} {name} {}", BASE64.encode(word))
}

/// Whether a name can stand in a note: one plain word, not too long, without a plus sign (C2SP).
#[must_use]
pub fn is_name(name: &str) -> bool {
    is_plain_line(name, NAME_CHARS_MAX) && !name.contains([' ', '+'])
}

impl<'a> Quorum<'a> {
    /// No witnesses, and none needed.
    pub const NONE: Self = Self { witnesses: &[], k: 0 };

    /// So many of these.
    #[must_use]
    pub const fn new(witnesses: &'a [(String, PublicKey<Witness>)], k: usize) -> Self {
        Self { witnesses, k }
    }

    /// What this operation of the network asks for.
    #[must_use]
    pub fn of(operation: &'a Operate) -> Self {
        Self { witnesses: &operation.witnesses, k: usize::from(operation.cosignatures) }
    }

    /// How many witnesses are needed; 0 in a network without.
    #[must_use]
    pub const fn needed(&self) -> usize {
        self.k
    }

    /// The witnesses, by name and key.
    #[must_use]
    pub const fn witnesses(&self) -> &'a [(String, PublicKey<Witness>)] {
        self.witnesses
    }

    /// Reads one witness's line under a checkpoint.
    ///
    /// # Errors
    /// [`CheckpointError::Cosignature`]: of nobody among the witnesses, or not signed.
    pub fn read(
        &self,
        checkpoint: &Checkpoint,
        origin: &Origin,
        line: &str,
    ) -> Result<Cosignature, CheckpointError> {
        let refused = CheckpointError::Cosignature;
        let (name, word) =
            line.strip_prefix("\u{2014} ").and_then(|rest| rest.split_once(' ')).ok_or(refused)?;
        let word = BASE64.decode(word).map_err(|_| refused)?;
        let (id, rest) = word.split_first_chunk::<4>().ok_or(refused)?;
        let (time, signature) = rest.split_first_chunk::<8>().ok_or(refused)?;
        let signature: &[u8; 64] = signature.try_into().map_err(|_| refused)?;
        let time = u64::from_be_bytes(*time);
        let said = |(own, key): &(String, PublicKey<Witness>)| {
            own == name && *id == key_id(name, COSIGNATURE, key.as_bytes())
        };
        let witness = self.witnesses.iter().position(said).ok_or(refused)?;
        let (_, key) = self.witnesses.get(witness).ok_or(refused)?;
        key.verify(signed_text(checkpoint, origin, time).as_bytes(), signature).map_err(|_| refused)?;
        Ok(Cosignature { witness, time, line: line.to_owned() })
    }

    /// Of these words, each witness's newest, the k newest of them: in the order of the witnesses. None when there are
    /// not enough.
    #[must_use]
    pub fn choose(&self, words: impl IntoIterator<Item = Cosignature>) -> Option<Vec<Cosignature>> {
        let mut words: Vec<Cosignature> = words.into_iter().collect();
        words.sort_by_key(|word| (word.witness, std::cmp::Reverse(word.time)));
        words.dedup_by_key(|word| word.witness);
        words.sort_by_key(|word| std::cmp::Reverse(word.time));
        words.truncate(self.k);
        words.sort_by_key(|word| word.witness);
        (words.len() == self.k).then_some(words)
    }

    /// Since when k witnesses had seen what these words say: the oldest of exactly k words of distinct witnesses, in the
    /// witnesses' order, so that they have one spelling. None where none are asked for.
    ///
    /// The newest would let the host and one witness make an old checkpoint look fresh.
    ///
    /// # Errors
    /// [`CheckpointError::Cosignatures`].
    pub fn settle(&self, words: &[Cosignature]) -> Result<Option<u64>, CheckpointError> {
        let ordered = words.is_sorted_by(|one, next| one.witness < next.witness);
        if words.len() != self.k || !ordered {
            return Err(CheckpointError::Cosignatures { got: words.len(), want: self.k });
        }
        Ok(words.iter().map(|word| word.time).min())
    }
}

impl fmt::Display for Announced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(key_id(&self.name, COSIGNATURE, self.key.as_bytes()));
        let key = [&[COSIGNATURE], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{id:08x}+{}", self.name, BASE64.encode(key))
    }
}

impl FromStr for Announced {
    type Err = NotAnnounced;

    fn from_str(line: &str) -> Result<Self, NotAnnounced> {
        let mut parts = line.splitn(3, '+');
        let (name, _, key) = (parts.next(), parts.next(), parts.next().ok_or(NotAnnounced)?);
        let key = BASE64.decode(key).map_err(|_| NotAnnounced)?;
        let key = key.strip_prefix(&[COSIGNATURE]).and_then(|key| key.try_into().ok()).ok_or(NotAnnounced)?;
        let key = PublicKey::from_bytes(key);
        let read = Self { name: name.unwrap_or_default().to_owned(), key };
        // Written again it must be the same: the key id holds name and key together.
        if is_name(&read.name) && read.to_string() == line { Ok(read) } else { Err(NotAnnounced) }
    }
}

fn signed_text(checkpoint: &Checkpoint, origin: &Origin, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{}", checkpoint.text(origin))
}

/// C2SP's type of a timestamped Ed25519 cosignature.
const COSIGNATURE: u8 = 0x04;
const NAME_CHARS_MAX: usize = 64;
/// How many witnesses a network may name: their lines fit one note.
pub(super) const WITNESSES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{Digest, NetworkId};

    fn key(seed: u8) -> SecretKey<Witness> {
        SecretKey::from_seed(&[seed; 32])
    }

    fn setting() -> (Origin, Checkpoint, Vec<(String, PublicKey<Witness>)>) {
        let origin = Origin::new(&"exercise".parse().unwrap(), NetworkId::new([0xab; 32]));
        let named = [("xa.example", 1), ("xb.example", 2), ("xr.example", 3)];
        let witnesses = named.map(|(name, seed)| (name.to_owned(), key(seed).public())).to_vec();
        (origin, Checkpoint { size: 12, root: Digest::new([7; 32]) }, witnesses)
    }

    fn said(name: &str, seed: u8, time: u64) -> String {
        let (origin, checkpoint, _) = setting();
        cosign(&checkpoint, &origin, (name, &key(seed)), time)
    }

    #[test]
    fn a_word_counts_under_its_checkpoint_only() {
        let (origin, checkpoint, witnesses) = setting();
        let quorum = Quorum { witnesses: &witnesses, k: 2 };
        let line = said("xb.example", 2, 99);
        let word = quorum.read(&checkpoint, &origin, &line).unwrap();
        assert_eq!((word.witness, word.time, &word.line), (1, 99, &line));
        let refused = Err(CheckpointError::Cosignature);
        assert_eq!(quorum.read(&Checkpoint { size: 13, ..checkpoint }, &origin, &line), refused);
        assert_eq!(quorum.read(&checkpoint, &origin, &said("xa.example", 2, 99)), refused, "another's name");
        assert_eq!(quorum.read(&checkpoint, &origin, &said("xd.example", 2, 99)), refused, "no witness");
        for end in 0..line.len() {
            if let Some(cut) = line.get(..end) {
                assert_eq!(quorum.read(&checkpoint, &origin, cut), refused);
            }
        }
    }

    #[test]
    fn the_time_is_when_the_last_of_k_said_so() {
        let (origin, checkpoint, witnesses) = setting();
        let quorum = Quorum { witnesses: &witnesses, k: 2 };
        let read = |name, seed, time| quorum.read(&checkpoint, &origin, &said(name, seed, time)).unwrap();
        let words = vec![
            read("xr.example", 3, 300),
            read("xa.example", 1, 100),
            read("xa.example", 1, 150),
            read("xb.example", 2, 50),
        ];
        let chosen = quorum.choose(words.clone()).unwrap();
        assert_eq!(
            chosen.iter().map(|word| (word.witness, word.time)).collect::<Vec<_>>(),
            [(0, 150), (2, 300)]
        );
        assert_eq!(quorum.settle(&chosen), Ok(Some(150)));
        let twice = vec![words[1].clone(), words[2].clone()];
        assert_eq!(quorum.choose(twice.clone()), None, "one witness twice is one witness");
        assert!(quorum.settle(&twice).is_err());
        assert!(quorum.settle(&words).is_err(), "too many");
        assert!(quorum.settle(&[chosen[1].clone(), chosen[0].clone()]).is_err(), "another order");
        let none = Quorum { witnesses: &witnesses, k: 0 };
        assert_eq!(none.settle(&[]), Ok(None));
    }

    #[test]
    fn a_witness_announces_itself_in_one_line() {
        let announced = Announced { name: "xa.example".into(), key: key(1).public() };
        let line = announced.to_string();
        assert_eq!(line.parse(), Ok(announced));
        for bad in ["", "xa.example", "a+b", &line.replace("xa", "xb"), &format!("{line} "), &line[..40]] {
            assert_eq!(bad.parse::<Announced>(), Err(NotAnnounced), "{bad}");
        }
    }
}
