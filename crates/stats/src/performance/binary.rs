//! Two classes.

use super::cells::Confusion;
use super::curves::{CurvePoint, Swept};
use super::metric::{Formula, METRICS, Measured, Metric};
use super::order::{Windows, descending, of_key};
use super::ranks::Steps;
use crate::figure::Figure;

/// Most points of a curve for charts.
const POINTS: usize = 200;
const NO_SCORES: &str = "there are no scores";
const NO_CLASSES: &str = "there are neither predicted classes nor scores";

/// Columns of predictions with their outcomes, row by row. A column that is shorter than `labels` lacks
/// its last rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct BinaryRows<'a> {
    /// Whether the outcome is the positive class; `None` where it is not known.
    pub labels: &'a [Option<bool>],
    /// Scores, higher for positive; NaN where one is missing. Log loss and Brier score take them as
    /// probabilities.
    pub scores: Option<&'a [f64]>,
    /// The classes that were decided. Without them a score of at least the threshold is positive.
    pub predicted: Option<&'a [Option<bool>]>,
    /// Weights; 1 each without them.
    pub weights: Option<&'a [f64]>,
}

/// What is free to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryOptions {
    /// Scores of this size and above are positive.
    pub threshold: f64,
    /// Probabilities are cut to `[clip, 1 − clip]` for the log loss.
    pub clip: f64,
    /// Percents of `lift@k`.
    pub lifts: Vec<f64>,
}

impl Default for BinaryOptions {
    /// Threshold 0.5, clip 1e-15, lift of the highest 5, 10 and 20 percent.
    fn default() -> Self {
        Self {
            threshold: 0.5,
            clip: 1e-15,
            lifts: vec![5.0, 10.0, 20.0],
        }
    }
}

/// Performance of one window.
#[derive(Debug, Clone)]
pub struct Binary {
    confusion: Option<Confusion>,
    steps: Option<Steps>,
    /// Rows that count.
    rows: u64,
    /// Rows that were left out.
    left_out: u64,
    options: BinaryOptions,
}

impl BinaryRows<'_> {
    /// The row if nothing of it is missing.
    fn known(&self, row: usize) -> Option<(bool, f64)> {
        let label = (*self.labels.get(row)?)?;
        let weight = self.weights.map_or(Some(&1.0), |w| w.get(row)).copied()?;
        let score = self.scores.map_or(Some(&0.0), |s| s.get(row)).copied()?;
        let decided = self
            .predicted
            .is_none_or(|p| p.get(row).is_some_and(Option::is_some));
        let is_known = decided && !score.is_nan() && weight > 0.0 && weight.is_finite();
        is_known.then_some((label, weight))
    }

    fn decides(&self, row: usize, threshold: f64) -> Option<bool> {
        if let Some(predicted) = self.predicted {
            return predicted.get(row).copied().flatten();
        }
        Some(self.score(row)? >= threshold)
    }

    fn score(&self, row: usize) -> Option<f64> {
        self.scores.and_then(|s| s.get(row)).copied()
    }
}

impl Binary {
    /// Of all rows as one window. Sorts once.
    pub fn new(rows: &BinaryRows<'_>, options: &BinaryOptions) -> Self {
        let mut made = Self::windows(rows, 1, |_| 0, options);
        made.pop().unwrap_or_else(|| Self::empty(rows, options))
    }

    /// Of many windows in one pass: `window[row]` tells the window of a row, counted from 0 to below
    /// `windows`. Rows of other numbers, or without one, are of no window.
    pub fn by_window(
        rows: &BinaryRows<'_>,
        window: &[u32],
        windows: usize,
        options: &BinaryOptions,
    ) -> Vec<Self> {
        let of = |row: usize| window.get(row).map_or(usize::MAX, |w| *w as usize);
        Self::windows(rows, windows, of, options)
    }

    fn empty(rows: &BinaryRows<'_>, options: &BinaryOptions) -> Self {
        let has_classes = rows.predicted.is_some() || rows.scores.is_some();
        Self {
            confusion: has_classes.then(Confusion::default),
            steps: None,
            rows: 0,
            left_out: 0,
            options: options.clone(),
        }
    }

