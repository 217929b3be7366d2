//! What went wrong, and what to do next? Errors in pairs, as `text/en.ftl` says them, with a name for scripts.
//! It must never know whose error it was: `blame` translates.

use fluent_bundle::FluentValue;
use serde_json::json;

use crate::exit::Exit;
use crate::io::Io;
use crate::out::{Paint, line};
use crate::text;

/// A command that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// `error-…`: key of the text, and without its beginning the name for scripts.
    key: &'static str,
    values: Vec<(&'static str, String)>,
    /// What belongs to it line by line, such as the mistakes in a file.
    lines: Vec<String>,
    /// A dependency's words, shown with `-v`.
    detail: Option<String>,
    /// A question that only a person at the other end of the socket can answer.
    question: Option<String>,
}

/// `fail!(Exit::NotReady, "error-no-home", home = path)`
macro_rules! fail {
    ($exit:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::failure::Failure::new($exit, $key, vec![$((stringify!($name), $value.to_string())),*])
    };
}
pub(crate) use fail;

impl Failure {
    pub(crate) fn new(exit: Exit, key: &'static str, values: Vec<(&'static str, String)>) -> Self {
        let values = values.into_iter().map(|(name, value)| (name, line(&value))).collect();
        Self { exit, key, values, lines: Vec::new(), detail: None, question: None }
    }

    /// A question for a person who is not here.
    pub(crate) fn question(question: String) -> Self {
        Self { question: Some(question), ..Self::new(Exit::Unconfirmed, "error-unconfirmed", Vec::new()) }
    }

    pub(crate) fn with_lines(self, lines: Vec<String>) -> Self {
        Self { lines, ..self }
    }

    pub(crate) fn with_detail(self, detail: impl std::fmt::Display) -> Self {
        Self { detail: Some(line(&detail.to_string())), ..self }
    }

    /// Whether a look-up goes on without the relay: it cannot be reached, or does not let this station in.
    pub(crate) fn passes(&self) -> bool {
        self.exit == Exit::Unavailable || self.key.starts_with("error-relay-")
    }

    pub(crate) fn asked(&self) -> Option<&str> {
        self.question.as_deref()
    }

    /// The name for scripts.
    pub(crate) fn name(&self) -> &'static str {
        self.key.strip_prefix("error-").unwrap_or(self.key)
    }

    /// What happened.
    pub(crate) fn message(&self) -> String {
        text::message(self.key, &self.fluent())
    }

    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        text::companion(self.key, "hint", &self.fluent())
    }

    /// Tells it, to a person or a script.
    pub(crate) fn report(&self, io: &mut Io) {
        if io.json {
            let (message, hint, detail) =
                (self.message(), self.hint(), self.detail.as_ref().filter(|_| io.verbose));
            let error = json!({
                "error": self.name(), "message": message, "hint": hint, "lines": self.lines, "detail": detail,
            });
            return io.note(&error.to_string());
        }
        let mark = io.paint(Paint::Alarm, &say!("say-error"));
        io.note(&format!("{mark} {}", self.message()));
        for line in &self.lines {
            io.note(&format!("  {line}"));
        }
        if let Some(detail) = self.detail.as_ref().filter(|_| io.verbose) {
            io.note(&format!("  ({detail})"));
        }
        if let Some(hint) = self.hint() {
            io.note(&hint);
        }
    }

    fn fluent(&self) -> Vec<(&'static str, FluentValue<'_>)> {
        self.values.iter().map(|(name, value)| (*name, FluentValue::from(value.as_str()))).collect()
    }
}
