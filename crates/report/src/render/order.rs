//! What is told first.

use crate::document::{Check, Column, Document, Drift};
use std::cmp::Ordering;

/// Columns with their place in the document: the drifted first, then those of which it cannot be told, then those
/// that are as before, each by the effect in units of its threshold; those without a verdict last.
pub(super) fn columns(document: &Document) -> Vec<(usize, &Column)> {
    let mut columns: Vec<_> = document.columns.iter().enumerate().collect();
    columns.sort_by(|(_, a), (_, b)| by_drift(a.drift.as_ref(), b.drift.as_ref()));
    columns
}

fn by_drift(a: Option<&Drift>, b: Option<&Drift>) -> Ordering {
    let class = |drift: &Drift| match (drift.drifted, drift.undecided) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    };
    let key = |drift: Option<&Drift>| drift.map_or((3, 0.0), |d| (class(d), -d.strength()));
    let ((a_class, a), (b_class, b)) = (key(a), key(b));
    a_class.cmp(&b_class).then(a.total_cmp(&b))
}

/// Columns of which either side lacks values, with both shares; the largest change first.
pub(super) fn missing(document: &Document) -> Vec<(usize, &Column, Option<f64>, f64)> {
    let lacking = |(at, column): (usize, &'_ Column)| {
        let (before, now) = (column.reference.missing(), column.current.missing()?);
        (now > 0.0 || before.is_some_and(|share| share > 0.0)).then_some((at, before, now))
    };
    let mut missing: Vec<_> = document
        .columns
        .iter()
        .enumerate()
        .filter_map(|(at, column)| {
            lacking((at, column)).map(|(at, before, now)| (at, column, before, now))
        })
        .collect();
    let change = |before: Option<f64>, now: f64| (now - before.unwrap_or(0.0)).abs();
    missing.sort_by(|a, b| change(b.2, b.3).total_cmp(&change(a.2, a.3)));
    missing
}

/// Checks: breaches first, gravest first.
pub(super) fn checks(document: &Document) -> Vec<&Check> {
    let checks = document.quality.iter().flat_map(|quality| &quality.checks);
    let mut checks: Vec<_> = checks.collect();
    checks.sort_by_key(|check| (!check.breach, check.severity));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Quality, Severity, Summary};

    fn column(name: &str, drift: Option<(bool, f64)>, nulls: (u64, u64)) -> Column {
        let summary = |nulls| Summary {
            count: 100,
            nulls,
            ..Summary::default()
        };
        Column {
            name: name.into(),
            drift: drift.map(|(drifted, effect)| Drift {
                drifted,
                effect: Some(effect),
                threshold: Some(0.1),
                ..Drift::default()
            }),
            reference: summary(nulls.0),
            current: summary(nulls.1),
            ..Column::default()
        }
    }

    #[test]
    fn the_strongest_drift_and_the_largest_gap_come_first() {
        let document = Document {
            columns: vec![
                column("calm", Some((false, 0.01)), (0, 0)),
                column("unjudged", None, (5, 5)),
                column("strong", Some((true, 0.5)), (10, 0)),
                column("near", Some((false, 0.09)), (0, 40)),
                column("weak", Some((true, 0.12)), (0, 0)),
            ],
            ..Document::default()
        };
        let mut document = document;
        let mut open = column("open", Some((false, 0.02)), (0, 0));
        open.drift.get_or_insert_default().undecided = true;
        document.columns.push(open);
        let names: Vec<_> = columns(&document)
            .iter()
            .map(|(_, c)| c.name.as_str())
            .collect();
        assert_eq!(
            names,
            ["strong", "weak", "open", "near", "calm", "unjudged"]
        );
        let names: Vec<_> = missing(&document)
            .iter()
            .map(|(_, c, ..)| c.name.as_str())
            .collect();
        assert_eq!(names, ["near", "strong", "unjudged"]);
    }

    #[test]
    fn breaches_come_first_and_the_gravest_of_them() {
        let check = |name: &str, breach, severity| Check {
            name: name.into(),
            breach,
            severity,
            ..Check::default()
        };
        let document = Document {
            quality: Some(Quality {
                checks: vec![
                    check("held", false, Severity::Critical),
                    check("loose", true, Severity::Notice),
                    check("grave", true, Severity::Critical),
                ],
            }),
            ..Document::default()
        };
        let names: Vec<_> = checks(&document).iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["grave", "loose", "held"]);
    }
}
