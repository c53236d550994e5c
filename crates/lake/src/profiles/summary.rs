//! From rows to rows of profiles, column by column: memory holds the order of one column a thread
//! and the profiles so far.

use super::bins::ModelBins;
use super::grain::Grain;
use super::plan::{self, Plan, segment_of, times};
use super::rows::{Key, Row, unreadable};
use super::segments::{OTHER, Segments};
use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat;
use candor_contract::{Kind, TableId};
use candor_stats::{Column, Groups, Profile, ValueType};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows that are brought into order together.
const CHUNK_ROWS: usize = 131_072;
/// Fewer rows are summarised on one thread.
const TWO_LANES_ROWS_MIN: usize = 16_384;
/// What a summary gave.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// One batch a day, for the profiles' table.
    pub(crate) batches: Vec<RecordBatch>,
    /// Rows of profiles.
    pub(crate) rows: u64,
    /// Whether a grain was left out.
    pub(crate) coarse: bool,
    /// Columns without a profile.
    pub(crate) left_out: u64,
    /// Rows under `other`.
    pub(crate) other_rows: u64,
}

/// Rows that are summarised together.
struct Chunk {
    batches: Vec<RecordBatch>,
    /// For all rows, then for each segment.
    groupings: Vec<Grouping>,
}

/// One way to group the rows of a chunk.
struct Grouping {
    /// Number of the segment, counting from 1; 0 for all rows.
    segment: usize,
    grain: Grain,
    groups: Groups,
    /// Start of the window and the segment's value of each group.
    keys: Vec<(i64, Option<Arc<str>>)>,
}

/// Summarises rows of a model's events of one kind. All `batches` have the table's columns. `always` are
/// columns that are summarised even where every value is missing.
pub(crate) fn summarise(
    batches: &[RecordBatch],
    (id, kind): (&TableId, Kind),
    always: &[String],
    (segments, bins): (&mut Segments, &ModelBins),
) -> Result<Summary> {
    let batches: Vec<RecordBatch> = batches
        .iter()
        .filter(|b| b.num_rows() > 0)
        .cloned()
        .collect();
    let Some(schema) = batches.first().map(RecordBatch::schema) else {
        return Ok(Summary::default());
    };
    let plan = plan::of(&batches, always, segments)?;
    let (columns, own) = (&plan.columns, &plan.segments);
    let chunks = chunks(&batches, segments, &plan)?;
    let mut out = Summary {
        coarse: plan.coarse,
        left_out: plan.left_out,
        other_rows: chunks.iter().map(others).sum(),
        ..Summary::default()
    };
    let told = |(at, ty): &(usize, ValueType)| {
        let named = (Arc::<str>::from(schema.field(*at).name().as_str()), *ty);
        column_rows(&chunks, *at, named, (kind, bins), own)
    };
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let rows = in_lanes(columns, total, told)?;
    out.rows = rows.len() as u64;
    out.batches = by_day(rows, id)?;
    Ok(out)
}

fn chunks(batches: &[RecordBatch], segments: &Segments, plan: &Plan) -> Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    let mut waiting: Vec<RecordBatch> = Vec::new();
    let mut rows = 0;
    for batch in batches {
        let mut from = 0;
        while from < batch.num_rows() {
            let piece = batch.slice(from, (batch.num_rows() - from).min(CHUNK_ROWS - rows));
            from += piece.num_rows();
            rows += piece.num_rows();
            waiting.push(piece);
            if rows == CHUNK_ROWS {
                chunks.push(Chunk::new(std::mem::take(&mut waiting), segments, plan)?);
                rows = 0;
            }
        }
    }
    if !waiting.is_empty() {
        chunks.push(Chunk::new(waiting, segments, plan)?);
    }
    Ok(chunks)
}

impl Chunk {
    fn new(batches: Vec<RecordBatch>, segments: &Segments, plan: &Plan) -> Result<Self> {
        let mut groupings = vec![Grouping::new((0, plan.whole), &batches, &[], |_| None)?];
        for (at, segment) in plan.segments.iter().enumerate() {
            let mut names = segments.values(segment).unwrap_or_default().to_vec();
            let other = names.len() as u32;
            names.push(Arc::from(OTHER));
            let places: HashMap<&str, u32> = (0..)
                .zip(&names)
                .map(|(place, name)| (name.as_ref(), place))
                .collect();
            let place = |value: &str| places.get(value).copied().unwrap_or(other);
            let of = |batch: &RecordBatch| -> Option<Vec<Option<u32>>> {
                let values = segment_of(batch, segment)?.iter();
                Some(values.map(|value| value.map(place)).collect())
            };
            let grouping = Grouping::new((at + 1, plan.by_segment), &batches, &names, of)?;
            groupings.push(grouping);
        }
        Ok(Self { batches, groupings })
    }

    fn column(&self, at: usize) -> Result<ArrayRef> {
        let arrays: Vec<&dyn Array> = self.batches.iter().map(|b| b.column(at).as_ref()).collect();
        match arrays.as_slice() {
            [_] => Ok(Arc::clone(self.batches[0].column(at))),
            several => concat(several).map_err(Error::arrow("join a column")),
        }
    }
}

