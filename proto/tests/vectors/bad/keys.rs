//! Which prekeys, requests to seal again, key files and records of a vault must not be used? It must never know messages.

use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::NetworkId;
use liaison_keys::signing::Device;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::{device, key};

const SIGNER: &str = "xb/operations/1 signing 1";

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = prekeys(samples);
    files.extend(reseals(samples));
    files.extend(key_files(samples));
    files.extend(vault_records(samples));
    files
}

fn vault_records(samples: &[Sample]) -> Vec<Bad> {
    let base = Base::vector(find(samples, "vault-record"), "vault-record", &["vault key", "epoch", "number"]);
    let bad = |name: &str, about: &str, bytes: Vec<u8>| {
        base.bad(&format!("vault-record-{name}"), "not-opened", about, bytes)
    };
    let as_it_is = |name: &str, about: &str| bad(name, about, base.bytes.clone());
    let end = base.bytes.len();
    vec![
        bad("changed", "One bit of the record.", raw::flipped(&base.bytes, 0)),
        bad("cut", "The last byte is missing.", base.bytes[..end - 1].to_vec()),
        bad("longer", "A byte more.", raw::inserted(&base.bytes, end, &[0])),
        as_it_is("in-another-place", "The number of another record.").given("number", "8"),
        as_it_is("of-another-epoch", "Another opening of the vault.").given("epoch", "0f".repeat(32)),
        as_it_is("of-another-vault", "Another vault's key.").given("vault key", "0b".repeat(32)),
    ]
}

fn prekeys(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "prekeys");
    let base = Base::vector(sample, "prekeys", &["network", "seed of xb/operations/1 signing 1"]);
    let network: NetworkId = sample.inputs["network"].parse().unwrap();
    let signed = |by: &str, label: Label, network, payload: Vec<u8>| {
        Sign1::sign(&key::<Device>(by), &label.context(network), payload).to_bytes()
    };
    let right = |payload: Vec<u8>| signed(SIGNER, Label::Prekeys, network, payload);
    let payload = raw::inside(&raw::parts(&base.bytes)[2]);
    let parts = raw::parts(&payload);
    let keys = raw::parts(&parts[3]);
    let with = |at: usize, to: Vec<u8>| right(raw::array(&raw::changed(&parts, at, to)));
    let of = |keys: &[Vec<u8>]| with(3, raw::array(keys));
    let current = raw::parts(&keys[0]);
    let public = raw::inside(&current[2]);
    let first = |at: usize, to: Vec<u8>| of(&[raw::array(&raw::changed(&current, at, to)), keys[1].clone()]);
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("prekeys-{name}"), error, about, bytes)
            .changed(&format!("{changed}; signed again."))
    };
    let mut low_order = public.clone();
    low_order[1_184..].fill(0);
    let one = raw::patched(&low_order, 1_184, &[1]);
    let mut beyond_q = public.clone();
    beyond_q[..3].fill(0xff);
    let other_device = with(0, raw::bytes(device("xb/operations/1", 2).as_bytes()));
    vec![
        bad(
            "slots-unsorted",
            "malformed",
            "FALLBACK before CURRENT.",
            "The two keys in the other order",
            of(&[keys[1].clone(), keys[0].clone()]),
        ),
        bad(
            "slot-twice",
            "malformed",
            "CURRENT twice.",
            "The first key twice",
            of(&[keys[0].clone(), keys[0].clone(), keys[1].clone()]),
        ),
        bad("no-key", "malformed", "No key at all.", "The list is empty", of(&[])),
        bad(
            "slot-unknown",
            "malformed",
            "A third slot.",
            "The slot of the second key: 2",
            of(&[keys[0].clone(), raw::array(&raw::changed(&raw::parts(&keys[1]), 0, raw::number(2)))]),
        ),
        bad(
            "fifth-part",
            "malformed",
            "A fifth part.",
            "A zero at the end",
            right(raw::array(&[parts.clone(), vec![raw::number(0)]].concat())),
        ),
        bad(
            "key-short",
            "key",
            "A public key of 1,215 bytes.",
            "The first key without its last byte",
            first(2, raw::bytes(&public[..1_215])),
        ),
        bad(
            "key-low-order",
            "key",
            "An X25519 share of zeros: everybody would know the secret.",
            "The last 32 bytes of the first key: zeros",
            first(2, raw::bytes(&low_order)),
        )
        .section("2.1"),
        bad(
            "key-of-order-one",
            "key",
            "The X25519 share 1, of low order too.",
            "The last 32 bytes of the first key: 01 and zeros",
            first(2, raw::bytes(&one)),
        )
        .section("2.1"),
        bad(
            "key-coefficient-out-of-range",
            "key",
            "An ML-KEM coefficient that is not below 3,329.",
            "The first three bytes of the first key: ff",
            first(2, raw::bytes(&beyond_q)),
        ),
        bad(
            "signed-by-another",
            "signature",
            "Signed by the office's other device.",
            "The signer",
            signed("xb/operations/1 signing 2", Label::Prekeys, network, payload.clone()),
        ),
        bad(
            "of-another-device",
            "signature",
            "Names the office's other device, and is signed by this one.",
            "The device",
            other_device,
        ),
        bad(
            "signed-for-another-network",
            "signature",
            "Signed for another network.",
            "The network in the context",
            signed(SIGNER, Label::Prekeys, NetworkId::new([7; 32]), payload.clone()),
        )
        .section("2.2"),
        bad(
            "signed-under-another-label",
            "signature",
            "Signed as if it were a receipt.",
            "The label in the context",
            signed(SIGNER, Label::Receipt, network, payload),
        )
        .section("2.2"),
    ]
}

