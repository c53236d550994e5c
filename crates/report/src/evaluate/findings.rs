//! What a person should know, most important first.

use crate::document::{Check, Document, Evidence, Finding, Role, Severity, State, Verdict};
use crate::roles::Roles;

/// A kind of finding that a pipeline may be stopped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// Columns, or the data as a whole, are not what they were.
    Drift,
    /// Rows are not what they should be.
    Quality,
    /// The model became worse.
    Performance,
    /// Groups are treated differently.
    Fairness,
}

impl Document {
    /// Whether there are findings of this kind that somebody should look at.
    pub fn concerns(&self, concern: Concern) -> bool {
        let serious = self
            .findings
            .iter()
            .filter(|f| f.severity <= Severity::Warning);
        serious
            .flat_map(|f| &f.evidence)
            .any(|evidence| match evidence {
                Evidence::Column(_) | Evidence::Drift => concern == Concern::Drift,
                Evidence::Quality(_) => concern == Concern::Quality,
                Evidence::Performance(_)
                | Evidence::EstimatedPerformance(_)
                | Evidence::Calibration
                | Evidence::Slice(_) => concern == Concern::Performance,
                Evidence::Fairness { .. } => concern == Concern::Fairness,
                Evidence::Windows { family, .. } => match concern {
                    Concern::Drift => family == "drift",
                    Concern::Quality => family == "quality",
                    Concern::Performance => family.ends_with("performance"),
                    Concern::Fairness => false,
                },
                Evidence::Other(_) => false,
            })
    }
}

/// Drifted columns that are named one by one.
const NAMED: usize = 5;
/// Metrics that speak for a model, the first that is there counts.
const LEADING: [&str; 6] = ["roc_auc", "rmse", "mae", "accuracy", "f1_macro", "ndcg@10"];
/// A loss of so much of the leading metric is grave.
const GRAVE: f64 = 0.05;
/// Breaches of windows in a row that are a finding of their own.
const IN_A_ROW: usize = 3;

/// Tells all findings and what follows from them.
pub(super) fn tell(document: &mut Document, roles: &Roles) {
    let mut findings = Vec::new();
    performance(document, &mut findings);
    estimated(document, &mut findings);
    quality(document, &mut findings);
    fairness(document, &mut findings);
    drift(document, &mut findings);
    calibration(document, &mut findings);
    slices(document, &mut findings);
    windows(document, &mut findings);
    coverage(document, roles, &mut findings);
    if !findings
        .iter()
        .any(|f: &Finding| f.severity <= Severity::Warning)
    {
        findings.push(good(document));
    }
    // Of equal severity, the order above is that of importance.
    findings.sort_by_key(|finding| finding.severity);
    document.verdict = Some(verdict(&findings));
    document.findings = findings;
}

fn percent(x: f64) -> String {
    format!("{:.1} %", 100.0 * x)
}

fn short(x: f64) -> String {
    let size = x.abs();
    if size >= 100.0 {
        format!("{x:.0}")
    } else if size >= 1.0 {
        format!("{x:.2}")
    } else {
        format!("{x:.3}")
    }
}

fn performance(document: &Document, findings: &mut Vec<Finding>) {
    let Some(performance) = &document.performance else {
        return;
    };
    let worse = performance.change.iter().filter(|(_, change)| change.worse);
    let mut worse: Vec<_> = worse.collect();
    worse.sort_by_key(|(name, _)| {
        LEADING
            .iter()
            .position(|l| l == name)
            .unwrap_or(LEADING.len())
    });
    let Some((name, change)) = worse.first() else {
        let leading = LEADING
            .iter()
            .find(|name| performance.current.contains_key(**name));
        if let Some(name) = leading
            && let (Some(now), Some(before)) = (
                performance.current.get(*name),
                performance.reference.get(*name),
            )
            && let (Some(b), Some(a)) = (now.value, before.value)
        {
            findings.push(Finding {
                sentence: format!(
                    "The model is as good as it was: {name} is {} now, {} before.",
                    short(b),
                    short(a)
                ),
                severity: Severity::Good,
                evidence: vec![Evidence::Performance((*name).to_owned())],
                detail: None,
            });
        }
        return;
    };
    let value = |side: &std::collections::BTreeMap<String, crate::document::Figure>| {
        side.get(*name).and_then(|f| f.value)
    };
    let (now, before) = (value(&performance.current), value(&performance.reference));
    let difference = change.difference.value.unwrap_or(0.0);
    let relative = before
        .filter(|b| *b != 0.0)
        .map_or(difference.abs(), |b| (difference / b).abs());
    let others = worse.len() - 1;
    let more = if others > 0 {
        format!(" {others} more metrics say so too.")
    } else {
        String::new()
    };
    findings.push(Finding {
        sentence: format!(
            "The model has become worse: {name} is {} now, {} before.{more}",
            now.map_or_else(|| "unknown".to_owned(), short),
            before.map_or_else(|| "unknown".to_owned(), short),
        ),
        severity: if relative >= GRAVE {
            Severity::Critical
        } else {
            Severity::Warning
        },
        evidence: worse
            .iter()
            .map(|(name, _)| Evidence::Performance((*name).clone()))
            .collect(),
        detail: None,
    });
}

