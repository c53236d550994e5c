//! The engine over simulated fleets whose truth is known.

mod fleet;
mod replay;
mod series;
mod stories;
