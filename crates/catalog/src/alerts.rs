//! Alerts as monitoring handed them out, what happened to them, and what people said of them.

use crate::dialect::{StoredRow, Tx};
use crate::page::{self, Page};
use crate::{Catalog, Error, Result};
use serde_json::{Value, json};
use sqlx::Row;
use std::collections::BTreeSet;

/// Most alerts that are not over.
pub const OPEN_ALERTS_MAX: u32 = 10_000;
/// Ids asked for in one statement.
const IDS_AT_ONCE: usize = 500;
/// Most alerts that one call drops.
const TRIMMED_MAX: i64 = 200;
/// Most steps of one alert that are shown: the newest.
const STEPS_MAX: i64 = 1_000;

/// An alert as monitoring hands it out. Words are monitoring's own.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRecord {
    /// Unique and stable.
    pub id: String,
    /// The model.
    pub model: String,
    /// The kind of trouble, e.g. `quality`.
    pub family: String,
    /// Where it is in its life, e.g. `firing`.
    pub state: String,
    /// How bad, e.g. `warning`.
    pub severity: String,
    /// Start of the first window out of bounds.
    pub onset_us: i64,
    /// When it fired.
    pub fired_us: i64,
    /// When monitoring last changed it.
    pub changed_us: i64,
    /// When it was over; `None` while it goes on.
    pub resolved_us: Option<i64>,
    /// The whole alert.
    pub body: Value,
}

/// One change of one alert.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertChange {
    /// The alert after it.
    pub alert: AlertRecord,
    /// When.
    pub at_us: i64,
    /// What happened, e.g. `fired`.
    pub step: String,
    /// Details of the step, for people; `null` if the alert says it all.
    pub details: Value,
    /// Whether nobody looks after it any more: it came back, and people are told anew.
    pub forget_acknowledgement: bool,
}

/// Who did something about an alert, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Who.
    pub by: String,
    /// When.
    pub at_us: i64,
    /// Why; may be empty.
    pub why: String,
}

/// A stored alert.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    /// As monitoring handed it out.
    pub record: AlertRecord,
    /// Who looks after it.
    pub acknowledged: Option<Signed>,
    /// What people say that it was, by its word, and who said so.
    pub verdict: Option<(String, Signed)>,
}

/// A step in an alert's history.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertStep {
    /// 1 for the first, then counting up by one.
    pub number: u64,
    /// When.
    pub at_us: i64,
    /// What happened, e.g. `fired`, `acknowledged`, `judged`.
    pub step: String,
    /// Details.
    pub details: Value,
    /// How the alert was after it; `None` for what people did, and where that was not recorded.
    pub standing: Option<Standing>,
}

/// How an alert was after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it was in its life, e.g. `firing`.
    pub state: String,
    /// How bad, e.g. `warning`.
    pub severity: String,
    /// The monitor of its likely cause, if it had one.
    pub monitor: Option<String>,
    /// When it was stored, by the clock: steps tell event time.
    pub noted_us: i64,
}

impl Standing {
    fn to_text(&self) -> String {
        json!({"state": self.state, "severity": self.severity, "monitor": self.monitor,
            "noted_us": self.noted_us})
        .to_string()
    }

    fn read(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text).map_err(Error::damaged)?;
        let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let noted_us = value.get("noted_us").and_then(Value::as_i64);
        let read = || {
            Some(Self {
                state: word("state")?,
                severity: word("severity")?,
                monitor: word("monitor"),
                noted_us: noted_us?,
            })
        };
        read().ok_or_else(|| Error::damaged("a step of an alert does not say how it stood"))
    }
}

/// Which alerts. Empty words choose all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Of this model.
    pub model: String,
    /// In this state. `acknowledged` are those that go on and somebody looks after.
    pub state: String,
    /// So bad.
    pub severity: String,
    /// That still went on then.
    pub from_us: Option<i64>,
    /// That had fired before then.
    pub to_us: Option<i64>,
}

