//! Which notes, heads, invitations and foundings say nothing? It must never know statements beyond the genesis.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use liaison_keys::cbor;
use liaison_keys::cose::{Sign, Sign1};
use liaison_keys::directory::founding::Founding;
use liaison_keys::directory::invitation::{INVITATION_LIVES_S_MAX, Invitation};
use liaison_keys::directory::{Checkpoint, Head, Origin};
use liaison_keys::label::Label;
use liaison_keys::names::{Digest, NetworkId};
use liaison_keys::signing::{Authority, Log, SecretKey};

use super::kit::{Bad, Base};
use super::raw;
use crate::samples::{Sample, find};
use crate::world::{key, name, public};

const ELSEWHERE: NetworkId = NetworkId::new([7; 32]);

pub(super) fn files(samples: &[Sample]) -> Vec<Bad> {
    let mut files = notes(samples);
    files.extend(heads(samples));
    files.extend(invitations(samples));
    files.extend(foundings(samples));
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

fn invitations(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "invitation");
    let (network, ends) = (network(sample), number(sample, "ends"));
    let base = Base::vector(sample, "invitation", &["network", "seed of custodian 1"]);
    let base = base.with("m", 1).with("now", ends - 60);
    let one = Invitation { key: public("invited transport"), owner: name("xc"), ends };
    let custodians = ["custodian 1", "custodian 2"].map(key::<Authority>);
    let [first, second] = &custodians;
    let other = key::<Authority>("custodian 2").expose_seed();
    let two = base.of(one.sign(network, &[first, second]));
    let two = two.with("m", 2).with("seed of custodian 2", hex::encode(other.as_slice()));
    let signed = |payload: Vec<u8>, label: Label, network, by: &[&SecretKey<Authority>]| {
        let mut signed = Sign::unsigned(payload);
        by.iter().for_each(|key| signed.add(key, &label.context(network)));
        signed.to_bytes()
    };
    let parts = raw::parts(&cbor::encode(&one));
    let with = |at: usize, to: Vec<u8>| {
        signed(raw::array(&raw::changed(&parts, at, to)), Label::Invite, network, &[first])
    };
    let stranger = key::<Authority>("stranger");
    let both = raw::parts(&two.bytes);
    let signatures = raw::parts(&both[3]);
    let ordered = |signatures: &[Vec<u8>]| raw::tagged(&raw::changed(&both, 3, raw::array(signatures)));
    let bad = |base: &Base, name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("invitation-{name}"), error, about, bytes).changed(changed)
    };
    let payload = cbor::encode(&one);
    vec![
        bad(
            &base,
            "signed-by-a-stranger",
            "signature",
            "Signed by nobody of the custodian.",
            "The signer.",
            one.sign(network, &[&stranger]),
        ),
        bad(
            &base,
            "signed-by-one-more",
            "signature",
            "Signed by the custodian, and by a stranger too.",
            "One signature more.",
            one.sign(network, &[first, &stranger]),
        ),
        bad(
            &two,
            "signed-by-too-few",
            "signature",
            "One signature where two must sign.",
            "The second signature is missing.",
            one.sign(network, &[first]),
        ),
        bad(
            &two,
            "signatures-unsorted",
            "signature",
            "The signatures in descending order of their kids.",
            "The two signatures in the other order.",
            ordered(&[signatures[1].clone(), signatures[0].clone()]),
        )
        .section("2.2"),
        bad(
            &two,
            "signed-twice-by-one",
            "signature",
            "One key's signature twice where two keys must sign.",
            "The first signature twice, the second none.",
            ordered(&[signatures[0].clone(), signatures[0].clone()]),
        ),
        bad(
            &base,
            "of-another-network",
            "signature",
            "Signed for another network.",
            "The network in the context.",
            one.sign(ELSEWHERE, &[first]),
        ),
        bad(
            &base,
            "under-another-label",
            "signature",
            "Signed as if it were a statement.",
            "The label in the context.",
            signed(payload, Label::Statement, network, &[first]),
        ),
        bad(
            &base,
            "key-short",
            "malformed",
            "A transport key of 31 bytes.",
            "The key without its last byte; signed again.",
            with(0, raw::bytes(&[7; 31])),
        ),
        bad(
            &base,
            "owner-malformed",
            "malformed",
            "An owner in capitals.",
            "The owner: XC; signed again.",
            with(1, raw::text("XC")),
        ),
        bad(
            &base,
            "for-an-office",
            "malformed",
            "An office where an owner belongs.",
            "The owner: xc/operations/1; signed again.",
            with(1, raw::text("xc/operations/1")),
        ),
        base.bad("invitation-ended", "time", "It has ended, to the second.", base.bytes.clone())
            .given("now", ends),
        base.bad(
            "invitation-too-long",
            "time",
            "It would live a second longer than 30 days.",
            base.bytes.clone(),
        )
        .given("now", ends - INVITATION_LIVES_S_MAX - 1),
    ]
}

