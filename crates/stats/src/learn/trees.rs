//! Gradient-boosted trees over histograms.
