//! How is a form understood, and what is told of what is not? Every mistake at once, with the file's own paths.
//! It must never know what becomes of the draft.

use super::DraftError;
use crate::Lane;
use crate::message::form::{HEADER, PRECEDENCES};
use crate::message::state::UNKNOWN_TEXTS;
use crate::message::{Content, ContentError, Form, Status};
use crate::scope::{Scope, ScopeFormError};
use crate::template::time::Moment;
use crate::template::{self, FieldError, Hint, HintKind, Problem, TemplateName};
use crate::value::Value;

/// Takes the header apart, word by word, and remembers every mistake on the way.
pub(super) struct Reader {
    form: Form,
    errors: Vec<DraftError>,
}

impl Reader {
    pub(super) const fn new(form: Form) -> Self {
        Self { form, errors: Vec::new() }
    }

    pub(super) fn into_mistakes(self) -> Vec<DraftError> {
        self.errors
    }

    pub(super) fn set_by_station(&mut self) -> Vec<Hint> {
        let taken = SET_BY_STATION.into_iter().filter(|name| self.form.header.take(name).is_some());
        taken.map(|name| Hint { path: name.to_owned(), kind: HintKind::SetByStation }).collect()
    }

    pub(super) fn refuse_attachments(&mut self) {
        let here =
            self.form.header.take("attachments").filter(|list| list.as_list().is_none_or(|l| !l.is_empty()));
        if here.is_some() {
            self.errors.push(DraftError::Attachments { path: self.form.path_in_header("attachments") });
        }
    }

    pub(super) fn template(&mut self) -> Option<TemplateName> {
        let kind = self.form.header.take("kind");
        let name = kind.as_ref().and_then(Value::as_text).and_then(template_name);
        if name.is_none() {
            let known: Vec<_> = template::ALL.iter().map(|template| template.name).collect();
            let expected = format!("one of {}, or another name with its version", known.join(", "));
            self.errors.push(DraftError::wrong(self.form.path_in_header("kind"), kind.as_ref(), expected));
        }
        name
    }

    pub(super) fn word<T>(&mut self, name: &'static str, read: fn(&str) -> Option<T>) -> Option<T> {
        self.header(name, |value| value.as_text().and_then(read))
    }

    pub(super) fn header<T>(&mut self, name: &'static str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.form.header.take(name)?;
        let understood = read(&value);
        if understood.is_none() {
            let expected = HEADER.iter().find(|field| field.name == name).map(|field| field.kind.to_string());
            let path = self.form.path_in_header(name);
            self.errors.push(DraftError::wrong(path, Some(&value), expected.unwrap_or_default()));
        }
        understood
    }

    pub(super) fn scope(&mut self) -> Option<Scope> {
        let to = self.form.header.take("to");
        let path = self.form.path_in_header("to");
        let error = match to.as_ref().map(Scope::from_value) {
            Some(Ok(scope)) => return Some(scope),
            Some(Err(ScopeFormError::Wrong { path, found, expected })) => {
                let path = self.form.path_in_header(&path);
                DraftError::Wrong { path, found, expected: expected.to_owned() }
            }
            Some(Err(ScopeFormError::Names(error))) => DraftError::Scope { path, error },
            None => DraftError::wrong(path, None, "the addressees, like xb/diplomatic/1"),
        };
        self.errors.push(error);
        None
    }

    /// What is left of the header are the common fields.
    pub(super) fn content(&mut self, template: TemplateName, status: Status) -> Option<Content> {
        match Content::compose(template, self.form.header.clone(), self.form.body.clone()) {
            Ok(content) => {
                let silence = missing_text(&content).map(|fields| DraftError::NoText { fields });
                let stopped = status == Status::Exercise && content.holds_stop_word();
                self.errors.extend(silence.into_iter().chain(stopped.then_some(DraftError::StopWord)));
                Some(content)
            }
            Err(ContentError::Fields(errors)) => {
                let told: Vec<_> = errors.into_iter().map(|error| self.tell(error)).collect();
                self.errors.extend(told);
                None
            }
            Err(other) => {
                self.errors.push(DraftError::Content(other));
                None
            }
        }
    }

    /// Adds to a mistake what the person wrote there.
    fn tell(&self, FieldError { path, problem }: FieldError) -> DraftError {
        let in_header = self.form.header.at(&path);
        let value = in_header.or_else(|| self.form.body.at(&path));
        let expected = match problem {
            Problem::Type { expected, .. } => expected,
            Problem::TooLong { got, max, unit } => format!("at most {max} {unit} instead of {got}"),
            Problem::ControlCharacters => "no control characters".to_owned(),
            Problem::Name => "a field's name of a-z, 0-9, _ and -".to_owned(),
        };
        let path =
            if in_header.is_some() { self.form.path_in_header(&path) } else { self.form.path_in_body(&path) };
        DraftError::wrong(path, value, expected)
    }
}

/// A name alone is a template of this program; with a version it may be one that only others know.
fn template_name(text: &str) -> Option<TemplateName> {
    let known = template::by_name(text).map(|template| template.template_name());
    let name = known.or_else(|| text.parse().ok())?;
    Some(name).filter(|name| !template::MACHINE.contains(&name.slug().as_str()))
}

/// The lane of this precedence.
pub(super) fn lane(name: &str) -> Option<Lane> {
    Lane::URGENT_FIRST.into_iter().zip(PRECEDENCES).find(|(_, known)| **known == name).map(|(lane, _)| lane)
}

/// A time as Unix seconds.
pub(super) fn seconds(value: &Value) -> Option<u64> {
    u64::try_from(Moment::from_value(value)?.at.as_second()).ok()
}

/// Where a text may stand, if there is none and there has to be one.
fn missing_text(content: &Content) -> Option<String> {
    let sentence = content.definition().is_some_and(|template| template.sentence.is_some());
    if sentence || content.first_text().is_some() {
        return None;
    }
    let own = content.definition().map_or(UNKNOWN_TEXTS, |template| template.fields);
    let names = own.iter().filter(|field| field.first_text).map(|field| field.name);
    Some(["subject"].into_iter().chain(names).collect::<Vec<_>>().join(", "))
}

const SET_BY_STATION: [&str; 5] = ["v", "id", "from", "sent_at", "seq"];
