//! Monitoring at work: the engine of `candor_monitor` over the lake.
//!
//! [`source`] reads what a window tells, [`setup`] says what is watched, [`live`] closes windows as time goes and
//! tells people, [`backtest`] does the same over history and tells nobody. Both hand the engine the same readings.
//! [`observer`] holds what all of them go by against what is known better.

pub(crate) mod backtest;
mod joined;
pub(crate) mod live;
pub(crate) mod observer;
mod setup;
mod source;
mod subject;
