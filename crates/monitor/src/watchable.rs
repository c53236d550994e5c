//! Metrics that nobody knows: what names one would never tell anything.

use crate::outcomes::is_metric;
use crate::sampled::is_estimated;
use candor_contract::spec::{Measure, ModelSpec, MonitorSpec, Object};

/// A metric that does not exist, and where it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownMetric {
    /// Its place in the object, e.g. `spec.metric`.
    pub path: String,
    /// The name.
    pub metric: String,
}

/// The first metric that a `Monitor`, an `Objective` or the objectives of a `Model` name though there is none of that
/// name.
pub fn unknown_metric(object: &Object) -> Option<UnknownMetric> {
    let at = |metric: &str| UnknownMetric {
        path: "spec.metric".to_owned(),
        metric: metric.to_owned(),
    };
    let monitor = object.monitor().and_then(of_monitor).map(at);
    let objective = object.objective().map(|o| o.metric.as_str());
    let objective = objective.filter(|m| !is_promise(m)).map(at);
    monitor
        .or(objective)
        .or_else(|| unknown_metric_of_model(object.model()?))
}

/// The same of a `Model` without its envelope.
pub fn unknown_metric_of_model(spec: &ModelSpec) -> Option<UnknownMetric> {
    let mut objectives = spec.objectives.iter().enumerate();
    let (at, unknown) = objectives.find(|(_, o)| !is_promise(&o.metric))?;
    Some(UnknownMetric {
        path: format!("spec.objectives[{at}].metric"),
        metric: unknown.metric.clone(),
    })
}

fn of_monitor(spec: &MonitorSpec) -> Option<&str> {
    let name = spec.metric.as_deref()?;
    let known = match spec.measure {
        Measure::Performance => is_metric(name),
        Measure::EstimatedPerformance => is_estimated(name),
        _ => true,
    };
    (!known).then_some(name)
}

/// Whether there is a figure that a promise can be about.
fn is_promise(metric: &str) -> bool {
    match metric.split_once('.').unwrap_or((metric, "")) {
        ("errors" | "error_rate" | "availability", "") => true,
        ("latency_ms", figure) => matches!(figure, "" | "p50" | "p95" | "p99"),
        (name, "") => is_metric(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_contract::spec::parse;

    fn unknown(kind: &str, spec: &str) -> Option<(String, String)> {
        let head = format!("apiVersion: candor/v1\nkind: {kind}\nmetadata: {{name: x}}\nspec: ");
        let object = parse(&format!("{head}{spec}")).unwrap().remove(0);
        unknown_metric(&object).map(|u| (u.path, u.metric))
    }

    #[test]
    fn metrics_that_do_not_exist_are_found() {
        for (name, known) in [
            ("roc_auc", true),
            ("ndcg@5", true),
            ("f1_macro", true),
            ("ece", true),
            ("rocauc", false),
        ] {
            let monitor = format!("{{model: m, measure: performance, metric: '{name}'}}");
            let expected = (!known).then(|| ("spec.metric".to_owned(), name.to_owned()));
            assert_eq!(unknown("Monitor", &monitor), expected, "{name}");
        }
        for (name, known) in [("roc_auc", true), ("mae", true), ("log_loss", false)] {
            let monitor = format!("{{model: m, measure: estimated_performance, metric: '{name}'}}");
            assert_eq!(unknown("Monitor", &monitor).is_none(), known, "{name}");
        }
        // Effects are named by whoever sends them.
        let effect = "{model: m, measure: effect, metric: revenue}";
        assert_eq!(unknown("Monitor", effect), None);
    }

    #[test]
    fn promises_about_what_does_not_exist_are_found() {
        for (metric, known) in [
            ("errors", true),
            ("availability", true),
            ("latency_ms", true),
            ("latency_ms.p95", true),
            ("roc_auc", true),
            ("latency_ms.p90", false),
            ("latency", false),
            ("accuracy.p99", false),
            ("happiness", false),
        ] {
            let rest = format!("metric: '{metric}', at_most: 1, target: 0.9, over: 30d");
            let at = |path: &str| (!known).then(|| (path.to_owned(), metric.to_owned()));
            let objective = format!("{{model: m, {rest}}}");
            assert_eq!(
                unknown("Objective", &objective),
                at("spec.metric"),
                "{metric}"
            );
            let model = format!(
                "{{objectives: [{{name: a, metric: errors, at_most: 1, target: 0.9, over: 1d}}, {{name: b, {rest}}}]}}"
            );
            let path = "spec.objectives[1].metric";
            assert_eq!(unknown("Model", &model), at(path), "{metric}");
        }
    }
}
