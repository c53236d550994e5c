//! Declarative objects with every revision that ever was.

use crate::dialect::{StoredRow, Tx};
use crate::models::{Declaration, ModelState, check_name, declare};
use crate::page::{self, Page};
use crate::{Catalog, Error, Result};
use serde_json::Value;
use sqlx::Row;

/// Most objects of one instant that are read.
pub const STOOD_MAX: u32 = 10_000;

/// One revision of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct SpecRevision {
    /// The object's kind, e.g. `Model`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// 1 for the first, then counting up by one.
    pub revision: u32,
    /// The whole object as JSON; of a tombstone, the object as it was deleted.
    pub body: Value,
    /// Whether this revision is a deletion.
    pub deleted: bool,
    /// Who wrote it.
    pub author: String,
    /// Why; may be empty.
    pub why: String,
    /// When, in microseconds.
    pub at_us: i64,
}

/// What a write of an object did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Put {
    /// Number of the revision that now stands.
    pub revision: u32,
    /// Whether it is new; otherwise the object was exactly this already and nothing was written.
    pub changed: bool,
}

fn revision(row: &StoredRow) -> Result<SpecRevision> {
    let number: i64 = row.try_get("revision")?;
    let deleted: i64 = row.try_get("is_deleted")?;
    let body: String = row.try_get("body")?;
    Ok(SpecRevision {
        kind: row.try_get("kind")?,
        name: row.try_get("name")?,
        revision: u32::try_from(number).map_err(Error::damaged)?,
        body: serde_json::from_str(&body).map_err(Error::damaged)?,
        deleted: deleted != 0,
        author: row.try_get("author")?,
        why: row.try_get("why")?,
        at_us: row.try_get("at_us")?,
    })
}

/// Truth values come as numbers, which both databases have.
const HEAD: &str = "SELECT r.kind, r.name, r.revision, r.body, r.author, r.why, r.at_us,
     CASE WHEN r.deleted THEN 1 ELSE 0 END AS is_deleted
     FROM specs s JOIN spec_revisions r
     ON r.kind = s.kind AND r.name = s.name AND r.revision = s.revision
     WHERE s.kind = $1 AND s.name = $2";

async fn head(tx: &mut Tx, kind: &str, name: &str) -> Result<Option<SpecRevision>> {
    let row = sqlx::query(HEAD)
        .bind(kind)
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(revision).transpose()
}

async fn append(tx: &mut Tx, next: &SpecRevision) -> Result<()> {
    sqlx::query(
        "INSERT INTO spec_revisions (kind, name, revision, body, deleted, author, why, at_us)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&next.kind)
    .bind(&next.name)
    .bind(i64::from(next.revision))
    .bind(next.body.to_string())
    .bind(next.deleted)
    .bind(&next.author)
    .bind(&next.why)
    .bind(next.at_us)
    .execute(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO specs (kind, name, revision, deleted) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kind, name)
         DO UPDATE SET revision = excluded.revision, deleted = excluded.deleted",
    )
    .bind(&next.kind)
    .bind(&next.name)
    .bind(i64::from(next.revision))
    .bind(next.deleted)
    .execute(&mut **tx)
    .await?;
    if next.kind == "Model" {
        register(tx, next).await
    } else {
        Ok(())
    }
}

/// Keeps the model in step with its spec: task, owner and whether it is registered.
async fn register(tx: &mut Tx, spec: &SpecRevision) -> Result<()> {
    let text = |pointer| {
        spec.body
            .pointer(pointer)
            .and_then(Value::as_str)
            .filter(|_| !spec.deleted)
    };
    let declaration = Declaration {
        name: &spec.name,
        state: if spec.deleted {
            ModelState::Draft
        } else {
            ModelState::Registered
        },
        task: text("/spec/task"),
        owner: text("/metadata/owner"),
    };
    declare(tx, &declaration, spec.at_us).await
}

impl Catalog {
    /// Writes an object as a new revision, unless it is exactly what stands. `body` is the whole
    /// object; a `Model` also registers the model of its name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a kind or name that is none; database failures.
    pub async fn put_spec(
        &self,
        kind: &str,
        name: &str,
        body: &Value,
        author: &str,
        why: &str,
        now_us: i64,
    ) -> Result<Put> {
        check_name(kind)?;
        check_name(name)?;
        let mut tx = self.write().await?;
        let stands = head(&mut tx, kind, name).await?;
        if let Some(stands) = stands.as_ref().filter(|s| !s.deleted && s.body == *body) {
            return Ok(Put {
                revision: stands.revision,
                changed: false,
            });
        }
        let number = stands.as_ref().map_or(0, |s| s.revision) + 1;
        let next = SpecRevision {
            kind: kind.to_owned(),
            name: name.to_owned(),
            revision: number,
            body: body.clone(),
            deleted: false,
            author: author.to_owned(),
            why: why.to_owned(),
            at_us: now_us,
        };
        append(&mut tx, &next).await?;
        tx.commit().await?;
        Ok(Put {
            revision: number,
            changed: true,
        })
    }

