//! All that is PostgreSQL's own.

use super::Kind;
use crate::{Error, Result};
use sqlx::any::AnyConnectOptions;
use sqlx::error::DatabaseError;
use sqlx::migrate::Migration;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AnyConnection, AssertSqlSafe, SqlSafeStr};
use std::str::FromStr;

/// Least major version; older ones get no fixes any more.
const VERSION_MIN: i64 = 14;
const VERSION_MIN_TEXT: &str = "14";

/// A commit waits for the disk even where the server's default does not; stronger defaults stay.
pub(super) const SETTINGS: &str = "SET application_name = 'candor';
    SET client_min_messages = warning; SET statement_timeout = '10s'; SET lock_timeout = '5s';
    SET idle_in_transaction_session_timeout = '30s';
    SELECT set_config('synchronous_commit', 'on', false)
      WHERE current_setting('synchronous_commit') = 'off';";

pub(super) const READ_ONLY: &str = "SET default_transaction_read_only = on;";

/// Writers of one catalog, in whatever process, go one after another; readers never wait. The first
/// number is "cand" in ASCII.
pub(super) const LOCK: &str =
    "SELECT pg_advisory_xact_lock(1667329636, hashtext(current_schema()::text))";

/// Names of all tables where ours are or would be.
pub(super) const TABLES: &str =
    "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename";

/// How to reach the database at `url`, and its name without secrets.
///
/// # Errors
/// [`Error::Invalid`] for what is no URL of a PostgreSQL; the URL is not repeated.
pub(crate) fn options(url: &str) -> Result<(AnyConnectOptions, String)> {
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
    {
        return Err(Error::invalid(
            "the catalog's URL does not begin with postgres://",
        ));
    }
    let options = AnyConnectOptions::from_str(url)?;
    let parsed = &options.database_url;
    let port = parsed.port().map(|p| format!(":{p}")).unwrap_or_default();
    let place = format!(
        "postgres://{}{port}{}",
        parsed.host_str().unwrap_or_default(),
        parsed.path()
    );
    Ok((options, place))
}

/// Fails on a server that is too old, or that was told not to keep what it acknowledged.
pub(super) async fn check(connection: &mut AnyConnection) -> Result<()> {
    let number: i64 = sqlx::query_scalar("SELECT current_setting('server_version_num')::bigint")
        .fetch_one(&mut *connection)
        .await?;
    if number / 10_000 < VERSION_MIN {
        return Err(Error::Outdated {
            database: "PostgreSQL",
            found: (number / 10_000).to_string(),
            needed: VERSION_MIN_TEXT,
        });
    }
    let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')")
        .fetch_one(&mut *connection)
        .await?;
    if fsync != "on" {
        return Err(Error::Unsafe {
            what: "this PostgreSQL runs with fsync = off and may lose what it acknowledged",
        });
    }
    Ok(())
}

/// A migration for PostgreSQL: text is compared byte by byte, as SQLite does, whatever the
/// database's collation. Pages of lists come in the same order then.
pub(super) fn spell(migration: &Migration) -> Migration {
    let sql = migration
        .sql
        .as_str()
        .replace(" TEXT", " TEXT COLLATE \"C\"");
    Migration::new(
        migration.version,
        migration.description.clone(),
        migration.migration_type,
        // Made of our own migrations only.
        AssertSqlSafe(sql).into_sql_str(),
        migration.no_tx,
    )
}

/// By SQLSTATE, <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
pub(super) fn kind(error: &dyn DatabaseError) -> Option<Kind> {
    error.try_downcast_ref::<PgDatabaseError>()?;
    kind_of(&error.code()?)
}

fn kind_of(state: &str) -> Option<Kind> {
    let class = state.get(..2)?;
    match (class, state) {
        // data_corrupted, index_corrupted.
        (_, "XX001" | "XX002") => Some(Kind::Damaged),
        // character_not_in_repertoire, untranslatable_character: a NUL in a text.
        (_, "22021" | "22P05") => Some(Kind::Invalid),
        // Connections, authorisation, missing database, read-only standby, serialisation, resources,
        // locks, operator intervention, system errors, configuration file.
        ("08" | "28" | "3D" | "25" | "40" | "53" | "55" | "57" | "58" | "F0", _) => {
            Some(Kind::Unavailable)
        }
        // insufficient_privilege.
        (_, "42501") => Some(Kind::Unavailable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_sorted_by_what_a_caller_can_do() {
        for (state, kind) in [
            ("57P01", Some(Kind::Unavailable)), // the administrator stops the server
            ("53100", Some(Kind::Unavailable)), // disk full
            ("55P03", Some(Kind::Unavailable)), // another writer holds the lock
            ("40001", Some(Kind::Unavailable)),
            ("25006", Some(Kind::Unavailable)), // a standby
            ("28P01", Some(Kind::Unavailable)), // wrong password
            ("XX001", Some(Kind::Damaged)),
            ("22021", Some(Kind::Invalid)),
            ("42P01", None), // an unknown table is a defect of ours
            ("23505", None),
            ("", None),
        ] {
            assert_eq!(kind_of(state), kind, "{state}");
        }
    }

    #[test]
    fn a_place_is_named_without_its_secrets() {
        let (_, place) =
            options("postgres://ann:s3cr3t@db.example:5433/candor?sslmode=require&password=x")
                .unwrap();
        assert_eq!(place, "postgres://db.example:5433/candor");
        for bad in [
            "mysql://ann:s3cr3t@h/d",
            "postgres://ann:s3cr3t@h:99999/d",
            "s3cr3t",
        ] {
            let error = options(bad).unwrap_err().to_string();
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }

    #[test]
    fn every_text_of_a_migration_is_compared_by_bytes() {
        for migration in super::super::MIGRATIONS.iter() {
            let sql = spell(migration).sql.as_str().to_owned();
            let words = sql.matches("TEXT").count();
            assert_eq!(sql.matches("TEXT COLLATE \"C\"").count(), words);
        }
    }
}
