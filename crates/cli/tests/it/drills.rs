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
