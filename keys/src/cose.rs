//! How does a signature travel with what it signs? COSE_Sign1 and COSE_Sign (RFC 9052 §4) in the one spelling
//! that this protocol uses (`docs/protocol.md` §2). It must never know what a payload means.
//!
//! ```text
//! COSE_Sign1 = 18([h'a10127', {}, payload, signature])                          ; protected {1: -8}
//! COSE_Sign  = 98([h'', {}, payload, [+ [h'a201270450' ‖ kid, {}, signature]]]) ; protected {1: -8, 4: kid}
//! ```

use minicbor::bytes::{ByteArray, ByteSlice, ByteVec};
use minicbor::data::Tag;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::cbor::{self, CborError};
use crate::label::Context;
use crate::names::Kid;
use crate::signing::{BadSignature, PublicKey, Role, SecretKey};

/// A payload with one signature, as it came in; nothing is checked before [`Sign1::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign1 {
    payload: Vec<u8>,
    signature: [u8; 64],
}

impl Sign1 {
    /// Signs a payload in a context.
    #[must_use]
    pub fn sign<R: Role>(key: &SecretKey<R>, context: &Context, payload: Vec<u8>) -> Self {
        let signature = key.sign(&to_be_signed_1(context, &payload));
        Self { payload, signature }
    }

    /// Reads the one spelling of a COSE_Sign1.
    ///
    /// # Errors
    /// As [`cbor::decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes)
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The payload, if this key signed it in this context.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify<R: Role>(&self, key: &PublicKey<R>, context: &Context) -> Result<&[u8], BadSignature> {
        key.verify(&to_be_signed_1(context, &self.payload), &self.signature)?;
        Ok(&self.payload)
    }

    /// The payload before anybody vouched for it: to find out whose key to verify with.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }
}

/// A payload with several signatures, as it came in; nothing is checked before [`Sign::verify_one`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    payload: Vec<u8>,
    signatures: Vec<(Kid, [u8; 64])>,
}

impl Sign {
    /// A payload that nobody has signed yet.
    #[must_use]
    pub const fn unsigned(payload: Vec<u8>) -> Self {
        Self { payload, signatures: Vec::new() }
    }

    /// Adds a signature; signatures stand in the order of their kids. A second one by the same key replaces the
    /// first.
    pub fn add<R: Role>(&mut self, key: &SecretKey<R>, context: &Context) {
        let kid = key.public().kid();
        let signature = key.sign(&to_be_signed(context, kid, &self.payload));
        self.signatures.retain(|(other, _)| *other != kid);
        self.signatures.push((kid, signature));
        self.signatures.sort_unstable_by_key(|(kid, _)| *kid);
    }

    /// Reads the one spelling of a COSE_Sign.
    ///
    /// # Errors
    /// As [`cbor::decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::decode(bytes)
    }

    /// The encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// The payload before anybody vouched for it.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// Who claims to have signed, in the order of the signatures.
    pub fn kids(&self) -> impl Iterator<Item = Kid> + '_ {
        self.signatures.iter().map(|(kid, _)| *kid)
    }

    /// Whether the key with these bytes signed.
    ///
    /// # Errors
    /// [`BadSignature`], also when there is none by this key.
    pub fn verify_one<R: Role>(&self, key: &PublicKey<R>, context: &Context) -> Result<(), BadSignature> {
        let kid = key.kid();
        let (_, signature) = self.signatures.iter().find(|(other, _)| *other == kid).ok_or(BadSignature)?;
        key.verify(&to_be_signed(context, kid, &self.payload), signature)
    }
}

/// Sig_structure of a COSE_Sign1: `["Signature1", protected, external_aad, payload]`.
fn to_be_signed_1(context: &Context, payload: &[u8]) -> Vec<u8> {
    let parts: (&str, &ByteSlice, &ByteSlice, &ByteSlice) =
        ("Signature1", PROTECTED_1.into(), context.as_bytes().into(), payload.into());
    cbor::encode(&parts)
}

/// Sig_structure of a COSE_Sign: `["Signature", body_protected, sign_protected, external_aad, payload]`.
fn to_be_signed(context: &Context, kid: Kid, payload: &[u8]) -> Vec<u8> {
    let protected = protected(kid);
    let parts: (&str, &ByteSlice, &ByteSlice, &ByteSlice, &ByteSlice) = (
        "Signature",
        [].as_slice().into(),
        protected.as_slice().into(),
        context.as_bytes().into(),
        payload.into(),
    );
    cbor::encode(&parts)
}

/// `{1: -8, 4: kid}`.
fn protected(kid: Kid) -> Vec<u8> {
    [PROTECTED_KID, kid.as_bytes()].concat()
}

fn expect_protected(d: &mut Decoder<'_>, expected: &[u8]) -> Result<(), minicbor::decode::Error> {
    let same = d.bytes()? == expected;
    if same && d.map()? == Some(0) { Ok(()) } else { Err(minicbor::decode::Error::message("COSE headers")) }
}

