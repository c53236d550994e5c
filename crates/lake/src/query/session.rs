//! The engine's session: which functions, options and limits a query runs with.

use super::failure::QueryFailure;
use super::limits::{QueryLimits, QueryRequest, WorkerLimits};
use crate::store::Bucket;
use arrow::temporal_conversions::timestamp_us_to_datetime;
use datafusion::catalog::MemoryCatalogProviderList;
use datafusion::execution::cache::cache_manager::{
    CacheManager, CacheManagerConfig, FileMetadataCache,
};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::prelude::SessionConfig;
use object_store::ObjectStore;
use object_store::prefix::PrefixStore;
use std::sync::{Arc, Mutex, PoisonError};

/// The one catalog, as the information schema names it.
pub(super) const CATALOG: &str = "candor";
/// Schema of shared tables and of the views over all models. No model can have this name.
pub(super) const SHARED_SCHEMA: &str = "_all";
/// Rows of a batch.
const BATCH_ROWS: usize = 8192;

/// What queries of one worker share: functions, rules and footers already read.
#[derive(Debug)]
pub(super) struct Engine {
    base: SessionState,
    footers: Arc<FileMetadataCache>,
    /// The bucket of the last query: connections to it are worth keeping.
    bucket: Mutex<Option<OpenBucket>>,
}

/// A bucket with a client of it.
#[derive(Debug, Clone)]
pub(super) struct OpenBucket {
    bucket: Bucket,
    client: Arc<dyn ObjectStore>,
}

impl OpenBucket {
    /// What is below `location`, and nothing else.
    pub(super) fn below(&self, location: &str) -> Result<Arc<dyn ObjectStore>, QueryFailure> {
        let path = self
            .bucket
            .path(location)
            .ok_or_else(|| QueryFailure::internal("a table outside its bucket"))?;
        Ok(Arc::new(PrefixStore::new(self.client.clone(), path)))
    }
}

impl Engine {
    pub(super) fn new(limits: &WorkerLimits) -> Result<Self, QueryFailure> {
        let mut config = SessionConfig::new()
            .with_target_partitions(limits.threads.max(1))
            .with_batch_size(BATCH_ROWS)
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(false)
            .with_default_catalog_and_schema(CATALOG, SHARED_SCHEMA);
        let options = config.options_mut();
        options.execution.time_zone = Some("+00:00".to_owned());
        options.execution.enable_recursive_ctes = false;
        options.execution.parquet.pushdown_filters = true;
        options.execution.parquet.reorder_filters = true;
        options.execution.parquet.schema_force_view_types = false;
        options.execution.parquet.bloom_filter_on_read = true;
        options.sql_parser.map_string_types_to_utf8view = false;
        let base = SessionStateBuilder::new()
            .with_default_features()
            .with_table_functions(Default::default())
            .with_table_factories(Default::default())
            .with_config(config)
            .build();
        let caches = CacheManagerConfig::default().with_metadata_cache_limit(
            usize::try_from(limits.metadata_cache_bytes).unwrap_or(usize::MAX),
        );
        let caches = CacheManager::try_new(&caches).map_err(|e| QueryFailure::of_engine(&e, 0))?;
        Ok(Self {
            base,
            footers: caches.get_file_metadata_cache(),
            bucket: Mutex::default(),
        })
    }

    /// A client of `bucket`, the same as before if the bucket is.
    pub(super) fn bucket(&self, bucket: &Bucket) -> Result<OpenBucket, QueryFailure> {
        let mut kept = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = kept.as_ref().filter(|open| open.bucket == *bucket) {
            return Ok(open.clone());
        }
        let client = bucket.client().map_err(QueryFailure::internal)?;
        let open = OpenBucket {
            bucket: bucket.clone(),
            client: Arc::new(client),
        };
        *kept = Some(open.clone());
        Ok(open)
    }

    /// Footers of Parquet files read by earlier queries.
    pub(super) fn footers(&self) -> Arc<FileMetadataCache> {
        Arc::clone(&self.footers)
    }

    /// A session for one query: its own tables, memory and clock.
    pub(super) fn session(
        &self,
        request: &QueryRequest,
        catalogs: MemoryCatalogProviderList,
    ) -> Result<SessionState, QueryFailure> {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(pool(&request.limits))
            .with_disk_manager_builder(
                DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
            )
            .build_arc()
            .map_err(|e| QueryFailure::of_engine(&e, request.limits.memory_bytes))?;
        let mut state = SessionStateBuilder::new_from_existing(self.base.clone())
            .with_catalog_list(Arc::new(catalogs))
            .with_runtime_env(runtime)
            .build();
        state.mark_start_execution();
        if let Some(now) = timestamp_us_to_datetime(request.now_us) {
            state.execution_props_mut().query_execution_start_time = Some(now.and_utc());
        }
        Ok(state)
    }
}

fn pool(limits: &QueryLimits) -> Arc<dyn MemoryPool> {
    Arc::new(GreedyMemoryPool::new(
        usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX),
    ))
}
