//! Distances between counts on the same bins.
