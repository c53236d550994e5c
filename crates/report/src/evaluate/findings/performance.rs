//! Findings on the model: by outcomes, without them, and where the two disagree.

use super::GRAVE;
use super::IN_A_ROW;
use crate::document::{Change, CurveBin, Document, Evidence, Figure, Finding, Severity, Window};
use crate::evaluate::wording::{amid, capital, percent, points_of};
use crate::render;
use crate::roles::Roles;
use candor_contract::spec::Task;
use std::collections::BTreeMap;

/// Metrics that speak for a model, the first that is there counts.
const LEADING: [&str; 6] = ["roc_auc", "mae", "rmse", "accuracy", "f1_macro", "ndcg@10"];
/// Metrics that say the same as another, turned round.
const COMPLEMENTS: [(&str, &str); 2] = [("fnr", "recall"), ("fpr", "specificity")];

/// The part of a mean gap of scores that must have one sign to be told.
const MOSTLY: f64 = 0.5;

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

/// Both values of a metric in words that go on.
fn both(name: &str, now: &BTreeMap<String, Figure>, before: &BTreeMap<String, Figure>) -> String {
    let none = Figure::default();
    let sides = [now, before].map(|side| side.get(name).unwrap_or(&none));
    let [now, before] = told(name, sides);
    format!("{} is {now} now, {before} before", amid(&title(name)))
}

/// Two figures of a metric as the tables write them.
fn told(name: &str, sides: [&Figure; 2]) -> [String; 2] {
    let known = sides.map(|side| side.value.is_some());
    let [first, second] = render::beside(name, sides);
    let or_unknown = |told: String, known: bool| if known { told } else { "unknown".to_owned() };
    [or_unknown(first, known[0]), or_unknown(second, known[1])]
}

/// The names of the changes that say something, each thing once, the leading metric first.
fn said(
    change: &BTreeMap<String, Change>,
    lead: &str,
    says: impl Fn(&Change) -> bool,
) -> Vec<String> {
    let says = |name: &str| change.get(name).is_some_and(&says);
    let again = |name: &str| {
        let pairs = COMPLEMENTS.iter();
        pairs
            .filter(|(this, _)| *this == name)
            .any(|(_, other)| says(other))
    };
    let names = change.keys().filter(|name| says(name) && !again(name));
    let mut names: Vec<String> = names.cloned().collect();
    let rank = |name: &String| {
        let place = LEADING.iter().position(|other| other == name);
        (name != lead, place.unwrap_or(LEADING.len()))
    };
    names.sort_by_key(rank);
    names
}

/// How good the model is by outcomes.
pub(super) fn performance(document: &Document, findings: &mut Vec<Finding>) {
    let Some(performance) = &document.performance else {
        return;
    };
    let (now, before) = (&performance.current, &performance.reference);
    let Some(lead) = leading(now) else { return };
    let worse = said(&performance.change, lead, |c| c.worse);
    let better = performance.change.get(lead).is_some_and(|c| c.better);
    let told = both(lead, now, before);
    let (sentence, severity) = if worse.first().is_some_and(|name| name == lead) {
        let more = match worse.len() - 1 {
            0 => String::new(),
            1 => " One more metric says so.".to_owned(),
            n => format!(" {n} more metrics say so."),
        };
        let value = |side: &BTreeMap<String, Figure>| side.get(lead).and_then(|f| f.value);
        let sides = value(now).zip(value(before));
        let grave = sides.is_some_and(|(b, a)| (b - a).abs() >= GRAVE * a.abs());
        let severity = if grave {
            Severity::Critical
        } else {
            Severity::Warning
        };
        (
            format!("The model has become worse: {told}.{more}"),
            severity,
        )
    } else if let Some(first) = worse.first() {
        let word = if better { "better" } else { "no worse" };
        let but = both(first, now, before);
        (
            format!("{}, which is {word}, but {but}.", capital(&told)),
            Severity::Notice,
        )
    } else if better {
        (
            format!("The model has become better: {told}."),
            Severity::Good,
        )
    } else {
        (
            format!("The model is as good as it was: {told}."),
            Severity::Good,
        )
    };
    let mut evidence: Vec<Evidence> = worse.iter().cloned().map(Evidence::Performance).collect();
    if worse.first().is_none_or(|name| name != lead) {
        evidence.insert(0, Evidence::Performance(lead.to_owned()));
    }
    findings.push(Finding {
        sentence,
        severity,
        evidence,
        detail: None,
    });
}

