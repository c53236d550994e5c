//! A measure over time: baselines, control charts and change points.
//!
//! Value by value: a [`Detector`] says when the level has changed, a [`Scorer`] how odd each value is. Bands of what
//! is normal come from a reference: [`Band`], and [`Seasonal`] by hour of the week. Whole histories:
//! [`change_points`], and [`onset`] for what began when an alert was raised.

mod adwin;
mod band;
mod chart;
mod cost;
mod detector;
mod errors;
mod hoeffding;
mod onset;
mod page_hinkley;
mod scorer;
mod seasonal;
mod segments;
mod tail;

pub use adwin::Adwin;
pub use band::{Band, Side, WINDOWS_NEEDED};
pub use chart::{Cusum, Ewma};
pub use cost::Cost;
pub use detector::{Detector, Direction, Signal};
pub use errors::{Ddm, Eddm};
pub use hoeffding::{HddmA, HddmW};
pub use onset::{Onset, onset};
pub use page_hinkley::PageHinkley;
pub use scorer::{ODD, Scored, Scorer};
pub use seasonal::{HOURS, Seasonal, hour_of_week};
pub use segments::{Search, Segmentation, change_points};

#[cfg(test)]
mod tests;