    fn windows(
        rows: &BinaryRows<'_>,
        windows: usize,
        window: impl Fn(usize) -> usize,
        options: &BinaryOptions,
    ) -> Vec<Self> {
        let mut made = vec![Self::empty(rows, options); windows];
        for row in 0..rows.labels.len() {
            if let Some(made) = made.get_mut(window(row)) {
                made.count(rows, row);
            }
        }
        if rows.scores.is_none() {
            return made;
        }
        // The key tells the score, and the lowest bit beside it the label: nothing but weights is looked up
        // again once rows are in order.
        let mut sorted = Windows::new(rows.labels.len(), windows, |row| {
            let (label, _) = rows.known(row)?;
            let key = descending(rows.score(row)?);
            Some((window(row), (key, (row as u64) << 1 | u64::from(label))))
        });
        for (items, made) in sorted.each_mut().zip(&mut made) {
            items.sort_unstable_by_key(|item| item.0);
            let columns = items.iter().map(|(key, row)| {
                let weight = rows.weights.map_or(1.0, |w| w[(row >> 1) as usize]);
                (of_key(*key), row & 1 == 1, weight)
            });
            made.steps = Some(Steps::new(columns));
        }
        made
    }

    fn count(&mut self, rows: &BinaryRows<'_>, row: usize) {
        let Some((label, weight)) = rows.known(row) else {
            self.left_out += 1;
            return;
        };
        self.rows += 1;
        let decided = rows.decides(row, self.options.threshold);
        if let (Some(confusion), Some(decided)) = (&mut self.confusion, decided) {
            confusion.add(decided, label, weight);
        }
    }

    /// Rows that count.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that were left out: no outcome, no score, no decision, or a weight that is not positive.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The four cells; `None` without predicted classes and scores.
    pub fn confusion(&self) -> Option<&Confusion> {
        self.confusion.as_ref()
    }

    /// Every metric of two classes, in the order of [`METRICS`].
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
        let without = |reason| Figure::undefined(reason, self.rows, "none");
        match formula {
            Formula::Cells(formula) => {
                let figure = self.confusion.as_ref().map(|c| c.figure(formula));
                let figure = figure.unwrap_or_else(|| without(NO_CLASSES));
                made.push(Measured::new(metric, figure));
            }
            Formula::Ranks(formula) => {
                let steps = self.steps.as_ref();
                let figure = steps.map(|s| s.figure(*formula, self.options.clip));
                let figure = figure.unwrap_or_else(|| without(NO_SCORES));
                made.push(Measured::new(metric, figure));
            }
            Formula::Lift => {
                for percent in &self.options.lifts {
                    let figure = self.steps.as_ref().map(|s| s.lift(*percent));
                    let figure = figure.unwrap_or_else(|| without(NO_SCORES));
                    made.push(Measured::named(metric, format!("lift@{percent}"), figure));
                }
            }
            _ => {}
        }
    }

    /// The ROC curve for charts: at most 200 points from (0, 0) to (1, 1).
    pub fn roc_curve(&self) -> Vec<CurvePoint> {
        self.roc_points(POINTS)
    }

    /// The ROC curve with at most `most` points; every distinct score is one if there is room.
    pub fn roc_points(&self, most: usize) -> Vec<CurvePoint> {
        self.steps.as_ref().map_or_else(Vec::new, |s| s.roc(most))
    }

    /// The curve of precision and recall for charts: at most 200 points by falling threshold.
    pub fn pr_curve(&self) -> Vec<CurvePoint> {
        self.pr_points(POINTS)
    }

    /// The curve of precision and recall with at most `most` points.
    pub fn pr_points(&self, most: usize) -> Vec<CurvePoint> {
        let steps = self.steps.as_ref();
        steps.map_or_else(Vec::new, |s| s.precision_recall(most))
    }

    /// The four cells at each threshold, in the order given; [`Confusion::figures`] tells their metrics.
    /// Empty without scores.
    pub fn sweep(&self, thresholds: &[f64]) -> Vec<Swept> {
        let steps = self.steps.as_ref();
        steps.map_or_else(Vec::new, |s| s.sweep(thresholds))
    }

    /// Lift of the highest `percent`.
    pub fn lift(&self, percent: f64) -> Figure {
        self.steps.as_ref().map_or_else(
            || Figure::undefined(NO_SCORES, self.rows, "wilson"),
            |s| s.lift(percent),
        )
    }
}

impl Confusion {
    /// Every metric of the four cells, in the order of [`METRICS`].
    pub fn figures(&self) -> Vec<Measured> {
        let mut made = Vec::new();
        for metric in METRICS {
            for formula in metric.formulas {
                if let Formula::Cells(formula) = formula {
                    made.push(Measured::new(metric, self.figure(formula)));
                }
            }
        }
        made
    }
}

#[cfg(test)]
mod tests;
