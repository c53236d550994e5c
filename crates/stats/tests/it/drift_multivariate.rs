//! Drift of many columns at once against the reference implementations.
