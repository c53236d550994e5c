//! Documents of every sort in, pages and texts out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    unreachable_pub,
    reason = "tests: a failed step is a failed test"
)]

mod evaluated;
mod fixtures;
mod json;
mod outline;
mod pages;
mod plain;
mod texts;
