//! Calibration against the reference implementations.
