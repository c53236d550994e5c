//! What only rows together tell, through the real server: performance estimated before outcomes come, and drift of all
//! inputs at once.

use crate::sandbox::Sandbox;
use crate::story::{json_of, play_weeks};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MONITORS: &str = "apiVersion: candor/v1
kind: Monitor
metadata: {name: expected-error}
spec: {model: delivery-time, measure: estimated_performance, metric: mae, sustain: {breaches: 1, of: 1}}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: fit}
spec: {model: delivery-time, measure: reconstruction, sustain: {breaches: 1, of: 1}, decision: {bounds: {at_most: 1.5}}}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: told-apart}
spec: {model: delivery-time, measure: domain_auc, sustain: {breaches: 1, of: 1}, decision: {bounds: {at_most: 0.95}}}
";
/// Deliveries go farther.
const FARTHER: &str = "    - {fault: covariate_drift, model: delivery-time, columns: [distance_km], from: 9d, magnitude: 3}\n";

/// What monitors of samples tell of twelve days.
fn told(faults: &str) -> Value {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    play_weeks(&sandbox, "delivery-time", 12, faults);
    let file = sandbox.folder().join("monitors.yaml");
    std::fs::write(&file, MONITORS).unwrap();
    let file = file.display().to_string();
    let args = [
        "backtest",
        "delivery-time",
        "--monitors",
        &file,
        "--only",
        "--output",
        "json",
    ];
    let one = json_of(&sandbox, &args);
    assert_eq!(one["monitors"], 3, "{one}");
    // Samples are the same each time.
    assert_eq!(one["transitions"], json_of(&sandbox, &args)["transitions"]);
    one["transitions"].clone()
}

/// The monitors that took part.
fn monitors(transitions: &Value) -> BTreeSet<String> {
    let all = transitions.as_array().unwrap().iter();
    all.flat_map(|t| t["alert"]["symptoms"].as_array().unwrap())
        .map(|s| s["monitor"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn inputs_from_elsewhere_are_told_and_so_is_what_they_promise() {
    let told = told(FARTHER);
    let expected = ["expected-error", "fit", "told-apart"];
    assert_eq!(
        monitors(&told),
        expected.map(str::to_owned).into(),
        "{told}"
    );
    let said = told.to_string().to_lowercase();
    assert!(said.contains("estimated performance"), "{said}");
}

#[test]
fn ordinary_days_are_quiet() {
    let told = told("    []\n");
    assert_eq!(told, json!([]));
}

#[test]
fn a_monitor_of_a_sample_says_where_it_cannot_look() {
    let sandbox = Sandbox::start();
    for (spec, said) in [
        (
            "{model: m, measure: domain_auc, segment: {region: north}}",
            "is of all rows together",
        ),
        (
            "{model: m, measure: estimated_performance}",
            "needs a metric",
        ),
        (
            "{model: m, measure: estimated_performance, metric: log_loss}",
            "`log_loss`",
        ),
    ] {
        let monitor =
            format!("apiVersion: candor/v1\nkind: Monitor\nmetadata: {{name: x}}\nspec: {spec}\n");
        let reply = sandbox.http("PUT", "/v1/specs/Monitor/x", &[], monitor.as_bytes());
        assert_eq!(reply.verdict(), "422 invalid_spec", "{}", reply.text());
        assert!(reply.text().contains(said), "{}", reply.text());
    }
}
