use super::*;
use crate::wire::arrow_stream;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, TimestampMicrosecondType};

const FROM: i64 = 1_767_225_600_000_000;

fn traffic(seed: u64) -> Traffic {
    Traffic::new(seed, FROM, 20_000)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch.column_by_name(name).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = |seed, day| {
        let day = traffic(seed).day(day).unwrap();
        [day.predictions, day.outcomes, day.feedback].map(|b| arrow_stream(&b).unwrap())
    };
    assert_eq!(bytes(7, 3), bytes(7, 3));
    assert_ne!(bytes(7, 3), bytes(8, 3));
    assert_ne!(bytes(7, 3), bytes(7, 4));
}

#[test]
fn a_month_has_about_as_many_rows_as_asked_for() {
    let traffic = traffic(1);
    let (mut predictions, mut outcomes, mut feedback) = (0, 0, 0);
    for day in 0..DAYS {
        let day = traffic.day(day).unwrap();
        predictions += day.predictions.num_rows();
        outcomes += day.outcomes.num_rows();
        feedback += day.feedback.num_rows();
    }
    let all = predictions + outcomes + feedback;
    assert!(
        (19_000..21_000).contains(&all),
        "{predictions} {outcomes} {feedback}"
    );
    assert!(
        outcomes * 10 > predictions * 5 && outcomes * 10 < predictions * 7,
        "{outcomes}"
    );
}

#[test]
fn days_hold_their_own_predictions_and_outcomes_come_late() {
    let traffic = traffic(2);
    let day = traffic.day(4).unwrap();
    let start = FROM + 4 * DAY_US;
    let times = column(&day.predictions, "time").as_primitive::<TimestampMicrosecondType>();
    assert!(
        times
            .values()
            .iter()
            .all(|t| (start..start + DAY_US).contains(t))
    );
    let outcomes = column(&day.outcomes, "time").as_primitive::<TimestampMicrosecondType>();
    assert!(
        outcomes
            .values()
            .iter()
            .all(|t| (start + 5 * DAY_US..traffic.to_us()).contains(t))
    );
    let late = traffic.day(29).unwrap();
    assert_eq!(late.outcomes.num_rows(), 0);
    assert!(late.due.iter().all(|due| due.time_us >= traffic.to_us()));
}

#[test]
fn scores_tell_defaults_apart_and_some_requests_fail() {
    let traffic = traffic(3);
    let (mut by_class, mut failed, mut rows) = ([(0.0, 0.0); 2], 0, 0);
    for day in 0..10 {
        let day = traffic.day(day).unwrap();
        let ids = column(&day.predictions, "id").as_string::<i32>();
        let scores = column(&day.predictions, "output_score").as_primitive::<Float64Type>();
        failed += scores.null_count();
        rows += scores.len();
        let by_id: std::collections::HashMap<&str, f64> = ids
            .iter()
            .flatten()
            .zip(scores.iter().map(Option::unwrap_or_default))
            .collect();
        let truth = column(&day.outcomes, "class").as_string::<i32>();
        for (id, class) in column(&day.outcomes, "prediction_id")
            .as_string::<i32>()
            .iter()
            .zip(truth)
        {
            let sums = &mut by_class[usize::from(class == Some("1"))];
            *sums = (sums.0 + by_id[id.unwrap()], sums.1 + 1.0);
        }
    }
    let [good, bad] = by_class.map(|(sum, n)| sum / n);
    assert!(bad > good + 0.1, "{bad} {good}");
    assert!(
        failed * 1000 > rows * 3 && failed * 1000 < rows * 20,
        "{failed} of {rows}"
    );
}

#[test]
fn ids_are_version_7_uuids_of_their_time() {
    let mut id = String::new();
    uuid(&mut Random::new(1, 1), FROM, &mut id);
    let millis = u64::from_str_radix(&id[..13].replace('-', ""), 16).unwrap();
    assert_eq!(millis, u64::try_from(FROM / 1000).unwrap());
    assert_eq!((id.len(), &id[14..15]), (36, "7"));
    assert!(matches!(&id[19..20], "8" | "9" | "a" | "b"));
}
