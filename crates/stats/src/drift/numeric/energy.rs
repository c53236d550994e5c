//! The energy distance.

use super::bridge::Bridge;
use super::pooled::{unit, walk};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::sample::Sorted;

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    x: f64,
    /// Shares of rows up to there.
    shares: (f64, f64),
    /// ∫(F − G)² dx.
    squares: f64,
    /// ∫F (1 − G) + G (1 − F) dx, the mean distance of a row of one sample from one of the other.
    between: f64,
}

/// The energy distance √(2 ∫(F − G)² dx) of Székely and Rizzo (2004), in the root of the values' unit.
///
/// The effect is their coefficient of inhomogeneity: the squared distance divided by twice the mean
/// distance of a row of one sample from one of the other; 0 for equal distributions, 1 for two
/// constants. Rows of either infinity are left out.
///
/// The p-value is of the part between the pooled quantiles `5 / min(n, m)` and one minus this, as for
/// the Wasserstein distance: that of ∫B(F(x))² dx with a Brownian bridge B by its first three moments.
/// There is none with fewer than ten rows on a side.
pub fn energy(reference: &Sorted, current: &Sorted) -> Comparison {
    let (a, b) = (reference.values(), current.values());
    let sizes = (reference.n(), current.n());
    let (Some(p), Some(q)) = (a.first(), b.first()) else {
        return Comparison::undefined("energy", "a side has no values", sizes);
    };
    let unit = unit(&[a, b]);
    let bridge = Bridge::new(a, b, unit);
    let mut sums = Sums {
        x: p.min(*q) * unit,
        ..Sums::default()
    };
    let mut at = Vec::with_capacity(bridge.cuts.len());
    let mut from = (0, 0);
    for to in &bridge.cuts {
        sums.add((a, b), from, *to, unit);
        at.push(sums.squares);
        from = *to;
    }
    let of = |cut: usize| at.get(cut).copied().unwrap_or(sums.squares);
    let coefficient = if sums.squares > 0.0 {
        sums.squares / sums.between
    } else {
        0.0
    };
    Comparison {
        method: "energy",
        statistic: Figure::point(
            (2.0 * sums.squares).sqrt() / unit.sqrt(),
            sizes.0 + sizes.1,
            "energy",
        ),
        p_value: bridge
            .middle
            .map(|(low, high)| bridge.of_squares(of(high) - of(low))),
        effect: Some(coefficient.clamp(0.0, 1.0)),
        effect_name: "energy_coefficient",
        reference: sizes.0,
        current: sizes.1,
    }
}

impl Sums {
    /// Adds the values of both samples between two cuts.
    fn add(
        &mut self,
        (a, b): (&[f64], &[f64]),
        from: (usize, usize),
        to: (usize, usize),
        unit: f64,
    ) {
        let (n, m) = (a.len() as f64, b.len() as f64);
        let mut sums = *self;
        walk(&a[from.0..to.0], &b[from.1..to.1], |x, i, j| {
            let step = x * unit - sums.x;
            let (f, g) = sums.shares;
            sums.squares += (f - g) * (f - g) * step;
            sums.between += (f * (1.0 - g) + g * (1.0 - f)) * step;
            sums.x = x * unit;
            sums.shares = ((i + from.0) as f64 / n, (j + from.1) as f64 / m);
        });
        *self = sums;
    }
}
