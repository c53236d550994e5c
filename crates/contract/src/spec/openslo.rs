//! Documents of OpenSLO, read as our own objects.

use super::model::{DAY_US, duration_us};
use super::object::{Body, Metadata, Object, SpecKind};
use super::objective::ObjectiveSpec;
use super::problem::Problems;
use super::tree::Node;
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of OpenSLO documents that is read.
pub(super) const VERSION: &str = "openslo/v1";

/// Reads an `SLO` of OpenSLO: its service is the model; a ratio of errors, or a threshold whose metric source
/// names the figure (`spec: {metric: latency_ms.p99}`); its first objective; its rolling window.
pub(super) fn read(node: &Node) -> Result<Object, Problems> {
    let wrong = |path: &str, message: &str, hint: &str| -> Problems {
        node.problem(path, message).hint(hint.to_owned()).into()
    };
    if node.child("kind").and_then(Node::text) != Some("SLO") {
        let message = "Of OpenSLO only documents of kind SLO are read";
        let hint = "Put the indicator into the SLO, and alerts into a Route";
        return Err(wrong("kind", message, hint));
    }
    let value = node.to_value();
    let at = |pointer: &str| value.pointer(pointer);
    let text = |pointer: &str| at(pointer).and_then(Value::as_str).map(str::to_owned);
    let name = text("/metadata/name")
        .ok_or_else(|| wrong("metadata", "An SLO needs a name", "Add `metadata.name`"))?;
    let model = text("/spec/service").ok_or_else(|| {
        wrong(
            "spec",
            "An SLO needs a service",
            "Name the model as `service`",
        )
    })?;
    let objective = at("/spec/objectives/0").cloned().unwrap_or_default();
    let number = |key: &str| objective.get(key).and_then(Value::as_f64);
    let percent = number("targetPercent").map(|p| p / 100.0);
    let target = number("target").or(percent).ok_or_else(|| {
        wrong(
            "spec.objectives",
            "An SLO needs an objective",
            "Add `objectives` with a `target`",
        )
    })?;
    let over = text("/spec/timeWindow/0/duration").and_then(|d| duration(&d));
    let over = over.ok_or_else(|| {
        let hint = "Add `timeWindow: [{duration: 30d, isRolling: true}]`";
        wrong("spec.timeWindow", "An SLO needs a rolling window", hint)
    })?;
    let threshold = at("/spec/indicator/spec/thresholdMetric");
    let metric = threshold.map_or(Some("errors"), |source| {
        source
            .pointer("/metricSource/spec/metric")
            .and_then(Value::as_str)
    });
    let metric = metric.ok_or_else(|| {
        let hint = "Write `metricSource: {type: candor, spec: {metric: latency_ms.p99}}`";
        wrong("spec.indicator", "Nothing says which figure this is", hint)
    })?;
    let bound = threshold.and_then(|_| number("value"));
    let above = matches!(
        objective.get("op").and_then(Value::as_str),
        Some("gte" | "gt")
    );
    let spec = ObjectiveSpec {
        model,
        metric: metric.to_owned(),
        at_most: bound.filter(|_| !above),
        at_least: bound.filter(|_| above),
        target,
        over,
    };
    Problems::from(spec.check("spec")).or(Object {
        kind: SpecKind::Objective,
        metadata: Metadata {
            name,
            owner: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
        },
        spec: Body::Objective(Box::new(spec)),
    })
}

/// A duration of OpenSLO (`m`, `h`, `d`, `w`, `M`, `Q`, `Y`) as one of ours.
fn duration(text: &str) -> Option<String> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok()?;
    let days = match unit {
        "M" => 30,
        "Q" => 90,
        "Y" => 365,
        _ => return duration_us(text).map(|_| text.to_owned()),
    };
    duration_us(&format!("{}d", number.checked_mul(days)?)).map(|us| format!("{}d", us / DAY_US))
}

#[cfg(test)]
mod tests {
    use crate::spec::parse;

    const RATIO: &str = "
apiVersion: openslo/v1
kind: SLO
metadata: {name: answers}
spec:
  service: credit-risk
  indicator:
    metadata: {name: good}
    spec: {ratioMetric: {counter: true}}
  timeWindow: [{duration: 1M, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{targetPercent: 99.5}]
";

    #[test]
    fn an_openslo_document_is_an_objective() {
        let objects = parse(RATIO).unwrap();
        let spec = objects[0].objective().unwrap();
        assert_eq!(
            (spec.metric.as_str(), spec.over.as_str()),
            ("errors", "30d")
        );
        assert!((spec.target - 0.995).abs() < 1e-12);
        let slow = RATIO.replace(
            "{ratioMetric: {counter: true}}",
            "{thresholdMetric: {metricSource: {type: candor, spec: {metric: latency_ms.p99}}}}",
        );
        let slow = slow.replace(
            "{targetPercent: 99.5}",
            "{op: lte, value: 120, target: 0.99}",
        );
        let objects = parse(&slow).unwrap();
        assert_eq!(objects[0].objective().unwrap().at_most, Some(120.0));
    }

    #[test]
    fn what_it_lacks_is_told_with_its_place() {
        for (from, to, told) in [
            ("kind: SLO", "kind: Service", "only documents of kind SLO"),
            ("  service: credit-risk\n", "", "needs a service"),
            ("[{targetPercent: 99.5}]", "[]", "needs an objective"),
            ("duration: 1M", "duration: soon", "needs a rolling window"),
        ] {
            let problems = parse(&RATIO.replace(from, to)).unwrap_err().to_string();
            assert!(problems.contains(told), "{problems}");
        }
    }
}
