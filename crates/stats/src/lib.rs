//! Arrow columns in, summaries that merge and figures with their error out.
//!
//! [`Cells`] say which rows belong together and [`Groups`] which cells; [`Column::profiles`] gives a
//! [`Profile`] for each group. Profiles merge ([`Profile::merge`]), have a stored form (`docs/formats/profile.md`) and tell
//! [`Figures`].
//!
//! What it refuses to know: models, windows, files, clocks, randomness. The same values give the same
//! bytes.

mod bins;
mod codec;
mod column;
mod distinct;
mod error;
mod moments;
mod numbers;
mod profile;
mod quantiles;
mod texts;
mod value_type;

pub use bins::{BINS_MAX, BinCounts, Bins};
pub use column::{Cells, Column, Groups, NO_CELL};
pub use error::{Error, Result};
pub use moments::Moments;
pub use numbers::VALUES_MAX;
pub use profile::{Figures, Profile, QUANTILES};
pub use quantiles::Quantiles;
pub use texts::{CATEGORIES_MAX, Frequent, TEXT_BYTES_MAX};
pub use value_type::ValueType;
