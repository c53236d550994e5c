use super::*;
use crate::personal::PersonalKind;
use crate::spec::{ModelSpec, parse};
use crate::{
    Admission, Admitted, Door, Format, Kind, Layouts, Limits, Request, TableLayout, base_schema,
};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Float64Type, Int64Type};
use bytes::Bytes;
use std::sync::Arc;

struct Base;

impl Layouts for Base {
    fn layout(&self, table: &TableId) -> Arc<TableLayout> {
        TableLayout::new(base_schema(table))
    }
}

fn keys() -> Keys {
    Keys::new([1; 32], [2; 32], 3)
}

fn model() -> ModelName {
    ModelName::new("m").unwrap()
}

fn admit(privacy: &Privacy, kind: Kind, format: Format, body: &[u8]) -> Admitted {
    let (limits, keys) = (Limits::default(), keys());
    let door = Door::One {
        model: model(),
        kind,
    };
    let mut admission = Admission::new(&limits, &keys, privacy, &Base, 1_767_225_600_000_000, 7);
    admission.add(&Request {
        body: Bytes::copy_from_slice(body),
        format,
        door: &door,
        mapping: None,
        trace: None,
    });
    admission.finish()
}

fn json(privacy: &Privacy, kind: Kind, body: &str) -> Admitted {
    admit(privacy, kind, Format::Ndjson, body.as_bytes())
}

fn policy(privacy: &str) -> crate::spec::PolicySpec {
    let text = format!(
        "apiVersion: candor/v1\nkind: Policy\nmetadata: {{name: p}}\nspec: {{privacy: {privacy}}}"
    );
    parse(&text).unwrap()[0].policy().unwrap().clone()
}

fn spec(text: &str) -> ModelSpec {
    ModelSpec::parse_bare_or_object(text).unwrap().1
}

fn text<'b>(batch: &'b RecordBatch, column: &str) -> &'b str {
    batch
        .column_by_name(column)
        .unwrap()
        .as_string::<i32>()
        .value(0)
}

/// All that would be written of an admission.
fn stored(admitted: &Admitted) -> String {
    let names = |p: &Part| format!("{:?}", p.columns);
    let parts = admitted.parts.iter();
    parts
        .map(|p| format!("{:?}{}", p.batch, names(p)))
        .collect()
}

const DECLARED: &str = "features:
  income: {type: number, sensitivity: personal}
  name: {type: text, sensitivity: personal}
  born: {type: time, sensitivity: personal}
  illness: {type: text, sensitivity: sensitive}
  address: {sensitivity: sensitive}
  note: {type: text, sensitivity: none}";

#[test]
fn declared_fields_are_hashed_coarsened_or_dropped() {
    let spec = spec(DECLARED);
    let privacy = Privacy::new([(model(), &spec)], &[]);
    let body = r#"{"inputs":{"income":51234.5,"name":"Ann Lee","born":"1985-07-30T12:34:56Z","illness":"flu","address":{"street":"Elm 1"},"note":"ann@example.org","age":41}}"#;
    let admitted = json(&privacy, Kind::Prediction, body);
    let batch = &admitted.parts[0].batch;
    let income = batch.column_by_name("input_income").unwrap();
    assert!((income.as_primitive::<Float64Type>().value(0) - 51_000.0).abs() < 1e-9);
    assert_eq!(text(batch, "input_name"), keys().personal("Ann Lee"));
    let age = batch.column_by_name("input_age").unwrap();
    assert_eq!(age.as_primitive::<Int64Type>().value(0), 41);
    assert_eq!(
        text(batch, "input_note"),
        "ann@example.org",
        "a person decided"
    );
    let all = stored(&admitted);
    for gone in ["Ann Lee", "flu", "Elm", "51234", "12:34"] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    assert!(!all.contains("input_illness") && !all.contains("input_address"));
}

