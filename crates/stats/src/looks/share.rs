//! A share of events.

use super::{Look, Target, allowed};
use crate::figure::Figure;
use statrs::function::beta::ln_beta;

const METHOD: &str = "beta_mixture";
/// The prior's parameters (Jeffreys; Krichevsky and Trofimov 1981).
const PRIOR: f64 = 0.5;
/// Halvings of the search for an end of the interval.
const HALVINGS: usize = 50;

/// A share, such as a rate of errors: the mixture sequential probability ratio test of the binomial law with a
/// beta prior (Robbins 1970; Johari, Koomen, Pekelis and Walsh 2022). Exact for independent events.
#[derive(Debug, Clone, PartialEq)]
pub struct MixtureShare {
    /// What the null says about the share.
    pub target: Target,
    /// Chance that the sequence of intervals ever misses the share.
    pub level: f64,
    /// Events that count.
    pub k: u64,
    /// All events.
    pub n: u64,
    /// Logarithm of the largest evidence so far.
    pub ln_peak: f64,
}

impl MixtureShare {
    /// Before the first event; `level` is e.g. 0.05.
    pub fn new(target: Target, level: f64) -> Self {
        Self {
            target: Target::between(target.low.clamp(0.0, 1.0), target.high.clamp(0.0, 1.0)),
            level: allowed(level),
            k: 0,
            n: 0,
            ln_peak: 0.0,
        }
    }

    /// Takes `k` of `n` events that are known only together. The peak is looked at once, after them.
    pub fn count(&mut self, k: u64, n: u64) {
        self.n = self.n.saturating_add(n);
        self.k = self.k.saturating_add(k.min(n)).min(self.n);
        self.ln_peak = self.ln_peak.max(self.ln_evidence());
    }

    /// The logarithm of the likelihood of the events, mixed over all shares.
    fn ln_mixed(&self) -> f64 {
        let (k, rest) = (self.k as f64, (self.n - self.k) as f64);
        ln_beta(PRIOR + k, PRIOR + rest) - ln_beta(PRIOR, PRIOR)
    }

    /// And for the share `p`.
    fn ln_of(&self, p: f64) -> f64 {
        times_ln(self.k as f64, p) + times_ln((self.n - self.k) as f64, 1.0 - p)
    }

    /// The end of the interval between the estimate and `outer`: the evidence grows on the way there.
    fn end(&self, estimate: f64, outer: f64) -> f64 {
        let least = self.ln_mixed() + self.level.ln();
        if self.ln_of(outer) > least {
            return outer;
        }
        let (mut inside, mut outside) = (estimate, outer);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(inside, outside);
            if self.ln_of(middle) > least {
                inside = middle;
            } else {
                outside = middle;
            }
        }
        outside
    }
}

impl Look for MixtureShare {
    /// Events count unless they are 0.
    fn update(&mut self, batch: &[f64]) {
        for x in batch.iter().filter(|x| !x.is_nan()) {
            self.count(u64::from(x.abs() > 0.0), 1);
        }
    }

    fn ln_evidence(&self) -> f64 {
        if self.n == 0 {
            return 0.0;
        }
        let nearest = self.target.nearest(self.k as f64 / self.n as f64);
        (self.ln_mixed() - self.ln_of(nearest)).min(f64::MAX)
    }

    fn ln_peak(&self) -> f64 {
        self.ln_peak
    }

    /// Undefined without events.
    fn figure(&self) -> Figure {
        if self.n == 0 {
            return Figure::undefined("there are no events", 0, METHOD);
        }
        let share = self.k as f64 / self.n as f64;
        let ends = (self.end(share, 0.0), self.end(share, 1.0));
        Figure::new(share, ends, self.n, METHOD)
    }
}

/// a·ln p, and 0 where a is 0.
fn times_ln(a: f64, p: f64) -> f64 {
    if a > 0.0 { a * p.ln() } else { 0.0 }
}
