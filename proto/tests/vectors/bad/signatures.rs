//! Which entries are void for their signatures, and which of a kind that nobody knows? (`docs/protocol.md` §3.4, 8)
//! It must never know the rules of each kind.

use liaison_keys::cbor;
use liaison_keys::cose::Sign;
use liaison_keys::directory::{Body, Entry};
use liaison_keys::label::Label;
use liaison_keys::names::{Kid, NetworkId};
use liaison_keys::signing::Authority;

use super::kit::{Bad, Base};
use super::raw;
use super::said::{Said, pair, taken_apart};
use crate::samples::Sample;
use crate::world::{LIFE_S, certifiers, certify, certify_keys, key, nominate, sign};

const OFFICE: &str = "xa/technical/1";

const BY: [&str; 1] = ["xa admin"];

const DESK: &str = "xa/operations/1";

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = signatures();
    files.extend(weak_signatures());
    files.extend(newer_kinds());
    files
}

fn nomination(said: &Said) -> Base {
    said.base(said.entry(OFFICE, &nominate(OFFICE), &BY))
}

/// Exactly those whom the claims name.
fn signatures() -> Vec<Bad> {
    let said = Said::new();
    let (body, signers) = (certify(DESK, 2, said.world.now + LIFE_S), certifiers(DESK, 2));
    let base = said.base(said.entry(DESK, &body, &signers));
    let (payload, three) = taken_apart(&base.bytes);
    let (a, b, c) = (&three[0], &three[1], &three[2]);
    let of = |signatures: &[&Vec<u8>]| {
        said.of_signatures(&payload, &signatures.iter().map(|one| (*one).clone()).collect::<Vec<_>>())
    };
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        pair(&base, &format!("statement-{name}"), error, about, changed, bytes).section("3.2")
    };
    let claimed = |name: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut Vec<Kid>)| {
        let bytes = said.spoilt(DESK, &body, &signers, |claims| spoil(&mut claims.signers));
        bad(name, "signers", about, changed, bytes)
    };
    let surplus = said.signatures(&payload, &["xa admin", "xa root 1", &signers[1], &signers[2]]);
    let under = |kid_of: &[u8], signature_of: &[u8]| {
        raw::array(&raw::changed(&raw::parts(kid_of), 2, raw::parts(signature_of)[2].clone()))
    };
    let (a_for_b, b_for_a) = (under(a, b), under(b, a));
    let reversed: Vec<Kid> = {
        let mut kids = said.world.claims(DESK, &body, &signers).signers;
        kids.reverse();
        kids
    };
    vec![
        bad(
            "signature-missing",
            "signers",
            "One of the named signers has not signed.",
            "The first signature is missing.",
            of(&[b, c]),
        ),
        bad(
            "signature-surplus",
            "signers",
            "One has signed who is not named.",
            "A signature of `xa root 1` more.",
            said.of_signatures(&payload, &surplus),
        ),
        bad(
            "signature-twice",
            "signers",
            "One signature twice.",
            "The first signature twice.",
            of(&[a, a, b, c]),
        ),
        bad(
            "signatures-unsorted",
            "signers",
            "The signatures in another order than their signers are named.",
            "The first two in the other order.",
            of(&[b, a, c]),
        ),
        bad("unsigned", "signers", "Nobody has signed.", "No signature.", of(&[])),
        claimed(
            "signers-unsorted",
            "The signers are named in descending order.",
            "Claim 9 in the other order; signed again.",
            &|kids| kids.clone_from(&reversed),
        ),
        claimed(
            "signer-named-twice",
            "One signer is named twice.",
            "The first kid twice in claim 9; signed again.",
            &|kids| kids.insert(0, kids[0]),
        ),
        claimed("no-signer-named", "Nobody is named as signer.", "Claim 9 is empty.", &|kids| kids.clear()),
        bad(
            "signature-changed",
            "signature",
            "One bit of one signature.",
            "The last byte.",
            raw::flipped(&base.bytes, base.bytes.len() - 1),
        ),
        bad(
            "signatures-swapped",
            "signature",
            "Two right signatures, each under the other's kid.",
            "The first two signatures.",
            of(&[&a_for_b, &b_for_a, c]),
        ),
    ]
}

