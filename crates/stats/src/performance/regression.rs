//! Predicted numbers.

use super::errors::{ErrorFormula, Row, pinball};
use super::metric::{Formula, METRICS, Measured, Metric};
use super::order::Windows;

/// Columns of predictions with their outcomes, row by row. A column that is shorter than `outcomes`
/// lacks its last rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct NumberRows<'a> {
    /// Outcomes; one that is not finite is missing.
    pub outcomes: &'a [f64],
    /// Predictions; one that is not finite is missing.
    pub predictions: &'a [f64],
    /// Lower and upper ends of predicted intervals; NaN where one is missing, which leaves the row out of
    /// coverage and width only.
    pub intervals: Option<(&'a [f64], &'a [f64])>,
    /// Weights; 1 each without them.
    pub weights: Option<&'a [f64]>,
}

/// What is free to choose.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RegressionOptions {
    /// Levels of `pinball_…` beside 0.5, each between 0 and 1.
    pub levels: Vec<f64>,
}

/// Performance of one window.
#[derive(Debug, Clone)]
pub struct Regression {
    kept: Vec<Row>,
    left_out: u64,
    levels: Vec<f64>,
}

impl NumberRows<'_> {
    fn known(&self, row: usize) -> Option<Row> {
        let finite = |column: &[f64]| column.get(row).copied().filter(|x| x.is_finite());
        let end = |column: &[f64]| column.get(row).copied().unwrap_or(f64::NAN);
        let weight = self.weights.map_or(Some(1.0), finite)?;
        let ends = self.intervals.map(|(low, high)| (end(low), end(high)));
        let (low, high) = ends.unwrap_or((f64::NAN, f64::NAN));
        let made = Row {
            outcome: finite(self.outcomes)?,
            prediction: finite(self.predictions)?,
            weight,
            low,
            high,
        };
        Some(made).filter(|_| weight > 0.0)
    }
}

impl Regression {
    /// Of all rows as one window.
    pub fn new(rows: &NumberRows<'_>, options: &RegressionOptions) -> Self {
        let n = rows.outcomes.len();
        let kept: Vec<Row> = (0..n).filter_map(|row| rows.known(row)).collect();
        Self {
            left_out: (n - kept.len()) as u64,
            kept,
            levels: options.levels.clone(),
        }
    }

    /// Of many windows: `window[row]` tells the window of a row, counted from 0 to below `windows`. Rows
    /// of other numbers, or without one, are of no window.
    pub fn by_window(
        rows: &NumberRows<'_>,
        window: &[u32],
        windows: usize,
        options: &RegressionOptions,
    ) -> Vec<Self> {
        let all = rows.outcomes.len().min(window.len());
        let of = |row: usize| window[row] as usize;
        let mut left_out = vec![0; windows];
        for row in (0..all).filter(|row| rows.known(*row).is_none()) {
            if let Some(count) = left_out.get_mut(of(row)) {
                *count += 1;
            }
        }
        let mut parts = Windows::new(all, windows, |row| Some((of(row), rows.known(row)?)));
        let each = parts.each_mut().zip(left_out);
        each.map(|(kept, left_out)| Self {
            kept: kept.to_vec(),
            left_out,
            levels: options.levels.clone(),
        })
        .collect()
    }

    /// Rows that count.
    pub fn rows(&self) -> u64 {
        self.kept.len() as u64
    }

    /// Rows that were left out: no outcome, no prediction, or a weight that is not positive.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Every metric of numbers, in the order of [`METRICS`].
    pub fn figures(&self) -> Vec<Measured> {
        let mut made = Vec::new();
        for metric in METRICS {
            for formula in metric.formulas {
                self.measure(metric, formula, &mut made);
            }
        }
        made
    }

