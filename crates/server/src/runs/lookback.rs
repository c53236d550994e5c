//! What came late: rows of windows that were closed, and outcomes of windows whose performance was told. Looked for by
//! counts, which are cheap; only what has more than it had is read again.

use super::parts::counts_of;
use super::source::{ROWS_MAX, Source, literal, schema};
use super::subject::Subject;
use crate::problem::Problem;
use candor_contract::{Kind, TableId};
use candor_monitor::{DAY_US, HOUR_US, OutcomesTold, Watch, Window, is_short};
use std::collections::BTreeMap;
use std::ops::Range;

/// Rows are late for so long.
const ROWS_US: i64 = DAY_US;
/// Outcomes are late for so long after their window was told.
const OUTCOMES_US: i64 = 7 * DAY_US;
/// Short windows that are counted again: those whose figures are kept.
const SHORT_WINDOWS: i64 = 48;
/// Longer windows are read again, and outcomes counted, once in so many looks at most.
const DEAR_EVERY: u32 = 6;
/// Longer windows that are read again in one look; others wait for the next one.
const LONGER_MAX: usize = 16;
/// A window has more outcomes if it has more by this part of its predictions.
const MORE_OUTCOMES: u64 = 100;

/// When it was looked, and what was seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looked {
    at_us: i64,
    looks: u32,
    /// The looks in which longer windows were read, and in which outcomes were counted.
    longer: Option<u32>,
    counted: Option<u32>,
    /// Outcomes that were in the lake at the last look.
    outcomes: u64,
}

impl Looked {
    pub(super) const fn new(now_us: i64) -> Self {
        Self {
            at_us: now_us,
            looks: 0,
            longer: None,
            counted: None,
            outcomes: 0,
        }
    }

    /// Whether it is time to look again, after `every_us`.
    pub(super) fn is_due(&mut self, now_us: i64, every_us: i64) -> bool {
        let due = now_us - self.at_us >= every_us;
        if due {
            self.at_us = now_us;
            self.looks = self.looks.wrapping_add(1);
        }
        due
    }

    /// Whether what was done last in look `last` may be done again in this one.
    const fn may(&self, last: Option<u32>) -> bool {
        match last {
            Some(last) => self.looks.wrapping_sub(last) >= DEAR_EVERY,
            None => true,
        }
    }
}

/// What was found.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Found {
    /// Windows that were read again.
    pub(super) windows: usize,
    /// Figures that changed.
    pub(super) figures: usize,
}

impl Found {
    fn add(&mut self, figures: usize) {
        self.windows += 1;
        self.figures += figures;
    }
}

impl Source {
    /// Looks for what came late, and revises what it changes.
    pub(super) async fn look_back(
        &self,
        subject: &Subject,
        watch: &mut Watch,
        looked: &mut Looked,
    ) -> Result<Found, Problem> {
        let mut found = Found::default();
        self.late_rows(subject, watch, &mut found).await?;
        self.late_short(subject, watch, &mut found).await?;
        if looked.may(looked.longer) && !watch.late().is_empty() {
            looked.longer = Some(looked.looks);
            self.late_longer(subject, watch, &mut found).await?;
        }
        if looked.may(looked.counted) {
            looked.counted = Some(looked.looks);
            let outcomes = self.late_outcomes(subject, watch, looked, &mut found).await;
            // Counting is a join that may be given up for want of memory or time; windows close without it.
            if let Err(problem) = outcomes {
                let (model, reason) = (subject.model.as_str(), &problem.detail);
                tracing::warn!(model, reason, "late outcomes could not be counted");
            }
        }
        Ok(found)
    }

    /// Windows of profiles of the last day that have more rows than when they were read.
    async fn late_rows(
        &self,
        subject: &Subject,
        watch: &mut Watch,
        found: &mut Found,
    ) -> Result<(), Problem> {
        let base_us = watch.base_us();
        let to_us = Window::around(watch.closed_us(), base_us).from_us;
        let from_us = (to_us - ROWS_US).max(subject.reference.end);
        if from_us >= to_us {
            return Ok(());
        }
        let counts = self.row_counts(subject, from_us..to_us, base_us).await?;
        for (begin_us, rows) in counts {
            let window = Window::around(begin_us, base_us);
            if !watch.is_outdated(window, rows) {
                continue;
            }
            let again = self.windows_again(subject, window.from_us..window.to_us, base_us);
            for reading in again.await? {
                found.add(watch.revise(&reading));
            }
        }
        Ok(())
    }

    /// The same of windows that are shorter than those of profiles.
    async fn late_short(
        &self,
        subject: &Subject,
        watch: &mut Watch,
        found: &mut Found,
    ) -> Result<(), Problem> {
        let step_us = watch.step_us();
        let to_us = watch.closed_us();
        let from_us = (to_us - SHORT_WINDOWS * step_us).max(subject.reference.end);
        if step_us >= watch.base_us() || from_us >= to_us {
            return Ok(());
        }
        let counts = self.minutes(subject, from_us..to_us).await?;
        let mut windows: BTreeMap<i64, u64> = BTreeMap::new();
        for (minute_us, n) in counts {
            let window_us = Window::around(minute_us, step_us).from_us;
            *windows.entry(window_us).or_default() += n;
        }
        for (window_us, rows) in windows {
            let window = Window::around(window_us, step_us);
            if !watch.is_outdated(window, rows) {
                continue;
            }
            let again = self.short_rows(subject, window.from_us..window.to_us, step_us);
            for reading in again.await?.iter().filter(|r| !r.is_unread) {
                found.add(watch.revise(reading));
            }
        }
        Ok(())
    }