const COLUMNS: &str = "SELECT id, model, family, state, severity, onset_us, fired_us, changed_us,
     resolved_us, body, acknowledged_by, acknowledged_us, acknowledged_why,
     verdict, verdict_by, verdict_us, verdict_why FROM alerts";

fn signed(row: &StoredRow, by: &str, at: &str, why: &str) -> Result<Option<Signed>> {
    let who: Option<String> = row.try_get(by)?;
    let Some(by) = who else { return Ok(None) };
    let why: Option<String> = row.try_get(why)?;
    Ok(Some(Signed {
        by,
        at_us: row.try_get(at)?,
        why: why.unwrap_or_default(),
    }))
}

fn alert(row: &StoredRow) -> Result<StoredAlert> {
    let body: String = row.try_get("body")?;
    let verdict: Option<String> = row.try_get("verdict")?;
    let judged = signed(row, "verdict_by", "verdict_us", "verdict_why")?;
    Ok(StoredAlert {
        record: AlertRecord {
            id: row.try_get("id")?,
            model: row.try_get("model")?,
            family: row.try_get("family")?,
            state: row.try_get("state")?,
            severity: row.try_get("severity")?,
            onset_us: row.try_get("onset_us")?,
            fired_us: row.try_get("fired_us")?,
            changed_us: row.try_get("changed_us")?,
            resolved_us: row.try_get("resolved_us")?,
            body: serde_json::from_str(&body).map_err(Error::damaged)?,
        },
        acknowledged: signed(
            row,
            "acknowledged_by",
            "acknowledged_us",
            "acknowledged_why",
        )?,
        verdict: verdict.zip(judged),
    })
}

/// Writes an alert as it is after a change, and the change. What people said of it stays.
pub(crate) async fn put(tx: &mut Tx, change: &AlertChange, now_us: i64) -> Result<()> {
    let record = &change.alert;
    sqlx::query(
        "INSERT INTO alerts (id, model, family, state, severity, onset_us, fired_us, changed_us,
           resolved_us, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, severity = excluded.severity,
           onset_us = excluded.onset_us, changed_us = excluded.changed_us,
           resolved_us = excluded.resolved_us, body = excluded.body",
    )
    .bind(&record.id)
    .bind(&record.model)
    .bind(&record.family)
    .bind(&record.state)
    .bind(&record.severity)
    .bind(record.onset_us)
    .bind(record.fired_us)
    .bind(record.changed_us)
    .bind(record.resolved_us)
    .bind(record.body.to_string())
    .execute(&mut **tx)
    .await?;
    if change.forget_acknowledgement {
        sqlx::query(
            "UPDATE alerts SET acknowledged_by = NULL, acknowledged_us = NULL,
             acknowledged_why = NULL WHERE id = $1",
        )
        .bind(&record.id)
        .execute(&mut **tx)
        .await?;
    }
    let monitor = record.body.pointer("/symptoms/0/monitor");
    let standing = Standing {
        state: record.state.clone(),
        severity: record.severity.clone(),
        monitor: monitor.and_then(Value::as_str).map(str::to_owned),
        noted_us: now_us,
    };
    let step = AlertStep {
        number: 0,
        at_us: change.at_us,
        step: change.step.clone(),
        details: change.details.clone(),
        standing: Some(standing),
    };
    append(tx, &record.id, &step).await
}

