//! What a window tells, read from the lake.

use super::lesson::Lesson;
use super::subject::{Labels, Subject};
use crate::clock;
use crate::problem::Problem;
use crate::sql::{SqlPool, read};
use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit, TimestampMicrosecondType};
use candor_contract::{Kind, Layouts, ModelName, TableId, format_us};
use candor_lake::{Grain, Lake, ProfileQuery, QueryLimits, QueryRequest};
use candor_monitor::{DAY_US, HOUR_US, NearChange, Reading, Window};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Days of more rows are not read row by row: their profiles must do.
pub(super) const DAY_ROWS_MAX: u64 = 300_000;
/// Most rows of one statement.
pub(super) const ROWS_MAX: u64 = 1_000_000;
/// And most bytes.
const BYTES_MAX: u64 = 256 << 20;
/// A column that every row has.
pub(super) const COUNTED: &str = "environment";
const FEEDBACK: &str = "verdict";

/// Where readings come from.
pub(crate) struct Source {
    lake: Lake,
    sql: Arc<SqlPool>,
    /// How outcomes came, by model and instant.
    pub(super) labels: Mutex<BTreeMap<(ModelName, i64), Labels>>,
    /// What references taught, by model.
    pub(super) taught: Mutex<BTreeMap<ModelName, Lesson>>,
}

impl Source {
    pub(crate) fn new(lake: &Lake, sql: &Arc<SqlPool>) -> Self {
        Self {
            lake: lake.clone(),
            sql: sql.clone(),
            labels: Mutex::default(),
            taught: Mutex::default(),
        }
    }

    pub(super) fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The windows of `range`, each of `step_us`, in the order of time; also those in which nothing was seen. Where they
    /// are shorter than those of profiles, rows are read from `since_us` on.
    pub(crate) async fn readings(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
        since_us: i64,
    ) -> Result<Vec<Reading>, Problem> {
        let base_us = candor_monitor::base_us(subject.monitors.iter().map(|(_, m)| m));
        if step_us >= base_us {
            return self.windows(subject, range, step_us).await;
        }
        let lengths_us = (step_us, base_us);
        self.short(subject, range, lengths_us, since_us).await
    }

    /// The same of windows of profiles.
    pub(super) async fn windows(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
    ) -> Result<Vec<Reading>, Problem> {
        let mut readings = self.of_predictions(subject, &range, step_us).await?;
        self.builds(subject, &range, &mut readings).await?;
        self.changes(subject, &range, step_us, &mut readings)
            .await?;
        self.joined(subject, &mut readings).await?;
        self.together(subject, &mut readings).await?;
        Ok(readings.into_values().collect())
    }

    /// The same of windows that were closed before, without what their outcomes tell, and what changed.
    pub(super) async fn windows_again(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
    ) -> Result<Vec<Reading>, Problem> {
        let mut readings = self.of_predictions(subject, &range, step_us).await?;
        self.builds(subject, &range, &mut readings).await?;
        self.together(subject, &mut readings).await?;
        Ok(readings.into_values().collect())
    }

    async fn of_predictions(
        &self,
        subject: &Subject,
        range: &Range<i64>,
        step_us: i64,
    ) -> Result<BTreeMap<i64, Reading>, Problem> {
        let mut readings = BTreeMap::new();
        let mut from_us = Window::around(range.start, step_us).from_us;
        while from_us < range.end {
            let window = Window::around(from_us, step_us);
            readings.insert(from_us, Reading::empty(window));
            from_us = window.to_us;
        }
        self.profiles(subject, range, step_us, &mut readings)
            .await?;
        self.read_rows(subject, &mut readings).await?;
        self.apart(subject, &mut readings).await?;
        self.effects(subject, &mut readings).await?;
        Ok(readings)
    }

    /// Rows of windows by where they begin, as far as profiles of so fine windows tell. Cheap: of one column, which all rows
    /// have.
    pub(crate) async fn row_counts(
        &self,
        subject: &Subject,
        range: Range<i64>,
        step_us: i64,
    ) -> Result<BTreeMap<i64, u64>, Problem> {
        let query = subject.profiles(Kind::Prediction, grain(step_us), range);
        let query = ProfileQuery {
            column: Some(COUNTED.to_owned()),
            ..query
        };
        let found = self.lake.profiles(&query).await;
        let found = found.map_err(|e| Problem::internal(&e))?;
        Ok(found
            .into_iter()
            .map(|f| (f.from_us, f.profile.rows()))
            .collect())
    }

