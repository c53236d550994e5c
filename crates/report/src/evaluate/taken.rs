//! Some rows of a column, evenly over all of them.

use crate::values::{NO_WORD, Values};
use candor_stats::drift::Table;

/// Rows of a side that are taken.
pub(super) const ROWS_MAX: usize = 100_000;

/// Every so many rows of a column; the same rows of every column of a side.
pub(super) enum Taken {
    Numbers(Vec<f64>),
    Words(Vec<u32>, Vec<String>),
    Nothing,
}

impl Taken {
    pub(super) fn of(values: &Values) -> Self {
        let step = (values.rows() as usize).div_ceil(ROWS_MAX).max(1);
        match values {
            Values::Numbers(numbers) => {
                Taken::Numbers(numbers.iter().copied().step_by(step).collect())
            }
            Values::Words(words) => {
                let codes = words.codes.iter().copied().step_by(step).collect();
                Taken::Words(codes, words.words.clone())
            }
            Values::Opaque { .. } => Taken::Nothing,
        }
    }

    /// Adds the rows to a table as a column.
    pub(super) fn add_to(self, table: &mut Table<'_>, name: &str) {
        match self {
            Taken::Numbers(numbers) => table.add_numbers(name, numbers),
            Taken::Words(codes, words) => {
                let word = |code: &u32| match *code {
                    NO_WORD => None,
                    code => words.get(code as usize).map(String::as_str),
                };
                table.add_categories(name, codes.iter().map(word));
            }
            Taken::Nothing => {}
        }
    }
}
