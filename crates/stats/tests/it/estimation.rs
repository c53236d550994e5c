//! Estimated performance against the reference implementations.

use crate::golden::{Case, Suite, column, number, numbers, texts};
use candor_stats::estimate::{
    Band, Cbpe, Dle, ErrorMeasure, Estimate, Measure, NumberPredictions, Options, Predictions,
    realised, realised_error,
};
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

/// A prediction log: scores, predicted classes, outcomes (perhaps none) and windows.
struct Log {
    score: Vec<f64>,
    positive: Vec<bool>,
    outcome: Vec<Option<bool>>,
    window: Vec<u32>,
}

impl Log {
    fn predictions(&self) -> Predictions<'_> {
        Predictions {
            score: &self.score,
            positive: &self.positive,
            window: &self.window,
            windows: self.window.iter().max().map_or(0, |w| *w as usize + 1),
        }
    }
}

fn class(x: f64) -> bool {
    x > 0.5
}

fn read(file: &str, [score, positive]: [&str; 2], outcome: (&str, &str)) -> Option<Log> {
    let numbers = |file: &str, name: &str| Some(numbers(&column(file, name)?));
    let score = numbers(file, score)?;
    Some(Log {
        window: vec![0; score.len()],
        positive: numbers(file, positive)?.into_iter().map(class).collect(),
        outcome: numbers(outcome.0, outcome.1)?
            .into_iter()
            .map(|y| (!y.is_nan()).then(|| class(y)))
            .collect(),
        score,
    })
}

/// Consecutive rows, `size` a window.
fn chunked(log: &mut Log, size: usize) {
    for (row, window) in log.window.iter_mut().enumerate() {
        *window = (row / size) as u32;
    }
}

/// The calendar months of a time column, numbered from the first.
fn by_month(log: &mut Log, file: &str, name: &str) {
    let months: Vec<String> = texts(&column(file, name).unwrap())
        .into_iter()
        .map(|t| t.unwrap()[..7].to_owned())
        .collect();
    let mut all = months.clone();
    all.sort_unstable();
    all.dedup();
    log.window = months
        .iter()
        .map(|m| all.binary_search(m).unwrap() as u32)
        .collect();
}

fn employment() -> Option<(Log, Log)> {
    let file = |name: &str| format!("nannyml_employment_ma/{name}.parquet");
    let columns = ["predicted_probability", "prediction"];
    let (reference, analysis) = (file("reference"), file("analysis"));
    let mut logs = (
        read(&reference, columns, (&reference, "employed"))?,
        read(&analysis, columns, (&file("analysis_target"), "employed"))?,
    );
    chunked(&mut logs.0, 5000);
    chunked(&mut logs.1, 5000);
    Some(logs)
}

fn california() -> Option<(Log, Log)> {
    let file = |name: &str| format!("nannyml_california/{name}.parquet");
    let columns = ["y_pred_proba", "y_pred"];
    let (reference, analysis) = (file("reference"), file("analysis"));
    let mut logs = (
        read(&reference, columns, (&reference, "clf_target"))?,
        read(
            &analysis,
            columns,
            (&file("analysis_targets"), "clf_target"),
        )?,
    );
    by_month(&mut logs.0, &reference, "timestamp");
    by_month(&mut logs.1, &analysis, "timestamp");
    Some(logs)
}

fn measure(name: &str) -> Measure {
    let named = |m: &&Measure| m.name() == name;
    *Measure::ALL.iter().find(named).unwrap()
}

/// Holds what the peer says of each window against a case.
fn holds_as_peer(case: &Case<'_>, fit: &Cbpe, windows: &[Estimate]) {
    let measure = measure(case.params["metric"].as_str().unwrap());
    let got: Vec<_> = windows
        .iter()
        .map(|window| fit.nannyml(window, measure).unwrap())
        .collect();
    let all = |key: &str, of: &dyn Fn(usize) -> f64| {
        let values: Vec<f64> = (0..got.len()).map(of).collect();
        case.holds_all(key, &values);
    };
    all("value", &|at| got[at].value);
    all("sampling_error", &|at| got[at].sampling_error.unwrap());
    if !case.expected["upper_confidence_boundary"].is_null() {
        all("upper_confidence_boundary", &|at| {
            got[at].interval.unwrap().1
        });
        all("lower_confidence_boundary", &|at| {
            got[at].interval.unwrap().0
        });
    }
    let band = got[0].band.unwrap();
    case.holds("lower_threshold", band.low);
    case.holds("upper_threshold", band.high);
    let alerts: Vec<bool> = got.iter().map(|g| g.alert).collect();
    assert_eq!(alerts, flags(case, "alert"), "{}", case.id);
}

