//! Opening the catalog on SQLite: the only place that knows which database it is.

use crate::error::{Error, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, Transaction};
use std::path::Path;
use std::time::Duration;

/// Readers at the same time.
const READERS: u32 = 4;
/// How long a connection waits for another's lock.
const BUSY: Duration = Duration::from_secs(5);
/// Older versions can lose the end of their log (sqlite.org/wal.html, "the WAL-reset bug").
const SQLITE_MIN: [u32; 3] = [3, 51, 3];

/// The catalog; cheap to clone.
#[derive(Debug, Clone)]
pub struct Catalog {
    pub(crate) readers: SqlitePool,
    /// One connection, so that writers queue up here and not at the database's lock.
    writer: SqlitePool,
}

impl Catalog {
    /// Opens the catalog at `path`, made if need be, and brings its tables to this version's form.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&writer).await?;
        if !new_enough(&found) {
            return Err(Error::OldSqlite { found });
        }
        sqlx::migrate!().run(&writer).await?;
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(options).await?;
        Ok(Self { readers, writer })
    }

    /// Begins a write that sees and excludes all others from its first statement on.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

fn new_enough(version: &str) -> bool {
    let parts: Vec<u32> = version.split('.').filter_map(|p| p.parse().ok()).collect();
    parts.as_slice() >= SQLITE_MIN.as_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(new_enough("3.51.3") && new_enough("3.52.0") && new_enough("4.0.0"));
        assert!(!new_enough("3.51.2") && !new_enough("3.9.10"));
    }
}
