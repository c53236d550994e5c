//! The conventions of fairlearn, by its names, for teams that move: every group counts however small,
//! and a rate without a denominator is 0 rather than unknown (of precision: left out).

use super::counts::{Counts, Rate};

/// How equalised odds joins the two rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The worse of the two.
    WorstCase,
    /// Their mean.
    Mean,
}

/// A group's rate: 0 where fairlearn divides by nothing; `None` where it says NaN.
pub fn rate(counts: &Counts, rate: Rate) -> Option<f64> {
    match (counts.of(rate), rate) {
        ((_, 0), Rate::Ppv | Rate::Fdr | Rate::Base | Rate::Selection | Rate::Accuracy) => None,
        ((_, 0), _) => Some(0.0),
        ((k, n), _) => Some(k as f64 / n as f64),
    }
}

/// Smallest and largest of the groups' rates.
fn ends(groups: &[Counts], of: Rate) -> Option<(f64, f64)> {
    let rates = groups.iter().filter_map(|g| rate(g, of));
    rates.fold(None, |ends, x| {
        let (low, high) = ends.unwrap_or((x, x));
        Some((low.min(x), high.max(x)))
    })
}

/// `MetricFrame.difference`: largest minus smallest; `None` without a rate.
pub fn difference(groups: &[Counts], rate: Rate) -> Option<f64> {
    ends(groups, rate).map(|(low, high)| high - low)
}

/// `MetricFrame.ratio`: smallest over largest; `None` without a rate or if all are 0.
pub fn ratio(groups: &[Counts], rate: Rate) -> Option<f64> {
    let (low, high) = ends(groups, rate)?;
    (high > 0.0).then_some(low / high)
}

/// `demographic_parity_difference`.
pub fn demographic_parity_difference(groups: &[Counts]) -> Option<f64> {
    difference(groups, Rate::Selection)
}

/// `demographic_parity_ratio`.
pub fn demographic_parity_ratio(groups: &[Counts]) -> Option<f64> {
    ratio(groups, Rate::Selection)
}

/// `equal_opportunity_difference`.
pub fn equal_opportunity_difference(groups: &[Counts]) -> Option<f64> {
    difference(groups, Rate::Tpr)
}

/// `equal_opportunity_ratio`.
pub fn equal_opportunity_ratio(groups: &[Counts]) -> Option<f64> {
    ratio(groups, Rate::Tpr)
}

/// `equalized_odds_difference`.
pub fn equalized_odds_difference(groups: &[Counts], aggregate: Aggregate) -> Option<f64> {
    let (a, b) = (
        difference(groups, Rate::Tpr)?,
        difference(groups, Rate::Fpr)?,
    );
    Some(match aggregate {
        Aggregate::WorstCase => a.max(b),
        Aggregate::Mean => f64::midpoint(a, b),
    })
}

/// `equalized_odds_ratio`.
pub fn equalized_odds_ratio(groups: &[Counts], aggregate: Aggregate) -> Option<f64> {
    let (a, b) = (ratio(groups, Rate::Tpr)?, ratio(groups, Rate::Fpr)?);
    Some(match aggregate {
        Aggregate::WorstCase => a.min(b),
        Aggregate::Mean => f64::midpoint(a, b),
    })
}
