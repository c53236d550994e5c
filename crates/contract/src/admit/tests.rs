use super::*;
use crate::fields::base_schema;
use crate::schema::Column;
use arrow::array::{ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use bytes::Bytes;

mod columns;

const NOW_US: i64 = 1_767_225_600_000_000;

struct Base;

impl Layouts for Base {
    fn layout(&self, table: &TableId) -> Arc<TableLayout> {
        TableLayout::new(base_schema(table))
    }
}

fn keys() -> Keys {
    Keys::new([1; 32], [2; 32], 1)
}

fn loan(kind: Kind) -> Door {
    Door::One {
        model: ModelName::new("loan").unwrap(),
        kind,
    }
}

fn admit_with(layouts: &dyn Layouts, door: &Door, format: Format, body: &[u8]) -> Admitted {
    let (limits, keys) = (
        Limits {
            row_bytes_max: 4096,
            ..Limits::default()
        },
        keys(),
    );
    let privacy = Privacy::default();
    let mut admission = Admission::new(&limits, &keys, &privacy, layouts, NOW_US, 7);
    admission.add(&Request {
        body: Bytes::copy_from_slice(body),
        format,
        door,
        mapping: None,
        trace: None,
    });
    admission.finish()
}

fn admit(door: &Door, format: Format, body: &str) -> Admitted {
    admit_with(&Base, door, format, body.as_bytes())
}

fn codes(admitted: &Admitted) -> Vec<(u32, &'static str)> {
    admitted
        .rejected
        .iter()
        .map(|r| (r.rejection.row, r.rejection.fault.code.name()))
        .collect()
}

fn shown(admitted: &Admitted) -> String {
    let parts = admitted
        .parts
        .iter()
        .filter(|p| p.table != TableId::Quarantine);
    parts
        .map(|p| {
            let mut rows = Vec::new();
            arrow::json::LineDelimitedWriter::new(&mut rows)
                .write(&p.batch)
                .unwrap();
            let types: String = p
                .columns
                .iter()
                .map(|c| format!("  {} {}\n", c.name, crate::column::word(c.ty)))
                .collect();
            format!("{}\n{types}{}", p.table, String::from_utf8(rows).unwrap())
        })
        .collect()
}

#[test]
fn a_prediction_becomes_flat_typed_columns() {
    let admitted = admit(
        &loan(Kind::Prediction),
        Format::Json,
        r#"{
        "id": "p1", "time": "2026-01-01T00:00:00Z", "version": "12", "subject": "ann",
        "inputs": {"income": 1200.5, "tenure": 12, "car": true, "purpose": "study", "geo": {"lat": 1.5}, "v": [1, 2.5], "none": null},
        "outputs": {"score": 0.25, "class": 1, "scores": {"yes": 0.25}, "interval": {"lower": 0.1}},
        "attributions": {"income": -0.25, "base_value": 0.5},
        "segments": {"region": "north"}, "latency_ms": 12,
        "stages": [{"name": "fetch", "duration_ms": 3.5, "status": "ok"}],
        "preprocessing": ["scale", "encode"], "shop": {"a": [1]}, "note": "x"
    }"#,
    );
    insta::assert_snapshot!(shown(&admitted));
    assert_eq!(
        admitted.tallies,
        [Tally {
            rows: 1,
            taken: 1,
            ..Tally::default()
        }]
    );
}

