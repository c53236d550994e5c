//! One Arrow column, summarised by cells: sets of rows that no grouping parts.
//!
//! Rows are dealt out to cells once for all columns; groups are then merges of cells
//! ([`Profile::merge_all`]), so that several groupings cost little more than one.

use crate::bins::{BinCounts, Bins};
use crate::error::{Error, Result};
use crate::numbers::Numbers;
use crate::profile::{Body, Profile};
use crate::texts::{Texts, Word};
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};
use hashbrown::HashMap;
use std::sync::Arc;

/// The cell of rows that belong to none.
pub const NO_CELL: u32 = u32::MAX;
/// Of more values in one cell, quantiles are sampled.
const EXACT_MAX: usize = 32_768;
/// With many cells each is sampled sooner: the groups that they make up have more of them.
const EXACT_MIN: usize = 4_096;

/// Which rows lie in which cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells {
    total: usize,
    /// Rows in the order of their cells; `None` for all rows as they are.
    rows: Option<Vec<u32>>,
    /// Where each cell begins, and where the last ends.
    starts: Vec<usize>,
}

impl Cells {
    /// All of `rows` rows in one cell.
    pub fn whole(rows: usize) -> Self {
        Self {
            total: rows,
            rows: None,
            starts: vec![0, rows],
        }
    }

    /// Deals rows out to `count` cells: to the one that `of_row` tells, a number below `count` or
    /// [`NO_CELL`].
    pub fn new(of_row: &[u32], count: usize) -> Self {
        if count == 1 && of_row.iter().all(|cell| *cell == 0) {
            return Self::whole(of_row.len());
        }
        let mut starts = vec![0; count + 1];
        let known = |cell: u32| (cell as usize) < count;
        for cell in of_row.iter().filter(|cell| known(**cell)) {
            starts[*cell as usize + 1] += 1;
        }
        for cell in 0..count {
            starts[cell + 1] += starts[cell];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[count]];
        for (row, cell) in (0..).zip(of_row).filter(|(_, cell)| known(**cell)) {
            let place = &mut next[*cell as usize];
            rows[*place] = row;
            *place += 1;
        }
        Self {
            total: of_row.len(),
            rows: Some(rows),
            starts,
        }
    }

    /// How many cells there are.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// How many rows there are, in cells or not.
    pub fn rows(&self) -> usize {
        self.total
    }

    /// Each cell a group of its own.
    pub fn apart(&self) -> Groups {
        Groups {
            of_cell: (0..self.count() as u32).collect(),
            count: self.count(),
        }
    }

    fn of(&self, cell: usize) -> Rows<'_> {
        let range = self.starts[cell]..self.starts[cell + 1];
        match &self.rows {
            None => Rows::All(self.total),
            Some(rows) => Rows::These(&rows[range]),
        }
    }
}

/// Which group each cell belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    /// A number below `count` for each cell.
    pub of_cell: Vec<u32>,
    /// How many groups there are.
    pub count: usize,
}

/// The rows of a cell.
#[derive(Clone, Copy)]
enum Rows<'a> {
    All(usize),
    These(&'a [u32]),
}

impl Rows<'_> {
    fn len(self) -> usize {
        match self {
            Rows::All(count) => count,
            Rows::These(rows) => rows.len(),
        }
    }

    fn each(self, mut work: impl FnMut(usize)) {
        match self {
            Rows::All(count) => (0..count).for_each(work),
            Rows::These(rows) => rows.iter().for_each(|row| work(*row as usize)),
        }
    }
}

/// A column ready to be summarised.
#[derive(Debug)]
pub struct Column {
    ty: ValueType,
    rows: usize,
    nulls: Option<NullBuffer>,
    values: Prepared,
}

#[derive(Debug)]
enum Prepared {
    Numbers {
        /// Without −0; anything where a value is missing.
        values: ScalarBuffer<f64>,
        /// None is missing, NaN or infinite.
        plain: bool,
    },
    Texts {
        array: ArrayRef,
        /// The first row of each distinct text.
        firsts: Vec<u32>,
        /// The distinct text of each row, by its place in `firsts`; [`NO_CELL`] for none.
        codes: Vec<u32>,
    },
    Opaque,
}

/// Whether an Arrow column has a profile, and of what type.
pub(crate) fn value_type(ty: &DataType) -> Option<ValueType> {
    Some(match ty {
        DataType::Boolean => ValueType::Boolean,
        DataType::Timestamp(..) => ValueType::Time,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ValueType::Text,
        DataType::Dictionary(_, values) => return value_type(values),
        DataType::List(_) => ValueType::Opaque,
        ty if ty.is_integer() || ty.is_floating() => ValueType::Number,
        _ => return None,
    })
}

