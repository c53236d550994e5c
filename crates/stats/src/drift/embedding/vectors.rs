//! Vectors as they lie in memory: one after the other.

use crate::drift::multivariate::drawn;
use crate::random::Random;

/// Vectors of one dimension in a flat slice.
#[derive(Debug, Clone, Copy)]
pub struct Vectors<'a, T> {
    values: &'a [T],
    dimension: usize,
}

impl<'a, T: Copy + Into<f64>> Vectors<'a, T> {
    /// `values` cut into vectors of `dimension` numbers; what is beyond a whole vector is left out.
    pub fn new(values: &'a [T], dimension: usize) -> Self {
        Self { values, dimension }
    }

    /// Numbers of a vector.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Vectors.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.dimension).unwrap_or(0)
    }

    /// Vectors of finite numbers, in their order.
    pub(super) fn finite(&self) -> impl Iterator<Item = &'a [T]> + use<'a, T> {
        let vectors = self.values.chunks_exact(self.dimension.max(1));
        vectors.filter(|v| v.iter().all(|x| (*x).into().is_finite()))
    }

    /// At most `most` vectors of finite numbers, drawn without replacement, flat.
    pub(super) fn drawn(&self, most: usize, random: &mut Random) -> Vec<f64> {
        let finite: Vec<&[T]> = self.finite().collect();
        let rows = drawn(finite.len(), most, random).into_iter();
        let numbers = rows.flat_map(|row| finite[row].iter().map(|x| (*x).into()));
        numbers.collect()
    }
}

/// The square of the Euclidean distance.
pub(super) fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    const LANES: usize = 8;
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..LANES {
            let d = a[lane] - b[lane];
            sums[lane] += d * d;
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_with_a_gap_are_left_out() {
        let values = [1.0_f32, 2.0, f32::NAN, 0.0, 5.0, 6.0, 7.0];
        let vectors = Vectors::new(&values, 2);
        assert_eq!(vectors.rows(), 3);
        assert_eq!(
            vectors.drawn(9, &mut Random::new(0, 0)),
            [1.0, 2.0, 5.0, 6.0]
        );
        assert_eq!(Vectors::<f32>::new(&values, 0).rows(), 0);
    }

    #[test]
    fn distances_are_those_of_the_plain_sum() {
        let a: Vec<f64> = (0..21).map(f64::from).collect();
        let b: Vec<f64> = (0..21).map(|i| f64::from(i % 4)).collect();
        let plain: f64 = a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum();
        assert!((square_distance(&a, &b) - plain).abs() < 1e-9);
    }
}
