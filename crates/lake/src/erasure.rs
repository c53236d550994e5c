//! An erasure: whose rows are to go, and what went.

use crate::error::Result;
use candor_contract::{ModelName, TableId};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// Erasures waiting for the flusher; more wait with their callers.
pub(crate) const QUEUE_MAX: usize = 4;

/// Whose rows are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Every form under which the subject may be stored.
    pub subjects: Vec<String>,
    /// Only rows of this model; of all if none is named.
    pub model: Option<ModelName>,
}

/// What went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Rows by table; tables that had none are left out.
    pub rows: BTreeMap<TableId, u64>,
    /// Data files that were written anew or dropped because of it.
    pub files: u64,
    /// Files of old versions that were deleted: data, commits, checkpoints.
    pub history_files: u64,
    /// The log holds nothing up to this record any more.
    pub log_through: u64,
}

/// An erasure on its way to the flusher.
pub(crate) struct Job {
    pub(crate) erasure: Erasure,
    /// The last record that may hold rows of the person.
    pub(crate) through: u64,
    pub(crate) reply: oneshot::Sender<Result<Erased>>,
}

impl Erasure {
    /// Whether rows of `table` may be among them.
    pub(crate) fn covers(&self, table: &TableId) -> bool {
        match (&self.model, table.model()) {
            (Some(wanted), Some(model)) => wanted == model,
            _ => true,
        }
    }
}
