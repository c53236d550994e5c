//! Control charts against a known level.

use super::detector::{Detector, Direction, Signal, taken};

/// Values are at most so many standard deviations off.
const FARTHEST: f64 = 1e6;

/// Standard deviations of `x` from `middle`.
fn standardised(x: f64, middle: f64, scale: f64) -> f64 {
    let z = (x - middle) / scale;
    if z.is_nan() {
        0.0
    } else {
        z.clamp(-FARTHEST, FARTHEST)
    }
}

/// The chart of the exponentially weighted moving average (Roberts 1959), with limits that are exact from the
/// first value on. Good for shifts of one standard deviation or less.
#[derive(Debug, Clone, PartialEq)]
pub struct Ewma {
    /// The known level.
    pub middle: f64,
    /// The known standard deviation of a value.
    pub scale: f64,
    /// Weight of the newest value, in (0, 1].
    pub weight: f64,
    /// Limits, in standard deviations of the average.
    pub limit: f64,
    /// The average, in standard deviations from the level.
    pub average: f64,
    /// Values since the start.
    pub n: u64,
}

impl Ewma {
    /// With weight 0.2 and limits of 3 (Montgomery 2009; a false alarm in about 560 normal values).
    pub fn new(middle: f64, scale: f64) -> Self {
        Self {
            middle,
            scale,
            weight: 0.2,
            limit: 3.0,
            average: 0.0,
            n: 0,
        }
    }
}

impl Detector for Ewma {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        let z = standardised(x, self.middle, self.scale);
        self.n = self.n.saturating_add(1);
        self.average += self.weight * (z - self.average);
        let kept = (1.0 - self.weight).powf(2.0 * self.n as f64);
        let spread = (self.weight / (2.0 - self.weight) * (1.0 - kept)).sqrt();
        if self.average.abs() <= self.limit * spread {
            return Signal::Quiet;
        }
        let up = self.average > 0.0;
        self.reset();
        Signal::Change(if up { Direction::Up } else { Direction::Down })
    }

    fn reset(&mut self) {
        (self.average, self.n) = (0.0, 0);
    }
}

/// The tabular cumulative sum (Page 1954). Good for small shifts that stay: the fastest there is for a
/// shift of twice its slack.
#[derive(Debug, Clone, PartialEq)]
pub struct Cusum {
    /// The known level.
    pub middle: f64,
    /// The known standard deviation of a value.
    pub scale: f64,
    /// What each value may be off without counting, in standard deviations.
    pub slack: f64,
    /// Sums above this are a change, in standard deviations.
    pub limit: f64,
    /// The sum upwards.
    pub up: f64,
    /// The sum downwards.
    pub down: f64,
}

impl Cusum {
    /// With slack 0.5 and limit 5 (Montgomery 2009): a shift of one standard deviation is seen after 10
    /// values, and there is a false alarm in 465 normal values.
    pub fn new(middle: f64, scale: f64) -> Self {
        Self {
            middle,
            scale,
            slack: 0.5,
            limit: 5.0,
            up: 0.0,
            down: 0.0,
        }
    }
}

impl Detector for Cusum {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        let z = standardised(x, self.middle, self.scale);
        self.up = (self.up + z - self.slack).max(0.0);
        self.down = (self.down - z - self.slack).max(0.0);
        let direction = if self.up > self.limit {
            Direction::Up
        } else if self.down > self.limit {
            Direction::Down
        } else {
            return Signal::Quiet;
        };
        self.reset();
        Signal::Change(direction)
    }

    fn reset(&mut self) {
        (self.up, self.down) = (0.0, 0.0);
    }
}
