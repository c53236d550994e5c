//! Arrow columns in, summaries that merge and figures with their error out.
//!
//! [`Cells`] say which rows belong together and [`Groups`] which cells; [`Column::profiles`] gives a
//! [`Profile`] for each group. Profiles merge ([`Profile::merge`]), have a stored form (`docs/formats/profile.md`) and tell
//! [`Figures`].
//!
//! A column of one side of a comparison is a [`Sorted`] or a [`Tally`]; every figure is a [`Figure`]: value,
//! interval, number of rows, method, and whether it stands. The families of figures are the public modules.
//!
//! What it refuses to know: models, windows, files, clocks, randomness. The same values give the same
//! bytes.

pub mod calibration;
pub mod drift;
pub mod estimate;
pub mod fairness;
pub mod law;
pub mod learn;
pub mod looks;
pub mod performance;
pub mod proportion;
pub mod quality;
pub mod series;
pub mod slices;

mod bins;
mod codec;
mod column;
mod distinct;
mod error;
mod figure;
mod loose;
mod moments;
mod numbers;
mod profile;
mod quantiles;
mod random;
mod sample;
mod texts;
mod value_type;

pub use bins::{BINS_MAX, BinCounts, Bins};
pub use column::{Cells, Column, Groups, NO_CELL};
pub use error::{Error, Result};
pub use figure::{CONFIDENCE, Figure, Status};
pub use loose::Loose;
pub use moments::Moments;
pub use numbers::VALUES_MAX;
pub use profile::{Figures, Profile, QUANTILES};
pub use quantiles::Quantiles;
pub use sample::{Sorted, Tally, aligned};
pub use texts::{CATEGORIES_MAX, Frequent, TEXT_BYTES_MAX};
pub use value_type::ValueType;
