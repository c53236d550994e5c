//! A measure over time: baselines, control charts and change points.
