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

use crate::document::{Document, Figure};

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

/// Two figures of a metric for a sentence: with the unit and the decimals that the tables give them side by side.
pub(crate) fn beside(metric: &str, sides: [&Figure; 2]) -> [String; 2] {
    let (told, _) = wording::figures(sides.map(Some), &measure::of(metric));
    told.map(|(value, _)| bare(&value))
}

/// Two numbers of a column for a sentence, with as many decimals as its summary has.
pub(crate) fn alike(values: [f64; 2], spread: f64) -> [String; 2] {
    let told = number::alike(&values.map(Some), spread);
    let mut told = told.iter().map(|value| bare(value));
    values.map(|_| told.next().unwrap_or_default())
}

/// Without groups of digits and with the plain minus: so numbers stand in the sentences of a document, which
/// each form writes as it writes others.
fn bare(number: &str) -> String {
    let mut out = String::with_capacity(number.len());
    let mut letters = number.chars().peekable();
    while let Some(c) = letters.next() {
        let groups = out.ends_with(|c: char| c.is_ascii_digit())
            && letters.peek().is_some_and(char::is_ascii_digit);
        match c {
            number::THIN if groups => {}
            number::THIN => out.push(' '),
            '−' => out.push('-'),
            c => out.push(c),
        }
    }
    out
}

/// The document's JSON, indented.
///
/// # Errors
/// None that a document can cause; what the encoder says otherwise.
pub fn json(document: &Document) -> serde_json::Result<String> {
    serde_json::to_string_pretty(document)
}
