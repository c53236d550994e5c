//! Telemetry in: every door, every kind, every format and packing.

use crate::sandbox::Sandbox;
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::Arc;

const NDJSON: &str = "application/x-ndjson";
const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const ARROW: &str = "application/vnd.apache.arrow.stream";
const PARQUET: &str = "application/vnd.apache.parquet";

fn count(sandbox: &Sandbox, table: &str) -> Value {
    sandbox.sql(&format!("SELECT count(*) FROM {table}"))[0][0].clone()
}

#[test]
fn all_six_kinds_come_through_one_door_and_stay_apart() {
    let sandbox = Sandbox::start();
    let body = br#"{"id":"p","model":"loan","time":"2026-01-31T12:00:00Z","version":"3","environment":"prod","subject":"anna","segments":{"region":"eu"},"inputs":{"age":41,"job":"nurse"},"outputs":{"score":0.27,"class":"good","scores":{"good":0.73}},"attributions":{"age":-0.1},"latency_ms":3.5,"stages":[{"name":"features","duration_ms":1.5,"status":"ok"}]}
{"id":"o","kind":"outcome","model":"loan","prediction_id":"p","class":"bad"}
{"id":"f","kind":"feedback","model":"loan","prediction_id":"p","verdict":"wrong","by":"clerk"}
{"id":"e","kind":"effect","model":"loan","name":"revenue","value":12.5,"unit":"EUR"}
{"id":"s","kind":"stage","model":"loan","step":"load","dataset":"customers","rows":100}
{"id":"c","kind":"change","what":"deployment","target":"loan","from":"2","to":"3"}"#;
    let reply = sandbox.http("POST", "/v1/events", &[("content-type", NDJSON)], body);
    assert_eq!(reply.counts(), (6, 0, vec![]));
    assert_eq!(reply.json()["ids"], json!([]), "each brought its own id");
    let told = sandbox.sql(
        "SELECT CAST(time AS varchar), version, environment, segment_region, input_age, input_job, output_score,
         output_class, output_scores_good, attribution_age, latency_ms, stage_features_ms, stage_features_status
         FROM loan.predictions",
    );
    assert_eq!(
        told,
        json!([[
            "2026-01-31T12:00:00Z",
            "3",
            "prod",
            "eu",
            41,
            "nurse",
            0.27,
            "good",
            0.73,
            -0.1,
            3.5,
            1.5,
            "ok"
        ]])
    );
    let rows = [
        (
            "SELECT id, model, prediction_id, class FROM outcomes",
            json!(["o", "loan", "p", "bad"]),
        ),
        (
            "SELECT id, model, verdict, by FROM feedback",
            json!(["f", "loan", "wrong", "clerk"]),
        ),
        (
            "SELECT id, name, value, unit FROM loan.effects",
            json!(["e", "revenue", 12.5, "EUR"]),
        ),
        (
            "SELECT id, model, step, dataset, rows FROM stages",
            json!(["s", "loan", "load", "customers", 100]),
        ),
        (
            r#"SELECT id, model, what, target, "from", "to" FROM changes"#,
            json!(["c", null, "deployment", "loan", "2", "3"]),
        ),
    ];
    for (statement, row) in rows {
        assert_eq!(sandbox.sql(statement), json!([row]), "{statement}");
    }
    let subject = sandbox.sql("SELECT subject FROM predictions")[0][0].clone();
    let subject = subject.as_str().unwrap();
    assert!(
        subject.len() >= 16 && !subject.contains("anna"),
        "{subject}"
    );
}

#[test]
fn each_kind_has_a_door_of_its_own_that_mints_absent_ids() {
    let sandbox = Sandbox::start();
    let doors = [
        (
            "predictions",
            r#"{"outputs":{"score":0.5}}"#,
            r#"{"id":"x"}"#,
        ),
        (
            "outcomes",
            r#"{"prediction_id":"p","value":3}"#,
            r#"{"value":3}"#,
        ),
        (
            "feedback",
            r#"{"prediction_id":"p","comment":"late"}"#,
            r#"{"prediction_id":"p"}"#,
        ),
        (
            "effects",
            r#"{"name":"clicks","value":1}"#,
            r#"{"name":"clicks"}"#,
        ),
    ];
    for (door, good, bad) in doors {
        let path = format!("/v1/models/m/{door}");
        let body = format!("{good}\n{bad}\n{good}\n");
        let headers = [("content-type", NDJSON)];
        let reply = sandbox.http("POST", &path, &headers, body.as_bytes());
        let (accepted, duplicates, codes) = reply.counts();
        assert_eq!(codes, ["missing_field"], "{door}");
        let ids = reply.json()["ids"].clone();
        let ids: Vec<&str> = ids
            .as_array()
            .unwrap()
            .iter()
            .map(|i| i["id"].as_str().unwrap())
            .collect();
        assert_eq!((accepted + duplicates, ids.len()), (2, 2), "{door}");
        let stored = sandbox.sql(&format!(
            "SELECT count(*), count(DISTINCT id) FROM m.{door}"
        ));
        assert_eq!(stored, json!([[accepted, accepted]]), "{door}");
        let found = sandbox.sql(&format!(
            "SELECT count(*) FROM m.{door} WHERE id = '{}'",
            ids[0]
        ));
        assert_eq!(found, json!([[1]]), "{door}");
        assert_eq!(
            sandbox.http("GET", &path, &[], b"").verdict(),
            "405 method_not_allowed"
        );
        assert_eq!(
            sandbox.http("POST", &path, &[], good.as_bytes()).verdict(),
            "415 unknown_content_type"
        );
    }
    let unknown = "/v1/models/m/guesses";
    assert_eq!(
        sandbox
            .http("POST", unknown, &[("content-type", NDJSON)], b"{}")
            .verdict(),
        "404 not_found"
    );
    let table = sandbox.http("POST", "/v1/events", &[("content-type", CSV)], b"id\nx\n");
    assert_eq!(
        table.verdict(),
        "415 unknown_content_type",
        "columns cannot name kinds"
    );
}

