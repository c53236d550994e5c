//! The table of actual against predicted class, and what follows from it alone.

use super::cells::{CellFormula, Cells, Confusion, gradient, recall, same};
use super::interval::{effective, normal, share};
use crate::figure::Figure;

const NO_ROWS: &str = "there are no rows";
const ONE_CLASS: &str = "one class only occurs or is predicted";
const NO_CLASS: &str = "it is not defined for any class";

/// How values of classes are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// The plain mean of the classes.
    Macro,
    /// Of all decisions, whatever their class.
    Micro,
    /// The mean of the classes by their share of the outcomes.
    Weighted,
}

impl Average {
    pub(super) const ALL: [Self; 3] = [Average::Macro, Average::Micro, Average::Weighted];

    /// What it adds to a metric's name.
    pub const fn suffix(self) -> &'static str {
        match self {
            Average::Macro => "_macro",
            Average::Micro => "_micro",
            Average::Weighted => "_weighted",
        }
    }
}

/// A figure of the table.
#[derive(Debug, Clone, Copy)]
pub(super) enum MatrixFormula {
    Accuracy,
    /// Mean recall of the classes that occur.
    Balanced,
    /// Gorodkin's form for several classes (2004).
    Mcc,
    /// Cohen's kappa; a miss counts by this power of its distance, 0 for all alike.
    Kappa(i32),
}

/// Weights and rows by actual and predicted class.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    classes: usize,
    weight: Vec<f64>,
    squares: Vec<f64>,
    rows: Vec<f64>,
}

impl Matrix {
    /// Without rows, of `classes` classes.
    pub(super) fn new(classes: usize) -> Self {
        let empty = vec![0.0; classes * classes];
        Self {
            classes,
            weight: empty.clone(),
            squares: empty.clone(),
            rows: empty,
        }
    }

    pub(super) fn add(&mut self, actual: usize, predicted: usize, weight: f64) {
        let at = actual * self.classes + predicted;
        if actual >= self.classes || predicted >= self.classes {
            return;
        }
        self.weight[at] += weight;
        self.squares[at] += weight * weight;
        self.rows[at] += 1.0;
    }

    /// Classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Weights of each actual class, one list for each; within it by predicted class.
    pub fn weights(&self) -> impl Iterator<Item = &[f64]> {
        self.weight.chunks(self.classes.max(1))
    }

