//! Which receipts prove nothing, by a relay and by a device? It must never know envelopes.

use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::label::Label;
use liaison_keys::names::{Kid, NetworkId};
use liaison_keys::signing::Receipt;
use liaison_proto::receipt::Accepted;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::key;

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = receipts(samples);
    files.extend(relay_receipts(samples));
    files
}

/// The body of a device's receipt.
fn receipts(samples: &[Sample]) -> Vec<Bad> {
    let base = Base::vector(find(samples, "receipts"), "receipts", &[]);
    let parts = raw::parts(&base.bytes);
    let lines = raw::parts(&parts[3]);
    let of = |lines: &[Vec<u8>]| raw::map(&raw::changed(&parts, 3, raw::array(lines)));
    let first = |at: usize, to: Vec<u8>| {
        of(&[raw::array(&raw::changed(&raw::parts(&lines[0]), at, to)), lines[1].clone()])
    };
    let bad = |name: &str, about: &str, bytes: Vec<u8>| {
        base.bad(&format!("receipts-{name}"), "malformed", about, bytes)
    };
    let most = base.of(of(&vec![lines[0].clone(); 256]));
    vec![
        bad("none", "No line.", of(&[])).changed("The list is empty."),
        most.bad("receipts-257", "malformed", "More than 256 lines.", of(&vec![lines[0].clone(); 257]))
            .changed("One line more."),
        bad("state-two", "A state that is not known.", first(1, raw::number(2))),
        bad("hh-short", "An hh of 31 bytes.", first(0, raw::bytes(&[7; 31]))),
        bad(
            "without-time",
            "A line without its time.",
            of(&[raw::array(&raw::parts(&lines[0])[..2]), lines[1].clone()]),
        ),
        bad(
            "with-common-fields",
            "Receipts have no common fields.",
            raw::map(&raw::changed(&parts, 1, raw::map(&[raw::text("lang"), raw::text("en")]))),
        ),
        bad("trailing-byte", "A byte behind it.", raw::inserted(&base.bytes, base.bytes.len(), &[0])),
    ]
}

fn relay_receipts(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "relay-receipt");
    let base = Base::vector(sample, "relay-receipt", &["network", "seed of relay receipt"]);
    let network: NetworkId = sample.inputs["network"].parse().unwrap();
    let relay = key::<Receipt>("relay receipt");
    let payload = raw::inside(&raw::parts(&base.bytes)[2]);
    let accepted: Accepted = cbor::decode(&payload).unwrap();
    assert_eq!(accepted.sign(&relay, network), base.bytes);
    let signed =
        |label: Label, payload: Vec<u8>| Sign1::sign(&relay, &label.context(network), payload).to_bytes();
    let parts = raw::parts(&payload);
    let with = |at: usize, to: Vec<u8>| signed(Label::Receipt, raw::array(&raw::changed(&parts, at, to)));
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("relay-receipt-{name}"), error, about, bytes).changed(changed)
    };
    vec![
        bad(
            "names-another-relay",
            "signature",
            "Names another relay's key than the one that signed.",
            "The kid; signed again.",
            Accepted { relay: Kid::new([7; 16]), ..accepted }.sign(&relay, network),
        ),
        bad(
            "signed-by-another",
            "signature",
            "Signed by another key.",
            "The signer.",
            accepted.sign(&key("a stranger"), network),
        ),
        bad(
            "of-another-network",
            "signature",
            "Signed for another network.",
            "The network in the context.",
            accepted.sign(&relay, NetworkId::new([7; 32])),
        ),
        bad(
            "under-another-label",
            "signature",
            "Signed as if it were a head.",
            "The label in the context.",
            signed(Label::Head, payload),
        ),
        bad(
            "without-size",
            "malformed",
            "The log's size is missing.",
            "The payload; signed again.",
            signed(Label::Receipt, raw::array(&parts[..5])),
        ),
        bad(
            "seventh-part",
            "malformed",
            "A seventh part.",
            "The payload; signed again.",
            signed(Label::Receipt, raw::array(&[parts.clone(), vec![raw::number(0)]].concat())),
        ),
        bad(
            "hh-short",
            "malformed",
            "An hh of 31 bytes.",
            "The payload; signed again.",
            with(1, raw::bytes(&[7; 31])),
        ),
        bad(
            "count-negative",
            "malformed",
            "A count below zero.",
            "The payload; signed again.",
            with(3, vec![0x20]),
        ),
        bad(
            "trailing-byte",
            "malformed",
            "A byte behind it.",
            "A zero at the end.",
            raw::inserted(&base.bytes, base.bytes.len(), &[0]),
        ),
    ]
}
