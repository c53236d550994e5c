//! The test of Mann, Whitney and Wilcoxon.

use super::Law;
use super::pooled::{ranked, runs};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::law::normal_sf;
use crate::sample::Sorted;

/// Up to so many rows on the smaller side, without ties, p is exact unless a law is asked for.
const EXACT_MAX: u64 = 8;
/// Longest list of ways that is counted out.
const WAYS_MAX: u64 = 4_000_000;

/// The test of Mann and Whitney (1947), two-sided, with [`Law::Auto`]. See [`mann_whitney_by`].
pub fn mann_whitney(reference: &Sorted, current: &Sorted) -> Comparison {
    mann_whitney_by(reference, current, Law::Auto)
}

/// The test of Mann and Whitney (1947), two-sided.
///
/// The statistic is U of the reference: pairs in which its row is the larger one, ties counted half.
/// The effect is the common-language probability that a row of the current sample is larger than one of
/// the reference, ties counted half: one half if neither tends to be larger. Infinite rows are values
/// beyond all others.
///
/// p is exact (`mw_exact`) with [`Law::Auto`] if a side has at most 8 rows and with [`Law::Exact`] for
/// any, in both cases only without ties; else that of the normal law with corrections for ties and
/// continuity (`mw_asymp`). It is 1 if all rows are equal.
pub fn mann_whitney_by(reference: &Sorted, current: &Sorted, law: Law) -> Comparison {
    let (n, m) = (ranked(reference), ranked(current));
    if n == 0 || m == 0 {
        return Comparison::undefined("mw", "a side has no values", (n, m));
    }
    let (mut wins, mut ties) = (0.0, 0.0);
    runs(reference, current, |run| {
        let (before, equal) = (run.upto.1 - run.rows.1, run.rows.1);
        wins += run.rows.0 * (before + 0.5 * equal);
        let t = run.rows.0 + run.rows.1;
        ties += t * (t * t - 1.0);
    });
    let pairs = n as f64 * m as f64;
    let least = wins.min(pairs - wins);
    let wanted = match law {
        Law::Auto => n.min(m) <= EXACT_MAX,
        Law::Exact => true,
        Law::Asymptotic | Law::Limit => false,
    };
    let exact = if wanted && ties == 0.0 {
        exact(n, m, least)
    } else {
        None
    };
    let (p, method) = exact.map_or_else(
        || (asymptotic(n as f64, m as f64, least, ties), "mw_asymp"),
        |p| (p, "mw_exact"),
    );
    Comparison {
        method: "mw",
        statistic: Figure::point(wins, n.saturating_add(m), method),
        p_value: Some(p.min(1.0)),
        effect: Some(1.0 - wins / pairs),
        effect_name: "probability_larger",
        reference: n,
        current: m,
    }
}

fn asymptotic(n: f64, m: f64, least: f64, ties: f64) -> f64 {
    let rows = n + m;
    let variance = n * m / 12.0 * (rows + 1.0 - ties / (rows * (rows - 1.0)));
    if variance.is_nan() || variance <= 0.0 {
        return 1.0;
    }
    2.0 * normal_sf((n * m / 2.0 - least - 0.5) / variance.sqrt())
}

/// Twice the share of orders in which U is at most `least`; `None` if there are too many to count.
///
/// The ways to reach each U are the coefficients of the product of (1 − q^(m + i)) / (1 − q^i). All is
/// whole numbers modulo 2¹²⁸, and the result is below.
fn exact(n: u64, m: u64, least: f64) -> Option<f64> {
    let (few, many) = (n.min(m), n.max(m));
    let last = least.floor() as u64;
    let mut all = 1_u128;
    for i in 1..=few {
        // Divisible after each step: a binomial coefficient.
        all = all.checked_mul(u128::from(many + i))? / u128::from(i);
    }
    if last.checked_mul(few)? > WAYS_MAX {
        return None;
    }
    let last = last as usize;
    let mut ways = vec![0_u128; last + 1];
    ways[0] = 1;
    for i in 1..=few as usize {
        let up = many as usize + i;
        for u in (up..=last).rev() {
            ways[u] = ways[u].wrapping_sub(ways[u - up]);
        }
        for u in i..=last {
            ways[u] = ways[u].wrapping_add(ways[u - i]);
        }
    }
    let reached = ways.into_iter().fold(0_u128, u128::wrapping_add);
    Some(2.0 * reached as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_rows_against_many_are_counted_out() {
        // One row against m: every rank is as likely.
        let got = exact(1, 999, 24.0).unwrap();
        assert!((got - 0.05).abs() < 1e-15, "{got}");
        // 2 against 3 by hand: 1, 1, 2, 2, 2, 1, 1 of 10.
        for (u, want) in [(0.0, 0.2), (1.0, 0.4), (2.0, 0.8)] {
            assert!((exact(3, 2, u).unwrap() - want).abs() < 1e-15);
        }
        let (a, b) = (
            exact(8, 3_000, 6_000.0).unwrap(),
            asymptotic(8.0, 3_000.0, 6_000.0, 0.0),
        );
        assert!((a / b - 1.0).abs() < 0.2, "{a} {b}");
        assert_eq!(exact(8, 100_000_000, 1e8), None);
    }
}
