//! What people said of alerts, turned into precision, hindsight and sensitivities, through the real binary.

use crate::golden::run_sql;
use crate::sandbox::Sandbox;
use crate::story::{HOUR_US, apply, json_of, play_days};
use candor_contract::{format_us, parse_us};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const QUIET: &str = "[monitoring]\nlive = false\n";
const MISSING: &str = "credit-risk/missing/input_debt_ratio";
/// A few values are missing for a day, and nothing was wrong; days later most are, and something was.
const FAULTS: &str = "    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 8d6h, to: 8d22h, magnitude: 0.12}
    - {fault: null_burst, model: credit-risk, columns: [debt_ratio], from: 11d8h, magnitude: 0.6}\n";

/// The alerts of quality that a run told, as they were last, by the time when they fired.
fn alerts(run: &Value) -> Vec<Value> {
    let mut last: BTreeMap<String, Value> = BTreeMap::new();
    for transition in run["transitions"].as_array().unwrap() {
        let alert = &transition["alert"];
        if alert["family"] == "quality" {
            last.insert(alert["id"].to_string(), alert.clone());
        }
    }
    let mut all: Vec<Value> = last.into_values().collect();
    all.sort_by_key(|a| a["fired_us"].as_i64());
    all
}

/// Keeps an alert as if it had fired live so many hours later, with a verdict, and a notice of it.
fn fired_live(sandbox: &Sandbox, alert: &Value, later: i64, verdict: &str) {
    let now_us = sandbox.now_us();
    let quoted = |text: &str| text.replace('\'', "''");
    let text = |name: &str| quoted(alert[name].as_str().unwrap());
    let fired_us = alert["fired_us"].as_i64().unwrap() + later * HOUR_US;
    let id = text("id");
    let statement = format!(
        "INSERT INTO alerts (id, model, family, state, severity, onset_us, fired_us, changed_us, resolved_us, body, \
         verdict, verdict_by, verdict_us, verdict_why) VALUES ('{id}', 'credit-risk', 'quality', '{}', '{}', {}, \
         {fired_us}, {}, {}, '{}', '{verdict}', 'ann', {now_us}, 'seen')",
        text("state"),
        text("severity"),
        alert["onset_us"],
        alert["changed_us"],
        // `null` is NULL too.
        alert["resolved_us"],
        quoted(&alert.to_string()),
    );
    run_sql(&sandbox.data(), &statement);
    let notice = format!(
        "INSERT INTO outbox (notice, number, lane, route, receiver, body, decided_us, due_us, attempts, delivered_us) \
         SELECT 'n-{id}', COUNT(*) + 1, 'l', 'on-call', '{{}}', '{{}}', {now_us}, {now_us}, 1, {now_us} FROM outbox"
    );
    run_sql(&sandbox.data(), &notice);
    let about = format!("INSERT INTO outbox_alerts (alert, notice) VALUES ('{id}', 'n-{id}')");
    run_sql(&sandbox.data(), &about);
}

fn of<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let mut all = list.as_array().unwrap().iter();
    all.find(|own| own[key] == name)
        .unwrap_or_else(|| panic!("{name}: {list:#}"))
}