fn flags(case: &Case<'_>, key: &str) -> Vec<bool> {
    let list = case.expected[key].as_array().unwrap();
    list.iter().map(|v| v.as_bool().unwrap()).collect()
}

#[test]
fn estimated_and_realised_performance_by_chunk() {
    let Some(suite) = Suite::open("performance_estimation") else {
        return;
    };
    let (Some(employment), Some(california)) = (employment(), california()) else {
        return;
    };
    let cases = suite
        .cases("cbpe")
        .into_iter()
        .chain(suite.cases("realised_performance"));
    let fits = [employment, california].map(|(reference, current)| {
        let fit = Cbpe::fit(
            &reference.predictions(),
            &reference.outcome,
            &Options::default(),
        );
        assert!(fit.calibration().is_applied());
        let estimated = fit.estimate(&current.predictions());
        let real = realised(&current.predictions(), &current.outcome);
        (fit, estimated, real)
    });
    for case in cases {
        let (fit, estimated, real) = &fits[usize::from(case.id.contains("california"))];
        let windows = if case.function == "cbpe" {
            estimated
        } else {
            real
        };
        if let Some(starts) = case.expected["start_index"].as_array() {
            let ends = &case.expected["end_index"];
            for (at, start) in starts.iter().enumerate() {
                let rows = number(&ends[at]) - number(start) + 1.0;
                assert_eq!(windows[at].rows as f64, rows);
            }
        }
        holds_as_peer(&case, fit, windows);
    }
}

#[test]
fn expected_cells_and_measures() {
    let Some(suite) = Suite::open("performance_estimation") else {
        return;
    };
    for case in suite.cases("cbpe_formulae") {
        let score = case.input("calibrated_probability").numbers();
        let positive = case.input("prediction").numbers().into_iter().map(class);
        let log = Log {
            positive: positive.collect(),
            outcome: vec![Some(true); score.len()],
            window: vec![0; score.len()],
            score,
        };
        let fit = Cbpe::fit(&log.predictions(), &log.outcome, &Options::default());
        assert!(!fit.calibration().is_applied());
        let got = fit.estimate(&log.predictions()).remove(0);
        case.holds("tp", got.cells.true_positive);
        case.holds("fp", got.cells.false_positive);
        case.holds("fn", got.cells.false_negative);
        case.holds("tn", got.cells.true_negative);
        for measure in Measure::ALL {
            case.holds(measure.name(), got.figure(measure).value.unwrap());
        }
    }
}

#[test]
fn alerts_on_employment_are_those_that_were_published() {
    let Some((reference, current)) = employment() else {
        return;
    };
    let fit = Cbpe::fit(
        &reference.predictions(),
        &reference.outcome,
        &Options::default(),
    );
    let alerts = |windows: Vec<Estimate>| -> Vec<usize> {
        let alert = |w: &Estimate| fit.nannyml(w, Measure::RocAuc).unwrap().alert;
        (0..windows.len())
            .filter(|at| alert(&windows[*at]))
            .collect()
    };
    assert_eq!(alerts(fit.estimate(&current.predictions())), [27, 28]);
    assert_eq!(
        alerts(realised(&current.predictions(), &current.outcome)),
        [19, 27, 28]
    );
}

/// Numbers as they are, texts as the place among the sorted `names`.
fn coded(file: &str, name: &str, names: &mut Vec<String>) -> Option<(Vec<f64>, bool)> {
    let array = column(file, name)?;
    if array.data_type().is_numeric() {
        return Some((numbers(&array), false));
    }
    let texts: Vec<String> = texts(&array).into_iter().flatten().collect();
    if names.is_empty() {
        *names = texts.clone();
        names.sort_unstable();
        names.dedup();
    }
    let codes = texts.iter().map(|t| names.binary_search(t).unwrap() as f64);
    Some((codes.collect(), true))
}

/// The car prices: features, predictions, outcomes, windows of `size` rows.
struct Cars {
    features: Vec<(Vec<f64>, bool)>,
    prediction: Vec<f64>,
    outcome: Vec<f64>,
    window: Vec<u32>,
}

impl Cars {
    fn features(&self) -> Vec<Feature<'_>> {
        self.features
            .iter()
            .map(|(values, is_code)| {
                if *is_code {
                    Feature::category(values)
                } else {
                    Feature::number(values)
                }
            })
            .collect()
    }

    fn predictions<'a>(&'a self, features: &'a [Feature<'a>]) -> NumberPredictions<'a> {
        NumberPredictions {
            features,
            prediction: &self.prediction,
            window: &self.window,
            windows: self.window.last().map_or(0, |w| *w as usize + 1),
        }
    }
}

