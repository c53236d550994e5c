//! The widest gap between groups, with an interval that knows of the choice.

use super::counts::{Counts, Rate};
use super::groups::{GROUP_MIN, Group, excess};
use crate::figure::{CONFIDENCE, Figure};
use crate::law::normal_quantile;
use crate::proportion::{log_share, wilson_at, z};
use crate::random::Random;
use std::f64::consts::TAU;

/// Most groups that are compared pair by pair.
const GROUPS_MAX: usize = 2_000;
/// Of more groups the critical value is Bonferroni's instead of a simulated one.
const SIMULATED_MAX: usize = 40;
const DRAWS: usize = 2_000;

/// What the interval says about the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All of it lies beyond the bound.
    Breach,
    /// All of it lies within.
    Within,
    /// The bound lies in the interval, or there is none: more rows are needed.
    Open,
}

impl Verdict {
    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Breach => "breach",
            Verdict::Within => "within",
            Verdict::Open => "open",
        }
    }
}

/// The widest gap between two groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// Largest difference or smallest ratio. Its interval covers all pairs of groups at once, so that
    /// choosing the widest costs nothing of its confidence. Its `n` counts the rows behind the rates of all
    /// groups that were compared.
    pub figure: Figure,
    /// The group with the lowest value; `None` if the figure is undefined.
    pub lowest: Option<String>,
    /// The group with the highest.
    pub highest: Option<String>,
    /// The rate in which they differ; `None` for calibration or if undefined.
    pub rate: Option<Rate>,
    /// What the interval says.
    pub verdict: Verdict,
}

/// A value of a group.
#[derive(Clone, Copy)]
pub(super) struct Estimate {
    group: usize,
    value: f64,
    of: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Share(u64, u64),
    /// With its standard error and rows.
    Mean(f64, u64),
}

impl Estimate {
    /// Rows behind it.
    fn n(&self) -> u64 {
        match self.of {
            Kind::Share(_, n) | Kind::Mean(_, n) => n,
        }
    }

    /// Standard error, not zero for shares of 0 and 1.
    fn sd(&self) -> f64 {
        match self.of {
            Kind::Share(k, n) => {
                let p = (k as f64 + 1.0) / (n as f64 + 2.0);
                (p * (1.0 - p) / n as f64).sqrt()
            }
            Kind::Mean(se, _) => se,
        }
    }

    /// Ends of its own interval at `z` standard errors.
    fn ends(&self, z: f64) -> (f64, f64) {
        match self.of {
            Kind::Share(k, n) => wilson_at(k as f64, n as f64, z),
            Kind::Mean(se, _) => (self.value - z * se, self.value + z * se),
        }
    }

    /// Its log and the log's variance.
    fn log(&self) -> (f64, f64) {
        match self.of {
            Kind::Share(k, n) => log_share(k, n, k == 0 || k == n),
            Kind::Mean(..) => (f64::NAN, f64::NAN),
        }
    }
}

/// The estimates of each rate, of groups that have one from at least [`GROUP_MIN`] rows of its own.
pub(super) fn families(rates: &[Rate], groups: &[&Group]) -> Vec<(Option<Rate>, Vec<Estimate>)> {
    let all = |of: &dyn Fn(&Counts) -> Option<(f64, Kind)>| {
        let found = groups.iter().enumerate();
        found
            .filter_map(|(group, g)| of(&g.counts).map(|(value, of)| Estimate { group, value, of }))
            .collect()
    };
    if rates.is_empty() {
        let mean = |c: &Counts| {
            let (mean, se) = (c.scored >= GROUP_MIN).then(|| excess(c)).flatten()?;
            Some((mean, Kind::Mean(se, c.scored)))
        };
        return vec![(None, all(&mean))];
    }
    let of_rate = |rate: &Rate| {
        let estimates = all(&|c| match c.of(*rate) {
            (_, n) if n < GROUP_MIN => None,
            (k, n) => Some((k as f64 / n as f64, Kind::Share(k, n))),
        });
        (Some(*rate), estimates)
    };
    rates.iter().map(of_rate).collect()
}

