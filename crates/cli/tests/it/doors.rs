//! What every door shares, and the doors of operation: health, metrics, the description, the tail.

use crate::http::{Reply, connect};
use crate::sandbox::Sandbox;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

fn get(sandbox: &Sandbox, path: &str) -> Reply {
    sandbox.http("GET", path, &[], b"")
}

#[test]
fn the_description_lists_every_door_and_each_of_them_answers() {
    let sandbox = Sandbox::start();
    let api = get(&sandbox, "/api/openapi.json").json();
    let (mut doors, mut operations) = (Vec::new(), BTreeSet::new());
    for (path, methods) in api["paths"].as_object().unwrap() {
        for (method, door) in methods.as_object().unwrap() {
            assert!(
                door["responses"].as_object().is_some_and(|r| !r.is_empty()),
                "{method} {path}"
            );
            doors.push(format!("{} {path}", method.to_uppercase()));
            let operation = door["operationId"].as_str().unwrap();
            assert!(operations.insert(operation), "{operation} twice");
        }
    }
    doors.sort();
    let known = "DELETE /api/v2/silence/{id}
DELETE /v1/silences/{name}
DELETE /v1/specs/{kind}/{name}
DELETE /v1/tokens/{id}
GET /api/v2/alerts
GET /api/v2/alerts/groups
GET /api/v2/receivers
GET /api/v2/silence/{id}
GET /api/v2/silences
GET /api/v2/status
GET /health/live
GET /health/ready
GET /metrics
GET /v1/alerts
GET /v1/alerts/scores
GET /v1/alerts/{id}
GET /v1/alerts/{id}/evidence
GET /v1/alerts/{id}/why
GET /v1/drills
GET /v1/drills/schedule
GET /v1/erasures
GET /v1/keys
GET /v1/models
GET /v1/models/{model}
GET /v1/models/{model}/fairness
GET /v1/models/{model}/monitors
GET /v1/models/{model}/privacy
GET /v1/models/{model}/profiles
GET /v1/models/{model}/profiles/rebuild
GET /v1/models/{model}/proposal
GET /v1/models/{model}/schema
GET /v1/models/{model}/versions
GET /v1/models/{model}/volumes
GET /v1/models/{model}/why
GET /v1/observer
GET /v1/quarantine
GET /v1/silences
GET /v1/specs
GET /v1/specs/{kind}
GET /v1/specs/{kind}/{name}
GET /v1/specs/{kind}/{name}/history
GET /v1/stream
GET /v1/tokens
POST /api/v2/silences
POST /v1/alerts/{id}/acknowledge
POST /v1/alerts/{id}/verdict
POST /v1/backtests
POST /v1/drills/{name}/rehearse
POST /v1/erasures
POST /v1/events
POST /v1/flush
POST /v1/keys/{purpose}/rotate
POST /v1/models/{model}/effects
POST /v1/models/{model}/feedback
POST /v1/models/{model}/outcomes
POST /v1/models/{model}/predictions
POST /v1/models/{model}/profiles/rebuild
POST /v1/observer/runs
POST /v1/quarantine/replay
POST /v1/silences
POST /v1/sql
POST /v1/tokens
POST /v1/traces
PUT /v1/specs/{kind}/{name}";
    assert_eq!(doors.join("\n"), known);
    for door in doors.iter().filter(|d| !d.ends_with("/v1/stream")) {
        let (method, path) = door.split_once(' ').unwrap();
        let path = path
            .replace("{model}", "absent")
            .replace("{kind}", "Model")
            .replace("{name}", "absent")
            .replace("{purpose}", "absent")
            .replace("{id}", "absent");
        let reply = sandbox.http(method, &path, &[("content-type", "application/json")], b"");
        // Alertmanager's refusals are a text in JSON.
        if path.starts_with("/api/v2/") {
            assert!(reply.status < 500 && reply.status != 405, "{door}");
            // What the framework refuses before that is a problem, as everywhere.
            let framework = reply.header("content-type") == Some("application/problem+json");
            let text = reply.header("content-type") == Some("application/json");
            assert!(framework || text, "{door}");
            assert!(
                framework || reply.status < 400 || reply.json().is_string(),
                "{door}"
            );
            continue;
        }
        // OpenTelemetry's are a status of its own.
        if path == "/v1/traces" {
            assert_eq!(reply.status, 400, "{}", reply.text());
            assert_eq!(reply.header("content-type"), Some("application/json"));
            continue;
        }
        let known = reply.status < 500 && reply.status != 405 && reply.verdict() != "404 -";
        assert!(known, "{door}: {} {}", reply.status, reply.text());
        let page = reply.json()["detail"]
            .as_str()
            .is_some_and(|d| d.contains("There is no page"));
        assert!(!page, "{door}: {}", reply.text());
        if reply.status >= 400 {
            assert_eq!(
                reply.header("content-type"),
                Some("application/problem+json"),
                "{door}: {}",
                reply.text()
            );
            let problem = reply.json();
            assert_eq!(problem["status"], reply.status, "{door}");
            for part in ["type", "title", "detail", "code"] {
                assert!(
                    problem[part].as_str().is_some_and(|t| !t.is_empty()),
                    "{door}: {problem}"
                );
            }
        }
    }
    let page = get(&sandbox, "/api/docs/");
    assert_eq!(page.status, 200);
    assert!(
        page.text().to_lowercase().contains("<html"),
        "{}",
        page.text()
    );
    assert_eq!(get(&sandbox, "/v1/nowhere").verdict(), "404 not_found");
    assert_eq!(
        sandbox.http("PATCH", "/v1/models", &[], b"").verdict(),
        "405 method_not_allowed"
    );
    let headers = get(&sandbox, "/v1/models");
    assert_eq!(headers.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(headers.header("cache-control"), Some("no-store"));
}

#[test]
fn health_tells_liveness_and_readiness() {
    let sandbox = Sandbox::start();
    for word in ["live", "ready"] {
        let told = get(&sandbox, &format!("/health/{word}")).json();
        assert_eq!(
            (&told["status"], &told["version"]),
            (&json!(word), &json!(env!("CARGO_PKG_VERSION")))
        );
    }
}

/// The samples of an OpenMetrics text, checked line by line.
fn metrics(sandbox: &Sandbox) -> BTreeMap<String, f64> {
    let reply = get(sandbox, "/metrics");
    assert_eq!(reply.status, 200);
    let text = reply.text();
    assert!(text.ends_with("# EOF\n"), "OpenMetrics ends with its mark");
    let mut types = BTreeMap::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["#", "TYPE", name, kind] => {
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(
                    types.insert(name.to_owned(), kind.to_owned()).is_none(),
                    "twice: {line}"
                );
            }
            ["#", "HELP" | "UNIT", ..] | ["#", "EOF"] => {}
            [name, value] => {
                let family = name.trim_end_matches("_total");
                assert!(types.contains_key(family), "no type: {line}");
                assert_eq!(
                    types[family] == "counter",
                    name.ends_with("_total"),
                    "{line}"
                );
                samples.insert(name.to_owned(), value.parse().unwrap());
            }
            _ => panic!("no metric: {line}"),
        }
    }
    samples
}