impl Column {
    /// The type of value that a column of this Arrow type is summarised as, if any.
    pub fn type_of(ty: &DataType) -> Option<ValueType> {
        value_type(ty)
    }

    /// Prepares a column of at most 2³² − 1 rows.
    ///
    /// # Errors
    /// If columns of its type have no profile.
    pub fn new(array: &ArrayRef) -> Result<Self> {
        let foreign = || Error::Column {
            ty: array.data_type().to_string(),
        };
        let ty = value_type(array.data_type()).ok_or_else(foreign)?;
        let to = |ty: &DataType| cast(array, ty).map_err(|_| foreign());
        let nulls = array.logical_nulls().filter(|n| n.null_count() > 0);
        let values = match ty {
            ValueType::Boolean | ValueType::Number => {
                let values = to(&DataType::Float64)?;
                numbers(values.as_primitive::<Float64Type>().values(), &nulls)
            }
            ValueType::Time => {
                let zone = match array.data_type() {
                    DataType::Timestamp(_, zone) => zone.clone(),
                    _ => None,
                };
                let time = to(&DataType::Timestamp(TimeUnit::Microsecond, zone))?;
                let time = time.as_primitive::<TimestampMicrosecondType>().values();
                let values: Vec<f64> = time.iter().map(|us| *us as f64).collect();
                numbers(&values.into(), &nulls)
            }
            ValueType::Text => texts(to(&DataType::Utf8)?),
            ValueType::Opaque => Prepared::Opaque,
        };
        Ok(Self {
            ty,
            rows: array.len(),
            nulls,
            values,
        })
    }

    /// What its values are.
    pub fn value_type(&self) -> ValueType {
        self.ty
    }

    /// The profile of all rows; `None` without rows.
    ///
    /// # Errors
    /// None that its own making lets happen.
    pub fn profile(&self, bins: Option<&Arc<Bins>>) -> Result<Option<Profile>> {
        let cells = Cells::whole(self.rows);
        let mut found = self.profiles(&cells, &[&cells.apart()], bins)?;
        Ok(found.pop().and_then(|mut found| found.pop()).flatten())
    }

