//! The guard, seen from outside: canaries are sent through every door in every format, good rows and
//! bad, and then looked for in every byte of the data directory.

use crate::sandbox::Sandbox;
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json");
const CSV: (&str, &str) = ("content-type", "text/csv");
const ARROW: (&str, &str) = ("content-type", "application/vnd.apache.arrow.stream");
const PARQUET: (&str, &str) = ("content-type", "application/vnd.apache.parquet");

/// Personal data, in pieces that must be found nowhere.
const CANARIES: [&str; 8] = [
    "canary.mail@example.org",
    "canary.id@example.org",
    "+49 30 55501234",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "canary-subject",
    "canary-illness",
    "5555555555554444",
];

/// A text with one of each kind, and something to find it by.
const NOTE: &str =
    "marked canary.mail@example.org +49 30 55501234 4111 1111 1111 1111 DE89370400440532013000";

fn post(sandbox: &Sandbox, path: &str, kind: (&str, &str), body: &[u8]) -> Value {
    let reply = sandbox.http("POST", path, &[kind], body);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

fn put(sandbox: &Sandbox, kind: &str, name: &str, spec: &str) {
    let text =
        format!("apiVersion: candor/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}");
    let path = format!("/v1/specs/{kind}/{name}");
    let reply = sandbox.http("PUT", &path, &[], text.as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

fn columns(pairs: &[(&str, &str)]) -> RecordBatch {
    let columns = pairs.iter().map(|(name, value)| {
        let array: ArrayRef = Arc::new(StringArray::from(vec![*value]));
        (*name, array)
    });
    RecordBatch::try_from_iter(columns).unwrap()
}

fn arrow_bytes(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn parquet_bytes(batch: &RecordBatch) -> Vec<u8> {
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(files(&path));
        } else {
            out.push(path);
        }
    }
    out
}

/// Every file below `dir` in which `needle` stands: in its raw bytes or, Parquet being packed, in its
/// rows.
pub fn places_in(dir: &Path, needle: &str) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let Ok(bytes) = std::fs::read(path) else {
            return false;
        };
        let raw = bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
        raw || (path.extension().is_some_and(|e| e == "parquet") && rows(path).contains(needle))
    };
    files(dir).into_iter().filter(holds).collect()
}

fn places(sandbox: &Sandbox, needle: &str) -> Vec<PathBuf> {
    let mut found = places_in(&sandbox.data(), needle);
    if sandbox.log().contains(needle) {
        found.push("server.log".into());
    }
    found
}

fn rows(path: &Path) -> String {
    use arrow::util::display::array_value_to_string;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap());
    let mut out = String::new();
    for batch in reader.unwrap().build().unwrap().map(Result::unwrap) {
        for column in batch.columns() {
            for row in 0..batch.num_rows() {
                out.push_str(&array_value_to_string(column, row).unwrap());
                out.push('\n');
            }
        }
    }
    out
}

fn event(id: &str, more: &Value) -> Value {
    let mut event = json!({
        "id": id, "subject": "canary-subject", "inputs": {"note": NOTE, "illness": "canary-illness",
        "canary.mail@example.org": 1, "card": 5_555_555_555_554_444_u64, "nested": {"deep": [NOTE]}}, "derived": {"text": NOTE},
        "outputs": {"text": NOTE, "score": 0.5}, "error": {"type": "E", "message": NOTE},
        "segments": {"region": NOTE}, "preprocessing": {"why": NOTE}, "surprise": {"in": NOTE},
        "stages": [{"name": "canary.mail@example.org", "duration_ms": 1, "status": NOTE}],
        "version": NOTE, "environment": NOTE, "request_id": NOTE,
    });
    for (key, value) in more.as_object().unwrap() {
        event[key] = value.clone();
    }
    event
}

