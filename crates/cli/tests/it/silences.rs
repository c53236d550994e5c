//! Silences through each of their doors: the API, the command line, and Alertmanager's form.

use crate::http::Reply;
use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const HOUR_US: i64 = 3_600_000_000;

fn post(sandbox: &Sandbox, path: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json")];
    sandbox.http("POST", path, &headers, body.to_string().as_bytes())
}

fn get(sandbox: &Sandbox, path: &str) -> Value {
    let reply = sandbox.http("GET", path, &[], b"");
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

fn in_hours(sandbox: &Sandbox, hours: i64) -> String {
    candor_contract::format_us(sandbox.now_us() + hours * HOUR_US)
}

#[test]
fn one_silence_is_seen_through_every_door() {
    let sandbox = Sandbox::start();
    let asked = json!({
        "matchers": [{"name": "model", "value": "loan.*", "isRegex": true, "isEqual": true}],
        "startsAt": in_hours(&sandbox, -1), "endsAt": in_hours(&sandbox, 2),
        "createdBy": "ann", "comment": "the feature store moves",
    });
    let made = post(&sandbox, "/api/v2/silences", &asked);
    assert_eq!(made.status, 200, "{}", made.text());
    let name = made.json()["silenceID"].as_str().unwrap().to_owned();
    let own = &get(&sandbox, "/v1/silences")["items"][0];
    assert_eq!(
        (&own["name"], &own["state"], &own["by"]),
        (&json!(name), &json!("active"), &json!("ann"))
    );
    assert_eq!(own["matchers"][0]["regex"], true);
    let listed = sandbox.candor(&["silence", "list"]);
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(
        text.contains("model=~loan.*") && text.contains("ann"),
        "{text}"
    );
    let spec = get(&sandbox, &format!("/v1/specs/Silence/{name}"));
    assert_eq!(spec["object"]["spec"]["why"], "the feature store moves");
    // Replaced under its name, then ended.
    let mut longer = asked.clone();
    longer["id"] = json!(name);
    longer["comment"] = json!("it takes longer");
    assert_eq!(
        post(&sandbox, "/api/v2/silences", &longer).json()["silenceID"],
        name.as_str()
    );
    let ended = sandbox.candor(&["silence", "end", &name]);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert_eq!(get(&sandbox, "/v1/silences")["items"], json!([]));
    assert_eq!(
        get(&sandbox, "/v1/silences?expired=true")["items"][0]["state"],
        "expired"
    );
    let path = format!("/api/v2/silence/{name}");
    let kept = get(&sandbox, &path);
    assert_eq!(
        (&kept["status"]["state"], &kept["comment"]),
        (&json!("expired"), &json!("it takes longer"))
    );
    assert_eq!(
        sandbox.http("DELETE", &path, &[], b"").status,
        200,
        "once more does no harm"
    );
    let filtered = get(
        &sandbox,
        "/api/v2/silences?expired=false&filter=model%3D%22loan%22",
    );
    assert_eq!(filtered, json!([]));
}

#[test]
fn a_silence_that_would_hide_everything_is_refused_at_every_door() {
    let sandbox = Sandbox::start();
    let to = in_hours(&sandbox, 1);
    let own = json!({"matchers": [{"name": "x", "value": ""}], "to": to, "why": "quiet"});
    let refused = post(&sandbox, "/v1/silences", &own);
    assert_eq!(
        refused.verdict(),
        "422 invalid_silence",
        "{}",
        refused.text()
    );
    let theirs = json!({"matchers": [], "startsAt": to, "endsAt": in_hours(&sandbox, 2),
        "createdBy": "ann", "comment": "quiet"});
    let refused = post(&sandbox, "/api/v2/silences", &theirs);
    assert_eq!(refused.status, 400);
    assert!(
        refused.json().is_string(),
        "Alertmanager's refusals are a text: {}",
        refused.text()
    );
    let out = sandbox.candor(&[
        "silence", "add", "--match", "model!=x", "--for", "2h", "--why", "y", "--by", "z",
    ]);
    assert_eq!(out.status.code(), Some(2), "{out:?}");
    assert_eq!(
        get(&sandbox, "/v1/silences?expired=true")["items"],
        json!([])
    );
}

#[test]
fn without_alerts_every_list_is_empty_and_what_is_not_there_is_told() {
    let sandbox = Sandbox::start();
    assert_eq!(get(&sandbox, "/v1/alerts")["items"], json!([]));
    for path in [
        "/api/v2/alerts",
        "/api/v2/alerts/groups",
        "/api/v2/silences",
        "/api/v2/receivers",
    ] {
        assert_eq!(get(&sandbox, path), json!([]), "{path}");
    }
    let status = get(&sandbox, "/api/v2/status");
    assert_eq!(status["cluster"]["status"], "disabled");
    assert_eq!(
        sandbox.http("GET", "/v1/alerts/none", &[], b"").verdict(),
        "404 not_found"
    );
    assert_eq!(
        sandbox
            .http("GET", "/v1/alerts?from=soon", &[], b"")
            .verdict(),
        "400 invalid_time"
    );
    assert_eq!(
        sandbox
            .http("GET", "/v1/alerts?cursor=x", &[], b"")
            .verdict(),
        "400 invalid_request"
    );
    let wrong = sandbox.http("GET", "/api/v2/alerts?filter=model", &[], b"");
    assert_eq!(wrong.status, 400);
    let path = "/v1/alerts/none/verdict";
    let judged = json!({"verdict": "true_positive", "reason": " ", "by": "ann"});
    assert_eq!(post(&sandbox, path, &judged).verdict(), "400 no_reason");
    let judged = json!({"verdict": "true_positive", "reason": "r", "by": "ann"});
    assert_eq!(post(&sandbox, path, &judged).verdict(), "404 not_found");
    let metrics = sandbox.http("GET", "/metrics", &[], b"").text();
    for name in [
        "candor_notices_waiting 0",
        "candor_notices_failed_total 0",
        "candor_evaluated_timestamp_seconds",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
}

#[test]
fn settings_that_cannot_work_are_told_at_the_start() {
    for (settings, said) in [
        ("[notify]\nallow = [\"http://x\"]\n", "notify.allow"),
        (
            "[notify.smtp]\nhost = \"relay\"\nfrom = \"nobody\"\n",
            "notify.smtp.from",
        ),
        ("[notify]\nallowed = []\n", "allowed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("candor.toml");
        std::fs::write(&file, settings).unwrap();
        let out = crate::sandbox::candor()
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--config",
                &file.display().to_string(),
            ])
            .args(["--data", &folder.path().join("data").display().to_string()])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && error.contains(said), "{error}");
    }
}
