//! What a window tells, read from the lake.

use super::setup::Subject;
use crate::clock;
use crate::doors::sql::read;
use crate::problem::Problem;
use crate::sql::SqlPool;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use candor_contract::{Kind, ModelName, TableId, format_us};
use candor_lake::{Grain, Lake, ProfileQuery, QueryRequest};
use candor_monitor::{HOUR_US, NearChange, Reading, Window};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Most profiles of one read.
const PROFILES_MAX: usize = 2_000_000;
/// Most rows of one statement.
const ROWS_MAX: u64 = 1_000_000;
/// The only columns that are watched by segment.
const BY_SEGMENT: [&str; 3] = ["output_class", "output_score", "output_value"];
const FEEDBACK: &str = "verdict";

/// Where readings come from.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) lake: Lake,
    pub(crate) sql: Arc<SqlPool>,
}

impl Source {
    /// The windows of `range`, each of `step_us`, in the order of time; also those in which nothing was seen.
    pub(crate) async fn readings(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
    ) -> Result<Vec<Reading>, Problem> {
        let mut readings = BTreeMap::new();
        let mut from_us = Window::around(range.start, step_us).from_us;
        while from_us < range.end {
            let window = Window::around(from_us, step_us);
            readings.insert(from_us, Reading::empty(window));
            from_us = window.to_us;
        }
        self.profiles(subject, &range, step_us, &mut readings).await?;
        self.builds(subject, &range, &mut readings).await?;
        self.changes(subject, &range, step_us, &mut readings).await?;
        self.joined(subject, &mut readings).await?;
        Ok(readings.into_values().collect())
    }

    async fn profiles(
        &self,
        subject: &Subject,
        range: &Range<i64>,
        step_us: i64,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let grain = if step_us < HOUR_US {
            Grain::FiveMinutes
        } else {
            Grain::Hour
        };
        let of = |kind: Kind, column: Option<&str>, segment: Option<&str>| ProfileQuery {
            model: subject.model.clone(),
            kind,
            grain,
            from_us: range.start,
            to_us: range.end,
            column: column.map(str::to_owned),
            segment: segment.map(str::to_owned),
            limit: PROFILES_MAX,
        };
        let failed = |error: candor_lake::Error| Problem::internal(&error);
        let place = |from_us: i64| Window::around(from_us, step_us).from_us;
        let whole = self.lake.profiles(&of(Kind::Prediction, None, None));
        for found in whole.await.map_err(failed)? {
            if let Some(reading) = readings.get_mut(&place(found.from_us)) {
                reading.columns.insert(found.column, found.profile);
            }
        }
        let feedback = self.lake.profiles(&of(Kind::Feedback, Some(FEEDBACK), None));
        for found in feedback.await.map_err(failed)? {
            if let Some(reading) = readings.get_mut(&place(found.from_us)) {
                reading.feedback.insert(found.column, found.profile);
            }
        }
        for segment in &subject.segments {
            for column in BY_SEGMENT.iter().filter(|c| subject.has(c)) {
                let query = of(Kind::Prediction, Some(column), Some(segment));
                for found in self.lake.profiles(&query).await.map_err(failed)? {
                    let reading = readings.get_mut(&place(found.from_us));
                    if let (Some(reading), Some(value)) = (reading, found.segment_value) {
                        let part = (segment.clone(), value);
                        let own = reading.segments.entry(part).or_default();
                        own.insert(found.column, found.profile);
                    }
                }
            }
        }
        Ok(())
    }

