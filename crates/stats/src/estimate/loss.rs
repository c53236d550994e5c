//! Performance of a regression, estimated by a model of its errors.

use super::band::Band;
use crate::figure::Figure;
use crate::learn::{Feature, Settings, Trees};
use crate::proportion::z;

/// Fewest labelled rows to learn errors from.
const ROWS_MIN: u64 = 100;

/// A measure of a regression that is a mean over rows, or its root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorMeasure {
    /// Mean absolute error.
    Mae,
    /// Mean absolute error relative to the outcome; outcomes of 0 are left out.
    Mape,
    /// Mean squared error.
    Mse,
    /// Its root.
    Rmse,
    /// Mean squared difference of logarithms of 1 + outcome and 1 + prediction; rows with either at −1 or
    /// below are left out.
    Msle,
    /// Its root.
    Rmsle,
}

impl ErrorMeasure {
    /// Its name in tables and specifications.
    pub const fn name(self) -> &'static str {
        match self {
            ErrorMeasure::Mae => "mae",
            ErrorMeasure::Mape => "mape",
            ErrorMeasure::Mse => "mse",
            ErrorMeasure::Rmse => "rmse",
            ErrorMeasure::Msle => "msle",
            ErrorMeasure::Rmsle => "rmsle",
        }
    }

    /// The measure whose root it is.
    const fn mean(self) -> Self {
        match self {
            ErrorMeasure::Rmse => ErrorMeasure::Mse,
            ErrorMeasure::Rmsle => ErrorMeasure::Msle,
            other => other,
        }
    }

    fn is_root(self) -> bool {
        self != self.mean()
    }

    /// The loss of one row; NaN if it has none.
    pub fn loss(self, prediction: f64, outcome: f64) -> f64 {
        let off = (prediction - outcome).abs();
        let loss = match self.mean() {
            ErrorMeasure::Mae => off,
            ErrorMeasure::Mape => off / outcome.abs(),
            ErrorMeasure::Mse => off * off,
            _ => (prediction.ln_1p() - outcome.ln_1p()).powi(2),
        };
        if loss.is_finite() { loss } else { f64::NAN }
    }

    /// The losses of rows; NaN of those that have none.
    pub(super) fn losses(self, prediction: &[f64], outcome: &[f64]) -> Vec<f64> {
        let rows = prediction.iter().zip(outcome);
        rows.map(|(f, y)| self.loss(*f, *y)).collect()
    }

    /// The measure of a mean loss.
    pub(super) fn of_mean(self, mean: f64) -> f64 {
        if self.is_root() { mean.sqrt() } else { mean }
    }

    /// The figure of a mean with its standard error.
    pub(super) fn figure(self, (mean, error): (f64, f64), n: u64, method: &'static str) -> Figure {
        let half = z() * error;
        let ends = ((mean - half).max(0.0), mean + half);
        let ends = (self.of_mean(ends.0), self.of_mean(ends.1));
        Figure::new(self.of_mean(mean), ends, n, method)
    }
}

/// Predictions of numbers, by row. Columns of different lengths are read up to the shortest; rows whose
/// prediction is not finite or whose window is not below `windows` are left out.
#[derive(Debug, Clone, Copy)]
pub struct NumberPredictions<'a> {
    /// What the model was told; the prediction is added as a feature.
    pub features: &'a [Feature<'a>],
    /// The prediction.
    pub prediction: &'a [f64],
    /// The number of its window.
    pub window: &'a [u32],
    /// How many windows there are.
    pub windows: usize,
}

impl<'a> NumberPredictions<'a> {
    fn with_prediction(&self) -> Vec<Feature<'a>> {
        let mut features = self.features.to_vec();
        features.push(Feature::number(self.prediction));
        features
    }

    /// Moments of `losses` by window; those that are not finite are left out.
    pub(super) fn by_window(&self, losses: &[f64]) -> Vec<Sums> {
        let mut sums = vec![Sums::default(); self.windows];
        let rows = losses.iter().zip(self.prediction).zip(self.window);
        for ((loss, prediction), window) in rows {
            if let (true, true, Some(sums)) = (
                loss.is_finite(),
                prediction.is_finite(),
                sums.get_mut(*window as usize),
            ) {
                sums.take(*loss);
            }
        }
        sums
    }
}

/// Count, mean and sum of squares around it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    pub(super) n: f64,
    pub(super) mean: f64,
    pub(super) m2: f64,
}

impl Sums {
    pub(super) fn take(&mut self, x: f64) {
        self.n += 1.0;
        let off = x - self.mean;
        self.mean += off / self.n;
        self.m2 += off * (x - self.mean);
    }

    /// Population variance.
    fn variance(&self) -> f64 {
        if self.n > 0.0 {
            (self.m2 / self.n).max(0.0)
        } else {
            0.0
        }
    }

    /// The variance of what it is a sample of; 0 of a single one.
    pub(super) fn sample_variance(&self) -> f64 {
        self.m2 / (self.n - 1.0).max(1.0)
    }
}

/// Direct loss estimation (NannyML): gradient-boosted trees predict the loss of a row from its features
/// and its prediction; the mean over a window is the estimate.
#[derive(Debug, Clone)]
pub struct Dle {
    measure: ErrorMeasure,
    trees: Trees,
    realised: Vec<Figure>,
    whole: Sums,
}

