//! API tokens: only their hashes are here.

use crate::dialect::StoredRow;
use crate::{Catalog, Error, Result};
use sqlx::Row;

/// Hex digits of a token's hash: 256 bits.
const HASH_DIGITS: usize = 64;
/// Hex digits of a token's id.
const ID_DIGITS: usize = 16;

/// A token to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// 256-bit hash of its text, in lowercase hex.
    pub hash: String,
    /// Its first characters, to tell tokens apart.
    pub prefix: String,
    /// When it ends, in microseconds; `None` for never.
    pub expires_us: Option<i64>,
}

/// A stored token, without its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Names it in lists and for revocation.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// Its first characters.
    pub prefix: String,
    /// When it was made, in microseconds.
    pub created_us: i64,
    /// When it ends, in microseconds.
    pub expires_us: Option<i64>,
    /// When it was revoked, in microseconds.
    pub revoked_us: Option<i64>,
    /// When it was last used, as far as noted, in microseconds.
    pub last_used_us: Option<i64>,
}

fn token(row: &StoredRow) -> Result<Token> {
    let scopes: String = row.try_get("scopes")?;
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        scopes: serde_json::from_str(&scopes).map_err(Error::damaged)?,
        prefix: row.try_get("prefix")?,
        created_us: row.try_get("created_us")?,
        expires_us: row.try_get("expires_us")?,
        revoked_us: row.try_get("revoked_us")?,
        last_used_us: row.try_get("last_used_us")?,
    })
}

/// An id that tells nothing of the token: a hash of its hash.
fn id_of(hash: &str) -> String {
    blake3::derive_key("candor 2026-11 token id", hash.as_bytes())
        .iter()
        .take(ID_DIGITS / 2)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const COLUMNS: &str =
    "SELECT id, name, scopes, prefix, created_us, expires_us, revoked_us, last_used_us
     FROM tokens ORDER BY created_us DESC, id";

impl Catalog {
    /// Stores a token.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a hash that is none, [`Error::Conflict`] if it is stored already;
    /// database failures.
    pub async fn create_token(&self, new: &NewToken, now_us: i64) -> Result<Token> {
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if new.hash.len() != HASH_DIGITS || !new.hash.bytes().all(hex) {
            return Err(Error::invalid(
                "a token is stored as 64 hex digits of its hash",
            ));
        }
        let scopes = serde_json::to_string(&new.scopes).map_err(Error::damaged)?;
        let mut tx = self.write().await?;
        let row = sqlx::query(
            "INSERT INTO tokens (id, name, scopes, hash, prefix, created_us, expires_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
             RETURNING id, name, scopes, prefix, created_us, expires_us, revoked_us, last_used_us",
        )
        .bind(id_of(&new.hash))
        .bind(&new.name)
        .bind(scopes)
        .bind(&new.hash)
        .bind(&new.prefix)
        .bind(now_us)
        .bind(new.expires_us)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Err(Error::conflict("this token"));
        };
        let stored = token(&row)?;
        tx.commit().await?;
        Ok(stored)
    }

    /// The token with this hash, if it is neither revoked nor expired at `now_us`.
    ///
    /// # Errors
    /// Database failures.
    pub async fn token_by_hash(&self, hash: &str, now_us: i64) -> Result<Option<Token>> {
        let row = sqlx::query(
            "SELECT id, name, scopes, prefix, created_us, expires_us, revoked_us, last_used_us
             FROM tokens
             WHERE hash = $1 AND revoked_us IS NULL AND (expires_us IS NULL OR expires_us > $2)",
        )
        .bind(hash)
        .bind(now_us)
        .fetch_optional(self.read())
        .await?;
        row.as_ref().map(token).transpose()
    }

    /// Whether any token is neither revoked nor expired at `now_us`.
    ///
    /// # Errors
    /// Database failures.
    pub async fn any_active_token(&self, now_us: i64) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM tokens
             WHERE revoked_us IS NULL AND (expires_us IS NULL OR expires_us > $1) LIMIT 1",
        )
        .bind(now_us)
        .fetch_optional(self.read())
        .await?;
        Ok(found.is_some())
    }

    /// Whether any token was ever made; also one that is revoked or expired.
    ///
    /// # Errors
    /// Database failures.
    pub async fn any_token(&self) -> Result<bool> {
        let query = sqlx::query_scalar("SELECT 1 FROM tokens LIMIT 1");
        let found: Option<i64> = query.fetch_optional(self.read()).await?;
        Ok(found.is_some())
    }

    /// All tokens, revoked and expired ones too, the newest first.
    ///
    /// # Errors
    /// Database failures.
    pub async fn tokens(&self) -> Result<Vec<Token>> {
        let rows = sqlx::query(COLUMNS).fetch_all(self.read()).await?;
        rows.iter().map(token).collect()
    }

    /// Ends a token. One that is revoked keeps its time.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; database failures.
    pub async fn revoke_token(&self, id: &str, now_us: i64) -> Result<()> {
        let mut tx = self.write().await?;
        let done =
            sqlx::query("UPDATE tokens SET revoked_us = COALESCE(revoked_us, $2) WHERE id = $1")
                .bind(id)
                .bind(now_us)
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            return Err(Error::not_found(format!("token {id}")));
        }
        Ok(tx.commit().await?)
    }

    /// Notes when tokens were last used: pairs of id and time. Unknown ids are passed over, and a
    /// time never goes back.
    ///
    /// # Errors
    /// Database failures.
    pub async fn note_tokens_used(&self, uses: &[(String, i64)]) -> Result<()> {
        if uses.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for (id, at_us) in uses {
            sqlx::query(
                "UPDATE tokens SET last_used_us = $2
                 WHERE id = $1 AND (last_used_us IS NULL OR last_used_us < $2)",
            )
            .bind(id)
            .bind(at_us)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }
}
