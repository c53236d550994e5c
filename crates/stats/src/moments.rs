//! Count, mean and central moments that merge.

use crate::quantiles::bounds;

/// Independent sums, so that additions need not wait for each other.
const LANES: usize = 8;

/// Count, mean, sums of powers of differences from the mean, and bounds of finite values.
///
/// Merging follows Pébay (2008), *Formulas for robust, one-pass parallel computation of covariances
/// and arbitrary-order statistical moments*, equations 2.1 to 2.4.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// How many values.
    pub n: u64,
    /// Their mean; 0 without values.
    pub mean: f64,
    /// Sum of squared differences from the mean.
    pub m2: f64,
    /// Sum of third powers.
    pub m3: f64,
    /// Sum of fourth powers.
    pub m4: f64,
    /// Smallest value; +∞ without values.
    pub min: f64,
    /// Largest value; −∞ without values.
    pub max: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            n: 0,
            mean: 0.0,
            m2: 0.0,
            m3: 0.0,
            m4: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Moments {
    /// Of finite values in any order, in two passes.
    pub fn of(values: &[f64]) -> Self {
        let Some((min, max)) = bounds(values) else {
            return Self::default();
        };
        let n = values.len() as u64;
        // Differences from a value among them keep large values of little spread exact.
        let middle = values[values.len() / 2];
        let [shift] = sums(values, |x| [x - middle]);
        let mean = if min.to_bits() == max.to_bits() {
            min
        } else {
            (middle + shift / n as f64).clamp(min, max)
        };
        let [m2, m3, m4] = sums(values, |x| {
            let (d, d2) = (x - mean, (x - mean) * (x - mean));
            [d2, d2 * d, d2 * d2]
        });
        Self {
            n,
            mean,
            m2,
            m3,
            m4,
            min,
            max,
        }
    }

    /// Of one finite value that came `n` times.
    pub fn repeated(value: f64, n: u64) -> Self {
        if n == 0 {
            return Self::default();
        }
        Self {
            n,
            mean: value,
            min: value,
            max: value,
            ..Self::default()
        }
    }

    /// Adds the values of `other`.
    pub fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        if self.n == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.n as f64, other.n as f64);
        let n = a + b;
        let d = other.mean - self.mean;
        let d_n = d / n;
        let d2 = d * d_n * a * b;
        let m2 = self.m2 + other.m2 + d2;
        let m3 = self.m3 + other.m3 + d2 * d_n * (a - b) + 3.0 * d_n * (a * other.m2 - b * self.m2);
        let m4 = self.m4
            + other.m4
            + d2 * d_n * d_n * (a * a - a * b + b * b)
            + 6.0 * d_n * d_n * (a * a * other.m2 + b * b * self.m2)
            + 4.0 * d_n * (a * other.m3 - b * self.m3);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.mean = (self.mean + d_n * b).clamp(self.min, self.max);
        (self.m2, self.m3, self.m4) = (m2, m3, m4);
        self.n = self.n.saturating_add(other.n);
    }

    /// Variance of the sample, divisor `n − 1`; `None` for fewer than two values or beyond what a
    /// float holds.
    pub fn variance(&self) -> Option<f64> {
        let divisor = self.n.checked_sub(1).filter(|d| *d > 0)?;
        let variance = (self.m2 / divisor as f64).max(0.0);
        variance.is_finite().then_some(variance)
    }

    /// Square root of [`Moments::variance`].
    pub fn std(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// Skewness of the values themselves (g1); `None` without spread.
    pub fn skewness(&self) -> Option<f64> {
        let g1 = (self.n as f64).sqrt() * self.m3 / self.m2.powf(1.5);
        g1.is_finite().then_some(g1)
    }

    /// Excess kurtosis of the values themselves (g2); `None` without spread.
    pub fn kurtosis(&self) -> Option<f64> {
        let g2 = self.n as f64 * self.m4 / (self.m2 * self.m2) - 3.0;
        g2.is_finite().then_some(g2)
    }
}

/// Sums of `N` terms a value, in lanes.
fn sums<const N: usize>(values: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let mut lanes = [[0.0; LANES]; N];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in chunk.iter().enumerate() {
            for (sum, term) in lanes.iter_mut().zip(terms(x)) {
                sum[lane] += term;
            }
        }
    }
    for &x in rest {
        for (sum, term) in lanes.iter_mut().zip(terms(x)) {
            sum[0] += term;
        }
    }
    lanes.map(|lane| lane.iter().sum())
}

#[cfg(test)]
mod tests;
