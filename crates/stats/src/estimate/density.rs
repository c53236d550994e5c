//! How much more often a row comes now than in the reference.

use super::cbpe::effective;
use crate::learn::{Feature, Loss, Settings, Trees};
use crate::random::Random;

/// Parts of the rows; each is weighed by trees that did not see it.
const FOLDS: usize = 3;

/// Most that a row may weigh, against a mean of 1.
const WEIGHT_MAX: f64 = 50.0;

/// Stream of chance that deals out rows.
const STREAM: u64 = 0xD5;

/// The density ratio of current to reference rows, at the rows of the reference.
///
/// A classifier tells the two apart (Sugiyama, Suzuki and Kanamori 2012, chapter 4): its odds, times the
/// inverse ratio of their sizes, are the ratio of densities. Used as [`super::Options::weights`], calibration
/// is that of the current population, which is what NannyML's M-CBPE and PAPE do (Białek et al. 2024).
#[derive(Debug, Clone, PartialEq)]
pub struct DensityRatio {
    /// Weights of the reference's rows, with a mean of 1, none above 50 before that.
    pub weights: Vec<f64>,
    /// Rows of the reference that the weighted ones are worth.
    pub rows_effective: f64,
}

impl DensityRatio {
    /// The settings of the classifier: shallow, many rows in a leaf, so that odds are not extreme.
    pub fn settings() -> Settings {
        Settings {
            loss: Loss::Logistic,
            trees: 60,
            leaves: 15,
            leaf_rows_min: 50,
            l2: 1.0,
            ..Settings::default()
        }
    }

    /// The ratio by the same features of both; columns of different lengths are read up to the shortest.
    /// Without features or current rows all weights are 1.
    pub fn of(reference: &[Feature<'_>], current: &[Feature<'_>], settings: &Settings) -> Self {
        let rows = |of: &[Feature<'_>]| of.iter().map(Feature::len).min().unwrap_or(0);
        let (n, m) = (rows(reference), rows(current));
        let columns: Vec<Vec<f64>> = reference
            .iter()
            .zip(current)
            .map(|(a, b)| {
                (0..n)
                    .map(|row| a.at(row))
                    .chain((0..m).map(|row| b.at(row)))
                    .collect()
            })
            .collect();
        let mut weights = vec![1.0; n];
        if m > 0 && !columns.is_empty() {
            let kinds = reference.iter().map(Feature::is_category);
            let features: Vec<Feature<'_>> = columns
                .iter()
                .zip(kinds)
                .map(|(column, is_category)| {
                    if is_category {
                        Feature::category(column)
                    } else {
                        Feature::number(column)
                    }
                })
                .collect();
            weigh(&features, n, settings, &mut weights);
        }
        let mean = weights.iter().sum::<f64>() / n.max(1) as f64;
        weights.iter_mut().for_each(|w| *w /= mean);
        let largest = weights.iter().copied().fold(1e-300, f64::max);
        let unit: Vec<f64> = weights.iter().map(|w| w / largest).collect();
        Self {
            rows_effective: if n == 0 {
                0.0
            } else {
                effective(n as u64, &unit)
            },
            weights,
        }
    }
}

/// Fills the weights of the first `n` rows; those after are current.
fn weigh(features: &[Feature<'_>], n: usize, settings: &Settings, weights: &mut [f64]) {
    let rows = features.first().map_or(0, Feature::len);
    let mut random = Random::new(settings.seed, STREAM);
    let fold: Vec<usize> = (0..rows).map(|_| random.below(FOLDS)).collect();
    let current: Vec<f64> = (0..rows).map(|row| f64::from(u8::from(row >= n))).collect();
    for held in 0..FOLDS {
        // Rows of no weight are not seen.
        let seen: Vec<f64> = fold
            .iter()
            .map(|f| f64::from(u8::from(*f != held)))
            .collect();
        let trees = Trees::fit(features, &current, Some(&seen), settings);
        let odds = trees.margin(features);
        for (row, weight) in weights
            .iter_mut()
            .enumerate()
            .filter(|(row, _)| fold[*row] == held)
        {
            let ratio = odds[row].exp() * n as f64 / (rows - n) as f64;
            *weight = ratio.clamp(1.0 / WEIGHT_MAX, WEIGHT_MAX);
        }
    }
}
