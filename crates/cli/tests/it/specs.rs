//! Declarative objects over HTTP: put, dry run, history, delete.

use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const YAML: &str = "apiVersion: candor/v1
kind: Model
metadata: {name: loan, owner: risk}
spec:
  task: binary
  features:
    age: {type: integer}
";

fn put(sandbox: &Sandbox, query: &str, body: &str) -> Value {
    let path = format!("/v1/specs/Model/loan{query}");
    let reply = sandbox.http("PUT", &path, &[], body.as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn get(sandbox: &Sandbox, path: &str) -> Value {
    let reply = sandbox.http("GET", path, &[], b"");
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

#[test]
fn an_object_lives_through_revisions_and_its_history_stays() {
    let mut sandbox = Sandbox::start();
    let dry = put(&sandbox, "?dry_run=true", YAML);
    assert_eq!(
        (&dry["changed"], &dry["dry_run"], &dry["revision"]),
        (&json!(true), &json!(true), &json!(0))
    );
    assert_eq!(
        sandbox
            .http("GET", "/v1/specs/Model/loan", &[], b"")
            .verdict(),
        "404 not_found"
    );
    let first = put(&sandbox, "?why=first%20draft", YAML);
    assert_eq!(
        (&first["changed"], &first["revision"]),
        (&json!(true), &json!(1))
    );
    let same = put(&sandbox, "", YAML);
    assert_eq!(
        (&same["changed"], &same["revision"], &same["diff"]),
        (&json!(false), &json!(1), &json!([]))
    );
    let json = json!({
        "apiVersion": "candor/v1", "kind": "Model", "metadata": {"name": "loan", "owner": "risk"},
        "spec": {"task": "multiclass", "features": {"age": {"type": "integer"}}},
    });
    let second = put(&sandbox, "", &json.to_string());
    assert_eq!(second["revision"], 2);
    assert_eq!(
        second["diff"],
        json!([{"path": "spec.task", "before": "binary", "after": "multiclass"}])
    );
    sandbox.kill();
    sandbox.launch();
    let shown = get(&sandbox, "/v1/specs/Model/loan");
    assert_eq!(
        (&shown["revision"], &shown["object"]["spec"]["task"]),
        (&json!(2), &json!("multiclass"))
    );
    assert_eq!(get(&sandbox, "/v1/models/loan")["task"], "multiclass");
    for path in ["/v1/specs", "/v1/specs/Model"] {
        assert_eq!(
            get(&sandbox, path)["items"].as_array().unwrap().len(),
            1,
            "{path}"
        );
    }
    assert_eq!(
        sandbox
            .http("DELETE", "/v1/specs/Model/loan", &[], b"")
            .status,
        204
    );
    assert_eq!(
        sandbox
            .http("GET", "/v1/specs/Model/loan", &[], b"")
            .verdict(),
        "404 not_found"
    );
    assert_eq!(
        sandbox
            .http("DELETE", "/v1/specs/Model/loan", &[], b"")
            .verdict(),
        "404 not_found"
    );
    let history = get(&sandbox, "/v1/specs/Model/loan/history")["items"].clone();
    let mut steps: Vec<(u64, bool, String)> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            (
                r["revision"].as_u64().unwrap(),
                r["deleted"].as_bool().unwrap(),
                r["why"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    steps.sort();
    assert_eq!(
        steps,
        [
            (1, false, "first draft".to_owned()),
            (2, false, String::new()),
            (3, true, String::new())
        ]
    );
    assert_eq!(
        put(&sandbox, "", YAML)["revision"],
        4,
        "a deleted object may come back"
    );
}

#[test]
fn objects_that_are_wrong_are_refused_with_the_place() {
    let sandbox = Sandbox::start();
    let cases = [
        ("/v1/specs/Model/other", YAML, "400 spec_mismatch", "other"),
        ("/v1/specs/Model/loan", "spec: [", "422 invalid_spec", ""),
        (
            "/v1/specs/Model/loan",
            "kind: Model",
            "422 invalid_spec",
            "",
        ),
        (
            "/v1/specs/Model/loan",
            &YAML.replace("task", "tusk"),
            "422 invalid_spec",
            "tusk",
        ),
        (
            "/v1/specs/Model/loan",
            &YAML.replace("binary", "guessing"),
            "422 invalid_spec",
            "guessing",
        ),
        (
            "/v1/specs/Model/loan",
            &format!("{YAML}---\n{YAML}"),
            "400 invalid_spec",
            "2 objects",
        ),
        ("/v1/specs/Model/loan", "", "400 invalid_spec", "0 objects"),
    ];
    for (path, body, verdict, place) in cases {
        let reply = sandbox.http("PUT", path, &[], body.as_bytes());
        assert_eq!(reply.verdict(), verdict, "{body}: {}", reply.text());
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(place), "{detail}");
    }
    assert_eq!(
        sandbox
            .http("PUT", "/v1/specs/Model/loan", &[], b"\xff")
            .verdict(),
        "400 invalid_spec"
    );
    assert_eq!(get(&sandbox, "/v1/specs")["items"], json!([]));
    assert_eq!(
        sandbox
            .http("GET", "/v1/specs/Model/loan/history", &[], b"")
            .verdict(),
        "404 not_found"
    );
}

#[test]
fn a_monitor_of_a_metric_that_does_not_exist_is_refused_wherever_it_is_shown() {
    let sandbox = Sandbox::start();
    let monitor = "apiVersion: candor/v1\nkind: Monitor\nmetadata: {name: auc}\n\
                   spec: {model: loan, measure: performance, metric: rocauc}\n";
    let reply = sandbox.http("PUT", "/v1/specs/Monitor/auc", &[], monitor.as_bytes());
    assert_eq!(reply.verdict(), "422 invalid_spec", "{}", reply.text());
    assert!(reply.text().contains("`rocauc`"), "{}", reply.text());
    let file = sandbox.folder().join("auc.yaml");
    std::fs::write(&file, monitor).unwrap();
    let checked = sandbox.candor(&["check", &file.display().to_string()]);
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    std::fs::write(&file, monitor.replace("rocauc", "roc_auc")).unwrap();
    let checked = sandbox.candor(&["check", &file.display().to_string()]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

#[test]
fn a_promise_about_what_nobody_measures_is_refused_wherever_it_is_shown() {
    let sandbox = Sandbox::start();
    let promise = "metric: latency_ms.p90, at_most: 300, target: 0.99, over: 30d";
    let head = "apiVersion: candor/v1\nkind";
    let model = format!(
        "{head}: Model\nmetadata: {{name: loan}}\nspec:\n  objectives:\n    - {{name: fast, {promise}}}\n"
    );
    let objective =
        format!("{head}: Objective\nmetadata: {{name: fast}}\nspec: {{model: loan, {promise}}}\n");
    let bare = format!("objectives:\n  - {{name: fast, {promise}}}\n");
    for (kind, name, text, place) in [
        ("Model", "loan", &model, "spec.objectives[0].metric"),
        ("Objective", "fast", &objective, "spec.metric"),
        ("", "bare", &bare, "spec.objectives[0].metric"),
    ] {
        if !kind.is_empty() {
            let path = format!("/v1/specs/{kind}/{name}");
            let reply = sandbox.http("PUT", &path, &[], text.as_bytes());
            assert_eq!(reply.verdict(), "422 invalid_spec", "{}", reply.text());
            assert!(reply.text().contains(place), "{}", reply.text());
        }
        let file = sandbox.folder().join("promise.yaml");
        std::fs::write(&file, text).unwrap();
        let checked = sandbox.candor(&["check", &file.display().to_string()]);
        assert_eq!(checked.status.code(), Some(1), "{checked:?}");
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(said.contains("`latency_ms.p90`"), "{said}");
        std::fs::write(&file, text.replace("p90", "p95")).unwrap();
        let checked = sandbox.candor(&["check", &file.display().to_string()]);
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    }
}

#[test]
fn a_declared_type_is_held_against_rows() {
    let sandbox = Sandbox::start();
    put(&sandbox, "", YAML);
    let rows = br#"{"id":"a","inputs":{"age":41}}
{"id":"b","inputs":{"age":41.5}}
{"id":"c","inputs":{"age":"forty"}}"#;
    let headers = [("content-type", "application/x-ndjson")];
    let reply = sandbox.http("POST", "/v1/models/loan/predictions", &headers, rows);
    assert_eq!(reply.counts(), (1, 0, vec!["type_mismatch".to_owned(); 2]));
    assert_eq!(
        sandbox.sql("SELECT id, input_age FROM loan.predictions"),
        json!([["a", 41]])
    );
}

#[test]
fn what_is_said_of_a_model_that_nobody_knows_is_taken_with_a_note() {
    let sandbox = Sandbox::start();
    let apply = |text: &str| -> Vec<Value> {
        let file = sandbox.folder().join("objects.yaml");
        std::fs::write(&file, text).unwrap();
        let path = file.display().to_string();
        let done = sandbox.candor(&["apply", "--file", &path, "--output", "json"]);
        assert!(done.status.success(), "{done:?}");
        let changes: Value = serde_json::from_slice(&done.stdout).unwrap();
        let notes = changes
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["notes"].clone());
        notes.collect()
    };
    let objects = "apiVersion: candor/v1\nkind: Monitor\nmetadata: {name: late}\nspec: {model: loan, measure: errors}\n---\n\
                   apiVersion: candor/v1\nkind: Route\nmetadata: {name: all}\nspec: {match: {model: lone}, receivers: [{file: {name: a}}]}\n---\n\
                   apiVersion: candor/v1\nkind: Route\nmetadata: {name: bad}\nspec: {match: {severity: critical}, receivers: [{file: {name: a}}]}\n";
    let unknown = |what: &str, name: &str| {
        json!([format!(
            "no model `{name}` is known yet; the {what} waits for its first prediction or its Model"
        )])
    };
    assert_eq!(
        apply(objects),
        [
            unknown("monitor", "loan"),
            unknown("route", "lone"),
            json!([])
        ]
    );
    let model = format!("{YAML}---\n{objects}");
    assert_eq!(
        apply(&model),
        [json!([]), json!([]), unknown("route", "lone"), json!([])]
    );
    let scores = |model: &str| {
        let done = sandbox.candor(&["alert", "scores", "--model", model]);
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stderr).into_owned(),
        )
    };
    let (code, said) = scores("lone");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("model lone"), "{said}");
    assert_eq!(scores("loan").0, Some(0));
}
