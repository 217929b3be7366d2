//! What answers a communication check? The challenge, and who was there (paper X §2).
//! It must never know how long it took: the checker measures that.

use super::Template;
use super::field::{Field, FieldKind};
use crate::rights::Rights;

pub(super) static TEMPLATE: Template = Template {
    name: "comm-check-ack",
    version: 1,
    default_categories: &[],
    rights: Rights::EVERYONE_BILATERAL,
    asks_again_if_global: false,
    sentence: Some("sentence-comm-check-ack"),
    fields: &[
        Field::line("round"),
        Field::line("challenge_echo").recommended(),
        Field::one_of("answered_by", &["primary", "backup"]),
        Field::new("human", FieldKind::Bool),
        Field::one_of("data", &["unchanged", "changes-follow", "not-checked"]),
        Field::text("note"),
    ],
};
