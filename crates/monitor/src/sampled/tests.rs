use super::*;
use crate::answers::only;
use crate::outcomes::numbers;
use crate::window::DAY_US;
use arrow::array::{ArrayRef, Float64Array, StringArray, TimestampMicrosecondArray};
use candor_contract::spec::{Task, Word};
use std::sync::Arc;

/// Numbers in [0, 1) that look drawn.
struct Draws(u64);

impl Draws {
    fn unit(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .unwrap()
}

fn floats(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

fn times(day: i64, n: usize) -> ArrayRef {
    let at = (0..n).map(|i| day * DAY_US + i as i64);
    Arc::new(TimestampMicrosecondArray::from_iter_values(at))
}

fn window(day: i64) -> Window {
    Window::around(day * DAY_US, DAY_US)
}

fn together(measures: &[(Measure, &str)]) -> Together {
    let monitors = measures.iter().map(|(measure, metric)| MonitorSpec {
        metric: (!metric.is_empty()).then(|| (*metric).to_owned()),
        ..MonitorSpec::of("m", *measure)
    });
    Together::new(&monitors.collect::<Vec<_>>())
}

fn value(told: &[Joined], measure: Measure) -> f64 {
    let own = told.iter().find(|j| j.measure == measure).unwrap();
    own.figure
        .value
        .unwrap_or_else(|| panic!("{:?}", own.figure))
}

/// Two inputs that go together, or against each other, and a word; each by itself is the same.
fn inputs(day: i64, n: usize, with: f64, seed: u64) -> RecordBatch {
    let mut draws = Draws(seed);
    let (mut a, mut b, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let x = draws.normal();
        a.push(x);
        b.push(with * x + 0.3 * draws.normal());
        words.push(["red", "green"][usize::from(draws.unit() < 0.5)]);
    }
    let words: ArrayRef = Arc::new(StringArray::from(words));
    batch(vec![
        ("time", times(day, n)),
        ("input_a", floats(a)),
        ("input_b", floats(b)),
        ("input_word", words),
    ])
}

#[test]
fn inputs_that_do_not_go_together_any_more_are_told_though_each_is_as_it_was() {
    let wanted = together(&[(Measure::Reconstruction, ""), (Measure::DomainAuc, "")]);
    assert_eq!(
        wanted.lengths_us().iter().copied().collect::<Vec<_>>(),
        [DAY_US]
    );
    assert!(!wanted.needs_outcomes());
    let spec = ModelSpec::default();
    let taught = Taught::by(&wanted, &spec, &inputs(0, 4_000, 1.0, 1), None);
    let same = taught.figures(window(9), &inputs(9, 3_000, 1.0, 2), true);
    let other = taught.figures(window(9), &inputs(9, 3_000, -1.0, 3), true);
    assert_eq!(same.len(), 2);
    let error = |told: &[Joined]| value(told, Measure::Reconstruction);
    assert!(error(&other) > 1.3 * error(&same), "{other:?} {same:?}");
    let auc = |told: &[Joined]| value(told, Measure::DomainAuc);
    assert!((auc(&same) - 0.5).abs() < 0.05, "{same:?}");
    assert!(auc(&other) > 0.8, "{other:?}");
    // The reference is not told from itself.
    let own = taught.figures(window(0), &inputs(0, 4_000, 1.0, 1), true);
    let own = own
        .iter()
        .find(|j| j.measure == Measure::DomainAuc)
        .unwrap();
    assert_eq!(own.figure.value, None, "{own:?}");
    let few = taught.figures(window(9), &inputs(9, 99, 1.0, 2), true);
    assert!(few.iter().all(|j| j.figure.value.is_none()), "{few:?}");
}

/// Scores that are probabilities, spread by `sharp` around one half.
fn scored(n: usize, sharp: f64, seed: u64) -> RecordBatch {
    let mut draws = Draws(seed);
    let mut scores = Vec::new();
    let mut outcomes = Vec::new();
    for _ in 0..n {
        let score = 0.5 + sharp * (draws.unit() - 0.5);
        scores.push(score);
        outcomes.push(if draws.unit() < score { "1" } else { "0" });
    }
    let outcomes: ArrayRef = Arc::new(StringArray::from(outcomes));
    batch(vec![
        ("time", times(0, n)),
        ("output_score", floats(scores)),
        ("outcome_class", outcomes),
    ])
}

#[test]
fn scores_that_tell_less_promise_less() {
    let metrics = ["roc_auc", "accuracy", "log_loss"];
    let wanted = together(&metrics.map(|m| (Measure::EstimatedPerformance, m)));
    let spec = ModelSpec {
        task: Some(Task::Binary),
        positive_class: Some(Word("1".into())),
        ..ModelSpec::default()
    };
    let rows = scored(6_000, 1.0, 1);
    let taught = Taught::by(&wanted, &spec, &rows, Some(&rows));
    let told = |rows: &RecordBatch| -> Vec<(String, f64)> {
        let told = taught.figures(window(9), rows, true).into_iter();
        told.map(|j| (j.metric.unwrap(), j.figure.value.unwrap()))
            .collect()
    };
    let (sharp, dull) = (told(&scored(3_000, 1.0, 2)), told(&scored(3_000, 0.2, 3)));
    let names: Vec<&str> = sharp.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["accuracy", "roc_auc"],
        "the other cannot be estimated"
    );
    // Uniform scores: accuracy 3/4, area 5/6.
    assert!((sharp[0].1 - 0.75).abs() < 0.02, "{sharp:?}");
    assert!((sharp[1].1 - 5.0 / 6.0).abs() < 0.02, "{sharp:?}");
    assert!((dull[0].1 - 0.55).abs() < 0.02, "{dull:?}");
    // Before outcomes had come, nothing was promised; nor is it without them.
    assert!(taught.figures(window(9), &rows, false).is_empty());
    let untaught = Taught::by(&wanted, &spec, &rows, None);
    assert!(untaught.figures(window(9), &rows, true).is_empty());
}

/// Numbers whose error is as large as an input.
fn valued(n: usize, least: f64, seed: u64) -> RecordBatch {
    let mut draws = Draws(seed);
    let (mut inputs, mut values, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let noise = least + draws.unit();
        let value = 10.0 * draws.unit();
        inputs.push(noise);
        values.push(value);
        outcomes.push(value + if draws.unit() < 0.5 { noise } else { -noise });
    }
    batch(vec![
        ("time", times(0, n)),
        ("input_noise", floats(inputs)),
        ("output_value", floats(values)),
        ("outcome_value", floats(outcomes)),
    ])
}

#[test]
fn errors_are_expected_where_they_were_before() {
    let wanted = together(&[(Measure::EstimatedPerformance, "mae")]);
    let spec = ModelSpec {
        task: Some(Task::Regression),
        ..ModelSpec::default()
    };
    let rows = valued(6_000, 0.0, 1);
    let taught = Taught::by(&wanted, &spec, &rows, Some(&rows));
    let mae = |rows: &RecordBatch| {
        let told = taught.figures(window(9), rows, true);
        value(&told, Measure::EstimatedPerformance)
    };
    assert!((mae(&valued(3_000, 0.0, 2)) - 0.5).abs() < 0.03);
    // The upper half only.
    let upper = valued(6_000, 0.0, 3);
    let noise = numbers(&upper, "input_noise").unwrap();
    let upper = only(&upper, |row| noise[row] > 0.5).unwrap();
    assert!((mae(&upper) - 0.75).abs() < 0.03);
}