    fn measure(&self, metric: &'static Metric, formula: &Formula, made: &mut Vec<Measured>) {
        let Formula::Error(formula) = formula else {
            return;
        };
        made.push(Measured::new(metric, formula.figure(&self.kept)));
        if matches!(formula, ErrorFormula::Pinball) {
            let of = |level: &f64| {
                let name = format!("pinball_{level}");
                Measured::named(metric, name, pinball(&self.kept, *level))
            };
            made.extend(self.levels.iter().map(of));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::metric::figure;
    use super::*;
    use crate::random::Random;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_finite_is_left_out_and_counted() {
        let rows = NumberRows {
            outcomes: &[1.0, f64::NAN, 3.0, 4.0, 5.0],
            predictions: &[2.0, 1.0, f64::INFINITY, 4.0],
            intervals: Some((&[0.0, 0.0, 0.0, 5.0], &[1.0, 1.0, 1.0, 6.0])),
            weights: None,
        };
        let made = Regression::new(&rows, &RegressionOptions::default());
        assert_eq!((made.rows(), made.left_out()), (2, 3));
        let figures = made.figures();
        let of = |name| figure(&figures, name).unwrap().value;
        assert_eq!((of("mae"), of("coverage")), (Some(0.5), Some(0.5)));
        assert_eq!(of("interval_width"), Some(1.0));
        let windows =
            Regression::by_window(&rows, &[0, 0, 1, 0, 7], 2, &RegressionOptions::default());
        let counts: Vec<_> = windows.iter().map(|w| (w.rows(), w.left_out())).collect();
        assert_eq!(counts, [(2, 1), (0, 1)]);
        assert!(windows[1].figures().iter().all(|m| !m.figure.is_ok()));
    }

    /// Outcomes with errors of a law like the normal one.
    fn drawn(seed: u64, n: usize) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed, 1);
        let mut bell = move || (0..6).map(|_| random.unit() - 0.5).sum::<f64>();
        let row = |_| {
            let y = 10.0 + 3.0 * bell();
            (y, y + bell() + 0.2)
        };
        (0..n).map(row).unzip()
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let of = |seed, n| {
            let (outcomes, predictions) = drawn(seed, n);
            let rows = NumberRows {
                outcomes: &outcomes,
                predictions: &predictions,
                ..NumberRows::default()
            };
            Regression::new(&rows, &RegressionOptions::default()).figures()
        };
        let truth = of(0, 1_000_000);
        let runs: Vec<_> = (1..=1_500).map(|seed| of(seed, 120)).collect();
        for name in [
            "mae",
            "rmse",
            "median_ae",
            "mean_error",
            "mape",
            "smape",
            "wape",
            "r2",
            "explained_variance",
            "pinball",
        ] {
            let truth = figure(&truth, name).unwrap().value.unwrap();
            let holds = |run: &&Vec<Measured>| {
                let f = figure(run, name).unwrap();
                f.low.unwrap() <= truth && truth <= f.high.unwrap()
            };
            let held = runs.iter().filter(holds).count() as f64 / runs.len() as f64;
            assert!((0.925..=0.975).contains(&held), "{name}: {held}");
        }
    }

    #[test]
    fn a_large_offset_changes_no_error() {
        let (outcomes, predictions) = drawn(1, 200);
        let moved = |x: &[f64]| x.iter().map(|x| x + 1e9).collect::<Vec<_>>();
        let of = |outcomes: &[f64], predictions: &[f64]| {
            let rows = NumberRows {
                outcomes,
                predictions,
                ..NumberRows::default()
            };
            let made = Regression::new(&rows, &RegressionOptions::default()).figures();
            ["rmse", "r2", "mean_error"].map(|name| figure(&made, name).unwrap().clone())
        };
        let (a, b) = (
            of(&outcomes, &predictions),
            of(&moved(&outcomes), &moved(&predictions)),
        );
        for (a, b) in a.iter().zip(b) {
            assert!((a.value.unwrap() - b.value.unwrap()).abs() < 1e-6);
            assert!((a.high.unwrap() - b.high.unwrap()).abs() < 1e-6);
        }
    }

    proptest! {
        #[test]
        fn any_numbers_give_values_in_range_or_a_reason(
            rows in proptest::collection::vec((any::<f64>(), any::<f64>(), 0.0_f64..2.0), 0..30),
        ) {
            let outcomes: Vec<_> = rows.iter().map(|r| r.0).collect();
            let predictions: Vec<_> = rows.iter().map(|r| r.1).collect();
            let weights: Vec<_> = rows.iter().map(|r| r.2).collect();
            let rows = NumberRows {
                outcomes: &outcomes,
                predictions: &predictions,
                intervals: Some((&predictions, &outcomes)),
                weights: Some(&weights),
            };
            let made = Regression::new(&rows, &RegressionOptions { levels: vec![0.9, 7.0] });
            for m in made.figures() {
                let ends = [m.figure.low, m.figure.value, m.figure.high].into_iter().flatten();
                prop_assert!(ends.clone().is_sorted(), "{:?}", m);
                if m.metric.name != "interval_width" {
                    prop_assert!(ends.clone().all(|x| x >= m.metric.range.0 && x <= m.metric.range.1), "{:?}", m);
                }
            }
        }
    }
}
