//! One table of the lake for the engine: the snapshot's files, pruned, and its hot rows.

use super::frame::{TableHead, TableKey};
use super::hot_scan::HotScan;
use super::link::Link;
use super::prune::{self, DAY, MODEL, TIME};
use super::session::{Engine, OpenBucket};
use super::snapshot::FileEntry;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::temporal_conversions::timestamp_us_to_datetime;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::cache::cache_manager::FileMetadataCache;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use std::sync::Arc;

/// A table as the parent told it. Its files are asked for when it is scanned.
#[derive(Debug)]
pub(super) struct LakeTable {
    head: TableHead,
    /// Columns as SQL sees them.
    schema: SchemaRef,
    /// Columns as files have them, then those with one value a file.
    layout: TableSchema,
    link: Link,
    footers: Arc<FileMetadataCache>,
    /// What holds the files; `None`: this machine.
    bucket: Option<OpenBucket>,
}

impl LakeTable {
    pub(super) fn new(
        engine: &Engine,
        link: &Link,
        head: &TableHead,
        schema: &Schema,
        bucket: Option<OpenBucket>,
    ) -> Self {
        // Any sender may omit any field, and plans compare schemas: nullable, no metadata.
        let constants = constants(&head.key);
        let plain = |name: &str, stored: &DataType| {
            let data_type = match name {
                _ if !constants.contains(&name) => stored.clone(),
                DAY => DataType::Date32,
                _ => DataType::Utf8,
            };
            Arc::new(Field::new(name, data_type, true))
        };
        let mut fields: Vec<_> = schema
            .fields()
            .iter()
            .map(|f| plain(f.name(), f.data_type()))
            .collect();
        let absent = constants
            .iter()
            .filter(|name| schema.index_of(name).is_err());
        fields.extend(absent.map(|name| plain(name, &DataType::Null)));
        let schema = Arc::new(Schema::new(fields));
        let (constant, stored): (Vec<_>, Vec<_>) = schema
            .fields()
            .iter()
            .cloned()
            .partition(|f| constants.contains(&f.name().as_str()));
        let layout = TableSchema::builder(Arc::new(Schema::new(stored)))
            .with_table_partition_cols(constant)
            .build();
        Self {
            head: head.clone(),
            schema,
            layout,
            link: link.clone(),
            footers: engine.footers(),
            bucket,
        }
    }

    pub(super) fn head(&self) -> &TableHead {
        &self.head
    }

    fn model(&self) -> Option<&str> {
        self.head.key.model.as_deref()
    }

