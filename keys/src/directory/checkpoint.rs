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
    /// Another number of cosignatures than the network asks for.
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
        let id = key_id(origin, &key.public());
        let signature = [id.as_slice(), &key.sign(text.as_bytes())].concat();
        format!("{text}\n\u{2014} {} {}\n", origin.0, BASE64.encode(signature)).into_bytes()
    }

    /// Reads a note with exactly this many cosignatures below the log's own signature. This version verifies no
    /// cosignatures and therefore refuses every number but 0.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(
        note: &[u8],
        origin: &Origin,
        key: &PublicKey<Log>,
        cosignatures: usize,
    ) -> Result<Self, CheckpointError> {
        let note = std::str::from_utf8(note).map_err(|_| CheckpointError::Malformed)?;
        let (text, signatures) = note.split_once("\n\n").ok_or(CheckpointError::Malformed)?;
        let checkpoint = Self::read_text(text, origin).ok_or(CheckpointError::Malformed)?;
        let mut lines = signatures.strip_suffix('\n').ok_or(CheckpointError::Malformed)?.split('\n');
        let signature = lines.next().and_then(|line| read_signature(line, origin, key));
        let signature = signature.ok_or(CheckpointError::Signature)?;
        let signed = checkpoint.text(origin);
        key.verify(signed.as_bytes(), &signature).map_err(|_| CheckpointError::Signature)?;
        let got = lines.count();
        // Cosignatures are counted here and not yet verified, so a network that asks for any is not believed at all:
        // a host could write the lines itself.
        if got == cosignatures && cosignatures == 0 {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Cosignatures { got, want: cosignatures })
        }
    }

    fn text(&self, origin: &Origin) -> String {
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

/// `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)[0..4]` (C2SP signed-note, Ed25519).
fn key_id(origin: &Origin, key: &PublicKey<Log>) -> [u8; 4] {
    let digest = Sha256::new().chain_update(origin.0.as_bytes()).chain_update([0x0a, 0x01]);
    let digest: [u8; 32] = digest.chain_update(key.as_bytes()).finalize().into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

fn read_signature(line: &str, origin: &Origin, key: &PublicKey<Log>) -> Option<[u8; 64]> {
    let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = BASE64.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    let ours = name == origin.0 && *id == key_id(origin, key);
    signature.try_into().ok().filter(|_| ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: NetworkId = NetworkId::new([0xab; 32]);

    fn setting() -> (Origin, SecretKey<Log>, Checkpoint) {
        let origin = Origin::new(&"exercise".parse().unwrap(), NETWORK);
        (origin, SecretKey::from_seed(&[1; 32]), Checkpoint { size: 12, root: Digest::new([7; 32]) })
    }

    #[test]
    fn a_note_goes_round() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        assert!(note.starts_with(b"liaison/exercise/abababababababab\n12\n"));
        assert_eq!(Checkpoint::verify(&note, &origin, &key.public(), 0), Ok(checkpoint));
        let wanted = CheckpointError::Cosignatures { got: 0, want: 1 };
        assert_eq!(Checkpoint::verify(&note, &origin, &key.public(), 1), Err(wanted));
    }

    #[test]
    fn any_cut_or_flipped_bit_is_noticed() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        for end in 0..note.len() {
            assert!(Checkpoint::verify(&note[..end], &origin, &key.public(), 0).is_err());
        }
        for bit in 0..note.len() * 8 {
            let mut flipped = note.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Checkpoint::verify(&flipped, &origin, &key.public(), 0).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_log_says_nothing_here() {
        let (origin, key, checkpoint) = setting();
        let note = checkpoint.sign(&origin, &key);
        let cosigned = [note.as_slice(), "\u{2014} witness AAAA\n".as_bytes()].concat();
        for wanted in [0, 1] {
            let refused = CheckpointError::Cosignatures { got: 1, want: wanted };
            assert_eq!(Checkpoint::verify(&cosigned, &origin, &key.public(), wanted), Err(refused));
        }
        let twin = Origin::new(&"exercise".parse().unwrap(), NetworkId::new([1; 32]));
        assert_eq!(Checkpoint::verify(&note, &twin, &key.public(), 0), Err(CheckpointError::Malformed));
        let other = SecretKey::<Log>::from_seed(&[2; 32]).public();
        assert_eq!(Checkpoint::verify(&note, &origin, &other, 0), Err(CheckpointError::Signature));
        assert_eq!(Checkpoint::verify(&[0xff], &origin, &other, 0), Err(CheckpointError::Malformed));
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
