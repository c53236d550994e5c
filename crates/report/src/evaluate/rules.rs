//! Rules that the spec declares as expressions: what must hold in each row, and how a column is derived.

use super::checks;
use super::column::Sides;
use crate::document::{Check as Told, Severity};
use crate::error::{Error, Result};
use crate::table::{Table, place};
use arrow::array::{Array, ArrayRef};
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use candor_contract::spec::CheckSeverity;
use candor_stats::quality::{self, Check, Counted, Label, Rule};

/// Examples of a check.
const EXAMPLES: usize = 5;
/// How near a derived number must be: absolutely, and as part of what it should be.
const NEAR: (f64, f64) = (1e-9, 1e-6);

/// The checks of all rules.
pub(super) fn look(sides: &Sides<'_>) -> Result<Vec<Told>> {
    let mut made = Vec::new();
    for check in &sides.request.spec.checks {
        let severity = match check.severity {
            Some(CheckSeverity::Notice) => quality::Severity::Info,
            Some(CheckSeverity::Critical) => quality::Severity::Critical,
            None | Some(CheckSeverity::Warning) => quality::Severity::Warning,
        };
        let label = Label {
            name: check.name.clone(),
            severity,
        };
        let tolerated = check.tolerated.unwrap_or(0.0);
        let of = |table: &dyn Table| holding(table, &check.name, &check.holds);
        let now = of(sides.request.current)?;
        // A reference may lack a column that the rule is about.
        let before = of(sides.request.reference).ok();
        let sentence = format!("In every row {}", check.holds);
        made.push(told(
            label,
            tolerated,
            (before, now),
            "rule",
            None,
            sentence,
        ));
    }
    for (column, feature) in &sides.request.spec.features {
        let Some(expression) = &feature.derived else {
            continue;
        };
        let label = Label {
            name: format!("{column}.derived"),
            severity: quality::Severity::Warning,
        };
        let of = |table: &dyn Table| derived(table, column, expression);
        let now = of(sides.request.current)?;
        let before = of(sides.request.reference).ok();
        let sentence = format!("{column} is {expression}");
        let sides = (before, now);
        made.push(told(label, 0.0, sides, "derived", Some(column), sentence));
    }
    Ok(made)
}

fn told(
    label: Label,
    tolerated: f64,
    (before, now): (Option<Counted>, Counted),
    kind: &str,
    column: Option<&str>,
    sentence: String,
) -> Told {
    let check = Check {
        label,
        rule: Rule::Holds,
        tolerated,
    };
    let finding = check.judge(&now, before.as_ref());
    let breach = finding.holds == Some(false);
    let mut told = checks::told(&finding, kind, column, sentence, breach);
    if !breach && told.severity < Severity::Notice && now.failed > 0 {
        told.severity = Severity::Notice;
    }
    told
}

/// Rows in which an expression holds.
fn holding(table: &dyn Table, name: &str, expression: &str) -> Result<Counted> {
    let mut counted = Counted::default();
    let mut row = 0;
    for part in table.express(expression)? {
        let flags = cast(&part, &DataType::Boolean).map_err(|_| Error::Spec {
            what: format!(
                "the check {name} must be true or false in each row, but `{expression}` is of the type {}",
                part.data_type()
            ),
        })?;
        take(&mut counted, &Rule::Holds, &flags, row)?;
        row += part.len();
    }
    Ok(counted)
}

/// Rows in which a column is what an expression makes of others.
fn derived(table: &dyn Table, column: &str, expression: &str) -> Result<Counted> {
    let at = place(table, column).ok_or_else(|| Error::Spec {
        what: format!("the data have no column {column}, which should be `{expression}`"),
    })?;
    let (values, expected) = (table.read(at)?, table.express(expression)?);
    let alike = values.len() == expected.len()
        && values
            .iter()
            .zip(&expected)
            .all(|(a, b)| a.len() == b.len());
    let (values, expected) = if alike {
        (values, expected)
    } else {
        (whole(&values, column)?, whole(&expected, column)?)
    };
    let mut counted = Counted::default();
    let mut row = 0;
    for (part, expected) in values.iter().zip(expected) {
        let rule = Rule::Equals {
            expected,
            absolute: NEAR.0,
            relative: NEAR.1,
        };
        take(&mut counted, &rule, part, row)?;
        row += part.len();
    }
    Ok(counted)
}

fn whole(parts: &[ArrayRef], column: &str) -> Result<Vec<ArrayRef>> {
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    let whole = concat(&parts).map_err(|e| Error::Read {
        column: column.to_owned(),
        what: e.to_string(),
    })?;
    Ok(vec![whole])
}

/// Adds a part's rows, the first of which is `row`.
fn take(counted: &mut Counted, rule: &Rule, part: &ArrayRef, row: usize) -> Result<()> {
    let check = Check {
        label: Label {
            name: String::new(),
            severity: quality::Severity::Warning,
        },
        rule: rule.clone(),
        tolerated: 0.0,
    };
    let found = check.run(part).map_err(|e| Error::Spec {
        what: e.to_string(),
    })?;
    counted.failed += found.failed;
    counted.known += found.failing.n;
    counted.unknown += found.unknown;
    let room = EXAMPLES.saturating_sub(counted.values.len());
    let rows = found.examples.into_iter().take(room);
    let rows = rows.map(|own| format!("row {}", row + own));
    counted.values.extend(rows);
    Ok(())
}
