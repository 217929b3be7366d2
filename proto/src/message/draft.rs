//! What does a person want to send? A form whose words have been understood: everything of a message but sender,
//! time and keys. It must never know the clock, the directory or who writes.

use thiserror::Error;

use super::form::{HEADER, PRECEDENCES};
use super::{CaseId, Content, ContentError, Form, MessageRef, Status};
use crate::Lane;
use crate::scope::{Scope, ScopeError, ScopeFormError};
use crate::template::time::Moment;
use crate::template::{self, FieldError, Hint, HintKind, Problem, TemplateName};
use crate::value::Value;

/// A message before it is signed: what its writer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it says, and its template.
    pub content: Content,
    /// Whether it is meant: actual unless stated.
    pub status: Status,
    /// How soon it must move: routine unless stated.
    pub lane: Lane,
    /// To whom.
    pub scope: Scope,
    /// When it loses its meaning, Unix seconds.
    pub expires_s: Option<u64>,
    /// The message that it answers.
    pub in_reply_to: Option<MessageRef>,
    /// The case that it belongs to.
    pub case: Option<CaseId>,
}

/// A mistake in a file, told to the person who wrote it: it quotes the file, so it is never for a log.
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

impl Draft {
    /// Understands a form. Beside the draft come hints, which stop nothing.
    ///
    /// # Errors
    /// All mistakes, at least one.
    pub fn read(form: Form) -> Result<(Self, Vec<Hint>), Vec<DraftError>> {
        let mut reader = Reader { form, errors: Vec::new() };
        let mut hints = reader.set_by_station();
        reader.refuse_attachments();
        let template = reader.template();
        let status = reader.word("status", Status::from_name).unwrap_or(Status::Actual);
        let lane = reader.word("precedence", lane).unwrap_or_default();
        let expires_s = reader.header("expires_at", expires);
        let in_reply_to = reader.header("in_reply_to", |value| value.as_text()?.parse().ok());
        let case = reader.header("thread", |value| value.as_text()?.parse().ok());
        let scope = reader.scope();
        let content = template.and_then(|template| reader.content(template, status));
        match (content, scope, reader.errors) {
            (Some(content), Some(scope), errors) if errors.is_empty() => {
                hints.extend(content.hints());
                Ok((Self { content, status, lane, scope, expires_s, in_reply_to, case }, hints))
            }
            (_, _, errors) => Err(errors),
        }
    }

    /// The draft as a form again, for a file. What the station sets is not in it.
    #[must_use]
    pub fn to_form(&self) -> Form {
        let Self { content, status, lane, scope, expires_s, in_reply_to, case } = self;
        let mut header = content.common().fields().clone();
        let known = content.definition().map(|template| template.name.to_owned());
        header.set("kind", Value::Text(known.unwrap_or_else(|| content.template().to_string())));
        header.set("status", Value::text(status.name()));
        header.set("precedence", Value::text(lane.name()));
        header.set("to", scope.to_value());
        let expires = expires_s.and_then(|s| jiff::Timestamp::from_second(s.try_into().ok()?).ok());
        let optional = [
            ("expires_at", expires.map(|at| at.to_string())),
            ("in_reply_to", in_reply_to.map(|message| message.to_string())),
            ("thread", case.map(|case| case.to_string())),
        ];
        for (name, text) in optional.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            header.set(name, Value::Text(text));
        }
        Form { header, body: content.own().clone(), apart: true }
    }
}

impl DraftError {
    pub(super) fn wrong(path: String, found: Option<&Value>, expected: impl Into<String>) -> Self {
        let found = found.map_or_else(|| "nothing".to_owned(), Value::excerpt);
        Self::Wrong { path, found, expected: expected.into() }
    }
}

/// Takes the header apart, word by word, and remembers every mistake on the way.
struct Reader {
    form: Form,
    errors: Vec<DraftError>,
}

impl Reader {
    fn set_by_station(&mut self) -> Vec<Hint> {
        let taken = SET_BY_STATION.into_iter().filter(|name| self.form.header.take(name).is_some());
        taken.map(|name| Hint { path: name.to_owned(), kind: HintKind::SetByStation }).collect()
    }

    fn refuse_attachments(&mut self) {
        let here =
            self.form.header.take("attachments").filter(|list| list.as_list().is_none_or(|l| !l.is_empty()));
        if here.is_some() {
            self.errors.push(DraftError::Attachments { path: self.form.path_in_header("attachments") });
        }
    }

    fn template(&mut self) -> Option<TemplateName> {
        let kind = self.form.header.take("kind");
        let name = kind.as_ref().and_then(Value::as_text).and_then(template_name);
        if name.is_none() {
            let known: Vec<_> = template::ALL.iter().map(|template| template.name).collect();
            let expected = format!("one of {}, or another name with its version", known.join(", "));
            self.errors.push(DraftError::wrong(self.form.path_in_header("kind"), kind.as_ref(), expected));
        }
        name
    }

