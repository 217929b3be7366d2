//! Do the examples of a whole case survive the way through a draft and an envelope?
//! It must never know more of a message than its file says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects")]

use std::collections::BTreeSet;

use liaison_proto::message::{Content, Draft, Form, Status, check_fiction, rows};
use liaison_proto::rights::{SenderRole, may_send};
use liaison_proto::scope::Scope;
use liaison_proto::template::{self, HintKind};
use serde_json::Value;

/// What the station sets itself.
const SET_BY_STATION: [&str; 5] = ["v", "id", "from", "sent_at", "seq"];

fn examples() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("data/examples.json")).unwrap();
    file["messages"].as_array().unwrap().clone()
}

fn example(name: &str) -> Value {
    examples().into_iter().find(|example| example["name"].as_str().unwrap().starts_with(name)).unwrap()
}

fn read(example: &Value) -> (Draft, Vec<(String, HintKind)>) {
    let (draft, hints) = Draft::read(Form::from_json(&example.to_string()).unwrap()).unwrap();
    (draft, hints.into_iter().map(|hint| (hint.path, hint.kind)).collect())
}

#[test]
fn each_kind_has_an_example() {
    let kinds: BTreeSet<_> =
        examples().iter().map(|e| e["header"]["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, template::ALL.iter().map(|template| template.name.to_owned()).collect());
}

#[test]
fn examples_come_back_from_an_envelope_as_they_went_in() {
    for example in examples() {
        let (draft, _) = read(&example);
        let bytes = draft.content.encode();
        let content = Content::decode(draft.content.template().clone(), &bytes).unwrap();
        assert_eq!(content, draft.content);
        assert_eq!(content.encode(), bytes);

        let back = serde_json::to_value(Draft { content, ..draft }.to_form()).unwrap();
        let mut header = example["header"].as_object().unwrap().clone();
        header.retain(|name, _| !SET_BY_STATION.contains(&name.as_str()));
        let mut header_back = back["header"].as_object().unwrap().clone();
        // Addressees are a set, and an office is its id alone.
        let scope = |to: Option<Value>| serde_json::from_value::<Scope>(to.unwrap()).unwrap();
        assert_eq!(scope(header_back.remove("to")), scope(header.remove("to")));
        assert_eq!(header_back, header, "{}", example["name"]);
        let mut body = example["body"].clone();
        if header["kind"] == "acknowledgement" {
            assert_eq!(body["concurrence"], false);
        }
        body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(back["body"], body, "{}", example["name"]);
    }
}

#[test]
fn side_by_side_they_say_the_same() {
    for example in examples() {
        let mut flat = example["body"].as_object().unwrap().clone();
        flat.extend(example["header"].as_object().unwrap().clone());
        assert_eq!(read(&Value::Object(flat)).0, read(&example).0, "{}", example["name"]);
    }
}

#[test]
fn hints_say_what_is_unusual_and_nothing_else() {
    let station =
        |hints: &[(String, HintKind)]| hints.iter().all(|(_, kind)| *kind == HintKind::SetByStation);
    let unusual = |name: &str| -> Vec<(String, HintKind)> {
        let (own, set): (Vec<_>, Vec<_>) =
            read(&example(name)).1.into_iter().partition(|(_, kind)| *kind != HintKind::SetByStation);
        assert!(station(&set) && set.len() >= 4);
        own
    };
    let hint = |path: &str, kind| (path.to_owned(), kind);
    let severity = hint("incident.severity", HintKind::Recommended);
    assert_eq!(unusual("T01a"), [severity.clone(), hint("incident.cause", HintKind::MarkedUnknownField)]);
    assert_eq!(unusual("T01b"), []);
    let later = [("ended_at", HintKind::UnknownField), ("thanks", HintKind::UnknownField)];
    assert_eq!(
        unusual("T01c"),
        [later.map(|(path, kind)| hint(path, kind)).to_vec(), vec![severity]].concat()
    );
    assert_eq!(unusual("T04"), [hint("costs", HintKind::UnknownWord)]);
    for name in ["T10", "T11", "T12", "T16", "T18"] {
        assert_eq!(unusual(name), [], "{name}");
    }
}

#[test]
fn their_senders_may_send_them() {
    for example in examples() {
        let (draft, _) = read(&example);
        let sender = if example["header"]["from"]["org"].is_string() {
            SenderRole::Custodian
        } else {
            SenderRole::State
        };
        assert_eq!(may_send(sender, draft.content.template(), &draft.scope), Ok(()), "{}", example["name"]);
    }
}

#[test]
fn they_are_fiction() {
    let (draft, _) = read(&example("T10"));
    assert!(check_fiction(Status::Actual, &draft.content, &draft.scope, false).is_err());
    assert_eq!(check_fiction(Status::Actual, &draft.content, &draft.scope, true), Ok(()));
}

#[test]
fn withheld_is_printed_where_it_belongs() {
    let (draft, _) = read(&example("T01b"));
    let rows = rows(&draft.content);
    let at = |path: &str| rows.iter().position(|row| row.path == path).unwrap();
    assert!(at("affected.0.entities") < at("affected.0.entity_names"));
    assert_eq!(rows[at("affected.0.entity_names")].label, "field-affected-entity-names");
    assert!(rows.iter().all(|row| row.label != "field-other"));
}
