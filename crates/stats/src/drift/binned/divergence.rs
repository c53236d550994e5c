//! Distances between two distributions over the same bins, with what they are when nothing has changed.

use super::null::{Table, Term};
use crate::drift::comparison::Comparison;
use crate::figure::Figure;
use std::f64::consts::LN_2;

/// Shares of PSI and KL are raised to this.
pub const SHARE_FLOOR: f64 = 1e-4;

/// A distance that is a function of a sum over bins.
struct Divergence {
    name: &'static str,
    term: Term,
    /// From the sum to the distance.
    value: fn(f64) -> f64,
    /// What makes the sum a chi-square, times n·m/(n + m).
    scale: Option<f64>,
}

const PSI: Divergence = Divergence {
    name: "psi",
    term: |r, c| {
        let (r, c) = (r.max(SHARE_FLOOR), c.max(SHARE_FLOOR));
        (c - r) * (c / r).ln()
    },
    value: |sum| sum,
    scale: Some(1.0),
};

const KL: Divergence = Divergence {
    name: "kl",
    // With what the shares' sums differ by, which is zero without a floor, no term is negative.
    term: |r, c| {
        let (r, c) = (r.max(SHARE_FLOOR), c.max(SHARE_FLOOR));
        c * (c / r).ln() - c + r
    },
    value: |sum| sum,
    scale: Some(2.0),
};

const JS: Divergence = Divergence {
    name: "js",
    term: |r, c| (entropy_to_middle(r, c) + entropy_to_middle(c, r)) / (2.0 * LN_2),
    value: f64::sqrt,
    scale: Some(8.0 * LN_2),
};

const HELLINGER: Divergence = Divergence {
    name: "hellinger",
    term: |r, c| (r.sqrt() - c.sqrt()).powi(2) / 2.0,
    value: f64::sqrt,
    scale: Some(8.0),
};

const TV: Divergence = Divergence {
    name: "tv",
    term: |r, c| (r - c).abs() / 2.0,
    value: |sum| sum,
    scale: None,
};

/// The population stability index Σ (c − r) ln(c / r) of the shares of two samples, each share raised to at
/// least [`SHARE_FLOOR`], none renormalised.
///
/// As for all distances here: counts are in the same order on both sides (what one side lacks at the end is
/// zero), bins that are empty on both sides do not count. `statistic` is the distance as it is. `effect` is the
/// distance less what is expected of it when nothing has changed, and at least 0: the expectation over all
/// ways to deal the pooled rows to samples of these sizes. `p_value` is asymptotic (a chi-square
/// law, Bishop, Fienberg and Holland 1975) where every bin expects five rows on both sides, otherwise from up
/// to 999 seeded draws of such deals, its far tail from a gamma law fitted to them. Undefined if a side has no
/// rows.
pub fn psi(reference: &[u64], current: &[u64]) -> Comparison {
    compared(&PSI, reference, current)
}

/// The Jensen–Shannon distance (Lin 1991; Endres and Schindelin 2003), base 2, in [0, 1]. The
/// expectation is subtracted from its square. See [`psi`].
pub fn js(reference: &[u64], current: &[u64]) -> Comparison {
    compared(&JS, reference, current)
}

/// The Kullback–Leibler divergence Σ c ln(c / r) of the current sample from the reference, base e, shares
/// raised as for [`psi`]; what raising adds to the sum of the shares is taken off again, so that it is
/// never negative.
pub fn kl(reference: &[u64], current: &[u64]) -> Comparison {
    compared(&KL, reference, current)
}

/// The Hellinger distance √(½ Σ (√r − √c)²), in [0, 1]. The expectation is subtracted from its square. See
/// [`psi`].
pub fn hellinger(reference: &[u64], current: &[u64]) -> Comparison {
    compared(&HELLINGER, reference, current)
}

/// The total variation ½ Σ |r − c|: the share of rows that would have to move. Its p-value is always drawn. See
/// [`psi`].
pub fn tv(reference: &[u64], current: &[u64]) -> Comparison {
    compared(&TV, reference, current)
}

/// PSI of shares (count + `weight`) / (n + `weight` · bins), with no floor. `None` if a share is zero on
/// one side only, which a positive weight rules out, or if a side has neither rows nor weight.
pub fn psi_additive(reference: &[u64], current: &[u64], weight: f64) -> Option<f64> {
    let bins = reference.len().max(current.len());
    let shares = |counts: &[u64]| {
        let all = counts.iter().sum::<u64>() as f64 + weight * bins as f64;
        let of = |at: usize| (counts.get(at).copied().unwrap_or(0) as f64 + weight) / all;
        (0..bins).map(of).collect::<Vec<_>>()
    };
    let (r, c) = (shares(reference), shares(current));
    let terms = r.iter().zip(&c).filter(|(r, c)| r.max(**c) > 0.0);
    let sum: f64 = terms.map(|(r, c)| (c - r) * (c / r).ln()).sum();
    Some(sum).filter(|sum| sum.is_finite())
}

/// The Jensen–Shannon distance of two vectors of weights, each divided by its sum, in natural units: at most
/// √ln 2; divided by √ln `b` for base `b`. `None` if a vector has no positive weight or a negative
/// one, or if they differ in length.
pub fn jensen_shannon(p: &[f64], q: &[f64]) -> Option<f64> {
    let good = |v: &[f64]| v.iter().all(|x| *x >= 0.0) && v.iter().sum::<f64>() > 0.0;
    if p.len() != q.len() || !good(p) || !good(q) {
        return None;
    }
    let (p_sum, q_sum): (f64, f64) = (p.iter().sum(), q.iter().sum());
    let pairs = p.iter().zip(q).map(|(p, q)| (p / p_sum, q / q_sum));
    let sum: f64 = pairs
        .map(|(p, q)| entropy_to_middle(p, q) + entropy_to_middle(q, p))
        .sum();
    Some((sum / 2.0).max(0.0).sqrt()).filter(|distance| distance.is_finite())
}

/// `p` ln(`p` / m) with m midway to `q`.
pub(in crate::drift) fn entropy_to_middle(p: f64, q: f64) -> f64 {
    if p > 0.0 {
        p * (p / ((p + q) / 2.0)).ln()
    } else {
        0.0
    }
}

fn compared(divergence: &Divergence, reference: &[u64], current: &[u64]) -> Comparison {
    let Divergence {
        name,
        term,
        value,
        scale,
    } = *divergence;
    let table = Table::new(reference, current);
    let (n, m) = (table.reference, table.current);
    if table.is_empty() {
        return Comparison::undefined(name, "a side has no rows", (n, m));
    }
    let sum = table.sum(term).max(0.0);
    let corrected = (sum - table.expected(term)).max(0.0);
    Comparison {
        method: name,
        statistic: Figure::point(value(sum), n + m, name),
        p_value: Some(table.p_value(sum, term, scale)),
        effect: Some(value(corrected)),
        effect_name: "null_corrected",
        reference: n,
        current: m,
    }
}

/// What the distance of this name is expected to be at these counts' sizes and pooled shares if nothing has
/// changed; of `js` and `hellinger` the root of their expected square. `None` for another name or without
/// rows on a side.
pub fn expectation(name: &str, reference: &[u64], current: &[u64]) -> Option<f64> {
    let all = [PSI, JS, KL, HELLINGER, TV];
    let divergence = all.into_iter().find(|d| d.name == name)?;
    let table = Table::new(reference, current);
    if table.is_empty() {
        return None;
    }
    Some((divergence.value)(table.expected(divergence.term).max(0.0)))
}
