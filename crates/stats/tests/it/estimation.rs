//! Estimated performance against the reference implementations.

use crate::golden::Suite;
use candor_stats::learn::{Feature, Isotonic, Settings, Trees};

#[test]
fn isotonic_regression() {
    let Some(suite) = Suite::open("calibration") else {
        return;
    };
    for case in suite.cases("isotonic") {
        let given = |key: &str| !case.inputs[key].is_null();
        let (x, y) = if given("x") {
            ("x", "y")
        } else {
            ("y_prob", "y_true")
        };
        let x = case.input(x).numbers();
        let fit = Isotonic::fit(&x, &case.input(y).numbers(), None).unwrap();
        if given("x") {
            case.holds_all("fitted", &fit.predict(&x));
            continue;
        }
        let (knots, values) = fit.knots();
        case.holds_all("x_knots", knots);
        case.holds_all("y_knots", values);
        let at: Vec<f64> = case.expected["at"]
            .as_array()
            .unwrap()
            .iter()
            .map(|x| x.as_f64().unwrap())
            .collect();
        case.holds_all("calibrated", &fit.predict(&at));
    }
}

/// Uniform numbers of a linear congruential generator, for tests of speed.
fn noise(rows: usize, mut state: u64) -> Vec<f64> {
    (0..rows)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / 9_007_199_254_740_992.0
        })
        .collect()
}

#[test]
#[ignore = "prints times"]
fn times_of_trees() {
    let columns: Vec<Vec<f64>> = (0..10).map(|c| noise(60_000, c)).collect();
    let y: Vec<f64> = (0..60_000)
        .map(|i| {
            columns[0][i] * columns[1][i]
                + (columns[2][i] > 0.4) as u8 as f64
                + columns[3][i].powi(3)
        })
        .collect();
    let features: Vec<Feature<'_>> = columns.iter().map(|c| Feature::number(c)).collect();
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let trees = Trees::fit(&features, &y, None, &Settings::default());
        let fit = start.elapsed();
        let start = std::time::Instant::now();
        let sum: f64 = trees.predict(&features).iter().sum();
        println!("fit {fit:?} predict {:?} {sum}", start.elapsed());
    }
}
