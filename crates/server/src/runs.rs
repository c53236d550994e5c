//! Monitoring at work: the engine of `candor_monitor` over the lake.
//!
//! [`source`] reads what a window tells, [`setup`] says what is watched, [`live`] closes windows as time goes and
//! tells people, [`backtest`] does the same over history and tells nobody. Both hand the engine the same readings. [`arrivals`] says
//! how far history that is being loaded can be trusted. [`short`] reads windows that are shorter than those of profiles,
//! [`lookback`] looks for what came after its window was closed.
//! [`evidence`] looks into an alert: where it is worst, and which rows show it.
//! [`observer`] holds what all of them go by against what is known better.

mod arrivals;
pub(crate) mod backtest;
pub(crate) mod evidence;
mod examples;
pub(crate) mod fairness;
mod joined;
mod lesson;
pub(crate) mod live;
mod lookback;
pub(crate) mod observer;
mod parts;
mod setup;
mod short;
mod source;
mod subject;
mod together;
mod unprofiled;
