//! Read-only SQL over the lake, run by DataFusion in a child process.
//!
//! A stack overflow or an exhausted memory cannot be caught, so people's SQL never runs in the
//! ingesting process. The server starts the same binary as a worker; [`run_worker`] is its whole
//! life. The parent hands [`ask`] one end of a socket and a pinned [`Snapshot`], and reads an
//! [`Answer`]. Both ends speak the frames of [`frame`]; the worker sees tables only through the
//! parent's replies, never a path, a URL or a setting of a statement.

mod answer;
mod bounds;
mod catalog;
mod census;
mod confine;
mod consent;
mod failure;
mod frame;
mod functions;
mod hot_scan;
mod limits;
mod link;
mod naming;
mod pieces;
mod plan;
mod prune;
mod scan;
mod serve;
mod session;
mod snapshot;
mod statement;
mod union_view;
mod worker;

pub use answer::{Answer, Summary, ask};
pub use confine::{WORKER_STACK_BYTES, confine};
pub use consent::ForPurpose;
pub use failure::{QueryCode, QueryFailure};
pub use limits::{QueryLimits, QueryRequest, WorkerLimits};
pub use snapshot::{FileEntry, Snapshot, TableSnapshot};
pub use worker::{WorkerEnd, run_worker, work};

#[cfg(test)]
mod tests;
