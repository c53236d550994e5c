//! What a verdict needs of two samples of numbers.

use crate::drift::comparison::Comparison;
use crate::law::kolmogorov_sf;
use crate::sample::Sorted;

/// Calls `at` for each distinct pooled value with the distance to the next one (0 for the last) and the rows of
/// each sample up to and including it.
pub(in crate::drift) fn steps(
    reference: &Sorted,
    current: &Sorted,
    mut at: impl FnMut(f64, u64, u64),
) {
    let (a, b) = (reference.values(), current.values());
    let (mut i, mut j) = (0, 0);
    loop {
        let x = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(x), None) => *x,
            (None, Some(y)) => *y,
            (None, None) => return,
        };
        let run = |v: &[f64]| v.iter().take_while(|y| **y <= x).count();
        i += run(&a[i..]);
        j += run(&b[j..]);
        let next = [a.get(i), b.get(j)];
        let next = next.into_iter().flatten().copied().reduce(f64::min);
        at(next.map_or(0.0, |y| y - x), i as u64, j as u64);
    }
}

/// Up to so many pairs of values the p-value of a gap is exact.
const EXACT_MAX: u64 = 4_000_000;

/// The largest gap D between the two distribution functions, and its p-value: that of `exact` up to four million
/// pairs of values, above by Kolmogorov's limit law with Stephens' (1970) correction for size. Ties only make it larger.
/// `None` if a side has no values.
pub(super) fn gap(
    reference: &Sorted,
    current: &Sorted,
    exact: fn(&Sorted, &Sorted) -> Comparison,
) -> Option<(f64, f64)> {
    let (n, m) = (reference.n() as f64, current.n() as f64);
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    let mut largest = 0.0_f64;
    steps(reference, current, |_, i, j| {
        largest = largest.max((i as f64 / n - j as f64 / m).abs());
    });
    if reference.n().saturating_mul(current.n()) <= EXACT_MAX {
        return exact(reference, current).p_value.map(|p| (largest, p));
    }
    let root = (n / (n + m) * m).sqrt();
    Some((
        largest,
        kolmogorov_sf((root + 0.12 + 0.11 / root) * largest),
    ))
}

/// The Wasserstein distance that chance does not explain, in standard deviations of the reference: the area
/// between the distribution functions where they are more than two standard errors apart, less those two. One
/// row adds nothing, however far out it lies. `None` if a side has no values or the reference is constant.
pub(super) fn beyond_noise(reference: &Sorted, current: &Sorted) -> Option<f64> {
    const ERRORS: f64 = 2.0;
    let (n, m) = (reference.n() as f64, current.n() as f64);
    let spread = reference.moments().std().filter(|spread| *spread > 0.0)?;
    let per_row = 1.0 / n + 1.0 / m;
    let mut area = 0.0;
    steps(reference, current, |gap, i, j| {
        let off = (i as f64 / n - j as f64 / m).abs();
        let pooled = (i + j) as f64 / (n + m);
        let error = ((pooled * (1.0 - pooled)).max(0.0) * per_row).sqrt();
        area += gap * (off - ERRORS * error).max(0.0);
    });
    Some(area / spread).filter(|beyond| beyond.is_finite())
}