/// How two groups are held against each other, with the bound.
pub(super) enum Scale {
    Difference(f64),
    Ratio(f64),
}

impl Scale {
    /// Value, low and high of `a` above (or over) `b` at `z` standard errors; a is the higher for a
    /// difference, the lower for a ratio.
    fn pair(&self, a: &Estimate, b: &Estimate, z: f64) -> (f64, f64, f64) {
        match self {
            Scale::Difference(_) => {
                let ((la, ua), (lb, ub)) = (a.ends(z), b.ends(z));
                let d = a.value - b.value;
                let low = d - (a.value - la).hypot(ub - b.value);
                (d, low, d + (ua - a.value).hypot(b.value - lb))
            }
            Scale::Ratio(_) => {
                let ((la, va), (lb, vb)) = (a.log(), b.log());
                let half = z * (va + vb).sqrt();
                let ratio = if b.value > 0.0 {
                    a.value / b.value
                } else {
                    f64::NAN
                };
                (ratio, (la - lb - half).exp(), (la - lb + half).exp())
            }
        }
    }

    fn spread(&self, estimate: &Estimate) -> f64 {
        match self {
            Scale::Difference(_) => estimate.sd(),
            Scale::Ratio(_) => estimate.log().1.sqrt(),
        }
    }

    fn method(&self, simultaneous: bool) -> &'static str {
        match (self, simultaneous) {
            (Scale::Difference(_), false) => "newcombe",
            (Scale::Difference(_), true) => "newcombe_simultaneous",
            (Scale::Ratio(_), false) => "katz",
            (Scale::Ratio(_), true) => "katz_simultaneous",
        }
    }

    fn verdict(&self, figure: &Figure) -> Verdict {
        let (Some(low), Some(high)) = (figure.low, figure.high) else {
            return Verdict::Open;
        };
        let (breach, within) = match self {
            Scale::Difference(bound) => (low > *bound, high <= *bound),
            Scale::Ratio(bound) => (high < *bound, low >= *bound),
        };
        match (breach, within) {
            (true, _) => Verdict::Breach,
            (_, true) => Verdict::Within,
            _ => Verdict::Open,
        }
    }
}

/// The widest gap. If every pair's true value lies in that pair's interval, which the critical value
/// makes so in 95 % of samples, the widest true gap lies between the widest ends.
pub(super) fn gap(
    families: &[(Option<Rate>, Vec<Estimate>)],
    groups: &[&Group],
    scale: &Scale,
    normals: &[f64],
) -> Gap {
    let pairs: usize = families
        .iter()
        .map(|(_, f)| f.len() * f.len().saturating_sub(1) / 2)
        .sum();
    let n = families.iter().flat_map(|(_, f)| f).map(Estimate::n).sum();
    let none = |reason| Gap {
        figure: Figure::undefined(reason, n, scale.method(pairs > 1)),
        lowest: None,
        highest: None,
        rate: None,
        verdict: Verdict::Open,
    };
    if groups.len() > GROUPS_MAX {
        return none("there are too many groups to compare");
    }
    if pairs == 0 {
        return none("there are no two groups to compare");
    }
    let z = critical(families, pairs, scale, normals);
    let mut widest = Widest::default();
    for (rate, estimates) in families {
        for a in estimates {
            let others = estimates.iter().filter(|b| b.group != a.group);
            others.for_each(|b| widest.take(*rate, a, b, scale.pair(a, b, z), scale));
        }
    }
    let Some((value, rate, a, b)) = widest.pair else {
        return none("all groups are at zero");
    };
    let ends = match scale {
        Scale::Difference(_) => (widest.low.max(0.0).min(value), widest.high.max(value)),
        Scale::Ratio(_) => (widest.low.min(value), widest.high.min(1.0).max(value)),
    };
    let name = |at: usize| groups.get(at).map(|g| g.name.clone());
    let (lowest, highest) = match scale {
        Scale::Difference(_) => (b, a),
        Scale::Ratio(_) => (a, b),
    };
    let figure = Figure::new(value, ends, n, scale.method(pairs > 1));
    Gap {
        verdict: scale.verdict(&figure),
        figure,
        lowest: name(lowest),
        highest: name(highest),
        rate,
    }
}

