//! The test of Cramér and von Mises.

use super::Law;
use super::pooled::{ranked, runs};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::law::cramer_von_mises_sf;
use crate::sample::Sorted;

/// Up to so many rows on the larger side p is exact unless a law is asked for.
const EXACT_MAX: u64 = 20;
/// Up to so many if an exact one is asked for.
const EXACT_MOST: u64 = 30;

/// The two-sample test of Cramér and von Mises, with [`Law::Auto`]. See [`cramer_von_mises_by`].
pub fn cramer_von_mises(reference: &Sorted, current: &Sorted) -> Comparison {
    cramer_von_mises_by(reference, current, Law::Auto)
}

/// The two-sample test of Cramér and von Mises (Anderson 1962).
///
/// The statistic is T, from mean ranks where there are ties. The effect is the root mean square of the
/// gap between the two empirical distributions over the pooled rows (mean ranks), from 0 to √⅓. Infinite
/// rows are values beyond all others.
///
/// p is exact (`cvm_exact`; Xiao, Gordon and Yakovlev 2006) with [`Law::Auto`] up to 20 rows a side and
/// with [`Law::Exact`] up to 30; else the limit law of T brought to its mean and variance (`cvm_asymp`),
/// which says nothing below 1e-6 ([`cramer_von_mises_sf`]).
pub fn cramer_von_mises_by(reference: &Sorted, current: &Sorted, law: Law) -> Comparison {
    let sizes = (ranked(reference), ranked(current));
    if sizes.0 == 0 || sizes.1 == 0 {
        return Comparison::undefined("cvm", "a side has no values", sizes);
    }
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let u = rank_differences(reference, current);
    let (pairs, rows) = (n * m, n + m);
    let t = u / pairs / rows - (4.0 * pairs - 1.0) / (6.0 * rows);
    let most = match law {
        Law::Auto => EXACT_MAX,
        Law::Exact => EXACT_MOST,
        Law::Asymptotic | Law::Limit => 0,
    };
    let (p, method) = if sizes.0.max(sizes.1) <= most {
        (exact(sizes.0, sizes.1, u), "cvm_exact")
    } else {
        (asymptotic(n, m, t), "cvm_asymp")
    };
    Comparison {
        method: "cvm",
        statistic: Figure::point(t, sizes.0.saturating_add(sizes.1), method),
        p_value: Some(p.clamp(0.0, 1.0)),
        effect: Some((t.max(0.0) * rows / pairs).sqrt()),
        effect_name: "rms_gap",
        reference: sizes.0,
        current: sizes.1,
    }
}

/// Anderson's U: the squared differences between each row's pooled rank and its rank in its own sample,
/// weighted by the size of that sample.
fn rank_differences(reference: &Sorted, current: &Sorted) -> f64 {
    let (n, m) = (ranked(reference) as f64, ranked(current) as f64);
    let mut u = 0.0;
    runs(reference, current, |run| {
        let (before, t) = (run.upto.0 + run.upto.1, run.rows.0 + run.rows.1);
        let rank = before - t + (t + 1.0) / 2.0;
        for (size, upto, rows) in [(n, run.upto.0, run.rows.0), (m, run.upto.1, run.rows.1)] {
            // Over the own ranks upto − rows + 1 to upto: their middle, and their spread about it.
            let middle = upto - (rows - 1.0) / 2.0;
            let spread = rows * (rows * rows - 1.0) / 12.0;
            u += size * (rows * (rank - middle) * (rank - middle) + spread);
        }
    });
    u
}

fn asymptotic(n: f64, m: f64, t: f64) -> f64 {
    let (pairs, rows) = (n * m, n + m);
    let mean = (1.0 + 1.0 / rows) / 6.0;
    let variance = (rows + 1.0) * (4.0 * pairs * rows - 3.0 * (n * n + m * m) - 2.0 * pairs)
        / (45.0 * rows * rows * 4.0 * pairs);
    if variance.is_nan() || variance <= 0.0 {
        return 1.0;
    }
    cramer_von_mises_sf(1.0 / 6.0 + (t - mean) / (45.0 * variance).sqrt())
}

