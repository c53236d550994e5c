//! What a measure may be, learnt from the reference.

use crate::figure::Figure;
use crate::sample::Sorted;

/// Deviations from the middle that are still inside.
const DEVIATIONS: f64 = 3.0;

/// What makes the median absolute deviation of normal values their standard deviation.
const NORMAL: f64 = 1.4826;

/// The values that a measure may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
    /// Windows that it was learnt from.
    pub windows: usize,
}

impl Band {
    /// Mean ± 3 population standard deviations of the values of reference windows, cut to `limits`: the
    /// peer's thresholds, by the name `nannyml`. Values that are not finite are left out; `None` without
    /// any.
    pub fn nannyml(values: &[f64], limits: (f64, f64)) -> Option<Self> {
        let moments = Sorted::new(values.iter().copied()).moments();
        let deviation = (moments.m2 / moments.n as f64).max(0.0).sqrt();
        Self::around(
            moments.mean,
            DEVIATIONS * deviation,
            limits,
            moments.n as usize,
        )
    }

    /// Median ± 3 × 1.4826 × the median absolute deviation of the values of reference windows, widened by
    /// the standard error of the median, cut to `limits`. One window that went wrong does not widen it.
    pub fn robust(values: &[f64], limits: (f64, f64)) -> Option<Self> {
        let sorted = Sorted::new(values.iter().copied());
        let middle = sorted.quantile(0.5)?;
        let off = sorted.values().iter().map(|x| (x - middle).abs());
        let deviation = NORMAL * Sorted::new(off).quantile(0.5)?;
        let windows = sorted.n() as usize;
        // The median of normal values varies √(π/2) times as much as their mean.
        let error = deviation * (std::f64::consts::FRAC_PI_2 / windows as f64).sqrt();
        Self::around(middle, DEVIATIONS * deviation + error, limits, windows)
    }

    fn around(middle: f64, half: f64, (least, most): (f64, f64), windows: usize) -> Option<Self> {
        let (low, high) = ((middle - half).max(least), (middle + half).min(most));
        (windows > 0 && low.is_finite() && high.is_finite()).then_some(Self { low, high, windows })
    }

    /// Whether `value` lies outside.
    pub fn excludes(&self, value: f64) -> bool {
        value < self.low || value > self.high
    }

    /// Whether the whole interval of `figure` lies outside on one side: its value alone is not enough.
    pub fn is_breached(&self, figure: &Figure) -> bool {
        let above = figure.low.is_some_and(|low| low > self.high);
        let below = figure.high.is_some_and(|high| high < self.low);
        figure.is_ok() && (above || below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_window_widens_only_the_peers_band() {
        let values: Vec<f64> = (0..21).map(|i| 0.8 + 0.001 * f64::from(i % 5)).collect();
        let mut wild = values.clone();
        wild[0] = 0.1;
        let wide = |band: Option<Band>| band.map_or(0.0, |b| b.high - b.low);
        let limits = (0.0, 1.0);
        assert!(wide(Band::nannyml(&wild, limits)) > 0.3);
        assert!(wide(Band::robust(&wild, limits)) < 2.0 * wide(Band::robust(&values, limits)));
        assert_eq!(Band::nannyml(&[f64::NAN], limits), None);
        assert_eq!(Band::robust(&[], limits), None);
    }

    #[test]
    fn a_breach_needs_the_interval() {
        let band = Band {
            low: 0.7,
            high: 0.9,
            windows: 9,
        };
        assert!(!band.is_breached(&Figure::new(0.69, (0.6, 0.75), 9, "cbpe")));
        assert!(band.is_breached(&Figure::new(0.65, (0.6, 0.69), 9, "cbpe")));
        assert!(band.excludes(0.69) && !band.excludes(0.7));
    }
}
