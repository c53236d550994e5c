//! Rejected rows: kept with a code, listed, replayed after what rejected them was mended.

use crate::sandbox::Sandbox;
use serde_json::{Value, json};

const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const JSON: (&str, &str) = ("content-type", "application/json");

fn list(sandbox: &Sandbox, query: &str) -> Vec<Value> {
    let reply = sandbox.http("GET", &format!("/v1/quarantine{query}"), &[], b"");
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["items"].as_array().unwrap().clone()
}

fn replay(sandbox: &Sandbox, choice: &Value) -> Value {
    let body = choice.to_string();
    let reply = sandbox.http("POST", "/v1/quarantine/replay", &[JSON], body.as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn rejected_rows_are_listed_and_replayed_once_their_cause_is_mended() {
    let mut sandbox = Sandbox::with_config("[limits]\nfuture_max_us = 86400000000\n");
    assert_eq!(list(&sandbox, ""), Vec::<Value>::new());
    let soon = sandbox.now_us() + 3 * 86_400_000_000;
    let rows = format!(
        "{{\"id\":\"late\",\"subject\":\"anna\",\"time\":{soon},\"outputs\":{{\"score\":0.5}}}}\n{{\"id\":\"bad\",\"outputs\":{{\"score\":\"x\"}}}}\n"
    );
    for model in ["a", "b"] {
        let path = format!("/v1/models/{model}/predictions");
        let (accepted, _, codes) = sandbox
            .http("POST", &path, &[NDJSON], rows.as_bytes())
            .counts();
        assert_eq!((accepted, codes.len()), (0, 2));
    }
    assert_eq!(list(&sandbox, "").len(), 4);
    assert_eq!(list(&sandbox, "?model=a").len(), 2);
    assert_eq!(list(&sandbox, "?code=time_in_future").len(), 2);
    let both = list(&sandbox, "?model=a&code=time_in_future");
    let [late] = &both[..] else {
        panic!("{both:?}")
    };
    assert_eq!(
        (
            &late["model"],
            &late["kind"],
            &late["row"],
            &late["code"],
            &late["replayed_at"]
        ),
        (
            &json!("a"),
            &json!("prediction"),
            &json!(0),
            &json!("time_in_future"),
            &Value::Null
        )
    );
    let raw = late["raw"].as_str().unwrap();
    assert!(raw.contains("late") && !raw.contains("anna"), "{raw}");

    // Pages are walked by a cursor to the last row.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/quarantine?limit=1{cursor}");
        let page = sandbox.http("GET", &path, &[], b"").json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|r| r["id"].to_string()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 4);

    // Nothing was mended: they are rejected once more.
    let told = replay(&sandbox, &json!({"ids": [late["id"]]}));
    assert_eq!(
        (&told["rows"], &told["accepted"], &told["rejected"]),
        (&json!(1), &json!(0), &json!(1))
    );

    // The bound is widened; the rows survive the restart, and one choice brings both models' in.
    assert_eq!(sandbox.stop(), Some(0));
    sandbox.configure("[limits]\nfuture_max_us = 864000000000\n");
    sandbox.launch();
    let told = replay(&sandbox, &json!({"model": "a", "code": "time_in_future"}));
    assert_eq!(
        (&told["accepted"], &told["rejected"]),
        (&json!(1), &json!(0)),
        "{told}"
    );
    assert_eq!(sandbox.sql("SELECT id FROM predictions"), json!([["late"]]));
    assert!(
        list(&sandbox, "?model=a&code=time_in_future")
            .iter()
            .all(|r| r["replayed_at"].is_string())
    );
    let again = replay(&sandbox, &json!({"model": "a", "code": "time_in_future"}));
    assert_eq!(again["rows"], 0, "what is stored is not replayed");
}

#[test]
fn wrong_questions_to_the_quarantine_are_refused() {
    let sandbox = Sandbox::start();
    let post = |headers: &[(&str, &str)], body: &[u8]| {
        sandbox
            .http("POST", "/v1/quarantine/replay", headers, body)
            .status
    };
    assert_eq!(post(&[JSON], b"{"), 400);
    assert_eq!(post(&[JSON], br#"{"everything":true}"#), 422);
    assert_eq!(post(&[], b"{}"), 415);
    assert_eq!(
        sandbox
            .http("GET", "/v1/quarantine?limit=many", &[], b"")
            .status,
        400
    );
    assert_eq!(
        replay(&sandbox, &json!({"ids": ["' OR 1=1 --"]}))["rows"],
        0
    );
}
