//! Every method and threshold that was used.

use super::super::{name, number, wording};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Document, Method};

/// The table.
pub(super) fn section(m: &mut Markup, document: &Document) {
    if document.methods.is_empty() {
        return;
    }
    super::section(m, "methods", "Methods", |m| {
        m.leaf(
            "p",
            &[("class", &"lead")],
            "Intervals are of 95 % unless the method says otherwise. The same rows and the same choices give the \
             same figures.",
        );
        let heads: &[Head] = &[
            ("Method", ""),
            ("What it computes", ""),
            ("Threshold", "num"),
            ("Chosen", "wide"),
        ];
        table::table(
            m,
            "methods",
            "Methods, thresholds and everything that was chosen",
            heads,
            |m| {
                for method in &document.methods {
                    table::row(m, "", |m| row(m, method));
                }
            },
        );
    });
}

fn row(m: &mut Markup, method: &Method) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.leaf("bdi", &[], wording::method(&method.name));
        m.text(" ");
        m.leaf("small", &[], wording::section(&method.area));
    });
    m.inside("td", &[], |m| {
        m.text(&method.definition);
        if let Some(source) = &method.source {
            m.text(" ");
            m.leaf("small", &[], source);
        }
    });
    table::cell(
        m,
        "num",
        method.threshold.map_or("–".to_owned(), number::plain),
    );
    let chosen: Vec<String> = method
        .parameters
        .iter()
        .map(|(key, value)| format!("{key} {}", told(value)))
        .collect();
    table::cell(m, "wide", chosen.join(", "));
}

fn told(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => name::short(text, 60).into_owned(),
        other => name::short(&other.to_string(), 60).into_owned(),
    }
}
