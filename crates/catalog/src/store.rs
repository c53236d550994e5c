//! The database: opened, migrated, written by one connection and read by several.

use crate::dialect::{Dialect, Pool, Tx, postgres, sqlite};
use crate::{Error, Result};
use sqlx::any::AnyConnectOptions;
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Connections that read at the same time.
const READERS_MAX: u32 = 4;
/// How long a caller waits for a connection, and a start for its first.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The catalog of one installation. Clones share its connections.
///
/// Every write is one transaction that is on stable storage when its call returns. Writes queue
/// for the one writing connection; a caller that gives up waiting gets [`Error::Unavailable`].
#[derive(Debug, Clone)]
pub struct Catalog {
    dialect: Dialect,
    writer: Pool,
    readers: Pool,
}

impl Catalog {
    /// Opens the SQLite file at `path`, creates it if there is none (readable by its owner only), and
    /// brings it to this version's form.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the file is no sound database, [`Error::Newer`] if a newer Candor wrote
    /// it, [`Error::Foreign`], [`Error::Outdated`], [`Error::Unavailable`] and [`Error::Migration`].
    pub async fn open(path: &Path) -> Result<Self> {
        create(path).map_err(|e| Error::Unavailable {
            source: sqlx::Error::Io(e),
        })?;
        let options = sqlite::options(path)?;
        Self::begin(Dialect::Sqlite, options, &path.display().to_string()).await
    }

    /// Connects to the PostgreSQL at `url` (`postgres://user:password@host:port/database`, with the
    /// usual parameters such as `sslmode`) and brings the tables of its current schema to this
    /// version's form. Several servers may share them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no such URL, [`Error::Unsafe`] for a server that would lose
    /// what it acknowledges, [`Error::Foreign`] for a schema that holds something else; else as
    /// [`Catalog::open`]. No error repeats the URL's secrets.
    pub async fn connect(url: &str) -> Result<Self> {
        let (options, place) = postgres::options(url)?;
        Self::begin(Dialect::Postgres, options, &place).await
    }

    async fn begin(dialect: Dialect, options: AnyConnectOptions, place: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        // A pool would hide why the first connection fails, and try again for long.
        let connecting = tokio::time::timeout(WAIT_MAX, options.connect());
        let mut first = connecting
            .await
            .map_err(|_| Error::from(sqlx::Error::PoolTimedOut))??;
        dialect.set_up(&mut first, true).await?;
        dialect.check(&mut first).await?;
        migrate(dialect, &mut first, place).await?;
        // It is of no further use, and what was done is durable.
        let _ = first.close().await;
        Ok(Self {
            dialect,
            writer: pool(dialect, options.clone(), true),
            readers: pool(dialect, options, false),
        })
    }

    /// Closes all connections after their work; later calls on any clone fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Where statements that only read run.
    pub(crate) fn read(&self) -> &Pool {
        &self.readers
    }

    /// A transaction that may write. Dropped without `commit` it leaves nothing behind.
    pub(crate) async fn write(&self) -> Result<Tx> {
        self.dialect.begin(&self.writer).await
    }
}

async fn migrate(dialect: Dialect, connection: &mut AnyConnection, place: &str) -> Result<()> {
    let migrations = dialect.migrations();
    let migrated = migrations.run_direct(None, connection, false).await;
    migrated.map_err(|source| match source {
        MigrateError::VersionMissing(migration) => Error::Newer {
            place: place.to_owned(),
            migration,
        },
        MigrateError::Execute(source) => source.into(),
        source => Error::Migration { source },
    })
}

/// Connections are made when they are needed, and again after the database was away.
fn pool(dialect: Dialect, options: AnyConnectOptions, writes: bool) -> Pool {
    PoolOptions::new()
        .max_connections(if writes { 1 } else { READERS_MAX })
        .acquire_timeout(WAIT_MAX)
        .after_connect(move |connection, _| {
            Box::pin(async move { dialect.set_up(connection, writes).await })
        })
        // After a commit that failed on a bad or full disk SQLite has rolled back by itself, but the
        // driver still counts a transaction and would begin no other.
        .after_release(|connection: &mut AnyConnection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_lazy_with(options)
}

/// Creates an empty file that only its owner may read. SQLite gives its side files the same mode.
fn create(path: &Path) -> std::io::Result<()> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(file) => {
            file.sync_all()?;
            let parent = path.parent().filter(|p| !p.as_os_str().is_empty());
            File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
