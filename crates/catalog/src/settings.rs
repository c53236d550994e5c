//! The installation's identity and other single values.

use crate::{Catalog, Error, Result};

const INSTALLATION: &str = "installation_id";

impl Catalog {
    /// The identity of this installation: the stored one, or `fresh` (random bytes) made durable at
    /// the first call.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the stored one is not 16 bytes in hex; database failures.
    pub async fn installation_id(&self, fresh: [u8; 16]) -> Result<[u8; 16]> {
        let hex = format!("{:032x}", u128::from_be_bytes(fresh));
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(INSTALLATION)
        .bind(hex)
        .execute(&mut *tx)
        .await?;
        let stored: String = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(INSTALLATION)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        let id = u128::from_str_radix(&stored, 16).map_err(Error::damaged)?;
        Ok(id.to_be_bytes())
    }

    /// The value stored under `name`.
    ///
    /// # Errors
    /// Database failures.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1").bind(name);
        Ok(query.fetch_optional(self.read()).await?)
    }

    /// Stores `value` under `name`, in place of what was there.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the installation's identity, which never changes; database failures.
    pub async fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        if name == INSTALLATION {
            return Err(Error::invalid("the installation's identity never changes"));
        }
        let mut tx = self.write().await?;
        sqlx::query(
            "INSERT INTO settings (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }
}
