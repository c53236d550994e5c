//! What the server has met: models, versions and schemas, written to the catalog before the rows
//! that need them are stored.

use crate::outage::Outage;
use crate::problem::Problem;
use crate::{clock, policy};
use arrow::array::{Array, AsArray};
use candor_catalog::Catalog;
use candor_contract::{Layouts, ModelName, Part, SchemaChange, TableId, TableSchema, base_schema};
use candor_lake::Lake;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// How often a schema is read again because another server was faster.
const GROWS_MAX: usize = 5;
/// Versions remembered as known; beyond this the memory starts anew.
const KNOWN_MAX: usize = 100_000;

/// A version of a model in an environment.
type Sighting = (ModelName, String, String);

pub(crate) struct Registry {
    catalog: Catalog,
    lake: Lake,
    tables: Mutex<HashSet<TableId>>,
    sightings: Mutex<HashSet<Sighting>>,
    /// Held while a schema grows, so that its versions follow one another.
    growing: tokio::sync::Mutex<()>,
    outage: Outage,
}

impl Registry {
    pub(crate) fn new(
        catalog: Catalog,
        lake: Lake,
        known: impl IntoIterator<Item = TableId>,
    ) -> Self {
        Self {
            catalog,
            lake,
            tables: Mutex::new(known.into_iter().collect()),
            sightings: Mutex::default(),
            growing: tokio::sync::Mutex::new(()),
            outage: Outage::default(),
        }
    }

    /// Registers what is new in `parts`. Costs almost nothing when nothing is.
    pub(crate) async fn register(&self, parts: &[Part]) -> Result<(), Problem> {
        for part in parts {
            let layout = self.lake.layout(&part.table);
            let known = {
                let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
                tables.contains(&part.table)
            };
            if !known || !layout.schema.changes_for(&part.columns).is_empty() {
                self.grow(part).await?;
            }
            if let Some(model) = part.table.model() {
                self.see_versions(model, part).await?;
            }
        }
        Ok(())
    }

    /// Brings the table's schema to where the part needs it.
    async fn grow(&self, part: &Part) -> Result<(), Problem> {
        let _growing = self.growing.lock().await;
        let id = &part.table;
        let now_us = clock::now_us();
        let fresh = {
            let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
            !tables.contains(id)
        };
        if fresh {
            if let Some(model) = id.model() {
                let draft = self
                    .catalog
                    .register_draft(model.as_str(), part.kind, now_us);
                self.outage.ask(draft).await?;
            }
            self.begin(id, now_us).await?;
        }
        for _ in 0..GROWS_MAX {
            let current = self.lake.layout(id).schema.clone();
            let changes = current.changes_for(&part.columns);
            if changes.is_empty() || self.extend(id, current, &changes, now_us).await? {
                self.keep_for(id, fresh).await;
                return Ok(());
            }
        }
        Err(Problem::busy(
            "Another server changes this table's columns.",
        ))
    }

    /// Writes a table's next schema; false if another server that shares the catalog was faster.
    async fn extend(
        &self,
        id: &TableId,
        current: TableSchema,
        changes: &[SchemaChange],
        now_us: i64,
    ) -> Result<bool, Problem> {
        let next = current.apply(changes);
        let (path, why) = (id.path(), why(changes));
        let append =
            self.catalog
                .append_schema(&path, current.version, &next, changes, &why, now_us);
        match self.outage.ask(append).await {
            Ok(()) => {
                self.lake.set_schema(id, next);
                Ok(true)
            }
            Err(conflict) if conflict.code == "conflict" => {
                self.adopt(id).await?;
                Ok(false)
            }
            Err(problem) => Err(problem),
        }
    }

    /// A table that is new here is kept as long as the policies say.
    async fn keep_for(&self, id: &TableId, fresh: bool) {
        if fresh
            && policy::apply_to_table(&self.catalog, &self.lake, id)
                .await
                .is_err()
        {
            tracing::warn!(table = %id, "retention policies could not be read; this table is kept whole");
        }
    }

    /// Takes the schema that the catalog has; whether there is one.
    async fn adopt(&self, id: &TableId) -> Result<bool, Problem> {
        let path = id.path();
        let stored = self.outage.ask(self.catalog.schema(&path)).await?;
        let found = stored.is_some();
        if let Some(schema) = stored {
            self.lake.set_schema(id, schema);
        }
        Ok(found)
    }

