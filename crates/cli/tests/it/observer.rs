//! The observer observed: profiles and rows, estimates and outcomes, alerts and verdicts, through the real server.

use crate::sandbox::Sandbox;
use crate::story::{DAY_US, apply, play_days, play_models, wait_for};
use serde_json::{Value, json};

/// Outcomes of credit-risk take up to twenty days.
const DAYS: i64 = 36;

/// Plays clean traffic of two models that ends in this hour.
fn play(sandbox: &Sandbox) {
    let models = ["credit-risk", "delivery-time"];
    play_models(sandbox, &models, DAYS, 90_000, "    []\n");
}

/// A run on demand, once no other one is under way.
fn observe(sandbox: &Sandbox, model: &str) -> Value {
    wait_for("a run of the observer", sandbox, || {
        let out = sandbox.candor(&["observer", model, "--run", "--output", "json"]);
        assert!(matches!(out.status.code(), Some(0 | 3)), "{out:?}");
        let told: Value = serde_json::from_slice(&out.stdout).ok()?;
        Some(told[0].clone())
    })
}

fn comparison<'a>(told: &'a Value, name: &str) -> &'a Value {
    let all = told["comparisons"].as_array().unwrap();
    all.iter().find(|c| c["comparison"] == name).unwrap()
}

/// What was compared of a comparison.
fn figures(comparison: &Value) -> Vec<&str> {
    let checks = comparison["checks"].as_array().unwrap().iter();
    checks.map(|c| c["figure"].as_str().unwrap()).collect()
}

#[test]
fn clean_traffic_is_seen_as_it_was_and_the_day_keeps_it() {
    // The past is played at once: an engine that runs meanwhile would miss what is yet to be sent.
    let mut sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    play(&sandbox);
    let told = observe(&sandbox, "credit-risk");
    for name in ["profiles", "verdicts"] {
        let own = comparison(&told, name);
        assert_eq!(own["state"], "ok", "{own:#}");
        assert_eq!(own["off_runs"], 0, "{own:#}");
    }
    let profiles = comparison(&told, "profiles");
    assert!(profiles["columns"].as_u64().unwrap() >= 10, "{profiles:#}");
    assert!(profiles["figures"].as_u64().unwrap() >= 60, "{profiles:#}");
    assert!(profiles["n"].as_u64().unwrap() >= 100, "{profiles:#}");
    let performance = comparison(&told, "performance");
    assert_eq!(performance["state"], "ok", "{performance:#}");
    assert_eq!(figures(performance), ["roc_auc", "accuracy", "relation"]);

    // The day keeps its run over a kill; the schedule looks at the model that has none.
    sandbox.kill();
    std::fs::write(sandbox.folder().join("candor.toml"), "").unwrap();
    sandbox.launch();
    let listed = wait_for("a scheduled run", &sandbox, || {
        let page = sandbox.http("GET", "/v1/observer", &[], b"").json();
        let items = page["items"].as_array()?.clone();
        (items.len() == 2).then_some(items)
    });
    let names: Vec<&Value> = listed.iter().map(|o| &o["model"]).collect();
    assert_eq!(names, [&json!("credit-risk"), &json!("delivery-time")]);
    let profiles = comparison(&listed[1], "profiles");
    assert_eq!(profiles["state"], "ok", "{profiles:#}");
    // In full where one model is asked for. One day in many is off by chance, so only what was compared is held.
    let path = "/v1/observer?model=delivery-time";
    let page = sandbox.http("GET", path, &[], b"").json();
    let performance = comparison(&page["items"][0], "performance");
    assert_eq!(
        figures(performance),
        ["mae", "rmse", "relation"],
        "{performance:#}"
    );
    let path = "/v1/observer?model=credit-risk";
    let page = sandbox.http("GET", path, &[], b"").json();
    assert_eq!(page["items"], json!([told]));
    let metrics = sandbox.http("GET", "/metrics", &[], b"").text();
    for model in ["credit-risk", "delivery-time"] {
        let line = format!("candor_observer_off{{model=\"{model}\",comparison=\"profiles\"}} 0");
        assert!(metrics.contains(&line), "{metrics}");
    }
    let table = sandbox.candor(&["observer", "credit-risk"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("roc_auc"), "{text}");
}

/// For four days deliveries take as long as the roadworks have them, whatever distance and traffic are.
const ROADWORKS: &str =
    "    - {fault: concept_drift, model: delivery-time, from: 9d, magnitude: 0.9}\n";

#[test]
fn errors_that_grew_while_inputs_look_the_same_are_off() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    play_days(&sandbox, "delivery-time", 13, ROADWORKS);
    let told = observe(&sandbox, "delivery-time");
    let performance = comparison(&told, "performance");
    assert_eq!(performance["state"], "off", "{performance:#}");
    let mae = &performance["checks"][0];
    let value = |key: &str| mae[key].as_f64().unwrap();
    assert_eq!(mae["figure"], "mae", "{performance:#}");
    assert!(value("value") > value("at_most"), "{performance:#}");
    let said = performance["sentence"].as_str().unwrap();
    assert!(
        said.contains("Errors no longer follow inputs and prediction"),
        "{said}"
    );
}

