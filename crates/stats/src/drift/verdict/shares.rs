//! Shares of rows of a kind: how many are missing, unseen or out of range, and which share changed most.

use crate::drift::categorical::{Hypergeometric, paired, z};
use crate::drift::comparison::Comparison;
use crate::proportion;
use crate::sample::Sorted;

/// The normal quantile of the interval by which a change is shown to be small; so wide that it does not miss one
/// change in thirty thousand.
const WIDE: f64 = 4.0;
/// A share so many times that of the reference is material, however small the difference.
const TIMES: f64 = 3.0;
/// The least share of the reference that is multiplied.
const LEAST: f64 = 0.001;

/// Whether a change of shares `k / n` may be as large as `threshold`: whether its [`farthest`] end reaches it.
pub(super) fn reaches(reference: (u64, u64), current: (u64, u64), threshold: f64) -> bool {
    farthest(reference, current).is_some_and(|far| far >= threshold)
}

/// How large a change of shares `k / n` may be: the far end of Newcombe's interval at four standard errors. `None` if
/// a side has no rows.
pub(super) fn farthest(reference: (u64, u64), current: (u64, u64)) -> Option<f64> {
    if reference.1 == 0 || current.1 == 0 {
        return None;
    }
    let share = |(k, n): (u64, u64)| k as f64 / n as f64;
    let (from, to) = (share(reference), share(current));
    let ((a_low, a_high), (b_low, b_high)) = (wide(reference), wide(current));
    let change = to - from;
    Some(if change >= 0.0 {
        change + (b_high - to).hypot(from - a_low)
    } else {
        -change + (to - b_low).hypot(a_high - from)
    })
}

/// Whether a share of rows that should be few is material: a change that reaches `threshold`, or three
/// times that of the reference, which counts as at least one in a thousand.
pub(super) fn is_material(reference: (u64, u64), current: (u64, u64), threshold: f64) -> bool {
    if reference.1 == 0 || current.1 == 0 {
        return false;
    }
    let share = |(k, n): (u64, u64)| k as f64 / n as f64;
    reaches(reference, current, threshold) || share(current) >= TIMES * share(reference).max(LEAST)
}

/// The change from which on [`is_material`] holds, if it does by the multiple of the reference's share alone.
pub(super) fn by_multiple(
    reference: (u64, u64),
    current: (u64, u64),
    threshold: f64,
) -> Option<f64> {
    if !is_material(reference, current, threshold) || reaches(reference, current, threshold) {
        return None;
    }
    let usual = reference.0 as f64 / reference.1 as f64;
    Some(TIMES * usual.max(LEAST) - usual)
}

/// Wilson's interval at four standard errors.
fn wide((k, n): (u64, u64)) -> (f64, f64) {
    let (k, n) = (k as f64, n as f64);
    let (p, z2) = (k / n, WIDE * WIDE);
    let middle = p + z2 / (2.0 * n);
    let half = WIDE * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let width = 1.0 + z2 / n;
    (
        ((middle - half) / width).max(0.0),
        ((middle + half) / width).min(1.0),
    )
}

/// The shares of missing rows: `k` of all `n` rows on each side.
pub(super) fn missing(reference: (u64, u64), current: (u64, u64)) -> Comparison {
    Comparison {
        method: "missing",
        ..z(reference, current)
    }
}

/// The share of current rows outside the smallest and the largest value of the reference. Its p-value is exact
/// (Epstein 1954): so many or more current values are outside if at most one of as many plus one of the pooled
/// values, by an order that chance has made, is of the reference. `None` if a side has no values.
pub(super) fn range(reference: &Sorted, current: &Sorted) -> Option<(u64, Comparison)> {
    let (low, high) = (reference.values().first()?, reference.values().last()?);
    let values = current.values();
    let below = values.partition_point(|x| x < low) as u64;
    let above = current.n() - values.partition_point(|x| x <= high) as u64;
    let infinite = |here: u64, there: u64| if there == 0 { here } else { 0 };
    let n = reference.rows() - reference.missing;
    let m = current.rows() - current.missing;
    let outside = below
        + above
        + infinite(current.below, reference.below)
        + infinite(current.above, reference.above);
    let law = Hypergeometric {
        total: n + m,
        marked: n,
        drawn: (outside + 1).min(n + m),
    };
    let p = if outside == 0 { 1.0 } else { law.at_most(1) };
    Some((outside, beyond("range", outside, p, (n, m))))
}

