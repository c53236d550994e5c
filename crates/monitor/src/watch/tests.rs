//! Where windows are skipped, resumed and revised.
