//! How traffic follows the clock and the week, in UTC.

/// Microseconds of an hour.
pub(crate) const HOUR_US: i64 = 3_600_000_000;
/// Microseconds of a day.
pub(crate) const DAY_US: i64 = 24 * HOUR_US;

/// Traffic through the day and the week.
#[derive(Debug)]
pub(crate) struct Season {
    /// By hour of the day, in parts of the busiest.
    pub(crate) by_hour: [f64; 24],
    /// By day of the week, Monday first.
    pub(crate) by_weekday: [f64; 7],
}

impl Season {
    /// Traffic at an instant, in parts of an ordinary day's busiest hour.
    pub(crate) fn at(&self, at_us: i64) -> f64 {
        self.by_hour[hour(at_us)] * self.by_weekday[weekday(at_us)]
    }
}

/// A cell's place in time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) number: u64,
    pub(crate) from_us: i64,
    pub(crate) to_us: i64,
    /// How much of the usual traffic it has.
    pub(crate) share: f64,
}

/// Hour of the day.
pub(crate) fn hour(at_us: i64) -> usize {
    usize::try_from(at_us.div_euclid(HOUR_US).rem_euclid(24)).unwrap_or(0)
}

/// Day of the week, Monday is 0.
pub(crate) fn weekday(at_us: i64) -> usize {
    // The first of January 1970 was a Thursday.
    usize::try_from((at_us.div_euclid(DAY_US) + 3).rem_euclid(7)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::parse_us;

    #[test]
    fn hours_and_weekdays_are_those_of_the_calendar() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", (0, 3)),
            ("1969-12-31T23:59:59Z", (23, 2)),
            ("2026-11-23T08:30:00Z", (8, 0)),
            ("2026-11-29T23:59:59Z", (23, 6)),
        ] {
            let us = parse_us(text).unwrap();
            assert_eq!((hour(us), weekday(us)), expected, "{text}");
        }
    }
}