fn expect_array(d: &mut Decoder<'_>, len: u64) -> Result<(), minicbor::decode::Error> {
    if d.array()? == Some(len) { Ok(()) } else { Err(minicbor::decode::Error::message("COSE array")) }
}

fn expect_tag(d: &mut Decoder<'_>, tag: u64) -> Result<(), minicbor::decode::Error> {
    if d.tag()? == Tag::new(tag) { Ok(()) } else { Err(minicbor::decode::Error::message("COSE tag")) }
}

impl<C> Encode<C> for Sign1 {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.tag(Tag::new(TAG_SIGN1))?.array(4)?.bytes(PROTECTED_1)?.map(0)?;
        e.bytes(&self.payload)?.bytes(&self.signature)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Sign1 {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        expect_tag(d, TAG_SIGN1)?;
        expect_array(d, 4)?;
        expect_protected(d, PROTECTED_1)?;
        let payload = ByteVec::decode(d, ctx)?.into();
        let signature = ByteArray::<64>::decode(d, ctx)?.into();
        Ok(Self { payload, signature })
    }
}

impl<C> Encode<C> for Sign {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.tag(Tag::new(TAG_SIGN))?.array(4)?.bytes(&[])?.map(0)?.bytes(&self.payload)?;
        e.array(self.signatures.len() as u64)?;
        for (kid, signature) in &self.signatures {
            e.array(3)?.bytes(&protected(*kid))?.map(0)?.bytes(signature)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Sign {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        expect_tag(d, TAG_SIGN)?;
        expect_array(d, 4)?;
        expect_protected(d, &[])?;
        let payload = ByteVec::decode(d, ctx)?.into();
        let count = d.array()?.ok_or_else(|| minicbor::decode::Error::message("COSE array"))?;
        let mut signatures = Vec::new();
        for _ in 0..count {
            expect_array(d, 3)?;
            let kid = d.bytes()?.strip_prefix(PROTECTED_KID).and_then(Kid::from_slice);
            let kid = kid.ok_or_else(|| minicbor::decode::Error::message("COSE headers"))?;
            if d.map()? != Some(0) {
                return Err(minicbor::decode::Error::message("COSE headers"));
            }
            signatures.push((kid, ByteArray::<64>::decode(d, ctx)?.into()));
        }
        Ok(Self { payload, signatures })
    }
}

const TAG_SIGN1: u64 = 18;
const TAG_SIGN: u64 = 98;
/// `{1: -8}`: EdDSA.
const PROTECTED_1: &[u8] = &[0xa1, 0x01, 0x27];
/// `{1: -8, 4: h'` up to the kid's 16 bytes.
const PROTECTED_KID: &[u8] = &[0xa2, 0x01, 0x27, 0x04, 0x50];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Label;
    use crate::names::NetworkId;
    use crate::signing::{Authority, Device};

    fn context() -> Context {
        Label::Receipt.context(NetworkId::new([1; 32]))
    }

    #[test]
    fn sign1_goes_round_and_only_in_its_context() {
        let key = SecretKey::<Device>::from_seed(&[3; 32]);
        let signed = Sign1::from_bytes(&Sign1::sign(&key, &context(), b"text".to_vec()).to_bytes()).unwrap();
        assert_eq!(signed.verify(&key.public(), &context()), Ok(b"text".as_slice()));
        let other_label = Label::Head.context(NetworkId::new([1; 32]));
        assert_eq!(signed.verify(&key.public(), &other_label), Err(BadSignature));
        let other_network = Label::Receipt.context(NetworkId::new([2; 32]));
        assert_eq!(signed.verify(&key.public(), &other_network), Err(BadSignature));
    }

    #[test]
    fn sign_holds_one_signature_a_key_in_order() {
        let (a, b) =
            (SecretKey::<Authority>::from_seed(&[3; 32]), SecretKey::<Authority>::from_seed(&[4; 32]));
        let mut signed = Sign::unsigned(b"text".to_vec());
        for key in [&b, &a, &b] {
            signed.add(key, &context());
        }
        let signed = Sign::from_bytes(&signed.to_bytes()).unwrap();
        let kids: Vec<_> = signed.kids().collect();
        assert_eq!(kids.len(), 2);
        assert!(kids.is_sorted());
        signed.verify_one(&a.public(), &context()).unwrap();
        signed.verify_one(&b.public(), &context()).unwrap();
        let stranger = SecretKey::<Authority>::from_seed(&[5; 32]).public();
        assert_eq!(signed.verify_one(&stranger, &context()), Err(BadSignature));
    }

    #[test]
    fn any_cut_or_flipped_bit_is_noticed() {
        let key = SecretKey::<Device>::from_seed(&[3; 32]);
        let bytes = Sign1::sign(&key, &context(), b"text".to_vec()).to_bytes();
        for end in 0..bytes.len() {
            assert!(Sign1::from_bytes(&bytes[..end]).is_err());
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let opened = Sign1::from_bytes(&flipped).map(|s| s.verify(&key.public(), &context()).is_ok());
            assert!(matches!(opened, Err(_) | Ok(false)), "bit {bit}");
        }
    }
}
