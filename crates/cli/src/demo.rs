//! The simulated model behind `candor demo`.

pub(crate) mod credit;
mod random;