    /// A profile for each group of each grouping, `None` for groups without rows. `bins` of another
    /// type of value are left out.
    ///
    /// # Errors
    /// None that its own making lets happen.
    pub fn profiles(
        &self,
        cells: &Cells,
        groupings: &[&Groups],
        bins: Option<&Arc<Bins>>,
    ) -> Result<Vec<Vec<Option<Profile>>>> {
        match &self.values {
            Prepared::Numbers { values, plain } => {
                let exact_max = (EXACT_MAX / cells.count().max(1)).max(EXACT_MIN);
                let mut scratch = Vec::new();
                let of_cell = |rows: Rows<'_>| {
                    let nulls = self.nulls.as_ref();
                    let found = Finite::of(values, *plain, nulls, rows, &mut scratch);
                    let (body, counts) = found.summary(exact_max, bins)?;
                    Ok(Profile::new(self.ty, self.counts(rows), body, counts))
                };
                merged(cells, groupings, of_cell)
            }
            Prepared::Texts {
                array,
                firsts,
                codes,
            } => {
                let strings = array.as_string::<i32>();
                let words = firsts.iter().map(|row| strings.value(*row as usize));
                let words: Vec<Word<'_>> = words.map(Word::new).collect();
                self.texts(&words, codes, (cells, groupings), bins)
            }
            Prepared::Opaque => merged(cells, groupings, |rows| {
                let body = Body::Opaque;
                Ok(Profile::new(self.ty, self.counts(rows), body, None))
            }),
        }
    }

    /// Texts are counted by cell and added up, which is exact, before they are summarised.
    fn texts(
        &self,
        words: &[Word<'_>],
        codes: &[u32],
        (cells, groupings): (&Cells, &[&Groups]),
        bins: Option<&Arc<Bins>>,
    ) -> Result<Vec<Vec<Option<Profile>>>> {
        let mut tally = Tally::new(words.len());
        let mut of_cells = Vec::with_capacity(cells.count());
        for cell in 0..cells.count() {
            let rows = cells.of(cell);
            rows.each(|row| tally.add(codes[row], 1));
            of_cells.push((self.counts(rows), tally.take()));
        }
        let of_group = |parts: &[usize]| {
            let (mut rows, mut nulls) = (0, 0);
            for cell in parts {
                let (counts, own) = &of_cells[*cell];
                (rows, nulls) = (rows + counts.0, nulls + counts.1);
                own.iter().for_each(|(code, rows)| tally.add(*code, *rows));
            }
            if rows == 0 {
                return Ok(None);
            }
            let told = tally.take();
            let told = told
                .iter()
                .map(|(code, rows)| (&words[*code as usize], *rows));
            let told: Vec<(&Word<'_>, u64)> = told.collect();
            let texts = told.iter().map(|(word, rows)| (word.text, *rows));
            let binned = bins.and_then(|b| BinCounts::of_texts(b, texts));
            let body = Body::Texts(Texts::of_counts(&told)?);
            Ok(Some(Profile::new(self.ty, (rows, nulls), body, binned)))
        };
        by_group(groupings, of_group)
    }

    /// Rows, and how many of them have no value.
    fn counts(&self, rows: Rows<'_>) -> (u64, u64) {
        (rows.len() as u64, self.nulls_in(rows))
    }

    fn nulls_in(&self, rows: Rows<'_>) -> u64 {
        let Some(nulls) = &self.nulls else { return 0 };
        match rows {
            Rows::All(_) => nulls.null_count() as u64,
            Rows::These(rows) => {
                let missing = rows.iter().map(|row| nulls.is_null(*row as usize));
                missing.map(u64::from).sum()
            }
        }
    }
}

fn numbers(values: &ScalarBuffer<f64>, nulls: &Option<NullBuffer>) -> Prepared {
    const MINUS_ZERO: u64 = 1 << 63;
    // Without a branch for each value.
    let any = |of: &dyn Fn(&[f64]) -> bool| values.chunks(1024).any(of);
    let odd = any(&|part| part.iter().fold(false, |any, x| any | !x.is_finite()));
    let zeroes = any(&|part| {
        let is_one = |x: &f64| x.to_bits() == MINUS_ZERO;
        part.iter().fold(false, |any, x| any | is_one(x))
    });
    let values = match zeroes {
        false => values.clone(),
        true => values.iter().map(|x| x + 0.0).collect(),
    };
    Prepared::Numbers {
        values,
        plain: nulls.is_none() && !odd,
    }
}

/// The finite numbers of a cell, and how many are not finite.
struct Finite<'a> {
    values: &'a [f64],
    nans: u64,
    below: u64,
    above: u64,
}

impl<'a> Finite<'a> {
    fn of(
        values: &'a ScalarBuffer<f64>,
        plain: bool,
        nulls: Option<&NullBuffer>,
        rows: Rows<'_>,
        scratch: &'a mut Vec<f64>,
    ) -> Self {
        let mut out = Self {
            values,
            nans: 0,
            below: 0,
            above: 0,
        };
        scratch.clear();
        match (rows, plain) {
            (Rows::All(_), true) => return out,
            (Rows::These(rows), true) => {
                scratch.extend(rows.iter().map(|row| values[*row as usize]));
            }
            (rows, false) => rows.each(|row| {
                let x = values[row];
                if nulls.is_some_and(|n| n.is_null(row)) {
                } else if x.is_finite() {
                    scratch.push(x);
                } else if x.is_nan() {
                    out.nans += 1;
                } else if x < 0.0 {
                    out.below += 1;
                } else {
                    out.above += 1;
                }
            }),
        }
        out.values = scratch;
        out
    }

    fn summary(&self, exact_max: usize, bins: Option<&Arc<Bins>>) -> Result<Summary> {
        let mut numbers = Numbers::of(self.values, exact_max)?;
        (numbers.nans, numbers.below, numbers.above) = (self.nans, self.below, self.above);
        let counts =
            bins.and_then(|b| BinCounts::of_numbers(b, self.values, self.below, self.above));
        Ok((Body::Numbers(numbers), counts))
    }
}

type Summary = (Body, Option<BinCounts>);

fn texts(array: ArrayRef) -> Prepared {
    let strings = array.as_string::<i32>();
    let (mut firsts, mut codes) = (Vec::new(), Vec::with_capacity(array.len()));
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut recent = Recent::default();
    for (row, text) in strings.iter().enumerate() {
        let Some(text) = text else {
            codes.push(NO_CELL);
            continue;
        };
        let code = recent.code(text, || {
            let next = firsts.len() as u32;
            let code = *known.entry(text).or_insert(next);
            if code == next {
                firsts.push(row as u32);
            }
            code
        });
        codes.push(code);
    }
    drop(known);
    Prepared::Texts {
        array,
        firsts,
        codes,
    }
}