fn estimated(document: &Document, findings: &mut Vec<Finding>) {
    let (Some(estimated), None) = (&document.estimated_performance, &document.performance) else {
        return;
    };
    let worse = estimated.change.iter().filter(|(_, change)| change.worse);
    let worse: Vec<_> = worse.collect();
    let leading = worse.iter().min_by_key(|(name, _)| {
        LEADING
            .iter()
            .position(|l| l == name)
            .unwrap_or(LEADING.len())
    });
    let Some((name, _)) = leading else { return };
    let value = |side: &std::collections::BTreeMap<String, crate::document::Figure>| {
        side.get(*name).and_then(|f| f.value)
    };
    if let (Some(b), Some(a)) = (value(&estimated.current), value(&estimated.reference)) {
        findings.push(Finding {
            sentence: format!(
                "Without outcomes yet, the model is probably worse: {name} is estimated at {} now, {} before.",
                short(b),
                short(a)
            ),
            severity: Severity::Warning,
            evidence: worse.iter().map(|(name, _)| Evidence::EstimatedPerformance((*name).clone())).collect(),
            detail: Some(estimated.assumptions.join(" ")),
        });
    }
}

fn quality(document: &Document, findings: &mut Vec<Finding>) {
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
            sentence: format!(
                "{} more checks of quality are broken.",
                broken.len() - NAMED
            ),
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
        "constant" => format!("{column} is frozen: all its values are the same now."),
        _ => format!(
            "{column}: {} ({share} of rows do not comply{before}).",
            check.sentence
        ),
    }
}

fn fairness(document: &Document, findings: &mut Vec<Finding>) {
    let Some(fairness) = &document.fairness else {
        return;
    };
    for disparity in fairness.disparities.iter().filter(|d| d.breach).take(NAMED) {
        findings.push(Finding {
            sentence: format!("{}.", disparity.sentence),
            severity: Severity::Warning,
            evidence: vec![Evidence::Fairness {
                attribute: disparity.attribute.clone(),
                measure: disparity.measure.clone(),
            }],
            detail: None,
        });
    }
}

fn drift(document: &Document, findings: &mut Vec<Finding>) {
    if let Some(drift) = document.drift.as_ref().filter(|d| d.drifted) {
        findings.push(Finding {
            sentence: format!("The data are not what they were: {}.", drift.sentence),
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
        let output = |c: &crate::document::Column| c.role != Role::Output;
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
                "{} more columns have drifted: {}.",
                names.len(),
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

fn calibration(document: &Document, findings: &mut Vec<Finding>) {
    let curves = document.calibration.as_ref();
    let Some((now, before)) =
        curves.and_then(|c| Some((c.current.as_ref()?, c.reference.as_ref()?)))
    else {
        return;
    };
    let (Some(now), Some(before)) = (&now.ece, &before.ece) else {
        return;
    };
    if let (Some(low), Some(b), Some(a)) = (now.low, now.value, before.value)
        && low > a + 0.02
    {
        findings.push(Finding {
            sentence: format!(
                "Scores mean less than they did: they are off by {} on average, {} before.",
                percent(b),
                percent(a)
            ),
            severity: Severity::Warning,
            evidence: vec![Evidence::Calibration],
            detail: None,
        });
    }
}

fn slices(document: &Document, findings: &mut Vec<Finding>) {
    if let Some(slice) = document.slices.first()
        && let (Some(inside), Some(outside)) = (slice.inside.value, slice.outside.value)
    {
        findings.push(Finding {
            sentence: format!(
                "The model is worse where {}: {} is {} there and {} elsewhere ({} rows).",
                slice.description,
                slice.measure.replace('_', " "),
                short(inside),
                short(outside),
                slice.n
            ),
            severity: Severity::Notice,
            evidence: vec![Evidence::Slice(0)],
            detail: None,
        });
    }
}

/// Sustained breaches that the whole period hides.
fn windows(document: &Document, findings: &mut Vec<Finding>) {
    for name in document.bands.performance.keys() {
        let breach =
            |w: &crate::document::Window| w.performance.get(name).is_some_and(|r| r.breach);
        let runs = document.windows.chunk_by(|a, b| breach(a) == breach(b));
        let run = runs
            .filter(|run| run.len() >= IN_A_ROW && run.first().is_some_and(breach))
            .last();
        if let Some(run) = run {
            let from = run.first().and_then(|w| w.from.clone());
            let since = from.map_or_else(String::new, |from| format!(" since {from}"));
            findings.push(Finding {
                sentence: format!(
                    "{name} was worse than in the reference for {} windows in a row{since}.",
                    run.len()
                ),
                severity: Severity::Warning,
                evidence: vec![Evidence::Windows {
                    family: "performance".to_owned(),
                    name: name.clone(),
                }],
                detail: None,
            });
            return;
        }
    }
}

fn coverage(document: &Document, roles: &Roles, findings: &mut Vec<Finding>) {
    let outcomes = document
        .performance
        .as_ref()
        .and_then(|p| p.outcomes.as_ref());
    let known = outcomes.and_then(|o| o.coverage.value);
    if let Some(share) = known.filter(|share| *share < 0.95) {
        findings.push(Finding {
            sentence: format!("Only {} of the current rows have an outcome; what is told of performance is of those.", percent(share)),
            severity: Severity::Notice,
            evidence: Vec::new(),
            detail: None,
        });
    }
    if roles.outcome.is_none() && roles.task.is_some() {
        findings.push(Finding {
            sentence: "No column of outcomes was named, so performance cannot be measured."
                .to_owned(),
            severity: Severity::Notice,
            evidence: Vec::new(),
            detail: None,
        });
    }
}

fn good(document: &Document) -> Finding {
    let (_, judged) = document.drifted();
    Finding {
        sentence: format!("Nothing that matters has changed in {judged} columns."),
        severity: Severity::Good,
        evidence: vec![Evidence::Drift],
        detail: None,
    }
}

fn verdict(findings: &[Finding]) -> Verdict {
    let gravest = findings.first();
    let state = gravest.map_or(State::Fine, |f| State::of(f.severity));
    Verdict {
        state,
        sentence: gravest.map_or_else(String::new, |f| f.sentence.clone()),
    }
}
