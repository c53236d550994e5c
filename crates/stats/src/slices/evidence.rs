//! Whether two sets of rows differ, and what stands among many such findings.

use super::cells::Sums;
use crate::law::{normal_two_sided, t_sf};
use statrs::function::gamma::ln_gamma;

/// Below so many expected rows of either kind the test of shares is exact.
const EXACT_BELOW: f64 = 200.0;
/// What a p-value may lose when its sums are made in another order.
const ROUNDING: f64 = 1e-6;
/// From so many degrees of freedom on Student's law is the normal one.
const GAUSSIAN_FROM: f64 = 5_000.0;

/// How strongly `inside` exceeds `outside`, in standard errors; below zero if it falls short.
///
/// Of flags the pooled two-proportion z. Of numbers the weaker of Welch's and the pooled z: with skewed
/// targets and few rows inside, Welch's finds too much below the mean and the pooled one above it.
pub(super) fn strength(inside: Sums, outside: Sums, is_flag: bool) -> f64 {
    let all = inside + outside;
    let d = inside.sum / inside.n - outside.sum / outside.n;
    let mean = all.sum / all.n;
    let parts = 1.0 / inside.n + 1.0 / outside.n;
    let pooled = d / ((all.squares / all.n - mean * mean).max(0.0) * parts).sqrt();
    if is_flag {
        return known(pooled);
    }
    let welch = d / (error(inside) + error(outside)).sqrt();
    known(if pooled.abs() <= welch.abs() {
        pooled
    } else {
        welch
    })
}

fn known(z: f64) -> f64 {
    if z.is_finite() { z } else { 0.0 }
}

/// Squared standard error of a mean.
fn error(s: Sums) -> f64 {
    (s.squares - s.sum * s.sum / s.n).max(0.0) / ((s.n - 1.0).max(1.0) * s.n)
}

/// Degrees of freedom of Welch's test (Welch 1947).
pub(super) fn welch_df(inside: Sums, outside: Sums) -> f64 {
    let (a, b) = (error(inside), error(outside));
    let df = (a + b).powi(2) / (a * a / (inside.n - 1.0) + b * b / (outside.n - 1.0));
    if df.is_finite() {
        df
    } else {
        inside.n + outside.n - 2.0
    }
}

/// The two-sided p-value of a [`strength`] `z`: exact for flags of small expected counts (Fisher, twice
/// the smaller tail), else by Student's law.
pub(super) fn p_value(z: f64, inside: Sums, outside: Sums, is_flag: bool) -> f64 {
    if is_flag {
        let all = inside + outside;
        let expected = inside.n.min(outside.n) * all.sum.min(all.n - all.sum) / all.n;
        if expected < EXACT_BELOW {
            return exact(inside, outside);
        }
        return normal_two_sided(z);
    }
    let df = welch_df(inside, outside);
    if df >= GAUSSIAN_FROM {
        normal_two_sided(z)
    } else {
        (2.0 * t_sf(z.abs(), df)).min(1.0)
    }
}

/// Twice the hypergeometric tail on the side where `inside` lies.
fn exact(inside: Sums, outside: Sums) -> f64 {
    let all = inside + outside;
    let (n, k) = (inside.n, inside.sum);
    let is_above = k * all.n >= n * all.sum;
    // The tail below is the tail above of the rows that are not set.
    let (k, set) = if is_above {
        (k, all.sum)
    } else {
        (n - k, all.n - all.sum)
    };
    let choose = |a: f64, b: f64| ln_gamma(a + 1.0) - ln_gamma(b + 1.0) - ln_gamma(a - b + 1.0);
    let first = choose(set, k) + choose(all.n - set, n - k) - choose(all.n, n);
    let (mut term, mut sum, mut at) = (1.0, 1.0, k);
    while at < n.min(set) && term > 1e-17 * sum {
        term *= (set - at) * (n - at) / ((at + 1.0) * (all.n - set - n + at + 1.0));
        sum += term;
        at += 1.0;
    }
    (2.0 * first.exp() * sum).min(1.0)
}

/// Benjamini and Hochberg's correction (1995) of p-values of which only the small ones are listed.
pub(super) struct Correction {
    /// Ascending p-values with the smallest rate of false findings at which each stands.
    steps: Vec<(f64, f64)>,
}

impl Correction {
    /// Of all p-values below some bound, out of `tried`.
    pub(super) fn new(mut found: Vec<f64>, tried: f64) -> Self {
        found.sort_unstable_by(f64::total_cmp);
        let mut steps: Vec<(f64, f64)> = (1_u32..)
            .zip(found)
            .map(|(rank, p)| (p, (p * tried / f64::from(rank)).min(1.0)))
            .collect();
        let mut least = 1.0_f64;
        for (_, adjusted) in steps.iter_mut().rev() {
            least = least.min(*adjusted);
            *adjusted = least;
        }
        Self { steps }
    }

    /// The adjusted p-value of `p`.
    pub(super) fn adjusted(&self, p: f64) -> f64 {
        let before = self
            .steps
            .partition_point(|(x, _)| *x < p * (1.0 - ROUNDING));
        let own = self.steps.get(before);
        own.map_or(1.0, |(_, adjusted)| *adjusted)
    }

    /// The largest p-value that stands at `level`; below zero if none does.
    pub(super) fn critical(&self, level: f64) -> f64 {
        let last = self
            .steps
            .iter()
            .rev()
            .find(|(_, adjusted)| *adjusted <= level);
        last.map_or(-1.0, |(p, _)| *p * (1.0 + ROUNDING))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(n: f64, ones: f64) -> Sums {
        Sums {
            n,
            sum: ones,
            squares: ones,
        }
    }

    #[test]
    fn exact_tails_are_those_of_the_hypergeometric_law() {
        // Fisher's tea: 4 of 4 against 0 of 4 is 1 of 70 ways.
        let p = exact(flags(4.0, 4.0), flags(4.0, 0.0));
        assert!((p - 2.0 / 70.0).abs() < 1e-12, "{p}");
        let below = exact(flags(4.0, 0.0), flags(4.0, 4.0));
        assert!((below - p).abs() < 1e-12);
        let middle = exact(flags(50.0, 5.0), flags(5_000.0, 500.0));
        assert!(middle > 0.9, "{middle}");
    }

    #[test]
    fn the_correction_is_benjamini_and_hochbergs() {
        let correction = Correction::new(vec![0.04, 0.001, 0.01], 5.0);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(correction.adjusted(0.001), 0.005));
        assert!(near(correction.adjusted(0.01), 0.025));
        assert!(near(correction.adjusted(0.04), 0.2 / 3.0));
        assert!((correction.critical(0.05) - 0.01).abs() < 1e-7);
        assert!(correction.critical(0.001) < 0.0);
    }

    #[test]
    fn constant_targets_are_no_evidence() {
        let same = Sums {
            n: 60.0,
            sum: 0.0,
            squares: 0.0,
        };
        assert!(strength(same, same, false).abs() < 1e-12);
        assert!(strength(flags(50.0, 50.0), flags(50.0, 50.0), true).abs() < 1e-12);
    }
}