#[test]
fn metrics_move_with_what_happens() {
    let sandbox = Sandbox::start();
    let before = metrics(&sandbox);
    let rows = b"{\"id\":\"a\",\"outputs\":{\"score\":1}}\n{\"id\":\"a\",\"outputs\":{\"score\":1}}\n{\"id\":\"b\"}\n";
    sandbox
        .http("POST", "/v1/models/m/predictions", &[NDJSON], rows)
        .counts();
    sandbox.sql("SELECT 1");
    let wrong = sandbox.http(
        "POST",
        "/v1/sql",
        &[("content-type", "text/plain")],
        b"SELECT (",
    );
    assert_eq!(wrong.verdict(), "400 sql_syntax");
    sandbox.client().flush().unwrap();
    let after = metrics(&sandbox);
    let moved: Vec<(&str, f64)> = [
        "candor_requests_total",
        "candor_rows_accepted_total",
        "candor_rows_duplicate_total",
        "candor_rows_rejected_total",
        "candor_sql_statements_total",
        "candor_sql_failures_total",
        "candor_flush_failures_total",
        "candor_lake_rows",
    ]
    .map(|name| (name, after[name] - before[name]))
    .to_vec();
    assert_eq!(
        moved,
        [
            ("candor_requests_total", 1.0),
            ("candor_rows_accepted_total", 1.0),
            ("candor_rows_duplicate_total", 1.0),
            ("candor_rows_rejected_total", 1.0),
            ("candor_sql_statements_total", 2.0),
            ("candor_sql_failures_total", 1.0),
            ("candor_flush_failures_total", 0.0),
            ("candor_lake_rows", 2.0),
        ],
        "the prediction and the rejected row lie in the lake"
    );
    assert!(after["candor_log_bytes"] <= after["candor_log_bytes_max"]);
    assert!(after["candor_hot_bytes"] < 1.0);
}

