//! How does a value lie on the wire? Deterministic CBOR (RFC 8949 §4.2.1), bounded in depth while it is read.
//! It must never know what a field means.
//!
//! ```text
//! value  = tstr / int / bool / [* value] / fields      ; int within 64 bits, at most 8 lists and groups deep
//! fields = {* tstr => value}                           ; shorter names first, then bytewise
//! ```

use minicbor::data::Type;
use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};

use super::{Fields, Value, is_field_name};
use crate::limits::FIELD_DEPTH_MAX;

impl<C> Encode<C> for Value {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Text(text) => e.str(text)?.ok(),
            Self::Int(number) => e.i64(*number)?.ok(),
            Self::Bool(flag) => e.bool(*flag)?.ok(),
            Self::List(items) => {
                e.array(items.len() as u64)?;
                items.iter().try_for_each(|item| item.encode(e, ctx))
            }
            Self::Group(fields) => fields.encode(e, ctx),
        }
    }
}

impl<C> Encode<C> for Fields {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        let mut fields: Vec<_> = self.0.iter().collect();
        // The encoding of a text begins with its length: so shorter names come first.
        fields.sort_by_key(|(name, _)| (name.len(), *name));
        e.map(fields.len() as u64)?;
        fields.into_iter().try_for_each(|(name, value)| {
            e.str(name)?;
            value.encode(e, ctx)
        })
    }
}

impl<'b, C> Decode<'b, C> for Value {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        read_value(d, FIELD_DEPTH_MAX)
    }
}

impl<'b, C> Decode<'b, C> for Fields {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        read_fields(d, FIELD_DEPTH_MAX)
    }
}

/// Reads one value with at most `depth` lists and groups inside each other: hostile nesting would otherwise use
/// up the stack.
fn read_value(d: &mut Decoder<'_>, depth: usize) -> Result<Value, DecodeError> {
    match d.datatype()? {
        Type::String => d.str().map(|text| Value::Text(text.to_owned())),
        Type::Bool => d.bool().map(Value::Bool),
        Type::Array => read_list(d, deeper(depth)?).map(Value::List),
        Type::Map => read_fields(d, deeper(depth)?).map(Value::Group),
        Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
            d.i64().map(Value::Int)
        }
        other => Err(DecodeError::type_mismatch(other)),
    }
}

fn read_list(d: &mut Decoder<'_>, depth: usize) -> Result<Vec<Value>, DecodeError> {
    let count = d.array()?.ok_or_else(indefinite)?;
    // Not reserved in advance: the count is a claim, and only what is really there may cost memory.
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(read_value(d, depth)?);
    }
    Ok(items)
}

fn read_fields(d: &mut Decoder<'_>, depth: usize) -> Result<Fields, DecodeError> {
    let count = d.map()?.ok_or_else(indefinite)?;
    let mut fields = Fields::new();
    for _ in 0..count {
        let name = d.str()?;
        if !is_field_name(name) {
            return Err(DecodeError::message("field name"));
        }
        if fields.set(name, read_value(d, depth)?).is_some() {
            return Err(DecodeError::message("field twice"));
        }
    }
    Ok(fields)
}

fn deeper(depth: usize) -> Result<usize, DecodeError> {
    depth.checked_sub(1).ok_or_else(|| DecodeError::message("too deep"))
}

fn indefinite() -> DecodeError {
    DecodeError::message("indefinite length")
}

#[cfg(test)]
mod tests {
    use liaison_keys::cbor::{self, CborError};
    use proptest::prelude::*;

    use super::super::any;
    use super::*;

    fn refused(hex: &str) -> CborError {
        cbor::decode::<Value>(&hex::decode(hex).unwrap()).unwrap_err()
    }

    #[test]
    fn shorter_names_come_first() {
        let fields: Fields =
            [("b", Value::Int(1)), ("aa", Value::Bool(true)), ("a", Value::text("x"))].into_iter().collect();
        assert_eq!(hex::encode(cbor::encode(&fields)), "a3616161786162016261 61f5".replace(' ', ""));
    }

    #[test]
    fn every_bad_structure_is_refused() {
        for structure in [
            "f6",                 // null
            "fb3ff8000000000000", // a decimal number
            "4101",               // a byte string
            "c000",               // a tag
            "1bffffffffffffffff", // more than 64 signed bits
            "3bffffffffffffffff", // less
            "9f01ff",             // indefinite
            "bf616101ff",
            "a2616101616102", // a field twice
            "a1614101",       // a name in capitals
            "a10101",         // a name that is no text
            "61ff",           // not UTF-8
            "8201",           // cut short
            "9bffffffffffffffff",
        ] {
            assert_eq!(refused(structure), CborError::Structure, "{structure}");
        }
        for spelling in ["1801", "1b0000000000000001", "780161", "980101", "a2616201616101", "0100"] {
            assert_eq!(refused(spelling), CborError::NotDeterministic, "{spelling}");
        }
    }

    #[test]
    fn nesting_stops_at_the_limit() {
        let nested = |depth: usize| [vec![0x81; depth], vec![0x01]].concat();
        assert!(cbor::decode::<Value>(&nested(FIELD_DEPTH_MAX)).is_ok());
        assert_eq!(cbor::decode::<Value>(&nested(FIELD_DEPTH_MAX + 1)), Err(CborError::Structure));
        assert_eq!(cbor::decode::<Value>(&nested(100_000)), Err(CborError::Structure));
    }

    proptest! {
        #[test]
        fn round_trip_and_truncation(value in any::value()) {
            let bytes = cbor::encode(&value);
            prop_assert_eq!(&cbor::decode::<Value>(&bytes).unwrap(), &value);
            for end in 0..bytes.len() {
                prop_assert!(cbor::decode::<Value>(&bytes[..end]).is_err());
            }
        }

        #[test]
        fn garbage_is_refused_or_reads_as_it_is_written(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(value) = cbor::decode::<Value>(&bytes) {
                prop_assert_eq!(cbor::encode(&value), bytes);
            }
        }
    }
}
