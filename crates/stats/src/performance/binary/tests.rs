#![allow(clippy::float_cmp, reason = "values that are exact")]

use super::super::metric::figure;
use super::*;
use crate::random::Random;
use proptest::prelude::*;

/// Rows of two classes: the higher `gap`, the better the scores tell them apart.
fn drawn(seed: u64, rows: usize, rate: f64, gap: f64) -> (Vec<Option<bool>>, Vec<f64>) {
    let mut random = Random::new(seed, 0);
    let row = |_| {
        let label = random.unit() < rate;
        // Sum of three uniforms: bell-shaped and quick.
        let noise = random.unit() + random.unit() + random.unit();
        (Some(label), (noise + gap * f64::from(label)) / (3.0 + gap))
    };
    (0..rows).map(row).unzip()
}

fn of(labels: &[Option<bool>], scores: &[f64]) -> Vec<Measured> {
    let rows = BinaryRows {
        labels,
        scores: Some(scores),
        ..BinaryRows::default()
    };
    Binary::new(&rows, &BinaryOptions::default()).figures()
}

fn value(measured: &[Measured], name: &str) -> f64 {
    figure(measured, name)
        .and_then(|f| f.value)
        .unwrap_or(f64::NAN)
}

#[test]
fn every_metric_holds_on_awkward_rows() {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1e300,
        0.5,
        0.5,
    ];
    let labels = [Some(true), Some(false), None, Some(true)];
    for n in 0..=odd.len() {
        for m in 0..=8 {
            let labels: Vec<_> = labels.iter().cycle().take(m).copied().collect();
            for measured in of(&labels, &odd[..n]) {
                let f = &measured.figure;
                assert_eq!(f.value.is_some(), f.is_ok(), "{measured:?}");
                let ends = [f.low, f.value, f.high].into_iter().flatten();
                assert!(ends.is_sorted(), "{measured:?}");
            }
        }
    }
}

#[test]
fn one_class_is_said_to_be_one() {
    let made = of(&[Some(true); 4], &[0.1, 0.2, 0.8, 0.9]);
    for name in [
        "roc_auc",
        "ks",
        "specificity",
        "fpr",
        "mcc",
        "balanced_accuracy",
    ] {
        assert_eq!(
            figure(&made, name).unwrap().status.name(),
            "undefined",
            "{name}"
        );
    }
    assert_eq!(value(&made, "recall"), 0.5);
    assert_eq!(value(&made, "pr_auc"), 1.0);
}

#[test]
fn decisions_alone_and_scores_alone_tell_what_they_can() {
    let rows = BinaryRows {
        labels: &[Some(true), Some(false), Some(true), Some(true)],
        predicted: Some(&[Some(true), Some(false), None, Some(false)]),
        ..BinaryRows::default()
    };
    let made = Binary::new(&rows, &BinaryOptions::default());
    assert_eq!((made.rows(), made.left_out()), (3, 1));
    assert_eq!(value(&made.figures(), "recall"), 0.5);
    assert!(made.roc_curve().is_empty() && made.sweep(&[0.5]).is_empty());
    let none = Binary::new(
        &BinaryRows {
            predicted: None,
            ..rows
        },
        &BinaryOptions::default(),
    );
    assert!(none.figures().iter().all(|m| !m.figure.is_ok()) && none.confusion().is_none());
}

#[test]
fn windows_are_as_if_each_stood_alone() {
    let (labels, scores) = drawn(3, 400, 0.3, 1.0);
    let weights: Vec<f64> = (0..400).map(|i| 0.5 + f64::from(i % 7)).collect();
    let window: Vec<u32> = (0..400_u32).map(|i| i * 7 % 5).collect();
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&scores),
        predicted: None,
        weights: Some(&weights),
    };
    let options = BinaryOptions::default();
    let all = Binary::by_window(&rows, &window, 4, &options);
    assert_eq!(all.len(), 4);
    for (number, made) in all.iter().enumerate() {
        let in_it: Vec<usize> = (0..400).filter(|i| window[*i] as usize == number).collect();
        let labels: Vec<_> = in_it.iter().map(|i| labels[*i]).collect();
        let scores: Vec<_> = in_it.iter().map(|i| scores[*i]).collect();
        let weights: Vec<_> = in_it.iter().map(|i| weights[*i]).collect();
        let alone = BinaryRows {
            labels: &labels,
            scores: Some(&scores),
            predicted: None,
            weights: Some(&weights),
        };
        let alone = Binary::new(&alone, &options);
        for (a, b) in made.figures().iter().zip(alone.figures()) {
            assert_eq!(a.figure, b.figure, "{}", a.name);
        }
    }
}

#[test]
fn weights_of_one_change_nothing() {
    let (labels, scores) = drawn(4, 100, 0.4, 1.0);
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&scores),
        predicted: None,
        weights: Some(&[1.0; 100]),
    };
    let weighted = Binary::new(&rows, &BinaryOptions::default()).figures();
    for (a, b) in weighted.iter().zip(of(&labels, &scores)) {
        assert_eq!(a.figure, b.figure, "{}", a.name);
    }
}