fn cars(case: &Case<'_>) -> Option<[Cars; 2]> {
    let size = case.params["chunk_size"].as_u64().unwrap() as u32;
    let names = case.params["features"].as_array().unwrap();
    let mut codes = vec![Vec::new(); names.len()];
    let mut read = |file: &str, outcome: &str| {
        let file = format!("nannyml_car_price/{file}.parquet");
        let outcome = format!("nannyml_car_price/{outcome}.parquet");
        let names = names.iter().zip(&mut codes);
        let prediction = numbers(&column(&file, "y_pred")?);
        Some(Cars {
            features: names
                .map(|(name, codes)| coded(&file, name.as_str().unwrap(), codes))
                .collect::<Option<_>>()?,
            outcome: numbers(&column(&outcome, "y_true")?),
            window: (0..prediction.len() as u32).map(|row| row / size).collect(),
            prediction,
        })
    };
    Some([
        read("reference", "reference")?,
        read("analysis", "analysis_targets")?,
    ])
}

#[test]
fn errors_of_a_regression_by_chunk() {
    let Some(suite) = Suite::open("performance_estimation") else {
        return;
    };
    let cases = suite.cases("dle");
    let Some([reference, current]) = cars(&cases[0]) else {
        return;
    };
    let features = [reference.features(), current.features()];
    let before = reference.predictions(&features[0]);
    let now = current.predictions(&features[1]);
    for case in cases {
        let measure = match case.params["metric"].as_str().unwrap() {
            "mae" => ErrorMeasure::Mae,
            "mape" => ErrorMeasure::Mape,
            "mse" => ErrorMeasure::Mse,
            "rmse" => ErrorMeasure::Rmse,
            "rmsle" => ErrorMeasure::Rmsle,
            other => panic!("{other}"),
        };
        let fit = Dle::fit(measure, &before, &reference.outcome, &Settings::default());
        let values = |figures: Vec<candor_stats::Figure>| -> Vec<f64> {
            figures.iter().map(|f| f.value.unwrap()).collect()
        };
        let estimated = values(fit.estimate(&now));
        case.holds_all("value", &estimated);
        let errors = vec![fit.nannyml_error(6000).unwrap(); estimated.len()];
        case.holds_all("sampling_error", &errors);
        let real = values(realised_error(measure, &now, &current.outcome));
        let band = fit.band(Band::nannyml).unwrap();
        // What does not depend on the learner is equal.
        let exact = |key: &str, want: f64, got: f64| {
            let off = (got / want - 1.0).abs();
            assert!(off < 1e-6, "{}: {key} is {got}, not {want}", case.id);
        };
        for (at, got) in real.iter().enumerate() {
            exact("realised", number(&case.expected["realised"][at]), *got);
            exact(
                "sampling_error",
                number(&case.expected["sampling_error"][at]),
                errors[at],
            );
        }
        exact(
            "lower_threshold",
            number(&case.expected["lower_threshold"]),
            band.low,
        );
        exact(
            "upper_threshold",
            number(&case.expected["upper_threshold"]),
            band.high,
        );
        for (key, values) in [("alert", estimated), ("realised_alert", real)] {
            let alerts: Vec<bool> = values.iter().map(|v| band.excludes(*v)).collect();
            assert_eq!(alerts, flags(&case, key), "{}: {key}", case.id);
        }
    }
}

#[test]
fn no_golden_function_is_left_out() {
    let Some(suite) = Suite::open("performance_estimation") else {
        return;
    };
    let known = ["cbpe", "cbpe_formulae", "dle", "realised_performance"];
    assert_eq!(suite.functions(), known);
}

#[test]
#[ignore = "prints times"]
fn times_of_estimates() {
    let rows = 1_000_000;
    let make = |seed| {
        let (score, noise) = (noise(rows, seed), noise(rows, seed + 1));
        Log {
            positive: score.iter().map(|x| class(*x)).collect(),
            outcome: score
                .iter()
                .zip(&noise)
                .map(|(s, u)| Some(*u < s * s))
                .collect(),
            window: (0..rows as u32).map(|row| row / 33_334).collect(),
            score,
        }
    };
    let (reference, current) = (make(5), make(8));
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let fit = Cbpe::fit(
            &reference.predictions(),
            &reference.outcome,
            &Options::default(),
        );
        let fitted = start.elapsed();
        let got = fit.estimate(&current.predictions());
        let all = start.elapsed();
        println!(
            "fit {fitted:?} all {all:?} {:?}",
            got[0].figure(Measure::RocAuc)
        );
    }
}
