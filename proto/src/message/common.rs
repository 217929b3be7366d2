//! What does every kind of message have? The header's fields without a claim of their own
//! (`docs/protocol.md` §5, claim 9, part 0). It must never know a template's own fields.

use super::reference::MessageRef;
use super::words::{Onward, Pap, Stage, Tlp, Want};
use crate::limits::SUBJECT_CHARS_MAX;
use crate::template::time::Moment;
use crate::template::{Field, FieldKind};
use crate::value::{Fields, Value};

/// The fields that every message may have, in printed order.
pub const COMMON: &[Field] = &[
    Field::one_of("stage", Stage::NAMES).read_as("notice"),
    Field::new("subject", FieldKind::Line { chars_max: SUBJECT_CHARS_MAX }).first_text(),
    Field::new("lang", FieldKind::Language),
    Field::group("handling", HANDLING),
    Field::group("response", RESPONSE),
    Field::new("supersedes", FieldKind::Message),
    Field::list("refs", &FieldKind::Group(REFERENCE)),
    Field::list("not_known", &FieldKind::Path),
    Field::list("withheld", &FieldKind::Path),
    Field::list("translations", &FieldKind::Group(TRANSLATION)),
];

/// How a message may be handled. A mark that this program does not know counts as the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handling {
    /// How far it may go; amber+strict unless stated.
    pub tlp: Tlp,
    /// What may be done with it, if stated.
    pub pap: Option<Pap>,
    /// To whom it may be passed on, if stated.
    pub onward: Option<Onward>,
}

/// What the sender hopes for in return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response {
    /// What.
    pub want: Want,
    /// By when.
    pub by: Option<Moment>,
}

/// The common fields of one message, as typed views on what was written.
#[derive(Clone, Copy, Debug)]
pub struct Common<'a>(pub(super) &'a Fields);

impl<'a> Common<'a> {
    /// All fields as they were written, also those that this program does not know.
    #[must_use]
    pub const fn fields(self) -> &'a Fields {
        self.0
    }

    /// Where in its case the message stands: a notice unless stated; nothing if the word is unknown.
    #[must_use]
    pub fn stage(self) -> Option<Stage> {
        self.0.get("stage").map_or(Some(Stage::Notice), |stage| Stage::from_name(stage.as_text()?))
    }

    /// The subject.
    #[must_use]
    pub fn subject(self) -> Option<&'a str> {
        self.0.text("subject")
    }

    /// The language that the message is written in.
    #[must_use]
    pub fn lang(self) -> Option<&'a str> {
        self.0.text("lang")
    }

    /// How it may be handled.
    #[must_use]
    pub fn handling(self) -> Handling {
        let mark = |name| self.0.at(name).map(|mark| mark.as_text().unwrap_or_default());
        Handling {
            tlp: mark("handling.tlp").map_or(Tlp::AmberStrict, |tlp| Tlp::from_name(tlp).unwrap_or(Tlp::Red)),
            pap: mark("handling.pap").map(|pap| Pap::from_name(pap).unwrap_or(Pap::Red)),
            onward: mark("handling.onward").map(|onward| Onward::from_name(onward).unwrap_or(Onward::None)),
        }
    }

    /// What the sender hopes for: nothing unless stated in a word that this program knows.
    #[must_use]
    pub fn response(self) -> Response {
        let want = self.0.at("response.want").and_then(Value::as_text).and_then(Want::from_name);
        let by = self.0.at("response.by").and_then(Moment::from_value);
        Response { want: want.unwrap_or(Want::None), by }
    }

    /// The message that this one replaces.
    #[must_use]
    pub fn supersedes(self) -> Option<MessageRef> {
        self.0.text("supersedes")?.parse().ok()
    }

    /// The paths that the sender does not know yet.
    pub fn not_known(self) -> impl Iterator<Item = &'a str> {
        self.paths("not_known")
    }

    /// The paths that the sender knows and does not say.
    pub fn withheld(self) -> impl Iterator<Item = &'a str> {
        self.paths("withheld")
    }

    fn paths(self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_text)
    }
}

const HANDLING: &[Field] = &[
    Field::one_of("tlp", Tlp::NAMES).read_as("amber+strict"),
    Field::one_of("pap", Pap::NAMES),
    Field::one_of("onward", Onward::NAMES),
];
const RESPONSE: &[Field] = &[Field::one_of("want", Want::NAMES), Field::time("by")];
const REFERENCE: &[Field] = &[Field::line("system"), Field::line("id"), Field::line("url")];
const TRANSLATION: &[Field] = &[
    Field::new("lang", FieldKind::Language),
    Field::one_of("kind", &["courtesy", "official"]),
    Field::text("text"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn common(json: &str) -> Fields {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn nothing_stated_is_read_carefully() {
        let nothing = Fields::new();
        let view = Common(&nothing);
        assert_eq!(view.stage(), Some(Stage::Notice));
        assert_eq!(view.handling(), Handling { tlp: Tlp::AmberStrict, pap: None, onward: None });
        assert_eq!(view.response(), Response { want: Want::None, by: None });
        assert_eq!((view.subject(), view.lang(), view.supersedes()), (None, None, None));
        assert_eq!(view.not_known().count() + view.withheld().count(), 0);
    }

    #[test]
    fn unknown_marks_count_as_the_strictest() {
        let fields = common(r#"{"stage":"song","handling":{"tlp":"violet","pap":"x","onward":"friends"}}"#);
        let strictest = Handling { tlp: Tlp::Red, pap: Some(Pap::Red), onward: Some(Onward::None) };
        assert_eq!(Common(&fields).handling(), strictest);
        assert_eq!(Common(&fields).stage(), None);
    }

    #[test]
    fn what_is_stated_is_read() {
        let fields = common(
            r#"{"stage":"update","subject":"s","lang":"fr","handling":{"tlp":"green","pap":"amber"},
                "response":{"want":"reply","by":"2026-03-02"},"not_known":["a"],"withheld":["b.c"]}"#,
        );
        let view = Common(&fields);
        assert_eq!((view.stage(), view.subject(), view.lang()), (Some(Stage::Update), Some("s"), Some("fr")));
        assert_eq!(view.handling(), Handling { tlp: Tlp::Green, pap: Some(Pap::Amber), onward: None });
        assert_eq!((view.response().want, view.response().by.is_some()), (Want::Reply, true));
        assert_eq!((view.not_known().next(), view.withheld().next()), (Some("a"), Some("b.c")));
    }
}
