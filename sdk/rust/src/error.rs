//! Why a request gave no answer.

use serde::Deserialize;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answered: wrong address, no server, or the connection broke.
    #[error("no answer from {url}: {reason}")]
    Unreachable {
        /// The address of the request.
        url: String,
        /// What the connection said.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{url} did not answer within {seconds} s")]
    TimedOut {
        /// The address of the request.
        url: String,
        /// The bound, in seconds.
        seconds: u64,
    },
    /// The server refused, and said why.
    #[error("{0}")]
    Refused(Refusal),
    /// The answer is not what a Candor server says.
    #[error("{url} answered with something unexpected: {reason}; is it a Candor server?")]
    Unexpected {
        /// The address of the request.
        url: String,
        /// What was wrong with it.
        reason: String,
    },
}

/// A server's refusal, as it is told by `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// HTTP status.
    #[serde(default)]
    pub status: u16,
    /// Stable code, e.g. `sql_syntax`.
    pub code: String,
    /// One sentence.
    #[serde(default)]
    pub detail: String,
    /// How to mend it; may be empty.
    #[serde(default)]
    pub hint: String,
}

impl Error {
    /// The stable code of this error; `unreachable`, `timed_out` and `unexpected_answer` when the
    /// server gave none.
    pub fn code(&self) -> &str {
        match self {
            Error::Unreachable { .. } => "unreachable",
            Error::TimedOut { .. } => "timed_out",
            Error::Refused(refusal) => &refusal.code,
            Error::Unexpected { .. } => "unexpected_answer",
        }
    }

    /// The HTTP status, if the server answered.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// How to mend it, where somebody knows.
    pub fn hint(&self) -> &str {
        match self {
            Error::Refused(refusal) => &refusal.hint,
            Error::Unreachable { .. } => "Start a server with `candor serve`, or name another.",
            Error::TimedOut { .. } => "Ask for less, or allow more time.",
            Error::Unexpected { .. } => "Check the address; another program may listen there.",
        }
    }
}
