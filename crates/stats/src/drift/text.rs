//! Drift of texts.