/// What is expected of the model where no outcomes are known.
pub(super) fn estimated(document: &Document, findings: &mut Vec<Finding>) {
    let (Some(estimated), None) = (&document.estimated_performance, &document.performance) else {
        return;
    };
    let Some(lead) = leading(&estimated.current) else {
        return;
    };
    let worse = said(&estimated.change, lead, |c| c.worse);
    if worse.first().is_none_or(|name| name != lead) {
        return;
    }
    let told = both(lead, &estimated.current, &estimated.reference);
    findings.push(Finding {
        sentence: format!(
            "Outcomes are not known yet, but the model is probably worse: by estimate, {told}."
        ),
        severity: Severity::Warning,
        evidence: worse
            .into_iter()
            .map(Evidence::EstimatedPerformance)
            .collect(),
        detail: Some(estimated.assumptions.join(" ")),
    });
}

/// That outcomes refute the estimate: the intervals of a metric do not overlap. Of these metrics the leading one is told.
pub(super) fn refuted(document: &Document) -> Option<Finding> {
    let realised = &document.performance.as_ref()?.current;
    let estimated = &document.estimated_performance.as_ref()?.current;
    let apart = |name: &&str| {
        let ends = |side: &BTreeMap<String, Figure>| {
            let figure = side.get(*name)?;
            figure.low.zip(figure.high)
        };
        let sides = ends(realised).zip(ends(estimated));
        sides.is_some_and(|((low, high), (from, to))| high < from || low > to)
    };
    let others = estimated.keys().map(String::as_str);
    let name = LEADING.into_iter().chain(others).find(apart)?;
    let sides = [estimated.get(name)?, realised.get(name)?];
    if sides.iter().any(|side| side.value.is_none()) {
        return None;
    }
    let [by_estimate, by_outcomes] = told(name, sides);
    Some(Finding {
        sentence: format!(
            "Estimated without outcomes, {} would be {by_estimate}; outcomes say {by_outcomes}: the relation of inputs to \
             outcomes is not what the reference had.",
            amid(&title(name)),
        ),
        severity: Severity::Notice,
        evidence: vec![
            Evidence::Performance(name.to_owned()),
            Evidence::EstimatedPerformance(name.to_owned()),
        ],
        detail: Some(
            "The interval of the estimate and that of the outcomes do not overlap. It is so, too, if the reference has rows \
             that the model learned from: on these it is better than on new ones."
                .to_owned(),
        ),
    })
}

/// Whether scores mean less than they did.
pub(super) fn calibration(document: &Document, findings: &mut Vec<Finding>) {
    let curves = document.calibration.as_ref();
    let Some((now, before)) =
        curves.and_then(|c| Some((c.current.as_ref()?, c.reference.as_ref()?)))
    else {
        return;
    };
    let curve = now;
    let (Some(now), Some(before)) = (&now.ece, &before.ece) else {
        return;
    };
    if let (Some(low), Some(b), Some(a)) = (now.low, now.value, before.value)
        && low > a + 0.02
    {
        let direction = direction(&curve.bins, b);
        let [b, a] = points_of([b, a]);
        findings.push(Finding {
            sentence: format!(
                "Scores mean less than they did: they are off by {b} points on average{direction}, {a} before."
            ),
            severity: Severity::Warning,
            evidence: vec![Evidence::Calibration],
            detail: None,
        });
    }
}

/// Whether scores that are off by `by` on average are mostly too high or too low.
fn direction(bins: &[CurveBin], by: f64) -> &'static str {
    let rows: u64 = bins.iter().map(|bin| bin.n).sum();
    let gap = |bin: &CurveBin| Some(bin.n as f64 * (bin.predicted - bin.observed.value?));
    let gap = bins.iter().filter_map(gap).sum::<f64>() / rows.max(1) as f64;
    match gap.abs() > MOSTLY * by {
        true if gap > 0.0 => " (too high)",
        true => " (too low)",
        false => " (in both directions)",
    }
}

/// Where the model is worst.
pub(super) fn slices(document: &Document, findings: &mut Vec<Finding>) {
    if let Some(slice) = document.slices.first()
        && slice.inside.value.is_some()
        && slice.outside.value.is_some()
    {
        let [inside, outside] = told(&slice.measure, [&slice.inside, &slice.outside]);
        findings.push(Finding {
            sentence: format!(
                "The model is worse where {}: {} is {inside} there ({} rows) and {outside} elsewhere.",
                slice.description,
                amid(&title(&slice.measure)),
                slice.n,
            ),
            severity: Severity::Notice,
            evidence: vec![Evidence::Slice(0)],
            detail: None,
        });
    }
}

