//! A [`Document`] for people: as a page, as Markdown for a pull request, as text for a terminal.
//!
//! Names and texts of a document are hostile input. Every form escapes them in its own way, and none lets
//! through what reorders or controls the text around it.

mod gap;
mod html;
mod markdown;
mod measure;
mod moment;
mod name;
mod number;
mod order;
mod terminal;
mod wording;

use crate::document::Document;

/// One HTML file that needs nothing else: no network, no fonts, no scripts to be read (one adds sorting, a
/// filter and a switch of colours). Opens offline, light and dark, and prints.
pub fn html(document: &Document) -> String {
    html::page(document)
}

/// Short Markdown for a pull request: findings, the figures, the rest folded.
pub fn markdown(document: &Document) -> String {
    markdown::text(document)
}

/// Text for a terminal, at most 100 columns wide, without colours.
pub fn terminal(document: &Document) -> String {
    terminal::text(document)
}

/// The document's JSON, indented.
///
/// # Errors
/// None that a document can cause; what the encoder says otherwise.
pub fn json(document: &Document) -> serde_json::Result<String> {
    serde_json::to_string_pretty(document)
}