fn foundings(samples: &[Sample]) -> Vec<Bad> {
    let sample = find(samples, "founding");
    let taken = number(sample, "taken at");
    let base = Base::vector(sample, "founding", &[]).with("taken at", taken);
    let network = network(sample);
    let parts = raw::parts(&base.bytes);
    let (genesis, invitation) = (raw::inside(&parts[1]), raw::inside(&parts[2]));
    let custodian = key::<Authority>("custodian 1");
    let invite = |owner: &str, network, by: &SecretKey<Authority>, ends| {
        let one = Invitation { key: public("invited transport"), owner: name(owner), ends };
        one.sign(network, &[by])
    };
    let ends = number(sample, "ends");
    let with = |invitation: Vec<u8>| Founding::encode(genesis.clone(), invitation);
    let statement = |name: &str| Founding::encode(find(samples, name).bytes.clone(), invitation.clone());
    let spoilt = raw::flipped(&genesis, genesis.len() - 1);
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        base.bad(&format!("founding-{name}"), error, about, bytes).changed(changed)
    };
    vec![
        bad(
            "mark-of-version-2",
            "malformed",
            "Another mark in front.",
            "The mark: `liaison-v2 founding`.",
            raw::array(&raw::changed(&parts, 0, raw::text("liaison-v2 founding"))),
        ),
        bad(
            "without-invitation",
            "malformed",
            "Nobody is invited.",
            "The third part is missing.",
            raw::array(&parts[..2]),
        ),
        bad(
            "statement-not-genesis",
            "malformed",
            "An enrolment where the genesis belongs.",
            "The statement: statement-04-enrol.",
            statement("statement-04-enrol"),
        ),
        bad(
            "genesis-signature-changed",
            "genesis",
            "A genesis that founds nothing: one signature does not verify.",
            "The genesis' last byte.",
            Founding::encode(spoilt, invitation.clone()),
        ),
        bad(
            "invitation-for-a-state",
            "not-for-custodian",
            "The first invitation is for a State.",
            "The invitation's owner: xa; signed again.",
            with(invite("xa", network, &custodian, ends)),
        ),
        bad(
            "invitation-by-a-stranger",
            "invitation",
            "The custodian did not sign the invitation.",
            "The invitation's signer.",
            with(invite("org:custodian", network, &key("stranger"), ends)),
        ),
        bad(
            "invitation-of-another-network",
            "invitation",
            "The invitation is another network's.",
            "The network in the invitation's context.",
            with(invite("org:custodian", ELSEWHERE, &custodian, ends)),
        ),
        bad(
            "invitation-ended",
            "invitation",
            "The invitation has ended when it is taken.",
            "The invitation's end; signed again.",
            with(invite("org:custodian", network, &custodian, taken)),
        ),
        base.bad(
            "founding-taken-too-late",
            "genesis",
            "Taken when the genesis has lapsed, seven days after it was made.",
            base.bytes.clone(),
        )
        .given("taken at", taken + 7 * 86_400),
    ]
}
