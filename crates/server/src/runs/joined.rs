//! Performance: predictions joined with their outcomes, once enough of these are known.
//!
//! A window's figures are of the outcomes that had come by the end of the reading that tells them, so that a
//! backtest, which could know more, tells what live operation told.

use super::source::{Source, literal, schema, times_of};
use super::subject::{Labels, Subject, is_of_outcomes};
use crate::problem::Problem;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, UInt32Array};
use arrow::compute::{
    SortColumn, cast, concat_batches, filter_record_batch, lexsort_to_indices, take,
    take_record_batch,
};
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use candor_contract::{Kind, TableId};
use candor_monitor::{
    DAY_US, HOUR_US, Joined, Reading, Wanted, Window, outcome_figures, performance_window_us,
    segment_column,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::PoisonError;

/// Outcomes so far back tell how long outcomes take.
const LOOK_BACK_US: i64 = 90 * DAY_US;
/// How long outcomes take is asked anew each week, counted from 1970, so that live operation and backtests know
/// the same.
const WEEK_US: i64 = 7 * DAY_US;
/// Columns of predictions that performance needs.
const COLUMNS: [&str; 5] = [
    "output_score",
    "output_class",
    "output_value",
    "request_id",
    "status",
];
const OUTCOMES: [&str; 3] = ["class", "value", "relevance"];
/// The time of a row's outcome.
const OUTCOME_TIME: &str = "outcome_time";
/// Of more rows, which are put into an order before some are taken, a part of the day is read at a time.
const PIECE_ROWS: u64 = 500_000;
/// Answers on how outcomes come that are remembered.
const LABELS_MAX: usize = 4_096;

/// A window of predictions, and when it is told: at the end of the reading that begins at `place`.
#[derive(Debug, Clone, Copy)]
struct Due {
    place: i64,
    window: Window,
    told_us: i64,
    /// Outcomes count that came at most so long after their prediction.
    age_us: i64,
}

impl Due {
    /// With all outcomes that had come by then.
    fn at(window: Window, told_us: i64) -> Self {
        Self {
            place: window.from_us,
            window,
            told_us,
            age_us: i64::MAX,
        }
    }
}

/// Predictions of a time with the outcomes that they had at the same age.
#[derive(Debug, Clone, Copy)]
pub(super) struct Aged<'a> {
    pub(super) window: Window,
    /// When is now.
    pub(super) told_us: i64,
    /// The age: later outcomes do not count.
    pub(super) age_us: i64,
    /// Further columns of the predictions.
    pub(super) columns: &'a [String],
    /// Of more rows so many are taken, evenly by time.
    pub(super) rows_max: u64,
}

impl Source {
    /// How outcomes come, of those that had come by `as_of_us`. `None` without any. Each instant is asked once: what
    /// comes later does not change it.
    pub(super) async fn labels(
        &self,
        subject: &Subject,
        as_of_us: i64,
    ) -> Result<Option<Labels>, Problem> {
        let key = (subject.model.clone(), as_of_us);
        let known = {
            let labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
            labels.get(&key).copied()
        };
        if let Some(labels) = known {
            return Ok(Some(labels));
        }
        let found = self.ask_labels(subject, as_of_us).await?;
        if let Some(found) = found {
            let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
            if labels.len() >= LABELS_MAX {
                labels.clear();
            }
            labels.insert(key, found);
        }
        Ok(found)
    }

