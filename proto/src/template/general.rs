//! What may a message say that fits no other kind? Text, and nothing else.
//! It must never know more than that: a field wanted here is a kind wanted of its own.

use super::Template;
use super::field::Field;
use crate::rights::Rights;

pub(super) static TEMPLATE: Template = Template {
    name: "general",
    version: 1,
    default_categories: &[],
    rights: Rights::EVERYONE,
    asks_again_if_global: false,
    sentence: None,
    fields: &[Field::text("text").first_text()],
};
