//! Erasure, seen from outside: what a person left is looked for in every byte before, so that the search is
//! known to find it, and after.

use crate::sandbox::Sandbox;
use crate::traces::{Traces, places};
use serde_json::{Value, json};
use std::path::PathBuf;

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");

pub fn post(sandbox: &Sandbox, path: &str, kind: (&str, &str), body: &[u8]) -> Value {
    let reply = sandbox.http("POST", path, &[kind], body);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

/// The files, as far as they lie below a folder of this name.
fn below<'p>(places: &'p [PathBuf], folder: &str) -> Vec<&'p PathBuf> {
    let is_below = |path: &&PathBuf| path.components().any(|c| c.as_os_str() == folder);
    places.iter().filter(is_below).collect()
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
    // And a file of the table that it was about to write.
    let half = sandbox
        .data()
        .join("lake/models/loan/predictions/day=2026-01-05");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("flushed.parquet#1"), "PAR1 half of ann-1").unwrap();
    assert!(!places(&sandbox, "half of ann-1").is_empty());
    sandbox.launch();
    assert_eq!(sandbox.sql("SELECT id FROM predictions"), json!([]));
    assert_eq!(
        places(&sandbox, hash.as_str().unwrap()),
        Vec::<PathBuf>::new()
    );
    assert_eq!(places(&sandbox, "half of ann-1"), Vec::<PathBuf>::new());
    let receipts = sandbox.client().read("/v1/erasures").unwrap();
    assert_eq!(receipts["items"][0]["resumed"], true);
}

/// A text that only Ann sent, and one that Bob sent too, in good rows, in outcomes and in a rejected row, with their
/// profiles flushed: exactly while texts are few, so that the sketches hold them in clear.
fn send_texts(sandbox: &Sandbox) {
    let row = |id: &str, subject: &str, text: &str, score: Value| {
        json!({"id": id, "subject": subject, "time": "2026-01-05T12:00:00Z", "inputs": {"remark": text},
               "segments": {"place": text}, "outputs": {"score": score}})
    };
    let rows = [
        row("a", "ann", "only of ann", json!(0.5)),
        row("b", "bob", "also of bob", json!(0.5)),
        row("c", "ann", "also of bob", json!(0.5)),
        row("d", "ann", "only of ann", json!("wrong")),
    ];
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    let told = post(
        sandbox,
        "/v1/models/loan/predictions",
        NDJSON,
        lines.join("\n").as_bytes(),
    );
    assert_eq!(told["accepted"], 3, "{told}");
    let outcome =
        json!({"prediction_id": "a", "time": "2026-01-05T13:00:00Z", "class": "only of ann"});
    post(
        sandbox,
        "/v1/models/loan/outcomes",
        NDJSON,
        outcome.to_string().as_bytes(),
    );
    // A day on which only Bob was there: its profiles count on the same bins.
    let mut next = row("e", "bob", "also of bob", json!(0.5));
    next["time"] = json!("2026-01-06T12:00:00Z");
    post(
        sandbox,
        "/v1/models/loan/predictions",
        NDJSON,
        next.to_string().as_bytes(),
    );
    sandbox.client().flush().unwrap();
}

/// Profiles anew, with bins named after the texts of a reference.
fn refer(sandbox: &Sandbox) {
    let range = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"];
    let out = sandbox.candor(&[
        "profiles",
        "rebuild",
        "--model",
        "loan",
        "--from",
        range[0],
        "--to",
        range[1],
        "--reference-from",
        range[0],
        "--reference-to",
        range[1],
    ]);
    assert!(out.status.success(), "{out:?}");
}

/// The categories of the bins of `input_remark` and their counts, by day.
fn bins(sandbox: &Sandbox) -> Value {
    let path = "/v1/models/loan/profiles?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z&grain=1d&column=input_remark";
    let items = sandbox.http("GET", path, &[], b"").json()["items"].clone();
    let days = items.as_array().unwrap().iter();
    days.map(|day| json!([day["bins"]["categories"], day["bins"]["rows"]]))
        .collect()
}

