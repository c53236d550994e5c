//! The mean of values that are roughly normal.

use super::{Look, Target, allowed};
use crate::figure::Figure;

const METHOD: &str = "gaussian_mixture";
/// Precision of the prior of the effect: effects around 1/√this standard deviations are expected.
const PRECISION: f64 = 25.0;
/// Larger values are cut, so that squares stay finite.
const LARGEST: f64 = 1e120;
/// Numbers of values among which the one needed is looked for.
const SEARCHED: u64 = 10_000;

/// The mean of roughly normal values of unknown spread: the sequential t-test of a normal mixture over
/// effects (Robbins 1970; Lai 1976; Wang and Ramdas 2025).
///
/// With S and V the sums of x − m and of its square, the evidence against the mean m is
/// √(c/(n+c)) · (1 − S²/((n+c)·V))^(−n/2); c is the prior's precision, by default 25: effects of a fifth of a
/// standard deviation. For heavy tails or values of many ties bet on the bounded mean instead
/// ([`super::BettingMean`]).
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianMean {
    /// What the null says about the mean.
    pub target: Target,
    /// Chance that the sequence of intervals ever misses the mean.
    pub level: f64,
    /// Precision of the prior of the effect.
    pub precision: f64,
    /// Values so far.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of their squared distances from the mean.
    pub squares: f64,
    /// Logarithm of the largest evidence so far.
    pub ln_peak: f64,
}

impl GaussianMean {
    /// Before the first value; `level` is e.g. 0.05.
    pub fn new(target: Target, level: f64) -> Self {
        Self {
            target,
            level: allowed(level),
            precision: PRECISION,
            n: 0,
            mean: 0.0,
            squares: 0.0,
            ln_peak: 0.0,
        }
    }

    fn take(&mut self, x: f64) {
        self.n += 1;
        let step = x.clamp(-LARGEST, LARGEST) - self.mean;
        self.mean += step / self.n as f64;
        self.squares += step * step * (1.0 - 1.0 / self.n as f64);
        self.ln_peak = self.ln_peak.max(self.ln_evidence());
    }

    /// Means are out where S²/V reaches this, for `n` values.
    fn bound(&self, n: u64) -> f64 {
        let (n, c) = (n as f64, self.precision);
        let root = (2.0 * self.level.ln() + (c / (n + c)).ln()) / n;
        (n + c) * -root.exp_m1()
    }
}

impl Look for GaussianMean {
    fn update(&mut self, batch: &[f64]) {
        for x in batch.iter().filter(|x| x.is_finite()) {
            self.take(*x);
        }
    }

    fn ln_evidence(&self) -> f64 {
        let (n, c) = (self.n as f64, self.precision);
        let distance = self.mean - self.target.nearest(self.mean);
        let all = self.squares + n * distance * distance;
        if all.is_nan() || all <= 0.0 {
            return 0.0;
        }
        let part = n * distance * distance / all * (n / (n + c));
        0.5 * (c / (n + c)).ln() - 0.5 * n * (-part).ln_1p()
    }

    fn ln_peak(&self) -> f64 {
        self.ln_peak
    }

    /// Undefined without values and while all are equal; too few while no mean can be left out.
    fn figure(&self) -> Figure {
        if self.n == 0 {
            return Figure::undefined("there are no values", 0, METHOD);
        }
        if self.squares <= 0.0 {
            return Figure::undefined("all values are equal", self.n, METHOD);
        }
        let (n, k) = (self.n as f64, self.bound(self.n));
        if k >= n {
            let enough = |n: &u64| self.bound(*n) < *n as f64;
            let needed = (self.n..self.n + SEARCHED).find(enough);
            return Figure::too_few(self.n, needed.unwrap_or(SEARCHED), METHOD);
        }
        let half = (self.squares / n * (k / (n - k))).sqrt();
        Figure::new(
            self.mean,
            (self.mean - half, self.mean + half),
            self.n,
            METHOD,
        )
    }
}
