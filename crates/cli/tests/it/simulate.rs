//! Simulated traffic: the same bytes for the same seed, the whole truth, and every event stored.

use crate::sandbox::{Sandbox, candor};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

const SCENARIO: &str = "apiVersion: candor/v1
kind: Scenario
metadata: {name: small}
spec:
  seed: 5
  days: 4
  events: 4000
  faults:
    - {fault: null_burst, model: credit-risk, columns: [income], segment: {region: south}, from: 1d, to: 2d}
    - {fault: bad_deployment, model: delivery-time, from: 2d, to: 3d, version: '9'}
    - {fault: covariate_drift, model: product-ranking, columns: [price], from: 1d, to: 3d, shape: gradual, story: Prices rose.}
    - {fault: feedback_storm, model: support-assistant, from: 3d6h}
";
const START: &str = "2026-09-07T00:00:00Z";

/// Runs without any server.
fn alone(args: &[&str]) -> Output {
    let mut command = candor();
    command.env("CANDOR_SERVER", "http://127.0.0.1:1");
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn json_of(out: &Output) -> Value {
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

/// A folder with the small scenario in a file.
fn folder() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("small.yaml");
    std::fs::write(&file, SCENARIO).unwrap();
    let file = text(&file);
    (dir, file)
}

/// All files below a folder, by their path in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn two_runs_of_one_seed_write_the_same_bytes() {
    let (dir, file) = folder();
    let run = |name: &str, more: &[&str]| {
        let out = dir.path().join(name);
        let mut args = vec!["simulate", &file, "--start", START, "--output", "json"];
        let folder = text(&out);
        args.extend(["--out", &folder]);
        args.extend(more);
        let told = json_of(&alone(&args));
        (files(&out), told)
    };
    for format in ["parquet", "ndjson"] {
        let (one, told) = run("one", &["--format", format]);
        let (two, _) = run("two", &["--format", format]);
        let names: Vec<&PathBuf> = one.keys().collect();
        assert!(one.len() >= 20, "{names:?}");
        for (name, bytes) in &one {
            assert!(!bytes.is_empty() && two[name] == *bytes, "{name:?}");
        }
        assert_eq!(told["faults"], 4, "{told}");
        let (other, _) = run("other", &["--format", format, "--seed", "6"]);
        let path = PathBuf::from("credit-risk").join(format!("predictions.{format}"));
        assert_ne!(one[&path], other[&path]);
    }
}

#[test]
fn files_keep_the_contract_and_the_truth_lists_every_fault() {
    let (dir, file) = folder();
    let out = dir.path().join("out");
    let folder = text(&out);
    let told = json_of(&alone(&[
        "simulate", &file, "--start", START, "--out", &folder, "--format", "ndjson", "--output",
        "json",
    ]));
    let mut lines = Vec::new();
    for name in files(&out)
        .keys()
        .filter(|n| n.extension().is_some_and(|e| e == "ndjson"))
    {
        lines.push(text(&out.join(name)));
    }
    let mut args = vec!["check", "--output", "json"];
    args.extend(lines.iter().map(String::as_str));
    let checked = json_of(&alone(&args));
    assert_eq!(checked["problems"], json!([]), "{checked}");
    assert_eq!(checked["rows"], told["events"], "{told}");

    let truth: Value =
        serde_json::from_slice(&std::fs::read(out.join("truth.json")).unwrap()).unwrap();
    let of = |key: &str| -> Vec<Value> {
        let faults = truth["faults"].as_array().unwrap();
        faults.iter().map(|fault| fault[key].clone()).collect()
    };
    assert_eq!(
        of("fault"),
        [
            "null_burst",
            "bad_deployment",
            "covariate_drift",
            "feedback_storm"
        ]
    );
    assert_eq!(
        of("from"),
        [
            "2026-09-08T00:00:00.000000Z",
            "2026-09-09T00:00:00.000000Z",
            "2026-09-08T00:00:00.000000Z",
            "2026-09-10T06:00:00.000000Z"
        ]
    );
    assert_eq!(
        of("to"),
        [
            json!("2026-09-09T00:00:00.000000Z"),
            json!("2026-09-10T00:00:00.000000Z"),
            Value::Null,
            Value::Null
        ]
    );
    assert_eq!(of("segment")[0], json!({"region": "south"}));
    assert_eq!(of("columns")[2], json!(["input_price"]));
    assert_eq!(of("version")[1], "9");
    assert_eq!(of("full_from")[2], "2026-09-10T00:00:00.000000Z");
}

