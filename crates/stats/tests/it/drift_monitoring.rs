//! Drift by chunks, and the peers' presets, on real data.