#[test]
fn policies_say_how_and_the_strictest_holds() {
    let spec = spec(DECLARED);
    let body = r#"{"inputs":{"income":51234.5,"name":"Ann Lee","memo":"ann@example.org","x":"y"}}"#;
    for (policies, name, income, memo) in [
        (
            vec![],
            Some(keys().personal("Ann Lee")),
            Some(51_000.0),
            Some("[email]"),
        ),
        (
            vec![policy("{personal: mask, numbers: keep}")],
            Some(PERSONAL_MARK.to_owned()),
            Some(51_234.5),
            Some("[email]"),
        ),
        (
            vec![
                policy("{personal: mask}"),
                policy("{personal: drop, detect: []}"),
            ],
            None,
            None,
            Some("ann@example.org"),
        ),
        (
            vec![policy("{columns: {input_memo: drop, input_name: off}}")],
            Some("Ann Lee".to_owned()),
            Some(51_000.0),
            None,
        ),
        (
            vec![
                policy("{columns: {input_memo: off}}"),
                policy("{columns: {input_memo: mask}}"),
            ],
            Some(keys().personal("Ann Lee")),
            Some(51_000.0),
            Some(PERSONAL_MARK),
        ),
    ] {
        let privacy = Privacy::new([(model(), &spec)], &policies);
        let admitted = json(&privacy, Kind::Prediction, body);
        let batch = &admitted.parts[0].batch;
        let of = |column: &str| {
            let column = batch.column_by_name(column)?;
            Some(column.as_string::<i32>().value(0).to_owned())
        };
        assert_eq!(of("input_name"), name, "{policies:?}");
        assert_eq!(of("input_memo").as_deref(), memo, "{policies:?}");
        let number = batch.column_by_name("input_income");
        let number = number.map(|c| c.as_primitive::<Float64Type>().value(0));
        assert_eq!(
            number.map(|x| x.to_string()),
            income.map(|x: f64| x.to_string()),
            "{policies:?}"
        );
    }
}

#[test]
fn undeclared_text_is_masked_wherever_it_stands() {
    let none = Privacy::default();
    let body = r#"{"id":"bob@example.org","version":"v1","segments":{"who":"+49 30 1234567"},"inputs":{"note":"ask ann@example.org or 4111 1111 1111 1111","ann@example.org":1,"tags":["DE89370400440532013000"]},"outputs":{"text":"DE89 3704 0044 0532 0130 00"},"error":{"message":"no user ann@example.org"},"unknown":{"mail":"ann@example.org","card":4111111111111111}}"#;
    let admitted = json(&none, Kind::Prediction, body);
    let batch = &admitted.parts[0].batch;
    assert_eq!(text(batch, "input_note"), "ask [email] or [card]");
    assert_eq!(text(batch, "output_text"), "[iban]");
    assert_eq!(text(batch, "segment_who"), "[phone]");
    assert_eq!(text(batch, "error_message"), "no user [email]");
    assert_eq!(
        text(batch, "extra"),
        r#"{"unknown":{"mail":"[email]","card":"[card]"}}"#
    );
    assert_eq!(text(batch, "id"), keys().personal("bob@example.org"));
    let all = stored(&admitted);
    for gone in ["ann@", "bob@", "4111", "DE89", "+49"] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    let note = admitted.masked.iter().find(|m| m.column == "input_note");
    let kinds: Vec<_> = note.unwrap().counts.iter().collect();
    assert_eq!(kinds, [(PersonalKind::Email, 1), (PersonalKind::Card, 1)]);
    let who = admitted.masked.iter().find(|m| m.column == "segment_who");
    assert_eq!(who.unwrap().whole, 1);
}

#[test]
fn an_outcome_joins_a_prediction_whose_id_was_personal() {
    let none = Privacy::default();
    let body = r#"{"prediction_id":"bob@example.org","class":"good"}"#;
    let admitted = json(&none, Kind::Outcome, body);
    let batch = &admitted.parts[0].batch;
    assert_eq!(
        text(batch, "prediction_id"),
        keys().personal("bob@example.org")
    );
}

#[test]
fn all_formats_pass_the_same_guard() {
    let none = Privacy::default();
    let csv = b"id,input_note,comment\n1,ann@example.org,\n".to_vec();
    let note: arrow::array::ArrayRef = Arc::new(arrow::array::StringArray::from(vec![
        "ann@example.org",
        "b",
    ]));
    let batch =
        RecordBatch::try_from_iter([("input_note", note.clone()), ("ann@example.org", note)]);
    let batch = batch.unwrap();
    let mut ipc = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    ipc.write(&batch).unwrap();
    let ipc = ipc.into_inner().unwrap();
    let mut parquet =
        parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    let parquet = parquet.into_inner().unwrap();
    for (format, body) in [
        (Format::Csv, csv),
        (Format::Arrow, ipc),
        (Format::Parquet, parquet),
        (
            Format::Json,
            br#"[{"inputs":{"note":"ann@example.org"}}]"#.to_vec(),
        ),
    ] {
        let admitted = admit(&none, Kind::Prediction, format, &body);
        assert_eq!(
            text(&admitted.parts[0].batch, "input_note"),
            "[email]",
            "{format:?}"
        );
        assert!(!stored(&admitted).contains("ann@"), "{format:?}");
    }
}