#[test]
fn traffic_reaches_a_server_once_and_the_faults_are_in_it() {
    let sandbox = Sandbox::start();
    let file = text(&sandbox.folder().join("small.yaml"));
    std::fs::write(&file, SCENARIO).unwrap();
    let truth = text(&sandbox.folder().join("truth.json"));
    let args = [
        "simulate", &file, "--start", START, "--truth", &truth, "--output", "json",
    ];
    let told = json_of(&sandbox.candor(&args));
    let again = json_of(&sandbox.candor(&args));
    let count = |told: &Value, key: &str| -> u64 {
        let tables = told["tables"].as_array().unwrap();
        tables.iter().map(|t| t[key].as_u64().unwrap()).sum()
    };
    assert!(count(&told, "accepted") > 3_000, "{told}");
    assert_eq!(count(&told, "rejected"), 0, "{told}");
    assert_eq!(
        count(&again, "duplicates"),
        count(&told, "accepted"),
        "{again}"
    );
    for table in told["tables"].as_array().unwrap() {
        let name = table["table"].as_str().unwrap();
        let model = table["model"].as_str().unwrap();
        let stored = sandbox.sql(&format!(
            "SELECT count(*), count(DISTINCT id) FROM {name} WHERE model = '{model}'"
        ));
        let accepted = &table["accepted"];
        assert_eq!(stored[0], json!([accepted, accepted]), "{model} {name}");
    }
    let nulls = sandbox.sql(
        "SELECT avg(CASE WHEN input_income IS NULL THEN 1.0 ELSE 0.0 END) FROM \"credit-risk\".predictions
         GROUP BY segment_region = 'south' AND time >= '2026-09-08T00:00:00Z' AND time < '2026-09-09T00:00:00Z'
         ORDER BY 1",
    );
    let share = |row: usize| nulls[row][0].as_f64().unwrap();
    assert!(share(0) < 0.05 && share(1) > 0.4, "{nulls}");
    let versions =
        sandbox.sql("SELECT DISTINCT version FROM \"delivery-time\".predictions ORDER BY version");
    assert_eq!(versions, json!([["5.1.0"], ["9"]]));
    let spec = sandbox.client().spec("Model", "credit-risk").unwrap();
    assert_eq!(
        spec["object"]["spec"]["protected"],
        json!(["sex", "age_band"])
    );
    assert!(Path::new(&truth).exists());
}

#[test]
fn live_traffic_has_the_times_of_the_clock() {
    let sandbox = Sandbox::start();
    let file = text(&sandbox.folder().join("small.yaml"));
    std::fs::write(&file, SCENARIO).unwrap();
    let before = sandbox.now_us();
    let told = json_of(&sandbox.candor(&[
        "simulate", &file, "--rate", "400", "--for", "3s", "--output", "json",
    ]));
    let after = sandbox.now_us();
    assert!(told["events"].as_u64().unwrap() > 300, "{told}");
    let stored = sandbox.sql(
        "SELECT count(*), CAST(min(time) AS bigint), CAST(max(time) AS bigint) FROM predictions",
    );
    let figure = |at: usize| stored[0][at].as_i64().unwrap();
    assert!(figure(0) > 300, "{stored}");
    assert!(
        figure(1) >= before && figure(2) <= after,
        "{stored} {before} {after}"
    );
}

