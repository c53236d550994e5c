//! The first Wasserstein distance.

use super::bridge::Bridge;
use super::pooled::{squares, unit, walk};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::proportion::z;
use crate::sample::Sorted;

/// The first Wasserstein distance of two samples and what it would be if nothing had changed, from one
/// pass over both. Rows of either infinity are left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wasserstein {
    /// ∫|F − G| dx, in the unit of the values.
    pub distance: f64,
    /// Standard error of the distance, by the potential that moves one sample to the other; too small
    /// where the true distance is 0.
    pub error: f64,
    /// The distance that is expected at these sizes if both samples come from the pooled values.
    pub expected: f64,
    /// Standard deviation of the reference, divisor `n − 1`; `None` for fewer than two rows.
    pub deviation: Option<f64>,
    /// See [`wasserstein`]; `None` with fewer than ten rows on a side.
    pub p_value: Option<f64>,
    reference: u64,
    current: u64,
}

/// Sums over the pooled values in ascending order.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    /// The last value.
    x: f64,
    /// Difference of the distributions there, times n m.
    gap: f64,
    distance: f64,
    /// What a row at this value pays to be moved, up to a constant (Kantorovich's potential).
    potential: f64,
}

/// Potentials of the rows of one sample, and their squares.
#[derive(Debug, Clone, Copy, Default)]
struct Potentials {
    first: f64,
    second: f64,
}

impl Wasserstein {
    /// `None` if a side has no finite values.
    pub fn of(reference: &Sorted, current: &Sorted) -> Option<Self> {
        let (a, b) = (reference.values(), current.values());
        let low = a.first()?.min(*b.first()?);
        let (n, m) = (a.len() as f64, b.len() as f64);
        let unit = unit(&[a, b]);
        let bridge = Bridge::new(a, b, unit);
        let mut sums = Sums {
            x: low * unit,
            ..Sums::default()
        };
        let mut potentials = [Potentials::default(); 2];
        let mut at = Vec::with_capacity(bridge.cuts.len());
        let mut from = (0, 0);
        for to in &bridge.cuts {
            let before = sums.potential;
            sums.add((a, b), from, *to, unit);
            let rows = [to.0 - from.0, to.1 - from.1];
            // A row alone is where it is; of many the ends of their part stand for all.
            let single = rows[0] + rows[1] == 1;
            let middle = if single {
                sums.potential
            } else {
                before.midpoint(sums.potential)
            };
            potentials
                .iter_mut()
                .zip(rows)
                .for_each(|(p, rows)| p.add(middle, rows as f64));
            at.push(sums.distance);
            from = *to;
        }
        let [one, two] = potentials;
        let error = (one.variance(n) / n + two.variance(m) / m).sqrt();
        let p_value = bridge.middle.map(|(low, high)| {
            let of = |cut: usize| at.get(cut).copied().unwrap_or(sums.distance);
            bridge.of_absolute((of(high) - of(low)) / (n * m))
        });
        let (_, spread) = squares(a, |x| (x - low) * unit);
        Some(Self {
            distance: sums.distance / (n * m) / unit,
            error: error / unit,
            expected: bridge.expected_absolute() / unit,
            deviation: (a.len() > 1).then(|| (spread / (n - 1.0)).sqrt() / unit),
            p_value,
            reference: reference.n(),
            current: current.n(),
        })
    }

    /// The distance in deviations of the reference. 0 if the samples are equal; else `None` if the
    /// reference has no spread.
    pub fn normed(&self) -> Option<f64> {
        self.in_deviations(self.distance)
    }

    /// [`Wasserstein::expected`] in deviations of the reference.
    pub fn expected_normed(&self) -> Option<f64> {
        self.in_deviations(self.expected)
    }

    fn in_deviations(&self, x: f64) -> Option<f64> {
        if self.distance <= 0.0 {
            return Some(0.0);
        }
        let deviation = self.deviation.filter(|s| *s > 0.0)?;
        Some(x / deviation).filter(|x| x.is_finite())
    }

    /// As [`wasserstein`] gives it.
    pub fn raw(&self) -> Comparison {
        self.comparison("wasserstein", 1.0)
    }

    /// As [`wasserstein_normed`] gives it.
    pub fn in_reference_deviations(&self) -> Comparison {
        match (self.normed(), self.deviation) {
            (Some(_), Some(deviation)) if deviation > 0.0 => {
                self.comparison("wasserstein_normed", deviation)
            }
            (Some(_), _) => self.comparison("wasserstein_normed", 1.0),
            (None, None) => Comparison {
                statistic: Figure::too_few(self.reference, 2, "wasserstein_normed"),
                ..self.without("the reference has one row")
            },
            (None, _) => self.without("the reference has no spread"),
        }
    }

    fn without(&self, reason: &'static str) -> Comparison {
        Comparison {
            p_value: self.p_value,
            ..Comparison::undefined("wasserstein_normed", reason, (self.reference, self.current))
        }
    }

