//! The served description against the served behaviour, by schemathesis: no 5xx, no status or media
//! type that the description does not name, no answer of another shape.

use crate::auth::create_offline;
use crate::ledger::rounds;
use crate::sandbox::Sandbox;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// Runs schemathesis over a description, which is an address or a file.
fn examine(description: &str, more: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    Command::new(root.join("../../.venv/bin/schemathesis"))
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", root.join("tests/it/api_hooks.py"))
        .env("NO_COLOR", "1")
        .args(["run", description, "--checks", CHECKS])
        .args([
            "--phases",
            "examples,coverage,fuzzing",
            "--seed",
            "20261125",
        ])
        .args(["--no-shrink", "--continue-on-failure", "--warnings", "off"])
        // Of a debug build beside other tests: what hangs is still found.
        .args(["--request-timeout", "60"])
        // It never ends.
        .args(["--exclude-path", "/v1/stream"])
        .args(more)
        .output()
        .expect("schemathesis, as `make setup` installs it")
}

fn told(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn every_door_answers_as_its_description_says() {
    let sandbox = Sandbox::start();
    let description = format!("{}/api/openapi.json", sandbox.url());
    let examples = rounds(30).to_string();
    let output = examine(&description, &["--max-examples", &examples]);
    assert!(output.status.success(), "{}", told(&output));
    assert!(!sandbox.log().contains("panicked"), "{}", sandbox.log());
}

#[test]
fn every_door_that_asks_for_a_scope_refuses_as_its_description_says() {
    let sandbox = Sandbox::start();
    let description = format!("{}/api/openapi.json", sandbox.url());
    for scope in ["admin", "ingest", "read"] {
        let token = create_offline(&sandbox, scope);
        let header = format!("Authorization: Bearer {token}");
        let output = examine(&description, &["--max-examples", "10", "--header", &header]);
        assert!(output.status.success(), "{scope}: {}", told(&output));
    }
    let output = examine(&description, &["--max-examples", "10"]);
    assert!(output.status.success(), "no token: {}", told(&output));
    assert!(!sandbox.log().contains("panicked"), "{}", sandbox.log());
}

#[test]
fn a_description_that_is_wrong_is_found() {
    let sandbox = Sandbox::start();
    let truth = sandbox.http("GET", "/api/openapi.json", &[], b"").json();
    type Damage = fn(&mut Value);
    let damages: [(&str, Damage); 3] = [
        ("Undocumented status code", |api| {
            let post = &mut api["paths"]["/v1/sql"]["post"]["responses"];
            post.as_object_mut().unwrap().remove("400");
        }),
        ("Response violates schema", |api| {
            api["components"]["schemas"]["Health"]["properties"]["status"] =
                json!({"type": "integer"});
        }),
        ("Undocumented Content-Type", |api| {
            let get = &mut api["paths"]["/metrics"]["get"]["responses"]["200"];
            get["content"] = json!({"application/xml": {"schema": {"type": "string"}}});
        }),
    ];
    for (finding, damage) in damages {
        let mut api = truth.clone();
        damage(&mut api);
        let file = sandbox.folder().join("api.json");
        std::fs::write(&file, api.to_string()).unwrap();
        let only = ["/v1/sql", "/health/live", "/metrics"].map(|p| ["--include-path", p]);
        let mut more = vec!["--url", sandbox.url(), "--max-examples", "5"];
        more.extend(only.iter().flatten());
        let output = examine(file.to_str().unwrap(), &more);
        assert!(!output.status.success(), "{finding} went unnoticed");
        assert!(
            told(&output).contains(finding),
            "{finding}: {}",
            told(&output)
        );
    }
}
