//! One Delta table: Parquet files by day, and a log of commits that other engines read.
//!
//! We write the Parquet and decide what a commit holds; `deltalake` writes, replays and checkpoints
//! Delta's log. Only features that every reader knows are used: no deletion vectors, no column
//! mapping, no type widening.

mod erase;
mod maintain;
mod order;
mod parquet;
mod repair;
mod stats;

#[cfg(test)]
mod tests;

pub(crate) use maintain::{CompactPolicy, Compacted};
pub use repair::RepairReport;

use self::order::{as_given, by_day, newest_ms};
use self::parquet::Effort;
use crate::conform::{DAY, conform};
use crate::error::{Error, Result};
use crate::query::FileEntry;
use crate::store::Store;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use candor_contract::{Column, ColumnType, TableId, TableSchema};
use deltalake::DeltaTable;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties};
use deltalake::kernel::{
    Action, Add, ArrayType, DataType, MetadataExt, PrimitiveType, Remove, StructField, StructType,
    Transaction,
};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use std::collections::HashMap;
use std::sync::Arc;

/// Files of rows that are not committed yet. Dropped, they are left to vacuum.
#[derive(Debug)]
pub(crate) struct Written {
    adds: Vec<Add>,
    rows: u64,
    app_id: String,
    position: i64,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appended {
    /// The rows are committed.
    Committed {
        /// How many.
        rows: u64,
    },
    /// The table had this log position already; nothing was written.
    Known,
}

/// An open table. Only one writer may hold it.
pub(crate) struct Table {
    store: Arc<Store>,
    path: Path,
    id: TableId,
    delta: DeltaTable,
    schema: TableSchema,
    files: Arc<Vec<FileEntry>>,
    /// Version of the newest checkpoint that this process made.
    checkpointed: u64,
    /// What maintenance found in its last round.
    small_files: maintain::SmallFiles,
    /// Whether a commit failed in a way that does not tell whether it landed, or commits were deleted, and the table
    /// could not be read since.
    in_doubt: bool,
}

impl Table {
    /// Opens a table after repairing its log's end, or creates it with `schema`.
    pub(crate) async fn open_or_create(
        store: Arc<Store>,
        id: &TableId,
        schema: &TableSchema,
    ) -> Result<(Self, RepairReport)> {
        let path = Path::from(id.path());
        let mut delta = DeltaTable::new(store.delta_log(id)?);
        let report = repair::repair(store.files(), &path).await?;
        let open = Error::table("open", &path);
        if delta.verify_deltatable_existence().await.map_err(&open)? {
            delta.load().await.map_err(&open)?;
        } else {
            delta = create(&delta, schema)
                .await
                .map_err(Error::table("create", &path))?;
        }
        let mut table = Self {
            store,
            path,
            id: id.clone(),
            delta,
            schema: TableSchema::default(),
            files: Arc::default(),
            checkpointed: 0,
            small_files: Default::default(),
            in_doubt: false,
        };
        table.read_state()?;
        Ok((table, report))
    }

    fn failed<E>(&self, what: &'static str) -> impl Fn(E) -> Error + use<E>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        Error::table(what, &self.path)
    }

    /// Which table it is.
    pub(crate) fn id(&self) -> &TableId {
        &self.id
    }

    /// The columns as stored, without `day`. Names and types only; what was declared is the
    /// catalog's to know.
    pub(crate) fn schema(&self) -> &TableSchema {
        &self.schema
    }

    /// The live files.
    pub(crate) fn files(&self) -> Arc<Vec<FileEntry>> {
        self.files.clone()
    }

    /// Rows in the live files.
    pub(crate) fn rows(&self) -> u64 {
        self.files.iter().map(|f| f.rows).sum()
    }

    /// The log position that the table has rows up to.
    pub(crate) async fn flushed_through(&self, app_id: &str) -> Result<Option<i64>> {
        let read = self.failed("read the position of");
        let state = self.delta.snapshot().map_err(&read)?;
        let log_store = self.delta.log_store();
        state
            .transaction_version(log_store.as_ref(), app_id)
            .await
            .map_err(read)
    }

