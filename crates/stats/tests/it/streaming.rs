//! Sequential detectors against the reference implementation.
