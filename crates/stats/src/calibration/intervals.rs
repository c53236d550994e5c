//! Intervals that a regression predicts.

use super::score::mean;
use crate::figure::Figure;
use crate::moments::Moments;
use crate::proportion::share;

/// How often predicted intervals hold the actual value, and how wide they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Coverage {
    /// Share of actual values within their interval, ends included, with Wilson's interval. Right if near
    /// what the intervals promise.
    pub coverage: Figure,
    /// Share of actual values below their interval.
    pub below: Figure,
    /// Share above.
    pub above: Figure,
    /// Mean width of the finite ones: of two models with equal coverage the narrower is better.
    pub width: Figure,
    /// Rows left out: a number is missing, or the lower end is above the upper.
    pub left_out: u64,
}

/// [`Coverage`] of `actual` values by intervals from `lows` to `highs`, row by row; NaN is missing, an
/// infinite end is open.
pub fn coverage(actual: &[f64], lows: &[f64], highs: &[f64]) -> Coverage {
    let (mut n, mut below, mut above) = (0_u64, 0_u64, 0_u64);
    let mut widths = Vec::with_capacity(actual.len());
    for ((x, low), high) in actual.iter().zip(lows).zip(highs) {
        if x.is_nan() || low.is_nan() || high.is_nan() || low > high {
            continue;
        }
        n += 1;
        below += u64::from(x < low);
        above += u64::from(x > high);
        widths.extend(Some(high - low).filter(|w| w.is_finite()));
    }
    let rows = actual.len().max(lows.len()).max(highs.len()) as u64;
    Coverage {
        coverage: share(n - below - above, n),
        below: share(below, n),
        above: share(above, n),
        width: mean(&Moments::of(&widths), "mean"),
        left_out: rows - n,
    }
}
