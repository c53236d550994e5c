//! The curve of reliability, and errors of calibration over its bins.

use super::forecasts::{Forecasts, Sums};
use crate::figure::Figure;
use crate::law::{normal_quantile, normal_sf};
use crate::proportion::{share, z};
use crate::random::Random;
use std::f64::consts::{FRAC_2_PI, PI};

/// Bins unless asked otherwise.
pub const BINS: usize = 10;
/// Most bins.
const BINS_MAX: usize = 10_000;
/// Simulated curves of perfect calibration behind a p-value.
const DRAWS: u32 = 999;
/// From this variance of its positives on, a bin's gap is as good as Gaussian; below it Poisson's law
/// stands in.
const GAUSSIAN_FROM: f64 = 25.0;

/// How probabilities are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheme {
    /// Of equal numbers of rows in the order of probability, the first ones larger by one if it does not
    /// divide. Equal probabilities on an edge are parted in the order of their rows.
    #[default]
    EqualMass,
    /// Of equal width, closed on the left, the last one on both sides.
    EqualWidth,
    /// Of equal width, closed on the right: `calibration_curve(strategy="uniform")` of scikit-learn.
    Sklearn,
}

impl Scheme {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::EqualMass => "equal_mass",
            Scheme::EqualWidth => "equal_width",
            Scheme::Sklearn => "sklearn.uniform",
        }
    }
}

/// One bin of the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// Where it begins: an edge, or the smallest probability in a bin of equal mass.
    pub from: f64,
    /// Where it ends: an edge, or the largest probability in a bin of equal mass.
    pub to: f64,
    /// Rows.
    pub n: u64,
    /// Mean probability; `None` without rows.
    pub mean_probability: Option<f64>,
    /// Share of positive outcomes with Wilson's interval.
    pub observed: Figure,
}

/// The curve with its errors.
///
/// The observed errors are above zero by chance alone, the more so the fewer the rows. Decide by
/// [`Reliability::debiased_ece`] and [`Reliability::p_value`].
#[derive(Debug, Clone, PartialEq)]
pub struct Reliability {
    /// How the bins were made.
    pub scheme: Scheme,
    /// The bins, ascending; those of equal width may be empty.
    pub bins: Vec<Bin>,
    /// Expected calibration error: the mean of |mean probability − observed share| weighted by rows
    /// (Naeini et al. 2015). Its lower end is freed of the error that chance makes.
    pub ece: Figure,
    /// The largest gap of a bin.
    pub mce: Figure,
    /// The plain mean of the gaps of bins with rows.
    pub ace: Figure,
    /// The root of the weighted mean of squared gaps.
    pub rms: Figure,
    /// The same, with the variance of the observed shares taken off (Kumar, Liang, Ma 2019).
    pub debiased_rms: Figure,
    /// What [`Reliability::ece`] would be on average if all probabilities were right; `None` without
    /// rows.
    pub expected_ece: Option<f64>,
    /// What [`Reliability::ece`] exceeds that by, not below zero.
    pub debiased_ece: Figure,
    /// Chance of an error as large as [`Reliability::ece`] if all probabilities were right, from 999
    /// simulated curves.
    pub p_value: Option<f64>,
}

impl Forecasts {
    /// The curve over `bins` bins (1 to 10,000; by default [`BINS`]); `seed` fixes the simulation behind
    /// the p-value.
    pub fn reliability(&self, scheme: Scheme, bins: usize, seed: u64) -> Reliability {
        let count = bins.clamp(1, BINS_MAX);
        let ends = self.ends(scheme, count);
        let starts = [0].into_iter().chain(ends.iter().copied());
        let parts: Vec<(usize, usize)> = starts.zip(ends.iter().copied()).collect();
        let sums: Vec<Sums> = parts.iter().map(|(a, b)| self.sums(*a, *b)).collect();
        let bin = |(at, ((from, to), sums)): (usize, (&(usize, usize), &Sums))| {
            let p = self.probabilities();
            let edges = match scheme {
                Scheme::EqualMass => (p.get(*from), p.get(to.wrapping_sub(1))),
                _ => (None, None),
            };
            let width = 1.0 / count as f64;
            Bin {
                from: edges.0.copied().unwrap_or(at as f64 * width),
                to: edges.1.copied().unwrap_or((at + 1) as f64 * width),
                n: sums.n,
                mean_probability: (sums.n > 0).then(|| sums.mean()),
                observed: share(sums.positives, sums.n),
            }
        };
        let bins = parts.iter().zip(&sums).enumerate().map(bin).collect();
        let filled: Vec<Sums> = sums.into_iter().filter(|s| s.n > 0).collect();
        Reliability::new(scheme, bins, &filled, seed)
    }

    /// Sums over the rows of each bin that has some.
    pub(super) fn binned(&self, scheme: Scheme, bins: usize) -> Vec<Sums> {
        let ends = self.ends(scheme, bins.clamp(1, BINS_MAX));
        let mut from = 0;
        let all = ends.into_iter().map(|to| {
            let sums = self.sums(from, to);
            from = to;
            sums
        });
        all.filter(|s| s.n > 0).collect()
    }

