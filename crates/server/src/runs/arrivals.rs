//! History that is being loaded: its windows are not closed before it is there.

use candor_contract::ModelName;
use candor_monitor::{HOUR_US, MINUTE_US};
use std::collections::BTreeMap;

/// Rows whose newest is older are history.
const HISTORY_US: i64 = HOUR_US;
/// It is there when nothing of it has come for so long.
const QUIET_US: i64 = MINUTE_US;

/// How a model's rows came, as far as it was looked at.
#[derive(Debug, Clone, Copy)]
struct Seen {
    rows: u64,
    newest_us: i64,
    /// When there were more rows last.
    grew_us: i64,
    /// When there were newer ones last.
    advanced_us: i64,
}

/// How the rows of all models come.
#[derive(Debug, Default)]
pub(super) struct Arrivals(BTreeMap<ModelName, Seen>);

impl Arrivals {
    /// Takes a look at a model's predictions: how many, and the time of the newest one. Until when its windows may be
    /// closed now: by the clock, unless history is being loaded. Then up to an hour before the newest row if it comes
    /// in the order of time, and nothing otherwise.
    pub(super) fn look(
        &mut self,
        model: &ModelName,
        (rows, newest_us): (u64, i64),
        now_us: i64,
    ) -> i64 {
        let first = Seen {
            rows,
            newest_us,
            grew_us: now_us,
            advanced_us: now_us,
        };
        let seen = self.0.entry(model.clone()).or_insert(first);
        if rows > seen.rows {
            seen.grew_us = now_us;
        }
        if newest_us > seen.newest_us {
            seen.advanced_us = now_us;
        }
        (seen.rows, seen.newest_us) = (rows, newest_us);
        let is_recent = |us: i64| now_us - us < QUIET_US;
        if newest_us >= now_us - HISTORY_US || !is_recent(seen.grew_us) {
            return now_us;
        }
        match is_recent(seen.advanced_us) {
            true => newest_us - HISTORY_US,
            false => i64::MIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_monitor::DAY_US;

    #[test]
    fn windows_wait_for_history_that_is_being_loaded() {
        let start_us = 100 * DAY_US;
        let model = ModelName::new("m").unwrap();
        let mut arrivals = Arrivals::default();
        let before = |hours: i64| start_us - hours * HOUR_US;
        // Seconds from the first look, rows, the newest one, and until when windows are closed; `None` is the clock.
        let story = [
            (
                "the first look at history",
                0,
                10,
                before(480),
                Some(before(481)),
            ),
            (
                "it comes in the order of time",
                10,
                20,
                before(240),
                Some(before(241)),
            ),
            (
                "nothing for a while",
                40,
                20,
                before(240),
                Some(before(241)),
            ),
            ("nothing for longer", 71, 20, before(240), None),
            (
                "it goes on without order",
                80,
                30,
                before(240),
                Some(i64::MIN),
            ),
            ("it reaches today", 90, 40, before(0), None),
            ("live traffic", 100, 50, before(0) + 5, None),
        ];
        for (what, seconds, rows, newest_us, expected) in story {
            let now_us = start_us + seconds * 1_000_000;
            let told = arrivals.look(&model, (rows, newest_us), now_us);
            assert_eq!(told, expected.unwrap_or(now_us), "{what}");
        }
    }
}