#[test]
fn a_suspected_column_is_personal_until_somebody_decides() {
    let place = (
        TableId::of(&model(), Kind::Prediction),
        "input_contact".to_owned(),
    );
    let body = r#"{"inputs":{"contact":"call me"}}"#;
    let contact = |privacy: &Privacy| {
        let admitted = json(privacy, Kind::Prediction, body);
        text(&admitted.parts[0].batch, "input_contact").to_owned()
    };
    assert_eq!(contact(&Privacy::default()), "call me");
    let suspected = Privacy::default().with_suspects([place.clone()]);
    assert_eq!(contact(&suspected), keys().personal("call me"));
    let decided = Privacy::new([], &[policy("{columns: {input_contact: off}}")]);
    assert_eq!(contact(&decided.with_suspects([place])), "call me");
}

#[test]
fn what_cannot_be_masked_is_rejected_and_nothing_of_it_kept() {
    let none = Privacy::default();
    let (limits, keys) = (Limits::default(), keys());
    let mut admission = Admission::new(&limits, &keys, &none, &Base, 1_767_225_600_000_000, 7);
    let door = Door::One {
        model: model(),
        kind: Kind::Prediction,
    };
    admission.add(&Request {
        body: Bytes::from_static(br#"{"inputs":{"note":"ann@example.org"}}"#),
        format: Format::Ndjson,
        door: &door,
        mapping: None,
        trace: None,
    });
    admission.fail_masking();
    let admitted = admission.finish();
    assert_eq!(admitted.tallies[0].taken, 0);
    assert!(admitted.tallies[0].minted.is_empty());
    let rejected = &admitted.rejected[0].rejection;
    assert_eq!(rejected.fault.code, crate::Code::MaskingFailed);
    assert_eq!(rejected.raw, "");
    assert_eq!(admitted.parts.len(), 1, "only the quarantine");
    assert!(!stored(&admitted).contains("ann@"));
}

#[test]
fn what_hides_under_a_null_is_masked_too() {
    use arrow::array::StringArray;
    use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer};
    let offsets = OffsetBuffer::new(vec![0, 1, 16, 17].into());
    let bytes = Buffer::from_slice_ref(b"xann@example.orgy");
    let nulls = NullBuffer::from(vec![true, false, true]);
    let array = StringArray::new(offsets, bytes, Some(nulls));
    let seeking = Seeking::new(Kinds::DEFAULT, "note");
    let found = text::search(&array, seeking);
    let masked = text::replace(&array, &found).unwrap();
    assert_eq!(masked.value_data(), b"x[email]y");
    assert!(masked.is_null(1));
    assert_eq!(masked.value(2), "y");
    let sliced = array.slice(2, 1);
    assert!(text::search(&sliced, seeking).is_empty());
}

#[test]
fn numbers_keep_two_digits() {
    let integers: arrow::array::ArrayRef = Arc::new(arrow::array::Int64Array::from(vec![
        7,
        99,
        123,
        -987,
        84_736_251,
        i64::MIN,
        i64::MAX,
    ]));
    let coarse = coarse::integers(&integers);
    let coarse = coarse.as_primitive::<Int64Type>();
    assert_eq!(&coarse.values()[..5], [7, 99, 120, -990, 85_000_000]);
}

#[test]
fn numbers_that_are_cards_or_telephones_become_null() {
    let none = Privacy::default();
    let column = |name: &str, values: &[i64]| {
        let lines: Vec<String> = values
            .iter()
            .map(|v| format!(r#"{{"inputs":{{"{name}":{v}}}}}"#))
            .collect();
        let admitted = json(&none, Kind::Prediction, &lines.join("\n"));
        let part = &admitted.parts[0];
        let column = part.batch.column_by_name(&format!("input_{name}")).unwrap();
        let column = column.as_primitive::<Int64Type>();
        let left: Vec<Option<i64>> = column.iter().collect();
        (left, admitted.masked.len())
    };
    let (card, id, epoch) = (
        4_111_111_111_111_111,
        4_111_111_111_111_112,
        1_767_225_600_000_000,
    );
    assert_eq!(column("x", &[card, 7]), (vec![None, Some(7)], 1));
    // One that is none tells that they are counted, not issued.
    assert_eq!(column("x", &[card, id]), (vec![Some(card), Some(id)], 0));
    assert_eq!(column("x", &[epoch]), (vec![Some(epoch)], 0));
    assert_eq!(
        column("phone", &[491_701_234_567, 3]),
        (vec![None, Some(3)], 1)
    );
    assert_eq!(
        column("x", &[491_701_234_567]),
        (vec![Some(491_701_234_567)], 0)
    );
}
