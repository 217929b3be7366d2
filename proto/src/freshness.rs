//! Is an entry of the directory still right? How long ago somebody last looked at it, by the calendar, and whether a
//! change was said in time. It must never know the entry.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

/// How far an entry can be trusted to be up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// Confirmed within the reminder's interval.
    Confirmed,
    /// To be confirmed.
    Due,
    /// Not confirmed for twice the interval.
    Stale,
}

impl Freshness {
    /// Of what was last confirmed at `confirmed`, at `now`, both Unix seconds, with an interval of so many months.
    #[must_use]
    pub fn of(confirmed: u64, now: u64, months: u8) -> Self {
        if now < after(confirmed, months) {
            Self::Confirmed
        } else if now < after(confirmed, months.saturating_mul(2)) {
            Self::Due
        } else {
            Self::Stale
        }
    }

    /// The name as scripts write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Due => "due",
            Self::Stale => "stale",
        }
    }
}

/// When something that was confirmed is due, Unix seconds: so many months later on the same day, or on the last one of
/// a shorter month. The end of time when it cannot be said.
#[must_use]
pub fn after(confirmed: u64, months: u8) -> u64 {
    let at = i64::try_from(confirmed).ok().and_then(|at| Timestamp::from_second(at).ok());
    let then = at.and_then(|at| at.to_zoned(TimeZone::UTC).checked_add(i64::from(months).months()).ok());
    then.and_then(|then| u64::try_from(then.timestamp().as_second()).ok()).unwrap_or(u64::MAX)
}

/// Days by which a change was said too late: said at `said`, in force since `effective`, to be said within `days`.
#[must_use]
pub const fn late_days(effective: u64, said: u64, days: u16) -> Option<u64> {
    let late = said.saturating_sub(effective) / 86_400;
    if late > days as u64 { Some(late) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> u64 {
        u64::try_from(format!("{text}T00:00:00Z").parse::<Timestamp>().unwrap().as_second()).unwrap()
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        assert_eq!(after(day("2026-08-31"), 6), day("2027-02-28"));
        assert_eq!(after(day("2027-08-31"), 6), day("2028-02-29"));
        assert_eq!(after(day("2026-12-15"), 12), day("2027-12-15"));
        assert_eq!(after(u64::MAX, 6), u64::MAX);
    }

    #[test]
    fn confirmed_due_stale() {
        let confirmed = day("2026-01-31");
        let at = |text| Freshness::of(confirmed, day(text), 6);
        assert_eq!(at("2026-07-30"), Freshness::Confirmed);
        assert_eq!(at("2026-07-31"), Freshness::Due);
        assert_eq!(at("2027-01-30"), Freshness::Due);
        assert_eq!(at("2027-01-31"), Freshness::Stale);
    }

    #[test]
    fn a_change_is_late_after_30_days() {
        let effective = day("2026-03-01");
        assert_eq!(late_days(effective, day("2026-03-31"), 30), None);
        assert_eq!(late_days(effective, day("2026-04-01"), 30), Some(31));
        assert_eq!(late_days(effective, 0, 30), None);
    }
}
