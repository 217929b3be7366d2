//! To whom is it addressed? Named offices, groups of States, or all (`docs/protocol.md` §4).
//! It must never know who that is today: `recipients` resolves a scope against the directory.
//!
//! ```text
//! scope = [1, [+ office]] / [2, [+ group], [* category], bool] / [3, [* category]]
//! ```
//! Arrays are sorted bytewise by their items' encodings and distinct, so that one scope has one encoding.

mod form;

use std::ops::Deref;

use liaison_keys::cbor;
use liaison_keys::directory::Category;
use liaison_keys::names::{GroupId, OfficeId};
use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};
use thiserror::Error;

use crate::limits::SCOPE_NAMES_MAX;

pub use form::ScopeFormError;

/// Names that cannot make a scope.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScopeError {
    /// Nobody is named. An empty scope fails closed.
    #[error("nobody is addressed")]
    Empty,
    /// More than [`SCOPE_NAMES_MAX`] names.
    #[error("{got} names in one scope, at most {max}")]
    TooMany {
        /// How many distinct names were given.
        got: usize,
        /// How many there may be.
        max: usize,
    },
}

/// The addressees, as the sender wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The offices named.
    Bilateral {
        /// At least one.
        offices: Distinct<OfficeId>,
    },
    /// The members of one or several groups.
    Regional {
        /// At least one.
        groups: Distinct<GroupId>,
        /// Which of their offices; none: all.
        categories: Distinct<Category>,
        /// Whether the groups' coordinators receive it too.
        coordinators: bool,
    },
    /// All States that participate.
    Global {
        /// Which of their offices; none: all.
        categories: Distinct<Category>,
    },
}

impl Scope {
    /// These offices, in any order.
    ///
    /// # Errors
    /// [`ScopeError`] when there are none or too many.
    pub fn bilateral(offices: impl IntoIterator<Item = OfficeId>) -> Result<Self, ScopeError> {
        Ok(Self::Bilateral { offices: Distinct::some(offices)? })
    }

    /// These groups' offices of these categories, in any order.
    ///
    /// # Errors
    /// [`ScopeError`] when there are no groups or too many.
    pub fn regional(
        groups: impl IntoIterator<Item = GroupId>,
        categories: impl IntoIterator<Item = Category>,
        coordinators: bool,
    ) -> Result<Self, ScopeError> {
        let (groups, categories) = (Distinct::some(groups)?, Distinct::of(categories));
        Ok(Self::Regional { groups, categories, coordinators })
    }

    /// All States' offices of these categories, in any order.
    #[must_use]
    pub fn global(categories: impl IntoIterator<Item = Category>) -> Self {
        Self::Global { categories: Distinct::of(categories) }
    }

    /// The scope's name as people and scripts write it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bilateral { .. } => "bilateral",
            Self::Regional { .. } => "regional",
            Self::Global { .. } => "global",
        }
    }
}

/// Names in the order of their encodings, each once. Made sorted, or decoded as such, and so always sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distinct<T>(Vec<T>);

impl<T: Encode<()>> Distinct<T> {
    fn of(names: impl IntoIterator<Item = T>) -> Self {
        let mut keyed: Vec<_> = names.into_iter().map(|name| (cbor::encode(&name), name)).collect();
        keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
        keyed.dedup_by(|(a, _), (b, _)| a == b);
        Self(keyed.into_iter().map(|(_, name)| name).collect())
    }

    fn some(names: impl IntoIterator<Item = T>) -> Result<Self, ScopeError> {
        let names = Self::of(names);
        match names.len() {
            0 => Err(ScopeError::Empty),
            got if got > SCOPE_NAMES_MAX => Err(ScopeError::TooMany { got, max: SCOPE_NAMES_MAX }),
            _ => Ok(names),
        }
    }
}

impl<T> Deref for Distinct<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<C, T: Encode<C>> Encode<C> for Distinct<T> {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        self.0.encode(e, ctx)
    }
}

