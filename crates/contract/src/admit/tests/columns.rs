//! Bodies of columns: what is cast, what is checked, and what memory they may hold.

use super::*;

#[test]
fn arrow_columns_are_cast_checked_and_filtered() {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("subject", DataType::Utf8, true),
        Field::new("input_x", DataType::Float64, true),
        Field::new("output_score", DataType::Utf8, true),
        Field::new("time", DataType::Utf8, true),
        Field::new("odd", DataType::Utf8, true),
    ]);
    let batch = RecordBatch::try_new(
        Arc::new(schema),
        vec![
            Arc::new(StringArray::from(vec![Some("a"), None, Some("c")])),
            Arc::new(StringArray::from(vec![Some("ann"), None, None])),
            Arc::new(Float64Array::from(vec![Some(1.0), None, Some(3.0)])),
            Arc::new(StringArray::from(vec![None, Some("high"), None])),
            Arc::new(StringArray::from(vec![
                Some("2026-01-01"),
                None,
                Some("bad"),
            ])),
            Arc::new(StringArray::from(vec![Some("kept"), None, None])),
        ],
    )
    .unwrap();
    let body = arrow_bytes(&batch);
    let admitted = admit_with(&Base, &loan(Kind::Prediction), Format::Arrow, &body);
    assert_eq!(
        codes(&admitted),
        [(1, "type_mismatch"), (2, "invalid_time")]
    );
    let part = &admitted.parts[0];
    assert_eq!(part.batch.num_rows(), 1);
    assert_eq!(
        part.batch
            .column_by_name("extra")
            .unwrap()
            .as_string::<i32>()
            .value(0),
        r#"{"odd":"kept"}"#
    );
    assert!(
        part.batch
            .column_by_name("subject")
            .unwrap()
            .as_string::<i32>()
            .value(0)
            .starts_with("sub_")
    );
    assert_eq!(part.origins, [Origin { request: 0, row: 0 }]);
    for cut in [0, 10, body.len() / 2, body.len() - 9] {
        let admitted = admit_with(&Base, &loan(Kind::Prediction), Format::Arrow, &body[..cut]);
        assert!(
            admitted.tallies[0].unreadable.is_some() || admitted.tallies[0].taken <= 1,
            "{cut}"
        );
    }
}

#[test]
fn a_small_body_cannot_claim_all_memory() {
    let limits = Limits {
        batch_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let column = |array: ArrayRef| RecordBatch::try_from_iter([("input_a", array)]).unwrap();
    let zeros = column(Arc::new(Float64Array::from(vec![0.0; 1 << 20])));
    let nulls = column(Arc::new(arrow::array::NullArray::new(1 << 21)));
    let packed = |batch: &RecordBatch| {
        let options = arrow_ipc::writer::IpcWriteOptions::default()
            .try_with_compression(Some(arrow_ipc::CompressionType::ZSTD))
            .unwrap();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new_with_options(
            Vec::new(),
            &batch.schema(),
            options,
        )
        .unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    };
    let parquet = |batch: &RecordBatch| {
        let mut writer =
            parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    };
    let gibibytes = [&[0xff; 4][..], &[0xff, 0xff, 0xff, 0x7f]].concat();
    for (format, body, told) in [
        (Format::Arrow, packed(&zeros), "unpacks to more than"),
        (Format::Arrow, arrow_bytes(&nulls), "claims 2097152 rows"),
        (Format::Parquet, parquet(&nulls), "claims 2097152 rows"),
        (Format::Arrow, gibibytes, "Unexpected End of Stream"),
        (Format::Arrow, Vec::new(), "it has no schema"),
    ] {
        assert!(body.len() < 1 << 20);
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
        let reason = admission.finish().tallies[0].unreadable.clone();
        assert!(
            reason.as_ref().is_some_and(|r| r.contains(told)),
            "{told}: {reason:?}"
        );
    }
}

#[test]
fn rows_let_go_of_a_body_they_are_a_small_part_of() {
    let long = "x".repeat(100_000);
    let texts = |text: &str| Arc::new(StringArray::from(vec![text; 8])) as ArrayRef;
    for (subject, kept) in [("ann", true), (long.as_str(), false)] {
        let batch = RecordBatch::try_from_iter([
            (
                "input_a",
                Arc::new(Float64Array::from(vec![1.0; 8])) as ArrayRef,
            ),
            ("subject", texts(subject)),
            ("input_b", texts(&"b".repeat(400))),
        ])
        .unwrap();
        let body = arrow_bytes(&batch);
        let admitted = admit_with(&Base, &loan(Kind::Prediction), Format::Arrow, &body);
        let column = admitted.parts[0].batch.column_by_name("input_b").unwrap();
        let capacity = column.as_string::<i32>().values().capacity();
        assert_eq!(
            capacity >= body.len() / 2,
            kept,
            "{capacity} of {}",
            body.len()
        );
    }
}

#[test]
fn a_file_cannot_bring_more_columns_than_a_table_may_have() {
    let numbers = Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let wide = |n: usize| (0..n).map(|i| (format!("input_{i}"), numbers.clone()));
    for (columns, refused) in [(1_000, false), (5_000, true)] {
        let body = arrow_bytes(&RecordBatch::try_from_iter(wide(columns)).unwrap());
        let admitted = admit_with(&Base, &loan(Kind::Prediction), Format::Arrow, &body);
        let reason = admitted.tallies[0].unreadable.as_deref();
        let told = refused.then_some("the table would have more than 4096 columns");
        assert_eq!(reason, told);
        assert_eq!(admitted.parts.is_empty(), refused);
    }
}
