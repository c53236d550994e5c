//! What can go wrong in the lake, in one type.

use arrow::error::ArrowError;

/// The one result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No room for new rows: log or memory are at their bounds. Try again shortly.
    #[error("the store is full ({what}); it will take rows again when the lake has caught up")]
    Full {
        /// Which bound was reached.
        what: &'static str,
    },
    /// A request has more bytes than one record of the log may have.
    #[error("the batch takes {bytes} bytes of the log, more than the {bytes_max} of one record")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The bound.
        bytes_max: u64,
    },
    /// The log stopped after a failed write; the process must restart and recover from disk.
    #[error("the log stopped after a write error; restart to recover from disk")]
    Stopped,
    /// The log failed.
    #[error("the log failed: {0}")]
    Log(#[from] candor_log::Error),
    /// An entry of the log cannot be read.
    #[error("an entry of the log cannot be read: {what}")]
    Entry {
        /// What is wrong with it.
        what: String,
    },
    /// Arrow refused.
    #[error("cannot {what}: {source}")]
    Arrow {
        /// What was tried.
        what: &'static str,
        /// Arrow's answer.
        source: ArrowError,
    },
    /// Delta or the object store refused.
    #[error("cannot {what} table {table}: {source}")]
    Table {
        /// What was tried.
        what: &'static str,
        /// The table's path.
        table: String,
        /// The answer of the layer below.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An answer would have more parts than it may.
    #[error("the answer would have more than {max} {what}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// The object store cannot be reached, or does not do what a lake needs.
    #[error("the object store {place} {what}")]
    Store {
        /// Its URL.
        place: String,
        /// What it does not do, and why.
        what: String,
    },
    /// The lake in the bucket is written from the log of another data directory.
    #[error(
        "the lake {place} belongs to another data directory; choose another prefix, or, if that directory is gone for good, delete {place}/{marker}"
    )]
    Owned {
        /// The lake's URL.
        place: String,
        /// The object that names the owner.
        marker: &'static str,
    },
    /// A check of stored rows failed; nothing was changed.
    #[error("table {table} failed a check: {what}")]
    Check {
        /// The table's path.
        table: String,
        /// What does not hold.
        what: String,
    },
    /// The operating system refused.
    #[error("cannot {what} {path}: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file or folder.
        path: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn store(place: &str, what: &str, error: impl std::fmt::Display) -> Self {
        Error::Store {
            place: place.to_owned(),
            what: format!("{what}: {error}"),
        }
    }

    /// Adds what was tried to an [`ArrowError`].
    /// Adds what was tried with which table to an error of the layers below.
    pub(crate) fn table<E, T>(what: &'static str, table: &T) -> impl Fn(E) -> Self + use<E, T>
    where
        T: ToString,
        E: std::error::Error + Send + Sync + 'static,
    {
        let table = table.to_string();
        move |source| Error::Table {
            what,
            table: table.clone(),
            source: Box::new(source),
        }
    }

    pub(crate) fn arrow(what: &'static str) -> impl Fn(ArrowError) -> Self {
        move |source| Error::Arrow { what, source }
    }
}
