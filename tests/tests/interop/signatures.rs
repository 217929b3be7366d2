//! Does the program call the same signatures good? Ed25519 leaves corners open in which libraries differ, and where two
//! implementations differ on one statement they see two directories (`docs/protocol.md` §2.1).
//! It must never know what is signed.

use liaison_keys::signing::{Authority, PublicKey};
use serde_json::{Value, json};

use crate::{Check, Meeting};

pub(crate) const CHECKS: &[(&str, Check)] = &[("in-every-corner", in_every_corner)];

fn in_every_corner(meeting: &mut Meeting) {
    let requests: Vec<Value> = CORNERS
        .iter()
        .map(|(_, key, message, signature, _)| json!({ "key": key, "message": message, "signature": signature }))
        .collect();
    for ((name, key, message, signature, good), answer) in
        CORNERS.iter().zip(meeting.program.ask("signature", &requests))
    {
        let ours = PublicKey::<Authority>::from_bytes(bytes(key))
            .verify(&hex::decode(message).unwrap(), &bytes(signature));
        assert_eq!(ours.is_ok(), *good, "{name}");
        assert_eq!(answer["valid"], *good, "{name}");
    }
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    hex::decode(hex).unwrap().try_into().unwrap()
}

/// Name, key, message, signature, and whether it is good. A is the key, R the first half of the signature, S the second.
/// Of mixed order is a point with a part whose order divides 8; there SB = R + kA and 8SB = 8R + 8kA part ways.
const CORNERS: &[(&str, &str, &str, &str, bool)] = &[
    (
        "plain",
        "798f780f39b8fc05fe5b539ad2e2845b3af022bdad174f9e7dcda94a01eb442a",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c4161b3503ebb1a24dbb134360a63ee579da71a40c21e69e767d723b22b832904",
        true,
    ),
    (
        "s-plus-order",
        "798f780f39b8fc05fe5b539ad2e2845b3af022bdad174f9e7dcda94a01eb442a",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c2e35a9ad581e2d7cb14e2cd9e85ccd6c9da71a40c21e69e767d723b22b832914",
        false,
    ),
    (
        "a-mixed-order-cofactor-needed",
        "4edb6e6631c26683d6e7fb049257a6d96f0ba9a3dbcffb516b654a1de12b8a4b",
        "45786572636973652030",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c4ae96dbaa89712855bd53e1c218687e88454dafeb11a7d742f450dcbdc533709",
        false,
    ),
    (
        "a-mixed-order-cofactor-not-needed",
        "4edb6e6631c26683d6e7fb049257a6d96f0ba9a3dbcffb516b654a1de12b8a4b",
        "45786572636973652036",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94cd4e151ab8f4358cbe3b46d50c5bbb358bf8f916d0d3829a193b447dd37ae7800",
        true,
    ),
    (
        "r-mixed-order",
        "798f780f39b8fc05fe5b539ad2e2845b3af022bdad174f9e7dcda94a01eb442a",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "c0a65ced2ef1dcf1b22588125bfb5d2265f730041b3404a97e22031df83b189a4d243ffd1ff47f6b6431148d25c1b47827f2dc3494e04a456826bf79dd07490c",
        false,
    ),
    (
        "a-small-order",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "45786572636973652038",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c280f7afceb85b6a194a5f9530fda1c453cce9477fc5281b92c0ed0fb3fb7580c",
        false,
    ),
    (
        "a-identity",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c280f7afceb85b6a194a5f9530fda1c453cce9477fc5281b92c0ed0fb3fb7580c",
        false,
    ),
    (
        "r-identity",
        "798f780f39b8fc05fe5b539ad2e2845b3af022bdad174f9e7dcda94a01eb442a",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "0100000000000000000000000000000000000000000000000000000000000000884f0c7e70bcbc1bdb53f728ba9facca21bd126d544d0f02732bbba97c125d0b",
        false,
    ),
    (
        "r-identity-not-canonical",
        "798f780f39b8fc05fe5b539ad2e2845b3af022bdad174f9e7dcda94a01eb442a",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fe6de53615acea06a8a794ad6fbcc2c8ce9bd7d0eb004ef1321fbee68a2f5f901",
        false,
    ),
    (
        "a-identity-not-canonical",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c280f7afceb85b6a194a5f9530fda1c453cce9477fc5281b92c0ed0fb3fb7580c",
        false,
    ),
    (
        "a-minus-zero",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "45786572636973652e20416c6c2069732077656c6c2e",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c280f7afceb85b6a194a5f9530fda1c453cce9477fc5281b92c0ed0fb3fb7580c",
        false,
    ),
    (
        "other-message",
        "798f780f39b8fc05fe5b539ad2e2845b3af022bdad174f9e7dcda94a01eb442a",
        "45786572636973652e20416c6c2069732077656c6c2e2e",
        "83bc90f05d0a8e52b745d427669828ce20750e7fa45d02e2c63b7d538dd1d94c4161b3503ebb1a24dbb134360a63ee579da71a40c21e69e767d723b22b832904",
        false,
    ),
];
