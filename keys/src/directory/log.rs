//! Is this the same history? The Merkle tree over the directory's entries (RFC 9162 §2.1).
//! It must never know what an entry says.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use crate::names::Digest;

/// The entries, in order, with the root hash at every size.
pub struct MerkleLog {
    tree: MemoryBackedTree<Sha256, Vec<u8>>,
    /// `roots[n]` is the root of the first n entries: a message names any of them.
    roots: Vec<Digest>,
}

impl MerkleLog {
    /// The empty log.
    #[must_use]
    pub fn new() -> Self {
        let tree = MemoryBackedTree::new();
        Self { tree, roots: vec![Digest::of(&[])] }
    }

    /// How many entries it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.len()
    }

    /// Appends an entry's bytes.
    pub fn push(&mut self, entry: Vec<u8>) {
        self.tree.push(entry);
        self.roots.push(Digest::new((*self.tree.root().as_bytes()).into()));
    }

    /// The root at a size, if the log has come that far.
    #[must_use]
    pub fn root(&self, size: u64) -> Option<Digest> {
        usize::try_from(size).ok().and_then(|size| self.roots.get(size)).copied()
    }

    /// Entries from `from` on, at most `max`.
    #[must_use]
    pub fn entries(&self, from: u64, max: usize) -> &[Vec<u8>] {
        let items = self.tree.items();
        let start = usize::try_from(from).unwrap_or(usize::MAX).min(items.len());
        let end = start.saturating_add(max).min(items.len());
        items.get(start..end).unwrap_or_default()
    }

    /// Entries from `from` on: at most `max`, and no more bytes than `bytes_max`, but one at least before the end.
    #[must_use]
    pub fn page(&self, from: u64, max: usize, bytes_max: usize) -> &[Vec<u8>] {
        let entries = self.entries(from, max);
        let mut bytes = 0_usize;
        let fits = |(at, entry): &(usize, &Vec<u8>)| {
            bytes = bytes.saturating_add(entry.len());
            *at == 0 || bytes <= bytes_max
        };
        let count = entries.iter().enumerate().take_while(fits).count();
        entries.get(..count).unwrap_or_default()
    }

    /// Proof that the entry at `index` is in the log of today's size: sibling hashes, 32 bytes each, from the leaf
    /// upwards (RFC 9162 §2.1.3).
    #[must_use]
    pub fn prove_inclusion(&self, index: u64) -> Option<Vec<u8>> {
        let index = usize::try_from(index).ok().filter(|index| *index < self.tree.items().len())?;
        Some(self.tree.prove_inclusion(index).as_bytes().to_vec())
    }
}

/// The root over these entries alone: to check a log before it is kept.
#[must_use]
pub fn root_of(entries: &[Vec<u8>]) -> Digest {
    let mut tree = MemoryBackedTree::<Sha256, &[u8]>::new();
    entries.iter().for_each(|entry| tree.push(entry));
    Digest::new((*tree.root().as_bytes()).into())
}

impl Default for MerkleLog {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MerkleLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MerkleLog").field("size", &self.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9162 §2.1.1, written out: split at the largest power of two below n.
    fn root_by_the_book(leaves: &[Vec<u8>]) -> Digest {
        match leaves {
            [] => Digest::of(&[]),
            [leaf] => Digest::of(&[&[0], leaf.as_slice()].concat()),
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                let (left, right) = (root_by_the_book(left), root_by_the_book(right));
                Digest::of(&[&[1], left.as_bytes().as_slice(), right.as_bytes()].concat())
            }
        }
    }

    #[test]
    fn roots_at_every_size_are_those_of_the_rfc() {
        let leaves: Vec<Vec<u8>> = (0..=64_u8).map(|n| vec![n; usize::from(n)]).collect();
        let mut log = MerkleLog::new();
        for leaf in &leaves {
            log.push(leaf.clone());
        }
        for size in 0..=leaves.len() {
            assert_eq!(log.root(size as u64), Some(root_by_the_book(&leaves[..size])), "size {size}");
        }
        assert_eq!(log.root(66), None);
        assert_eq!(log.entries(63, 9), &leaves[63..]);
        assert!(log.entries(u64::MAX, 9).is_empty());
    }

    #[test]
    fn inclusion_proofs_for_every_entry() {
        use ct_merkle::{InclusionProof, RootHash};
        let mut log = MerkleLog::new();
        for n in 0..=64_u8 {
            log.push(vec![n]);
            let root =
                RootHash::<Sha256>::new((*log.root(log.size()).unwrap().as_bytes()).into(), log.size());
            for index in 0..log.size() {
                let proof = InclusionProof::try_from_bytes(log.prove_inclusion(index).unwrap()).unwrap();
                root.verify_inclusion(&vec![index as u8], index, &proof).unwrap();
            }
            assert_eq!(log.prove_inclusion(log.size()), None);
        }
    }
}
