//! Several classes.

use super::cells::{Confusion, same};
use super::interval::{Mean, share};
use super::matrix::{Average, Matrix};
use super::metric::{Formula, METRICS, Measured, Metric};
use super::order::Windows;
use super::pairs::{Scored, Separation};
use crate::figure::Figure;

/// The code of a class that is missing.
pub const MISSING: u32 = u32::MAX;
/// Codes from here on are missing: the table of classes holds this many squared.
pub const CLASSES_MAX: u32 = 1_000;

const NO_ROWS: &str = "there are no rows";
const NO_SCORES: &str = "there are no scores of every class";
const NO_CLASSES: &str = "there are neither predicted classes nor scores";
const NO_PROBABILITIES: &str = "scores outside [0, 1] are no probabilities";

/// Columns of predictions with their outcomes, row by row. A column that is shorter than `labels` lacks
/// its last rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClassRows<'a> {
    /// How many classes there are; codes are below it. At most [`CLASSES_MAX`] count.
    pub classes: u32,
    /// Codes of the outcomes; [`MISSING`] where one is not known.
    pub labels: &'a [u32],
    /// Codes of the predicted classes. Without them the highest score decides, the first of equal ones.
    pub predicted: Option<&'a [u32]>,
    /// A column of scores for each class, in the order of their codes; NaN where one is missing.
    pub scores: Option<&'a [&'a [f64]]>,
    /// Weights; 1 each without them.
    pub weights: Option<&'a [f64]>,
}

/// What is free to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassOptions {
    /// Probabilities are cut to `[clip, 1 − clip]` for the log loss.
    pub clip: f64,
    /// The `k` of `accuracy@k`; those that are not below the number of classes are left out.
    pub tops: Vec<usize>,
}

impl Default for ClassOptions {
    /// Clip 1e-15, the first two.
    fn default() -> Self {
        Self {
            clip: 1e-15,
            tops: vec![2],
        }
    }
}

/// Performance of one window.
#[derive(Debug, Clone)]
pub struct Multiclass {
    matrix: Option<Matrix>,
    separation: Option<Separation>,
    log_loss: Figure,
    brier: Figure,
    tops: Vec<(usize, Figure)>,
    rows: u64,
    left_out: u64,
}

impl<'a> ClassRows<'a> {
    fn classes(&self) -> u32 {
        self.classes.min(CLASSES_MAX)
    }

    /// Columns of scores, if each class has one.
    fn columns(&self) -> Option<&'a [&'a [f64]]> {
        self.scores.and_then(|s| s.get(..self.classes() as usize))
    }

    /// The row's outcome and weight if nothing of it is missing.
    fn known(&self, row: usize) -> Option<(u32, f64)> {
        let label = self.labels.get(row).filter(|c| **c < self.classes())?;
        let weight = self.weights.map_or(Some(&1.0), |w| w.get(row)).copied()?;
        let has = |s: &&[f64]| s.get(row).is_some_and(|x| !x.is_nan());
        let scored = self.columns().is_none_or(|c| c.iter().all(has));
        let decided = self
            .predicted
            .is_none_or(|p| p.get(row).is_some_and(|c| *c < self.classes()));
        let is_known = scored && decided && weight > 0.0 && weight.is_finite();
        is_known.then_some((*label, weight))
    }

    fn decides(&self, row: usize) -> Option<u32> {
        if let Some(predicted) = self.predicted {
            return predicted.get(row).copied();
        }
        let mut best: Option<(u32, f64)> = None;
        for (class, scores) in (0..).zip(self.columns()?) {
            let score = *scores.get(row)?;
            if best.is_none_or(|(_, x)| score > x) {
                best = Some((class, score));
            }
        }
        best.map(|(class, _)| class)
    }
}

impl Multiclass {
    /// Of all rows as one window.
    pub fn new(rows: &ClassRows<'_>, options: &ClassOptions) -> Self {
        let all: Vec<u32> = (0..rows.labels.len() as u32).collect();
        Self::of(rows, &all, options)
    }

    /// Of many windows: `window[row]` tells the window of a row, counted from 0 to below `windows`. Rows
    /// of other numbers, or without one, are of no window.
    pub fn by_window(
        rows: &ClassRows<'_>,
        window: &[u32],
        windows: usize,
        options: &ClassOptions,
    ) -> Vec<Self> {
        let all = rows.labels.len().min(window.len());
        let mut parts = Windows::new(all, windows, |row| Some((window[row] as usize, row as u32)));
        parts
            .each_mut()
            .map(|items| Self::of(rows, items, options))
            .collect()
    }

