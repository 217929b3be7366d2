//! What is wrong with a person's file? Where, what stands there, and what may stand there instead.
//! It quotes the file, to the person who wrote it: a log must never know it.

use thiserror::Error;

use crate::message::ContentError;
use crate::scope::ScopeError;
use crate::value::Value;

/// A mistake in a file, told to the person who wrote it: at most a few dozen at once.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DraftError {
    /// Not JSON, or not the values that a field can have.
    #[error("the file cannot be read: {0}")]
    Syntax(String),
    /// Something else than expected stands there, or nothing.
    #[error("{path}: found {found}, expected {expected}")]
    Wrong {
        /// Where.
        path: String,
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: String,
    },
    /// A field stands beside `header` and `body`.
    #[error("{path}: stands beside header and body; put it into one of them")]
    Beside {
        /// Which.
        path: String,
    },
    /// One thing is said under two names.
    #[error("{path}: said twice, also as {also}")]
    Twice {
        /// The usual name.
        path: String,
        /// The other one.
        also: &'static str,
    },
    /// The addressees cannot make a scope.
    #[error("{path}: {error}")]
    Scope {
        /// Where.
        path: String,
        /// Why.
        error: ScopeError,
    },
    /// No text that a reader without software could understand.
    #[error("nothing is said yet: write one of {fields}")]
    NoText {
        /// Where it may stand.
        fields: String,
    },
    /// Too much for one message.
    #[error(transparent)]
    Content(ContentError),
    /// A file with attachments.
    #[error("{path}: attachments come with a later version; nothing was sent")]
    Attachments {
        /// Where.
        path: String,
    },
    /// The stop word in an exercise.
    #[error(
        "NO DUFF stands in it, so it cannot go out as an exercise: set status to actual, or take the words out"
    )]
    StopWord,
}

impl DraftError {
    pub(in crate::message) fn wrong(
        path: String,
        found: Option<&Value>,
        expected: impl Into<String>,
    ) -> Self {
        let found = found.map_or_else(|| "nothing".to_owned(), Value::excerpt);
        Self::Wrong { path, found, expected: expected.into() }
    }
}
