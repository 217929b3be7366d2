//! Does what stands in the fields fit their table? Mistakes refuse a message; hints never do.
//! It must never know who wrote the message, nor whether it is going out or coming in.
//!
//! A mistake is a wrong type, something over-long or badly encoded, and nothing else: everything that a newer
//! version or another office may mean by a field is kept, shown, and at most hinted at.

use liaison_keys::names::OfficeId;

use super::field::{Field, FieldKind};
use super::finding::{FieldError, Findings, Hint, HintKind, Problem};
use super::shape::{is_language, is_path, state, turns_direction};
use super::time::{self, Moment};
use crate::limits::{FINDINGS_MAX, GROUP_FIELDS_MAX, LINE_CHARS_MAX, LIST_ITEMS_MAX, TEXT_CHARS_MAX};
use crate::message::MessageRef;
use crate::value::{Fields, Value, is_field_name};

/// Checks fields against their table; without one, against the general limits alone.
pub(crate) fn check(table: Option<&'static [Field]>, fields: &Fields) -> Findings {
    let mut checker = Checker { path: String::new(), findings: Findings::default() };
    checker.group(table, fields);
    checker.findings
}

/// Checks one value against a kind. Mistakes in it are told with their paths below it.
pub(crate) fn check_value(kind: &'static FieldKind, path: &str, value: &Value) -> Findings {
    let mut checker = Checker { path: path.to_owned(), findings: Findings::default() };
    checker.value(kind, value);
    checker.findings
}

struct Checker {
    path: String,
    findings: Findings,
}

impl Checker {
    fn group(&mut self, table: Option<&'static [Field]>, fields: &Fields) {
        if !self.at_most(fields.len(), GROUP_FIELDS_MAX, "fields") {
            return;
        }
        for (name, value) in fields.iter() {
            let field = table.and_then(|table| table.iter().find(|field| field.name == name));
            self.below(name, |inside| match (field, table) {
                _ if !is_field_name(name) => inside.error(Problem::Name),
                (Some(field), _) => inside.value(&field.kind, value),
                (None, Some(_)) => {
                    inside.hint(HintKind::UnknownField);
                    inside.unknown(value);
                }
                (None, None) => inside.unknown(value),
            });
        }
        if let (Some(min), Some(max)) = (bound(fields, "min"), bound(fields, "max"))
            && min > max
        {
            self.hint(HintKind::BoundsCrossed);
        }
    }

    fn value(&mut self, kind: &'static FieldKind, value: &Value) {
        match (kind, value) {
            (FieldKind::Group(table), Value::Group(fields)) => self.group(Some(table), fields),
            (FieldKind::List(item), Value::List(items)) => {
                self.items(items, |inside, one| inside.value(item, one))
            }
            (FieldKind::Time, Value::Group(fields)) if Moment::from_value(value).is_some() => {
                self.group(Some(time::FIELDS), fields);
            }
            (FieldKind::Integer { min, max }, Value::Int(number)) if (min..=max).contains(&number) => {}
            (FieldKind::Bool | FieldKind::YesNo, Value::Bool(_))
            | (FieldKind::AlwaysFalse, Value::Bool(false)) => {}
            (_, Value::Text(text)) => self.text(kind, text),
            _ => self.wrong(kind, value.sort()),
        }
    }

    fn text(&mut self, kind: &'static FieldKind, text: &str) {
        let (chars_max, lines, shaped) = match kind {
            FieldKind::Text { chars_max } => (*chars_max, true, false),
            FieldKind::Line { chars_max } => (*chars_max, false, false),
            _ => (LINE_CHARS_MAX, false, true),
        };
        if self.characters(text, chars_max, lines) && shaped {
            self.shape(kind, text);
        }
    }

    fn shape(&mut self, kind: &'static FieldKind, text: &str) {
        match kind {
            FieldKind::OneOf(words) if words.contains(&text) => {}
            FieldKind::YesNo if YES_NO.contains(&text) => {}
            FieldKind::OneOf(_) | FieldKind::YesNo => self.hint(HintKind::UnknownWord),
            FieldKind::Time if Moment::from_text(text).is_some() => {}
            FieldKind::Country if state(text).is_some() => {}
            FieldKind::Office if text.parse::<OfficeId>().is_ok() => {}
            FieldKind::Message if text.parse::<MessageRef>().is_ok() => {}
            FieldKind::Language if is_language(text) => {}
            FieldKind::Path if is_path(text) => {}
            _ => self.wrong(kind, "text"),
        }
    }