#[test]
fn an_erasure_leaves_no_text_in_sketches_bins_or_rejected_rows() {
    for referred in [false, true] {
        let mut sandbox = Sandbox::start();
        send_texts(&sandbox);
        if referred {
            refer(&sandbox);
            let both = json!(["also of bob", "only of ann"]);
            assert_eq!(
                bins(&sandbox),
                json!([[both, [2, 1, 0]], [both, [1, 0, 0]]])
            );
        }
        // The search finds the text wherever it is: the profiles hold it in a packed binary.
        let before = places(&sandbox, "only of ann");
        for folder in ["predictions", "outcomes", "profiles", "quarantine", "log"] {
            assert_ne!(
                below(&before, folder),
                Vec::<&PathBuf>::new(),
                "{folder}: {before:?}"
            );
        }
        let receipt = sandbox.client().erase("ann", None).unwrap();
        assert_eq!(
            receipt["tables"],
            json!({"loan.predictions": 2, "loan.outcomes": 1, "quarantine": 1}),
            "{receipt}"
        );
        for restarted in [false, true] {
            let traces = Traces::of(&sandbox);
            assert_eq!(
                traces.places("only of ann"),
                Vec::<PathBuf>::new(),
                "{referred} {restarted}"
            );
            let others = traces.places("also of bob");
            for folder in ["predictions", "profiles"] {
                assert_ne!(
                    below(&others, folder),
                    Vec::<&PathBuf>::new(),
                    "{folder}: {others:?}"
                );
            }
            if referred {
                let left = json!(["also of bob"]);
                assert_eq!(bins(&sandbox), json!([[left, [1, 0]], [left, [1, 0]]]));
            }
            if !restarted {
                sandbox.kill();
                sandbox.launch();
            }
        }
    }
}

#[test]
fn a_person_is_erased_by_name_or_stored_form_with_a_server_or_without() {
    let mut sandbox = Sandbox::start();
    for (by_name, offline) in [(true, false), (false, false), (true, true), (false, true)] {
        let row = |id: &str, subject: &str| json!({"id": id, "subject": subject, "outputs": {"score": 0.5}});
        let ids = ["ann", "bob"].map(|who| format!("{who}-{by_name}-{offline}"));
        let body = format!("{}\n{}", row(&ids[0], "ann"), row(&ids[1], "bob"));
        let told = post(
            &sandbox,
            "/v1/models/loan/predictions",
            NDJSON,
            body.as_bytes(),
        );
        assert_eq!(told["accepted"], 2, "{told}");
        let sql = format!("SELECT subject FROM predictions WHERE id = '{}'", ids[0]);
        let hash = sandbox.sql(&sql)[0][0].as_str().unwrap().to_owned();
        assert!(hash.starts_with("sub_"), "{hash}");
        let data = sandbox.data().display().to_string();
        let mut args = vec![
            "erase",
            "--subject",
            if by_name { "ann" } else { &hash },
            "--output",
            "json",
        ];
        if offline {
            assert_eq!(sandbox.stop(), Some(0));
            args.extend(["--data", &data]);
        }
        for needle in [&hash, &ids[0]] {
            assert_ne!(places(&sandbox, needle), Vec::<PathBuf>::new(), "{needle}");
        }
        let out = sandbox.candor(&args);
        assert!(out.status.success(), "{out:?}");
        let receipt: Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(
            receipt["tables"],
            json!({"loan.predictions": 1}),
            "{receipt}"
        );
        let traces = Traces::of(&sandbox);
        for needle in [&hash, &ids[0]] {
            assert_eq!(
                traces.places(needle),
                Vec::<PathBuf>::new(),
                "{needle} {args:?}"
            );
        }
        if offline {
            sandbox.launch();
        }
        let left = sandbox.sql(&format!(
            "SELECT id FROM predictions WHERE id = '{}'",
            ids[1]
        ));
        assert_eq!(left, json!([[ids[1]]]));
        let receipts = sandbox.client().read("/v1/erasures").unwrap();
        let found = receipts["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|r| r["id"] == receipt["id"]);
        assert_eq!(found, Some(&receipt));
    }
    assert_eq!(
        sandbox.sql("SELECT count(*) FROM predictions"),
        json!([[4]])
    );
}
