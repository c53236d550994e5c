//! Estimated and realised performance of every task.

use super::*;
use crate::window::DAY_US;
use arrow::array::TimestampMicrosecondArray;
use candor_contract::spec::Task;

const WEEK: i64 = 7;

fn of_task(task: Task) -> ModelSpec {
    ModelSpec {
        task: Some(task),
        ..ModelSpec::default()
    }
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn words(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// Times of rows that are spread over so many days.
fn times(rows: usize, days: i64) -> ArrayRef {
    let at = (0..rows as i64).map(|row| row * days * DAY_US / rows as i64);
    Arc::new(TimestampMicrosecondArray::from_iter_values(at))
}

/// Minutes until a delivery, predicted and seen; errors grow with the distance, and are `size` times as large as usual.
fn deliveries(rows: usize, days: i64, seed: u64, size: f64) -> RecordBatch {
    let mut luck = units(seed).skip(10);
    let (mut distance, mut vehicle) = (Vec::new(), Vec::new());
    let (mut predicted, mut seen) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let mut draw = || luck.next().unwrap_or_default();
        let far = 1.0 + 9.0 * draw();
        let about_normal = (0..12).map(|_| draw()).sum::<f64>() - 6.0;
        vehicle.push(["bike", "car"][usize::from(draw() < 0.4)]);
        predicted.push(10.0 + 3.0 * far);
        seen.push(10.0 + 3.0 * far + size * 0.3 * far * about_normal);
        distance.push(far);
    }
    RecordBatch::try_from_iter([
        ("time", times(rows, days)),
        ("input_distance", floats(&distance)),
        ("input_vehicle", words(&vehicle)),
        ("output_value", floats(&predicted)),
        ("outcome_value", floats(&seen)),
    ])
    .unwrap()
}

#[test]
fn errors_are_off_when_they_grew_though_inputs_look_the_same() {
    let spec = of_task(Task::Regression);
    let reference = deliveries(5_600, WEEK, 1, 1.0);
    for (what, rows, size, wanted) in [
        ("as before", 800, 1.0, Standing::Ok),
        ("a little larger", 800, 1.05, Standing::Ok),
        ("larger", 800, 2.0, Standing::Off),
        ("smaller", 800, 0.4, Standing::Off),
        ("too few", 60, 2.0, Standing::Unknown),
    ] {
        let current = deliveries(rows, 1, 2, size);
        let told = compare_performance(DAY, &spec, &reference, &current);
        assert_eq!(told.state, wanted, "{what}: {}", told.sentence);
        if wanted != Standing::Unknown {
            let figures: Vec<&str> = told.checks.iter().map(|c| c.figure.as_str()).collect();
            assert_eq!(figures, ["mae", "rmse", "relation"], "{what}");
            assert_eq!((told.figures, told.n), (3, rows as u64), "{what}");
        }
    }
}

#[test]
fn what_is_said_of_errors() {
    let spec = of_task(Task::Regression);
    let reference = deliveries(5_600, WEEK, 1, 1.0);
    let said = |current: &RecordBatch| {
        let told = compare_performance(DAY, &spec, &reference, current);
        told.sentence.replace(". ", ".\n")
    };
    insta::assert_snapshot!(said(&deliveries(800, 1, 2, 1.0)), @r"
    The mean absolute error was 1.34; 1.34 was estimated, which allows 1.2 to 1.48.
    The root mean squared error was 1.82; 1.86 was estimated, which allows 1.66 to 2.05.
    Errors follow inputs and prediction as in the reference (p = 1).
    ");
    insta::assert_snapshot!(said(&deliveries(800, 1, 2, 2.0)), @r"
    The mean absolute error was 2.67; 1.34 was estimated, which allows 1.12 to 1.56.
    The root mean squared error was 3.63; 1.86 was estimated, which allows 1.26 to 2.31.
    Errors no longer follow inputs and prediction as in the reference (p = 1.07e-5).
    ");
    // Far orders only: their errors are larger, and were expected to be.
    let all = deliveries(4_000, 1, 3, 1.0);
    let far = crate::outcomes::numbers(&all, "input_distance").unwrap();
    let far = crate::answers::only(&all, |row| far[row] > 7.0).unwrap();
    insta::assert_snapshot!(said(&far), @r"
    The mean absolute error was 2; 2.07 was estimated, which allows 1.93 to 2.23.
    The root mean squared error was 2.51; 2.6 was estimated, which allows 2.44 to 2.75.
    Errors follow inputs and prediction as in the reference (p = 0.442).
    ");
    insta::assert_snapshot!(said(&reference.project(&[0, 1, 2, 3]).unwrap()), @"Rows have no predicted value, or outcomes no value.");
    let short = deliveries(2_400, 3, 1, 1.0);
    let told = compare_performance(DAY, &spec, &short, &deliveries(800, 1, 2, 1.0));
    insta::assert_snapshot!(told.sentence, @"The reference has fewer than 5 windows as long as this one with outcomes, so it is not known how windows differ.");
}

/// Tickets of three kinds with a score for each, whose kind comes true with the probabilities that `truth` makes of the
/// scores. The model names no kind where `named` is not set.
fn tickets(
    (rows, days): (usize, i64),
    seed: u64,
    named: bool,
    truth: fn([f64; 3]) -> [f64; 3],
) -> RecordBatch {
    const KINDS: [&str; 3] = ["billing", "outage", "very rare"];
    let mut luck = units(seed).skip(10);
    let mut scores: [Vec<f64>; 3] = Default::default();
    let (mut chosen, mut came) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let mut draw = || luck.next().unwrap_or_default();
        let odds = [draw().powi(3), draw().powi(3), 0.02 * draw()];
        let sum: f64 = odds.iter().sum();
        let p = odds.map(|x| x / sum);
        for (own, p) in scores.iter_mut().zip(p) {
            own.push(p);
        }
        let best = (0..3).max_by(|a, b| p[*a].total_cmp(&p[*b])).unwrap();
        chosen.push(named.then_some(KINDS[best]));
        let (luck, p) = (draw(), truth(p));
        let at = usize::from(luck >= p[0]) + usize::from(luck >= p[0] + p[1]);
        came.push(KINDS[at]);
    }
    let chosen: ArrayRef = Arc::new(StringArray::from(chosen));
    RecordBatch::try_from_iter_with_nullable([
        ("time", times(rows, days), true),
        ("output_class", chosen, true),
        ("output_scores_billing", floats(&scores[0]), true),
        ("output_scores_outage", floats(&scores[1]), true),
        ("output_scores_very rare", floats(&scores[2]), true),
        ("outcome_class", words(&came), true),
    ])
    .unwrap()
}

#[test]
fn several_classes_are_off_when_scores_mean_something_else() {
    let spec = of_task(Task::Multiclass);
    let reference = tickets((7_000, WEEK), 1, true, |p| p);
    type Case = (&'static str, bool, fn([f64; 3]) -> [f64; 3], Standing);
    let cases: [Case; 4] = [
        ("as before", true, |p| p, Standing::Ok),
        ("as before, no class named", false, |p| p, Standing::Ok),
        (
            "two change places",
            true,
            |[a, b, c]| [b, a, c],
            Standing::Off,
        ),
        (
            "scores say nothing",
            false,
            |_| [1.0 / 3.0; 3],
            Standing::Off,
        ),
    ];
    for (what, named, truth, wanted) in cases {
        let current = tickets((2_000, 1), 2, named, truth);
        let told = compare_performance(DAY, &spec, &reference, &current);
        assert_eq!(told.state, wanted, "{what}: {}", told.sentence);
        let figures: Vec<&str> = told.checks.iter().map(|c| c.figure.as_str()).collect();
        assert_eq!(figures, ["roc_auc_macro", "accuracy", "relation"], "{what}");
        assert_eq!(told.n, 2_000, "{what}");
    }
}

#[test]
fn what_is_said_of_several_classes() {
    let spec = of_task(Task::Multiclass);
    let reference = tickets((7_000, WEEK), 1, true, |p| p);
    let said = |reference: &RecordBatch, current: &RecordBatch| {
        let told = compare_performance(DAY, &spec, reference, current);
        told.sentence.replace(". ", ".\n")
    };
    let day = tickets((2_000, 1), 2, true, |p| p);
    insta::assert_snapshot!(said(&reference, &day), @r"
    The mean ROC AUC of the classes was 0.902; 0.904 was estimated, which allows 0.875 to 0.933.
    The accuracy was 0.797; 0.791 was estimated, which allows 0.76 to 0.822.
    Outcomes agree with the calibrated scores of all classes (p = 1).
    ");
    let rare = tickets((2_000, 1), 2, true, |[a, b, c]| {
        [0.8 * a, 0.8 * b, 0.2 + 0.8 * c]
    });
    insta::assert_snapshot!(said(&reference, &rare), @r"
    The mean ROC AUC of the classes was 0.755; 0.904 was estimated, which allows 0.875 to 0.933.
    The accuracy was 0.63; 0.791 was estimated, which allows 0.76 to 0.822.
    Outcomes no longer agree with the calibrated scores, least of all with those of very rare (p = 4.55e-102).
    ");
    // Without scores by class, and with outcomes of a class that has none.
    insta::assert_snapshot!(said(&reference.project(&[0, 1, 5]).unwrap(), &day), @"Predictions of the reference have no scores by class (`outputs.scores`), from which performance of several classes is estimated.");
    insta::assert_snapshot!(said(&reference.project(&[0, 1, 2, 3, 5]).unwrap(), &day), @"Outcomes have the class very rare, for which predictions of the reference have no score.");
}
