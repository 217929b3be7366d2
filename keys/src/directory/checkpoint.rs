//! How far has the log come, and who says so? C2SP signed notes and the log key's signed heads
//! (`docs/protocol.md` §3). It must never know the entries.
//!
//! ```text
//! note = origin "\n" size "\n" base64(root) "\n" "\n" "— " origin " " base64(key id 4 ‖ signature 64) "\n"
//! head = COSE_Sign1 over [size, root, time s]
//! ```

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minicbor::{Decode, Encode};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::witness::{Cosignature, Quorum};
use crate::cbor;
use crate::cose::Sign1;
use crate::label::Label;
use crate::names::{Digest, NetworkId, Slug};
use crate::signing::{Log, PublicKey, SecretKey};

/// A note or head that says nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not a note of this log, or not a head, in their one spelling.
    #[error("not a checkpoint of this network's log")]
    Malformed,
    /// Not signed by the log's key.
    #[error("the checkpoint is not signed by the log's key")]
    Signature,
    /// A line below the note that no witness of the network said.
    #[error("a cosignature by none of the network's witnesses")]
    Cosignature,
    /// Another number of cosignatures than the network asks for, or not in their one order.
    #[error("a checkpoint with {got} cosignatures where {want} are asked for")]
    Cosignatures {
        /// How many it has.
        got: usize,
        /// How many it must have.
        want: usize,
    },
}

/// The log at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
}

/// The log's name in notes: `liaison/<text id>/<first 16 hex digits of the network>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The name of a network's log.
    #[must_use]
    pub fn new(id: &Slug, network: NetworkId) -> Self {
        let digits: String = network.to_string().chars().take(16).collect();
        Self(format!("liaison/{id}/{digits}"))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Checkpoint {
    /// Signs a note. The holder of the log's key does this through the relay's signer only, which remembers.
    #[must_use]
    pub fn sign(&self, origin: &Origin, key: &SecretKey<Log>) -> Vec<u8> {
        let text = self.text(origin);
        let id = key_id(&origin.0, ED25519, key.public().as_bytes());
        let signature = [id.as_slice(), &key.sign(text.as_bytes())].concat();
        format!("{text}\n\u{2014} {} {}\n", origin.0, BASE64.encode(signature)).into_bytes()
    }

    pub(super) fn text(&self, origin: &Origin) -> String {
        format!("{}\n{}\n{}\n", origin.0, self.size, BASE64.encode(self.root.as_bytes()))
    }

    fn read_text(text: &str, origin: &Origin) -> Option<Self> {
        let mut lines = text.split('\n');
        let (first, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = Digest::from_slice(&BASE64.decode(root).ok()?)?;
        let checkpoint = Self { size: size.parse().ok()?, root };
        // Written again it must be the same text: no leading zeros, no fourth line, no other origin.
        let same = first == origin.0 && checkpoint.text(origin).strip_suffix('\n') == Some(text);
        same.then_some(checkpoint)
    }
}

/// A note whose signature by the log's key was verified, with the lines of witnesses below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub checkpoint: Checkpoint,
    lines: Vec<String>,
}

impl Note {
    /// Reads a note that the log's key signed. The lines of witnesses are not verified here: that is [`Note::settle`].
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn read(note: &[u8], origin: &Origin, key: &PublicKey<Log>) -> Result<Self, CheckpointError> {
        let note = std::str::from_utf8(note).map_err(|_| CheckpointError::Malformed)?;
        let (text, signatures) = note.split_once("\n\n").ok_or(CheckpointError::Malformed)?;
        let checkpoint = Checkpoint::read_text(text, origin).ok_or(CheckpointError::Malformed)?;
        let mut lines = signatures.strip_suffix('\n').ok_or(CheckpointError::Malformed)?.split('\n');
        let signature = lines.next().and_then(|line| read_signature(line, origin, key));
        let signature = signature.ok_or(CheckpointError::Signature)?;
        let signed = checkpoint.text(origin);
        key.verify(signed.as_bytes(), &signature).map_err(|_| CheckpointError::Signature)?;
        Ok(Self { checkpoint, lines: lines.map(str::to_owned).collect() })
    }

    /// The note with these words of witnesses below it instead of those that it has.
    #[must_use]
    pub fn with(note: &[u8], words: &[Cosignature]) -> Vec<u8> {
        let end = b"\n\n".as_slice();
        let signed = note.windows(2).position(|pair| pair == end).map_or(0, |text| text + end.len());
        let line =
            note.iter().skip(signed).position(|byte| *byte == b'\n').map_or(note.len(), |at| signed + at + 1);
        let own = note.get(..line).unwrap_or(note);
        let lines = words.iter().flat_map(|word| [word.line.as_bytes(), b"\n"]);
        std::iter::once(own).chain(lines).collect::<Vec<_>>().concat()
    }

    /// The words below it that these witnesses said, whatever else stands there.
    #[must_use]
    pub fn words(&self, origin: &Origin, quorum: Quorum<'_>) -> Vec<Cosignature> {
        self.lines.iter().filter_map(|line| quorum.read(&self.checkpoint, origin, line).ok()).collect()
    }

    /// Since when k witnesses had seen the log at this size; none in a network that asks for none, whose signed head
    /// gives the time. Below the note stand exactly k lines.
    ///
    /// # Errors
    /// [`CheckpointError::Cosignatures`], [`CheckpointError::Cosignature`].
    pub fn settle(&self, origin: &Origin, quorum: Quorum<'_>) -> Result<Option<u64>, CheckpointError> {
        if self.lines.len() != quorum.needed() {
            return Err(CheckpointError::Cosignatures { got: self.lines.len(), want: quorum.needed() });
        }
        let words = self.lines.iter().map(|line| quorum.read(&self.checkpoint, origin, line));
        quorum.settle(&words.collect::<Result<Vec<_>, _>>()?)
    }
}

/// The log key's word about the newest size and the time, where no witness gives the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Head {
    /// How many entries.
    #[n(0)]
    pub size: u64,
    /// The root over them.
    #[n(1)]
    pub root: Digest,
    /// When this was said, Unix seconds.
    #[n(2)]
    pub time: u64,
}

