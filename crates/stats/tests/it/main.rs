//! The statistics against reference implementations, on properties and on real data.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::float_cmp,
    dead_code,
    unreachable_pub,
    reason = "tests: a failed step is a failed test"
)]

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
