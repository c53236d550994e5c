//! How rare a value is among those before it.

use super::band::median;
use std::collections::VecDeque;

/// Values that are kept.
const KEPT: usize = 4_096;
/// Nothing is said with fewer.
const NEEDED: usize = 50;
/// The share of values that are a tail.
const SHARE: f64 = 0.02;
/// A tail has at least so many values.
const FEWEST: usize = 5;
/// The heaviest tail, as the shape of a generalised Pareto law.
const HEAVIEST: f64 = 0.5;
/// Chances are not told below 10 to the minus this.
const DEEPEST: f64 = 30.0;

/// The upper tail of values: a generalised Pareto law by its moments.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tail {
    from: f64,
    share: f64,
    scale: f64,
    shape: f64,
}

impl Tail {
    /// Of ascending values; the scale is never taken for less than `finest`.
    fn fit(ascending: &[f64], finest: f64) -> Option<Self> {
        let n = ascending.len();
        let k = ((SHARE * n as f64) as usize).max(FEWEST);
        let (body, tail) = ascending.split_at_checked(n.checked_sub(k)?)?;
        let from = *body.last()?;
        let mean = tail.iter().map(|x| (x - from) / k as f64).sum::<f64>();
        let square = tail.iter().map(|x| (x - from - mean).powi(2) / k as f64);
        let variance = square.sum::<f64>();
        let shape = if variance > 0.0 && variance.is_finite() {
            (0.5 * (1.0 - mean * mean / variance)).clamp(0.0, HEAVIEST)
        } else {
            0.0
        };
        Some(Self {
            from,
            share: k as f64 / n as f64,
            scale: (mean * (1.0 - shape)).max(finest),
            shape,
        })
    }

    /// Minus the decimal logarithm of the chance of more than `x`; 0 below the tail.
    fn surprise(&self, x: f64) -> f64 {
        if x <= self.from {
            return 0.0;
        }
        let far = (x - self.from) / self.scale;
        let ln = if self.shape < 1e-6 {
            far
        } else {
            (self.shape * far).ln_1p() / self.shape
        };
        (ln / std::f64::consts::LN_10 - self.share.log10()).min(DEEPEST)
    }
}

/// The newest values, with both their tails.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Rarity {
    values: VecDeque<f64>,
    tails: Option<(Tail, Tail)>,
}

impl Rarity {
    /// Learns both tails anew; scales are at least `finest`.
    pub(super) fn learn(&mut self, finest: f64) {
        let mut ascending: Vec<f64> = self.values.iter().copied().collect();
        ascending.sort_unstable_by(f64::total_cmp);
        let upper = Tail::fit(&ascending, finest);
        ascending.reverse();
        ascending.iter_mut().for_each(|x| *x = -*x);
        self.tails = upper.zip(Tail::fit(&ascending, finest));
    }

    /// Minus the decimal logarithm of the chance of a value as far out as `x`, which is then kept.
    pub(super) fn take(&mut self, x: f64) -> f64 {
        let known = self.tails.filter(|_| self.values.len() > NEEDED);
        let surprise = known.map_or(0.0, |(up, down)| up.surprise(x).max(down.surprise(-x)));
        if self.values.len() == KEPT {
            self.values.pop_front();
        }
        self.values.push_back(x);
        surprise
    }

    /// The range from the first to the last percentile, and the median; `None` without values.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let mut values: Vec<f64> = self.values.iter().copied().collect();
        let middle = median(&mut values)?;
        values.sort_unstable_by(f64::total_cmp);
        let cut = values.len() / 100;
        let (low, high) = (values.get(cut)?, values.get(values.len() - 1 - cut)?);
        Some((high - low, middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn an_exponential_tail_is_told_beyond_the_values() {
        let mut random = Random::new(1, 0);
        let mut rarity = Rarity::default();
        for _ in 0..4_000 {
            rarity.take(-(1.0 - random.unit()).ln());
        }
        rarity.learn(1e-9);
        // The chance of more than 14 is e⁻¹⁴, so 6.1 digits; a fitted tail is a little heavier.
        let told = rarity.take(14.0);
        assert!((4.0..7.5).contains(&told), "{told}");
        assert!(rarity.take(1.0) <= 0.0);
    }

    #[test]
    fn few_or_equal_values_tell_little() {
        let mut rarity = Rarity::default();
        assert!(rarity.range().is_none());
        for _ in 0..60 {
            assert!(rarity.take(3.0) <= 0.0);
            rarity.learn(0.5);
        }
        assert!(rarity.take(3.1) < 2.0 && rarity.take(10.0) > 5.0);
    }
}
