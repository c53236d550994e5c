//! All that is SQLite's own.

use super::Kind;
use crate::{Error, Result};
use sqlx::AnyConnection;
use sqlx::any::AnyConnectOptions;
use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;
use std::path::Path;
use std::str::FromStr;

/// Least SQLite whose WAL is safe with several connections.
const VERSION_MIN: (u32, u32, u32) = (3, 51, 3);
const VERSION_MIN_TEXT: &str = "3.51.3";

/// The busy timeout is how long a statement waits for another process's lock, in milliseconds.
pub(super) const SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON;
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

pub(super) const READ_ONLY: &str = "PRAGMA query_only = ON;";

/// Takes the write lock at once.
pub(super) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// Names of all tables.
pub(super) const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";

/// How to open the file at `path`.
pub(crate) fn options(path: &Path) -> Result<AnyConnectOptions> {
    let text = path
        .to_str()
        .ok_or_else(|| Error::invalid("the path of the catalog is not UTF-8"))?;
    let mut url = String::from("sqlite://");
    for byte in text.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(AnyConnectOptions::from_str(&url)?)
}

/// Fails on a SQLite older than [`VERSION_MIN`].
pub(super) async fn check(connection: &mut AnyConnection) -> Result<()> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await?;
    if version(&found).is_some_and(|v| v >= VERSION_MIN) {
        return Ok(());
    }
    Err(Error::Outdated {
        database: "SQLite",
        found,
        needed: VERSION_MIN_TEXT,
    })
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

/// By SQLite's primary result codes, <https://sqlite.org/rescode.html>.
pub(super) fn kind(error: &dyn DatabaseError) -> Option<Kind> {
    const BUSY: i32 = 5;
    const LOCKED: i32 = 6;
    const READONLY: i32 = 8;
    const IOERR: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CANTOPEN: i32 = 14;
    const NOTADB: i32 = 26;
    error.try_downcast_ref::<SqliteError>()?;
    let code: i32 = error.code()?.parse().ok()?;
    // The low byte of an extended code is its primary code.
    match code & 0xff {
        CORRUPT | NOTADB => Some(Kind::Damaged),
        BUSY | LOCKED | READONLY | IOERR | FULL | CANTOPEN => Some(Kind::Unavailable),
        _ => None,
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
