//! The server: doors, clock and background work.
