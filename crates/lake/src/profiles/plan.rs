//! What a flush summarises: which columns, by which segments, in how fine windows.

use super::ProfileLimits;
use super::grain::Grain;
use super::segments::{PREFIX, Segments};
use crate::error::{Error, Result};
use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::datatypes::TimestampMicrosecondType;
use candor_stats::{Column, ValueType};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Columns that name events and people, or that tell the window itself.
const NOT_SUMMARISED: &[&str] = &[
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
    "day",
];

/// The choices.
pub(super) struct Plan {
    /// Places and types of the columns.
    pub(super) columns: Vec<(usize, ValueType)>,
    /// Names of the segments, without their prefix.
    pub(super) segments: Vec<Arc<str>>,
    /// The finest windows of all rows.
    pub(super) whole: Grain,
    /// The finest windows of segments.
    pub(super) by_segment: Grain,
    /// Whether something is less fine than it could be.
    pub(super) coarse: bool,
    /// Columns that are left out.
    pub(super) left_out: u64,
}

/// Plans for rows of one schema; there is at least one batch. `segments` learn their values.
pub(super) fn of(
    batches: &[RecordBatch],
    always: &[String],
    segments: &mut Segments,
) -> Result<Plan> {
    let (mut columns, mut left_out) = columns(batches, always);
    let schema = batches[0].schema();
    let names = columns
        .iter()
        .map(|(at, _)| schema.field(*at).name().as_str());
    let mut own: Vec<Arc<str>> = names
        .filter_map(|n| n.strip_prefix(PREFIX))
        .map(Arc::from)
        .collect();
    own.iter()
        .for_each(|segment| learn(batches, segment, segments));
    own.retain(|segment| segments.values(segment).is_some());
    let windows = windows(batches)?;
    let days = windows_of(&windows, Grain::Day);
    let most = (ProfileLimits::DAY_ROWS / days.max(1)).max(1);
    left_out += columns.len().saturating_sub(most) as u64;
    columns.truncate(most);
    let finest = |each: usize, from: Grain| {
        let fits = |grain: &Grain| {
            let most = match grain {
                Grain::Hour => ProfileLimits::HOUR_ROWS,
                Grain::FiveMinutes | Grain::Day => ProfileLimits::ROWS,
            };
            windows_of(&windows, *grain) * columns.len() * each <= most
        };
        Grain::ALL
            .into_iter()
            .filter(|grain| *grain >= from)
            .find(fits)
    };
    let whole = finest(1, Grain::FiveMinutes).unwrap_or(Grain::Day);
    let from = match windows.len() <= ProfileLimits::SEGMENT_WINDOWS {
        true => Grain::FiveMinutes,
        false => Grain::Hour,
    };
    let each = own.len().max(1) * (ProfileLimits::SEGMENT_VALUES + 2);
    let by_segment = finest(each, from);
    let lacking = by_segment != Some(Grain::FiveMinutes) && !own.is_empty();
    if by_segment.is_none() {
        own.clear();
    }
    Ok(Plan {
        columns,
        segments: own,
        whole,
        by_segment: by_segment.unwrap_or(Grain::Day),
        coarse: whole != Grain::FiveMinutes || lacking,
        left_out,
    })
}

/// Columns that have profiles, and how many have none though they are no names.
fn columns(batches: &[RecordBatch], always: &[String]) -> (Vec<(usize, ValueType)>, u64) {
    let (mut columns, mut left_out) = (Vec::new(), 0);
    for (at, field) in batches[0].schema().fields().iter().enumerate() {
        let name = field.name();
        let bare = || {
            batches
                .iter()
                .all(|b| b.column(at).null_count() == b.num_rows())
        };
        let wanted = always.contains(name) || !bare();
        if NOT_SUMMARISED.contains(&name.as_str()) || !wanted {
            continue;
        }
        match Column::type_of(field.data_type()) {
            Some(ty) if columns.len() < ProfileLimits::COLUMNS => columns.push((at, ty)),
            _ => left_out += 1,
        }
    }
    (columns, left_out)
}

/// Starts of the finest windows that have rows.
fn windows(batches: &[RecordBatch]) -> Result<BTreeSet<i64>> {
    let mut windows = BTreeSet::new();
    for batch in batches {
        let mut last = None;
        for time in times(batch)? {
            let start = Some(Grain::FiveMinutes.start_us(*time));
            if last != start {
                windows.extend(start);
                last = start;
            }
        }
    }
    Ok(windows)
}

fn windows_of(finest: &BTreeSet<i64>, grain: Grain) -> usize {
    let mut starts: Vec<i64> = finest.iter().map(|us| grain.start_us(*us)).collect();
    starts.dedup();
    starts.len()
}

pub(super) fn times(batch: &RecordBatch) -> Result<&[i64]> {
    let time = batch.column_by_name("time");
    let time = time.and_then(|c| c.as_primitive_opt::<TimestampMicrosecondType>());
    time.map(|t| t.values().as_ref())
        .ok_or_else(|| Error::Entry {
            what: "rows have no time".to_owned(),
        })
}

pub(super) fn segment_of<'a>(batch: &'a RecordBatch, segment: &str) -> Option<&'a StringArray> {
    batch
        .column_by_name(&format!("{PREFIX}{segment}"))?
        .as_string_opt::<i32>()
}

/// Lets the most frequent values of a segment be kept.
fn learn(batches: &[RecordBatch], segment: &str, segments: &mut Segments) {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for array in batches.iter().filter_map(|b| segment_of(b, segment)) {
        for value in array.iter().flatten() {
            *counts.entry(value).or_default() += 1;
        }
    }
    segments.offer(segment, counts.into_iter().collect());
}
