//! How is a time written and read? In UTC, always said; spans in words.
//! It must never know what time it is: `now` is an argument.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp, tz::TimeZone};
use liaison_proto::template::time::{Moment, Precision};

/// `2026-03-02 04:31 UTC` of Unix seconds.
pub(crate) fn utc(seconds: u64) -> String {
    stamp(seconds)
        .map_or_else(String::new, |at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// The same of Unix milliseconds.
pub(crate) fn utc_ms(ms: u64) -> String {
    utc(ms / 1000)
}

/// `2026-03-02` of Unix seconds.
pub(crate) fn day(seconds: u64) -> String {
    stamp(seconds).map_or_else(String::new, |at| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string())
}

/// RFC 3339, for scripts.
pub(crate) fn rfc(seconds: u64) -> Option<String> {
    stamp(seconds).map(|at| at.to_string())
}

/// RFC 3339 of Unix milliseconds.
pub(crate) fn rfc_ms(ms: u64) -> Option<String> {
    Timestamp::from_millisecond(i64::try_from(ms).ok()?).ok().map(|at| at.to_string())
}

/// Whether this system knows a time zone by this name.
pub(crate) fn is_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// Day of the week (Monday is 0), minute of the day, and `09:30` in a time zone.
pub(crate) fn local(seconds: u64, zone: &str) -> Option<(u8, u16, String)> {
    let zoned = stamp(seconds)?.to_zoned(TimeZone::get(zone).ok()?);
    let day = u8::try_from(zoned.weekday().to_monday_zero_offset()).ok()?;
    let minute = u16::try_from(i32::from(zoned.hour()) * 60 + i32::from(zoned.minute())).ok()?;
    Some((day, minute, zoned.strftime("%H:%M").to_string()))
}

/// `3 h 58 min`: the two largest units of a span in seconds.
pub(crate) fn span(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => say!("span-seconds", n = seconds),
        (0, 0, minutes) => say!("span-minutes", n = minutes),
        (0, hours, 0) => say!("span-hours", n = hours),
        (0, hours, minutes) => say!("span-hours-minutes", hours = hours, minutes = minutes),
        (days, 0, _) => say!("span-days", n = days),
        (days, hours, _) if days < 7 => say!("span-days-hours", days = days, hours = hours),
        (days, ..) => say!("span-days", n = days),
    }
}

/// How old a key is: in days, as people compare it.
pub(crate) fn age(seconds: u64) -> String {
    if seconds < 86_400 { say!("span-today") } else { span(seconds / 86_400 * 86_400) }
}

/// `1.3 s`, of milliseconds.
pub(crate) fn short(ms: u64) -> String {
    match ms {
        0..1_000 => say!("span-ms", n = ms),
        1_000..100_000 => say!("span-tenths", n = format!("{}.{}", ms / 1_000, ms / 100 % 10)),
        _ => span(ms / 1_000),
    }
}

/// A point in time from a person: a time in UTC, a day, or a span from now such as `48h`.
pub(crate) fn read(text: &str, now_s: u64) -> Option<u64> {
    let moment = Moment::from_text(text).and_then(|moment| u64::try_from(moment.at.as_second()).ok());
    moment.or_else(|| Some(now_s.saturating_add(read_span(text)? / 1_000)))
}

/// A span from a person, milliseconds: `30s`, `4h`, `7d`.
pub(crate) fn read_span(text: &str) -> Option<u64> {
    let span: Span = text.parse().ok()?;
    let duration: SignedDuration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    u64::try_from(duration.as_millis()).ok()
}

/// A time in a message, as exactly as its writer knew it.
pub(crate) fn moment(moment: Moment) -> String {
    let format = match moment.precision {
        Precision::Year => "%Y",
        Precision::Month => "%Y-%m",
        Precision::Day => "%Y-%m-%d",
        Precision::Hour => "%Y-%m-%d %Hh UTC",
        Precision::Minute => "%Y-%m-%d %H:%M UTC",
        Precision::Second => "%Y-%m-%d %H:%M:%S UTC",
    };
    moment.at.to_zoned(TimeZone::UTC).strftime(format).to_string()
}

fn stamp(seconds: u64) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_in_utc() {
        assert_eq!(utc(1_772_425_860), "2026-03-02 04:31 UTC");
        assert_eq!(utc_ms(1_772_425_860_999), "2026-03-02 04:31 UTC");
        assert_eq!(day(1_772_425_860), "2026-03-02");
        assert_eq!(rfc(1_772_425_860).unwrap(), "2026-03-02T04:31:00Z");
        assert_eq!(rfc_ms(1_772_425_860_500).unwrap(), "2026-03-02T04:31:00.5Z");
        assert_eq!((utc(u64::MAX), rfc(u64::MAX), rfc_ms(u64::MAX)), (String::new(), None, None));
    }

    #[test]
    fn spans_are_said_in_two_units_at_most() {
        for (seconds, says) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_600, "1 h"),
            (14_280, "3 h 58 min"),
            (90_000, "1 day 1 h"),
            (86_400, "1 day"),
            (8 * 86_400 + 5_000, "8 days"),
        ] {
            assert_eq!(span(seconds), says);
        }
        assert_eq!((age(3_600), age(90_000)), ("today".into(), "1 day".into()));
        assert_eq!((short(7), short(1_349), short(120_000)), ("7 ms".into(), "1.3 s".into(), "2 min".into()));
    }

    #[test]
    fn a_person_gives_a_time_a_day_or_a_span() {
        assert_eq!(read("2026-03-02T04:31Z", 0), Some(1_772_425_860));
        assert_eq!(read("2026-03-02", 0), Some(1_772_409_600));
        assert_eq!(read("48h", 100), Some(100 + 172_800));
        assert_eq!(read("2d", 0), Some(172_800));
        assert_eq!(read_span("30s"), Some(30_000));
        for bad in ["", "soon", "-5h", "2026-13-01"] {
            assert_eq!((read(bad, 0), read_span(bad)), (None, None), "{bad}");
        }
    }

    #[test]
    fn a_moment_is_no_more_exact_than_its_writer() {
        for text in ["2026", "2026-03", "2026-03-02"] {
            assert_eq!(moment(Moment::from_text(text).unwrap()), text);
        }
        assert_eq!(moment(Moment::from_text("2026-03-02T04:31Z").unwrap()), "2026-03-02 04:31 UTC");
    }
}
