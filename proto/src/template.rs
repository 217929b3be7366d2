//! Which kinds of message are there, and which fields has each? One table per kind; everything else follows from it:
//! encoding, the form in a file, checks, hints, command-line editing, the printed form, documentation.
//! It must never know who sends a message, nor how it is sealed.
//!
//! A new kind is one file beside this one and one line in [`ALL`].

mod acknowledgement;
pub(crate) mod check;
mod comm_check;
mod comm_check_ack;
mod crisis_message;
mod document;
pub mod edit;
mod field;
mod finding;
mod general;
mod incident_notification;
mod name;
mod request_for_assistance;
pub(crate) mod shape;
pub mod time;
pub(crate) mod walk;

use liaison_keys::directory::Category;

use crate::rights::Rights;

pub use field::{Field, FieldKind};
pub use finding::{FieldError, Findings, Hint, HintKind, Problem};
pub use name::{TemplateName, TemplateNameError};

/// All kinds that this version knows, except the machine's own receipts and gap questions.
pub static ALL: &[&Template] = &[
    &incident_notification::TEMPLATE,
    &request_for_assistance::TEMPLATE,
    &crisis_message::TEMPLATE,
    &general::TEMPLATE,
    &comm_check::TEMPLATE,
    &comm_check_ack::TEMPLATE,
    &acknowledgement::TEMPLATE,
];

/// The machine's own kinds: nobody writes them, and they have no table.
pub const MACHINE: &[&str] = &["receipt", "gap"];

/// One kind of message.
#[derive(Debug)]
pub struct Template {
    /// Its name, such as `incident-notification`.
    pub name: &'static str,
    /// Its version; another version is another template.
    pub version: u16,
    /// Whom it is meant for, where the writer has not chosen yet; none: all. A form is filled with these; a file is
    /// read as it stands.
    pub default_categories: &'static [Category],
    /// Who may send it, and how far.
    pub rights: Rights,
    /// Whether the writer is asked again before it goes to all States.
    pub asks_again_if_global: bool,
    /// The sentence that is always printed with it and makes other text unnecessary: an id for the texts of the
    /// user interface.
    pub sentence: Option<&'static str>,
    /// The kind's own fields, in printed order.
    pub fields: &'static [Field],
}

impl Template {
    /// Name and version, as in an envelope's claims.
    #[must_use]
    pub fn template_name(&self) -> TemplateName {
        TemplateName::of(self)
    }
}

/// The template of exactly this name and version. Fields may mean something else in another version, so a message
/// of one is shown as plain fields.
#[must_use]
pub fn find(name: &TemplateName) -> Option<&'static Template> {
    by_name(name.slug().as_str()).filter(|template| template.version == name.version())
}

/// The template of this name, in the version that this program writes.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Template> {
    ALL.iter().copied().find(|template| template.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{FIELD_DEPTH_MAX, FIELD_NAME_BYTES_MAX, GROUP_FIELDS_MAX};
    use crate::message::{COMMON, HEADER_NAMES};
    use crate::value::is_field_name;

    fn each_table(table: &'static [Field], depth: usize, see: &mut dyn FnMut(&'static [Field], usize)) {
        see(table, depth);
        for field in table {
            let kind = if let FieldKind::List(kind) = field.kind { kind } else { &field.kind };
            if let FieldKind::Group(inner) = kind {
                each_table(inner, depth + 2, see);
            }
        }
    }

    #[test]
    fn every_template_is_found_by_its_name() {
        for template in ALL {
            let name = template.template_name();
            assert!(std::ptr::eq(find(&name).unwrap(), *template));
            assert_eq!(name.to_string(), format!("{}/{}", template.name, template.version));
            assert!(find(&format!("{}/9", template.name).parse().unwrap()).is_none());
        }
        assert!(by_name("early-warning").is_none());
    }

    #[test]
    fn tables_have_distinct_sound_names_and_stay_in_the_limits() {
        for template in ALL {
            each_table(template.fields, 0, &mut |table, depth| {
                assert!(depth <= FIELD_DEPTH_MAX && table.len() < GROUP_FIELDS_MAX);
                for (at, field) in table.iter().enumerate() {
                    assert!(is_field_name(field.name) && field.name.len() < FIELD_NAME_BYTES_MAX / 2);
                    assert!(table[..at].iter().all(|other| other.name != field.name), "{}", field.name);
                }
            });
        }
    }

    #[test]
    fn own_fields_and_header_fields_do_not_share_names() {
        for template in ALL {
            for field in template.fields {
                assert!(COMMON.iter().all(|common| common.name != field.name), "{}", field.name);
                assert!(!HEADER_NAMES.contains(&field.name), "{}", field.name);
            }
        }
    }

    #[test]
    fn every_template_has_a_text_or_a_sentence() {
        for template in ALL {
            let text = template.fields.iter().any(|field| field.first_text);
            assert!(text || template.sentence.is_some(), "{}", template.name);
        }
    }
}
