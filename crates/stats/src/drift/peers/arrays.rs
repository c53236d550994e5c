//! Array operations in the order of rounding that the peers' libraries have.

use crate::drift::binned::entropy_to_middle;

/// From so many terms on a sum is split in two.
const BLOCK: usize = 128;

/// A sum as NumPy makes it: eight running sums for up to 128 terms, halves of more.
pub(super) fn sum(terms: &[f64]) -> f64 {
    let n = terms.len();
    if n < 8 {
        return terms.iter().fold(0.0, |sum, x| sum + x);
    }
    if n > BLOCK {
        let half = n / 2;
        let (left, right) = terms.split_at(half - half % 8);
        return sum(left) + sum(right);
    }
    let mut lanes = [0.0_f64; 8];
    let chunks = terms.chunks_exact(8);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += x;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let whole = ((a + b) + (c + d)) + ((e + f) + (g + h));
    rest.iter().fold(whole, |sum, x| sum + x)
}

/// Shares of `rows` among `all`.
pub(super) fn shares(rows: &[u64], all: u64) -> Vec<f64> {
    rows.iter().map(|n| *n as f64 / all as f64).collect()
}

/// SciPy's Jensen–Shannon distance of two vectors of the same length, in natural units; a sum that rounding has made
/// negative is 0.
pub(super) fn jensen_shannon(p: &[f64], q: &[f64], base: Option<f64>) -> f64 {
    let (p_sum, q_sum) = (sum(p), sum(q));
    let pairs: Vec<(f64, f64)> = p
        .iter()
        .zip(q)
        .map(|(p, q)| (p / p_sum, q / q_sum))
        .collect();
    let left: Vec<f64> = pairs
        .iter()
        .map(|(p, q)| entropy_to_middle(*p, *q))
        .collect();
    let right: Vec<f64> = pairs
        .iter()
        .map(|(p, q)| entropy_to_middle(*q, *p))
        .collect();
    let both = sum(&left) + sum(&right);
    let both = base.map_or(both, |base| both / base.ln());
    (both / 2.0).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_has_the_same_terms_in_any_order_of_rounding() {
        for n in [0, 1, 7, 8, 9, 127, 129, 1000] {
            let terms: Vec<f64> = (0..n).map(f64::from).collect();
            let want = f64::from(n * (n - 1) / 2);
            assert!((sum(&terms) - want).abs() < 1e-9, "{n}");
        }
    }
}
