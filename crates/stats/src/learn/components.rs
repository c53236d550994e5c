//! Principal components.
//!
//! Rows stream through in blocks. A block is a flat slice: all rows of the first column, then all rows of
//! the next.

pub(crate) mod products;

use nalgebra::{DMatrix, SymmetricEigen};
use products::{add_scaled, add_scaled_four, dot, dots};

/// Rows of a block. Blocks of some dozens of columns stay in the cache.
pub const BLOCK: usize = 256;

/// Sums of products of columns over the rows seen so far. It merges.
#[derive(Debug, Clone)]
pub struct Scatter {
    columns: usize,
    rows: u64,
    /// Differences are taken from here, so that large values of little spread keep their digits.
    shift: Vec<f64>,
    sums: Vec<f64>,
    /// Upper triangle, by rows of a square.
    products: Vec<f64>,
    centred: Vec<f64>,
}

impl Scatter {
    /// Of so many columns, without rows. `shift` is a value near the mean of each column.
    pub fn new(shift: Vec<f64>) -> Self {
        let columns = shift.len();
        Self {
            columns,
            rows: 0,
            sums: vec![0.0; columns],
            products: vec![0.0; columns * columns],
            centred: Vec::new(),
            shift,
        }
    }

    /// Adds the rows of a block. What is beyond a whole number of rows is not looked at.
    pub fn add(&mut self, block: &[f64]) {
        let Some(rows) = block
            .len()
            .checked_div(self.columns)
            .filter(|rows| *rows > 0)
        else {
            return;
        };
        self.centred.clear();
        for (column, shift) in block.chunks_exact(rows).zip(&self.shift) {
            self.centred.extend(column.iter().map(|x| x - shift));
        }
        let columns: Vec<&[f64]> = self.centred.chunks_exact(rows).collect();
        for (first, a) in columns.iter().enumerate() {
            self.sums[first] += a.iter().sum::<f64>();
            let sums = &mut self.products[first * self.columns + first..(first + 1) * self.columns];
            let (others, other_rest) = columns[first..].as_chunks::<4>();
            let (sums, sum_rest) = sums.as_chunks_mut::<4>();
            for (sums, others) in sums.iter_mut().zip(others) {
                for (sum, product) in sums.iter_mut().zip(dots(a, *others)) {
                    *sum += product;
                }
            }
            for (sum, other) in sum_rest.iter_mut().zip(other_rest) {
                *sum += dot(a, other);
            }
        }
        self.rows += rows as u64;
    }

    /// Rows seen.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The mean of each column; its shift without rows.
    pub fn mean(&self) -> Vec<f64> {
        let n = (self.rows as f64).max(1.0);
        let means = self.shift.iter().zip(&self.sums);
        means.map(|(shift, sum)| shift + sum / n).collect()
    }

    /// The covariance, divisor `n − 1`; `None` below two rows or beyond what a float holds.
    pub fn covariance(&self) -> Option<DMatrix<f64>> {
        if self.rows < 2 {
            return None;
        }
        let n = self.rows as f64;
        let made = DMatrix::from_fn(self.columns, self.columns, |i, j| {
            let (i, j) = (i.min(j), i.max(j));
            let product = self.products[i * self.columns + j];
            (product - self.sums[i] * self.sums[j] / n) / (n - 1.0)
        });
        made.iter().all(|x| x.is_finite()).then_some(made)
    }
}

/// Principal components, largest variance first, and how many of them are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Components {
    mean: Vec<f64>,
    /// Variances along the components, descending.
    pub variances: Vec<f64>,
    /// One component after the other, each of length 1. Its entry of largest size, the first among equal
    /// ones, is positive.
    pub vectors: Vec<f64>,
    /// How many are kept: the fewest whose variances make up more than the share asked for.
    pub kept: usize,
}

impl Components {
    /// The components of a scatter, as many kept as make up more than `share` of the variance, as
    /// scikit-learn counts them. `None` if there is no covariance.
    pub fn of(scatter: &Scatter, share: f64) -> Option<Self> {
        let eigen = SymmetricEigen::try_new(scatter.covariance()?, f64::EPSILON, 10_000)?;
        let mut order: Vec<usize> = (0..scatter.columns).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        let variances: Vec<f64> = order
            .iter()
            .map(|at| eigen.eigenvalues[*at].max(0.0))
            .collect();
        let mut vectors = Vec::with_capacity(scatter.columns * scatter.columns);
        for at in order {
            let vector = eigen.eigenvectors.column(at);
            let largest = vector.iter().fold(
                0.0,
                |most: f64, x| if x.abs() > most.abs() { *x } else { most },
            );
            vectors.extend(vector.iter().map(|x| x * largest.signum()));
        }
        Some(Self {
            mean: scatter.mean(),
            kept: kept(&variances, share),
            variances,
            vectors,
        })
    }

