//! The two databases behind one set of statements. What is a database's own is in a file of its own;
//! everything else of this crate is written once, in SQL that both take.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use crate::{Error, Result};
use sqlx::migrate::{Migration, Migrator};
use sqlx::{AnyConnection, Executor};
use std::borrow::Cow;

/// The database type behind pools and transactions: either of the two.
pub(crate) type Database = sqlx::Any;

/// Its pool of connections.
pub(crate) type Pool = sqlx::AnyPool;

/// One row of an answer.
pub(crate) type StoredRow = sqlx::any::AnyRow;

/// A transaction that may write.
pub(crate) type Tx = sqlx::Transaction<'static, Database>;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// What each new connection is told first.
    const fn settings(self) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::SETTINGS,
            Dialect::Postgres => postgres::SETTINGS,
        }
    }

    /// What a connection that only reads is told besides.
    const fn read_only(self) -> &'static str {
        match self {
            Dialect::Sqlite => sqlite::READ_ONLY,
            Dialect::Postgres => postgres::READ_ONLY,
        }
    }

    /// Makes a new connection safe to write, or to read only.
    pub(crate) async fn set_up(
        self,
        connection: &mut AnyConnection,
        writes: bool,
    ) -> sqlx::Result<()> {
        connection.execute(self.settings()).await?;
        if !writes {
            connection.execute(self.read_only()).await?;
        }
        Ok(())
    }

    /// Opens a transaction that has the write lock before its first statement, so that it never
    /// fails half-way because another writer was faster.
    pub(crate) async fn begin(self, writer: &Pool) -> Result<Tx> {
        match self {
            Dialect::Sqlite => Ok(writer.begin_with(sqlite::BEGIN_WRITE).await?),
            Dialect::Postgres => {
                let mut tx = writer.begin().await?;
                tx.execute(postgres::LOCK).await?;
                Ok(tx)
            }
        }
    }

    /// Refuses a database that is too old, keeps no promises, or is somebody else's.
    pub(crate) async fn check(self, connection: &mut AnyConnection) -> Result<()> {
        let tables = match self {
            Dialect::Sqlite => {
                sqlite::check(connection).await?;
                sqlite::TABLES
            }
            Dialect::Postgres => {
                postgres::check(connection).await?;
                postgres::TABLES
            }
        };
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(connection).await?;
        let ours = tables.is_empty() || tables.iter().any(|t| t == "_sqlx_migrations");
        match tables.first() {
            Some(table) if !ours => Err(Error::Foreign {
                table: table.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The migrations as this database wants them.
    pub(crate) fn migrations(self) -> Migrator {
        let spelled = |m: &Migration| match self {
            Dialect::Sqlite => m.clone(),
            Dialect::Postgres => postgres::spell(m),
        };
        Migrator {
            migrations: Cow::Owned(MIGRATIONS.iter().map(spelled).collect()),
            ..Migrator::DEFAULT
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        classify(source)
    }
}

/// Sorts failures into kinds: by the database's own codes, else by where it failed.
fn classify(source: sqlx::Error) -> Error {
    if let Some(error) = source.as_database_error() {
        let kind = sqlite::kind(error).or_else(|| postgres::kind(error));
        return match kind {
            Some(Kind::Damaged) => Error::damaged(source),
            Some(Kind::Unavailable) => Error::Unavailable { source },
            Some(Kind::Invalid) => Error::invalid(error.message().to_owned()),
            None => Error::Internal { source },
        };
    }
    match source {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::WorkerCrashed => Error::Unavailable { source },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Error::damaged(source),
        sqlx::Error::Configuration(what) => Error::invalid(what.to_string()),
        source => Error::Internal { source },
    }
}

/// What a database's code means to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Damaged,
    Unavailable,
    Invalid,
}
