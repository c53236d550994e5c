//! Findings about a model's data and predictions, and how they are shown.
//!
//! What it refuses to know: files, clocks, sockets.
