//! Notices from their decision until some time after their delivery.
//!
//! A notice is claimed before it is sent, which moves the time at which it is due: if its sender dies, it
//! is due again then, under the same key. Notices of one lane go one after another, so that no message
//! overtakes an earlier one to the same receiver about the same alerts.

use crate::dialect::{StoredRow, Tx};
use crate::{Catalog, Error, Result};
use serde_json::Value;
use sqlx::Row;
use std::collections::HashSet;

/// Most notices that wait. Beyond it new ones are stored as failed, so that their loss is seen.
pub const WAITING_MAX: u64 = 10_000;
/// Most notices that one call hands out, lists or trims.
const NOTICES_MAX: u32 = 1_000;
/// Alerts asked for in one statement.
const IDS_AT_ONCE: usize = 500;

/// A notice that was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotice {
    /// Unique and stable: the same decision has the same key.
    pub key: String,
    /// Notices of one lane are delivered in order.
    pub lane: String,
    /// The route that decided.
    pub route: String,
    /// Who is told.
    pub receiver: Value,
    /// What is told.
    pub body: Value,
    /// The alerts that it is about, by id.
    pub alerts: Vec<String>,
    /// When it is to be sent.
    pub due_us: i64,
}

/// Where a notice is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is sent when it is due.
    Waiting,
    /// Its receiver took it then.
    Delivered(i64),
    /// It was given up then.
    Failed(i64),
}

/// A stored notice.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredNotice {
    /// Its key.
    pub key: String,
    /// Its lane.
    pub lane: String,
    /// The route that decided.
    pub route: String,
    /// Who is told.
    pub receiver: Value,
    /// What is told.
    pub body: Value,
    /// When it was decided.
    pub decided_us: i64,
    /// When it is sent next; of a claimed one, when its claim ends.
    pub due_us: i64,
    /// How often it was claimed.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// Where it is.
    pub delivery: Delivery,
}

/// The outbox in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutboxFigures {
    /// Notices that wait.
    pub waiting: u64,
    /// When the oldest of them was decided.
    pub oldest_us: Option<i64>,
    /// Notices that were delivered, of those kept.
    pub delivered: u64,
    /// Notices that were given up, of those kept.
    pub failed: u64,
}

const COLUMNS: &str = "SELECT notice, lane, route, receiver, body, decided_us, due_us, attempts,
     last_error, delivered_us, failed_us FROM outbox o";
/// Those that are due, one of each lane: its oldest.
const DUE: &str = "SELECT notice, lane, route, receiver, body, decided_us, due_us, attempts,
     last_error, delivered_us, failed_us FROM outbox o
     WHERE o.delivered_us IS NULL AND o.failed_us IS NULL AND o.due_us <= $1 AND o.number =
       (SELECT MIN(e.number) FROM outbox e WHERE e.lane = o.lane
        AND e.delivered_us IS NULL AND e.failed_us IS NULL)
     ORDER BY o.number LIMIT $2";
/// It waits.
const WAITS: &str = "o.delivered_us IS NULL AND o.failed_us IS NULL";

fn notice(row: &StoredRow) -> Result<StoredNotice> {
    let (receiver, body): (String, String) = (row.try_get("receiver")?, row.try_get("body")?);
    let attempts: i64 = row.try_get("attempts")?;
    let delivered: Option<i64> = row.try_get("delivered_us")?;
    let failed: Option<i64> = row.try_get("failed_us")?;
    Ok(StoredNotice {
        key: row.try_get("notice")?,
        lane: row.try_get("lane")?,
        route: row.try_get("route")?,
        receiver: serde_json::from_str(&receiver).map_err(Error::damaged)?,
        body: serde_json::from_str(&body).map_err(Error::damaged)?,
        decided_us: row.try_get("decided_us")?,
        due_us: row.try_get("due_us")?,
        attempts: u32::try_from(attempts).map_err(Error::damaged)?,
        last_error: row.try_get("last_error")?,
        delivery: match (delivered, failed) {
            (Some(at), _) => Delivery::Delivered(at),
            (None, Some(at)) => Delivery::Failed(at),
            (None, None) => Delivery::Waiting,
        },
    })
}

