//! The models that tell rows of two tables apart.

use super::slices;
use crate::learn::{Feature, Logistic, Loss, Settings, Trees};

/// Rows to learn from at which trees take over: fewer make leaves of noise.
pub(super) const BOOSTED_ROWS_MIN: usize = 800;
/// Larger deviations count as so many, so that outliers do not rule the logistic model.
const DEVIATIONS_MAX: f64 = 5.0;

/// A model whose scores are log odds of `true`.
pub(super) enum Model {
    /// Of columns and their squares; `None` if it could not be fitted.
    Quadratic(Option<Logistic>),
    /// Boosted trees; scores of several are averaged.
    Boosted(Vec<Trees>),
}

impl Model {
    /// The model for so many rows.
    pub(super) fn fit(columns: &[&[f64]], labels: &[bool]) -> Self {
        if labels.len() < BOOSTED_ROWS_MIN {
            let columns = expanded(columns);
            return Self::Quadratic(Logistic::fit(&slices(&columns), labels, 1.0, None).ok());
        }
        Self::Boosted(vec![trees(columns, labels, 1.0, 0)])
    }

    /// The mean of five models, each tree of which sees nine rows of ten. Where folds are runs of time, a
    /// single model's area moves by some hundredths with every small change of its settings.
    pub(super) fn steady(columns: &[&[f64]], labels: &[bool]) -> Self {
        let seeds = 0..5;
        Self::Boosted(
            seeds
                .map(|seed| trees(columns, labels, 0.9, seed))
                .collect(),
        )
    }

    pub(super) fn scores(&self, columns: &[&[f64]]) -> Vec<f64> {
        match self {
            Model::Quadratic(Some(model)) => model.log_odds(&slices(&expanded(columns))),
            Model::Quadratic(None) => vec![0.0; columns.first().map_or(0, |c| c.len())],
            Model::Boosted(models) => {
                let features = features(columns);
                let mut sums = vec![0.0; features.first().map_or(0, Feature::len)];
                for model in models {
                    for (sum, score) in sums.iter_mut().zip(model.margin(&features)) {
                        *sum += score / models.len() as f64;
                    }
                }
                sums
            }
        }
    }
}

/// A hundred trees with the settings that LightGBM has by default, but for the share of rows.
fn trees(columns: &[&[f64]], labels: &[bool], row_share: f64, seed: u64) -> Trees {
    let target: Vec<f64> = labels.iter().map(|label| f64::from(*label)).collect();
    let settings = Settings {
        loss: Loss::Logistic,
        row_share,
        seed,
        ..Settings::default()
    };
    Trees::fit(&features(columns), &target, None, &settings)
}

fn features<'a>(columns: &[&'a [f64]]) -> Vec<Feature<'a>> {
    columns
        .iter()
        .map(|column| Feature::number(column))
        .collect()
}

fn expanded(columns: &[&[f64]]) -> Vec<Vec<f64>> {
    let cut = |x: &f64| x.clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX);
    let plain = columns.iter().map(|c| c.iter().map(cut).collect());
    let square = columns.iter();
    let square = square.map(|c| c.iter().map(|x| cut(x) * cut(x)).collect());
    plain.chain(square).collect()
}
