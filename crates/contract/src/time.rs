//! Event times: RFC 3339 or an epoch whose unit follows from its magnitude.

use speedate::{
    Date, DateTime, DateTimeConfigBuilder, MicrosecondsPrecisionOverflowBehavior, TimeConfig,
    TimeConfigBuilder, TimestampUnit,
};

const SECOND_US: i64 = 1_000_000;
/// Largest number of seconds, milliseconds and microseconds taken as such: each is near the year
/// 5138, so a larger number must be of the next finer unit.
const SECONDS_MAX: u64 = 100_000_000_000;
const MILLIS_MAX: u64 = SECONDS_MAX * 1_000;
const MICROS_MAX: u64 = MILLIS_MAX * 1_000;

/// Microseconds since 1970 for an epoch in seconds, milliseconds, microseconds or nanoseconds.
pub fn epoch_us(epoch: i64) -> Option<i64> {
    match epoch.unsigned_abs() {
        x if x < SECONDS_MAX => epoch.checked_mul(SECOND_US),
        x if x < MILLIS_MAX => epoch.checked_mul(1_000),
        x if x < MICROS_MAX => Some(epoch),
        _ => Some(epoch.div_euclid(1_000)),
    }
}

/// Microseconds since 1970 for a fractional epoch, e.g. `1700000000.25` s.
pub(crate) fn epoch_us_f64(epoch: f64) -> Option<i64> {
    if !epoch.is_finite() {
        return None;
    }
    let scale = match epoch.abs() {
        x if x < 1e11 => 1e6,
        x if x < 1e14 => 1e3,
        x if x < 1e17 => 1.0,
        _ => 1e-3,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bounded by the scale above"
    )]
    Some((epoch * scale).round() as i64)
}

/// Microseconds since 1970 for RFC 3339 text, a date, or an epoch in digits. A time without an
/// offset is taken as UTC; finer digits than microseconds are cut.
pub fn parse_us(text: &str) -> Option<i64> {
    let config: TimeConfig = TimeConfigBuilder::new()
        .microseconds_precision_overflow_behavior(MicrosecondsPrecisionOverflowBehavior::Truncate)
        .build();
    if let Ok(t) = DateTime::parse_bytes_rfc3339_with_config(text.as_bytes(), &config) {
        return t
            .timestamp_tz()
            .checked_mul(SECOND_US)?
            .checked_add(i64::from(t.time.microsecond));
    }
    if let Ok(epoch) = text.parse::<i64>() {
        return epoch_us(epoch);
    }
    Date::parse_bytes_rfc3339(text.as_bytes())
        .ok()?
        .timestamp()
        .checked_mul(SECOND_US)
}

/// RFC 3339 text in UTC with microseconds; outside of the years 0 to 9999, which it cannot write, the
/// microseconds since 1970.
pub fn format_us(us: i64) -> String {
    let seconds = us.div_euclid(SECOND_US);
    let micros = u32::try_from(us.rem_euclid(SECOND_US)).unwrap_or(0);
    let seconds_as_such = DateTimeConfigBuilder::new()
        .timestamp_unit(TimestampUnit::Second)
        .build();
    DateTime::from_timestamp_with_config(seconds, micros, &seconds_as_such)
        .map_or_else(|_| us.to_string(), |t| format!("{}T{}Z", t.date, clock(&t)))
}

fn clock(t: &DateTime) -> String {
    let t = &t.time;
    format!(
        "{:02}:{:02}:{:02}.{:06}",
        t.hour, t.minute, t.second, t.microsecond
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_written() {
        let second = 1_767_225_600;
        for (text, us) in [
            ("2026-01-01T00:00:00Z", second * SECOND_US),
            ("2026-01-01T01:00:00+01:00", second * SECOND_US),
            ("2026-01-01 00:00:00.25", second * SECOND_US + 250_000),
            (
                "2026-01-01T00:00:00.123456789Z",
                second * SECOND_US + 123_456,
            ),
            ("2026-01-01", second * SECOND_US),
            ("1767225600", second * SECOND_US),
            ("1767225600123", second * SECOND_US + 123_000),
            ("1969-12-31T23:59:59.5Z", -500_000),
        ] {
            assert_eq!(parse_us(text), Some(us), "{text}");
        }
        for bad in ["", "now", "2026-13-01T00:00:00Z", "2026-01-01T25:00:00Z"] {
            assert_eq!(parse_us(bad), None, "{bad}");
        }
        assert_eq!(
            format_us(second * SECOND_US + 5),
            "2026-01-01T00:00:00.000005Z"
        );
        assert_eq!(format_us(-1), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn every_time_that_is_read_is_written_alike() {
        for text in [
            "0001-01-01T00:00:00.000000Z",
            "2603-10-11T11:33:21.000000Z",
            "5138-11-16T09:46:40.000000Z",
            "9999-12-31T23:59:59.999999Z",
        ] {
            assert_eq!(parse_us(text).map(format_us).as_deref(), Some(text));
        }
        assert_eq!(format_us(i64::MAX), i64::MAX.to_string());
    }

    #[test]
    fn the_unit_of_an_epoch_follows_from_its_size() {
        let us = Some(1_767_225_600 * SECOND_US);
        for epoch in [
            1_767_225_600,
            1_767_225_600_000,
            1_767_225_600_000_000,
            1_767_225_600_000_000_000,
        ] {
            assert_eq!(epoch_us(epoch), us);
        }
        assert_eq!(
            epoch_us_f64(1_767_225_600.5),
            Some(1_767_225_600 * SECOND_US + 500_000)
        );
        assert_eq!(epoch_us_f64(f64::NAN), None);
    }
}
