//! Findings on the data: their quality, their drift, and what so few rows cannot tell.

use super::NAMED;
use crate::document::{
    Check, Column, Document, Drift, Evidence, Finding, JointDrift, Role, Severity,
};
use crate::evaluate::wording::{counted, percent};

/// Broken checks.
pub(super) fn quality(document: &Document, findings: &mut Vec<Finding>) {
    let Some(quality) = &document.quality else {
        return;
    };
    let broken: Vec<&Check> = quality.checks.iter().filter(|c| c.breach).collect();
    for check in broken.iter().take(NAMED) {
        findings.push(Finding {
            sentence: broken_sentence(check),
            severity: check.severity,
            evidence: vec![Evidence::Quality(check.name.clone())],
            detail: (!check.examples.is_empty())
                .then(|| format!("For example: {}.", check.examples.join(", "))),
        });
    }
    if broken.len() > NAMED {
        findings.push(Finding {
            sentence: match broken.len() - NAMED {
                1 => "1 more check of quality is broken.".to_owned(),
                n => format!("{n} more checks of quality are broken."),
            },
            severity: Severity::Warning,
            evidence: broken
                .iter()
                .skip(NAMED)
                .map(|c| Evidence::Quality(c.name.clone()))
                .collect(),
            detail: None,
        });
    }
}

/// Has every broken check say what is so instead of what should be.
pub(super) fn state_facts(document: &mut Document) {
    let checks = document.quality.iter_mut().flat_map(|q| &mut q.checks);
    for check in checks.filter(|c| c.breach && !matches!(c.kind.as_str(), "freshness" | "volume")) {
        let said = broken_sentence(check);
        check.sentence = said.strip_suffix('.').unwrap_or(&said).to_owned();
    }
}

fn broken_sentence(check: &Check) -> String {
    let column = check.column.as_deref().unwrap_or("The data");
    let share = check
        .failing
        .value
        .map_or_else(|| "some".to_owned(), percent);
    let before = check
        .reference
        .map_or_else(String::new, |x| format!(", {} before", percent(x)));
    match check.kind.as_str() {
        "completeness" if check.severity == Severity::Critical => {
            format!("{column} is gone from the current data.")
        }
        "completeness" => format!("{share} of {column} is missing{before}."),
        "range" => format!("{share} of {column} is out of range{before}."),
        "allowed" => format!("{share} of {column} is none of the allowed values{before}."),
        "unseen" => format!("{share} of {column} is a value that was never seen before."),
        "finite" => format!("{share} of {column} is infinite{before}."),
        "constant" => {
            format!("{column} is frozen: all its values are the same now, and varied before.")
        }
        "type" => format!("{share} of {column} cannot be read as what it should be{before}."),
        "unique" => format!("{share} of rows have the {column} of an earlier row{before}."),
        "duplicates" => {
            format!("{share} of rows are equal to an earlier one in every column{before}.")
        }
        "known" => format!("{share} of {column} is no known key{before}."),
        "derived" => format!("{share} of {column} is not what it is derived from{before}."),
        "freshness" => format!("The data are stale: {}.", lower(&check.sentence)),
        "volume" => format!("{}.", check.sentence),
        "rule" => format!("{share} of rows break the rule “{}”{before}.", check.name),
        _ => format!(
            "{column}: {} ({share} of rows do not comply{before}).",
            check.sentence
        ),
    }
}

/// A sentence that goes on.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Columns that drifted, and what looks at several of them.
pub(super) fn drift(document: &Document, findings: &mut Vec<Finding>) {
    if let Some(drift) = document.drift.as_ref().filter(|d| d.drifted) {
        findings.push(Finding {
            sentence: format!("The data are not what they were: {}.", drift.sentence),
            severity: Severity::Warning,
            evidence: vec![Evidence::Drift],
            detail: None,
        });
    }
    let joint = document.drift.iter().flat_map(|d| &d.joint);
    let named = ["text_domain", "embedding_domain"];
    for one in joint.filter(|j| j.drifted && named.contains(&j.method.as_str())) {
        findings.push(Finding {
            sentence: format!("{}.", one.sentence),
            severity: Severity::Warning,
            evidence: vec![Evidence::Drift],
            detail: None,
        });
    }
    let drifted = document
        .columns
        .iter()
        .filter_map(|c| Some((c, c.drift.as_ref()?)));
    let mut drifted: Vec<_> = drifted.filter(|(_, drift)| drift.drifted).collect();
    drifted.sort_by(|a, b| {
        let output = |c: &Column| c.role != Role::Output;
        output(a.0)
            .cmp(&output(b.0))
            .then_with(|| b.1.strength().total_cmp(&a.1.strength()))
    });
    for (column, drift) in drifted.iter().take(NAMED) {
        findings.push(Finding {
            sentence: format!("{}.", drift.sentence),
            severity: Severity::Warning,
            evidence: vec![Evidence::Column(column.name.clone())],
            detail: None,
        });
    }
    if drifted.len() > NAMED {
        let names: Vec<&str> = drifted
            .iter()
            .skip(NAMED)
            .map(|(c, _)| c.name.as_str())
            .collect();
        findings.push(Finding {
            sentence: format!(
                "{} drifted: {}.",
                match names.len() {
                    1 => "1 more column has".to_owned(),
                    n => format!("{n} more columns have"),
                },
                names.join(", ")
            ),
            severity: Severity::Notice,
            evidence: names
                .iter()
                .map(|name| Evidence::Column((*name).to_owned()))
                .collect(),
            detail: None,
        });
    }
}

