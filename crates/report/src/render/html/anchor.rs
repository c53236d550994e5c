//! Where on the page the figures of a finding stand.

use super::super::{measure, name, order};
use crate::document::{Document, Evidence};

/// The target of a link and its words; `None` if the document lacks what the key names.
pub(super) fn of(document: &Document, evidence: &Evidence) -> Option<(String, String)> {
    let known = |there: bool, id: &str, words: String| there.then(|| (format!("#{id}"), words));
    match evidence {
        Evidence::Column(column) => {
            let (at, column) = document.column(column)?;
            Some((
                format!("#{}", column_id(at)),
                name::short(&column.name, 40).into_owned(),
            ))
        }
        Evidence::Drift => known(
            !document.columns.is_empty(),
            "drift",
            "drift by column".into(),
        ),
        Evidence::Quality(check) => {
            let checks = order::checks(document);
            let at = checks.iter().position(|c| c.name == *check)?;
            Some((
                format!("#{}", check_id(at)),
                name::short(check, 40).into_owned(),
            ))
        }
        Evidence::Performance(metric) => known(
            document.performance.is_some(),
            "performance",
            measure::of(metric).label,
        ),
        Evidence::EstimatedPerformance(metric) => {
            let words = format!("{}, estimated", measure::of(metric).label);
            known(document.estimated_performance.is_some(), "estimated", words)
        }
        Evidence::Calibration => known(
            document.calibration.is_some(),
            "calibration",
            "calibration".into(),
        ),
        Evidence::Fairness { attribute, measure } => {
            let words = format!(
                "{} by {}",
                measure::of(measure).label,
                name::short(attribute, 30)
            );
            known(document.fairness.is_some(), "fairness", words)
        }
        Evidence::Slice(at) => {
            let slice = document.slices.get(*at)?;
            Some((
                format!("#{}", slice_id(*at)),
                name::short(&slice.description, 60).into_owned(),
            ))
        }
        Evidence::Windows { family, name } => windows(document, family, name),
        Evidence::Other(_) => None,
    }
}

fn windows(document: &Document, family: &str, name: &str) -> Option<(String, String)> {
    if document.windows.is_empty() {
        return None;
    }
    let over = |words: &str| format!("{words} over time");
    match family {
        "drift" => {
            let (_, words) = of(document, &Evidence::Column(name.to_owned()))?;
            Some(("#drift".to_owned(), over(&words)))
        }
        "quality" => {
            let (target, words) = of(document, &Evidence::Quality(name.to_owned()))?;
            Some((target, over(&words)))
        }
        _ => Some(("#windows".to_owned(), over(&measure::of(name).label))),
    }
}

/// Of a column, by its place in the document.
pub(super) fn column_id(at: usize) -> String {
    format!("column-{at}")
}

/// Of a check, by its place on the page.
pub(super) fn check_id(at: usize) -> String {
    format!("check-{at}")
}

/// Of a slice, by its place in the document.
pub(super) fn slice_id(at: usize) -> String {
    format!("slice-{at}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Column, Slice};

    #[test]
    fn what_the_document_lacks_has_no_link() {
        let document = Document {
            columns: vec![Column {
                name: "a/b".into(),
                ..Column::default()
            }],
            slices: vec![Slice {
                description: "x = 1".into(),
                ..Slice::default()
            }],
            ..Document::default()
        };
        let target = |key: &str| of(&document, &Evidence::of(key)).map(|(target, _)| target);
        for (key, expect) in [
            ("columns/a~1b", Some("#column-0")),
            ("columns/c", None),
            ("drift", Some("#drift")),
            ("slices/0", Some("#slice-0")),
            ("slices/1", None),
            ("calibration", None),
            ("performance/recall", None),
            ("windows/performance/recall", None),
            ("later", None),
        ] {
            assert_eq!(target(key).as_deref(), expect, "{key}");
        }
    }
}