fn reseals(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "reseal");
    let base = Base::vector(sample, "reseal-request", &["network", "seed of xb/operations/1 signing 1"]);
    let network: NetworkId = sample.inputs["network"].parse().unwrap();
    let signed = |by: &str, label: Label, network, payload: Vec<u8>| {
        Sign1::sign(&key::<Device>(by), &label.context(network), payload).to_bytes()
    };
    let payload = raw::inside(&raw::parts(&base.bytes)[2]);
    let parts = raw::parts(&payload);
    let right = |payload: Vec<u8>| signed(SIGNER, Label::Reseal, network, payload);
    let with = |at: usize, to: Vec<u8>| right(raw::array(&raw::changed(&parts, at, to)));
    let bundle = raw::inside(&parts[2]);
    let inner = raw::inside(&raw::parts(&bundle)[2]);
    let bundle_by = |by: &str| signed(by, Label::Prekeys, network, inner.clone());
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("reseal-{name}"), error, about, bytes).changed(&format!("{changed}; signed again."))
    };
    vec![
        bad("hh-short", "malformed", "An hh of 31 bytes.", "The hh", with(0, raw::bytes(&[7; 31]))),
        bad(
            "fourth-part",
            "malformed",
            "A fourth part.",
            "A zero at the end",
            right(raw::array(&[parts.clone(), vec![raw::number(0)]].concat())),
        ),
        bad(
            "signed-by-another",
            "signature",
            "Signed by the office's other device: whoever may ask for one may not ask for the other.",
            "The signer",
            signed("xb/operations/1 signing 2", Label::Reseal, network, payload.clone()),
        ),
        bad(
            "of-another-device",
            "signature",
            "Names the office's other device, and is signed by this one.",
            "The device",
            with(1, raw::bytes(device("xb/operations/1", 2).as_bytes())),
        ),
        bad(
            "signed-for-another-network",
            "signature",
            "Signed for another network.",
            "The network in the context",
            signed(SIGNER, Label::Reseal, NetworkId::new([7; 32]), payload.clone()),
        )
        .section("2.2"),
        bad(
            "signed-under-another-label",
            "signature",
            "Signed as if it were prekeys.",
            "The label in the context",
            signed(SIGNER, Label::Prekeys, network, payload.clone()),
        )
        .section("2.2"),
        bad(
            "bundle-of-another",
            "bundle",
            "The prekeys are signed by the office's other device.",
            "The bundle's signer",
            with(2, raw::bytes(&bundle_by("xb/operations/1 signing 2"))),
        ),
        bad(
            "bundle-cut",
            "bundle",
            "The prekeys without their last byte.",
            "The bundle",
            with(2, raw::bytes(&bundle[..bundle.len() - 1])),
        ),
    ]
}

fn key_files(samples: &[Sample]) -> Vec<Bad> {
    let base = Base::vector(find(samples, "key-file"), "key-file", &["passphrase"]);
    let parts = raw::parts(&base.bytes);
    let cost = raw::parts(&parts[1]);
    let with = |at: usize, to: Vec<u8>| raw::array(&raw::changed(&parts, at, to));
    let costs = |at: usize, to: Vec<u8>| with(1, raw::array(&raw::changed(&cost, at, to)));
    let bad = |name: &str, error: &str, about: &str, bytes: Vec<u8>| {
        base.bad(&format!("key-file-{name}"), error, about, bytes)
    };
    vec![
        bad("version-2", "malformed", "A version that is not known.", with(0, raw::number(2))),
        bad(
            "memory-too-large",
            "too-expensive",
            "Asks for more than a GiB of memory: refused before any work.",
            costs(0, raw::number(1_048_577)),
        ),
        bad(
            "passes-too-many",
            "too-expensive",
            "Asks for more than 64 passes: refused before any work.",
            costs(1, raw::number(65)),
        ),
        bad(
            "memory-too-little",
            "malformed",
            "Less memory than Argon2 takes, 8 KiB a lane.",
            costs(0, raw::number(7)),
        ),
        bad("no-pass", "malformed", "No pass at all.", costs(1, raw::number(0))),
        bad("no-lane", "malformed", "No lane at all.", costs(2, raw::number(0))),
        bad(
            "salt-short",
            "malformed",
            "A salt of 15 bytes.",
            costs(3, raw::bytes(&raw::inside(&cost[3])[..15])),
        ),
        bad(
            "nonce-short",
            "malformed",
            "A nonce of 11 bytes.",
            with(2, raw::bytes(&raw::inside(&parts[2])[..11])),
        ),
        bad(
            "nonce-changed",
            "passphrase",
            "One bit of the nonce.",
            with(2, raw::bytes(&raw::flipped(&raw::inside(&parts[2]), 0))),
        ),
        bad(
            "salt-changed",
            "passphrase",
            "One bit of the salt.",
            costs(3, raw::bytes(&raw::flipped(&raw::inside(&cost[3]), 0))),
        ),
        bad(
            "passes-changed",
            "passphrase",
            "Two passes instead of the one that it was locked with.",
            costs(1, raw::number(2)),
        ),
        bad(
            "ciphertext-changed",
            "passphrase",
            "One bit of the ciphertext.",
            raw::flipped(&base.bytes, base.bytes.len() - 1),
        ),
        bad(
            "trailing-byte",
            "malformed",
            "A byte behind it.",
            raw::inserted(&base.bytes, base.bytes.len(), &[0]),
        ),
        bad("other-passphrase", "passphrase", "Another passphrase.", base.bytes.clone())
            .given("passphrase", "wrong horse"),
    ]
}
