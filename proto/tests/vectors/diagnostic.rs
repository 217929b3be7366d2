//! How is CBOR written for people? Diagnostic notation (RFC 8949 §8) of what this protocol uses.
//! It must never know what it shows.

use minicbor::Decoder;
use minicbor::data::Type;

/// The notation of one value.
pub(super) fn of(bytes: &[u8]) -> String {
    value(&mut Decoder::new(bytes))
}

fn value(d: &mut Decoder<'_>) -> String {
    match d.datatype().unwrap() {
        Type::Bytes => format!("h'{}'", hex::encode(d.bytes().unwrap())),
        Type::String => format!("{:?}", d.str().unwrap()),
        Type::Bool => d.bool().unwrap().to_string(),
        Type::Array => {
            let items: Vec<_> = (0..d.array().unwrap().unwrap()).map(|_| value(d)).collect();
            format!("[{}]", items.join(", "))
        }
        Type::Map => {
            let pair = |d: &mut Decoder<'_>| format!("{}: {}", value(d), value(d));
            let pairs: Vec<_> = (0..d.map().unwrap().unwrap()).map(|_| pair(d)).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Type::Tag => format!("{}({})", d.tag().unwrap().as_u64(), value(d)),
        _ => d.int().unwrap().to_string(),
    }
}