/// What so few rows cannot tell.
pub(super) fn undecided(document: &Document, findings: &mut Vec<Finding>) {
    let columns: Vec<&str> = open_columns(document)
        .map(|(c, _)| c.name.as_str())
        .collect();
    if let ([name], Some((_, drift))) = (columns.as_slice(), open_columns(document).next()) {
        findings.push(Finding {
            sentence: format!("{}.", drift.sentence),
            severity: Severity::Notice,
            evidence: vec![Evidence::Column((*name).to_owned())],
            detail: None,
        });
    } else if !columns.is_empty() {
        let named = columns.iter().take(NAMED).copied();
        let mut named = named.collect::<Vec<_>>().join(", ");
        if columns.len() > NAMED {
            named += &format!(" and {} more", columns.len() - NAMED);
        }
        findings.push(Finding {
            sentence: format!(
                "{named} look different, but {} and {} before cannot tell it from chance.",
                counted(document.current.rows as usize, "row", "rows"),
                document.reference.rows
            ),
            severity: Severity::Notice,
            evidence: columns
                .iter()
                .map(|name| Evidence::Column((*name).to_owned()))
                .collect(),
            detail: None,
        });
    }
    for one in open_joint(document) {
        findings.push(Finding {
            sentence: format!("{}.", one.sentence),
            severity: Severity::Notice,
            evidence: vec![Evidence::Drift],
            detail: None,
        });
    }
}

fn open_columns(document: &Document) -> impl Iterator<Item = (&Column, &Drift)> {
    let judged = document
        .columns
        .iter()
        .filter_map(|c| Some((c, c.drift.as_ref()?)));
    judged.filter(|(_, drift)| drift.undecided)
}

fn open_joint(document: &Document) -> impl Iterator<Item = &JointDrift> {
    let joint = document.drift.iter().flat_map(|drift| &drift.joint);
    joint.filter(|one| one.undecided)
}

/// Of fewer rows a side, a classifier that cannot tell leaves the verdict open.
const FEW_ROWS: u64 = 1_000;
/// The share of columns that are open from which on the verdict is.
const OPEN_MAX: f64 = 0.3;

/// Why nothing can be said of the data as a whole, where too much is open.
pub(super) fn too_few(document: &Document) -> Option<String> {
    let (now, before) = (document.current.rows, document.reference.rows);
    let (_, judged) = document.drifted();
    let open = open_columns(document).count();
    let output = open_columns(document).any(|(column, _)| column.role == Role::Output);
    let joint = now.min(before) < FEW_ROWS && open_joint(document).next().is_some();
    let much = open as f64 > OPEN_MAX * judged as f64;
    (output || joint || much).then(|| {
        format!(
            "So few rows cannot tell whether anything has changed: there are {now} now, and there were {before} before."
        )
    })
}

/// That nothing was found.
pub(super) fn good(document: &Document) -> Finding {
    let (_, judged) = document.drifted();
    let columns = if judged == 1 { "column" } else { "columns" };
    let but = match open_columns(document).count() {
        0 => String::new(),
        open => {
            let rows = match (document.current.rows, document.reference.rows) {
                (now, before) if now == before => format!("{now} rows"),
                (now, before) => format!("{now} rows and {before} before"),
            };
            format!(" as far as {rows} can tell; {open} cannot be told")
        }
    };
    Finding {
        sentence: format!("Nothing that matters has changed in {judged} {columns}{but}."),
        severity: Severity::Good,
        evidence: vec![Evidence::Drift],
        detail: None,
    }
}
