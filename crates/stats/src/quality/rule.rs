//! Rules that values follow or not.

use super::masks;
use crate::error::{Error, Result};
use crate::sample::Tally;
use crate::value_type::ValueType;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::DataType;

/// What should hold for each value of a column. A missing value (null or NaN) cannot be judged, but by
/// [`Rule::Complete`] and [`Rule::Equals`].
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// It is there.
    Complete,
    /// It is of this type or can be read as such: texts as numbers, times (ISO 8601) or booleans; 0 and 1
    /// as booleans. Anything but lists can be read as a text.
    Type(ValueType),
    /// It is a whole number.
    Whole,
    /// It is a number that is not infinite.
    Finite,
    /// It is a number not below the first and not above the second, where they are set. Times are
    /// microseconds since 1970.
    Range(Option<f64>, Option<f64>),
    /// It is one of these.
    Allowed(Vec<String>),
    /// It is among these: categories of a reference, or keys of another table.
    Among(Tally),
    /// It is a text in which this regular expression finds something.
    Pattern(String),
    /// It did not come in an earlier row.
    Unique,
    /// It is true: a boolean column that was evaluated elsewhere.
    Holds,
    /// It equals the value of this column in the same row. Numbers up to `absolute + relative · |expected|`;
    /// two missing values are equal, one missing is not.
    Equals {
        /// What it should be.
        expected: ArrayRef,
        /// Absolute tolerance of numbers.
        absolute: f64,
        /// Relative tolerance of numbers.
        relative: f64,
    },
}

/// Rows that fail a rule, of those that it can judge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// Failing rows.
    pub failed: u64,
    /// Rows that the rule can judge.
    pub known: u64,
    /// Rows that it cannot judge.
    pub unknown: u64,
    /// Failing values, the most frequent or most extreme, at most five.
    pub values: Vec<String>,
}

impl Rule {
    /// Which rows pass; null where the rule cannot judge.
    pub(super) fn mask(&self, column: &ArrayRef) -> Result<BooleanArray> {
        match self {
            Rule::Complete => Ok(masks::complete(column)),
            Rule::Type(ty) => masks::typed(column, *ty),
            Rule::Whole => masks::numbers(column, |x| x.fract().abs() <= 0.0),
            Rule::Finite => masks::numbers(column, f64::is_finite),
            Rule::Range(min, max) => {
                let (low, high) = (
                    min.unwrap_or(f64::NEG_INFINITY),
                    max.unwrap_or(f64::INFINITY),
                );
                masks::numbers(column, |x| low <= x && x <= high)
            }
            Rule::Allowed(all) => masks::among(column, all.iter().map(String::as_str)),
            Rule::Among(tally) => masks::among(
                column,
                tally.counts().iter().map(|(category, _)| category.as_str()),
            ),
            Rule::Pattern(pattern) => masks::matching(column, pattern),
            Rule::Unique => masks::unique(column),
            Rule::Holds => match column.data_type() {
                DataType::Boolean => Ok(column.as_boolean().clone()),
                ty => Err(Error::Column { ty: ty.to_string() }),
            },
            Rule::Equals {
                expected,
                absolute,
                relative,
            } => masks::equal(column, expected, (*absolute, *relative)),
        }
    }
}
