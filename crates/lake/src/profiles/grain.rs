//! Lengths of windows.

use std::fmt;
use std::str::FromStr;

const MINUTE_US: i64 = 60_000_000;

/// How long windows are. Windows are half open and begin at multiples of their length since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Grain {
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    Hour,
    /// A day, UTC.
    Day,
}

impl Grain {
    /// All, finest first.
    pub const ALL: [Grain; 3] = [Grain::FiveMinutes, Grain::Hour, Grain::Day];

    /// The word for it, e.g. `5m`.
    pub const fn name(self) -> &'static str {
        match self {
            Grain::FiveMinutes => "5m",
            Grain::Hour => "1h",
            Grain::Day => "1d",
        }
    }

    /// Length in microseconds.
    pub const fn length_us(self) -> i64 {
        match self {
            Grain::FiveMinutes => 5 * MINUTE_US,
            Grain::Hour => 60 * MINUTE_US,
            Grain::Day => 1440 * MINUTE_US,
        }
    }

    /// Start of the window that `time_us` is in.
    pub const fn start_us(self, time_us: i64) -> i64 {
        time_us.saturating_sub(time_us.rem_euclid(self.length_us()))
    }
}

impl fmt::Display for Grain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Grain {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Grain::ALL.into_iter().find(|g| g.name() == word).ok_or(())
    }
}
