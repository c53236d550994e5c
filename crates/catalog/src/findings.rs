//! What the detector of personal data found, by column.

use crate::{Catalog, Error, Result};
use candor_contract::TableId;
use sqlx::Row;
use std::collections::BTreeMap;

/// Most columns whose findings are kept.
pub const FINDINGS_MAX: u32 = 10_000;

/// Likely personal data of one column, all of it masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalFinding {
    /// The table.
    pub table: TableId,
    /// The column.
    pub column: String,
    /// How often each kind was masked, by its word.
    pub kinds: BTreeMap<String, u64>,
    /// Values that were personal from their first to their last letter.
    pub whole: u64,
    /// Rows of the table that came since the first finding.
    pub seen: u64,
    /// Whether the column is treated as personal until a person decides.
    pub suspected: bool,
    /// When the first was met, in microseconds.
    pub first_us: i64,
    /// When the last was met.
    pub last_us: i64,
}

impl Catalog {
    /// All findings.
    ///
    /// # Errors
    /// [`Error::Damaged`] if one cannot be read; database failures.
    pub async fn findings(&self) -> Result<Vec<PersonalFinding>> {
        let query = "SELECT table_path, column_name, kinds, whole, seen, first_us, last_us,
               CASE WHEN suspected THEN 1 ELSE 0 END AS is_suspected
             FROM personal_findings ORDER BY table_path, column_name LIMIT $1";
        let rows = sqlx::query(query)
            .bind(i64::from(FINDINGS_MAX))
            .fetch_all(self.read())
            .await?;
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        rows.iter()
            .map(|row| {
                let path: String = row.try_get("table_path")?;
                let kinds: String = row.try_get("kinds")?;
                let suspected: i64 = row.try_get("is_suspected")?;
                Ok(PersonalFinding {
                    table: TableId::from_path(&path).ok_or_else(|| Error::damaged(path))?,
                    column: row.try_get("column_name")?,
                    kinds: serde_json::from_str(&kinds).map_err(Error::damaged)?,
                    whole: count(row.try_get("whole")?),
                    seen: count(row.try_get("seen")?),
                    suspected: suspected != 0,
                    first_us: row.try_get("first_us")?,
                    last_us: row.try_get("last_us")?,
                })
            })
            .collect()
    }

    /// Stores findings in place of what was known of their columns.
    ///
    /// # Errors
    /// Database failures.
    pub async fn put_findings(&self, findings: &[PersonalFinding]) -> Result<()> {
        let mut tx = self.write().await?;
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        for finding in findings {
            let kinds = serde_json::to_string(&finding.kinds).map_err(Error::damaged)?;
            sqlx::query(
                "INSERT INTO personal_findings
                   (table_path, column_name, kinds, whole, seen, suspected, first_us, last_us)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (table_path, column_name) DO UPDATE SET
                   kinds = excluded.kinds, whole = excluded.whole, seen = excluded.seen,
                   suspected = excluded.suspected, last_us = excluded.last_us",
            )
            .bind(finding.table.path())
            .bind(&finding.column)
            .bind(kinds)
            .bind(count(finding.whole))
            .bind(count(finding.seen))
            .bind(finding.suspected)
            .bind(finding.first_us)
            .bind(finding.last_us)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }
}
