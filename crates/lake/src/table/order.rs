//! The order of rows in files: cut by day, then by time, or as they were given.

use crate::error::{Error, Result};
use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use arrow::datatypes::TimestampMicrosecondType;
use std::collections::BTreeMap;

const DAY_US: i64 = 86_400_000_000;

/// The time column of rows; the contract gives every row one.
fn times(batch: &RecordBatch) -> Result<&arrow::array::TimestampMicrosecondArray> {
    let time = batch
        .column_by_name("time")
        .and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    time.filter(|t| t.null_count() == 0)
        .ok_or_else(|| Error::Entry {
            what: "rows have no time".to_owned(),
        })
}

/// Rows in the order of their times; already ordered ones are not copied.
fn by_time(batch: RecordBatch) -> Result<RecordBatch> {
    let time = times(&batch)?;
    if time.values().is_sorted() {
        return Ok(batch);
    }
    let order: UInt32Array =
        sort_to_indices(time, None, None).map_err(Error::arrow("sort rows by time"))?;
    take_record_batch(&batch, &order).map_err(Error::arrow("sort rows by time"))
}

/// Batches of one day each, in their order.
pub(super) fn as_given(batches: Vec<RecordBatch>) -> Result<BTreeMap<i32, Vec<RecordBatch>>> {
    let mut days: BTreeMap<i32, Vec<RecordBatch>> = BTreeMap::new();
    for batch in batches {
        let Some(first) = times(&batch)?.values().first() else {
            continue;
        };
        let day = i32::try_from(first.div_euclid(DAY_US)).unwrap_or(i32::MAX);
        days.entry(day).or_default().push(batch);
    }
    Ok(days)
}

/// Pieces of fewer rows are joined before they are encoded.
const PIECE_ROWS_MIN: usize = 8_192;

/// Cuts rows by day. A day's pieces are each ordered by time and follow each other by their first
/// row: near enough to order for pruning, without a copy of everything.
pub(super) fn by_day(batches: Vec<RecordBatch>) -> Result<BTreeMap<i32, Vec<RecordBatch>>> {
    let mut days: BTreeMap<i32, Vec<(i64, RecordBatch)>> = BTreeMap::new();
    for batch in batches {
        let batch = by_time(batch)?;
        let values = times(&batch)?.values();
        let mut from = 0;
        while from < values.len() {
            let day = values[from].div_euclid(DAY_US);
            let to = from + values[from..].partition_point(|us| us.div_euclid(DAY_US) == day);
            let day = i32::try_from(day).unwrap_or(i32::MAX);
            let piece = (values[from], batch.slice(from, to - from));
            days.entry(day).or_default().push(piece);
            from = to;
        }
    }
    let joined = days.into_iter().map(|(day, mut pieces)| {
        pieces.sort_by_key(|(first_us, _)| *first_us);
        let pieces = pieces.into_iter().map(|(_, piece)| piece).collect();
        Ok((day, join_small(pieces)?))
    });
    joined.collect()
}

/// Joins small neighbours, since each piece costs the encoder something.
fn join_small(pieces: Vec<RecordBatch>) -> Result<Vec<RecordBatch>> {
    let mut out = Vec::new();
    let mut waiting: Vec<RecordBatch> = Vec::new();
    let mut rows = 0;
    let count = pieces.len();
    for (at, piece) in pieces.into_iter().enumerate() {
        rows += piece.num_rows();
        waiting.push(piece);
        if rows < PIECE_ROWS_MIN && at + 1 < count {
            continue;
        }
        if let [_, _, ..] = waiting.as_slice() {
            let schema = waiting[0].schema();
            let joined = concat_batches(&schema, &waiting).map_err(Error::arrow("join rows"))?;
            out.push(by_time(joined)?);
            waiting.clear();
        } else {
            out.append(&mut waiting);
        }
        rows = 0;
    }
    Ok(out)
}

/// A stand-in for the file's own time that needs no clock: arrival of its newest row.
pub(super) fn newest_ms(pieces: &[RecordBatch]) -> i64 {
    let newest = |batch: &RecordBatch| {
        let arrival = batch.column_by_name("received_at")?;
        arrow::compute::max(arrival.as_primitive_opt::<TimestampMicrosecondType>()?)
    };
    let arrival = pieces.iter().filter_map(newest).max();
    arrival.unwrap_or(0).div_euclid(1_000)
}
