//! The suite over a real database file.
