//! Detectors with bounds of Hoeffding and McDiarmid, for values within [0, 1].

use super::detector::{Detector, Direction, Mean, Signal, taken};

/// HDDM_A of Frías-Blanco et al. (2015): a change once the mean is above its lowest earlier one by more than
/// Hoeffding's bound. Values are cut to [0, 1]. Good for sudden changes of a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct HddmA {
    /// Chance of a false change at one comparison.
    pub change: f64,
    /// Chance of a false warning.
    pub warning: f64,
    all: Mean,
    lowest: Mean,
}

impl Default for HddmA {
    /// With chances of 0.001 and 0.005.
    fn default() -> Self {
        Self {
            change: 0.001,
            warning: 0.005,
            all: Mean::default(),
            lowest: Mean::default(),
        }
    }
}

impl HddmA {
    fn bound(&self, n: f64) -> f64 {
        ((1.0 / self.change).ln() / (2.0 * n)).sqrt()
    }

    fn rose(&self, chance: f64) -> bool {
        let (all, lowest) = (self.all, self.lowest);
        if all.n <= lowest.n {
            return false;
        }
        let part = (all.n - lowest.n) / lowest.n / all.n;
        all.mean - lowest.mean >= (part / 2.0 * (2.0 / chance).ln()).sqrt()
    }
}

impl Detector for HddmA {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        self.all.add(x.clamp(0.0, 1.0));
        if self.lowest.n < 1.0 {
            self.lowest = self.all;
        }
        let reach = |mean: Mean| mean.mean + self.bound(mean.n);
        if reach(self.lowest) >= reach(self.all) {
            self.lowest = self.all;
        }
        if self.rose(self.change) {
            self.reset();
            Signal::Change(Direction::Up)
        } else if self.rose(self.warning) {
            Signal::Warning
        } else {
            Signal::Quiet
        }
    }

    fn reset(&mut self) {
        (self.all, self.lowest) = (Mean::default(), Mean::default());
    }
}

/// An exponentially weighted average, with the sum of its squared weights.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Weighted {
    n: u64,
    mean: f64,
    squares: f64,
}

impl Weighted {
    fn add(&mut self, x: f64, weight: f64) {
        let kept = 1.0 - weight;
        self.mean = if self.n == 0 {
            x
        } else {
            weight * x + kept * self.mean
        };
        let before = if self.n == 0 { 1.0 } else { self.squares };
        self.squares = weight * weight + kept * kept * before;
        self.n += 1;
    }
}

/// HDDM_W of Frías-Blanco et al. (2015): the same on exponentially weighted averages, with McDiarmid's bound.
/// Values are cut to [0, 1]. Good for slow changes of a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct HddmW {
    /// Chance of a false change at one comparison.
    pub change: f64,
    /// Chance of a false warning.
    pub warning: f64,
    /// Weight of the newest value.
    pub weight: f64,
    all: Weighted,
    before: Weighted,
    after: Weighted,
    lowest: f64,
}

impl Default for HddmW {
    /// With chances of 0.001 and 0.005 and weight 0.05.
    fn default() -> Self {
        Self {
            change: 0.001,
            warning: 0.005,
            weight: 0.05,
            all: Weighted::default(),
            before: Weighted::default(),
            after: Weighted::default(),
            lowest: f64::INFINITY,
        }
    }
}

/// McDiarmid's bound for a sum of squared weights.
fn mcdiarmid(squares: f64, chance: f64) -> f64 {
    (squares * (1.0 / chance).ln() / 2.0).sqrt()
}

impl HddmW {
    fn rose(&self, chance: f64) -> bool {
        let (before, after) = (self.before, self.after);
        before.n > 0
            && after.n > 0
            && after.mean - before.mean > mcdiarmid(before.squares + after.squares, chance)
    }
}

impl Detector for HddmW {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        let x = x.clamp(0.0, 1.0);
        self.all.add(x, self.weight);
        let reach = self.all.mean + mcdiarmid(self.all.squares, self.change);
        if reach < self.lowest {
            self.lowest = reach;
            (self.before, self.after) = (self.all, Weighted::default());
        } else {
            self.after.add(x, self.weight);
        }
        if self.rose(self.change) {
            self.reset();
            Signal::Change(Direction::Up)
        } else if self.rose(self.warning) {
            Signal::Warning
        } else {
            Signal::Quiet
        }
    }

    fn reset(&mut self) {
        *self = Self {
            change: self.change,
            warning: self.warning,
            weight: self.weight,
            ..Self::default()
        };
    }
}
