//! Two-sample tests and distances of numbers.