impl Head {
    /// Signs the head.
    #[must_use]
    pub fn sign(&self, network: NetworkId, key: &SecretKey<Log>) -> Vec<u8> {
        Sign1::sign(key, &Label::Head.context(network), cbor::encode(self)).to_bytes()
    }

    /// Reads a signed head.
    ///
    /// # Errors
    /// [`CheckpointError::Malformed`] or [`CheckpointError::Signature`].
    pub fn verify(bytes: &[u8], network: NetworkId, key: &PublicKey<Log>) -> Result<Self, CheckpointError> {
        let signed = Sign1::from_bytes(bytes).map_err(|_| CheckpointError::Malformed)?;
        let payload = signed.verify(key, &Label::Head.context(network));
        cbor::decode(payload.map_err(|_| CheckpointError::Signature)?).map_err(|_| CheckpointError::Malformed)
    }

    /// The size and root that it speaks of.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        Checkpoint { size: self.size, root: self.root }
    }
}

/// `SHA-256(name ‖ 0x0A ‖ kind ‖ key)[0..4]` (C2SP signed-note).
pub(super) fn key_id(name: &str, kind: u8, key: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new().chain_update(name.as_bytes()).chain_update([0x0a, kind]);
    let digest: [u8; 32] = digest.chain_update(key).finalize().into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

fn read_signature(line: &str, origin: &Origin, key: &PublicKey<Log>) -> Option<[u8; 64]> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    let ours = name == origin.0 && *id == key_id(name, ED25519, key.as_bytes());
    signature.try_into().ok().filter(|_| ours)
}

/// C2SP's type of a plain Ed25519 signature.
const ED25519: u8 = 0x01;

#[cfg(test)]
mod tests {
    use super::*;

    use crate::directory::body::Operate;
    use crate::directory::witness::cosign;
    use crate::signing::Witness;

    const NETWORK: NetworkId = NetworkId::new([0xab; 32]);

