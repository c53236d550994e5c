//! The maximum mean discrepancy of two samples of vectors.

use super::vectors::{Vectors, square_distance};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::random::Random;

/// Vectors of a side above which [`mmd`] draws so many.
pub const MMD_ROWS_MAX: usize = 2_000;
/// Vectors of both sides together above which [`median_gamma`] has no answer: it holds all their distances
/// at once, 256 MB of them at most.
pub const PAIRED_ROWS_MAX: usize = 8_000;
const METHOD: &str = "mmd";

/// The square of the maximum mean discrepancy, two ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mmd2 {
    /// The mean over all pairs, vectors with themselves among them (V statistic); never negative, and above
    /// 0 on average even without a difference.
    pub biased: f64,
    /// Pairs of a vector with itself left out (U statistic); 0 on average without a difference.
    pub unbiased: f64,
}

/// How [`mmd`] goes about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MmdPlan {
    /// The kernel's gamma; by [`median_gamma`] if there is none.
    pub gamma: Option<f64>,
    /// Permutations behind the p-value; none without.
    pub permutations: usize,
    /// Vectors of a side above which so many are drawn without replacement.
    pub rows: usize,
    /// The seed of drawing and permuting.
    pub seed: u64,
}

impl Default for MmdPlan {
    fn default() -> Self {
        Self {
            gamma: None,
            permutations: 199,
            rows: MMD_ROWS_MAX,
            seed: 0,
        }
    }
}

/// What the maximum mean discrepancy says of two samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Mmd {
    /// The unbiased square with its permutation p-value; the effect is its root, 0 where it is negative.
    pub comparison: Comparison,
    /// Both squares.
    pub squares: Option<Mmd2>,
    /// The gamma that was used.
    pub gamma: Option<f64>,
}

/// The squared maximum mean discrepancy with the kernel exp(−gamma·|a − b|²) over all pairs (Gretton et al.
/// 2012). `None` if a side has fewer than two finite vectors, dimensions differ, or `gamma` is negative or
/// no number. Time grows with the square of the rows.
pub fn mmd2<T: Copy + Into<f64>>(
    x: &Vectors<'_, T>,
    y: &Vectors<'_, T>,
    gamma: f64,
) -> Option<Mmd2> {
    let pooled = Pooled::of(x, y, usize::MAX, 0).ok()?;
    (gamma.is_finite() && gamma >= 0.0).then(|| pooled.squares(gamma))
}

/// 1 / (2 · median of squared distances over distinct pairs of both sides together). Where more than half
/// of the pairs are equal, the mean stands for the median. `None` if all vectors are equal, there are fewer
/// than two or more than [`PAIRED_ROWS_MAX`], or the answer is beyond what a float holds.
pub fn median_gamma<T: Copy + Into<f64>>(x: &Vectors<'_, T>, y: &Vectors<'_, T>) -> Option<f64> {
    let pooled = Pooled::of(x, y, usize::MAX, 0).ok()?;
    (pooled.rows() <= PAIRED_ROWS_MAX)
        .then(|| gamma_of(pooled.distances()))
        .flatten()
}

/// The maximum mean discrepancy with its permutation p-value, (1 + permutations at least as far apart) /
/// (1 + permutations). Above [`MmdPlan::rows`] a side is sampled.
pub fn mmd<T: Copy + Into<f64>>(x: &Vectors<'_, T>, y: &Vectors<'_, T>, plan: &MmdPlan) -> Mmd {
    let most = plan.rows.clamp(2, PAIRED_ROWS_MAX / 2);
    let pooled = match Pooled::of(x, y, most, plan.seed) {
        Ok(pooled) => pooled,
        Err(comparison) => return without(comparison),
    };
    let sizes = pooled.sizes();
    let mut distances = pooled.distances();
    let gamma = match plan.gamma {
        Some(gamma) => Some(gamma).filter(|g| g.is_finite() && *g >= 0.0),
        None if distances.iter().all(|d| *d <= 0.0) => Some(1.0),
        None => gamma_of(distances.clone()),
    };
    let Some(gamma) = gamma else {
        return without(Comparison::undefined(
            METHOD,
            "the kernel has no width",
            sizes,
        ));
    };
    for distance in &mut distances {
        *distance = (-gamma * *distance).exp();
    }
    let squares = pooled.squares_of(&distances);
    let statistic = Figure::point(squares.unbiased, sizes.0 + sizes.1, METHOD);
    let shuffled = Shuffled::new(distances.iter().map(|k| *k as f32).collect(), &pooled);
    Mmd {
        comparison: Comparison {
            method: METHOD,
            statistic,
            p_value: shuffled.p_value(plan.permutations, plan.seed),
            effect: Some(squares.unbiased.max(0.0).sqrt()),
            effect_name: "mmd",
            reference: sizes.0,
            current: sizes.1,
        },
        squares: Some(squares),
        gamma: Some(gamma),
    }
}