/// Stores notices that are not known yet; returns how many.
pub(crate) async fn put(tx: &mut Tx, notices: &[NewNotice], now_us: i64) -> Result<u64> {
    if notices.is_empty() {
        return Ok(0);
    }
    let query = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM outbox o WHERE {WAITS}"));
    let mut waiting: i64 = sqlx::query_scalar(query).fetch_one(&mut **tx).await?;
    let max = i64::try_from(WAITING_MAX).unwrap_or(i64::MAX);
    let mut new = 0;
    for notice in notices {
        let full = waiting >= max;
        let put = sqlx::query(
            "INSERT INTO outbox (notice, number, lane, route, receiver, body, decided_us, due_us,
               attempts, failed_us, last_error)
             SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, 0, $8, $9 FROM outbox
             WHERE TRUE ON CONFLICT (notice) DO NOTHING",
        )
        .bind(&notice.key)
        .bind(&notice.lane)
        .bind(&notice.route)
        .bind(notice.receiver.to_string())
        .bind(notice.body.to_string())
        .bind(now_us)
        .bind(notice.due_us)
        .bind(full.then_some(now_us))
        .bind(full.then_some("too many notices waited already"))
        .execute(&mut **tx)
        .await?;
        if put.rows_affected() == 0 {
            continue;
        }
        new += 1;
        waiting += i64::from(!full);
        let alerts: HashSet<&String> = notice.alerts.iter().collect();
        for alert in alerts {
            sqlx::query("INSERT INTO outbox_alerts (alert, notice) VALUES ($1, $2)")
                .bind(alert)
                .bind(&notice.key)
                .execute(&mut **tx)
                .await?;
        }
    }
    Ok(new)
}

impl Catalog {
    /// Takes notices that are due, the oldest first and one of each lane: each is its caller's until
    /// `until_us`, by when it should be told how it went.
    ///
    /// # Errors
    /// [`Error::Damaged`] if one cannot be read; database failures.
    pub async fn claim_notices(
        &self,
        now_us: i64,
        until_us: i64,
        limit: u32,
    ) -> Result<Vec<StoredNotice>> {
        // Without anything to do, nobody waits for the write lock.
        let any = sqlx::query(DUE)
            .bind(now_us)
            .bind(1_i64)
            .fetch_optional(self.read())
            .await?;
        if any.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.write().await?;
        let rows = sqlx::query(DUE)
            .bind(now_us)
            .bind(i64::from(limit.clamp(1, NOTICES_MAX)))
            .fetch_all(&mut *tx)
            .await?;
        let mut claimed = rows.iter().map(notice).collect::<Result<Vec<_>>>()?;
        for notice in &mut claimed {
            sqlx::query("UPDATE outbox SET due_us = $2, attempts = attempts + 1 WHERE notice = $1")
                .bind(&notice.key)
                .bind(until_us)
                .execute(&mut *tx)
                .await?;
            notice.due_us = until_us;
            notice.attempts += 1;
        }
        tx.commit().await?;
        Ok(claimed)
    }

