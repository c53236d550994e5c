//! The lake: rows become durable in a log, visible at once, and Delta tables of Parquet in seconds.
//!
//! Enter through [`Lake`]. Rows go in as [`Batch`]es and are acknowledged after they are on stable
//! storage; queries read files and hot rows together, each row once. The two loops that do the
//! work, [`Committer`] and [`Flusher`], are handed to the caller, who gives each a thread: this room
//! spawns nothing, listens nowhere and reads no clock.
//!
//! What it refuses to know: HTTP, specs, people. What it hides: the log, Delta, DataFusion.

mod conform;
mod doomed;
mod entry;
mod erase;
mod erasure;
mod error;
mod expression;
mod flush;
mod foreign;
mod ingest;
mod open;
mod profiles;
pub mod query;
mod store;
mod table;
mod tables;
mod view;

pub use candor_log::{Breach, each_once};
pub use candor_stats::{BinCounts, Bins, Figures, Profile, ValueType};
pub use erasure::{Erased, Erasure};
pub use error::{Error, Result};
pub use expression::{Expression, ExpressionError};
pub use flush::{FlushFigures, FlushPolicy, Flusher};
pub use foreign::{DeltaFile, delta_files};
pub use ingest::{Batch, Committer, LogFigures};
pub use open::{Lake, LakeOptions, OpenReport, Unrecovered};
pub use profiles::{
    Grain, ProfileFigures, ProfileLimits, ProfileQuery, ProfileWindow, RebuildProgress,
};
pub use query::{
    Answer, ForPurpose, QueryCode, QueryFailure, QueryLimits, QueryRequest, Snapshot, Summary,
    WorkerLimits, ask, run_worker,
};
pub use store::{Bucket, Credentials};
pub use table::RepairReport;
pub use view::Volume;