    /// For each row of a block, its Euclidean distance from what the kept components make of it: the
    /// length of its part along the others.
    pub fn distances(&self, block: &[f64], to: &mut Vec<f64>) {
        let width = self.mean.len();
        let Some(rows) = block.len().checked_div(width).filter(|rows| *rows > 0) else {
            return;
        };
        let columns: Vec<&[f64]> = block.chunks_exact(rows).collect();
        let from = to.len();
        to.resize(from + rows, 0.0);
        let squares = &mut to[from..];
        let mut part = vec![0.0; rows];
        for vector in self.vectors.chunks_exact(width).skip(self.kept) {
            part.fill(-dot(vector, &self.mean));
            let (by, by_rest) = vector.as_chunks::<4>();
            let (four, rest) = columns.as_chunks::<4>();
            for (by, four) in by.iter().zip(four) {
                add_scaled_four(&mut part, *by, *four);
            }
            for (by, column) in by_rest.iter().zip(rest) {
                add_scaled(&mut part, *by, column);
            }
            for (square, x) in squares.iter_mut().zip(&part) {
                *square += x * x;
            }
        }
        squares.iter_mut().for_each(|x| *x = x.sqrt());
    }
}

/// The fewest leading variances that make up more than `share` of all; all of them if none do.
fn kept(variances: &[f64], share: f64) -> usize {
    let total: f64 = variances.iter().sum();
    let mut sum = 0.0;
    for (at, variance) in variances.iter().enumerate() {
        sum += variance;
        if sum > share * total {
            return at + 1;
        }
    }
    variances.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: &[[f64; 2]], share: f64) -> Option<Components> {
        let mut scatter = Scatter::new(vec![0.0; 2]);
        for row in rows {
            scatter.add(row);
        }
        Components::of(&scatter, share)
    }

    #[test]
    fn points_on_a_line_lie_on_their_first_component() {
        let rows: Vec<[f64; 2]> = (0..9)
            .map(|i| [f64::from(i), 5.0 - 2.0 * f64::from(i)])
            .collect();
        let made = of(&rows, 0.65).unwrap();
        assert_eq!(made.kept, 1);
        let root = 5.0_f64.sqrt();
        for (got, want) in made.vectors.iter().zip([-1.0 / root, 2.0 / root]) {
            assert!((got - want).abs() < 1e-12, "{:?}", made.vectors);
        }
        let mut distances = Vec::new();
        // The second row is (2, 2): half a step off the line's normal (2, 1) / √5.
        made.distances(&[1.0, 2.0, 3.0, 2.0], &mut distances);
        assert!(distances[0] < 1e-12 && (distances[1] - 1.0 / root).abs() < 1e-12);
    }

    #[test]
    fn blocks_of_any_size_give_the_same_covariance_and_offsets_do_not_hurt() {
        let column =
            |j: usize, offset: f64| (0..60).map(move |i| offset + ((i * (j + 3) * 7) % 11) as f64);
        let covariance = |offset: f64, size: usize| {
            let mut scatter = Scatter::new(vec![offset; 5]);
            for from in (0..60).step_by(size) {
                let block: Vec<f64> = (0..5)
                    .flat_map(|j| column(j, offset).skip(from).take(size))
                    .collect();
                scatter.add(&block);
            }
            scatter.covariance().unwrap()
        };
        let plain = covariance(0.0, 60);
        for (offset, size) in [(0.0, 7), (1e12, 13)] {
            let other = covariance(offset, size);
            assert!((&plain - other).amax() < 1e-9);
        }
    }

    #[test]
    fn nothing_to_go_by_is_none_and_no_spread_keeps_nothing_apart() {
        assert_eq!(of(&[], 0.65), None);
        assert_eq!(of(&[[1.0, 2.0]], 0.65), None);
        assert_eq!(of(&[[1e300, 0.0], [-1e300, 1.0]], 0.65), None);
        let flat = of(&[[1.0, 2.0], [1.0, 2.0]], 0.65).unwrap();
        let mut distances = Vec::new();
        flat.distances(&[1.0, 2.0], &mut distances);
        assert_eq!(distances, [0.0]);
    }
}
