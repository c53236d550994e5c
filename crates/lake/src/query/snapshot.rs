//! What the parent shows of the lake to one query.

use crate::store::Bucket;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use candor_contract::TableId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One Parquet file of a table, as its Delta `add` action tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path below the table's root, percent decoded, e.g. `day=2026-01-31/part-0.parquet`.
    pub path: String,
    /// Size in bytes, exact.
    pub bytes: u64,
    /// Number of rows, exact; `count(*)` is answered from it.
    pub rows: u64,
    /// The day of every row, as days since 1970-01-01; `None` for files without a day.
    pub day: Option<i32>,
    /// A bound not above the earliest `time`, microseconds since 1970; `None` if unknown.
    pub time_min_us: Option<i64>,
    /// A bound not below the latest `time`, microseconds since 1970; `None` if unknown. Delta
    /// rounds its statistics down to milliseconds, so whoever reads them adds 999.
    pub time_max_us: Option<i64>,
}

/// One table at one moment: files of a Delta version and the rows not yet flushed, each event once.
#[derive(Debug, Clone)]
pub struct TableSnapshot {
    /// Columns, `day` (Date32) and `model` included.
    pub schema: SchemaRef,
    /// Where the table lies: an absolute path, or the URL of a place in [`Snapshot::bucket`].
    pub location: String,
    /// The live files.
    pub files: Arc<Vec<FileEntry>>,
    /// Rows not in any of `files`. Columns are matched by name; missing ones read as null.
    pub hot: Arc<Vec<RecordBatch>>,
}

/// All tables at one moment. It must not change while a query reads it.
pub trait Snapshot: Send + Sync {
    /// Every table that exists.
    fn names(&self) -> Vec<TableId>;

    /// One table; `None` if there is none of that name.
    fn table(&self, id: &TableId) -> Option<TableSnapshot>;

    /// The bucket that the files are in; `None` if they are on this machine.
    fn bucket(&self) -> Option<&Bucket> {
        None
    }
}