/// The share of paths from (0, 0) to (n, m) on which the sum of squared gaps, in whole units, is at
/// least that of `u`. Sums that have reached it already need not be told apart.
fn exact(n: u64, m: u64, u: f64) -> f64 {
    let mut least = (n, m);
    while least.1 > 0 {
        least = (least.1, least.0 % least.1);
    }
    let whole = n / least.0 * m;
    let (a, b) = (whole / n, whole / m);
    let pairs = (n * m) as f64;
    let square = (whole * whole) as f64;
    let reach =
        square * (n + m) as f64 * (6.0 * u - pairs * (4.0 * pairs - 1.0)) / (6.0 * pairs * pairs);
    let reach = reach.floor().max(0.0) as u64;
    // Ways to each sum below the reach, ascending, for each i at the present j.
    let mut columns: Vec<Vec<(u64, f64)>> = vec![Vec::new(); n as usize + 1];
    for j in 0..=m {
        let mut left: Vec<(u64, f64)> = Vec::new();
        for (i, column) in columns.iter_mut().enumerate() {
            let below = std::mem::take(column);
            let mut ways = if i == 0 && j == 0 {
                vec![(0, 1.0)]
            } else {
                joined(&left, &below)
            };
            let gap = (a * i as u64).abs_diff(b * j);
            ways.iter_mut().for_each(|(sum, _)| *sum += gap * gap);
            ways.retain(|(sum, _)| *sum < reach);
            left.clone_from(&ways);
            *column = ways;
        }
    }
    let inside: f64 = columns
        .pop()
        .into_iter()
        .flatten()
        .map(|(_, ways)| ways)
        .sum();
    let all: f64 = (1..=m).fold(1.0, |all, k| all * (n + k) as f64 / k as f64);
    1.0 - inside / all
}

/// Both lists, ascending, ways to equal sums added.
fn joined(a: &[(u64, f64)], b: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while let (Some(p), Some(q)) = (a.get(i), b.get(j)) {
        let ways = if p.0 <= q.0 { p.1 } else { 0.0 } + if q.0 <= p.0 { q.1 } else { 0.0 };
        all.push((p.0.min(q.0), ways));
        i += usize::from(p.0 <= q.0);
        j += usize::from(q.0 <= p.0);
    }
    all.extend_from_slice(&a[i..]);
    all.extend_from_slice(&b[j..]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_law_is_that_of_all_orders() {
        let (n, m) = (4_u32, 5_u32);
        let mut all = Vec::new();
        for order in 0_u32..1 << (n + m) {
            if order.count_ones() == n {
                let of = |bit| {
                    (0..n + m)
                        .filter(move |k| order >> k & 1 == bit)
                        .map(f64::from)
                };
                all.push(rank_differences(&Sorted::new(of(1)), &Sorted::new(of(0))));
            }
        }
        for u in &all {
            let at_least = all.iter().filter(|x| **x >= *u - 1e-9).count();
            let want = at_least as f64 / all.len() as f64;
            let got = exact(u64::from(n), u64::from(m), *u);
            assert!((got - want).abs() < 1e-12, "{u}: {got} {want}");
        }
    }

    #[test]
    fn the_exact_and_the_limit_law_are_near_each_other() {
        let (a, b) = (
            Sorted::new((0..19).map(f64::from)),
            Sorted::new((0..20).map(|k| f64::from(k) + 3.5)),
        );
        let exact = cramer_von_mises(&a, &b);
        let limit = cramer_von_mises_by(&a, &b, Law::Asymptotic);
        assert_eq!(
            (exact.statistic.method, limit.statistic.method),
            ("cvm_exact", "cvm_asymp")
        );
        let gap = exact.p_value.unwrap() - limit.p_value.unwrap();
        assert!(gap.abs() < 0.01, "{gap}");
    }
}
