//! May these words pass as what they claim to be? Fiction must not look actual, and the actual must not drown in an
//! exercise. It must never know who asks.

use liaison_keys::names::{OfficeId, StateCode};
use thiserror::Error;

use super::{COMMON, Content, Status};
use crate::scope::Scope;
use crate::template::FieldKind;
use crate::template::shape::state;
use crate::template::walk::{Visit, walk};
use crate::value::Value;

/// A fictional State in an actual message.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: {} is a fictional State, and the message is actual", .state.upper())]
pub struct FictionError {
    /// Where it is named: a field's path, or `to`.
    pub path: String,
    /// The State.
    pub state: StateCode,
}

/// Refuses a fictional State in an actual message of a network that is not itself fictional.
///
/// # Errors
/// [`FictionError`], with the first such State among the addressees and the fields.
pub fn check_fiction(
    status: Status,
    content: &Content,
    scope: &Scope,
    network_is_fictional: bool,
) -> Result<(), FictionError> {
    if network_is_fictional || status != Status::Actual {
        return Ok(());
    }
    let found = in_scope(scope).map(|state| FictionError { path: "to".to_owned(), state });
    match found.or_else(|| in_fields(content)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn in_scope(scope: &Scope) -> Option<StateCode> {
    let Scope::Bilateral { offices } = scope else { return None };
    offices.iter().filter_map(|office| office.owner.state()).find(|state| state.is_fictional())
}

fn in_fields(content: &Content) -> Option<FictionError> {
    let mut found = None;
    each_value(content, &mut |path, kind, value| {
        let named = match (kind, value) {
            (Some(FieldKind::Country), Value::Text(text)) => state(text),
            (Some(FieldKind::Office), Value::Text(text)) => {
                text.parse::<OfficeId>().ok().and_then(|office| office.owner.state())
            }
            _ => None,
        };
        if let Some(state) = named.filter(|state| found.is_none() && state.is_fictional()) {
            found = Some(FictionError { path: path.to_owned(), state });
        }
    });
    found
}

impl Content {
    /// Whether any text holds the stop word NO DUFF: "this is not the exercise". Such a message cannot go out as an
    /// exercise, and when it arrives the word alone raises the alarm.
    #[must_use]
    pub fn holds_stop_word(&self) -> bool {
        let mut found = false;
        each_value(self, &mut |_, _, value| found |= value.as_text().is_some_and(has_stop_word));
        found
    }
}

fn each_value(content: &Content, visit: &mut Visit<'_>) {
    let own = content.definition().map_or(&[][..], |template| template.fields);
    walk(COMMON, content.common().fields(), visit);
    walk(own, content.own(), visit);
}

/// However it is spelt: in small letters, with a dash, over two lines. A false alarm costs a question.
fn has_stop_word(text: &str) -> bool {
    let mut after_no = false;
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).any(|word| {
        let stops = word.eq_ignore_ascii_case("noduff") || (after_no && word.eq_ignore_ascii_case("duff"));
        after_no = word.eq_ignore_ascii_case("no");
        stops
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Fields;

    fn content(common: &str, own: &str) -> Content {
        let fields = |json: &str| -> Fields { serde_json::from_str(json).unwrap() };
        let template = "incident-notification/1".parse().unwrap();
        Content::compose(template, fields(common), fields(own)).unwrap()
    }

    #[test]
    fn the_stop_word_is_found_wherever_it_stands() {
        for text in ["NO DUFF", "fire! no\nduff.", "NO-DUFF", "noduff", "NO  DUFF casualty"] {
            assert!(has_stop_word(text), "{text}");
        }
        for text in ["", "no", "duff", "no plum duff", "casino duffel", "duff no"] {
            assert!(!has_stop_word(text), "{text}");
        }
        assert!(content(r#"{"subject":"NO DUFF"}"#, r#"{"summary":"x"}"#).holds_stop_word());
        assert!(content("{}", r#"{"summary":"x","affected":[{"own":["NO DUFF"]}]}"#).holds_stop_word());
        assert!(!content("{}", r#"{"summary":"x"}"#).holds_stop_word());
    }

    #[test]
    fn fiction_is_not_actual() {
        let real = Scope::bilateral(["fr/single/1".parse().unwrap()]).unwrap();
        let fiction =
            Scope::bilateral(["fr/single/1".parse().unwrap(), "xb/single/1".parse().unwrap()]).unwrap();
        let plain = content("{}", r#"{"summary":"XB"}"#);
        let check = |content: &Content, scope: &Scope, network| {
            check_fiction(Status::Actual, content, scope, network)
        };
        assert_eq!(check(&plain, &real, false), Ok(()));
        assert_eq!(
            check(&plain, &fiction, false).unwrap_err().to_string(),
            "to: XB is a fictional State, and the message is actual"
        );
        assert_eq!(check(&plain, &fiction, true), Ok(()));
        assert_eq!(check_fiction(Status::Exercise, &plain, &fiction, false), Ok(()));
        for (own, path) in [
            (r#"{"summary":"x","incident":{"states_concerned":["FR","XA"]}}"#, "incident.states_concerned.1"),
            (r#"{"summary":"x","technical_follow_up":"xa/technical/1"}"#, "technical_follow_up"),
        ] {
            assert_eq!(check(&content("{}", own), &real, false).unwrap_err().path, path);
        }
    }
}
