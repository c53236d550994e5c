//! What only rows together tell: estimated performance and drift of all inputs at once, from samples. Read only for
//! models whose monitors ask for it.
//!
//! What is learnt of the reference is as it was when that had ended, or when its outcomes had come: so a backtest tells
//! what live operation told.

use super::joined::sorted;
use super::lesson::Lesson;
use super::source::{ROWS_MAX, Source, literal, schema};
use super::subject::Subject;
use crate::problem::Problem;
use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::error::ArrowError;
use candor_monitor::{DAY_US, Reading, SAMPLE_ROWS, Taught, Together, Window};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// Models of which is remembered what their references taught.
const TAUGHT_MAX: usize = 64;
/// How often rows with outcomes that are too many are halved.
const HALVES_MAX: usize = 8;
/// Columns of predictions that estimates need beside the inputs.
const OUTPUTS: [&str; 3] = ["output_score", "output_class", "output_value"];

impl Source {
    /// Adds figures of samples to the readings at whose end a window of them ends.
    pub(super) async fn together(
        &self,
        subject: &Subject,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let together = Together::new(subject.monitors.iter().map(|(_, m)| m));
        if together.is_empty() {
            return Ok(());
        }
        let Some(lesson) = self.lesson(subject, &together).await? else {
            return Ok(());
        };
        for length_us in together.lengths_us() {
            let due: Vec<(i64, Window)> = readings
                .iter()
                .filter(|(_, r)| r.window.to_us % length_us == 0)
                .map(|(place, r)| (*place, Window::around(r.window.to_us - 1, *length_us)))
                .filter(|(_, window)| window.from_us >= subject.reference.start)
                .collect();
            for (place, window) in due {
                let Some(rows) = self.sample(subject, window).await? else {
                    continue;
                };
                let taught = lesson.taught.clone();
                // Of the reference's own windows estimates say what is usual.
                let estimates = window.to_us >= lesson.outcomes_us
                    || lesson.outcomes_us <= subject.reference.end;
                let told = move || taught.figures(window, &rows, estimates);
                let told = tokio::task::spawn_blocking(told).await;
                let told = told.map_err(|e| Problem::internal(&e))?;
                if let Some(reading) = readings.get_mut(&place) {
                    reading.joined.extend(told);
                }
            }
        }
        Ok(())
    }

    async fn lesson(
        &self,
        subject: &Subject,
        together: &Together,
    ) -> Result<Option<Lesson>, Problem> {
        let key = format!("{together:?} {:?} {:?}", subject.reference, subject.spec);
        let known = {
            let taught = self.taught.lock().unwrap_or_else(PoisonError::into_inner);
            taught.get(&subject.model).cloned()
        };
        if let Some(known) = known.filter(|l| l.key == key) {
            return Ok(Some(known));
        }
        let reference = Window {
            from_us: subject.reference.start,
            to_us: subject.reference.end,
        };
        let Some(rows) = self.sample(subject, reference).await? else {
            return Ok(None);
        };
        let (outcomes_us, labelled) = match together.needs_outcomes() {
            true => self.with_outcomes(subject, reference).await?,
            false => (i64::MAX, None),
        };
        let (spec, wanted) = (subject.spec.clone(), together.clone());
        let learn = move || Taught::by(&wanted, &spec, &rows, labelled.as_ref());
        let taught = tokio::task::spawn_blocking(learn).await;
        let lesson = Lesson {
            key,
            taught: Arc::new(taught.map_err(|e| Problem::internal(&e))?),
            outcomes_us,
        };
        let mut all = self.taught.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= TAUGHT_MAX {
            all.clear();
        }
        all.insert(subject.model.clone(), lesson.clone());
        Ok(Some(lesson))
    }

    /// Predictions of the reference whose outcomes should be there, with these and their inputs, evenly taken; and since
    /// when they are there. Where outcomes take longer than half of the reference, all of it is waited for.
    async fn with_outcomes(
        &self,
        subject: &Subject,
        reference: Window,
    ) -> Result<(i64, Option<RecordBatch>), Problem> {
        let Some(labels) = subject.labels else {
            return Ok((i64::MAX, None));
        };
        let soon = labels.delay_us <= reference.length_us() / 2;
        let (outcomes_us, mut window) = match soon {
            true => (
                reference.to_us,
                Window {
                    to_us: reference.to_us - labels.delay_us,
                    ..reference
                },
            ),
            false => {
                let last_us = reference.to_us + labels.delay_us;
                (Window::around(last_us, DAY_US).to_us, reference)
            }
        };
        let inputs = inputs(subject);
        for _ in 0..HALVES_MAX {
            let rows = self.joined_rows(subject, window, outcomes_us, &inputs);
            if let Some(rows) = rows.await? {
                // In one order, whatever that of the answer was: what is learnt depends on it.
                let taken = tokio::task::spawn_blocking(move || thinned(&sorted(&rows)?));
                let taken = taken.await.map_err(|e| Problem::internal(&e))?;
                let taken = taken.map_err(|e| Problem::internal(&e))?;
                return Ok((outcomes_us, Some(taken)));
            }
            window.from_us += window.length_us() / 2;
        }
        Ok((outcomes_us, None))
    }

    /// Rows of a time with outputs and inputs, evenly taken by time. `None` without any, and of times of very many.
    async fn sample(
        &self,
        subject: &Subject,
        window: Window,
    ) -> Result<Option<RecordBatch>, Problem> {
        let counts = self.counted(subject, window).await?;
        let whole: u64 = counts.values().sum();
        let step = whole.div_ceil(SAMPLE_ROWS as u64).max(1);
        let mut columns: Vec<String> = OUTPUTS.iter().map(|c| (*c).to_owned()).collect();
        columns.retain(|c| subject.has(c));
        columns.extend(inputs(subject));
        let columns: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
        let columns = columns.join(", ");
        let mut parts = Vec::new();
        for (day_us, n) in counts {
            if n >= ROWS_MAX {
                tracing::warn!(
                    model = subject.model.as_str(),
                    day_us,
                    "a day has too many rows to be sampled; estimates and drift of all inputs leave it out"
                );
                continue;
            }
            let day = literal(day_us.max(window.from_us));
            let end = literal((day_us + DAY_US).min(window.to_us));
            let statement = format!(
                "SELECT time, {columns} FROM (SELECT time, id, {columns}, row_number() OVER (ORDER BY time, id) AS place \
                 FROM {}.predictions WHERE time >= {day} AND time < {end}) WHERE place % {step} = 0 ORDER BY time, id",
                schema(&subject.model),
            );
            let told = self.ask(&statement).await?;
            let rows = concat_batches(&told.schema, &told.rows);
            parts.push(rows.map_err(|e| Problem::internal(&e))?);
        }
        let Some(first) = parts.first() else {
            return Ok(None);
        };
        let rows = concat_batches(&first.schema(), &parts).map_err(|e| Problem::internal(&e))?;
        Ok((rows.num_rows() > 0).then_some(rows))
    }
}

/// Stored columns of the inputs.
fn inputs(subject: &Subject) -> Vec<String> {
    let own = subject.columns.iter().filter(|c| c.starts_with("input_"));
    own.cloned().collect()
}

/// At most as many rows as are enough, evenly taken.
fn thinned(rows: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let step = rows.num_rows().div_ceil(SAMPLE_ROWS).max(1);
    let places = (0_u32..).take(rows.num_rows()).step_by(step);
    take_record_batch(rows, &UInt32Array::from_iter_values(places))
}