    /// Reads schema and files off Delta's state.
    fn read_state(&mut self) -> Result<()> {
        let state = self.delta.snapshot().map_err(self.failed("read"))?;
        let fields = state.schema();
        let columns = fields
            .fields()
            .filter(|f| f.name() != DAY)
            .map(|f| {
                Ok(Column::new(
                    f.name().as_str(),
                    column_type(f.data_type(), &self.path)?,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        let version = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        self.schema = TableSchema { version, columns };
        let files: Result<Vec<FileEntry>> = state
            .log_data()
            .iter()
            .map(|f| stats::entry(&f.path(), f.size(), f.stats().as_deref()))
            .collect();
        let mut files = files?;
        files.sort_by_key(|f| (f.day, f.time_min_us));
        self.files = Arc::new(files);
        Ok(())
    }

    /// Appends rows that have the table's columns, and notes the log position they end at. Doing it
    /// again with the same position changes nothing.
    pub(crate) async fn append(
        &mut self,
        batches: Vec<RecordBatch>,
        (app_id, position): (&str, i64),
    ) -> Result<Appended> {
        match self.prepare(batches, (app_id, position)).await? {
            None => Ok(Appended::Known),
            Some(written) => self.add(written).await,
        }
    }

    /// Writes files of rows without committing them; `None` if the table has the rows of `position`.
    pub(crate) async fn prepare(
        &mut self,
        batches: Vec<RecordBatch>,
        (app_id, position): (&str, i64),
    ) -> Result<Option<Written>> {
        self.settle().await?;
        let have = self.flushed_through(app_id).await?;
        if have.is_some_and(|have| have >= position) {
            return Ok(None);
        }
        let rows = batches.iter().map(|b| b.num_rows() as u64).sum();
        let stem = format!("{position:020}");
        let adds = self.write(batches, &stem, Effort::Flush).await?;
        Ok(Some(Written {
            adds,
            rows,
            app_id: app_id.to_owned(),
            position,
        }))
    }

    /// Commits what [`Table::prepare`] wrote.
    pub(crate) async fn add(&mut self, written: Written) -> Result<Appended> {
        let Written {
            adds,
            rows,
            app_id,
            position,
        } = written;
        let txn = Transaction::new(&app_id, position);
        let operation = DeltaOperation::Write {
            mode: SaveMode::Append,
            partition_by: Some(vec![DAY.to_owned()]),
            predicate: None,
        };
        let actions = adds.into_iter().map(Action::Add).collect();
        let outcome = self.commit(actions, Some(txn), operation).await;
        if let Err(error) = outcome {
            // An error does not tell whether the commit landed: only the table does.
            self.settle().await?;
            let have = self.flushed_through(&app_id).await?;
            if have.is_none_or(|have| have < position) {
                return Err(error);
            }
        }
        Ok(Appended::Committed { rows })
    }

    /// Writes rows as one Parquet file a day. Files that no commit names are harmless; vacuum takes
    /// them.
    async fn write(
        &self,
        batches: Vec<RecordBatch>,
        stem: &str,
        effort: Effort,
    ) -> Result<Vec<Add>> {
        let days = match &self.id {
            // Profiles come by day and in an order of their own.
            TableId::Profiles(_) => as_given(batches)?,
            _ => by_day(batches)?,
        };
        let mut adds = Vec::new();
        for (day, pieces) in days {
            let bytes = parquet::encode(&pieces, effort)?;
            let day = stats::day_text(day);
            let unique = uuid::Uuid::new_v4().simple().to_string();
            let name = format!("{DAY}={day}/part-{stem}-{}.parquet", &unique[..8]);
            let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            let location = Path::parse(format!("{}/{name}", self.path))
                .map_err(self.failed("name a file of"))?;
            self.store
                .files()
                .put(&location, PutPayload::from(bytes))
                .await
                .map_err(self.failed("write a file of"))?;
            adds.push(Add {
                path: name,
                partition_values: HashMap::from([(DAY.to_owned(), Some(day))]),
                size,
                modification_time: newest_ms(&pieces),
                data_change: true,
                stats: Some(stats::describe(&pieces)),
                tags: None,
                deletion_vector: None,
                base_row_id: None,
                default_row_commit_version: None,
                clustering_provider: None,
            });
        }
        Ok(adds)
    }

    /// Commits without checkpoint or clean-up: those belong to maintenance, and a failure of theirs
    /// would look like a failed commit. Without retries too: this is the only writer, so a version
    /// that is taken is its own commit of which the answer was lost.
    async fn commit(
        &mut self,
        actions: Vec<Action>,
        txn: Option<Transaction>,
        operation: DeltaOperation,
    ) -> Result<()> {
        let commit = self.failed("commit to");
        let mut properties = CommitProperties::default()
            .with_create_checkpoint(false)
            .with_cleanup_expired_logs(Some(false))
            .with_max_retries(0);
        if let Some(txn) = txn {
            properties = properties.with_application_transaction(txn);
        }
        let log_store = self.delta.log_store();
        let state = self.delta.snapshot().map_err(&commit)?;
        let outcome = CommitBuilder::from(properties)
            .with_actions(actions)
            .build(Some(state), log_store, operation)
            .await;
        self.in_doubt = true;
        let read = self.settle().await;
        outcome.map_err(&commit)?;
        read
    }

    /// Reads the table again after a commit of which only the table can tell whether it landed.
    /// Nothing may be decided before: a vacuum by old knowledge would delete live files.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        if self.in_doubt {
            self.reload().await?;
            self.in_doubt = false;
        }
        Ok(())
    }

    /// Reads the table as if it were opened now: commits that were read before may be gone.
    async fn reload(&mut self) -> Result<()> {
        let mut delta = DeltaTable::new(self.store.delta_log(&self.id)?);
        delta.load().await.map_err(self.failed("read again"))?;
        self.delta = delta;
        self.read_state()
    }

    /// Brings the table to the columns of `next`. New columns cost one small commit. A wider type
    /// rewrites all files in one commit, since few readers know Delta's type widening.
    pub(crate) async fn evolve(&mut self, next: &TableSchema) -> Result<()> {
        self.settle().await?;
        let types: HashMap<&str, ColumnType> = self
            .schema
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.ty))
            .collect();
        let added = next
            .columns
            .iter()
            .any(|c| !types.contains_key(c.name.as_str()));
        let widened = next
            .columns
            .iter()
            .any(|c| types.get(c.name.as_str()).is_some_and(|t| *t != c.ty));
        if !added && !widened {
            return Ok(());
        }
        let evolve = self.failed("change the columns of");
        let state = self.delta.snapshot().map_err(&evolve)?;
        let metadata = state
            .metadata()
            .clone()
            .with_schema(&delta_schema(next))
            .map_err(self.failed("change the columns of"))?;
        let mut actions = vec![Action::Metadata(metadata)];
        let before = self.rows();
        if widened {
            let mut after = 0;
            let schema = next.arrow();
            for file in self.files.clone().iter() {
                let rewritten = self.rewrite(std::slice::from_ref(file), &schema).await?;
                after += file.rows;
                actions.extend(rewritten);
            }
            if after != before {
                return Err(self.check("a rewrite would change the number of rows"));
            }
        }
        let fields = delta_fields(next);
        self.commit(actions, None, DeltaOperation::AddColumn { fields })
            .await?;
        if self.rows() != before {
            return Err(self.check("a change of columns changed the number of rows"));
        }
        Ok(())
    }

