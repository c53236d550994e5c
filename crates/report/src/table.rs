//! Where columns come from.

use crate::error::{Error, Result};
use arrow::array::ArrayRef;

/// What the values of a column are to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Integers and floats.
    Number,
    /// True or false.
    Boolean,
    /// Instants.
    Time,
    /// Words.
    Text,
    /// Lists of numbers of one length.
    Vector,
    /// Anything else: it is named, and not looked at.
    Other,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name in the table.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether its numbers are integers.
    pub integer: bool,
}

/// Rows that are read a column at a time, so that memory holds a few columns and never the table.
///
/// Every read of one table gives rows in the same order.
pub trait Table: Sync {
    /// Its columns.
    fn fields(&self) -> &[Field];

    /// Its rows.
    fn rows(&self) -> u64;

    /// The values of column `at` of [`Table::fields`], in parts that together have [`Table::rows`] rows.
    ///
    /// # Errors
    /// If they cannot be read.
    fn read(&self, at: usize) -> Result<Vec<ArrayRef>>;

    /// The values of a SQL expression over the columns of each row, in parts as those of a column.
    ///
    /// # Errors
    /// If the expression cannot be understood, or by this table not at all.
    fn express(&self, expression: &str) -> Result<Vec<ArrayRef>> {
        Err(Error::Spec {
            what: format!("expressions such as `{expression}` cannot be evaluated here"),
        })
    }
}

/// The place of a column by its name.
pub(crate) fn place(table: &dyn Table, name: &str) -> Option<usize> {
    table.fields().iter().position(|field| field.name == name)
}