/// The share of current rows whose value the reference has not, from the rows of each such value. Its p-value is a
/// bound (Chernoff 1952) on the probability that dealing the pooled rows to both samples by chance leaves at least as many
/// rows in values that are all on the current side. Rows are those with a value.
pub(super) fn unseen(pairs: &[(u64, u64)], (n, m): (u64, u64)) -> (u64, Comparison) {
    let fresh = pairs.iter().filter(|(a, b)| *a == 0 && *b > 0);
    let rows: u64 = fresh.map(|(_, b)| b).sum();
    let p = if rows == 0 || n == 0 {
        1.0
    } else {
        fresh_bound(pairs, (n, m), rows as f64)
    };
    (rows, beyond("unseen", rows, p, (n, m)))
}

/// [`unseen`] where the reference has one value. Its p-value is exact: the probability that all reference rows
/// have the same value when the pooled rows are dealt by chance.
pub(super) fn unseen_of_constant(pairs: &[(u64, u64)], (n, m): (u64, u64)) -> (u64, Comparison) {
    let all_of = |both: u64| {
        let law = Hypergeometric {
            total: n + m,
            marked: both,
            drawn: n,
        };
        law.at_least(n)
    };
    let (rows, told) = unseen(pairs, (n, m));
    let p: f64 = pairs.iter().map(|(a, b)| all_of(a + b)).sum();
    let p_value = told.p_value.map(|_| p.clamp(f64::MIN_POSITIVE, 1.0));
    (rows, Comparison { p_value, ..told })
}

/// min over s of E[exp(s U)] exp(−s `rows`), U the rows of values that fall wholly on the current side; that they
/// do so is negatively associated between values, so that the product over them bounds the mean.
fn fresh_bound(pairs: &[(u64, u64)], (n, m): (u64, u64), rows: f64) -> f64 {
    let all_current = |both: u64| {
        let law = Hypergeometric {
            total: n + m,
            marked: both,
            drawn: n,
        };
        law.at_most(0)
    };
    let mut sizes: Vec<u64> = pairs
        .iter()
        .map(|(a, b)| a + b)
        .filter(|t| *t > 0)
        .collect();
    sizes.sort_unstable();
    let runs = sizes.chunk_by(|a, b| a == b);
    let weighed: Vec<(f64, f64, f64)> = runs
        .map(|run| (run[0], run.len() as f64))
        .map(|(size, count)| (size as f64, count, all_current(size)))
        .filter(|(_, _, q)| *q > 0.0)
        .collect();
    let exponent = |s: f64| {
        let of = |(size, count, q): &(f64, f64, f64)| {
            // ln(1 − q + q exp(s · size)) without overflow.
            let up = q.ln() + s * size;
            let stay = (-q).ln_1p();
            let (large, small) = (up.max(stay), up.min(stay));
            count * (large + (small - large).exp().ln_1p())
        };
        weighed.iter().map(of).sum::<f64>() - s * rows
    };
    // The exponent is convex in s; the best s is sought by its logarithm.
    let (mut low, mut high) = (-16.0_f64, 8.0_f64);
    for _ in 0..60 {
        let third = (high - low) / 3.0;
        let (a, b) = (low + third, high - third);
        if exponent(a.exp()) < exponent(b.exp()) {
            high = b;
        } else {
            low = a;
        }
    }
    exponent(((low + high) / 2.0).exp())
        .min(0.0)
        .exp()
        .max(f64::MIN_POSITIVE)
}

fn beyond(method: &'static str, rows: u64, p: f64, (n, m): (u64, u64)) -> Comparison {
    if n == 0 || m == 0 {
        return Comparison::undefined(method, "a side has no values", (n, m));
    }
    let share = proportion::share(rows, m);
    Comparison {
        method,
        p_value: Some(p),
        effect: share.value,
        effect_name: "share",
        statistic: share,
        reference: n,
        current: m,
    }
}

