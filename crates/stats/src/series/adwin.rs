//! A window that is as long as its mean stays the same.

use super::detector::{Detector, Direction, Signal, taken};
use std::collections::VecDeque;

/// Buckets of one size; one more and two are merged.
const BUCKETS: usize = 5;
/// Cuts are tried once in so many values.
const CLOCK: u64 = 32;
/// Fewer values are never cut.
const GRACE: f64 = 10.0;
/// Each side of a cut has at least so many values.
const SIDE: f64 = 5.0;

/// Values that were put together: their sum and the sum of squared distances from their mean.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Sums {
    n: f64,
    total: f64,
    squares: f64,
}

impl Sums {
    fn mean(self) -> f64 {
        if self.n > 0.0 {
            self.total / self.n
        } else {
            0.0
        }
    }

    /// What lies between the means of two parts.
    fn between(self, other: Self) -> f64 {
        let n = self.n + other.n;
        if n <= 0.0 {
            return 0.0;
        }
        let off = self.mean() - other.mean();
        self.n * other.n / n * off * off
    }

    fn with(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            total: self.total + other.total,
            squares: self.squares + other.squares + self.between(other),
        }
    }

    fn without(self, part: Self) -> Self {
        let rest = Self {
            n: self.n - part.n,
            total: self.total - part.total,
            squares: 0.0,
        };
        let squares = self.squares - part.squares - rest.between(part);
        Self {
            squares: squares.max(0.0),
            ..rest
        }
    }
}

/// ADWIN of Bifet and Gavaldà (2007): compares the means on both sides of many cuts of the window since the last
/// change, in memory of the logarithm of its length. Good when neither the size nor the time of a change is
/// known.
#[derive(Debug, Clone, PartialEq)]
pub struct Adwin {
    /// Chance of a false change at one time.
    pub chance: f64,
    /// By size, a power of two: buckets, oldest first.
    rows: Vec<VecDeque<Sums>>,
    window: Sums,
    ticks: u64,
}

impl Default for Adwin {
    /// With a chance of 0.002.
    fn default() -> Self {
        Self {
            chance: 0.002,
            rows: Vec::new(),
            window: Sums::default(),
            ticks: 0,
        }
    }
}

impl Adwin {
    /// Values in the window.
    pub fn width(&self) -> u64 {
        self.window.n as u64
    }

    /// Their mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        (self.window.n > 0.0).then(|| self.window.mean())
    }

    fn put(&mut self, x: f64) {
        let mut carried = Some(Sums {
            n: 1.0,
            total: x,
            squares: 0.0,
        });
        if let Some(one) = carried {
            self.window = self.window.with(one);
        }
        let mut at = 0;
        while let Some(bucket) = carried.take() {
            if self.rows.len() <= at {
                self.rows.push(VecDeque::with_capacity(BUCKETS + 2));
            }
            let Some(row) = self.rows.get_mut(at) else {
                return;
            };
            row.push_back(bucket);
            if row.len() > BUCKETS {
                carried = row.pop_front().zip(row.pop_front()).map(|(a, b)| a.with(b));
            }
            at += 1;
        }
    }

    /// The first cut, from the oldest values on, whose sides differ.
    fn cut(&self) -> Option<Direction> {
        let (mut old, mut new) = (Sums::default(), self.window);
        for bucket in self.rows.iter().rev().flatten() {
            old = old.with(*bucket);
            new = new.without(*bucket);
            if new.n < SIDE {
                return None;
            }
            if old.n >= SIDE && self.differ(old, new) {
                let up = new.mean() > old.mean();
                return Some(if up { Direction::Up } else { Direction::Down });
            }
        }
        None
    }

    fn differ(&self, old: Sums, new: Sums) -> bool {
        let n = self.window.n;
        let log = (2.0 * n.ln() / self.chance).ln();
        let inverse = 1.0 / (old.n - SIDE + 1.0) + 1.0 / (new.n - SIDE + 1.0);
        let variance = self.window.squares / n;
        let bound = (2.0 * inverse * variance * log).sqrt() + 2.0 / 3.0 * log * inverse;
        (old.mean() - new.mean()).abs() > bound
    }
}

impl Detector for Adwin {
    fn update(&mut self, x: f64) -> Signal {
        let Some(x) = taken(x) else {
            return Signal::Quiet;
        };
        self.put(x);
        self.ticks += 1;
        if !self.ticks.is_multiple_of(CLOCK) || self.window.n <= GRACE {
            return Signal::Quiet;
        }
        let Some(direction) = self.cut() else {
            return Signal::Quiet;
        };
        self.reset();
        Signal::Change(direction)
    }

    fn reset(&mut self) {
        *self = Self {
            chance: self.chance,
            ..Self::default()
        };
    }
}
