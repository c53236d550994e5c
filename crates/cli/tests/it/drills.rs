//! `candor drill run --all`: every scenario of `docs/scenarios` gives the right alerts, and no others.

use crate::sandbox::candor;
use serde_json::Value;
use std::process::Stdio;

fn run(args: &[&str]) -> (Option<i32>, Value) {
    let out = candor().args(args).stdin(Stdio::null()).output().unwrap();
    let told = serde_json::from_slice(&out.stdout);
    let told = told.unwrap_or_else(|e| panic!("{e}: {out:?}"));
    (out.status.code(), told)
}

/// Names of the library, the `part`-th of `parts`, so that parts run side by side.
fn names(part: usize, parts: usize) -> Vec<String> {
    let (_, listed) = run(&["drill", "list", "--output", "json"]);
    let all = listed.as_array().unwrap().iter();
    let all = all.map(|d| d["name"].as_str().unwrap().to_owned());
    all.enumerate()
        .filter(|(at, _)| at % parts == part)
        .map(|(_, name)| name)
        .collect()
}

fn pass(part: usize, parts: usize) {
    let names = names(part, parts);
    assert!(!names.is_empty());
    let mut args = vec!["drill", "run", "--output", "json"];
    args.extend(names.iter().map(String::as_str));
    let (code, told) = run(&args);
    let failed: Vec<String> = told["drills"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|d| d["passed"] != true)
        .map(|d| format!("{}: {}", d["drill"], d["sentences"]))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(code, Some(0));
}

#[test]
fn the_first_quarter_of_the_library_passes() {
    pass(0, 4);
}

#[test]
fn the_second_quarter_of_the_library_passes() {
    pass(1, 4);
}

#[test]
fn the_third_quarter_of_the_library_passes() {
    pass(2, 4);
}

#[test]
fn the_last_quarter_of_the_library_passes() {
    pass(3, 4);
}

#[test]
fn a_drill_whose_expectation_is_not_met_fails() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deaf.yaml");
    let text = "apiVersion: candor/v1
kind: Scenario
metadata: {name: deaf}
spec:
  seed: 3
  days: 9
  events: 15000
  models: [{name: credit-risk}]
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d, magnitude: 0.01}
  expect:
    - {model: credit-risk, measure: missing, column: input_debt_ratio, within: 6h}
";
    std::fs::write(&file, text).unwrap();
    let (code, told) = run(&[
        "drill",
        "run",
        &file.display().to_string(),
        "--output",
        "json",
    ]);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(told["drills"][0]["passed"], false);
    assert_eq!(told["score"]["caught"], 0);
}

/// A fault that is told, and routes by which notices may go.
fn told_by(routes: &str) -> (Option<i32>, Value) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let drill = write(
        "drill.yaml",
        "apiVersion: candor/v1
kind: Scenario
metadata: {name: heard}
spec:
  seed: 3
  days: 10
  events: 60000
  models: [{name: credit-risk}]
  faults:
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d8h, to: 8d20h, magnitude: 0.6}
  expect:
    - {model: credit-risk, measure: missing, column: input_debt_ratio, within: 6h, resolves_within: 1d}
",
    );
    let mut args = vec!["drill", "run", &drill, "--output", "json"];
    let routes = write("routes.yaml", routes);
    if std::fs::metadata(&routes).unwrap().len() > 0 {
        args.extend(["--with", &routes]);
    }
    run(&args)
}

fn route(rest: &str) -> String {
    format!(
        "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: on-call}}\nspec:\n  \
         receivers: [{{slack: {{secret: channel}}}}]\n{rest}"
    )
}

#[test]
fn a_drill_is_measured_to_the_receiver_of_its_notices() {
    // Without routes all is told at once.
    let (code, told) = told_by("");
    assert_eq!(code, Some(0), "{told}");
    let drill = &told["drills"][0];
    let expected = &drill["expected"][0];
    assert!(
        drill["notices"].as_u64().unwrap() >= 2,
        "its beginning and its end: {drill}"
    );
    assert_eq!(
        expected["delay_us"], expected["decided_delay_us"],
        "{drill}"
    );
    let took_us = expected["delivery_us"].as_i64().unwrap();
    assert!((0..30_000_000).contains(&took_us), "{drill}");
    let at_once = expected["delay_us"].as_i64().unwrap();

    // By people's routes: here they wait for an hour, and their Slack hears nothing of it.
    let (code, told) = told_by(&route("  match: {model: credit-risk}\n  group_wait: 1h\n"));
    assert_eq!(code, Some(0), "{told}");
    let expected = &told["drills"][0]["expected"][0];
    assert_eq!(expected["delay_us"], at_once + 3_600_000_000, "{expected}");
    assert_eq!(expected["decided_delay_us"], at_once);

    // A route that waits too long, or leads elsewhere, fails the drill.
    for (rest, said) in [
        ("  group_wait: 5h\n", "told only after"),
        (
            "  match: {model: other}\n",
            "decided after 3h, and no receiver was told",
        ),
    ] {
        let (code, told) = told_by(&route(rest));
        assert_eq!(code, Some(1), "{told}");
        let sentence = &told["drills"][0]["sentences"][0];
        assert!(sentence.as_str().unwrap().contains(said), "{sentence}");
        assert_eq!(told["score"]["caught"], 0);
    }
}

/// A trickle of failures that no window shows for certain, but that a promise does not allow.
const TRICKLE: &str = "apiVersion: candor/v1
kind: Scenario
metadata: {name: trickle}
spec:
  seed: 5
  days: 11
  events: 160000
  models: [{name: product-ranking}]
  faults:
    - {fault: error_burst, model: product-ranking, from: 8d, to: 10d, magnitude: 0.015}
  expect:
    - {model: product-ranking, measure: errors, within: 1d}
";
const PROMISE: &str = "apiVersion: candor/v1
kind: Objective
metadata: {name: answers}
spec: {model: product-ranking, metric: errors, target: 0.995, over: 30d}
";
/// The same, as OpenSLO has it.
const OPENSLO: &str = "apiVersion: openslo/v1
kind: SLO
metadata: {name: answers}
spec:
  service: product-ranking
  indicator:
    metadata: {name: answers}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: Candor, spec: {metric: errors}}}
        total: {metricSource: {type: Candor, spec: {metric: requests}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.995}]
";

#[test]
fn a_promise_tells_of_a_trickle_that_burns_its_budget() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let drill = write("trickle.yaml", TRICKLE);
    let usual = ["drill", "run", &drill, "--output", "json"];
    let (code, told) = run(&usual);
    assert_eq!(code, Some(1), "{told}");
    for (name, text) in [("promise.yaml", PROMISE), ("openslo.yaml", OPENSLO)] {
        let promise = write(name, text);
        let (code, told) = run(&[&usual[..], &["--with", &promise]].concat());
        assert_eq!(code, Some(0), "{name}: {told}");
        let delay_us = told["drills"][0]["expected"][0]["delay_us"].as_i64();
        assert!(delay_us.is_some_and(|us| us > 3_600_000_000), "{told}");
    }
}
