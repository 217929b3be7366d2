//! Which template is a message of? Its name and version, such as `incident-notification/1`.
//! It must never know whether this program has such a template.

use std::fmt;
use std::str::FromStr;

use liaison_keys::names::Slug;
use minicbor::decode::{Decode, Decoder, Error as DecodeError};
use minicbor::encode::{Encode, Encoder, Error as EncodeError, Write};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use super::Template;

/// A text that names no template.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a template is a short name and a version, like incident-notification/1")]
pub struct TemplateNameError;

/// A template's name and version, of this program or of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateName {
    slug: Slug,
    version: u16,
}

impl TemplateName {
    /// The name of a template of this program.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "the registry's names are constants, and a test reads each of them"
    )]
    pub(super) fn of(template: &Template) -> Self {
        Self {
            slug: template.name.parse().expect("a template's name is a short name"),
            version: template.version,
        }
    }

    /// The name without the version.
    #[must_use]
    pub const fn slug(&self) -> &Slug {
        &self.slug
    }

    /// The version, 1 or more.
    #[must_use]
    pub const fn version(&self) -> u16 {
        self.version
    }
}

impl FromStr for TemplateName {
    type Err = TemplateNameError;

    fn from_str(text: &str) -> Result<Self, TemplateNameError> {
        let (slug, version) = text.split_once('/').ok_or(TemplateNameError)?;
        // One spelling per version: no sign, no zero before it, and no version 0.
        let canonical = version.starts_with(|c: char| matches!(c, '1'..='9'));
        let version = version.parse().ok().filter(|_| canonical).ok_or(TemplateNameError)?;
        Ok(Self { slug: slug.parse().map_err(|_| TemplateNameError)?, version })
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.slug, self.version)
    }
}

impl<C> Encode<C> for TemplateName {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.to_string())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for TemplateName {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        d.str()?.parse().map_err(|_| DecodeError::message("template name"))
    }
}

impl Serialize for TemplateName {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TemplateName {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use liaison_keys::cbor;

    use super::*;

    #[test]
    fn names_read_as_they_are_written() {
        for text in ["incident-notification/1", "x/65535"] {
            let name: TemplateName = text.parse().unwrap();
            assert_eq!(name.to_string(), text);
            assert_eq!(cbor::decode::<TemplateName>(&cbor::encode(&name)).as_ref(), Ok(&name));
            assert_eq!(serde_json::from_str::<TemplateName>(&format!("\"{text}\"")).unwrap(), name);
        }
    }

    #[test]
    fn every_bad_name_is_refused() {
        for text in [
            "",
            "general",
            "general/",
            "general/0",
            "general/01",
            "general/+1",
            "general/65536",
            "G/1",
            "/1",
            "a/1/1",
        ] {
            assert_eq!(text.parse::<TemplateName>(), Err(TemplateNameError), "{text}");
        }
    }
}
