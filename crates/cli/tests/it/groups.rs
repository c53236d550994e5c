//! How a model treats groups of people, over HTTP.

use crate::sandbox::Sandbox;
use crate::story::{HOUR_US, apply};
use serde_json::{Value, json};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const SPEC: &str = "apiVersion: candor/v1\nkind: Model\nmetadata: {name: loan}\nspec:\n  task: binary\n  \
    positive_class: yes\n  protected: [sex, age_band, faith]\n";

fn post(sandbox: &Sandbox, table: &str, body: &str) {
    let path = format!("/v1/models/loan/{table}");
    let (taken, refused, why) = sandbox
        .http("POST", &path, &[NDJSON], body.as_bytes())
        .counts();
    assert_eq!(refused, 0, "{why:?}");
    assert!(taken > 0);
}

fn fairness(sandbox: &Sandbox, query: &str) -> Value {
    let path = format!("/v1/models/loan/fairness{query}");
    let reply = sandbox.http("GET", &path, &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn line(event: &Value) -> String {
    format!("{event}\n")
}

/// 100 women of whom 20, and 100 men of whom 60 are selected; four others. Of the selected, half should have been.
fn traffic(sandbox: &Sandbox) {
    let earlier = candor_contract::format_us(sandbox.now_us() - HOUR_US);
    let (mut predictions, mut outcomes) = (String::new(), String::new());
    let group = |sex: &str, n: usize, selected: usize| {
        (0..n)
            .map(move |at| {
                (
                    format!("{sex}{at}"),
                    sex.to_owned(),
                    at < selected,
                    at % 2 == 0,
                )
            })
            .collect::<Vec<_>>()
    };
    let people = [group("f", 100, 20), group("m", 100, 60), group("x", 4, 1)].concat();
    for (at, (id, sex, selected, deserved)) in people.iter().enumerate() {
        let age = if at % 3 == 0 { "young" } else { "old" };
        let class = if *selected { "yes" } else { "no" };
        let score = if *selected { 0.75 } else { 0.25 };
        predictions.push_str(&line(
            &json!({"id": id, "inputs": {"age_band": age}, "segments": {"sex": sex},
            "outputs": {"class": class, "score": score}}),
        ));
        if *selected {
            // The first word on it is wrong; the later one counts.
            let wrong = if *deserved { "no" } else { "yes" };
            let right = if *deserved { "yes" } else { "no" };
            outcomes.push_str(&line(
                &json!({"prediction_id": id, "class": wrong, "time": earlier}),
            ));
            outcomes.push_str(&line(&json!({"prediction_id": id, "class": right})));
        }
    }
    // One whose group nobody knows.
    predictions.push_str(&line(&json!({"id": "u", "inputs": {"age_band": "old"}, "outputs": {"class": "no", "score": 0.1}})));
    post(sandbox, "predictions", &predictions);
    post(sandbox, "outcomes", &outcomes);
    assert_eq!(sandbox.http("POST", "/v1/flush", &[], b"").status, 200);
}

fn rate<'a>(group: &'a Value, name: &str) -> &'a Value {
    let mut rates = group["rates"].as_array().unwrap().iter();
    rates.find(|r| r["name"] == name).unwrap()
}

#[test]
fn groups_of_protected_attributes_are_compared_with_their_latest_outcomes() {
    let sandbox = Sandbox::start();
    apply(&sandbox, SPEC);
    traffic(&sandbox);
    let told = fairness(&sandbox, "");
    assert_eq!(
        (&told["positive_class"], &told["rows"], &told["labelled"]),
        (&json!("yes"), &json!(205), &json!(81)),
        "{told}"
    );
    let names: Vec<&Value> = told["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["name"])
        .collect();
    assert_eq!(names, ["sex", "age_band", "sex & age_band"]);
    assert_eq!(
        told["notes"],
        json!(["No prediction has faith, as a segment or an input."])
    );
    let sex = &told["attributes"][0];
    assert_eq!(
        (&sex["columns"], &sex["pooled"]),
        (&json!(["segment_sex"]), &json!(1))
    );
    let groups = sex["groups"].as_array().unwrap();
    let sizes: Vec<_> = groups
        .iter()
        .map(|g| (&g["name"], &g["n"], &g["compared"]))
        .collect();
    assert_eq!(
        json!(sizes),
        json!([
            ["f", 100, true],
            ["m", 100, true],
            ["other", 4, false],
            ["missing", 1, false]
        ])
    );
    assert_eq!(rate(&groups[0], "selection_rate")["value"], 0.2);
    assert_eq!(rate(&groups[1], "selection_rate")["value"], 0.6);
    // Half of the selected deserved it, as the later outcomes say; of the others nothing is known.
    assert_eq!(rate(&groups[1], "ppv")["value"], 0.5);
    assert_eq!(rate(&groups[1], "ppv")["n"], 60);
    assert_eq!(rate(&groups[2], "ppv")["status"], "too_few");
    let parity = &sex["gaps"][0];
    assert_eq!(
        (&parity["criterion"], &parity["verdict"]),
        (&json!("demographic_parity"), &json!("breach"))
    );
    assert_eq!(
        parity["sentence"],
        "By sex, f is selected 40.0 points less often than m, beyond what is allowed"
    );
    // The statement that it names gives the same counts.
    let sql = sandbox.sql(told["sql"].as_str().unwrap());
    let rows = sql.as_array().unwrap();
    let counted: i64 = rows.iter().map(|r| r[4].as_i64().unwrap()).sum();
    assert_eq!(counted, 205);
}

#[test]
fn what_cannot_be_told_is_said() {
    let sandbox = Sandbox::start();
    traffic(&sandbox);
    let told = fairness(&sandbox, "");
    assert_eq!(told["attributes"], json!([]));
    assert_eq!(
        told["notes"],
        json!([
            "The Model names no `protected` attribute.",
            "The Model names no `positive_class`, so it is not known who is selected."
        ])
    );
    apply(&sandbox, SPEC);
    let long_ago = fairness(
        &sandbox,
        "?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z",
    );
    assert_eq!(
        (&long_ago["rows"], &long_ago["labelled"]),
        (&json!(0), &json!(0))
    );
    let wrong = sandbox.http("GET", "/v1/models/loan/fairness?from=yesterday", &[], b"");
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.json()["detail"], "`from` is not a time.");
    for span in [
        "from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=0001-01-01T00:00:00Z",
        "to=9999-12-31T00:00:00Z",
    ] {
        let path = format!("/v1/models/loan/fairness?{span}");
        let wrong = sandbox.http("GET", &path, &[], b"");
        assert_eq!(wrong.verdict(), "400 invalid_query", "{span}");
    }
    assert_eq!(
        sandbox
            .http("GET", "/v1/models/none/fairness", &[], b"")
            .status,
        404
    );
}
