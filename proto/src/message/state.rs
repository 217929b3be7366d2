//! What is known of a field? Stated, not known, withheld, not stated: four answers, and no guessing between them.
//! It must never know how the answer is worded.

use super::{COMMON, Content};
use crate::template::Field;
use crate::value::{Fields, Value};

/// What is known of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldState<'a> {
    /// The sender says this.
    Stated(&'a Value),
    /// The sender does not know yet.
    NotKnown,
    /// The sender knows, and does not say.
    Withheld,
    /// The sender says nothing about it.
    NotStated,
}

impl Content {
    /// What is known of the field at a path such as `impact.functional` or `affected.0.people`. Own fields come
    /// before common ones; their names do not meet. A mark on `affected.entity_names` or on `affected` holds for
    /// `affected.0.entity_names` too.
    #[must_use]
    pub fn field_state(&self, path: &str) -> FieldState<'_> {
        if let Some(value) = self.parts.own.at(path).or_else(|| self.parts.common.at(path)) {
            FieldState::Stated(value)
        } else if self.common().not_known().any(|mark| covers(mark, path)) {
            FieldState::NotKnown
        } else if self.common().withheld().any(|mark| covers(mark, path)) {
            FieldState::Withheld
        } else {
            FieldState::NotStated
        }
    }

    /// The first text that a reader without software could understand: of the kind's own fields, else the subject.
    #[must_use]
    pub fn first_text(&self) -> Option<&str> {
        let own = self.definition().map_or(UNKNOWN_TEXTS, |template| template.fields);
        let text = |fields, table: &'static [Field]| {
            let texts = table.iter().filter(|field| field.first_text);
            texts
                .filter_map(move |field| Fields::text(fields, field.name))
                .find(|text| !text.trim().is_empty())
        };
        text(&self.parts.own, own).or_else(|| text(&self.parts.common, COMMON))
    }
}

/// Whether a mark names this path or a group around it. Positions in the path need not stand in the mark.
pub(super) fn covers(mark: &str, path: &str) -> bool {
    let mut steps = path.split('.').peekable();
    mark.split('.').all(|wanted| {
        while steps.next_if(|step| *step != wanted && is_position(step)).is_some() {}
        steps.next() == Some(wanted)
    })
}

pub(super) fn is_position(step: &str) -> bool {
    step.starts_with(|c: char| c.is_ascii_digit())
}

/// The texts of a template that this program does not know: what most templates call theirs.
pub(super) const UNKNOWN_TEXTS: &[Field] =
    &[Field::text("summary").first_text(), Field::text("text").first_text()];

#[cfg(test)]
mod tests {
    use super::*;

    fn compose(template: &str, common: &str, own: &str) -> Content {
        let fields = |json: &str| -> Fields { serde_json::from_str(json).unwrap() };
        Content::compose(template.parse().unwrap(), fields(common), fields(own)).unwrap()
    }

    #[test]
    fn four_states_of_a_field() {
        let common = r#"{"not_known":["impact"],"withheld":["affected.entity_names","affected.1"]}"#;
        let own = r#"{"affected":[{"state":"XA"},{}],"impact":{"functional":"low"}}"#;
        let content = compose("incident-notification/1", common, own);
        for (path, state) in [
            ("affected.0.state", FieldState::Stated(&Value::text("XA"))),
            ("impact.functional", FieldState::Stated(&Value::text("low"))),
            ("impact.physical", FieldState::NotKnown),
            ("affected.0.entity_names", FieldState::Withheld),
            ("affected.1.service", FieldState::Withheld),
            ("affected.0.service", FieldState::NotStated),
            ("subject", FieldState::NotStated),
            ("", FieldState::NotStated),
        ] {
            assert_eq!(content.field_state(path), state, "{path}");
        }
    }

    #[test]
    fn blanks_are_not_a_text() {
        assert_eq!(compose("general/1", r#"{"subject":" "}"#, r#"{"text":"\n"}"#).first_text(), None);
        assert_eq!(compose("early-warning/1", "{}", r#"{"summary":"s"}"#).first_text(), Some("s"));
    }

    #[test]
    fn a_mark_covers_what_is_below_it() {
        for (mark, path) in
            [("a", "a"), ("a", "a.0.b"), ("a.b", "a.0.b"), ("a.0", "a.0.b"), ("a.0.b", "a.0.b.c")]
        {
            assert!(covers(mark, path), "{mark} {path}");
        }
        for (mark, path) in [("a.b", "a"), ("a.1", "a.0.b"), ("b", "a.0.b"), ("a.0.b", "a.b"), ("a", "ab")] {
            assert!(!covers(mark, path), "{mark} {path}");
        }
    }
}