/// Sustained breaches that the whole period hides: of the first metric that has one, its longest, of equals the last.
pub(super) fn windows(document: &Document, findings: &mut Vec<Finding>) {
    for name in document.bands.performance.keys() {
        let breach = |w: &Window| w.performance.get(name).is_some_and(|r| r.breach);
        let runs = document.windows.chunk_by(|a, b| breach(a) == breach(b));
        let placed = runs.scan(0, |next, run| {
            *next += run.len();
            Some((*next - run.len(), run))
        });
        let sustained =
            placed.filter(|(_, run)| run.len() >= IN_A_ROW && run.first().is_some_and(breach));
        if let Some((place, run)) = sustained.max_by_key(|(_, run)| run.len()) {
            findings.push(Finding {
                sentence: format!(
                    "{} was worse than in the reference for {} windows in a row{}.",
                    title(name),
                    run.len(),
                    when(run, place, document.windows.len())
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

/// When a run of windows was that begins at a place of `all` windows: with its end, unless it goes on.
fn when(run: &[Window], place: usize, all: usize) -> String {
    let end = place + run.len();
    let Some(from) = run.first().and_then(|w| w.from.as_deref()) else {
        return format!(": windows {} to {end}", place + 1);
    };
    let goes_on = end == all;
    let to = run.last().and_then(|w| w.to.as_deref());
    match to.filter(|_| !goes_on) {
        Some(to) => format!(", from {} to {}", moment(from), moment(to)),
        None => format!(" since {}", moment(from)),
    }
}

/// An instant without what says nothing.
fn moment(time: &str) -> String {
    let day = time
        .strip_suffix("T00:00:00.000000Z")
        .or_else(|| time.strip_suffix("T00:00:00Z"));
    day.map_or_else(|| time.replace(".000000Z", "Z"), str::to_owned)
}

/// How far outcomes are known.
pub(super) fn coverage(document: &Document, roles: &Roles, findings: &mut Vec<Finding>) {
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
    if unmeasured(roles) {
        findings.push(Finding {
            sentence: UNMEASURED.to_owned(),
            severity: Severity::Notice,
            evidence: Vec::new(),
            detail: None,
        });
    }
}

/// Why performance is not told without a column of outcomes.
pub(super) const UNMEASURED: &str =
    "No column of outcomes was named, so performance cannot be measured.";

/// Whether performance could be told of this task, if outcomes were named.
pub(super) fn unmeasured(roles: &Roles) -> bool {
    let told = matches!(
        roles.task,
        Some(Task::Binary | Task::Multiclass | Task::Regression | Task::Ranking)
    );
    told && roles.outcome.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Band, Reading};

    /// A day each: `b` is a breach, anything else is none.
    fn told_of(days: &str, timed: bool) -> Option<String> {
        let window = |(day, letter): (usize, char)| {
            let reading = Reading {
                breach: letter == 'b',
                ..Reading::default()
            };
            Window {
                from: timed.then(|| format!("2026-11-{:02}T00:00:00Z", day + 1)),
                to: timed.then(|| format!("2026-11-{:02}T00:00:00Z", day + 2)),
                performance: BTreeMap::from([("accuracy".to_owned(), reading)]),
                ..Window::default()
            }
        };
        let mut document = Document {
            windows: days.chars().enumerate().map(window).collect(),
            ..Document::default()
        };
        let bands = &mut document.bands.performance;
        bands.insert("accuracy".to_owned(), Band::default());
        let mut findings = Vec::new();
        windows(&document, &mut findings);
        findings.pop().map(|f| f.sentence)
    }

    #[test]
    fn the_longest_run_of_breaches_is_told_with_its_end() {
        let head = "Accuracy was worse than in the reference for";
        for (days, rest) in [
            ("-bb--", None),
            (
                "-bbb-",
                Some("3 windows in a row, from 2026-11-02 to 2026-11-05."),
            ),
            ("-bbb", Some("3 windows in a row since 2026-11-02.")),
            (
                "bbbb-bbb-",
                Some("4 windows in a row, from 2026-11-01 to 2026-11-05."),
            ),
            ("bbb-bbb", Some("3 windows in a row since 2026-11-05.")),
        ] {
            let expected = rest.map(|rest| format!("{head} {rest}"));
            assert_eq!(told_of(days, true), expected, "{days}");
        }
        let told = told_of("-bbb-", false).unwrap();
        assert_eq!(told, format!("{head} 3 windows in a row: windows 2 to 4."));
    }
}