    /// Notes that a notice was taken by its receiver.
    ///
    /// # Errors
    /// Database failures.
    pub async fn note_delivered(&self, key: &str, now_us: i64) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE outbox SET delivered_us = $2, failed_us = NULL, last_error = NULL
             WHERE notice = $1 AND delivered_us IS NULL",
        )
        .bind(key)
        .bind(now_us)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Notes that a try failed and why. `again_us` is when the next one is due; `None` gives it up.
    ///
    /// # Errors
    /// Database failures.
    pub async fn note_failure(
        &self,
        key: &str,
        why: &str,
        again_us: Option<i64>,
        now_us: i64,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE outbox SET last_error = $2, due_us = $3, failed_us = $4
             WHERE notice = $1 AND delivered_us IS NULL",
        )
        .bind(key)
        .bind(why)
        .bind(again_us.unwrap_or(now_us))
        .bind(again_us.is_none().then_some(now_us))
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Notices about an alert, the newest first.
    ///
    /// # Errors
    /// [`Error::Damaged`] if one cannot be read; database failures.
    pub async fn notices_of(&self, alert: &str, limit: u32) -> Result<Vec<StoredNotice>> {
        let statement = sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE o.notice IN (SELECT a.notice FROM outbox_alerts a WHERE a.alert = $1)
             ORDER BY o.number DESC LIMIT $2"
        ));
        let rows = sqlx::query(statement)
            .bind(alert)
            .bind(i64::from(limit.clamp(1, NOTICES_MAX)))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(notice).collect()
    }

    /// The routes that decided to tell of these alerts, each pair of alert and route once, in no order. Notices that were
    /// trimmed are not known any more.
    ///
    /// # Errors
    /// Database failures.
    pub async fn routes_of(&self, alerts: &[String]) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for alerts in alerts.chunks(IDS_AT_ONCE) {
            let places: Vec<String> = (1..=alerts.len()).map(|n| format!("${n}")).collect();
            // Numbers only are put into the statement.
            let statement = sqlx::AssertSqlSafe(format!(
                "SELECT DISTINCT a.alert, o.route FROM outbox_alerts a
                 JOIN outbox o ON o.notice = a.notice WHERE a.alert IN ({})",
                places.join(", ")
            ));
            let query = alerts
                .iter()
                .fold(sqlx::query(statement), |q, id| q.bind(id));
            for row in query.fetch_all(self.read()).await? {
                found.push((row.try_get("alert")?, row.try_get("route")?));
            }
        }
        Ok(found)
    }

    /// When the next notice is due; `None` if none waits.
    ///
    /// # Errors
    /// Database failures.
    pub async fn next_notice_us(&self) -> Result<Option<i64>> {
        let query =
            sqlx::AssertSqlSafe(format!("SELECT MIN(o.due_us) FROM outbox o WHERE {WAITS}"));
        Ok(sqlx::query_scalar(query).fetch_one(self.read()).await?)
    }

    /// The outbox in figures.
    ///
    /// # Errors
    /// Database failures.
    pub async fn outbox_figures(&self) -> Result<OutboxFigures> {
        let query = sqlx::AssertSqlSafe(format!(
            "SELECT COUNT(*) AS kept,
               COUNT(CASE WHEN {WAITS} THEN 1 END) AS waiting,
               MIN(CASE WHEN {WAITS} THEN o.decided_us END) AS oldest_us,
               COUNT(o.delivered_us) AS delivered FROM outbox o"
        ));
        let row = sqlx::query(query).fetch_one(self.read()).await?;
        let count = |name: &str| -> Result<u64> {
            let n: i64 = row.try_get(name)?;
            Ok(u64::try_from(n).unwrap_or(0))
        };
        let (waiting, delivered) = (count("waiting")?, count("delivered")?);
        Ok(OutboxFigures {
            waiting,
            oldest_us: row.try_get("oldest_us")?,
            delivered,
            failed: count("kept")?.saturating_sub(waiting + delivered),
        })
    }

    /// Drops notices whose way ended before `before_us`; returns how many. Of very many, a part.
    ///
    /// # Errors
    /// Database failures.
    pub async fn trim_notices(&self, before_us: i64) -> Result<u64> {
        let mut tx = self.write().await?;
        let old: Vec<String> = sqlx::query_scalar(
            "SELECT notice FROM outbox WHERE COALESCE(delivered_us, failed_us) < $1
             ORDER BY number LIMIT $2",
        )
        .bind(before_us)
        .bind(i64::from(NOTICES_MAX))
        .fetch_all(&mut *tx)
        .await?;
        for key in &old {
            for statement in [
                "DELETE FROM outbox_alerts WHERE notice = $1",
                "DELETE FROM outbox WHERE notice = $1",
            ] {
                sqlx::query(statement).bind(key).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(old.len() as u64)
    }
}
