//! From a fault in traffic to a person who is told, through the real server.

use crate::receivers::{Got, Receiver};
use crate::sandbox::Sandbox;
use crate::story::{HOUR_US, NULL_BURST, apply, json_of, play, route, server, wait_for};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A web hook that takes everything, and its address.
fn hook() -> (Receiver, String) {
    let hook = Receiver::http();
    hook.open();
    let url = format!("http://{}", hook.address());
    (hook, url)
}

fn body(got: &Got) -> Value {
    serde_json::from_slice(&got.body).unwrap()
}

#[test]
fn a_fault_becomes_one_alert_that_is_explained_delivered_and_survives_a_kill() {
    let (receiver, url) = hook();
    let mut sandbox = server();
    apply(&sandbox, &route(&url));
    play(&sandbox, NULL_BURST);
    let told = wait_for("a notice", &sandbox, || receiver.got().first().cloned());
    let body = body(&told);
    assert!(!told.key.is_empty());
    assert_eq!(body["version"], "4", "{body}");
    assert_eq!(body["status"], "firing");
    let alerts = body["alerts"].as_array().unwrap();
    assert_eq!(alerts.len(), 1, "{body}");
    let labels = &alerts[0]["labels"];
    assert_eq!(
        (&labels["model"], &labels["alertname"], &labels["column"]),
        (
            &json!("credit-risk"),
            &json!("missing"),
            &json!("input_debt_ratio")
        )
    );
    let file = sandbox.data().join("notices").join("told.ndjson");
    let line = wait_for("a line in the file", &sandbox, || {
        std::fs::read_to_string(&file)
            .ok()
            .filter(|t| t.ends_with('\n'))
    });
    assert_eq!(line.lines().count(), 1, "{line}");

    // Killed and started again, it knows the alert and tells nobody twice.
    sandbox.kill();
    sandbox.launch();
    let listed = json_of(&sandbox, &["alert", "list", "--output", "json"]);
    let listed = listed
        .as_array()
        .cloned()
        .unwrap_or_else(|| listed["items"].as_array().cloned().unwrap_or_default());
    assert_eq!(listed.len(), 1, "{listed:?}");
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    assert!(
        listed[0]["cause"]
            .as_str()
            .unwrap()
            .contains("input_debt_ratio")
    );
    let page = sandbox
        .http("GET", &format!("/v1/alerts/{id}"), &[], b"")
        .json();
    assert!(page.to_string().contains("points"), "{page}");

    // A verdict needs a reason.
    let path = format!("/v1/alerts/{id}/verdict");
    let headers = [("content-type", "application/json")];
    let bare = sandbox.http(
        "POST",
        &path,
        &headers,
        br#"{"verdict": "true_positive", "by": "ann"}"#,
    );
    assert!((400..500).contains(&bare.status), "{}", bare.text());
    let args = ["alert", "ack", &id, "--by", "ann", "--why", "looking"];
    assert_eq!(sandbox.candor(&args).status.code(), Some(0));
    let args = [
        "alert",
        "verdict",
        &id,
        "true-positive",
        "--by",
        "ann",
        "--reason",
        "the bureau changed",
    ];
    assert_eq!(sandbox.candor(&args).status.code(), Some(0));
    let why = sandbox.http("GET", &format!("/v1/alerts/{id}/why"), &[], b"");
    assert!(why.text().contains("on-call"), "{}", why.text());

    let v2 = sandbox.http("GET", "/api/v2/alerts", &[], b"").json();
    assert_eq!(v2[0]["labels"]["model"], "credit-risk", "{v2}");
    assert_eq!(v2[0]["status"]["state"], "active", "{v2}");
    let metrics = wait_for("exposed figures", &sandbox, || {
        let text = sandbox.http("GET", "/metrics", &[], b"").text();
        text.contains("candor_measure{").then_some(text)
    });
    assert!(metrics.contains("candor_alert{"), "{metrics}");
    assert!(metrics.contains("measure=\"missing\""), "{metrics}");

    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    for got in receiver.got() {
        *keys.entry(got.key).or_default() += 1;
    }
    assert!(keys.values().all(|n| *n <= 2), "{keys:?}");
}

#[test]
fn a_clean_model_is_watched_and_tells_nobody() {
    let (receiver, url) = hook();
    let sandbox = server();
    apply(&sandbox, &route(&url));
    play(&sandbox, "    []\n");
    let standing = wait_for("monitors", &sandbox, || {
        let reply = sandbox.http("GET", "/v1/models/credit-risk/monitors", &[], b"");
        let json = (reply.status == 200).then(|| reply.json())?;
        let closed = json["closed"].as_str()?.to_owned();
        let now_us = sandbox.now_us();
        let hour = now_us - now_us.rem_euclid(HOUR_US) - HOUR_US;
        (closed >= candor_contract::format_us(hour)).then_some(json)
    });
    assert_eq!(standing["state"], "watching");
    assert!(standing["monitors"].as_array().unwrap().len() > 30);
    assert!(receiver.got().is_empty(), "{:?}", receiver.got());
    let why = sandbox.http("GET", "/v1/models/credit-risk/why", &[], b"");
    assert_eq!(why.status, 200, "{}", why.text());
    let why = why.json();
    assert_eq!(why["alerts"], json!([]));
    let first = why["monitors"][0]["why"].as_str().unwrap();
    assert!(first.contains("rows"), "{first}");
}