    /// Deletes an object by a last revision that says so; its history stays. Returns that
    /// revision's number.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; database failures.
    pub async fn delete_spec(
        &self,
        kind: &str,
        name: &str,
        author: &str,
        why: &str,
        now_us: i64,
    ) -> Result<u32> {
        let mut tx = self.write().await?;
        let stands = head(&mut tx, kind, name).await?.filter(|s| !s.deleted);
        let Some(stands) = stands else {
            return Err(Error::not_found(format!("{kind} {name}")));
        };
        let revision = stands.revision + 1;
        let (author, why) = (author.to_owned(), why.to_owned());
        let next = SpecRevision {
            revision,
            deleted: true,
            author,
            why,
            at_us: now_us,
            ..stands
        };
        append(&mut tx, &next).await?;
        tx.commit().await?;
        Ok(revision)
    }

    /// One revision of an object, or with `None` its newest one. A deletion is a revision too: it
    /// says `deleted`.
    ///
    /// # Errors
    /// Database failures.
    pub async fn spec(
        &self,
        kind: &str,
        name: &str,
        number: Option<u32>,
    ) -> Result<Option<SpecRevision>> {
        let query = match number {
            None => sqlx::query(HEAD).bind(kind).bind(name),
            Some(number) => sqlx::query(
                "SELECT kind, name, revision, body, author, why, at_us,
                 CASE WHEN deleted THEN 1 ELSE 0 END AS is_deleted
                 FROM spec_revisions WHERE kind = $1 AND name = $2 AND revision = $3",
            )
            .bind(kind)
            .bind(name)
            .bind(i64::from(number)),
        };
        query
            .fetch_optional(self.read())
            .await?
            .as_ref()
            .map(revision)
            .transpose()
    }

    /// Objects as they stand, of one kind by name, or of all kinds by kind and name; those after
    /// `cursor`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a cursor that no page gave; database failures.
    pub async fn specs(
        &self,
        kind: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<SpecRevision>> {
        let after = match cursor {
            None => ("", ""),
            Some(cursor) => cursor
                .split_once('/')
                .ok_or_else(|| Error::invalid("the cursor is not one that a page gave"))?,
        };
        let rows = sqlx::query(
            "SELECT r.kind, r.name, r.revision, r.body, r.author, r.why, r.at_us,
             CASE WHEN r.deleted THEN 1 ELSE 0 END AS is_deleted
             FROM specs s JOIN spec_revisions r
             ON r.kind = s.kind AND r.name = s.name AND r.revision = s.revision
             WHERE ($1 = '' OR s.kind = $1) AND (s.kind, s.name) > ($2, $3) AND NOT s.deleted
             ORDER BY s.kind, s.name LIMIT $4",
        )
        .bind(kind.unwrap_or_default())
        .bind(after.0)
        .bind(after.1)
        .bind(page::rows(limit))
        .fetch_all(self.read())
        .await?;
        let items = rows.iter().map(revision).collect::<Result<Vec<_>>>()?;
        Ok(Page::cut(items, limit, |s| {
            format!("{}/{}", s.kind, s.name)
        }))
    }

    /// Objects of a kind as they stood at an instant, by name, at most [`STOOD_MAX`]: each at the revision that was its
    /// newest then, without those that had been deleted.
    ///
    /// # Errors
    /// Database failures.
    pub async fn specs_at(&self, kind: &str, at_us: i64) -> Result<Vec<SpecRevision>> {
        let rows = sqlx::query(
            "SELECT r.kind, r.name, r.revision, r.body, r.author, r.why, r.at_us,
             CASE WHEN r.deleted THEN 1 ELSE 0 END AS is_deleted
             FROM spec_revisions r WHERE r.kind = $1 AND NOT r.deleted AND r.revision =
               (SELECT MAX(e.revision) FROM spec_revisions e
                WHERE e.kind = r.kind AND e.name = r.name AND e.at_us <= $2)
             ORDER BY r.name LIMIT $3",
        )
        .bind(kind)
        .bind(at_us)
        .bind(i64::from(STOOD_MAX))
        .fetch_all(self.read())
        .await?;
        rows.iter().map(revision).collect()
    }

    /// All revisions of an object, the newest first.
    ///
    /// # Errors
    /// Database failures.
    pub async fn spec_history(&self, kind: &str, name: &str) -> Result<Vec<SpecRevision>> {
        let rows = sqlx::query(
            "SELECT kind, name, revision, body, author, why, at_us,
             CASE WHEN deleted THEN 1 ELSE 0 END AS is_deleted
             FROM spec_revisions WHERE kind = $1 AND name = $2 ORDER BY revision DESC",
        )
        .bind(kind)
        .bind(name)
        .fetch_all(self.read())
        .await?;
        rows.iter().map(revision).collect()
    }
}
