//! When was it, and how exactly do we know? A time as a person states it, in UTC.
//! It must never know what time it is now.
//!
//! ```text
//! 2026 · 2026-03 · 2026-03-02 · 2026-03-02T04:31Z · 2026-03-02T04:31:00Z · 2026-03-02T04:31:00.5Z
//! {t: 2026-03-02T04:31Z, precision: hour}
//! ```
//! A subset of RFC 3339, longer for whoever knows less: a time without a zone would be read differently at each end
//! of the line, so everything below a day ends in `Z`.

use jiff::Timestamp;

use super::field::{Field, FieldKind};
use crate::value::Value;

/// A stated time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The beginning of what was stated: of the year, of the day, …
    pub at: Timestamp,
    /// How exactly it is known.
    pub precision: Precision,
}

/// How exactly a time is known; the coarsest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// Sometime in that year.
    Year,
    /// Sometime in that month.
    Month,
    /// Sometime on that day.
    Day,
    /// Sometime in that hour.
    Hour,
    /// In that minute.
    Minute,
    /// In that second, or more exactly.
    Second,
}

impl Precision {
    const ALL: [Self; 6] = [Self::Year, Self::Month, Self::Day, Self::Hour, Self::Minute, Self::Second];
    const NAMES: [&'static str; 6] = ["year", "month", "day", "hour", "minute", "second"];

    /// The precision of this name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .zip(Self::NAMES)
            .find(|(_, known)| *known == name)
            .map(|(precision, _)| precision)
    }

    /// What is known of a time written with this many characters.
    const fn of_length(length: usize) -> Option<Self> {
        match length {
            4 => Some(Self::Year),
            7 => Some(Self::Month),
            10 => Some(Self::Day),
            16 => Some(Self::Minute),
            19 | 21..=29 => Some(Self::Second),
            _ => None,
        }
    }
}

impl Moment {
    /// Reads a time from a field: text, or a group that states the precision beside it.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Self::from_text(text),
            Value::Group(fields) => {
                let moment = Self::from_text(fields.text("t")?)?;
                let stated = fields.text("precision").and_then(Precision::from_name);
                Some(Self { precision: stated.unwrap_or(moment.precision), ..moment })
            }
            Value::Int(_) | Value::Bool(_) | Value::List(_) => None,
        }
    }

    /// Reads a time from text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let stem = if text.contains('T') { text.strip_suffix('Z')? } else { text };
        let precision = Precision::of_length(stem.len())?;
        let fits = |(c, shape): (u8, u8)| if shape == b'0' { c.is_ascii_digit() } else { c == shape };
        if !stem.bytes().zip(SHAPE.bytes()).all(fits) {
            return None;
        }
        let rest = if stem.len() > REST.len() { "Z" } else { REST.get(stem.len()..)? };
        // The calendar is jiff's: it knows leap years, and the shape above leaves it no other liberty.
        let at = format!("{stem}{rest}").parse().ok()?;
        Some(Self { at, precision })
    }
}

/// The longer form of a time.
pub(super) const FIELDS: &[Field] =
    &[Field::new("t", FieldKind::Time), Field::one_of("precision", &Precision::NAMES)];

const SHAPE: &str = "0000-00-00T00:00:00.000000000";
const REST: &str = "0000-01-01T00:00:00Z";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_length_says_how_much_is_known() {
        for (text, at, precision) in [
            ("2026", "2026-01-01T00:00:00Z", Precision::Year),
            ("2026-03", "2026-03-01T00:00:00Z", Precision::Month),
            ("2024-02-29", "2024-02-29T00:00:00Z", Precision::Day),
            ("2026-03-02T03:50Z", "2026-03-02T03:50:00Z", Precision::Minute),
            ("2026-03-02T03:50:59Z", "2026-03-02T03:50:59Z", Precision::Second),
            ("2026-03-02T03:50:59.25Z", "2026-03-02T03:50:59.25Z", Precision::Second),
        ] {
            let moment = Moment::from_text(text).unwrap();
            assert_eq!((moment.at.to_string().as_str(), moment.precision), (at, precision), "{text}");
        }
    }

    #[test]
    fn a_group_may_state_less() {
        let fields = [("t", Value::text("2026-03-02T03:00Z")), ("precision", Value::text("hour"))];
        let moment = Moment::from_value(&Value::Group(fields.into_iter().collect())).unwrap();
        assert_eq!(moment.precision, Precision::Hour);
        assert_eq!(
            Moment::from_value(&Value::Group([("precision", Value::text("hour"))].into_iter().collect())),
            None
        );
    }

    #[test]
    fn every_other_spelling_is_refused() {
        for text in [
            "",
            "26",
            "2026-13",
            "2026-02-29",
            "2026-03-02T03:50",
            "2026-03-02T24:00Z",
            "2026-03-02T03Z",
            "2026-03-02T03:50+01:00",
            "2026-03-02 03:50Z",
            "2026-03-02t03:50Z",
            "2026-03-02T03:50:59.Z",
            "2026-03-02T03:50:59.0000000000Z",
            "2026-3-2",
            "20260302",
            "2026Z",
            "-026",
            "٢٠٢٦",
        ] {
            assert_eq!(Moment::from_text(text), None, "{text}");
        }
        assert_eq!(Moment::from_value(&Value::Int(2026)), None);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in "[0-9TZ:.-]{0,32}|\\PC{0,32}") {
            let _ = Moment::from_text(&text);
        }
    }
}