/// Adds a step, whatever its number says, as the last one.
async fn append(tx: &mut Tx, alert: &str, step: &AlertStep) -> Result<()> {
    sqlx::query(
        "INSERT INTO alert_steps (alert, number, at_us, step, body, standing)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM alert_steps WHERE alert = $6",
    )
    .bind(alert)
    .bind(step.at_us)
    .bind(&step.step)
    .bind(step.details.to_string())
    .bind(step.standing.as_ref().map(Standing::to_text))
    .bind(alert)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What somebody did about an alert.
fn said(step: &str, signed: &Signed, details: Value) -> AlertStep {
    AlertStep {
        number: 0,
        at_us: signed.at_us,
        step: step.to_owned(),
        details,
        standing: None,
    }
}

impl Catalog {
    /// The alert called `id`.
    ///
    /// # Errors
    /// [`Error::Damaged`] if it cannot be read; database failures.
    pub async fn alert(&self, id: &str) -> Result<Option<StoredAlert>> {
        let statement = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"));
        let row = sqlx::query(statement)
            .bind(id)
            .fetch_optional(self.read())
            .await?;
        row.as_ref().map(alert).transpose()
    }

    /// Alerts that fit, the newest first; those after `cursor`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor that no page gave; database failures.
    pub async fn alerts(
        &self,
        filter: &AlertFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StoredAlert>> {
        let (fired_us, id) = page::position(cursor)?;
        // What somebody looks after counts as such while it fires, and no longer as firing.
        let statement = sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE (fired_us < $1 OR (fired_us = $1 AND id < $2))
             AND ($3 = '' OR model = $3) AND ($4 = '' OR severity = $4)
             AND ($5 = '' OR $5 = CASE WHEN state = 'firing' AND acknowledged_by IS NOT NULL
                                       THEN 'acknowledged' ELSE state END)
             AND (resolved_us IS NULL OR resolved_us > $6) AND fired_us < $7
             ORDER BY fired_us DESC, id DESC LIMIT $8"
        ));
        let rows = sqlx::query(statement)
            .bind(fired_us)
            .bind(id)
            .bind(&filter.model)
            .bind(&filter.severity)
            .bind(&filter.state)
            .bind(filter.from_us.unwrap_or(i64::MIN))
            .bind(filter.to_us.unwrap_or(i64::MAX))
            .bind(page::rows(limit))
            .fetch_all(self.read())
            .await?;
        let items = rows.iter().map(alert).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, limit, |a| {
            format!("{}/{}", a.record.fired_us, a.record.id)
        }))
    }

    /// Alerts that are not over, the oldest first: what routes decide on. At most [`OPEN_ALERTS_MAX`].
    ///
    /// # Errors
    /// Database failures.
    pub async fn open_alerts(&self) -> Result<Vec<StoredAlert>> {
        let statement = sqlx::AssertSqlSafe(format!(
            "{COLUMNS} WHERE state <> 'resolved' ORDER BY fired_us, id LIMIT $1"
        ));
        let rows = sqlx::query(statement)
            .bind(i64::from(OPEN_ALERTS_MAX))
            .fetch_all(self.read())
            .await?;
        rows.iter().map(alert).collect()
    }

    /// Those of `ids` that are known, in no order.
    ///
    /// # Errors
    /// Database failures.
    pub async fn alerts_by_id(&self, ids: &[String]) -> Result<Vec<StoredAlert>> {
        let mut found = Vec::new();
        for ids in ids.chunks(IDS_AT_ONCE) {
            let places: Vec<String> = (1..=ids.len()).map(|n| format!("${n}")).collect();
            // Numbers only are put into the statement.
            let statement =
                sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id IN ({})", places.join(", ")));
            let query = ids.iter().fold(sqlx::query(statement), |q, id| q.bind(id));
            for row in query.fetch_all(self.read()).await? {
                found.push(alert(&row)?);
            }
        }
        Ok(found)
    }

    /// What happened to an alert, the oldest first; of very many the newest.
    ///
    /// # Errors
    /// Database failures.
    pub async fn alert_history(&self, id: &str) -> Result<Vec<AlertStep>> {
        let rows = sqlx::query(
            "SELECT number, at_us, step, body, standing FROM alert_steps WHERE alert = $1
             ORDER BY number DESC LIMIT $2",
        )
        .bind(id)
        .bind(STEPS_MAX)
        .fetch_all(self.read())
        .await?;
        let steps = rows.iter().rev().map(|row| {
            let (number, body): (i64, String) = (row.try_get("number")?, row.try_get("body")?);
            let standing: Option<String> = row.try_get("standing")?;
            Ok(AlertStep {
                number: u64::try_from(number).map_err(Error::damaged)?,
                at_us: row.try_get("at_us")?,
                step: row.try_get("step")?,
                details: serde_json::from_str(&body).map_err(Error::damaged)?,
                standing: standing.as_deref().map(Standing::read).transpose()?,
            })
        });
        steps.collect()
    }

    /// Notes that somebody looks after an alert. The last one counts.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, [`Error::Invalid`] if it is over; database failures.
    pub async fn acknowledge_alert(&self, id: &str, signed: &Signed) -> Result<()> {
        let mut tx = self.write().await?;
        let state: Option<String> = sqlx::query_scalar("SELECT state FROM alerts WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        match state.as_deref() {
            None => return Err(Error::not_found(format!("alert {id}"))),
            Some("resolved") => {
                let what = format!("alert {id} is over; give it a verdict instead");
                return Err(Error::invalid(what));
            }
            Some(_) => {}
        }
        sqlx::query(
            "UPDATE alerts SET acknowledged_by = $2, acknowledged_us = $3, acknowledged_why = $4
             WHERE id = $1",
        )
        .bind(id)
        .bind(&signed.by)
        .bind(signed.at_us)
        .bind(&signed.why)
        .execute(&mut *tx)
        .await?;
        let details = json!({"by": signed.by, "why": signed.why});
        append(&mut tx, id, &said("acknowledged", signed, details)).await?;
        Ok(tx.commit().await?)
    }

    /// Drops alerts that were over before `before_us`, with their history and what people said of them, but none
    /// of `kept`; returns how many. Of very many a part, the oldest first.
    ///
    /// # Errors
    /// Database failures.
    pub async fn trim_alerts(&self, before_us: i64, kept: &BTreeSet<&str>) -> Result<u64> {
        const OLD: &str = "SELECT id FROM alerts WHERE state = 'resolved' AND resolved_us < $1
             ORDER BY resolved_us, id LIMIT $2";
        let limit = TRIMMED_MAX.saturating_add(i64::try_from(kept.len()).unwrap_or(i64::MAX));
        let old = || sqlx::query_scalar(OLD).bind(before_us).bind(limit);
        // Without anything to do, nobody waits for the write lock.
        let any: Vec<String> = old().fetch_all(self.read()).await?;
        if any.iter().all(|id| kept.contains(id.as_str())) {
            return Ok(0);
        }
        let mut tx = self.write().await?;
        let mut old: Vec<String> = old().fetch_all(&mut *tx).await?;
        old.retain(|id| !kept.contains(id.as_str()));
        for id in &old {
            for statement in [
                "DELETE FROM alert_steps WHERE alert = $1",
                "DELETE FROM alerts WHERE id = $1",
            ] {
                sqlx::query(statement).bind(id).execute(&mut *tx).await?;
            }
        }
        tx.commit().await?;
        Ok(old.len() as u64)
    }

    /// Notes what an alert was, by the word of a judgement. The last one counts, all stay in its history.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; database failures.
    pub async fn judge_alert(&self, id: &str, verdict: &str, signed: &Signed) -> Result<()> {
        let mut tx = self.write().await?;
        let judged = sqlx::query(
            "UPDATE alerts SET verdict = $2, verdict_by = $3, verdict_us = $4, verdict_why = $5
             WHERE id = $1",
        )
        .bind(id)
        .bind(verdict)
        .bind(&signed.by)
        .bind(signed.at_us)
        .bind(&signed.why)
        .execute(&mut *tx)
        .await?;
        if judged.rows_affected() == 0 {
            return Err(Error::not_found(format!("alert {id}")));
        }
        let details = json!({"verdict": verdict, "by": signed.by, "why": signed.why});
        append(&mut tx, id, &said("judged", signed, details)).await?;
        Ok(tx.commit().await?)
    }
}
