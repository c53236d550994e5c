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
    wilson_at(k, n, z())
}

/// [`wilson`] at `z` standard errors.
pub(crate) fn wilson_at(k: f64, n: f64, z: f64) -> (f64, f64) {
    let p = k / n;
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

/// The ratio of two shares, second over first, with Katz's log interval (Katz et al. 1978); where a
/// count is 0 or both shares are 1, the interval counts half a row more on either side (Walter 1975). Undefined if a side
/// has no rows or the first share is 0.
pub fn ratio((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Figure {
    const METHOD: &str = "katz";
    if n1 == 0 || n2 == 0 {
        return Figure::undefined("a side has no rows", n1 + n2, METHOD);
    }
    if k1 == 0 {
        return Figure::undefined("the share to divide by is zero", n1 + n2, METHOD);
    }
    let value = (k2 as f64 / n2 as f64) / (k1 as f64 / n1 as f64);
    let bare = k2 > 0 && (k1 < n1 || k2 < n2);
    let [(l1, v1), (l2, v2)] = [(k1, n1), (k2, n2)].map(|(k, n)| log_share(k, n, !bare));
    let half = z() * (v1 + v2).sqrt();
    let (low, high) = ((l2 - l1 - half).exp(), (l2 - l1 + half).exp());
    Figure::new(value, (low.min(value), high.max(value)), n1 + n2, METHOD)
}

/// The log of a share and its variance by the delta method; `padded` adds half a row that counts and half a
/// row that does not.
pub(crate) fn log_share(k: u64, n: u64, padded: bool) -> (f64, f64) {
    let pad = if padded { 0.5 } else { 0.0 };
    let (k, n) = (k as f64 + pad, n as f64 + 2.0 * pad);
    ((k / n).ln(), (1.0 / k - 1.0 / n).max(0.0))
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

    #[test]
    fn ratios_have_intervals_even_where_a_count_is_zero() {
        // 10 of 100 against 20 of 100: ln 2 ± 1.96 · √(1/10 + 1/20 − 2/100).
        let figure = ratio((10, 100), (20, 100));
        let near = |x: Option<f64>, want: f64| (x.unwrap() - want).abs() < 1e-3;
        assert!(near(figure.value, 2.0) && near(figure.low, 0.986) && near(figure.high, 4.055));
        let none = ratio((10, 100), (0, 100));
        assert_eq!((none.value, none.low), (Some(0.0), Some(0.0)));
        assert!(none.high.unwrap() > 0.1 && none.high.unwrap() < 1.0);
        let all = ratio((50, 50), (50, 50));
        assert!(all.low.unwrap() < 1.0 && all.high.unwrap() > 1.0);
        assert_eq!(ratio((0, 9), (1, 9)).status.name(), "undefined");
        assert_eq!(ratio((0, 0), (1, 9)).status.name(), "undefined");
    }
}
