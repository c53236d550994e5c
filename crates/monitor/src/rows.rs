//! Readings and figures from rows, where no profiles are kept: of files, and of predictions with outcomes.

use crate::reading::{Columns, Joined, Reading};
use crate::window::{DAY_US, HOUR_US, Window};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use candor_contract::spec::{Measure, ModelSpec, Task};
use candor_stats::performance::{
    Binary, BinaryOptions, BinaryRows, Measured, NumberRows, RankedRows, Ranking, Regression,
    RegressionOptions,
};
use candor_stats::{Cells, Column, NO_CELL};
use std::collections::BTreeMap;

/// Segments that rows are summarised by.
const SEGMENTS_MAX: usize = 4;
/// Values of a segment that are kept apart.
const VALUES_MAX: usize = 16;
/// Columns that name events and people.
const NAMES: [&str; 11] = [
    "id",
    "time",
    "received_at",
    "time_is_arrival",
    "model",
    "request_id",
    "trace_id",
    "span_id",
    "subject",
    "prediction_id",
    "extra",
];

/// Whether a column names events or people, or tells the window itself: nothing that a distribution says anything of.
pub fn is_name(column: &str) -> bool {
    NAMES.contains(&column)
}

impl Reading {
    /// The reading of one window's rows: predictions with columns as they are stored, and feedback.
    pub fn of_rows(
        window: Window,
        predictions: Option<&RecordBatch>,
        feedback: Option<&RecordBatch>,
    ) -> Self {
        let mut reading = Self::empty(window);
        if let Some(rows) = predictions {
            reading.columns = whole(rows);
            reading.segments_of(rows);
        }
        reading.feedback = feedback.map(whole).unwrap_or_default();
        reading
    }

    /// Takes what its rows tell by segment, in place of what is known.
    pub fn segments_of(&mut self, predictions: &RecordBatch) {
        self.segments.clear();
        for (name, parts) in segments(predictions) {
            for (value, columns) in parts {
                self.segments.insert((name.clone(), value), columns);
            }
        }
    }
}

fn summarised(rows: &RecordBatch) -> impl Iterator<Item = (String, Column)> {
    let schema = rows.schema();
    let named = rows
        .columns()
        .iter()
        .enumerate()
        .filter_map(move |(at, array)| {
            let name = schema.field(at).name();
            let wanted = !is_name(name) && array.null_count() < array.len();
            wanted
                .then(|| Some((name.clone(), Column::new(array).ok()?)))
                .flatten()
        });
    named.collect::<Vec<_>>().into_iter()
}

fn whole(rows: &RecordBatch) -> Columns {
    let profile = |(name, column): (String, Column)| Some((name, column.profile(None).ok()??));
    summarised(rows).filter_map(profile).collect()
}

/// By segment, profiles of the rows of each value.
fn segments(rows: &RecordBatch) -> BTreeMap<String, BTreeMap<String, Columns>> {
    let schema = rows.schema();
    let names = schema
        .fields()
        .iter()
        .filter_map(|f| f.name().strip_prefix("segment_"));
    let names: Vec<String> = names.take(SEGMENTS_MAX).map(str::to_owned).collect();
    let columns: Vec<(String, Column)> = summarised(rows).collect();
    let mut out = BTreeMap::new();
    for name in names {
        let array = rows.column_by_name(&format!("segment_{name}"));
        let Some(values) = array.and_then(texts) else {
            continue;
        };
        let mut known: Vec<String> = values.iter().flatten().cloned().collect();
        known.sort_unstable();
        known.dedup();
        known.truncate(VALUES_MAX);
        let place = |value: &Option<String>| {
            let at = value.as_ref().and_then(|v| known.binary_search(v).ok());
            at.and_then(|at| u32::try_from(at).ok()).unwrap_or(NO_CELL)
        };
        let of_row: Vec<u32> = values.iter().map(place).collect();
        let cells = Cells::new(&of_row, known.len());
        let parts: &mut BTreeMap<String, Columns> = out.entry(name).or_default();
        for (column, prepared) in &columns {
            let Ok(mut found) = prepared.profiles(&cells, &[&cells.apart()], None) else {
                continue;
            };
            let found = found.pop().unwrap_or_default();
            for (value, profile) in known.iter().zip(found) {
                if let Some(profile) = profile {
                    let own = parts.entry(value.clone()).or_default();
                    own.insert(column.clone(), profile);
                }
            }
        }
    }
    out
}

pub(crate) fn texts(array: &ArrayRef) -> Option<Vec<Option<String>>> {
    let array = cast(array, &DataType::Utf8).ok()?;
    let texts = array.as_string::<i32>().iter();
    Some(texts.map(|t| t.map(str::to_owned)).collect())
}

pub(crate) fn numbers(rows: &RecordBatch, name: &str) -> Option<Vec<f64>> {
    let array = cast(rows.column_by_name(name)?, &DataType::Float64).ok()?;
    let values = array.as_primitive::<Float64Type>();
    Some(values.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
}

/// Labelled rows that a window of performance should have.
const LABELLED_MIN: f64 = 300.0;
/// Cut of rankings that is watched.
const CUT: usize = 10;

/// Metrics that are watched by task; each is one figure of a window.
pub fn watched_metrics(task: Task) -> &'static [&'static str] {
    match task {
        Task::Binary => &["roc_auc", "log_loss", "accuracy"],
        Task::Multiclass => &["accuracy"],
        Task::Regression => &["mae"],
        Task::Ranking => &["ndcg@10"],
        Task::Generation | Task::Embedding => &[],
    }
}

