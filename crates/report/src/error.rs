//! What keeps a report from being made.

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A column cannot be read.
    #[error("the column {column} cannot be read: {what}")]
    Read {
        /// Its name.
        column: String,
        /// Why not.
        what: String,
    },
    /// The spec names a column that is not there.
    #[error("the spec calls {column} {role}, but the {side} data have no such column")]
    Missing {
        /// The column's name.
        column: String,
        /// What the spec says it is.
        role: String,
        /// `reference` or `current`.
        side: &'static str,
    },
    /// There is nothing to compare.
    #[error("the {side} data have no rows")]
    Empty {
        /// `reference` or `current`.
        side: &'static str,
    },
    /// The spec cannot be followed.
    #[error("the spec cannot be followed: {what}")]
    Spec {
        /// Why not.
        what: String,
    },
}

/// Results of this room.
pub type Result<T> = std::result::Result<T, Error>;