/// A prediction of one of two kinds with the score of each, and what came true an hour later, with the probabilities of
/// the scores.
fn ticket(start_us: i64, at: i64) -> [Value; 2] {
    let unit = |prime: i64| (at * prime % 10_007) as f64 / 10_007.0;
    let (score, luck) = (unit(7_919), unit(3_571));
    let word = |good: bool| if good { "very good" } else { "bad" };
    let time_us = start_us + at * (DAY_US / 300);
    let time = candor_contract::format_us;
    let prediction = json!({
        "id": format!("t{at}"), "time": time(time_us), "inputs": {"length": at % 17},
        "outputs": {"class": word(score > 0.5), "scores": {"very good": score, "bad": 1.0 - score}},
    });
    let outcome = json!({
        "prediction_id": format!("t{at}"), "time": time(time_us + DAY_US / 24), "class": word(luck < score),
    });
    [prediction, outcome]
}

#[test]
fn scores_by_class_are_compared_whatever_their_classes_are_called() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    let spec =
        "apiVersion: candor/v1\nkind: Model\nmetadata: {name: tickets}\nspec: {task: multiclass}\n";
    apply(&sandbox, spec);
    let now_us = sandbox.now_us();
    let start_us = now_us - now_us.rem_euclid(DAY_US) - 9 * DAY_US;
    let mut bodies = [String::new(), String::new()];
    for at in 0..9 * 300 {
        for (body, event) in bodies.iter_mut().zip(ticket(start_us, at)) {
            *body += &(event.to_string() + "\n");
        }
    }
    let json = [("content-type", "application/x-ndjson")];
    for (kind, body) in ["predictions", "outcomes"].into_iter().zip(bodies) {
        let path = format!("/v1/models/tickets/{kind}");
        let reply = sandbox.http("POST", &path, &json, body.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
    let told = observe(&sandbox, "tickets");
    let performance = comparison(&told, "performance");
    assert_eq!(performance["state"], "ok", "{performance:#}");
    assert_eq!(
        figures(performance),
        ["roc_auc_macro", "accuracy", "relation"]
    );
    assert_eq!(performance["n"], 300, "{performance:#}");
    let accuracy = performance["checks"][1]["value"].as_f64().unwrap();
    assert!((0.7..0.8).contains(&accuracy), "{performance:#}");
}

#[test]
fn a_model_without_a_closed_day_is_told_as_such() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    let unknown = sandbox.candor(&["observer", "nobody", "--run"]);
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
    let empty = sandbox.candor(&["observer", "--output", "json"]);
    assert_eq!(String::from_utf8_lossy(&empty.stdout).trim(), "[]");
    let row = br#"{"inputs":{"x":1},"outputs":{"score":0.5}}"#;
    let path = "/v1/models/fresh/predictions";
    let json = [("content-type", "application/x-ndjson")];
    assert_eq!(sandbox.http("POST", path, &json, row).status, 200);
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
    let told = observe(&sandbox, "fresh");
    // Its first day is not over: nothing is compared, and nothing invented.
    for (name, state) in [
        ("profiles", "unknown"),
        ("performance", "unknown"),
        ("verdicts", "ok"),
    ] {
        let own = comparison(&told, name);
        assert_eq!(own["state"], state, "{own:#}");
        assert!(own["sentence"].as_str().is_some_and(|s| s.ends_with('.')));
    }
    let page = sandbox.http("GET", "/v1/observer?model=nobody", &[], b"");
    assert_eq!(page.verdict(), "404 not_found");
    let page = sandbox.http("GET", "/v1/observer?model=fresh&cursor=x", &[], b"");
    assert_eq!(page.status, 400, "{}", page.text());
}

