//! Shares of rows and their differences.

use crate::figure::{CONFIDENCE, Figure};
use crate::law::{beta_quantile, normal_quantile, normal_two_sided};

/// The normal quantile of intervals at [`CONFIDENCE`].
pub(crate) fn z() -> f64 {
    normal_quantile(0.5 + CONFIDENCE / 2.0)
}

/// The share `k / n` with Wilson's score interval (Wilson 1927); undefined without rows.
pub fn share(k: u64, n: u64) -> Figure {
    if n == 0 {
        return Figure::undefined("there are no rows", 0, "wilson");
    }
    Figure::new(k as f64 / n as f64, wilson(k as f64, n as f64), n, "wilson")
}

/// Wilson's score interval of `k` of `n`, within [0, 1]; `n` must be positive.
pub fn wilson(k: f64, n: f64) -> (f64, f64) {
    let (z, p) = (z(), k / n);
    let (z2, width) = (z * z, 1.0 + z * z / n);
    let middle = p + z2 / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let low = if k <= 0.0 {
        0.0
    } else {
        (middle - half) / width
    };
    let high = if k >= n { 1.0 } else { (middle + half) / width };
    (low.max(0.0), high.min(1.0))
}

/// The exact interval of Clopper and Pearson (1934).
pub fn clopper_pearson(k: u64, n: u64) -> (f64, f64) {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let (k_, n_) = (k as f64, n as f64);
    let low = if k == 0 {
        0.0
    } else {
        beta_quantile(tail, k_, n_ - k_ + 1.0)
    };
    let high = if k >= n {
        1.0
    } else {
        beta_quantile(1.0 - tail, k_ + 1.0, n_ - k_)
    };
    (low, high)
}

/// The difference of two shares, second minus first, with Newcombe's hybrid score interval
/// (Newcombe 1998, method 10); undefined if a side has no rows.
pub fn difference((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Figure {
    if n1 == 0 || n2 == 0 {
        return Figure::undefined("a side has no rows", n1 + n2, "newcombe");
    }
    let (p1, p2) = (k1 as f64 / n1 as f64, k2 as f64 / n2 as f64);
    let (l1, u1) = wilson(k1 as f64, n1 as f64);
    let (l2, u2) = wilson(k2 as f64, n2 as f64);
    let d = p2 - p1;
    let low = d - (p2 - l2).hypot(u1 - p1);
    let high = d + (u2 - p2).hypot(p1 - l1);
    Figure::new(d, (low, high), n1 + n2, "newcombe")
}

/// The two-sided p-value of equal shares by the pooled z-test; 1 if a side has no rows or the pooled
/// share is 0 or 1.
pub fn equal_shares((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> f64 {
    let (k1, n1, k2, n2) = (k1 as f64, n1 as f64, k2 as f64, n2 as f64);
    let pooled = (k1 + k2) / (n1 + n2);
    let variance = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2);
    if variance > 0.0 && variance.is_finite() {
        normal_two_sided((k2 / n2 - k1 / n1) / variance.sqrt())
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_stay_within_zero_and_one() {
        assert_eq!(wilson(0.0, 10.0).0.to_bits(), 0.0_f64.to_bits());
        assert_eq!(wilson(10.0, 10.0).1.to_bits(), 1.0_f64.to_bits());
        assert_eq!(share(0, 0).status.name(), "undefined");
        assert_eq!(equal_shares((0, 0), (1, 2)).to_bits(), 1.0_f64.to_bits());
    }
}
