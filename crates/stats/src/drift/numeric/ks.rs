//! The test of Kolmogorov and Smirnov.

use super::pooled::{ranked, runs};
use super::{Alternative, Law};
use crate::drift::Comparison;
use crate::figure::{CONFIDENCE, Figure};
use crate::law::{kolmogorov_sf, ks_exact_one_sided_sf, ks_exact_sf, kstwo_sf};
use crate::sample::Sorted;

/// Up to so many rows of the larger side p is exact unless a law is asked for.
pub const KS_EXACT_MAX: u64 = 10_000;

/// Where two empirical distributions are farthest apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Difference of the shares of rows that are no larger than [`Gap::at`].
    pub distance: f64,
    /// The value; infinite if it is among the rows that are.
    pub at: f64,
    /// 1 if more rows of the reference lie at or below, −1 if more of the current sample.
    pub sign: i8,
}

/// The largest gap between the two empirical distributions, over all distinct values; with
/// [`Alternative::Greater`] the largest by which the reference's lies above, with
/// [`Alternative::Less`] below. `None` if a side has no rows.
pub fn largest_gap(reference: &Sorted, current: &Sorted, side: Alternative) -> Option<Gap> {
    let (n, m) = (ranked(reference), ranked(current));
    if n == 0 || m == 0 {
        return None;
    }
    let (n, m) = (n as f64, m as f64);
    let mut first = f64::NAN;
    // Products of counts are whole numbers: gaps are compared without rounding.
    let (mut above, mut below) = ((0.0, f64::NAN), (0.0, f64::NAN));
    runs(reference, current, |run| {
        if first.is_nan() {
            first = run.value;
        }
        let gap = run.upto.0 * m - run.upto.1 * n;
        if gap > above.0 {
            above = (gap, run.value);
        }
        if -gap > below.0 {
            below = (-gap, run.value);
        }
    });
    let (sign, (most, at)) = match side {
        Alternative::Greater => (1, above),
        Alternative::Less => (-1, below),
        Alternative::TwoSided if below.0 > above.0 => (-1, below),
        Alternative::TwoSided => (1, above),
    };
    Some(Gap {
        distance: most / (n * m),
        at: if at.is_nan() { first } else { at },
        sign,
    })
}

/// The two-sample test of Kolmogorov and Smirnov, two-sided, with [`Law::Auto`]. See [`ks_by`].
pub fn ks(reference: &Sorted, current: &Sorted) -> Comparison {
    ks_by(reference, current, Law::Auto, Alternative::TwoSided)
}

/// The two-sample test of Kolmogorov and Smirnov.
///
/// The statistic, and the effect, is D in [0, 1]: the largest gap between the two empirical
/// distributions over the distinct pooled values, so that ties need no correction (p is then
/// conservative). Infinite rows are values beyond all others. The interval of D is that of the
/// inequality of Dvoretzky, Kiefer and Wolfowitz with Massart's constant (1990) on both sides: wide but
/// sure; there is none for one side.
///
/// The law of p is in the statistic's method: `ks_exact` counts paths ([`ks_exact_sf`]) and is what
/// [`Law::Auto`] takes up to [`KS_EXACT_MAX`] rows; `ks_asymp` is the law of one sample of
/// `nm / (n + m)` rows, rounded ([`kstwo_sf`]), one-sided Hodges' (1958, equation 5.3); `ks_limit` is
/// Kolmogorov's. If an exact p is asked for but too large a task, it is `ks_asymp`.
pub fn ks_by(reference: &Sorted, current: &Sorted, law: Law, side: Alternative) -> Comparison {
    let sizes = (ranked(reference), ranked(current));
    let Some(gap) = largest_gap(reference, current, side) else {
        return Comparison::undefined("ks", "a side has no values", sizes);
    };
    let d = gap.distance;
    let (p, method) = p_value(d, sizes, law, side);
    let interval = match side {
        Alternative::TwoSided => {
            let slack = massart(sizes.0) + massart(sizes.1);
            ((d - slack).max(0.0), (d + slack).min(1.0))
        }
        _ => (f64::NAN, f64::NAN),
    };
    Comparison {
        method: "ks",
        statistic: Figure::new(d, interval, sizes.0.saturating_add(sizes.1), method),
        p_value: Some(p.clamp(0.0, 1.0)),
        effect: Some(d),
        effect_name: "D",
        reference: sizes.0,
        current: sizes.1,
    }
}

/// How far an empirical distribution of `n` rows is off at most, for one of two samples.
fn massart(n: u64) -> f64 {
    let tail = (1.0 - CONFIDENCE) / 2.0;
    ((2.0 / tail).ln() / (2.0 * n as f64)).sqrt()
}

fn p_value(d: f64, (n, m): (u64, u64), law: Law, side: Alternative) -> (f64, &'static str) {
    let two = side == Alternative::TwoSided;
    let exact = match law {
        Law::Auto => n.max(m) <= KS_EXACT_MAX,
        Law::Exact => true,
        Law::Asymptotic | Law::Limit => false,
    };
    if exact {
        let p = if two {
            ks_exact_sf(d, n, m)
        } else {
            ks_exact_one_sided_sf(d, n, m)
        };
        if let Some(p) = p {
            return (p, "ks_exact");
        }
    }
    let (n, m) = (n as f64, m as f64);
    let rows = n / (n + m) * m;
    let z = rows.sqrt() * d;
    match (law, two) {
        (Law::Limit, true) => (kolmogorov_sf(z), "ks_limit"),
        (Law::Limit, false) => ((-2.0 * z * z).exp(), "ks_limit"),
        (_, true) => {
            let rows = rows.round_ties_even().max(1.0);
            (kstwo_sf(rows as u64, d), "ks_asymp")
        }
        (_, false) => {
            let (large, small) = (n.max(m), n.min(m));
            let shift = 2.0 * z / 3.0 * (large + 2.0 * small) / (large * small * (n + m)).sqrt();
            ((-2.0 * z * z - shift).exp(), "ks_asymp")
        }
    }
}
