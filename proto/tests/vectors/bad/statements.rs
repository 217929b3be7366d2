//! Which entries are void whatever they say? Form, time, place in the chain, signatures (`docs/protocol.md` §3.4, 1–6
//! and 8). It must never know the rules of each kind.

use liaison_keys::cbor;
use liaison_keys::cose::Sign;
use liaison_keys::directory::rules::{MADE_AFTER_S_MAX, MADE_BEFORE_S_MAX};
use liaison_keys::directory::{Body, Entry, Statement};
use liaison_keys::label::Label;
use liaison_keys::names::{Digest, Kid, NetworkId};
use liaison_keys::signing::Authority;

use super::kit::{Bad, Base};
use super::raw;
use super::said::{Said, pair, taken_apart};
use crate::samples::Sample;
use crate::world::{LIFE_S, certifiers, certify, certify_keys, key, nominate, revoke, sign};

const OFFICE: &str = "xa/technical/1";
const BY: [&str; 1] = ["xa admin"];
const DESK: &str = "xa/operations/1";

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = malformed();
    files.extend(claims());
    files.extend(times());
    files.extend(chain());
    files.extend(beside_the_chain());
    files.extend(signatures());
    files.extend(weak_signatures());
    files.extend(newer_kinds());
    files
}

fn nomination(said: &Said) -> Base {
    said.base(said.entry(OFFICE, &nominate(OFFICE), &BY))
}

/// The bytes of an entry, a statement, its claims.
fn malformed() -> Vec<Bad> {
    let said = Said::new();
    let base = nomination(&said);
    let (parts, (payload, _)) = (raw::parts(&base.bytes), taken_apart(&base.bytes));
    let claims = raw::parts(&payload);
    let bad = |name: &str, about: &str, bytes: Vec<u8>| base.bad(name, "malformed", about, bytes);
    let signed = |name: &str, about: &str, changed: &str, parts: &[Vec<u8>]| {
        pair(&base, name, "malformed", about, changed, said.of_payload(&raw::map(parts), &BY))
    };
    let with = |at: usize, to: Vec<u8>| raw::changed(&claims, at, to);
    let again = "The claims, signed again.";
    let key_8 = [&claims[..14], &[raw::number(8), raw::number(0)], &claims[14..]].concat();
    let unsorted = [&claims[2..4], &claims[..2], &claims[4..]].concat();
    let mut other_body = said.world.claims(OFFICE, &nominate(OFFICE), &BY);
    other_body.body = cbor::encode(&7_u8);
    let long = |more: usize| {
        let mut claims = said.world.claims(OFFICE, &nominate(OFFICE), &BY);
        (claims.kind, claims.body) = (900, cbor::encode(&"x".repeat(7_900 + more)));
        sign(claims, &BY)
    };
    let room = liaison_keys::directory::statement::STATEMENT_BYTES_MAX - long(0).to_bytes().len();
    let longest = said.base(said.logged(&long(room)));
    vec![
        bad(
            "entry-trailing-byte",
            "A byte behind the entry.",
            raw::inserted(&base.bytes, base.bytes.len(), &[0]),
        )
        .section("3.1"),
        bad("entry-without-time", "The time of logging is missing.", raw::array(&parts[1..])).section("3.1"),
        bad("entry-third-part", "A third part.", raw::array(&[parts.clone(), vec![raw::number(0)]].concat()))
            .section("3.1")
            .changed("A zero at the end."),
        bad(
            "entry-statement-not-in-a-byte-string",
            "The statement itself instead of a byte string with it.",
            raw::array(&[parts[0].clone(), raw::inside(&parts[1])]),
        )
        .section("3.1")
        .changed("The byte string's head is missing."),
        bad("entry-statement-cut", "The statement's last byte is missing.", {
            let statement = raw::inside(&parts[1]);
            raw::array(&[parts[0].clone(), raw::bytes(&statement[..statement.len() - 1])])
        })
        .changed("The last byte is missing."),
        pair(
            &longest,
            "statement-too-long",
            "malformed",
            "A statement of 8,193 bytes.",
            "One byte more in its body.",
            said.logged(&long(room + 1)),
        )
        .section("3.1"),
        signed("statement-key-8", "Key 8, which is not used.", again, &key_8).section("3.2"),
        signed("statement-key-missing", "Key 7 is missing.", again, &[&claims[..12], &claims[14..]].concat())
            .section("3.2"),
        signed("statement-keys-unsorted", "Keys 1 and 2 in the other order.", again, &unsorted)
            .section("3.2"),
        signed("statement-version-too-long", "The version in two bytes.", again, &with(5, vec![0x18, 0x01]))
            .section("3.2"),
        signed(
            "statement-subject-in-capitals",
            "A subject that is no name.",
            again,
            &with(3, raw::text("XA/technical/1")),
        )
        .section("3.2"),
        signed("statement-previous-short", "A hash of 31 bytes.", again, &with(7, raw::bytes(&[0; 31])))
            .section("3.2"),
        signed("statement-kind-65536", "A kind beyond 65,535.", again, &with(9, raw::number(65_536)))
            .section("3.2"),
        signed(
            "statement-signer-short",
            "A signer's kid of 15 bytes.",
            again,
            &with(15, raw::array(&[raw::bytes(&[7; 15])])),
        )
        .section("3.2"),
        pair(
            &base,
            "statement-body-of-no-kind",
            "malformed",
            "A number where the body of a nomination belongs.",
            "The body, 7; signed again.",
            said.logged(&sign(other_body, &BY)),
        ),
    ]
}

