//! `candor report`: files in, findings out, without a server.

use crate::datasets::data_file;
use crate::engines;
use crate::sandbox::{Sandbox, candor};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

fn run(args: &[&str]) -> Output {
    candor().arg("report").args(args).output().unwrap()
}

/// The JSON of a report that must succeed.
fn told(args: &[&str]) -> Value {
    let out = run(&[args, &["--output", "json"]].concat());
    let error = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{args:?}: {error}");
    serde_json::from_slice(&out.stdout).unwrap()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn spec(name: &str) -> String {
    text(&engines::repository().join("examples").join(name))
}

/// Rows of a made-up model: an amount, a region, a score, and whether it came true.
fn rows(count: u32, amount: f64, region: &str, wrong: u32) -> String {
    let mut csv = String::from("id,amount,region,score,outcome\n");
    let mut state = 7_u32;
    for id in 0..count {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = f64::from(state >> 8) / f64::from(1 << 24);
        let region = if id % 3 == 0 { region } else { "south" };
        let score = (noise * 97.0).fract();
        let came = (score > 0.5) != (id % 100 < wrong);
        let _ = writeln!(
            csv,
            "{id},{},{region},{score:.4},{}",
            amount + noise,
            u8::from(came)
        );
    }
    csv
}

struct Files {
    dir: tempfile::TempDir,
}

impl Files {
    fn new(current: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("before.csv"),
            rows(3_000, 10.0, "north", 10),
        )
        .unwrap();
        fs::write(dir.path().join("now.csv"), current).unwrap();
        let model = "task: binary\ncolumns:\n  id: id\n  inputs: [amount, region]\n  outputs: {score: score}\n  outcome: outcome\npositive_class: \"1\"\n";
        fs::write(dir.path().join("model.yaml"), model).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> String {
        text(&self.dir.path().join(name))
    }

    fn report(&self, more: &[&str]) -> Output {
        let (now, before, model) = (
            self.path("now.csv"),
            self.path("before.csv"),
            self.path("model.yaml"),
        );
        let args = [now.as_str(), "--reference", &before, "--spec", &model];
        run(&[&args, more].concat())
    }

    fn code(&self, more: &[&str]) -> Option<i32> {
        self.report(more).status.code()
    }
}

#[test]
fn what_did_not_change_is_no_finding() {
    let files = Files::new(&rows(3_000, 10.0, "north", 10));
    for kind in ["drift", "quality", "performance", "fairness"] {
        assert_eq!(files.code(&["--fail-on", kind]), Some(0), "{kind}");
    }
}

#[test]
fn each_kind_of_change_ends_a_pipeline_that_asked_for_it() {
    let cases = [
        ("drift", rows(3_000, 10.5, "north", 10)),
        ("quality", rows(3_000, 10.0, "mars", 10)),
        ("performance", rows(3_000, 10.0, "north", 40)),
    ];
    for (kind, current) in cases {
        let files = Files::new(&current);
        assert_eq!(files.code(&["--fail-on", kind]), Some(1), "{kind}");
        assert_eq!(files.code(&[]), Some(0), "{kind}");
        assert_eq!(files.code(&["--fail-on", "fairness"]), Some(0), "{kind}");
    }
}

#[test]
fn a_report_is_written_in_every_form_and_twice_the_same() {
    let files = Files::new(&rows(3_000, 10.5, "north", 40));
    for (name, begins) in [
        ("r.html", "<!doctype html>"),
        ("r.json", "{"),
        ("r.md", "#"),
    ] {
        let out = files.path(name);
        assert_eq!(files.code(&["--out", &out]), Some(0), "{name}");
        let written = fs::read_to_string(&out).unwrap();
        assert!(
            written.to_lowercase().starts_with(begins),
            "{name}: {}",
            &written[..60]
        );
        assert!(written.contains("amount"), "{name}");
        assert!(
            !written.contains("://") || !name.ends_with("html") || !written.contains("src=\"http"),
            "{name}"
        );
    }
    let json = |threads: &str| -> Value {
        let out = files.report(&["--output", "json", "--threads", threads]);
        let mut told: Value = serde_json::from_slice(&out.stdout).unwrap();
        told["generated_at"] = Value::Null;
        told
    };
    assert_eq!(json("1"), json("4"));
}

#[test]
fn outcomes_may_lie_in_a_file_of_their_own() {
    let files = Files::new(&rows(3_000, 10.0, "north", 40));
    let all = fs::read_to_string(files.path("now.csv")).unwrap();
    let part = |keep: &[usize]| -> String {
        let line = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            keep.iter()
                .map(|at| cells[*at])
                .collect::<Vec<_>>()
                .join(",")
        };
        all.lines().map(line).collect::<Vec<_>>().join("\n")
    };
    let together: Value =
        serde_json::from_slice(&files.report(&["--output", "json"]).stdout).unwrap();
    fs::write(files.path("outcomes.csv"), part(&[0, 4])).unwrap();
    fs::write(files.path("now.csv"), part(&[0, 1, 2, 3])).unwrap();
    let outcomes = files.path("outcomes.csv");
    let apart = files.report(&["--output", "json", "--outcomes", &outcomes]);
    let apart: Value = serde_json::from_slice(&apart.stdout).unwrap();
    assert!(apart["performance"]["current"]["roc_auc"]["value"].is_number());
    assert_eq!(apart["performance"], together["performance"]);
    let due: Value = serde_json::from_slice(&files.report(&["--output", "json"]).stdout).unwrap();
    assert!(due["performance"].is_null());
    assert!(due["estimated_performance"]["current"]["roc_auc"]["value"].is_number());
}

