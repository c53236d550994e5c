//! Statistics of a file for its Delta `add` action, so that every engine can skip files.

use crate::error::{Error, Result};
use crate::query::FileEntry;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{max, max_string, min, min_string};
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimestampMicrosecondType};
use candor_contract::{format_us, parse_us};
use serde_json::{Map, Value, json};

const DAY_US: i64 = 86_400_000_000;

/// Statistics of a file's rows as Delta's JSON. The pieces have the same columns.
pub(crate) fn describe(pieces: &[RecordBatch]) -> String {
    let (mut mins, mut maxs, mut nulls) = (Map::new(), Map::new(), Map::new());
    let rows: usize = pieces.iter().map(RecordBatch::num_rows).sum();
    let schema = pieces.first().map(RecordBatch::schema);
    for (at, field) in schema.iter().flat_map(|s| s.fields().iter().enumerate()) {
        if matches!(field.data_type(), DataType::List(_)) {
            continue;
        }
        let column: Vec<&ArrayRef> = pieces.iter().map(|p| p.column(at)).collect();
        let null_count: usize = column.iter().map(|c| c.null_count()).sum();
        nulls.insert(field.name().clone(), null_count.into());
        if let Some((low, high)) = bounds(field.name(), field.data_type(), &column) {
            mins.insert(field.name().clone(), low);
            maxs.insert(field.name().clone(), high);
        }
    }
    json!({"numRecords": rows, "minValues": mins, "maxValues": maxs, "nullCount": nulls})
        .to_string()
}

fn bounds(name: &str, ty: &DataType, column: &[&ArrayRef]) -> Option<(Value, Value)> {
    match ty {
        DataType::Int64 => {
            let all = || column.iter().map(|c| c.as_primitive::<Int64Type>());
            let (low, high) = (all().filter_map(min).min()?, all().filter_map(max).max()?);
            Some((low.into(), high.into()))
        }
        DataType::Float64 => {
            let all = || column.iter().map(|c| c.as_primitive::<Float64Type>());
            let low = all().filter_map(min).min_by(f64::total_cmp)?;
            let high = all().filter_map(max).max_by(f64::total_cmp)?;
            // NaN sorts last for some engines and first for others: say nothing then.
            (low.is_finite() && high.is_finite()).then(|| (low.into(), high.into()))
        }
        DataType::Timestamp(..) => {
            let all = || {
                column
                    .iter()
                    .map(|c| c.as_primitive::<TimestampMicrosecondType>())
            };
            let (low, high) = (all().filter_map(min).min()?, all().filter_map(max).max()?);
            Some((format_us(low).into(), format_us(high).into()))
        }
        DataType::Utf8 if name == "id" => {
            let all = || column.iter().map(|c| c.as_string::<i32>());
            let (low, high) = (
                all().filter_map(min_string).min()?,
                all().filter_map(max_string).max()?,
            );
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
        let stats = describe(&[batch.slice(0, 1), batch.slice(1, 1)]);
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
