//! Rows of one table as admission hands them on.

use crate::schema::Column;
use crate::{Kind, TableId};
use arrow::array::RecordBatch;

/// Rows of one table, ready to append.
#[derive(Debug, Clone)]
pub struct Part {
    /// The table.
    pub table: TableId,
    /// The kind of its events.
    pub kind: Kind,
    /// The rows: a subset of the table's columns, perhaps wider or new ones.
    pub batch: RecordBatch,
    /// The batch's columns with their contract types, in its order.
    pub columns: Vec<Column>,
    /// Deduplication key of each row; 0 for minted ids, which cannot repeat.
    pub fingerprints: Vec<u128>,
    /// Origin of each row.
    pub origins: Vec<Origin>,
}

/// Where a row came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Index of the request among those admitted together.
    pub request: u32,
    /// Index of the row in its request.
    pub row: u32,
}