    fn of(rows: &ClassRows<'_>, all: &[u32], options: &ClassOptions) -> Self {
        let classes = rows.classes() as usize;
        let has_classes = rows.predicted.is_some() || rows.columns().is_some();
        let mut matrix = has_classes.then(|| Matrix::new(classes));
        let mut scored = Scored::default();
        let mut kept = Vec::with_capacity(all.len());
        for row in all.iter().map(|row| *row as usize) {
            let Some((label, weight)) = rows.known(row) else {
                continue;
            };
            if let (Some(matrix), Some(decided)) = (&mut matrix, rows.decides(row)) {
                matrix.add(label as usize, decided as usize, weight);
            }
            scored.labels.push(label);
            scored.weights.push(weight);
            kept.push(row);
        }
        let n = kept.len() as u64;
        let without = || Figure::undefined(NO_SCORES, n, "none");
        let mut made = Self {
            matrix,
            separation: None,
            log_loss: without(),
            brier: without(),
            tops: options.tops.iter().map(|k| (*k, without())).collect(),
            rows: n,
            left_out: all.len() as u64 - n,
        };
        made.tops.retain(|(k, _)| *k > 0 && *k < classes);
        if let Some(columns) = rows.columns() {
            let take = |column: &&[f64]| kept.iter().map(|row| column[*row] + 0.0).collect();
            scored.scores = columns.iter().map(take).collect();
            made.losses(&scored, options);
            made.separation = Some(Separation::new(&scored));
        }
        made
    }

    /// Figures that are means over rows.
    fn losses(&mut self, rows: &Scored, options: &ClassOptions) {
        if rows.labels.is_empty() {
            let none = |method| Figure::undefined(NO_ROWS, 0, method);
            (self.log_loss, self.brier) = (none("mean_se"), none("mean_se"));
        }
        let clip = options.clip.clamp(0.0, 0.5);
        let (mut logs, mut squares, mut is_probability) = (Mean::default(), Mean::default(), true);
        let (mut all, mut all_squares) = (0.0, 0.0);
        let mut hits = vec![0.0; self.tops.len()];
        for (row, (label, weight)) in rows.labels.iter().zip(&rows.weights).enumerate() {
            let (mut sum, mut above, mut equal) = (0.0, 0.0, 0.0);
            let own = rows.scores[*label as usize][row];
            for (class, column) in (0..).zip(&rows.scores) {
                let p = column[row];
                let d = p - f64::from(class == *label);
                sum += d * d;
                above += f64::from(p > own);
                equal += f64::from(p.total_cmp(&own).is_eq());
                is_probability &= (0.0..=1.0).contains(&p);
            }
            squares.row(sum, *weight);
            logs.row(-own.clamp(clip, 1.0 - clip).ln(), *weight);
            all += weight;
            all_squares += weight * weight;
            for ((k, _), hits) in self.tops.iter().zip(&mut hits) {
                *hits += weight * ((*k as f64 - above) / equal).clamp(0.0, 1.0);
            }
        }
        for ((_, figure), hits) in self.tops.iter_mut().zip(hits) {
            *figure = share((hits, all, all_squares), self.rows as f64, same, NO_ROWS);
        }
        if !is_probability {
            let none = Figure::undefined(NO_PROBABILITIES, self.rows, "mean_se");
            (self.log_loss, self.brier) = (none.clone(), none);
        } else if self.rows > 0 {
            self.log_loss = logs.figure((0.0, f64::INFINITY));
            self.brier = squares.figure((0.0, 2.0));
        }
    }

    /// Rows that count.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that were left out: no outcome, a score or decision missing, or a weight that is not
    /// positive.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Actual against predicted classes; `None` without predicted classes and scores.
    pub fn matrix(&self) -> Option<&Matrix> {
        self.matrix.as_ref()
    }