    /// A field that the table does not have: only the limits that hold for everything.
    fn unknown(&mut self, value: &Value) {
        match value {
            Value::Text(text) => {
                self.characters(text, TEXT_CHARS_MAX, true);
            }
            Value::List(items) => self.items(items, Self::unknown),
            Value::Group(fields) => self.group(None, fields),
            Value::Int(_) | Value::Bool(_) => {}
        }
    }

    fn items(&mut self, items: &[Value], mut see: impl FnMut(&mut Self, &Value)) {
        if self.at_most(items.len(), LIST_ITEMS_MAX, "items") {
            for (at, item) in items.iter().enumerate() {
                self.below(&at.to_string(), |inside| see(inside, item));
            }
        }
    }

    /// Whether the text is short enough and harmless to print.
    fn characters(&mut self, text: &str, chars_max: usize, lines: bool) -> bool {
        let controls = |c: char| c.is_control() && !(lines && matches!(c, '\n' | '\r' | '\t'));
        let steers = text.chars().any(controls) || (!lines && text.contains(['\u{2028}', '\u{2029}']));
        if steers {
            self.error(Problem::ControlCharacters);
        }
        if text.chars().any(turns_direction) {
            self.hint(HintKind::TurnsDirection);
        }
        self.at_most(text.chars().count(), chars_max, "characters") && !steers
    }

    fn at_most(&mut self, got: usize, max: usize, unit: &'static str) -> bool {
        if got > max {
            self.error(Problem::TooLong { got, max, unit });
        }
        got <= max
    }

    fn wrong(&mut self, kind: &FieldKind, found: &'static str) {
        self.error(Problem::Type { found, expected: kind.to_string() });
    }

    fn error(&mut self, problem: Problem) {
        if self.findings.errors.len() < FINDINGS_MAX {
            self.findings.errors.push(FieldError { path: self.path.clone(), problem });
        }
    }

    fn hint(&mut self, kind: HintKind) {
        if self.findings.hints.len() < FINDINGS_MAX {
            self.findings.hints.push(Hint { path: self.path.clone(), kind });
        }
    }

    fn below(&mut self, name: &str, see: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        see(self);
        self.path.truncate(length);
    }
}

fn bound(fields: &Fields, name: &str) -> Option<i64> {
    fields.get(name)?.as_int()
}

const YES_NO: [&str; 3] = ["yes", "no", "unknown"];

#[cfg(test)]
mod tests {
    use super::*;

    static KINDS: &[Field] = &[
        Field::line("line"),
        Field::new("text", FieldKind::Text { chars_max: 3 }),
        Field::time("time"),
        Field::new("integer", FieldKind::Integer { min: 1, max: 5 }),
        Field::new("bool", FieldKind::Bool),
        Field::new("never", FieldKind::AlwaysFalse),
        Field::yes_no("yes_no"),
        Field::one_of("one_of", &["a", "b"]),
        Field::new("country", FieldKind::Country),
        Field::new("office", FieldKind::Office),
        Field::new("language", FieldKind::Language),
        Field::new("message", FieldKind::Message),
        Field::new("path", FieldKind::Path),
        Field::list("list", &FieldKind::Country),
        Field::group("group", &[Field::line("inner")]),
    ];