    /// A property of the table.
    pub(crate) fn property(&self, name: &str) -> Result<Option<String>> {
        let state = self.delta.snapshot().map_err(self.failed("read"))?;
        Ok(state.metadata().configuration().get(name).cloned())
    }

    /// Sets a property of the table, in a commit of its own.
    pub(crate) async fn set_property(&mut self, name: &str, value: &str) -> Result<()> {
        self.settle().await?;
        let set = self.failed("set a property of");
        let state = self.delta.snapshot().map_err(&set)?;
        let metadata = state.metadata().clone();
        let metadata = metadata
            .add_config_key(name.to_owned(), value.to_owned())
            .map_err(self.failed("set a property of"))?;
        let properties = HashMap::from([(name.to_owned(), value.to_owned())]);
        let operation = DeltaOperation::SetTableProperties { properties };
        self.commit(vec![Action::Metadata(metadata)], None, operation)
            .await
    }

    /// Whether rows that are written anew are merged by key, so that they become fewer.
    fn folds(&self) -> bool {
        matches!(self.id, TableId::Profiles(_))
    }

    /// Puts `batches`, rows of one day, in the place of all rows of that day, in one commit.
    pub(crate) async fn replace_day(&mut self, day: i32, batches: Vec<RecordBatch>) -> Result<()> {
        self.settle().await?;
        let old = self.files.iter().filter(|f| f.day == Some(day));
        let mut actions: Vec<Action> = old.map(|f| Action::Remove(remove(f, true))).collect();
        let adds = self.write(batches, "rebuilt", Effort::Compaction).await?;
        if adds.iter().any(|add| {
            !add.path
                .contains(&format!("{DAY}={}", stats::day_text(day)))
        }) {
            return Err(self.check("rows of another day would replace those of a day"));
        }
        actions.extend(adds.into_iter().map(Action::Add));
        if actions.is_empty() {
            return Ok(());
        }
        let operation = DeltaOperation::Write {
            mode: SaveMode::Overwrite,
            partition_by: Some(vec![DAY.to_owned()]),
            predicate: Some(format!("{DAY} = '{}'", stats::day_text(day))),
        };
        self.commit(actions, None, operation).await
    }

