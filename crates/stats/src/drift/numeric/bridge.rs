//! What distances between two empirical distributions are like if nothing has changed.
//!
//! Given the pooled values, the difference of the two distributions at the pooled share u is then a
//! Brownian bridge B(u) times `√((1/n + 1/m) N / (N − 1))`: all ways of dealing the pooled rows to the
//! two samples are as likely. B(u) / √(u (1 − u)) is a stationary process in the logit of u, with
//! correlation `exp(−distance / 2)`. So pooled quantiles that are evenly spaced in the logit make the
//! moments of ∫|B| and ∫B² sums over distances.

use super::pooled::split;
use crate::law::{normal_sf, pearson3_sf};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// Most cells of the grid.
const CELLS_MAX: usize = 1_024;
/// Most groups of cells for third moments.
const GROUPS: usize = 64;
/// Rows that the smaller sample is expected to have beyond the part that p is of.
const EDGE_ROWS: f64 = 5.0;
/// Fewest rows a side that a p-value is computed from.
const ROWS_MIN: f64 = 10.0;

/// Part of the pooled values: how far it reaches, and the share of rows at or below it.
#[derive(Debug, Clone, Copy)]
struct Cell {
    width: f64,
    share: f64,
}

/// The pooled values of two ascending samples, cut at ranks that are evenly spaced in the logit of the
/// share of rows.
#[derive(Debug)]
pub(super) struct Bridge {
    /// How many rows of each sample lie before a cut, from the first value to all rows.
    pub cuts: Vec<(usize, usize)>,
    /// Between cuts, one less than these.
    cells: Vec<Cell>,
    /// Distance of neighbouring cells in the logit of the share.
    step: f64,
    /// Deviation of the difference of the distributions in units of the bridge's.
    scale: f64,
    /// The cuts between which the middle part lies that p-values are of; none with fewer than
    /// [`ROWS_MIN`] rows on a side.
    pub middle: Option<(usize, usize)>,
}

impl Bridge {
    /// Differences of values are in units of `1 / unit`. No side may be empty.
    pub(super) fn new(a: &[f64], b: &[f64], unit: f64) -> Self {
        let rows = a.len() + b.len();
        let (ranks, step) = ranks(rows);
        let mut bridge = Self {
            cuts: Vec::with_capacity(ranks.len()),
            cells: Vec::with_capacity(ranks.len()),
            step,
            scale: deviation(a.len() as f64, b.len() as f64),
            middle: middle(&ranks, a.len().min(b.len()) as f64, rows as f64),
        };
        let (mut from, mut before, mut value) = ((0, 0), 0, f64::NAN);
        for rank in ranks {
            let cut = split(a, b, rank, from);
            let last =
                |side: &[f64], at: usize| at.checked_sub(1).and_then(|k| side.get(k).copied());
            let next = last(a, cut.0)
                .unwrap_or(f64::NAN)
                .max(last(b, cut.1).unwrap_or(f64::NAN))
                * unit;
            if before > 0 {
                bridge.cells.push(Cell {
                    width: next - value,
                    share: (before + rank.max(before + 1) - 1) as f64 / 2.0 / rows as f64,
                });
            }
            bridge.cuts.push(cut);
            (from, before, value) = (cut, rank, next);
        }
        bridge
    }

    fn middle_cells(&self) -> &[Cell] {
        let cells = self
            .middle
            .and_then(|(low, high)| self.cells.get(low..high));
        cells.unwrap_or_default()
    }

    /// The expected ∫|F − G| dx over all pooled values if nothing has changed.
    ///
    /// Far out, where less than a row is expected, the mean difference is no longer that of a normal
    /// number but at most twice the share of rows beyond.
    pub(super) fn expected_absolute(&self) -> f64 {
        let scale = FRAC_2_PI.sqrt() * self.scale;
        let mean = |cell: &Cell| {
            let rare = 2.0 * cell.share.min(1.0 - cell.share) * cell.width;
            (scale * cell.weight()).min(rare)
        };
        self.cells.iter().map(mean).sum()
    }

