//! The guard, seen from outside: canaries are sent through every door in every format, good rows and
//! bad, and then looked for in every byte of the data directory.

use crate::sandbox::Sandbox;
use crate::traces::{Traces, places};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json");
const CSV: (&str, &str) = ("content-type", "text/csv");
const ARROW: (&str, &str) = ("content-type", "application/vnd.apache.arrow.stream");
const PARQUET: (&str, &str) = ("content-type", "application/vnd.apache.parquet");

/// Personal data, in pieces that must be found nowhere.
const CANARIES: [&str; 9] = [
    "canary.mail@example.org",
    "canary.id@example.org",
    "+49 30 55501234",
    "4111 1111 1111 1111",
    "DE89370400440532013000",
    "canary-subject",
    "canary-illness",
    "5555555555554444",
    "756.9217.0769.85",
];

/// A text with one of each kind, and something to find it by.
const NOTE: &str = "marked canary.mail@example.org +49 30 55501234 4111 1111 1111 1111 DE89370400440532013000 756.9217.0769.85";

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
        let traces = Traces::of(&sandbox);
        for canary in CANARIES {
            assert_eq!(traces.places(canary), Vec::<PathBuf>::new(), "{canary}");
        }
        let card = 5_555_555_555_554_444_i64;
        for number in [card.to_le_bytes(), (card as f64).to_le_bytes()] {
            assert_eq!(traces.places_of_number(number), Vec::<PathBuf>::new());
        }
        if !flushed {
            sandbox.client().flush().unwrap();
        }
    }
    // The search would find them: what stood beside them is there.
    assert!(!places(&sandbox, "marked [email]").is_empty());
    let kept = sandbox.sql("SELECT count(*) FROM predictions WHERE input_note = 'marked [email] [phone] [card] [iban] [national_id]'");
    assert!(kept[0][0].as_u64().unwrap() >= 5, "{kept}");
}

/// What one person sends, all of it declared personal: a name, a number of a state with right check
/// digits, an income, a count of visits, a time. Each case has its own, so that what one stores in
/// clear is not found for another.
struct Person {
    name: String,
    tax_id: &'static str,
    income: f64,
    visits: i64,
    born: String,
    born_us: i64,
}

/// Germany, Poland, Switzerland, Spain, Brazil, the United Kingdom.
const NATIONAL: [&str; 6] = [
    "86095742719",
    "44051401359",
    "756.9217.0769.85",
    "12345678Z",
    "529.982.247-25",
    "9434765919",
];

impl Person {
    fn of(case: usize) -> Self {
        let n = i64::try_from(case).unwrap();
        Self {
            name: format!("canary name {case}"),
            tax_id: NATIONAL[case],
            income: 48_211.37 + n as f64,
            visits: 731_955 + n,
            born: format!("1984-07-23T04:5{case}:07Z"),
            // 1984-07-23T04:50:07Z
            born_us: (459_406_207 + 60 * n) * 1_000_000,
        }
    }

    fn event(&self, id: &str, outputs: &Value) -> Value {
        json!({"id": id, "time": "2026-01-05T12:00:00Z", "outputs": outputs, "inputs": {
            "name": self.name, "tax_id": self.tax_id, "income": self.income, "visits": self.visits,
            "born": self.born, "illness": "canary of an illness",
        }})
    }

    /// The fields that stand somewhere on disk, as text or in their eight bytes.
    fn found(&self, traces: &Traces) -> Vec<&'static str> {
        let number = |text: &str, bytes: &[[u8; 8]]| {
            let by_bytes = bytes
                .iter()
                .any(|b| !traces.places_of_number(*b).is_empty());
            by_bytes || !traces.places(text).is_empty()
        };
        let (income, visits) = (self.income, self.visits);
        let minute = self.born.trim_end_matches('Z');
        let fields = [
            ("name", !traces.places(&self.name).is_empty()),
            ("tax_id", !traces.places(self.tax_id).is_empty()),
            (
                "income",
                number(&income.to_string(), &[income.to_le_bytes()]),
            ),
            (
                "visits",
                number(
                    &visits.to_string(),
                    &[visits.to_le_bytes(), (visits as f64).to_le_bytes()],
                ),
            ),
            (
                "born",
                number(
                    minute,
                    &[
                        self.born_us.to_le_bytes(),
                        (self.born_us as f64).to_le_bytes(),
                    ],
                ),
            ),
        ];
        let found = fields.into_iter().filter(|(_, found)| *found);
        found.map(|(name, _)| name).collect()
    }
}

