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

mod alerts;
mod api;
mod auth;
mod clock_jumps;
mod commands;
mod crash;
mod datasets;
mod delivery;
mod delta_tails;
mod doors;
mod drill_schedule;
mod drills;
mod ecosystem;
mod engines;
mod erasure;
mod erasure_faults;
mod evidence;
mod faults;
mod full_disk;
mod golden;
mod groups;
mod guard;
mod hostile;
mod http;
mod import;
mod inject;
mod kills;
mod ledger;
mod models;
mod object_storage;
mod observer;
mod opentelemetry;
mod overload;
mod pages;
mod permissions;
mod postgres;
mod profiles;
mod quarantine;
mod receivers;
mod relay;
mod report;
mod retries;
// The lake's S3 server for tests: s3s and s3s_fs behind hyper_util.
#[path = "../../../lake/src/store/s3_server.rs"]
mod s3_server;
mod sandbox;
mod settings;
mod shim;
mod silences;
mod simulate;
mod small_disk;
mod specs;
mod sql_limits;
mod story;
mod syncs;
mod telemetry;
mod together;
mod traces;
mod tuning;
mod versions;
mod windows;