    async fn profiles(
        &self,
        subject: &Subject,
        range: &Range<i64>,
        step_us: i64,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let of = |kind: Kind, column: Option<&str>, segment: Option<&str>| ProfileQuery {
            column: column.map(str::to_owned),
            segment: segment.map(str::to_owned),
            ..subject.profiles(kind, grain(step_us), range.clone())
        };
        let failed = |error: candor_lake::Error| Problem::internal(&error);
        let place = |from_us: i64| Window::around(from_us, step_us).from_us;
        let whole = of(Kind::Prediction, None, None);
        for found in self.lake.profiles(&whole).await.map_err(failed)? {
            if let Some(reading) = readings.get_mut(&place(found.from_us)) {
                reading.columns.insert(found.column, found.profile);
            }
        }
        let feedback = of(Kind::Feedback, Some(FEEDBACK), None);
        for found in self.lake.profiles(&feedback).await.map_err(failed)? {
            if let Some(reading) = readings.get_mut(&place(found.from_us)) {
                reading.feedback.insert(found.column, found.profile);
            }
        }
        for (segment, column) in subject.by_segment() {
            let query = of(Kind::Prediction, Some(column), Some(segment));
            for found in self.lake.profiles(&query).await.map_err(failed)? {
                let reading = readings.get_mut(&place(found.from_us));
                if let (Some(reading), Some(value)) = (reading, found.segment_value) {
                    let part = (segment.to_owned(), value);
                    let own = reading.segments.entry(part).or_default();
                    own.insert(found.column, found.profile);
                }
            }
        }
        Ok(())
    }

