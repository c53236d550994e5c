//! Exports as they are sent, and what becomes of them. The bytes were written by OpenTelemetry's own
//! protocol buffers, see `tests/golden/make.py`.

mod hostile;

use crate::{Decoded, Decoder, Form, Prices, Rules};
use arrow::array::RecordBatch;
use candor_contract::{Limits, ModelName, parse_us};
use serde_json::{Map, Value};

pub(super) const NOW: &str = "2026-01-15T12:05:00Z";

pub(super) fn prices() -> Prices {
    Prices::read(
        r#"{"version":"test","prices":[
            {"model":"gpt-4o","input":2.5,"output":10,"cache_read":1.25},
            {"model":"gpt-4o-mini","input":0.15,"output":0.6,"cache_read":0.075},
            {"model":"text-embedding-3-small","input":0.02}
        ]}"#,
    )
    .unwrap()
}

/// Decodes bodies as one request each, or says why one could not be read.
pub(super) fn decode_with(
    limits: &Limits,
    keeps: bool,
    bodies: &[(&[u8], Form)],
) -> (Decoded, Vec<Result<u32, String>>) {
    let prices = prices();
    let keeps_content = |_: Option<&ModelName>| keeps;
    let mut decoder = Decoder::new(Rules {
        limits,
        now_us: parse_us(NOW).unwrap(),
        keeps_content: &keeps_content,
        prices: &prices,
    });
    let bodies = bodies.iter().zip(0u32..);
    let read = bodies.map(|((body, form), request)| decoder.add(request, body, *form));
    let read = read.collect();
    (decoder.finish(), read)
}

pub(super) fn decode(keeps: bool, body: &[u8], form: Form) -> Decoded {
    let (decoded, read) = decode_with(&Limits::default(), keeps, &[(body, form)]);
    assert!(read[0].is_ok(), "{read:?}");
    decoded
}

/// Rows as JSON, nulls left out.
pub(super) fn rows(batch: &RecordBatch) -> Vec<Map<String, Value>> {
    let mut out = Vec::new();
    let mut writer = arrow::json::LineDelimitedWriter::new(&mut out);
    writer.write(batch).unwrap();
    let lines = std::str::from_utf8(&out).unwrap().lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Spans and predictions by model, as JSON.
pub(super) fn shown(decoded: &Decoded) -> Value {
    let spans = decoded.spans.as_ref().map(|columns| rows(&columns.batch));
    let predictions = decoded.predictions.iter().map(|(model, columns)| {
        let rows = rows(&columns.batch)
            .into_iter()
            .map(Value::Object)
            .collect();
        (model.as_str().to_owned(), Value::Array(rows))
    });
    serde_json::json!({
        "spans": spans,
        "predictions": predictions.collect::<Map<_, _>>(),
        "content_dropped": decoded.content_dropped,
    })
}

macro_rules! golden {
    ($name:literal) => {
        (
            include_bytes!(concat!("tests/golden/", $name, ".pb")).as_slice(),
            include_bytes!(concat!("tests/golden/", $name, ".json")).as_slice(),
        )
    };
}

/// The name of an export, and it as protocol buffers and as JSON.
type Golden = (&'static str, (&'static [u8], &'static [u8]));

pub(super) fn all() -> [Golden; 4] {
    [
        ("current", golden!("current")),
        ("previous", golden!("previous")),
        ("openinference", golden!("openinference")),
        ("sundry", golden!("sundry")),
    ]
}

#[test]
fn both_forms_say_the_same() {
    for (name, (protobuf, json)) in all() {
        for keeps in [false, true] {
            let one = decode(keeps, protobuf, Form::Protobuf);
            let other = decode(keeps, json, Form::Json);
            assert_eq!(one.refused.len() + other.refused.len(), 0, "{name}");
            assert_eq!(shown(&one), shown(&other), "{name}");
        }
    }
}

#[test]
fn spans_of_today_without_their_content() {
    let (protobuf, _) = golden!("current");
    insta::assert_json_snapshot!(shown(&decode(false, protobuf, Form::Protobuf)));
}

#[test]
fn spans_of_today_with_their_content() {
    let (protobuf, _) = golden!("current");
    insta::assert_json_snapshot!(shown(&decode(true, protobuf, Form::Protobuf)));
}

#[test]
fn spans_by_the_names_of_before_and_of_openllmetry() {
    let (protobuf, _) = golden!("previous");
    insta::assert_json_snapshot!(shown(&decode(true, protobuf, Form::Protobuf)));
}

#[test]
fn spans_of_openinference() {
    let (protobuf, _) = golden!("openinference");
    insta::assert_json_snapshot!(shown(&decode(true, protobuf, Form::Protobuf)));
}

/// Every value that a span was given as content, and who it is about.
const SECRETS: &[&str] = &[
    "Where is my parcel?",
    "On its way.",
    "Be kind.",
    "delayed",
    "Parcels take days.",
    "Bonjour",
    "Salut",
    "Hello",
    "text of a",
    "\\\"page\\\"",
];

#[test]
fn content_is_nowhere_unless_it_may_be_kept() {
    for (name, (protobuf, _)) in all() {
        let kept = shown(&decode(true, protobuf, Form::Protobuf)).to_string();
        let dropped = decode(false, protobuf, Form::Protobuf);
        let shown = shown(&dropped).to_string();
        for secret in SECRETS {
            assert!(!shown.contains(secret), "{name}: {secret} in {shown}");
        }
        if name != "sundry" {
            assert!(dropped.content_dropped > 0, "{name}");
            let found = SECRETS.iter().filter(|s| kept.contains(**s)).count();
            assert!(found > 1, "{name} should have content to drop: {kept}");
        }
    }
}

#[test]
fn who_a_span_is_about_is_told_as_its_subject_alone() {
    for (name, (protobuf, _)) in all() {
        let decoded = decode(true, protobuf, Form::Protobuf);
        let spans = &decoded.spans.as_ref().unwrap().batch;
        for mut row in rows(spans) {
            row.remove("subject");
            let rest = Value::Object(row).to_string();
            assert!(!rest.contains("customer-77"), "{name}: {rest}");
        }
    }
}

#[test]
fn several_exports_share_columns_and_keep_their_origins() {
    let (current, _) = golden!("current");
    let (_, previous) = golden!("previous");
    let bodies = [
        (current, Form::Protobuf),
        (b"\xff".as_slice(), Form::Protobuf),
        (previous, Form::Json),
    ];
    let (decoded, read) = decode_with(&Limits::default(), false, &bodies);
    assert_eq!((read[0].clone(), read[2].clone()), (Ok(5), Ok(5)));
    assert!(read[1].is_err());
    let spans = decoded.spans.unwrap();
    let origins: Vec<_> = spans.origins.iter().map(|o| (o.request, o.row)).collect();
    let expected: Vec<_> = [0, 2]
        .iter()
        .flat_map(|r| (0..5).map(move |row| (*r, row)))
        .collect();
    assert_eq!(origins, expected);
    assert_eq!(spans.batch.num_rows(), 10);
    for (model, columns) in &decoded.predictions {
        assert_eq!(columns.batch.num_rows(), columns.origins.len(), "{model}");
    }
}
