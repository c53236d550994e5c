//! Sequential tests and control charts over the windows of a monitor.

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

    /// Takes a deviation in standard deviations; whether the chart alarms.
    pub(crate) fn chart(&mut self, z: f64, threshold: f64) -> bool {
        let mut chart = Cusum {
            limit: threshold,
            up: self.up,
            down: self.down,
            ..Cusum::new(0.0, 1.0)
        };
        let changed = chart.update(z).is_change();
        (self.up, self.down) = (chart.up, chart.down);
        changed
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
        let quiet = (0..500).any(|at| still.chart(wave(at), 8.0));
        let found = (0..500).position(|at| shifted.chart(wave(at) + 1.0, 8.0));
        assert!(!quiet);
        assert!(found.is_some_and(|at| at < 40), "{found:?}");
    }
}