#[derive(Default)]
struct Widest {
    pair: Option<(f64, Option<Rate>, usize, usize)>,
    top: f64,
    low: f64,
    high: f64,
}

impl Widest {
    fn take(
        &mut self,
        rate: Option<Rate>,
        a: &Estimate,
        b: &Estimate,
        (value, low, high): (f64, f64, f64),
        scale: &Scale,
    ) {
        if value.is_nan() {
            return;
        }
        // The higher of the two: of gaps as wide as each other, e.g. ratios of 0, it decides which is named.
        let top = a.value.max(b.value);
        let Some((best, ..)) = self.pair else {
            (self.pair, self.top) = (Some((value, rate, a.group, b.group)), top);
            (self.low, self.high) = (low, high);
            return;
        };
        let order = match scale {
            Scale::Difference(_) => value.total_cmp(&best),
            Scale::Ratio(_) => best.total_cmp(&value),
        };
        if order.then(top.total_cmp(&self.top)).is_gt() {
            (self.pair, self.top) = (Some((value, rate, a.group, b.group)), top);
        }
        (self.low, self.high) = match scale {
            Scale::Difference(_) => (self.low.max(low), self.high.max(high)),
            Scale::Ratio(_) => (self.low.min(low), self.high.min(high)),
        };
    }
}

/// How many standard errors wide the intervals of all pairs must be to hold all at once: the quantile of
/// the largest studentised difference under equal groups (Tukey's range with unequal sizes), simulated.
fn critical(
    families: &[(Option<Rate>, Vec<Estimate>)],
    pairs: usize,
    scale: &Scale,
    normals: &[f64],
) -> f64 {
    if pairs == 1 {
        return z();
    }
    if normals.is_empty() || families.iter().any(|(_, f)| f.len() > SIMULATED_MAX) {
        return normal_quantile(1.0 - (1.0 - CONFIDENCE) / (2.0 * pairs as f64));
    }
    let spreads: Vec<Vec<f64>> = families
        .iter()
        .map(|(_, f)| f.iter().map(|e| scale.spread(e)).collect())
        .collect();
    let width = spreads.iter().map(Vec::len).sum::<usize>().max(1);
    let mut largest: Vec<f64> = normals
        .chunks_exact(width)
        .map(|draw| {
            let mut rest = draw.iter();
            let ranges = spreads.iter().map(|s| range(s, &mut rest));
            ranges.fold(0.0, f64::max)
        })
        .collect();
    largest.sort_unstable_by(f64::total_cmp);
    let at = (CONFIDENCE * largest.len() as f64).ceil() as usize;
    largest.get(at).map_or_else(z, |x| x.max(z()))
}

/// Standard normal numbers (Box and Muller 1958) for simulating `groups` groups of two rates.
pub(super) fn normals(groups: usize, seed: u64) -> Vec<f64> {
    if groups > SIMULATED_MAX {
        return Vec::new();
    }
    let mut random = Random::new(seed, 0);
    let pair = |_| {
        let radius = (-2.0 * (1.0 - random.unit()).ln()).sqrt();
        let (sin, cos) = (TAU * random.unit()).sin_cos();
        [radius * sin, radius * cos]
    };
    (0..DRAWS * groups).flat_map(pair).collect()
}

/// The largest studentised difference of one draw.
fn range<'a>(spreads: &[f64], normals: &mut impl Iterator<Item = &'a f64>) -> f64 {
    let drawn = spreads.iter().zip(normals);
    let drawn: Vec<(f64, f64)> = drawn.map(|(sd, z)| (z * sd, sd * sd)).collect();
    let mut most = 0.0_f64;
    for (at, (x, v)) in drawn.iter().enumerate() {
        for (y, w) in drawn.iter().take(at) {
            let (d, variance) = (x - y, v + w);
            if d * d > most * variance {
                most = d * d / variance;
            }
        }
    }
    most.sqrt()
}