    fn parquet(
        &self,
        session: &dyn Session,
        mut files: Vec<FileEntry>,
        projection: &[usize],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (url, store) = self.store(session)?;
        files.sort_by_key(|f| (f.time_min_us, f.day));
        let files = files
            .iter()
            .map(|f| self.partitioned(f))
            .collect::<Result<Vec<_>>>()?;
        let groups = FileGroup::new(files).split_files(session.config().target_partitions());
        let (groups, statistics) = self.with_statistics(groups)?;
        let options = TableParquetOptions {
            global: session.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        let source = ParquetSource::new(self.layout.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(CachedParquetFileReaderFactory::new(
                store,
                Arc::clone(&self.footers),
            )));
        let columns = projection
            .iter()
            .map(|at| {
                Ok(self
                    .layout
                    .table_schema()
                    .index_of(self.schema.field(*at).name())?)
            })
            .collect::<Result<Vec<_>>>()?;
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_limit(limit)
            .with_projection_indices(Some(columns))?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn with_statistics(&self, groups: Vec<FileGroup>) -> Result<(Vec<FileGroup>, Statistics)> {
        let schema = self.layout.table_schema();
        let mut merged = Vec::with_capacity(groups.len());
        let mut groups_with = Vec::with_capacity(groups.len());
        for group in groups {
            let files = group.iter().filter_map(|file| file.statistics.as_deref());
            let statistics = Statistics::try_merge_iter(files, schema)?;
            merged.push(statistics.clone());
            groups_with.push(group.with_statistics(Arc::new(statistics)));
        }
        Ok((
            groups_with,
            Statistics::try_merge_iter(merged.iter(), schema)?,
        ))
    }

    /// A store that reaches nothing above the table's own folder.
    fn store(&self, session: &dyn Session) -> Result<(ObjectStoreUrl, Arc<dyn ObjectStore>)> {
        let location = &self.head.location;
        let id = blake3::hash(location.as_bytes()).to_hex();
        let url = ObjectStoreUrl::parse(format!("lake://{id}/"))?;
        let store: Arc<dyn ObjectStore> = match &self.bucket {
            Some(bucket) => bucket
                .below(location)
                .map_err(|e| DataFusionError::External(Box::new(e)))?,
            None => Arc::new(LocalFileSystem::new_with_prefix(location)?),
        };
        session
            .runtime_env()
            .register_object_store(url.as_ref(), Arc::clone(&store));
        Ok((url, store))
    }

    fn partitioned(&self, file: &FileEntry) -> Result<PartitionedFile> {
        let location =
            Path::parse(&file.path).map_err(|e| DataFusionError::External(Box::new(e)))?;
        // Files never change, so their time of change is free to tell tables apart in the cache
        // of footers, which knows files by path, size and time.
        let mark = blake3::hash(self.head.location.as_bytes());
        let mark = mark
            .as_bytes()
            .iter()
            .take(6)
            .fold(0i64, |sum, b| (sum << 8) | i64::from(*b));
        let last_modified = timestamp_us_to_datetime(mark).unwrap_or_default().and_utc();
        let meta = ObjectMeta {
            location,
            last_modified,
            size: file.bytes,
            e_tag: None,
            version: None,
        };
        let values =
            self.layout
                .table_partition_cols()
                .iter()
                .map(|field| match field.name().as_str() {
                    DAY => ScalarValue::Date32(file.day).cast_to(field.data_type()),
                    _ => ScalarValue::from(self.model()).cast_to(field.data_type()),
                });
        Ok(PartitionedFile::new_from_meta(meta)
            .with_partition_values(values.collect::<Result<Vec<_>>>()?)
            .with_statistics(Arc::new(self.statistics(file))))
    }

    fn statistics(&self, file: &FileEntry) -> Statistics {
        let stored = self.layout.file_schema();
        let column_statistics = stored
            .fields()
            .iter()
            .map(|field| {
                let unknown = ColumnStatistics::new_unknown();
                let bound = |us: Option<i64>| {
                    let value = ScalarValue::TimestampMicrosecond(Some(us?), Some("UTC".into()));
                    value.cast_to(field.data_type()).ok()
                };
                match field.name().as_str() {
                    TIME => ColumnStatistics {
                        min_value: bound(file.time_min_us)
                            .map_or(Precision::Absent, Precision::Inexact),
                        max_value: bound(file.time_max_us)
                            .map_or(Precision::Absent, Precision::Inexact),
                        ..unknown
                    },
                    _ => unknown,
                }
            })
            .collect();
        Statistics {
            num_rows: usize::try_from(file.rows).map_or(Precision::Absent, Precision::Exact),
            total_byte_size: Precision::Absent,
            column_statistics,
        }
    }
}

/// Columns that have one value in each file of a table.
fn constants(key: &TableKey) -> &'static [&'static str] {
    if key.model.is_some() {
        &[DAY, MODEL]
    } else {
        &[DAY]
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let constants = constants(&self.head.key);
        Ok(filters
            .iter()
            .map(|filter| match prune::is_constant(filter, constants) {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Inexact,
            })
            .collect())
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection: Vec<usize> = projection
            .cloned()
            .unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let files = self
            .link
            .files(self.head.key.clone())
            .await
            .map_err(|e| DataFusionError::External(Box::new(e)))?;
        let files = prune::kept(session, filters, &self.schema, files, self.model())?;
        let mut parts: Vec<Arc<dyn ExecutionPlan>> = Vec::new();
        if !files.is_empty() {
            parts.push(self.parquet(session, files, &projection, limit)?);
        }
        if self.head.hot_rows > 0 {
            let constant: Vec<Expr> = filters
                .iter()
                .filter(|f| prune::is_constant(f, constants(&self.head.key)))
                .cloned()
                .collect();
            parts.push(Arc::new(HotScan::new(
                session,
                &self.link,
                &self.head,
                &self.schema,
                &projection,
                constant,
            )?));
        }
        match parts.len() {
            0 => Ok(Arc::new(EmptyExec::new(Arc::new(
                self.schema.project(&projection)?,
            )))),
            1 => Ok(parts.remove(0)),
            _ => UnionExec::try_new(parts),
        }
    }
}
