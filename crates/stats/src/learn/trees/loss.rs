//! What trees make small.

/// What the trees make small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Squared difference: predictions are means.
    Squared,
    /// Absolute difference: predictions are medians.
    Absolute,
    /// Pinball loss at this rank in (0, 1), others are cut to it: predictions are quantiles.
    Quantile(f64),
    /// Log loss of a target between 0 and 1: predictions are probabilities.
    Logistic,
}

/// Targets, the present fit and weights, row by row.
pub(super) struct Residuals<'a> {
    pub(super) target: &'a [f64],
    pub(super) fitted: &'a [f64],
    pub(super) weights: Option<&'a [f64]>,
}

impl Residuals<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[row])
    }
}

impl Loss {
    /// The rank whose quantile a leaf predicts, if it is no mean.
    pub(super) fn rank(self) -> Option<f64> {
        match self {
            Loss::Absolute => Some(0.5),
            Loss::Quantile(rank) => Some(rank.clamp(1e-6, 1.0 - 1e-6)),
            Loss::Squared | Loss::Logistic => None,
        }
    }

    /// Whether the second derivative is 1 for every row.
    pub(super) fn is_flat(self) -> bool {
        self != Loss::Logistic
    }

    /// The constant that is best without any tree; of logistic loss in logits.
    pub(super) fn start(self, target: &[f64], weights: Option<&[f64]>, rows: &[u32]) -> f64 {
        if let Some(rank) = self.rank() {
            let mut all: Vec<(f64, f64)> = rows
                .iter()
                .map(|&row| {
                    (
                        target[row as usize],
                        weights.map_or(1.0, |w| w[row as usize]),
                    )
                })
                .collect();
            return quantile(&mut all, rank);
        }
        let (mut mean, mut total) = (0.0, 0.0);
        for &row in rows {
            let weight = weights.map_or(1.0, |w| w[row as usize]);
            total += weight;
            mean += (target[row as usize] - mean) * (weight / total);
        }
        if self == Loss::Logistic {
            let share = mean.clamp(1e-9, 1.0 - 1e-9);
            return (share / (1.0 - share)).ln();
        }
        mean
    }

    /// First and second derivatives by row.
    pub(super) fn derive(self, of: &Residuals<'_>, first: &mut [f64], second: &mut [f64]) {
        let rank = self.rank();
        for (row, (g, h)) in first.iter_mut().zip(second.iter_mut()).enumerate() {
            let (y, fit) = (of.target[row], of.fitted[row]);
            (*g, *h) = match (self, rank) {
                (Loss::Logistic, _) => {
                    let p = sigmoid(fit);
                    (p - y, p * (1.0 - p))
                }
                (_, Some(rank)) => (if fit < y { -rank } else { 1.0 - rank }, 1.0),
                (_, None) => (fit - y, 1.0),
            };
            if of.weights.is_some() {
                let weight = of.weight(row);
                (*g, *h) = (*g * weight, *h * weight);
            }
        }
    }

    /// The quantile of what is left in the rows of a leaf.
    pub(super) fn leaf(rank: f64, of: &Residuals<'_>, rows: &[u32]) -> f64 {
        let mut left: Vec<(f64, f64)> = rows
            .iter()
            .map(|&row| row as usize)
            .map(|row| (of.target[row] - of.fitted[row], of.weight(row)))
            .collect();
        quantile(&mut left, rank)
    }

    /// Mean loss of `rows`.
    pub(super) fn mean(self, of: &Residuals<'_>, rows: &[u32]) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for &row in rows {
            let row = row as usize;
            let (y, fit) = (of.target[row], of.fitted[row]);
            let loss = match (self, self.rank()) {
                (Loss::Logistic, _) => fit.max(0.0) + (-fit.abs()).exp().ln_1p() - y * fit,
                (_, Some(rank)) => (rank * (y - fit)).max((rank - 1.0) * (y - fit)),
                (_, None) => (y - fit) * (y - fit),
            };
            sum += loss * of.weight(row);
            total += of.weight(row);
        }
        sum / total
    }
}

pub(super) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The smallest value with `rank` of the weight at or below it; 0 without values.
fn quantile(values: &mut [(f64, f64)], rank: f64) -> f64 {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let goal = rank * values.iter().map(|v| v.1).sum::<f64>();
    let mut below = 0.0;
    for (value, weight) in values.iter() {
        below += weight;
        if below >= goal {
            return *value;
        }
    }
    values.last().map_or(0.0, |v| v.0)
}
