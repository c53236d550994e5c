//! Profiles: summaries that agree with the rows, through kills, merges and rebuilds.

use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const DAY: &str = "from=2026-01-05T00:00:00Z&to=2026-01-06T00:00:00Z";

/// Predictions of one morning, one every ten seconds: `income` is missing in each seventh.
pub fn send(sandbox: &Sandbox, ids: std::ops::Range<u32>) {
    let row = |i: u32| {
        let (minute, second) = (i / 6 % 60, i % 6 * 10);
        let income = if i.is_multiple_of(7) {
            Value::Null
        } else {
            json!(f64::from(i) * 1.5)
        };
        let job = ["nurse", "cook", "smith"][i as usize % 3];
        let event = json!({
            "id": i.to_string(),
            "time": format!("2026-01-05T{:02}:{minute:02}:{second:02}Z", 6 + i / 360),
            "inputs": {"income": income, "job": job, "paid": i.is_multiple_of(2)},
            "outputs": {"score": 0.5},
            "segments": {"region": if i.is_multiple_of(4) { "north" } else { "south" }},
        });
        format!("{event}\n")
    };
    let body: String = ids.clone().map(row).collect();
    let reply = sandbox.http(
        "POST",
        "/v1/models/loan/predictions",
        &[NDJSON],
        body.as_bytes(),
    );
    assert_eq!(reply.counts(), (u64::from(ids.end - ids.start), 0, vec![]));
}

fn profiles(sandbox: &Sandbox, more: &str) -> Vec<Value> {
    let reply = sandbox.http(
        "GET",
        &format!("/v1/models/loan/profiles?{DAY}{more}"),
        &[],
        b"",
    );
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["items"].as_array().unwrap().clone()
}

/// The exact figures of profiles, by window.
fn exact(items: &[Value]) -> Value {
    let parts = ["from", "rows", "nulls", "min", "max"];
    let of = |item: &Value| parts.map(|part| item[part].clone());
    json!(items.iter().map(of).collect::<Vec<_>>())
}

/// Profiles of `income` equal what SQL says of the rows, in each length of window.
pub fn check(sandbox: &Sandbox) {
    for (grain, bin) in [("5m", "5 minutes"), ("1h", "1 hour"), ("1d", "1 day")] {
        let told = profiles(sandbox, &format!("&grain={grain}&column=input_income"));
        let sql = format!(
            "SELECT to_char(date_bin(INTERVAL '{bin}', time), '%Y-%m-%dT%H:%M:%S.000000Z') AS w, \
             count(*), count(*) - count(input_income), min(input_income), max(input_income) \
             FROM loan.predictions GROUP BY w ORDER BY w"
        );
        assert_eq!(exact(&told), sandbox.sql(&sql), "{grain}");
    }
    let told = profiles(sandbox, "&grain=1d&column=input_income&segment=region");
    let sql = "SELECT segment_region, count(*), count(*) - count(input_income) FROM loan.predictions GROUP BY 1 ORDER BY 1";
    let parts = ["segment_value", "rows", "nulls"];
    let told: Vec<_> = told
        .iter()
        .map(|item| parts.map(|part| item[part].clone()))
        .collect();
    assert_eq!(json!(told), sandbox.sql(sql));
}

#[test]
fn profiles_agree_with_the_rows_they_come_from() {
    let sandbox = Sandbox::start();
    for batch in 0..4 {
        send(&sandbox, batch * 300..batch * 300 + 300);
        sandbox.client().flush().unwrap();
        check(&sandbox);
    }
    let day = &profiles(&sandbox, "&grain=1d&column=input_income&edges=0,900")[0];
    let mean = sandbox.sql("SELECT avg(input_income), stddev(input_income) FROM loan.predictions");
    for (figure, at) in [("mean", 0), ("std", 1)] {
        let (told, sql) = (day[figure].as_f64().unwrap(), mean[0][at].as_f64().unwrap());
        assert!((told - sql).abs() < 1e-9 * sql, "{figure}: {told} {sql}");
    }
    let error = day["rank_error"].as_f64().unwrap();
    let median = day["quantiles"]["0.5"].as_f64().unwrap();
    let below = sandbox.sql(&format!(
        "SELECT avg(CASE WHEN input_income <= {median} THEN 1.0 ELSE 0.0 END) FROM loan.predictions WHERE input_income IS NOT NULL"
    ));
    assert!(
        (below[0][0].as_f64().unwrap() - 0.5).abs() <= error,
        "{below} {error}"
    );
    let half = day["histogram"][1].as_f64().unwrap();
    assert!((half - 0.5).abs() <= 2.0 * error, "{half}");
    let job = &profiles(&sandbox, "&grain=1d&column=input_job")[0];
    assert_eq!(
        job["frequent"][0],
        json!({"value": "cook", "low": 400, "high": 400})
    );
    assert_eq!(
        job["distinct"],
        json!({"value": 3.0, "low": 3.0, "high": 3.0})
    );
}

