//! How does one line on a command line change one field? `affected.0.sector=energy`, by the table of the template.
//! It must never know where the lines come from.

use thiserror::Error;

use super::check::check_value;
use super::field::{Field, FieldKind};
use crate::value::{Fields, Value};

/// A line that changes nothing.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EditError {
    /// The template has no such field.
    #[error("{path}: no such field")]
    NoSuchField {
        /// The path given.
        path: String,
    },
    /// What is given does not fit the field.
    #[error("{path}: found {found}, expected {expected}")]
    Wrong {
        /// The path given.
        path: String,
        /// The beginning of the text given, in quotes.
        found: String,
        /// What would fit.
        expected: String,
    },
    /// The field's own fields are set one by one.
    #[error("{path}: name one of its fields: {fields}")]
    NotALeaf {
        /// The path given.
        path: String,
        /// Their names.
        fields: String,
    },
    /// A position beyond the next one.
    #[error("{path}: the list has {len} items so far")]
    Position {
        /// The path given.
        path: String,
        /// How many there are.
        len: usize,
    },
    /// A body field before the kind of message.
    #[error("{path}: say first which kind of message it is")]
    KindFirst {
        /// The path given.
        path: String,
    },
}

/// Sets the field at a path to what the text means there. A list without a position gets one more item; a position
/// replaces an item, or adds the next one.
///
/// # Errors
/// [`EditError`]; the fields stay as they were.
pub fn set(fields: &mut Fields, table: &'static [Field], path: &str, text: &str) -> Result<(), EditError> {
    let mut steps = path.split('.');
    let first = steps.next().unwrap_or_default();
    let field = table.iter().find(|field| field.name == first);
    let field = field.ok_or_else(|| EditError::NoSuchField { path: path.to_owned() })?;
    let rest: Vec<&str> = steps.collect();
    let value = Edit { path, text }.value(&field.kind, fields.get(first), &rest)?;
    fields.set(first, value);
    Ok(())
}

struct Edit<'e> {
    path: &'e str,
    text: &'e str,
}

impl Edit<'_> {
    /// The value at the end of `rest`, put into what is there now. The table bounds the depth.
    fn value(
        &self,
        kind: &'static FieldKind,
        now: Option<&Value>,
        rest: &[&str],
    ) -> Result<Value, EditError> {
        match (kind, rest) {
            (FieldKind::Group(table), [name, rest @ ..]) => self.group(table, now, name, rest),
            (FieldKind::Group(table), []) => Err(self.not_a_leaf(table)),
            (FieldKind::List(item), rest) => self.item(item, now, rest),
            (kind, []) => self.leaf(kind),
            (_, [..]) => Err(self.no_such_field()),
        }
    }

    fn group(
        &self,
        table: &'static [Field],
        now: Option<&Value>,
        name: &str,
        rest: &[&str],
    ) -> Result<Value, EditError> {
        let field = table.iter().find(|field| field.name == name).ok_or_else(|| self.no_such_field())?;
        let mut fields = now.and_then(Value::as_group).cloned().unwrap_or_default();
        let value = self.value(&field.kind, fields.get(name), rest)?;
        fields.set(name, value);
        Ok(Value::Group(fields))
    }

    fn item(&self, item: &'static FieldKind, now: Option<&Value>, rest: &[&str]) -> Result<Value, EditError> {
        let mut items = now.and_then(Value::as_list).unwrap_or_default().to_vec();
        let (at, rest) = match rest {
            [] => (items.len(), rest),
            [position, rest @ ..] => (position.parse().map_err(|_| self.no_such_field())?, rest),
        };
        let value = self.value(item, items.get(at), rest)?;
        let len = items.len();
        match items.get_mut(at) {
            Some(slot) => *slot = value,
            None if at == len => items.push(value),
            None => return Err(EditError::Position { path: self.path.to_owned(), len }),
        }
        Ok(Value::List(items))
    }

    fn leaf(&self, kind: &'static FieldKind) -> Result<Value, EditError> {
        let value = match (kind, self.text) {
            (FieldKind::Integer { .. }, text) => {
                text.parse().map(Value::Int).map_err(|_| self.wrong(kind))?
            }
            (FieldKind::Bool, "true" | "yes") => Value::Bool(true),
            (FieldKind::Bool | FieldKind::AlwaysFalse, "false" | "no") => Value::Bool(false),
            (_, text) => Value::text(text),
        };
        if check_value(kind, self.path, &value).errors.is_empty() { Ok(value) } else { Err(self.wrong(kind)) }
    }

    fn wrong(&self, kind: &FieldKind) -> EditError {
        let (path, found) = (self.path.to_owned(), Value::text(self.text).excerpt());
        let controls = self.text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
        let without = if controls { ", without control characters" } else { "" };
        EditError::Wrong { path, found, expected: format!("{kind}{without}") }
    }

    fn no_such_field(&self) -> EditError {
        EditError::NoSuchField { path: self.path.to_owned() }
    }

    fn not_a_leaf(&self, table: &'static [Field]) -> EditError {
        let names: Vec<_> = table.iter().map(|field| field.name).collect();
        EditError::NotALeaf { path: self.path.to_owned(), fields: names.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::by_name;

    fn edited(lines: &[(&str, &str)]) -> Result<String, EditError> {
        let table = by_name("incident-notification").unwrap().fields;
        let mut fields = Fields::new();
        for (path, text) in lines {
            set(&mut fields, table, path, text)?;
        }
        Ok(serde_json::to_string(&fields).unwrap())
    }

    #[test]
    fn each_line_sets_one_field() {
        let lines = [
            ("summary", "a=b, c"),
            ("affected.0.sector", "energy"),
            ("affected.0.people.min", "5"),
            ("affected.1.sector", "health"),
            ("affected.0.sector", "space"),
            ("vulnerabilities", "CVE-1"),
            ("vulnerabilities", "CVE-2"),
            ("vulnerabilities.0", "CVE-3"),
            ("incident.severity", "gigantic"),
        ];
        let json = r#"{"affected":[{"people":{"min":5},"sector":"space"},{"sector":"health"}],"incident":{"severity":"gigantic"},"summary":"a=b, c","vulnerabilities":["CVE-3","CVE-2"]}"#;
        assert_eq!(edited(&lines).unwrap(), json);
    }

    #[test]
    fn every_bad_line_is_refused() {
        for (path, text, says) in [
            ("colour", "x", "colour: no such field"),
            ("", "x", ": no such field"),
            ("incident.colour", "x", "incident.colour: no such field"),
            ("summary.x", "x", "summary.x: no such field"),
            ("affected.x.state", "x", "affected.x.state: no such field"),
            ("affected.1.state", "XA", "affected.1.state: the list has 0 items so far"),
            (
                "affected.0.state",
                "XAB",
                "affected.0.state: found `XAB`, expected a State's two letters like XA",
            ),
            ("affected.0.entities", "many", "affected.0.entities: found `many`, expected a whole number"),
            ("affected.0.entities", "-1", "affected.0.entities: found `-1`, expected a whole number"),
            ("incident.started_at", "noon", "incident.started_at: found `noon`, expected a time in UTC"),
            ("impact.economic", "1", "impact.economic: name one of its fields: min, max, currency"),
            ("affected", "1", "affected: name one of its fields: state, sector"),
        ] {
            let error = edited(&[(path, text)]).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
