//! Which notes and heads say nothing? It must never know the entries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use liaison_keys::cbor;
use liaison_keys::cose::Sign1;
use liaison_keys::directory::witness::cosign;
use liaison_keys::directory::{Checkpoint, Head, Origin};
use liaison_keys::label::Label;
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::Log;

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::{key, name};

const ELSEWHERE: NetworkId = NetworkId::new([7; 32]);

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = notes(samples);
    files.extend(cosigned_notes(samples));
    files.extend(heads(samples));
    files
}

fn number(sample: &Sample, input: &str) -> u64 {
    sample.inputs[input].parse().unwrap()
}

fn network(sample: &Sample) -> NetworkId {
    sample.inputs["network"].parse().unwrap()
}

/// A note of any text, signed by the log's key as it stands.
fn signed_note(text: &str, origin: &str) -> String {
    let log = key::<Log>("log");
    let named = [origin.as_bytes(), &[0x0a, 0x01], log.public().as_bytes()].concat();
    let id = Digest::of(&named);
    let signature = BASE64.encode([&id.as_bytes()[..4], &log.sign(text.as_bytes())].concat());
    format!("{text}\n\u{2014} {origin} {signature}\n")
}

fn notes(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "note");
    let base = Base::vector(sample, "note", &["network", "origin", "seed of log"]);
    let good = String::from_utf8(base.bytes.clone()).unwrap();
    let (origin, root) = (sample.inputs["origin"].as_str(), good.lines().nth(2).unwrap());
    let again = |text: String| signed_note(&text, origin);
    assert_eq!(again(format!("{origin}\n19\n{root}\n")), good);
    let bad = |name: &str, error: &str, about: &str, note: String| {
        let bad = base.bad(&format!("note-{name}"), error, about, note.clone().into_bytes());
        if bad.changed.is_empty() { bad.changed("Signed again by the log's key as it stands.") } else { bad }
    };
    let checkpoint = Checkpoint { size: 19, root: sample.inputs["root"].parse().unwrap() };
    let at_home = Origin::new(&name("exercise"), network(sample));
    let by_another = String::from_utf8(checkpoint.sign(&at_home, &key("relay receipt"))).unwrap();
    let signature_of = |note: &str| note.rsplit(' ').next().unwrap().trim_end().to_owned();
    let own_signature = signature_of(&good);
    let mut other_id = BASE64.decode(&own_signature).unwrap();
    other_id[0] ^= 1;
    let with_signature = |signature: &str| good.replace(&own_signature, signature);
    let mut flipped = BASE64.decode(&own_signature).unwrap();
    flipped[67] ^= 1;
    let elsewhere = Origin::new(&name("exercise"), ELSEWHERE);
    let of_twin = String::from_utf8(checkpoint.sign(&elsewhere, &key("log"))).unwrap();
    let short_root = BASE64.encode([7; 31]);
    vec![
        bad(
            "leading-zero",
            "malformed",
            "The size with a zero in front.",
            again(format!("{origin}\n019\n{root}\n")),
        ),
        bad(
            "size-with-sign",
            "malformed",
            "The size with a plus sign.",
            again(format!("{origin}\n+19\n{root}\n")),
        ),
        bad(
            "size-beyond-64-bits",
            "malformed",
            "A size of 2^64.",
            again(format!("{origin}\n18446744073709551616\n{root}\n")),
        ),
        bad(
            "root-unpadded",
            "malformed",
            "The root in base64 without its padding.",
            again(format!("{origin}\n19\n{}\n", root.trim_end_matches('='))),
        ),
        bad("root-short", "malformed", "A root of 31 bytes.", again(format!("{origin}\n19\n{short_root}\n"))),
        bad(
            "root-url-safe",
            "malformed",
            "The root in the other base64, with - and _.",
            again(format!(
                "{origin}\n19\n{}\n",
                root.replace('+', "-").replace('/', "_").replacen('m', "_", 1)
            )),
        ),
        bad(
            "fourth-line",
            "malformed",
            "An extension line, as C2SP allows and this protocol does not.",
            again(format!("{origin}\n19\n{root}\nextension\n")),
        ),
        bad(
            "carriage-returns",
            "malformed",
            "Lines that end with CR LF.",
            again(format!("{origin}\r\n19\r\n{root}\r\n")),
        ),
        bad("of-another-network", "malformed", "The note of a twin network under the same log key.", of_twin)
            .section("3.6"),
        bad("no-final-newline", "malformed", "The last line does not end.", good.trim_end().to_owned()),
        bad(
            "no-signature",
            "malformed",
            "Nobody has signed.",
            format!("{}\n\n", good.split("\n\n").next().unwrap()),
        ),
        bad(
            "hyphen-for-dash",
            "signature",
            "A hyphen where the em dash belongs.",
            good.replace('\u{2014}', "-"),
        ),
        bad("signed-by-another", "signature", "Signed by another key, and its key id says so.", by_another)
            .changed("The signer: the key `relay receipt`."),
        bad(
            "key-id-of-another",
            "signature",
            "The right signature under another key id.",
            with_signature(&BASE64.encode(&other_id)),
        ),
        bad(
            "signature-changed",
            "signature",
            "One bit of the signature.",
            with_signature(&BASE64.encode(&flipped)),
        ),
        bad(
            "signature-unpadded",
            "signature",
            "The signature in base64 without its padding.",
            with_signature(own_signature.trim_end_matches('=')),
        ),
        bad(
            "size-changed",
            "signature",
            "Another size than was signed.",
            good.replacen("\n19\n", "\n18\n", 1),
        ),
        bad(
            "cosigned",
            "cosignatures",
            "A cosignature in a network that asks for none: a host could write it itself.",
            format!("{good}\u{2014} witness.example/1 {own_signature}\n"),
        )
        .changed("A line of a witness behind it."),
        bad(
            "signed-twice",
            "cosignatures",
            "The log's line twice.",
            format!("{good}{}\n", good.trim_end().rsplit('\n').next().unwrap()),
        )
        .changed("The last line again behind it."),
    ]
}