    fn comparison(&self, method: &'static str, by: f64) -> Comparison {
        let slack = z() * self.error;
        let low = (self.distance - self.expected - slack).max(0.0);
        let high = self.distance + slack;
        Comparison {
            method,
            statistic: Figure::new(
                self.distance / by,
                (low / by, high / by),
                self.reference + self.current,
                method,
            ),
            p_value: self.p_value,
            effect: self.normed(),
            effect_name: "wasserstein_normed",
            reference: self.reference,
            current: self.current,
        }
    }
}

impl Sums {
    /// Adds the values of both samples between two cuts.
    fn add(
        &mut self,
        (a, b): (&[f64], &[f64]),
        from: (usize, usize),
        to: (usize, usize),
        unit: f64,
    ) {
        let (n, m) = (a.len() as f64, b.len() as f64);
        let mut sums = *self;
        walk(&a[from.0..to.0], &b[from.1..to.1], |x, i, j| {
            let step = x * unit - sums.x;
            sums.distance += sums.gap.abs() * step;
            sums.potential += if sums.gap == 0.0 {
                0.0
            } else {
                step.copysign(sums.gap)
            };
            sums.x = x * unit;
            // Whole numbers: equal distributions differ by nothing at all.
            sums.gap = (i + from.0) as f64 * m - (j + from.1) as f64 * n;
        });
        *self = sums;
    }
}

impl Potentials {
    fn add(&mut self, potential: f64, rows: f64) {
        self.first += rows * potential;
        self.second += rows * potential * potential;
    }

    fn variance(self, n: f64) -> f64 {
        let mean = self.first / n;
        (self.second / n - mean * mean).max(0.0)
    }
}

/// The first Wasserstein distance ∫|F − G| dx, in the unit of the values: how far rows of one sample
/// must be moved on average to become the other. The effect is the same in deviations of the reference.
///
/// Rows of either infinity are left out.
///
/// The interval is rather too wide than too narrow: its upper end is the distance plus z standard
/// errors (of the mean of Kantorovich's potential over both samples), its lower end that much below the
/// distance less what is expected without a change, because the distance of samples is too large on
/// average, by about this at most.
///
/// The p-value is of the part between the pooled quantiles `5 / min(n, m)` and one minus this (a tenth
/// of the rows of small samples): farther out a handful of rows decides, which no normal law describes.
/// It is that of ∫|B(F(x))| dx with a Brownian bridge B, on up to 1,024 pooled quantiles, by its first three
/// moments; there is none with fewer than ten rows on a side.
pub fn wasserstein(reference: &Sorted, current: &Sorted) -> Comparison {
    let found = Wasserstein::of(reference, current);
    found.map_or_else(
        || {
            Comparison::undefined(
                "wasserstein",
                "a side has no values",
                (reference.n(), current.n()),
            )
        },
        |found| found.raw(),
    )
}

/// [`wasserstein`] divided by the reference's standard deviation (divisor `n − 1`), which is taken as
/// known. 0 if the samples are equal; else undefined if the reference is constant, and the p-value
/// stands alone.
pub fn wasserstein_normed(reference: &Sorted, current: &Sorted) -> Comparison {
    let sizes = (reference.n(), current.n());
    let found = Wasserstein::of(reference, current);
    found.map_or_else(
        || Comparison::undefined("wasserstein_normed", "a side has no values", sizes),
        |found| found.in_reference_deviations(),
    )
}

/// The first Wasserstein distance of values with weights, each side's brought to a sum of one. Values
/// come in any order; those that are not finite are left out with their weight. `None` if a weight is
/// negative or not finite, or a side has none in sum.
pub fn wasserstein_weighted(reference: &[(f64, f64)], current: &[(f64, f64)]) -> Option<f64> {
    let total = |side: &[(f64, f64)]| -> Option<f64> {
        let whole = side.iter().all(|(_, w)| *w >= 0.0 && w.is_finite());
        let sum: f64 = side
            .iter()
            .filter(|(x, _)| x.is_finite())
            .map(|(_, w)| w)
            .sum();
        (whole && sum > 0.0 && sum.is_finite()).then_some(sum)
    };
    let (n, m) = (total(reference)?, total(current)?);
    let signed = reference.iter().map(|(x, w)| (*x, w / n));
    let signed = signed.chain(current.iter().map(|(x, w)| (*x, -w / m)));
    let mut all: Vec<(f64, f64)> = signed.filter(|(x, _)| x.is_finite()).collect();
    all.sort_unstable_by(|p, q| p.0.total_cmp(&q.0));
    let (mut gap, mut distance) = (0.0, 0.0);
    for pair in all.windows(2) {
        if let [(x, w), (next, _)] = pair {
            gap += w;
            // Halves first, where the difference itself would be infinite.
            distance += f64::abs(gap) * (next * 0.5 - x * 0.5);
        }
    }
    Some(2.0 * distance).filter(|d| d.is_finite())
}