    /// Where each bin ends among the sorted rows.
    fn ends(&self, scheme: Scheme, count: usize) -> Vec<usize> {
        let p = self.probabilities();
        let (each, more) = (p.len() / count, p.len() % count);
        let (whole, width) = (count as f64, 1.0 / count as f64);
        let end = |at: usize| match scheme {
            _ if at == count => p.len(),
            Scheme::EqualMass => at * each + at.min(more),
            Scheme::EqualWidth => p.partition_point(|p| (p * whole).floor() < at as f64),
            Scheme::Sklearn => p.partition_point(|p| *p <= at as f64 * width),
        };
        let ends = (1..=count).map(end);
        match scheme {
            // No more bins than rows.
            Scheme::EqualMass => ends.take(count.min(p.len())).collect(),
            _ => ends.collect(),
        }
    }
}

impl Reliability {
    fn new(scheme: Scheme, bins: Vec<Bin>, filled: &[Sums], seed: u64) -> Self {
        let n: u64 = filled.iter().map(|s| s.n).sum();
        let rows = n as f64;
        let none = |method| Figure::undefined("there are no rows", 0, method);
        if n == 0 {
            return Self {
                scheme,
                bins,
                ece: none("ece"),
                mce: none("mce"),
                ace: none("ace"),
                rms: none("rms_calibration_error"),
                debiased_rms: none("rms_calibration_error_debiased"),
                expected_ece: None,
                debiased_ece: none("ece_debiased"),
                p_value: None,
            };
        }
        let gap = |s: &Sums| (s.mean() - s.observed()).abs();
        let weighed = |of: &dyn Fn(&Sums) -> f64| -> f64 {
            filled.iter().map(|s| s.n as f64 / rows * of(s)).sum()
        };
        let ece = weighed(&gap);
        let mce = filled.iter().map(gap).fold(0.0, f64::max);
        let ace = filled.iter().map(gap).sum::<f64>() / filled.len() as f64;
        let squared = weighed(&|s| gap(s) * gap(s));
        let noise = weighed(&|s| {
            let o = s.observed();
            o * (1.0 - o) / (s.n.max(2) - 1) as f64
        });
        let expected = filled.iter().map(|s| absolute(s.variance)).sum::<f64>() / rows;
        let debiased = (ece - expected).max(0.0);
        let (low, high) = interval(filled, ece, rows);
        let rms = (squared - noise).max(0.0).sqrt();
        Self {
            scheme,
            bins,
            ece: Figure::new(ece, (low, high), n, "ece"),
            mce: Figure::point(mce, n, "mce"),
            ace: Figure::point(ace, n, "ace"),
            rms: Figure::point(squared.sqrt(), n, "rms_calibration_error"),
            debiased_rms: Figure::point(rms, n, "rms_calibration_error_debiased"),
            expected_ece: Some(expected),
            debiased_ece: Figure::new(debiased, (low.min(debiased), high), n, "ece_debiased"),
            p_value: Some(simulated(filled, ece * rows, seed)),
        }
    }
}

/// Mean of |X − mean| for a count X of this variance: of Poisson's law (Crow 1958) if it is small, else
/// of the normal law.
fn absolute(variance: f64) -> f64 {
    if variance >= GAUSSIAN_FROM {
        return (variance * FRAC_2_PI).sqrt();
    }
    let whole = variance.floor();
    let steps = 1..=whole as u32;
    let term = steps.fold((-variance).exp(), |t, i| t * variance / f64::from(i));
    2.0 * variance * term
}

/// Ends of the error's interval, each gap taken as Gaussian around what was seen. The absolute value
/// shifts small gaps upwards (folded normal law, Leone et al. 1961), so the lower end gives that back.
fn interval(filled: &[Sums], ece: f64, rows: f64) -> (f64, f64) {
    let (mut bias, mut variance) = (0.0, 0.0);
    for s in filled {
        let n = s.n as f64;
        let weight = n / rows;
        let gap = (s.mean() - s.observed()).abs();
        let o = (s.positives as f64 + 1.0) / (n + 2.0);
        let sd = (o * (1.0 - o) / n).sqrt();
        let pull = (-0.5 * (gap / sd).powi(2)).exp() * sd * (2.0 / PI).sqrt();
        let mean = pull + gap * (1.0 - 2.0 * normal_sf(gap / sd));
        bias += weight * (mean - gap);
        variance += weight * weight * (gap * gap + sd * sd - mean * mean).max(0.0);
    }
    let half = z() * variance.sqrt();
    ((ece - bias - half).max(0.0), (ece + half).min(1.0))
}

/// Share of simulated curves of perfect calibration whose sum of gaps reaches `seen`.
fn simulated(filled: &[Sums], seen: f64, seed: u64) -> f64 {
    let mut random = Random::new(seed, 0);
    let reached = (0..DRAWS).filter(|_| {
        let sum: f64 = filled
            .iter()
            .map(|s| deviation(s.variance, &mut random))
            .sum();
        // A tie within rounding is one.
        sum >= seen * (1.0 - 1e-9)
    });
    (1.0 + reached.count() as f64) / (1.0 + f64::from(DRAWS))
}

/// A draw of |X − mean| for a count of this variance.
fn deviation(variance: f64, random: &mut Random) -> f64 {
    let u = random.unit().max(f64::MIN_POSITIVE);
    if variance >= GAUSSIAN_FROM {
        return normal_quantile(u).abs() * variance.sqrt();
    }
    let (mut count, mut term) = (0.0, (-variance).exp());
    let mut sum = term;
    while sum < u && term > 0.0 {
        count += 1.0;
        term *= variance / count;
        sum += term;
    }
    (count - variance).abs()
}