/// The share of one category that changed most.
pub(super) struct MostChanged {
    /// Its change with Newcombe's interval; the p-value is the smallest of those that reach the threshold, times the
    /// number of categories (Bonferroni).
    pub(super) comparison: Comparison,
    /// How large the change of a category may be: the largest [`farthest`] end.
    pub(super) reach: Option<f64>,
    /// Whether any change reaches the threshold.
    pub(super) material: bool,
}

/// The largest change of the share of one category, and whether any reaches `threshold`.
pub(super) fn most_changed(reference: &[u64], current: &[u64], threshold: f64) -> MostChanged {
    let (n, m): (u64, u64) = (reference.iter().sum(), current.iter().sum());
    if n == 0 || m == 0 {
        return MostChanged {
            comparison: Comparison::undefined("share", "a side has no rows", (n, m)),
            reach: None,
            material: false,
        };
    }
    let pairs: Vec<(u64, u64)> = paired(reference, current)
        .filter(|(a, b)| a + b > 0)
        .collect();
    let (mut most, mut change) = ((0, 0), 0.0_f64);
    let (mut p, mut reach) = (1.0_f64, None::<f64>);
    for (a, b) in &pairs {
        let off = *b as f64 / m as f64 - *a as f64 / n as f64;
        if off.abs() > change.abs() {
            (most, change) = ((*a, *b), off);
        }
        let far = farthest((*a, n), (*b, m)).unwrap_or(0.0);
        reach = Some(reach.map_or(far, |most| most.max(far)));
        if far >= threshold {
            p = p.min(z((*a, n), (*b, m)).p_value.unwrap_or(1.0));
        }
    }
    let comparison = Comparison {
        method: "share",
        statistic: proportion::difference((most.0, n), (most.1, m)),
        p_value: Some((p * pairs.len() as f64).min(1.0)),
        effect: Some(change.abs()),
        effect_name: "difference",
        reference: n,
        current: m,
    };
    MostChanged {
        comparison,
        reach,
        material: reach.is_some_and(|far| far >= threshold),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_the_reference_may_well_have_missed_are_no_sign() {
        // Fifty equal categories, 100 rows against 10,000: about 13 % of the current rows are unseen.
        let pairs: Vec<(u64, u64)> = (0..50).map(|i| (u64::from(i >= 7) * 2, 200)).collect();
        let (rows, told) = unseen(&pairs, (86, 10_000));
        assert_eq!((rows, told.p_value.unwrap() > 0.2), (1400, true));
        let (_, fresh) = unseen(&[(2000, 1900), (0, 100)], (2000, 2000));
        assert!(fresh.p_value.unwrap() < 1e-20);
        let (_, single) = unseen(&[(5000, 4999), (0, 1)], (5000, 5000));
        assert!(single.p_value.unwrap() > 0.4);
    }

    #[test]
    fn one_row_out_of_range_is_no_sign_and_many_are() {
        let of = |n: u32, more: u32| {
            let own = (0..n).map(f64::from);
            Sorted::new(own.chain((0..more).map(|i| 1e6 + f64::from(i))))
        };
        let p = |current: &Sorted| range(&of(5000, 0), current).unwrap().1.p_value;
        assert!(p(&of(5000, 1)).unwrap() > 0.5);
        assert!(p(&of(5000, 30)).unwrap() < 1e-6);
        assert_eq!(p(&of(10, 0)), Some(1.0));
    }

    #[test]
    fn a_change_is_small_only_when_it_is_shown_to_be() {
        assert!(reaches((20, 100), (21, 100), 0.05));
        assert!(!reaches((200_000, 1_000_000), (210_000, 1_000_000), 0.05));
        assert!(reaches((250_000, 1_000_000), (200_000, 1_000_000), 0.05));
        assert!(is_material((0, 1_000_000), (3_000, 1_000_000), 0.05));
        assert!(!is_material((0, 1_000_000), (2_000, 1_000_000), 0.05));
    }
}
