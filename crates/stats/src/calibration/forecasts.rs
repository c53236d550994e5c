//! Probabilities with their outcomes.

/// How far a probability may lie outside of [0, 1] and still be one: what single precision loses.
const SLACK: f64 = 1e-6;

/// Probabilities of the positive class with what came, ascending by probability; equal ones keep the
/// order of their rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Forecasts {
    probabilities: Vec<f64>,
    outcomes: Vec<bool>,
    /// Rows left out: those whose probability is missing or lies outside of [0, 1] by more than 1e-6, and
    /// those beyond the shorter side.
    pub left_out: u64,
}

impl Forecasts {
    /// Of rows in any order. O(n log n).
    pub fn new(probabilities: &[f64], outcomes: &[bool]) -> Self {
        let rows = probabilities.iter().zip(outcomes);
        let told = |(p, y): (&f64, &bool)| {
            let known = (-SLACK..=1.0 + SLACK).contains(p);
            // + 0.0 makes −0 a 0, so that bits sort as numbers.
            known.then(|| (p.clamp(0.0, 1.0) + 0.0, *y))
        };
        let mut pairs: Vec<(f64, bool)> = rows.filter_map(told).collect();
        // Not negative: their bits are in the order of the numbers.
        pairs.sort_by_key(|(p, _)| p.to_bits());
        let left_out = probabilities.len().max(outcomes.len()) - pairs.len();
        let (probabilities, outcomes) = pairs.into_iter().unzip();
        Self {
            probabilities,
            outcomes,
            left_out: left_out as u64,
        }
    }

    /// The probabilities, ascending.
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The outcomes in the order of [`Forecasts::probabilities`].
    pub fn outcomes(&self) -> &[bool] {
        &self.outcomes
    }

    /// Rows.
    pub fn n(&self) -> u64 {
        self.probabilities.len() as u64
    }

    /// Rows whose outcome is positive.
    pub fn positives(&self) -> u64 {
        self.outcomes.iter().filter(|y| **y).count() as u64
    }

    /// Each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = (f64, bool)> + '_ {
        let outcomes = self.outcomes.iter().copied();
        self.probabilities.iter().copied().zip(outcomes)
    }

    /// Sums of the rows from `from` to before `to`.
    pub(super) fn sums(&self, from: usize, to: usize) -> Sums {
        let mut sums = Sums::default();
        let probabilities = self.probabilities.get(from..to).unwrap_or_default();
        let outcomes = self.outcomes.get(from..to).unwrap_or_default();
        for (p, y) in probabilities.iter().zip(outcomes) {
            sums.n += 1;
            sums.positives += u64::from(*y);
            sums.expected += p;
            sums.variance += p * (1.0 - p);
        }
        sums
    }
}

/// Sums over some rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sums {
    pub(super) n: u64,
    pub(super) positives: u64,
    /// Of the probabilities.
    pub(super) expected: f64,
    /// Of the positives, if the probabilities are right.
    pub(super) variance: f64,
}

impl Sums {
    /// Mean probability; of some rows.
    pub(super) fn mean(&self) -> f64 {
        self.expected / self.n as f64
    }

    /// Share of positives; of some rows.
    pub(super) fn observed(&self) -> f64 {
        self.positives as f64 / self.n as f64
    }
}