#[test]
fn what_falls_into_a_declared_maintenance_or_change_is_no_alert_live_and_in_backtests() {
    let (receiver, url) = hook();
    let sandbox = server();
    apply(&sandbox, &route(&url));
    let at = |hours: i64| candor_contract::format_us(sandbox.now_us() + hours * HOUR_US);
    let maintenance = format!(
        "apiVersion: candor/v1\nkind: Silence\nmetadata: {{name: bureau-moves}}\nspec:\n  maintenance: true\n  \
         matchers: [{{name: model, value: credit-risk}}]\n  from: {}\n  to: {}\n  by: ana\n  \
         why: the bureau moves its data\n",
        at(-40),
        at(4)
    );
    apply(&sandbox, &maintenance);
    play(&sandbox, NULL_BURST);
    let standing = wait_for("the last window", &sandbox, || {
        let reply = sandbox.http("GET", "/v1/models/credit-risk/monitors", &[], b"");
        let json = (reply.status == 200).then(|| reply.json())?;
        let closed = json["closed"].as_str()?.to_owned();
        (closed >= at(-2)).then_some(json)
    });
    let monitors = standing["monitors"].as_array().unwrap();
    let name = "credit-risk/missing/input_debt_ratio";
    let missing = monitors.iter().find(|m| m["name"] == name).unwrap();
    assert_eq!(missing["state"], "unknown", "{missing}");
    let last = missing["points"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["suppressed"], &last["breach"]),
        (&json!(true), &json!(false))
    );
    let said = "It fell into the maintenance bureau-moves declared by ana";
    assert!(missing["why"].as_str().unwrap().contains(said), "{missing}");
    let listed = sandbox.http("GET", "/v1/alerts", &[], b"").json();
    assert_eq!(listed["items"], json!([]));
    assert!(receiver.got().is_empty(), "{:?}", receiver.got());
    let silences = sandbox.http("GET", "/v1/silences", &[], b"").json();
    assert_eq!(silences["items"][0]["maintenance"], true, "{silences}");

    let told = || json_of(&sandbox, &["backtest", "credit-risk", "--output", "json"]);
    assert_eq!(told()["transitions"], json!([]));
    // Of one that is deleted backtests know nothing, and alerts have an owner.
    let gone = sandbox.http("DELETE", "/v1/specs/Silence/bureau-moves", &[], b"");
    assert_eq!(gone.status, 204, "{}", gone.text());
    apply(
        &sandbox,
        "apiVersion: candor/v1\nkind: Model\nmetadata: {name: credit-risk, owner: team-credit}\nspec: {task: binary}\n",
    );
    let found = told();
    let fired = &found["transitions"][0];
    assert_eq!(
        (&fired["step"], &fired["alert"]["owner"]),
        (&json!("fired"), &json!("team-credit")),
        "{found}"
    );
    // A change that said how long it takes does the same.
    let change = |from: i64, to: i64| {
        json!({"kind": "change", "model": "credit-risk", "what": "data", "target": "bureau", "by": "ci",
            "time": at(from), "until": at(to)})
    };
    let changes = json!([change(-40, -16), change(-16, 4)]).to_string();
    let headers = [("content-type", "application/json")];
    let taken = sandbox.http("POST", "/v1/events", &headers, changes.as_bytes());
    assert_eq!(taken.json()["accepted"], 2, "{}", taken.text());
    assert_eq!(told()["transitions"], json!([]));
    let wrong = json!({"matchers": [{"name": "severity", "value": "critical"}], "to": at(2), "why": "x",
        "maintenance": true});
    let refused = sandbox.http(
        "POST",
        "/v1/silences",
        &headers,
        wrong.to_string().as_bytes(),
    );
    assert_eq!(
        refused.verdict(),
        "422 invalid_silence",
        "{}",
        refused.text()
    );
    assert!(
        refused.text().contains("cannot select by `severity`"),
        "{}",
        refused.text()
    );
}

#[test]
fn a_backtest_tells_the_same_each_time_and_what_a_changed_monitor_would_have_told() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    play(&sandbox, NULL_BURST);
    let run = |more: &[&str]| {
        let mut args = vec!["backtest", "credit-risk", "--output", "json"];
        args.extend(more);
        json_of(&sandbox, &args)
    };
    let (one, two) = (run(&[]), run(&[]));
    assert_eq!(one["transitions"], two["transitions"]);
    let fired = |told: &Value| -> Vec<Value> {
        let all = told["transitions"].as_array().unwrap();
        let fired = all.iter().filter(|t| t["step"] == "fired");
        fired
            .map(|t| t["alert"]["symptoms"][0]["monitor"].clone())
            .collect()
    };
    assert_eq!(fired(&one), [json!("credit-risk/missing/input_debt_ratio")]);
    let file = sandbox.folder().join("lax.yaml");
    std::fs::write(
        &file,
        "apiVersion: candor/v1\nkind: Monitor\nmetadata: {name: lax}\nspec: {model: credit-risk, measure: missing, \
         column: input_debt_ratio, material: 0.9}\n",
    )
    .unwrap();
    let lax = run(&["--monitors", &file.display().to_string(), "--only"]);
    assert_eq!(lax["monitors"], 1, "{lax}");
    assert!(fired(&lax).is_empty(), "{lax}");
    let table = sandbox.candor(&["backtest", "credit-risk"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        text.contains("Missing values of input_debt_ratio"),
        "{text}"
    );
    let tuned = json_of(&sandbox, &["tune", "credit-risk", "--output", "json"]);
    assert_eq!(tuned["tried"].as_array().unwrap().len(), 6, "{tuned}");
    let unknown = sandbox.candor(&["backtest", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
}
