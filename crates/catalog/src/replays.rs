//! Which quarantined rows were replayed with success.

use crate::{Catalog, Result};
use sqlx::{AssertSqlSafe, Row};
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
            let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
            let places = places.join(", ");
            // Numbers only are put into the statement.
            let statement = AssertSqlSafe(format!(
                "SELECT row_id, at_us FROM replays WHERE row_id IN ({places})"
            ));
            let query = ids.iter().fold(sqlx::query(statement), |q, id| q.bind(id));
            for row in query.fetch_all(self.read()).await? {
                found.insert(row.try_get("row_id")?, row.try_get("at_us")?);
            }
        }
        Ok(found)
    }
}
