//! What a retrieval found, in whichever way a dialect tells it, as JSON.

use crate::content::gathered;
use crate::dialect::{Field, Told};
use crate::span::Span;
use crate::value::write_object;

/// Events that tell one found document each (OpenLLMetry), and how their attributes begin.
const RESULTS: [(&str, &str); 2] = [
    ("db.query.result", "db.query.result."),
    ("db.search.result", "db.search.result."),
];

/// The documents as a JSON list of objects with `id`, `score` and what else was told of them; `None`
/// if the span tells of none.
pub(crate) fn of(span: &Span<'_>, told: &Told<'_>) -> Option<String> {
    if let Some(value) = told.value(Field::Documents) {
        return Some(value.spelled().into_owned());
    }
    let spread = ["retrieval.documents.", "reranker.output_documents."];
    let mut gathered = spread
        .iter()
        .map(|prefix| gathered(&span.attributes, prefix));
    gathered
        .find_map(|documents| documents)
        .or_else(|| told_by_events(span))
}

fn told_by_events(span: &Span<'_>) -> Option<String> {
    let mut out = String::new();
    for event in &span.events {
        let Some((_, prefix)) = RESULTS.iter().find(|(name, _)| *name == event.name) else {
            continue;
        };
        out.push(if out.is_empty() { '[' } else { ',' });
        let members = event.attributes.iter();
        let named = members.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
        write_object(named, &mut out);
    }
    (!out.is_empty()).then(|| out + "]")
}