    async fn ask_labels(
        &self,
        subject: &Subject,
        as_of_us: i64,
    ) -> Result<Option<Labels>, Problem> {
        if !self.has(&TableId::of(&subject.model, Kind::Outcome)) {
            return Ok(None);
        }
        let own = schema(&subject.model);
        let delay = "CAST(CAST(o.time AS BIGINT) - CAST(p.time AS BIGINT) AS DOUBLE)";
        let time = "CAST(CAST(p.time AS BIGINT) AS DOUBLE)";
        let statement = format!(
            "SELECT CAST(count(*) AS DOUBLE) AS n, percentile_cont({delay}, 0.95) AS delay, \
             max({time}) - min({time}) AS span \
             FROM {own}.outcomes o JOIN {own}.predictions p ON o.prediction_id = p.id \
             WHERE o.time >= {from} AND o.time < {to} AND p.time >= {from} AND p.time < {to}",
            from = literal(as_of_us - LOOK_BACK_US),
            to = literal(as_of_us),
        );
        let answer = self.ask(&statement).await?;
        let number = |name: &str| {
            let array = answer.rows.first()?.column_by_name(name)?;
            let array = array.as_primitive_opt::<Float64Type>()?;
            (array.len() == 1 && array.is_valid(0)).then(|| array.value(0))
        };
        let (Some(n), Some(delay), Some(span)) = (number("n"), number("delay"), number("span"))
        else {
            return Ok(None);
        };
        let hourly = n / (span / HOUR_US as f64).max(1.0);
        let delay_us = (delay.max(0.0) as i64).min(LOOK_BACK_US);
        Ok((n >= 1.0).then(|| Labels {
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
        for length_us in lengths(subject, known) {
            self.joined_by(subject, length_us, readings).await?;
        }
        Ok(())
    }

    async fn joined_by(
        &self,
        subject: &Subject,
        length_us: i64,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let mut weeks: BTreeMap<i64, Vec<(i64, i64)>> = BTreeMap::new();
        for (place, reading) in readings.iter() {
            if reading.window.to_us % length_us == 0 {
                let week = Window::around(reading.window.from_us, WEEK_US).from_us;
                let told = (*place, reading.window.to_us);
                weeks.entry(week).or_default().push(told);
            }
        }
        for (week_us, told) in weeks {
            let as_of_us = week_us.max(subject.reference.end);
            let Some(labels) = self.labels(subject, as_of_us).await? else {
                continue;
            };
            let delay_us = (labels.delay_us.div_euclid(length_us) + 1) * length_us;
            let due = told.into_iter().map(|(place, told_us)| {
                let window = Window {
                    from_us: told_us - delay_us - length_us,
                    to_us: told_us - delay_us,
                };
                Due {
                    place,
                    ..Due::at(window, told_us)
                }
            });
            for (place, figures) in self.figures(subject, &due.collect::<Vec<_>>()).await? {
                if let Some(reading) = readings.get_mut(&place) {
                    reading.joined.extend(figures);
                }
            }
        }
        Ok(())
    }

    /// How outcomes come, by what is known at the beginning of the week of `now_us`.
    pub(super) async fn labels_now(
        &self,
        subject: &Subject,
        now_us: i64,
    ) -> Result<Option<Labels>, Problem> {
        let week_us = Window::around(now_us, WEEK_US).from_us;
        self.labels(subject, week_us.max(subject.reference.end))
            .await
    }

    /// Predictions of a window, a row for each, with the latest outcome that had come by `told_us` and further columns of
    /// the predictions. `None` if they are more than are taken.
    pub(super) async fn joined_rows(
        &self,
        subject: &Subject,
        window: Window,
        told_us: i64,
        further: &[String],
    ) -> Result<Option<RecordBatch>, Problem> {
        self.row_each(subject, Due::at(window, told_us), further, 1)
            .await
    }

    /// Predictions, a row for each, with the latest outcome that they had at an age. `None` without any, and if they are
    /// more than are taken.
    pub(super) async fn aged_rows(
        &self,
        subject: &Subject,
        asked: Aged<'_>,
    ) -> Result<Option<RecordBatch>, Problem> {
        let due = |window: Window| Due {
            age_us: asked.age_us,
            // What comes later than the last one's age is not looked for.
            ..Due::at(
                window,
                asked.told_us.min(window.to_us.saturating_add(asked.age_us)),
            )
        };
        let counts = self.counted(subject, asked.window).await?;
        let step = counts.values().sum::<u64>().div_ceil(asked.rows_max).max(1);
        if step == 1 {
            return self
                .row_each(subject, due(asked.window), asked.columns, step)
                .await;
        }
        let mut parts = Vec::new();
        for piece in pieces(asked.window, &counts) {
            let rows = self.row_each(subject, due(piece), asked.columns, step);
            let Some(rows) = rows.await? else {
                return Ok(None);
            };
            parts.push(rows);
        }
        let Some(first) = parts.first() else {
            return Ok(None);
        };
        let rows = concat_batches(&first.schema(), &parts);
        rows.map(Some).map_err(|e| Problem::internal(&e))
    }

    /// The predictions of one window, each `step`th, a row for each.
    async fn row_each(
        &self,
        subject: &Subject,
        due: Due,
        further: &[String],
        step: u64,
    ) -> Result<Option<RecordBatch>, Problem> {
        let Some(rows) = self.rows(subject, &[due], further, step).await? else {
            return Ok(None);
        };
        let joined = tokio::task::spawn_blocking(move || as_of(due, &rows)).await;
        joined.map_err(|e| Problem::internal(&e))
    }

    /// The figures of a window that was told before, by the outcomes that have come by `told_us`.
    pub(super) async fn told_again(
        &self,
        subject: &Subject,
        window: Window,
        told_us: i64,
    ) -> Result<Vec<Joined>, Problem> {
        let due = Due::at(window, told_us);
        let told = self.figures(subject, &[due]).await?;
        Ok(told.into_iter().flat_map(|(_, figures)| figures).collect())
    }

    /// The figures of windows that follow one another: read at once or, if they are too many rows, each by itself.
    /// A window that is too many by itself has none, never those of a part of it.
    async fn figures(
        &self,
        subject: &Subject,
        due: &[Due],
    ) -> Result<Vec<(i64, Vec<Joined>)>, Problem> {
        let wanted = subject.wanted();
        let of_segments = wanted.segments().into_iter().map(segment_column);
        let of_segments: Vec<String> = of_segments.filter(|c| subject.has(c)).collect();
        if let Some(rows) = self.rows(subject, due, &of_segments, 1).await? {
            let told = due
                .iter()
                .map(|d| (d.place, figures(subject, &wanted, *d, &rows)));
            return Ok(told.collect());
        }
        let mut told = Vec::new();
        for one in due {
            let own = std::slice::from_ref(one);
            match self.rows(subject, own, &of_segments, 1).await? {
                Some(rows) => told.push((one.place, figures(subject, &wanted, *one, &rows))),
                None => tracing::warn!(
                    model = subject.model.as_str(),
                    from_us = one.window.from_us,
                    "a window has too many rows for its performance to be told"
                ),
            }
        }
        Ok(told)
    }

    /// The predictions of a window that have an outcome by `told_us`, each with the latest one and its segments, in the
    /// order of time. `None` if they are more than are taken.
    pub(super) async fn labelled(
        &self,
        subject: &Subject,
        window: Window,
        told_us: i64,
    ) -> Result<Option<RecordBatch>, Problem> {
        let segments: Vec<String> = subject.segments.iter().map(|s| segment_column(s)).collect();
        let rows = self.joined_rows(subject, window, told_us, &segments);
        let Some(rows) = rows.await? else {
            return Ok(None);
        };
        let sorted = tokio::task::spawn_blocking(move || sorted(&rows)).await;
        let sorted = sorted.map_err(|e| Problem::internal(&e))?;
        sorted.map(Some).map_err(|e| Problem::internal(&e))
    }

    /// Predictions of the windows with all outcomes that had come by the last one's end, a row for each, with further
    /// columns of the predictions; in one order, whatever batches they came in. Of predictions each `step`th in this order
    /// is taken. `None` if they are more than are taken.
    async fn rows(
        &self,
        subject: &Subject,
        due: &[Due],
        further: &[String],
        step: u64,
    ) -> Result<Option<RecordBatch>, Problem> {
        let own = schema(&subject.model);
        let from_us = due.iter().map(|d| d.window.from_us).min().unwrap_or(0);
        let to_us = due.iter().map(|d| d.window.to_us).max().unwrap_or(0);
        let told_us = due.iter().map(|d| d.told_us).max().unwrap_or(0);
        let of_predictions = COLUMNS.into_iter().filter(|c| subject.has(c));
        let of_predictions = of_predictions.chain(further.iter().map(String::as_str));
        let mut columns: Vec<String> = of_predictions.map(|c| format!("p.\"{c}\"")).collect();
        let (from, to) = (literal(from_us), literal(to_us));
        let predictions = match step {
            1 => format!("{own}.predictions"),
            _ => format!(
                "(SELECT * FROM (SELECT *, row_number() OVER (ORDER BY time, id) AS place FROM {own}.predictions \
                 WHERE time >= {from} AND time < {to}) WHERE place % {step} = 0)"
            ),
        };
        let of_outcomes = OUTCOMES.into_iter();
        let of_outcomes = of_outcomes.filter(|c| subject.outcome_columns.contains(*c));
        columns.extend(of_outcomes.map(|c| format!("o.{c} AS outcome_{c}")));
        let statement = format!(
            "SELECT p.time, p.id, o.time AS {OUTCOME_TIME}, {} FROM {predictions} p \
             LEFT JOIN (SELECT * FROM {own}.outcomes WHERE time >= {from} AND time < {told}) o \
             ON o.prediction_id = p.id WHERE p.time >= {from} AND p.time < {to} \
             ORDER BY p.time, p.id, o.time, o.id",
            columns.join(", "),
            told = literal(told_us),
        );
        let answer = self.ask(&statement).await?;
        if answer.cut {
            return Ok(None);
        }
        let schema = answer.schema.clone();
        concat_batches(&schema, &answer.rows)
            .map(Some)
            .map_err(|e| Problem::internal(&e))
    }
}

/// Rows that have an outcome, by time and id.
pub(super) fn sorted(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let known = |row: usize| {
        let mut outcomes = OUTCOMES.iter();
        outcomes.any(|c| {
            let array = rows.column_by_name(&format!("outcome_{c}"));
            array.is_some_and(|a| a.is_valid(row))
        })
    };
    let known: BooleanArray = (0..rows.num_rows()).map(|row| Some(known(row))).collect();
    let rows = filter_record_batch(rows, &known)?;
    let by = ["time", "id"].iter().filter_map(|name| {
        Some(SortColumn {
            values: rows.column_by_name(name)?.clone(),
            options: None,
        })
    });
    let order = lexsort_to_indices(&by.collect::<Vec<_>>(), None)?;
    take_record_batch(&rows, &order)
}

/// A window in pieces of not too many rows: its days, and parts of days of very many. `counts` are the rows of the days.
fn pieces(window: Window, counts: &BTreeMap<i64, u64>) -> Vec<Window> {
    let mut pieces = Vec::new();
    for (day_us, n) in counts {
        let parts = i64::try_from(n.div_ceil(PIECE_ROWS).max(1)).unwrap_or(i64::MAX);
        let (from_us, to_us) = (
            window.from_us.max(*day_us),
            window.to_us.min(day_us + DAY_US),
        );
        let edge = |part: i64| from_us + (to_us - from_us) / parts * part;
        pieces.extend((0..parts).map(|part| Window {
            from_us: edge(part),
            to_us: if part + 1 == parts {
                to_us
            } else {
                edge(part + 1)
            },
        }));
    }
    pieces
}

/// Lengths of the windows of outcomes: the usual one, and those that monitors declare.
fn lengths(subject: &Subject, known: Labels) -> BTreeSet<i64> {
    let declared = subject.monitors.iter().filter_map(|(_, monitor)| {
        let of_outcomes = is_of_outcomes(monitor.measure);
        monitor.window_us().filter(|_| of_outcomes)
    });
    declared.chain([known.length_us]).collect()
}

/// The figures of one window.
fn figures(subject: &Subject, wanted: &Wanted, due: Due, rows: &RecordBatch) -> Vec<Joined> {
    let own = as_of(due, rows);
    own.map_or_else(Vec::new, |own| {
        outcome_figures(due.window, &subject.spec, wanted, &own)
    })
}

/// The predictions of a window, a row for each, with the latest outcome that had come when it is told.
fn as_of(due: Due, rows: &RecordBatch) -> Option<RecordBatch> {
    let times = times_of(rows, "time");
    let outcome_times = rows.column_by_name(OUTCOME_TIME)?;
    let came_us = times_of(rows, OUTCOME_TIME);
    let ids = cast(rows.column_by_name("id")?, &DataType::Utf8).ok()?;
    let ids = ids.as_string::<i32>();
    // The row of each prediction, in their order, and that of its outcome.
    let mut predictions: Vec<u32> = Vec::new();
    let mut outcomes: Vec<Option<u32>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (row, at_us) in (0_u32..).zip(&times) {
        if !due.window.holds(*at_us) {
            continue;
        }
        let at = row as usize;
        let place = *places.entry(ids.value(at)).or_insert_with(|| {
            predictions.push(row);
            outcomes.push(None);
            predictions.len() - 1
        });
        let came = outcome_times.is_valid(at)
            && came_us[at] < due.told_us
            && came_us[at].saturating_sub(*at_us) <= due.age_us;
        let later = outcomes[place].is_none_or(|old| came_us[old as usize] <= came_us[at]);
        if came && later {
            outcomes[place] = Some(row);
        }
    }
    let own = take_record_batch(rows, &UInt32Array::from(predictions)).ok()?;
    let outcomes = UInt32Array::from(outcomes);
    let schema = rows.schema();
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        if field.name().starts_with("outcome_") {
            return take(rows.column(at), &outcomes, None).ok();
        }
        Some(own.column(at).clone())
    });
    let columns: Vec<ArrayRef> = columns.collect::<Option<_>>()?;
    RecordBatch::try_new(schema, columns).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{StringArray, TimestampMicrosecondArray};
    use std::sync::Arc;

    #[test]
    fn a_time_is_read_by_its_days_and_large_days_in_parts() {
        let window = Window {
            from_us: DAY_US / 2,
            to_us: 2 * DAY_US + 7,
        };
        let counts = [(0, 9), (DAY_US, 1_000_001), (2 * DAY_US, 1)].into();
        let edges: Vec<i64> = pieces(window, &counts).iter().map(|w| w.to_us).collect();
        let third = DAY_US / 3;
        let (one, two) = (DAY_US + third, DAY_US + 2 * third);
        assert_eq!(edges, [DAY_US, one, two, 2 * DAY_US, window.to_us]);
        assert_eq!(pieces(window, &counts)[0].from_us, window.from_us);
    }

    #[test]
    fn a_window_is_told_with_the_outcomes_of_then_each_prediction_once() {
        let time = |us: Vec<Option<i64>>| Arc::new(TimestampMicrosecondArray::from(us)) as ArrayRef;
        let text = |words: Vec<Option<&str>>| Arc::new(StringArray::from(words)) as ArrayRef;
        // `a` was corrected in time, `b` too late, `c` has none yet; `d` is of another window.
        let rows = RecordBatch::try_from_iter_with_nullable([
            (
                "time",
                time(vec![Some(1), Some(1), Some(2), Some(2), Some(3), Some(20)]),
                true,
            ),
            (
                "id",
                text(["a", "a", "b", "b", "c", "d"].map(Some).to_vec()),
                true,
            ),
            (
                "outcome_time",
                time(vec![
                    Some(15),
                    Some(14),
                    Some(16),
                    Some(40),
                    Some(30),
                    Some(21),
                ]),
                true,
            ),
            (
                "outcome_class",
                text(["1", "0", "0", "1", "1", "1"].map(Some).to_vec()),
                true,
            ),
        ])
        .unwrap();
        let window = Window {
            from_us: 0,
            to_us: 10,
        };
        let told = as_of(Due::at(window, 30), &rows).unwrap();
        let word = |told: &RecordBatch, name: &str| -> Vec<Option<String>> {
            let column = told.column_by_name(name).unwrap().as_string::<i32>();
            column.iter().map(|w| w.map(str::to_owned)).collect()
        };
        assert_eq!(
            word(&told, "id"),
            ["a", "b", "c"].map(|w| Some(w.to_owned()))
        );
        let (zero, one) = (Some("0".to_owned()), Some("1".to_owned()));
        assert_eq!(word(&told, "outcome_class"), [one, zero.clone(), None]);
        // At the age of 13 `a` was not corrected yet, and of `b` nothing was known.
        let young = Due {
            age_us: 13,
            ..Due::at(window, 30)
        };
        let told = as_of(young, &rows).unwrap();
        assert_eq!(word(&told, "outcome_class"), [zero, None, None]);
    }
}
