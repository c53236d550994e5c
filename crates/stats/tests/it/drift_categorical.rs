//! Drift of categories against the reference implementations.
