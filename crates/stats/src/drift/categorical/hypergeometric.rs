//! Rows of one kind among rows that are drawn without putting them back.

use crate::random::Random;
use statrs::function::factorial::ln_factorial;
use std::f64::consts::TAU;

/// Two probabilities are taken as equal within this factor.
const EQUAL: f64 = 1.0 + 1e-7;
/// Terms of a tail that are smaller than this share of it are left out.
const SMALLEST: f64 = 1e-18;
/// From this variance on draws come from the normal law.
const NORMAL_FROM: f64 = 36.0;
/// So few rows are drawn one by one.
const SINGLY_MAX: u64 = 24;

/// The law of the number of marked rows among `drawn` of `total` rows of which `marked` are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::drift) struct Hypergeometric {
    pub(in crate::drift) total: u64,
    pub(in crate::drift) marked: u64,
    pub(in crate::drift) drawn: u64,
}

impl Hypergeometric {
    /// The fewest that can be drawn.
    pub(in crate::drift) fn low(self) -> u64 {
        (self.marked + self.drawn).saturating_sub(self.total)
    }

    /// The most that can be drawn.
    pub(in crate::drift) fn high(self) -> u64 {
        self.marked.min(self.drawn)
    }

    pub(in crate::drift) fn mean(self) -> f64 {
        self.drawn as f64 * (self.marked as f64 / (self.total as f64).max(1.0))
    }

    pub(in crate::drift) fn variance(self) -> f64 {
        if self.total < 2 {
            return 0.0;
        }
        let n = self.total as f64;
        let rest = (self.total - self.drawn) as f64 / (n - 1.0);
        self.mean() * (1.0 - self.marked as f64 / n) * rest
    }

    fn mode(self) -> u64 {
        let at = (self.drawn + 1) as f64 * (self.marked + 1) as f64 / (self.total + 2) as f64;
        (at as u64).clamp(self.low(), self.high())
    }

    /// The logarithm of P(X = x) for an x that is possible.
    fn ln_pmf(self, x: u64) -> f64 {
        let choose = |n: u64, k: u64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
        choose(self.marked, x) + choose(self.total - self.marked, self.drawn - x)
            - choose(self.total, self.drawn)
    }

    /// P(X = x + 1) over P(X = x).
    pub(in crate::drift) fn ratio(self, x: u64) -> f64 {
        let free = (self.marked - x) as f64 * (self.drawn - x) as f64;
        free / ((x + 1) as f64 * (self.total - self.marked + x + 1 - self.drawn) as f64)
    }

    /// P(X ≥ x).
    pub(in crate::drift) fn at_least(self, x: u64) -> f64 {
        if x <= self.low() {
            return 1.0;
        }
        if x > self.high() {
            return 0.0;
        }
        if x <= self.mode() {
            return (1.0 - self.at_most(x - 1)).max(0.0);
        }
        let (mut term, mut sum) = (1.0, 1.0);
        for at in x..self.high() {
            term *= self.ratio(at);
            sum += term;
            if term < SMALLEST * sum {
                break;
            }
        }
        (self.ln_pmf(x).exp() * sum).min(1.0)
    }

    /// P(X ≤ x).
    pub(in crate::drift) fn at_most(self, x: u64) -> f64 {
        if x >= self.high() {
            return 1.0;
        }
        if x < self.low() {
            return 0.0;
        }
        if x > self.mode() {
            return (1.0 - self.at_least(x + 1)).max(0.0);
        }
        let (mut term, mut sum) = (1.0, 1.0);
        for at in (self.low()..x).rev() {
            term /= self.ratio(at);
            sum += term;
            if term < SMALLEST * sum {
                break;
            }
        }
        (self.ln_pmf(x).exp() * sum).min(1.0)
    }

    /// The probability of all counts that are no likelier than `x`.
    pub(in crate::drift) fn two_sided(self, x: u64) -> f64 {
        let mode = self.mode();
        let bound = self.ln_pmf(x) + EQUAL.ln();
        if self.ln_pmf(mode) <= bound {
            return 1.0;
        }
        if x < mode {
            let other = first(mode, self.high() + 1, |at| self.ln_pmf(at) <= bound);
            (self.at_most(x) + self.at_least(other)).min(1.0)
        } else {
            // The last count below the mode that is no likelier.
            let from = first(self.low(), mode, |at| self.ln_pmf(at) > bound);
            let below = if from == self.low() {
                0.0
            } else {
                self.at_most(from - 1)
            };
            (self.at_least(x) + below).min(1.0)
        }
    }

    /// One number of this law; from the normal law, rounded, where its variance is large.
    pub(in crate::drift) fn draw(self, random: &mut Random) -> u64 {
        let (low, high) = (self.low(), self.high());
        if low == high {
            return low;
        }
        let variance = self.variance();
        if variance >= NORMAL_FROM {
            let x = self.mean() + variance.sqrt() * normal(random);
            return x.round().clamp(low as f64, high as f64) as u64;
        }
        if self.marked.min(self.drawn) <= SINGLY_MAX {
            return self.drawn_singly(random);
        }
        let (mut up, mut down) = (self.mode(), self.mode());
        let mut p_up = self.ln_pmf(up).exp();
        let mut p_down = p_up;
        let mut left = random.unit() - p_up;
        // From the most likely count to both sides.
        while left > 0.0 && (up < high || down > low) {
            if up < high {
                p_up *= self.ratio(up);
                up += 1;
                left -= p_up;
                if left <= 0.0 {
                    return up;
                }
            }
            if down > low {
                down -= 1;
                p_down /= self.ratio(down);
                left -= p_down;
                if left <= 0.0 {
                    return down;
                }
            }
        }
        self.mode()
    }

    /// Marked and drawn are interchangeable: the fewer are gone through.
    fn drawn_singly(self, random: &mut Random) -> u64 {
        let few = self.marked.min(self.drawn);
        let mut left = self.marked.max(self.drawn);
        let mut found = 0;
        for gone in 0..few {
            if random.unit() * ((self.total - gone) as f64) < left as f64 {
                left -= 1;
                found += 1;
            }
        }
        found
    }
}

/// The first of `from..to` for which `holds`, if it holds for all after it; `to` if for none.
fn first(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (from, to);
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// A number of the standard normal law (Box and Muller 1958).
pub(in crate::drift) fn normal(random: &mut Random) -> f64 {
    let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
    radius * (TAU * random.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_meet_and_draws_follow_the_law() {
        for (total, marked, drawn) in [(20, 7, 12), (1000, 30, 400), (50_200, 4, 200)] {
            let law = Hypergeometric {
                total,
                marked,
                drawn,
            };
            for x in law.low()..=law.high() {
                let split = law.at_least(x + 1) + law.at_most(x);
                assert!((split - 1.0).abs() < 1e-9, "{law:?} {x} {split}");
            }
            let mut random = Random::new(1, 0);
            let draws: Vec<f64> = (0..4000).map(|_| law.draw(&mut random) as f64).collect();
            let mean = draws.iter().sum::<f64>() / 4000.0;
            let off = (mean - law.mean()).abs() / (law.variance() / 4000.0).sqrt();
            assert!(off < 4.0, "{law:?} {mean} {off}");
        }
    }

    #[test]
    fn far_tails_keep_their_digits() {
        let law = Hypergeometric {
            total: 20_000,
            marked: 10_000,
            drawn: 10_000,
        };
        let p = law.at_least(6_000);
        assert!(p > 0.0 && p < 1e-150, "{p}");
        assert!((law.two_sided(6_000) / (2.0 * p) - 1.0).abs() < 1e-9);
    }
}
