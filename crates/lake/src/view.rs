//! What a reader sees of one table: files of the lake and hot rows of the log, each row once.

use crate::conform::DAY;
use crate::conform::conform;
use crate::entry::{Rows, size};
use crate::error::{Error, Result};
use crate::profiles::{self, ProfileQuery, ProfileWindow};
use crate::query::{FileEntry, TableSnapshot};
use crate::store::Store;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use candor_contract::{ColumnType, TableId, TableLayout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rows that are durable in the log and not yet in the lake.
#[derive(Debug, Clone)]
pub(crate) struct HotRows {
    /// Number of the first log record they come from.
    pub(crate) first_seq: u64,
    /// Number of the last one.
    pub(crate) last_seq: u64,
    pub(crate) batch: RecordBatch,
    pub(crate) bytes: u64,
    /// When they arrived, in microseconds.
    pub(crate) at_us: i64,
}

#[derive(Debug)]
struct Inner {
    layout: Arc<TableLayout>,
    location: String,
    files: Arc<Vec<FileEntry>>,
    hot: Vec<HotRows>,
    hot_bytes: u64,
    /// Hot rows up to this record are on their way to the lake and must not be merged with later
    /// ones.
    flushing: u64,
}

/// Most rows that small hot batches are merged to, so that a query meets few of them. Larger
/// batches are left alone: each merge copies.
const MERGED_ROWS_MAX: usize = 8_192;

/// One table's current state. Locked only for moments: readers copy handles and go.
#[derive(Debug)]
pub(crate) struct TableView {
    pub(crate) id: TableId,
    inner: Mutex<Inner>,
}

/// Counts of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volume {
    /// Rows in files of the lake.
    pub lake_rows: u64,
    /// Bytes of those files.
    pub lake_bytes: u64,
    /// Files.
    pub files: u64,
    /// Rows still in the log only.
    pub hot_rows: u64,
    /// Their size in memory.
    pub hot_bytes: u64,
    /// Earliest and latest event time of the rows in files, in microseconds.
    pub time_us: Option<(i64, i64)>,
}

