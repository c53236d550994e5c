//! Quantiles by the rules that other tools use.

use crate::sample::Sorted;

/// How a quantile is made from the values around its rank. Names and rules are those of NumPy; the
/// numbers are types of Hyndman and Fan (1996).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantileRule {
    /// Type 1: the smallest value that has the share `q` of rows at or below it.
    InvertedCdf,
    /// Type 2: as type 1, the mean of both neighbours where the distribution is level.
    AveragedInvertedCdf,
    /// Type 5: values at the middle of their steps.
    Hazen,
    /// Type 6: values at k / (n + 1).
    Weibull,
    /// Type 7, the usual one, which [`Sorted::quantile`] gives as well.
    Linear,
    /// Type 8: about unbiased for the median whatever the distribution.
    MedianUnbiased,
    /// Type 9: about unbiased for normal values.
    NormalUnbiased,
    /// The value at or below the rank of type 7.
    Lower,
    /// The value at or above it.
    Higher,
    /// The nearer of the two, the one of even rank if both are.
    Nearest,
    /// The mean of the two.
    Midpoint,
}

/// The quantile of the finite values at the share `q`, which is brought into [0, 1]; `None` without
/// values.
pub fn quantile(sample: &Sorted, q: f64, rule: QuantileRule) -> Option<f64> {
    let values = sample.values();
    let last = values.len().checked_sub(1)?;
    let q = q.clamp(0.0, 1.0);
    let n = values.len() as f64;
    // Rank from 0 where values lie at (k − α) / (n + 1 − α − β) with α = β.
    let plotted = |alpha: f64| n * q + (alpha + q * (1.0 - 2.0 * alpha)) - 1.0;
    let seventh = (n - 1.0) * q;
    let level = n * q - 1.0;
    let rank = match rule {
        QuantileRule::InvertedCdf => level.ceil(),
        QuantileRule::AveragedInvertedCdf if level.fract().abs() > 0.0 => level.ceil(),
        QuantileRule::AveragedInvertedCdf => level + 0.5,
        QuantileRule::Hazen => plotted(0.5),
        QuantileRule::Weibull => plotted(0.0),
        QuantileRule::Linear => seventh,
        QuantileRule::MedianUnbiased => plotted(1.0 / 3.0),
        QuantileRule::NormalUnbiased => plotted(3.0 / 8.0),
        QuantileRule::Lower => seventh.floor(),
        QuantileRule::Higher => seventh.ceil(),
        QuantileRule::Nearest => seventh.round_ties_even(),
        QuantileRule::Midpoint => (seventh.floor() + seventh.ceil()) / 2.0,
    };
    let rank = rank.clamp(0.0, last as f64);
    let (low, part) = (rank.floor() as usize, rank.fract());
    let (a, b) = (values.get(low)?, values.get(low + 1).or(values.last())?);
    let step = b - a;
    // Parts first, where the difference itself would be infinite.
    Some(if step.is_finite() {
        a + part * step
    } else {
        a * (1.0 - part) + b * part
    })
}