/// Good rows and bad ones of every kind in every format.
fn send_canaries(sandbox: &Sandbox) {
    let bad = json!({"outputs": {"score": NOTE}});
    let good = event("canary.id@example.org", &json!({}));
    for (path, named) in [("/v1/events", true), ("/v1/models/loan/predictions", false)] {
        let name = if named {
            json!({"model": "loan"})
        } else {
            json!({})
        };
        let mut rows = vec![event(&format!("p{named}"), &name), good.clone()];
        rows[1]["model"] = json!("loan");
        let mut wrong = event("b", &bad);
        wrong["model"] = json!("loan");
        rows.push(wrong);
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        let broken = format!(
            "{{\"model\":\"loan\",\"subject\":\"canary-subject\",\"inputs\":{{\"note\":\"{NOTE}"
        );
        let escaped = lines[0]
            .replace('@', "\\u0040")
            .replace("subject\"", "\\u0073ubject\"");
        let body = format!("{}\n{broken}\n{escaped}\n", lines.join("\n"));
        post(sandbox, path, NDJSON, body.as_bytes());
        post(
            sandbox,
            path,
            JSON,
            Value::from(rows).to_string().as_bytes(),
        );
    }
    for (kind, good) in [
        (
            "outcomes",
            json!({"prediction_id": "canary.id@example.org", "class": NOTE}),
        ),
        (
            "feedback",
            json!({"prediction_id": "ptrue", "verdict": "wrong", "comment": NOTE, "by": "canary.mail@example.org"}),
        ),
        (
            "effects",
            json!({"name": NOTE, "value": 1, "unit": NOTE, "prediction_id": "ptrue"}),
        ),
    ] {
        let path = format!("/v1/models/loan/{kind}");
        let bad =
            json!({"subject": "canary-subject", "comment": NOTE, "value": NOTE, "name": NOTE});
        let body = format!("{good}\n{bad}\n");
        post(sandbox, &path, NDJSON, body.as_bytes());
    }
    for shared in [
        json!({"kind": "stage", "model": "loan", "step": NOTE, "inputs": {"x": NOTE}, "dataset": NOTE}),
        json!({"kind": "change", "model": "loan", "what": NOTE, "why": NOTE, "by": "canary.mail@example.org", "subject": "canary-subject"}),
        json!({"kind": "nonsense", "model": "loan", "subject": "canary-subject", "x": NOTE}),
    ] {
        post(sandbox, "/v1/events", NDJSON, shared.to_string().as_bytes());
    }
    let csv = format!(
        "id,subject,input_note,input_illness,output_score,extra_thing\nc1,canary-subject,{NOTE},canary-illness,0.5,{NOTE}\nc2,canary-subject,{NOTE},canary-illness,{NOTE},x\nc3,{NOTE}\n"
    );
    let path = "/v1/models/loan/predictions";
    post(sandbox, path, CSV, csv.as_bytes());
    for (score, id) in [("0.5", "a1"), (NOTE, "a2")] {
        let batch = columns(&[
            ("id", id),
            ("subject", "canary-subject"),
            ("input_note", NOTE),
            ("input_illness", "canary-illness"),
            ("canary.mail@example.org", NOTE),
            ("output_class", score),
            ("time", if score == NOTE { NOTE } else { "2026-01-01" }),
        ]);
        post(sandbox, path, ARROW, &arrow_bytes(&batch));
        post(sandbox, path, PARQUET, &parquet_bytes(&batch));
    }
}

#[test]
fn canaries_never_reach_disk_in_clear() {
    let sandbox = Sandbox::start();
    put(
        &sandbox,
        "Model",
        "loan",
        "{features: {illness: {type: text, sensitivity: sensitive}}}",
    );
    send_canaries(&sandbox);
    for flushed in [false, true] {
        for canary in CANARIES {
            assert_eq!(places(&sandbox, canary), Vec::<PathBuf>::new(), "{canary}");
        }
        if !flushed {
            sandbox.client().flush().unwrap();
        }
    }
    // The search would find them: what stood beside them is there.
    assert!(!places(&sandbox, "marked [email]").is_empty());
    let kept = sandbox.sql("SELECT count(*) FROM predictions WHERE input_note = 'marked [email] [phone] [card] [iban]'");
    assert!(kept[0][0].as_u64().unwrap() >= 5, "{kept}");
}

