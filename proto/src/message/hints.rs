//! What should somebody look at again? Everything that is unusual and still goes out, and still comes in.
//! It must never know a reason to refuse: mistakes are found when content is made or decoded.

use super::state::covers;
use super::{COMMON, Content, FieldState};
use crate::limits::FINDINGS_MAX;
use crate::template::check::check;
use crate::template::{Field, FieldKind, Hint, HintKind};

impl Content {
    /// The hints on this content, at most a few dozen.
    #[must_use]
    pub fn hints(&self) -> Vec<Hint> {
        let table = self.definition().map(|template| template.fields);
        let mut hints = check(Some(COMMON), self.common().fields()).hints;
        hints.extend(check(table, self.own()).hints);
        hints.extend(self.whole().into_iter().map(|kind| Hint { path: String::new(), kind }));
        if let Some(table) = table {
            self.recommended(table, "", &mut hints);
            self.marks(table, &mut hints);
        }
        hints.truncate(FINDINGS_MAX);
        hints
    }

    fn whole(&self) -> Option<HintKind> {
        match self.definition() {
            None => Some(HintKind::UnknownTemplate),
            Some(template) if template.sentence.is_none() && self.first_text().is_none() => {
                Some(HintKind::NoText)
            }
            Some(_) => None,
        }
    }

    fn recommended(&self, table: &'static [Field], above: &str, hints: &mut Vec<Hint>) {
        for field in table {
            let path = format!("{above}{}", field.name);
            if field.recommended && self.field_state(&path) == FieldState::NotStated {
                hints.push(Hint { path, kind: HintKind::Recommended });
            } else if let FieldKind::Group(inner) = field.kind {
                self.recommended(inner, &format!("{path}."), hints);
            }
        }
    }

    fn marks(&self, table: &'static [Field], hints: &mut Vec<Hint>) {
        for mark in self.common().not_known().chain(self.common().withheld()) {
            let known = Field::at(table, mark).or_else(|| Field::at(COMMON, mark)).is_some();
            let kind = match self.field_state(mark) {
                FieldState::Stated(_) => HintKind::StatedAndMarked,
                _ if !known => HintKind::MarkedUnknownField,
                _ if self.both_marks(mark) => HintKind::StatedAndMarked,
                _ => continue,
            };
            hints.push(Hint { path: mark.to_owned(), kind });
        }
    }

    /// "We do not know" and "we do not say" cannot both be true of one field.
    fn both_marks(&self, path: &str) -> bool {
        self.common().not_known().any(|mark| covers(mark, path))
            && self.common().withheld().any(|mark| covers(mark, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Fields;

    fn hints(template: &str, common: &str, own: &str) -> Vec<(String, HintKind)> {
        let fields = |json: &str| -> Fields { serde_json::from_str(json).unwrap() };
        let content = Content::compose(template.parse().unwrap(), fields(common), fields(own)).unwrap();
        content.hints().into_iter().map(|hint| (hint.path, hint.kind)).collect()
    }

    fn only(path: &str, kind: HintKind) -> Vec<(String, HintKind)> {
        vec![(path.to_owned(), kind)]
    }

    #[test]
    fn each_hint_is_given_once_and_stops_nothing() {
        let text = r#"{"text":"x"}"#;
        assert_eq!(hints("general/1", "{}", text), []);
        assert_eq!(hints("general/1", "{}", "{}"), only("", HintKind::NoText));
        assert_eq!(hints("general/2", "{}", r#"{"other":1}"#), only("", HintKind::UnknownTemplate));
        assert_eq!(hints("general/1", r#"{"colour":"red"}"#, text), only("colour", HintKind::UnknownField));
        assert_eq!(hints("general/1", r#"{"stage":"song"}"#, text), only("stage", HintKind::UnknownWord));
        assert_eq!(
            hints("general/1", "{}", "{\"text\":\"\u{202e}x\"}"),
            only("text", HintKind::TurnsDirection)
        );
        assert_eq!(
            hints("general/1", r#"{"withheld":["text"]}"#, text),
            only("text", HintKind::StatedAndMarked)
        );
        assert_eq!(
            hints("general/1", r#"{"not_known":["cause"]}"#, text),
            only("cause", HintKind::MarkedUnknownField)
        );
    }

    #[test]
    fn a_mark_answers_a_recommendation() {
        let own = r#"{"summary":"x"}"#;
        let kind = "incident-notification/1";
        assert_eq!(hints(kind, "{}", own), only("incident.severity", HintKind::Recommended));
        assert_eq!(hints(kind, r#"{"not_known":["incident"]}"#, own), []);
        let both = r#"{"not_known":["incident"],"withheld":["incident"]}"#;
        assert_eq!(
            hints(kind, both, own),
            [only("incident", HintKind::StatedAndMarked), only("incident", HintKind::StatedAndMarked)]
                .concat()
        );
        let people = r#"{"summary":"x","affected":[{"people":{"min":9,"max":1}}]}"#;
        let marks = r#"{"not_known":["incident.severity"]}"#;
        assert_eq!(hints(kind, marks, people), only("affected.0.people", HintKind::BoundsCrossed));
    }

    #[test]
    fn there_are_never_too_many() {
        let many: Vec<_> = (0..150).map(|n| format!("\"f{n}\":1")).collect();
        let own = format!("{{\"text\":\"x\",{}}}", many.join(","));
        assert_eq!(hints("general/1", "{}", &own).len(), FINDINGS_MAX);
    }
}
