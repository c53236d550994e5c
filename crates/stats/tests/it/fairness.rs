//! Fairness against the reference implementation.
