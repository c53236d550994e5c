//! The test of Page and Hinkley.

use super::detector::{Detector, Direction, Mean, Signal, taken};

/// The test of Page (1954) and Hinkley (1970) against the running mean, in both directions, with forgetting as
/// in Montiel et al. (2021). Good for shifts that stay, of values on a known scale.
#[derive(Debug, Clone, PartialEq)]
pub struct PageHinkley {
    /// Values before which nothing is said.
    pub needed: u64,
    /// What each value may be off without counting, in units of the values.
    pub slack: f64,
    /// Sums above this are a change, in units of the values.
    pub limit: f64,
    /// What the sums keep from value to value, at most 1.
    pub kept: f64,
    mean: Mean,
    up: f64,
    up_least: f64,
    down: f64,
    down_most: f64,
}

impl Default for PageHinkley {
    /// After 30 values, with slack 0.005, limit 50 and 0.9999 kept.
    fn default() -> Self {
        Self {
            needed: 30,
            slack: 0.005,
            limit: 50.0,
            kept: 0.9999,
            mean: Mean::default(),
            up: 0.0,
            up_least: f64::INFINITY,
            down: 0.0,
            down_most: f64::NEG_INFINITY,
        }
    }
}

impl Detector for PageHinkley {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        self.mean.add(x);
        let off = x - self.mean.mean;
        self.up = self.kept * self.up + off - self.slack;
        self.down = self.kept * self.down + off + self.slack;
        self.up_least = self.up_least.min(self.up);
        self.down_most = self.down_most.max(self.down);
        if self.mean.n < self.needed as f64 {
            return Signal::Quiet;
        }
        let direction = if self.up - self.up_least > self.limit {
            Direction::Up
        } else if self.down_most - self.down > self.limit {
            Direction::Down
        } else {
            return Signal::Quiet;
        };
        self.reset();
        Signal::Change(direction)
    }

    fn reset(&mut self) {
        *self = Self {
            needed: self.needed,
            slack: self.slack,
            limit: self.limit,
            kept: self.kept,
            ..Self::default()
        };
    }
}
