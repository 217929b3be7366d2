//! What does a State ask for that needs help? Which help, how soon, under which conditions (papers F B2(iii)
//! and I 9-10). It must never know who will help, nor promise that somebody does.

use liaison_keys::directory::Category;

use super::Template;
use super::field::{Field, FieldKind};
use super::incident_notification::SECTORS;
use crate::limits::SUMMARY_CHARS_MAX;
use crate::rights::Rights;

pub(super) static TEMPLATE: Template = Template {
    name: "request-for-assistance",
    version: 1,
    default_categories: &[Category::Assistance],
    rights: Rights::STATES,
    asks_again_if_global: false,
    sentence: None,
    fields: &[
        Field::new("summary", FieldKind::Text { chars_max: SUMMARY_CHARS_MAX }).first_text(),
        Field::new("about", FieldKind::Message),
        Field::list("types", &FieldKind::OneOf(TYPES)).recommended(),
        Field::list("mode", &FieldKind::OneOf(&["remote", "on-site", "equipment"])),
        Field::one_of("urgency", &["within-hours", "within-24h", "within-week", "planned"]).recommended(),
        Field::time("needed_from"),
        Field::count("duration_days"),
        Field::line("quantity"),
        Field::list("sectors", &FieldKind::OneOf(SECTORS)),
        Field::list("languages", &FieldKind::Language),
        Field::line("place"),
        Field::text("access_conditions"),
        Field::text("safety"),
        Field::text("data_to_be_shared"),
        Field::text("data_handling"),
        Field::one_of("costs", &["free-hoped", "shared", "paid", "to-discuss"]),
        // Who stands behind the request.
        Field::text("authority"),
        Field::list("also_asked", &FieldKind::LINE),
        Field::new("local_contact", FieldKind::Office),
        Field::text("exit_criteria"),
    ],
};

const TYPES: &[&str] = &[
    "malware-analysis",
    "forensics",
    "incident-response",
    "ddos-mitigation",
    "stop-source",
    "log-or-telemetry",
    "threat-information",
    "equipment-or-software",
    "hosting-or-backup",
    "ci-risk-assessment",
    "ir-plan-preparation",
    "training",
    "legal-advice",
    "policy-advice",
    "coordination",
    "other",
];
