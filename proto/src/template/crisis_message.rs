//! What does one government say to another when things may get worse? An authoritative text, and what is asked and
//! offered (papers F, X and U on de-escalation). It must never know who is to blame: nothing here asks for
//! attribution, and none is read into silence.

use liaison_keys::directory::Category;

use super::Template;
use super::field::{Field, FieldKind};
use crate::rights::Rights;

pub(super) static TEMPLATE: Template = Template {
    name: "crisis-message",
    version: 1,
    default_categories: &[Category::Diplomatic],
    rights: Rights::STATES_BILATERAL,
    asks_again_if_global: false,
    sentence: None,
    fields: &[
        Field::one_of("purpose", PURPOSES).recommended(),
        Field::one_of("level", &["poc", "directorate", "ministry", "minister", "head"]),
        Field::text("authoritative_text").first_text(),
        Field::list("courtesy_translations", &FieldKind::Group(TRANSLATION)),
        Field::text("facts_as_seen"),
        Field::list("asks", &FieldKind::TEXT),
        Field::list("offers", &FieldKind::TEXT),
        Field::one_of("attribution", &["none-made", "under-assessment", "withheld", "stated"])
            .read_as("none-made"),
        Field::time("consult_by"),
        Field::list(
            "channels",
            &FieldKind::OneOf(&["this-relay", "phone", "video", "meeting", "via-third-party"]),
        ),
        // Good offices: a State or an organization.
        Field::line("third_party"),
        Field::new("no_prejudice", FieldKind::Bool).read_as("true"),
    ],
};

const PURPOSES: &[&str] = &[
    "inquiry",
    "concern",
    "clarification",
    "assurance",
    "consultation-request",
    "consultation-reply",
    "measures-proposal",
    "own-activity-notice",
    "standing-down",
];
const TRANSLATION: &[Field] = &[Field::new("lang", FieldKind::Language), Field::text("text")];
