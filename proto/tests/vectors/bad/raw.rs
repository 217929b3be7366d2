//! How does one write CBOR and COSE wrongly? Parts as bytes, put together without asking whether they may be.
//! It must never know what the parts mean.

use liaison_keys::cbor;
use liaison_keys::label::Context;
use liaison_keys::names::Kid;
use liaison_keys::signing::{Authority, Role, SecretKey};
use minicbor::Decoder;
use minicbor::bytes::ByteSlice;

/// The head of an item: major type and argument, in the shortest form.
pub(super) fn head(major: u8, argument: usize) -> Vec<u8> {
    let mut head = cbor::encode(&(argument as u64));
    head[0] |= major << 5;
    head
}

/// An array of these items.
pub(super) fn array(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len()), items.concat()].concat()
}

/// A map of these keys and values, alternating.
pub(super) fn map(parts: &[Vec<u8>]) -> Vec<u8> {
    [head(5, parts.len() / 2), parts.concat()].concat()
}

/// A byte string.
pub(super) fn bytes(of: &[u8]) -> Vec<u8> {
    [head(2, of.len()), of.to_vec()].concat()
}

/// A text.
pub(super) fn text(of: &str) -> Vec<u8> {
    [head(3, of.len()), of.as_bytes().to_vec()].concat()
}

/// A number.
pub(super) fn number(n: u64) -> Vec<u8> {
    cbor::encode(&n)
}

/// The items of an array, or the keys and values of a map, each as it is encoded; a tag before it is skipped.
pub(super) fn parts(of: &[u8]) -> Vec<Vec<u8>> {
    let mut d = Decoder::new(of);
    if of[0] >> 5 == 6 {
        d.tag().unwrap();
    }
    let is_map = of[d.position()] >> 5 == 5;
    let count = if is_map { d.map().unwrap().unwrap() * 2 } else { d.array().unwrap().unwrap() };
    let part = |_| {
        let from = d.position();
        d.skip().unwrap();
        of[from..d.position()].to_vec()
    };
    (0..count).map(part).collect()
}

/// What is in a byte string.
pub(super) fn inside(item: &[u8]) -> Vec<u8> {
    Decoder::new(item).bytes().unwrap().to_vec()
}

/// With the part at this place changed.
pub(super) fn changed(parts: &[Vec<u8>], at: usize, to: Vec<u8>) -> Vec<Vec<u8>> {
    let mut parts = parts.to_vec();
    parts[at] = to;
    parts
}

/// With these bytes at this place.
pub(super) fn patched(of: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = of.to_vec();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// With one bit of this byte flipped.
pub(super) fn flipped(of: &[u8], at: usize) -> Vec<u8> {
    patched(of, at, &[of[at] ^ 1])
}

/// With these bytes put in.
pub(super) fn inserted(of: &[u8], at: usize, more: &[u8]) -> Vec<u8> {
    [&of[..at], more, &of[at..]].concat()
}

/// A COSE_Sign1 with any protected header, rightly signed for it.
pub(super) fn sign1<R: Role>(
    key: &SecretKey<R>,
    context: &Context,
    protected: &[u8],
    payload: &[u8],
) -> [Vec<u8>; 4] {
    let parts: (&str, &ByteSlice, &ByteSlice, &ByteSlice) =
        ("Signature1", protected.into(), context.as_bytes().into(), payload.into());
    let signature = key.sign(&cbor::encode(&parts));
    [bytes(protected), vec![0xa0], bytes(payload), bytes(&signature)]
}

/// One signature of a COSE_Sign with any protected header, rightly signed for it.
pub(super) fn signature(
    key: &SecretKey<Authority>,
    context: &Context,
    protected: &[u8],
    payload: &[u8],
) -> [Vec<u8>; 3] {
    let parts: (&str, &ByteSlice, &ByteSlice, &ByteSlice, &ByteSlice) =
        ("Signature", (&[][..]).into(), protected.into(), context.as_bytes().into(), payload.into());
    [bytes(protected), vec![0xa0], bytes(&key.sign(&cbor::encode(&parts)))]
}

/// `{1: -8, 4: kid}`
pub(super) fn protected(kid: Kid) -> Vec<u8> {
    [&[0xa2, 0x01, 0x27, 0x04, 0x50], kid.as_bytes().as_slice()].concat()
}

/// A COSE_Sign1 of these four parts.
pub(super) fn tagged1(parts: &[Vec<u8>]) -> Vec<u8> {
    [vec![0xd2], array(parts)].concat()
}

/// A COSE_Sign of these four parts.
pub(super) fn tagged(parts: &[Vec<u8>]) -> Vec<u8> {
    [vec![0xd8, 98], array(parts)].concat()
}