impl Dle {
    /// Learns from predictions whose outcome is known: rows without a finite outcome are left out. `settings`
    /// are of the trees, whose loss should be [`crate::learn::Loss::Squared`], so that they predict means.
    pub fn fit(
        measure: ErrorMeasure,
        reference: &NumberPredictions<'_>,
        outcome: &[f64],
        settings: &Settings,
    ) -> Self {
        let losses = measure.losses(reference.prediction, outcome);
        let mut whole = Sums::default();
        losses
            .iter()
            .filter(|x| x.is_finite())
            .for_each(|x| whole.take(*x));
        Self {
            measure,
            trees: Self::learnt(reference, &losses, settings),
            realised: figures(measure, &reference.by_window(&losses)),
            whole,
        }
    }

    /// Trees that expect these losses; rows whose loss is not finite are left out.
    pub(super) fn learnt(
        rows: &NumberPredictions<'_>,
        losses: &[f64],
        settings: &Settings,
    ) -> Trees {
        Trees::fit(&rows.with_prediction(), losses, None, settings)
    }

    /// What trees expect of rows, at least 0.
    pub(super) fn expected(trees: &Trees, rows: &NumberPredictions<'_>) -> Vec<f64> {
        let mut losses = trees.predict(&rows.with_prediction());
        losses.iter_mut().for_each(|loss| *loss = loss.max(0.0));
        losses
    }

    /// Realised performance of the reference's windows.
    pub fn realised(&self) -> &[Figure] {
        &self.realised
    }

    /// Which features tell how large an error will be: shares of gain, the prediction last.
    pub fn gains(&self) -> &[f64] {
        self.trees.gains()
    }

    /// The expected loss of each row, at least 0.
    pub fn losses(&self, current: &NumberPredictions<'_>) -> Vec<f64> {
        Self::expected(&self.trees, current)
    }

    /// Estimates of each window, with the error of samples of as many rows as the reference shows it, and
    /// that of the reference itself.
    pub fn estimate(&self, current: &NumberPredictions<'_>) -> Vec<Figure> {
        let losses = self.losses(current);
        let reference = (self.whole.n, self.whole.variance());
        current
            .by_window(&losses)
            .iter()
            .map(|window| {
                let rows = window.n as u64;
                if (self.whole.n as u64) < ROWS_MIN {
                    return Figure::too_few(self.whole.n as u64, ROWS_MIN, "dle");
                }
                if rows == 0 {
                    return Figure::undefined("there are no rows", 0, "dle");
                }
                let variance = reference.1 * (1.0 / window.n + 1.0 / reference.0);
                self.measure
                    .figure((window.mean, variance.sqrt()), rows, "dle")
            })
            .collect()
    }

    /// NannyML's sampling error of a window of so many rows; `None` if it is not defined.
    pub fn nannyml_error(&self, rows: u64) -> Option<f64> {
        let mean = (self.whole.variance() / rows as f64).sqrt();
        let error = if self.measure.is_root() {
            mean / (2.0 * self.whole.mean.sqrt())
        } else {
            mean
        };
        error.is_finite().then_some(error)
    }

    /// The band over the realised reference windows by `rule`, e.g. [`Band::robust`].
    pub fn band(&self, rule: fn(&[f64], (f64, f64)) -> Option<Band>) -> Option<Band> {
        let values: Vec<f64> = self
            .realised
            .iter()
            .filter_map(|figure| figure.value)
            .collect();
        rule(&values, (0.0, f64::MAX))
    }

    /// Realised minus estimated mean loss of the rows of one window whose outcome is known (of the measure
    /// before its root). Its interval, of paired differences, holds 0 with 95 % while the assumptions hold.
    pub fn gap(&self, current: &NumberPredictions<'_>, outcome: &[f64], window: u32) -> Figure {
        const METHOD: &str = "realised_minus_estimated";
        let mut gap = Sums::default();
        let real = self.measure.losses(current.prediction, outcome);
        for ((expected, real), at) in self.losses(current).iter().zip(real).zip(current.window) {
            if *at == window && real.is_finite() {
                gap.take(real - expected);
            }
        }
        if gap.n < 2.0 {
            return Figure::too_few(gap.n as u64, 2, METHOD);
        }
        let variance = gap.m2 / (gap.n - 1.0) * (1.0 / gap.n + 1.0 / self.whole.n);
        let half = z() * variance.sqrt();
        Figure::new(
            gap.mean,
            (gap.mean - half, gap.mean + half),
            gap.n as u64,
            METHOD,
        )
    }
}

/// Realised performance of each window.
pub fn realised_error(
    measure: ErrorMeasure,
    rows: &NumberPredictions<'_>,
    outcome: &[f64],
) -> Vec<Figure> {
    figures(
        measure,
        &rows.by_window(&measure.losses(rows.prediction, outcome)),
    )
}

fn figures(measure: ErrorMeasure, windows: &[Sums]) -> Vec<Figure> {
    let figure = |window: &Sums| {
        let rows = window.n as u64;
        if rows == 0 {
            return Figure::undefined("no row has an outcome", 0, "realised");
        }
        let error = (window.sample_variance() / window.n).sqrt();
        measure.figure((window.mean, error), rows, "realised")
    };
    windows.iter().map(figure).collect()
}
