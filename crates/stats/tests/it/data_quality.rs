//! Quality checks and plain figures against the reference implementations.