    /// Rows of each actual class, one list for each; within it by predicted class.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.rows.chunks(self.classes.max(1))
    }

    /// Each class against the rest.
    pub fn one_versus_rest(&self) -> Vec<Confusion> {
        let parts = [&self.weight, &self.squares, &self.rows].map(|of| self.rest(of));
        let [weight, squares, rows] = parts;
        let each = weight.into_iter().zip(squares).zip(rows);
        each.map(|((weight, squares), rows)| Confusion {
            weight,
            squares,
            rows,
        })
        .collect()
    }

    fn rest(&self, of: &[f64]) -> Vec<Cells> {
        let (actual, predicted) = self.margins(of);
        let total: f64 = actual.iter().sum();
        let cells = |class: usize| {
            let tp = of[class * self.classes + class];
            let (fp, fn_) = (predicted[class] - tp, actual[class] - tp);
            let tn = total - actual[class] - fp;
            // What rounding leaves of an empty cell is none.
            let near = total * 1e-14;
            let clean = |x: f64| if x <= near { 0.0 } else { x };
            Cells {
                tp,
                fp: clean(fp),
                fn_: clean(fn_),
                tn: clean(tn),
            }
        };
        (0..self.classes).map(cells).collect()
    }

    /// Sums by actual and by predicted class.
    fn margins(&self, of: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut actual, mut predicted) = (vec![0.0; self.classes], vec![0.0; self.classes]);
        for (i, row) in of.chunks(self.classes.max(1)).enumerate() {
            for (j, x) in row.iter().enumerate() {
                actual[i] += x;
                predicted[j] += x;
            }
        }
        (actual, predicted)
    }

    /// Total weight, effective rows and rows.
    fn totals(&self) -> (f64, f64, u64) {
        let weight: f64 = self.weight.iter().sum();
        let squares: f64 = self.squares.iter().sum();
        let rows: f64 = self.rows.iter().sum();
        (weight, effective(weight, squares), rows as u64)
    }

    pub(super) fn figure(&self, formula: MatrixFormula) -> Figure {
        match formula {
            MatrixFormula::Accuracy => self.accuracy(),
            MatrixFormula::Balanced => {
                let recall = CellFormula::Share(recall, same, NO_ROWS);
                self.averaged(&recall, Average::Macro)
            }
            MatrixFormula::Mcc => self.mcc(),
            MatrixFormula::Kappa(power) => self.kappa(power),
        }
    }

    fn accuracy(&self) -> Figure {
        let (weight, _, rows) = self.totals();
        let right: f64 = self.weight.iter().step_by(self.classes + 1).sum();
        let squares: f64 = self.squares.iter().sum();
        share((right, weight, squares), rows as f64, same, NO_ROWS)
    }

    /// A figure with the variance of the influence of each cell.
    fn delta(&self, value: f64, range: (f64, f64), of: impl Fn(usize, usize) -> f64) -> Figure {
        let (_, n, rows) = self.totals();
        let mut variance = 0.0;
        for (at, squares) in self.squares.iter().enumerate().filter(|(_, s)| **s > 0.0) {
            let d = of(at / self.classes, at % self.classes);
            variance += squares * d * d;
        }
        Figure::new(value, normal(value, variance, range, n), rows, "delta")
    }

    fn mcc(&self) -> Figure {
        let (total, _, rows) = self.totals();
        let (t, p) = self.shares(total);
        let right: f64 = self.weight.iter().step_by(self.classes + 1).sum::<f64>() / total;
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (tp, tt, pp) = (dot(&t, &p), dot(&t, &t), dot(&p, &p));
        let (above, a, b) = (right - tp, 1.0 - pp, 1.0 - tt);
        if rows == 0 || a <= 1e-14 || b <= 1e-14 {
            return Figure::undefined(ONE_CLASS, rows, "delta");
        }
        let root = a.sqrt() * b.sqrt();
        let value = (above / root).clamp(-1.0, 1.0);
        self.delta(value, (-1.0, 1.0), |i, j| {
            let d_above = f64::from(i == j) - right - (t[j] + p[i] - 2.0 * tp);
            let (d_a, d_b) = (-2.0 * (p[j] - pp), -2.0 * (t[i] - tt));
            (d_above / root - value * (d_a / a + d_b / b) / 2.0) / total
        })
    }

    /// Shares of actual and of predicted classes.
    fn shares(&self, total: f64) -> (Vec<f64>, Vec<f64>) {
        let (mut actual, mut predicted) = self.margins(&self.weight);
        actual
            .iter_mut()
            .chain(&mut predicted)
            .for_each(|x| *x /= total);
        (actual, predicted)
    }

    /// With the variance of Fleiss, Cohen and Everitt (1969).
    fn kappa(&self, power: i32) -> Figure {
        let (total, _, rows) = self.totals();
        let (r, c) = self.shares(total);
        let cost = |i: usize, j: usize| match power {
            0 => f64::from(i != j),
            _ => (i as f64 - j as f64).abs().powi(power),
        };
        let mean = |of: &dyn Fn(usize) -> f64| (0..self.classes).map(of).sum::<f64>();
        let of_row: Vec<f64> = (0..self.classes)
            .map(|i| mean(&|k| cost(i, k) * c[k]))
            .collect();
        let of_column: Vec<f64> = (0..self.classes)
            .map(|j| mean(&|k| cost(k, j) * r[k]))
            .collect();
        let by_chance = mean(&|i| r[i] * of_row[i]);
        let cells = self.weight.iter().enumerate();
        let seen = cells.map(|(at, w)| cost(at / self.classes, at % self.classes) * w);
        let seen: f64 = seen.sum::<f64>() / total;
        if rows == 0 || by_chance.is_nan() || by_chance <= 1e-14 {
            return Figure::undefined(ONE_CLASS, rows, "delta");
        }
        let ratio = seen / by_chance;
        self.delta(1.0 - ratio, (-1.0, 1.0), |i, j| {
            let d_chance = of_row[i] + of_column[j] - 2.0 * by_chance;
            (ratio * d_chance - (cost(i, j) - seen)) / by_chance / total
        })
    }

    /// Figures of each class against the rest, put together. Classes for which the figure is not defined
    /// are left out.
    pub(super) fn averaged(&self, formula: &CellFormula, average: Average) -> Figure {
        if average == Average::Micro {
            return self.micro(formula);
        }
        let (_, _, rows) = self.totals();
        let classes: Vec<Cells> = self.rest(&self.weight);
        let by_support = average == Average::Weighted;
        let weight = |c: &Cells| {
            if by_support {
                (c.tp + c.fn_) / c.total()
            } else {
                1.0
            }
        };
        // A class that neither occurs nor is predicted is no class of these rows.
        let is_there = |c: &Cells| c.tp + c.fn_ + c.fp > 0.0;
        let term = |c: &Cells| (weight(c), formula.value(c));
        let defined = |c: &Cells| is_there(c) && term(c).1.is_finite();
        let there = classes.iter().filter(|c| defined(c)).map(term);
        let (sum, weights) = there.fold((0.0, 0.0), |(sum, all), (w, x)| (sum + w * x, all + w));
        if rows == 0 || weights <= 0.0 {
            let reason = if rows == 0 { NO_ROWS } else { NO_CLASS };
            return Figure::undefined(reason, rows, "delta");
        }
        let value = sum / weights;
        let slope = |c: &Cells| {
            if !defined(c) {
                return Cells::default();
            }
            // Slopes by share of all rows, of the class's part in the mean.
            let part = |c: &Cells| weight(c) * (formula.value(c) - value) / weights;
            gradient(&part, c)
        };
        let slopes: Vec<Cells> = classes.iter().map(slope).collect();
        let of_others: f64 = slopes.iter().map(|s| s.tn).sum();
        self.delta(value, formula.range(), |i, j| {
            let (a, b) = (&slopes[i], &slopes[j]);
            if i == j {
                of_others - a.tn + a.tp
            } else {
                of_others - a.tn - b.tn + a.fn_ + b.fp
            }
        })
    }

    /// With one outcome and one prediction a row every micro average is a function of accuracy, and so
    /// are its ends.
    fn micro(&self, formula: &CellFormula) -> Figure {
        let accuracy = self.accuracy();
        let others = self.classes as f64 - 2.0;
        let of = |right: Option<f64>| {
            right.map_or(f64::NAN, |right| {
                formula.value(&Cells {
                    tp: right,
                    fp: 1.0 - right,
                    fn_: 1.0 - right,
                    tn: others + right,
                })
            })
        };
        let Some(value) = accuracy.value else {
            return accuracy;
        };
        let value = of(Some(value));
        if !value.is_finite() {
            return Figure::undefined(NO_CLASS, accuracy.n, "wilson");
        }
        let (a, b) = (of(accuracy.low), of(accuracy.high));
        Figure::new(value, (a.min(b), a.max(b)), accuracy.n, "wilson")
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::{f1_of_jaccard, jaccard, kappa, mcc, precision};
    use super::*;

    fn matrix(rows: &[&[u32]]) -> Matrix {
        let mut made = Matrix::new(rows.len());
        for (i, row) in rows.iter().enumerate() {
            for (j, n) in row.iter().enumerate() {
                (0..*n).for_each(|_| made.add(i, j, 1.0));
            }
        }
        made
    }

    fn close(a: &Figure, b: &Figure) {
        for (a, b) in [(a.value, b.value), (a.low, b.low), (a.high, b.high)] {
            assert!((a.unwrap() - b.unwrap()).abs() < 1e-7, "{a:?} {b:?}");
        }
    }

    #[test]
    fn two_classes_are_as_in_the_binary_form() {
        let made = matrix(&[&[40, 9], &[7, 20]]);
        let binary = &made.one_versus_rest()[1];
        let smooth = |of| CellFormula::Smooth(of, (-1.0, 1.0), "why");
        close(
            &made.figure(MatrixFormula::Mcc),
            &binary.figure(&smooth(mcc)),
        );
        close(
            &made.figure(MatrixFormula::Kappa(0)),
            &binary.figure(&smooth(kappa)),
        );
        close(
            &made.figure(MatrixFormula::Kappa(2)),
            &binary.figure(&smooth(kappa)),
        );
    }

    #[test]
    fn the_weighted_mean_of_recall_is_accuracy_with_its_variance() {
        let made = matrix(&[&[30, 5, 5], &[4, 20, 6], &[2, 3, 25]]);
        let of = CellFormula::Share(recall, same, "why");
        let weighted = made.averaged(&of, Average::Weighted);
        let p: f64 = 0.75;
        let half = 1.959_963_984_540_054 * (p * (1.0 - p) / 100.0).sqrt();
        assert!((weighted.value.unwrap() - p).abs() < 1e-12);
        assert!(
            (weighted.high.unwrap() - p - half).abs() < 1e-6,
            "{weighted:?}"
        );
        close(
            &made.averaged(&of, Average::Micro),
            &made.figure(MatrixFormula::Accuracy),
        );
    }

    #[test]
    fn classes_that_are_never_predicted_do_not_hide_the_others() {
        let made = matrix(&[&[8, 2, 0, 0], &[1, 9, 0, 0], &[1, 1, 0, 0], &[0, 0, 0, 0]]);
        let of = made.averaged(&CellFormula::Share(precision, same, "why"), Average::Macro);
        assert!((of.value.unwrap() - (0.8 + 0.75) / 2.0).abs() < 1e-12);
        let f1 = CellFormula::Share(jaccard, f1_of_jaccard, "why");
        let f1 = made.averaged(&f1, Average::Macro).value.unwrap();
        assert!((f1 - (0.8 + 18.0 / 22.0) / 3.0).abs() < 1e-12);
        let none = Matrix::new(3);
        assert_eq!(none.figure(MatrixFormula::Mcc).status.name(), "undefined");
        assert_eq!(Matrix::new(0).figure(MatrixFormula::Accuracy).n, 0);
    }
}
