//! What a model's reference taught of its rows together.

use candor_monitor::Taught;
use std::sync::Arc;

/// What was learnt, and of what.
#[derive(Clone)]
pub(super) struct Lesson {
    /// What it depends on.
    pub(super) key: String,
    pub(super) taught: Arc<Taught>,
    /// From when on estimates are told: the outcomes that taught them had come.
    pub(super) outcomes_us: i64,
}
