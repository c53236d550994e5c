//! From rows to rows of profiles, column by column: memory holds the order of one column a thread
//! and the profiles so far.

use super::bins::ModelBins;
use super::grain::Grain;
use super::plan::{self, Plan};
use super::rows::{Key, Row, Told, unreadable};
use super::segments::Segments;
use super::tiling::{Grouping, Tiling, tilings};
use crate::error::{Error, Result};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat;
use candor_contract::{Kind, TableId};
use candor_stats::{Bins, Column, Groups, Profile, ValueType};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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
    tilings: Vec<Tiling>,
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
        other_rows: groupings(&chunks).map(|g| g.others).sum(),
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
        let tilings = tilings(&batches, segments, plan)?;
        Ok(Self { batches, tilings })
    }

    fn column(&self, at: usize) -> Result<ArrayRef> {
        let arrays: Vec<&dyn Array> = self.batches.iter().map(|b| b.column(at).as_ref()).collect();
        match arrays.as_slice() {
            [_] => Ok(Arc::clone(self.batches[0].column(at))),
            several => concat(several).map_err(Error::arrow("join a column")),
        }
    }
}

fn groupings(chunks: &[Chunk]) -> impl Iterator<Item = &Grouping> {
    let tilings = chunks.iter().flat_map(|chunk| &chunk.tilings);
    tilings.flat_map(|tiling| tiling.groupings.iter().map(|(grouping, _)| grouping))
}

/// Segment, value and start of window.
type Place = (usize, Option<Arc<str>>, i64);
type Level = BTreeMap<Place, Window>;

/// The profile of a window. A coarser one that holds no other tells the same.
struct Window {
    profile: Profile,
    told: Option<Arc<Told>>,
}

impl From<Profile> for Window {
    fn from(profile: Profile) -> Self {
        Self {
            profile,
            told: None,
        }
    }
}

impl Window {
    fn told(&mut self) -> Result<Arc<Told>> {
        if let Some(told) = &self.told {
            return Ok(Arc::clone(told));
        }
        let told = Arc::new(Told::of(&self.profile)?);
        self.told = Some(Arc::clone(&told));
        Ok(told)
    }
}

/// Profiles of the finest windows of a column.
fn finest(chunks: &[Chunk], at: usize, bins: Option<&Arc<Bins>>) -> Result<Level> {
    let mut finest = Level::new();
    for chunk in chunks {
        let prepared = Column::new(&chunk.column(at)?).map_err(unreadable)?;
        for tiling in &chunk.tilings {
            let groups: Vec<&Groups> = tiling.groupings.iter().map(|(_, groups)| groups).collect();
            let found = prepared.profiles(&tiling.cells, &groups, bins);
            for ((grouping, _), groups) in tiling.groupings.iter().zip(found.map_err(unreadable)?) {
                add_all(&mut finest, grouping, groups)?;
            }
        }
    }
    Ok(finest)
}

fn add_all(into: &mut Level, grouping: &Grouping, groups: Vec<Option<Profile>>) -> Result<()> {
    let named = grouping.keys.iter().zip(groups);
    for ((start, value), profile) in named.filter_map(|(key, p)| Some((key, p?))) {
        let place = (grouping.segment, value.clone(), *start);
        add(into, place, profile.into())?;
    }
    Ok(())
}

/// The rows of one column: of the finest windows, then merged to the coarser ones.
fn column_rows(
    chunks: &[Chunk],
    at: usize,
    (column, ty): (Arc<str>, ValueType),
    (kind, bins): (Kind, &ModelBins),
    own: &[Arc<str>],
) -> Result<Vec<Row>> {
    let finest = finest(chunks, at, bins.of(kind, &column))?;
    let grain_of = |segment: usize| {
        let own = groupings(chunks).find(|g| g.segment == segment);
        own.map_or(Grain::FiveMinutes, |g| g.grain)
    };
    let mut rows = Vec::new();
    let mut level = finest;
    for grain in Grain::ALL {
        let mut coarser = Level::new();
        for ((segment, value, start), mut window) in level {
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
                rows.push(Row::telling(key, window.told()?));
            }
            let next = if grain == Grain::FiveMinutes {
                Grain::Hour
            } else {
                Grain::Day
            };
            add(&mut coarser, (segment, value, next.start_us(start)), window)?;
        }
        level = coarser;
    }
    Ok(rows)
}

fn add(into: &mut Level, place: Place, window: Window) -> Result<()> {
    match into.entry(place) {
        Entry::Vacant(entry) => {
            entry.insert(window);
        }
        Entry::Occupied(entry) => {
            let merged = entry.into_mut();
            merged.profile.merge(&window.profile).map_err(unreadable)?;
            merged.told = None;
        }
    }
    Ok(())
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
