//! How well scores tell two samples apart.

use crate::figure::Figure;
use crate::law::normal_sf;
use crate::proportion::{wilson, z};

/// An area under the curve of scores with its variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Auc {
    pub(crate) value: f64,
    variance: f64,
    /// Rows of the smaller side.
    smaller: f64,
    rows: u64,
}

impl Auc {
    /// The probability that a score of `second` is above one of `first`, ties counting half, with DeLong's
    /// variance (DeLong, DeLong and Clarke-Pearson 1988; by ranks, Sun and Xu 2014). `None` if a side has
    /// fewer than two scores or one is no number.
    pub(crate) fn of(first: &[f64], second: &[f64]) -> Option<Self> {
        let (m, n) = (first.len(), second.len());
        if m.min(n) < 2 || first.iter().chain(second).any(|x| x.is_nan()) {
            return None;
        }
        let mut pooled: Vec<(f64, bool)> = Vec::with_capacity(m + n);
        pooled.extend(first.iter().map(|x| (x + 0.0, false)));
        pooled.extend(second.iter().map(|x| (x + 0.0, true)));
        pooled.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        // Scores below and equal of the other side, for each run of equal scores.
        let (mut below_first, mut below_second) = (0.0, 0.0);
        let (mut sum, mut squares_first, mut squares_second) = (0.0, 0.0, 0.0);
        let (m, n) = (m as f64, n as f64);
        for run in pooled.chunk_by(|a, b| a.0 >= b.0) {
            let in_second = run.iter().filter(|x| x.1).count() as f64;
            let in_first = run.len() as f64 - in_second;
            // The share of the other side that each score of this run wins against.
            let wins = (below_first + in_first / 2.0) / m;
            let losses = (n - below_second - in_second / 2.0) / n;
            sum += in_second * wins;
            squares_second += in_second * wins * wins;
            squares_first += in_first * losses * losses;
            below_first += in_first;
            below_second += in_second;
        }
        let value = sum / n;
        let spread = |squares: f64, n: f64| ((squares - n * value * value) / (n - 1.0)).max(0.0);
        Some(Self {
            value,
            variance: spread(squares_first, m) / m + spread(squares_second, n) / n,
            smaller: m.min(n),
            rows: (m + n) as u64,
        })
    }

    /// The mean over folds, whose models share rows: see [`cross_fitted`].
    fn mean(folds: &[Self]) -> Option<Self> {
        let k = folds.len() as f64;
        (!folds.is_empty()).then(|| Self {
            value: folds.iter().map(|f| f.value).sum::<f64>() / k,
            variance: 2.0 * folds.iter().map(|f| f.variance).sum::<f64>() / (k * k),
            smaller: folds.iter().map(|f| f.smaller).sum(),
            rows: folds.iter().map(|f| f.rows).sum(),
        })
    }

    /// With the normal interval; where there is no spread, Wilson's of as many rows as the smaller side has.
    pub(crate) fn figure(self, method: &'static str) -> Figure {
        let half = z() * self.variance.sqrt();
        let ends = if half > 0.0 {
            ((self.value - half).max(0.0), (self.value + half).min(1.0))
        } else if (self.value - 0.5).abs() < 0.5 {
            (0.0, 1.0)
        } else {
            wilson(self.value * self.smaller, self.smaller)
        };
        Figure::new(self.value, ends, self.rows, method)
    }

    /// The probability of so large an area, or a larger one, if both samples were one.
    pub(crate) fn p_value(self) -> f64 {
        let away = self.value - 0.5;
        if self.variance > 0.0 {
            normal_sf(away / self.variance.sqrt())
        } else if away > 0.0 {
            0.5_f64.powf(self.smaller)
        } else {
            1.0
        }
    }
}

/// The area under the curve of scores that each fold got from a model of the other folds: the mean of the
/// folds' areas, within which all scores are of one model.
///
/// Without a difference each fold helped to train the models that score the others, and their areas go
/// together: for linear scores the variance of the mean is twice that of independent folds. It is taken
/// twice throughout, so intervals hold the true value at least as often as they say.
pub(crate) fn cross_fitted(
    scores: &[f64],
    labels: &[bool],
    folds: &[usize],
    count: usize,
) -> Option<Auc> {
    let mut sides = vec![(Vec::new(), Vec::new()); count];
    for ((score, label), fold) in scores.iter().zip(labels).zip(folds) {
        let side = sides.get_mut(*fold)?;
        if *label { &mut side.1 } else { &mut side.0 }.push(*score);
    }
    let areas: Option<Vec<Auc>> = sides.iter().map(|(a, b)| Auc::of(a, b)).collect();
    Auc::mean(&areas?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_and_its_variance_are_those_of_all_pairs() {
        let (first, second) = ([1.0, 2.0, 2.0, 5.0], [2.0, 3.0, 6.0]);
        let got = Auc::of(&first, &second).unwrap();
        let win =
            |a: f64, b: f64| f64::from(b > a) + if a.to_bits() == b.to_bits() { 0.5 } else { 0.0 };
        let wins = |b: f64| first.iter().map(|a| win(*a, b)).sum::<f64>() / 4.0;
        let losses = |a: f64| second.iter().map(|b| win(a, *b)).sum::<f64>() / 3.0;
        let of = |values: Vec<f64>| crate::moments::Moments::of(&values);
        let seconds = of(second.iter().map(|b| wins(*b)).collect());
        let firsts = of(first.iter().map(|a| losses(*a)).collect());
        let variance = firsts.variance().unwrap() / 4.0 + seconds.variance().unwrap() / 3.0;
        assert!((got.value - seconds.mean).abs() < 1e-12);
        assert!((got.variance - variance).abs() < 1e-12);
    }

    #[test]
    fn areas_without_spread_have_an_interval_all_the_same() {
        let apart = Auc::of(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
        let figure = apart.figure("auc");
        assert_eq!((figure.value, figure.high), (Some(1.0), Some(1.0)));
        assert!(figure.low.unwrap() < 0.6 && apart.p_value() < 0.2);
        let equal = Auc::of(&[1.0; 4], &[1.0; 4]).unwrap();
        assert_eq!((equal.value, equal.p_value()), (0.5, 1.0));
        assert_eq!(Auc::of(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(Auc::of(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    }
}