#[test]
fn bad_rows_are_rejected_one_by_one_and_the_rest_is_kept() {
    let deep = format!(
        r#"{{"inputs":{}1{}}}"#,
        r#"{"a":"#.repeat(20),
        "}".repeat(20)
    );
    let bomb = "[".repeat(3000);
    let object_bomb = format!("{{\"inputs\":{}", "[".repeat(3000));
    let big = format!(r#"{{"inputs":{{"a":"{}"}}}}"#, "x".repeat(5000));
    let long_id = format!(r#"{{"id":"{}","inputs":{{"a":1}}}}"#, "i".repeat(129));
    for (row, code) in [
        (r#"{"inputs":{"a":1}"#, "malformed_json"),
        ("nonsense", "malformed_json"),
        ("[1]", "not_an_object"),
        ("3", "not_an_object"),
        (&bomb, "nesting_too_deep"),
        (&object_bomb, "nesting_too_deep"),
        (r#"{"inputs":{"a":1,"a":2}}"#, "duplicate_key"),
        (r#"{"inputs":3}"#, "type_mismatch"),
        (r#"{"outputs":{"score":"high"}}"#, "type_mismatch"),
        (r#"{"latency_ms":"fast","inputs":{"a":1}}"#, "type_mismatch"),
        (r#"{"stages":[1],"inputs":{"a":1}}"#, "type_mismatch"),
        (r#"{}"#, "missing_field"),
        (r#"{"inputs":null}"#, "missing_field"),
        (r#"{"model":"other","inputs":{"a":1}}"#, "model_mismatch"),
        (r#"{"kind":"outcome","inputs":{"a":1}}"#, "kind_mismatch"),
        (r#"{"time":"soon","inputs":{"a":1}}"#, "invalid_time"),
        (r#"{"time":true,"inputs":{"a":1}}"#, "invalid_time"),
        (
            r#"{"time":"1800-01-01T00:00:00Z","inputs":{"a":1}}"#,
            "time_too_old",
        ),
        (
            r#"{"time":"2100-01-01T00:00:00Z","inputs":{"a":1}}"#,
            "time_in_future",
        ),
        (
            r#"{"inputs":{"a":123456789012345678901234567890}}"#,
            "number_out_of_range",
        ),
        (&long_id, "id_too_long"),
        (&deep, "nesting_too_deep"),
        (&big, "row_too_large"),
    ] {
        let body = format!(
            "{{\"id\":\"first\",\"inputs\":{{\"a\":1}}}}\n{row}\n{{\"id\":\"last\",\"inputs\":{{\"a\":2}}}}\n"
        );
        let admitted = admit(&loan(Kind::Prediction), Format::Ndjson, &body);
        assert_eq!(codes(&admitted), [(1, code)], "{row}");
        let batch = &admitted.parts[0].batch;
        let a = batch.column_by_name("input_a").unwrap();
        assert_eq!(a.as_primitive::<Int64Type>().values(), &[1, 2], "{row}");
        assert_eq!(admitted.tallies[0].taken, 2);
    }
}

#[test]
fn rows_that_are_not_utf8_do_not_spoil_their_neighbours() {
    let body = b"{\"inputs\":{\"a\":1}}\n{\"inputs\":{\"a\":\"\xff\xfe\"}}\n{\"inputs\":{\"a\":3}}";
    let admitted = admit_with(&Base, &loan(Kind::Prediction), Format::Ndjson, body);
    assert_eq!(codes(&admitted), [(1, "invalid_utf8")]);
    assert_eq!(admitted.parts[0].batch.num_rows(), 2);
}

#[test]
fn a_cut_array_keeps_the_rows_before_the_cut() {
    let admitted = admit(
        &loan(Kind::Prediction),
        Format::Json,
        r#"[{"inputs":{"a":1}},{"inputs":{"a":2}},{"inp"#,
    );
    assert_eq!(codes(&admitted), [(2, "malformed_json")]);
    assert_eq!(
        admitted.tallies[0],
        Tally {
            rows: 3,
            taken: 2,
            minted: admitted.tallies[0].minted.clone(),
            unreadable: None
        }
    );
    assert_eq!(admitted.tallies[0].minted.len(), 2);
}

#[test]
fn one_request_may_mix_kinds_and_models() {
    let admitted = admit(
        &Door::Mixed,
        Format::Ndjson,
        concat!(
            r#"{"model":"loan","id":"1","inputs":{"a":1}}"#,
            "\n",
            r#"{"id":"2","prediction_id":"1","class":1,"kind":"outcome","model":"loan"}"#,
            "\n",
            r#"{"kind":"feedback","model":"loan","id":"3","prediction_id":"1","verdict":"wrong"}"#,
            "\n",
            r#"{"kind":"effect","model":"loan","id":"4","name":"revenue","value":3,"unit":"EUR"}"#,
            "\n",
            r#"{"kind":"change","id":"5","what":"deployment","from":"v1","to":"v2"}"#,
            "\n",
            r#"{"kind":"change","id":"6","model":"loan","what":"config"}"#,
            "\n",
            r#"{"kind":"stage","id":"7","step":"ingest","rows":3,"outputs":{"digest":"d"}}"#,
            "\n",
            r#"{"kind":"story","model":"loan"}"#,
            "\n",
            r#"{"inputs":{"a":1}}"#,
            "\n",
            r#"{"kind":"outcome","model":"loan","prediction_id":"1"}"#,
            "\n",
            r#"{"model":"../etc","inputs":{"a":1}}"#,
            "\n",
        ),
    );
    assert_eq!(
        codes(&admitted),
        [
            (7, "unknown_kind"),
            (8, "missing_field"),
            (9, "missing_field"),
            (10, "invalid_model_name")
        ]
    );
    let tables: Vec<String> = admitted
        .parts
        .iter()
        .map(|p| format!("{} {}", p.table, p.batch.num_rows()))
        .collect();
    assert_eq!(
        tables,
        [
            "loan.predictions 1",
            "loan.outcomes 1",
            "loan.feedback 1",
            "loan.effects 1",
            "changes 1",
            "changes 1",
            "stages 1",
            "quarantine 4"
        ]
    );
}

#[test]
fn declared_types_reject_and_inferred_types_widen() {
    struct Declared;
    impl Layouts for Declared {
        fn layout(&self, table: &TableId) -> Arc<TableLayout> {
            let mut schema = base_schema(table);
            schema.columns.push(Column {
                declared: true,
                ..Column::new("input_age", crate::ColumnType::Number)
            });
            schema
                .columns
                .push(Column::new("input_zip", crate::ColumnType::Integer));
            TableLayout::new(schema)
        }
    }
    let body =
        "{\"inputs\":{\"age\":\"forty\",\"zip\":1}}\n{\"inputs\":{\"age\":40,\"zip\":\"A1\"}}";
    let admitted = admit_with(
        &Declared,
        &loan(Kind::Prediction),
        Format::Ndjson,
        body.as_bytes(),
    );
    assert_eq!(codes(&admitted), [(0, "type_mismatch")]);
    let part = &admitted.parts[0];
    let changes = Declared
        .layout(&part.table)
        .schema
        .changes_for(&part.columns);
    assert_eq!(
        changes,
        [crate::SchemaChange::Widen {
            column: "input_zip".into(),
            from: crate::ColumnType::Integer,
            to: crate::ColumnType::Text,
        }]
    );
}

#[test]
fn names_that_differ_in_case_only_stay_apart() {
    let admitted = admit(
        &loan(Kind::Prediction),
        Format::Json,
        r#"{"inputs":{"Age":1,"age":2,"a b":3,"":4}}"#,
    );
    let schema = admitted.parts[0].batch.schema();
    let names: Vec<&str> = schema
        .fields()
        .iter()
        .map(|f| f.name().as_str())
        .filter(|n| n.starts_with("input_"))
        .collect();
    assert_eq!(names.len(), 4);
    assert_eq!(names[0], "input_Age");
    assert!(names[1].starts_with("input_age_"), "{names:?}");
    let field = schema.field_with_name(names[2]).unwrap();
    assert_eq!(field.metadata()[crate::SOURCE_NAME_KEY], "a b");
}

#[test]
fn not_a_number_and_infinities_are_kept_as_the_model_saw_them() {
    let csv = "id,input_a,output_score\n1,NaN,0.5\n2,1e999,0.5\n3,-0.0,nan\n";
    let admitted = admit(&loan(Kind::Prediction), Format::Csv, csv);
    assert_eq!(codes(&admitted), []);
    let a = admitted.parts[0]
        .batch
        .column_by_name("input_a")
        .unwrap()
        .as_primitive::<Float64Type>()
        .clone();
    assert!(a.value(0).is_nan() && a.value(1).is_infinite());
    let json =
        "{\"inputs\":{\"a\":NaN}}\n{\"inputs\":{\"a\":-Infinity}}\n{\"inputs\":{\"a\":1e999}}";
    let admitted = admit(&loan(Kind::Prediction), Format::Ndjson, json);
    assert_eq!(codes(&admitted), []);
}

#[test]
fn csv_rows_have_types_and_their_own_rejections() {
    let csv = "id,time,input_amount,input_code,input_ok,output_score,segment_region,colour\n\
        1,2026-01-01T00:00:00Z,10,007,true,0.5,north,red\n\
        2,1767225600,12.5,010,false,,,\n\
        3,2026-01-01,1\n\
        4,never,1,1,true,0.5,,\n\
        5,,,,,abc,,\n";
    let admitted = admit(&loan(Kind::Prediction), Format::Csv, csv);
    assert_eq!(
        codes(&admitted),
        [
            (2, "malformed_row"),
            (3, "invalid_time"),
            (4, "type_mismatch")
        ]
    );
    insta::assert_snapshot!(shown(&admitted));
    assert_eq!(
        admitted.rejected[1].rejection.raw,
        r#"{"id":"4","input_amount":1,"input_code":1,"input_ok":true,"output_score":0.5,"time":"never"}"#
    );
}

fn arrow_bytes(batch: &RecordBatch) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = arrow_ipc::writer::StreamWriter::try_new(&mut out, &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    out
}

#[test]
fn requests_admitted_together_keep_their_own_tallies() {
    let (limits, keys, door) = (Limits::default(), keys(), loan(Kind::Prediction));
    let privacy = Privacy::default();
    let mut admission = Admission::new(&limits, &keys, &privacy, &Base, NOW_US, 7);
    for body in [
        &b"{\"inputs\":{\"a\":1}}"[..],
        b"{",
        b"[{\"inputs\":{\"a\":2}},{\"inputs\":{\"b\":2}}]",
    ] {
        admission.add(&Request {
            body: Bytes::copy_from_slice(body),
            format: Format::Json,
            door: &door,
            mapping: None,
            trace: None,
        });
    }
    let admitted = admission.finish();
    let taken: Vec<(u32, u32)> = admitted.tallies.iter().map(|t| (t.rows, t.taken)).collect();
    assert_eq!(taken, [(1, 1), (1, 0), (2, 2)]);
    let origins: Vec<(u32, u32)> = admitted.parts[0]
        .origins
        .iter()
        .map(|o| (o.request, o.row))
        .collect();
    assert_eq!(origins, [(0, 0), (2, 0), (2, 1)]);
}

#[test]
fn rejected_rows_do_not_leak_subjects() {
    let admitted = admit(
        &loan(Kind::Prediction),
        Format::Ndjson,
        r#"{"subject":"ann@example.org","inputs":3}"#,
    );
    let raw = &admitted.rejected[0].rejection.raw;
    assert!(!raw.contains("ann") && raw.contains("sub_"), "{raw}");
}

#[test]
fn events_without_a_trace_take_their_requests() {
    let trace = TraceContext {
        trace_id: "request".into(),
        span_id: "request-span".into(),
    };
    let lines = br#"{"inputs":{"a":1}}
{"inputs":{"a":1},"trace_id":"own","span_id":"own-span"}
{"inputs":{"a":1},"trace_id":"own"}
{"inputs":{"a":1},"span_id":"own-span"}"#;
    let texts =
        |all: [Option<&'static str>; 4]| -> ArrayRef { Arc::new(StringArray::from(all.to_vec())) };
    let own = Some("own");
    let batch = RecordBatch::try_from_iter([
        (
            "input_a",
            Arc::new(Float64Array::from(vec![1.0; 4])) as ArrayRef,
        ),
        ("trace_id", texts([None, own, own, None])),
        (
            "span_id",
            texts([None, Some("own-span"), None, Some("own-span")]),
        ),
    ])
    .unwrap();
    let csv = "input_a,trace_id,span_id\n1,,\n1,own,own-span\n1,own,\n1,,own-span\n";
    for (format, body) in [
        (Format::Ndjson, &lines[..]),
        (Format::Csv, csv.as_bytes()),
        (Format::Arrow, &arrow_bytes(&batch)),
    ] {
        let (limits, keys, door) = (Limits::default(), keys(), loan(Kind::Prediction));
        let privacy = Privacy::default();
        let mut admission = Admission::new(&limits, &keys, &privacy, &Base, NOW_US, 7);
        admission.add(&Request {
            body: Bytes::copy_from_slice(body),
            format,
            door: &door,
            mapping: None,
            trace: Some(&trace),
        });
        let admitted = admission.finish();
        let column = |name: &str| -> Vec<Option<String>> {
            let column = admitted.parts[0]
                .batch
                .column_by_name(name)
                .unwrap()
                .clone();
            let texts = column.as_string::<i32>();
            texts.iter().map(|t| t.map(str::to_owned)).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        let traces = [some("request"), some("own"), some("own"), some("request")];
        assert_eq!(column("trace_id"), traces, "{format:?}");
        let spans = [
            some("request-span"),
            some("own-span"),
            None,
            some("own-span"),
        ];
        assert_eq!(column("span_id"), spans, "{format:?}");
    }
}

#[test]
fn short_lines_cannot_claim_all_memory() {
    let limits = Limits {
        rows_max: 3,
        ..Limits::default()
    };
    for (format, body, refused) in [
        (Format::Ndjson, "1\n2\n3\n", false),
        (Format::Ndjson, "1\n2\n3\n4\n", true),
        (Format::Ndjson, "1\n2\n3", false),
        (Format::Ndjson, "1\n2\n3\n4", true),
        (Format::Csv, "output_a\n1\n2\n", false),
        (Format::Csv, "output_a\n1\n2\n3\n", true),
        (Format::Json, "[1,2,3]", false),
        (Format::Json, "[1,[2,3,4],3]", false),
        (Format::Json, "[1,2,3,4]", true),
        (Format::Json, "[1,2,3 4,5]", false),
        (Format::Json, "{}{}{}", false),
        (Format::Json, r#"{"a":{"b":{"c":{"d":{}}}}}"#, false),
        (Format::Json, "{} {} {} {}", true),
    ] {
        let (keys, door) = (keys(), loan(Kind::Prediction));
        let privacy = Privacy::default();
        let mut admission = Admission::new(&limits, &keys, &privacy, &Base, NOW_US, 7);
        admission.add(&Request {
            body: Bytes::from(body),
            format,
            door: &door,
            mapping: None,
            trace: None,
        });
        let admitted = admission.finish();
        let reason = admitted.tallies[0].unreadable.as_deref();
        assert_eq!(reason.is_some(), refused, "{body}: {reason:?}");
        if let Some(reason) = reason {
            assert!(reason.contains("more than 3"), "{reason}");
            assert!(admitted.rejected.is_empty() && admitted.parts.is_empty());
        }
    }
}
