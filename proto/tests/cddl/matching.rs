//! Does a value have the layout that a rule describes? Values are read with their spelling, `.cbor` goes into them, and
//! every rule that was used is remembered. It must never know what a rule means.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use minicbor::Decoder;
use minicbor::data::Type as Major;

use crate::grammar::{Entry, Rules, Type};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Int(i128),
    Bytes(Vec<u8>),
    Text(String),
    Bool(bool),
    Array(Vec<Item>),
    Map(Vec<(Item, Item)>),
    Tag(u64, Box<Item>),
}

/// Reads exactly one value.
pub(crate) fn item(bytes: &[u8]) -> Option<Item> {
    let mut decoder = Decoder::new(bytes);
    let item = next(&mut decoder).ok()?;
    (decoder.position() == bytes.len()).then_some(item)
}

fn next(d: &mut Decoder<'_>) -> Result<Item, minicbor::decode::Error> {
    let definite = |length: Option<u64>| length.ok_or_else(|| minicbor::decode::Error::message("indefinite"));
    Ok(match d.datatype()? {
        Major::Bytes => Item::Bytes(d.bytes()?.to_vec()),
        Major::String => Item::Text(d.str()?.to_owned()),
        Major::Bool => Item::Bool(d.bool()?),
        Major::Array => {
            let length = definite(d.array()?)?;
            Item::Array((0..length).map(|_| next(d)).collect::<Result<_, _>>()?)
        }
        Major::Map => {
            let length = definite(d.map()?)?;
            Item::Map((0..length).map(|_| Ok((next(d)?, next(d)?))).collect::<Result<_, _>>()?)
        }
        Major::Tag => Item::Tag(d.tag()?.as_u64(), Box::new(next(d)?)),
        _ => Item::Int(d.int()?.into()),
    })
}

/// A grammar, and which of its rules were used.
pub(crate) struct Grammar {
    rules: Rules,
    used: RefCell<BTreeSet<String>>,
}

/// What parameters stand for, with what they were written among.
type Bound<'t> = BTreeMap<String, (&'t Type, Option<&'t Scope<'t>>)>;

struct Scope<'t> {
    bound: Bound<'t>,
}

impl Grammar {
    pub(crate) const fn new(rules: Rules) -> Self {
        Self { rules, used: RefCell::new(BTreeSet::new()) }
    }

    /// Whether these bytes are one value of this rule.
    pub(crate) fn fits(&self, rule: &str, bytes: &[u8]) -> bool {
        let named = Type::Named(rule.to_owned(), Vec::new());
        item(bytes).is_some_and(|item| self.matches(&named, &item, None))
    }

    /// Rules that no value has matched.
    pub(crate) fn unused(&self) -> Vec<String> {
        let used = self.used.borrow();
        self.rules.keys().filter(|rule| !used.contains(*rule)).cloned().collect()
    }

    fn matches(&self, made: &Type, item: &Item, scope: Option<&Scope<'_>>) -> bool {
        match (made, item) {
            (Type::Named(name, arguments), _) => self.named(name, arguments, item, scope),
            (Type::Choice(types), _) => types.iter().any(|made| self.matches(made, item, scope)),
            (Type::Int(wanted), Item::Int(number)) => wanted == number,
            (Type::Range(from, to), Item::Int(number)) => (from..=to).contains(&number),
            (Type::Text(wanted), Item::Text(text)) => wanted == text,
            (Type::Bytes(wanted), Item::Bytes(bytes)) => wanted == bytes,
            (Type::Tag(wanted, inner), Item::Tag(tag, item)) => {
                wanted == tag && self.matches(inner, item, scope)
            }
            (Type::Cbor(inner), Item::Bytes(bytes)) => {
                crate::matching::item(bytes).is_some_and(|item| self.matches(inner, &item, scope))
            }
            (Type::Size(inner, least, most), _) => {
                let size = match item {
                    Item::Bytes(bytes) => bytes.len() as u64,
                    Item::Text(text) => text.len() as u64,
                    Item::Int(number) => u64::from(128 - number.leading_zeros()).div_ceil(8),
                    _ => return false,
                };
                let least = if matches!(item, Item::Int(_)) { 0 } else { *least };
                (least..=*most).contains(&size) && self.matches(inner, item, scope)
            }
            (Type::Array(entries), Item::Array(items)) => self.array(entries, items, scope),
            (Type::Map(entries), Item::Map(pairs)) => self.map(entries, pairs, scope),
            _ => false,
        }
    }

    fn named(&self, name: &str, arguments: &[Type], item: &Item, scope: Option<&Scope<'_>>) -> bool {
        if let Some((made, outer)) = scope.and_then(|scope| scope.bound.get(name)) {
            return self.matches(made, item, *outer);
        }
        match (name, item) {
            ("uint", Item::Int(number)) => return *number >= 0,
            ("int", Item::Int(_))
            | ("tstr", Item::Text(_))
            | ("bstr", Item::Bytes(_))
            | ("bool", Item::Bool(_)) => {
                return true;
            }
            ("uint" | "int" | "tstr" | "bstr" | "bool", _) => return false,
            _ => {}
        }
        let (parameters, made) = self.rules.get(name).unwrap_or_else(|| panic!("no rule {name}"));
        assert_eq!(parameters.len(), arguments.len(), "parameters of {name}");
        let bound = parameters.iter().cloned().zip(arguments.iter().map(|made| (made, scope))).collect();
        let fits = self.matches(made, item, Some(&Scope { bound }));
        if fits {
            self.used.borrow_mut().insert(name.to_owned());
        }
        fits
    }

    /// In order, each entry as often as it can (RFC 8610, appendix A: no going back).
    fn array(&self, entries: &[Entry], items: &[Item], scope: Option<&Scope<'_>>) -> bool {
        let mut items = items;
        for entry in entries {
            let mut times = 0;
            while let [first, rest @ ..] = items
                && times < entry.max
                && self.matches(&entry.value, first, scope)
            {
                (items, times) = (rest, times + 1);
            }
            if times < entry.min {
                return false;
            }
        }
        items.is_empty()
    }

    /// A pair belongs to the first entry whose key fits, whatever its value.
    fn map(&self, entries: &[Entry], pairs: &[(Item, Item)], scope: Option<&Scope<'_>>) -> bool {
        let mut times = vec![0; entries.len()];
        for (key, value) in pairs {
            let fits = |entry: &Entry| entry.key.as_ref().is_some_and(|made| self.matches(made, key, scope));
            let Some(place) = entries.iter().position(fits) else { return false };
            times[place] += 1;
            if !self.matches(&entries[place].value, value, scope) {
                return false;
            }
        }
        let distinct: BTreeSet<Vec<u8>> =
            pairs.iter().map(|(key, _)| format!("{key:?}").into_bytes()).collect();
        distinct.len() == pairs.len()
            && entries.iter().zip(times).all(|(entry, times)| (entry.min..=entry.max).contains(&times))
    }
}
