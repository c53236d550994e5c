//! The labels of an alert, by which routes select and group.

use super::monitor::{Family, Measure, Severity};
use super::nearest::nearest;
use super::problem::Problem;

/// Labels that alerts have; those of segments are `segment_` and a name.
const LABELS: [&str; 9] = [
    "model",
    "family",
    "severity",
    "alert",
    "alertname",
    "owner",
    "measure",
    "column",
    "drill",
];
const SEGMENT: &str = "segment_";
/// What the label `alertname` says of a drill that failed.
const DRILL: &str = Family::Drill.name();

/// Why no alert has a label called `name`; `None` if some do.
pub(super) fn unknown_label(path: String, name: &str) -> Option<Problem> {
    let segment = name.strip_prefix(SEGMENT).is_some_and(|s| !s.is_empty());
    if segment || LABELS.contains(&name) {
        return None;
    }
    let hint = match nearest(name, LABELS) {
        Some(label) => format!("Did you mean `{label}`?"),
        None => format!("Alerts have {} and {SEGMENT}<name>", LABELS.join(", ")),
    };
    let message = format!("No alert has a label `{name}`");
    Some(Problem::new(path, message).hint(hint))
}

/// Why no alert's label `name` is ever `value`; `None` if it may be.
pub(super) fn unknown_value(path: String, name: &str, value: &str) -> Option<Problem> {
    let measures = || Measure::ALL.into_iter().map(Measure::name);
    let known: Vec<&str> = match name {
        "family" => [Family::Service, Family::Quality, Family::Drill]
            .map(Family::name)
            .to_vec(),
        "severity" => Severity::ALL.map(Severity::name).to_vec(),
        "measure" => measures().collect(),
        "alertname" => measures().chain([DRILL]).collect(),
        _ => return None,
    };
    if known.contains(&value) {
        return None;
    }
    let hint = match nearest(value, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("It is one of {}", known.join(", ")),
    };
    let message = format!("The label `{name}` is never `{value}`");
    Some(Problem::new(path, message).hint(hint))
}

#[cfg(test)]
mod tests {
    use crate::spec::parse;

    #[test]
    fn routes_select_and_group_by_labels_that_alerts_have() {
        for (spec, told) in [
            ("match: {model: m, segment_region: north, owner: ann}", None),
            (
                "match: {alertname: drill, severity: critical, measure: latency_p99}",
                None,
            ),
            ("group_by: [model, family, segment_region]", None),
            (
                "match: {modle: m}",
                Some("spec.match.modle: No alert has a label `modle`. Did you mean `model`?"),
            ),
            (
                "match: {segment_: m}",
                Some("No alert has a label `segment_`"),
            ),
            (
                "match: {severity: warnings}",
                Some("The label `severity` is never `warnings`. Did you mean `warning`?"),
            ),
            (
                "match: {family: business}",
                Some("It is one of service, quality, drill"),
            ),
            (
                "match: {measure: accuracy}",
                Some("The label `measure` is never `accuracy`"),
            ),
            (
                "group_by: [team]",
                Some("spec.group_by[0]: No alert has a label `team`. Alerts have model, "),
            ),
        ] {
            let text = format!(
                "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: r}}\nspec:\n  receivers: [{{file: {{name: a}}}}]\n  {spec}\n"
            );
            let found = parse(&text).err();
            let found = found.map(|all| all.iter().map(ToString::to_string).collect::<String>());
            match (told, found) {
                (None, None) => (),
                (Some(told), Some(found)) => assert!(found.contains(told), "{found}"),
                (told, found) => panic!("{spec}: {told:?} {found:?}"),
            }
        }
    }
}