const RECENT: usize = 1024;

/// Codes of short texts that were met lately, found without a hash of the text.
struct Recent([(Short, u32); RECENT]);

/// A text of up to 16 bytes as its first and its last eight bytes and its length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short(u64, u64, usize);

impl Short {
    fn of(text: &[u8]) -> Option<Self> {
        let word = |bytes: Option<&[u8; 8]>| bytes.map(|b| u64::from_le_bytes(*b));
        let half = |bytes: Option<&[u8; 4]>| bytes.map(|b| u64::from(u32::from_le_bytes(*b)));
        let (first, last) = match text {
            [] => (0, 0),
            [a] => (u64::from(*a), 0),
            [a, b] => (u64::from(*a), u64::from(*b)),
            [a, b, c] => (u64::from(*a) << 8 | u64::from(*b), u64::from(*c)),
            _ if text.len() < 8 => (half(text.first_chunk())?, half(text.last_chunk())?),
            _ if text.len() <= 16 => (word(text.first_chunk())?, word(text.last_chunk())?),
            _ => return None,
        };
        Some(Self(first, last, text.len()))
    }

    fn slot(self) -> usize {
        let mixed =
            (self.0 ^ self.1.rotate_left(29) ^ self.2 as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 54) as usize % RECENT
    }
}

impl Default for Recent {
    fn default() -> Self {
        // No text has this length.
        Self([(Short(0, 0, usize::MAX), 0); RECENT])
    }
}

impl Recent {
    fn code(&mut self, text: &str, find: impl FnOnce() -> u32) -> u32 {
        let Some(short) = Short::of(text.as_bytes()) else {
            return find();
        };
        let place = &mut self.0[short.slot()];
        if place.0 != short {
            *place = (short, find());
        }
        place.1
    }
}

/// How often each code came.
struct Tally {
    counts: Vec<u64>,
    touched: Vec<u32>,
}

impl Tally {
    fn new(codes: usize) -> Self {
        Self {
            counts: vec![0; codes],
            touched: Vec::new(),
        }
    }

    fn add(&mut self, code: u32, rows: u64) {
        // [`NO_CELL`] is beyond all codes.
        if let Some(count) = self.counts.get_mut(code as usize) {
            if *count == 0 {
                self.touched.push(code);
            }
            *count += rows;
        }
    }

    /// Codes that came, with how often; begins anew.
    fn take(&mut self) -> Vec<(u32, u64)> {
        let counts = &mut self.counts;
        let taken = self.touched.drain(..);
        let with_rows = |code: u32| (code, std::mem::take(&mut counts[code as usize]));
        taken.map(with_rows).collect()
    }
}

/// Profiles of groups from those of their cells.
fn merged(
    cells: &Cells,
    groupings: &[&Groups],
    mut of_cell: impl FnMut(Rows<'_>) -> Result<Profile>,
) -> Result<Vec<Vec<Option<Profile>>>> {
    let with_rows = |cell| Some(cells.of(cell)).filter(|rows| rows.len() > 0);
    let profiles = (0..cells.count()).map(|cell| with_rows(cell).map(&mut of_cell).transpose());
    let profiles = profiles.collect::<Result<Vec<Option<Profile>>>>()?;
    by_group(groupings, |parts| {
        let mut parts = parts.iter().filter_map(|cell| profiles[*cell].as_ref());
        let Some(mut whole) = parts.next().cloned() else {
            return Ok(None);
        };
        let rest: Vec<&Profile> = parts.collect();
        if !rest.is_empty() {
            whole.merge_all(&rest)?;
        }
        Ok(Some(whole))
    })
}

/// What `of_group` makes of the cells of each group of each grouping.
fn by_group<T>(
    groupings: &[&Groups],
    mut of_group: impl FnMut(&[usize]) -> Result<T>,
) -> Result<Vec<Vec<T>>> {
    let each = groupings.iter().map(|groups| {
        let mut parts: Vec<Vec<usize>> = vec![Vec::new(); groups.count];
        for (cell, group) in groups.of_cell.iter().enumerate() {
            if let Some(parts) = parts.get_mut(*group as usize) {
                parts.push(cell);
            }
        }
        parts.iter().map(|parts| of_group(parts)).collect()
    });
    each.collect()
}

#[cfg(test)]
mod tests;