    /// Rows that came in bulk have coarser profiles than are needed, above all by segment: their windows are read from
    /// the rows themselves, a day at a time.
    async fn read_rows(
        &self,
        subject: &Subject,
        readings: &mut BTreeMap<i64, Reading>,
    ) -> Result<(), Problem> {
        let days: BTreeSet<i64> = readings
            .keys()
            .map(|us| Window::around(*us, DAY_US).from_us)
            .collect();
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Ok(());
        };
        let daily = self.daily_rows(subject, *first..last + DAY_US).await?;
        for day in days {
            let (from_us, to_us) = (day, day + DAY_US);
            let own = || readings.range(from_us..to_us).map(|(_, r)| r);
            let known: u64 = own().map(Reading::rows).sum();
            // A day at the edge of the range is told in part only: there it is windows without rows that are doubted.
            let whole_day = own().map(|r| r.window.length_us()).sum::<i64>() == DAY_US;
            let doubted = whole_day || own().any(|r| r.rows() == 0);
            let more = daily.get(&day).is_some_and(|n| *n > known + known / 100);
            let coarse = doubted && more;
            let lacks = |r: &Reading| r.rows() > 0 && r.segments.is_empty();
            let by_segment = !subject.segments.is_empty() && own().any(lacks);
            let span = own()
                .map(|r| r.window.from_us)
                .min()
                .zip(own().map(|r| r.window.to_us).max());
            let Some((begin_us, end_us)) = span else {
                continue;
            };
            let many = daily.get(&day).is_some_and(|n| *n > DAY_ROWS_MAX);
            if (!coarse && !by_segment) || many {
                continue;
            }
            let told: BTreeSet<&str> = subject.by_segment().into_iter().map(|(_, c)| c).collect();
            let columns: Vec<&str> = subject
                .columns
                .iter()
                .map(String::as_str)
                .filter(|c| coarse || told.contains(c) || c.starts_with("segment_"))
                .filter(|c| !candor_monitor::is_name(c))
                .collect();
            for (window_us, rows) in self
                .rows_by_window(subject, begin_us..end_us, &columns, readings)
                .await?
            {
                let Some(reading) = readings.get_mut(&window_us) else {
                    continue;
                };
                if coarse {
                    let told = Reading::of_rows(reading.window, Some(&rows), None);
                    (reading.columns, reading.segments) = (told.columns, told.segments);
                } else {
                    reading.segments_of(&rows);
                }
            }
        }
        Ok(())
    }

    /// Rows of each day, from its profiles.
    async fn daily_rows(
        &self,
        subject: &Subject,
        range: Range<i64>,
    ) -> Result<BTreeMap<i64, u64>, Problem> {
        let query = subject.profiles(Kind::Prediction, Grain::Day, range);
        let found = self.lake.profiles(&query).await;
        let mut rows = BTreeMap::new();
        for profile in found.map_err(|e| Problem::internal(&e))? {
            let own = rows.entry(profile.from_us).or_insert(0);
            *own = profile.profile.rows().max(*own);
        }
        Ok(rows)
    }

    /// The rows of a time, by window; in one order, whatever batches they came in, since sums and sketches depend on it.
    pub(super) async fn rows_by_window(
        &self,
        subject: &Subject,
        range: Range<i64>,
        columns: &[&str],
        readings: &BTreeMap<i64, Reading>,
    ) -> Result<Vec<(i64, RecordBatch)>, Problem> {
        let quoted: Vec<String> = columns.iter().map(|c| format!("\"{c}\"")).collect();
        let statement = format!(
            "SELECT time, {} FROM {}.predictions WHERE time >= {} AND time < {} ORDER BY time, id",
            quoted.join(", "),
            schema(&subject.model),
            literal(range.start),
            literal(range.end)
        );
        let told = self.ask(&statement).await?;
        let all = concat_batches(&told.schema, &told.rows).map_err(|e| Problem::internal(&e))?;
        if told.cut {
            let detail = format!(
                "A day of {} has more rows than its profiles told.",
                subject.model
            );
            return Err(Problem::busy(detail));
        }
        Ok(by_window(&all, readings))
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
        for batch in self.ask(&statement).await?.rows {
            times.extend(times_of(&batch, "time"));
        }
        for reading in readings.values_mut() {
            let before = times.partition_point(|us| *us < reading.window.to_us);
            reading.built_us = before.checked_sub(1).and_then(|at| times.get(at)).copied();
        }
        Ok(())
    }

    pub(super) async fn changes(
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
        // Tables of before `until` was a field have it from the first change on that takes time.
        let layout = self.lake.layout(&TableId::Shared(Kind::Change));
        let has_until = layout.schema.columns.iter().any(|c| c.name == "until");
        let until = if has_until { ", until" } else { "" };
        let statement = format!(
            "SELECT time, what, target, \"to\", by, why{until} FROM changes WHERE model = {model} \
             AND time >= {} AND time < {} ORDER BY time, id",
            literal(range.start),
            literal(range.end)
        );
        for batch in self.ask(&statement).await?.rows {
            for change in changes_of(&batch) {
                let window = Window::around(change.at_us, step_us);
                if let Some(reading) = readings.get_mut(&window.from_us) {
                    reading.changes.push(change);
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

    /// The answer to a statement of ours. People's bounds on theirs do not hold for it.
    pub(super) async fn ask(&self, statement: &str) -> Result<Told, Problem> {
        let request = QueryRequest {
            sql: statement.to_owned(),
            now_us: clock::now_us(),
            limits: QueryLimits {
                rows_max: ROWS_MAX,
                result_bytes_max: BYTES_MAX,
                ..QueryLimits::default()
            },
            purpose: None,
        };
        let mut running = self.sql.ask(request).await?;
        let outcome = read(&mut running).await;
        running.end(outcome.is_err());
        let (schema, rows, summary) = outcome?;
        Ok(Told {
            schema,
            rows,
            cut: summary.truncated,
        })
    }
}

/// The answer to a statement.
pub(super) struct Told {
    pub(super) schema: SchemaRef,
    pub(super) rows: Vec<RecordBatch>,
    /// Whether there were more rows than are taken.
    pub(super) cut: bool,
}

/// The rows of each window.
pub(super) fn by_window(
    all: &RecordBatch,
    readings: &BTreeMap<i64, Reading>,
) -> Vec<(i64, RecordBatch)> {
    let mut places: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for (row, us) in (0_u32..).zip(&times_of(all, "time")) {
        if let Some((window_us, _)) = readings.range(..=us).next_back() {
            places.entry(*window_us).or_default().push(row);
        }
    }
    let taken = places.into_iter().filter_map(|(window_us, rows)| {
        let rows = take_record_batch(all, &UInt32Array::from(rows)).ok()?;
        Some((window_us, rows))
    });
    taken.collect()
}

/// Changes in sentences, e.g. `deployment to 5.3.0 by ci`.
fn changes_of(batch: &RecordBatch) -> Vec<NearChange> {
    let what = texts_of(batch, "what");
    let further = [
        ("of", texts_of(batch, "target")),
        ("to", texts_of(batch, "to")),
        ("by", texts_of(batch, "by")),
        ("because:", texts_of(batch, "why")),
    ];
    let until = moments_of(batch, "until");
    let own = |column: &[Option<String>], row: usize| column.get(row).cloned().flatten();
    let tell = |(row, at_us): (usize, i64)| {
        let mut told = own(&what, row).unwrap_or_else(|| "a change".to_owned());
        for (word, column) in &further {
            if let Some(value) = own(column, row).filter(|v| !v.is_empty()) {
                told.push_str(&format!(" {word} {value}"));
            }
        }
        NearChange {
            at_us,
            what: told,
            until_us: until.get(row).copied().flatten(),
        }
    };
    let times = times_of(batch, "time").into_iter();
    times.enumerate().map(tell).collect()
}

/// Windows of profiles that windows of the engine are made of.
pub(super) const fn grain(step_us: i64) -> Grain {
    if step_us < HOUR_US {
        Grain::FiveMinutes
    } else {
        Grain::Hour
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
    let times = moments_of(batch, name).into_iter();
    times.map(Option::unwrap_or_default).collect()
}

fn moments_of(batch: &RecordBatch, name: &str) -> Vec<Option<i64>> {
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
    let array = batch
        .column_by_name(name)
        .and_then(|a| cast(a, &wanted).ok());
    array.map_or_else(Vec::new, |array| {
        let times = array.as_primitive::<TimestampMicrosecondType>();
        times.iter().collect()
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