    /// Every metric of several classes, in the order of [`METRICS`]; averages have their suffix.
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
        let of_matrix = |of: &dyn Fn(&Matrix) -> Figure| {
            let none = || Figure::undefined(NO_CLASSES, self.rows, "none");
            self.matrix.as_ref().map_or_else(none, of)
        };
        let of_scores = |of: &dyn Fn(&Separation) -> Option<Figure>| match &self.separation {
            Some(separation) => of(separation),
            None => Some(Figure::undefined(NO_SCORES, self.rows, "none")),
        };
        let average = |of: &dyn Fn(Average) -> Option<Figure>| {
            let each = Average::ALL.into_iter();
            let each =
                each.filter_map(|a| Some((format!("{}{}", metric.name, a.suffix()), of(a)?)));
            each.map(|(name, figure)| Measured::named(metric, name, figure))
                .collect::<Vec<_>>()
        };
        match formula {
            Formula::Matrix(formula) => {
                made.push(Measured::new(metric, of_matrix(&|m| m.figure(*formula))));
            }
            Formula::Averages(cells) => {
                made.extend(average(&|a| Some(of_matrix(&|m| m.averaged(cells, a)))));
            }
            Formula::Rest(formula) => made.extend(average(&|a| match a {
                Average::Micro => None,
                _ => of_scores(&|s| s.rest_mean(*formula, a)),
            })),
            Formula::Pairs => made.extend(average(&|a| match a {
                Average::Micro => None,
                _ => of_scores(&|s| s.pair_mean(a)),
            })),
            Formula::LogLoss => made.push(Measured::new(metric, self.log_loss.clone())),
            Formula::Brier => made.push(Measured::new(metric, self.brier.clone())),
            Formula::Top => {
                let named = |(k, figure): &(usize, Figure)| {
                    Measured::named(metric, format!("accuracy@{k}"), figure.clone())
                };
                made.extend(self.tops.iter().map(named));
            }
            _ => {}
        }
    }

    /// The metrics of each class against the rest, one list for each class, in the order of [`METRICS`]
    /// and without a suffix.
    pub fn class_figures(&self) -> Vec<Vec<Measured>> {
        let confusions = self
            .matrix
            .as_ref()
            .map_or_else(Vec::new, Matrix::one_versus_rest);
        let each = confusions.iter().enumerate();
        each.map(|(class, confusion)| self.of_class(class, confusion))
            .collect()
    }

    fn of_class(&self, class: usize, confusion: &Confusion) -> Vec<Measured> {
        let steps = self.separation.as_ref().and_then(|s| s.classes.get(class));
        let mut made = Vec::new();
        for metric in METRICS {
            for formula in metric.formulas {
                match (formula, steps) {
                    (Formula::Averages(cells), _) => {
                        made.push(Measured::new(metric, confusion.figure(cells)));
                    }
                    (Formula::Rest(formula), Some(steps)) => {
                        made.push(Measured::new(metric, steps.figure(*formula, 0.0)));
                    }
                    _ => {}
                }
            }
        }
        made
    }
}

#[cfg(test)]
mod tests {
    use super::super::metric::figure;
    use super::*;
    use crate::random::Random;

    #[test]
    fn rows_that_lack_something_are_left_out_and_counted() {
        let scores: [&[f64]; 2] = [&[0.9, 0.2, f64::NAN, 0.4], &[0.1, 0.8, 0.5]];
        let rows = ClassRows {
            classes: 2,
            labels: &[0, 1, 1, 0, MISSING],
            scores: Some(&scores),
            ..ClassRows::default()
        };
        let made = Multiclass::new(&rows, &ClassOptions::default());
        assert_eq!((made.rows(), made.left_out()), (2, 3));
        assert_eq!(
            figure(&made.figures(), "accuracy").unwrap().value,
            Some(1.0)
        );
        let windows = Multiclass::by_window(&rows, &[1, 0], 3, &ClassOptions::default());
        assert_eq!(
            windows.iter().map(Multiclass::rows).collect::<Vec<_>>(),
            [1, 1, 0]
        );
    }

    #[test]
    fn without_scores_only_decisions_are_told() {
        let rows = ClassRows {
            classes: 3,
            labels: &[0, 1, 2],
            predicted: Some(&[0, 1, 1]),
            ..ClassRows::default()
        };
        let made = Multiclass::new(&rows, &ClassOptions::default()).figures();
        let status = |name| figure(&made, name).unwrap().status.name();
        assert_eq!(
            (status("f1_macro"), status("roc_auc_macro")),
            ("ok", "undefined")
        );
        let none = Multiclass::new(&ClassRows::default(), &ClassOptions::default());
        assert!(none.figures().iter().all(|m| !m.figure.is_ok()));
    }

    #[test]
    fn intervals_hold_the_truth_as_often_as_they_say() {
        let of = |seed, n: usize| {
            let mut random = Random::new(seed, 2);
            let mut columns = vec![Vec::new(); 3];
            let mut labels = Vec::with_capacity(n);
            for _ in 0..n {
                let label = [0, 0, 0, 1, 1, 2][random.below(6)];
                let mut p =
                    [0, 1, 2].map(|class| 0.1 + random.unit() + 0.5 * f64::from(class == label));
                let sum: f64 = p.iter().sum();
                p.iter_mut().for_each(|p| *p /= sum);
                columns
                    .iter_mut()
                    .zip(p)
                    .for_each(|(column, p)| column.push(p));
                labels.push(label);
            }
            let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let rows = ClassRows {
                classes: 3,
                labels: &labels,
                scores: Some(&columns),
                ..ClassRows::default()
            };
            Multiclass::new(&rows, &ClassOptions::default()).figures()
        };
        let truth = of(0, 400_000);
        let runs: Vec<_> = (1..=1_000).map(|seed| of(seed, 250)).collect();
        for m in &truth {
            let holds = |run: &&Vec<Measured>| {
                let f = figure(run, &m.name).unwrap();
                f.low.unwrap() <= m.figure.value.unwrap()
                    && m.figure.value.unwrap() <= f.high.unwrap()
            };
            let held = runs.iter().filter(holds).count() as f64 / runs.len() as f64;
            assert!((0.92..=0.98).contains(&held), "{}: {held}", m.name);
        }
    }
}
