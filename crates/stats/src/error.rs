//! What can be wrong with profiles.

use crate::value_type::ValueType;

/// A profile that cannot be read, or two that cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Bytes that are no profile of a known version.
    #[error("these bytes are no profile: {what}")]
    Form {
        /// What is wrong with them.
        what: String,
    },
    /// Profiles of different types of value.
    #[error("a profile of {left} and one of {right} do not merge")]
    Types {
        /// Type of the first.
        left: ValueType,
        /// Type of the second.
        right: ValueType,
    },
    /// Bins that are none.
    #[error("these are no bins: {what}")]
    Bins {
        /// What is wrong with them.
        what: &'static str,
    },
    /// A column that has no profile.
    #[error("columns of type {ty} have no profile")]
    Column {
        /// The Arrow type.
        ty: String,
    },
    /// A rule that cannot be checked.
    #[error("this rule cannot be checked: {what}")]
    Rule {
        /// What is wrong with it.
        what: String,
    },
}

impl Error {
    pub(crate) fn form(what: impl ToString) -> Self {
        Error::Form {
            what: what.to_string(),
        }
    }
}

/// Results of this room.
pub type Result<T> = std::result::Result<T, Error>;