fn without(comparison: Comparison) -> Mmd {
    Mmd {
        comparison,
        squares: None,
        gamma: None,
    }
}

/// 1 / (2 · median), the median over an even number being the mean of the middle two.
fn gamma_of(mut distances: Vec<f64>) -> Option<f64> {
    let count = distances.len();
    let (below, high, _) =
        (count > 0).then(|| distances.select_nth_unstable_by(count / 2, f64::total_cmp))?;
    let median = if count % 2 == 1 {
        *high
    } else {
        let low = below.iter().fold(f64::NEG_INFINITY, |most, x| most.max(*x));
        0.5 * low + 0.5 * *high
    };
    let middle = if median > 0.0 {
        median
    } else {
        distances.iter().sum::<f64>() / count as f64
    };
    Some(0.5 / middle).filter(|gamma| gamma.is_finite() && *gamma > 0.0)
}

/// Finite vectors of both sides, those of the first before the others.
struct Pooled {
    vectors: Vec<f64>,
    dimension: usize,
    first: usize,
    second: usize,
}

impl Pooled {
    fn of<T: Copy + Into<f64>>(
        x: &Vectors<'_, T>,
        y: &Vectors<'_, T>,
        most: usize,
        seed: u64,
    ) -> Result<Self, Comparison> {
        let dimension = x.dimension();
        let rows = (x.rows() as u64, y.rows() as u64);
        if dimension == 0 || dimension != y.dimension() {
            let reason = "dimensions differ or are 0";
            return Err(Comparison::undefined(METHOD, reason, rows));
        }
        let mut random = Random::new(seed, 0);
        let mut vectors = x.drawn(most, &mut random);
        let first = vectors.len() / dimension;
        vectors.extend(y.drawn(most, &mut random));
        let second = vectors.len() / dimension - first;
        if first.min(second) < 2 {
            let mut made = Comparison::undefined(METHOD, "", (first as u64, second as u64));
            made.statistic = Figure::too_few(first.min(second) as u64, 2, METHOD);
            return Err(made);
        }
        Ok(Self {
            vectors,
            dimension,
            first,
            second,
        })
    }

    fn rows(&self) -> usize {
        self.first + self.second
    }

    fn sizes(&self) -> (u64, u64) {
        (self.first as u64, self.second as u64)
    }

    /// The squared distances of each vector to those after it.
    fn from(&self, row: usize) -> impl Iterator<Item = f64> {
        let mut after = self.vectors.chunks_exact(self.dimension).skip(row);
        let own = after.next().unwrap_or_default();
        after.map(move |other| square_distance(own, other))
    }

    /// Of all distinct pairs, by the first vector, then the second.
    fn distances(&self) -> Vec<f64> {
        let rows = self.rows();
        let mut made = Vec::with_capacity(rows * (rows - 1) / 2);
        (0..rows).for_each(|row| made.extend(self.from(row)));
        made
    }

    fn squares(&self, gamma: f64) -> Mmd2 {
        let kernel = |row: usize| self.from(row).map(move |d| (-gamma * d).exp());
        self.summed(kernel)
    }

    /// From the kernel of all distinct pairs.
    fn squares_of(&self, kernel: &[f64]) -> Mmd2 {
        let rows = self.rows();
        self.summed(|row| {
            kernel[start(row, rows)..start(row + 1, rows)]
                .iter()
                .copied()
        })
    }

    fn summed<I: Iterator<Item = f64>>(&self, kernel: impl Fn(usize) -> I) -> Mmd2 {
        let (mut within, mut across, mut beyond) = (0.0, 0.0, 0.0);
        for row in 0..self.rows() {
            let own = self.first.saturating_sub(row + 1);
            let mut sums = [0.0; 2];
            for (at, k) in kernel(row).enumerate() {
                sums[usize::from(at >= own)] += k;
            }
            if row < self.first {
                within += sums[0];
                across += sums[1];
            } else {
                beyond += sums[1];
            }
        }
        let (m, n) = (self.first as f64, self.second as f64);
        let cross = 2.0 * across / (m * n);
        let biased = (m + 2.0 * within) / (m * m) + (n + 2.0 * beyond) / (n * n) - cross;
        Mmd2 {
            // Rounding may take an exact 0 below it.
            biased: biased.max(0.0),
            unbiased: 2.0 * within / (m * (m - 1.0)) + 2.0 * beyond / (n * (n - 1.0)) - cross,
        }
    }
}

