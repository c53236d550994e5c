//! The observer observed: profiles and rows, estimates and outcomes, alerts and verdicts, through the real server.

use crate::alerts::wait_for;
use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// Outcomes of credit-risk take up to twenty days.
const DAYS: i64 = 36;

/// Plays clean traffic of two models that ends in this hour.
fn play(sandbox: &Sandbox) {
    let now_us = sandbox.now_us();
    let start_us = now_us - now_us.rem_euclid(HOUR_US) - DAYS * DAY_US;
    let scenario = format!(
        "apiVersion: candor/v1\nkind: Scenario\nmetadata: {{name: story}}\nspec:\n  seed: 11\n  days: {DAYS}\n  \
         events: 90000\n  models: [{{name: credit-risk}}, {{name: delivery-time}}]\n  faults: []\n"
    );
    let file = sandbox.folder().join("story.yaml");
    std::fs::write(&file, scenario).unwrap();
    let start = candor_contract::format_us(start_us);
    let file = file.display().to_string();
    let out = sandbox.candor(&["simulate", &file, "--start", &start, "--output", "json"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
}

/// A run on demand, once no other one is under way.
fn observe(sandbox: &Sandbox, model: &str) -> Value {
    wait_for("a run of the observer", sandbox, || {
        let out = sandbox.candor(&["observer", model, "--run", "--output", "json"]);
        assert!(matches!(out.status.code(), Some(0 | 3)), "{out:?}");
        let told: Value = serde_json::from_slice(&out.stdout).ok()?;
        Some(told[0].clone())
    })
}

fn comparison<'a>(told: &'a Value, name: &str) -> &'a Value {
    let all = told["comparisons"].as_array().unwrap();
    all.iter().find(|c| c["comparison"] == name).unwrap()
}

#[test]
fn clean_traffic_is_seen_as_it_was_and_the_day_keeps_it() {
    // The past is played at once: an engine that runs meanwhile would miss what is yet to be sent.
    let mut sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    play(&sandbox);
    let told = observe(&sandbox, "credit-risk");
    for name in ["profiles", "performance", "verdicts"] {
        let own = comparison(&told, name);
        assert_eq!(own["state"], "ok", "{own:#}");
        assert_eq!(own["off_runs"], 0, "{own:#}");
    }
    let profiles = comparison(&told, "profiles");
    assert!(profiles["columns"].as_u64().unwrap() >= 10, "{profiles:#}");
    assert!(profiles["figures"].as_u64().unwrap() >= 60, "{profiles:#}");
    assert!(profiles["n"].as_u64().unwrap() >= 100, "{profiles:#}");
    let performance = comparison(&told, "performance");
    let checks = performance["checks"].as_array().unwrap().iter();
    let figures: Vec<&str> = checks.map(|c| c["figure"].as_str().unwrap()).collect();
    assert_eq!(figures, ["roc_auc", "accuracy", "relation"]);

    // The day keeps its run over a kill; the schedule looks at the model that has none.
    sandbox.kill();
    std::fs::write(sandbox.folder().join("candor.toml"), "").unwrap();
    sandbox.launch();
    let listed = wait_for("a scheduled run", &sandbox, || {
        let page = sandbox.http("GET", "/v1/observer", &[], b"").json();
        let items = page["items"].as_array()?.clone();
        (items.len() == 2).then_some(items)
    });
    let names: Vec<&Value> = listed.iter().map(|o| &o["model"]).collect();
    assert_eq!(names, [&json!("credit-risk"), &json!("delivery-time")]);
    let profiles = comparison(&listed[1], "profiles");
    assert_eq!(profiles["state"], "ok", "{profiles:#}");
    let performance = comparison(&listed[1], "performance");
    assert_eq!(performance["state"], "unknown", "{performance:#}");
    let path = "/v1/observer?model=credit-risk";
    let page = sandbox.http("GET", path, &[], b"").json();
    assert_eq!(page["items"], json!([told]));
    let metrics = sandbox.http("GET", "/metrics", &[], b"").text();
    for model in ["credit-risk", "delivery-time"] {
        let line = format!("candor_observer_off{{model=\"{model}\",comparison=\"profiles\"}} 0");
        assert!(metrics.contains(&line), "{metrics}");
    }
    let table = sandbox.candor(&["observer", "credit-risk"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("roc_auc"), "{text}");
}

#[test]
fn a_model_without_a_closed_day_is_told_as_such() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    let unknown = sandbox.candor(&["observer", "nobody", "--run"]);
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
    let empty = sandbox.candor(&["observer", "--output", "json"]);
    assert_eq!(String::from_utf8_lossy(&empty.stdout).trim(), "[]");
    let row = br#"{"inputs":{"x":1},"outputs":{"score":0.5}}"#;
    let path = "/v1/models/fresh/predictions";
    let json = [("content-type", "application/x-ndjson")];
    assert_eq!(sandbox.http("POST", path, &json, row).status, 200);
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
    let told = observe(&sandbox, "fresh");
    // Its first day is not over: nothing is compared, and nothing invented.
    for (name, state) in [
        ("profiles", "unknown"),
        ("performance", "unknown"),
        ("verdicts", "ok"),
    ] {
        let own = comparison(&told, name);
        assert_eq!(own["state"], state, "{own:#}");
        assert!(own["sentence"].as_str().is_some_and(|s| s.ends_with('.')));
    }
    let page = sandbox.http("GET", "/v1/observer?model=nobody", &[], b"");
    assert_eq!(page.verdict(), "404 not_found");
    let page = sandbox.http("GET", "/v1/observer?model=fresh&cursor=x", &[], b"");
    assert_eq!(page.status, 400, "{}", page.text());
}
