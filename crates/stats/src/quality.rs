//! Whether rows are what they should be.
