//! What does a message say? Common fields and the fields of its kind, as they were written and as they lie in an
//! envelope's claim 9 (`docs/protocol.md` §5). It must never know who sent it, to whom, or when.
//!
//! ```text
//! content = {0: fields, 1: fields}      ; common fields, the kind's own
//! ```
//! Fields and words that this program does not know stay as they came: `encode(decode(b)) == b` for all that decodes.

mod common;
mod draft;
mod form;
mod guard;
mod hints;
mod reference;
mod rows;
mod state;
mod words;

use std::fmt;

use liaison_keys::cbor::{self, CborError};
use minicbor::{Decode, Encode};
use thiserror::Error;

use crate::limits::TEMPLATE_BYTES_MAX;
use crate::template::check::check;
use crate::template::{self, FieldError, FieldKind, Template, TemplateName};
use crate::value::{Fields, Value};

pub use common::{COMMON, Common, Handling, Response};
pub use draft::{Draft, DraftError};
pub use form::{Form, HEADER_NAMES};
pub use guard::{FictionError, check_fiction};
pub use reference::{CaseId, MessageRef, ReferenceError};
pub use rows::{Row, RowState, header_rows, rows};
pub use state::FieldState;
pub use words::{Onward, Pap, Stage, Status, Tlp, Want};

/// Content that no message can have.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContentError {
    /// More than [`TEMPLATE_BYTES_MAX`].
    #[error("{got} bytes of content, at most {max}")]
    TooLong {
        /// How long it is.
        got: usize,
        /// How long it may be.
        max: usize,
    },
    /// Not the one encoding of two groups of fields.
    #[error(transparent)]
    Encoding(#[from] CborError),
    /// Mistakes in fields: at least one.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Fields(Vec<FieldError>),
}

/// What a message says. Whoever holds one knows that its fields are of their types and lengths.
#[derive(Clone, PartialEq, Eq)]
pub struct Content {
    template: TemplateName,
    parts: Parts,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Parts {
    #[n(0)]
    common: Fields,
    #[n(1)]
    own: Fields,
}

impl Content {
    /// The content of a new message.
    ///
    /// # Errors
    /// [`ContentError::Fields`] with all mistakes, [`ContentError::TooLong`], or an encoding error where fields are nested
    /// too deep.
    pub fn compose(template: TemplateName, common: Fields, mut own: Fields) -> Result<Self, ContentError> {
        let fixed = template::find(&template).map_or(&[][..], |template| template.fields);
        for field in fixed.iter().filter(|field| matches!(field.kind, FieldKind::AlwaysFalse)) {
            if own.get(field.name).is_none() {
                own.set(field.name, Value::Bool(false));
            }
        }
        let content = Self { template, parts: Parts { common, own } }.checked()?;
        // What others could not read is not sent: the same door for what goes out and what comes in.
        Self::decode(content.template.clone(), &content.encode())
    }

    /// Reads the content of a message that came in. Time and memory are linear in its length.
    ///
    /// # Errors
    /// [`ContentError`]: nothing of such a message is shown.
    pub fn decode(template: TemplateName, bytes: &[u8]) -> Result<Self, ContentError> {
        within_limit(bytes.len())?;
        Self { template, parts: cbor::decode(bytes)? }.checked()
    }

    /// The content's one encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&self.parts)
    }

    /// The template that the sender used.
    #[must_use]
    pub const fn template(&self) -> &TemplateName {
        &self.template
    }

    /// The same template, if this program knows it.
    #[must_use]
    pub fn definition(&self) -> Option<&'static Template> {
        template::find(&self.template)
    }

    /// What every message may say.
    #[must_use]
    pub const fn common(&self) -> Common<'_> {
        Common(&self.parts.common)
    }

    /// What messages of this kind say.
    #[must_use]
    pub const fn own(&self) -> &Fields {
        &self.parts.own
    }

    fn checked(self) -> Result<Self, ContentError> {
        let mut errors = check(Some(COMMON), &self.parts.common).errors;
        errors.extend(check(self.definition().map(|template| template.fields), &self.parts.own).errors);
        if errors.is_empty() { Ok(self) } else { Err(ContentError::Fields(errors)) }
    }
}

/// Never prints what a message says: logs show sizes.
impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { template, parts } = self;
        write!(f, "Content({template}, {} common fields, {} own)", parts.common.len(), parts.own.len())
    }
}

