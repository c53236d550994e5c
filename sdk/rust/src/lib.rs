//! Client for a Candor server: telemetry out, answers in, over HTTP, blocking.
//!
//! Enter through [`Client`]. A refusal is an [`Error`] with the server's stable code, sentence and
//! hint. Requests that the server turned away because it was full are sent again as [`Retry`] says;
//! that is safe, since nothing of them was stored and ids are deduplicated.
//!
//! This room knows the HTTP API and nothing of the server behind it. It keeps no threads, no queue
//! and no state on disk.

mod client;
mod endpoint;
mod error;
mod reply;
mod retry;
mod tail;

pub use client::{AlertChoice, Answer, Client, Encoding, SendBatch};
pub use endpoint::Endpoint;
pub use error::{Error, Refusal, Result};
pub use reply::{MintedId, Page, RejectedRow, Reply, SpecChange, SqlAnswer, SqlColumn};
pub use retry::Retry;
pub use tail::{Message, Tail};
