//! What can a check find? Mistakes, which refuse a message, and hints, which never do.
//! It must never know the content: a finding names paths, sorts and numbers, and may stand in a log.

use std::fmt;

use thiserror::Error;

#[cfg(doc)]
use crate::limits::FINDINGS_MAX;

/// A mistake, and where it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: {problem}")]
pub struct FieldError {
    /// The path of the field.
    pub path: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a field. Names sorts and numbers, never the content.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Something else than the kind of the field.
    #[error("found {found}, expected {expected}")]
    Type {
        /// The sort of what stands there.
        found: &'static str,
        /// What may stand there.
        expected: String,
    },
    /// Too long a text, list or group.
    #[error("found {got} {unit}, at most {max}")]
    TooLong {
        /// How many there are.
        got: usize,
        /// How many there may be.
        max: usize,
        /// Of what.
        unit: &'static str,
    },
    /// Characters that steer a terminal or end a line where none may end.
    #[error("found control characters")]
    ControlCharacters,
    /// A name that no field can have.
    #[error("not a field's name")]
    Name,
}

/// Something to look at again. Never stops a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The path of the field; empty for the whole message.
    pub path: String,
    /// What about it.
    pub kind: HintKind,
}

/// What a hint is about; the texts are the user interface's, by [`HintKind::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HintKind {
    /// This program does not know the template: the fields are shown as they are.
    UnknownTemplate,
    /// The template has no such field; it is shown under "other".
    UnknownField,
    /// A word outside the fixed choice; it is shown as it is.
    UnknownWord,
    /// Usually stated, and neither stated nor named in `not_known` or `withheld`.
    Recommended,
    /// Stated, and yet named in `not_known` or `withheld`.
    StatedAndMarked,
    /// Named in `not_known` or `withheld`, but no field of the template.
    MarkedUnknownField,
    /// The lower bound is above the upper one.
    BoundsCrossed,
    /// Characters that turn the direction of the text around them.
    TurnsDirection,
    /// No text that a reader without software could understand.
    NoText,
    /// The station sets this itself; what the file says is not used.
    SetByStation,
}

impl HintKind {
    /// The id of its text.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::UnknownTemplate => "hint-unknown-template",
            Self::UnknownField => "hint-unknown-field",
            Self::UnknownWord => "hint-unknown-word",
            Self::Recommended => "hint-recommended",
            Self::StatedAndMarked => "hint-stated-and-marked",
            Self::MarkedUnknownField => "hint-marked-unknown-field",
            Self::BoundsCrossed => "hint-bounds-crossed",
            Self::TurnsDirection => "hint-turns-direction",
            Self::NoText => "hint-no-text",
            Self::SetByStation => "hint-set-by-station",
        }
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind.id())
    }
}

/// What a check found: at most [`FINDINGS_MAX`] of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Mistakes: they refuse the message.
    pub errors: Vec<FieldError>,
    /// Hints: they do not.
    pub hints: Vec<Hint>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_names_its_place() {
        let error = |problem| FieldError { path: "a.b".to_owned(), problem }.to_string();
        assert_eq!(
            error(Problem::TooLong { got: 5, max: 3, unit: "items" }),
            "a.b: found 5 items, at most 3"
        );
        assert_eq!(error(Problem::ControlCharacters), "a.b: found control characters");
        assert_eq!(error(Problem::Name), "a.b: not a field's name");
        let hint = Hint { path: "a".to_owned(), kind: HintKind::UnknownWord };
        assert_eq!(hint.to_string(), "a: hint-unknown-word");
    }
}
