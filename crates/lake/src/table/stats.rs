//! Statistics of a file for its Delta `add` action, so that every engine can skip files.

use crate::error::{Error, Result};
use crate::query::FileEntry;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, max_string, min, min_string};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use candor_contract::{format_us, parse_us};
use serde_json::{Map, Value, json};

const DAY_US: i64 = 86_400_000_000;

/// Statistics of rows as Delta's JSON.
pub(crate) fn describe(batch: &RecordBatch) -> String {
    let (mut mins, mut maxs, mut nulls) = (Map::new(), Map::new(), Map::new());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        if matches!(field.data_type(), DataType::List(_)) {
            continue;
        }
        nulls.insert(field.name().clone(), array.null_count().into());
        if let Some((low, high)) = bounds(field.name(), array) {
            mins.insert(field.name().clone(), low);
            maxs.insert(field.name().clone(), high);
        }
    }
    json!({"numRecords": batch.num_rows(), "minValues": mins, "maxValues": maxs, "nullCount": nulls})
        .to_string()
}

fn bounds(name: &str, array: &ArrayRef) -> Option<(Value, Value)> {
    match array.data_type() {
        DataType::Int64 => {
            let a = array.as_primitive::<Int64Type>();
            Some((min(a)?.into(), max(a)?.into()))
        }
        DataType::Float64 => {
            let a = array.as_primitive::<Float64Type>();
            let (low, high) = (min(a)?, max(a)?);
            // NaN sorts last for some engines and first for others: say nothing then.
            (low.is_finite() && high.is_finite()).then(|| (low.into(), high.into()))
        }
        DataType::Timestamp(..) => {
            let a = array.as_primitive::<TimestampMicrosecondType>();
            Some((format_us(min(a)?).into(), format_us(max(a)?).into()))
        }
        DataType::Utf8 if name == "id" => {
            let a = array.as_string::<i32>();
            let (low, high) = (min_string(a)?, max_string(a)?);
            (low.len() <= 64 && high.len() <= 64).then(|| (low.into(), high.into()))
        }
        _ => None,
    }
}

/// A file as its `add` action tells it.
pub(crate) fn entry(path: &str, bytes: i64, stats: Option<&str>) -> Result<FileEntry> {
    let broken = |what: &str| Error::Check {
        table: path.to_owned(),
        what: what.to_owned(),
    };
    let stats: Value = stats
        .and_then(|s| serde_json::from_str(s).ok())
        .unwrap_or_default();
    let time = |which: &str| stats[which]["time"].as_str().and_then(parse_us);
    let day = path
        .split('/')
        .find_map(|part| part.strip_prefix("day="))
        .and_then(parse_us);
    Ok(FileEntry {
        path: path.to_owned(),
        bytes: u64::try_from(bytes).map_err(|_| broken("a file has a negative size"))?,
        rows: stats["numRecords"]
            .as_u64()
            .ok_or_else(|| broken("a file does not tell its rows"))?,
        day: day.and_then(|us| i32::try_from(us.div_euclid(DAY_US)).ok()),
        time_min_us: time("minValues"),
        // Other writers round down to milliseconds.
        time_max_us: time("maxValues").map(|us| us + 999),
    })
}

/// A day as Delta spells it, e.g. `2026-01-31`.
pub(crate) fn day_text(day: i32) -> String {
    format_us(i64::from(day) * DAY_US)
        .chars()
        .take(10)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, StringArray, TimestampMicrosecondArray};
    use std::sync::Arc;

    #[test]
    fn a_file_is_known_by_its_statistics() {
        let time = TimestampMicrosecondArray::from(vec![5, 7]).with_timezone("UTC");
        let batch = RecordBatch::try_from_iter([
            (
                "id",
                Arc::new(StringArray::from(vec!["b", "a"])) as ArrayRef,
            ),
            ("time", Arc::new(time)),
            ("input_x", Arc::new(Float64Array::from(vec![1.0, f64::NAN]))),
        ])
        .unwrap();
        let stats = describe(&batch);
        let file = entry("day=1970-01-01/part-0.parquet", 9, Some(&stats)).unwrap();
        assert_eq!(
            (file.rows, file.day, file.time_min_us, file.time_max_us),
            (2, Some(0), Some(5), Some(1006))
        );
        assert!(!stats.contains("input_x\":1"), "{stats}");
        assert_eq!(day_text(20_454), "2026-01-01");
        assert!(entry("x", 9, None).is_err());
    }
}
