//! A fleet of models with a scripted, seeded truth.
//!
//! A `Scenario` goes in ([`Fleet::new`]), traffic comes out as Arrow batches for one stretch of
//! event time after another ([`Fleet::advance`]), with the truth beside it ([`Fleet::truth`]): what
//! is wrong, where, from when to when.
//!
//! This room has no IO, no clock and no randomness but the seed's: the same scenario, seed and start
//! give the same bytes, whatever the stretches into which time is cut.

mod calendar;
mod cell;
mod declare;
mod due;
mod fault;
mod fleet;
mod frame;
mod happening;
mod happens;
#[cfg(test)]
mod library;
mod member;
mod model;
mod plan;
mod random;
mod schedule;
mod setting;
#[cfg(test)]
mod trial;
mod truth;

pub use fleet::{Batch, Fleet};
pub use setting::Setting;
pub use truth::{FORMAT, Truth, TruthFault, TruthHappening, TruthModel, TruthVersion};
