//! Windows of a minute, and windows that are revised since rows came late, through the real binary.

use crate::sandbox::Sandbox;
use crate::story::wait_for;
use candor_contract::format_us;
use serde_json::{Value, json};

const MINUTE_US: i64 = 60_000_000;
const HOUR_US: i64 = 60 * MINUTE_US;
/// Predictions of a minute.
const EACH: i64 = 5;
/// Hours of the reference, and of what comes after it.
const REFERENCE: i64 = 6;
const HOURS: i64 = 8;
/// Minutes, from the start, in which all requests fail.
const FAULT: std::ops::Range<i64> = 430..436;

/// The minute that begins so many minutes after the start.
fn minute(start_us: i64, at: i64, what: &str) -> Vec<String> {
    let event = |row: i64| {
        let time_us = start_us + at * MINUTE_US + row * MINUTE_US / EACH;
        let failed = FAULT.contains(&at) || what == "late";
        let event = json!({
            "kind": "prediction", "model": "orders", "id": format!("{what}-{at}-{row}"), "time": format_us(time_us),
            "inputs": {"amount": (at * 7 + row) % 23}, "status": if failed { "error" } else { "ok" },
            "latency_ms": 20 + row,
        });
        event.to_string()
    };
    (0..EACH).map(event).collect()
}

fn send(sandbox: &Sandbox, lines: &[String]) {
    let headers = [("content-type", "application/x-ndjson")];
    let body = lines.join("\n");
    let reply = sandbox.http("POST", "/v1/events", &headers, body.as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["rejected_count"], 0, "{}", reply.text());
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
}

fn apply(sandbox: &Sandbox, text: &str) -> (Option<i32>, String) {
    let file = sandbox.folder().join("objects.yaml");
    std::fs::write(&file, text).unwrap();
    let out = sandbox.candor(&["apply", "-f", &file.display().to_string()]);
    let told = [out.stdout, out.stderr].concat();
    (
        out.status.code(),
        String::from_utf8_lossy(&told).into_owned(),
    )
}

fn monitor(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: candor/v1\nkind: Monitor\nmetadata: {{name: {name}}}\nspec: {{model: orders, {rest}}}\n"
    )
}

#[test]
fn windows_of_a_minute_and_windows_with_late_rows_are_told() {
    let sandbox = Sandbox::with_config("[monitoring]\nlate_seconds = 10\n");
    let now_us = sandbox.now_us();
    let even_us = now_us - 3 * MINUTE_US;
    let end_us = even_us - even_us.rem_euclid(2 * HOUR_US);
    let start_us = end_us - HOURS * HOUR_US;
    let model = format!(
        "apiVersion: candor/v1\nkind: Model\nmetadata: {{name: orders}}\nspec: {{reference: {{from: '{}', to: '{}'}}}}\n",
        format_us(start_us),
        format_us(start_us + REFERENCE * HOUR_US)
    );
    let errors = |window: &str| {
        format!(
            "measure: errors, window: {window}, min_rows: 3, decision: {{bounds: {{at_most: 0.3}}}}"
        )
    };
    let declared = [
        model,
        monitor("hour", &errors("1h")),
        monitor("hours", &errors("2h")),
    ];
    assert_eq!(apply(&sandbox, &declared.join("---\n")).0, Some(0));
    let minutes = (now_us - start_us) / MINUTE_US;
    let lines: Vec<String> = (0..minutes)
        .flat_map(|at| minute(start_us, at, "on-time"))
        .collect();
    send(&sandbox, &lines);
    of_a_minute(
        &sandbox,
        &errors("1m, sustain: {breaches: 2, of: 2}"),
        start_us,
    );
    late_rows(&sandbox, start_us);
}

/// A minute's monitor tells of the second bad minute at its end; measures that rows do not tell are refused.
fn of_a_minute(sandbox: &Sandbox, spec: &str, start_us: i64) {
    let file = sandbox.folder().join("minute.yaml");
    std::fs::write(&file, monitor("minute", spec)).unwrap();
    let file = file.display().to_string();
    let to = format_us(start_us + HOURS * HOUR_US);
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
    assert_eq!(told["windows"], json!((HOURS - REFERENCE) * 60), "{told:#}");
    let since = format_us(start_us + REFERENCE * HOUR_US);
    assert_eq!(told["short_from"], json!(since), "{told:#}");
    let first = &told["transitions"][0];
    let at = (first["at_us"].as_i64().unwrap() - start_us) / MINUTE_US;
    assert_eq!(
        (at, &first["step"]),
        (FAULT.start + 2, &json!("fired")),
        "{told:#}"
    );
    let last = told["transitions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["step"], "resolved", "{told:#}");

    for (rest, said) in [
        (
            "measure: performance, metric: accuracy, window: 1m",
            "needs windows of 5 minutes or more",
        ),
        (
            "measure: errors, window: 7m",
            "1 to 4 minutes, or whole multiples of 5 minutes up to 30 days",
        ),
        ("measure: errors, window: 31d", "up to 30 days"),
        (
            "measure: errors, window: 2m, baseline: hour_of_week",
            "shorter than 5 minutes",
        ),
    ] {
        let (code, told) = apply(sandbox, &monitor("refused", rest));
        assert!(code != Some(0) && told.contains(said), "{rest}: {told}");
    }
}

/// The point of a monitor whose window begins at `from_us`, once it shows what it was before.
fn revised(sandbox: &Sandbox, monitor: &str, from_us: i64) -> Option<Value> {
    let told = sandbox
        .http("GET", "/v1/models/orders/monitors", &[], b"")
        .json();
    let monitors = told["monitors"].as_array()?;
    let own = monitors.iter().find(|m| m["name"] == monitor)?;
    let from = format_us(from_us);
    let mut points = own["points"].as_array()?.iter();
    points.find(|p| p["from"] == from.as_str()).cloned()
}

/// Rows of an hour that is over change its figure, and that of the two hours that it is part of.
fn late_rows(sandbox: &Sandbox, start_us: i64) {
    let from_us = start_us + REFERENCE * HOUR_US;
    let hourly = 60 * EACH;
    for (name, n) in [("hour", hourly), ("hours", 2 * hourly)] {
        let closed = wait_for("a closed window", sandbox, || {
            revised(sandbox, name, from_us)
        });
        assert_eq!(
            (&closed["n"], &closed["breach"]),
            (&json!(n), &json!(false)),
            "{closed:#}"
        );
    }
    let minutes = REFERENCE * 60..(REFERENCE + 1) * 60;
    let late: Vec<String> = minutes
        .flat_map(|at| minute(start_us, at, "late"))
        .collect();
    send(sandbox, &late);
    for (name, n) in [("hour", hourly), ("hours", 2 * hourly)] {
        let point = wait_for("a revised window", sandbox, || {
            revised(sandbox, name, from_us).filter(|p| p["before"].is_object())
        });
        assert_eq!(point["n"], json!(n + hourly), "{point:#}");
        assert_eq!(point["breach"], json!(true), "{point:#}");
        assert_eq!(point["before"]["n"], json!(n), "{point:#}");
    }
}