    fn word<T>(&mut self, name: &'static str, read: fn(&str) -> Option<T>) -> Option<T> {
        self.header(name, |value| value.as_text().and_then(read))
    }

    fn header<T>(&mut self, name: &'static str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.form.header.take(name)?;
        let understood = read(&value);
        if understood.is_none() {
            let expected = HEADER.iter().find(|field| field.name == name).map(|field| field.kind.to_string());
            let path = self.form.path_in_header(name);
            self.errors.push(DraftError::wrong(path, Some(&value), expected.unwrap_or_default()));
        }
        understood
    }

    fn scope(&mut self) -> Option<Scope> {
        let to = self.form.header.take("to");
        let error = match to.as_ref().map(Scope::from_value) {
            Some(Ok(scope)) => return Some(scope),
            Some(Err(ScopeFormError::Wrong { path, found, expected })) => DraftError::Wrong {
                path: self.form.path_in_header(&path),
                found,
                expected: expected.to_owned(),
            },
            Some(Err(ScopeFormError::Names(error))) => {
                DraftError::Scope { path: self.form.path_in_header("to"), error }
            }
            None => DraftError::wrong(
                self.form.path_in_header("to"),
                None,
                "the addressees, like xb/diplomatic/1",
            ),
        };
        self.errors.push(error);
        None
    }