#[test]
fn profiles_are_a_table_of_sql() {
    let sandbox = Sandbox::start();
    send(&sandbox, 0..360);
    sandbox.client().flush().unwrap();
    let sql = r#"SELECT "rows", nulls, max, frequent IS NULL, sketch IS NOT NULL FROM loan.profiles
        WHERE grain = '1h' AND "column" = 'input_income' AND segment IS NULL"#;
    assert_eq!(sandbox.sql(sql), json!([[360, 52, 538.5, true, true]]));
    let sql = r#"SELECT model, count(DISTINCT "column") FROM profiles GROUP BY model"#;
    let columns = &sandbox.sql(sql)[0];
    assert_eq!(columns[0], "loan");
    assert!(columns[1].as_u64().unwrap() >= 5, "{columns}");
}

#[test]
fn wrong_questions_are_told_what_is_wrong() {
    let sandbox = Sandbox::start();
    send(&sandbox, 0..1);
    let cases = [
        ("grain=2h", "400 invalid_query"),
        ("kind=stage", "400 invalid_query"),
        ("edges=2,1", "400 invalid_query"),
        ("colour=red", "400 malformed_request"),
    ];
    for (wrong, verdict) in cases {
        let path = format!("/v1/models/loan/profiles?{DAY}&{wrong}");
        assert_eq!(
            sandbox.http("GET", &path, &[], b"").verdict(),
            verdict,
            "{wrong}"
        );
    }
    let path = "/v1/models/loan/profiles?from=yesterday&to=2026-01-06T00:00:00Z";
    assert_eq!(
        sandbox.http("GET", path, &[], b"").verdict(),
        "400 invalid_query"
    );
    let path = format!("/v1/models/absent/profiles?{DAY}");
    assert_eq!(
        sandbox.http("GET", &path, &[], b"").verdict(),
        "404 not_found"
    );
}

#[test]
fn each_row_is_counted_once_through_kills_and_merges() {
    let config = "[storage]\nflush_age_ms = 50\nmaintain_every_s = 1\n";
    let mut sandbox = Sandbox::with_config(config);
    for batch in 0..12 {
        send(&sandbox, batch * 100..batch * 100 + 100);
        if batch % 2 == 1 {
            sandbox.kill();
            sandbox.launch();
        }
    }
    sandbox.client().flush().unwrap();
    check(&sandbox);
}

#[test]
fn a_damaged_commit_of_profiles_is_set_aside_and_made_again() {
    let mut sandbox = Sandbox::with_config("[storage]\nflush_age_ms = 3600000\n");
    for batch in 0..2 {
        send(&sandbox, batch * 300..batch * 300 + 300);
        sandbox.client().flush().unwrap();
    }
    sandbox.kill();
    let log = sandbox.data().join("lake/models/loan/profiles/_delta_log");
    let mut commits: Vec<_> = std::fs::read_dir(log)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    commits.retain(|path| path.extension().is_some_and(|e| e == "json"));
    commits.sort();
    std::fs::write(commits.pop().unwrap(), b"").unwrap();
    sandbox.launch();
    check(&sandbox);
}

#[test]
fn profiles_are_made_anew_on_demand() {
    let sandbox = Sandbox::start();
    send(&sandbox, 0..700);
    sandbox.client().flush().unwrap();
    send(&sandbox, 700..1200);
    let range = [
        "--from",
        "2026-01-01T00:00:00Z",
        "--to",
        "2026-02-01T00:00:00Z",
    ];
    let args = [
        &["profiles", "rebuild", "--model", "loan", "--output", "json"][..],
        &range,
    ]
    .concat();
    for _ in 0..2 {
        let out = sandbox.candor(&args);
        assert!(out.status.success(), "{out:?}");
        let done: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!((&done["days"], &done["days_done"]), (&json!(1), &json!(1)));
        check(&sandbox);
    }
    let files = sandbox
        .http("GET", "/v1/models/loan/volumes", &[], b"")
        .json();
    let of_profiles = files
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["table"] == "profiles");
    assert_eq!(of_profiles.unwrap()["files"], 1);
    let reference = ["--reference-from", range[1], "--reference-to", range[3]];
    let out = sandbox.candor(&[&args[..], &reference].concat());
    assert!(out.status.success(), "{out:?}");
    let job = &profiles(&sandbox, "&grain=1d&column=input_job")[0];
    let counts = json!({"edges": null, "categories": ["cook", "nurse", "smith"], "rows": [400, 400, 400, 0]});
    assert_eq!(job["bins"], counts);
    check(&sandbox);
    let path = "/v1/models/absent/profiles/rebuild";
    assert_eq!(
        sandbox.http("GET", path, &[], b"").verdict(),
        "404 not_found"
    );
}