    /// A file as it is stored.
    async fn bytes_of(&self, file: &FileEntry) -> Result<Bytes> {
        let location = Path::parse(format!("{}/{}", self.path, file.path))
            .map_err(self.failed("name a file of"))?;
        let read = self.failed("read a file of");
        let got = self.store.files().get(&location).await.map_err(&read)?;
        got.bytes().await.map_err(&read)
    }

    /// The rows of a file, brought to the table's columns.
    pub(crate) async fn read(&self, file: &FileEntry) -> Result<Vec<RecordBatch>> {
        let schema = self.schema.arrow();
        let batches = parquet::decode(self.bytes_of(file).await?)?;
        batches
            .iter()
            .map(|b| conform(b, &schema, &self.id))
            .collect()
    }

    fn check(&self, what: &str) -> Error {
        Error::Check {
            table: self.path.to_string(),
            what: what.to_owned(),
        }
    }

    /// Writes the rows of some files of one day anew, as one file; returns the actions that swap
    /// them.
    async fn rewrite(&self, files: &[FileEntry], schema: &SchemaRef) -> Result<Vec<Action>> {
        let mut batches = Vec::new();
        let mut expected = 0;
        for file in files {
            for batch in parquet::decode(self.bytes_of(file).await?)? {
                batches.push(conform(&batch, schema, &self.id)?);
            }
            expected += file.rows;
        }
        let rows: u64 = batches.iter().map(|b| b.num_rows() as u64).sum();
        if rows != expected {
            return Err(self.check("a file has not the number of rows that its commit tells"));
        }
        if self.folds() {
            batches = crate::profiles::fold(&batches, &self.id)?;
        }
        let adds = self.write(batches, "rewritten", Effort::Compaction).await?;
        let mut actions: Vec<Action> = files
            .iter()
            .map(|f| Action::Remove(remove(f, false)))
            .collect();
        actions.extend(adds.into_iter().map(|add| {
            Action::Add(Add {
                data_change: false,
                ..add
            })
        }));
        Ok(actions)
    }
}

fn remove(file: &FileEntry, data_change: bool) -> Remove {
    let day = file.day.map(stats::day_text);
    Remove {
        path: file.path.clone(),
        data_change,
        deletion_timestamp: Some(file.time_max_us.unwrap_or(0).div_euclid(1_000)),
        extended_file_metadata: Some(true),
        partition_values: Some(HashMap::from([(DAY.to_owned(), day)])),
        size: i64::try_from(file.bytes).ok(),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
    }
}

async fn create(delta: &DeltaTable, schema: &TableSchema) -> deltalake::DeltaResult<DeltaTable> {
    CreateBuilder::new()
        .with_log_store(delta.log_store())
        .with_columns(delta_fields(schema))
        .with_partition_columns([DAY])
        .with_save_mode(SaveMode::ErrorIfExists)
        .await
}

fn delta_fields(schema: &TableSchema) -> Vec<StructField> {
    let field = |c: &Column| StructField::new(&c.name, delta_type(c.ty), true);
    let day = StructField::new(DAY, DataType::Primitive(PrimitiveType::Date), true);
    schema.columns.iter().map(field).chain([day]).collect()
}

fn delta_schema(schema: &TableSchema) -> StructType {
    StructType::new_unchecked(delta_fields(schema))
}

fn delta_type(ty: ColumnType) -> DataType {
    DataType::Primitive(match ty {
        ColumnType::Boolean => PrimitiveType::Boolean,
        ColumnType::Integer => PrimitiveType::Long,
        ColumnType::Number => PrimitiveType::Double,
        ColumnType::Text => PrimitiveType::String,
        ColumnType::Time => PrimitiveType::Timestamp,
        ColumnType::Binary => PrimitiveType::Binary,
        ColumnType::Vector => {
            let item = DataType::Primitive(PrimitiveType::Double);
            return DataType::Array(Box::new(ArrayType::new(item, true)));
        }
    })
}

fn column_type(ty: &DataType, table: &Path) -> Result<ColumnType> {
    Ok(match ty {
        DataType::Primitive(PrimitiveType::Boolean) => ColumnType::Boolean,
        DataType::Primitive(PrimitiveType::Long) => ColumnType::Integer,
        DataType::Primitive(PrimitiveType::Double) => ColumnType::Number,
        DataType::Primitive(PrimitiveType::String) => ColumnType::Text,
        DataType::Primitive(PrimitiveType::Timestamp) => ColumnType::Time,
        DataType::Primitive(PrimitiveType::Binary) => ColumnType::Binary,
        DataType::Array(_) => ColumnType::Vector,
        other => {
            let what = format!("a column has the foreign type {other}");
            return Err(Error::Check {
                table: table.to_string(),
                what,
            });
        }
    })
}
