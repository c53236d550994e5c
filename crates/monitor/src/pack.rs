//! The monitors that every model has without any declaration.

use crate::outcomes::watched_metrics;
use crate::reading::{Columns, Joined, Reading};
use crate::window::{DAY_US, HOUR_US};
use candor_contract::spec::{
    Baseline, DecisionRule, Measure, ModelObjective, ModelSpec, MonitorSpec, Sustain,
};
use candor_stats::ValueType;
use std::collections::BTreeSet;

/// Most columns of a kind that are watched without being asked to.
const COLUMNS_MAX: usize = 200;
/// Values of a segment that are watched apart.
const PARTS_MAX: usize = 8;
/// Drift of a part matters from here on: what the whole model shows is told by it already.
const PART_MATERIAL: f64 = 0.15;
/// A window holds so many times the rows that a measure needs.
const AMPLE: u64 = 2;

/// Lengths of windows from which one is chosen.
const LENGTHS_US: [i64; 3] = [HOUR_US, 6 * HOUR_US, DAY_US];

/// The name of a monitor that nobody named.
pub(crate) fn name_of(spec: &MonitorSpec) -> String {
    let mut out = format!("{}/{}", spec.model, spec.measure);
    for part in [&spec.metric, &spec.column].into_iter().flatten() {
        out.push('/');
        out.push_str(part);
    }
    for (segment, value) in &spec.segment {
        out.push_str(&format!("/{segment}={value}"));
    }
    out
}

/// The default pack of `model`: by what its reference holds.
pub(crate) fn pack(model: &str, spec: &ModelSpec, reference: &Reading) -> Vec<MonitorSpec> {
    let mut out = Vec::new();
    let columns = &reference.columns;
    let of = |measure: Measure| MonitorSpec::of(model, measure);
    out.push(of(Measure::Volume));
    if columns.contains_key("status") {
        out.push(of(Measure::Errors));
    }
    if columns.contains_key("latency_ms") {
        out.push(of(Measure::LatencyP50));
        out.push(of(Measure::LatencyP95));
    }
    let on = |measure: Measure, column: &str| MonitorSpec {
        column: Some(column.to_owned()),
        ..of(measure)
    };
    for column in named(columns, |name| {
        name.starts_with("stage_") && name.ends_with("_ms")
    }) {
        out.push(on(Measure::LatencyP95, column));
    }
    let inputs = |name: &str| name.starts_with("input_") || name.starts_with("derived_");
    for column in named(columns, inputs) {
        out.push(on(Measure::Missing, column));
        out.push(on(Measure::Unseen, column));
        out.push(on(Measure::Range, column));
        out.push(on(Measure::Mode, column));
        out.push(on(Measure::Drift, column));
    }
    for column in named(columns, is_output) {
        out.push(on(Measure::Missing, column));
        out.push(on(Measure::Drift, column));
        out.extend(by_segment(&on(Measure::Drift, column), reference));
    }
    for column in named(columns, |name| name.starts_with("usage_")) {
        out.push(on(Measure::Drift, column));
    }
    if !reference.feedback.is_empty() {
        out.push(of(Measure::Complaints));
    }
    if reference.built_us.is_some() {
        out.push(of(Measure::Freshness));
    }
    out.extend(objectives(model, spec, columns));
    out.extend(fairness(model, spec, reference));
    out.extend(from_rows(model, spec, reference));
    out.extend(later(model, spec, &out));
    // A promise about a metric takes the place of its usual monitor.
    let mut names = BTreeSet::new();
    out.retain(|spec| names.insert(name_of(spec)));
    out
}

fn named(columns: &Columns, fits: impl Fn(&str) -> bool) -> Vec<&str> {
    let names = columns.iter().filter(|(name, profile)| {
        let comparable = !matches!(profile.value_type(), ValueType::Opaque | ValueType::Time);
        fits(name) && comparable && profile.rows() > profile.nulls()
    });
    names
        .map(|(name, _)| name.as_str())
        .take(COLUMNS_MAX)
        .collect()
}

/// Outputs that a distribution says something of.
fn is_output(name: &str) -> bool {
    name.starts_with("output_") && !name.starts_with("output_interval_") && name != "output_text"
}

/// The same monitor for each value of each segment.
fn by_segment(spec: &MonitorSpec, reference: &Reading) -> Vec<MonitorSpec> {
    let mut parts: Vec<_> = reference.segments.iter().collect();
    parts.sort_by_key(|(_, columns)| std::cmp::Reverse(crate::reading::rows(columns)));
    let mut out = Vec::new();
    let mut names: Vec<&String> = parts.iter().map(|((name, _), _)| name).collect();
    names.sort();
    names.dedup();
    for name in names {
        let own = parts.iter().filter(|((n, v), _)| n == name && v != "other");
        for ((name, value), _) in own.take(PARTS_MAX) {
            let mut spec = spec.clone();
            spec.segment.insert(name.clone(), value.clone());
            spec.material = Some(PART_MATERIAL);
            out.push(spec);
        }
    }
    out
}