#[test]
fn the_reply_and_the_api_tell_what_was_masked_and_a_person_decides() {
    let sandbox = Sandbox::start();
    let body =
        json!({"inputs": {"note": "ann@example.org, bob@example.org"}, "outputs": {"score": 1}});
    let path = "/v1/models/m/predictions";
    let reply = post(&sandbox, path, NDJSON, body.to_string().as_bytes());
    let expected = json!([{"table": "predictions", "column": "input_note", "kinds": {"email": 2}}]);
    assert_eq!(reply["masked"], expected);
    let quiet = post(&sandbox, path, NDJSON, br#"{"outputs":{"score":1}}"#);
    assert_eq!(quiet.get("masked"), None);
    let findings = sandbox.client().read("/v1/models/m/privacy").unwrap();
    assert_eq!(findings[0]["column"], "input_note");
    assert_eq!(findings[0]["kinds"], json!({"email": 2}));
    assert_eq!(findings[0]["state"], "masked");
    let metrics = sandbox.http("GET", "/metrics", &[], b"").text();
    assert!(metrics.contains("candor_masked_email_total 2"), "{metrics}");
    put(
        &sandbox,
        "Policy",
        "people",
        "{models: [m], privacy: {columns: {input_note: off}}}",
    );
    post(
        &sandbox,
        path,
        NDJSON,
        br#"{"id":"x","inputs":{"note":"ann@example.org"}}"#,
    );
    assert_eq!(
        sandbox.sql("SELECT input_note FROM predictions WHERE id = 'x'"),
        json!([["ann@example.org"]])
    );
    let findings = sandbox.client().read("/v1/models/m/privacy").unwrap();
    assert_eq!(findings[0]["state"], "decided");
}

#[test]
fn a_column_full_of_addresses_is_personal_until_somebody_decides() {
    let mut sandbox = Sandbox::start();
    let path = "/v1/models/m/predictions";
    let lines: Vec<String> = (0..30)
        .map(|n| json!({"inputs": {"contact": format!("a{n}@example.org")}}).to_string())
        .collect();
    post(&sandbox, path, NDJSON, lines.join("\n").as_bytes());
    let contact = |sandbox: &Sandbox, id: &str| {
        let body = json!({"id": id, "inputs": {"contact": "by the old mill"}});
        post(sandbox, path, NDJSON, body.to_string().as_bytes());
        let rows = sandbox.sql(&format!(
            "SELECT input_contact FROM predictions WHERE id = '{id}'"
        ));
        rows[0][0].as_str().unwrap().to_owned()
    };
    assert!(contact(&sandbox, "a").starts_with("per_"));
    assert_eq!(sandbox.stop(), Some(0));
    sandbox.launch();
    assert!(
        contact(&sandbox, "b").starts_with("per_"),
        "it is remembered"
    );
    put(
        &sandbox,
        "Model",
        "m",
        "{features: {contact: {sensitivity: none}}}",
    );
    assert_eq!(contact(&sandbox, "c"), "by the old mill");
}

#[test]
fn an_erasure_leaves_nothing_of_a_person_and_all_of_the_others() {
    let mut sandbox = Sandbox::start();
    let predictions = "/v1/models/loan/predictions";
    let row = |id: &str, subject: &str| json!({"id": id, "subject": subject, "inputs": {"x": id}, "outputs": {"score": 0.5}});
    let rows = [
        row("ann-1", "ann"),
        row("bob-1", "bob"),
        row("ann-2", "ann"),
    ];
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    post(&sandbox, predictions, NDJSON, lines.join("\n").as_bytes());
    let bad = json!({"id": "ann-3", "subject": "ann", "outputs": {"score": "x"}});
    post(&sandbox, predictions, NDJSON, bad.to_string().as_bytes());
    sandbox.client().flush().unwrap();
    for (path, body) in [
        (
            "outcomes",
            json!({"prediction_id": "ann-1", "class": "good"}),
        ),
        (
            "outcomes",
            json!({"prediction_id": "bob-1", "class": "good"}),
        ),
        (
            "feedback",
            json!({"prediction_id": "ann-2", "verdict": "wrong"}),
        ),
        (
            "effects",
            json!({"prediction_id": "ann-1", "name": "sale", "value": 3}),
        ),
        ("outcomes", json!({"prediction_id": "ann-1"})),
        ("predictions", row("ann-4", "ann")),
    ] {
        let path = format!("/v1/models/loan/{path}");
        post(&sandbox, &path, NDJSON, body.to_string().as_bytes());
    }
    let other = row("ann-5", "ann");
    post(
        &sandbox,
        "/v1/models/other/predictions",
        NDJSON,
        other.to_string().as_bytes(),
    );
    let hash = sandbox.sql("SELECT DISTINCT subject FROM \"loan\".predictions WHERE id = 'ann-1'");
    let hash = hash[0][0].as_str().unwrap().to_owned();
    assert!(!places(&sandbox, &hash).is_empty());

    let out = sandbox.candor(&[
        "erase",
        "--subject",
        "ann",
        "--model",
        "loan",
        "--output",
        "json",
    ]);
    assert!(out.status.success(), "{out:?}");
    let receipt: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(
        receipt["tables"],
        json!({"loan.predictions": 3, "loan.outcomes": 1, "loan.feedback": 1, "loan.effects": 1, "quarantine": 2}),
        "{receipt}"
    );
    for id in ["ann-1", "ann-2", "ann-3", "ann-4"] {
        assert_eq!(places(&sandbox, id), Vec::<PathBuf>::new(), "{id}");
    }
    assert_eq!(
        sandbox.sql("SELECT id FROM \"loan\".predictions"),
        json!([["bob-1"]])
    );
    assert_eq!(
        sandbox.sql("SELECT prediction_id FROM outcomes"),
        json!([["bob-1"]])
    );
    assert_eq!(
        sandbox.sql("SELECT id FROM \"other\".predictions"),
        json!([["ann-5"]])
    );

    // The rest goes too; asking again changes nothing, and the receipt names nobody.
    sandbox.client().erase("ann", None).unwrap();
    assert_eq!(places(&sandbox, &hash), Vec::<PathBuf>::new());
    assert_eq!(places(&sandbox, "ann-"), Vec::<PathBuf>::new());
    let again = sandbox.client().erase("ann", None).unwrap();
    assert_eq!(again["rows"], 0, "{again}");
    let receipts = sandbox.client().read("/v1/erasures").unwrap();
    assert_eq!(receipts["items"].as_array().unwrap().len(), 3);
    assert!(!receipts.to_string().contains(&hash));

    // What is left survives a kill, and new rows of the person are taken.
    sandbox.kill();
    sandbox.launch();
    assert_eq!(
        sandbox.sql("SELECT id FROM predictions"),
        json!([["bob-1"]])
    );
    let reply = post(
        &sandbox,
        predictions,
        NDJSON,
        row("ann-6", "ann").to_string().as_bytes(),
    );
    assert_eq!(reply["accepted"], 1);
}

#[test]
fn an_erasure_that_a_crash_interrupted_is_resumed_at_the_next_start() {
    let mut sandbox = Sandbox::start();
    let row = json!({"id": "ann-1", "subject": "ann", "outputs": {"score": 0.5}});
    post(
        &sandbox,
        "/v1/models/loan/predictions",
        NDJSON,
        row.to_string().as_bytes(),
    );
    let hash = sandbox.sql("SELECT subject FROM predictions")[0][0].clone();
    sandbox.kill();
    // As it lies there when the server dies after it promised and before it began.
    let pending = json!({"id": "e1", "asked_us": 1, "model": null, "subjects": [hash]});
    let dir = sandbox.data().join("erasures");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("e1.json"), pending.to_string()).unwrap();
    std::fs::write(dir.join("next.tmp"), "{").unwrap();
    sandbox.launch();
    assert_eq!(sandbox.sql("SELECT id FROM predictions"), json!([]));
    assert_eq!(
        places(&sandbox, hash.as_str().unwrap()),
        Vec::<PathBuf>::new()
    );
    let receipts = sandbox.client().read("/v1/erasures").unwrap();
    assert_eq!(receipts["items"][0]["resumed"], true);
}

