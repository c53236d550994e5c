//! Metrics of classifiers against the reference implementations.
