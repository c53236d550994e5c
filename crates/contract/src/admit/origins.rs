//! Where the rows of a batch came from, one by one or all from one request.

use crate::part::Origin;

/// Where the rows of a batch came from.
pub(super) enum Rows<'a> {
    /// All from one request, one after the other from this row on.
    From(u32, u32),
    /// Each from its own place.
    Given(&'a [Origin]),
}

impl Rows<'_> {
    pub(super) fn origin(&self, row: usize) -> Origin {
        let nowhere = Origin {
            request: u32::MAX,
            row: u32::MAX,
        };
        match *self {
            Rows::From(request, first) => Origin {
                request,
                row: first.saturating_add(u32::try_from(row).unwrap_or(u32::MAX)),
            },
            Rows::Given(origins) => origins.get(row).copied().unwrap_or(nowhere),
        }
    }
}
