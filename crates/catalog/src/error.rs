//! What can go wrong, in kinds that callers tell apart.

/// An answer of the catalog.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the catalog refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was named does not exist.
    #[error("there is no {what}")]
    NotFound {
        /// What was looked for, e.g. `model credit-risk`.
        what: String,
    },
    /// Somebody else was first; read again, then decide again.
    #[error("{what} was changed meanwhile")]
    Conflict {
        /// What was to be written.
        what: String,
    },
    /// A parameter that no caller should send.
    #[error("{what}")]
    Invalid {
        /// One sentence.
        what: String,
    },
    /// The database is busy, away, its disk full or its files out of reach; a later try may succeed.
    #[error("the catalog cannot be reached now: {source}")]
    Unavailable {
        /// The cause.
        source: sqlx::Error,
    },
    /// The file is not a sound database, or a stored value does not have its documented form.
    #[error("the catalog is damaged: {what}")]
    Damaged {
        /// What was found.
        what: String,
    },
    /// The database is older than what is safe (SQLite before 3.51.3 can lose writes of its WAL).
    #[error("{database} {found} is too old, {needed} or newer is needed")]
    Outdated {
        /// SQLite or PostgreSQL.
        database: &'static str,
        /// Version found.
        found: String,
        /// Least version.
        needed: &'static str,
    },
    /// The database is set up to lose what it acknowledges.
    #[error("{what}")]
    Unsafe {
        /// One sentence.
        what: &'static str,
    },
    /// The database holds tables of somebody else and none of ours; nothing was written to it.
    #[error(
        "the database holds other tables (such as {table}) and no catalog; give the catalog a database or schema of its own"
    )]
    Foreign {
        /// One of them.
        table: String,
    },
    /// A newer Candor wrote this catalog.
    #[error("the catalog at {place} was written by a newer Candor (migration {migration})")]
    Newer {
        /// The file, or the database without its secrets.
        place: String,
        /// The first migration that this binary does not know.
        migration: i64,
    },
    /// A migration failed.
    #[error("the catalog could not be brought to this version's form: {source}")]
    Migration {
        /// The cause.
        source: sqlx::migrate::MigrateError,
    },
    /// A statement failed in a way that is a defect of this crate.
    #[error("a statement of the catalog failed: {source}")]
    Internal {
        /// The cause.
        source: sqlx::Error,
    },
}

impl Error {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Error::NotFound { what: what.into() }
    }

    pub(crate) fn conflict(what: impl Into<String>) -> Self {
        Error::Conflict { what: what.into() }
    }

    pub(crate) fn invalid(what: impl Into<String>) -> Self {
        Error::Invalid { what: what.into() }
    }

    pub(crate) fn damaged(what: impl std::fmt::Display) -> Self {
        Error::Damaged {
            what: what.to_string(),
        }
    }
}
