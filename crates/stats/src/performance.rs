//! How good predictions were, once outcomes are known.
