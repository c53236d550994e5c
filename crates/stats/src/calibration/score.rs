//! The Brier score and its parts.

use super::forecasts::Forecasts;
use super::reliability::Scheme;
use crate::figure::{CONFIDENCE, Figure};
use crate::law::t_quantile;
use crate::moments::Moments;

/// Parts of the Brier score (Murphy 1973): `brier = reliability − resolution + uncertainty + within`.
#[derive(Debug, Clone, PartialEq)]
pub struct Murphy {
    /// Mean squared difference of probability and outcome.
    pub brier: f64,
    /// Mean squared difference of probability and observed share: what recalibration would save. Smaller
    /// is better.
    pub reliability: f64,
    /// Mean squared difference of observed share and base rate: what the forecasts tell apart. Larger is
    /// better.
    pub resolution: f64,
    /// Variance of the outcome.
    pub uncertainty: f64,
    /// What the spread of probabilities within bins adds (Stephenson, Coelho, Jolliffe 2008); 0 over
    /// distinct probabilities.
    pub within: f64,
    /// Rows.
    pub n: u64,
}

impl Forecasts {
    /// The Brier score with the interval of a mean.
    pub fn brier(&self) -> Figure {
        let squares: Vec<f64> = self.rows().map(|(p, y)| loss(p, y)).collect();
        mean(&Moments::of(&squares), "brier")
    }

    /// [`Murphy`] over the distinct probabilities; `None` without rows. With probabilities that hardly
    /// repeat, resolution and reliability are both near their largest; then see
    /// [`Forecasts::murphy_binned`].
    pub fn murphy(&self) -> Option<Murphy> {
        let mut parts: Vec<(f64, u64, u64)> = Vec::new();
        for (p, y) in self.rows() {
            match parts.last_mut() {
                // Ascending: not larger is equal.
                Some((last, n, k)) if p <= *last => {
                    *n += 1;
                    *k += u64::from(y);
                }
                _ => parts.push((p, 1, u64::from(y))),
            }
        }
        self.parts(parts)
    }

    /// [`Murphy`] over bins; `None` without rows.
    pub fn murphy_binned(&self, scheme: Scheme, bins: usize) -> Option<Murphy> {
        let bins = self.binned(scheme, bins);
        self.parts(bins.iter().map(|s| (s.mean(), s.n, s.positives)).collect())
    }

    fn parts(&self, parts: Vec<(f64, u64, u64)>) -> Option<Murphy> {
        let n = self.n();
        if n == 0 {
            return None;
        }
        let rows = n as f64;
        let base = self.positives() as f64 / rows;
        let (mut reliability, mut resolution) = (0.0, 0.0);
        for (p, n, k) in parts {
            let (n, observed) = (n as f64, k as f64 / n as f64);
            reliability += n * (p - observed).powi(2) / rows;
            resolution += n * (observed - base).powi(2) / rows;
        }
        let brier = self.rows().map(|(p, y)| loss(p, y)).sum::<f64>() / rows;
        let uncertainty = base * (1.0 - base);
        Some(Murphy {
            brier,
            reliability,
            resolution,
            uncertainty,
            within: brier - (reliability - resolution + uncertainty),
            n,
        })
    }
}

fn loss(p: f64, y: bool) -> f64 {
    let off = p - f64::from(u8::from(y));
    off * off
}

/// A mean with Student's interval; without one for a single row.
pub(super) fn mean(moments: &Moments, method: &'static str) -> Figure {
    if moments.n == 0 {
        return Figure::undefined("there are no rows", 0, method);
    }
    let n = moments.n as f64;
    let half = moments.std().map_or(f64::NAN, |sd| {
        t_quantile(0.5 + CONFIDENCE / 2.0, n - 1.0) * sd / n.sqrt()
    });
    let ends = (moments.mean - half, moments.mean + half);
    Figure::new(moments.mean, ends, moments.n, method)
}