fn table() -> RecordBatch {
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
        (
            "input_age",
            Arc::new(Int64Array::from(vec![Some(41), None, Some(7)])),
        ),
        (
            "output_score",
            Arc::new(Float64Array::from(vec![0.25, 0.5, 1.0])),
        ),
        (
            "segment_region",
            Arc::new(StringArray::from(vec![Some("eu"), Some("us"), None])),
        ),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn arrow_stream(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn parquet_file(batch: &RecordBatch) -> Vec<u8> {
    let mut file = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_format_and_packing_says_the_same() {
    let sandbox = Sandbox::start();
    let objects = [
        r#"{"id":"a","inputs":{"age":41},"outputs":{"score":0.25},"segments":{"region":"eu"}}"#,
        r#"{"id":"b","inputs":{"age":null},"outputs":{"score":0.5},"segments":{"region":"us"}}"#,
        r#"{"id":"c","inputs":{"age":7},"outputs":{"score":1}}"#,
    ];
    let bodies: [(&str, &str, Vec<u8>); 5] = [
        ("ndjson", NDJSON, objects.join("\n").into_bytes()),
        (
            "json",
            JSON,
            format!("[{}]", objects.join(",")).into_bytes(),
        ),
        (
            "csv",
            CSV,
            b"id,input_age,output_score,segment_region\na,41,0.25,eu\nb,,0.5,us\nc,7,1,\n".to_vec(),
        ),
        ("arrow", ARROW, arrow_stream(&table())),
        ("parquet", PARQUET, parquet_file(&table())),
    ];
    for (name, content_type, body) in bodies {
        let packed = [
            ("plain", "identity", body.clone()),
            ("gzip", "gzip", gzip(&body)),
            ("zstd", "zstd", zstd::encode_all(&body[..], 3).unwrap()),
        ];
        for (packing, encoding, body) in packed {
            let model = format!("{name}-{packing}");
            let path = format!("/v1/models/{model}/predictions");
            let headers = [
                ("content-type", content_type),
                ("content-encoding", encoding),
            ];
            let reply = sandbox.http("POST", &path, &headers, &body);
            assert_eq!(reply.counts(), (3, 0, vec![]), "{model}");
            let told = sandbox.sql(&format!(
                r#"SELECT id, input_age, output_score, segment_region FROM "{model}".predictions ORDER BY id"#
            ));
            assert_eq!(
                told,
                json!([
                    ["a", 41, 0.25, "eu"],
                    ["b", null, 0.5, "us"],
                    ["c", 7, 1.0, null]
                ]),
                "{model}"
            );
        }
    }
    assert_eq!(count(&sandbox, "predictions"), 45);
    assert_eq!(count(&sandbox, "quarantine"), 0);
    let one = sandbox.http(
        "POST",
        "/v1/events",
        &[("content-type", JSON)],
        br#"{"model":"one","outputs":{"score":1}}"#,
    );
    assert_eq!(
        one.counts(),
        (1, 0, vec![]),
        "a single object, as curl --json sends it"
    );
}

#[test]
fn a_spec_maps_the_columns_of_a_file() {
    let sandbox = Sandbox::start();
    let spec = br#"{"apiVersion":"candor/v1","kind":"Model","metadata":{"name":"shop"},"spec":{"task":"binary",
        "columns":{"id":"row","time":"at","inputs":["age"],"outputs":{"score":"p"},"ignore":["note"]}}}"#;
    assert_eq!(
        sandbox
            .http("PUT", "/v1/specs/Model/shop", &[], spec)
            .status,
        200
    );
    let file =
        b"row,at,age,p,note\n1,2026-01-01T00:00:00Z,30,0.5,x\n2,2026-01-02T00:00:00Z,31,high,y\n";
    let send = |mapping: &str| {
        let path = format!("/v1/models/shop/predictions?mapping={mapping}");
        sandbox.http("POST", &path, &[("content-type", CSV)], file)
    };
    assert_eq!(
        send("shop").counts(),
        (1, 0, vec!["type_mismatch".to_owned()])
    );
    assert_eq!(send("absent").verdict(), "404 not_found");
    let told = sandbox
        .sql("SELECT id, CAST(time AS varchar), input_age, output_score FROM shop.predictions");
    assert_eq!(told, json!([["1", "2026-01-01T00:00:00Z", 30, 0.5]]));
}

#[test]
fn events_join_the_trace_of_their_request() {
    let sandbox = Sandbox::start();
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let header = format!("00-{trace}-{span}-01");
    for (headers, id) in [
        (
            vec![("content-type", JSON), ("traceparent", &header)],
            "traced",
        ),
        (
            vec![("content-type", JSON), ("traceparent", "nonsense")],
            "untraced",
        ),
    ] {
        let body = json!({"id": id, "inputs": {"age": 41}}).to_string();
        let path = "/v1/models/loan/predictions";
        let reply = sandbox.http("POST", path, &headers, body.as_bytes());
        assert_eq!(reply.counts(), (1, 0, vec![]));
    }
    let told = sandbox.sql("SELECT id, trace_id, span_id FROM loan.predictions ORDER BY id");
    assert_eq!(
        told,
        json!([["traced", trace, span], ["untraced", null, null]])
    );
}
