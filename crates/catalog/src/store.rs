//! The database file: opened, migrated, written by one connection and read by several.

use crate::dialect::{self, Database, Pool};
use crate::{Error, Result};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::{Connection, Transaction};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

static MIGRATOR: Migrator = sqlx::migrate!();

/// Connections that read at the same time.
const READERS_MAX: u32 = 4;
/// How long a caller waits for a connection.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The catalog of one installation. Clones share its connections.
///
/// Every write is one transaction that is on stable storage when its call returns. Writes queue
/// for the one writing connection; a caller that gives up waiting gets [`Error::Unavailable`].
#[derive(Debug, Clone)]
pub struct Catalog {
    writer: Pool,
    readers: Pool,
}

impl Catalog {
    /// Opens the catalog at `path`, creates it if there is none (readable by its owner only), and
    /// brings it to this version's form.
    ///
    /// # Errors
    /// [`Error::Damaged`] if the file is no sound database, [`Error::Newer`] if a newer Candor wrote
    /// it, [`Error::Outdated`], [`Error::Unavailable`] and [`Error::Migration`].
    pub async fn open(path: &Path) -> Result<Self> {
        create(path).map_err(|e| Error::Unavailable {
            source: sqlx::Error::Io(e),
        })?;
        let writer = PoolOptions::<Database>::new()
            .max_connections(1)
            .acquire_timeout(WAIT_MAX)
            // After a commit that failed on a bad or full disk the database has rolled back by
            // itself, but the driver still counts a transaction and would begin no other.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(dialect::writer(path))
            .await?;
        dialect::check_version(&writer).await?;
        MIGRATOR.run(&writer).await.map_err(|source| match source {
            MigrateError::VersionMissing(migration) => Error::Newer {
                path: path.to_owned(),
                migration,
            },
            MigrateError::Execute(source) => source.into(),
            source => Error::Migration { source },
        })?;
        let readers = PoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(WAIT_MAX)
            .connect_lazy_with(dialect::reader(path));
        Ok(Self { writer, readers })
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
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Database>> {
        Ok(self.writer.begin_with(dialect::BEGIN_WRITE).await?)
    }
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