fn check_scores(sandbox: &Sandbox) {
    let scores = json_of(sandbox, &["alert", "scores", "--output", "json"]);
    let precision = |own: &Value| {
        (
            own["precision"]["value"].clone(),
            own["precision"]["n"].clone(),
        )
    };
    assert_eq!(
        precision(&scores["all"]),
        (json!(0.5), json!(2)),
        "{scores:#}"
    );
    let monitor = of(&scores["monitors"], "monitor", MISSING);
    assert_eq!(
        (&monitor["alerts"], &monitor["judged"]),
        (&json!(2), &json!(2))
    );
    assert!(
        monitor["precision"]["low"].as_f64().unwrap() > 0.0,
        "{monitor}"
    );
    assert_eq!(
        monitor["recall"]["value"],
        Value::Null,
        "no drill: {monitor}"
    );
    assert_eq!(monitor["recall"]["n"], 0);
    let route = of(&scores["routes"], "route", "on-call");
    assert_eq!(precision(route), (json!(0.5), json!(2)), "{scores:#}");
    let nobody = sandbox.candor(&["alert", "scores", "--model", "nobody"]);
    assert_eq!(nobody.status.code(), Some(2), "a typo is no empty table");
    let table = sandbox.candor(&["alert", "scores"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("0.50 (") && text.contains("of 2"), "{text}");
    let wrong = sandbox.http("GET", "/v1/alerts/scores?from=yesterday", &[], b"");
    assert_eq!(wrong.verdict(), "400 invalid_time");
}

/// A time without any trouble, as `--incident` takes it.
fn quiet_time(strong: &Value) -> String {
    let onset_us = strong["onset_us"].as_i64().unwrap();
    let (from, to) = (onset_us - 20 * HOUR_US, onset_us - 18 * HOUR_US);
    format!("{}/{}", format_us(from), format_us(to))
}

fn check_hindsight(sandbox: &Sandbox, strong: &Value) {
    let mut args = vec!["backtest", "credit-risk", "--output", "json"];
    let run = json_of(sandbox, &args);
    let id = strong["id"].as_str().unwrap();
    let incident = &run["incidents"][0];
    assert_eq!(
        (&incident["alert"], &incident["found"]),
        (&json!(id), &json!(true))
    );
    assert_eq!(incident["found_by"], id, "{incident}");
    assert_eq!(incident["earlier_than_live_s"], 2 * 3_600, "{incident}");
    assert!(incident["delay_s"].as_i64().unwrap() > 0, "{incident}");
    assert_eq!(run["recall"]["n"], 1);
    let beside: Vec<&Value> = run["beside_live"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| !b["live"].is_null())
        .map(|b| &b["change"])
        .collect();
    assert_eq!(beside, ["same", "earlier"], "{}", run["beside_live"]);
    // What nobody was told of.
    let quiet = quiet_time(strong);
    args.extend(["--incident", &quiet]);
    let run = json_of(sandbox, &args);
    let found: Vec<&Value> = (0..2).map(|i| &run["incidents"][i]["found"]).collect();
    assert_eq!(found, [&json!(false), &json!(true)], "{}", run["incidents"]);
    assert_eq!(
        (&run["recall"]["value"], &run["recall"]["n"]),
        (&json!(0.5), &json!(2))
    );
    let table = sandbox.candor(&["backtest", "credit-risk", "--incident", &quiet]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(
        text.contains("2.0 h earlier") && text.contains("1 of 2 incidents"),
        "{text}"
    );
    let wrong = sandbox.candor(&["backtest", "credit-risk", "--incident", "yesterday"]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
}

fn check_tuning(sandbox: &Sandbox, weak: &Value, strong: &Value) {
    let file = sandbox.folder().join("tuned.yaml").display().to_string();
    let args = ["tune", "credit-risk", "--write", &file, "--output", "json"];
    let tuned = json_of(sandbox, &args);
    let brief = |count: &Value| (count["found"].clone(), count["false_alarms"].clone());
    assert_eq!(tuned["tried"].as_array().unwrap().len(), 6, "{tuned:#}");
    assert_eq!(brief(&tuned["now"]), (json!(1), json!(1)), "{tuned:#}");
    let own = of(&tuned["proposed"], "monitor", MISSING);
    assert_eq!(brief(&own["now"]), (json!(1), json!(1)), "{own:#}");
    assert_eq!(brief(&own["then"]), (json!(1), json!(0)), "{own:#}");
    assert!(
        own["proposed"].as_f64() > own["material"].as_f64(),
        "{own:#}"
    );
    assert_eq!(brief(&tuned["together"]), (json!(1), json!(0)), "{tuned:#}");
    assert!(tuned["now"]["mean_delay_s"].as_i64().unwrap() >= 0);

    // What is written is right, and does what was promised.
    let checked = sandbox.candor(&["check", &file]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("name: credit-risk-missing-input_debt_ratio"),
        "{text}"
    );
    let proposed = tuned["proposed"].as_array().unwrap().len();
    assert_eq!(text.matches("kind: Monitor").count(), proposed, "{text}");
    let args = [
        "backtest",
        "credit-risk",
        "--monitors",
        &file,
        "--output",
        "json",
    ];
    let run = json_of(sandbox, &args);
    let missing = of(&run["beside_live"], "change", "missing");
    assert_eq!(missing["live"], weak["id"], "{run:#}");
    assert_eq!(run["incidents"][0]["alert"], strong["id"]);
    assert_eq!(run["incidents"][0]["found"], true);
    apply(sandbox, &text);
    let run = json_of(sandbox, &["backtest", "credit-risk", "--output", "json"]);
    assert_eq!(alerts(&run).len(), 1, "only what was wrong is told");
    let again = json_of(sandbox, &["tune", "credit-risk", "--output", "json"]);
    assert_eq!(brief(&again["now"]), (json!(1), json!(0)), "{again:#}");
    assert_eq!(again["proposed"], json!([]), "{again:#}");
}

#[test]
fn what_people_said_becomes_precision_hindsight_and_sensitivities() {
    let mut sandbox = Sandbox::with_config(QUIET);
    play_days(&sandbox, "credit-risk", 12, FAULTS);
    let run = json_of(&sandbox, &["backtest", "credit-risk", "--output", "json"]);
    assert_eq!(run["incidents"], json!([]));
    assert_eq!(run["recall"]["value"], Value::Null, "nothing is known yet");
    let told = alerts(&run);
    assert_eq!(told.len(), 2, "{told:#?}");
    let (weak, strong) = (&told[0], &told[1]);
    let leads = |alert: &Value| alert["symptoms"][0]["monitor"].clone();
    assert_eq!(
        (leads(weak), leads(strong)),
        (json!(MISSING), json!(MISSING))
    );
    assert!(parse_us(run["to"].as_str().unwrap()).is_some());
    let tuned = json_of(&sandbox, &["tune", "credit-risk", "--output", "json"]);
    assert_eq!(tuned["proposed"], json!([]), "nobody said anything yet");
    assert_eq!(tuned["now"]["false_alarms"], 0, "not judged is not false");

    assert_eq!(sandbox.stop(), Some(0));
    fired_live(&sandbox, weak, 0, "false_positive");
    fired_live(&sandbox, strong, 2, "true_positive");
    sandbox.launch();
    check_scores(&sandbox);
    check_hindsight(&sandbox, strong);
    check_tuning(&sandbox, weak, strong);
}
