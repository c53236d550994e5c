//! The statistics against reference implementations, on properties and on real data.
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod golden;

mod calibration;
mod change_points;
mod classification;
mod data_quality;
mod drift_categorical;
mod drift_monitoring;
mod drift_multivariate;
mod drift_numeric;
mod estimation;
mod fairness;
mod false_alarms;
mod nab;
mod ranking;
mod special_functions;
mod streaming;
