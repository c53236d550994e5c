//! Readings from rows, where no profiles are kept: of files, of bulk, and of versions that answer side by side.

use crate::reading::{Columns, Reading, segment_column};
use crate::window::Window;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::DataType;
use candor_stats::{Cells, Column, NO_CELL};
use std::collections::BTreeMap;

/// Segments that rows are summarised by.
pub(crate) const SEGMENTS_MAX: usize = 4;
/// Values of a segment that are kept apart.
pub(crate) const VALUES_MAX: usize = 16;
/// Business effects of a window that are kept apart.
const EFFECTS_MAX: usize = 64;
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
        let schema = predictions.schema();
        let names = schema
            .fields()
            .iter()
            .filter_map(|f| f.name().strip_prefix("segment_"));
        let names: Vec<&str> = names.take(SEGMENTS_MAX).collect();
        self.add_parts(predictions, &names);
    }

    /// Adds what its rows tell by the values of these segments, of which some may be built in, such as `version`.
    pub fn add_parts(&mut self, predictions: &RecordBatch, names: &[&str]) {
        for (name, parts) in parts(predictions, names) {
            for (value, columns) in parts {
                let own = self.segments.entry((name.clone(), value)).or_default();
                own.extend(columns);
            }
        }
    }
}

impl Reading {
    /// Adds business effects: rows with columns `name` and `value`.
    pub fn add_effects(&mut self, rows: &RecordBatch) {
        let names = rows.column_by_name("name").and_then(texts);
        let (Some(names), Some(values)) = (names, rows.column_by_name("value")) else {
            return;
        };
        let mut places: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (row, name) in (0_u32..).zip(&names) {
            if let Some(name) = name {
                places.entry(name).or_default().push(row);
            }
        }
        for (name, rows) in places.into_iter().take(EFFECTS_MAX) {
            let own = take(values, &UInt32Array::from(rows), None);
            let profile = own
                .ok()
                .and_then(|own| Column::new(&own).ok()?.profile(None).ok()?);
            self.effects.extend(profile.map(|p| (name.to_owned(), p)));
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
fn parts(rows: &RecordBatch, names: &[&str]) -> BTreeMap<String, BTreeMap<String, Columns>> {
    let columns: Vec<(String, Column)> = summarised(rows).collect();
    let mut out = BTreeMap::new();
    for name in names {
        let array = rows.column_by_name(&segment_column(name));
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
        let parts: &mut BTreeMap<String, Columns> = out.entry((*name).to_owned()).or_default();
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
