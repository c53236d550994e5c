//! Kolmogorov–Smirnov and Wasserstein as far as verdicts need them.

use super::numbers::{limit, steps};
use crate::drift::comparison::Comparison;
use crate::figure::Figure;
use crate::sample::Sorted;
use statrs::function::factorial::ln_factorial;

/// Samples of up to so many values have an exact p-value.
const EXACT_MAX: u64 = 10_000;

/// The two-sample Kolmogorov–Smirnov test of the finite values: D over distinct pooled values; p by counting paths
/// up to 10,000 values a side, above that twice the exact one-sided law of one sample of nm/(n + m)
/// values, or the limit law where that is near 1.
pub(in crate::drift) fn ks(reference: &Sorted, current: &Sorted) -> Comparison {
    let (n, m) = (reference.n(), current.n());
    if n == 0 || m == 0 {
        return Comparison::undefined("ks", "a side has no values", (n, m));
    }
    let mut largest = 0_u128;
    steps(reference, current, |_, i, j| {
        let off = (u128::from(i) * u128::from(m)).abs_diff(u128::from(j) * u128::from(n));
        largest = largest.max(off);
    });
    let d = largest as f64 / n as f64 / m as f64;
    let p = if n.max(m) <= EXACT_MAX {
        paths_beyond(n, m, largest as u64)
    } else {
        one_sample((n as f64 / (n + m) as f64 * m as f64).round(), d)
    };
    Comparison {
        method: "ks",
        statistic: Figure::point(d, n + m, "ks"),
        p_value: Some(p.clamp(0.0, 1.0)),
        effect: Some(d),
        effect_name: "D",
        reference: n,
        current: m,
    }
}

/// The share of lattice paths from (0, 0) to (n, m) that come at least `reach` away from the diagonal, |i m − j n| ≥ reach.
fn paths_beyond(n: u64, m: u64, reach: u64) -> f64 {
    if reach == 0 {
        return 1.0;
    }
    // Within row i only cells nearer than `reach` can have a share below 1.
    let within = |i: u64| {
        let at = i * m;
        let from = (at + 1).saturating_sub(reach).div_ceil(n);
        let to = ((at + reach - 1) / n).min(m);
        (from as usize, to as usize)
    };
    let mut row = vec![1.0_f64; m as usize + 1];
    for i in 0..=n {
        let (from, to) = within(i);
        for j in from..=to {
            let above = if i == 0 { None } else { row.get(j).copied() };
            let left = if j == 0 {
                None
            } else if j == from {
                Some(1.0)
            } else {
                row.get(j - 1).copied()
            };
            let (fi, fj) = (i as f64, j as f64);
            let share = match (above, left) {
                (Some(above), Some(left)) => (fi * above + fj * left) / (fi + fj),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => 0.0,
            };
            if let Some(cell) = row.get_mut(j) {
                *cell = share;
            }
        }
    }
    row.last().copied().unwrap_or(1.0)
}

fn one_sample(n: f64, d: f64) -> f64 {
    if n * d * d < 2.2 {
        return limit((n.sqrt() + 0.12 + 0.11 / n.sqrt()) * d);
    }
    // The law of Smirnov (1944) for one side.
    let last = (n * (1.0 - d)).floor() as u64;
    let whole = ln_factorial(n as u64);
    let term = |j: u64| {
        let (at, rest) = (d + j as f64 / n, 1.0 - d - j as f64 / n);
        if rest <= 0.0 {
            return 0.0;
        }
        let choose = whole - ln_factorial(j) - ln_factorial(n as u64 - j);
        (choose + (j as f64 - 1.0) * at.ln() + (n - j as f64) * rest.ln()).exp()
    };
    2.0 * d * (0..=last.min(n as u64)).map(term).sum::<f64>()
}

/// The first Wasserstein distance of the finite values over the reference's standard deviation (divisor n − 1).
/// The effect is it less what is expected when nothing has changed, √(2/π) √(1/n + 1/m) ∫ √(H (1 − H)) with H the pooled
/// distribution. It has no p-value. Undefined for a constant reference, unless both samples are that constant.
pub(in crate::drift) fn wasserstein_normed(reference: &Sorted, current: &Sorted) -> Comparison {
    const NAME: &str = "wasserstein_normed";
    let (n, m) = (reference.n(), current.n());
    if n == 0 || m == 0 {
        return Comparison::undefined(NAME, "a side has no values", (n, m));
    }
    let (fn_, fm) = (n as f64, m as f64);
    let (mut distance, mut noise) = (0.0, 0.0);
    steps(reference, current, |gap, i, j| {
        let (f, g, h) = (i as f64 / fn_, j as f64 / fm, (i + j) as f64 / (fn_ + fm));
        distance += gap * (f - g).abs();
        noise += gap * (h * (1.0 - h)).max(0.0).sqrt();
    });
    let spread = reference.moments().std().unwrap_or(0.0);
    if spread <= 0.0 && distance > 0.0 {
        return Comparison::undefined(NAME, "the reference is constant", (n, m));
    }
    let normed = if distance > 0.0 {
        distance / spread
    } else {
        0.0
    };
    let expected = (2.0 / std::f64::consts::PI * (1.0 / fn_ + 1.0 / fm)).sqrt() * noise / spread;
    Comparison {
        method: NAME,
        statistic: Figure::point(normed, n + m, NAME),
        p_value: None,
        effect: Some((normed - expected).max(0.0)).filter(|x| x.is_finite()),
        effect_name: "standard deviations",
        reference: n,
        current: m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_counted_as_by_hand() {
        // Of the six ways to order two and two, two have D = 1, two D = 1/2 once more.
        let p = |a: &[f64], b: &[f64]| {
            let of = |v: &[f64]| Sorted::new(v.iter().copied());
            ks(&of(a), &of(b)).p_value.unwrap()
        };
        assert!((p(&[1.0, 2.0], &[3.0, 4.0]) - 1.0 / 3.0).abs() < 1e-15);
        assert!((p(&[1.0, 3.0], &[2.0, 4.0]) - 1.0).abs() < 1e-15);
        assert!((p(&[1.0, 2.0, 3.0], &[4.0]) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn a_shift_is_told_in_standard_deviations() {
        let a = Sorted::new((0..1000).map(f64::from));
        let b = Sorted::new((0..1000).map(|x| f64::from(x) + 100.0));
        let told = wasserstein_normed(&a, &b).statistic.value.unwrap();
        assert!((told - 100.0 / a.moments().std().unwrap()).abs() < 1e-9);
        let constant = Sorted::new([3.0, 3.0]);
        assert_eq!(wasserstein_normed(&constant, &a).statistic.value, None);
        assert_eq!(
            wasserstein_normed(&constant, &constant).statistic.value,
            Some(0.0)
        );
    }
}
