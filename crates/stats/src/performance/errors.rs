//! Errors of predicted numbers, row by row, and the figures they make.

use super::cells::same;
use super::interval::{Mean, Sum, cut, effective, share, student};
use crate::figure::Figure;
use crate::proportion::z;

/// A term of a row: of its outcome and its prediction.
type Term = fn(f64, f64) -> f64;
/// Numerator and denominator of a row.
type Parts = fn(f64, f64) -> (f64, f64);

const NO_ROWS: &str = "there are no rows";
const EQUAL: &str = "all outcomes are equal";
const NO_INTERVALS: &str = "no row has a predicted interval";
const POSITIVE: (f64, f64) = (0.0, f64::INFINITY);

/// A figure of errors.
#[derive(Debug, Clone, Copy)]
pub(super) enum ErrorFormula {
    /// The mean of a term within a range. Rows whose term is NaN are left out; why none may be left.
    Mean(Term, (f64, f64), Option<&'static str>),
    /// The root of a mean.
    Root(Term),
    /// The mean of a term of logarithms, or its root.
    Logs(Term, bool),
    /// A sum over a sum, then a function that grows; its range; why it may be undefined.
    Ratio(Parts, fn(f64) -> f64, (f64, f64), &'static str),
    R2,
    ExplainedVariance,
    Median,
    Largest,
    Pinball,
    Coverage,
    Width,
}

/// A row whose outcome and prediction are known.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    pub(super) outcome: f64,
    pub(super) prediction: f64,
    pub(super) weight: f64,
    /// Ends of the predicted interval; NaN without one.
    pub(super) low: f64,
    pub(super) high: f64,
}

pub(super) fn signed(y: f64, f: f64) -> f64 {
    f - y
}

pub(super) fn absolute(y: f64, f: f64) -> f64 {
    (f - y).abs()
}

pub(super) fn squared(y: f64, f: f64) -> f64 {
    (f - y) * (f - y)
}

/// NaN for an outcome of 0.
pub(super) fn of_outcome(y: f64, f: f64) -> f64 {
    if y.abs() > 0.0 {
        ((f - y) / y).abs()
    } else {
        f64::NAN
    }
}

pub(super) fn symmetric(y: f64, f: f64) -> f64 {
    let size = y.abs() / 2.0 + f.abs() / 2.0;
    // Halves first, so that the largest numbers have a size and a difference.
    if size > 0.0 {
        ((f / 2.0 - y / 2.0).abs() / (size / 2.0)).min(2.0)
    } else {
        0.0
    }
}

pub(super) fn of_size(y: f64, f: f64) -> (f64, f64) {
    ((f - y).abs(), y.abs())
}

/// NaN where a logarithm is not defined.
pub(super) fn log_squared(y: f64, f: f64) -> f64 {
    if y > -1.0 && f > -1.0 {
        let d = f.ln_1p() - y.ln_1p();
        d * d
    } else {
        f64::NAN
    }
}

/// The loss of a prediction of the quantile at `level`.
pub(super) fn pinball(rows: &[Row], level: f64) -> Figure {
    if !(level > 0.0 && level < 1.0) {
        let n = rows.len() as u64;
        return Figure::undefined("the level is not between 0 and 1", n, "mean_se");
    }
    let mut mean = Mean::default();
    for r in rows {
        let d = r.outcome - r.prediction;
        mean.row((level * d).max((level - 1.0) * d), r.weight);
    }
    mean.figure(POSITIVE).or_no_rows(rows)
}

impl ErrorFormula {
    pub(super) fn figure(&self, rows: &[Row]) -> Figure {
        match *self {
            ErrorFormula::Mean(term, range, reason) => match mean(rows, term) {
                (mean, 0) => mean.figure(range).or_no_rows(rows),
                (mean, _) if mean.rows() > 0 => mean.figure(range),
                _ => Figure::undefined(reason.unwrap_or(NO_ROWS), rows.len() as u64, "mean_se"),
            },
            ErrorFormula::Root(term) => mean(rows, term)
                .0
                .through(f64::sqrt, POSITIVE)
                .or_no_rows(rows),
            ErrorFormula::Logs(term, root) => match mean(rows, term) {
                (mean, 0) => mean
                    .through(if root { f64::sqrt } else { same }, POSITIVE)
                    .or_no_rows(rows),
                _ => Figure::undefined("a value is −1 or less", rows.len() as u64, "mean_se"),
            },
            ErrorFormula::Ratio(parts, then, range, reason) => {
                let parts = |r: &Row| parts(r.outcome, r.prediction);
                ratio(rows, parts, then, range, reason)
            }
            ErrorFormula::R2 => unexplained(rows, 0.0),
            ErrorFormula::ExplainedVariance => unexplained(rows, mean(rows, signed).0.value()),
            ErrorFormula::Median => median(rows),
            ErrorFormula::Largest => {
                let errors = rows.iter().map(|r| absolute(r.outcome, r.prediction));
                let n = rows.len() as u64;
                errors.reduce(f64::max).map_or_else(
                    || Figure::undefined(NO_ROWS, 0, "point"),
                    |largest| Figure::point(largest, n, "point"),
                )
            }
            ErrorFormula::Pinball => pinball(rows, 0.5),
            ErrorFormula::Coverage => coverage(rows),
            ErrorFormula::Width => width(rows),
        }
    }
}

/// Puts the reason of an empty set in the place of a value that is none.
trait OrNoRows {
    fn or_no_rows(self, rows: &[Row]) -> Self;
}

impl OrNoRows for Figure {
    fn or_no_rows(self, rows: &[Row]) -> Self {
        if rows.is_empty() {
            return Figure::undefined(NO_ROWS, 0, self.method);
        }
        self
    }
}

/// The mean of a term, and how many rows have none.
fn mean(rows: &[Row], term: Term) -> (Mean, u64) {
    let (mut mean, mut without) = (Mean::default(), 0);
    for r in rows {
        let x = term(r.outcome, r.prediction);
        if x.is_nan() {
            without += 1;
        } else {
            mean.row(x, r.weight);
        }
    }
    (mean, without)
}

/// A sum over a sum with the variance of its linear part (Cochran 1977, chapter 6).
fn ratio(
    rows: &[Row],
    parts: impl Fn(&Row) -> (f64, f64),
    then: fn(f64) -> f64,
    range: (f64, f64),
    reason: &'static str,
) -> Figure {
    let n = rows.len() as u64;
    let (mut above, mut below) = (Sum::default(), Sum::default());
    let (mut weight, mut squares) = (0.0, 0.0);
    for r in rows {
        let (a, b) = parts(r);
        above.add(r.weight * a);
        below.add(r.weight * b);
        weight += r.weight;
        squares += r.weight * r.weight;
    }
    let (above, below) = (above.value(), below.value());
    if rows.is_empty() || below <= 0.0 {
        let reason = if rows.is_empty() { NO_ROWS } else { reason };
        return Figure::undefined(reason, n, "delta");
    }
    let value = above / below;
    let part = |r: &Row| {
        let (a, b) = parts(r);
        let d = r.weight * (a - value * b) / below;
        d * d
    };
    let variance: f64 = rows.iter().map(part).sum();
    let k = effective(weight, squares);
    let half = if k > 2.0 {
        student(k - 1.0) * (variance * k / (k - 1.0)).sqrt()
    } else {
        f64::NAN
    };
    let (low, high) = cut(value, half, POSITIVE);
    let (a, b) = (then(low), then(high));
    let inside = |x: f64| x.max(range.0).min(range.1);
    let ends = if half.is_nan() {
        (half, half)
    } else {
        (inside(a.min(b)), inside(a.max(b)))
    };
    Figure::new(then(value), ends, n, "delta")
}

/// One minus the share of the outcomes' variance that errors, less `offset`, keep.
fn unexplained(rows: &[Row], offset: f64) -> Figure {
    let mut of_outcomes = Mean::default();
    rows.iter()
        .for_each(|r| of_outcomes.row(r.outcome, r.weight));
    let middle = of_outcomes.value();
    let parts = |r: &Row| {
        let (e, d) = (r.prediction - r.outcome - offset, r.outcome - middle);
        (e * e, d * d)
    };
    let is_equal = rows
        .first()
        .is_some_and(|a| rows.iter().all(|r| r.outcome.total_cmp(&a.outcome).is_eq()));
    if is_equal {
        return Figure::undefined(EQUAL, rows.len() as u64, "delta");
    }
    ratio(
        rows,
        parts,
        |kept| 1.0 - kept,
        (f64::NEG_INFINITY, 1.0),
        EQUAL,
    )
}

/// The weighted median of distances with the distribution-free interval of its rank.
fn median(rows: &[Row]) -> Figure {
    let n = rows.len() as u64;
    if rows.is_empty() {
        return Figure::undefined(NO_ROWS, 0, "order_statistics");
    }
    let distance = |r: &Row| absolute(r.outcome, r.prediction);
    let mut errors: Vec<(u64, f64)> = rows
        .iter()
        .map(|r| (distance(r).to_bits(), r.weight))
        .collect();
    // Bits of numbers that are not negative keep their order.
    errors.sort_unstable_by_key(|e| e.0);
    let (mut weight, mut squares) = (0.0, 0.0);
    for (_, w) in &errors {
        weight += w;
        squares += w * w;
    }
    let k = effective(weight, squares);
    // Of fewer than six rows even the whole range holds the median too seldom.
    let half = if k >= 6.0 {
        z() / (2.0 * k.sqrt())
    } else {
        f64::INFINITY
    };
    let [low, value, high] = ranked(&errors, weight, [0.5 - half, 0.5, 0.5 + half]);
    Figure::new(value, (low, high), n, "order_statistics")
}

/// Values at rising shares of the weight; where a share falls between two values, their mean. NaN for
/// shares that leave `[0, 1]`.
fn ranked(errors: &[(u64, f64)], weight: f64, shares: [f64; 3]) -> [f64; 3] {
    let mut found = [f64::NAN; 3];
    let (mut at, mut below) = (0, 0.0);
    let tiny = weight * 1e-14;
    for (i, (bits, w)) in errors.iter().enumerate() {
        below += w;
        while let Some(share) = shares.get(at) {
            let want = share * weight;
            if want > below + tiny && want <= weight {
                break;
            }
            let x = f64::from_bits(*bits);
            let next = errors.get(i + 1).map_or(x, |e| f64::from_bits(e.0));
            if (0.0..=1.0).contains(share) {
                let is_between = (below - want).abs() <= tiny;
                found[at] = if is_between { x / 2.0 + next / 2.0 } else { x };
            }
            at += 1;
        }
    }
    found
}

fn coverage(rows: &[Row]) -> Figure {
    let (mut inside, mut weight, mut squares, mut n) = (0.0, 0.0, 0.0, 0.0);
    for r in rows.iter().filter(|r| !r.low.is_nan() && !r.high.is_nan()) {
        if r.low <= r.outcome && r.outcome <= r.high {
            inside += r.weight;
        }
        weight += r.weight;
        squares += r.weight * r.weight;
        n += 1.0;
    }
    share((inside, weight, squares), n, same, NO_INTERVALS)
}

fn width(rows: &[Row]) -> Figure {
    let mut mean = Mean::default();
    for r in rows.iter().filter(|r| !r.low.is_nan() && !r.high.is_nan()) {
        mean.row(r.high - r.low, r.weight);
    }
    if mean.rows() == 0 {
        return Figure::undefined(NO_INTERVALS, 0, "mean_se");
    }
    mean.figure((f64::NEG_INFINITY, f64::INFINITY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(f64, f64)]) -> Vec<Row> {
        let row = |&(outcome, prediction): &(f64, f64)| Row {
            outcome,
            prediction,
            weight: 1.0,
            low: f64::NAN,
            high: f64::NAN,
        };
        pairs.iter().map(row).collect()
    }

    #[test]
    fn outcomes_of_zero_leave_the_percentage_and_are_counted_out() {
        let of = ErrorFormula::Mean(of_outcome, POSITIVE, Some("every outcome is 0"));
        let figure = of.figure(&rows(&[(0.0, 1.0), (2.0, 1.0), (4.0, 5.0)]));
        assert_eq!((figure.value, figure.n), (Some(0.375), 2));
        assert_eq!(of.figure(&rows(&[(0.0, 1.0)])).status.name(), "undefined");
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_both() {
        let figure = median(&rows(&[(0.0, 1.0), (0.0, 4.0), (0.0, 2.0), (0.0, 9.0)]));
        assert_eq!((figure.value, figure.low), (Some(3.0), None));
        assert_eq!(median(&rows(&[(0.0, 1.0)])).low, None);
    }

    #[test]
    fn what_has_no_spread_has_no_share_explained() {
        assert_eq!(
            unexplained(&rows(&[(0.1, 1.0); 3]), 0.0).status.name(),
            "undefined"
        );
        let perfect = unexplained(&rows(&[(1.0, 1.0), (2.0, 2.0), (4.0, 4.0)]), 0.0);
        assert_eq!(perfect.value, Some(1.0));
    }

    #[test]
    fn the_largest_numbers_have_a_symmetric_error() {
        assert!((symmetric(1.7e308, -1.7e308) - 2.0).abs() < 1e-12);
        assert_eq!(
            ErrorFormula::Mean(squared, POSITIVE, None)
                .figure(&rows(&[(1e300, -1e300)]))
                .status
                .name(),
            "undefined"
        );
    }
}
