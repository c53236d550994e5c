//! Drift of many columns at once.
