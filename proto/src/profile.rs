//! What has this network chosen? The settings in force: what the custodian said, else the profile that its founding
//! names. Five profiles stand for what the papers ask for, each its own (F, U, X and J, I), and one for all of it.
//! It must never know who asks.

use liaison_keys::cbor;
use liaison_keys::directory::body::Settings;
use liaison_keys::directory::{At, Category};
use liaison_keys::names::Slug;

/// Names of the profiles that come with this version.
pub const NAMES: [&str; 5] = ["full", "france", "uk-core", "joint-2022", "india"];

/// Months between communication checks (papers X §2, J ¶4: bi-annual; F B7: bi-annual or annual).
pub const CHECK_MONTHS: u8 = 6;
/// Months between reminders (paper I ¶21: every six months).
pub const REMINDER_MONTHS: u8 = 6;
/// Months between reminders, as paper X §2 asks for: annual.
pub const REMINDER_MONTHS_X: u8 = 12;
/// Days within which a change is to be notified (paper F B7: no later than 30 days after it).
pub const NOTICE_DAYS: u16 = 30;
/// States with a PoC from which on the network is operational (papers J ¶2, X §5).
pub const OPERATIONAL_STATES: u16 = 50;
/// PoCs that a State should have: at least one, ideally two or more (paper J ¶2).
pub const OFFICES_WANTED: u8 = 2;

/// A profile by its name.
#[must_use]
pub fn preset(name: &str) -> Option<Settings> {
    let full = full(name.parse().ok()?);
    let settings = match name {
        "full" => full,
        // Ministry of foreign affairs and CERT (F B3, ¶5); incidents and assistance (F B2).
        "france" => Settings { categories_off: ABROAD.to_vec(), ..full },
        // Crisis communication between diplomatic PoCs at first; assistance is not the Secretariat's, and business as usual
        // lowers the value (U, What ¶2 and ¶3).
        "uk-core" => Settings {
            kinds_off: set(&BEYOND_CRISIS),
            kinds_bilateral: set(&["crisis-message", "general"]),
            categories_off: vec![
                Category::Technical,
                Category::Operations,
                Category::Assistance,
                Category::PolicyLegal,
                Category::LawEnforcement,
                Category::NationalSecurity,
            ],
            ..full
        },
        // Diplomatic and technical PoCs, an annual reminder (X §2, §5; J ¶2).
        "joint-2022" => {
            let categories_off = [&[Category::Assistance, Category::PolicyLegal], ABROAD.as_slice()].concat();
            Settings { reminder_months: REMINDER_MONTHS_X, categories_off, ..full }
        }
        // Operations, assistance, policy and law, with broadcasts in each (I 13, I 23).
        "india" => Settings { categories_off: ABROAD.to_vec(), ..full },
        _ => return None,
    };
    Some(settings)
}

/// The settings in force.
#[must_use]
pub fn settings(at: At<'_>) -> Settings {
    let said = at.settings().cloned();
    said.or_else(|| preset(at.profile().as_str())).unwrap_or_else(|| full(at.profile().clone()))
}

/// Everything that the papers ask for, under this name.
const fn full(profile: Slug) -> Settings {
    Settings {
        profile,
        check_months: CHECK_MONTHS,
        reminder_months: REMINDER_MONTHS,
        notice_days: NOTICE_DAYS,
        operational_states: OPERATIONAL_STATES,
        offices_wanted: OFFICES_WANTED,
        kinds_off: Vec::new(),
        kinds_bilateral: Vec::new(),
        categories_off: Vec::new(),
    }
}

/// How many States have a released PoC.
#[must_use]
pub fn states_with_an_office(at: At<'_>) -> usize {
    let mut states: Vec<_> = at.offices().filter_map(|(office, _)| office.owner.state()).collect();
    states.dedup();
    states.len()
}

/// How many States are still missing until the network is operational; none when it is.
#[must_use]
pub fn building_up(at: At<'_>) -> Option<usize> {
    let wanted = usize::from(settings(at).operational_states);
    wanted.checked_sub(states_with_an_office(at)).filter(|missing| *missing > 0)
}

/// Law enforcement and national security have networks of their own (X §1 names them for the ARF alone).
const ABROAD: [Category; 2] = [Category::LawEnforcement, Category::NationalSecurity];

/// Kinds that are no crisis communication.
const BEYOND_CRISIS: [&str; 9] = [
    "early-warning",
    "event-announcement",
    "indicator-share",
    "offer-of-assistance",
    "practice-share",
    "request-for-assistance",
    "request-for-information",
    "response-to-assistance",
    "vulnerability-notice",
];

fn set(names: &[&str]) -> Vec<Slug> {
    let mut set: Vec<Slug> = names.iter().filter_map(|name| name.parse().ok()).collect();
    cbor::make_set(&mut set);
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Settings {
        preset(name).unwrap()
    }

    /// Requirements: papers J ¶2 and X §5.
    #[test]
    fn operational_from_50_states_on() {
        assert!(NAMES.iter().all(|name| of(name).operational_states == 50));
    }

    /// Paper J ¶2: at least one, ideally two or more.
    #[test]
    fn two_pocs_are_wanted() {
        assert!(NAMES.iter().all(|name| of(name).offices_wanted == 2));
    }

    /// Paper F B7.
    #[test]
    fn a_change_is_notified_within_30_days() {
        assert!(NAMES.iter().all(|name| of(name).notice_days == 30));
    }

    /// Papers X §2 and J ¶4: bi-annual, read as twice a year; F B7: bi-annual or annual.
    #[test]
    fn checks_are_every_6_months() {
        assert!(NAMES.iter().all(|name| of(name).check_months == 6));
    }

    /// Paper I ¶21: every six months. Paper X §2: once a year.
    #[test]
    fn reminders_are_every_6_months_or_every_year() {
        let months = NAMES.map(|name| of(name).reminder_months);
        assert_eq!(months, [6, 6, 6, 12, 6]);
    }

    /// Paper I ¶13: three categories, which its profile has; U: diplomatic ones alone.
    #[test]
    fn categories_are_those_of_the_papers() {
        let has = |name: &str, category| !of(name).categories_off.contains(&category);
        let of_india = [Category::Operations, Category::Assistance, Category::PolicyLegal];
        assert!(of_india.into_iter().all(|category| has("india", category)));
        let of_uk: Vec<_> = Category::ALL.iter().filter(|category| has("uk-core", **category)).collect();
        assert_eq!(of_uk, [&Category::Diplomatic, &Category::Policy, &Category::Single]);
        assert!(has("joint-2022", Category::Diplomatic) && has("joint-2022", Category::Technical));
        assert!(Category::ALL.iter().all(|category| has("full", *category)));
    }

    #[test]
    fn every_profile_can_be_said() {
        for name in NAMES {
            let settings = of(name);
            assert!(cbor::is_set(&settings.kinds_off) && cbor::is_set(&settings.kinds_bilateral));
            assert!(settings.categories_off.is_sorted_by(|a, b| a < b));
        }
        assert_eq!(preset("nobody's"), None);
    }
}
