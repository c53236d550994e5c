//! Models that nobody announced: drafts, versions, schemas that widen, volumes, proposals.

use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

fn send(sandbox: &Sandbox, body: &str) -> (u64, u64, Vec<String>) {
    let path = "/v1/models/loan/predictions";
    sandbox
        .http("POST", path, &[NDJSON], body.as_bytes())
        .counts()
}

fn get(sandbox: &Sandbox, path: &str) -> Value {
    let reply = sandbox.http("GET", path, &[], b"");
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

#[test]
fn an_unknown_model_becomes_a_draft_with_versions_and_a_proposal() {
    let sandbox = Sandbox::start();
    let rows = r#"{"version":"1","environment":"prod","inputs":{"age":41,"job":"nurse"},"outputs":{"score":0.2}}
{"version":"2","environment":"prod","inputs":{"age":42,"job":"cook"},"outputs":{"score":0.3}}
{"version":"2","environment":"test","inputs":{"age":43,"job":"cook"},"outputs":{"score":0.4}}"#;
    assert_eq!(send(&sandbox, rows), (3, 0, vec![]));
    let model = get(&sandbox, "/v1/models/loan");
    assert_eq!(
        (&model["name"], &model["state"], &model["task"]),
        (&json!("loan"), &json!("draft"), &Value::Null)
    );
    assert_eq!(get(&sandbox, "/v1/models")["items"][0]["name"], "loan");
    let versions = get(&sandbox, "/v1/models/loan/versions");
    let mut seen: Vec<String> = versions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| {
            format!(
                "{} {}",
                v["version"].as_str().unwrap(),
                v["environment"].as_str().unwrap()
            )
        })
        .collect();
    seen.sort();
    assert_eq!(seen, ["1 prod", "2 prod", "2 test"]);

    let proposal = get(&sandbox, "/v1/models/loan/proposal");
    assert_eq!(
        (&proposal["kind"], &proposal["metadata"]["name"]),
        (&json!("Model"), &json!("loan"))
    );
    assert!(proposal["spec"].to_string().contains("age"), "{proposal}");
    let taken = sandbox.http(
        "PUT",
        "/v1/specs/Model/loan",
        &[],
        proposal.to_string().as_bytes(),
    );
    assert_eq!(
        taken.status,
        200,
        "a proposal can be adopted as it is: {}",
        taken.text()
    );
    assert_eq!(get(&sandbox, "/v1/models/loan")["state"], "registered");
    for part in ["", "/versions", "/schema", "/volumes", "/proposal"] {
        let reply = sandbox.http("GET", &format!("/v1/models/absent{part}"), &[], b"");
        assert_eq!(reply.verdict(), "404 not_found", "{part}");
        let reply = sandbox.http("GET", &format!("/v1/models/a%20b{part}"), &[], b"");
        assert_eq!(reply.verdict(), "400 invalid_model_name", "{part}");
    }
}