fn cosigned_notes(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "note-cosigned");
    let base = Base::vector(sample, "cosigned-note", &["network", "origin", "seed of log", "k", "witnesses"]);
    let good = String::from_utf8(base.bytes.clone()).unwrap();
    let lines: Vec<&str> = good.lines().collect();
    let (text, own, first, last) = (lines[..3].join("\n"), lines[4], lines[5], lines[6]);
    let below = |words: &[&str]| format!("{text}\n\n{own}\n{}\n", words.join("\n"));
    assert_eq!(below(&[first, last]), good);
    let checkpoint = Checkpoint { size: 19, root: sample.inputs["root"].parse().unwrap() };
    let origin = Origin::new(&name("exercise"), network(sample));
    let time = number(sample, "time");
    let by = |witness: &str, signer: &str, checkpoint: &Checkpoint| {
        cosign(checkpoint, &origin, (witness, &key(signer)), time)
    };
    let second = by("xb.example", "xb.example", &checkpoint);
    let stranger = by("xd.example", "xd.example", &checkpoint);
    let named_like = by("xa.example", "xd.example", &checkpoint);
    let other_size = by("xa.example", "xa.example", &Checkpoint { size: 18, ..checkpoint });
    let word = first.rsplit(' ').next().unwrap();
    let mut later = BASE64.decode(word).unwrap();
    later[11] ^= 1;
    let later = first.replace(word, &BASE64.encode(&later));
    let bad = |name: &str, error: &str, about: &str, words: &[&str]| {
        let bad = base.bad(&format!("note-cosigned-{name}"), error, about, below(words).into_bytes());
        bad.changed("The lines below the log's signature.")
    };
    vec![
        bad("one-of-two", "cosignatures", "One cosignature where two are asked for.", &[first]),
        bad(
            "three-of-two",
            "cosignatures",
            "Three cosignatures where two are asked for.",
            &[first, &second, last],
        ),
        bad("one-twice", "cosignatures", "One witness twice is one witness.", &[first, first]),
        bad(
            "other-order",
            "cosignatures",
            "Not in the order in which the network names them.",
            &[last, first],
        ),
        bad(
            "by-a-stranger",
            "cosignature",
            "By a witness that the network does not name.",
            &[first, &stranger],
        )
        .changed("The second witness: `xd.example`."),
        bad("key-of-another", "cosignature", "A witness's name above another key.", &[&named_like, last])
            .changed("The first line's key: `xd.example`."),
        bad(
            "of-another-size",
            "cosignature",
            "A cosignature of another size of the log.",
            &[&other_size, last],
        )
        .changed("The first line: of size 18."),
        bad("other-time", "cosignature", "The time was changed after it was signed.", &[&later, last])
            .changed("One bit of the first line's time."),
    ]
}

fn heads(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "head");
    let base = Base::vector(sample, "head", &["network", "seed of log"]);
    let network = network(sample);
    let head = Head { size: 19, root: sample.inputs["root"].parse().unwrap(), time: number(sample, "time") };
    assert_eq!(head.sign(network, &key("log")), base.bytes);
    let log = key::<Log>("log");
    let signed =
        |label: Label, payload: Vec<u8>| Sign1::sign(&log, &label.context(network), payload).to_bytes();
    let parts = raw::parts(&cbor::encode(&head));
    let with = |at: usize, to: Vec<u8>| signed(Label::Head, raw::array(&raw::changed(&parts, at, to)));
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("head-{name}"), error, about, bytes).changed(changed)
    };
    let again = "The payload, signed again.";
    vec![
        bad(
            "of-another-network",
            "signature",
            "Signed for another network.",
            "The network in the context.",
            head.sign(ELSEWHERE, &log),
        ),
        bad(
            "under-another-label",
            "signature",
            "Signed as if it were a receipt.",
            "The label in the context.",
            signed(Label::Receipt, cbor::encode(&head)),
        ),
        bad(
            "signed-by-another",
            "signature",
            "Signed by another key.",
            "The signer: the key `relay receipt`.",
            head.sign(network, &key::<Log>("relay receipt")),
        ),
        bad(
            "without-time",
            "malformed",
            "The time is missing.",
            again,
            signed(Label::Head, raw::array(&parts[..2])),
        ),
        bad(
            "fourth-part",
            "malformed",
            "A fourth part.",
            again,
            signed(Label::Head, raw::array(&[parts.clone(), vec![raw::number(0)]].concat())),
        ),
        bad("root-short", "malformed", "A root of 31 bytes.", again, with(1, raw::bytes(&[7; 31]))),
        bad("time-negative", "malformed", "A time before 1970.", again, with(2, vec![0x20])),
        bad(
            "size-too-long",
            "malformed",
            "The size in two bytes more than it needs, rightly signed.",
            again,
            with(0, vec![0x19, 0x00, 0x13]),
        ),
    ]
}