    /// When features were last built, as of each window's end.
    async fn builds(
        &self,
        subject: &Subject,
        range: &Range<i64>,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        if !self.has(&TableId::Shared(Kind::Stage)) {
            return Ok(());
        }
        let model = quoted(subject.model.as_str());
        let statement = format!(
            "SELECT max(time) AS time FROM stages WHERE model = {model} AND time < {} \
             GROUP BY date_trunc('minute', time) ORDER BY 1",
            literal(range.end)
        );
        let mut times = Vec::new();
        for batch in self.ask(&statement).await? {
            times.extend(times_of(&batch, "time"));
        }
        for reading in readings.values_mut() {
            let before = times.partition_point(|us| *us < reading.window.to_us);
            reading.built_us = before.checked_sub(1).and_then(|at| times.get(at)).copied();
        }
        Ok(())
    }

    async fn changes(
        &self,
        subject: &Subject,
        range: &Range<i64>,
        step_us: i64,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        if !self.has(&TableId::Shared(Kind::Change)) {
            return Ok(());
        }
        let model = quoted(subject.model.as_str());
        let statement = format!(
            "SELECT time, what, target, \"to\", by, why FROM changes WHERE model = {model} \
             AND time >= {} AND time < {} ORDER BY time, id",
            literal(range.start),
            literal(range.end)
        );
        for batch in self.ask(&statement).await? {
            let text = |name: &str| texts_of(&batch, name);
            let (what, target, to) = (text("what"), text("target"), text("to"));
            let (by, why) = (text("by"), text("why"));
            for (row, at_us) in times_of(&batch, "time").into_iter().enumerate() {
                let own = |column: &[Option<String>]| column.get(row).cloned().flatten();
                let mut told = own(&what).unwrap_or_else(|| "a change".to_owned());
                for (word, value) in [
                    ("of", own(&target)),
                    ("to", own(&to)),
                    ("by", own(&by)),
                    ("because:", own(&why)),
                ] {
                    if let Some(value) = value.filter(|v| !v.is_empty()) {
                        told.push_str(&format!(" {word} {value}"));
                    }
                }
                let window = Window::around(at_us, step_us);
                if let Some(reading) = readings.get_mut(&window.from_us) {
                    reading.changes.push(NearChange { at_us, what: told });
                }
            }
        }
        Ok(())
    }

    /// Whether a table has rows.
    pub(super) fn has(&self, table: &TableId) -> bool {
        self.lake
            .volumes()
            .iter()
            .any(|(id, v)| id == table && v.lake_rows + v.hot_rows > 0)
    }

    /// The rows of a statement of ours.
    pub(super) async fn ask(&self, statement: &str) -> Result<Vec<RecordBatch>, Problem> {
        let request = QueryRequest {
            sql: statement.to_owned(),
            now_us: clock::now_us(),
            limits: self.sql.limits(None, Some(ROWS_MAX)),
            purpose: None,
        };
        let mut running = self.sql.ask(request).await?;
        let outcome = read(&mut running).await;
        running.end(outcome.is_err());
        let (_, batches, summary) = outcome?;
        if summary.truncated {
            tracing::warn!(statement, "a reading has more rows than are taken");
        }
        Ok(batches)
    }
}

/// A text in SQL.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A model's schema in SQL.
pub(super) fn schema(model: &ModelName) -> String {
    format!("\"{}\"", model.as_str().replace('"', "\"\""))
}

/// An instant in SQL.
pub(super) fn literal(us: i64) -> String {
    format!("TIMESTAMP '{}'", format_us(us))
}

pub(super) fn times_of(batch: &RecordBatch, name: &str) -> Vec<i64> {
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
    let array = batch.column_by_name(name).and_then(|a| cast(a, &wanted).ok());
    array.map_or_else(Vec::new, |array| {
        let times = array.as_primitive::<TimestampMicrosecondType>();
        times.iter().map(Option::unwrap_or_default).collect()
    })
}

fn texts_of(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let array = batch.column_by_name(name);
    let array = array.and_then(|a| cast(a, &DataType::Utf8).ok());
    array.map_or_else(Vec::new, |array| {
        let texts = array.as_string::<i32>();
        (0..texts.len())
            .map(|at| texts.is_valid(at).then(|| texts.value(at).to_owned()))
            .collect()
    })
}
