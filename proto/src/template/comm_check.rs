//! What does a communication check ask? "Are you there?", with a challenge to repeat, and nothing else (paper
//! X §2). It must never know anything about an incident: a check carries no other information.

use super::Template;
use super::field::{Field, FieldKind};
use crate::rights::{Reach, Rights};

pub(super) static TEMPLATE: Template = Template {
    name: "comm-check",
    version: 1,
    default_categories: &[],
    // The custodian checks the directory, a coordinator its own groups, a State one hotline at a time.
    rights: Rights {
        state: Reach::Bilateral,
        custodian: Reach::Anywhere,
        coordinator: Reach::OwnGroups,
        organization: Reach::Nowhere,
    },
    asks_again_if_global: false,
    sentence: Some("sentence-comm-check"),
    fields: &[
        Field::line("round").recommended(),
        // Usually four groups of three digits, to be read back over any telephone.
        Field::line("challenge").recommended(),
        Field::one_of("answer", &["auto", "human"]),
        Field::new("ask_data_confirmation", FieldKind::Bool),
        Field::list("channels", &FieldKind::OneOf(&["relay", "email", "phone"])),
        Field::text("text").first_text(),
    ],
};