/// Signatures that only lax verification takes, and those made for something else.
fn weak_signatures() -> Vec<Bad> {
    let said = Said::new();
    let base = nomination(&said);
    let claims = said.world.claims(OFFICE, &nominate(OFFICE), &BY);
    let (payload, right) = taken_apart(&base.bytes);
    let lifted = |label: Label, network: NetworkId| {
        let mut signed = Sign::unsigned(payload.clone());
        signed.add(&key::<Authority>(BY[0]), &label.context(network));
        Entry::new(said.world.now, signed.to_bytes()).to_bytes()
    };
    let network = said.world.network();
    let other = sign(claims, &BY);
    let of_other = said.spoilt(OFFICE, &nominate(OFFICE), &BY, |claims| claims.made += 1);
    let foreign =
        raw::changed(&raw::parts(&right[0]), 2, raw::parts(&taken_apart(&of_other).1[0])[2].clone());
    assert_eq!(said.logged(&other), base.bytes);
    let mut files = vec![
        pair(
            &base,
            "statement-signed-for-another-network",
            "signature",
            "The right network in the claims, another in the signature's context.",
            "The network in the context.",
            lifted(Label::Statement, NetworkId::new([7; 32])),
        ),
        pair(
            &base,
            "statement-signed-under-another-label",
            "signature",
            "Signed as if it were an invitation.",
            "The label in the context.",
            lifted(Label::Invite, network),
        ),
        pair(
            &base,
            "statement-signature-of-another",
            "signature",
            "The same signer's signature of another statement.",
            "The signature.",
            said.of_signatures(&payload, &[raw::array(&foreign)]),
        ),
    ];
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut not_canonical = [0xff; 32];
    (not_canonical[0], not_canonical[31]) = (0xee, 0x7f);
    files.extend([
        small_order(
            &said,
            "statement-key-of-small-order",
            "A transport key of small order, for which one signature fits every statement.",
            identity,
        ),
        small_order(
            &said,
            "statement-key-not-canonical",
            "The same key in an encoding beyond p.",
            not_canonical,
        ),
    ]);
    files
}

/// A certification with a transport key of which everybody can make signatures: R the neutral element, S zero.
fn small_order(said: &Said, name: &str, about: &str, transport: [u8; 32]) -> Bad {
    let expires = said.world.now + LIFE_S;
    let base = said.base(said.entry(DESK, &certify(DESK, 2, expires), &certifiers(DESK, 2)));
    let signing = format!("{DESK} signing 2");
    let Body::Certify(mut certify) = certify_keys(&signing, "unused", expires) else { unreachable!() };
    certify.transport = liaison_keys::signing::PublicKey::from_bytes(transport);
    let body = Body::Certify(certify);
    let mut claims = said.world.claims(DESK, &body, &["xa admin", &signing]);
    let weak = Kid::of(&transport);
    claims.signers.push(weak);
    claims.signers.sort_unstable();
    let payload = cbor::encode(&claims);
    let mut signature = [0; 64];
    signature[0] = 1;
    let forged = raw::array(&[raw::bytes(&raw::protected(weak)), vec![0xa0], raw::bytes(&signature)]);
    let mut signatures = said.signatures(&payload, &["xa admin", &signing]);
    signatures.push(forged);
    // Each begins with its kid behind the same bytes.
    signatures.sort();
    let bytes = said.of_signatures(&payload, &signatures);
    pair(&base, name, "signature", about, "The transport key, and its signature: 01, then zeros.", bytes)
        .section("2.1")
}

/// Kinds that nobody knows hold their place only when they come from who may speak.
fn newer_kinds() -> Vec<Bad> {
    let said = Said::new();
    let newer = |signers: &[&str]| {
        said.spoilt(OFFICE, &nominate(OFFICE), signers, |claims| {
            (claims.kind, claims.body) = (26, cbor::encode(&"a word from later on"));
        })
    };
    let base = said.base(newer(&BY));
    let (payload, _) = taken_apart(&base.bytes);
    let skipped = said.spoilt(OFFICE, &nominate(OFFICE), &BY, |claims| {
        (claims.kind, claims.body, claims.version) = (26, cbor::encode(&"a word from later on"), 3);
    });
    let bad = |name: &str, error: &str, about: &str, changed: &str, bytes: Vec<u8>| {
        pair(&base, &format!("statement-newer-kind-{name}"), error, about, changed, bytes)
    };
    vec![
        bad(
            "by-a-stranger",
            "authority",
            "A kind that is not known yet, by a stranger.",
            "The signer.",
            newer(&["stranger"]),
        ),
        bad(
            "by-another-state",
            "authority",
            "A kind that is not known yet, by another State's admin.",
            "The signer.",
            newer(&["xb admin"]),
        ),
        bad(
            "by-the-custodian",
            "authority",
            "A kind that is not known yet about a State's office, by the custodian.",
            "The signer.",
            newer(&["custodian 1"]),
        ),
        bad(
            "unsigned",
            "signers",
            "A kind that is not known yet, which nobody signed.",
            "No signature.",
            said.of_signatures(&payload, &[]),
        ),
        bad(
            "signature-changed",
            "signature",
            "A kind that is not known yet, with a changed signature.",
            "The last byte.",
            raw::flipped(&base.bytes, base.bytes.len() - 1),
        ),
        bad(
            "version-skipped",
            "chain",
            "A kind that is not known yet, and not the next on its subject.",
            "The version.",
            skipped,
        ),
    ]
}
