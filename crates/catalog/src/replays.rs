//! Which quarantined rows were replayed with success.

use crate::{Catalog, Result};
use sqlx::{QueryBuilder, Row};
use std::collections::HashMap;

/// Ids asked for in one statement.
const IDS_AT_ONCE: usize = 500;

impl Catalog {
    /// Notes that these rows of the quarantine were replayed, in one transaction. The first time
    /// counts.
    ///
    /// # Errors
    /// Database failures.
    pub async fn mark_replayed(&self, row_ids: &[String], now_us: i64) -> Result<()> {
        if row_ids.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for id in row_ids {
            sqlx::query(
                "INSERT INTO replays (row_id, at_us) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            )
            .bind(id)
            .bind(now_us)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Those of `row_ids` that have been replayed, with the time in microseconds.
    ///
    /// # Errors
    /// Database failures.
    pub async fn replayed(&self, row_ids: &[String]) -> Result<HashMap<String, i64>> {
        let mut found = HashMap::new();
        for ids in row_ids.chunks(IDS_AT_ONCE) {
            let mut query = QueryBuilder::<crate::dialect::Database>::new(
                "SELECT row_id, at_us FROM replays WHERE row_id IN (",
            );
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id);
            }
            query.push(")");
            for row in query.build().fetch_all(self.read()).await? {
                found.insert(row.try_get("row_id")?, row.try_get("at_us")?);
            }
        }
        Ok(found)
    }
}
