//! From a fault in traffic to a person who is told, through the real server.

use crate::sandbox::Sandbox;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// Longest wait for what the engine does by itself.
const WAIT: Duration = Duration::from_secs(120);

/// One POST that a receiver got: the notice's key and its body.
type Got = (String, Value);

/// An HTTP receiver on loopback that keeps what it gets.
struct Receiver {
    url: String,
    got: Arc<Mutex<Vec<Got>>>,
}

/// Reads one request and answers it.
fn take(mut stream: TcpStream) -> Option<Got> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut key, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        match name.to_ascii_lowercase().as_str() {
            "x-candor-key" => value.trim().clone_into(&mut key),
            "content-length" => length = value.trim().parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    stream.write_all(answer).ok()?;
    Some((key, serde_json::from_slice(&body).unwrap_or_default()))
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let got = Arc::new(Mutex::new(Vec::new()));
        let kept = got.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                kept.lock().unwrap().extend(take(stream));
            }
        });
        Self { url, got }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

pub(crate) fn wait_for<T>(what: &str, sandbox: &Sandbox, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + WAIT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            Instant::now() < until,
            "{what} did not come\n{}",
            sandbox.log()
        );
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// A server that may reach receivers on this machine.
pub(crate) fn server() -> Sandbox {
    Sandbox::with_config("[notify]\nallow = [\"127.0.0.1\"]\n[storage]\nflush_age_ms = 500\n")
}

/// Plays nine days of a model's traffic that end in this hour; in the last 16 hours something may be wrong.
pub(crate) fn play(sandbox: &Sandbox, faults: &str) {
    play_days(sandbox, "credit-risk", 9, faults);
}

/// The same of another model and so many days.
pub(crate) fn play_days(sandbox: &Sandbox, model: &str, days: i64, faults: &str) {
    let now_us = sandbox.now_us();
    let start_us = now_us - now_us.rem_euclid(HOUR_US) - days * DAY_US;
    let events = 60_000 * days / 9;
    let scenario = format!(
        "apiVersion: candor/v1\nkind: Scenario\nmetadata: {{name: story}}\nspec:\n  seed: 11\n  days: {days}\n  \
         events: {events}\n  models: [{{name: {model}}}]\n  faults:\n{faults}"
    );
    let file = sandbox.folder().join("story.yaml");
    std::fs::write(&file, scenario).unwrap();
    let start = candor_contract::format_us(start_us);
    let file = file.display().to_string();
    let out = sandbox.candor(&["simulate", &file, "--start", &start, "--output", "json"]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
}

pub(crate) fn apply(sandbox: &Sandbox, objects: &str) {
    let file = sandbox.folder().join("objects.yaml");
    std::fs::write(&file, objects).unwrap();
    let out = sandbox.candor(&["apply", "-f", &file.display().to_string()]);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
}

fn route(url: &str) -> String {
    format!(
        "apiVersion: candor/v1\nkind: Route\nmetadata: {{name: on-call}}\nspec:\n  receivers:\n    \
         - webhook: {{url: '{url}/hook'}}\n    - file: {{name: told.ndjson}}\n  group_wait: 0s\n"
    )
}

fn json_of(sandbox: &Sandbox, args: &[&str]) -> Value {
    let out = sandbox.candor(args);
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    serde_json::from_slice(&out.stdout).unwrap()
}

pub(crate) const NULL_BURST: &str = "    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d8h, magnitude: 0.6}\n";

#[test]
fn a_fault_becomes_one_alert_that_is_explained_delivered_and_survives_a_kill() {
    let receiver = Receiver::start();
    let mut sandbox = server();
    apply(&sandbox, &route(&receiver.url));
    play(&sandbox, NULL_BURST);
    let told = wait_for("a notice", &sandbox, || receiver.got().first().cloned());
    let (key, body) = told;
    assert!(!key.is_empty());
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
    for (key, _) in receiver.got() {
        *keys.entry(key).or_default() += 1;
    }
    assert!(keys.values().all(|n| *n <= 2), "{keys:?}");
}

#[test]
fn a_clean_model_is_watched_and_tells_nobody() {
    let receiver = Receiver::start();
    let sandbox = server();
    apply(&sandbox, &route(&receiver.url));
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
