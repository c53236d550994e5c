//! The tables that one statement sees: built from the parent's reply, nothing else is reachable.

use super::consent::ForPurpose;
use super::failure::QueryFailure;
use super::frame::{Need, TableHead, TableKey};
use super::link::{Link, Tables};
use super::scan::LakeTable;
use super::session::{CATALOG, Engine, SHARED_SCHEMA};
use super::statement::unknown_table;
use super::union_view::UnionView;
use arrow_ipc::reader::StreamReader;
use bytes::Bytes;
use candor_contract::{Kind, ModelName, TableId};
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProvider, MemoryCatalogProviderList,
    MemorySchemaProvider, SchemaProvider, TableProvider,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The tables that each model has, by one that nobody sent.
fn per_model() -> impl Iterator<Item = TableId> {
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.per_model());
    ModelName::new("any").into_iter().flat_map(move |any| {
        let profiles = TableId::Profiles(any.clone());
        let events = kinds.clone().map(move |kind| TableId::of(&any, kind));
        events.chain([profiles])
    })
}

/// Whether `table` is a view over all models when named without one.
pub(super) fn is_view(table: &str) -> bool {
    per_model().any(|id| id.name() == table)
}

/// Asks the parent for the tables that a statement needs and makes a catalog of them.
pub(super) async fn open(
    engine: &Engine,
    link: &Link,
    need: Need,
    purpose: Option<&ForPurpose>,
) -> Result<MemoryCatalogProviderList, QueryFailure> {
    let views: Vec<String> = match &need {
        Need::Tables(keys) => keys
            .iter()
            .filter(|k| k.model.is_none() && is_view(&k.table))
            .map(|k| k.table.clone())
            .collect(),
        Need::All => per_model().map(|id| id.name().to_owned()).collect(),
    };
    let reply = match &need {
        Need::Tables(keys) if keys.is_empty() => Tables {
            tables: Vec::new(),
            missing: Vec::new(),
            names: Vec::new(),
            bucket: None,
            schemas: Bytes::new(),
        },
        _ => link.tables(need).await?,
    };
    if let Some(key) = reply.missing.first() {
        return Err(unknown_table(&spelled(key), &reply.names));
    }
    let tables = tables_of(engine, link, &reply)?;
    register(&tables, &views, purpose).map_err(|e| QueryFailure::of_engine(&e, 0))
}

fn spelled(key: &TableKey) -> String {
    match &key.model {
        Some(model) => format!("\"{model}\".{}", key.table),
        None => key.table.clone(),
    }
}

fn tables_of(
    engine: &Engine,
    link: &Link,
    reply: &Tables,
) -> Result<Vec<Arc<LakeTable>>, QueryFailure> {
    let bucket = match &reply.bucket {
        Some(bucket) => Some(engine.bucket(bucket)?),
        None => None,
    };
    let mut rest = reply.schemas.clone();
    let mut tables = Vec::with_capacity(reply.tables.len());
    for head in &reply.tables {
        if head.schema_bytes > rest.len() {
            return Err(QueryFailure::internal("a cut reply"));
        }
        let schema = StreamReader::try_new(&rest.split_to(head.schema_bytes)[..], None)
            .map_err(QueryFailure::internal)?
            .schema();
        let table = LakeTable::new(engine, link, head, &schema, bucket.clone());
        tables.push(Arc::new(table));
    }
    Ok(tables)
}

fn register(
    tables: &[Arc<LakeTable>],
    views: &[String],
    purpose: Option<&ForPurpose>,
) -> datafusion::error::Result<MemoryCatalogProviderList> {
    let mut schemas: BTreeMap<String, Arc<MemorySchemaProvider>> = BTreeMap::new();
    let mut add = |schema: &str, name: &str, table: Arc<dyn TableProvider>| {
        let schema = schemas.entry(schema.to_owned()).or_default();
        let table = match purpose {
            Some(purpose) => purpose.limit(name, table)?,
            None => table,
        };
        schema.register_table(name.to_owned(), table)
    };
    for table in tables {
        let TableHead { key, .. } = table.head();
        add(
            key.model.as_deref().unwrap_or(SHARED_SCHEMA),
            &key.table,
            Arc::clone(table) as _,
        )?;
    }
    for view in views {
        let members: Vec<_> = tables
            .iter()
            .filter(|t| t.head().key.model.is_some() && t.head().key.table == *view)
            .cloned()
            .collect();
        if let Some(id) = per_model().find(|id| id.name() == view) {
            add(SHARED_SCHEMA, view, Arc::new(UnionView::new(&id, members)))?;
        }
    }
    let catalog = MemoryCatalogProvider::new();
    catalog.register_schema(SHARED_SCHEMA, Arc::new(MemorySchemaProvider::new()))?;
    for (name, schema) in schemas {
        catalog.register_schema(&name, schema)?;
    }
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
    Ok(catalogs)
}