/// Promises of the model: error budgets. A figure that has no budget of rows is held against its bound.
fn objectives(model: &str, spec: &ModelSpec, columns: &Columns) -> Vec<MonitorSpec> {
    let of = |objective: &ModelObjective| {
        let (column, figure) = objective
            .metric
            .split_once('.')
            .unwrap_or((&objective.metric, ""));
        let burn = |above: Option<f64>| DecisionRule::Burn {
            target: objective.target,
            over: objective.over.clone(),
            above,
        };
        let (measure, decision) = match column {
            "errors" | "error_rate" | "availability" => (Measure::Errors, burn(None)),
            "latency_ms" if objective.at_most.is_some() && columns.contains_key("latency_ms") => {
                let measure = match figure {
                    "p50" => Measure::LatencyP50,
                    "p95" => Measure::LatencyP95,
                    _ => Measure::LatencyP99,
                };
                (measure, burn(objective.at_most))
            }
            metric => {
                let bounds = DecisionRule::Bounds {
                    at_least: objective.at_least,
                    at_most: objective.at_most,
                };
                let bare = objective.at_least.is_none() && objective.at_most.is_none();
                return (!bare).then(|| MonitorSpec {
                    metric: Some(metric.to_owned()),
                    window: Some("1d".to_owned()),
                    decision: bounds,
                    ..MonitorSpec::of(model, Measure::Performance)
                });
            }
        };
        Some(MonitorSpec {
            // Told apart from the measure that is held against the reference.
            metric: Some(objective.name.clone()),
            window: Some("1h".to_owned()),
            decision,
            ..MonitorSpec::of(model, measure)
        })
    };
    spec.objectives.iter().filter_map(of).collect()
}

/// Protected attributes that are segments: the difference of the rate at which groups are chosen.
fn fairness(model: &str, spec: &ModelSpec, reference: &Reading) -> Vec<MonitorSpec> {
    if spec.positive_class.is_none() || !reference.columns.contains_key("output_class") {
        return Vec::new();
    }
    let segments: BTreeSet<&String> = reference.segments.keys().map(|(name, _)| name).collect();
    let watched = spec.protected.iter().filter(|a| segments.contains(a));
    watched
        .map(|attribute| MonitorSpec {
            column: Some(attribute.clone()),
            metric: Some("selection_rate".to_owned()),
            // Groups are small, so that only a whole day says something of them; then two of three do.
            window: Some("1d".to_owned()),
            sustain: Sustain { breaches: 2, of: 3 },
            ..MonitorSpec::of(model, Measure::Fairness)
        })
        .collect()
}

/// What the reference has figures of that need rows.
fn from_rows(model: &str, spec: &ModelSpec, reference: &Reading) -> Vec<MonitorSpec> {
    let watched = spec.task.map_or(&[][..], watched_metrics);
    // How late outcomes come is told by how many have come.
    let usual = |j: &&Joined| {
        j.part.is_none() && matches!(j.measure, Measure::Performance | Measure::Labels)
    };
    let kinds: BTreeSet<_> = reference
        .joined
        .iter()
        .filter(usual)
        .filter(|j| j.metric.as_deref().is_none_or(|m| watched.contains(&m)))
        .map(|j| {
            let hours = (j.window.length_us() / HOUR_US).max(1);
            (j.measure, j.metric.clone(), j.column.clone(), hours)
        })
        .collect();
    let specs = kinds.into_iter().map(|(measure, metric, column, hours)| {
        let window = Some(format!("{hours}h"));
        MonitorSpec {
            metric,
            column,
            window,
            ..MonitorSpec::of(model, measure)
        }
    });
    specs.collect()
}

/// Metrics whose outcomes come too late for the reference: held against their own past.
fn later(model: &str, spec: &ModelSpec, known: &[MonitorSpec]) -> Vec<MonitorSpec> {
    let watched = spec.task.map_or(&[][..], watched_metrics);
    let is_new = |metric: &&&str| {
        !known
            .iter()
            .any(|m| m.measure == Measure::Performance && m.metric.as_deref() == Some(**metric))
    };
    let specs = watched.iter().filter(is_new).map(|metric| MonitorSpec {
        metric: Some((*metric).to_owned()),
        window: Some("1d".to_owned()),
        baseline: Baseline::Trailing("60d".to_owned()),
        ..MonitorSpec::of(model, Measure::Performance)
    });
    specs.collect()
}

/// The length of a monitor's windows: what it says, or the shortest that holds enough rows at ordinary times.
/// `hourly` are the rows of ordinary hours.
pub(crate) fn window_us(spec: &MonitorSpec, hourly: f64) -> i64 {
    if let Some(us) = spec.window_us() {
        return us;
    }
    let of_events = matches!(
        spec.measure,
        Measure::Performance | Measure::Labels | Measure::LabelDelay | Measure::Effect
    );
    if of_events || spec.measure.is_sampled() {
        return DAY_US;
    }
    let needed = spec
        .min_rows
        .unwrap_or(spec.measure.about().min_rows)
        .max(10)
        * AMPLE;
    let enough = |us: &i64| hourly * (*us as f64 / HOUR_US as f64) >= needed as f64;
    LENGTHS_US.into_iter().find(enough).unwrap_or(DAY_US)
}