    /// What is left of the header are the common fields.
    fn content(&mut self, template: TemplateName, status: Status) -> Option<Content> {
        let (common, own) = (self.form.header.clone(), self.form.body.clone());
        let content = match Content::compose(template, common, own) {
            Ok(content) => content,
            Err(ContentError::Fields(errors)) => {
                let told: Vec<_> = errors.into_iter().map(|error| self.tell(error)).collect();
                self.errors.extend(told);
                return None;
            }
            Err(other) => {
                self.errors.push(DraftError::Content(other));
                return None;
            }
        };
        if let Some(fields) = missing_text(&content) {
            self.errors.push(DraftError::NoText { fields });
        }
        if status == Status::Exercise && content.holds_stop_word() {
            self.errors.push(DraftError::StopWord);
        }
        Some(content)
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

fn lane(name: &str) -> Option<Lane> {
    Lane::URGENT_FIRST.into_iter().zip(PRECEDENCES).find(|(_, known)| **known == name).map(|(lane, _)| lane)
}

fn expires(value: &Value) -> Option<u64> {
    u64::try_from(Moment::from_value(value)?.at.as_second()).ok()
}

/// Where a text may stand, if there is none and there has to be one.
fn missing_text(content: &Content) -> Option<String> {
    let sentence = content.definition().is_some_and(|template| template.sentence.is_some());
    if sentence || content.first_text().is_some() {
        return None;
    }
    let own = content.definition().map_or(super::UNKNOWN_TEXTS, |template| template.fields);
    let names = own.iter().filter(|field| field.first_text).map(|field| field.name);
    Some(["subject"].into_iter().chain(names).collect::<Vec<_>>().join(", "))
}

const SET_BY_STATION: [&str; 5] = ["v", "id", "from", "sent_at", "seq"];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<(Draft, Vec<Hint>), Vec<String>> {
        let form = Form::from_json(json).map_err(|error| vec![error.to_string()])?;
        Draft::read(form).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn kind_addressee_and_one_text_are_enough() {
        let (draft, hints) = read(r#"{"kind":"general","to":"xb/diplomatic/1","text":"t"}"#).unwrap();
        assert_eq!((draft.status, draft.lane, draft.expires_s), (Status::Actual, Lane::Routine, None));
        assert_eq!((draft.in_reply_to, draft.case, hints), (None, None, vec![]));
        for kind in ["comm-check", "comm-check-ack", "acknowledgement"] {
            assert!(read(&format!(r#"{{"kind":"{kind}","to":"xb/diplomatic/1"}}"#)).is_ok(), "{kind}");
        }
    }

    #[test]
    fn what_the_header_says_is_understood() {
        let (draft, _) = read(
            r#"{"kind":"general/1","to":["xb/single/1"],"text":"t","status":"exercise","precedence":"flash",
                "expires":"2026-03-16","case":"0198c001-7a10-7c3e-9f00-000000001eef",
                "in_reply_to":"0198c001-7a10-7c3e-9f00-000000001eef"}"#,
        )
        .unwrap();
        assert_eq!(
            (draft.status, draft.lane, draft.expires_s),
            (Status::Exercise, Lane::Flash, Some(1_773_619_200))
        );
        assert!(matches!(draft.in_reply_to, Some(MessageRef::Envelope(_))) && draft.case.is_some());
        assert_eq!(Draft::read(draft.to_form()).unwrap().0, draft);
    }

    #[test]
    fn a_kind_of_another_program_is_kept_under_its_version() {
        let (draft, hints) =
            read(r#"{"kind":"early-warning/1","to":"global","summary":"s","basis":"vendor"}"#).unwrap();
        assert_eq!(hints, [Hint { path: String::new(), kind: HintKind::UnknownTemplate }]);
        assert_eq!(Draft::read(draft.to_form()).unwrap().0, draft);
    }

    #[test]
    fn every_mistake_says_where_what_and_what_instead() {
        for (field, says) in [
            (
                r#""precedence":"flsh""#,
                "precedence: found `flsh`, expected one of flash, immediate, priority, routine",
            ),
            (r#""status":"draft""#, "status: found `draft`, expected one of actual, exercise, test"),
            (r#""status":1"#, "status: found 1, expected one of actual, exercise, test"),
            (r#""expires_at":"soon""#, "expires_at: found `soon`, expected a time in UTC"),
            (r#""expires_at":"1969""#, "expires_at: found `1969`, expected a time in UTC"),
            (r#""in_reply_to":"it""#, "in_reply_to: found `it`, expected a message's id or header hash"),
            (r#""thread":[]"#, "thread: found a list, expected a message's id or header hash"),
            (r#""attachments":[{"n":0}]"#, "attachments: attachments come with a later version"),
            (r#""attachments":"a.pdf""#, "attachments: attachments come with a later version"),
            (r#""subject":3"#, "subject: found 3, expected one line of at most 200 characters"),
            (r#""subject":"a\nb""#, "subject: found `a\u{fffd}b`, expected no control characters"),
            (r#""handling":{"tlp":[]}"#, "handling.tlp: found a list, expected one of clear, green"),
        ] {
            let errors =
                read(&format!(r#"{{"kind":"general","to":"xb/single/1","text":"t",{field}}}"#)).unwrap_err();
            assert!(errors.len() == 1 && errors[0].starts_with(says), "{errors:?}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once_with_the_paths_of_the_file() {
        let errors =
            read(r#"{"header":{"kind":"genral","to":"xb","status":"x"},"body":{"text":1}}"#).unwrap_err();
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(
            errors[0].starts_with("header.kind: found `genral`, expected one of incident-notification, ")
        );
        assert!(errors[1].starts_with("header.status: found `x`"));
        assert!(errors[2].starts_with("header.to: found `xb`"));
        let errors =
            read(r#"{"header":{"kind":"general","to":{"scope":"x"}},"body":{"text":1}}"#).unwrap_err();
        assert!(errors[0].starts_with("header.to.scope: found `x`"), "{errors:?}");
        assert!(errors[1].starts_with("body.text: found 1, expected text"), "{errors:?}");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(read("{}").unwrap_err()[0].starts_with("kind: found nothing, expected one of"));
        let errors = read(r#"{"kind":"crisis-message","to":[]}"#).unwrap_err();
        assert_eq!(
            errors,
            ["to: nobody is addressed", "nothing is said yet: write one of subject, authoritative_text"]
        );
        assert!(read(r#"{"kind":"general","text":"t"}"#).unwrap_err()[0].starts_with("to: found nothing"));
    }

    #[test]
    fn nobody_writes_the_machines_messages() {
        assert!(read(r#"{"kind":"receipt/1","to":"xb/single/1","text":"t"}"#).is_err());
    }

    #[test]
    fn a_long_list_or_text_says_by_how_much() {
        let long = format!(r#"{{"kind":"general","to":"xb/single/1","text":"{}"}}"#, "x".repeat(20_001));
        let error = read(&long).unwrap_err();
        assert!(error[0].ends_with("x…`, expected at most 20000 characters instead of 20001"), "{error:?}");
        let crowd: Vec<_> = (1..=1025).map(|n| format!("\"xb/single/{n}\"")).collect();
        let error =
            read(&format!(r#"{{"kind":"general","to":[{}],"text":"t"}}"#, crowd.join(","))).unwrap_err();
        assert_eq!(error, ["to: 1025 names in one scope, at most 1024"]);
    }

    #[test]
    fn the_stop_word_stops_an_exercise_only() {
        let with = |status| {
            read(&format!(r#"{{"kind":"general","to":"xb/single/1","text":"NO DUFF","status":"{status}"}}"#))
        };
        assert!(with("exercise").unwrap_err()[0].starts_with("NO DUFF stands in it"));
        assert!(with("actual").is_ok());
    }

    #[test]
    fn what_the_station_sets_is_left_out_with_a_hint() {
        let (draft, hints) =
            read(r#"{"kind":"general","to":"xb/single/1","text":"t","id":"1","seq":2}"#).unwrap();
        let paths: Vec<_> = hints.iter().map(|hint| hint.path.as_str()).collect();
        assert_eq!(paths, ["id", "seq"]);
        assert!(draft.content.common().fields().is_empty());
    }

    #[test]
    fn too_much_for_one_message_is_said() {
        let text = "x".repeat(20_000);
        let own: Vec<_> = (0..14).map(|n| format!("\"t{n}\":\"{text}\"")).collect();
        let error =
            read(&format!(r#"{{"kind":"general","to":"xb/single/1",{}}}"#, own.join(","))).unwrap_err();
        assert!(error[0].contains("bytes of content, at most 262144"), "{error:?}");
    }
}
