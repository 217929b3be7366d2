//! What did a person or a script put in a field? Text, whole numbers, yes and no, lists and groups of these.
//! It must never know which template a field belongs to, nor what it means.
//!
//! There are no decimal numbers and no null: two stations must encode the same message to the same bytes, and
//! "nothing" is said by leaving a field out or by naming it in `not_known` or `withheld`.

mod form;
mod wire;

use std::collections::{BTreeMap, btree_map};

use crate::limits::FIELD_NAME_BYTES_MAX;

/// What stands in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, also for times, names and words of a fixed choice.
    Text(String),
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// Several of the same.
    List(Vec<Value>),
    /// Fields of their own.
    Group(Fields),
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text, if this is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if this is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// The items, if this is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The fields, if this is a group.
    #[must_use]
    pub const fn as_group(&self) -> Option<&Fields> {
        if let Self::Group(fields) = self { Some(fields) } else { None }
    }

    /// What sort of value this is, in words that reveal nothing of its content.
    #[must_use]
    pub const fn sort(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) => "a number",
            Self::Bool(_) => "true or false",
            Self::List(_) => "a list",
            Self::Group(_) => "a group of fields",
        }
    }

    /// What stands there, for the person who wrote it: never for a log.
    #[must_use]
    pub fn excerpt(&self) -> String {
        match self {
            Self::Text(text) => {
                let more = if text.chars().nth(EXCERPT_CHARS).is_some() { "…" } else { "" };
                let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
                format!("`{}{more}`", text.chars().take(EXCERPT_CHARS).map(visible).collect::<String>())
            }
            Self::Int(number) => number.to_string(),
            Self::Bool(flag) => flag.to_string(),
            Self::List(_) | Self::Group(_) => self.sort().to_owned(),
        }
    }

    fn step(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Group(fields) => fields.get(name),
            Self::List(items) if name.starts_with(|c: char| c.is_ascii_digit()) => {
                items.get(name.parse::<usize>().ok()?)
            }
            Self::List(_) | Self::Text(_) | Self::Int(_) | Self::Bool(_) => None,
        }
    }
}

/// Fields by name. What comes from outside has names of the form [`is_field_name`] only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The field of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text in the field of this name, if there is one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// Sets a field; gives back what was there.
    pub fn set(&mut self, name: &str, value: Value) -> Option<Value> {
        self.0.insert(name.to_owned(), value)
    }

    /// Takes a field out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// The value at a path such as `affected.0.people.min`: names of fields and positions in lists.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Value> {
        let mut steps = path.split('.');
        let first = self.get(steps.next()?)?;
        steps.try_fold(first, |value, name| value.step(name))
    }

    /// All fields, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Fields {
    type Item = (String, Value);
    type IntoIter = btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }
}

/// Whether this can be a field's name: a-z, 0-9, `_` and `-`. A dot would make paths ambiguous, and a name is
/// printed as it stands, so it may hold nothing that disguises itself. It does not begin with a digit, so that a
/// step of a path is either a name or a position.
#[must_use]
pub fn is_field_name(name: &str) -> bool {
    name.len() <= FIELD_NAME_BYTES_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// Enough to find the place in a file.
const EXCERPT_CHARS: usize = 40;

#[cfg(test)]
pub(crate) mod any {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::Text),
            any::<i64>().prop_map(Value::Int),
            any::<bool>().prop_map(Value::Bool),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            let group = btree_map("[a-z][a-z0-9_-]{0,7}", inner.clone(), 0..5);
            prop_oneof![
                vec(inner, 0..5).prop_map(Value::List),
                group.prop_map(|fields| Value::Group(Fields(fields))),
            ]
        })
    }

    pub(crate) fn fields() -> impl Strategy<Value = Fields> {
        btree_map("[a-z][a-z0-9_-]{0,30}", value(), 0..6).prop_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_one_value() {
        let people: Fields = [("min", Value::Int(3))].into_iter().collect();
        let item: Fields = [("people", Value::Group(people))].into_iter().collect();
        let fields: Fields = [("affected", Value::List(vec![Value::Group(item)]))].into_iter().collect();
        assert_eq!(fields.at("affected.0.people.min"), Some(&Value::Int(3)));
        for nothing in ["", "affected.1", "affected.x", "affected.0.people.min.x", "people"] {
            assert_eq!(fields.at(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn names_that_cannot_disguise_themselves() {
        for good in ["summary", "a", "started_at", "x-own", "t2"] {
            assert!(is_field_name(good), "{good}");
        }
        for bad in ["", "A", "0", "a.b", "a b", "ü", &"a".repeat(FIELD_NAME_BYTES_MAX + 1)] {
            assert!(!is_field_name(bad), "{bad}");
        }
    }
}
