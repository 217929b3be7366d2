//! When is somebody there? A time zone's name, hours of the week, absences (`docs/protocol.md` §3.8).
//! It must never know which time it is anywhere: the zone's rules are the reader's.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::directory::office::is_plain_line;

crate::named! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Mo = 0 "mo",
        /// Tuesday.
        Tu = 1 "tu",
        /// Wednesday.
        We = 2 "we",
        /// Thursday.
        Th = 3 "th",
        /// Friday.
        Fr = 4 "fr",
        /// Saturday.
        Sa = 5 "sa",
        /// Sunday.
        Su = 6 "su",
    }
}

/// When an office is there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Availability {
    /// Name of the time zone (IANA), such as `Europe/Vienna`.
    #[n(1)]
    pub time_zone: String,
    /// Around the clock.
    #[n(2)]
    #[serde(default)]
    pub always: bool,
    /// Hours of the week, at most 14.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// Known absences, at most 16.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
}

/// From then to then on days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Ascending, distinct, at least one.
    #[n(1)]
    pub days: Vec<Weekday>,
    /// Minutes since midnight.
    #[n(2)]
    pub from: u16,
    /// Minutes since midnight, after `from`, at most 1,440.
    #[n(3)]
    pub to: u16,
}

/// Nobody is there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// Unix seconds.
    #[n(1)]
    pub from: u64,
    /// Unix seconds.
    #[n(2)]
    pub until: u64,
}

impl Availability {
    /// Whether it says something that can be.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let hours = |hours: &Hours| {
            !hours.days.is_empty()
                && hours.days.is_sorted_by(|a, b| a < b)
                && hours.from < hours.to
                && hours.to <= DAY_MINUTES
        };
        is_plain_line(&self.time_zone, ZONE_CHARS_MAX)
            && self.hours.len() <= HOURS_MAX
            && self.hours.iter().all(hours)
            && self.absences.len() <= ABSENCES_MAX
            && self.absences.iter().all(|absence| absence.from < absence.until)
    }

    /// Whether somebody is there at a time (Unix seconds) that is this day and minute in its zone. `None` when the card
    /// does not say.
    #[must_use]
    pub fn is_there(&self, now: u64, (day, minute): (Weekday, u16)) -> Option<bool> {
        let away = self.absences.iter().any(|absence| (absence.from..absence.until).contains(&now));
        if away {
            return Some(false);
        }
        if self.always {
            return Some(true);
        }
        let within = |hours: &Hours| hours.days.contains(&day) && (hours.from..hours.to).contains(&minute);
        (!self.hours.is_empty()).then(|| self.hours.iter().any(within))
    }
}

const DAY_MINUTES: u16 = 1_440;
const ZONE_CHARS_MAX: usize = 64;
const HOURS_MAX: usize = 14;
const ABSENCES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_or_away() {
        let week = Hours { days: vec![Weekday::Mo, Weekday::Fr], from: 540, to: 1_020 };
        let mut there = Availability {
            time_zone: "Europe/Vienna".to_owned(),
            always: false,
            hours: vec![week],
            absences: vec![Absence { from: 100, until: 200 }],
        };
        assert!(there.is_well_formed());
        assert_eq!(there.is_there(50, (Weekday::Mo, 540)), Some(true));
        assert_eq!(there.is_there(50, (Weekday::Mo, 1_020)), Some(false));
        assert_eq!(there.is_there(50, (Weekday::Tu, 600)), Some(false));
        assert_eq!(there.is_there(100, (Weekday::Mo, 600)), Some(false));
        there.hours.clear();
        assert_eq!(there.is_there(50, (Weekday::Mo, 600)), None);
        there.always = true;
        assert_eq!(there.is_there(50, (Weekday::Su, 0)), Some(true));
        there.hours = vec![Hours { days: Vec::new(), from: 0, to: 1 }];
        assert!(!there.is_well_formed());
    }
}
