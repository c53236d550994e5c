//! The four cells of predicted against actual class, and what follows from them alone.

use super::interval::{effective, normal, share};
use crate::figure::Figure;
use crate::proportion::wilson;

/// A number for each of the four cells.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cells {
    /// Predicted positive, and positive.
    pub tp: f64,
    /// Predicted positive, and negative.
    pub fp: f64,
    /// Predicted negative, and positive.
    pub fn_: f64,
    /// Predicted negative, and negative.
    pub tn: f64,
}

impl Cells {
    /// Sum of all four.
    pub fn total(&self) -> f64 {
        self.tp + self.fp + self.fn_ + self.tn
    }

    pub(super) fn of_mut(&mut self, predicted: bool, actual: bool) -> &mut f64 {
        match (predicted, actual) {
            (true, true) => &mut self.tp,
            (true, false) => &mut self.fp,
            (false, true) => &mut self.fn_,
            (false, false) => &mut self.tn,
        }
    }
}

/// What the cells hold: summed weights, summed squares of weights, and rows. Without weights the three
/// are equal.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Confusion {
    /// Summed weights.
    pub weight: Cells,
    /// Summed squares of weights; they tell the error of weighted figures.
    pub squares: Cells,
    /// Rows.
    pub rows: Cells,
}

/// A share of the cells: its part and its whole, both sums of cells.
pub(super) type Share = fn(&Cells) -> (f64, f64);

