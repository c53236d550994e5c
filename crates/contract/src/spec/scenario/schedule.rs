//! When a drill is rehearsed.

use crate::spec::model::{DAY_US, duration_us};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An hour, the shortest time between two rehearsals.
const EVERY_US_MIN: i64 = DAY_US / 24;
/// The longest: results of the last one are still kept then.
const EVERY_US_MAX: i64 = 365 * DAY_US;

/// When a server rehearses a drill by itself: at once when it is new, then again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillSchedule {
    /// Time from the beginning of one rehearsal to that of the next: whole hours, days or weeks, `1h` to `365d`.
    pub every: String,
}

impl DrillSchedule {
    /// Microseconds from one rehearsal to the next; `None` if `every` is no such time, which a check tells.
    pub fn every_us(&self) -> Option<i64> {
        let whole = self.every.ends_with(['h', 'd', 'w']);
        let us = duration_us(&self.every).filter(|_| whole)?;
        (EVERY_US_MIN..=EVERY_US_MAX).contains(&us).then_some(us)
    }
}