/// Predictions of a day that is over, with columns of every type.
fn of_every_type(day_us: i64, rows: std::ops::Range<i64>) -> String {
    let row = |i: i64| {
        let words = ["kurz", "länger", "ganz lang, mit 'Zeichen'"];
        let mut inputs = json!({
            "flag": i % 3 == 0,
            "word": words[(i % 3) as usize],
            "key": format!("k{}", i * 7919 % 997),
            "count": i % 40,
            "amount": (i * 7919 % 10_007) as f64 / 7.0 - 500.0,
            "zero": if i % 2 == 0 { -0.0 } else { 0.0 },
            "size": 1e300 * i as f64,
        });
        if i % 4 == 0 {
            inputs["amount"] = Value::Null;
        }
        let time = candor_contract::format_us(day_us + i * 40_000_000);
        json!({"id": format!("p{i}"), "time": time, "inputs": inputs, "outputs": {"score": i as f64 / 2_000.0}})
            .to_string()
    };
    rows.map(|i| row(i) + "\n").collect()
}

#[test]
fn columns_of_every_type_agree_with_their_rows_also_with_those_yet_to_be_flushed() {
    let sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    let now_us = sandbox.now_us();
    let day_us = now_us - now_us.rem_euclid(DAY_US) - 2 * DAY_US;
    let json = [("content-type", "application/x-ndjson")];
    let path = "/v1/models/mixed/predictions";
    for rows in [0..1_500, 1_500..2_000] {
        let body = of_every_type(day_us, rows.clone());
        let reply = sandbox.http("POST", path, &json, body.as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        if rows.start == 0 {
            assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
        }
    }
    let told = observe(&sandbox, "mixed");
    let profiles = comparison(&told, "profiles");
    assert_eq!(profiles["state"], "ok", "{profiles:#}");
    assert_eq!(profiles["n"], 2_000, "{profiles:#}");
    assert_eq!(profiles["from"], candor_contract::format_us(day_us));
    let checks = profiles["checks"].to_string();
    for column in ["input_amount", "input_key", "output_score"] {
        assert!(checks.contains(column), "{column}: {profiles:#}");
    }
    assert!(profiles["columns"].as_u64().unwrap() >= 8, "{profiles:#}");
}

#[test]
fn what_is_off_twice_in_a_row_is_seen_in_metrics_and_log() {
    let mut sandbox = Sandbox::with_config("[monitoring]\nlive = false\n");
    let row = br#"{"inputs":{"x":1},"outputs":{"score":0.5}}"#;
    let path = "/v1/models/noisy/predictions";
    let json = [("content-type", "application/x-ndjson")];
    assert_eq!(sandbox.http("POST", path, &json, row).status, 200);
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"{}").status, 200);
    let fired_us = sandbox.now_us() - DAY_US;
    assert_eq!(sandbox.stop(), Some(0));
    // Six alerts that people called false, and one that nobody judged.
    let alerts = format!(
        "INSERT INTO alerts (id, model, family, state, severity, onset_us, fired_us, changed_us, resolved_us, \
         body, verdict) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7) \
         SELECT 'a' || i, 'noisy', 'quality', 'resolved', 'warning', {fired_us}, {fired_us}, {fired_us}, \
         {fired_us}, '{{}}', CASE WHEN i < 7 THEN 'false_positive' END FROM n"
    );
    crate::golden::run_sql(&sandbox.data(), &alerts);
    sandbox.launch();
    let line =
        |off: u8| format!("candor_observer_off{{model=\"noisy\",comparison=\"verdicts\"}} {off}\n");
    let warning = "the observer is off";
    for (run, visible) in [(1, 0), (2, 1)] {
        let told = observe(&sandbox, "noisy");
        let verdicts = comparison(&told, "verdicts");
        assert_eq!(verdicts["state"], "off", "{verdicts:#}");
        assert_eq!(verdicts["off_runs"], run, "{verdicts:#}");
        assert_eq!(verdicts["n"], 7, "{verdicts:#}");
        let metrics = sandbox.http("GET", "/metrics", &[], b"").text();
        assert!(metrics.contains(&line(visible)), "{metrics}");
        assert_eq!(sandbox.log().contains(warning), visible == 1);
    }
    let listed = sandbox.http("GET", "/v1/observer", &[], b"").json();
    let checks = &comparison(&listed["items"][0], "verdicts")["checks"];
    assert_eq!(checks.as_array().unwrap().len(), 1, "{checks:#}");
    assert_eq!(checks[0]["figure"], "precision", "{checks:#}");
}
