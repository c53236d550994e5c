//! Detectors on a stream of errors.

use super::detector::{Detector, Direction, Mean, Signal, taken};

/// The drift detection method of Gama, Medas, Castillo and Rodrigues (2004): a change once the rate of errors is
/// so many standard deviations above its lowest. Values other than 0 are errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Ddm {
    /// Nothing is said before more values than this.
    pub needed: u64,
    /// Standard deviations that are a warning.
    pub warning: f64,
    /// Standard deviations that are a change.
    pub change: f64,
    rate: Mean,
    lowest: f64,
    deviation: f64,
}

impl Default for Ddm {
    /// After 30 values, with a warning at 2 and a change at 3.
    fn default() -> Self {
        Self {
            needed: 30,
            warning: 2.0,
            change: 3.0,
            rate: Mean::default(),
            lowest: f64::INFINITY,
            deviation: f64::INFINITY,
        }
    }
}

impl Detector for Ddm {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        self.rate.add(error(x));
        let rate = self.rate.mean;
        let deviation = (rate * (1.0 - rate) / self.rate.n).sqrt();
        if self.rate.n <= self.needed as f64 {
            return Signal::Quiet;
        }
        let now = rate + deviation;
        if now <= self.lowest + self.deviation {
            (self.lowest, self.deviation) = (rate, deviation);
        }
        if now > self.lowest + self.change * self.deviation {
            self.reset();
            Signal::Change(Direction::Up)
        } else if now > self.lowest + self.warning * self.deviation {
            Signal::Warning
        } else {
            Signal::Quiet
        }
    }

    fn reset(&mut self) {
        (self.rate, self.lowest, self.deviation) = (Mean::default(), f64::INFINITY, f64::INFINITY);
    }
}

/// The early drift detection method of Baena-García et al. (2006): a change once errors come closer together
/// than they ever did. Good for slow changes; cries often. Values other than 0 are errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Eddm {
    /// Errors before which nothing is said.
    pub needed: u64,
    /// Below this share of the largest distance between errors it is a warning.
    pub warning: f64,
    /// And below this a change.
    pub change: f64,
    n: u64,
    errors: u64,
    last: u64,
    distance: Mean,
    squares: f64,
    farthest: f64,
    state: Signal,
}

impl Default for Eddm {
    /// After 30 errors, with a warning at 0.95 and a change at 0.9.
    fn default() -> Self {
        Self {
            needed: 30,
            warning: 0.95,
            change: 0.9,
            n: 0,
            errors: 0,
            last: 0,
            distance: Mean::default(),
            squares: 0.0,
            farthest: -1.0,
            state: Signal::Quiet,
        }
    }
}

impl Eddm {
    fn judge(&mut self) -> Signal {
        let variance = if self.distance.n > 1.0 {
            self.squares / (self.distance.n - 1.0)
        } else {
            0.0
        };
        let reach = self.distance.mean + 2.0 * variance.sqrt();
        if reach > self.farthest {
            self.farthest = reach;
            return self.state;
        }
        if self.errors <= self.needed {
            return self.state;
        }
        let part = reach / self.farthest;
        if part < self.change {
            Signal::Change(Direction::Up)
        } else if part < self.warning {
            Signal::Warning
        } else {
            Signal::Quiet
        }
    }
}

impl Detector for Eddm {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        self.n += 1;
        if error(x) <= 0.0 {
            return self.state;
        }
        self.errors += 1;
        let (distance, before) = ((self.n - self.last) as f64, self.distance.mean);
        self.last = self.n;
        self.distance.add(distance);
        self.squares += (distance - before) * (distance - self.distance.mean);
        if self.n > self.needed {
            self.state = self.judge();
        }
        let state = self.state;
        if state.is_change() {
            self.reset();
        }
        state
    }

    fn reset(&mut self) {
        *self = Self {
            needed: self.needed,
            warning: self.warning,
            change: self.change,
            ..Self::default()
        };
    }
}

/// 1 for an error, 0 for none.
fn error(x: f64) -> f64 {
    f64::from(x.abs() > 0.0)
}
