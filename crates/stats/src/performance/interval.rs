//! Intervals from variances, and sums that keep their digits.

use crate::figure::{CONFIDENCE, Figure};
use crate::law::t_quantile;
use crate::proportion::{wilson, z};

/// Above so many degrees of freedom Student's law is taken for the normal one.
const STUDENT_MAX: f64 = 10_000.0;

/// A running sum with what rounding lost (Neumaier 1974).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    pub(super) fn add(&mut self, x: f64) {
        let next = self.total + x;
        self.lost += if self.total.abs() >= x.abs() {
            (self.total - next) + x
        } else {
            (x - next) + self.total
        };
        self.total = next;
    }

    pub(super) fn value(self) -> f64 {
        let whole = self.total + self.lost;
        // An infinite total leaves NaN behind as its loss.
        if self.total.is_finite() {
            whole
        } else {
            self.total
        }
    }
}

/// How many rows of equal weight tell as much (Kish 1965): `(Σw)² / Σw²`.
pub(super) fn effective(weight: f64, squares: f64) -> f64 {
    if squares > 0.0 {
        weight * weight / squares
    } else {
        0.0
    }
}

/// A weighted mean with its standard error.
///
/// Terms are summed as differences from the first one, so that a large offset costs no digits.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    first: f64,
    weight: Sum,
    sum: Sum,
    squares: f64,
    square_sum: f64,
    square_squares: f64,
    rows: u64,
}

impl Mean {
    pub(super) fn add(&mut self, x: f64, weight: f64, squares: f64, rows: u64) {
        if rows == 0 {
            return;
        }
        if self.rows == 0 {
            self.first = x;
        }
        let d = x - self.first;
        self.rows += rows;
        self.weight.add(weight);
        self.sum.add(weight * d);
        self.squares += squares;
        self.square_sum += squares * d;
        self.square_squares += squares * d * d;
    }

    /// One row.
    pub(super) fn row(&mut self, x: f64, weight: f64) {
        self.add(x, weight, weight * weight, 1);
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn value(&self) -> f64 {
        self.first + self.sum.value() / self.weight.value()
    }

    /// Half the interval's width; NaN below two effective rows.
    fn half(&self) -> f64 {
        let weight = self.weight.value();
        let n = effective(weight, self.squares);
        if n <= 1.0 + 1e-9 {
            return f64::NAN;
        }
        let m = self.sum.value() / weight;
        let spread = self.square_squares - m * (2.0 * self.square_sum - m * self.squares);
        let variance = spread.max(0.0) / (weight * weight) * n / (n - 1.0);
        student(n - 1.0) * variance.sqrt()
    }

    /// The mean with Student's interval, cut to `range`.
    pub(super) fn figure(&self, range: (f64, f64)) -> Figure {
        let (value, half) = (self.value().clamp(range.0, range.1), self.half());
        Figure::new(value, cut(value, half, range), self.rows, "mean_se")
    }

    /// The mean and both ends through a function that grows.
    pub(super) fn through(&self, then: fn(f64) -> f64, range: (f64, f64)) -> Figure {
        let (value, half) = (self.value().clamp(range.0, range.1), self.half());
        let (low, high) = cut(value, half, range);
        Figure::new(then(value), (then(low), then(high)), self.rows, "mean_se")
    }
}

pub(super) fn student(df: f64) -> f64 {
    if df > STUDENT_MAX {
        z()
    } else {
        t_quantile(0.5 + CONFIDENCE / 2.0, df)
    }
}

/// `value` ± `half` within `range`. Ends never leave the value out for rounding.
pub(super) fn cut(value: f64, half: f64, range: (f64, f64)) -> (f64, f64) {
    if half.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    let low = (value - half).max(range.0).min(value);
    let high = (value + half).min(range.1).max(value);
    (low, high)
}

/// The normal interval of `value` with `variance`, within `range`.
///
/// At an end of a bounded range the variance is 0 and says nothing. The other end is then Wilson's for
/// `n` rows of which all are alike, stretched over the range.
pub(super) fn normal(value: f64, variance: f64, range: (f64, f64), n: f64) -> (f64, f64) {
    edge_of_rows(value, range, n)
        .unwrap_or_else(|| cut(value, z() * variance.max(0.0).sqrt(), range))
}

/// The normal interval on the scale of log odds, for values in `[0, 1]`.
pub(super) fn logit(value: f64, variance: f64, n: f64) -> (f64, f64) {
    if let Some(ends) = edge_of_rows(value, (0.0, 1.0), n) {
        return ends;
    }
    let spread = value * (1.0 - value);
    let half = z() * variance.max(0.0).sqrt() / spread;
    let middle = (value / (1.0 - value)).ln();
    let back = |x: f64| 1.0 / (1.0 + (-x).exp());
    (
        back(middle - half).min(value),
        back(middle + half).max(value),
    )
}

pub(super) fn edge_of_rows(value: f64, (low, high): (f64, f64), n: f64) -> Option<(f64, f64)> {
    let span = high - low;
    if !span.is_finite() {
        return None;
    }
    // Rounding of a weighted sum stays below this share of the range.
    let near = 1e-12 * span;
    if n.is_nan() || n <= 0.0 {
        return None;
    }
    if value >= high - near {
        return Some((low + span * wilson(n, n).0, value));
    }
    (value <= low + near).then(|| (value, low + span * wilson(0.0, n).1))
}

/// The share `part / whole` of weight with Wilson's interval for the effective number of rows, and both
/// through `then`, which grows.
pub(super) fn share(
    (part, whole, squares): (f64, f64, f64),
    rows: f64,
    then: fn(f64) -> f64,
    reason: &'static str,
) -> Figure {
    let rows = rows as u64;
    if whole.is_nan() || whole <= 0.0 {
        return Figure::undefined(reason, rows, "wilson");
    }
    let p = (part / whole).clamp(0.0, 1.0);
    let n = effective(whole, squares);
    let (low, high) = wilson(p * n, n);
    let ends = (then(low.min(p)), then(high.max(p)));
    Figure::new(then(p), ends, rows, "wilson")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_offset_costs_no_digits() {
        let mut mean = Mean::default();
        for x in [1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0, 1e9 + 4.0] {
            mean.row(x, 1.0);
        }
        let figure = mean.figure((f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!(figure.value, Some(1e9 + 2.5));
        // t(3) times the root of (5/3) / 4.
        let half = 3.182_446_305_284_263 * (5.0_f64 / 12.0).sqrt();
        assert!((figure.high.unwrap() - 1e9 - 2.5 - half).abs() < 1e-6);
    }

    #[test]
    fn one_row_has_a_mean_but_no_interval() {
        let mut mean = Mean::default();
        mean.row(2.0, 5.0);
        let figure = mean.figure((0.0, f64::INFINITY));
        assert_eq!((figure.value, figure.low, figure.n), (Some(2.0), None, 1));
    }

    #[test]
    fn ends_of_a_range_are_told_by_wilson() {
        let (low, high) = normal(1.0, 0.0, (-1.0, 1.0), 10.0);
        assert!(low < 0.6 && low > 0.3 && high >= 1.0);
        let (low, high) = logit(0.0, 0.0, 10.0);
        assert!(low <= 0.0 && high > 0.2);
    }

    #[test]
    fn sums_keep_what_plain_addition_loses() {
        let mut sum = Sum::default();
        for x in [1e16, 1.0, -1e16, f64::EPSILON] {
            sum.add(x);
        }
        assert_eq!(sum.value().to_bits(), (1.0 + f64::EPSILON).to_bits());
        sum.add(f64::INFINITY);
        assert!(sum.value().is_infinite());
    }
}
