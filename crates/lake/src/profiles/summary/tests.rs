use super::super::rows::stored;
use super::super::{ProfileLimits, fold};
use super::*;
use arrow::array::{Float64Array, StringArray, TimestampMicrosecondArray};
use candor_contract::ModelName;

const NOON_US: i64 = 1_767_268_800_000_000;
const MINUTE_US: i64 = 60_000_000;

fn id() -> TableId {
    TableId::Profiles(ModelName::new("m").unwrap())
}

/// Rows at minutes from noon on, each with a number and a region.
fn rows(minutes: &[i64], numbers: &[Option<f64>], regions: &[Option<&str>]) -> RecordBatch {
    let times = minutes.iter().map(|m| NOON_US + m * MINUTE_US);
    let time = TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC");
    let ids: StringArray = minutes.iter().map(|m| Some(m.to_string())).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(ids) as ArrayRef, true),
        ("time", Arc::new(time), true),
        (
            "input_x",
            Arc::new(Float64Array::from(numbers.to_vec())),
            true,
        ),
        (
            "segment_region",
            Arc::new(StringArray::from(regions.to_vec())),
            true,
        ),
    ])
    .unwrap()
}

fn told(batches: &[RecordBatch]) -> Summary {
    let always = ["input_x".to_owned(), "segment_region".to_owned()];
    summarise(
        batches,
        (&id(), Kind::Prediction),
        &always,
        (&mut Segments::default(), &ModelBins::default()),
    )
    .unwrap()
}

/// Column, grain, segment's value, minutes from noon, rows, missing.
fn lines(batches: &[RecordBatch], column: &str) -> Vec<String> {
    let mut out = Vec::new();
    for batch in batches {
        for row in stored(batch).unwrap() {
            if row.key.column.as_ref() != column {
                continue;
            }
            let profile = row.profile().unwrap();
            let value = match (&row.key.segment, &row.key.value) {
                (None, _) => "*",
                (Some(_), Some(value)) => value,
                (Some(_), None) => "-",
            };
            let minutes = (row.key.time_us - NOON_US) / MINUTE_US;
            let grain = row.key.grain;
            out.push(format!(
                "{grain} {value} {minutes} {}/{}",
                profile.nulls(),
                profile.rows()
            ));
        }
    }
    out
}

#[test]
fn each_column_has_a_profile_a_window_a_grain_and_a_value_of_a_segment() {
    let batch = rows(
        &[0, 4, 5, 70],
        &[Some(1.0), None, Some(3.0), Some(4.0)],
        &[Some("north"), Some("south"), None, Some("north")],
    );
    let summary = told(&[batch.slice(0, 2), batch.slice(2, 2)]);
    assert_eq!(
        lines(&summary.batches, "input_x"),
        [
            "5m * 0 1/2",
            "5m * 5 0/1",
            "5m * 70 0/1",
            "5m - 5 0/1",
            "5m north 0 0/1",
            "5m north 70 0/1",
            "5m south 0 1/1",
            "1h * 0 1/3",
            "1h * 60 0/1",
            "1h - 0 0/1",
            "1h north 0 0/1",
            "1h north 60 0/1",
            "1h south 0 1/1",
            "1d * -720 1/4",
            "1d - -720 0/1",
            "1d north -720 0/2",
            "1d south -720 1/1",
        ]
    );
    assert_eq!(summary.batches.len(), 1);
    assert!(lines(&summary.batches, "id").is_empty());
    assert!(!summary.coarse);
}

#[test]
fn windows_before_1970_and_over_midnight_are_whole() {
    let epoch = -NOON_US / MINUTE_US;
    let batch = rows(&[epoch - 1, 719, 720], &[Some(1.0); 3], &[None; 3]);
    let summary = told(&[batch]);
    assert_eq!(summary.batches.len(), 3);
    let all = lines(&summary.batches, "input_x");
    let first = format!("5m * {} 0/1", epoch - 5);
    assert!(
        all.contains(&first) && all.contains(&"1d * -720 0/1".to_owned()),
        "{all:?}"
    );
}