    fn findings(json: &str) -> Findings {
        check(Some(KINDS), &serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_fits_is_silent() {
        for json in [
            r#"{"line":"x","text":"a\nb","time":"2026","integer":5,"bool":true,"never":false,"yes_no":"unknown"}"#,
            r#"{"yes_no":true,"time":{"t":"2026-03","precision":"month"},"one_of":"b","country":"XA"}"#,
            r#"{"country":"xa","office":"org:custodian/secretariat/1","language":"zh-Hans","path":"a.0.b_c"}"#,
            r#"{"message":"0198c001-7a10-7c3e-9f00-000000001eef","list":["XA","XB"],"group":{"inner":"x"}}"#,
            r#"{"list":[],"group":{}}"#,
        ] {
            assert_eq!(findings(json), Findings::default(), "{json}");
        }
    }

    #[test]
    fn every_wrong_type_is_a_mistake() {
        for json in [
            r#"{"line":1}"#,
            r#"{"text":[]}"#,
            r#"{"time":"yesterday"}"#,
            r#"{"time":2026}"#,
            r#"{"time":{"precision":"day"}}"#,
            r#"{"integer":0}"#,
            r#"{"integer":6}"#,
            r#"{"integer":"5"}"#,
            r#"{"bool":"true"}"#,
            r#"{"never":true}"#,
            r#"{"yes_no":1}"#,
            r#"{"one_of":1}"#,
            r#"{"country":"Xa"}"#,
            r#"{"country":"XAB"}"#,
            r#"{"office":"xa"}"#,
            r#"{"language":"e"}"#,
            r#"{"language":"en_GB"}"#,
            r#"{"message":"0198"}"#,
            r#"{"path":"a..b"}"#,
            r#"{"path":"+1"}"#,
            r#"{"list":"XA"}"#,
            r#"{"list":["XA",1]}"#,
            r#"{"group":"x"}"#,
            r#"{"group":{"inner":{}}}"#,
        ] {
            let errors = findings(json).errors;
            assert!(
                matches!(errors[..], [FieldError { problem: Problem::Type { .. }, .. }]),
                "{json} {errors:?}"
            );
        }
    }

    #[test]
    fn what_is_too_long_is_a_mistake_also_where_nobody_knows_the_field() {
        let long = format!("\"{}\"", "x".repeat(TEXT_CHARS_MAX + 1));
        let line = format!("\"{}\"", "x".repeat(LINE_CHARS_MAX + 1));
        let list = format!("[{}1]", "1,".repeat(LIST_ITEMS_MAX));
        let group: Vec<_> = (0..=GROUP_FIELDS_MAX).map(|n| format!("\"a{n}\":1")).collect();
        let group = format!("{{{}}}", group.join(","));
        for (json, unit) in [
            (r#"{"text":"abcd"}"#.to_owned(), "characters"),
            (format!(r#"{{"line":{line}}}"#), "characters"),
            (format!(r#"{{"one_of":{line}}}"#), "characters"),
            (format!(r#"{{"other":{long}}}"#), "characters"),
            (format!(r#"{{"other":[{{"a":{long}}}]}}"#), "characters"),
            (format!(r#"{{"other":{list}}}"#), "items"),
            (format!(r#"{{"list":{list}}}"#), "items"),
            (format!(r#"{{"other":{group}}}"#), "fields"),
            (group.clone(), "fields"),
        ] {
            let errors = findings(&json).errors;
            let found = matches!(&errors[..], [FieldError { problem: Problem::TooLong { unit: u, .. }, .. }] if *u == unit);
            assert!(found, "{unit} {errors:?}");
        }
    }

    #[test]
    fn what_could_steer_a_terminal_is_a_mistake() {
        for (field, text) in [
            ("line", "a\nb"),
            ("line", "a\u{2028}b"),
            ("text", "\u{1b}[2"),
            ("other", "\u{7}"),
            ("one_of", "a\t"),
        ] {
            let fields = [(field, Value::text(text))].into_iter().collect();
            let error = FieldError { path: field.to_owned(), problem: Problem::ControlCharacters };
            assert_eq!(check(Some(KINDS), &fields).errors, [error], "{text:?}");
        }
    }

    #[test]
    fn a_name_that_no_field_can_have_is_a_mistake() {
        let fields = [("a.b", Value::Int(1))].into_iter().collect();
        assert_eq!(
            check(None, &fields).errors,
            [FieldError { path: "a.b".to_owned(), problem: Problem::Name }]
        );
    }

    #[test]
    fn mistakes_have_paths_and_an_end() {
        let errors = findings(r#"{"list":["XA","?"]}"#).errors;
        assert_eq!(errors[0].to_string(), "list.1: found text, expected a State's two letters like XA");
        let many = format!(r#"{{"list":[{}1]}}"#, "1,".repeat(100));
        assert_eq!(findings(&many).errors.len(), FINDINGS_MAX);
    }
}
