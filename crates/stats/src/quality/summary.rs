//! Plain figures of a column, exactly.

use super::masks::strings;
use crate::column::value_type;
use crate::error::{Error, Result};
use crate::moments::Moments;
use crate::profile::QUANTILES;
use crate::sample::{Sorted, Tally};
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef};

/// Most frequent values told.
pub const TOP: usize = 10;
/// Numbers summed in one go, which keeps the error of the whole small.
const BLOCK: usize = 1_024;

/// Plain figures. What is not defined, such as the mean of no numbers or of texts, is `None`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Rows, missing ones included.
    pub rows: u64,
    /// Rows without a value: null or NaN.
    pub nulls: u64,
    /// Rows of either infinity, which no other figure counts.
    pub infinities: u64,
    /// Distinct values; `None` for values that are only counted, such as lists.
    pub distinct: Option<u64>,
    /// Sum.
    pub sum: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Standard deviation of the sample, divisor `n − 1`.
    pub std: Option<f64>,
    /// Standard deviation of the values themselves, divisor `n`.
    pub std_population: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// Skewness of the values themselves (g1).
    pub skewness: Option<f64>,
    /// Excess kurtosis of the values themselves (g2).
    pub kurtosis: Option<f64>,
    /// Quantiles at [`QUANTILES`], by linear interpolation (type 7 of Hyndman and Fan 1996).
    pub quantiles: [Option<f64>; QUANTILES.len()],
    /// Rows of zero.
    pub zeros: Option<u64>,
    /// The most frequent values with their rows, at most [`TOP`], ties in their order. Times are
    /// microseconds since 1970.
    pub top: Vec<(String, u64)>,
}

/// The figures of a column of numbers, booleans, times (microseconds since 1970) or texts; of others rows
/// and nulls only. O(n log n).
///
/// # Errors
/// If the column's values cannot be read.
pub fn describe(column: &ArrayRef) -> Result<Summary> {
    match value_type(column.data_type()) {
        Some(ValueType::Text) => Ok(of_texts(&Tally::from_array(column)?)),
        Some(ty @ (ValueType::Boolean | ValueType::Number | ValueType::Time)) => {
            Ok(of_numbers(&Sorted::from_array(column)?, ty))
        }
        _ => Ok(Summary {
            rows: column.len() as u64,
            nulls: column.logical_null_count() as u64,
            ..Summary::default()
        }),
    }
}

fn of_texts(tally: &Tally) -> Summary {
    let mut top = Top::default();
    for (category, n) in tally.counts() {
        top.take(category, *n);
    }
    Summary {
        rows: tally.rows(),
        nulls: tally.missing,
        distinct: Some(tally.counts().len() as u64),
        top: top
            .0
            .into_iter()
            .map(|(text, n)| (text.to_owned(), n))
            .collect(),
        ..Summary::default()
    }
}

fn of_numbers(sorted: &Sorted, ty: ValueType) -> Summary {
    let moments: Moments = sorted.moments();
    let values = sorted.values();
    let (mut distinct, mut zeros, mut top) = (0, 0, Top::default());
    for run in values.chunk_by(|a, b| a >= b) {
        let (Some(value), n) = (run.first(), run.len() as u64) else {
            continue;
        };
        distinct += 1;
        if value.abs() <= 0.0 {
            zeros = n;
        }
        top.take(value, n);
    }
    let some = (moments.n > 0).then_some(moments);
    let sum: f64 = values
        .chunks(BLOCK)
        .map(|block| block.iter().sum::<f64>())
        .sum();
    let spelled = |value: &f64| match ty {
        ValueType::Boolean => (*value > 0.5).to_string(),
        _ => value.to_string(),
    };
    Summary {
        rows: sorted.rows(),
        nulls: sorted.missing,
        infinities: sorted.below + sorted.above,
        distinct: Some(distinct),
        sum: some.map(|_| sum).filter(|x| x.is_finite()),
        mean: some.map(|m| m.mean),
        std: some.and_then(|m| m.std()),
        std_population: some
            .map(|m| (m.m2 / m.n as f64).sqrt())
            .filter(|x| x.is_finite()),
        min: some.map(|m| m.min),
        max: some.map(|m| m.max),
        skewness: some.and_then(|m| m.skewness()),
        kurtosis: some.and_then(|m| m.kurtosis()),
        quantiles: QUANTILES.map(|rank| sorted.quantile(rank)),
        zeros: Some(zeros),
        top: top
            .0
            .into_iter()
            .map(|(value, n)| (spelled(value), n))
            .collect(),
    }
}

/// The most frequent values so far, most frequent first; earlier ones win a tie.
struct Top<'a, T: ?Sized>(Vec<(&'a T, u64)>);

impl<T: ?Sized> Default for Top<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'a, T: ?Sized> Top<'a, T> {
    fn take(&mut self, value: &'a T, n: u64) {
        let is_full = self.0.len() >= TOP;
        if is_full && self.0.last().is_some_and(|(_, least)| n <= *least) {
            return;
        }
        let at = self.0.partition_point(|(_, rows)| *rows >= n);
        self.0.insert(at, (value, n));
        self.0.truncate(TOP);
    }
}

/// Plain figures of texts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextProfile {
    /// Rows, missing ones included.
    pub rows: u64,
    /// Rows without a text.
    pub nulls: u64,
    /// Distinct texts.
    pub distinct: u64,
    /// Fewest characters (Unicode scalar values) of a text; `None` without texts.
    pub characters_min: Option<u64>,
    /// Most characters.
    pub characters_max: Option<u64>,
    /// Mean number of characters.
    pub characters_mean: Option<f64>,
    /// Bytes of all texts as UTF-8.
    pub bytes: u64,
    /// Words of all texts: runs of what is not white space.
    pub words: u64,
    /// Rows with a character that is not ASCII.
    pub not_ascii: u64,
}

/// The figures of a column of texts. O(n log n).
///
/// # Errors
/// If the column has no texts.
pub fn text_profile(column: &ArrayRef) -> Result<TextProfile> {
    if value_type(column.data_type()) != Some(ValueType::Text) {
        return Err(Error::Column {
            ty: column.data_type().to_string(),
        });
    }
    let tally = Tally::from_array(column)?;
    let mut made = TextProfile {
        rows: tally.rows(),
        nulls: tally.missing,
        distinct: tally.counts().len() as u64,
        ..TextProfile::default()
    };
    let mut characters = 0;
    for text in strings(column)?.iter().flatten() {
        let length = text.chars().count() as u64;
        characters += length;
        made.characters_min = Some(made.characters_min.map_or(length, |n| n.min(length)));
        made.characters_max = Some(made.characters_max.map_or(length, |n| n.max(length)));
        made.bytes += text.len() as u64;
        made.words += text.split_whitespace().count() as u64;
        made.not_ascii += u64::from(!text.is_ascii());
    }
    let texts = tally.n();
    made.characters_mean = (texts > 0).then(|| characters as f64 / texts as f64);
    Ok(made)
}
