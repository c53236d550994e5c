//! Black-box tests: they drive the real binary, as a user would.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::too_many_lines,
    clippy::type_complexity,
    dead_code,
    unreachable_pub,
    reason = "tests of the real program: they wait for it with a bound, and a failed step is a failed test"
)]

mod auth;
mod commands;
mod crash;
mod datasets;
mod doors;
mod engines;
mod faults;
mod guard;
mod http;
mod import;
mod models;
mod profiles;
mod quarantine;
mod relay;
mod sandbox;
mod simulate;
mod specs;
mod sql_limits;
mod telemetry;