#[test]
fn wrong_use_is_told_in_a_sentence() {
    let files = Files::new("id,amount,region,score,outcome\n");
    let cases: [(&[&str], &str); 4] = [
        (&["--out", "r.pdf"], "unknown_form"),
        (&["--only", "weather"], "there is no section"),
        (&["--rows", "5..5"], "has no rows"),
        (&["--methods", "ks"], "no rows"),
    ];
    for (more, sentence) in cases {
        let out = files.report(more);
        let error = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{more:?}: {error}");
        assert!(error.contains(sentence), "{more:?}: {error}");
    }
    let out = run(&[
        &files.path("gone-*.parquet"),
        "--reference",
        &files.path("before.csv"),
    ]);
    assert_eq!(out.status.code(), Some(2));
    let out = run(&[&files.path("before.csv")]);
    assert!(String::from_utf8_lossy(&out.stderr).contains("nothing to compare with"));
}

#[test]
fn a_delta_table_is_read_by_its_folder() {
    let sandbox = Sandbox::start();
    let json = ("content-type", "application/x-ndjson");
    for (model, shift) in [("before", 0.0), ("now", 3.0)] {
        let mut body = String::new();
        for i in 0..2_000_u32 {
            let x = f64::from(i.wrapping_mul(2_654_435_761) >> 12) / f64::from(1 << 20) + shift;
            let _ = writeln!(
                body,
                "{{\"id\":\"{model}-{i}\",\"inputs\":{{\"x\":{x}}},\"outputs\":{{\"score\":0.5}}}}"
            );
        }
        let reply = sandbox.http(
            "POST",
            &format!("/v1/models/{model}/predictions"),
            &[json],
            body.as_bytes(),
        );
        assert_eq!(reply.counts().0, 2_000);
    }
    let flushed = sandbox.http("POST", "/v1/flush", &[], b"");
    assert_eq!(flushed.status, 200, "{}", flushed.text());
    let folder = |model: &str| {
        text(
            &sandbox
                .data()
                .join(format!("lake/models/{model}/predictions")),
        )
    };
    let report = told(&[&folder("now"), "--reference", &folder("before")]);
    let columns = report["columns"].as_array().unwrap();
    let input = columns.iter().find(|c| c["name"] == "input_x").unwrap();
    assert_eq!(input["current"]["count"], 2_000);
    assert_eq!(input["drift"]["drifted"], true, "{input}");
}

/// The data set's file, or the end of the test where it is absent.
fn data(name: &str) -> Option<String> {
    data_file(name).map(|path: PathBuf| text(&path))
}

fn value(report: &Value, pointer: &str) -> f64 {
    let found = report.pointer(pointer).and_then(Value::as_f64);
    found.unwrap_or_else(|| panic!("no {pointer}"))
}

#[test]
fn income_by_sex_has_the_published_figures() {
    let Some(predictions) = data("adult/predictions.parquet") else {
        return;
    };
    let report = told(&[
        &predictions,
        "--spec",
        &spec("adult/model.yaml"),
        "--reference-rows",
        "..20000",
    ]);
    for (metric, expected) in [("roc_auc", 0.9278), ("log_loss", 0.2823), ("brier", 0.0894)] {
        let found = value(&report, &format!("/performance/current/{metric}/value"));
        assert!((found - expected).abs() < 5e-5, "{metric}: {found}");
    }
    let disparities = report["fairness"]["disparities"].as_array().unwrap();
    let parity = disparities
        .iter()
        .find(|d| d["attribute"] == "sex" && d["measure"] == "demographic_parity")
        .unwrap();
    assert!((value(parity, "/difference/value") - 0.1776).abs() < 5e-5);
    assert!((value(parity, "/ratio/value") - 0.3017).abs() < 5e-5);
    assert_eq!(parity["breach"], true);
}

#[test]
fn halves_of_a_census_have_not_drifted() {
    let Some(census) = data("adult/adult.parquet") else {
        return;
    };
    let report = told(&[
        &census,
        "--spec",
        &spec("adult/census.yaml"),
        "--reference-rows",
        "..16000",
        "--only",
        "drift",
    ]);
    let drifted: Vec<&Value> = report["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["drift"]["drifted"] == true)
        .collect();
    assert!(drifted.is_empty(), "{drifted:?}");
}

#[test]
fn a_constant_reference_is_seen_to_change() {
    let Some(elec2) = data("elec2/elec2.csv.gz") else {
        return;
    };
    let report = told(&[
        &elec2,
        "--spec",
        &spec("elec2/model.yaml"),
        "--reference-rows",
        "..17000",
        "--only",
        "drift",
    ]);
    let columns = report["columns"].as_array().unwrap();
    for name in ["transfer", "vicprice", "vicdemand"] {
        let column = columns.iter().find(|c| c["name"] == name).unwrap();
        assert_eq!(column["drift"]["drifted"], true, "{column}");
    }
}

#[test]
fn estimates_see_what_outcomes_will_show() {
    let (Some(now), Some(before)) = (
        data("nannyml_car_price/analysis.parquet"),
        data("nannyml_car_price/reference.parquet"),
    ) else {
        return;
    };
    let spec = spec("car_price/model.yaml");
    let report = told(&[
        &now,
        "--reference",
        &before,
        "--spec",
        &spec,
        "--only",
        "estimated_performance",
        "--rows",
        "30000..",
    ]);
    let mae = value(&report, "/estimated_performance/current/mae/value");
    // The peer says 715, outcomes say 702.
    assert!((mae / 715.0 - 1.0).abs() < 0.05, "{mae}");
    assert!(report["performance"].is_null());
}
