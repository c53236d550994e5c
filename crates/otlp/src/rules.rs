//! What exports are read by.

use crate::prices::Prices;
use candor_contract::{Limits, ModelName};

/// How an export is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Protocol buffers.
    Protobuf,
    /// OTLP's JSON.
    Json,
}

/// What spans are taken by.
pub struct Rules<'a> {
    /// Bounds on rows: their size, their nesting, their number, how old they may be.
    pub limits: &'a Limits,
    /// The time of arrival, in microseconds.
    pub now_us: i64,
    /// Whether the content of calls of a model may be kept, or of spans that call none.
    pub keeps_content: &'a dyn Fn(Option<&ModelName>) -> bool,
    /// What tokens cost where the sender does not say what was paid.
    pub prices: &'a Prices,
}
