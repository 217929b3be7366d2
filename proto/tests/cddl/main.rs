//! Does `proto/liaison.cddl` say what the code writes? A sample of every structure fits its rule and no other, and no
//! rule is without a sample. It must never know how a structure is encoded.
//!
//! The reader of CDDL here is our own, of the part of RFC 8610 that the file uses: unlike the crates that there are, it
//! looks into `.cbor` and says which rules were used, and it needs no hundred other crates.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects"
)]

mod grammar;
mod matching;
#[path = "../samples/mod.rs"]
mod samples;
#[path = "../../../keys/tests/world/mod.rs"]
mod world;

use matching::{Grammar, Item, item};

fn grammar() -> Grammar {
    Grammar::new(grammar::read(include_str!("../../liaison.cddl")))
}

#[test]
fn every_sample_fits_its_rule_and_every_rule_has_a_sample() {
    let grammar = grammar();
    for sample in samples::all() {
        // A note is text in a byte string, and the string's head is not part of it.
        if let Some(rule) = sample.rule.filter(|rule| !is_text(rule)) {
            assert!(grammar.fits(rule, &sample.bytes), "{} is no {rule}", sample.name);
        }
    }
    assert_eq!(grammar.unused(), [""; 0]);
}

/// What fits one rule fits no other, so that the file says something.
#[test]
fn a_sample_fits_no_other_rule() {
    let grammar = grammar();
    let samples = samples::all();
    let rules: std::collections::BTreeSet<_> =
        samples.iter().filter_map(|sample| sample.rule).filter(|rule| *rule != "cosigned-note").collect();
    for sample in samples.iter().filter(|sample| sample.rule.is_some_and(|rule| !is_text(rule))) {
        let fitting = rules.iter().filter(|rule| grammar.fits(rule, &sample.bytes)).copied();
        assert_eq!(
            fitting.collect::<Vec<_>>(),
            sample.rule.into_iter().collect::<Vec<_>>(),
            "{}",
            sample.name
        );
    }
}

#[test]
fn frames_differ_in_their_tags() {
    let grammar = grammar();
    let all = samples::all();
    for sample in all.iter().filter(|sample| sample.rule == Some("frame")) {
        let name = sample.name.split('-').skip(2).collect::<Vec<_>>().join("-");
        let own = if ["post", "delivery", "prekeys"].contains(&name.as_str()) {
            format!("{name}-frame")
        } else {
            name
        };
        assert!(grammar.fits(&own, &sample.bytes), "{own}");
        for other in ["ping", "pull", "accepted", "entries"].into_iter().filter(|other| **other != own) {
            assert!(!grammar.fits(other, &sample.bytes), "{own} is no {other}");
        }
    }
}

/// One element more or less, one key more, another type: nothing is loose.
#[test]
fn changed_samples_do_not_fit() {
    let grammar = grammar();
    for sample in samples::all() {
        let Some(rule) = sample.rule.filter(|rule| !is_text(rule)) else { continue };
        let longer = match item(&sample.bytes).unwrap() {
            Item::Array(items) => {
                liaison_keys::cbor::encode(&Loose(Item::Array([items, vec![Item::Bool(true)]].concat())))
            }
            Item::Map(pairs) => {
                let more = [pairs, vec![(Item::Int(99), Item::Bool(true))]].concat();
                liaison_keys::cbor::encode(&Loose(Item::Map(more)))
            }
            Item::Tag(_, inner) => liaison_keys::cbor::encode(&Loose(*inner)),
            other => panic!("{other:?}"),
        };
        assert!(!grammar.fits(rule, &longer), "{} with something more", sample.name);
        assert!(!grammar.fits(rule, &sample.bytes[..sample.bytes.len() - 1]), "{} cut", sample.name);
    }
}

/// A value as it stands, with nothing checked.
struct Loose(Item);

impl<C> minicbor::Encode<C> for Loose {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match &self.0 {
            Item::Int(number) => e.int((*number).try_into().expect("64 bits"))?.ok(),
            Item::Bytes(bytes) => e.bytes(bytes)?.ok(),
            Item::Text(text) => e.str(text)?.ok(),
            Item::Bool(flag) => e.bool(*flag)?.ok(),
            Item::Array(items) => {
                e.array(items.len() as u64)?;
                items.iter().try_for_each(|item| Self(item.clone()).encode(e, ctx))
            }
            Item::Map(pairs) => {
                e.map(pairs.len() as u64)?;
                pairs.iter().try_for_each(|(key, value)| {
                    Self(key.clone()).encode(e, ctx)?;
                    Self(value.clone()).encode(e, ctx)
                })
            }
            Item::Tag(tag, inner) => {
                e.tag(minicbor::data::Tag::new(*tag))?;
                Self((**inner).clone()).encode(e, ctx)
            }
        }
    }
}

/// Notes are text, of which the CDDL says nothing.
fn is_text(rule: &str) -> bool {
    ["note", "cosigned-note"].contains(&rule)
}
