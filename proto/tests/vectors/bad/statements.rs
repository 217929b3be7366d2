//! Which entries are void whatever they say? Form, time, place in the chain (`docs/protocol.md` §3.4, 1–6).
//! It must never know signatures.

use liaison_keys::cbor;
use liaison_keys::directory::rules::{MADE_AFTER_S_MAX, MADE_BEFORE_S_MAX};
use liaison_keys::directory::{Entry, Statement};
use liaison_keys::names::{Digest, NetworkId};

use super::kit::{Bad, Base};
use super::raw;
use super::said::{Said, pair, taken_apart};
use crate::samples::Sample;
use crate::world::{LIFE_S, certifiers, certify, nominate, revoke, sign};

const OFFICE: &str = "xa/technical/1";

const BY: [&str; 1] = ["xa admin"];

const DESK: &str = "xa/operations/1";

pub(super) fn files(_: &[Sample]) -> Vec<Bad> {
    let mut files = malformed();
    files.extend(claims());
    files.extend(times());
    files.extend(chain());
    files.extend(beside_the_chain());
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
    let surplus = [body.clone(), vec![raw::number(15), raw::number(0)]].concat();
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