    /// P(∫|F − G| dx ≥ `distance`) over the middle part: Pearson's law of type III with the first three
    /// moments of ∫|B|, kept between the bounds that hold for every such integral: it is at least that
    /// of the difference of means, and strays from its mean no farther than a normal number of the same
    /// deviation (Borell 1975).
    pub(super) fn of_absolute(&self, distance: f64) -> f64 {
        let weights: Vec<f64> = self.middle_cells().iter().map(Cell::weight).collect();
        let x = distance / self.scale;
        let mean = FRAC_2_PI.sqrt() * weights.iter().sum::<f64>();
        let variance = variance(&weights, self.step);
        if variance.is_nan() || variance <= 0.0 {
            return 1.0;
        }
        let skewness = skewness(&weights, self.step);
        let near = pearson3_sf(x, mean, variance.sqrt(), skewness);
        let deviation = self.difference_of_means(&weights);
        let least = 2.0 * normal_sf(x / deviation);
        let most = if x > mean {
            normal_sf((x - mean) / deviation)
        } else {
            1.0
        };
        near.max(least).min(most)
    }

    /// P(∫(F − G)² dx ≥ `distance`) over the middle part: Pearson's law of type III with the first three
    /// moments of ∫B².
    pub(super) fn of_squares(&self, distance: f64) -> f64 {
        let keep = (-self.step).exp();
        let (mut mean, mut second, mut third) = (0.0, 0.0, 0.0);
        // Sums over the cells before, single ones, pairs and squares, each faded by its distance.
        let (mut ones, mut pairs, mut doubles) = (0.0, 0.0, 0.0);
        for cell in self.middle_cells() {
            let v = cell.width * cell.share * (1.0 - cell.share);
            mean += v;
            second += v * v + 2.0 * v * ones;
            third += v * v * v + 3.0 * (v * v * ones + v * doubles) + 6.0 * v * pairs;
            pairs = (pairs + v * ones) * keep;
            doubles = (doubles + v * v) * keep;
            ones = (ones + v) * keep;
        }
        if mean <= 0.0 {
            return 1.0;
        }
        let variance = 2.0 * second;
        let skewness = 8.0 * third / variance.powf(1.5);
        let x = distance / (self.scale * self.scale);
        pearson3_sf(x, mean, variance.sqrt(), skewness).min(1.0)
    }

    /// Deviation of ∫B, which is that of a difference of means.
    fn difference_of_means(&self, weights: &[f64]) -> f64 {
        let keep = (-self.step / 2.0).exp();
        let (mut sum, mut before) = (0.0, 0.0);
        for w in weights {
            sum += w * w + 2.0 * w * before;
            before = (before + w) * keep;
        }
        sum.sqrt()
    }
}

impl Cell {
    fn weight(&self) -> f64 {
        self.width * (self.share * (1.0 - self.share)).sqrt()
    }
}

/// Deviation of the difference of two empirical distributions in units of the bridge's.
fn deviation(n: f64, m: f64) -> f64 {
    ((1.0 / n + 1.0 / m) * (n + m) / (n + m - 1.0)).sqrt()
}

/// Ranks from 1 to all rows, evenly spaced in the logit as far as whole numbers can be, and the spacing.
fn ranks(rows: usize) -> (Vec<usize>, f64) {
    let count = rows.clamp(16, CELLS_MAX);
    let all = rows as f64;
    let end = (all - 1.0).max(1.0).ln();
    let step = (2.0 * end / count as f64).max(f64::MIN_POSITIVE);
    let rank = |k: usize| {
        let share = 1.0 / (1.0 + (end - step * k as f64).exp());
        // A little less, so that whole numbers are not rounded up to the next.
        ((all * share * (1.0 - 1e-12)).ceil() as usize).clamp(1, rows)
    };
    let ranks = (0..count).map(rank).chain([rows]);
    (ranks.collect(), step)
}

