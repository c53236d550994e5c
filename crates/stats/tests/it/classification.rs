//! Metrics of classifiers against the reference implementations.

use crate::golden::{Case, Suite};
use candor_stats::performance::{
    Binary, BinaryOptions, BinaryRows, ClassOptions, ClassRows, Measured, Multiclass, figure,
};

/// Golden names that are ours by another name.
const NAMES: &[(&str, &str)] = &[
    ("cohen_kappa", "kappa"),
    ("average_precision", "pr_auc"),
    ("brier_sum", "brier"),
    ("top2_accuracy", "accuracy@2"),
    ("auc_ovr_macro", "roc_auc_macro"),
    ("auc_ovr_weighted", "roc_auc_weighted"),
    ("auc_ovo_macro", "roc_auc_ovo_macro"),
    ("auc_ovo_weighted", "roc_auc_ovo_weighted"),
];

fn ours(name: &str) -> &str {
    NAMES
        .iter()
        .find(|(golden, _)| *golden == name)
        .map_or(name, |(_, ours)| ours)
}

fn value(measured: &[Measured], name: &str) -> f64 {
    let figure = figure(measured, ours(name)).unwrap_or_else(|| panic!("no metric {name}"));
    figure.value.unwrap_or(f64::NAN)
}

fn binary(case: &Case<'_>, clip: f64) -> Binary {
    let labels: Vec<_> = case
        .input("y_true")
        .numbers()
        .iter()
        .map(|y| Some(*y > 0.5))
        .collect();
    let scores = case.input("y_score").numbers();
    let weights = case
        .inputs
        .get("weights")
        .map(|_| case.input("weights").numbers());
    let rows = BinaryRows {
        labels: &labels,
        scores: Some(&scores),
        predicted: None,
        weights: weights.as_deref(),
    };
    let options = BinaryOptions {
        threshold: case.params["threshold"].as_f64().unwrap_or(0.5),
        clip,
        ..BinaryOptions::default()
    };
    Binary::new(&rows, &options)
}

fn binary_metrics(suite: &Suite) {
    for case in suite.cases("binary_metrics") {
        let made = binary(&case, f64::EPSILON);
        let figures = made.figures();
        let cells = made.confusion().unwrap().weight;
        for key in case.expected.as_object().unwrap().keys() {
            let got = match key.as_str() {
                "tp" => cells.tp,
                "fp" => cells.fp,
                "fn" => cells.fn_,
                "tn" => cells.tn,
                _ => value(&figures, key),
            };
            case.holds(key, got);
        }
    }
}

fn curves(suite: &Suite) {
    for case in suite.cases("roc_curve") {
        let points = binary(&case, 0.0).roc_points(usize::MAX);
        case.holds_all("fpr", &points.iter().map(|p| p.fpr).collect::<Vec<_>>());
        case.holds_all("tpr", &points.iter().map(|p| p.recall).collect::<Vec<_>>());
        let thresholds: Vec<_> = points.iter().map(|p| p.threshold).collect();
        case.holds_all("thresholds", &thresholds);
    }
    for case in suite.cases("pr_curve") {
        let mut points = binary(&case, 0.0).pr_points(usize::MAX);
        points.reverse();
        case.holds_all(
            "precision",
            &points.iter().map(|p| p.precision).collect::<Vec<_>>(),
        );
        case.holds_all(
            "recall",
            &points.iter().map(|p| p.recall).collect::<Vec<_>>(),
        );
        // The reference gives no threshold to the point that selects nothing.
        points.pop();
        let thresholds: Vec<_> = points.iter().map(|p| p.threshold).collect();
        case.holds_all("thresholds", &thresholds);
    }
}

fn lift(suite: &Suite) {
    for case in suite.cases("lift") {
        let made = binary(&case, 0.0);
        for percent in case.params["percent"].as_array().unwrap() {
            let got = made.lift(percent.as_f64().unwrap()).value.unwrap();
            case.holds(&format!("lift_at_{percent}"), got);
        }
    }
}

fn multiclass(suite: &Suite) {
    for case in suite.cases("multiclass_metrics") {
        let labels: Vec<u32> = case
            .input("y_true")
            .numbers()
            .iter()
            .map(|y| *y as u32)
            .collect();
        let crate::golden::Input::List(rows) = case.input("y_prob") else {
            panic!("{}: rows of probabilities", case.id);
        };
        let classes = case.params["classes"].as_array().unwrap().len();
        let column = |class: usize| {
            rows.iter()
                .map(|row| row[class].as_f64().unwrap())
                .collect()
        };
        let columns: Vec<Vec<f64>> = (0..classes).map(column).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let rows = ClassRows {
            classes: classes as u32,
            labels: &labels,
            scores: Some(&columns),
            ..ClassRows::default()
        };
        let options = ClassOptions {
            clip: f64::EPSILON,
            ..ClassOptions::default()
        };
        let made = Multiclass::new(&rows, &options);
        let figures = made.figures();
        let matrix = made.matrix().unwrap();
        for (key, expected) in case.expected.as_object().unwrap() {
            match key.as_str() {
                "confusion" => {
                    for (want, got) in expected.as_array().unwrap().iter().zip(matrix.rows()) {
                        let want: Vec<f64> = want
                            .as_array()
                            .unwrap()
                            .iter()
                            .map(|n| n.as_f64().unwrap())
                            .collect();
                        assert_eq!(want, got);
                    }
                }
                "per_class" => per_class(&case, &made),
                _ => case.holds(key, value(&figures, key)),
            }
        }
    }
}

fn per_class(case: &Case<'_>, made: &Multiclass) {
    let each = made.class_figures();
    for (class, figures) in each.iter().enumerate() {
        for key in ["precision", "recall", "f1"] {
            let want = case.expected["per_class"][key][class].as_f64().unwrap();
            case.close(key, want, value(figures, key));
        }
        let support = case.expected["per_class"]["support"][class]
            .as_u64()
            .unwrap();
        assert_eq!(figure(figures, "recall").unwrap().n, support);
    }
}

#[test]
fn metrics_of_classifiers_are_those_of_the_reference() {
    let Some(suite) = Suite::open("classification") else {
        return;
    };
    let held: [(&str, fn(&Suite)); 5] = [
        ("binary_metrics", binary_metrics),
        ("lift", lift),
        ("multiclass_metrics", multiclass),
        ("pr_curve", curves),
        ("roc_curve", curves),
    ];
    assert_eq!(suite.functions(), held.map(|(name, _)| name));
    held.iter().for_each(|(_, hold)| hold(&suite));
}