impl TableView {
    pub(crate) fn new(
        id: TableId,
        layout: Arc<TableLayout>,
        location: String,
        files: Arc<Vec<FileEntry>>,
    ) -> Self {
        Self {
            id,
            inner: Mutex::new(Inner {
                layout,
                location,
                files,
                hot: Vec::new(),
                hot_bytes: 0,
                flushing: 0,
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn layout(&self) -> Arc<TableLayout> {
        self.inner().layout.clone()
    }

    /// Takes a newer layout; an older one is ignored.
    pub(crate) fn set_layout(&self, layout: Arc<TableLayout>) {
        let mut inner = self.inner();
        if layout.schema.version >= inner.layout.schema.version {
            inner.layout = layout;
        }
    }

    /// Adds the rows of one record as they came; readers bring them to the table's columns.
    /// Returns by how many bytes the hot rows grew.
    pub(crate) fn push(&self, seq: u64, record: &[&Rows], at_us: i64) -> Result<i64> {
        let mut inner = self.inner();
        let before = inner.hot_bytes;
        for rows in record {
            let batch = rows.batch.clone();
            let bytes = size(&batch);
            inner.hot_bytes += bytes;
            inner.hot.push(HotRows {
                first_seq: seq,
                last_seq: seq,
                batch,
                bytes,
                at_us,
            });
        }
        while inner.merge_last(&self.id)? {}
        let after = i64::try_from(inner.hot_bytes).unwrap_or(i64::MAX);
        Ok(after - i64::try_from(before).unwrap_or(0))
    }

    /// Keeps hot rows up to a record apart from later ones: what summarises rows has those up to it.
    pub(crate) fn keep_apart(&self, through: u64) {
        let mut inner = self.inner();
        inner.flushing = inner.flushing.max(through);
    }

    /// The oldest hot rows for a flush, until they have `bytes`.
    pub(crate) fn begin_flush(&self, bytes: u64) -> Vec<HotRows> {
        let mut inner = self.inner();
        let mut taken = 0;
        let wanted = |h: &&HotRows| {
            let lacking = taken < bytes;
            taken += h.bytes;
            lacking
        };
        let hot: Vec<HotRows> = inner.hot.iter().take_while(wanted).cloned().collect();
        let through = hot.last().map_or(0, |h| h.last_seq);
        inner.flushing = inner.flushing.max(through);
        hot
    }

    /// The number of the newest record whose rows are not in the lake yet.
    pub(crate) fn last_seq(&self) -> Option<u64> {
        self.inner().hot.last().map(|h| h.last_seq)
    }

    /// Bytes of the hot rows, and arrival of the oldest.
    pub(crate) fn pending(&self) -> (u64, Option<i64>) {
        let inner = self.inner();
        (inner.hot_bytes, inner.hot.first().map(|h| h.at_us))
    }

    /// The number of the oldest record whose rows are not in the lake yet.
    pub(crate) fn first_seq(&self) -> Option<u64> {
        self.inner().hot.first().map(|h| h.first_seq)
    }

    /// Takes the files of a new version of the table; hot rows up to `through` are in them.
    pub(crate) fn publish(&self, files: Arc<Vec<FileEntry>>, through: u64) -> u64 {
        let mut inner = self.inner();
        inner.files = files;
        let gone: u64 = inner
            .hot
            .iter()
            .filter(|h| h.last_seq <= through)
            .map(|h| h.bytes)
            .sum();
        inner.hot.retain(|h| h.last_seq > through);
        inner.hot_bytes -= gone;
        gone
    }

    pub(crate) fn volume(&self) -> Volume {
        let inner = self.inner();
        let of = |f: fn(&FileEntry) -> u64| inner.files.iter().map(f).sum();
        let from = inner.files.iter().filter_map(|f| f.time_min_us).min();
        let to = inner.files.iter().filter_map(|f| f.time_max_us).max();
        Volume {
            lake_rows: of(|f| f.rows),
            lake_bytes: of(|f| f.bytes),
            files: u64::try_from(inner.files.len()).unwrap_or(u64::MAX),
            hot_rows: inner.hot.iter().map(|h| h.batch.num_rows() as u64).sum(),
            hot_bytes: inner.hot_bytes,
            time_us: from.zip(to),
        }
    }

    /// Handles to what there is now; cheap.
    pub(crate) fn pin(&self) -> Pin {
        let inner = self.inner();
        Pin {
            layout: inner.layout.clone(),
            location: inner.location.clone(),
            files: inner.files.clone(),
            hot: inner.hot.iter().map(|h| h.batch.clone()).collect(),
        }
    }
}

/// One table at one moment.
pub(crate) struct Pin {
    layout: Arc<TableLayout>,
    location: String,
    files: Arc<Vec<FileEntry>>,
    hot: Vec<RecordBatch>,
}

impl Pin {
    /// A table that has no row yet.
    pub(crate) fn empty(layout: Arc<TableLayout>, location: String) -> Self {
        Self {
            layout,
            location,
            files: Arc::default(),
            hot: Vec::new(),
        }
    }

    /// Days of the rows in files.
    pub(crate) fn days(&self) -> Vec<i32> {
        self.files.iter().filter_map(|f| f.day).collect()
    }

    /// Profiles out of the files.
    pub(crate) async fn read_profiles(
        &self,
        store: &Store,
        query: &ProfileQuery,
    ) -> Result<Vec<ProfileWindow>> {
        profiles::read(store, &self.files, query).await
    }

    /// Plain figures of profiles out of the files.
    pub(crate) async fn read_figures(
        &self,
        store: &Store,
        query: &ProfileQuery,
    ) -> Result<Vec<RecordBatch>> {
        profiles::figures(store, &self.files, query).await
    }

    /// As queries want it: hot rows brought to today's schema.
    pub(crate) fn snapshot(&self, id: &TableId) -> Result<TableSnapshot> {
        let schema = stored_schema(&self.layout);
        let hot: Result<Vec<RecordBatch>> = self
            .hot
            .iter()
            .map(|batch| conform(batch, &schema, id))
            .collect();
        Ok(TableSnapshot {
            schema,
            location: self.location.clone(),
            files: self.files.clone(),
            hot: Arc::new(hot?),
        })
    }
}

impl Inner {
    /// Merges the last two batches if they are small and of like size: each row is copied a few
    /// times at most, and a thousand single events end up as a handful of batches.
    fn merge_last(&mut self, id: &TableId) -> Result<bool> {
        let [.., a, b] = self.hot.as_slice() else {
            return Ok(false);
        };
        let (rows_a, rows_b) = (a.batch.num_rows(), b.batch.num_rows());
        let apart = a.first_seq <= self.flushing || rows_a > 2 * rows_b;
        if apart || rows_a + rows_b > MERGED_ROWS_MAX {
            return Ok(false);
        }
        let schema = stored_schema(&self.layout);
        let pair = [
            conform(&a.batch, &schema, id)?,
            conform(&b.batch, &schema, id)?,
        ];
        let batch = concat_batches(&schema, &pair).map_err(Error::arrow("merge hot rows"))?;
        let merged = HotRows {
            first_seq: a.first_seq,
            last_seq: b.last_seq,
            bytes: size(&batch),
            batch,
            at_us: a.at_us,
        };
        let gone = a.bytes + b.bytes;
        self.hot.truncate(self.hot.len() - 2);
        self.hot_bytes = self.hot_bytes + merged.bytes - gone;
        self.hot.push(merged);
        Ok(true)
    }
}

/// A table's Arrow schema with the partition column `day`, as queries see it.
pub(crate) fn stored_schema(layout: &TableLayout) -> SchemaRef {
    let schema = layout.schema.arrow();
    let mut fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(DAY, DataType::Date32, true)));
    Arc::new(Schema::new(fields))
}

/// The layout that a batch of a table without one implies: the base schema, then what is new.
pub(crate) fn grown(layout: &TableLayout, rows: &Rows) -> Option<Arc<TableLayout>> {
    let columns: Vec<_> = rows
        .batch
        .schema()
        .fields()
        .iter()
        .filter_map(|f| {
            let ty = ColumnType::from_arrow(f.data_type())?;
            let source = f.metadata().get(candor_contract::SOURCE_NAME_KEY).cloned();
            Some(candor_contract::Column {
                source,
                ..candor_contract::Column::new(f.name(), ty)
            })
        })
        .collect();
    let changes = layout.schema.changes_for(&columns);
    (!changes.is_empty()).then(|| TableLayout::new(layout.schema.apply(&changes)))
}
