//! The telemetry contract: what comes in, and what it becomes.
//!
//! Bytes of any accepted format go in ([`admit`]), typed Arrow batches and a list of problems come
//! out. Specs are read and checked here too.
//!
//! This room has no IO, no clock, no randomness and no async: time, keys and identifiers are
//! parameters, so the same bytes give the same batches everywhere.

mod kind;
mod schema;
mod table;

pub use kind::Kind;
pub use schema::{Column, ColumnType, SOURCE_NAME_KEY, SchemaChange, TableSchema, vector_item};
pub use table::{MODEL_NAME_BYTES_MAX, ModelName, TableId};
