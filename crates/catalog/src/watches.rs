//! What monitoring remembers between two steps, and the step itself: one transaction.

use crate::alerts::{self, AlertChange};
use crate::dialect::Tx;
use crate::drills::{self, DrillUpdate};
use crate::outbox::{self, NewNotice};
use crate::{Catalog, Error, Result};
use sqlx::Row;

/// The one router of an installation.
const ROUTER: &str = "alerts";

/// What the engine remembers of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchState {
    /// The model.
    pub model: String,
    /// The engine's own text; nobody else reads it.
    pub state: String,
    /// Windows that end by then are closed and never decided again.
    pub closed_us: i64,
    /// When it was written.
    pub updated_us: i64,
}

/// A model's next state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchUpdate {
    /// The model.
    pub model: String,
    /// The engine's text.
    pub state: String,
    /// Up to when windows are closed now.
    pub closed_us: i64,
    /// Up to when they were closed in the state that this one was made from; `None` if there was none.
    pub was_closed_us: Option<i64>,
}

/// What the router remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterMemory {
    /// The router's own text.
    pub state: String,
    /// How often it was written.
    pub revision: u64,
}

/// The router's next state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouterUpdate {
    /// The router's text.
    pub state: String,
    /// The revision that this one was made from; 0 if there was none.
    pub was_revision: u64,
}

/// What a step of monitoring decided. Each part may be absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunStep {
    /// The engine's state after it.
    pub watch: Option<WatchUpdate>,
    /// Alerts that changed, in order; an alert may come several times.
    pub alerts: Vec<AlertChange>,
    /// A drill that was rehearsed.
    pub drill: Option<DrillUpdate>,
    /// The router's state after it.
    pub router: Option<RouterUpdate>,
    /// What people are to be told.
    pub notices: Vec<NewNotice>,
}

impl Catalog {
    /// Stores a step: all of it or nothing. A notice whose key is known already changes nothing, so that a
    /// step that is done again after a crash tells nobody twice. Returns how many notices were new.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another server made a step from the same state: read again, decide again;
    /// database failures.
    pub async fn store_step(&self, step: &RunStep, now_us: i64) -> Result<u64> {
        let mut tx = self.write().await?;
        if let Some(watch) = &step.watch {
            put_watch(&mut tx, watch, now_us).await?;
        }
        if let Some(drill) = &step.drill {
            drills::put(&mut tx, drill, now_us).await?;
        }
        for change in &step.alerts {
            alerts::put(&mut tx, change, now_us).await?;
        }
        if let Some(router) = &step.router {
            put_router(&mut tx, router, now_us).await?;
        }
        let new = outbox::put(&mut tx, &step.notices, now_us).await?;
        tx.commit().await?;
        Ok(new)
    }

    /// What the engine remembers of a model.
    ///
    /// # Errors
    /// Database failures.
    pub async fn watch(&self, model: &str) -> Result<Option<WatchState>> {
        let query = "SELECT model, state, closed_us, updated_us FROM watches WHERE model = $1";
        let row = sqlx::query(query)
            .bind(model)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            Ok(WatchState {
                model: row.try_get("model")?,
                state: row.try_get("state")?,
                closed_us: row.try_get("closed_us")?,
                updated_us: row.try_get("updated_us")?,
            })
        })
        .transpose()
    }

    /// What the router remembers, if it ever decided.
    ///
    /// # Errors
    /// Database failures.
    pub async fn router(&self) -> Result<Option<RouterMemory>> {
        let row = sqlx::query("SELECT state, revision FROM routers WHERE name = $1")
            .bind(ROUTER)
            .fetch_optional(self.read())
            .await?;
        row.map(|row| {
            let revision: i64 = row.try_get("revision")?;
            Ok(RouterMemory {
                state: row.try_get("state")?,
                revision: u64::try_from(revision).map_err(Error::damaged)?,
            })
        })
        .transpose()
    }
}

async fn put_watch(tx: &mut Tx, watch: &WatchUpdate, now_us: i64) -> Result<()> {
    let stands: Option<i64> = sqlx::query_scalar("SELECT closed_us FROM watches WHERE model = $1")
        .bind(&watch.model)
        .fetch_optional(&mut **tx)
        .await?;
    if stands != watch.was_closed_us {
        return Err(Error::conflict(format!("the watch of {}", watch.model)));
    }
    sqlx::query(
        "INSERT INTO watches (model, state, closed_us, updated_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (model) DO UPDATE SET state = excluded.state,
           closed_us = excluded.closed_us, updated_us = excluded.updated_us",
    )
    .bind(&watch.model)
    .bind(&watch.state)
    .bind(watch.closed_us)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn put_router(tx: &mut Tx, router: &RouterUpdate, now_us: i64) -> Result<()> {
    let stands: Option<i64> = sqlx::query_scalar("SELECT revision FROM routers WHERE name = $1")
        .bind(ROUTER)
        .fetch_optional(&mut **tx)
        .await?;
    let was = i64::try_from(router.was_revision).unwrap_or(i64::MAX);
    if stands.unwrap_or(0) != was {
        return Err(Error::conflict("the router"));
    }
    sqlx::query(
        "INSERT INTO routers (name, state, revision, updated_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET state = excluded.state,
           revision = excluded.revision, updated_us = excluded.updated_us",
    )
    .bind(ROUTER)
    .bind(&router.state)
    .bind(was + 1)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
