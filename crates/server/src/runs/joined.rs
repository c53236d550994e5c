//! Performance: predictions joined with their outcomes, once enough of these are known.

use super::source::{Source, literal, schema, times_of};
use super::subject::{Labels, Subject};
use crate::problem::Problem;
use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::Float64Type;
use candor_contract::{Kind, TableId};
use candor_monitor::{DAY_US, HOUR_US, Reading, Window, performance, performance_window_us};
use std::collections::BTreeMap;
use std::ops::Range;

/// Outcomes so far back tell how long outcomes take.
const LOOK_BACK_US: i64 = 90 * DAY_US;
/// How long outcomes take is asked anew each week, counted from 1970, so that live operation and backtests know
/// the same.
const WEEK_US: i64 = 7 * DAY_US;
/// Of the predictions of a window so many must have an outcome.
const COVERAGE_MIN: f64 = 0.5;
/// Columns of predictions that performance needs.
const COLUMNS: [&str; 4] = ["output_score", "output_class", "output_value", "request_id"];
const OUTCOMES: [&str; 3] = ["class", "value", "relevance"];

impl Source {
    /// How long outcomes take, of those that had come by `as_of_us`, and how many an hour there are. `None`
    /// without any.
    pub(super) async fn labels(
        &self,
        subject: &Subject,
        as_of_us: i64,
    ) -> Result<Option<Labels>, Problem> {
        if !self.has(&TableId::of(&subject.model, Kind::Outcome)) {
            return Ok(None);
        }
        let own = schema(&subject.model);
        let statement = format!(
            "SELECT CAST(count(*) AS DOUBLE) AS n, \
             CAST(approx_percentile_cont(CAST(o.time AS BIGINT) - CAST(p.time AS BIGINT), 0.95) AS DOUBLE) AS delay, \
             CAST(max(CAST(p.time AS BIGINT)) - min(CAST(p.time AS BIGINT)) AS DOUBLE) AS span \
             FROM {own}.outcomes o JOIN {own}.predictions p ON o.prediction_id = p.id \
             WHERE o.time >= {from} AND o.time < {to} AND p.time >= {from} AND p.time < {to}",
            from = literal(as_of_us - LOOK_BACK_US),
            to = literal(as_of_us),
        );
        let batches = self.ask(&statement).await?;
        let number = |name: &str| {
            let array = batches.first()?.column_by_name(name)?;
            let array = array.as_primitive_opt::<Float64Type>()?;
            (array.len() == 1 && array.is_valid(0)).then(|| array.value(0))
        };
        let (Some(n), Some(delay), Some(span)) = (number("n"), number("delay"), number("span"))
        else {
            return Ok(None);
        };
        if n < 1.0 {
            return Ok(None);
        }
        let hourly = n / (span / HOUR_US as f64).max(1.0);
        let delay_us = (delay.max(0.0) as i64).min(LOOK_BACK_US);
        Ok(Some(Labels {
            delay_us,
            length_us: performance_window_us(hourly, delay_us),
        }))
    }

    /// Adds figures of performance to the readings at whose end enough outcomes are known.
    pub(super) async fn joined(
        &self,
        subject: &Subject,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let Some(known) = subject.labels else {
            return Ok(());
        };
        let length_us = known.length_us;
        let mut weeks: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (from_us, reading) in readings.iter() {
            if reading.window.to_us % length_us == 0 {
                let week = Window::around(reading.window.from_us, WEEK_US).from_us;
                weeks.entry(week).or_default().push(*from_us);
            }
        }
        for (week_us, places) in weeks {
            let as_of_us = week_us.max(subject.reference.end);
            let delay_us = match self.labels(subject, as_of_us).await? {
                Some(labels) => labels.delay_us.div_euclid(length_us) + 1,
                None => continue,
            } * length_us;
            let windows: Vec<(i64, Window)> = places
                .iter()
                .map(|place| {
                    let to_us = readings[place].window.to_us - delay_us;
                    let window = Window {
                        from_us: to_us - length_us,
                        to_us,
                    };
                    (*place, window)
                })
                .collect();
            let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
                continue;
            };
            let range = first.1.from_us..last.1.to_us;
            let Some(rows) = self
                .rows(subject, range, as_of_us.max(last.1.to_us + delay_us))
                .await?
            else {
                continue;
            };
            let times = times_of(&rows, "time");
            for (place, window) in windows {
                if let Some(reading) = readings.get_mut(&place) {
                    reading.joined = figures(subject, window, &rows, &times);
                }
            }
        }
        Ok(())
    }

    /// Predictions of a time with the latest outcome that had come by `as_of_us`.
    async fn rows(
        &self,
        subject: &Subject,
        range: Range<i64>,
        as_of_us: i64,
    ) -> Result<Option<RecordBatch>, Problem> {
        let own = schema(&subject.model);
        let of_outcomes: Vec<&str> = OUTCOMES
            .into_iter()
            .filter(|c| subject.outcome_columns.contains(*c))
            .collect();
        let latest: Vec<String> = of_outcomes
            .iter()
            .map(|c| format!("last_value({c} ORDER BY time) AS {c}"))
            .collect();
        let of_predictions = COLUMNS.into_iter().filter(|c| subject.has(c));
        let mut columns: Vec<String> = of_predictions.map(|c| format!("p.{c}")).collect();
        columns.extend(of_outcomes.iter().map(|c| format!("o.{c} AS outcome_{c}")));
        if latest.is_empty() {
            return Ok(None);
        }
        let statement = format!(
            "SELECT p.time, {} FROM {own}.predictions p LEFT JOIN \
             (SELECT prediction_id, {} FROM {own}.outcomes WHERE time >= {from} AND time < {} \
              GROUP BY prediction_id) o ON o.prediction_id = p.id \
             WHERE p.time >= {from} AND p.time < {}",
            columns.join(", "),
            latest.join(", "),
            literal(as_of_us),
            literal(range.end),
            from = literal(range.start),
        );
        let batches = self.ask(&statement).await?;
        let Some(first) = batches.first() else {
            return Ok(None);
        };
        Ok(concat_batches(&first.schema(), &batches).ok())
    }
}

/// The figures of one window's rows; none if too few outcomes are known.
fn figures(
    subject: &Subject,
    window: Window,
    rows: &RecordBatch,
    times: &[i64],
) -> Vec<candor_monitor::Joined> {
    let own = (0_u32..).zip(times).filter(|(_, us)| window.holds(**us));
    let own: Vec<u32> = own.map(|(at, _)| at).collect();
    let Ok(own) = take_record_batch(rows, &UInt32Array::from(own)) else {
        return Vec::new();
    };
    let known = OUTCOMES
        .iter()
        .filter_map(|c| own.column_by_name(&format!("outcome_{c}")))
        .map(|array| array.len() - array.null_count())
        .max()
        .unwrap_or(0);
    if (known as f64) < COVERAGE_MIN * own.num_rows() as f64 || known == 0 {
        return Vec::new();
    }
    performance(window, &subject.spec, &own)
}
