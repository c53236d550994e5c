//! The drivers' clock: measuring is their work, so they read it freely.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "event times are made here")]
pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}

/// A running stopwatch.
#[expect(clippy::disallowed_methods, reason = "measuring is the work")]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Waits in this thread.
#[expect(clippy::disallowed_methods, reason = "samples are taken at intervals")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Year, month, day, hour, minute, second of an instant in microseconds since 1970, UTC.
pub(crate) fn civil(us: i64) -> (i64, i64, i64, i64, i64, i64) {
    let (days, second) = (
        us.div_euclid(86_400_000_000),
        us.rem_euclid(86_400_000_000) / 1_000_000,
    );
    // Days since 0000-03-01, in eras of 400 years.
    let z = days + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 {
        month_shifted + 3
    } else {
        month_shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (
        year,
        month,
        day,
        second / 3_600,
        second / 60 % 60,
        second % 60,
    )
}

/// The instant as RFC 3339 with microseconds, 27 bytes.
pub(crate) fn rfc3339(us: i64) -> String {
    let (year, month, day, h, m, s) = civil(us);
    let micros = us.rem_euclid(1_000_000);
    format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{micros:06}Z")
}

#[cfg(test)]
mod tests {
    #[test]
    fn instants_are_told_in_utc() {
        for (us, told) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_827_696_000_123, "2000-02-29T12:34:56.000123Z"),
            (1_767_225_599_999_999, "2025-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(super::rfc3339(us), told);
        }
    }
}
