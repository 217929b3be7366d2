//! Which written name is this? States, organizations, offices and groups, as they stand in logs and on paper.
//! It must never know whether somebody by that name exists.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A text that is not a name of the expected form.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// Not an ISO 3166-1 alpha-2 code.
    #[error("a State is two letters, like xa")]
    State,
    /// Not a slug.
    #[error("a short name is 1 to 32 of a-z, 0-9 and -")]
    Slug,
    /// Not an office.
    #[error("an office is owner/role/number, like xa/operations/1 or org:custodian/secretariat/1")]
    Office,
    /// Not a group.
    #[error("a group is group: and a short name, like group:xr-north")]
    Group,
    /// Not hexadecimal of the right length.
    #[error("expected {chars} hexadecimal digits")]
    Hex {
        /// How many digits the name has.
        chars: usize,
    },
}

/// A State: ISO 3166-1 alpha-2, kept in lower case. Displayed in lower case, as in ids; see [`StateCode::upper`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateCode([u8; 2]);

impl StateCode {
    /// Whether this is one of the user-assigned codes XA–XZ, without XK, that exercises and examples use.
    #[must_use]
    pub const fn is_fictional(self) -> bool {
        self.0[0] == b'x' && self.0[1] != b'k'
    }

    /// The code in upper case, as people write it.
    #[must_use]
    pub fn upper(self) -> String {
        self.to_string().to_ascii_uppercase()
    }
}

impl FromStr for StateCode {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.as_bytes() {
            [a @ b'a'..=b'z', b @ b'a'..=b'z'] => Ok(Self([*a, *b])),
            _ => Err(NameError::State),
        }
    }
}

impl fmt::Display for StateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.0;
        write!(f, "{}{}", char::from(a), char::from(b))
    }
}

/// A short name: 1 to 32 of `a-z`, `0-9` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Self(text.to_owned())) } else { Err(NameError::Slug) }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who owns offices: a State, or an organization such as the custodian or a region's coordinator.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A State, written `xa`.
    State(StateCode),
    /// An organization, written `org:custodian`.
    Organization(Slug),
}

impl From<StateCode> for Owner {
    fn from(state: StateCode) -> Self {
        Self::State(state)
    }
}

impl Owner {
    /// The custodian of the directory, whose first office the genesis file invites.
    #[must_use]
    pub fn custodian() -> Self {
        Self::Organization(Slug(CUSTODIAN.to_owned()))
    }

    /// Whether this is `org:custodian`.
    #[must_use]
    pub fn is_custodian(&self) -> bool {
        matches!(self, Self::Organization(slug) if slug.as_str() == CUSTODIAN)
    }

    /// The State, if it is one.
    #[must_use]
    pub const fn state(&self) -> Option<StateCode> {
        match self {
            Self::State(state) => Some(*state),
            Self::Organization(_) => None,
        }
    }

    /// The owner as people write it: States in upper case.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            Self::State(state) => state.upper(),
            Self::Organization(slug) => slug.to_string(),
        }
    }
}

impl FromStr for Owner {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix("org:") {
            Some(slug) => slug.parse().map(Self::Organization),
            None => text.parse().map(Self::State),
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => state.fmt(f),
            Self::Organization(slug) => write!(f, "org:{slug}"),
        }
    }
}

/// An office, that is a PoC: owner, main category or role, number. A unit, not a person; numbers are never reused.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfficeId {
    /// Whose office it is.
    pub owner: Owner,
    /// Main category of a State's office, role of an organization's.
    pub role: Slug,
    /// 1, 2, …
    pub number: u16,
}

impl FromStr for OfficeId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut parts = text.split('/');
        let (Some(owner), Some(role), Some(number), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NameError::Office);
        };
        let canonical = !number.starts_with(['0', '+']);
        let number = number.parse().ok().filter(|_| canonical).ok_or(NameError::Office)?;
        Ok(Self { owner: owner.parse()?, role: role.parse()?, number })
    }
}

impl fmt::Display for OfficeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.owner, self.role, self.number)
    }
}

/// A group of States, written `group:xr-north`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(Slug);

impl GroupId {
    /// The group with this short name.
    #[must_use]
    pub const fn new(slug: Slug) -> Self {
        Self(slug)
    }

    /// The short name, as people write it.
    #[must_use]
    pub const fn slug(&self) -> &Slug {
        &self.0
    }
}

impl FromStr for GroupId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.strip_prefix("group:").ok_or(NameError::Group)?.parse().map(Self)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group:{}", self.0)
    }
}

/// What a statement of the directory is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The network itself.
    Network,
    /// A State or organization.
    Owner(Owner),
    /// An office.
    Office(OfficeId),
    /// A group of States.
    Group(GroupId),
}

impl Subject {
    /// The owner whose authority the subject stands under; none for the network and groups.
    #[must_use]
    pub const fn owner(&self) -> Option<&Owner> {
        match self {
            Self::Owner(owner) => Some(owner),
            Self::Office(office) => Some(&office.owner),
            Self::Network | Self::Group(_) => None,
        }
    }
}

impl FromStr for Subject {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "network" {
            Ok(Self::Network)
        } else if text.starts_with("group:") {
            text.parse().map(Self::Group)
        } else if text.contains('/') {
            text.parse().map(Self::Office)
        } else {
            text.parse().map(Self::Owner)
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network => f.write_str("network"),
            Self::Owner(owner) => owner.fmt(f),
            Self::Office(office) => office.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

/// Text on the wire, text in JSON, text on paper: one form for all of them.
macro_rules! text_codec {
    ($($name:ty),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.str(&self.to_string())?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                d.str()?.parse().map_err(|_| minicbor::decode::Error::message(stringify!($name)))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
text_codec!(StateCode, Slug, Owner, OfficeId, GroupId, Subject);

const CUSTODIAN: &str = "custodian";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        for name in [
            "xa",
            "org:custodian",
            "xa/operations/1",
            "org:xr-north/coordinator/12",
            "group:xr-north",
            "network",
        ] {
            assert_eq!(name.parse::<Subject>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn every_kind_of_bad_name_is_refused() {
        assert_eq!("XA".parse::<StateCode>(), Err(NameError::State));
        assert_eq!("xaa".parse::<StateCode>(), Err(NameError::State));
        assert_eq!("".parse::<Slug>(), Err(NameError::Slug));
        assert_eq!("a_b".parse::<Slug>(), Err(NameError::Slug));
        assert_eq!("xa/operations".parse::<OfficeId>(), Err(NameError::Office));
        assert_eq!("xa/operations/01".parse::<OfficeId>(), Err(NameError::Office));
        assert_eq!("xa/operations/+1".parse::<OfficeId>(), Err(NameError::Office));
        assert_eq!("xa/operations/1/2".parse::<OfficeId>(), Err(NameError::Office));
        assert_eq!("north".parse::<GroupId>(), Err(NameError::Group));
        assert_eq!("abc".parse::<crate::names::Kid>(), Err(NameError::Hex { chars: 32 }));
    }

    #[test]
    fn kosovo_is_not_fiction() {
        assert!("xa".parse::<StateCode>().unwrap().is_fictional());
        assert!(!"xk".parse::<StateCode>().unwrap().is_fictional());
        assert!(!"fr".parse::<StateCode>().unwrap().is_fictional());
    }
}
