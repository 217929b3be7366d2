//! Is this the one encoding of its value? Core deterministic CBOR (RFC 8949 §4.2.1), anything else refused.
//! It must never know what a value means.

use minicbor::{Decode, Encode};
use thiserror::Error;

/// Bytes that are not the deterministic encoding of the expected structure.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CborError {
    /// Not the expected structure, or cut short.
    #[error("not the expected CBOR structure")]
    Structure,
    /// The right value, written in another way than the deterministic one, or with something behind or beside it.
    #[error("not in deterministic form")]
    NotDeterministic,
}

/// Encodes a value; the types of this project always encode deterministically.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // Writing to a vector cannot fail, and no `Encode` of ours reports an error of its own.
        Err(never) => unreachable!("encoding to memory failed: {never}"),
    }
}

/// Decodes a value and checks that encoding it again gives the same bytes. This one comparison refuses long
/// integer forms, unsorted or unknown map keys, indefinite lengths, trailing bytes and every other second
/// spelling, because a signature or a hash covers bytes and not values.
///
/// # Errors
/// [`CborError::Structure`] when the bytes are not such a value, [`CborError::NotDeterministic`] when they are
/// not its one encoding. Time and memory are linear in `bytes.len()`.
pub fn decode<T: Encode<()> + for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, CborError> {
    let value: T = minicbor::decode(bytes).map_err(|_| CborError::Structure)?;
    if encode(&value) == bytes { Ok(value) } else { Err(CborError::NotDeterministic) }
}

/// Whether a list is in the order of its items' encodings, each once: the one spelling of a set. Of texts, the shorter
/// comes first.
#[must_use]
pub fn is_set<T: Encode<()>>(list: &[T]) -> bool {
    let encoded: Vec<Vec<u8>> = list.iter().map(encode).collect();
    encoded.is_sorted_by(|a, b| a < b)
}

/// Puts a list into the order of a set.
pub fn make_set<T: Encode<()> + PartialEq>(list: &mut Vec<T>) {
    list.sort_by_cached_key(encode);
    list.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(decode::<u64>(&[0x17]), Ok(23));
        assert_eq!(decode::<u64>(&[0x18, 0x17]), Err(CborError::NotDeterministic));
        assert_eq!(decode::<u64>(&[0x17, 0x00]), Err(CborError::NotDeterministic));
        assert_eq!(decode::<u64>(&[0x60]), Err(CborError::Structure));
        assert_eq!(decode::<u64>(&[]), Err(CborError::Structure));
        assert_eq!(decode::<Vec<u64>>(&[0x9f, 0x01, 0xff]), Err(CborError::NotDeterministic));
    }

    #[test]
    fn a_set_is_in_the_order_of_encodings() {
        let mut list = vec!["abc", "zz", "abc"];
        assert!(!is_set(&list));
        make_set(&mut list);
        assert_eq!(list, ["zz", "abc"]);
        assert!(is_set(&list) && is_set::<u64>(&[]) && !is_set(&[1, 1]));
    }

    #[test]
    fn a_claimed_length_allocates_nothing() {
        assert_eq!(
            decode::<Vec<u64>>(&[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err(CborError::Structure)
        );
    }
}
