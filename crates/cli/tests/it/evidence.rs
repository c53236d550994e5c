//! What backs an alert: the worst segment and rows that show it, through the real server.

use crate::sandbox::Sandbox;
use crate::story::{apply, play, play_days, server, wait_for};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Applications of one region come without a field.
const NORTH: &str = "    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], segment: {region: north}, \
     from: 8d8h, magnitude: 0.8}\n";

fn get(sandbox: &Sandbox, path: &str) -> Value {
    let reply = sandbox.http("GET", path, &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

/// The first alert's id.
fn alert(sandbox: &Sandbox) -> String {
    wait_for("an alert", sandbox, || {
        let page = get(sandbox, "/v1/alerts");
        page["items"][0]["id"].as_str().map(str::to_owned)
    })
}

fn statement_of(monitor: &Value) -> &str {
    let sql = monitor["sql"].as_str();
    sql.unwrap_or_else(|| panic!("no statement: {monitor}"))
}

#[test]
fn an_alert_shows_its_worst_segment_and_rows_that_lack_the_column() {
    let sandbox = server();
    play(&sandbox, NORTH);
    let id = alert(&sandbox);
    let evidence = get(&sandbox, &format!("/v1/alerts/{id}/evidence"));
    let monitor = &evidence["monitors"][0];
    assert_eq!(
        (&monitor["measure"], &monitor["column"]),
        (&json!("missing"), &json!("input_debt_ratio")),
        "{evidence}"
    );
    let segments = monitor["segments"].as_array().unwrap();
    let first = &segments[0];
    assert_eq!(
        (&first["segment"], &first["value"], &first["apart"]),
        (&json!("region"), &json!("north"), &json!(true)),
        "{evidence}"
    );
    let figure = |path: &str| first.pointer(path).and_then(Value::as_f64).unwrap();
    assert!(figure("/now/value") > 0.6, "{evidence}");
    assert!(figure("/reference/value") < 0.1, "{evidence}");
    assert!(figure("/excess") > 0.5, "{evidence}");
    assert!(
        figure("/now/n") >= 50.0 && monitor["rows_min"] == 50,
        "{evidence}"
    );
    // What profiles and rows tell of the part is the same as SQL tells.
    let counted = sandbox.sql(&format!(
        "SELECT count(*), avg(CASE WHEN input_debt_ratio IS NULL THEN 1.0 ELSE 0.0 END) \
         FROM \"credit-risk\".predictions WHERE segment_region = 'north' AND time >= '{}' AND time < '{}'",
        monitor["from"].as_str().unwrap(),
        monitor["to"].as_str().unwrap()
    ));
    assert_eq!(counted[0][0], first["now"]["n"], "{evidence}");
    let share = counted[0][1].as_f64().unwrap();
    assert!((share - figure("/now/value")).abs() < 1e-6, "{evidence}");

    let rows = monitor["examples"].as_array().unwrap();
    assert_eq!(rows.len(), 10, "{evidence}");
    let times: Vec<&str> = rows.iter().map(|r| r["time"].as_str().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    for row in rows {
        let row = row.as_object().unwrap();
        assert_eq!(row["input_debt_ratio"], Value::Null, "{evidence}");
        assert!(row.contains_key("segment_region") && row.contains_key("output_score"));
        let inputs = row.keys().filter(|c| c.starts_with("input_"));
        assert_eq!(inputs.count(), 1, "{evidence}");
    }
    // People can run the statement, and find these rows first.
    let more = sandbox.sql(statement_of(monitor));
    let more = more.as_array().unwrap();
    assert!(more.len() > 10 && more.len() <= 1000, "{}", more.len());
    for (row, found) in rows.iter().zip(more) {
        assert_eq!(row["id"], found[0]);
    }
    // The same question has the same answer, whoever asks.
    let of = |told: &Value| {
        (
            told["monitors"][0]["examples"].clone(),
            told["monitors"][0]["segments"].clone(),
        )
    };

    let shown = sandbox.candor(&["alert", "show", &id]);
    let page = String::from_utf8(shown.stdout.clone()).unwrap();
    assert_eq!(shown.status.code(), Some(0), "{shown:?}");
    for word in [
        "where it is worst",
        "rows that show it",
        "north",
        rows[0]["id"].as_str().unwrap(),
    ] {
        assert!(page.contains(word), "{word}: {page}");
    }
    let out = sandbox.candor(&["alert", "show", &id, "--output", "json"]);
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(told["id"], id.as_str());
    assert_eq!(of(&told["evidence"]), of(&evidence));

    // What a person declares as personal is not shown, whatever it holds.
    apply(
        &sandbox,
        "apiVersion: candor/v1\nkind: Model\nmetadata: {name: credit-risk}\nspec:\n  features:\n    \
         debt_ratio: {sensitivity: personal}\n    region: {sensitivity: sensitive}\n",
    );
    let careful = get(&sandbox, &format!("/v1/alerts/{id}/evidence"));
    let monitor = &careful["monitors"][0];
    assert_eq!(monitor["hidden"], json!(["input_debt_ratio"]), "{careful}");
    let rows = monitor["examples"].as_array().unwrap();
    assert_eq!(rows.len(), 10, "{careful}");
    for row in rows.iter().map(|r| r.as_object().unwrap()) {
        let seen = row.contains_key("input_debt_ratio") || row.contains_key("segment_region");
        assert!(!seen && row.contains_key("segment_channel"), "{careful}");
    }
}

/// Monitors whose bounds nothing keeps, so that each of them is part of an alert.
const IMPOSSIBLE: [(&str, &str); 6] = [
    (
        "errors",
        "measure: errors, decision: {bounds: {at_least: 0.99}}",
    ),
    (
        "slow",
        "measure: latency_p95, decision: {bounds: {at_most: 0.001}}",
    ),
    (
        "volume",
        "measure: volume, decision: {bounds: {at_least: 1000000}}",
    ),
    (
        "drift",
        "measure: drift, column: input_distance_km, decision: {bounds: {at_least: 0.99}}",
    ),
    (
        "wrong",
        "measure: performance, metric: mae, sustain: {breaches: 1, of: 1}, decision: {bounds: {at_most: 0.0001}}",
    ),
    (
        "complaints",
        "measure: complaints, decision: {bounds: {at_least: 0.99}}",
    ),
];

fn number(row: &Value, column: &str) -> f64 {
    row[column]
        .as_f64()
        .unwrap_or_else(|| panic!("{column}: {row}"))
}

/// What examples of a monitor must have in common.
fn check_examples(name: &str, rows: &[Value]) {
    let falls = |size: &dyn Fn(&Value) -> f64| {
        let sizes: Vec<f64> = rows.iter().map(size).collect();
        assert!(sizes.windows(2).all(|w| w[0] >= w[1]), "{name}: {sizes:?}");
    };
    match name {
        "errors" => assert!(rows.iter().all(|r| r["status"] == "error"), "{rows:?}"),
        "slow" => falls(&|r| number(r, "latency_ms")),
        "drift" => assert!(rows.iter().all(|r| r["input_distance_km"].is_number())),
        "wrong" => falls(&|r| (number(r, "output_value") - number(r, "outcome_value")).abs()),
        "complaints" => {
            let words = ["wrong", "biased", "harmful", "unhelpful"];
            let known = |r: &Value| words.contains(&r["feedback_verdict"].as_str().unwrap());
            assert!(rows.iter().all(known), "{rows:?}");
        }
        _ => panic!("{name} has no examples"),
    }
}

#[test]
fn each_kind_of_trouble_has_rows_and_a_statement_that_runs() {
    let sandbox = server();
    let monitors = IMPOSSIBLE.map(|(name, rest)| {
        format!(
            "apiVersion: candor/v1\nkind: Monitor\nmetadata: {{name: {name}}}\n\
             spec: {{model: delivery-time, {rest}}}\n"
        )
    });
    apply(&sandbox, &monitors.join("---\n"));
    play_days(&sandbox, "delivery-time", 9, "    []\n");
    let mut seen = BTreeSet::new();
    wait_for("evidence of each", &sandbox, || {
        let page = get(&sandbox, "/v1/alerts?limit=1000");
        for item in page["items"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            let told = get(&sandbox, &format!("/v1/alerts/{id}/evidence"));
            for monitor in told["monitors"].as_array().unwrap() {
                let name = monitor["monitor"].as_str().unwrap().to_owned();
                if seen.insert(name.clone()) {
                    check_monitor(&sandbox, &name, monitor);
                }
            }
        }
        let mut names = IMPOSSIBLE.iter().map(|(name, _)| *name);
        names.all(|name| seen.contains(name)).then_some(())
    });
}

fn check_monitor(sandbox: &Sandbox, name: &str, monitor: &Value) {
    let rows = monitor["examples"].as_array().unwrap();
    let more = sandbox.sql(statement_of(monitor));
    let more = more.as_array().unwrap();
    assert!(!monitor["whole"]["now"]["value"].is_null(), "{monitor}");
    assert!(
        monitor["segments"].as_array().unwrap().len() >= 2,
        "{monitor}"
    );
    assert!(more.len() >= rows.len(), "{monitor}");
    if name == "volume" {
        assert!(
            rows.is_empty() && monitor["notes"][0].is_string(),
            "{monitor}"
        );
        return;
    }
    assert!(!rows.is_empty(), "{monitor}");
    check_examples(name, rows);
    for (row, found) in rows.iter().zip(more) {
        assert_eq!(row["id"], found[0]);
    }
}

#[test]
fn an_alert_whose_rows_are_gone_says_so_and_an_unknown_one_is_not_found() {
    let sandbox = Sandbox::with_config("[storage]\nflush_age_ms = 500\nmaintain_every_s = 1\n");
    let over = NORTH.replace("from: 8d8h", "from: 7d4h, to: 7d16h");
    play_days(&sandbox, "credit-risk", 11, &over);
    let id = alert(&sandbox);
    let path = format!("/v1/alerts/{id}/evidence");
    let kept = get(&sandbox, &path);
    assert_eq!(kept["monitors"][0]["notes"], json!([]), "{kept}");
    assert!(kept["monitors"][0]["rows"].as_u64() > Some(300), "{kept}");
    apply(
        &sandbox,
        "apiVersion: candor/v1\nkind: Policy\nmetadata: {name: short}\nspec:\n  retention: {predictions: 1d}\n",
    );
    let gone = wait_for("the end of the rows", &sandbox, || {
        let told = get(&sandbox, &path);
        (told["monitors"][0]["rows"] == 0).then_some(told)
    });
    let monitor = &gone["monitors"][0];
    let notes = monitor["notes"].to_string();
    assert!(notes.contains("The rows of this time are gone"), "{gone}");
    assert_eq!(
        (&monitor["examples"], &monitor["segments"]),
        (&json!([]), &json!([])),
        "{gone}"
    );
    let page = sandbox.candor(&["alert", "show", &id]);
    let page = String::from_utf8(page.stdout).unwrap();
    assert!(page.contains("are gone"), "{page}");

    let unknown = sandbox.http("GET", "/v1/alerts/al_none/evidence", &[], b"");
    assert_eq!(unknown.verdict(), "404 not_found");
    let refused = sandbox.candor(&["alert", "show", "al_none"]);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
}
