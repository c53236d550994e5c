//! Whole columns of text searched at once: rows without a digit or `@` cost a skim.

use crate::personal::{Finding, JsonPlace, Seeking, find, is_uuid, next_anchor};
use arrow::array::{Array, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

/// Something found in a row, at its place in the column's bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    pub(crate) row: usize,
    pub(crate) finding: Finding,
    /// The row is nothing else.
    pub(crate) whole: bool,
}

/// All that looks personal in a column, in order. Rows that are null are searched too: what hides
/// under a null would be written with the rest.
pub(crate) fn search(array: &StringArray, seeking: Seeking) -> Vec<Found> {
    let offsets = array.value_offsets();
    let bytes = array.value_data();
    let end = at(offsets, array.len());
    let bytes = &bytes[..end.min(bytes.len())];
    let mut all = Vec::new();
    let mut from = at(offsets, 0);
    let mut row = 0;
    let mut clean = Clean::default();
    while let Some(anchor) = next_anchor(bytes, from) {
        row = row_of(offsets, row, anchor);
        let (start, stop) = (at(offsets, row), at(offsets, row + 1));
        from = stop;
        if is_uuid(&bytes[start..stop]) || clean.holds(&bytes[start..stop]) {
            continue;
        }
        let before = all.len();
        find(&bytes[start..stop], seeking, |finding| {
            all.push(Found {
                row,
                whole: finding.from == 0 && finding.to == stop - start,
                finding: Finding {
                    from: start + finding.from,
                    to: start + finding.to,
                    ..finding
                },
            });
        });
        if all.len() == before {
            clean.keep(&bytes[start..stop]);
        }
    }
    all
}

const CLEAN_SLOTS: usize = 64;
const CLEAN_BYTES_MAX: usize = 24;

/// Short texts in which nothing was found: columns of versions, regions and classes have few different
/// ones.
struct Clean<'t>([&'t [u8]; CLEAN_SLOTS]);

impl Default for Clean<'_> {
    fn default() -> Self {
        Self([&[]; CLEAN_SLOTS])
    }
}

impl<'t> Clean<'t> {
    fn slot(text: &[u8]) -> usize {
        let (first, last) = (text.first(), text.last());
        let byte = |b: Option<&u8>| b.copied().map_or(0, usize::from);
        (text.len() + 7 * byte(last) + 31 * byte(first)) % CLEAN_SLOTS
    }

    fn holds(&self, text: &[u8]) -> bool {
        text.len() <= CLEAN_BYTES_MAX && self.0[Self::slot(text)] == text
    }

    fn keep(&mut self, text: &'t [u8]) {
        if text.len() <= CLEAN_BYTES_MAX {
            self.0[Self::slot(text)] = text;
        }
    }
}

fn at(offsets: &[i32], row: usize) -> usize {
    let offset = offsets.get(row).copied().unwrap_or_default();
    usize::try_from(offset).unwrap_or_default()
}

/// The row that holds byte `place`, which is not before `row`: near ones first.
fn row_of(offsets: &[i32], row: usize, place: usize) -> usize {
    let mut step = 1;
    let mut low = row;
    while at_or_end(offsets, low + step) <= place && low + step < offsets.len() {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(offsets.len());
    let window = &offsets[low + 1..high.max(low + 1)];
    low + window.partition_point(|&o| usize::try_from(o).unwrap_or_default() <= place)
}

fn at_or_end(offsets: &[i32], row: usize) -> usize {
    offsets
        .get(row)
        .map_or(usize::MAX, |&o| usize::try_from(o).unwrap_or_default())
}

/// The column with marks instead of what was found; `None` if it would outgrow its offsets.
pub(crate) fn replace(array: &StringArray, found: &[Found]) -> Option<StringArray> {
    let offsets = array.value_offsets();
    let bytes = array.value_data();
    let mut out = Vec::with_capacity(at(offsets, array.len()) + found.len() * 8);
    let mut next = Vec::with_capacity(array.len() + 1);
    next.push(0);
    let mut found = found.iter().peekable();
    for row in 0..array.len() {
        let (mut from, to) = (at(offsets, row), at(offsets, row + 1));
        let start = from;
        let mut json = JsonPlace::new(bytes.get(start..to)?);
        while let Some(hit) = found.next_if(|hit| hit.row == row) {
            out.extend_from_slice(bytes.get(from..hit.finding.from)?);
            let mark = hit.finding.kind.mark().as_bytes();
            let bare = json.is_bare(hit.finding.from - start);
            let quote: &[u8] = if bare { b"\"" } else { b"" };
            for part in [quote, mark, quote] {
                out.extend_from_slice(part);
            }
            from = hit.finding.to;
        }
        out.extend_from_slice(bytes.get(from..to)?);
        next.push(i32::try_from(out.len()).ok()?);
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(next));
    StringArray::try_new(offsets, Buffer::from_vec(out), array.nulls().cloned()).ok()
}
