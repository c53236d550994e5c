//! Schema versions of tables: immutable, numbered, each with what changed and why.

use crate::dialect::StoredRow;
use crate::{Catalog, Error, Result};
use candor_contract::{Column, SchemaChange, TableSchema};
use sqlx::Row;

/// One version of a table's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaRevision {
    /// The schema, with its version.
    pub schema: TableSchema,
    /// What changed since the version before.
    pub changes: Vec<SchemaChange>,
    /// Why, in one sentence.
    pub why: String,
    /// When, in microseconds.
    pub at_us: i64,
}

fn schema(row: &StoredRow) -> Result<TableSchema> {
    let version: i64 = row.try_get("version")?;
    let columns: String = row.try_get("columns")?;
    Ok(TableSchema {
        version: u32::try_from(version).map_err(Error::damaged)?,
        columns: serde_json::from_str::<Vec<Column>>(&columns).map_err(Error::damaged)?,
    })
}

fn revision(row: &StoredRow) -> Result<SchemaRevision> {
    let changes: String = row.try_get("changes")?;
    Ok(SchemaRevision {
        schema: schema(row)?,
        changes: serde_json::from_str(&changes).map_err(Error::damaged)?,
        why: row.try_get("why")?,
        at_us: row.try_get("at_us")?,
    })
}

impl Catalog {
    /// The newest schema of the table at `path` (see `TableId::path`).
    ///
    /// # Errors
    /// Database failures.
    pub async fn schema(&self, path: &str) -> Result<Option<TableSchema>> {
        let row = sqlx::query(
            "SELECT version, columns FROM schemas WHERE table_path = $1 ORDER BY version DESC LIMIT 1",
        )
        .bind(path)
        .fetch_optional(self.read())
        .await?;
        row.as_ref().map(schema).transpose()
    }

    /// The newest schema of every table, by path.
    ///
    /// # Errors
    /// Database failures.
    pub async fn schemas(&self) -> Result<Vec<(String, TableSchema)>> {
        let rows = sqlx::query(
            "SELECT s.table_path, s.version, s.columns FROM schemas s
             JOIN (SELECT table_path, MAX(version) AS version FROM schemas GROUP BY table_path) newest
               ON newest.table_path = s.table_path AND newest.version = s.version
             ORDER BY s.table_path",
        )
        .fetch_all(self.read())
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get("table_path")?, schema(row)?)))
            .collect()
    }

    /// Stores `next` as the version after `expected` (0 for a table's first).
    ///
    /// # Errors
    /// [`Error::Conflict`] if the newest version is not `expected`, [`Error::Invalid`] if `next` is
    /// not numbered one higher; database failures.
    pub async fn append_schema(
        &self,
        path: &str,
        expected: u32,
        next: &TableSchema,
        changes: &[SchemaChange],
        why: &str,
        now_us: i64,
    ) -> Result<()> {
        if expected.checked_add(1) != Some(next.version) {
            return Err(Error::invalid(format!(
                "version {} of a schema cannot follow version {expected}",
                next.version
            )));
        }
        let columns = serde_json::to_string(&next.columns).map_err(Error::damaged)?;
        let changes = serde_json::to_string(changes).map_err(Error::damaged)?;
        let mut tx = self.write().await?;
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT MAX(version) FROM schemas WHERE table_path = $1")
                .bind(path)
                .fetch_one(&mut *tx)
                .await?;
        if newest.unwrap_or(0) != i64::from(expected) {
            return Err(Error::conflict(format!("the schema of {path}")));
        }
        sqlx::query(
            "INSERT INTO schemas (table_path, version, columns, changes, why, at_us)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(path)
        .bind(i64::from(next.version))
        .bind(columns)
        .bind(changes)
        .bind(why)
        .bind(now_us)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// All versions of the table's schema, the first one first.
    ///
    /// # Errors
    /// Database failures.
    pub async fn schema_history(&self, path: &str) -> Result<Vec<SchemaRevision>> {
        let rows = sqlx::query(
            "SELECT version, columns, changes, why, at_us FROM schemas
             WHERE table_path = $1 ORDER BY version",
        )
        .bind(path)
        .fetch_all(self.read())
        .await?;
        rows.iter().map(revision).collect()
    }
}
