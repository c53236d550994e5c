//! Drift of numbers against the reference implementations.
