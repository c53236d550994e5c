//! Symmetric systems: by Cholesky's factors, or by conjugate gradients where they are wide.

use crate::learn::components::products::{add_scaled, dot};

/// The lower factor of a symmetric positive matrix, by rows.
#[derive(Debug)]
pub(super) struct Factor {
    size: usize,
    lower: Vec<f64>,
}

impl Factor {
    /// Of the upper triangle of a square by rows. A pivot below `least` of its diagonal is `None`, or is
    /// raised to it if `raised`.
    pub(super) fn of(upper: &[f64], size: usize, least: f64, raised: bool) -> Option<Self> {
        let mut lower = vec![0.0; size * size];
        for j in 0..size {
            let (above, below) = lower.split_at_mut((j + 1) * size);
            let row = &above[j * size..j * size + j];
            let diagonal = upper[j * size + j];
            let floor = least * diagonal;
            let mut pivot = diagonal - dot(row, row);
            if raised {
                pivot = pivot.max(floor);
            }
            if !pivot.is_finite() || pivot <= 0.0 || pivot < floor {
                return None;
            }
            let root = pivot.sqrt();
            for (next, i) in below.chunks_exact_mut(size).zip(j + 1..) {
                next[j] = (upper[j * size + i] - dot(&next[..j], row)) / root;
            }
            above[j * size + j] = root;
        }
        Some(Self { size, lower })
    }

    /// The x with A·x = b.
    pub(super) fn solved(&self, b: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut x = b.to_vec();
        for i in 0..n {
            let known = dot(&self.lower[i * n..i * n + i], &x[..i]);
            x[i] = (x[i] - known) / self.lower[i * n + i];
        }
        for i in (0..n).rev() {
            x[i] /= self.lower[i * n + i];
            let by = x[i];
            add_scaled(&mut x[..i], -by, &self.lower[i * n..i * n + i]);
        }
        x
    }
}

/// An x near A·x = b, where `product` multiplies by A: conjugate gradients until what is left is below
/// `rest` of b, or for `most` steps.
pub(super) fn conjugate(
    product: impl Fn(&[f64]) -> Vec<f64>,
    b: &[f64],
    rest: f64,
    most: usize,
) -> Vec<f64> {
    let mut x = vec![0.0; b.len()];
    let (mut left, mut way) = (b.to_vec(), b.to_vec());
    let mut square = dot(&left, &left);
    let enough = square * rest * rest;
    for _ in 0..most {
        let along = product(&way);
        let curvature = dot(&way, &along);
        if square <= enough || curvature.is_nan() || curvature <= 0.0 {
            break;
        }
        let by = square / curvature;
        add_scaled(&mut x, by, &way);
        add_scaled(&mut left, -by, &along);
        let next = dot(&left, &left);
        let kept = next / square;
        for (way, left) in way.iter_mut().zip(&left) {
            *way = left + kept * *way;
        }
        square = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPPER: [f64; 9] = [4.0, 1.0, 0.5, 0.0, 3.0, -1.0, 0.0, 0.0, 2.0];

    fn product(x: &[f64]) -> Vec<f64> {
        let at = |i: usize, j: usize| UPPER[i.min(j) * 3 + i.max(j)];
        (0..3)
            .map(|i| (0..3).map(|j| at(i, j) * x[j]).sum())
            .collect()
    }

    #[test]
    fn both_ways_solve_the_system() {
        let b = [1.0, -2.0, 3.0];
        let factor = Factor::of(&UPPER, 3, 1e-12, false).unwrap();
        for x in [factor.solved(&b), conjugate(product, &b, 1e-12, 20)] {
            for (got, want) in product(&x).iter().zip(b) {
                assert!((got - want).abs() < 1e-10, "{x:?}");
            }
        }
    }

    #[test]
    fn a_matrix_without_full_rank_has_no_factor_unless_it_is_raised() {
        let flat = [1.0, 1.0, 0.0, 1.0];
        assert!(Factor::of(&flat, 2, 1e-12, false).is_none());
        assert!(Factor::of(&flat, 2, 1e-12, true).is_some());
    }
}