/// A figure of the four cells.
#[derive(Debug, Clone, Copy)]
pub(super) enum CellFormula {
    /// A share, then a function that grows; why it may be undefined.
    Share(Share, fn(f64) -> f64, &'static str),
    /// Half the sum of recall and specificity.
    Balanced,
    /// A smooth function that a common factor of all cells does not change; its range; why it may be
    /// undefined.
    Smooth(fn(&Cells) -> f64, (f64, f64), &'static str),
}

impl CellFormula {
    /// Its value; NaN where it is not defined.
    pub(super) fn value(&self, cells: &Cells) -> f64 {
        match self {
            CellFormula::Share(of, then, _) => {
                let (part, whole) = of(cells);
                then(part / whole)
            }
            CellFormula::Balanced => {
                let ((a, m), (b, n)) = (recall(cells), specificity(cells));
                (a / m + b / n) / 2.0
            }
            CellFormula::Smooth(of, _, _) => of(cells),
        }
    }

    pub(super) fn range(&self) -> (f64, f64) {
        match self {
            CellFormula::Smooth(_, range, _) => *range,
            _ => (0.0, 1.0),
        }
    }
}

impl Confusion {
    /// Adds a row.
    pub fn add(&mut self, predicted: bool, actual: bool, weight: f64) {
        *self.weight.of_mut(predicted, actual) += weight;
        *self.squares.of_mut(predicted, actual) += weight * weight;
        *self.rows.of_mut(predicted, actual) += 1.0;
    }

    pub(super) fn figure(&self, formula: &CellFormula) -> Figure {
        let rows = self.rows.total() as u64;
        match formula {
            CellFormula::Share(of, then, reason) => {
                let (part, whole) = of(&self.weight);
                let squares = of(&self.squares).1;
                share((part, whole, squares), of(&self.rows).1, *then, reason)
            }
            CellFormula::Balanced => self.balanced(),
            CellFormula::Smooth(of, range, reason) => {
                let value = of(&self.weight);
                if !value.is_finite() {
                    return Figure::undefined(reason, rows, "delta");
                }
                let value = value.clamp(range.0, range.1);
                let n = effective(self.weight.total(), self.squares.total());
                let g = gradient(&|cells| of(cells), &self.weight);
                let s = &self.squares;
                let variance = s.tp * g.tp * g.tp
                    + s.fp * g.fp * g.fp
                    + s.fn_ * g.fn_ * g.fn_
                    + s.tn * g.tn * g.tn;
                Figure::new(value, normal(value, variance, *range, n), rows, "delta")
            }
        }
    }

    /// Ends by the squared distances of both shares from their Wilson ends (Newcombe 2001).
    fn balanced(&self) -> Figure {
        let rows = self.rows.total() as u64;
        let side = |of: Share| {
            let (part, whole) = of(&self.weight);
            let n = effective(whole, of(&self.squares).1);
            let p = part / whole;
            let (low, high) = wilson(p * n, n);
            (p, p - low, high - p)
        };
        let (p, p_low, p_high) = side(recall);
        let (q, q_low, q_high) = side(specificity);
        let value = (p + q) / 2.0;
        if !value.is_finite() {
            return Figure::undefined("the rows hold one class only", rows, "newcombe");
        }
        let low = (value - p_low.hypot(q_low) / 2.0).max(0.0);
        let high = (value + p_high.hypot(q_high) / 2.0).min(1.0);
        Figure::new(value, (low.min(value), high.max(value)), rows, "newcombe")
    }
}

/// Slopes of `of` in each cell by central differences. An empty cell has no variance, and its slope is
/// left at 0.
pub(super) fn gradient(of: &dyn Fn(&Cells) -> f64, at: &Cells) -> Cells {
    let slope = |x: f64, moved: &dyn Fn(f64) -> Cells| {
        if x <= 0.0 {
            return 0.0;
        }
        let step = x * 1e-5;
        (of(&moved(x + step)) - of(&moved(x - step))) / (2.0 * step)
    };
    Cells {
        tp: slope(at.tp, &|tp| Cells { tp, ..*at }),
        fp: slope(at.fp, &|fp| Cells { fp, ..*at }),
        fn_: slope(at.fn_, &|fn_| Cells { fn_, ..*at }),
        tn: slope(at.tn, &|tn| Cells { tn, ..*at }),
    }
}

pub(super) fn same(x: f64) -> f64 {
    x
}

pub(super) fn accuracy(c: &Cells) -> (f64, f64) {
    (c.tp + c.tn, c.total())
}

pub(super) fn precision(c: &Cells) -> (f64, f64) {
    (c.tp, c.tp + c.fp)
}

pub(super) fn recall(c: &Cells) -> (f64, f64) {
    (c.tp, c.tp + c.fn_)
}

pub(super) fn specificity(c: &Cells) -> (f64, f64) {
    (c.tn, c.tn + c.fp)
}

pub(super) fn npv(c: &Cells) -> (f64, f64) {
    (c.tn, c.tn + c.fn_)
}

pub(super) fn fpr(c: &Cells) -> (f64, f64) {
    (c.fp, c.tn + c.fp)
}

pub(super) fn fnr(c: &Cells) -> (f64, f64) {
    (c.fn_, c.tp + c.fn_)
}

pub(super) fn fdr(c: &Cells) -> (f64, f64) {
    (c.fp, c.tp + c.fp)
}

pub(super) fn jaccard(c: &Cells) -> (f64, f64) {
    (c.tp, c.tp + c.fp + c.fn_)
}

pub(super) fn base_rate(c: &Cells) -> (f64, f64) {
    (c.tp + c.fn_, c.total())
}

pub(super) fn selection_rate(c: &Cells) -> (f64, f64) {
    (c.tp + c.fp, c.total())
}

/// F1 from Jaccard's index, of which it is a function that grows.
pub(super) fn f1_of_jaccard(j: f64) -> f64 {
    2.0 * j / (1.0 + j)
}

fn f_beta(c: &Cells, square: f64) -> f64 {
    let hits = (1.0 + square) * c.tp;
    hits / (hits + square * c.fn_ + c.fp)
}

pub(super) fn f05(c: &Cells) -> f64 {
    f_beta(c, 0.25)
}

pub(super) fn f2(c: &Cells) -> f64 {
    f_beta(c, 4.0)
}

pub(super) fn mcc(c: &Cells) -> f64 {
    // Roots two by two: the product of four counts leaves the digits of a float, and of a faultless table
    // each pair is a square.
    let root = |a: f64, b: f64| (a * b).max(0.0).sqrt();
    let selected = root(c.tp + c.fp, c.tp + c.fn_);
    (c.tp * c.tn - c.fp * c.fn_) / (selected * root(c.tn + c.fp, c.tn + c.fn_))
}

pub(super) fn kappa(c: &Cells) -> f64 {
    let chance = (c.tp + c.fp) * (c.fp + c.tn) + (c.tp + c.fn_) * (c.fn_ + c.tn);
    2.0 * (c.tp * c.tn - c.fp * c.fn_) / chance
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion(tp: usize, fp: usize, fn_: usize, tn: usize) -> Confusion {
        let mut made = Confusion::default();
        for (rows, predicted, actual) in [
            (tp, true, true),
            (fp, true, false),
            (fn_, false, true),
            (tn, false, false),
        ] {
            (0..rows).for_each(|_| made.add(predicted, actual, 1.0));
        }
        made
    }

    #[test]
    fn nothing_predicted_positive_leaves_precision_undefined_and_recall_zero() {
        let c = confusion(0, 0, 4, 6);
        let of = |share: Share| c.figure(&CellFormula::Share(share, same, "why"));
        assert_eq!(of(precision).status.name(), "undefined");
        assert_eq!(of(recall).value, Some(0.0));
        assert_eq!(of(recall).n, 4);
    }

    #[test]
    fn the_delta_method_of_mcc_meets_the_textbook() {
        // Of a fair table of n rows with correlation r = 0, the variance of MCC is 1 / n.
        let c = confusion(100, 100, 100, 100);
        let f = c.figure(&CellFormula::Smooth(mcc, (-1.0, 1.0), "why"));
        assert!((f.high.unwrap() - 1.959_964 / 20.0).abs() < 1e-6, "{f:?}");
    }

    #[test]
    fn a_faultless_table_keeps_doubt() {
        let c = confusion(5, 0, 0, 5);
        for formula in [
            CellFormula::Smooth(mcc, (-1.0, 1.0), "why"),
            CellFormula::Balanced,
            CellFormula::Share(jaccard, f1_of_jaccard, "why"),
        ] {
            let f = c.figure(&formula);
            assert!(f.value == Some(1.0) && f.low.unwrap() < 0.9, "{f:?}");
        }
    }
}
