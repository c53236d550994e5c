//! Two sorted samples, walked through together.

use crate::sample::Sorted;

/// Ranges outside of these bounds are brought near one before anything is squared.
const RANGES: std::ops::RangeInclusive<f64> = 1e-140..=1e140;

/// Rows of equal value in both samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// The value; infinite for the rows that are.
    pub value: f64,
    /// Rows of it, in the reference and in the current sample.
    pub rows: (f64, f64),
    /// Rows up to and with it.
    pub upto: (f64, f64),
}

/// Rows that methods of ranks use: the finite ones and those of either infinity.
pub(super) fn ranked(sample: &Sorted) -> u64 {
    let ends = sample.below.saturating_add(sample.above);
    sample.n().saturating_add(ends)
}

/// Visits each distinct finite value of two ascending samples in turn, with the rows of each that are
/// no larger.
///
/// The step has no branch that depends on which sample is ahead: data without drift make that branch as
/// unpredictable as a coin.
pub(super) fn walk(a: &[f64], b: &[f64], mut visit: impl FnMut(f64, usize, usize)) {
    let mut x = match (a.first(), b.first()) {
        (Some(p), Some(q)) => p.min(*q),
        (Some(p), None) | (None, Some(p)) => *p,
        (None, None) => return,
    };
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (p, q) = (a[i], b[j]);
        let next = if p < q { p } else { q };
        if next > x {
            visit(x, i, j);
            x = next;
        }
        i += usize::from(p <= q);
        j += usize::from(q <= p);
    }
    for &p in &a[i..] {
        if p > x {
            visit(x, i, j);
            x = p;
        }
        i += 1;
    }
    for &q in &b[j..] {
        if q > x {
            visit(x, i, j);
            x = q;
        }
        j += 1;
    }
    visit(x, i, j);
}

/// Visits each distinct value of two samples ascending, those of −∞ first and those of +∞ last.
pub(super) fn runs(reference: &Sorted, current: &Sorted, mut visit: impl FnMut(Run)) {
    let mut before = (0.0, 0.0);
    let mut run = |value, upto: (f64, f64)| {
        let rows = (upto.0 - before.0, upto.1 - before.1);
        before = upto;
        if rows.0 + rows.1 > 0.0 {
            visit(Run { value, rows, upto });
        }
    };
    let below = (reference.below as f64, current.below as f64);
    run(f64::NEG_INFINITY, below);
    walk(reference.values(), current.values(), |x, i, j| {
        run(x, (below.0 + i as f64, below.1 + j as f64));
    });
    let all = (ranked(reference) as f64, ranked(current) as f64);
    run(f64::INFINITY, all);
}

/// How many of the `rank` smallest of both ascending samples come from each; `rank` is at most their
/// length together, and `from` is the answer for a rank before.
pub(super) fn split(a: &[f64], b: &[f64], rank: usize, from: (usize, usize)) -> (usize, usize) {
    let mut low = rank.saturating_sub(b.len()).max(from.0);
    let mut high = rank.saturating_sub(from.1).min(a.len());
    while low < high {
        let i = low.midpoint(high);
        let j = rank - i;
        // One more of `a` belongs to the smallest as long as it comes before the last one of `b`.
        if j > 0 && i < a.len() && a[i] <= b[j - 1] {
            low = i + 1;
        } else {
            high = i;
        }
    }
    (low, rank - low)
}

/// The value of the given rank from 0 in both ascending samples together; the largest for any further
/// rank. NaN without values.
pub(super) fn order(a: &[f64], b: &[f64], rank: usize) -> f64 {
    let last = (a.len() + b.len()).saturating_sub(1);
    let (i, j) = split(a, b, rank.min(last), (0, 0));
    match (a.get(i), b.get(j)) {
        (Some(p), Some(q)) => p.min(*q),
        (Some(p), None) | (None, Some(p)) => *p,
        (None, None) => f64::NAN,
    }
}

/// A power of two that brings differences between the values to a size whose squares neither overflow
/// nor vanish; 1 for all usual data.
pub(super) fn unit(samples: &[&[f64]]) -> f64 {
    let least = samples.iter().filter_map(|s| s.first()).copied();
    let most = samples.iter().filter_map(|s| s.last()).copied();
    let (low, high) = (
        least.fold(f64::INFINITY, f64::min),
        most.fold(f64::NEG_INFINITY, f64::max),
    );
    // Halves where the range itself would be infinite.
    let range = if high - low < 1.0 {
        high - low
    } else {
        high * 0.5 - low * 0.5
    };
    if range.is_nan() || range <= 0.0 || range.is_infinite() || RANGES.contains(&range) {
        return 1.0;
    }
    (-range.log2().floor()).clamp(-1_000.0, 1_000.0).exp2()
}

/// Mean and sum of squared differences from it, of `of(x)` for each value; zeros without values.
pub(super) fn squares(values: &[f64], of: impl Fn(f64) -> f64) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = sum(values, &of) / n;
    let squares = sum(values, |x| {
        let d = of(x) - mean;
        d * d
    });
    (mean, squares)
}

/// In lanes, so that additions need not wait for each other.
fn sum(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let (chunks, rest) = values.as_chunks::<8>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += term(*x);
        }
    }
    lanes.iter().sum::<f64>() + rest.iter().map(|x| term(*x)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_runs_are_those_of_the_joined_sample() {
        let (a, b) = (
            Sorted::new([1.0, 2.0, 2.0, 5.0]),
            Sorted::new([2.0, 3.0, f64::INFINITY]),
        );
        let mut seen = Vec::new();
        runs(&a, &b, |run| seen.push((run.value, run.rows, run.upto)));
        let want = [
            (1.0, (1.0, 0.0), (1.0, 0.0)),
            (2.0, (2.0, 1.0), (3.0, 1.0)),
            (3.0, (0.0, 1.0), (3.0, 2.0)),
            (5.0, (1.0, 0.0), (4.0, 2.0)),
            (f64::INFINITY, (0.0, 1.0), (4.0, 3.0)),
        ];
        assert_eq!(seen, want);
        let ordered: Vec<f64> = (0..6).map(|k| order(a.values(), b.values(), k)).collect();
        assert_eq!(ordered, [1.0, 2.0, 2.0, 2.0, 3.0, 5.0]);
        let mut from = (0, 0);
        for rank in 0..=6 {
            let at = split(a.values(), b.values(), rank, from);
            assert_eq!(at, split(a.values(), b.values(), rank, (0, 0)));
            assert_eq!(at.0 + at.1, rank);
            from = at;
        }
    }

    #[test]
    fn extreme_ranges_are_brought_near_one() {
        let range = |low: f64, high: f64| {
            let u = unit(&[&[low], &[high]]);
            high * u - low * u
        };
        for (low, high) in [
            (-1.7e308, 1.7e308),
            (0.0, 1e-300),
            (1.0, 1e300),
            (0.0, 1e-320),
        ] {
            assert!((1e-20..1e10).contains(&range(low, high)), "{low} {high}");
        }
        for usual in [unit(&[&[3.0], &[3.0]]), unit(&[]), unit(&[&[0.0, 7.0]])] {
            assert_eq!(usual.to_bits(), 1.0_f64.to_bits());
        }
    }
}
