//! Findings about a model's data and predictions, and how they are shown.
//!
//! What it refuses to know: files, clocks, sockets.

mod error;
mod roles;
mod table;
mod values;
mod windows;

pub use error::{Error, Result};
pub use roles::Role;
pub use table::{Field, Kind, Table};
