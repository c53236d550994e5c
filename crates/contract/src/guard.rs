//! The guard: what may not be stored in clear is dropped, hashed or masked here, after decoding and
//! before anything is written.
//!
//! It works on whole columns of finished parts, so every format passes through the same place. What
//! becomes of a column is decided by [`Privacy`]: what specs declare, what policies say, and the
//! detector of [`crate::personal`] for everything nobody declared.

mod coarse;
mod columns;
pub(crate) mod numbers;
mod privacy;
mod text;

#[cfg(test)]
mod tests;

pub use privacy::Privacy;
pub(crate) use privacy::Treatment;

use crate::keys::Keys;
use crate::part::Part;
use crate::personal::{Counts, Kinds, Seeking};
use crate::{ModelName, TableId};
use std::borrow::Cow;

/// What stands for a value that a policy masks as a whole.
pub(crate) const PERSONAL_MARK: &str = "[personal]";

/// A column could not be made safe; its rows must be rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` could not be masked: {reason}")]
pub(crate) struct MaskError {
    pub(crate) column: String,
    pub(crate) reason: String,
}

/// Personal data that the detector masked in one column of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked {
    /// Index of the request among those admitted together.
    pub request: u32,
    /// The table.
    pub table: TableId,
    /// The column.
    pub column: String,
    /// How often each kind was masked.
    pub counts: Counts,
    /// Values that were personal from their first to their last letter.
    pub whole: u64,
}

/// A name as it may be stored: names are sent like values, and may be personal like them.
pub(crate) fn name(name: &str) -> Cow<'_, str> {
    crate::personal::mask(
        name,
        Seeking::new(Kinds::DEFAULT, ""),
        &mut Counts::default(),
    )
}

/// Text that nothing is known of with marks instead of what looks personal, e.g. a rejected row.
pub fn mask_text<'t>(text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
    crate::personal::mask(text, Seeking::new(Kinds::DEFAULT, ""), counts)
}

/// Makes parts safe to store.
pub(crate) struct Guard<'a> {
    pub(crate) privacy: &'a Privacy,
    pub(crate) keys: &'a Keys,
}

impl Guard<'_> {
    /// Treats every column of `part` and tells what the detector found. After an error the part
    /// must not be stored.
    pub(crate) fn apply(&self, part: &mut Part, masked: &mut Vec<Masked>) -> Result<(), MaskError> {
        columns::treat(self, part, masked)
    }

    /// What becomes of a field of a rejected row, by its flattened name.
    pub(crate) fn of_field(&self, model: &ModelName, name: &str) -> Treatment {
        self.privacy.of_name(Some(model), name, None)
    }
}
