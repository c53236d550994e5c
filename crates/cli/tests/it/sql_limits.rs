//! No statement ends or starves ingestion: each hostile one gets a typed error in time, while another
//! client's events keep being taken.

use crate::http::{Reply, connect};
use crate::sandbox::Sandbox;
use serde_json::json;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

/// Eight thousand million pairs, by an equality that does not narrow them.
const SLOW: &str = "SELECT count(*) FROM m.predictions a JOIN m.predictions b ON a.environment = b.environment JOIN m.predictions c ON b.environment = c.environment WHERE a.input_x + b.input_x + c.input_x = 7";

fn ask(sandbox: &Sandbox, statement: &str) -> Reply {
    let body = json!({"sql": statement, "timeout_ms": 1000}).to_string();
    sandbox.http(
        "POST",
        "/v1/sql",
        &[("content-type", "application/json")],
        body.as_bytes(),
    )
}

fn seed(sandbox: &Sandbox) {
    let rows: String = (0..2000)
        .map(|i| format!("{{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaa{i}\",\"inputs\":{{\"x\":{i}}},\"outputs\":{{\"score\":0.5}}}}\n"))
        .collect();
    let reply = sandbox.http(
        "POST",
        "/v1/models/m/predictions",
        &[NDJSON],
        rows.as_bytes(),
    );
    assert_eq!(reply.counts().0, 2000);
}

/// Ends the ingesting thread also when a check fails.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` while events come in one by one; every one of them must be taken.
fn while_ingesting(sandbox: &Sandbox, work: impl FnOnce()) {
    let (stop, taken) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let _stop = StopOnDrop(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                let reply = sandbox.http(
                    "POST",
                    "/v1/models/live/predictions",
                    &[NDJSON],
                    br#"{"outputs":{"score":1}}"#,
                );
                assert_eq!(reply.counts().0, 1);
                taken.fetch_add(1, Ordering::Relaxed);
            }
        });
        work();
    });
    let taken = taken.load(Ordering::Relaxed);
    assert!(taken > 0);
    assert_eq!(
        sandbox.sql("SELECT count(*) FROM live.predictions"),
        json!([[taken]])
    );
}

#[test]
fn hostile_statements_get_a_typed_error_and_ingestion_goes_on() {
    let sandbox = Sandbox::start();
    seed(&sandbox);
    let cross = "SELECT count(*) FROM m.predictions a, m.predictions b, m.predictions c, m.predictions d WHERE a.input_x + b.input_x + c.input_x + d.input_x = 7";
    let cases: Vec<(&str, String, &str)> = vec![
        ("2,000 operators", format!("SELECT 1{}", "+1".repeat(2000)), "sql_too_complex"),
        ("20,000 ORs", format!("SELECT 1 WHERE {}", (0..20_000).map(|i| format!("1={i}")).collect::<Vec<_>>().join(" OR ")), "sql_too_complex"),
        ("brackets", format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000)), "sql_too_complex"),
        ("series", "SELECT count(*) FROM generate_series(9876543210)".into(), "sql_not_allowed"),
        ("range", "SELECT sum(x) FROM (SELECT unnest(range(1, 9876543210)) AS x)".into(), "sql_too_complex"),
        ("recursion", "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t".into(), "sql_not_allowed"),
        ("long text", "SELECT repeat('x', 2000000000)".into(), "sql_too_complex"),
        ("cross join", cross.into(), "sql_too_complex"),
            ("slow join", SLOW.into(), "sql_time_limit"),
        ("regex", "SELECT count(*) FROM m.predictions WHERE regexp_like(id, '(((a{1,100}){1,100}){1,100}){1,100}')".into(), "sql_"),
        ("memory", "SELECT array_agg(a.id || b.id) FROM m.predictions a, m.predictions b, m.predictions c".into(), "sql_"),
        ("copy", "COPY (SELECT 1) TO '/tmp/candor-was-here.csv'".into(), "sql_not_allowed"),
        ("table", "CREATE TABLE x AS SELECT 1".into(), "sql_not_allowed"),
        ("file", "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'".into(), "sql_not_allowed"),
        ("path", "SELECT * FROM '/etc/passwd'".into(), "sql_unknown_table"),
        ("setting", "SET datafusion.execution.batch_size = 1".into(), "sql_not_allowed"),
        ("insert", "INSERT INTO m.predictions SELECT * FROM m.predictions".into(), "sql_not_allowed"),
        ("drop", "DROP VIEW predictions".into(), "sql_not_allowed"),
        ("two", "SELECT 1; DROP TABLE m.predictions".into(), "sql_"),
        ("nonsense", "SELEC x".into(), "sql_"),
    ];
    while_ingesting(&sandbox, || {
        for (name, statement, code) in &cases {
            let reply = ask(&sandbox, statement);
            let verdict = reply.json()["code"].as_str().unwrap_or("none").to_owned();
            assert!(
                verdict.starts_with(code),
                "{name}: {} {}",
                reply.status,
                reply.text()
            );
            assert!(
                [400, 422].contains(&reply.status),
                "{name}: {}",
                reply.status
            );
        }
        assert_eq!(
            sandbox.sql("SELECT count(*), sum(input_x) FROM m.predictions"),
            json!([[2000, 1_999_000]])
        );
    });
    assert!(!std::path::Path::new("/tmp/candor-was-here.csv").exists());
}

#[test]
fn a_client_that_hangs_up_frees_the_worker() {
    let sandbox = Sandbox::start();
    seed(&sandbox);
    let statement = SLOW;
    let body = json!({"sql": statement}).to_string();
    // More often than there are workers: without freeing them the last question would find none.
    for _ in 0..8 {
        let mut stream = connect(sandbox.url());
        let host = sandbox.url().trim_start_matches("http://");
        let head = format!(
            "POST /v1/sql HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        std::thread::sleep(Duration::from_millis(150));
    }
    assert_eq!(sandbox.sql("SELECT 1"), json!([[1]]));
}

#[test]
fn too_many_statements_at_once_are_told_to_come_back() {
    let sandbox = Sandbox::with_config("[sql]\nconcurrent_max = 1\ntime_ms_max = 8000\n");
    seed(&sandbox);
    let busy = SLOW;
    let verdicts: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| {
                let sandbox = &sandbox;
                scope.spawn(move || {
                    let body = json!({"sql": busy}).to_string();
                    let reply = sandbox.http(
                        "POST",
                        "/v1/sql",
                        &[("content-type", "application/json")],
                        body.as_bytes(),
                    );
                    assert!(reply.status != 503 || reply.header("retry-after").is_some());
                    reply.verdict()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(
        verdicts.iter().any(|v| v == "422 sql_time_limit"),
        "{verdicts:?}"
    );
    assert!(verdicts.iter().any(|v| v == "503 busy"), "{verdicts:?}");
}

#[test]
fn answers_are_cut_at_the_bound_on_rows_and_say_so() {
    let sandbox = Sandbox::start();
    seed(&sandbox);
    let body = json!({"sql": "SELECT id FROM m.predictions", "max_rows": 10}).to_string();
    let json = sandbox
        .http(
            "POST",
            "/v1/sql",
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
        .json();
    assert_eq!(
        (&json["row_count"], &json["truncated"]),
        (&json!(10), &json!(true))
    );
}
