//! What does a State say of an incident? What happened, whom it touches, what is asked; a summary is enough (paper
//! X §4 on the reporting of incidents). It must never know who is to blame: "none" is read into silence.

use liaison_keys::directory::Category;

use super::Template;
use super::field::{Field, FieldKind};
use crate::limits::SUMMARY_CHARS_MAX;
use crate::rights::Rights;

pub(super) static TEMPLATE: Template = Template {
    name: "incident-notification",
    version: 1,
    default_categories: &[Category::Diplomatic, Category::Technical, Category::Operations],
    rights: Rights::STATES,
    asks_again_if_global: true,
    sentence: None,
    fields: &[
        Field::new("summary", FieldKind::Text { chars_max: SUMMARY_CHARS_MAX }).first_text(),
        Field::group("incident", INCIDENT),
        Field::list("affected", &FieldKind::Group(AFFECTED)),
        Field::group("impact", IMPACT),
        Field::list("activity_in_recipient", &FieldKind::Group(ACTIVITY)),
        Field::list("indicators", &FieldKind::Group(INDICATOR)),
        Field::list("vulnerabilities", &FieldKind::LINE),
        Field::list("measures_taken", &FieldKind::TEXT),
        Field::list("measures_planned", &FieldKind::TEXT),
        Field::list("requested_actions", &FieldKind::OneOf(ACTIONS)),
        Field::one_of("attribution", &["none", "under-assessment", "withheld", "stated"]).read_as("none"),
        Field::text("attribution_text"),
        Field::new("technical_follow_up", FieldKind::Office),
        // A closure's own fields.
        Field::one_of("outcome", &["resolved", "mitigated", "no-further-information", "false-alarm"]),
        Field::text("root_cause"),
        Field::line("root_cause_class"),
        Field::list("lessons", &FieldKind::TEXT),
        Field::one_of("statistics_allowed", &["no", "aggregate-only", "yes"]),
    ],
};

const INCIDENT: &[Field] = &[
    Field::line("ref"),
    Field::one_of("report_stage", &["early", "initial", "intermediate", "final"]),
    Field::one_of(
        "state_of_work",
        &["suspected", "confirmed", "contained", "recovered", "closed", "false-alarm"],
    ),
    Field::time("started_at"),
    Field::time("detected_at"),
    Field::time("ended_at"),
    Field::list("classification", &FieldKind::Group(CLASSIFICATION)),
    Field::list("tags", &FieldKind::LINE),
    Field::yes_no("suspected_malicious"),
    Field::yes_no("cross_border"),
    Field::list("states_concerned", &FieldKind::Country),
    Field::one_of("severity", &["none", "low", "medium", "high", "severe", "emergency"]).recommended(),
    Field::group("national_scale", NATIONAL_SCALE),
    Field::one_of("outlook", &["improving", "stable", "worsening"]),
];

const CLASSIFICATION: &[Field] = &[Field::line("scheme"), Field::line("class"), Field::line("type")];

const NATIONAL_SCALE: &[Field] = &[Field::line("name"), Field::line("value")];

const AFFECTED: &[Field] = &[
    Field::new("state", FieldKind::Country),
    Field::one_of("sector", SECTORS),
    Field::line("subsector"),
    Field::yes_no("critical_infrastructure"),
    Field::count("entities"),
    // Usually withheld.
    Field::list("entity_names", &FieldKind::LINE),
    Field::group("people", &[Field::count("min"), Field::count("max")]),
    Field::one_of("service", &["normal", "degraded", "out"]),
    Field::yes_no("safety_risk"),
];

const IMPACT: &[Field] = &[
    Field::one_of("functional", DEGREES),
    Field::one_of(
        "information",
        &["none-seen", "suspected", "personal", "government", "secret", "destroyed"],
    ),
    Field::one_of("physical", DEGREES),
    Field::group("economic", &[Field::count("min"), Field::count("max"), Field::line("currency")]),
    Field::count("duration_hours"),
    Field::one_of("recoverability", &["regular", "supplemented", "extended", "not-recoverable"]),
    Field::yes_no("public_knowledge"),
];

const DEGREES: &[&str] = &["none", "low", "medium", "high"];

/// Activity seen in a recipient's territory. That it is named does not imply that the State is responsible.
const ACTIVITY: &[Field] = &[
    Field::new("state", FieldKind::Country),
    Field::text("what"),
    Field::count("indicator_ref"),
    Field::list("seen", &FieldKind::Time),
];

const INDICATOR: &[Field] = &[
    Field::line("type"),
    Field::new("value", FieldKind::Text { chars_max: SUMMARY_CHARS_MAX }),
    Field::line("role"),
    Field::one_of("confidence", &["low", "moderate", "high"]),
    Field::time("valid_until"),
];

const ACTIONS: &[&str] =
    &["information", "preserve-evidence", "block", "stop-source", "contact-entity", "consult", "none"];

/// The sectors of Directive (EU) 2022/2555, annexes I and II, and what States ask for beside them.
pub(super) const SECTORS: &[&str] = &[
    "energy",
    "transport",
    "banking",
    "financial-market",
    "health",
    "drinking-water",
    "waste-water",
    "digital-infrastructure",
    "ict-service-management",
    "public-administration",
    "space",
    "postal",
    "waste-management",
    "chemicals",
    "food",
    "manufacturing",
    "digital-providers",
    "research",
    "government",
    "defence",
    "elections",
    "other",
];
