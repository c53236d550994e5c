//! Which rows the reference knows nothing about.

use crate::figure::Figure;
use crate::learn::Feature;
use crate::proportion::share;

/// Most distinct codes of a category that are remembered; beyond, none of its codes counts as unseen.
const CODES_MAX: usize = 100_000;

/// The region that the reference covers, feature by feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Support {
    features: Vec<Seen>,
}

/// What the reference has of a feature.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    missing: bool,
    /// Lowest and highest number.
    range: (f64, f64),
    /// Codes, ascending; `None` for numbers.
    codes: Option<Vec<f64>>,
}

impl Seen {
    fn of(feature: &Feature<'_>) -> Self {
        let mut seen = Self {
            missing: false,
            range: (f64::INFINITY, f64::NEG_INFINITY),
            codes: None,
        };
        let mut codes = Vec::new();
        for row in 0..feature.len() {
            let x = feature.at(row) + 0.0;
            seen.missing |= x.is_nan();
            seen.range = (seen.range.0.min(x), seen.range.1.max(x));
            if feature.is_category() && !x.is_nan() {
                codes.push(x);
            }
        }
        if feature.is_category() {
            codes.sort_unstable_by(f64::total_cmp);
            codes.dedup_by(|a, b| a.total_cmp(b).is_eq());
            seen.codes = (codes.len() <= CODES_MAX).then_some(codes);
        }
        seen
    }

    fn covers(&self, x: f64) -> bool {
        if x.is_nan() {
            return self.missing;
        }
        match &self.codes {
            Some(codes) => codes.binary_search_by(|c| c.total_cmp(&(x + 0.0))).is_ok(),
            None => self.range.0 <= x && x <= self.range.1,
        }
    }
}

impl Support {
    /// Of the reference's features.
    pub fn of(features: &[Feature<'_>]) -> Self {
        Self {
            features: features.iter().map(Seen::of).collect(),
        }
    }

    /// Rows with a value that the reference does not have: a number outside its range, an unseen category,
    /// or none where it always has one. Estimates there rest on nothing. The share, with Wilson's interval.
    pub fn outside(&self, features: &[Feature<'_>]) -> Figure {
        let rows = features.iter().map(Feature::len).min().unwrap_or(0);
        let covered = |row: &usize| {
            let all = self.features.iter().zip(features);
            all.clone()
                .all(|(seen, feature)| seen.covers(feature.at(*row)))
        };
        let inside = (0..rows).filter(covered).count();
        Figure {
            method: "outside_support",
            ..share((rows - inside) as u64, rows as u64)
        }
    }

    /// The share that new rows of an unchanged population may have by chance: of each number 2 of `rows + 1`
    /// fall beyond the extremes of `rows` others.
    pub fn expected(&self, rows: u64) -> f64 {
        let numbers = self
            .features
            .iter()
            .filter(|seen| seen.codes.is_none())
            .count();
        (2.0 * numbers as f64 / (rows as f64 + 1.0)).min(1.0)
    }
}
