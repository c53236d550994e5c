//! Laws of the largest gap between an empirical and a continuous distribution.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// From so many rows on the series of Pelz and Good has an error below 1e-6 (`n⁻²`); below, the matrix of Durbin
/// is exact and cheap.
const SERIES_FROM: u64 = 141;
/// Above so many rows the series is so close that the matrix is not worth its time.
const MATRIX_UP_TO: u64 = 2_000;
/// Most terms of a one-sided tail that are summed; of longer sums every k-th term.
const TERMS: u64 = 4_096;

/// P(K > x) of Kolmogorov's limit law, that of √n times the largest gap for endless n
/// (Kolmogorov 1933); 1 for x ≤ 0.
pub fn kolmogorov_sf(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 1.0;
    }
    if x < 1.0 {
        // The form of theta that converges at once for small x.
        let odd = (0..8).map(|k| {
            let odd = f64::from(2 * k + 1) * PI;
            (-odd * odd / (8.0 * x * x)).exp()
        });
        return 1.0 - TAU.sqrt() / x * odd.sum::<f64>();
    }
    let terms = (1..8).map(|k| {
        let sign = if k % 2 == 1 { 2.0 } else { -2.0 };
        sign * (-2.0 * f64::from(k * k) * x * x).exp()
    });
    terms.sum()
}

/// P(D ≥ d) of the two-sided gap between the empirical distribution of `n` rows and the continuous one
/// that they come from.
///
/// Chosen by size as Simard and L'Ecuyer (2011, *Computing the two-sided Kolmogorov–Smirnov
/// distribution*) do: exact by Durbin's matrix (Marsaglia, Tsang and Wang 2003) up to n = 140; above, the series of Pelz
/// and Good (1976); in the tail twice the one-sided probability, which keeps its digits down to the
/// smallest floats. 1 without rows.
pub fn kstwo_sf(n: u64, d: f64) -> f64 {
    let rows = n as f64;
    let reach = rows * d;
    if reach.is_nan() || reach <= 0.5 {
        return 1.0;
    }
    if d >= 1.0 {
        return 0.0;
    }
    let tail_from = if n < SERIES_FROM { 4.0 } else { 2.2 };
    if d >= 0.5 || reach * d >= tail_from {
        return (2.0 * one_sided_sf(n, d)).min(1.0);
    }
    let narrow = n <= MATRIX_UP_TO && reach * d.sqrt() <= 1.4;
    let cdf = if n < SERIES_FROM || narrow {
        matrix_cdf(n, d)
    } else {
        series_cdf(rows, d)
    };
    (1.0 - cdf).clamp(0.0, 1.0)
}

/// P(D⁺ ≥ d) of the one-sided gap, 0 < d < 1 (Birnbaum and Tingey 1951): the sum over j of
/// `d / p · Binomial(j; n, p)` with `p = d + j / n`.
///
/// The terms are a smooth hump in j; of long sums only every k-th term is taken, for which the rule of
/// rectangles has an error beyond the digits of a float.
fn one_sided_sf(n: u64, d: f64) -> f64 {
    let rows = n as f64;
    let last = (rows * (1.0 - d)).floor().max(0.0) as u64;
    let step = (last / TERMS).max(1);
    let mut sum = 0.0;
    for j in (0..=last).step_by(step as usize) {
        let p = d + j as f64 / rows;
        let q = ((n - j) as f64 / rows - d).max(0.0);
        sum += binomial(j, n, p, q) * d / p;
    }
    sum * step as f64
}

/// P(X = j) of the binomial law, by its deviance (Loader 2000), which keeps all digits for large `n`.
fn binomial(j: u64, n: u64, p: f64, q: f64) -> f64 {
    let (x, rows, rest) = (j as f64, n as f64, n.saturating_sub(j) as f64);
    if j == 0 {
        return (rows * (-p).ln_1p()).exp();
    }
    if j >= n {
        return p.powf(rows);
    }
    if q <= 0.0 {
        return 0.0;
    }
    let log = stirling_error(rows)
        - stirling_error(x)
        - stirling_error(rest)
        - deviance(x, rows * p)
        - deviance(rest, rows * q);
    log.exp() * (rows / (TAU * x * rest)).sqrt()
}

/// `x ln(x / mean) + mean − x`, without cancellation near the mean.
fn deviance(x: f64, mean: f64) -> f64 {
    let gap = x - mean;
    if gap.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - gap;
    }
    let v = gap / (x + mean);
    let (mut sum, mut power) = (gap * v, 2.0 * x * v);
    for odd in (3..).step_by(2) {
        power *= v * v;
        let next = sum + power / f64::from(odd);
        // NaN ends it as well.
        if next.to_bits() == sum.to_bits() || !next.is_finite() || odd > 99 {
            return next;
        }
        sum = next;
    }
    sum
}

/// What Stirling's formula leaves of `ln n!`, for whole n ≥ 1.
fn stirling_error(n: f64) -> f64 {
    if n <= 15.0 {
        let factorial: f64 = (2..=n as u32).map(f64::from).product();
        return factorial.ln() - (n + 0.5) * n.ln() + n - 0.5 * TAU.ln();
    }
    let n2 = n * n;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * n2)) / n2) / n2) / n
}