/// What SQL shows of a prediction's column; null too if there is no such column.
fn shown(sandbox: &Sandbox, model: &str, column: &str) -> Value {
    let sql = format!("SELECT {column} FROM \"{model}\".predictions WHERE id = 'good'");
    let reply = sandbox.http(
        "POST",
        "/v1/sql",
        &[("content-type", "text/plain")],
        sql.as_bytes(),
    );
    if reply.verdict() == "400 sql_unknown_column" {
        return Value::Null;
    }
    assert_eq!(reply.status, 200, "{sql}: {}", reply.text());
    reply.json()["rows"][0][0].clone()
}

#[test]
fn personal_fields_become_what_policies_say_and_nothing_else_reaches_the_disk() {
    let hash = || json!("per_");
    let (mark, none) = (|| json!("[personal]"), || Value::Null);
    let (coarse, count, day) = (
        || json!(48_000.0),
        || json!(730_000),
        || json!("1984-07-23T00:00:00.000000Z"),
    );
    let kept = Person::of;
    // What the policy says; what SQL shows of name, tax_id, income, visits, born; what is on disk as sent.
    let cases: [(&str, [Value; 5], &[&str]); 6] = [
        // Nothing said: hashes and coarse numbers.
        ("{}", [hash(), hash(), coarse(), count(), day()], &[]),
        (
            "{personal: mask, numbers: keep}",
            [
                mark(),
                mark(),
                json!(kept(1).income),
                json!(kept(1).visits),
                json!("1984-07-23T04:51:07.000000Z"),
            ],
            &["income", "visits", "born"],
        ),
        (
            "{personal: hash, numbers: drop}",
            [hash(), hash(), none(), none(), none()],
            &[],
        ),
        (
            "{personal: drop}",
            [none(), none(), none(), none(), none()],
            &[],
        ),
        // A person decided of single columns: of a number, `mask` and `hash` mean coarse.
        (
            "{columns: {input_name: off, input_tax_id: mask, input_income: hash, input_visits: drop, input_illness: off}}",
            [json!(kept(4).name), mark(), coarse(), none(), day()],
            &["name"],
        ),
        (
            "{personal: mask, numbers: coarsen, columns: {input_tax_id: hash, input_name: drop, input_born: off}}",
            [
                none(),
                hash(),
                coarse(),
                count(),
                json!("1984-07-23T04:55:07.000000Z"),
            ],
            &["born"],
        ),
    ];
    let sandbox = Sandbox::start();
    let features = "{features: {name: {type: text, sensitivity: personal}, tax_id: {type: text, sensitivity: personal}, \
                    income: {type: number, sensitivity: personal}, visits: {type: integer, sensitivity: personal}, \
                    born: {type: time, sensitivity: personal}, illness: {type: text, sensitivity: sensitive}}}";
    for (case, (privacy, ..)) in cases.iter().enumerate() {
        let (model, person) = (format!("case{case}"), Person::of(case));
        put(&sandbox, "Model", &model, features);
        put(
            &sandbox,
            "Policy",
            &model,
            &format!("{{models: [{model}], privacy: {privacy}}}"),
        );
        // One good row, and one that goes to the quarantine.
        let rows = [
            person.event("good", &json!({"score": 0.5})),
            person.event("bad", &json!({"score": "high"})),
        ];
        let body = rows.map(|row| row.to_string()).join("\n");
        let told = post(
            &sandbox,
            &format!("/v1/models/{model}/predictions"),
            NDJSON,
            body.as_bytes(),
        );
        assert_eq!(
            (&told["accepted"], &told["rejected"][0]["index"]),
            (&json!(1), &json!(1)),
            "{told}"
        );
    }
    for flushed in [false, true] {
        let traces = Traces::of(&sandbox);
        for (case, (privacy, columns, on_disk)) in cases.iter().enumerate() {
            let model = format!("case{case}");
            let names = ["name", "tax_id", "income", "visits", "born"];
            for (name, expected) in names.iter().zip(columns) {
                let mut told = shown(&sandbox, &model, &format!("input_{name}"));
                if expected == "per_" && told.as_str().is_some_and(|t| t.starts_with("per_")) {
                    told = hash();
                }
                assert_eq!(&told, expected, "{privacy}: {name}, flushed: {flushed}");
            }
            assert_eq!(shown(&sandbox, &model, "input_illness"), Value::Null);
            let found = Person::of(case).found(&traces);
            assert_eq!(&found, on_disk, "{privacy}: on disk, flushed: {flushed}");
        }
        // Sensitive is sensitive, whatever a policy says.
        let sensitive = traces.places("canary of an illness");
        assert_eq!(sensitive, Vec::<PathBuf>::new());
        sandbox.client().flush().unwrap();
    }
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
