//! Whether probabilities mean what they say.
//!
//! [`Forecasts`] hold probabilities with their outcomes, sorted once; every figure comes from them:
//! the [`Reliability`] curve with its errors, [`Murphy`]'s parts of the Brier score, the line of
//! recalibration, and two tests. For intervals of a regression there is [`coverage`].

mod forecasts;
mod goodness;
mod intervals;
mod recalibration;
mod reliability;
mod score;

pub use forecasts::Forecasts;
pub use goodness::Test;
pub use intervals::{Coverage, coverage};
pub use recalibration::{Line, platt};
pub use reliability::{BINS, Bin, Reliability, Scheme};
pub use score::Murphy;

#[cfg(test)]
mod tests;
