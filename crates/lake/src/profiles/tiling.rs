//! Rows dealt out to groups, and to the cells that groups are made of.

use super::grain::Grain;
use super::plan::{Plan, segment_of, times};
use super::segments::{OTHER, Segments};
use crate::error::Result;
use arrow::array::RecordBatch;
use candor_stats::{Cells, Groups};
use hashbrown::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Cells of several groupings are worth their while down to so many rows a cell.
const CELL_ROWS_MIN: usize = 64;

/// Rows dealt out to cells, and groups of cells.
pub(super) struct Tiling {
    pub(super) cells: Cells,
    /// For all rows, then for each segment.
    pub(super) groupings: Vec<(Grouping, Groups)>,
}

/// One way to group the rows of a chunk.
pub(super) struct Grouping {
    /// Number of the segment, counting from 1; 0 for all rows.
    pub(super) segment: usize,
    pub(super) grain: Grain,
    /// Start of the window and the segment's value of each group.
    pub(super) keys: Vec<(i64, Option<Arc<str>>)>,
    /// Rows whose value is not kept apart.
    pub(super) others: u64,
}

/// The cells that all groupings of a plan have in common, or those of each where they would be too
/// small.
pub(super) fn tilings(
    batches: &[RecordBatch],
    segments: &Segments,
    plan: &Plan,
) -> Result<Vec<Tiling>> {
    let groupings = of_plan(batches, segments, plan)?;
    let rows = groupings.first().map_or(0, |(_, of_row)| of_row.len());
    let most = rows / CELL_ROWS_MIN;
    let of_rows = groupings
        .iter()
        .map(|(grouping, of_row)| (of_row.as_slice(), grouping.keys.len()));
    if let Some((of_row, of_cell)) = common(of_rows, most) {
        let cells = Cells::new(&of_row, of_cell.first().map_or(0, Vec::len));
        let groupings = groupings.into_iter().zip(of_cell);
        let groupings = groupings.map(|((grouping, _), of_cell)| {
            let count = grouping.keys.len();
            (grouping, Groups { of_cell, count })
        });
        let groupings = groupings.collect();
        return Ok(vec![Tiling { cells, groupings }]);
    }
    let each = groupings.into_iter().map(|(grouping, of_row)| {
        let cells = Cells::new(&of_row, grouping.keys.len());
        let apart = cells.apart();
        Tiling {
            cells,
            groupings: vec![(grouping, apart)],
        }
    });
    Ok(each.collect())
}

/// The cell of each row and, for each grouping, the group of each cell; `None` for more than `most` cells.
fn common<'a>(
    groupings: impl Iterator<Item = (&'a [u32], usize)>,
    most: usize,
) -> Option<(Vec<u32>, Vec<Vec<u32>>)> {
    let (mut cells, mut of_cell): (Vec<u32>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
    for (of_row, groups) in groupings {
        let Some(before) = of_cell.first().map(Vec::len) else {
            cells = of_row.to_vec();
            of_cell.push((0..groups as u32).collect());
            continue;
        };
        if before.max(groups) > most {
            return None;
        }
        // Cells by what they were a part of and the group of this grouping.
        let mut parts = vec![u32::MAX; before * groups];
        let mut made: Vec<(u32, u32)> = Vec::new();
        for (cell, group) in cells.iter_mut().zip(of_row) {
            let part = &mut parts[*cell as usize * groups + *group as usize];
            if *part == u32::MAX {
                if made.len() == most {
                    return None;
                }
                *part = made.len() as u32;
                made.push((*cell, *group));
            }
            *cell = *part;
        }
        for groups in &mut of_cell {
            *groups = made.iter().map(|(old, _)| groups[*old as usize]).collect();
        }
        of_cell.push(made.iter().map(|(_, group)| *group).collect());
    }
    (of_cell.first()?.len() <= most).then_some((cells, of_cell))
}

fn of_plan(
    batches: &[RecordBatch],
    segments: &Segments,
    plan: &Plan,
) -> Result<Vec<(Grouping, Vec<u32>)>> {
    let mut groupings = vec![Grouping::new((0, plan.whole), batches, &[], |_| None)?];
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
        let grouping = Grouping::new((at + 1, plan.by_segment), batches, &names, of)?;
        groupings.push(grouping);
    }
    Ok(groupings)
}

impl Grouping {
    /// Groups rows by window and, where `values` tells them, by value: a place in `names`, of which
    /// the last is for values that are not kept. Along with it the group of each row.
    fn new(
        (segment, grain): (usize, Grain),
        batches: &[RecordBatch],
        names: &[Arc<str>],
        values: impl Fn(&RecordBatch) -> Option<Vec<Option<u32>>>,
    ) -> Result<(Self, Vec<u32>)> {
        let mut of_row = Vec::new();
        let mut known: HashMap<(i64, Option<u32>), u32> = HashMap::new();
        let mut keys = Vec::new();
        let mut others = 0;
        let last_name = (names.len() as u32).checked_sub(1);
        let mut last = None;
        for batch in batches {
            let values = values(batch);
            let mut windows = Windows::new(grain);
            for (row, time) in times(batch)?.iter().enumerate() {
                let value = values.as_ref().and_then(|v| v.get(row).copied().flatten());
                let key = (windows.start_us(*time), value);
                others += u64::from(value.is_some() && value == last_name);
                let group = match last {
                    Some((same, group)) if same == key => group,
                    _ => *known.entry(key).or_insert(keys.len() as u32),
                };
                if group as usize == keys.len() {
                    keys.push(key);
                }
                last = Some((key, group));
                of_row.push(group);
            }
        }
        let name = |place: u32| names.get(place as usize).cloned();
        let keys = keys
            .into_iter()
            .map(|(start, value)| (start, value.and_then(name)));
        let grouping = Self {
            segment,
            grain,
            keys: keys.collect(),
            others,
        };
        Ok((grouping, of_row))
    }
}

/// Starts of windows; neighbours mostly share theirs, and a division takes long.
struct Windows {
    grain: Grain,
    last: Range<i64>,
}

impl Windows {
    fn new(grain: Grain) -> Self {
        Self { grain, last: 0..0 }
    }

    fn start_us(&mut self, time_us: i64) -> i64 {
        if !self.last.contains(&time_us) {
            let start = self.grain.start_us(time_us);
            self.last = start..start.saturating_add(self.grain.length_us());
        }
        self.last.start
    }
}