/// Bodies that are not in the one spelling of their kind.
fn claims() -> Vec<Bad> {
    let said = Said::new();
    let base = nomination(&said);
    let body = raw::parts(&nominate(OFFICE).encode());
    let spoilt = |name: &str, about: &str, body: Vec<u8>| {
        let bytes = said.spoilt(OFFICE, &nominate(OFFICE), &BY, |claims| claims.body = body);
        pair(&base, name, "malformed", about, "The body; signed again.", bytes).section("3.2")
    };
    let with = |at: usize, to: Vec<u8>| raw::map(&raw::changed(&body, at, to));
    let null = [&body[..4], &[raw::number(3), vec![0xf6]], &body[4..]].concat();
    let surplus = [body.clone(), vec![raw::number(6), raw::number(0)]].concat();
    vec![
        spoilt("body-null-for-absent", "An absent level as null.", raw::map(&null)),
        spoilt("body-key-surplus", "A key that a nomination does not have.", raw::map(&surplus)),
        spoilt("body-key-missing", "The rank is missing.", raw::map(&[&body[..4], &body[6..]].concat())),
        spoilt(
            "body-category-unknown",
            "A category that has no number.",
            with(1, raw::array(&[raw::number(9)])),
        ),
        spoilt("body-rank-unknown", "A rank that has no number.", with(5, raw::number(2))),
        spoilt(
            "body-indefinite",
            "A map of indefinite length.",
            [vec![0xbf], body.concat(), vec![0xff]].concat(),
        ),
    ]
}

fn times() -> Vec<Bad> {
    let said = Said::new();
    let (now, last) = (said.world.now, said.world.directory().logged());
    let statement = said.world.statement(OFFICE, &nominate(OFFICE), &BY);
    let at = |logged: u64, statement: &Statement| Entry::new(logged, statement.to_bytes()).to_bytes();
    let made = |made: u64| {
        let mut claims = statement.claims().clone();
        claims.made = made;
        sign(claims, &BY)
    };
    let revocation = |made: u64| {
        let mut claims = said.world.claims(DESK, &revoke(DESK, 1, None), &BY);
        claims.made = made;
        sign(claims, &BY)
    };
    let (late, early) = (now + MADE_BEFORE_S_MAX, now + MADE_AFTER_S_MAX);
    vec![
        pair(
            &said.base(at(last, &made(last))),
            "entry-logged-earlier",
            "logged",
            "Logged a second before the last entry that counted.",
            "The time of logging.",
            at(last - 1, &made(last)),
        ),
        pair(
            &said.base(at(late, &statement)),
            "statement-made-too-long-ago",
            "made",
            "Logged a second later than seven days after it was made.",
            "The time of logging.",
            at(late + 1, &statement),
        ),
        pair(
            &said.base(at(now, &made(early))),
            "statement-made-ahead",
            "made",
            "Dated 601 seconds after it was logged.",
            "The time at which it was made; signed again.",
            at(now, &made(early + 1)),
        ),
        pair(
            &said.base(at(now, &revocation(early))),
            "statement-revocation-made-ahead",
            "made",
            "A revocation dated ahead: it does not lapse, and yet it is not early.",
            "The time at which it was made; signed again.",
            at(now, &revocation(early + 1)),
        ),
    ]
}