#[test]
fn values_beyond_the_limit_are_counted_as_other() {
    let names: Vec<String> = (0..40).map(|i| format!("v{i:02}")).collect();
    let regions: Vec<Option<&str>> = names.iter().map(|n| Some(n.as_str())).collect();
    let summary = told(&[rows(&[0; 40], &[Some(1.0); 40], &regions)]);
    let kept = ProfileLimits::SEGMENT_VALUES;
    assert_eq!(summary.other_rows, 40 - kept as u64);
    let other = format!("5m other 0 0/{}", 40 - kept);
    assert!(lines(&summary.batches, "input_x").contains(&other));
}

#[test]
fn history_sent_in_bulk_has_segments_by_the_hour() {
    let minutes: Vec<i64> = (0..200).collect();
    let summary = told(&[rows(&minutes, &[Some(1.0); 200], &[Some("north"); 200])]);
    let all = lines(&summary.batches, "input_x");
    assert!(summary.coarse);
    assert!(
        !all.iter().any(|line| line.starts_with("5m north")),
        "{all:?}"
    );
    assert!(all.contains(&"1h north 0 0/60".to_owned()) && all.contains(&"5m * 0 0/5".to_owned()));
}

#[test]
fn a_month_sent_at_once_keeps_its_hours() {
    let hours = 30 * 24_i64;
    let minutes: Vec<i64> = (0..hours * 12).map(|five| 5 * five).collect();
    let n = minutes.len();
    let one = rows(&minutes, &vec![Some(1.0); n], &vec![None; n]);
    let mut columns = one.columns().to_vec();
    let mut fields = one.schema().fields().to_vec();
    for at in 0..40 {
        fields.push(Arc::new(
            fields[2].as_ref().clone().with_name(format!("input_{at}")),
        ));
        columns.push(Arc::clone(&columns[2]));
    }
    let schema = Arc::new(arrow::datatypes::Schema::new(fields));
    let wide = RecordBatch::try_new(schema, columns).unwrap();
    let all = lines(&told(&[wide]).batches, "input_39");
    let of = |grain: &str| {
        all.iter()
            .filter(|l| l.starts_with(&format!("{grain} *")))
            .count()
    };
    assert_eq!((of("5m"), of("1h"), of("1d")), (0, 720, 31));
}

#[test]
fn a_column_that_nobody_fills_is_left_out_unless_a_sender_chose_it() {
    let batch = rows(&[0, 1], &[None, None], &[None, None]);
    let of = |always: &[String]| {
        let mut segments = Segments::default();
        summarise(
            std::slice::from_ref(&batch),
            (&id(), Kind::Prediction),
            always,
            (&mut segments, &ModelBins::default()),
        )
        .unwrap()
    };
    assert!(of(&[]).batches.is_empty());
    let summary = of(&["input_x".to_owned()]);
    assert_eq!(lines(&summary.batches, "input_x")[0], "5m * 0 2/2");
}

#[test]
fn folding_parts_gives_the_profiles_of_the_whole() {
    let minutes: Vec<i64> = (0..3000).map(|i| i % 50).collect();
    let numbers: Vec<_> = (0..3000).map(|i| Some(f64::from(i * 37 % 1009))).collect();
    let regions: Vec<_> = (0..3000).map(|i| Some(["a", "b", "c"][i % 3])).collect();
    let batch = rows(&minutes, &numbers, &regions);
    let whole = told(std::slice::from_ref(&batch)).batches;
    let parts: Vec<RecordBatch> = [(0, 700), (700, 1300), (2000, 1000)]
        .iter()
        .flat_map(|(from, rows)| told(&[batch.slice(*from, *rows)]).batches)
        .collect();
    let folded = fold(&parts, &id()).unwrap();
    assert_eq!(folded.len(), 1);
    for column in ["input_x", "segment_region"] {
        assert_eq!(lines(&folded, column), lines(&whole, column), "{column}");
    }
}
