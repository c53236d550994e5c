//! The durable log: bytes in, a sequence number back, and after [`Log::sync`] they stay.
//!
//! Acknowledged means durable: that promise is made here and nowhere else. Three doors:
//!
//! - [`Log`] appends records to segment files, syncs, replays and trims them;
//! - [`Seen`] knows which 128-bit keys were stored within the horizon;
//! - [`Journal`] puts both together: deduplicate, append, one sync, and only then mark as seen.
//!
//! What this room refuses to know: what the bytes mean, what time it is, randomness, threads and
//! async. Time stamps and fresh uuids are given by the caller, heavy work ([`Job`]) is handed to
//! the caller to run where it likes, and all files are reached through [`Fs`].
//!
//! The bytes are described in `docs/formats/log.md` and `docs/formats/seen.md`; their numbered
//! invariants are what comments here refer to.

mod error;
mod frame;
mod fs;
mod invariant;
mod journal;
mod log;
#[cfg(test)]
mod memory_fs;
mod real_fs;
mod seen;
#[cfg(test)]
mod sim;

pub use error::{Error, Result};
pub use fs::{Access, Fs, FsFile};
pub use invariant::{Breach, each_once};
pub use journal::{Committed, Entry, Journal, JournalOptions, JournalReport, JournalUsage};
pub use log::{DamagedRange, Log, OpenReport, Options, Record, Replay, TornTail, Usage};
pub use real_fs::{RealFile, RealFs};
pub use seen::{Job, JobDone, Key, Seen, SeenOptions, SeenReport, SeenUsage};