    fn setting() -> (Origin, SecretKey<Log>, Checkpoint) {
        let origin = Origin::new(&"exercise".parse().unwrap(), NETWORK);
        (origin, SecretKey::from_seed(&[1; 32]), Checkpoint { size: 12, root: Digest::new([7; 32]) })
    }

    fn operate(witnesses: &[(&str, PublicKey<Witness>)], cosignatures: u8) -> Operate {
        Operate {
            custodian: Vec::new(),
            threshold: 0,
            log: SecretKey::from_seed(&[1; 32]).public(),
            relays: Vec::new(),
            witnesses: witnesses.iter().map(|(name, key)| ((*name).to_owned(), *key)).collect(),
            cosignatures,
            reroot_states: 0,
            attest_states: 0,
        }
    }

    #[test]
    fn a_note_goes_round() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        assert!(note.starts_with(b"liaison/exercise/abababababababab\n12\n"));
        let read = Note::read(&note, &origin, &key.public()).unwrap();
        assert_eq!(read, Note { checkpoint, lines: Vec::new() });
        assert_eq!(Note::with(&note, &[]), note);
    }

    #[test]
    fn any_cut_or_flipped_bit_is_noticed() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        for end in 0..note.len() {
            assert!(Note::read(&note[..end], &origin, &key.public()).is_err());
        }
        for bit in 0..note.len() * 8 {
            let mut flipped = note.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Note::read(&flipped, &origin, &key.public()).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_log_says_nothing_here() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        let twin = Origin::new(&"exercise".parse().unwrap(), NetworkId::new([1; 32]));
        assert_eq!(Note::read(&note, &twin, &key.public()), Err(CheckpointError::Malformed));
        let other = SecretKey::<Log>::from_seed(&[2; 32]).public();
        assert_eq!(Note::read(&note, &origin, &other), Err(CheckpointError::Signature));
        assert_eq!(Note::read(&[0xff], &origin, &other), Err(CheckpointError::Malformed));
    }

    #[test]
    fn lines_below_a_note_are_exactly_the_witnesses_that_are_asked_for() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        let witness = |seed| SecretKey::<Witness>::from_seed(&[seed; 32]);
        let operate = operate(&[("a", witness(8).public()), ("b", witness(9).public())], 1);
        let quorum = Quorum::of(&operate);
        let word = |name, seed, time| {
            quorum
                .read(&checkpoint, &origin, &cosign(&checkpoint, &origin, (name, &witness(seed)), time))
                .unwrap()
        };
        let settle = |words: &[Cosignature]| {
            Note::read(&Note::with(&note, words), &origin, &key.public()).unwrap().settle(&origin, quorum)
        };
        let (a, b) = (word("a", 8, 40), word("b", 9, 50));
        assert_eq!(settle(std::slice::from_ref(&a)), Ok(Some(40)));
        let wanted = |got| Err(CheckpointError::Cosignatures { got, want: 1 });
        assert_eq!(settle(&[]), wanted(0));
        assert_eq!(settle(&[a.clone(), b]), wanted(2));
        let forged = Cosignature { line: "\u{2014} a AAAA".into(), ..a.clone() };
        assert_eq!(settle(&[forged]), Err(CheckpointError::Cosignature));
        let cosigned = Note::with(&note, std::slice::from_ref(&a));
        let read = Note::read(&cosigned, &origin, &key.public()).unwrap();
        assert_eq!(read.words(&origin, quorum), [a]);
        assert_eq!(Note::with(&cosigned, &[]), note);
    }

    #[test]
    fn a_head_goes_round_in_its_network_only() {
        let (_, key, checkpoint) = setting();
        let head = Head { size: 12, root: checkpoint.root, time: 99 };
        let bytes = head.sign(NETWORK, &key);
        assert_eq!(Head::verify(&bytes, NETWORK, &key.public()), Ok(head));
        let elsewhere = Head::verify(&bytes, NetworkId::new([1; 32]), &key.public());
        assert_eq!(elsewhere, Err(CheckpointError::Signature));
        assert_eq!(Head::verify(&bytes[1..], NETWORK, &key.public()), Err(CheckpointError::Malformed));
    }
}
