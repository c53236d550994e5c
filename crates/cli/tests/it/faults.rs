//! Bad input: a clear answer, the rest of the batch kept, nothing lost, the server alive.

use crate::http::{Reply, connect, read};
use crate::sandbox::Sandbox;
use serde_json::json;
use std::io::Write;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

/// Sends lines between two good ones and returns the reply; both good ones must be taken.
fn among_good(sandbox: &Sandbox, name: &str, bad: &[u8]) -> Vec<String> {
    let mut body = format!(r#"{{"id":"{name}-1","outputs":{{"score":0.1}}}}"#).into_bytes();
    body.push(b'\n');
    body.extend_from_slice(bad);
    body.extend_from_slice(b"\n");
    body.extend_from_slice(format!(r#"{{"id":"{name}-2","outputs":{{"score":0.2}}}}"#).as_bytes());
    let (accepted, duplicates, codes) = predictions(sandbox, &[NDJSON], &body).counts();
    assert_eq!((accepted, duplicates), (2, 0), "{name}");
    codes
}

fn predictions(sandbox: &Sandbox, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    sandbox.http("POST", "/v1/models/m/predictions", headers, body)
}

/// What a shell command prints.
fn shell(command: &str) -> Vec<u8> {
    let out = std::process::Command::new("sh")
        .args(["-c", command])
        .output()
        .unwrap();
    assert!(out.status.success());
    out.stdout
}

#[test]
fn a_bad_row_is_named_and_its_neighbours_are_taken() {
    let sandbox = Sandbox::start();
    let now_us: i64 = sandbox.now_us();
    let deep = format!(
        r#"{{"outputs":{{"x":{}1{}}}}}"#,
        "[".repeat(2000),
        "]".repeat(2000)
    );
    let long = format!(r#"{{"outputs":{{"text":"{}"}}}}"#, "x".repeat(10 << 20));
    let wide: Vec<String> = (0..5_000).map(|i| format!(r#""f{i}":1"#)).collect();
    let wide = format!(r#"{{"inputs":{{{}}}}}"#, wide.join(","));
    let long_id = format!(r#"{{"id":"{}","outputs":{{"score":1}}}}"#, "i".repeat(129));
    let future = format!(
        r#"{{"time":{},"outputs":{{"score":1}}}}"#,
        now_us + 2 * 86_400_000_000
    );
    let cases: &[(&str, &[u8], &str)] = &[
        ("cut", br#"{"outputs":{"score":0."#, "malformed_json"),
        ("garbage", b"<html>", "malformed_json"),
        ("list", b"[1,2]", "not_an_object"),
        ("text", br#""hello""#, "not_an_object"),
        ("score", br#"{"outputs":{"score":"high"}}"#, "type_mismatch"),
        (
            "inputs",
            br#"{"inputs":7,"outputs":{"score":1}}"#,
            "type_mismatch",
        ),
        ("nothing", br#"{"id":"z"}"#, "missing_field"),
        (
            "null",
            br#"{"outputs":null,"inputs":null}"#,
            "missing_field",
        ),
        (
            "twice",
            br#"{"outputs":{"score":1,"score":2}}"#,
            "duplicate_key",
        ),
        (
            "kind",
            br#"{"kind":"guess","outputs":{"score":1}}"#,
            "kind_mismatch",
        ),
        (
            "model",
            br#"{"model":"other","outputs":{"score":1}}"#,
            "model_mismatch",
        ),
        (
            "time",
            br#"{"time":"yesterday","outputs":{"score":1}}"#,
            "invalid_time",
        ),
        (
            "ancient",
            br#"{"time":"1066-10-14T09:00:00Z","outputs":{"score":1}}"#,
            "time_too_old",
        ),
        ("future", future.as_bytes(), "time_in_future"),
        (
            "utf8",
            b"{\"outputs\":{\"class\":\"\xff\xfe\"}}",
            "invalid_utf8",
        ),
        (
            "big",
            br#"{"outputs":{"score":123456789012345678901234567890}}"#,
            "number_out_of_range",
        ),
        ("deep", deep.as_bytes(), "nesting_too_deep"),
        ("long", long.as_bytes(), "row_too_large"),
        ("wide", wide.as_bytes(), "too_many_columns"),
        ("long-id", long_id.as_bytes(), "id_too_long"),
    ];
    for (name, bad, code) in cases {
        assert_eq!(among_good(&sandbox, name, bad), [*code], "{name}");
    }
    let kept = sandbox.sql("SELECT count(*), count(DISTINCT id) FROM m.predictions");
    let n = 2 * cases.len();
    assert_eq!(kept, json!([[n, n]]));
    let held = sandbox.sql("SELECT count(*), count(DISTINCT code) FROM quarantine");
    assert_eq!(held[0][0], json!(cases.len()));
}

#[test]
fn unusual_but_honest_values_are_recorded() {
    let sandbox = Sandbox::start();
    let rows = br#"{"id":"nan","outputs":{"score":NaN}}
{"id":"inf","outputs":{"score":Infinity}}
{"id":"old","time":"1996-05-07T00:00:00Z","outputs":{"score":1}}
{"id":"epoch","time":1700000000,"outputs":{"score":1e-300}}
{"id":"wide","inputs":{"\u00fcber":1,"a b":2,"":3,"__proto__":4},"outputs":{"score":1}}"#;
    let (accepted, _, codes) = predictions(&sandbox, &[NDJSON], rows).counts();
    assert_eq!((accepted, codes), (5, vec![]));
    let years = sandbox.sql("SELECT id, date_part('year', time) FROM m.predictions WHERE id IN ('old', 'epoch') ORDER BY id");
    assert_eq!(years, json!([["epoch", 2023], ["old", 1996]]));
    let finite = sandbox.sql(
        "SELECT count(*) FROM m.predictions WHERE output_score > 1e300 OR isnan(output_score)",
    );
    assert_eq!(finite, json!([[2]]));
}

#[test]
fn a_body_that_cannot_be_read_is_refused_as_a_whole() {
    let sandbox = Sandbox::start();
    let zeros = "head -c 80000000 /dev/zero";
    let gzip_bomb = shell(&format!("{zeros} | gzip -1"));
    let zstd_bomb = zstd::encode_all(shell(zeros).as_slice(), 1).unwrap();
    let row = br#"{"outputs":{"score":1}}"#;
    let huge = vec![b'\n'; 65 << 20];
    let lines = b"1\n".repeat(2 << 20);
    let cases: &[(&[(&str, &str)], &[u8], &str)] = &[
        (&[], row, "415 unknown_content_type"),
        (
            &[("content-type", "application/pdf")],
            row,
            "415 unknown_content_type",
        ),
        (
            &[NDJSON, ("content-encoding", "br")],
            row,
            "415 unknown_encoding",
        ),
        (
            &[NDJSON, ("content-encoding", "gzip")],
            row,
            "400 damaged_body",
        ),
        (
            &[NDJSON, ("content-encoding", "gzip")],
            &gzip_bomb,
            "413 body_too_large",
        ),
        (
            &[NDJSON, ("content-encoding", "zstd")],
            &zstd_bomb,
            "413 body_too_large",
        ),
        (&[NDJSON], &huge, "413 body_too_large"),
        (
            &[("content-type", "application/vnd.apache.arrow.stream")],
            row,
            "400 unreadable_body",
        ),
        (
            &[("content-type", "application/vnd.apache.parquet")],
            b"PAR1PAR1",
            "400 unreadable_body",
        ),
        // The next message is said to have 2 GiB.
        (
            &[("content-type", "application/vnd.apache.arrow.stream")],
            b"\xff\xff\xff\xff\xff\xff\xff\x7f",
            "400 unreadable_body",
        ),
        (&[NDJSON], &lines, "400 unreadable_body"),
    ];
    for (headers, body, verdict) in cases {
        assert_eq!(
            predictions(&sandbox, headers, body).verdict(),
            *verdict,
            "{headers:?}"
        );
    }
    assert_eq!(sandbox.sql("SELECT count(*) FROM quarantine"), json!([[0]]));
    assert_eq!(predictions(&sandbox, &[NDJSON], row).counts().0, 1);
}

#[test]
fn a_model_name_is_never_a_path() {
    let sandbox = Sandbox::start();
    for name in [
        "..",
        "%2e%2e",
        "..%2f..%2fetc",
        "a%2fb",
        "a%5cb",
        "%00",
        "a%20b",
        ".hidden",
        "a..b",
        "%c3%bc",
    ] {
        let reply = sandbox.http(
            "POST",
            &format!("/v1/models/{name}/predictions"),
            &[NDJSON],
            br#"{"outputs":{"score":1}}"#,
        );
        assert!(
            [400, 404].contains(&reply.status),
            "{name}: {} {}",
            reply.status,
            reply.text()
        );
        assert_eq!(
            reply.header("content-type"),
            Some("application/problem+json"),
            "{name}"
        );
    }
    let body = br#"{"model":"../../etc/cron.d/x","outputs":{"score":1}}"#;
    let (accepted, _, codes) = sandbox.http("POST", "/v1/events", &[NDJSON], body).counts();
    assert_eq!(
        (accepted, codes),
        (0, vec!["invalid_model_name".to_owned()])
    );
    assert_eq!(sandbox.client().models().unwrap().len(), 0);
}

#[test]
fn rows_of_other_formats_and_mixed_rows_have_their_own_codes() {
    let sandbox = Sandbox::start();
    let csv = b"id,output_score\na,0.1\nb,0.2,surplus\nc,0.3\n";
    let reply = predictions(&sandbox, &[("content-type", "text/csv")], csv);
    assert_eq!(reply.counts(), (2, 0, vec!["malformed_row".to_owned()]));
    let mixed = br#"{"kind":"prediction","model":"m","id":"d","outputs":{"score":1}}
{"kind":"guess","model":"m","outputs":{"score":1}}
{"kind":"outcome","model":"m","prediction_id":"d","class":"bad"}"#;
    let reply = sandbox.http("POST", "/v1/events", &[NDJSON], mixed);
    assert_eq!(reply.counts(), (2, 0, vec!["unknown_kind".to_owned()]));
    let ids = sandbox.sql("SELECT id FROM m.predictions ORDER BY id");
    assert_eq!(ids, json!([["a"], ["c"], ["d"]]));
    assert_eq!(sandbox.sql("SELECT count(*) FROM m.outcomes"), json!([[1]]));
}

#[test]
fn a_request_that_is_cut_off_stores_nothing() {
    let sandbox = Sandbox::start();
    let row = br#"{"id":"cut","outputs":{"score":1}}"#;
    for (head, body) in [
        ("content-length: 4000", row.to_vec()),
        (
            "transfer-encoding: chunked",
            [b"22\r\n".as_slice(), row, b"\r\nff\r\n{\"id\""].concat(),
        ),
    ] {
        let mut stream = connect(sandbox.url());
        let host = sandbox.url().trim_start_matches("http://");
        let start = format!(
            "POST /v1/models/m/predictions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-ndjson\r\n{head}\r\n\r\n"
        );
        stream.write_all(start.as_bytes()).unwrap();
        stream.write_all(&body).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        if let Some(reply) = read(&mut stream) {
            assert_eq!(reply.verdict(), "400 cut_body");
        }
    }
    let (accepted, duplicates, _) = predictions(&sandbox, &[NDJSON], row).counts();
    assert_eq!(
        (accepted, duplicates),
        (1, 0),
        "neither cut request stored the row"
    );
}

#[test]
fn a_repeated_id_is_counted_once_in_a_batch_across_batches_and_restarts() {
    let mut sandbox = Sandbox::start();
    let twice =
        b"{\"id\":\"a\",\"outputs\":{\"score\":1}}\n{\"id\":\"a\",\"outputs\":{\"score\":2}}";
    assert_eq!(
        predictions(&sandbox, &[NDJSON], twice).counts(),
        (1, 1, vec![])
    );
    assert_eq!(
        predictions(&sandbox, &[NDJSON], twice).counts(),
        (0, 2, vec![])
    );
    sandbox.client().flush().unwrap();
    assert_eq!(
        predictions(&sandbox, &[NDJSON], twice).counts(),
        (0, 2, vec![])
    );
    for graceful in [false, true] {
        if graceful {
            assert_eq!(sandbox.stop(), Some(0));
        } else {
            sandbox.kill();
        }
        sandbox.launch();
        assert_eq!(
            predictions(&sandbox, &[NDJSON], twice).counts(),
            (0, 2, vec![])
        );
    }
    // Another kind and another model are other events.
    let outcome = br#"{"id":"a","prediction_id":"a","class":"x"}"#;
    assert_eq!(
        sandbox
            .http("POST", "/v1/models/m/outcomes", &[NDJSON], outcome)
            .counts()
            .0,
        1
    );
    assert_eq!(
        sandbox
            .http("POST", "/v1/models/n/predictions", &[NDJSON], twice)
            .counts(),
        (1, 1, vec![])
    );
    assert_eq!(
        sandbox.sql("SELECT count(*), min(output_score) FROM m.predictions"),
        json!([[1, 1.0]])
    );
}
