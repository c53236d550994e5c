//! What the server answers, as types.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What became of a batch. It was durable before this was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// Rows that are stored now and were not before.
    pub accepted: u64,
    /// Rows whose id was stored before.
    #[serde(default)]
    pub duplicates: u64,
    /// Rejected rows, the first 1,000; all of them are in the quarantine.
    #[serde(default)]
    pub rejected: Vec<RejectedRow>,
    /// How many rows were rejected.
    #[serde(default)]
    pub rejected_count: u64,
    /// Ids that the server gave to rows without one.
    #[serde(default)]
    pub ids: Vec<MintedId>,
}

/// One rejected row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRow {
    /// Position in the batch, from 0.
    pub index: u64,
    /// Stable code, e.g. `type_mismatch`.
    pub code: String,
    /// One sentence.
    pub message: String,
}

/// An id that the server gave to a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MintedId {
    /// Position in the batch, from 0.
    pub index: u64,
    /// A UUIDv7.
    pub id: String,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items, in the server's order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// A column of an SQL answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlColumn {
    /// Its name.
    pub name: String,
    /// Its Arrow type, e.g. `Float64`.
    #[serde(rename = "type")]
    pub ty: String,
}

/// An SQL answer as rows of JSON values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlAnswer {
    /// The columns.
    pub columns: Vec<SqlColumn>,
    /// One list of values a row, in the columns' order.
    pub rows: Vec<Vec<Value>>,
    /// How many rows there are.
    pub row_count: u64,
    /// Whether there were more rows than the limit.
    #[serde(default)]
    pub truncated: bool,
    /// How long it took the server, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: f64,
}

/// What putting an object changed, or would change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpecChange {
    /// Kind of the object, e.g. `Model`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its revision; with a dry run the one that stays.
    #[serde(default)]
    pub revision: u64,
    /// Whether anything differs.
    pub changed: bool,
    /// Whether this was only a question.
    #[serde(default)]
    pub dry_run: bool,
    /// Differences: `path`, `before`, `after`.
    #[serde(default)]
    pub diff: Vec<Value>,
    /// Columns whose stored values contradict the declared type, so that they keep theirs.
    #[serde(default)]
    pub kept: Vec<String>,
    /// What is worth knowing of it, e.g. that no model of that name is known yet.
    #[serde(default)]
    pub notes: Vec<String>,
}
