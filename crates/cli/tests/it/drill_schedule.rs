//! Scenarios with a schedule: a server rehearses them by itself, and a drill that fails is an alert.

use crate::sandbox::Sandbox;
use crate::story::{apply, server, wait_for};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Longest wait for a rehearsal.
const REHEARSAL: Duration = Duration::from_secs(600);

const ROUTE: &str = "apiVersion: candor/v1\nkind: Route\nmetadata: {name: on-call}\nspec:\n  \
    match: {family: drill}\n  receivers: [{file: {name: told.ndjson}}]\n  group_wait: 0s\n";

/// Nine quiet days of a small model, rehearsed every hour.
fn scenario(name: &str, rest: &str) -> String {
    format!(
        "apiVersion: candor/v1\nkind: Scenario\nmetadata: {{name: {name}}}\nspec:\n  seed: 3\n  days: 9\n  \
         events: 4000\n  models: [{{name: credit-risk}}]\n  schedule: {{every: 1h}}\n{rest}"
    )
}

/// A fault that is too small to be told, and must be.
const DEAF: &str = "  faults:\n    \
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d, magnitude: 0.01}\n  expect:\n    \
    - {model: credit-risk, measure: missing, column: input_debt_ratio, within: 6h}\n";

fn items(sandbox: &Sandbox, path: &str) -> Vec<Value> {
    let reply = sandbox.http("GET", path, &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["items"].as_array().unwrap().clone()
}

/// Waits for the `n`-th rehearsal of a drill; the newest. They have low priority and give way to all other tests.
fn rehearsed(sandbox: &Sandbox, name: &str, n: usize) -> Value {
    let until = Instant::now() + REHEARSAL;
    loop {
        let runs = items(sandbox, &format!("/v1/drills?name={name}"));
        if runs.len() >= n {
            return runs[0].clone();
        }
        assert!(Instant::now() < until, "{name}\n{}", sandbox.log());
        std::thread::sleep(Duration::from_millis(250));
    }
}

fn lines(sandbox: &Sandbox, n: usize) -> Vec<Value> {
    let file = sandbox.data().join("notices").join("told.ndjson");
    wait_for("a line in the file", sandbox, || {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let whole = text.lines().filter_map(|l| serde_json::from_str(l).ok());
        let whole: Vec<Value> = whole.collect();
        (whole.len() >= n).then_some(whole)
    })
}

#[test]
fn a_drill_that_fails_is_an_alert_until_it_passes() {
    let mut sandbox = server();
    apply(&sandbox, ROUTE);
    apply(&sandbox, &scenario("deaf", DEAF));
    let run = rehearsed(&sandbox, "deaf", 1);
    assert_eq!(
        (&run["passed"], &run["not_run"]),
        (&json!(false), &Value::Null),
        "{run}"
    );
    assert_eq!(run["faults"][0]["caught"], false, "{run}");
    assert_eq!(run["misses"].as_array().unwrap().len(), 1, "{run}");
    let alerts = items(&sandbox, "/v1/alerts?state=firing");
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    let alert = &alerts[0];
    let cause = alert["cause"].as_str().unwrap();
    assert!(cause.starts_with("The drill deaf failed: f1"), "{alert}");
    assert_eq!(
        (
            &alert["model"],
            &alert["drill"],
            &alert["labels"]["alertname"]
        ),
        (&json!("credit-risk"), &json!("deaf"), &json!("drill"))
    );
    let told = lines(&sandbox, 1);
    assert!(told[0].to_string().contains(cause), "{told:?}");
    let seen = sandbox.http("GET", "/api/v2/alerts", &[], b"").json();
    assert_eq!(seen[0]["labels"]["drill"], "deaf", "{seen}");

    // Its fault was missed; its own alert is none of a monitor's.
    let scores = sandbox.http("GET", "/v1/alerts/scores", &[], b"").json();
    assert_eq!(scores["all"]["alerts"], 0, "{scores}");
    let missed = json!({"value": 0.0, "low": 0.0, "n": 1});
    for own in [&scores["all"], &scores["monitors"][0]] {
        for key in ["value", "low", "n"] {
            assert_eq!(own["recall"][key], missed[key], "{scores}");
        }
        assert_eq!(own["precision"]["value"], Value::Null, "{scores}");
    }
    let monitor = "credit-risk/missing/input_debt_ratio";
    assert_eq!(scores["monitors"][0]["monitor"], monitor, "{scores}");
    let route = &scores["routes"][0];
    assert_eq!(
        (&route["route"], &route["recall"]["n"]),
        (&json!("on-call"), &json!(0))
    );

    // Nothing of its traffic came into this server's lake.
    assert_eq!(items(&sandbox, "/v1/models"), Vec::<Value>::new());

    // After a start it is not rehearsed anew: another drill is, and nothing else.
    sandbox.kill();
    sandbox.launch();
    apply(&sandbox, &scenario("quiet", ""));
    let run = rehearsed(&sandbox, "quiet", 1);
    assert_eq!(run["passed"], true, "{run}");
    let names: Vec<Value> = items(&sandbox, "/v1/drills")
        .into_iter()
        .map(|r| r["name"].clone())
        .collect();
    assert_eq!(names, ["quiet", "deaf"], "newest first");
    assert_eq!(
        items(&sandbox, "/v1/alerts").len(),
        1,
        "only of what failed"
    );

    // Mended, it is rehearsed at once, and its alert is over.
    apply(&sandbox, &scenario("deaf", ""));
    assert_eq!(rehearsed(&sandbox, "deaf", 2)["passed"], true);
    let alerts = items(&sandbox, "/v1/alerts");
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert_eq!(alerts[0]["state"], "resolved");
    let out = sandbox.candor(&["drill", "history", "--output", "json"]);
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    let passed: Vec<&Value> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|r| &r["passed"])
        .collect();
    assert_eq!(passed, [true, true, false], "{told}");

    // Somebody does not want to wait for the hour.
    let planned = items(&sandbox, "/v1/drills/schedule");
    let names: Vec<&Value> = planned.iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["deaf", "quiet"]);
    assert!(planned[0]["due_at"].as_str() > planned[0]["last_started_at"].as_str());
    let out = sandbox.candor(&["drill", "rehearse", "quiet", "--output", "json"]);
    let told: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        (out.status.code(), &told["passed"]),
        (Some(0), &json!(true))
    );
    assert_eq!(items(&sandbox, "/v1/drills?name=quiet").len(), 2);
    let asked = sandbox.http("POST", "/v1/drills/deaf/rehearse", &[], b"");
    assert_eq!(asked.status, 202, "{}", asked.text());
    let state = asked.json()["state"].clone();
    assert!(state == "asked" || state == "running", "{state}");
    rehearsed(&sandbox, "deaf", 3);
    let unknown = sandbox.http("POST", "/v1/drills/none/rehearse", &[], b"");
    assert_eq!(unknown.status, 404, "{}", unknown.text());
}

