//! Profiles: summaries of columns by window, kept beside the rows they come from.
//!
//! A flush summarises its rows before it commits them: each column, by windows of five minutes, an
//! hour and a day of event time, for all rows and for each value of the segments. The profiles'
//! table takes them under the same log position, in a transaction of its own, so that each record is
//! counted once whatever is repeated. Rows of one window from several flushes add up when read;
//! maintenance merges them. The table: `docs/formats/profiles-table.md`.

mod bins;
mod fold;
mod grain;
mod plan;
mod read;
mod rebuild;
mod rows;
mod segments;
mod summary;
mod tiling;

pub use grain::Grain;
pub use read::{ProfileQuery, ProfileWindow};
pub use rebuild::RebuildProgress;

pub(crate) use bins::{Categories, ModelBins, PROPERTY as BINS_PROPERTY};
pub(crate) use fold::fold;
pub(crate) use read::{figures, read};
pub(crate) use rebuild::{Rebuilds, Step};
pub(crate) use segments::Segments;
pub(crate) use summary::{Summary, summarise};

use std::sync::atomic::AtomicU64;

/// Bounds of what one flush of one table leaves as profiles.
pub struct ProfileLimits;

impl ProfileLimits {
    /// Columns of a table that have profiles; further ones have none.
    pub const COLUMNS: usize = 512;
    /// Segments of a model by which rows are also summarised.
    pub const SEGMENTS: usize = 4;
    /// Values of a segment that are kept apart; the rest is `other`.
    pub const SEGMENT_VALUES: usize = 16;
    /// Rows of five minutes, or of days, that a flush writes. When a grain would need more than its bound, the
    /// next coarser one is the finest of that flush.
    pub const ROWS: usize = 20_000;
    /// Rows of hours that a flush writes: a month of eighty columns that is sent at once keeps its hours.
    pub const HOUR_ROWS: usize = 60_000;
    /// Rows of days that a flush writes for all columns together; columns beyond that are left out.
    pub const DAY_ROWS: usize = 200_000;
    /// Windows of five minutes that a flush may span and still be summarised by segment in them; of
    /// older rows that are sent in bulk, segments are kept by the hour.
    pub const SEGMENT_WINDOWS: usize = 12;
}

/// Figures of profiles for `/metrics`.
#[derive(Debug, Default)]
pub struct ProfileFigures {
    /// Rows written to tables of profiles.
    pub rows: AtomicU64,
    /// Flushes that left out their finest grain, or segments at it, since it was too much.
    pub coarse: AtomicU64,
    /// Columns left out of a flush: too many, or not to be summarised.
    pub columns_left_out: AtomicU64,
    /// Rows counted under `other`, each segment for itself.
    pub other_rows: AtomicU64,
}