/// P(D < d) by Durbin's matrix, applied n times to the middle row. Each step is divided by e, so that
/// nothing overflows and Stirling's formula closes the account.
fn matrix_cdf(n: u64, d: f64) -> f64 {
    let reach = n as f64 * d;
    let middle = reach.ceil().max(1.0) as usize;
    let side = 2 * middle - 1;
    let matrix = durbin(middle, middle as f64 - reach);
    let mut row = vec![0.0; side];
    row[middle - 1] = 1.0;
    let mut next = row.clone();
    let shrink = (-1.0_f64).exp();
    for _ in 0..n {
        for (column, out) in next.iter_mut().enumerate() {
            let from = column.saturating_sub(1);
            let part = row.iter().zip(&matrix[column * side..]).skip(from);
            *out = shrink * part.map(|(x, h)| x * h).sum::<f64>();
        }
        std::mem::swap(&mut row, &mut next);
    }
    let rows = n as f64;
    row[middle - 1] * (TAU * rows).sqrt() * stirling_error(rows).exp()
}

/// Durbin's matrix by columns; `h` in [0, 1) is what the reach lacks to a whole number.
fn durbin(middle: usize, h: f64) -> Vec<f64> {
    let side = 2 * middle - 1;
    let mut inverse = vec![1.0; side + 2];
    for k in 1..inverse.len() {
        inverse[k] = inverse[k - 1] / k as f64;
    }
    let mut matrix = vec![0.0; side * side];
    for column in 0..side {
        for row in column.saturating_sub(1)..side {
            let mut value = 1.0;
            if column == 0 {
                value -= h.powi(row as i32 + 1);
            }
            if row + 1 == side {
                value -= h.powi((side - column) as i32);
            }
            if column == 0 && row + 1 == side {
                value += (2.0 * h - 1.0).max(0.0).powi(side as i32);
            }
            matrix[column * side + row] = value * inverse[row + 1 - column];
        }
    }
    matrix
}

/// P(D < d) by the series of Pelz and Good in powers of `n^−½`, up to the third.
fn series_cdf(n: f64, d: f64) -> f64 {
    let z2 = n * d * d;
    let (z, z4) = (z2.sqrt(), z2 * z2);
    let z6 = z4 * z2;
    let mut sums = [0.0; 6];
    for k in 0..24 {
        let half = PI * (f64::from(k) + 0.5);
        let (a, whole) = (half * half, PI * f64::from(k));
        let b = whole * whole;
        let (at_half, at_whole) = ((-a / (2.0 * z2)).exp(), (-b / (2.0 * z2)).exp());
        let second = (6.0 * z6 + 2.0 * z4) + (2.0 * z4 - 5.0 * z2) * a + (1.0 - 2.0 * z2) * a * a;
        let third = (-30.0 * z6 - 90.0 * z4 * z4)
            + (135.0 * z4 - 96.0 * z6) * a
            + (212.0 * z4 - 60.0 * z2) * a * a
            + (5.0 - 30.0 * z2) * a * a * a;
        sums[0] += at_half;
        sums[1] += (a - z2) * at_half;
        sums[2] += second * at_half;
        sums[3] += third * at_half;
        sums[4] += b * at_whole;
        sums[5] += (3.0 * b * z2 - b * b) * at_whole;
    }
    let [k0, k1, k2, k3, k2_whole, k3_whole] = sums;
    let z3 = z * z2;
    let terms = k0 / z
        + k1 / (6.0 * z4) / n.sqrt()
        + (k2 / (72.0 * z4 * z3) - k2_whole / (36.0 * z3)) / n
        + (k3 / (6480.0 * z4 * z6) + k3_whole / (216.0 * z6)) / (n * n.sqrt());
    2.0 * FRAC_PI_2.sqrt() * terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_meet_where_one_takes_over_from_the_other() {
        for n in [300, 1_000, 2_000] {
            let d = 0.6 / (n as f64).sqrt();
            let gap = matrix_cdf(n, d) - series_cdf(n as f64, d);
            assert!(gap.abs() < 0.2 / (n * n) as f64, "{n}: {gap}");
        }
        // At n d² = 4 and n = 100 the one-sided tail is exact to 1e-6.
        let (matrix, tail) = (1.0 - matrix_cdf(100, 0.2), 2.0 * one_sided_sf(100, 0.2));
        assert!((matrix / tail - 1.0).abs() < 1e-6, "{matrix} {tail}");
    }

    #[test]
    fn every_other_term_gives_the_same_sum() {
        // 20,000 rows are strided; the limit form with its first correction holds to 1 / n.
        for n in [20_000_u64, 500_000, 40_000_000] {
            for z in [1.5_f64, 3.0, 8.0] {
                let d = z / (n as f64).sqrt();
                let first = (-2.0 * (z + 1.0 / (6.0 * (n as f64).sqrt())).powi(2)).exp();
                let off = one_sided_sf(n, d) / first - 1.0;
                assert!(off.abs() < z.powi(4) / n as f64, "{n} {z} {off}");
            }
        }
        assert!(one_sided_sf(500_000, 18.5 / 500_000.0_f64.sqrt()) > 1e-300);
    }

    #[test]
    fn edges_are_probabilities() {
        let cases = [
            (0, 0.5),
            (1, 0.4),
            (1, 0.75),
            (5, 1.0),
            (5, f64::NAN),
            (3, -1.0),
        ];
        let got: Vec<f64> = cases.iter().map(|(n, d)| kstwo_sf(*n, *d)).collect();
        assert_eq!(got, [1.0, 1.0, 0.5, 0.0, 1.0, 1.0]);
    }
}
