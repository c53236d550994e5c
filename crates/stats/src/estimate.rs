//! How good predictions probably are, before outcomes are known.
//!
//! [`Cbpe`] estimates a binary classification from its calibrated scores, [`ClassCbpe`] one into several
//! classes, [`Dle`] a regression from a model of its errors. [`DensityRatio`] weighs the reference as the
//! current population would. Each rests on an [`Assumption`] or more; [`Support`], a small sample of outcomes
//! ([`Cbpe::audit`], [`powered_mean`]) and realised performance ([`Cbpe::gap`], [`Dle::gap`]) check them.

mod assumption;
mod audit;
mod band;
mod between;
mod calibrated;
mod cbpe;
mod density;
mod loss;
mod loss_shift;
mod measure;
mod multiclass;
mod order;
mod peer;
mod scan;
mod support;

pub use assumption::{Assumption, Standing};
pub use audit::{Audit, ConceptShift, powered_mean};
pub use band::Band;
pub use between::Between;
pub use calibrated::{Calibration, Rule};
pub use cbpe::{Cbpe, Estimate, Options, PeerEstimate, Predictions, Ranked, realised};
pub use density::DensityRatio;
pub use loss::{Dle, ErrorMeasure, NumberPredictions, realised_error};
pub use loss_shift::LossShift;
pub use measure::{Cells, Measure};
pub use multiclass::{ClassCbpe, ClassEstimate, ClassPredictions, ClassShift, realised_classes};
pub use support::Support;

#[cfg(test)]
mod tests;
