//! Findings about a model's data and predictions, and how they are shown.
//!
//! [`evaluate()`] reads two [`Table`]s a column at a time and makes a [`Document`]: what `candor report` tells, as
//! plain data that is also its JSON. [`render`] shows it to people as a page, as Markdown or as text for a
//! terminal.
//!
//! What it refuses to know: files, clocks, sockets.

mod error;
mod evaluate;
mod roles;
mod table;
mod values;
mod windows;

pub mod document;
pub mod render;

pub use document::Document;
pub use error::{Error, Result};
pub use evaluate::{Concern, Options, Progress, Request, Section, evaluate};
pub use table::{Field, Kind, Table};