fn chain() -> Vec<Bad> {
    let said = Said::new();
    let base = nomination(&said);
    let spoilt = |name: &str,
                  error: &str,
                  about: &str,
                  changed: &str,
                  spoil: &dyn Fn(&mut liaison_keys::directory::Claims)| {
        pair(&base, name, error, about, changed, said.spoilt(OFFICE, &nominate(OFFICE), &BY, spoil))
    };
    let second = certify(DESK, 2, said.world.now + LIFE_S);
    let signers = certifiers(DESK, 2);
    let next = said.base(said.entry(DESK, &second, &signers));
    let on_next =
        |name: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut liaison_keys::directory::Claims)| {
            pair(&next, name, "chain", about, changed, said.spoilt(DESK, &second, &signers, spoil))
        };
    vec![
        spoilt(
            "statement-of-another-network",
            "network",
            "Made for another network, and signed for it.",
            "The network.",
            &|claims| claims.network = NetworkId::new([7; 32]),
        ),
        spoilt(
            "statement-of-no-network",
            "network",
            "Zeros for the network, as only the genesis has them.",
            "The network.",
            &|claims| claims.network = NetworkId::UNFOUNDED,
        ),
        spoilt(
            "statement-version-zero",
            "chain",
            "Version 0 of a kind that stands in the chain.",
            "The version.",
            &|claims| claims.version = 0,
        ),
        spoilt(
            "statement-first-version-two",
            "chain",
            "The first statement on its subject is version 2.",
            "The version.",
            &|claims| claims.version = 2,
        ),
        spoilt(
            "statement-first-with-previous",
            "chain",
            "The first statement on its subject names one before it.",
            "The hash of the one before.",
            &|claims| claims.previous = Digest::new([7; 32]),
        ),
        on_next("statement-version-skipped", "A version is left out.", "The version: one more.", &|claims| {
            claims.version += 1
        }),
        on_next(
            "statement-version-again",
            "The version that stands already.",
            "The version: one less.",
            &|claims| claims.version -= 1,
        ),
        on_next(
            "statement-previous-zeros",
            "Not the first on its subject, and names none before it.",
            "The hash of the one before: zeros.",
            &|claims| claims.previous = Digest::NONE,
        ),
        on_next(
            "statement-previous-of-another",
            "Names a statement on another subject as the one before.",
            "The hash of the one before.",
            &|claims| {
                claims.previous = said.world.directory().next(&crate::world::name("xb")).1;
            },
        ),
    ]
}

fn beside_the_chain() -> Vec<Bad> {
    let said = Said::new();
    let body = revoke(DESK, 1, None);
    let base = said.base(said.entry(DESK, &body, &BY));
    let spoilt =
        |name: &str, about: &str, changed: &str, spoil: &dyn Fn(&mut liaison_keys::directory::Claims)| {
            pair(&base, name, "chain", about, changed, said.spoilt(DESK, &body, &BY, spoil)).section("3.2")
        };
    let version = said.world.directory().next(&crate::world::name(DESK)).0;
    let again = Said::after(|world| {
        world.revoke(DESK, 1, None);
    });
    let stolen = again.base(again.entry(DESK, &revoke(DESK, 1, Some(again.world.now)), &BY));
    vec![
        spoilt(
            "revocation-with-version",
            "A revocation in the chain instead of beside it.",
            "The version.",
            &|claims| claims.version = version,
        ),
        spoilt(
            "revocation-previous-zeros",
            "A revocation that names no earlier statement.",
            "The hash: zeros.",
            &|claims| claims.previous = Digest::NONE,
        ),
        spoilt(
            "revocation-previous-unknown",
            "A revocation that names a statement which never was.",
            "The hash.",
            &|claims| claims.previous = Digest::new([7; 32]),
        ),
        pair(
            &stolen,
            "revocation-logged-twice",
            "chain",
            "The very payload that counted already.",
            "The entry before it, once more.",
            base.bytes,
        )
        .section("3.2"),
    ]
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
            (claims.kind, claims.body) = (25, cbor::encode(&"a note"));
        })
    };
    let base = said.base(newer(&BY));
    let (payload, _) = taken_apart(&base.bytes);
    let skipped = said.spoilt(OFFICE, &nominate(OFFICE), &BY, |claims| {
        (claims.kind, claims.body, claims.version) = (25, cbor::encode(&"a note"), 3);
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