/// Where the pairs of `row` with later ones begin.
fn start(row: usize, rows: usize) -> usize {
    row * rows - row * (row + 1) / 2
}

/// The kernel of pooled vectors, ready for other ways to part them.
struct Shuffled {
    kernel: Vec<f32>,
    /// Each vector's sum over all others.
    sums: Vec<f64>,
    total: f64,
    smaller: usize,
    /// Whether the smaller side comes first.
    leading: bool,
}

impl Shuffled {
    fn new(kernel: Vec<f32>, pooled: &Pooled) -> Self {
        let rows = pooled.rows();
        let mut sums = vec![0.0; rows];
        for row in 0..rows {
            let own = &kernel[start(row, rows)..start(row + 1, rows)];
            let mut sum = 0.0;
            for (other, k) in sums[row + 1..].iter_mut().zip(own) {
                *other += f64::from(*k);
                sum += f64::from(*k);
            }
            sums[row] += sum;
        }
        Self {
            kernel,
            total: sums.iter().sum::<f64>() / 2.0,
            sums,
            smaller: pooled.first.min(pooled.second),
            leading: pooled.first <= pooled.second,
        }
    }

    /// The unbiased square if the ascending `side` were one side.
    fn unbiased(&self, side: &[usize]) -> f64 {
        let rows = self.sums.len();
        let (mut within, mut all) = (0.0, 0.0);
        for (at, row) in side.iter().enumerate() {
            all += self.sums[*row];
            let own = &self.kernel[start(*row, rows)..start(*row + 1, rows)];
            let later = side[at + 1..].iter().map(|other| own[other - row - 1]);
            within += later.map(f64::from).sum::<f64>();
        }
        let across = all - 2.0 * within;
        let beyond = self.total - within - across;
        let (m, n) = (side.len() as f64, (rows - side.len()) as f64);
        2.0 * within / (m * (m - 1.0)) + 2.0 * beyond / (n * (n - 1.0)) - 2.0 * across / (m * n)
    }

    fn p_value(&self, permutations: usize, seed: u64) -> Option<f64> {
        let rows = self.sums.len();
        let own: Vec<usize> = if self.leading {
            (0..self.smaller).collect()
        } else {
            (rows - self.smaller..rows).collect()
        };
        // Sums in another order differ by rounding.
        let observed = self.unbiased(&own) - 1e-12;
        let mut order: Vec<usize> = (0..rows).collect();
        let mut side = own;
        let mut random = Random::new(seed, 1);
        let mut as_far = 0_usize;
        for _ in 0..permutations {
            random.shuffle(&mut order);
            side.clear();
            side.extend_from_slice(&order[..self.smaller]);
            side.sort_unstable();
            as_far += usize::from(self.unbiased(&side) >= observed);
        }
        (permutations > 0).then(|| (1 + as_far) as f64 / (1 + permutations) as f64)
    }
}

/// The squared discrepancy of two columns of numbers as Evidently 0.7 computes it, and its sigma: unbiased,
/// with the kernel exp(−d² / (2·sigma²)) and sigma² half the median of the reference's whole matrix of
/// squared distances, zeros of its diagonal included, by the nearest rank. Values that are not finite are
/// left out. `None` if a side has fewer than two values, the reference has more than half of
/// [`PAIRED_ROWS_MAX`], or sigma is 0.
pub fn evidently_mmd(reference: &[f64], current: &[f64]) -> Option<(f64, f64)> {
    let (x, y) = (Vectors::new(reference, 1), Vectors::new(current, 1));
    let alone: Vec<f64> = x.finite().flatten().copied().collect();
    let rows = alone.len();
    if !(2..=PAIRED_ROWS_MAX / 2).contains(&rows) {
        return None;
    }
    let pairs = alone.iter().enumerate();
    let pairs = pairs.flat_map(|(at, a)| alone[at + 1..].iter().map(move |b| (a - b) * (a - b)));
    let mut pairs: Vec<f64> = pairs.collect();
    // Rank of the median among `rows` zeros and each pair twice.
    let rank = (rows * rows / 2).checked_sub(rows)? / 2;
    let (_, median, _) =
        (rank < pairs.len()).then(|| pairs.select_nth_unstable_by(rank, f64::total_cmp))?;
    let sigma = (0.5 * *median).sqrt();
    let gamma = Some(0.5 / (sigma * sigma)).filter(|g| g.is_finite())?;
    Some((mmd2(&x, &y, gamma)?.unbiased, sigma))
}

#[cfg(test)]
mod tests;