/// The cuts beyond which the smaller sample has few rows.
fn middle(ranks: &[usize], least: f64, rows: f64) -> Option<(usize, usize)> {
    if least < ROWS_MIN {
        return None;
    }
    let edge = EDGE_ROWS.min(least / 10.0) * rows / least;
    let low = ranks.partition_point(|rank| (*rank as f64) < edge);
    // The last cell lies below the value that follows its last share.
    let high = ranks.partition_point(|rank| (*rank as f64) <= rows - edge + 1.0);
    let high = high.checked_sub(1)?;
    (low < high).then_some((low, high))
}

/// E|XY| of standard normal numbers with correlation `r`.
fn product_of_two(r: f64) -> f64 {
    FRAC_2_PI * ((1.0 - r * r).max(0.0).sqrt() + r * r.min(1.0).asin())
}

/// E|XYZ| of standard normal numbers where X and Z depend on each other only by Y (Nabeya 1952).
fn product_of_three(r: f64, s: f64) -> f64 {
    let rest = 1.0 - r * r * s * s;
    if rest < 1e-12 {
        return 2.0 * FRAC_2_PI.sqrt();
    }
    let (p, q) = ((1.0 - r * r).max(0.0), (1.0 - s * s).max(0.0));
    let angle = |x: f64, y: f64| (x * (y / rest).sqrt()).min(1.0).asin();
    let sum = (p * q).sqrt() + r * (1.0 + s * s) * angle(r, q) + s * (1.0 + r * r) * angle(s, p);
    FRAC_2_PI.sqrt() * sum / FRAC_PI_2
}

/// Variance of Σ w|Z| over the cells.
fn variance(weights: &[f64], step: f64) -> f64 {
    let mut sum = 0.0;
    for lag in 0..weights.len() {
        let r = (-step / 2.0 * lag as f64).exp();
        let both = dot(weights, &weights[lag..]) * if lag == 0 { 1.0 } else { 2.0 };
        sum += both * (product_of_two(r) - FRAC_2_PI);
    }
    sum
}

/// In lanes, so that additions need not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let (a_chunks, b_chunks) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (x, y) in a_chunks.0.iter().zip(b_chunks.0) {
        for (lane, (x, y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane += x * y;
        }
    }
    let end = 4 * a_chunks.0.len().min(b_chunks.0.len());
    let rest = a[end..].iter().zip(&b[end..]).map(|(x, y)| x * y);
    lanes.iter().sum::<f64>() + rest.sum::<f64>()
}

/// Skewness of Σ w|Z|, on groups of cells.
fn skewness(weights: &[f64], step: f64) -> f64 {
    let size = weights.len().div_ceil(GROUPS).max(1);
    let groups: Vec<f64> = weights.chunks(size).map(|c| c.iter().sum()).collect();
    let step = step * size as f64;
    let fades: Vec<f64> = (0..groups.len())
        .map(|lag| (-step / 2.0 * lag as f64).exp())
        .collect();
    let third = third_cumulant(&groups, &fades);
    third / variance(&groups, step).powf(1.5)
}

/// Third cumulant of Σ w|Z| by those of three cells, which depend on two distances.
fn third_cumulant(groups: &[f64], fades: &[f64]) -> f64 {
    let mean = FRAC_2_PI.sqrt();
    let pairs: Vec<f64> = fades.iter().map(|r| product_of_two(*r)).collect();
    let mut sum = 0.0;
    for first in 0..groups.len() {
        for second in 0..groups.len() - first {
            let cumulant = product_of_three(fades[first], fades[second])
                - mean * (pairs[first] + pairs[second] + pairs[first + second])
                + 2.0 * mean * mean * mean;
            let times = match (first, second) {
                (0, 0) => 1.0,
                (0, _) | (_, 0) => 3.0,
                _ => 6.0,
            };
            let triples = groups
                .iter()
                .zip(&groups[first..])
                .zip(&groups[first + second..]);
            sum += times * cumulant * triples.map(|((a, b), c)| a * b * c).sum::<f64>();
        }
    }
    sum
}

#[cfg(test)]
mod tests;
