//! Whether a classifier can tell two samples of vectors apart.

use super::vectors::{Vectors, square_distance};
use crate::drift::Comparison;
use crate::drift::multivariate::{DomainPlan, cross_fitted, dealt};
use crate::figure::Figure;
use crate::learn::Logistic;
use crate::moments::Moments;
use crate::random::Random;

/// Vectors of a side above which so many are drawn, by default.
pub const EMBEDDING_ROWS_MAX: usize = 2_500;
/// Vectors of a side and fold below which nothing is told.
const FOLD_ROWS_MIN: usize = 4;
const METHOD: &str = "embedding_domain";

/// The area under the curve of a linear domain classifier of vectors: 0.5 if the sides cannot be told
/// apart.
///
/// The classifier is a logistic model of the coordinates and of the log distance from the mean, all
/// standardised on both sides together. Its penalty is the number of coordinates, which says beforehand that
/// log odds have variance 1, whatever the dimension. [`DomainPlan::rows`] is cut to [`EMBEDDING_ROWS_MAX`];
/// folds, interval and p-value are as in [`crate::drift::domain_classifier_with`]. Vectors with a number that
/// is not finite are left out.
pub fn embedding_domain<T: Copy + Into<f64>>(
    reference: &Vectors<'_, T>,
    current: &Vectors<'_, T>,
    plan: &DomainPlan,
) -> Comparison {
    let dimension = reference.dimension();
    let rows = (reference.rows() as u64, current.rows() as u64);
    if dimension == 0 || dimension != current.dimension() {
        return Comparison::undefined(METHOD, "dimensions differ or are 0", rows);
    }
    let most = plan.rows.min(EMBEDDING_ROWS_MAX);
    let mut random = Random::new(plan.seed, 0);
    let mut vectors = reference.drawn(most, &mut random);
    let first = vectors.len() / dimension;
    vectors.extend(current.drawn(most, &mut random));
    let second = vectors.len() / dimension - first;
    let (m, n, count) = (first as u64, second as u64, plan.folds.max(2));
    let mut made = Comparison::undefined(METHOD, "the classifier gave no scores", (m, n));
    let needed = FOLD_ROWS_MIN * count;
    if first.min(second) < needed {
        made.statistic = Figure::too_few(m.min(n), needed as u64, METHOD);
        return made;
    }
    let columns = standardised(&vectors, dimension);
    let mut random = Random::new(plan.seed, 1);
    let (labels, folds) = dealt(first, second, count, &mut random);
    let scores = scores(&columns, &labels, &folds, count);
    if let Some(area) = cross_fitted(&scores, &labels, &folds, count) {
        made.statistic = area.figure(METHOD);
        made.p_value = Some(area.p_value());
        made.effect = Some(area.value);
        made.effect_name = "auc";
    }
    made
}

/// Held-out log odds.
fn scores(columns: &[Vec<f64>], labels: &[bool], folds: &[usize], count: usize) -> Vec<f64> {
    let mut made = vec![0.0; labels.len()];
    for fold in 0..count {
        let (train, held): (Vec<usize>, Vec<usize>) =
            (0..labels.len()).partition(|row| folds[*row] != fold);
        let part = |rows: &[usize]| -> Vec<Vec<f64>> {
            let of = |column: &Vec<f64>| rows.iter().map(|row| column[*row]).collect();
            columns.iter().map(of).collect()
        };
        let (known, unseen) = (part(&train), part(&held));
        let known: Vec<&[f64]> = known.iter().map(Vec::as_slice).collect();
        let unseen: Vec<&[f64]> = unseen.iter().map(Vec::as_slice).collect();
        let known_labels: Vec<bool> = train.iter().map(|row| labels[*row]).collect();
        let penalty = columns.len() as f64;
        if let Ok(model) = Logistic::fit(&known, &known_labels, penalty, None) {
            for (row, score) in held.iter().zip(model.log_odds(&unseen)) {
                made[*row] = score;
            }
        }
    }
    made
}

/// Coordinates and the log distance from their mean, each with mean 0 and standard deviation 1.
fn standardised(vectors: &[f64], dimension: usize) -> Vec<Vec<f64>> {
    let coordinate = |at: usize| vectors.iter().skip(at).step_by(dimension).copied();
    let mut columns: Vec<Vec<f64>> = (0..dimension).map(|at| coordinate(at).collect()).collect();
    let mean: Vec<f64> = columns.iter().map(|c| Moments::of(c).mean).collect();
    let away = |vector: &[f64]| square_distance(vector, &mean);
    let away: Vec<f64> = vectors.chunks_exact(dimension).map(away).collect();
    let least = f64::MIN_POSITIVE;
    columns.push(away.iter().map(|d| d.clamp(least, f64::MAX).ln()).collect());
    for column in &mut columns {
        // Halves of halves keep the sum of squares of the largest numbers finite.
        let largest = column.iter().fold(least, |most, x| most.max(x.abs()));
        column.iter_mut().for_each(|x| *x /= largest);
        let moments = Moments::of(column);
        let sd = (moments.m2 / moments.n.max(1) as f64).sqrt();
        let inverse = if sd > 0.0 { 1.0 / sd } else { 0.0 };
        let standard = |x: &mut f64| *x = (*x - moments.mean) * inverse;
        column.iter_mut().for_each(standard);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(rows: usize, dimension: usize, seed: u64, by: f64, wide: f64) -> Vec<f32> {
        let mut random = Random::new(seed, 4);
        let mut normal = || (0..6).map(|_| random.unit() - 0.5).sum::<f64>();
        (0..rows * dimension)
            .map(|_| (normal() * wide + by) as f32)
            .collect()
    }

    fn area(x: &[f32], y: &[f32], dimension: usize) -> Comparison {
        let plan = DomainPlan::default();
        embedding_domain(
            &Vectors::new(x, dimension),
            &Vectors::new(y, dimension),
            &plan,
        )
    }

    #[test]
    fn what_moved_or_spread_is_told_apart_and_what_did_not_is_not() {
        let x = cloud(300, 16, 1, 0.0, 1.0);
        for (by, wide, found) in [(0.2, 1.0, true), (0.0, 1.4, true), (0.0, 1.0, false)] {
            let made = area(&x, &cloud(250, 16, 2, by, wide), 16).statistic;
            assert_eq!(made.low.unwrap() > 0.55, found, "{by} {wide} {made:?}");
        }
        let wide = area(
            &cloud(150, 200, 1, 0.0, 1.0),
            &cloud(150, 200, 2, 0.2, 1.0),
            200,
        );
        assert!(wide.statistic.low.unwrap() > 0.6, "{wide:?}");
    }

    #[test]
    fn equal_samples_are_a_half() {
        let x = cloud(101, 3, 1, 0.0, 1.0);
        let made = area(&x, &x, 3).statistic;
        assert!(
            made.low.unwrap() <= 0.5 && 0.5 <= made.high.unwrap(),
            "{made:?}"
        );
        let level = area(&[1.0; 60], &[1.0; 60], 3);
        assert_eq!(level.effect, Some(0.5));
        assert_eq!(
            area(&[1.0; 9], &[1.0; 60], 3).statistic.status.name(),
            "too_few"
        );
        assert_eq!(
            area(&[f32::NAN; 90], &[1.0; 60], 3).statistic.status.name(),
            "too_few"
        );
    }
}
