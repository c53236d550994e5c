//! Rehearsals of drills that are over, for as long as anybody may ask.

use crate::dialect::{StoredRow, Tx};
use crate::page::{self, Page};
use crate::{Catalog, Error, Result};
use serde_json::Value;
use sqlx::Row;
use std::collections::BTreeMap;

/// How long rehearsals are kept, in microseconds: 400 days.
pub const DRILLS_KEPT_US: i64 = 400 * 24 * 3_600_000_000;
/// Most rehearsals that are kept, beside the last of each drill.
const DRILLS_MAX: i64 = 10_000;
/// Most drills whose last rehearsal is asked for.
const NAMES_MAX: i64 = 10_000;

/// A rehearsal that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillRun {
    /// The scenario's name.
    pub name: String,
    /// When it began, in microseconds.
    pub started_us: i64,
    /// How long it took, in microseconds.
    pub took_us: i64,
    /// Whether everything went as expected.
    pub passed: bool,
    /// How it went; the caller's own form.
    pub body: Value,
}

/// A rehearsal to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillUpdate {
    /// The rehearsal.
    pub run: DrillRun,
    /// When the last one before it began; `None` if there was none.
    pub was_started_us: Option<i64>,
}

fn run(row: &StoredRow) -> Result<DrillRun> {
    let passed: i64 = row.try_get("has_passed")?;
    let body: String = row.try_get("body")?;
    Ok(DrillRun {
        name: row.try_get("name")?,
        started_us: row.try_get("started_us")?,
        took_us: row.try_get("took_us")?,
        passed: passed != 0,
        body: serde_json::from_str(&body).map_err(Error::damaged)?,
    })
}

/// Keeps a rehearsal, and drops those that nobody asks for any more.
pub(crate) async fn put(tx: &mut Tx, update: &DrillUpdate, now_us: i64) -> Result<()> {
    let run = &update.run;
    let stands: Option<i64> =
        sqlx::query_scalar("SELECT MAX(started_us) FROM drills WHERE name = $1")
            .bind(&run.name)
            .fetch_one(&mut **tx)
            .await?;
    if stands != update.was_started_us {
        return Err(Error::conflict(format!("the drill {}", run.name)));
    }
    sqlx::query(
        "INSERT INTO drills (name, started_us, took_us, passed, body) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&run.name)
    .bind(run.started_us)
    .bind(run.took_us)
    .bind(run.passed)
    .bind(run.body.to_string())
    .execute(&mut **tx)
    .await?;
    // The last one of each drill tells when the next is due.
    sqlx::query(
        "DELETE FROM drills WHERE
           (started_us < $1 OR started_us < (SELECT MIN(kept.started_us) FROM
             (SELECT started_us FROM drills ORDER BY started_us DESC LIMIT $2) AS kept))
           AND started_us < (SELECT MAX(own.started_us) FROM drills AS own WHERE own.name = drills.name)",
    )
    .bind(now_us.saturating_sub(DRILLS_KEPT_US))
    .bind(DRILLS_MAX)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Catalog {
    /// Rehearsals, the newest first; those after `cursor`. An empty `name` chooses those of all drills.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor that no page gave, [`Error::Damaged`] if one cannot be read; database
    /// failures.
    pub async fn drills(
        &self,
        name: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<DrillRun>> {
        let (started_us, after) = page::position(cursor)?;
        let rows = sqlx::query(
            "SELECT name, started_us, took_us, body, CASE WHEN passed THEN 1 ELSE 0 END AS has_passed
             FROM drills
             WHERE (started_us < $1 OR (started_us = $1 AND name > $2)) AND ($3 = '' OR name = $3)
             ORDER BY started_us DESC, name LIMIT $4",
        )
        .bind(started_us)
        .bind(after)
        .bind(name)
        .bind(page::rows(limit))
        .fetch_all(self.read())
        .await?;
        let items = rows.iter().map(run).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, limit, |r| {
            format!("{}/{}", r.started_us, r.name)
        }))
    }

    /// When the last rehearsal of each drill began, by name.
    ///
    /// # Errors
    /// Database failures.
    pub async fn last_drills(&self) -> Result<BTreeMap<String, i64>> {
        let rows = sqlx::query(
            "SELECT name, MAX(started_us) AS last_us FROM drills GROUP BY name ORDER BY name LIMIT $1",
        )
        .bind(NAMES_MAX)
        .fetch_all(self.read())
        .await?;
        let each = rows
            .iter()
            .map(|row| Ok((row.try_get("name")?, row.try_get("last_us")?)));
        each.collect()
    }
}