#[test]
fn keys_are_rotated_and_a_person_is_found_by_old_and_new_ones() {
    let sandbox = Sandbox::start();
    let path = "/v1/models/loan/predictions";
    let send = |id: &str| {
        let row = json!({"id": id, "subject": "ann", "outputs": {"score": 0.5}});
        post(&sandbox, path, NDJSON, row.to_string().as_bytes());
    };
    send("1");
    let out = sandbox.candor(&["keys", "rotate", "--purpose", "subject", "--output", "json"]);
    assert!(out.status.success(), "{out:?}");
    let made: Value = serde_json::from_slice(&out.stdout).unwrap();
    send("2");
    let hashes = sandbox.sql("SELECT subject FROM predictions ORDER BY id");
    assert_ne!(hashes[0], hashes[1]);
    let id = made[0]["id"].as_str().unwrap();
    assert!(
        hashes[1][0]
            .as_str()
            .unwrap()
            .starts_with(&format!("sub_{id}_"))
    );
    assert_eq!(
        sandbox.client().keys().unwrap().as_array().unwrap().len(),
        4
    );
    assert_eq!(sandbox.client().erase("ann", None).unwrap()["rows"], 2);
    let refused = sandbox.http("POST", "/v1/keys/fingerprint/rotate", &[], b"");
    assert_eq!(refused.verdict(), "400 not_rotated");
}

