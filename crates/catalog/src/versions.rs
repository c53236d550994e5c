//! Versions of models, as events name them.

use crate::{Catalog, Error, Result};
use sqlx::Row;
use std::collections::BTreeSet;

/// Longest name of a version or environment, in bytes; the contract's limit for identifiers.
const NAME_BYTES_MAX: usize = 1_024;

/// A version that events named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sighting {
    /// The model.
    pub model: String,
    /// Its version.
    pub version: String,
    /// Where it ran.
    pub environment: String,
}

/// A version of a model in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The version's name.
    pub version: String,
    /// Where it ran.
    pub environment: String,
    /// Whether somebody registered it; versions that were only seen in events are not.
    pub registered: bool,
    /// When it was first seen, in microseconds.
    pub first_seen_us: i64,
}

/// Events may name anything, and PostgreSQL has no place for a NUL in a text.
fn storable(name: &str) -> String {
    name.replace('\0', "\u{fffd}")
}

impl Catalog {
    /// Notes that `version` of `model` runs in `environment`. What is known stays as it is.
    ///
    /// # Errors
    /// As [`Catalog::see_versions`].
    pub async fn see_version(
        &self,
        model: &str,
        version: &str,
        environment: &str,
        now_us: i64,
    ) -> Result<()> {
        let sighting = Sighting {
            model: model.to_owned(),
            version: version.to_owned(),
            environment: environment.to_owned(),
        };
        self.see_versions(std::slice::from_ref(&sighting), now_us)
            .await
    }

    /// Notes all `sightings` in one transaction. What is known stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown model, [`Error::Invalid`] for an endless name; then none
    /// is noted. Database failures.
    pub async fn see_versions(&self, sightings: &[Sighting], now_us: i64) -> Result<()> {
        if sightings
            .iter()
            .any(|s| s.version.len().max(s.environment.len()) > NAME_BYTES_MAX)
        {
            return Err(Error::invalid(format!(
                "names of versions and environments have at most {NAME_BYTES_MAX} bytes"
            )));
        }
        if sightings.is_empty() {
            return Ok(());
        }
        let mut tx = self.write().await?;
        for model in sightings
            .iter()
            .map(|s| s.model.as_str())
            .collect::<BTreeSet<_>>()
        {
            let query = sqlx::query_scalar::<_, i64>("SELECT 1 FROM models WHERE name = $1");
            if query.bind(model).fetch_optional(&mut *tx).await?.is_none() {
                return Err(Error::not_found(format!("model {model}")));
            }
        }
        for sighting in sightings {
            sqlx::query(
                "INSERT INTO versions (model, version, environment, registered, first_seen_us)
                 VALUES ($1, $2, $3, FALSE, $4)
                 ON CONFLICT (model, version, environment) DO NOTHING",
            )
            .bind(&sighting.model)
            .bind(storable(&sighting.version))
            .bind(storable(&sighting.environment))
            .bind(now_us)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// All versions of `model`, the first seen first.
    ///
    /// # Errors
    /// Database failures.
    pub async fn versions(&self, model: &str) -> Result<Vec<Version>> {
        let rows = sqlx::query(
            "SELECT version, environment, first_seen_us,
             CASE WHEN registered THEN 1 ELSE 0 END AS is_registered FROM versions
             WHERE model = $1 ORDER BY first_seen_us, version, environment",
        )
        .bind(model)
        .fetch_all(self.read())
        .await?;
        rows.iter()
            .map(|row| {
                let registered: i64 = row.try_get("is_registered")?;
                Ok(Version {
                    version: row.try_get("version")?,
                    environment: row.try_get("environment")?,
                    registered: registered != 0,
                    first_seen_us: row.try_get("first_seen_us")?,
                })
            })
            .collect()
    }
}