/// Length of the windows of performance of a model with `hourly` labelled rows an hour, whose outcomes come
/// within `delay_us`: six hours where these hold enough rows and are known soon, else a day.
pub fn performance_window_us(hourly: f64, delay_us: i64) -> i64 {
    let soon = delay_us <= 6 * HOUR_US && hourly * 6.0 >= LABELLED_MIN;
    if soon { 6 * HOUR_US } else { DAY_US }
}

/// Performance of a window from its predictions joined with their outcomes: columns `output_score`,
/// `output_class`, `output_value`, `request_id` as they are stored, and `outcome_class`, `outcome_value`,
/// `outcome_relevance`. Columns that are missing make figures that are.
pub fn performance(window: Window, spec: &ModelSpec, rows: &RecordBatch) -> Vec<Joined> {
    let Some(task) = spec.task else {
        return Vec::new();
    };
    let watched = watched_metrics(task);
    let measured = match task {
        Task::Binary => binary(spec, rows),
        Task::Multiclass => accuracy(rows),
        Task::Regression => regression(rows),
        Task::Ranking => ranking(rows),
        Task::Generation | Task::Embedding => Vec::new(),
    };
    let kept = measured
        .into_iter()
        .filter(|m| watched.contains(&m.name.as_ref()));
    kept.map(|m| Joined {
        window,
        measure: Measure::Performance,
        metric: Some(m.name.into_owned()),
        column: None,
        figure: m.figure,
    })
    .collect()
}

pub(crate) fn positive(spec: &ModelSpec) -> impl Fn(&Option<String>) -> Option<bool> {
    let class = spec.positive_class.as_ref().map(|w| w.0.clone());
    move |word: &Option<String>| {
        let word = word.as_deref()?;
        Some(match &class {
            Some(class) => word == class,
            None => matches!(word, "1" | "true" | "yes"),
        })
    }
}

fn binary(spec: &ModelSpec, rows: &RecordBatch) -> Vec<Measured> {
    let Some(outcomes) = rows.column_by_name("outcome_class").and_then(texts) else {
        return Vec::new();
    };
    let is_positive = positive(spec);
    let labels: Vec<Option<bool>> = outcomes.iter().map(&is_positive).collect();
    let scores = numbers(rows, "output_score");
    let decided = rows.column_by_name("output_class").and_then(texts);
    let decided: Option<Vec<Option<bool>>> =
        decided.map(|words| words.iter().map(&is_positive).collect());
    let told = BinaryRows {
        labels: &labels,
        scores: scores.as_deref(),
        predicted: decided.as_deref(),
        weights: None,
    };
    Binary::new(&told, &BinaryOptions::default()).figures()
}

/// Of more than two classes: whether the class came true.
fn accuracy(rows: &RecordBatch) -> Vec<Measured> {
    let class = |name: &str| rows.column_by_name(name).and_then(texts);
    let (Some(outcomes), Some(classes)) = (class("outcome_class"), class("output_class")) else {
        return Vec::new();
    };
    let right = |(a, b): (&Option<String>, &Option<String>)| Some(a.as_ref()? == b.as_ref()?);
    let labels: Vec<Option<bool>> = outcomes.iter().zip(&classes).map(right).collect();
    let predicted: Vec<Option<bool>> = labels.iter().map(|l| l.map(|_| true)).collect();
    let told = BinaryRows {
        labels: &labels,
        predicted: Some(&predicted),
        ..BinaryRows::default()
    };
    Binary::new(&told, &BinaryOptions::default()).figures()
}

fn regression(rows: &RecordBatch) -> Vec<Measured> {
    let column = |name| numbers(rows, name);
    let (Some(outcomes), Some(predictions)) = (column("outcome_value"), column("output_value"))
    else {
        return Vec::new();
    };
    let told = NumberRows {
        outcomes: &outcomes,
        predictions: &predictions,
        intervals: None,
        weights: None,
    };
    Regression::new(&told, &RegressionOptions::default()).figures()
}

fn ranking(rows: &RecordBatch) -> Vec<Measured> {
    let column = |name| numbers(rows, name);
    let (Some(scores), Some(relevance)) = (column("output_score"), column("outcome_relevance"))
    else {
        return Vec::new();
    };
    let Some(requests) = rows.column_by_name("request_id").and_then(texts) else {
        return Vec::new();
    };
    let mut places: BTreeMap<&str, u32> = BTreeMap::new();
    let queries = requests.iter().map(|request| {
        let next = u32::try_from(places.len()).unwrap_or(u32::MAX);
        *places
            .entry(request.as_deref().unwrap_or_default())
            .or_insert(next)
    });
    let queries: Vec<u32> = queries.collect();
    let told = RankedRows {
        queries: &queries,
        scores: &scores,
        relevance: &relevance,
    };
    Ranking::new(&told, &[CUT]).figures().to_vec()
}