/// The next message of an event stream.
fn next_message(lines: &mut impl Iterator<Item = String>) -> (String, Value) {
    let mut event = String::new();
    for line in lines {
        if let Some(name) = line.strip_prefix("event: ") {
            name.clone_into(&mut event);
        }
        if let Some(data) = line.strip_prefix("data: ") {
            return (event, serde_json::from_str(data).unwrap());
        }
    }
    panic!("the stream ended");
}

#[test]
fn the_tail_shows_what_is_stored_as_it_is_stored() {
    let sandbox = Sandbox::start();
    let mut stream = connect(sandbox.url());
    let host = sandbox.url().trim_start_matches("http://");
    write!(
        stream,
        "GET /v1/stream?model=loan HTTP/1.1\r\nhost: {host}\r\n\r\n"
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    let head: Vec<String> = lines.by_ref().take_while(|l| !l.is_empty()).collect();
    assert!(
        head[0].contains("200") && head.join(" ").contains("text/event-stream"),
        "{head:?}"
    );
    let rows: Vec<String> = (0..30)
        .map(|i| format!(r#"{{"id":"{i}","inputs":{{"x":{i}}}}}"#))
        .collect();
    for model in ["other", "loan"] {
        let path = format!("/v1/models/{model}/predictions");
        let reply = sandbox.http("POST", &path, &[NDJSON], rows.join("\n").as_bytes());
        assert_eq!(reply.counts().0, 30);
    }
    let (event, data) = next_message(&mut lines);
    assert_eq!(event, "events");
    assert_eq!(
        (&data["table"], &data["model"], &data["row_count"]),
        (&json!("predictions"), &json!("loan"), &json!(30)),
        "the other model's rows are not shown"
    );
    let shown = data["rows"].as_array().unwrap();
    assert_eq!((shown.len(), &shown[7]["input_x"]), (20, &json!(7)));
}

#[test]
fn a_statement_is_answered_in_three_formats() {
    let sandbox = Sandbox::start();
    let ask = |headers: &[(&str, &str)], body: &str| {
        sandbox.http("POST", "/v1/sql", headers, body.as_bytes())
    };
    let statement =
        "SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, '=1+1')) AS t (n, s) ORDER BY n";
    let json_body = json!({"sql": statement, "max_rows": 2, "timeout_ms": 5000}).to_string();
    let told = ask(&[("content-type", "application/json")], &json_body).json();
    assert_eq!(
        (&told["rows"], &told["row_count"], &told["truncated"]),
        (&json!([[1, "a"], [2, null]]), &json!(2), &json!(true))
    );
    assert_eq!(told["columns"][0]["name"], "n");
    let text = ("content-type", "text/plain");
    let csv = ask(&[text, ("accept", "text/csv")], statement);
    assert_eq!(
        csv.text().replace('\r', ""),
        "n,s\n1,a\n2,\n3,'=1+1\n",
        "no cell becomes a formula"
    );
    let arrow = ask(
        &[text, ("accept", "application/vnd.apache.arrow.stream")],
        statement,
    );
    let reader = arrow_ipc::reader::StreamReader::try_new(&arrow.body[..], None).unwrap();
    assert_eq!(reader.map(|b| b.unwrap().num_rows()).sum::<usize>(), 3);
    let wrong = [
        (
            ask(
                &[("content-type", "application/json")],
                "{\"query\":\"SELECT 1\"}",
            ),
            "400 malformed_json",
        ),
        (
            ask(&[("content-type", "text/html")], "SELECT 1"),
            "415 unknown_content_type",
        ),
        (
            ask(&[text], "SELECT * FROM nowhere"),
            "400 sql_unknown_table",
        ),
        (
            ask(&[text], "SELECT nothing FROM predictions"),
            "400 sql_unknown_column",
        ),
        (ask(&[text], ""), "400 sql_syntax"),
    ];
    for (reply, verdict) in wrong {
        assert_eq!(reply.verdict(), verdict, "{}", reply.text());
    }
}