fn within_limit(got: usize) -> Result<(), ContentError> {
    if got > TEMPLATE_BYTES_MAX {
        Err(ContentError::TooLong { got, max: TEMPLATE_BYTES_MAX })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::template::Problem;

    fn fields(json: &str) -> Fields {
        serde_json::from_str(json).unwrap()
    }

    fn compose(template: &str, common: &str, own: &str) -> Result<Content, ContentError> {
        Content::compose(template.parse().unwrap(), fields(common), fields(own))
    }

    fn decode(template: &str, hex: &str) -> Result<Content, ContentError> {
        Content::decode(template.parse().unwrap(), &hex::decode(hex).unwrap())
    }

    #[test]
    fn the_encoding_is_two_groups() {
        let content = compose("general/1", r#"{"subject":"s"}"#, r#"{"text":"t"}"#).unwrap();
        assert_eq!(hex::encode(content.encode()), "a200a1677375626a656374617301a164746578746174");
        assert_eq!(format!("{content:?}"), "Content(general/1, 1 common fields, 1 own)");
        assert_eq!(content.first_text(), Some("t"));
    }

    #[test]
    fn every_bad_encoding_is_refused() {
        use CborError::{NotDeterministic, Structure};
        for (bytes, error) in [
            ("", Structure),
            ("a100a0", Structure),
            ("8200a0", Structure),
            ("a200a001f6", Structure),
            ("a200a001a0f6", NotDeterministic),
            ("a201a000a0", NotDeterministic),
            ("a300a001a002a0", NotDeterministic),
            ("a200a001a2616201616101", NotDeterministic),
        ] {
            assert_eq!(decode("general/1", bytes), Err(ContentError::Encoding(error)), "{bytes}");
        }
        let long = vec![0; TEMPLATE_BYTES_MAX + 1];
        let too_long = ContentError::TooLong { got: long.len(), max: TEMPLATE_BYTES_MAX };
        assert_eq!(Content::decode("general/1".parse().unwrap(), &long), Err(too_long));
    }

    #[test]
    fn mistakes_in_fields_refuse_a_message_that_came_in() {
        let error = decode("general/1", "a200a001a1647465787401").unwrap_err();
        assert_eq!(error.to_string(), "text: found a number, expected text of at most 20000 characters");
        let ContentError::Fields(errors) = error else { panic!("{error}") };
        assert!(matches!(errors[..], [FieldError { problem: Problem::Type { .. }, .. }]));
        // The same bytes under a template that this program does not know are plain fields.
        assert!(decode("general/2", "a200a001a1647465787401").is_ok());
    }

    #[test]
    fn too_much_is_not_composed() {
        let text = "x".repeat(20_000);
        let own: Vec<_> = (0..14).map(|n| format!("\"t{n}\":\"{text}\"")).collect();
        let error = compose("general/1", "{}", &format!("{{{}}}", own.join(","))).unwrap_err();
        assert!(matches!(error, ContentError::TooLong { max: TEMPLATE_BYTES_MAX, .. }));
    }

    #[test]
    fn what_nobody_could_read_is_not_composed() {
        let deep = (0..9).fold(Value::Int(1), |inner, _| Value::List(vec![inner]));
        let own = [("deep", deep)].into_iter().collect();
        let error = Content::compose("general/1".parse().unwrap(), Fields::new(), own).unwrap_err();
        assert_eq!(error, ContentError::Encoding(CborError::Structure));
    }

    #[test]
    fn concurrence_is_never_given() {
        let content = compose("acknowledgement/1", "{}", r#"{"level":"received"}"#).unwrap();
        assert_eq!(content.own().get("concurrence"), Some(&Value::Bool(false)));
        assert!(compose("acknowledgement/1", "{}", r#"{"concurrence":true}"#).is_err());
    }

    proptest! {
        #[test]
        fn whatever_decodes_encodes_to_the_same_bytes(own in crate::value::any::fields(), flip in any::<(usize, u8)>()) {
            let mut bytes = cbor::encode(&Parts { common: Fields::new(), own });
            let template: TemplateName = "unknown/1".parse().unwrap();
            for end in 0..bytes.len() {
                prop_assert!(Content::decode(template.clone(), &bytes[..end]).is_err());
            }
            let at = flip.0 % bytes.len();
            bytes[at] ^= flip.1;
            if let Ok(content) = Content::decode(template, &bytes) {
                prop_assert_eq!(content.encode(), bytes);
            }
        }

        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = Content::decode("incident-notification/1".parse().unwrap(), &bytes);
        }
    }
}