impl Grouping {
    /// Groups rows by window and, where `values` tells them, by value: a place in `names`.
    fn new(
        (segment, grain): (usize, Grain),
        batches: &[RecordBatch],
        names: &[Arc<str>],
        values: impl Fn(&RecordBatch) -> Option<Vec<Option<u32>>>,
    ) -> Result<Self> {
        let mut groups = Groups::default();
        let mut known: HashMap<(i64, Option<u32>), u32> = HashMap::new();
        let mut keys = Vec::new();
        let mut last = None;
        for batch in batches {
            let values = values(batch);
            for (row, time) in times(batch)?.iter().enumerate() {
                let value = values.as_ref().and_then(|v| v.get(row).copied().flatten());
                let key = (grain.start_us(*time), value);
                let group = match last {
                    Some((same, group)) if same == key => group,
                    _ => *known.entry(key).or_insert(keys.len() as u32),
                };
                if group as usize == keys.len() {
                    keys.push(key);
                }
                last = Some((key, group));
                groups.of_row.push(group);
            }
        }
        groups.count = keys.len();
        let name = |place: u32| names.get(place as usize).cloned();
        let keys = keys
            .into_iter()
            .map(|(start, value)| (start, value.and_then(name)));
        Ok(Self {
            segment,
            grain,
            groups,
            keys: keys.collect(),
        })
    }
}

fn others(chunk: &Chunk) -> u64 {
    let of = |grouping: &Grouping| {
        let is_other = |group: &&u32| grouping.keys[**group as usize].1.as_deref() == Some(OTHER);
        grouping.groups.of_row.iter().filter(is_other).count() as u64
    };
    chunk
        .groupings
        .iter()
        .filter(|g| g.segment > 0)
        .map(of)
        .sum()
}

/// Segment, value and start of window.
type Place = (usize, Option<Arc<str>>, i64);

/// The rows of one column: of the finest windows, then merged to the coarser ones.
fn column_rows(
    chunks: &[Chunk],
    at: usize,
    (column, ty): (Arc<str>, ValueType),
    (kind, bins): (Kind, &ModelBins),
    own: &[Arc<str>],
) -> Result<Vec<Row>> {
    let bins = bins.of(kind, &column);
    let mut finest: BTreeMap<Place, Profile> = BTreeMap::new();
    for chunk in chunks {
        let prepared = Column::new(&chunk.column(at)?).map_err(unreadable)?;
        for grouping in &chunk.groupings {
            let profiles = prepared
                .profiles(&grouping.groups, bins)
                .map_err(unreadable)?;
            for ((start, value), profile) in grouping.keys.iter().zip(profiles) {
                let Some(profile) = profile else { continue };
                add(
                    &mut finest,
                    (grouping.segment, value.clone(), *start),
                    profile,
                )?;
            }
        }
    }
    let grain_of = |segment: usize| {
        let lengths = chunks.iter().flat_map(|c| c.groupings.get(segment));
        lengths
            .map(|g| g.grain)
            .next()
            .unwrap_or(Grain::FiveMinutes)
    };
    let mut rows = Vec::new();
    let mut level = finest;
    for grain in Grain::ALL {
        let mut coarser: BTreeMap<Place, Profile> = BTreeMap::new();
        for ((segment, value, start), profile) in level {
            if grain >= grain_of(segment) {
                let key = Key {
                    column: Arc::clone(&column),
                    kind,
                    ty,
                    grain,
                    segment: own.get(segment.wrapping_sub(1)).cloned(),
                    value: value.clone(),
                    time_us: start,
                };
                rows.push(Row::new(key, &profile)?);
            }
            let next = if grain == Grain::FiveMinutes {
                Grain::Hour
            } else {
                Grain::Day
            };
            add(
                &mut coarser,
                (segment, value, next.start_us(start)),
                profile,
            )?;
        }
        level = coarser;
    }
    Ok(rows)
}

fn add(into: &mut BTreeMap<Place, Profile>, place: Place, profile: Profile) -> Result<()> {
    match into.entry(place) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(profile);
            Ok(())
        }
        std::collections::btree_map::Entry::Occupied(mut entry) => {
            entry.get_mut().merge(&profile).map_err(unreadable)
        }
    }
}

/// Does the columns one after the other, many rows on two threads.
fn in_lanes<T: Sync>(
    columns: &[T],
    rows: usize,
    work: impl Fn(&T) -> Result<Vec<Row>> + Sync,
) -> Result<Vec<Row>> {
    let next = AtomicUsize::new(0);
    let lane = || -> Result<Vec<Row>> {
        let mut done = Vec::new();
        while let Some(column) = columns.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.append(&mut work(column)?);
        }
        Ok(done)
    };
    if rows < TWO_LANES_ROWS_MIN {
        return lane();
    }
    std::thread::scope(|scope| {
        let other = scope.spawn(lane);
        let mut done = lane()?;
        let panicked = |_| Error::Entry {
            what: "a summary panicked".to_owned(),
        };
        done.append(&mut other.join().map_err(panicked)??);
        Ok(done)
    })
}

/// One batch a day, in the order of keys.
fn by_day(mut rows: Vec<Row>, id: &TableId) -> Result<Vec<RecordBatch>> {
    rows.sort_by(|a, b| {
        let day = |row: &Row| Grain::Day.start_us(row.key.time_us);
        day(a).cmp(&day(b)).then_with(|| a.key.cmp(&b.key))
    });
    let days = rows
        .chunk_by(|a, b| Grain::Day.start_us(a.key.time_us) == Grain::Day.start_us(b.key.time_us));
    days.map(|day| super::rows::batch(day, id)).collect()
}

#[cfg(test)]
mod tests;
