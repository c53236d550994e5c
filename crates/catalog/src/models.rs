//! Models: drafts on their first event, registered by a spec.

use crate::dialect::{StoredRow, Tx};
use crate::page::{self, Page};
use crate::{Catalog, Error, Result};
use candor_contract::{Kind, ModelName};
use sqlx::Row;
use std::fmt;

/// Whether somebody vouches for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    /// Known from its events only.
    Draft,
    /// A `Model` spec declares it.
    Registered,
}

impl ModelState {
    /// The word in replies and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            ModelState::Draft => "draft",
            ModelState::Registered => "registered",
        }
    }
}

impl fmt::Display for ModelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Draft or registered.
    pub state: ModelState,
    /// The task that its spec declares, e.g. `binary`.
    pub task: Option<String>,
    /// The owner that its spec names.
    pub owner: Option<String>,
    /// Kind of its first event; `None` if its spec came first.
    pub first_kind: Option<Kind>,
    /// When it was first seen, in microseconds.
    pub first_seen_us: i64,
}

fn model(row: &StoredRow) -> Result<Model> {
    let state: String = row.try_get("state")?;
    let first_kind: Option<String> = row.try_get("first_kind")?;
    Ok(Model {
        name: row.try_get("name")?,
        state: match state.as_str() {
            "draft" => ModelState::Draft,
            "registered" => ModelState::Registered,
            other => return Err(Error::damaged(format!("model state {other:?}"))),
        },
        task: row.try_get("task")?,
        owner: row.try_get("owner")?,
        first_kind: match first_kind {
            None => None,
            Some(word) => {
                let kind = word
                    .parse()
                    .map_err(|()| Error::damaged(format!("kind {word:?}")))?;
                Some(kind)
            }
        },
        first_seen_us: row.try_get("first_seen_us")?,
    })
}

/// Refuses what is no model name; the same rule as for paths in the lake.
pub(crate) fn check_name(name: &str) -> Result<()> {
    match ModelName::new(name) {
        Some(_) => Ok(()),
        None => Err(Error::invalid(
            "a name has 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit",
        )),
    }
}

/// What a spec says of a model.
pub(crate) struct Declaration<'a> {
    pub(crate) name: &'a str,
    pub(crate) state: ModelState,
    pub(crate) task: Option<&'a str>,
    pub(crate) owner: Option<&'a str>,
}

/// Writes a declaration over what is stored; a model that is not known yet becomes so.
pub(crate) async fn declare(tx: &mut Tx, model: &Declaration<'_>, now_us: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO models (name, state, task, owner, first_seen_us) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name)
         DO UPDATE SET state = excluded.state, task = excluded.task, owner = excluded.owner",
    )
    .bind(model.name)
    .bind(model.state.name())
    .bind(model.task)
    .bind(model.owner)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Catalog {
    /// Makes `name` known as a draft whose first event was of `kind`. A model that is known stays as
    /// it is.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no model name; database failures.
    pub async fn register_draft(&self, name: &str, kind: Kind, now_us: i64) -> Result<Model> {
        check_name(name)?;
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO models (name, state, first_kind, first_seen_us) VALUES ($1, 'draft', $2, $3)
             ON CONFLICT (name) DO UPDATE SET first_kind = COALESCE(models.first_kind, excluded.first_kind)",
        )
        .bind(name)
        .bind(kind.name())
        .bind(now_us)
        .execute(&mut *tx)
        .await?;
        let query = sqlx::query("SELECT * FROM models WHERE name = $1").bind(name);
        let stored = model(&query.fetch_one(&mut *tx).await?)?;
        tx.commit().await?;
        Ok(stored)
    }

    /// Makes `name` a registered model with this task and owner. [`Catalog::put_spec`] does so by
    /// itself for a `Model`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no model name; database failures.
    pub async fn register_model(
        &self,
        name: &str,
        task: Option<&str>,
        owner: Option<&str>,
        now_us: i64,
    ) -> Result<()> {
        check_name(name)?;
        let mut tx = self.write().await?;
        let state = ModelState::Registered;
        declare(
            &mut tx,
            &Declaration {
                name,
                state,
                task,
                owner,
            },
            now_us,
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// The model called `name`.
    ///
    /// # Errors
    /// Database failures.
    pub async fn model(&self, name: &str) -> Result<Option<Model>> {
        let query = sqlx::query("SELECT * FROM models WHERE name = $1").bind(name);
        query
            .fetch_optional(self.read())
            .await?
            .as_ref()
            .map(model)
            .transpose()
    }

    /// Models by name, those after `cursor`.
    ///
    /// # Errors
    /// Database failures.
    pub async fn models(&self, cursor: Option<&str>, limit: u32) -> Result<Page<Model>> {
        let rows = sqlx::query("SELECT * FROM models WHERE name > $1 ORDER BY name LIMIT $2")
            .bind(cursor.unwrap_or_default())
            .bind(page::rows(limit))
            .fetch_all(self.read())
            .await?;
        let items = rows.iter().map(model).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, limit, |m| m.name.clone()))
    }
}
