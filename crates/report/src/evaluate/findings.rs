//! What a person should know, most important first.

use crate::document::{Check, Document, Evidence, Figure, Finding, Role, Severity, State, Verdict};
use crate::roles::Roles;
use std::collections::BTreeMap;

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

/// A metric's name for people.
fn title(name: &str) -> String {
    let known = candor_stats::performance::metric(name);
    known.map_or_else(|| name.replace('_', " "), |m| m.title.to_owned())
}

/// The metric that speaks for the model, if it is there.
fn leading(figures: &BTreeMap<String, Figure>) -> Option<&'static str> {
    let known = |name: &&'static str| figures.get(*name).is_some_and(|f| f.value.is_some());
    LEADING.into_iter().find(|name| known(name))
}

/// Both values of a metric in words.
fn both(name: &str, now: &BTreeMap<String, Figure>, before: &BTreeMap<String, Figure>) -> String {
    let told = |side: &BTreeMap<String, Figure>| {
        let value = side.get(name).and_then(|f| f.value);
        value.map_or_else(|| "unknown".to_owned(), short)
    };
    format!(
        "{} is {} now, {} before",
        title(name),
        told(now),
        told(before)
    )
}

fn performance(document: &Document, findings: &mut Vec<Finding>) {
    let Some(performance) = &document.performance else {
        return;
    };
    let (now, before) = (&performance.current, &performance.reference);
    let Some(lead) = leading(now) else { return };
    let is_worse = |name: &str| performance.change.get(name).is_some_and(|c| c.worse);
    let worse: Vec<&String> = performance
        .change
        .keys()
        .filter(|name| is_worse(name))
        .collect();
    let evidence = worse
        .iter()
        .map(|name| Evidence::Performance((*name).clone()));
    let (sentence, severity) = if is_worse(lead) {
        let others = worse.len() - 1;
        let more = match others {
            0 => String::new(),
            1 => " One more metric says so.".to_owned(),
            n => format!(" {n} more metrics say so."),
        };
        let value = |side: &BTreeMap<String, Figure>| side.get(lead).and_then(|f| f.value);
        let grave = value(now)
            .zip(value(before))
            .is_some_and(|(b, a)| (b - a).abs() >= GRAVE * a.abs());
        let sentence = format!(
            "The model has become worse: {}.{more}",
            both(lead, now, before)
        );
        (
            sentence,
            if grave {
                Severity::Critical
            } else {
                Severity::Warning
            },
        )
    } else if let Some(first) = worse.first() {
        let sentence = format!(
            "{}, which is no worse, but {}.",
            both(lead, now, before),
            both(first, now, before)
        );
        (sentence, Severity::Notice)
    } else {
        let sentence = format!(
            "The model is as good as it was: {}.",
            both(lead, now, before)
        );
        (sentence, Severity::Good)
    };
    let mut evidence: Vec<Evidence> = evidence.collect();
    if !is_worse(lead) {
        evidence.insert(0, Evidence::Performance(lead.to_owned()));
    }
    findings.push(Finding {
        sentence,
        severity,
        evidence,
        detail: None,
    });
}

fn estimated(document: &Document, findings: &mut Vec<Finding>) {
    let (Some(estimated), None) = (&document.estimated_performance, &document.performance) else {
        return;
    };
    let Some(lead) = leading(&estimated.current) else {
        return;
    };
    if !estimated.change.get(lead).is_some_and(|c| c.worse) {
        return;
    }
    let told = both(lead, &estimated.current, &estimated.reference);
    let worse = estimated.change.iter().filter(|(_, change)| change.worse);
    findings.push(Finding {
        sentence: format!(
            "Outcomes are not known yet, but the model is probably worse: by estimate, {told}."
        ),
        severity: Severity::Warning,
        evidence: worse
            .map(|(name, _)| Evidence::EstimatedPerformance(name.clone()))
            .collect(),
        detail: Some(estimated.assumptions.join(" ")),
    });
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
        "type" => format!("{share} of {column} cannot be read as what it should be{before}."),
        "unique" => format!("{share} of rows have the {column} of an earlier row{before}."),
        "duplicates" => {
            format!("{share} of rows are equal to an earlier one in every column{before}.")
        }
        "known" => format!("{share} of {column} is no known key{before}."),
        "derived" => format!("{share} of {column} is not what it is derived from{before}."),
        "freshness" => format!("The data are stale: {}.", lower(&check.sentence)),
        "volume" => format!("{share} of windows have an unusual number of rows."),
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
        let mut runs = document.windows.chunk_by(|a, b| breach(a) == breach(b));
        let run = runs.rfind(|run| run.len() >= IN_A_ROW && run.first().is_some_and(breach));
        if let Some(run) = run {
            let from = run.first().and_then(|w| w.from.clone());
            let since = from.map_or_else(String::new, |from| format!(" since {}", moment(&from)));
            findings.push(Finding {
                sentence: format!(
                    "{} was worse than in the reference for {} windows in a row{since}.",
                    title(name),
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

/// An instant without what says nothing.
fn moment(time: &str) -> String {
    let day = time
        .strip_suffix("T00:00:00.000000Z")
        .or_else(|| time.strip_suffix("T00:00:00Z"));
    day.map_or_else(|| time.replace(".000000Z", "Z"), str::to_owned)
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
    let columns = if judged == 1 { "column" } else { "columns" };
    Finding {
        sentence: format!("Nothing that matters has changed in {judged} {columns}."),
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
