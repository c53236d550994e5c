//! Metrics of regression and ranking against the reference implementations.
