//! What does a person say who has received a message? How far it is dealt with, and never agreement: there is
//! no field for it, and the printed form says so. It must never know what was received.

use super::Template;
use super::field::{Field, FieldKind};
use crate::lifecycle::Progress;
use crate::rights::Rights;

pub(super) static TEMPLATE: Template = Template {
    name: "acknowledgement",
    version: 1,
    default_categories: &[],
    rights: Rights::EVERYONE_BILATERAL,
    asks_again_if_global: false,
    sentence: Some("sentence-acknowledgement"),
    fields: &[
        Field::one_of("level", Progress::BY_PERSON).recommended().read_as("received"),
        Field::line("by_person_role"),
        Field::time("expected_reply_by"),
        Field::list("passed_to", &FieldKind::Office),
        Field::text("text").first_text(),
        Field::new("concurrence", FieldKind::AlwaysFalse),
    ],
};
