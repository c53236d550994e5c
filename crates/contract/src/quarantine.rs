//! The table of rejected rows.

use crate::rejection::Rejected;
use crate::schema::{Column, ColumnType, TableSchema};
use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use std::sync::Arc;

/// Columns of the quarantine: `id`, `time` and `received_at` (arrival), `model` and `kind` where
/// they were known, `row` in its request, `code`, `message`, `raw`.
pub(crate) fn schema() -> TableSchema {
    use ColumnType::{Boolean, Integer, Text, Time};
    let columns = [
        ("id", Text),
        ("time", Time),
        ("received_at", Time),
        ("time_is_arrival", Boolean),
        ("model", Text),
        ("kind", Text),
        ("row", Integer),
        ("code", Text),
        ("message", Text),
        ("raw", Text),
    ];
    TableSchema {
        version: 1,
        columns: columns
            .map(|(name, ty)| Column {
                declared: true,
                ..Column::new(name, ty)
            })
            .into(),
    }
}

/// Rejected rows as a batch of the quarantine table, with one id each.
pub(crate) fn batch(rows: &[Rejected], ids: &[String], now_us: i64) -> Option<RecordBatch> {
    let text = |f: fn(&Rejected) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(f).collect::<StringArray>())
    };
    let now = || -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_value(now_us, rows.len()).with_timezone("UTC"))
    };
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(ids.iter().map(Some).collect::<StringArray>()),
        now(),
        now(),
        Arc::new(BooleanArray::from(vec![true; rows.len()])),
        text(|r| r.model.as_deref()),
        text(|r| r.kind.map(crate::Kind::name)),
        Arc::new(
            rows.iter()
                .map(|r| Some(i64::from(r.rejection.row)))
                .collect::<Int64Array>(),
        ),
        text(|r| Some(r.rejection.fault.code.name())),
        text(|r| Some(&r.rejection.fault.message)),
        text(|r| Some(&r.rejection.raw)),
    ];
    RecordBatch::try_new(schema().arrow(), arrays).ok()
}
