//! Sequential tests and control charts over the windows of a monitor.

use candor_contract::spec::Sides;
use candor_stats::looks::{GaussianMean, Look, Target};
use candor_stats::series::{Cusum, Detector};
use serde::{Deserialize, Serialize};

/// Deviations of so many standard deviations are still as they should be.
const INDIFFERENT: f64 = 0.5;

/// What a sequential decision remembers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    n: u64,
    mean: f64,
    squares: f64,
    ln_peak: f64,
    up: f64,
    down: f64,
}

impl Memory {
    /// Takes a deviation in standard deviations; whether the test may alarm at `alpha`, and its p-value.
    pub(crate) fn test(&mut self, z: f64, alpha: f64) -> (bool, f64) {
        let mut look = GaussianMean::new(Target::between(-INDIFFERENT, INDIFFERENT), alpha);
        (look.n, look.mean) = (self.n, self.mean);
        (look.squares, look.ln_peak) = (self.squares, self.ln_peak);
        look.update(&[z]);
        (self.n, self.mean) = (look.n, look.mean);
        (self.squares, self.ln_peak) = (look.squares, look.ln_peak);
        let p = look.p_value();
        (p <= alpha, p)
    }

    /// Takes a deviation in standard deviations; the chart's sum on the bad side, which alarms above `threshold`.
    /// It goes no higher than twice that, so that it comes down soon once the level is back.
    pub(crate) fn chart(&mut self, z: f64, threshold: f64, sides: Sides) -> f64 {
        let mut chart = Cusum {
            limit: f64::INFINITY,
            up: self.up,
            down: self.down,
            ..Cusum::new(0.0, 1.0)
        };
        chart.update(z);
        let most = 2.0 * threshold;
        (self.up, self.down) = (chart.up.min(most), chart.down.min(most));
        match sides {
            Sides::Above => self.up,
            Sides::Below => self.down,
            Sides::Both => self.up.max(self.down),
        }
    }

    /// Begins anew, after an alert is over.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_shift_that_stays_is_found_and_none_is_not() {
        let mut still = Memory::default();
        let mut shifted = Memory::default();
        let wave = |at: usize| if at.is_multiple_of(2) { 0.8 } else { -0.8 };
        let sum = |memory: &mut Memory, z: f64| memory.chart(z, 8.0, Sides::Above);
        let quiet = (0..500).any(|at| sum(&mut still, wave(at)) > 8.0);
        let found = (0..500).position(|at| sum(&mut shifted, wave(at) + 1.0) > 8.0);
        assert!(!quiet);
        assert!(found.is_some_and(|at| at < 40), "{found:?}");
        // It lasts as long as the shift does, and is over soon after.
        assert!((0..500).all(|at| sum(&mut shifted, wave(at) + 1.0) > 8.0));
        let over = (0..500).position(|at| sum(&mut shifted, wave(at)) < 4.0);
        assert!(over.is_some_and(|at| at < 40), "{over:?}");
        // A shift to the good side is none.
        let fallen = (0..500).any(|at| sum(&mut still, wave(at) - 1.0) > 8.0);
        assert!(!fallen);
    }
}
