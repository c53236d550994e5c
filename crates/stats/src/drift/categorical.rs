//! Tests of counts by category.

mod hypergeometric;

use crate::drift::comparison::Comparison;
use crate::figure::Figure;
use crate::law::chi2_sf;
use crate::proportion;
pub(super) use hypergeometric::{Hypergeometric, normal};

/// Categories with a smaller expected count on a side are counted together.
const EXPECTED_MIN: f64 = 5.0;
/// Two shares with a smaller expected count are compared exactly: below it the normal law calls up to 5.5 % of equal
/// ones different at 5 %.
const EXACT_BELOW: f64 = 60.0;

/// What is summed over the cells of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviance {
    /// Squared difference over the expected count (Pearson 1900).
    Pearson,
    /// Twice the observed count times the logarithm of observed over expected, the G of a likelihood
    /// ratio (Wilks 1938).
    Likelihood,
}

/// A test of a table of counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contingency {
    /// The sum over all cells.
    pub statistic: f64,
    /// Degrees of freedom: categories with rows, less one.
    pub df: u64,
    /// P of a sum at least as large by the chi-square law; 1 if there is one category.
    pub p_value: f64,
}

/// The table of the counts of both sides by category, none pooled. Yates' correction (1934) is made only
/// if `yates` says so and two categories have rows. `None` if a side has no rows.
///
/// Categories are in the same order on both sides; what one side lacks at the end counts as zero.
pub fn contingency(
    reference: &[u64],
    current: &[u64],
    deviance: Deviance,
    yates: bool,
) -> Option<Contingency> {
    let (n, m) = (total(reference), total(current));
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    let occupied = paired(reference, current).filter(|(a, b)| a + b > 0);
    let df = (occupied.clone().count() as u64).saturating_sub(1);
    let mut statistic = 0.0;
    for (a, b) in occupied {
        let both = (a + b) as f64;
        for (observed, side) in [(a as f64, n), (b as f64, m)] {
            let expected = both * side / (n + m);
            let off = expected - observed;
            let off = if yates && df == 1 {
                off - off.signum() * off.abs().min(0.5)
            } else {
                off
            };
            statistic += match deviance {
                Deviance::Pearson => off * off / expected,
                Deviance::Likelihood => twice_log(expected - off, expected),
            };
        }
    }
    if df == 0 {
        statistic = 0.0;
    }
    Some(Contingency {
        statistic,
        df,
        p_value: if df == 0 {
            1.0
        } else {
            chi2_sf(statistic, df as f64)
        },
    })
}

/// Pearson's test of both samples' counts. Categories of which fewer than five rows are expected on a side
/// are pooled; two categories are tested exactly (Fisher) where fewer than sixty rows of one are expected on a
/// side. The effect is
/// Cramér's V of the counts before pooling.
pub fn chi2(reference: &[u64], current: &[u64]) -> Comparison {
    tested("chi2", reference, current, Deviance::Pearson)
}

/// The likelihood-ratio test of both samples' counts, pooled as for [`chi2`].
pub fn g(reference: &[u64], current: &[u64]) -> Comparison {
    tested("g", reference, current, Deviance::Likelihood)
}

/// Cramér's V (1946) of the counts of two samples, √(χ²/N), in [0, 1]. `None` if a side has no rows.
pub fn cramers_v(reference: &[u64], current: &[u64]) -> Option<f64> {
    let table = contingency(reference, current, Deviance::Pearson, false)?;
    Some((table.statistic / (total(reference) + total(current))).sqrt())
}

/// An exact test of two shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exact {
    /// Odds of the first row over those of the second; infinite if only its denominator is zero, NaN if a
    /// row or a column is empty.
    pub odds_ratio: f64,
    /// The probability of all tables with these margins that are no likelier than this one.
    pub p_value: f64,
}

/// Fisher's exact test (1935) of a table of two by two, two-sided. An empty row or column gives p = 1.
pub fn fisher_exact([[a, b], [c, d]]: [[u64; 2]; 2]) -> Exact {
    let empty = a + b == 0 || c + d == 0 || a + c == 0 || b + d == 0;
    let ratio = (a as f64 * d as f64) / (b as f64 * c as f64);
    let law = Hypergeometric {
        total: a + b + c + d,
        marked: a + c,
        drawn: a + b,
    };
    Exact {
        odds_ratio: if empty { f64::NAN } else { ratio },
        p_value: if empty { 1.0 } else { law.two_sided(a) },
    }
}