    /// Longer windows of which a part was revised.
    async fn late_longer(
        &self,
        subject: &Subject,
        watch: &mut Watch,
        found: &mut Found,
    ) -> Result<(), Problem> {
        for (length_us, window) in watch.late().into_iter().take(LONGER_MAX) {
            let range = window.from_us..window.to_us;
            let mut parts = match is_short(length_us) {
                true => self.short_rows(subject, range, watch.step_us()).await?,
                false => {
                    let again = self.windows_again(subject, range, watch.base_us());
                    again.await?
                }
            };
            // A part that cannot be read leaves the window as it is.
            if parts.iter().any(|part| part.is_unread) {
                parts.clear();
            }
            found.add(watch.revise_longer((length_us, window.from_us), &parts));
        }
        Ok(())
    }

    /// Windows whose outcomes were told in the last days and of which more are known now.
    async fn late_outcomes(
        &self,
        subject: &Subject,
        watch: &mut Watch,
        looked: &mut Looked,
        found: &mut Found,
    ) -> Result<(), Problem> {
        let closed_us = watch.closed_us();
        let outcomes = self.rows_in(&TableId::of(&subject.model, Kind::Outcome));
        let told = told(watch, closed_us);
        if told.is_empty() || outcomes == looked.outcomes {
            return Ok(());
        }
        let counts = self.known_outcomes(subject, &told, closed_us).await?;
        looked.outcomes = outcomes;
        for own in told {
            let hours = counts.range(own.window.from_us..own.window.to_us);
            let known: u64 = hours.map(|(_, n)| n).sum();
            if known <= own.known + own.rows / MORE_OUTCOMES {
                continue;
            }
            let figures = self.told_again(subject, own.window, closed_us).await?;
            found.add(watch.revise_outcomes(own.told_us, &figures));
        }
        Ok(())
    }

    /// Predictions that have an outcome by `until_us`, by hour.
    async fn known_outcomes(
        &self,
        subject: &Subject,
        told: &[OutcomesTold],
        until_us: i64,
    ) -> Result<BTreeMap<i64, u64>, Problem> {
        let own = schema(&subject.model);
        let from_us = told.iter().map(|o| o.window.from_us).min().unwrap_or(0);
        let to_us = told.iter().map(|o| o.window.to_us).max().unwrap_or(0);
        let answered = match subject.has("status") {
            true => "AND (p.status IS NULL OR p.status <> 'error')",
            false => "",
        };
        let hour = "date_trunc('hour', p.time)";
        let statement = format!(
            "SELECT {hour} AS at, CAST(count(DISTINCT p.id) AS BIGINT) AS n FROM {own}.predictions p \
             JOIN {own}.outcomes o ON o.prediction_id = p.id WHERE p.time >= {from} AND p.time < {to} \
             AND o.time >= {from} AND o.time < {until} {answered} GROUP BY {hour}",
            from = literal(from_us),
            to = literal(to_us),
            until = literal(until_us),
        );
        Ok(counts_of(&self.ask(&statement).await?.rows, "at"))
    }

    /// Predictions by minute.
    async fn minutes(
        &self,
        subject: &Subject,
        range: Range<i64>,
    ) -> Result<BTreeMap<i64, u64>, Problem> {
        let minute = "date_trunc('minute', time)";
        let statement = format!(
            "SELECT {minute} AS at, CAST(count(*) AS BIGINT) AS n FROM {}.predictions \
             WHERE time >= {} AND time < {} GROUP BY {minute}",
            schema(&subject.model),
            literal(range.start),
            literal(range.end)
        );
        Ok(counts_of(&self.ask(&statement).await?.rows, "at"))
    }

    fn rows_in(&self, table: &TableId) -> u64 {
        let volumes = self.lake().volumes();
        let own = volumes.iter().find(|(id, _)| id == table);
        own.map_or(0, |(_, v)| v.lake_rows + v.hot_rows)
    }
}

/// Windows of whole hours that were told in the last days, the newest first, as many as hold a million predictions.
fn told(watch: &Watch, closed_us: i64) -> Vec<OutcomesTold> {
    let is_whole = |w: &Window| w.from_us % HOUR_US == 0 && w.to_us % HOUR_US == 0;
    let since_us = closed_us - OUTCOMES_US;
    let own = watch.outcomes().copied();
    let own = own.filter(|o| o.told_us >= since_us && is_whole(&o.window));
    let mut told: Vec<OutcomesTold> = own.collect();
    told.sort_by_key(|o| std::cmp::Reverse(o.told_us));
    let mut rows = 0;
    let few = told.into_iter().take_while(|o| {
        rows += o.rows;
        rows <= ROWS_MAX
    });
    few.collect()
}
