//! What a person should know.

use super::evidence::Evidence;
use serde::{Deserialize, Serialize};

/// One thing that a person should know.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// It, in plain words.
    pub sentence: String,
    /// How grave it is.
    #[serde(default)]
    pub severity: Severity,
    /// Where its figures stand.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// More for those who ask: the figures, what is not known.
    #[serde(default)]
    pub detail: Option<String>,
}

/// How grave something is, gravest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody must act.
    Critical,
    /// Somebody should look.
    Warning,
    /// Good to know.
    #[default]
    Notice,
    /// What is well.
    Good,
}

impl Severity {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
            Severity::Good => "good",
        }
    }
}

/// What follows from all findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether somebody is needed.
    pub state: State,
    /// Why, in one sentence.
    pub sentence: String,
}

/// Whether somebody is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody is.
    Fine,
    /// Somebody should look.
    Watch,
    /// Somebody must act.
    Act,
    /// It cannot be told.
    Unknown,
}

impl State {
    /// What a severity asks for.
    pub const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical => State::Act,
            Severity::Warning => State::Watch,
            Severity::Notice | Severity::Good => State::Fine,
        }
    }

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            State::Fine => "fine",
            State::Watch => "watch",
            State::Act => "act",
            State::Unknown => "unknown",
        }
    }
}