/// Fisher's exact test of the shares `k / n` of the reference and of the current sample. The statistic is the
/// odds ratio of the current sample to the reference, the effect the difference of shares.
pub fn fisher((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Comparison {
    let (k1, k2) = (k1.min(n1), k2.min(n2));
    if n1 == 0 || n2 == 0 {
        return Comparison::undefined("fisher", "a side has no rows", (n1, n2));
    }
    let exact = fisher_exact([[k2, n2 - k2], [k1, n1 - k1]]);
    Comparison {
        method: "fisher",
        statistic: Figure::point(exact.odds_ratio, n1 + n2, "fisher"),
        p_value: Some(exact.p_value),
        effect: Some(k2 as f64 / n2 as f64 - k1 as f64 / n1 as f64),
        effect_name: "difference",
        reference: n1,
        current: n2,
    }
}

/// The test of two shares `k / n`, reference and current: pooled z, or Fisher's exact test where fewer than sixty
/// rows of a kind are expected on a side. Statistic and effect are the difference of shares, current
/// minus reference, with Newcombe's interval.
pub fn z((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Comparison {
    let (k1, k2) = (k1.min(n1), k2.min(n2));
    let difference = proportion::difference((k1, n1), (k2, n2));
    let p = equal((k1, k2), (n1 - k1, n2 - k2));
    Comparison {
        method: "z",
        p_value: difference.is_ok().then_some(p),
        effect: difference.value,
        effect_name: "difference",
        statistic: difference,
        reference: n1,
        current: n2,
    }
}

/// The p-value of equal shares of two kinds of rows, each counted on both sides.
pub(super) fn equal((a, b): (u64, u64), (c, d): (u64, u64)) -> f64 {
    if fewest((a, b), (c, d)) < EXACT_BELOW {
        fisher_exact([[a, c], [b, d]]).p_value
    } else {
        proportion::equal_shares((a, a + c), (b, b + d))
    }
}

/// The smallest expected count of the table.
fn fewest((a, b): (u64, u64), (c, d): (u64, u64)) -> f64 {
    let (n, m) = (a + c, b + d);
    (a + b).min(c + d) as f64 * n.min(m) as f64 / (n + m).max(1) as f64
}

fn tested(
    method: &'static str,
    reference: &[u64],
    current: &[u64],
    deviance: Deviance,
) -> Comparison {
    let rows = (reference.iter().sum(), current.iter().sum());
    let pairs: Vec<(u64, u64)> = paired(reference, current)
        .filter(|(a, b)| a + b > 0)
        .collect();
    let (a, b): (Vec<u64>, Vec<u64>) = pooled(&pairs, rows).into_iter().unzip();
    let Some(table) = contingency(&a, &b, deviance, false) else {
        return Comparison::undefined(method, "a side has no rows", rows);
    };
    let p = match pairs.as_slice() {
        [one, two] if fewest(*one, *two) < EXACT_BELOW => equal(*one, *two),
        _ => table.p_value,
    };
    Comparison {
        method,
        statistic: Figure::point(table.statistic, rows.0 + rows.1, method),
        p_value: Some(p),
        effect: cramers_v(reference, current),
        effect_name: "cramers_v",
        reference: rows.0,
        current: rows.1,
    }
}

/// With the categories that are too rare as one, and with the rarest of the others if that is too rare
/// still.
fn pooled(pairs: &[(u64, u64)], (n, m): (u64, u64)) -> Vec<(u64, u64)> {
    let share = n.min(m) as f64 / (n + m) as f64;
    let expected = |(a, b): &(u64, u64)| (a + b) as f64 * share;
    let (mut kept, rare): (Vec<_>, Vec<_>) =
        pairs.iter().partition(|p| expected(p) >= EXPECTED_MIN);
    if rare.is_empty() {
        return kept;
    }
    let mut rest = rare
        .iter()
        .fold((0, 0), |(a, b), pair| (a + pair.0, b + pair.1));
    if expected(&rest) < EXPECTED_MIN {
        let rarest = kept.iter().enumerate().min_by_key(|(_, (a, b))| a + b);
        if let Some(at) = rarest.map(|(at, _)| at) {
            let (a, b) = kept.swap_remove(at);
            rest = (rest.0 + a, rest.1 + b);
        }
    }
    kept.push(rest);
    kept
}

/// The counts of both sides by category; what one side lacks at the end is zero.
pub(super) fn paired<'a>(
    a: &'a [u64],
    b: &'a [u64],
) -> impl Iterator<Item = (u64, u64)> + Clone + 'a {
    let of = |side: &'a [u64], at: usize| side.get(at).copied().unwrap_or(0);
    (0..a.len().max(b.len())).map(move |at| (of(a, at), of(b, at)))
}

fn total(counts: &[u64]) -> f64 {
    counts.iter().sum::<u64>() as f64
}

fn twice_log(observed: f64, expected: f64) -> f64 {
    if observed > 0.0 {
        2.0 * observed * (observed / expected).ln()
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_without_rows_is_undefined_and_one_category_never_differs() {
        assert_eq!(chi2(&[], &[1]).statistic.status.name(), "undefined");
        assert_eq!(chi2(&[9, 0], &[3]).p_value, Some(1.0));
        assert_eq!(fisher((0, 0), (1, 2)).p_value, None);
        assert_eq!(z((0, 5), (0, 9)).p_value, Some(1.0));
    }

    #[test]
    fn rare_categories_are_pooled_before_the_law_is_asked() {
        // Twenty categories of one row each on one side only: unpooled, p would be below 1e-3.
        let mut reference = vec![50_u64, 50];
        let mut current = vec![50_u64, 50];
        reference.extend([1; 4].into_iter().chain([0; 4]));
        current.extend([0; 4].into_iter().chain([1; 4]));
        assert!(chi2(&reference, &current).p_value.unwrap() > 0.9);
        assert!(chi2(&[100, 50], &[50, 100]).p_value.unwrap() < 1e-7);
    }

    #[test]
    fn two_rare_shares_are_compared_exactly() {
        let exact = fisher_exact([[8, 2], [1, 5]]).p_value;
        assert!((z((8, 10), (1, 6)).p_value.unwrap() - exact).abs() < 1e-15);
        assert!(
            (chi2(&[100, 0], &[98, 2]).p_value.unwrap() - 0.497_487_437_185_929_6).abs() < 1e-9
        );
    }
}
