//! One side of a column.

use candor_stats::{Sorted, Tally};

/// One side of a column, ready for every method.
pub(super) enum Ready {
    Numbers(Sorted),
    Words(Tally),
    Opaque { rows: u64, missing: u64 },
}

impl Ready {
    pub(super) fn rows(&self) -> u64 {
        match self {
            Ready::Numbers(sorted) => sorted.rows(),
            Ready::Words(tally) => tally.rows(),
            Ready::Opaque { rows, .. } => *rows,
        }
    }

    pub(super) fn missing(&self) -> u64 {
        match self {
            Ready::Numbers(sorted) => sorted.missing,
            Ready::Words(tally) => tally.missing,
            Ready::Opaque { missing, .. } => *missing,
        }
    }
}
