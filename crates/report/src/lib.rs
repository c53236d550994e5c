//! Findings about a model's data and predictions, and how they are shown.
//!
//! [`document`] is what `candor report` tells, as plain data that is also its JSON; [`render`] shows it to
//! people as a page, as Markdown or as text for a terminal.
//!
//! What it refuses to know: files, clocks, sockets.

pub mod document;
pub mod render;
