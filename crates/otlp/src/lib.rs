//! OpenTelemetry traces in.
//!
//! Bytes of exports go in ([`Decoder`]), protocol buffers or OTLP's JSON; columns of the table of spans
//! come out, and with them the predictions that spans of GenAI tell: each answer of a model is one of
//! its predictions. Whatever dialect a span was written in, the columns are the same.
//!
//! This room has no IO, no clock, no randomness and no async. It knows neither doors nor storage:
//! what may be kept, what time it is and what tokens cost are parameters.

mod content;
mod decoder;
mod dialect;
mod documents;
mod json;
mod model;
mod predictions;
mod prices;
mod reply;
mod rules;
mod sheet;
mod span;
mod spans;
mod understood;
mod value;
mod wire;

pub use decoder::{Columns, Decoded, Decoder, Refused};
pub use prices::{Prices, PricesError};
pub use reply::{Partial, StatusCode, accepted, status};
pub use rules::{Form, Rules};

#[cfg(test)]
mod tests;
