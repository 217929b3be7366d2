//! What stands in a person's file? A header and a body, or everything side by side; not yet checked.
//! It must never know what the words mean: a draft does.
//!
//! ```json
//! {"header": {"kind": "general", "to": "xb/diplomatic/1", "subject": "Question"}, "body": {"text": "…"}}
//! {"kind": "general", "to": "xb/diplomatic/1", "subject": "Question", "text": "…"}
//! ```
//! The second is unambiguous because no template has a field with the name of a header field; a test holds that.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::{COMMON, DraftError, Status};
use crate::template::edit::{self, EditError};
use crate::template::{self, Field, FieldKind};
use crate::value::{Fields, Value};

/// A message as a person or a script writes it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    pub(super) header: Fields,
    pub(super) body: Fields,
    /// Whether header and body stand apart: only for the paths in messages about mistakes.
    pub(super) apart: bool,
}

impl Form {
    /// Reads the fields of a file.
    ///
    /// # Errors
    /// [`DraftError`] when it is neither of the two forms, or says something twice.
    pub fn from_fields(mut fields: Fields) -> Result<Self, DraftError> {
        fields.take("name");
        let apart = fields.get("header").is_some() || fields.get("body").is_some();
        let mut form = if apart { Self::apart(fields)? } else { Self::side_by_side(fields) };
        for (short, long) in OTHER_NAMES {
            if let Some(value) = form.header.take(short)
                && form.header.set(long, value).is_some()
            {
                return Err(DraftError::Twice { path: form.path_in_header(long), also: short });
            }
        }
        Ok(form)
    }

    /// Reads a JSON file.
    ///
    /// # Errors
    /// [`DraftError::Syntax`] and those of [`Form::from_fields`].
    pub fn from_json(json: &str) -> Result<Self, DraftError> {
        let fields = serde_json::from_str(json).map_err(|error| DraftError::Syntax(error.to_string()))?;
        Self::from_fields(fields)
    }

    /// Sets one field from a line such as `affected.0.sector=energy`. The kind has to be set before the fields that
    /// belong to it.
    ///
    /// # Errors
    /// [`EditError`]; the form stays as it was.
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), EditError> {
        let (in_header, path) = match (path.strip_prefix("header."), path.strip_prefix("body.")) {
            (Some(path), _) => (true, path),
            (None, Some(path)) => (false, path),
            (None, None) => (belongs_to_header(path.split('.').next().unwrap_or_default()), path),
        };
        if in_header {
            let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
            let name = OTHER_NAMES.iter().find(|(other, _)| *other == name).map_or(name, |(_, name)| name);
            let path = rest.map_or_else(|| name.to_owned(), |rest| format!("{name}.{rest}"));
            let table = if COMMON.iter().any(|field| field.name == name) { COMMON } else { HEADER };
            return edit::set(&mut self.header, table, &path, text);
        }
        let kind = self.header.text("kind").ok_or_else(|| EditError::KindFirst { path: path.to_owned() })?;
        let name = kind.split_once('/').map_or(kind, |(name, _)| name);
        let table = template::by_name(name).map_or(&[][..], |template| template.fields);
        edit::set(&mut self.body, table, path, text)
    }

    fn apart(mut fields: Fields) -> Result<Self, DraftError> {
        let mut part = |name: &'static str| match fields.take(name) {
            None => Ok(Fields::new()),
            Some(Value::Group(part)) => Ok(part),
            Some(other) => Err(DraftError::wrong(name.to_owned(), Some(&other), "a group of fields")),
        };
        let (header, body) = (part("header")?, part("body")?);
        match fields.into_iter().next() {
            None => Ok(Self { header, body, apart: true }),
            Some((path, _)) => Err(DraftError::Beside { path }),
        }
    }

    fn side_by_side(fields: Fields) -> Self {
        let mut form = Self::default();
        for (name, value) in fields {
            let part = if belongs_to_header(&name) { &mut form.header } else { &mut form.body };
            part.set(&name, value);
        }
        form
    }

    pub(super) fn path_in_header(&self, path: &str) -> String {
        if self.apart { format!("header.{path}") } else { path.to_owned() }
    }

    pub(super) fn path_in_body(&self, path: &str) -> String {
        if self.apart { format!("body.{path}") } else { path.to_owned() }
    }
}