#[test]
fn models_are_listed_by_pages() {
    let sandbox = Sandbox::start();
    let rows: Vec<String> = (0..7)
        .map(|i| format!(r#"{{"model":"m{i}","outputs":{{"score":1}}}}"#))
        .collect();
    let reply = sandbox.http("POST", "/v1/events", &[NDJSON], rows.join("\n").as_bytes());
    assert_eq!(reply.counts(), (7, 0, vec![]));
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&sandbox, &format!("/v1/models?limit=3{cursor}"));
        names.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|m| m["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["m0", "m1", "m2", "m3", "m4", "m5", "m6"]);
}

/// What the table answers, whichever way its rows went.
fn assert_widened(sandbox: &Sandbox, when: &str) {
    let told =
        sandbox.sql("SELECT id, input_age, input_job, input_new FROM loan.predictions ORDER BY id");
    assert_eq!(
        told,
        json!([
            ["a", 41.0, "nurse", null],
            ["b", 41.5, "cook", null],
            ["c", 7.0, null, true]
        ]),
        "{when}"
    );
    let schema = get(sandbox, "/v1/models/loan/schema");
    let table = &schema[0];
    assert_eq!(
        (&table["table"], &table["version"]),
        (&json!("predictions"), &json!(4)),
        "{when}"
    );
    let types: Vec<String> = table["columns"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["name"].as_str().unwrap().starts_with("input_"))
        .map(|c| {
            format!(
                "{} {}",
                c["name"].as_str().unwrap(),
                c["type"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        types,
        ["input_age number", "input_job text", "input_new boolean"],
        "{when}"
    );
    let history = table["history"].as_array().unwrap();
    let versions: Vec<u64> = history
        .iter()
        .map(|s| s["version"].as_u64().unwrap())
        .collect();
    assert_eq!(versions, [1, 2, 3, 4], "{when}");
    assert!(
        history
            .iter()
            .all(|s| !s["why"].as_str().unwrap().is_empty()),
        "{when}"
    );
    assert!(
        history[2]["changes"].to_string().contains("input_age"),
        "{when}: {history:?}"
    );
}

#[test]
fn an_inferred_schema_widens_and_what_contradicts_a_fixed_type_is_quarantined() {
    let mut sandbox = Sandbox::start();
    let first = r#"{"id":"a","inputs":{"age":41,"job":"nurse"},"outputs":{"score":0.2}}"#;
    assert_eq!(send(&sandbox, first), (1, 0, vec![]));
    sandbox.client().flush().unwrap();
    let wider = r#"{"id":"b","inputs":{"age":41.5,"job":"cook"},"outputs":{"score":0.2}}"#;
    assert_eq!(
        send(&sandbox, wider),
        (1, 0, vec![]),
        "an integer column takes fractions"
    );
    let newer = r#"{"id":"c","inputs":{"age":7,"new":true},"outputs":{"score":0.2}}
{"id":"d","outputs":{"score":"old"}}
{"id":"e","outputs":{"class":"x","score":true}}"#;
    let conflict = vec!["type_mismatch".to_owned(); 2];
    assert_eq!(send(&sandbox, newer), (1, 0, conflict));
    assert_widened(&sandbox, "hot and cold");
    sandbox.kill();
    sandbox.launch();
    assert_widened(&sandbox, "after a kill");
    sandbox.client().flush().unwrap();
    assert_widened(&sandbox, "flushed");
    assert_eq!(sandbox.stop(), Some(0));
    sandbox.launch();
    assert_widened(&sandbox, "after a restart");
    let volume = get(&sandbox, "/v1/models/loan/volumes")[0].clone();
    assert_eq!(
        (
            &volume["table"],
            &volume["rows"],
            &volume["lake_rows"],
            &volume["hot_rows"]
        ),
        (&json!("predictions"), &json!(3), &json!(3), &json!(0))
    );
    assert!(volume["lake_bytes"].as_u64().unwrap() > 0 && volume["files"].as_u64().unwrap() > 0);
    let held = sandbox.sql("SELECT code, count(*) FROM quarantine GROUP BY 1");
    assert_eq!(held, json!([["type_mismatch", 2]]));
    // A narrower value still fits the wider column, also in the lake.
    let last = r#"{"id":"f","inputs":{"age":12},"outputs":{"score":0.2}}"#;
    assert_eq!(send(&sandbox, last), (1, 0, vec![]));
    sandbox.client().flush().unwrap();
    let told = sandbox.sql("SELECT sum(input_age) FROM loan.predictions");
    assert_eq!(told, json!([[101.5]]));
    // Nothing is wider than text: every number is kept in its spelling.
    let text = r#"{"id":"g","inputs":{"age":"old"},"outputs":{"score":0.2}}"#;
    assert_eq!(send(&sandbox, text), (1, 0, vec![]));
    sandbox.client().flush().unwrap();
    let told = sandbox
        .sql("SELECT id, input_age FROM loan.predictions WHERE id IN ('b', 'g') ORDER BY id");
    assert_eq!(told, json!([["b", "41.5"], ["g", "old"]]));
}
