//! Exports that are broken, huge, deep or strange.

use super::{all, decode, decode_with, rows};
use crate::Form;
use crate::wire::Message;
use candor_contract::{Code, Limits};
use proptest::prelude::*;

/// A body with one span of these fields, with ids and a start unless they are given.
fn export(span: &[u8]) -> Vec<u8> {
    let group = Message::default().bytes(2, span).finish();
    let resource = Message::default().bytes(2, &group).finish();
    Message::default().bytes(1, &resource).finish()
}

/// 2026-01-15T12:00:00Z as a fixed 64-bit field of this number.
fn start(field: u8, ns: u64) -> Vec<u8> {
    let mut out = vec![field << 3 | 1];
    out.extend_from_slice(&ns.to_le_bytes());
    out
}

const T0: u64 = 1_768_478_400_000_000_000;

fn core() -> Vec<u8> {
    let ids = Message::default().bytes(1, &[1; 16]).bytes(2, &[2; 8]);
    [ids.finish(), start(7, T0), start(8, T0 + 1_000_000)].concat()
}

fn attribute(key: &[u8], value: &[u8]) -> Vec<u8> {
    let pair = Message::default().bytes(1, key).bytes(2, value).finish();
    Message::default().bytes(9, &pair).finish()
}

fn fault(body: &[u8], form: Form, limits: &Limits) -> Option<Code> {
    let (decoded, read) = decode_with(limits, false, &[(body, form)]);
    assert_eq!(read, [Ok(1)]);
    let taken = decoded.spans.is_some();
    assert_ne!(taken, decoded.refused.len() == 1);
    decoded.refused.first().map(|refused| refused.fault.code)
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn bad_spans_are_refused_one_by_one_with_a_reason() {
    let limits = Limits {
        row_bytes_max: 10_000,
        ..Limits::default()
    };
    let nested = |deep: usize| {
        let mut value = Message::default().bytes(1, b"x").finish();
        for _ in 0..deep {
            let list = Message::default().bytes(1, &value).finish();
            value = Message::default().bytes(5, &list).finish();
        }
        [core(), attribute(b"k", &value)].concat()
    };
    let ids = |trace: &[u8], id: &[u8]| {
        let ids = Message::default().bytes(1, trace).bytes(2, id).finish();
        [ids, start(7, T0)].concat()
    };
    let timed = |ns| {
        let ids = Message::default().bytes(1, &[1; 16]).bytes(2, &[2; 8]);
        [ids.finish(), start(7, ns)].concat()
    };
    let year = 365 * 86_400_000_000_000;
    for (what, span, code) in [
        ("sound", core(), None),
        ("no ids", start(7, T0), Some(Code::MissingField)),
        (
            "a short trace id",
            ids(&[1; 15], &[2; 8]),
            Some(Code::MissingField),
        ),
        (
            "an id of zeros",
            ids(&[1; 16], &[0; 8]),
            Some(Code::MissingField),
        ),
        ("no start", timed(0), Some(Code::InvalidTime)),
        ("long ago", timed(1), Some(Code::TimeTooOld)),
        ("next year", timed(T0 + year), Some(Code::TimeInFuture)),
        ("the end of time", timed(u64::MAX), Some(Code::TimeInFuture)),
        (
            "cut",
            [core(), vec![0x4a, 0x7f]].concat(),
            Some(Code::MalformedRow),
        ),
        (
            "another type",
            [core(), vec![0x28, 1]].concat(),
            Some(Code::MalformedRow),
        ),
        (
            "no UTF-8",
            [core(), attribute(b"\xff", b"")].concat(),
            Some(Code::InvalidUtf8),
        ),
        ("deep enough", nested(15), None),
        ("too deep", nested(16), Some(Code::NestingTooDeep)),
        (
            "deep enough to end the stack",
            nested(100_000),
            Some(Code::RowTooLarge),
        ),
        (
            "huge",
            [core(), attribute(b"k", &[0x0a, 1, b'x']).repeat(2000)].concat(),
            Some(Code::RowTooLarge),
        ),
    ] {
        assert_eq!(
            fault(&export(&span), Form::Protobuf, &limits),
            code,
            "{what}"
        );
    }
    let deep = export(&nested(20_000));
    assert_eq!(
        fault(&deep, Form::Protobuf, &Limits::default()),
        Some(Code::NestingTooDeep)
    );
}

#[test]
fn bad_spans_of_json_are_refused_one_by_one() {
    let body =
        |span: &str| format!("{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{span}]}}]}}]}}");
    let core = r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"1768478400000000000""#;
    let deep = "{\"arrayValue\":{\"values\":[".repeat(20) + &"]}}".repeat(20);
    for (rest, code) in [
        (String::new(), None),
        (r#","unknown":{"a":[1]},"kind":"SPAN_KIND_SERVER","name":null"#.into(), None),
        (r#","endTimeUnixNano":1768478400000000001"#.into(), None),
        (r#","attributes":[{"key":"a","value":{"intValue":"12"}},{"key":"b","value":{"doubleValue":"NaN"}},{"key":"c"},{}]"#.into(), None),
        (r#","kind":-1"#.into(), Some(Code::MalformedJson)),
        (r#","name":5"#.into(), Some(Code::MalformedJson)),
        (r#","parentSpanId":"xyz""#.into(), Some(Code::MalformedJson)),
        (r#","attributes":[{"key":"a","value":{"intValue":"1.5"}}]"#.into(), Some(Code::MalformedJson)),
        (format!(r#","attributes":[{{"key":"a","value":{deep}}}]"#), Some(Code::NestingTooDeep)),
    ] {
        let span = format!("{{{core}{rest}}}");
        let found = fault(body(&span).as_bytes(), Form::Json, &Limits::default());
        assert_eq!(found, code, "{rest}");
    }
    // What JSON's reader itself calls too deep spoils its own span only.
    let deepest = "{\"arrayValue\":{\"values\":[".repeat(100) + &"]}}".repeat(100);
    let two =
        format!("{{{core},\"attributes\":[{{\"key\":\"a\",\"value\":{deepest}}}]}},{{{core}}}");
    let (decoded, read) = decode_with(
        &Limits::default(),
        false,
        &[(body(&two).as_bytes(), Form::Json)],
    );
    match &read[0] {
        Ok(spans) => assert_eq!((*spans, decoded.refused.len()), (2, 1)),
        Err(reason) => assert!(reason.contains("no export"), "{reason}"),
    }
}

#[test]
fn bodies_that_are_no_export_take_nothing() {
    let limits = Limits {
        rows_max: 3,
        ..Limits::default()
    };
    let many = Message::default().bytes(2, &core()).finish().repeat(4);
    let many = Message::default().bytes(2, &many).finish();
    let many = Message::default().bytes(1, &many).finish();
    for (body, form) in [
        (&b"\x0a"[..], Form::Protobuf),
        (b"\x0a\x02\x12\x05", Form::Protobuf),
        (b"hello", Form::Protobuf),
        (&many, Form::Protobuf),
        (b"", Form::Json),
        (b"[]", Form::Json),
        (b"{\"resourceSpans\":{}}", Form::Json),
        (b"{\"resourceSpans\":[]", Form::Json),
        (b"\xff", Form::Json),
    ] {
        let (decoded, read) = decode_with(&limits, true, &[(body, form)]);
        assert!(read[0].is_err(), "{body:?}");
        assert!(decoded.spans.is_none() && decoded.refused.is_empty());
    }
    for (body, form) in [
        (&b""[..], Form::Protobuf),
        (b"{}", Form::Json),
        (b"{\"resourceSpans\":null}", Form::Json),
    ] {
        let (_, read) = decode_with(&limits, true, &[(body, form)]);
        assert_eq!(read, [Ok(0)]);
    }
}

#[test]
fn strange_keys_are_data() {
    let long = "k".repeat(100_000);
    let keys = [
        "",
        "__proto__",
        "a\"b",
        "\u{202e}evil",
        "\0",
        "a.b.c",
        long.as_str(),
    ];
    let text = Message::default().bytes(1, b"v").finish();
    let attributes: Vec<u8> = keys
        .iter()
        .flat_map(|key| attribute(key.as_bytes(), &text))
        .collect();
    let body = export(&[core(), attributes].concat());
    let decoded = decode(false, &body, Form::Protobuf);
    let rows = rows(&decoded.spans.unwrap().batch);
    let kept: serde_json::Value =
        serde_json::from_str(rows[0]["attributes"].as_str().unwrap()).unwrap();
    for key in keys {
        assert_eq!(kept[key], "v", "{key:.20}");
    }
}

#[test]
fn clocks_that_run_backwards_make_no_durations() {
    let ids = Message::default().bytes(1, &[1; 16]).bytes(2, &[2; 8]);
    let span = [ids.finish(), start(7, T0), start(8, T0 - 1)].concat();
    let decoded = decode(false, &export(&span), Form::Protobuf);
    let rows = rows(&decoded.spans.unwrap().batch);
    assert!(!rows[0].contains_key("duration_ms") && !rows[0].contains_key("end_time"));
}

#[test]
fn more_attributes_than_are_kept_are_counted() {
    let text = Message::default().bytes(1, b"v").finish();
    let attributes: Vec<u8> = (0..5_000)
        .flat_map(|n| attribute(format!("k{n}").as_bytes(), &text))
        .collect();
    let body = export(&[core(), attributes].concat());
    let decoded = decode(false, &body, Form::Protobuf);
    let rows = rows(&decoded.spans.unwrap().batch);
    assert_eq!(rows[0]["attributes_dropped"], 5_000 - 4_096);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_taken_or_refused(body in prop::collection::vec(any::<u8>(), 0..200)) {
        for form in [Form::Protobuf, Form::Json] {
            decode_with(&Limits::default(), true, &[(&body, form)]);
        }
    }

    #[test]
    fn damaged_exports_account_for_every_span(
        which in 0usize..4,
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        keeps in any::<bool>(),
    ) {
        let (_, (protobuf, json)) = all()[which];
        for (body, form) in [(protobuf, Form::Protobuf), (json, Form::Json)] {
            let mut body = body.to_vec();
            let at = place.index(body.len());
            body[at] = byte;
            let (decoded, read) = decode_with(&Limits::default(), keeps, &[(&body, form)]);
            let taken = decoded.spans.as_ref().map_or(0, |s| s.batch.num_rows());
            match &read[0] {
                Ok(spans) => prop_assert_eq!(*spans as usize, taken + decoded.refused.len()),
                Err(_) => prop_assert_eq!(taken + decoded.refused.len(), 0),
            }
            for (_, columns) in &decoded.predictions {
                prop_assert_eq!(columns.batch.num_rows(), columns.origins.len());
            }
        }
    }
}