#[test]
fn what_is_wrong_with_a_scenario_is_told_before_anything_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("wrong.yaml");
    for (fault, told) in [
        (
            "{fault: null_burst, model: credit-risk, columns: [incom], from: 1d}",
            "Its inputs: income",
        ),
        (
            "{fault: nul_burst, model: credit-risk, from: 1d}",
            "Did you mean `null_burst`?",
        ),
        (
            "{fault: error_burst, model: credit-risks, from: 1d}",
            "Did you mean `credit-risk`?",
        ),
    ] {
        let head = "apiVersion: candor/v1\nkind: Scenario\nmetadata: {name: w}\nspec:\n  faults:\n";
        std::fs::write(&file, format!("{head}    - {fault}\n")).unwrap();
        let out = alone(&["simulate", &text(&file)]);
        let shown = String::from_utf8(out.stderr.clone()).unwrap();
        assert_eq!(out.status.code(), Some(2), "{out:?}");
        assert!(shown.contains(told), "{shown}");
    }
    let out = alone(&["simulate", "nowhere.yaml"]);
    assert_eq!(out.status.code(), Some(2), "{out:?}");
}

#[test]
fn the_examples_are_scenarios_that_can_be_played() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios");
    let out = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = text(&entry.unwrap().path());
        let to = text(out.path());
        let args = [
            "simulate", &path, "--events", "400", "--for", "1d", "--out", &to, "--output", "json",
        ];
        let told = json_of(&alone(&args));
        assert!(told["events"].as_u64().unwrap() > 0, "{path}: {told}");
        let checked = alone(&["check", &path]);
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    }
}

#[test]
fn a_small_demo_loads_and_ends_on_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let data = text(&folder);
    let args = [
        "demo",
        "--data",
        &data,
        "--listen",
        "127.0.0.1:0",
        "--rows",
        "6000",
        "--no-live",
    ];
    let out = alone(&args);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let said = String::from_utf8(out.stdout.clone()).unwrap();
    let truth = text(&folder.join("truth.json"));
    for word in [
        "listening on http://127.0.0.1:",
        "loaded ",
        "bad_deployment",
        &truth,
        "/api/docs",
        "candor sql",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let ask = |statement: &str| {
        let out = alone(&["sql", "--data", &data, "--output", "json", statement]);
        json_of(&out)["rows"].clone()
    };
    let models = ask(
        "SELECT model, count(*), count(DISTINCT id) FROM predictions GROUP BY model ORDER BY model",
    );
    let names: Vec<&Value> = models
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row[0])
        .collect();
    assert_eq!(
        names,
        [
            "credit-risk",
            "delivery-time",
            "product-ranking",
            "support-assistant"
        ]
    );
    for row in models.as_array().unwrap() {
        assert!(
            row[1] == row[2] && row[1].as_u64().unwrap() > 100,
            "{models}"
        );
    }
    let loaded = said.split("loaded ").nth(1).unwrap();
    let loaded: String = loaded.split(' ').next().unwrap().replace(',', "");
    let stored = ask(
        "SELECT (SELECT count(*) FROM predictions) + (SELECT count(*) FROM outcomes)
            + (SELECT count(*) FROM feedback) + (SELECT count(*) FROM effects)
            + (SELECT count(*) FROM stages) + (SELECT count(*) FROM changes),
         (SELECT count(*) FROM quarantine)",
    );
    assert_eq!(stored[0], json!([loaded.parse::<u64>().unwrap(), 0]));
    let told: Value = serde_json::from_slice(&std::fs::read(&truth).unwrap()).unwrap();
    let faults = told["faults"].as_array().unwrap();
    assert_eq!(faults.len(), 5, "{told}");
    // The story can be found in what is stored.
    let burst = &faults[0];
    let nulls = ask(&format!(
        "SELECT avg(CASE WHEN input_debt_ratio IS NULL THEN 1.0 ELSE 0.0 END) FROM \"credit-risk\".predictions
         WHERE segment_region = 'north' AND time >= '{}' AND time < '{}'",
        burst["from"].as_str().unwrap(),
        burst["to"].as_str().unwrap()
    ));
    assert!(nulls[0][0].as_f64().unwrap() > 0.3, "{nulls}");
}
