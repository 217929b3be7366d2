//! What does a person want to send? A form whose words have been understood: everything of a message but sender,
//! time and keys. It must never know the clock, the directory or who writes.

mod mistake;
mod reader;

use super::{CaseId, Content, Form, MessageRef, Status};
use crate::Lane;
use crate::scope::Scope;
use crate::template::Hint;
use crate::value::Value;

pub use mistake::DraftError;
use reader::Reader;

/// A message before it is signed: what its writer says.
///
/// ```
/// use liaison_proto::message::{Draft, Form};
///
/// let file = r#"{"kind": "general", "to": "xb/diplomatic/1", "text": "Which office handles sea ports?"}"#;
/// let (draft, hints) = Draft::read(Form::from_json(file)?).map_err(|mut mistakes| mistakes.remove(0))?;
/// assert_eq!(draft.content.first_text(), Some("Which office handles sea ports?"));
/// assert!(hints.is_empty());
///
/// let file = r#"{"kind": "general", "to": "xb/diplomatic/1", "text": "?", "precedence": "flsh"}"#;
/// let mistakes = Draft::read(Form::from_json(file)?).unwrap_err();
/// let says = "precedence: found `flsh`, expected one of flash, immediate, priority, routine";
/// assert_eq!(mistakes[0].to_string(), says);
/// # Ok::<(), liaison_proto::message::DraftError>(())
/// ```
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

impl Draft {
    /// Understands a form. Beside the draft come hints, which stop nothing.
    ///
    /// # Errors
    /// All mistakes, at least one.
    pub fn read(form: Form) -> Result<(Self, Vec<Hint>), Vec<DraftError>> {
        let mut reader = Reader::new(form);
        let mut hints = reader.set_by_station();
        reader.refuse_attachments();
        let template = reader.template();
        let status = reader.word("status", Status::from_name).unwrap_or(Status::Actual);
        let lane = reader.word("precedence", reader::lane).unwrap_or_default();
        let expires_s = reader.header("expires_at", reader::seconds);
        let in_reply_to = reader.header("in_reply_to", |value| value.as_text()?.parse().ok());
        let case = reader.header("thread", |value| value.as_text()?.parse().ok());
        let scope = reader.scope();
        let content = template.and_then(|template| reader.content(template, status));
        match (content, scope, reader.into_mistakes()) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::template::HintKind;
    use crate::value::{self, Fields};

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

    proptest! {
        #[test]
        fn whatever_the_file_says_it_is_understood_or_refused(
            common in value::any::fields(),
            body in value::any::fields(),
            names in proptest::collection::btree_map(proptest::sample::select(super::super::HEADER_NAMES), value::any::value(), 0..4),
        ) {
            let mut header: Fields = common.into_iter().chain(names.into_iter().map(|(n, v)| (n.to_owned(), v))).collect();
            header.set("kind", Value::text("incident-notification"));
            header.set("to", Value::text("global"));
            let file = [("header", Value::Group(header)), ("body", Value::Group(body))].into_iter().collect();
            if let Ok((draft, _)) = Form::from_fields(file).map_err(|_| ()).and_then(|form| Draft::read(form).map_err(|_| ())) {
                prop_assert_eq!(Draft::read(draft.to_form()).unwrap().0, draft);
            }
        }
    }
}
