//! Windows of event time.

use serde::{Deserialize, Serialize};

/// Microseconds of a minute, an hour, a day.
pub const MINUTE_US: i64 = 60_000_000;
/// See [`MINUTE_US`].
pub const HOUR_US: i64 = 60 * MINUTE_US;
/// See [`MINUTE_US`].
pub const DAY_US: i64 = 24 * HOUR_US;

/// A half-open stretch of event time, in microseconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Its first instant.
    pub from_us: i64,
    /// The first instant after it.
    pub to_us: i64,
}

impl Window {
    /// The window of `length_us` that holds `at_us`; windows begin at multiples of their length since 1970.
    pub const fn around(at_us: i64, length_us: i64) -> Self {
        let from_us = at_us.saturating_sub(at_us.rem_euclid(length_us));
        Self {
            from_us,
            to_us: from_us.saturating_add(length_us),
        }
    }

    /// Its length.
    pub const fn length_us(self) -> i64 {
        self.to_us - self.from_us
    }

    /// Whether it holds an instant.
    pub const fn holds(self, at_us: i64) -> bool {
        self.from_us <= at_us && at_us < self.to_us
    }
}
