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
fn schedules_are_whole_hours_days_or_weeks() {
    const HOUR: i64 = 3_600_000_000;
    for (every, us) in [
        ("1h", Some(HOUR)),
        ("7d", Some(7 * 24 * HOUR)),
        ("2w", Some(14 * 24 * HOUR)),
        ("365d", Some(365 * 24 * HOUR)),
        ("366d", None),
        ("60m", None),
        ("3600s", None),
        ("3600000ms", None),
        ("0h", None),
        ("1d12h", None),
        ("h", None),
        ("", None),
    ] {
        let schedule = DrillSchedule {
            every: every.to_owned(),
        };
        assert_eq!(schedule.every_us(), us, "{every}");
    }
}

#[test]
fn what_is_wrong_with_a_schedule_is_told_with_place_and_remedy() {
    assert_eq!(problems("  schedule: {every: 1h}\n"), "");
    let told = problems("  events: 10000001\n  schedule: {every: 30m}\n");
    for part in [
        "spec.schedule.every",
        "A drill is rehearsed every 1h to 365d",
        "such as 7d",
        "A scenario with a schedule has at most 10000000 events",
        "candor drill run",
    ] {
        assert!(told.contains(part), "{part}: {told}");
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

#[test]
fn a_drill_says_what_happens_what_must_be_told_and_what_may() {
    let text = "apiVersion: candor/v1
kind: Scenario
metadata: {name: s}
spec:
  days: 14
  faults:
    - {fault: null_burst, model: credit-risk, columns: [income], from: 8d, to: 9d}
    - {fault: error_burst, model: delivery-time, from: 9d, to: 10d}
    - {fault: latency_spike, model: delivery-time, from: 11d, to: 12d}
  happenings:
    - {kind: holiday, from: 10d, to: 11d}
    - {kind: backfill, model: credit-risk, from: 10d, to: 11d, arrives: 12d, factor: 0.3}
  expect:
    - {model: credit-risk, measure: missing, column: input_income, within: 6h, resolves_within: 1d}
    - {model: delivery-time, fault: f3, measure: [latency_p50, latency_p95], within: 6h}
  allow:
    - {model: delivery-time, measure: errors, from: 9d, to: 10d}
";
    let objects = parse(text).unwrap();
    let spec = objects[0].scenario().unwrap();
    let [credit, delivery] = &spec.expect[..] else {
        panic!("{:?}", spec.expect);
    };
    assert_eq!(credit.reason_in(spec).unwrap().id(), "f1");
    assert_eq!(delivery.reason_in(spec).unwrap().kind(), "latency_spike");
    assert_eq!(credit.measure.values().len(), 1);
    assert_eq!(delivery.measure.values().len(), 2);
    assert_eq!(delivery.within_us(), Some(6 * 3_600_000_000));
    let [holiday, backfill] = &spec.happenings[..] else {
        panic!("{:?}", spec.happenings);
    };
    assert!(holiday.concerns("delivery-time") && !backfill.concerns("delivery-time"));
    assert_eq!((holiday.size(), backfill.size()), (0.6, 0.3));
    let written = serde_json::to_value(spec).unwrap();
    assert_eq!(written["expect"][0]["measure"], "missing");
    let again: ScenarioSpec = serde_json::from_value(written).unwrap();
    assert_eq!(&again, spec);
}

#[test]
fn what_is_wrong_with_a_happening_is_told_with_place_and_remedy() {
    for (happening, told) in [
        (
            "kind: holidays, from: 1d, to: 2d",
            "Did you mean `holiday`?",
        ),
        (
            "kind: holiday, from: 1d",
            "`holiday` needs an end. Add `to`",
        ),
        (
            "kind: holiday, from: 2d, to: 1d",
            "spec.happenings[0].to: This ends before it begins",
        ),
        (
            "kind: holiday, from: 1d, to: 2d, factor: 1.5",
            "(share of the usual traffic) is above 0 and at most 1. Usual is 0.6",
        ),
        (
            "kind: traffic_change, from: 1d, factor: 1",
            "spec.happenings[0].factor: A factor of 1 changes nothing",
        ),
        (
            "kind: traffic_change, from: 99d",
            "spec.happenings[0].from: The scenario has ended by then",
        ),
        (
            "kind: traffic_change, from: 1d, arrives: 2d",
            "`arrives` means nothing for `traffic_change`",
        ),
        (
            "kind: backfill, from: 1d, to: 2d",
            "Add `arrives`, such as 10d",
        ),
        (
            "kind: backfill, from: 1d, to: 2d, arrives: 1d12h",
            "Late events come after the last of them has happened",
        ),
        (
            "kind: backfill, from: 1d, to: 2d, arrives: late",
            "spec.happenings[0].arrives: This is no span of time",
        ),
        (
            "kind: holiday, model: credit, from: 1d, to: 2d",
            "spec.happenings[0].model: `credit` is no model of this scenario",
        ),
    ] {
        let found = problems(&format!("  happenings:\n    - {{{happening}}}\n"));
        assert!(found.contains(told), "{happening}: {found}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table, or what is sent, in full")]
fn what_is_wrong_with_an_expectation_is_told_with_place_and_remedy() {
    let faults = "  faults:
    - {fault: null_burst, model: credit-risk, columns: [income], from: 8d, to: 9d}
    - {fault: error_burst, model: delivery-time, from: 9d}
    - {fault: latency_spike, model: delivery-time, from: 11d, to: 12d}
";
    for (expect, told) in [
        (
            "model: credit-risk, measure: mssing, within: 6h",
            "Did you mean `missing`?",
        ),
        (
            "model: credit-risk, measure: [], within: 6h",
            "spec.expect[0].measure: One measure at least must be here",
        ),
        (
            "model: credit-risk, measure: missing, within: soon",
            "spec.expect[0].within: This is no span of time",
        ),
        (
            "model: credit-risk, measure: missing, within: 30d",
            "spec.expect[0].within: The scenario has ended by then",
        ),
        (
            "model: credit-risk, measure: missing, within: 6h, resolves_within: 22d",
            "spec.expect[0].resolves_within: The scenario has ended by then",
        ),
        (
            "model: delivery-time, fault: f2, measure: errors, within: 6h, resolves_within: 1d",
            "spec.expect[0].resolves_within: The fault stays. Leave it out",
        ),
        (
            "model: delivery-time, measure: errors, within: 6h",
            "spec.expect[0]: `delivery-time` has several faults. Say which with `fault`",
        ),
        (
            "model: credit-risk, fault: f2, measure: errors, within: 6h",
            "spec.expect[0].fault: `f2` is not in `credit-risk`",
        ),
        (
            "model: credit-risk, fault: f9, measure: errors, within: 6h",
            "`f9` is no fault of this scenario. Faults are named by their place: f1 to f3",
        ),
        (
            "model: credit-risk, fault: h1, measure: volume, within: 6h",
            "`h1` is no fault of this scenario",
        ),
        (
            "model: product-ranking, measure: errors, within: 6h",
            "Nothing is wrong with `product-ranking`. Add a fault, or write `allow`",
        ),
        (
            "model: credit-risk, measure: volume, column: input_income, within: 6h",
            "spec.expect[0].column: `column` means nothing for `volume`",
        ),
        (
            "model: credit-risk, measure: missing, within: 6h, alerts: 0",
            "spec.expect[0].alerts: What is expected is told by one alert at least",
        ),
        (
            "model: credit-rsk, measure: missing, within: 6h",
            "Did you mean `credit-risk`?",
        ),
    ] {
        let found = problems(&format!("{faults}  expect:\n    - {{{expect}}}\n"));
        assert!(found.contains(told), "{expect}: {found}");
    }
    for (allow, told) in [
        (
            "model: credit-risk, from: 2d, to: 1d",
            "spec.allow[0].to: This ends before it begins",
        ),
        (
            "model: credit, measure: missing",
            "spec.allow[0].model: `credit` is no model of this scenario",
        ),
        (
            "model: credit-risk, measure: errors, column: input_income",
            "`column` means nothing for `errors`",
        ),
    ] {
        let found = problems(&format!("{faults}  allow:\n    - {{{allow}}}\n"));
        assert!(found.contains(told), "{allow}: {found}");
    }
}
