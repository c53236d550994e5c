//! Whether losses are still what a model of them expects.

use super::between::Between;
use super::loss::{Dle, ErrorMeasure, NumberPredictions, Sums};
use crate::figure::Figure;
use crate::learn::Settings;

/// Parts of the reference that are held out in turn.
const FOLDS: usize = 5;
/// Fewest rows of a window of the reference that shows how windows differ.
const WINDOW_ROWS_MIN: f64 = 10.0;
/// Least deviation of a row: losses that never vary have none, but what has none cannot be weighed.
const LEAST: f64 = 1e-50;
const METHOD: &str = "dle_held_out";

/// Estimated and realised losses of one window held against each other.
///
/// [`Dle`] learns from the whole reference what loss a row of the window is expected to have. What the mean of
/// realised minus expected losses may be without any change is learnt from the reference itself: its windows, a
/// fifth of them at a time, are estimated by models that did not see them. These held-out gaps show the bias of
/// the method, the variance of a row around its estimate (trees that saw a row make it too small) and how windows
/// differ beyond their rows ([`Between`]). Of the variance of rows the larger of the reference's and the
/// window's counts: losses have long tails, and one row must not decide.
#[derive(Debug, Clone, PartialEq)]
pub struct LossShift {
    /// Estimate of the window, with what its realised value may be at 95 %.
    pub expected: Figure,
    /// Mean realised minus mean expected loss (of the measure before its root), less the mean of held-out
    /// gaps: its interval holds 0 with 95 % while the assumptions of [`Dle`] hold.
    pub gap: Figure,
    /// The p-value of the gap; Student's law with one degree of freedom less than the windows are worth.
    pub p: f64,
    /// Windows of the reference that showed how they differ.
    pub windows: usize,
}

impl LossShift {
    /// Of all rows of `current` with a prediction and an outcome, whatever their windows; the windows of
    /// `reference` should be as long as what `current` is of. `None` if no row of `current` counts, or if fewer
    /// than [`Between::WINDOWS_MIN`] windows of `reference` have 10 rows with an outcome. `settings` are as for
    /// [`Dle::fit`].
    pub fn of(
        measure: ErrorMeasure,
        (reference, known): (&NumberPredictions<'_>, &[f64]),
        (current, outcome): (&NumberPredictions<'_>, &[f64]),
        settings: &Settings,
    ) -> Option<Self> {
        let apart = HeldOut::of(measure, reference, known, settings)?;
        let dle = Dle::fit(measure, reference, known, settings);
        let (mut expected, mut gap) = (Sums::default(), Sums::default());
        let real = measure.losses(current.prediction, outcome);
        for (estimate, real) in dle.losses(current).iter().zip(real) {
            if real.is_finite() {
                expected.take(*estimate);
                gap.take(real - estimate);
            }
        }
        if gap.n < 1.0 {
            return None;
        }
        let own = apart.rows.max(gap.sample_variance()) / gap.n + apart.rows / apart.n;
        let (half, n) = (apart.between.half(own), gap.n as u64);
        let off = gap.mean - apart.between.mean;
        let middle = expected.mean + apart.between.mean;
        let value = |mean: f64| measure.of_mean(mean.max(0.0));
        Some(Self {
            expected: Figure::new(
                value(expected.mean),
                (value(middle - half), value(middle + half)),
                n,
                METHOD,
            ),
            gap: Figure::new(off, (off - half, off + half), n, METHOD),
            p: apart.between.p(off, own),
            windows: apart.between.windows,
        })
    }
}

/// What windows of the reference show that models did not see.
struct HeldOut {
    between: Between,
    /// Variance of a row's loss around its estimate, within windows.
    rows: f64,
    /// Rows of the reference.
    n: f64,
}

impl HeldOut {
    fn of(
        measure: ErrorMeasure,
        reference: &NumberPredictions<'_>,
        known: &[f64],
        settings: &Settings,
    ) -> Option<Self> {
        let losses = measure.losses(reference.prediction, known);
        let fold = folds(&reference.by_window(&losses));
        let fold_of = |row: usize| *fold.get(*reference.window.get(row)? as usize)?;
        let mut gaps = vec![f64::NAN; losses.len()];
        for held in 0..FOLDS {
            let others = losses.iter().enumerate().map(|(row, loss)| {
                let seen = fold_of(row).is_some_and(|own| own != held);
                if seen { *loss } else { f64::NAN }
            });
            let trees = Dle::learnt(reference, &others.collect::<Vec<_>>(), settings);
            let expected = Dle::expected(&trees, reference);
            for (row, (gap, expected)) in gaps.iter_mut().zip(expected).enumerate() {
                if fold_of(row) == Some(held) {
                    *gap = losses[row] - expected;
                }
            }
        }
        let windows = reference.by_window(&gaps);
        let (mut n, mut squares, mut freedom) = (0.0, 0.0, 0.0);
        for own in windows.iter().filter(|own| own.n > 0.0) {
            n += own.n;
            squares += own.m2;
            freedom += own.n - 1.0;
        }
        let rows = (squares / freedom).max(LEAST * LEAST);
        let telling = windows.iter().filter(|own| own.n >= WINDOW_ROWS_MIN);
        let between = Between::of(telling.map(|own| (own.mean, rows / own.n)))?;
        Some(Self { between, rows, n })
    }
}

/// The part of each window: windows that follow one another, about equally many rows a part. `None` of those
/// without rows.
fn folds(windows: &[Sums]) -> Vec<Option<usize>> {
    let all: f64 = windows.iter().map(|own| own.n).sum();
    let mut before = 0.0;
    let fold = |own: &Sums| {
        let middle = before + own.n / 2.0;
        before += own.n;
        (own.n > 0.0).then(|| ((middle / all * FOLDS as f64) as usize).min(FOLDS - 1))
    };
    windows.iter().map(fold).collect()
}
