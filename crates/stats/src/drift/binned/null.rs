//! What a distance between counts is when nothing has changed.

use crate::drift::categorical::{Hypergeometric, equal, paired};
use crate::law::chi2_sf;
use crate::random::Random;

/// Bins of fewer expected rows make the law be drawn instead of the asymptotic one.
const EXPECTED_MIN: f64 = 5.0;
/// Draws at most, and draws times bins at most.
const DRAWS: usize = 999;
const WORK: usize = 100_000;
/// With fewer draws beyond the statistic its tail comes from a gamma law.
const TAIL: usize = 10;
/// With so many draws beyond the statistic their share is known well enough (Besag and Clifford 1991).
const ENOUGH: usize = 50;
/// Up to so many rows of a bin every division of them is weighed.
const EXACT_MAX: u64 = 300;
/// The seed of all draws.
const SEED: u64 = 0x0b1_4ed;

/// The share of a bin on both sides, and what it adds to the distance.
pub(super) type Term = fn(f64, f64) -> f64;

/// Counts of two samples on the same bins.
pub(super) struct Table {
    pairs: Vec<(u64, u64)>,
    pub(super) reference: u64,
    pub(super) current: u64,
}

impl Table {
    pub(super) fn new(reference: &[u64], current: &[u64]) -> Self {
        Self {
            pairs: paired(reference, current)
                .filter(|(a, b)| a + b > 0)
                .collect(),
            reference: reference.iter().sum(),
            current: current.iter().sum(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.reference == 0 || self.current == 0
    }

    pub(super) fn sum(&self, term: Term) -> f64 {
        let (n, m) = (self.reference as f64, self.current as f64);
        let terms = self.pairs.iter();
        terms.map(|(a, b)| term(*a as f64 / n, *b as f64 / m)).sum()
    }

    /// The mean of the sum over all ways in which the pooled rows could have been dealt to the two sides.
    /// Exact for bins of up to 300 rows; of larger ones the count is taken as normal.
    pub(super) fn expected(&self, term: Term) -> f64 {
        let (n, m) = (self.reference as f64, self.current as f64);
        let of_bin = |both: u64| {
            let law = self.law(self.reference + self.current, both, self.reference);
            let at = |a: f64| term(a / n, (both as f64 - a) / m);
            if both <= EXACT_MAX {
                weighed(law, at)
            } else {
                smoothed(law, at)
            }
        };
        self.pairs.iter().map(|(a, b)| of_bin(a + b)).sum()
    }

    fn law(&self, total: u64, marked: u64, drawn: u64) -> Hypergeometric {
        Hypergeometric {
            total,
            marked,
            drawn,
        }
    }

    /// Whether each bin expects enough rows on both sides for the asymptotic law.
    fn is_large(&self) -> bool {
        let (n, m) = (self.reference as f64, self.current as f64);
        let share = n.min(m) / (n + m);
        let mut bins = self.pairs.iter();
        bins.all(|(a, b)| (a + b) as f64 * share >= EXPECTED_MIN)
    }

    /// The probability of a sum at least as large as `observed` if nothing had changed. `scale` is what makes the sum
    /// a chi-square with one degree of freedom less than bins, times n·m/(n + m); without one the law
    /// is drawn.
    pub(super) fn p_value(&self, observed: f64, term: Term, scale: Option<f64>) -> f64 {
        let bins = self.pairs.len();
        if let [one, two] = self.pairs.as_slice() {
            // Of two bins every distance is the test of two shares.
            return equal(*one, *two);
        }
        if bins < 2 {
            return 1.0;
        }
        let (n, m) = (self.reference as f64, self.current as f64);
        match scale {
            Some(scale) if self.is_large() => {
                chi2_sf(observed * scale * (n / (n + m)) * m, bins as f64 - 1.0)
            }
            _ => self.drawn(observed, term),
        }
    }

    fn drawn(&self, observed: f64, term: Term) -> f64 {
        let draws = DRAWS.min(WORK / self.pairs.len()).max(TAIL * 10);
        let mut random = Random::new(SEED, 0);
        let (n, m) = (self.reference as f64, self.current as f64);
        // Rounding must not make a draw of the very same counts smaller.
        let bound = observed * (1.0 - 1e-12);
        let (mut beyond, mut sum, mut squares) = (0, 0.0, 0.0);
        for done in 1..=draws {
            let mut total = self.reference + self.current;
            let mut left = self.reference;
            let mut found = 0.0;
            for (a, b) in &self.pairs {
                let a_drawn = self.law(total, a + b, left).draw(&mut random);
                found += term(a_drawn as f64 / n, (a + b - a_drawn) as f64 / m);
                total -= a + b;
                left -= a_drawn;
            }
            beyond += usize::from(found >= bound);
            if beyond >= ENOUGH {
                return beyond as f64 / done as f64;
            }
            sum += found;
            squares += found * found;
        }
        let share = (beyond + 1) as f64 / (draws + 1) as f64;
        if beyond >= TAIL {
            return share;
        }
        let mean = sum / draws as f64;
        let variance = squares / draws as f64 - mean * mean;
        if variance > 0.0 && mean > 0.0 {
            // A gamma law of this mean and variance, as a chi-square.
            let tail = chi2_sf(
                2.0 * observed * mean / variance,
                2.0 * mean * mean / variance,
            );
            share.min(tail.max(f64::MIN_POSITIVE))
        } else {
            share
        }
    }
}

/// The mean of `at` over all counts of the law, from the most likely to both sides.
fn weighed(law: Hypergeometric, at: impl Fn(f64) -> f64) -> f64 {
    const SMALLEST: f64 = 1e-12;
    let middle = (law.mean() as u64).clamp(law.low(), law.high());
    let (mut sum, mut weights) = (at(middle as f64), 1.0);
    let mut weight = 1.0;
    for x in middle..law.high() {
        weight *= law.ratio(x);
        sum += weight * at((x + 1) as f64);
        weights += weight;
        if weight < SMALLEST {
            break;
        }
    }
    weight = 1.0;
    for x in (law.low()..middle).rev() {
        weight /= law.ratio(x);
        sum += weight * at(x as f64);
        weights += weight;
        if weight < SMALLEST {
            break;
        }
    }
    sum / weights
}

/// The mean of `at` if the count is normal.
fn smoothed(law: Hypergeometric, at: impl Fn(f64) -> f64) -> f64 {
    let (mean, spread) = (law.mean(), law.variance().sqrt());
    let (low, high) = (law.low() as f64, law.high() as f64);
    let (mut sum, mut weights) = (0.0, 0.0);
    for step in -16_i32..=16 {
        let z = f64::from(step) * 0.25;
        let weight = (-z * z / 2.0).exp();
        sum += weight * at((mean + z * spread).clamp(low, high));
        weights += weight;
    }
    sum / weights
}
