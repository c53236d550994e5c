//! The telemetry contract: what comes in, and what it becomes.
//!
//! Bytes of any accepted format go in ([`Admission`]), typed Arrow batches and a list of problems
//! come out. Specs are read and checked here too ([`spec`]).
//!
//! This room has no IO, no clock, no randomness and no async: time, keys and identifiers are
//! parameters, so the same bytes give the same batches everywhere.

mod admit;
mod body;
mod column;
mod consent;
mod fields;
mod flat;
mod guard;
mod keys;
mod kind;
mod layout;
mod limits;
mod part;
mod personal;
mod profiles;
mod quarantine;
mod redact;
mod rejection;
mod rows;
mod schema;
mod setting;
mod spans;
pub mod spec;
mod table;
mod time;
mod trace;

pub use admit::{Admission, Admitted, Door, Format, Layouts, Request, Tally};
pub use body::{BodyError, unpack};
pub use fields::base_schema;
pub use flat::Mapping;
pub use guard::{Masked, Privacy, mask_text};
pub use keys::{Key, KeyPurpose, Keys, Minter, PERSONAL_PREFIX, SUBJECT_PREFIX};
pub use kind::Kind;
pub use layout::TableLayout;
pub use limits::Limits;
pub use part::{Origin, Part};
pub use personal::{Counts, PersonalKind};
pub use rejection::{Code, Fault, Rejected, Rejection};
pub use schema::{Column, ColumnType, SOURCE_NAME_KEY, SchemaChange, TableSchema, vector_item};
pub use setting::check_time;
pub use table::{MODEL_NAME_BYTES_MAX, ModelName, TableId};
pub use time::{epoch_us, format_us, parse_us};
pub use trace::TraceContext;