    /// Writes a new table's first schema, with what its model's spec declares.
    async fn begin(&self, id: &TableId, now_us: i64) -> Result<(), Problem> {
        if !self.adopt(id).await? {
            let (path, base) = (id.path(), base_schema(id));
            let first = self.catalog.append_schema(
                &path,
                0,
                &base,
                &[],
                "first event of this kind",
                now_us,
            );
            match self.outage.ask(first).await {
                Ok(()) => {}
                Err(conflict) if conflict.code == "conflict" => {
                    self.adopt(id).await?;
                }
                Err(problem) => return Err(problem),
            }
        }
        self.tables
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone());
        Ok(())
    }

    /// Fixes column types that a spec declares. Columns that rows already contradict keep theirs.
    pub(crate) async fn declare(
        &self,
        id: &TableId,
        declared: &[candor_contract::Column],
        why: &str,
    ) -> Result<Vec<String>, Problem> {
        let _growing = self.growing.lock().await;
        let now_us = clock::now_us();
        self.begin(id, now_us).await?;
        let current: TableSchema = self.lake.layout(id).schema.clone();
        let (mut changes, mut kept) = (Vec::new(), Vec::new());
        for column in declared {
            match current.column(&column.name) {
                None => changes.push(SchemaChange::Add {
                    column: column.clone(),
                }),
                Some(have) if have.declared && have.ty == column.ty => {}
                Some(have) if have.ty.join(column.ty) == column.ty => {
                    changes.push(SchemaChange::Declare {
                        column: column.name.clone(),
                        ty: column.ty,
                    });
                }
                Some(_) => kept.push(column.name.clone()),
            }
        }
        if !changes.is_empty() {
            let next = current.apply(&changes);
            self.catalog
                .append_schema(&id.path(), current.version, &next, &changes, why, now_us)
                .await?;
            self.lake.set_schema(id, next);
        }
        Ok(kept)
    }

    async fn see_versions(&self, model: &ModelName, part: &Part) -> Result<(), Problem> {
        let fresh: Vec<Sighting> = {
            let sightings = self
                .sightings
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let met = versions(model, part).into_iter();
            met.filter(|s| !sightings.contains(s)).collect()
        };
        for (model, version, environment) in fresh {
            let now_us = clock::now_us();
            let seen = self
                .catalog
                .see_version(model.as_str(), &version, &environment, now_us);
            match self.outage.ask_briefly(seen).await {
                Ok(()) => {}
                // No reason to refuse rows: the version is noted with the next ones.
                Err(away) if away.is_outage() => return Ok(()),
                Err(problem) => return Err(problem),
            }
            let mut sightings = self
                .sightings
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if sightings.len() >= KNOWN_MAX {
                sightings.clear();
            }
            sightings.insert((model, version, environment));
        }
        Ok(())
    }
}

/// The versions that a batch names. Neighbours mostly agree, so runs are skipped.
fn versions(model: &ModelName, part: &Part) -> HashSet<Sighting> {
    let column = |name: &str| {
        part.batch
            .column_by_name(name)
            .and_then(|c| c.as_string_opt::<i32>())
    };
    let Some(version) = column("version") else {
        return HashSet::new();
    };
    let environment = column("environment");
    let mut met: HashMap<(&str, &str), ()> = HashMap::new();
    let mut last = None;
    for row in 0..version.len() {
        if version.is_null(row) {
            continue;
        }
        let place = environment
            .filter(|e| e.is_valid(row))
            .map_or("production", |e| e.value(row));
        let here = (version.value(row), place);
        if last != Some(here) {
            met.insert(here, ());
            last = Some(here);
        }
    }
    met.into_keys()
        .map(|(v, e)| (model.clone(), v.to_owned(), e.to_owned()))
        .collect()
}

fn why(changes: &[SchemaChange]) -> String {
    let added = changes
        .iter()
        .filter(|c| matches!(c, SchemaChange::Add { .. }))
        .count();
    let widened = changes.len() - added;
    let columns = |n: usize| if n == 1 { "column" } else { "columns" };
    let new = format!("{added} new {}", columns(added));
    match (added, widened) {
        (_, 0) => format!("events brought {new}"),
        (0, _) => format!(
            "events brought wider values for {widened} {}",
            columns(widened)
        ),
        _ => format!("events brought {new} and wider values for {widened}"),
    }
}
