//! One column on one side of a comparison, prepared once for every method.

use crate::column::value_type;
use crate::error::{Error, Result};
use crate::moments::Moments;
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use hashbrown::HashMap;

/// Numbers of a column: the finite ones ascending, the others counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sorted {
    values: Vec<f64>,
    /// Rows without a number: null or NaN.
    pub missing: u64,
    /// Rows of −∞.
    pub below: u64,
    /// Rows of +∞.
    pub above: u64,
}

impl Sorted {
    /// Of numbers in any order; NaN stands for a missing one.
    pub fn new(numbers: impl IntoIterator<Item = f64>) -> Self {
        let numbers = numbers.into_iter();
        let mut made = Self::default();
        let mut keys: Vec<u64> = Vec::with_capacity(numbers.size_hint().0);
        for x in numbers {
            if x.is_finite() {
                // −0 becomes 0, so that equal values are one value.
                keys.push(key(x + 0.0));
            } else if x.is_nan() {
                made.missing += 1;
            } else if x > 0.0 {
                made.above += 1;
            } else {
                made.below += 1;
            }
        }
        // Whole numbers sort faster than floats do, and than by radix.
        keys.sort_unstable();
        made.values = keys.into_iter().map(number).collect();
        made
    }

    /// Of a column of numbers, booleans (0 and 1) or times (microseconds).
    ///
    /// # Errors
    /// If the column has no numbers.
    pub fn from_array(array: &ArrayRef) -> Result<Self> {
        let foreign = || Error::Column {
            ty: array.data_type().to_string(),
        };
        let numbers = match value_type(array.data_type()) {
            Some(ValueType::Boolean | ValueType::Number) => {
                cast(array, &DataType::Float64).map_err(|_| foreign())?
            }
            Some(ValueType::Time) => {
                let micros = DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None);
                let time = cast(array, &micros).map_err(|_| foreign())?;
                let whole = cast(&time, &DataType::Int64).map_err(|_| foreign())?;
                let whole = whole.as_primitive::<Int64Type>();
                return Ok(Self::new(
                    whole.iter().map(|x| x.map_or(f64::NAN, |x| x as f64)),
                ));
            }
            _ => return Err(foreign()),
        };
        let numbers = numbers.as_primitive::<Float64Type>();
        if numbers.null_count() == 0 {
            return Ok(Self::new(numbers.values().iter().copied()));
        }
        Ok(Self::new(numbers.iter().map(|x| x.unwrap_or(f64::NAN))))
    }

    /// The finite values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Finite values.
    pub fn n(&self) -> u64 {
        self.values.len() as u64
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.n() + self.missing + self.below + self.above
    }

    /// Count, mean and central moments of the finite values.
    pub fn moments(&self) -> Moments {
        Moments::of(&self.values)
    }

    /// The quantile at `rank` in [0, 1] by linear interpolation (type 7 of Hyndman and Fan 1996); `None`
    /// without values.
    pub fn quantile(&self, rank: f64) -> Option<f64> {
        let last = self.values.len().checked_sub(1)?;
        let at = rank.clamp(0.0, 1.0) * last as f64;
        let low = at.floor() as usize;
        let (a, b) = (self.values[low], self.values[(low + 1).min(last)]);
        Some(interpolated(a, b, at - low as f64))
    }

    /// Distinct finite values, counted up to `most` + 1.
    pub fn distinct(&self, most: usize) -> usize {
        let changes = self.values.windows(2).filter(|pair| pair[0] < pair[1]);
        usize::from(!self.values.is_empty()) + changes.take(most).count()
    }

    /// Each distinct finite value with its rows, ascending.
    pub fn counted(&self) -> Vec<(f64, u64)> {
        let equal = self.values.chunk_by(|a, b| a >= b);
        equal.map(|run| (run[0], run.len() as u64)).collect()
    }
}

/// What lies a `part` of the way from `a` to `b`.
pub(crate) fn interpolated(a: f64, b: f64, part: f64) -> f64 {
    // Halves first, where the difference itself would be infinite.
    let step = b - a;
    if step.is_finite() {
        a + part * step
    } else {
        a * (1.0 - part) + b * part
    }
}

/// Bits in the order of the numbers.
pub(crate) fn key(x: f64) -> u64 {
    let bits = x.to_bits();
    // Negative numbers have all bits turned, others the sign.
    bits ^ (((bits.cast_signed() >> 63).cast_unsigned()) | (1 << 63))
}

/// The number of a [`key`].
pub(crate) fn number(key: u64) -> f64 {
    f64::from_bits(key ^ ((key >> 63).wrapping_sub(1) | (1 << 63)))
}

/// Categories of a column with their rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    counts: Vec<(String, u64)>,
    /// Rows without a category.
    pub missing: u64,
}

impl Tally {
    /// Of categories in any order, each perhaps with several entries.
    pub fn new(counts: impl IntoIterator<Item = (String, u64)>, missing: u64) -> Self {
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_unstable();
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Self { counts, missing }
    }

