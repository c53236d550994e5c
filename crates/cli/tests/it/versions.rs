//! Versions side by side, an input by segment, kinds of errors, outcomes that stop coming and business effects: declared, sent and told through
//! the real binary.

use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const HOUR_US: i64 = 3_600_000_000;
const DAY_HOURS: i64 = 24;
const DAYS: i64 = 11;
/// Predictions of an hour.
const HOURLY: i64 = 60;
/// From this hour on a third of the requests goes to version 2, which times out.
const CANARY: i64 = 10 * DAY_HOURS + 6;
/// From this day on orders bring less, most outcomes are lost, and amounts of the north are missing.
const POOR: i64 = 9 * DAY_HOURS;

const MONITORS: &str = "
apiVersion: candor/v1
kind: Monitor
metadata: {name: canary-errors}
spec:
  model: orders
  measure: errors
  metric: timeout
  segment: {version: '2'}
  baseline: {version: '1'}
  window: 1h
  min_rows: 15
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: canary-latency}
spec: {model: orders, measure: latency_p50, segment: {version: '2'}, baseline: {version: '1'}, window: 2h, min_rows: 15}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: staging-errors}
spec: {model: orders, measure: errors, segment: {environment: staging}, window: 1h, min_rows: 15}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: north-amounts}
spec: {model: orders, measure: missing, column: input_amount, segment: {region: north}, window: 2h, min_rows: 15}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: west-amounts}
spec: {model: orders, measure: missing, column: input_amount, segment: {region: west}, window: 2h}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: revenue}
spec: {model: orders, measure: effect, metric: revenue, sustain: {breaches: 1, of: 1}}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: labels}
spec: {model: orders, measure: labels, window: 1d, sustain: {breaches: 1, of: 1}}
---
apiVersion: candor/v1
kind: Monitor
metadata: {name: calibration}
spec: {model: orders, measure: performance, metric: ece, window: 1d}
";

/// Whole days of traffic up to today.
fn traffic(start_us: i64) -> Vec<Value> {
    let mut events = Vec::new();
    for at in 0..DAYS * DAY_HOURS * HOURLY {
        let hour = at / HOURLY;
        let noise = (at * 7919).rem_euclid(101);
        let time =
            |late_us: i64| candor_contract::format_us(start_us + at * HOUR_US / HOURLY + late_us);
        let (id, is_new) = (format!("o-{at}"), hour >= CANARY && at % 3 == 0);
        let region = if at % 2 == 0 { "north" } else { "south" };
        let fails = if is_new { noise < 40 } else { noise < 1 };
        let score = 0.2 + 0.6 * (noise as f64 / 101.0);
        let mut prediction = json!({
            "kind": "prediction", "model": "orders", "id": id, "time": time(0),
            "version": if is_new { "2" } else { "1" }, "environment": "production",
            "inputs": {"amount": noise}, "segments": {"region": region}, "latency_ms": 20 + noise % 7,
            "status": if fails { "error" } else { "ok" },
        });
        if region == "north" && hour >= POOR && noise < 60 {
            prediction["inputs"] = json!({"amount": null});
        }
        if fails {
            prediction["error"] = json!({"type": "timeout", "message": "no answer in 2 s"});
        } else {
            let class = if score >= 0.5 { "1" } else { "0" };
            prediction["outputs"] = json!({"score": score, "class": class});
        }
        events.push(prediction);
        let is_lost = hour >= POOR && at % 5 != 0;
        if !fails && !is_lost {
            // The share that comes true is the score.
            let came = if (at * 31).rem_euclid(100) < (100.0 * score) as i64 {
                "1"
            } else {
                "0"
            };
            events.push(json!({
                "kind": "outcome", "model": "orders", "prediction_id": id, "time": time(HOUR_US), "class": came,
            }));
        }
        if at % 4 == 0 {
            let usual = if hour >= POOR { 38.0 } else { 50.0 };
            events.push(json!({
                "kind": "effect", "model": "orders", "id": format!("e-{at}"), "time": time(0), "name": "revenue",
                "value": usual + (noise % 11) as f64, "unit": "EUR",
            }));
        }
    }
    events
}

#[test]
fn versions_outcomes_and_effects_are_watched_as_declared() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    let now_us = sandbox.now_us();
    let today_us = now_us - now_us.rem_euclid(DAY_HOURS * HOUR_US);
    let model = "apiVersion: candor/v1\nkind: Model\nmetadata: {name: orders}\nspec: {task: binary, positive_class: '1'}\n";
    let file = sandbox.folder().join("model.yaml");
    std::fs::write(&file, model).unwrap();
    let out = sandbox.candor(&["apply", "-f", &file.display().to_string()]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    for part in traffic(today_us - DAYS * DAY_HOURS * HOUR_US).chunks(5_000) {
        let lines: Vec<String> = part.iter().map(Value::to_string).collect();
        let headers = [("content-type", "application/x-ndjson")];
        let reply = sandbox.http("POST", "/v1/events", &headers, lines.join("\n").as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.json()["rejected_count"], 0, "{}", reply.text());
    }
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
    let file = sandbox.folder().join("monitors.yaml");
    std::fs::write(&file, MONITORS).unwrap();
    let file = file.display().to_string();
    let to = candor_contract::format_us(today_us);
    let args = [
        "backtest",
        "orders",
        "--monitors",
        &file,
        "--only",
        "--to",
        &to,
        "--output",
        "json",
    ];
    let out = sandbox.candor(&args);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(told["not_watched"], json!(["west-amounts"]), "{told:#}");
    let mut monitors: Vec<(String, String)> = Vec::new();
    for transition in told["transitions"].as_array().unwrap() {
        for symptom in transition["alert"]["symptoms"].as_array().unwrap() {
            let text = |key: &str| symptom[key].as_str().unwrap_or_default().to_owned();
            let onset_us = symptom["onset_us"].as_i64().unwrap();
            let hour = (onset_us - (today_us - DAYS * DAY_HOURS * HOUR_US)) / HOUR_US;
            monitors.push((text("monitor"), format!("{}", hour)));
        }
    }
    monitors.sort_unstable();
    monitors.dedup();
    let expected = [
        ("canary-errors", CANARY),
        ("labels", POOR),
        ("north-amounts", POOR),
        ("revenue", POOR),
    ];
    let expected = expected.map(|(name, hour)| (name.to_owned(), hour.to_string()));
    assert_eq!(monitors, expected, "{told:#}");
}
