//! All that is SQLite's own; a second database brings a second such file.

use crate::{Error, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool};
use std::path::Path;
use std::time::Duration;

/// The database type behind pools and transactions.
pub(crate) type Database = Sqlite;

/// Its pool of connections.
pub(crate) type Pool = SqlitePool;

/// Opens a transaction that holds the write lock from its first statement, so that it never fails
/// half-way because another writer was faster.
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// Least SQLite whose WAL is safe with several connections.
const VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
const VERSION_MIN_TEXT: &str = "3.51.3";

/// How long a statement waits for another process's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
}

pub(crate) fn writer(path: &Path) -> SqliteConnectOptions {
    options(path).create_if_missing(true)
}

pub(crate) fn reader(path: &Path) -> SqliteConnectOptions {
    options(path).pragma("query_only", "ON")
}

/// Fails on a SQLite older than [`VERSION_MIN`].
pub(crate) async fn check_version(pool: &Pool) -> Result<()> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(pool)
        .await?;
    if version(&found).is_some_and(|v| v >= VERSION_MIN) {
        return Ok(());
    }
    Err(Error::Outdated {
        found,
        needed: VERSION_MIN_TEXT,
    })
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        classify(source)
    }
}

/// Sorts database failures into kinds by SQLite's primary result codes.
fn classify(source: sqlx::Error) -> Error {
    // https://sqlite.org/rescode.html; the low byte of an extended code is its primary code.
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const NOTADB: i32 = 26;
    let code = source
        .as_database_error()
        .and_then(|e| e.code())
        .and_then(|c| c.parse::<i32>().ok());
    match (code.map(|c| c & 0xff), &source) {
        (Some(CORRUPT | NOTADB), _) => Error::damaged(source),
        (Some(BUSY | LOCKED | READONLY | IOERR | FULL | CANTOPEN), _) => {
            Error::Unavailable { source }
        }
        (None, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_)) => {
            Error::Unavailable { source }
        }
        (None, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => Error::damaged(source),
        _ => Error::Internal { source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(version("3.51.3") >= Some(VERSION_MIN));
        assert!(version("3.100.0") >= Some(VERSION_MIN));
        assert!(version("3.51.2") < Some(VERSION_MIN));
        assert!(version("3.9.99") < Some(VERSION_MIN));
        assert_eq!(version("3.51"), None);
        let (a, b, c) = VERSION_MIN;
        assert_eq!(VERSION_MIN_TEXT, format!("{a}.{b}.{c}"));
    }
}