#[test]
fn a_master_key_elsewhere_is_needed_again_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("master");
    let secret = "5a".repeat(32);
    std::fs::write(&file, &secret).unwrap();
    let flag = file.display().to_string();
    let mut sandbox = Sandbox::with_flags(&["--master-key-file", &flag]);
    assert_eq!(places(&sandbox, &secret), Vec::<PathBuf>::new());
    assert!(!sandbox.data().join("keys/master.key").exists());
    assert_eq!(sandbox.stop(), Some(0));
    let data = sandbox.data().display().to_string();
    let serve = |key: Option<&str>| {
        let mut command = crate::sandbox::candor();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data", &data]);
        if let Some(key) = key {
            command.env("CANDOR_MASTER_KEY", key);
        }
        let out = command.output().unwrap();
        (
            out.status.code(),
            String::from_utf8_lossy(&out.stderr).into_owned(),
        )
    };
    let wrong = "a5".repeat(32);
    for (key, told) in [
        (None, "lies elsewhere"),
        (Some(wrong.as_str()), "sealed under the master key"),
        (Some("a5a5"), "64 hex digits"),
    ] {
        let (code, said) = serve(key);
        assert!(matches!(code, Some(2 | 3)), "{code:?} {said}");
        assert!(said.contains(told), "{said}");
        assert!(!said.contains("a5a5") && !said.contains("5a5a"), "{said}");
    }
    sandbox.launch();
}

#[test]
fn rows_are_used_for_what_people_agreed_to() {
    let sandbox = Sandbox::start();
    let path = "/v1/models/loan/predictions";
    let row = |id: &str, purposes: Value| {
        json!({"id": id, "purposes": purposes, "outputs": {"score": 0.5}}).to_string()
    };
    let rows = [
        row("both", json!(["training", "audit"])),
        row("audit", json!(["audit"])),
        row("none", json!([])),
        row("unasked", Value::Null),
    ];
    post(&sandbox, path, NDJSON, rows.join("\n").as_bytes());
    let bad = post(
        &sandbox,
        path,
        NDJSON,
        row("bad", json!("training now!")).as_bytes(),
    );
    assert_eq!(bad["rejected"][0]["code"], "type_mismatch");
    let csv = b"id,purposes,output_score\ncsv,training;audit,0.5\n";
    post(&sandbox, path, CSV, csv);
    let other = br#"{"id":"other","outputs":{"score":1}}"#;
    post(&sandbox, "/v1/models/other/predictions", NDJSON, other);
    let used = |purpose: &str, table: &str| {
        let statement = format!("SELECT id FROM {table} ORDER BY id");
        let out = sandbox.candor(&["sql", "--purpose", purpose, "--output", "csv", &statement]);
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        text.lines().skip(1).collect::<Vec<_>>().join(" ")
    };
    let refused = sandbox.candor(&["sql", "--purpose", "training", "SELECT 1"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("unknown_purpose"));
    put(
        &sandbox,
        "Policy",
        "use",
        "{consent: {purposes: {training: {}, audit: {unnamed: allow}}}}",
    );
    put(
        &sandbox,
        "Policy",
        "other",
        "{models: [other], consent: {purposes: {training: {unnamed: allow}}}}",
    );
    for flushed in [false, true] {
        assert_eq!(
            used("training", "predictions"),
            "both csv other",
            "{flushed}"
        );
        assert_eq!(used("training", "\"loan\".predictions"), "both csv");
        assert_eq!(
            used("audit", "\"loan\".predictions"),
            "audit both csv unasked"
        );
        assert_eq!(used("audit", "quarantine"), "");
        sandbox.client().flush().unwrap();
    }
    assert_eq!(
        sandbox.sql("SELECT id FROM predictions WHERE purposes LIKE '%\"training\"%' ORDER BY id"),
        json!([["both"], ["csv"]])
    );
}