    /// Of a column of any type that can be spelled: texts as they are, numbers as people write them.
    ///
    /// # Errors
    /// If its values cannot be spelled.
    pub fn from_array(array: &ArrayRef) -> Result<Self> {
        let foreign = |_| Error::Column {
            ty: array.data_type().to_string(),
        };
        if let DataType::Dictionary(_, _) = array.data_type() {
            return Self::of_dictionary(array).map_err(foreign);
        }
        let texts = cast(array, &DataType::Utf8).map_err(foreign)?;
        let mut counts: HashMap<&str, u64> = HashMap::new();
        let mut missing = 0;
        for text in texts.as_string::<i32>() {
            match text {
                Some(text) => *counts.entry(text).or_default() += 1,
                None => missing += 1,
            }
        }
        let counts = counts.into_iter().map(|(text, n)| (text.to_owned(), n));
        Ok(Self::new(counts, missing))
    }

    /// Rows are counted by key; only the values are spelled.
    fn of_dictionary(array: &ArrayRef) -> std::result::Result<Self, arrow::error::ArrowError> {
        let dictionary = array.as_any_dictionary();
        let values = cast(dictionary.values(), &DataType::Utf8)?;
        let values = values.as_string::<i32>();
        if values.is_empty() {
            // Every row is missing; Arrow has no keys to tell then.
            return Ok(Self::new([], array.len() as u64));
        }
        let mut rows = vec![0_u64; values.len()];
        let mut missing = 0;
        let nulls = array.logical_nulls();
        for (row, key) in dictionary.normalized_keys().into_iter().enumerate() {
            if nulls.as_ref().is_some_and(|n| n.is_null(row)) {
                missing += 1;
            } else {
                rows[key] += 1;
            }
        }
        let counts = rows.into_iter().enumerate().filter(|(_, n)| *n > 0);
        let counts = counts.map(|(key, n)| (values.value(key).to_owned(), n));
        Ok(Self::new(counts, missing))
    }

    /// Each category with its rows, ascending by category.
    pub fn counts(&self) -> &[(String, u64)] {
        &self.counts
    }

    /// Rows of `category`.
    pub fn of(&self, category: &str) -> u64 {
        let at = self
            .counts
            .binary_search_by(|(c, _)| c.as_str().cmp(category));
        at.map_or(0, |at| self.counts[at].1)
    }

    /// Rows with a category.
    pub fn n(&self) -> u64 {
        self.counts.iter().map(|(_, n)| n).sum()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.n() + self.missing
    }
}

/// The counts of both over the union of their categories, ascending by category.
pub fn aligned(a: &Tally, b: &Tally) -> (Vec<u64>, Vec<u64>) {
    let mut all: Vec<&str> = a
        .counts
        .iter()
        .chain(&b.counts)
        .map(|(c, _)| c.as_str())
        .collect();
    all.sort_unstable();
    all.dedup();
    let of = |tally: &Tally| all.iter().map(|c| tally.of(c)).collect();
    (of(a), of(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, StringArray};
    use std::sync::Arc;

    #[test]
    fn numbers_are_sorted_and_what_is_none_is_counted() {
        let column: ArrayRef = Arc::new(Float64Array::from(vec![
            Some(2.0),
            None,
            Some(f64::NAN),
            Some(-0.0),
            Some(f64::INFINITY),
            Some(0.0),
        ]));
        let sorted = Sorted::from_array(&column).unwrap();
        assert_eq!(sorted.values(), [0.0, 0.0, 2.0]);
        assert_eq!((sorted.missing, sorted.below, sorted.above), (2, 0, 1));
        assert_eq!(sorted.counted(), [(0.0, 2), (2.0, 1)]);
        assert_eq!((sorted.distinct(9), sorted.quantile(0.5)), (2, Some(0.0)));
        assert_eq!(Sorted::default().quantile(0.5), None);
    }

    #[test]
    fn the_quantile_between_the_largest_numbers_is_finite() {
        let sorted = Sorted::new([-1.7e308, 1.7e308]);
        assert_eq!(sorted.quantile(0.5), Some(0.0));
    }

    #[test]
    fn categories_are_counted_whatever_they_are_written_as() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![
            Some("b"),
            None,
            Some("a"),
            Some("b"),
        ]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![3, 1, 3]));
        let tally = Tally::from_array(&texts).unwrap();
        assert_eq!(
            (tally.of("b"), tally.of("c"), tally.missing, tally.rows()),
            (2, 0, 1, 4)
        );
        let packed = cast(
            &texts,
            &DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into()),
        );
        assert_eq!(Tally::from_array(&packed.unwrap()).unwrap(), tally);
        assert_eq!(Tally::from_array(&numbers).unwrap().of("3"), 2);
        let empty = DataType::Dictionary(DataType::Int32.into(), DataType::Utf8.into());
        let none = arrow::array::new_null_array(&empty, 2);
        assert_eq!(Tally::from_array(&none).unwrap().missing, 2);
        assert_eq!(aligned(&tally, &Tally::default()), (vec![1, 2], vec![0, 0]));
    }
}
