//! Rows of the profiles' table: keys and profiles as columns, and back.

use super::grain::Grain;
use crate::conform::conform;
use crate::error::{Error, Result};
use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::TimestampMicrosecondType;
use candor_contract::{Kind, TableId, base_schema};
use candor_stats::{Figures, Profile, QUANTILES, ValueType};
use serde_json::json;
use std::sync::Arc;

/// Names of the quantiles' columns, in their order.
const QUANTILE_COLUMNS: [&str; QUANTILES.len()] = ["p01", "p05", "p25", "p50", "p75", "p95", "p99"];
/// Most values told in `frequent`.
const TOP: usize = 10;
/// Numbers with more distinct values have no `frequent`: each is as rare as the next.
const TOP_NUMBERS: usize = 20;

/// What a row summarises. Files are in this order: who asks names a grain and a segment or none, and
/// finds those rows together, by column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) grain: Grain,
    pub(crate) segment: Option<Arc<str>>,
    pub(crate) kind: Kind,
    pub(crate) column: Arc<str>,
    pub(crate) ty: ValueType,
    pub(crate) value: Option<Arc<str>>,
    /// Start of the window.
    pub(crate) time_us: i64,
}

/// A row ready to be written.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: Key,
    told: Arc<Told>,
}

/// What a row tells of a profile.
#[derive(Debug)]
pub(crate) struct Told {
    figures: Figures,
    frequent: Option<String>,
    sketch: Vec<u8>,
}

impl Told {
    pub(crate) fn of(profile: &Profile) -> Result<Self> {
        Ok(Self {
            figures: profile.figures(),
            frequent: frequent(profile),
            sketch: profile.to_bytes().map_err(unreadable)?,
        })
    }
}

impl Row {
    pub(crate) fn new(key: Key, profile: &Profile) -> Result<Self> {
        Ok(Self::telling(key, Arc::new(Told::of(profile)?)))
    }

    pub(crate) fn telling(key: Key, told: Arc<Told>) -> Self {
        Self { key, told }
    }

    /// Rows of events that it summarises.
    pub(crate) fn rows(&self) -> u64 {
        self.told.figures.rows
    }
}

pub(crate) fn unreadable(error: candor_stats::Error) -> Error {
    Error::Entry {
        what: format!("a profile: {error}"),
    }
}

fn frequent(profile: &Profile) -> Option<String> {
    let few = profile
        .all_numbers()
        .is_some_and(|all| all.len() <= TOP_NUMBERS);
    if profile.value_type() != ValueType::Text && !few {
        return None;
    }
    let frequent = profile.frequent(TOP);
    let told: Vec<_> = frequent
        .iter()
        .map(|f| json!({"value": f.value, "rows": f.high}))
        .collect();
    (!told.is_empty()).then(|| serde_json::Value::from(told).to_string())
}

/// Ordered rows of one day as a batch of the table of `id`.
pub(crate) fn batch(rows: &[Row], id: &TableId) -> Result<RecordBatch> {
    let text = |of: fn(&Row) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let count = |of: fn(&Figures) -> u64| -> ArrayRef {
        let signed = |row: &Row| i64::try_from(of(&row.told.figures)).unwrap_or(i64::MAX);
        Arc::new(rows.iter().map(signed).collect::<Int64Array>())
    };
    let number = |of: fn(&Figures) -> Option<f64>| -> ArrayRef {
        Arc::new(
            rows.iter()
                .map(|row| of(&row.told.figures))
                .collect::<Float64Array>(),
        )
    };
    let times = rows.iter().map(|row| row.key.time_us);
    let time = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
    let sketches = rows.iter().map(|row| row.told.sketch.as_slice());
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("time", Arc::new(time)),
        ("grain", text(|r| Some(r.key.grain.name()))),
        ("kind", text(|r| Some(r.key.kind.name()))),
        ("column", text(|r| Some(&r.key.column))),
        ("type", text(|r| Some(r.key.ty.name()))),
        ("segment", text(|r| r.key.segment.as_deref())),
        ("segment_value", text(|r| r.key.value.as_deref())),
        ("rows", count(|f| f.rows)),
        ("nulls", count(|f| f.nulls)),
        ("nans", count(|f| f.nans)),
        ("infinities", count(|f| f.infinities)),
        ("mean", number(|f| f.mean)),
        ("std", number(|f| f.std)),
        ("min", number(|f| f.min)),
        ("max", number(|f| f.max)),
        ("distinct", number(|f| f.distinct)),
        ("frequent", text(|r| r.told.frequent.as_deref())),
        ("sketch", Arc::new(BinaryArray::from_iter_values(sketches))),
    ];
    for (at, name) in QUANTILE_COLUMNS.into_iter().enumerate() {
        let values = rows.iter().map(|row| row.told.figures.quantiles[at]);
        columns.push((name, Arc::new(values.collect::<Float64Array>())));
    }
    // A column may hold only nulls.
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(Error::arrow("build rows of profiles"))?;
    conform(&batch, &base_schema(id).arrow(), id)
}

/// A stored row: its key and the bytes of its profile.
pub(crate) struct Stored<'a> {
    pub(crate) key: Key,
    pub(crate) sketch: &'a [u8],
}

impl Stored<'_> {
    pub(crate) fn profile(&self) -> Result<Profile> {
        Profile::from_bytes(self.sketch).map_err(unreadable)
    }
}

/// Reads rows that hold at least the columns of keys and `sketch`.
pub(crate) fn stored(batch: &RecordBatch) -> Result<Vec<Stored<'_>>> {
    let broken = || Error::Entry {
        what: "a table of profiles lacks a column".to_owned(),
    };
    let text = |name: &str| {
        let column = batch.column_by_name(name);
        column
            .and_then(|c| c.as_string_opt::<i32>())
            .ok_or_else(broken)
    };
    let (grain, kind, column, ty) = (
        text("grain")?,
        text("kind")?,
        text("column")?,
        text("type")?,
    );
    let (segment, value) = (text("segment")?, text("segment_value")?);
    let sketch = batch.column_by_name("sketch");
    let sketch = sketch
        .and_then(|c| c.as_binary_opt::<i32>())
        .ok_or_else(broken)?;
    let time = batch.column_by_name("time");
    let time = time
        .and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(broken)?;
    let shared = |array: &StringArray, at: usize| {
        array
            .is_valid(at)
            .then(|| Arc::<str>::from(array.value(at)))
    };
    let row = |at: usize| {
        Some(Stored {
            key: Key {
                column: shared(column, at)?,
                kind: kind.value(at).parse().ok()?,
                ty: ValueType::from_name(ty.value(at))?,
                grain: grain.value(at).parse().ok()?,
                segment: shared(segment, at),
                value: shared(value, at),
                time_us: time.value(at),
            },
            sketch: sketch.value(at),
        })
    };
    let all: Option<Vec<_>> = (0..batch.num_rows()).map(row).collect();
    all.ok_or_else(|| Error::Entry {
        what: "a row of profiles has a key of an unknown kind".to_owned(),
    })
}
