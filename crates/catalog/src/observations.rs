//! What the observer said of itself, and the verdicts that it counts.

use crate::dialect::StoredRow;
use crate::page::{self, Page};
use crate::{Catalog, Error, Result};
use serde_json::Value;
use sqlx::Row;

/// Days of each model that are kept.
pub const OBSERVATION_DAYS_MAX: u32 = 400;
const DAY_US: i64 = 86_400_000_000;

/// What the last run of a day said of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredObservation {
    /// The model.
    pub model: String,
    /// When it was run, in microseconds; its UTC day is its place.
    pub at_us: i64,
    /// The whole of it. Words are the observer's own.
    pub body: Value,
}

fn observation(row: &StoredRow) -> Result<StoredObservation> {
    let body: String = row.try_get("body")?;
    Ok(StoredObservation {
        model: row.try_get("model")?,
        at_us: row.try_get("at_us")?,
        body: serde_json::from_str(&body).map_err(Error::damaged)?,
    })
}

impl Catalog {
    /// Keeps what a run said, in place of an earlier one of its day. Days of the model that lie
    /// [`OBSERVATION_DAYS_MAX`] or more before it are dropped.
    ///
    /// # Errors
    /// Database failures.
    pub async fn put_observation(&self, made: &StoredObservation) -> Result<()> {
        let day = made.at_us.div_euclid(DAY_US);
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO observations (model, day, at_us, body) VALUES ($1, $2, $3, $4)
             ON CONFLICT (model, day) DO UPDATE SET at_us = excluded.at_us, body = excluded.body",
        )
        .bind(&made.model)
        .bind(day)
        .bind(made.at_us)
        .bind(made.body.to_string())
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM observations WHERE model = $1 AND day <= $2")
            .bind(&made.model)
            .bind(day - i64::from(OBSERVATION_DAYS_MAX))
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The newest of each model, in the order of their names; those after `cursor`.
    ///
    /// # Errors
    /// [`Error::Damaged`] if one cannot be read; database failures.
    pub async fn newest_observations(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StoredObservation>> {
        let query = "SELECT model, at_us, body FROM observations AS own
             WHERE model > $1
               AND day = (SELECT MAX(day) FROM observations AS all_days WHERE all_days.model = own.model)
             ORDER BY model LIMIT $2";
        let rows = sqlx::query(query)
            .bind(cursor.unwrap_or_default())
            .bind(page::rows(limit))
            .fetch_all(self.read())
            .await?;
        let items = rows.iter().map(observation).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, limit, |o| o.model.clone()))
    }

    /// Those of one model, the newest first; those after `cursor`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor that no page gave; [`Error::Damaged`] if one cannot be read; database
    /// failures.
    pub async fn observations(
        &self,
        model: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StoredObservation>> {
        let before: i64 = match cursor {
            None => i64::MAX,
            Some(cursor) => cursor
                .parse()
                .map_err(|_| Error::invalid("the cursor is not one that a page gave"))?,
        };
        let query = "SELECT model, at_us, body FROM observations
             WHERE model = $1 AND day < $2 ORDER BY day DESC LIMIT $3";
        let rows = sqlx::query(query)
            .bind(model)
            .bind(before)
            .bind(page::rows(limit))
            .fetch_all(self.read())
            .await?;
        let items = rows.iter().map(observation).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, limit, |o| {
            o.at_us.div_euclid(DAY_US).to_string()
        }))
    }

    /// Alerts of a model that fired at `since_us` or later, by the word of their verdict; `None` is those without
    /// one.
    ///
    /// # Errors
    /// Database failures.
    pub async fn verdict_counts(
        &self,
        model: &str,
        since_us: i64,
    ) -> Result<Vec<(Option<String>, u64)>> {
        let query = "SELECT verdict, COUNT(*) AS alerts FROM alerts
             WHERE model = $1 AND fired_us >= $2 GROUP BY verdict ORDER BY verdict";
        let rows = sqlx::query(query)
            .bind(model)
            .bind(since_us)
            .fetch_all(self.read())
            .await?;
        let counted = rows.iter().map(|row| {
            let alerts: i64 = row.try_get("alerts")?;
            let alerts = u64::try_from(alerts).map_err(Error::damaged)?;
            Ok((row.try_get("verdict")?, alerts))
        });
        counted.collect()
    }
}
