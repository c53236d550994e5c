use super::super::rows::batch;
use super::*;
use crate::store::tests::Place;
use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::{Float64Type, Int64Type};
use candor_stats::{Column, ValueType};
use parquet::arrow::ArrowWriter;
use std::sync::Arc;

const DAY_US: i64 = 86_400_000_000;

fn id() -> TableId {
    TableId::Profiles(ModelName::new("m").unwrap())
}

fn query(days: i64) -> ProfileQuery {
    ProfileQuery {
        model: ModelName::new("m").unwrap(),
        kind: Kind::Prediction,
        grain: Grain::FiveMinutes,
        from_us: 0,
        to_us: days * DAY_US,
        column: None,
        segment: None,
        limit: 1_000_000,
    }
}

fn profile(values: Vec<f64>) -> Profile {
    let array: ArrayRef = Arc::new(Float64Array::from(values));
    let found = Column::new(&array).unwrap().profile(None);
    found.unwrap().unwrap()
}

/// A file with the profiles of a day: some columns, by windows of five minutes and an hour. `root` is
/// the lake's.
fn file(
    root: &std::path::Path,
    (day, name): (i64, &str),
    columns: usize,
    values: &[f64],
) -> FileEntry {
    let profile = profile(values.to_vec());
    let mut rows = Vec::new();
    for column in 0..columns {
        for grain in [Grain::FiveMinutes, Grain::Hour] {
            for window in 0..DAY_US / grain.length_us() {
                let key = Key {
                    column: Arc::from(format!("input_{column:02}")),
                    kind: Kind::Prediction,
                    ty: ValueType::Number,
                    grain,
                    segment: None,
                    value: None,
                    time_us: day * DAY_US + window * grain.length_us(),
                };
                rows.push(Row::new(key, &profile).unwrap());
            }
        }
    }
    let batch = batch(&rows, &id()).unwrap();
    let path = format!("{day}-{name}.parquet");
    let full = root.join(id().path()).join(&path);
    std::fs::create_dir_all(full.parent().unwrap()).unwrap();
    let out = std::fs::File::create(&full).unwrap();
    let mut writer = ArrowWriter::try_new(out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    FileEntry {
        path,
        bytes: std::fs::metadata(full).unwrap().len(),
        rows: batch.num_rows() as u64,
        day: i32::try_from(day).ok(),
        time_min_us: Some(day * DAY_US),
        time_max_us: Some((day + 1) * DAY_US - 1),
    }
}

#[tokio::test]
async fn figures_are_those_of_the_profiles_merged_or_not() {
    for place in Place::each() {
        figures_and_profiles_agree(&place).await;
    }
}

async fn figures_and_profiles_agree(place: &Place) {
    let (store, root) = (place.open().await, place.files());
    let files = [
        file(&root, (0, "a"), 2, &[1.0, 5.0]),
        file(&root, (1, "a"), 2, &[1.0, 5.0]),
        file(&root, (1, "b"), 2, &[9.0]),
    ];
    let query = ProfileQuery {
        column: Some("input_01".to_owned()),
        ..query(2)
    };
    let profiles = read(&store, &files, &query).await.unwrap();
    assert_eq!(profiles.len(), 2 * 288);
    let figures = figures(&store, &files, &query).await.unwrap();
    let mut plain = Vec::new();
    for batch in &figures {
        let rows = batch
            .column_by_name("rows")
            .unwrap()
            .as_primitive::<Int64Type>();
        let mean = batch
            .column_by_name("mean")
            .unwrap()
            .as_primitive::<Float64Type>();
        plain.extend(
            rows.values()
                .iter()
                .copied()
                .zip(mean.values().iter().copied()),
        );
    }
    let whole = profiles.iter().map(|w| w.profile.figures());
    let whole: Vec<_> = whole.map(|f| (f.rows as i64, f.mean.unwrap())).collect();
    assert_eq!(plain, whole);
    assert_eq!((whole[0], whole[288]), ((2, 3.0), (3, 5.0)));
    let few = ProfileQuery { limit: 9, ..query };
    assert!(matches!(
        read(&store, &files, &few).await,
        Err(Error::TooMany { .. })
    ));
}

/// Not a test: prints what reading thirty days of twenty columns costs.
/// `cargo test --release -p candor-lake speed_of_reading -- --ignored --nocapture`
#[tokio::test]
#[ignore = "prints figures"]
#[allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "prints figures"
)]
async fn speed_of_reading_thirty_days() {
    use std::time::Instant;
    let dir = tempfile::tempdir().unwrap();
    let store = Store::folder(dir.path()).unwrap();
    let values: Vec<f64> = (0..100).map(f64::from).collect();
    let files: Vec<_> = (0..30)
        .map(|day| file(dir.path(), (day, "a"), 20, &values))
        .collect();
    for _ in 0..3 {
        let started = Instant::now();
        let batches = figures(&store, &files, &query(30)).await.unwrap();
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        println!("{rows} profiles' figures: {:?}", started.elapsed());
    }
}
