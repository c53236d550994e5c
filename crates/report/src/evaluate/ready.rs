//! One side of a column.

use candor_stats::quality::Prepared;
use candor_stats::{Loose, Sorted, Tally};

/// One side of a column, ready for every method.
pub(super) enum Ready {
    Numbers(Sorted),
    /// Numbers of which nobody needs the order.
    Loose(Loose),
    Words(Tally),
    Opaque {
        rows: u64,
        missing: u64,
    },
}

impl Ready {
    pub(super) fn rows(&self) -> u64 {
        self.prepared().rows()
    }

    pub(super) fn missing(&self) -> u64 {
        self.prepared().missing()
    }

    /// The same for checks.
    pub(super) fn prepared(&self) -> Prepared<'_> {
        match self {
            Ready::Numbers(sorted) => Prepared::Sorted(sorted),
            Ready::Loose(loose) => Prepared::Loose(loose),
            Ready::Words(tally) => Prepared::Words(tally),
            Ready::Opaque { rows, missing } => Prepared::Opaque {
                rows: *rows,
                missing: *missing,
            },
        }
    }
}