#[test]
fn weights_that_repeat_rows_give_their_values() {
    let (labels, scores) = drawn(5, 60, 0.4, 1.0);
    let weights: Vec<f64> = (0..60).map(|i| f64::from(1 + i % 3)).collect();
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&scores),
        predicted: None,
        weights: Some(&weights),
    };
    let weighted = Binary::new(&rows, &BinaryOptions::default()).figures();
    let repeat = |i: usize| std::iter::repeat_n(i, 1 + i % 3);
    let many: Vec<usize> = (0..60).flat_map(repeat).collect();
    let labels: Vec<_> = many.iter().map(|i| labels[*i]).collect();
    let scores: Vec<_> = many.iter().map(|i| scores[*i]).collect();
    for (a, b) in weighted.iter().zip(of(&labels, &scores)) {
        if !a.name.starts_with("lift") {
            let (a, b) = (a.figure.value.unwrap(), b.figure.value.unwrap());
            assert!((a - b).abs() < 1e-12);
        }
    }
}

/// How often the interval of `name` holds `truth` over draws of `rows` rows.
fn covered(name: &str, truth: f64, runs: u64, draw: impl Fn(u64) -> Vec<Measured>) -> f64 {
    let holds = |seed: &u64| {
        let made = draw(*seed);
        let f = figure(&made, name).unwrap();
        f.low.unwrap_or(f64::NAN) <= truth && truth <= f.high.unwrap_or(f64::NAN)
    };
    (0..runs).filter(holds).count() as f64 / runs as f64
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let (labels, scores) = drawn(1, 2_000_000, 0.3, 0.7);
    let truth = of(&labels, &scores);
    let runs = 1_500;
    for name in [
        "accuracy",
        "precision",
        "recall",
        "f1",
        "f2",
        "mcc",
        "kappa",
        "balanced_accuracy",
        "roc_auc",
        "pr_auc",
        "log_loss",
        "brier",
        "lift@20",
        "ks",
    ] {
        let held = covered(name, value(&truth, name), runs, |seed| {
            let (labels, scores) = drawn(1_000 + seed, 300, 0.3, 0.7);
            of(&labels, &scores)
        });
        // Four standard errors of 1,500 runs are 0.023. The largest difference is sought, so it leans
        // upward; a cut by rank varies less than one by score.
        let (low, high) = match name {
            "ks" => (0.90, 0.98),
            "lift@20" => (0.93, 1.0),
            _ => (0.927, 0.973),
        };
        assert!((low..=high).contains(&held), "{name}: {held}");
    }
}

proptest! {
    #[test]
    fn order_scale_and_sign_of_scores_move_what_they_should(
        rows in proptest::collection::vec((any::<bool>(), 0_u8..20), 2..80),
        turn in 0_usize..80,
    ) {
        let labels: Vec<_> = rows.iter().map(|r| Some(r.0)).collect();
        let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 19.0).collect();
        let made = of(&labels, &scores);
        let (mut turned, mut moved) = (labels.clone(), scores.clone());
        turned.rotate_left(turn % rows.len());
        moved.rotate_left(turn % rows.len());
        for (a, b) in made.iter().zip(of(&turned, &moved)) {
            match (a.figure.value, b.figure.value) {
                (Some(x), Some(y)) => prop_assert!((x - y).abs() < 1e-12, "{}", a.name),
                (x, y) => prop_assert_eq!(x, y),
            }
            let f = &a.figure;
            let range = a.metric.range;
            let ends = [f.low, f.value, f.high].into_iter().flatten();
            prop_assert!(ends.clone().all(|x| x >= range.0 && x <= range.1), "{:?}", a);
            prop_assert!(ends.is_sorted(), "{a:?}");
        }
        let curved: Vec<f64> = scores.iter().map(|s| (3.0 * s).exp() - 7.0).collect();
        let negated: Vec<f64> = scores.iter().map(|s| -s).collect();
        let (curved, negated) = (of(&labels, &curved), of(&labels, &negated));
        if figure(&made, "roc_auc").unwrap().is_ok() {
            for name in ["roc_auc", "pr_auc", "ks"] {
                prop_assert_eq!(figure(&made, name), figure(&curved, name));
            }
            let sum = value(&made, "roc_auc") + value(&negated, "roc_auc");
            prop_assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_area_and_its_variance_are_those_of_all_pairs(
        rows in proptest::collection::vec((any::<bool>(), 0_u8..12), 4..40),
    ) {
        let side = |label| rows.iter().filter(move |r| r.0 == label).map(|r| f64::from(r.1));
        let (pos, neg): (Vec<_>, Vec<_>) = (side(true).collect(), side(false).collect());
        prop_assume!(pos.len() > 1 && neg.len() > 1);
        let wins = |a: f64, b: f64| f64::from(a > b) + f64::from(a == b) / 2.0;
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let of_pos: Vec<f64> = pos.iter().map(|a| neg.iter().map(|b| wins(*a, *b)).sum::<f64>() / neg.len() as f64).collect();
        let of_neg: Vec<f64> = neg.iter().map(|b| pos.iter().map(|a| wins(*a, *b)).sum::<f64>() / pos.len() as f64).collect();
        let auc = mean(&of_pos);
        let spread = |x: &[f64]| {
            let n = x.len() as f64;
            x.iter().map(|v| (v - auc) * (v - auc)).sum::<f64>() / (n - 1.0) / n
        };
        let half = 1.959_963_984_540_054 * (spread(&of_pos) + spread(&of_neg)).sqrt();
        let labels: Vec<_> = rows.iter().map(|r| Some(r.0)).collect();
        let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
        let made = of(&labels, &scores);
        let f = figure(&made, "roc_auc").unwrap();
        prop_assert!((f.value.unwrap() - auc).abs() < 1e-12);
        if auc > 0.0 && auc < 1.0 {
            prop_assert!((f.low.unwrap() - (auc - half).max(0.0)).abs() < 1e-9);
            prop_assert!((f.high.unwrap() - (auc + half).min(1.0)).abs() < 1e-9);
        }
    }
}
