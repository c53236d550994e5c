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
    insta::assert_snapshot!(problems(
        "  models: [{name: credit-risk}]
  faults:
    - {fault: null_burst, model: credit_risk, from: 1d}
    - {fault: unit_change, model: credit-risk, columns: [income], from: 2d, to: 1d, magnitude: 1}
    - {fault: error_burst, model: credit-risk, columns: [income], from: 99d, magnitude: 1.5}
    - {fault: biased_group, model: credit-risk, from: 1d, shape: sudden}
    - {fault: concept_drift, model: credit-risk, from: now, shape: gradual}
    - {fault: covariate_drift, model: credit-risk, columns: [x], from: 1d, shape: recurring}
    - {fault: covariate_drift, model: credit-risk, columns: [x], from: 1d, period: 7d, version: '1'}
    - {fault: frozen_feature, model: credit-risk, columns: [x], from: 1d, magnitude: 2, value: a}
    - {fault: nul_burst, model: credit-risk, from: 1d}
"
    ));
}
