use super::*;
use crate::spec::parse;

fn problems(spec: &str) -> String {
    let text =
        format!("apiVersion: candor/v1\nkind: Scenario\nmetadata: {{name: s}}\nspec:\n{spec}");
    match parse(&text) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string(),
    }
}

#[test]
fn spans_have_one_or_more_parts() {
    const HOUR: i64 = 3_600_000_000;
    for (text, us) in [
        ("0d", Some(0)),
        ("12d", Some(12 * 24 * HOUR)),
        ("12d6h", Some((12 * 24 + 6) * HOUR)),
        ("1w2d3h4m5s6ms", Some(219 * HOUR + 245_006_000)),
        ("6h0m", Some(6 * HOUR)),
        ("", None),
        ("0", None),
        ("d", None),
        ("12", None),
        ("12d6", None),
        ("12 d", None),
        ("-1d", None),
        ("1y", None),
        ("9223372036854775807d", None),
    ] {
        assert_eq!(span_us(text), us, "{text}");
    }
}

#[test]
fn a_scenario_without_anything_is_the_whole_fleet_without_faults() {
    let text = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: s}\nspec: {}\n";
    let objects = parse(text).unwrap();
    let spec = objects[0].scenario().unwrap();
    assert_eq!(spec, &ScenarioSpec::default());
    let names: Vec<String> = spec.fleet().into_iter().map(|m| m.name).collect();
    assert_eq!(names, Archetype::ALL.map(Archetype::name));
}

#[test]
fn every_fault_can_be_written_with_little() {
    for kind in FaultKind::ALL {
        let mut text = format!(
            "  faults:\n    - {{fault: {}, model: credit-risk, from: 1d",
            kind.name()
        );
        if kind.has_columns() {
            text.push_str(", columns: [income]");
        }
        if kind == FaultKind::BiasedGroup {
            text.push_str(", segment: {sex: female}");
        }
        text.push_str("}\n");
        assert_eq!(problems(&text), "", "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_with_place_and_remedy() {
    insta::assert_snapshot!(problems(
        "  days: 500
  events: 0
  models:
    - {name: a b, like: credit-risk}
    - {name: loans}
    - {name: loans, like: credit-risk, share: 0}
    - name: credit-risk
      deployments: [{version: '2', at: 3d}, {version: '', at: 2d}, {version: '3', at: soon}]
"
    ));
}

#[test]
fn what_is_wrong_with_a_fault_is_told_with_place_and_remedy() {
    for (fault, told) in [
        ("nul_burst, from: 1d", "Did you mean `null_burst`?"),
        ("null_burst, from: 1d", "needs the columns that it is in"),
        (
            "unit_change, columns: [income], from: 2d, to: 1d",
            "spec.faults[0].to: The fault ends before it begins",
        ),
        (
            "unit_change, columns: [income], from: 1d, magnitude: 1",
            "spec.faults[0].magnitude: The size of `unit_change` (factor)",
        ),
        (
            "error_burst, columns: [income], from: 1d",
            "`columns` means nothing for `error_burst`",
        ),
        (
            "error_burst, from: 99d",
            "spec.faults[0].from: The scenario has ended by then",
        ),
        (
            "error_burst, from: 1d, magnitude: 1.5",
            "is above 0 and at most 1. Usual is 0.3",
        ),
        (
            "biased_group, from: 1d",
            "Add `segment`, such as {sex: female}",
        ),
        (
            "error_burst, from: 1d, shape: sudden",
            "`shape` means nothing for `error_burst`",
        ),
        (
            "concept_drift, from: now",
            "spec.faults[0].from: This is no span of time",
        ),
        (
            "concept_drift, from: 1d, shape: gradual",
            "Add `to`, such as 20d",
        ),
        (
            "concept_drift, from: 1d, shape: recurring",
            "Add `period`, such as 7d",
        ),
        (
            "concept_drift, from: 1d, period: 7d",
            "Only a recurring drift has a period",
        ),
        (
            "concept_drift, from: 1d, version: '1'",
            "`version` means nothing for `concept_drift`",
        ),
        (
            "frozen_feature, columns: [income], from: 1d, magnitude: 2",
            "`magnitude` means nothing for `frozen_feature`",
        ),
        (
            "error_burst, from: 1d, value: a",
            "`value` means nothing for `error_burst`",
        ),
    ] {
        let text = format!("  faults:\n    - {{model: credit-risk, fault: {fault}}}\n");
        let found = problems(&text);
        assert!(found.contains(told), "{fault}: {found}");
    }
    let other = "  faults:\n    - {model: credit_risk, fault: error_burst, from: 1d}\n";
    assert!(problems(other).contains("Did you mean `credit-risk`?"));
}