#[test]
fn a_drill_rehearses_what_people_declared_of_its_models() {
    let sandbox = server();
    let greedy = "apiVersion: candor/v1\nkind: Monitor\nmetadata: {name: greedy}\nspec:\n  model: credit-risk\n  \
         measure: volume\n  decision: {bounds: {at_least: 1000000}}\n---\n";
    apply(&sandbox, &format!("{greedy}{}", scenario("quiet", "")));
    let run = rehearsed(&sandbox, "quiet", 1);
    assert_eq!(run["passed"], false, "{run}");
    assert_eq!(run["false_alarms"][0]["model"], "credit-risk", "{run}");
    let alerts = items(&sandbox, "/v1/alerts?state=firing");
    assert_eq!(alerts[0]["drill"], "quiet", "{alerts:?}");
    // Without its schedule nothing would ever end its alert.
    let never = scenario("quiet", "").replace("  schedule: {every: 1h}\n", "");
    apply(&sandbox, &never);
    wait_for("the alert's end", &sandbox, || {
        let alerts = items(&sandbox, "/v1/alerts?state=resolved");
        (alerts.len() == 1).then_some(())
    });
}

#[test]
fn a_rehearsal_that_takes_too_long_is_given_up_and_is_an_alert() {
    let sandbox = Sandbox::with_config(
        "[monitoring]\ndrill_seconds_max = 2\n[storage]\nflush_age_ms = 500\n",
    );
    let long = scenario("long", "").replace("events: 4000", "events: 9000000");
    apply(&sandbox, &long);
    let run = rehearsed(&sandbox, "long", 1);
    let why = run["not_run"].as_str().unwrap();
    assert!(why.starts_with("it took longer than 2 seconds"), "{run}");
    let alerts = items(&sandbox, "/v1/alerts?state=firing");
    let cause = alerts[0]["cause"].as_str().unwrap();
    assert!(
        cause.starts_with("The drill long could not be run: it took longer"),
        "{alerts:?}"
    );
    let place = sandbox.data().join("drills");
    assert_eq!(processes(&place.display().to_string()), 0);
    assert!(!place.exists());
}

/// Processes whose command line names a place.
fn processes(place: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(place)
    })
    .count()
}

#[test]
fn a_rehearsal_never_outlives_its_server() {
    let mut sandbox = server();
    let long = scenario("long", "").replace("events: 4000", "events: 9000000");
    let place = sandbox.data().join("drills").display().to_string();
    apply(&sandbox, &long);
    wait_for("the drill's process", &sandbox, || {
        (processes(&place) == 1).then_some(())
    });
    sandbox.kill();
    wait_for("its end", &sandbox, || {
        (processes(&place) == 0).then_some(())
    });
    sandbox.launch();
    wait_for("the drill's process", &sandbox, || {
        (processes(&place) == 1).then_some(())
    });
    assert_eq!(sandbox.stop(), Some(0), "{}", sandbox.log());
    assert_eq!(processes(&place), 0);
    assert!(!sandbox.data().join("drills").exists());
}
