//! The engine over simulated fleets and public series whose truth is known.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    dead_code,
    reason = "tests: a failed step is a failed test; of what bench shares with them they need a part"
)]

mod batches;
#[path = "../../../../bench/src/detect/data.rs"]
mod data;
mod fleet;
mod replay;
mod series;
mod stories;
