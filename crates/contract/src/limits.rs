//! Bounds on what one request may bring.

use serde::{Deserialize, Serialize};

const DAY_US: i64 = 86_400_000_000;

/// Bounds of admission. Each is answered by a row code or, for the body, by 413.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest row as sent, in bytes.
    pub row_bytes_max: usize,
    /// Largest body after decompression, in bytes.
    pub batch_bytes_max: usize,
    /// Most rows of one body: a few bytes of columns can claim billions, and millions of short lines
    /// cost far more than their bytes when they are rejected.
    pub rows_max: usize,
    /// Deepest nesting of objects and arrays in a row.
    pub nesting_max: usize,
    /// Most columns that one table may have.
    pub columns_max: usize,
    /// How far before arrival an event time may lie, in microseconds.
    pub age_max_us: i64,
    /// How far after arrival an event time may lie, in microseconds.
    pub future_max_us: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row_bytes_max: 1 << 20,
            batch_bytes_max: 64 << 20,
            rows_max: 1 << 20,
            nesting_max: 16,
            columns_max: 4_096,
            age_max_us: 50 * 365 * DAY_US,
            future_max_us: DAY_US,
        }
    }
}