impl<C> Encode<C> for Scope {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Result<(), EncodeError<W::Error>> {
        match self {
            Self::Bilateral { offices } => e.array(2)?.u8(BILATERAL)?.encode_with(offices, ctx)?.ok(),
            Self::Regional { groups, categories, coordinators } => {
                e.array(4)?.u8(REGIONAL)?.encode_with(groups, ctx)?.encode_with(categories, ctx)?;
                e.bool(*coordinators)?.ok()
            }
            Self::Global { categories } => e.array(2)?.u8(GLOBAL)?.encode_with(categories, ctx)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Scope {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        match (d.array()?, d.u8()?) {
            (Some(2), BILATERAL) => Ok(Self::Bilateral { offices: read_names(d, 1)? }),
            (Some(4), REGIONAL) => {
                let (groups, categories) = (read_names(d, 1)?, read_names(d, 0)?);
                Ok(Self::Regional { groups, categories, coordinators: d.bool()? })
            }
            (Some(2), GLOBAL) => Ok(Self::Global { categories: read_names(d, 0)? }),
            _ => Err(DecodeError::message("scope")),
        }
    }
}

/// Reads between `min` and [`SCOPE_NAMES_MAX`] names, each encoded above the one before it.
fn read_names<'b, T: Decode<'b, ()>>(d: &mut Decoder<'b>, min: u64) -> Result<Distinct<T>, DecodeError> {
    let count = d.array()?.filter(|count| (min..=SCOPE_NAMES_MAX as u64).contains(count));
    let count = count.ok_or_else(|| DecodeError::message("number of names"))?;
    let (mut names, mut last): (Vec<T>, &[u8]) = (Vec::new(), &[]);
    for _ in 0..count {
        let start = d.position();
        names.push(d.decode()?);
        let encoded = d.input().get(start..d.position()).unwrap_or_default();
        if encoded <= last {
            return Err(DecodeError::message("order of names"));
        }
        last = encoded;
    }
    Ok(Distinct(names))
}

const BILATERAL: u8 = 1;
const REGIONAL: u8 = 2;
const GLOBAL: u8 = 3;

#[cfg(test)]
mod tests {
    use liaison_keys::cbor::CborError;
    use proptest::prelude::*;

    use super::*;

    fn offices(names: &[&str]) -> Vec<OfficeId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn groups(names: &[&str]) -> Vec<GroupId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn scopes() -> Vec<Scope> {
        vec![
            Scope::bilateral(offices(&["xb/diplomatic/1", "xb/single/2", "org:custodian/secretariat/1"]))
                .unwrap(),
            Scope::regional(groups(&["group:xr-north", "group:xr-a"]), [Category::Operations], true).unwrap(),
            Scope::regional(groups(&["group:xr-north"]), [], false).unwrap(),
            Scope::global([Category::Technical, Category::Diplomatic]),
            Scope::global([]),
        ]
    }

    fn decode(hex: &str) -> Result<Scope, CborError> {
        cbor::decode(&hex::decode(hex).unwrap())
    }

    #[test]
    fn order_and_repetition_do_not_matter() {
        let a = Scope::bilateral(offices(&["xb/single/2", "xb/diplomatic/1", "xb/single/2"])).unwrap();
        let b = Scope::bilateral(offices(&["xb/diplomatic/1", "xb/single/2"])).unwrap();
        assert_eq!(a, b);
        // Shorter encodings first: bytewise on the encoding, not on the text.
        assert_eq!(hex::encode(cbor::encode(&a)).find("73696e676c65"), Some(14));
        assert_eq!(
            cbor::encode(&Scope::global([Category::Technical, Category::Diplomatic])),
            [0x82, 3, 0x82, 0, 2]
        );
    }

    #[test]
    fn empty_and_crowded_scopes_are_refused() {
        assert_eq!(Scope::bilateral([]), Err(ScopeError::Empty));
        assert_eq!(Scope::regional([], [], false), Err(ScopeError::Empty));
        let crowd = (1..=1025).map(|n| format!("xb/single/{n}").parse().unwrap());
        assert_eq!(Scope::bilateral(crowd), Err(ScopeError::TooMany { got: 1025, max: SCOPE_NAMES_MAX }));
    }

    #[test]
    fn every_bad_scope_is_refused() {
        assert_eq!(decode("820380"), Ok(Scope::global([])));
        for structure in [
            "820180",         // nobody
            "84028080f4",     // no group
            "8203820202",     // a category twice
            "8203820200",     // unsorted
            "82038109",       // no such category
            "820380f4",       // something behind is not read as part of it
            "820480",         // no such scope
            "830380f4",       // too many parts
            "82039a00100000", // a claimed length
            "82019903e8",     // cut short
            "820181617a",     // not an office
            "9f0380ff",       // indefinite
            "8201",           // cut short
        ] {
            assert!(decode(structure).is_err(), "{structure}");
        }
        assert_eq!(decode("82038102f4"), Err(CborError::NotDeterministic));
    }

    #[test]
    fn round_trip_and_truncation() {
        for scope in scopes() {
            let bytes = cbor::encode(&scope);
            assert_eq!(cbor::decode::<Scope>(&bytes), Ok(scope));
            for end in 0..bytes.len() {
                assert_eq!(cbor::decode::<Scope>(&bytes[..end]), Err(CborError::Structure));
            }
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = cbor::decode::<Scope>(&bytes);
        }
    }
}