impl Serialize for Form {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut form = s.serialize_struct("Form", 2)?;
        form.serialize_field("header", &self.header)?;
        form.serialize_field("body", &self.body)?;
        form.end()
    }
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::from_fields(Fields::deserialize(d)?).map_err(D::Error::custom)
    }
}

fn belongs_to_header(name: &str) -> bool {
    HEADER_NAMES.contains(&name) || COMMON.iter().any(|field| field.name == name)
}

/// The names of the header beside the common fields: no template may have such a field.
pub const HEADER_NAMES: &[&str] = &[
    "v",
    "id",
    "kind",
    "template",
    "status",
    "precedence",
    "lane",
    "from",
    "to",
    "sent_at",
    "expires_at",
    "expires",
    "thread",
    "case",
    "in_reply_to",
    "seq",
    "attachments",
    "header",
    "body",
    "name",
];

/// Names that people use, and the one that the file has.
const OTHER_NAMES: [(&str, &str); 4] =
    [("template", "kind"), ("lane", "precedence"), ("expires", "expires_at"), ("case", "thread")];

/// The fields of the header that are claims of the envelope or lie outside of it.
pub(super) const HEADER: &[Field] = &[
    Field::line("kind"),
    Field::one_of("status", Status::NAMES),
    Field::one_of("precedence", PRECEDENCES),
    Field::list("to", &FieldKind::LINE),
    Field::time("expires_at"),
    Field::new("in_reply_to", FieldKind::Message),
    Field::new("thread", FieldKind::Message),
];

pub(super) const PRECEDENCES: &[&str] = &["flash", "immediate", "priority", "routine"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let apart = r#"{"name":"x","header":{"kind":"general","thread":"1"},"body":{"text":"t"}}"#;
        let beside = r#"{"text":"t","template":"general","case":"1"}"#;
        let (apart, beside) = (Form::from_json(apart).unwrap(), Form::from_json(beside).unwrap());
        assert_eq!((&apart.header, &apart.body), (&beside.header, &beside.body));
        let json = serde_json::to_string(&beside).unwrap();
        assert_eq!(json, r#"{"header":{"kind":"general","thread":"1"},"body":{"text":"t"}}"#);
        assert_eq!(serde_json::from_str::<Form>(&json).unwrap().body, beside.body);
    }

    #[test]
    fn every_bad_form_is_refused() {
        for (json, says) in [
            (r#"{"header":{},"text":"t"}"#, "text: stands beside header and body"),
            (r#"{"header":3}"#, "header: found 3, expected a group of fields"),
            (r#"{"kind":"a","template":"b"}"#, "kind: said twice, also as template"),
            (r#"{"header":{"thread":"a","case":"b"}}"#, "header.thread: said twice, also as case"),
            (r#"{"kind":}"#, "the file cannot be read: expected value at line 1 column 9"),
            (r#"{"body":{"a":1.5}}"#, "the file cannot be read: body.a: found the decimal number 1.5"),
        ] {
            let error = Form::from_json(json).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn lines_build_a_form() {
        let mut form = Form::default();
        let early = form.set("summary", "s").unwrap_err();
        assert_eq!(early, EditError::KindFirst { path: "summary".to_owned() });
        for (path, text) in [
            ("template", "incident-notification/1"),
            ("to", "xb/operations/1"),
            ("to", "xc/operations/1"),
            ("case", "0198c001-7a10-7c3e-9f00-000000001eef"),
            ("header.handling.tlp", "red"),
            ("summary", "s"),
            ("body.incident.severity", "high"),
        ] {
            form.set(path, text).unwrap();
        }
        assert_eq!(
            serde_json::to_string(&form).unwrap(),
            r#"{"header":{"handling":{"tlp":"red"},"kind":"incident-notification/1","thread":"0198c001-7a10-7c3e-9f00-000000001eef","to":["xb/operations/1","xc/operations/1"]},"body":{"incident":{"severity":"high"},"summary":"s"}}"#
        );
        assert!(form.set("header.colour", "red").is_err());
    }

    #[test]
    fn precedences_are_the_lanes() {
        assert_eq!(PRECEDENCES, crate::Lane::URGENT_FIRST.map(crate::Lane::name));
    }
}
