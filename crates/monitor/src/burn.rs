//! Error budgets: whether one burns too fast, in a long and a short window at once.
//!
//! After the multi-window rule of the SRE Workbook (chapter 5), with the lower confidence bound of the rate in place
//! of the rate, in both windows: one error among few requests is no emergency, nor does it make one of what is over
//! already but still in the long window.

use crate::window::{DAY_US, HOUR_US};
use candor_stats::proportion::clopper_pearson;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Long window, short window, part of the budget that is spent when the rule fires.
const RULES: [(i64, i64, f64); 4] = [
    (HOUR_US, HOUR_US / 12, 0.02),
    (6 * HOUR_US, HOUR_US / 2, 0.05),
    (DAY_US, 2 * HOUR_US, 0.1),
    // The slow trickle.
    (3 * DAY_US, 6 * HOUR_US, 0.1),
];

/// Bad and all rows of one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) to_us: i64,
    pub(crate) bad: u64,
    pub(crate) all: u64,
}

/// Counts a window with this share of bad rows, in place of what was counted of it before.
pub(crate) fn count(counts: &mut VecDeque<Counted>, to_us: i64, share: f64, all: u64) {
    let counted = Counted {
        to_us,
        bad: ((share * all as f64).round() as u64).min(all),
        all,
    };
    let at = counts.partition_point(|c| c.to_us < to_us);
    match counts.get_mut(at) {
        Some(own) if own.to_us == to_us => *own = counted,
        _ => counts.insert(at, counted),
    }
    let newest_us = counts.back().map_or(to_us, |c| c.to_us);
    while counts
        .front()
        .is_some_and(|c| c.to_us <= newest_us - KEPT_US)
    {
        counts.pop_front();
    }
}

/// The rule that fires, by its long window and how fast the budget burns; `None` if none does. `counts` are in
/// the order of time and end at the present.
pub(crate) fn burning(
    counts: &VecDeque<Counted>,
    step_us: i64,
    target: f64,
    over_us: i64,
) -> Option<(i64, f64)> {
    let now_us = counts.back()?.to_us;
    let budget = 1.0 - target;
    let rate = |length_us: i64| {
        let since = now_us - length_us.max(step_us);
        let own = counts.iter().rev().take_while(|c| c.to_us > since);
        own.fold((0_u64, 0_u64), |(bad, all), c| (bad + c.bad, all + c.all))
    };
    let fires = |(long, short, spent): &(i64, i64, f64)| {
        let threshold = spent * over_us as f64 / *long as f64;
        let surely = |(bad, all)| all > 0 && clopper_pearson(bad, all).0 / budget > threshold;
        let (bad, all) = rate(*long);
        (surely((bad, all)) && surely(rate(*short)))
            .then(|| (*long, bad as f64 / all as f64 / budget))
    };
    RULES.iter().find_map(fires)
}

/// Counts are kept so long: a rule looks back three days, from a window that may be revised for a day.
const KEPT_US: i64 = 4 * DAY_US;

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(bad: u64, all: u64, windows: i64) -> VecDeque<Counted> {
        let one = |at| Counted {
            to_us: at * HOUR_US,
            bad,
            all,
        };
        (1..=windows).map(one).collect()
    }

    #[test]
    fn one_error_among_few_requests_is_no_emergency() {
        let month = 30 * DAY_US;
        assert_eq!(burning(&steady(1, 50, 1), HOUR_US, 0.999, month), None);
        let outage = burning(&steady(10, 50, 1), HOUR_US, 0.999, month);
        assert_eq!(outage.map(|(long, _)| long), Some(HOUR_US));
    }

    #[test]
    fn what_is_over_is_told_once() {
        let month = 28 * DAY_US;
        let mut counts = steady(40, 50, 8);
        assert!(burning(&counts, HOUR_US, 0.99, month).is_some());
        // A day after the outage, one of 49 requests fails.
        for at in 9..=32 {
            counts.push_back(Counted {
                to_us: at * HOUR_US,
                bad: u64::from(at == 32),
                all: 8,
            });
        }
        assert_eq!(burning(&counts, HOUR_US, 0.99, month), None);
    }

    #[test]
    fn a_slow_trickle_is_found_in_days() {
        let month = 30 * DAY_US;
        // A budget of 0.1 % burns twice as fast as it may.
        assert_eq!(burning(&steady(2, 1_000, 3), HOUR_US, 0.999, month), None);
        let found = burning(&steady(2, 1_000, 72), HOUR_US, 0.999, month);
        assert_eq!(found.map(|(long, _)| long), Some(3 * DAY_US));
    }
}
