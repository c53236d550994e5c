//! Receipts of erasures.

use crate::{Catalog, Error, Result};
use sqlx::Row;

/// An erasure that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Erasure {
    /// Its id.
    pub id: String,
    /// Its receipt; nothing in it names the person.
    pub body: serde_json::Value,
    /// When it was asked for, in microseconds.
    pub asked_us: i64,
    /// When every store was done.
    pub done_us: i64,
}

impl Catalog {
    /// Keeps the receipt of an erasure; a second one of the same id takes its place.
    ///
    /// # Errors
    /// Database failures.
    pub async fn put_erasure(&self, erasure: &Erasure) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO erasures (id, body, asked_us, done_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET body = excluded.body, done_us = excluded.done_us",
        )
        .bind(&erasure.id)
        .bind(erasure.body.to_string())
        .bind(erasure.asked_us)
        .bind(erasure.done_us)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Receipts, the newest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] if one cannot be read; database failures.
    pub async fn erasures(&self, limit: u32) -> Result<Vec<Erasure>> {
        let query =
            "SELECT id, body, asked_us, done_us FROM erasures ORDER BY asked_us DESC, id LIMIT $1";
        let rows = sqlx::query(query)
            .bind(i64::from(limit))
            .fetch_all(self.read())
            .await?;
        rows.iter()
            .map(|row| {
                let body: String = row.try_get("body")?;
                Ok(Erasure {
                    id: row.try_get("id")?,
                    body: serde_json::from_str(&body).map_err(Error::damaged)?,
                    asked_us: row.try_get("asked_us")?,
                    done_us: row.try_get("done_us")?,
                })
            })
            .collect()
    }
}
