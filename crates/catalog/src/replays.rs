//! Which quarantined rows were replayed, and what came of it.

use crate::{Catalog, Result};
use sqlx::{QueryBuilder, Row};

/// Ids asked for in one statement.
const IDS_AT_ONCE: usize = 500;

/// A replay of one quarantined row; a later one takes the place of an earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Id of the row in the quarantine.
    pub row_id: String,
    /// When, in microseconds.
    pub at_us: i64,
    /// What came of it, e.g. `accepted`, `duplicate` or a rejection's code.
    pub outcome: String,
}

impl Catalog {
    /// Notes `replays` in one transaction.
    ///
    /// # Errors
    /// Database failures.
    pub async fn note_replays(&self, replays: &[Replay]) -> Result<()> {
        if replays.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for replay in replays {
            sqlx::query(
                "INSERT INTO replays (row_id, at_us, outcome) VALUES ($1, $2, $3)
                 ON CONFLICT (row_id) DO UPDATE SET at_us = excluded.at_us, outcome = excluded.outcome",
            )
            .bind(&replay.row_id)
            .bind(replay.at_us)
            .bind(&replay.outcome)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// The replays of those of `row_ids` that have been replayed, in no certain order.
    ///
    /// # Errors
    /// Database failures.
    pub async fn replays(&self, row_ids: &[String]) -> Result<Vec<Replay>> {
        let mut found = Vec::new();
        for ids in row_ids.chunks(IDS_AT_ONCE) {
            let mut query = QueryBuilder::<crate::dialect::Database>::new(
                "SELECT row_id, at_us, outcome FROM replays WHERE row_id IN (",
            );
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id);
            }
            query.push(")");
            for row in query.build().fetch_all(self.read()).await? {
                found.push(Replay {
                    row_id: row.try_get("row_id")?,
                    at_us: row.try_get("at_us")?,
                    outcome: row.try_get("outcome")?,
                });
            }
        }
        Ok(found)
    }
}
