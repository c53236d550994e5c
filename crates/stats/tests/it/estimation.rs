//! Estimated performance against the reference implementations.
