//! Performance of a binary classification, estimated from calibrated scores.

use super::band::Band;
use super::between::Between;
use super::calibrated::{Calibration, Labelled, Rule};
use super::measure::{Cells, MEASURES, Measure};
use super::order::{by_window, sort};
use super::peer::{Part, parts};
use super::scan::{Line, Scan};
use crate::figure::Figure;
use crate::proportion::z;

/// The limits of every measure of a classification.
const LIMITS: (f64, f64) = (0.0, 1.0);

/// Sampling errors on either side that the peer's interval spans.
const PEER_ERRORS: f64 = 3.0;

/// Least that a row may weigh, as part of the largest weight.
const WEIGHT_MIN: f64 = 1e-30;

/// Predictions, by row. Columns of different lengths are read up to the shortest; rows whose score is not
/// finite, or whose window is not below `windows`, are left out.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// The score, usually a probability of being positive.
    pub score: &'a [f64],
    /// Whether it is predicted to be positive.
    pub positive: &'a [bool],
    /// The number of its window.
    pub window: &'a [u32],
    /// How many windows there are.
    pub windows: usize,
}

impl Predictions<'_> {
    pub(super) fn rows(&self) -> usize {
        self.score
            .len()
            .min(self.positive.len())
            .min(self.window.len())
            .min(u32::MAX as usize)
    }

    /// Rows that `counts`, each with what is known of it: a probability of being positive, or nothing.
    pub(super) fn lines(&self, known: impl FnMut(usize) -> Option<f64>) -> Vec<Line> {
        self.lines_of(|window| (window as usize) < self.windows, known)
    }

    fn lines_of(
        &self,
        counts: impl Fn(u32) -> bool,
        mut known: impl FnMut(usize) -> Option<f64>,
    ) -> Vec<Line> {
        let mut lines = Vec::with_capacity(self.rows());
        for row in 0..self.rows() {
            let (score, window) = (self.score[row], self.window[row]);
            if !score.is_finite() || !counts(window) {
                continue;
            }
            if let Some(p) = known(row) {
                lines.push(Line {
                    score: score + 0.0,
                    p,
                    window,
                    positive: self.positive[row],
                });
            }
        }
        lines
    }
}

/// Predictions in the order of their scores: one sort serves all rows together and each of their windows.
#[derive(Debug, Clone, Default)]
pub struct Ranked {
    lines: Vec<Line>,
    windows: usize,
}

impl Ranked {
    /// Of predictions; rows of no window count among all rows only.
    pub fn new(predictions: &Predictions<'_>) -> Self {
        let mut lines = predictions.lines_of(|_| true, |_| Some(0.0));
        sort(&mut lines);
        Self {
            lines,
            windows: predictions.windows,
        }
    }
}

/// How to calibrate.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// Whether scores are calibrated.
    pub rule: Rule,
    /// Weights of the reference's rows, e.g. the density ratio of [`super::DensityRatio`]: calibration is
    /// then that of the population they stand for.
    pub weights: Option<&'a [f64]>,
}

/// Measures of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Rows that count.
    pub rows: u64,
    /// Expected rows of each cell; of realised performance, rows.
    pub cells: Cells,
    figures: [Figure; MEASURES],
    /// Variance of the realised value around the expected one.
    noise: [f64; MEASURES],
}

impl Estimate {
    /// The figure of `measure`.
    pub fn figure(&self, measure: Measure) -> &Figure {
        &self.figures[measure as usize]
    }

    /// With intervals of the variances in `scan` plus `more` of each.
    pub(super) fn new(scan: &Scan, variance: [f64; MEASURES], method: &'static str) -> Self {
        let figures = Measure::ALL.map(|measure| {
            let at = measure as usize;
            let value = scan.value[at];
            if value.is_nan() {
                return Figure::undefined(measure.reason(), scan.rows, method);
            }
            let half = z() * variance[at].max(0.0).sqrt();
            let ends = ((value - half).max(LIMITS.0), (value + half).min(LIMITS.1));
            Figure::new(value, ends, scan.rows, method)
        });
        Self {
            rows: scan.rows,
            cells: scan.cells,
            figures,
            noise: scan.noise,
        }
    }
}

/// What NannyML says of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct PeerEstimate {
    /// The value.
    pub value: f64,
    /// Its standard deviation.
    pub sampling_error: Option<f64>,
    /// Value ± 3 sampling errors, cut to [0, 1].
    pub interval: Option<(f64, f64)>,
    /// Mean ± 3 population standard deviations of the realised reference windows.
    pub band: Option<Band>,
    /// Whether the value is outside the band.
    pub alert: bool,
}

/// Confidence-based performance estimation: the reference calibrates the scores, and a calibrated score `p`
/// counts as `p` positives and `1 − p` negatives.
///
/// NannyML's CBPE; Garg et al. 2022 and Guillory et al. 2021 study its assumptions, which
/// [`super::Assumption`] lists: the relation of score and outcome stays as it was.
#[derive(Debug, Clone)]
pub struct Cbpe {
    calibration: Calibration,
    realised: Vec<Estimate>,
    overall: Estimate,
    /// The reference as a whole: variance of each measure in one row.
    spread: [f64; MEASURES],
    /// Rows that the reference is worth.
    rows: f64,
    parts: [Option<Part>; MEASURES],
}

impl Cbpe {
    /// Learns from predictions whose outcome is known; rows without are left out. Windows of the reference
    /// make the bands. Without any labelled row every estimate is undefined.
    pub fn fit(
        reference: &Predictions<'_>,
        outcome: &[Option<bool>],
        options: &Options<'_>,
    ) -> Self {
        let (lines, weights) = labelled(reference, outcome, options.weights);
        let rows = Labelled {
            lines: &lines,
            weight: &weights,
        };
        let whole = Scan::of(&lines);
        Self {
            calibration: Calibration::of(&rows, options.rule),
            realised: of_windows(&by_window(&lines, reference.windows)),
            overall: Estimate::new(&whole, whole.sampling, "realised"),
            spread: whole.sampling.map(|v| v * whole.rows as f64),
            rows: effective(whole.rows, &weights),
            parts: parts(&whole, &lines),
        }
    }

    /// How scores become probabilities.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Rows that the reference is worth.
    pub(super) fn reference_rows(&self) -> f64 {
        self.rows
    }

    /// Realised performance of the reference's windows.
    pub fn realised(&self) -> &[Estimate] {
        &self.realised
    }

    /// Realised performance of the reference as a whole, rows of no window left out.
    pub fn overall(&self) -> &Estimate {
        &self.overall
    }

    /// The estimate of all rows, and as [`Cbpe::estimate`] those of each window.
    pub fn estimate_ranked(&self, current: Ranked) -> (Estimate, Vec<Estimate>) {
        let Ranked { mut lines, windows } = current;
        self.calibration.apply(&mut lines);
        let all = self.expected(&Scan::of(&lines));
        lines.retain(|line| (line.window as usize) < windows);
        let (mut lines, ends) = by_window(&lines, windows);
        let each = each_window(&mut lines, &ends, |lines| self.expected(&Scan::of(lines)));
        (all, each)
    }

    /// Estimates of each window. An interval holds the performance on the population of the window with 95 %,
    /// if the assumptions hold: its variance is the larger of that of the reference (in samples of as many
    /// rows) and that which the window's own probabilities imply, plus that of the reference itself.
    pub fn estimate(&self, current: &Predictions<'_>) -> Vec<Estimate> {
        let (mut lines, ends) = by_window(&current.lines(|_| Some(0.0)), current.windows);
        each_window(&mut lines, &ends, |lines| {
            sort(lines);
            self.calibration.apply(lines);
            self.expected(&Scan::of(lines))
        })
    }

    pub(super) fn expected(&self, scan: &Scan) -> Estimate {
        if self.rows <= 0.0 {
            let reason = "the reference has no outcomes";
            let mut estimate = Estimate::new(scan, [0.0; MEASURES], "cbpe");
            estimate.figures = Measure::ALL.map(|_| Figure::undefined(reason, scan.rows, "cbpe"));
            return estimate;
        }
        let variance = std::array::from_fn(|at| {
            let known = if self.spread[at].is_finite() {
                self.spread[at]
            } else {
                0.0
            };
            (known / scan.rows as f64).max(scan.sampling[at]) + known / self.rows
        });
        Estimate::new(scan, variance, "cbpe")
    }

    /// What NannyML says of an estimate, or of realised performance.
    pub fn nannyml(&self, estimate: &Estimate, measure: Measure) -> Option<PeerEstimate> {
        let value = estimate.figure(measure).value?;
        let sampling_error = self.parts[measure as usize].and_then(|p| p.error(estimate.rows));
        let band = self.band(measure, Band::nannyml);
        Some(PeerEstimate {
            value,
            sampling_error,
            interval: sampling_error.map(|error| {
                let half = PEER_ERRORS * error;
                ((value - half).max(LIMITS.0), (value + half).min(LIMITS.1))
            }),
            alert: band.is_some_and(|band| band.excludes(value)),
            band,
        })
    }

    /// The band of `measure` over the realised reference windows by `rule`, e.g. [`Band::robust`].
    pub fn band(
        &self,
        measure: Measure,
        rule: fn(&[f64], (f64, f64)) -> Option<Band>,
    ) -> Option<Band> {
        let values: Vec<f64> = self
            .realised
            .iter()
            .filter_map(|window| window.figure(measure).value)
            .collect();
        rule(&values, LIMITS)
    }

    /// Realised minus estimated, once outcomes are known: its interval holds 0 with 95 % while the
    /// assumptions hold. `estimate` and `realised` are of the same rows; `between` is how such gaps of windows
    /// differ, if that is known ([`Cbpe::between`]).
    pub fn gap(
        &self,
        estimate: &Estimate,
        realised: &Estimate,
        measure: Measure,
        between: Option<&Between>,
    ) -> Figure {
        let gap = Gap::of(estimate, realised, measure);
        gap_figure(gap, realised.rows, self.rows, between)
    }

    /// How gaps of `measure` differ among the windows of the reference, which must be the one that was learnt from.
    /// `None` if too few of them tell it.
    pub fn between(&self, reference: &Predictions<'_>, measure: Measure) -> Option<Between> {
        let estimates = self.estimate(reference);
        let both = estimates.iter().zip(&self.realised);
        Between::of(both.filter_map(|(estimate, real)| {
            let gap = Gap::of(estimate, real, measure)?;
            Some((gap.off, gap.noise))
        }))
    }
}

/// Realised minus estimated, and the variance that outcomes which are yet to be drawn give it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gap {
    pub(super) off: f64,
    pub(super) noise: f64,
}

impl Gap {
    pub(super) fn of(estimate: &Estimate, realised: &Estimate, measure: Measure) -> Option<Self> {
        let expected = estimate.figure(measure).value?;
        Some(Self {
            off: realised.figure(measure).value? - expected,
            noise: estimate.noise[measure as usize].max(0.0),
        })
    }
}

/// A gap of so many rows with its interval.
pub(super) fn gap_figure(
    gap: Option<Gap>,
    rows: u64,
    reference: f64,
    between: Option<&Between>,
) -> Figure {
    const METHOD: &str = "realised_minus_estimated";
    let Some(Gap { off, noise }) = gap else {
        return Figure::undefined("one of the two is", rows, METHOD);
    };
    let n = rows.max(1) as f64;
    // The reference has the same noise in its own number of rows; one row at least may differ.
    let noise = noise * (1.0 + n / reference);
    let half = between.map_or_else(|| z() * noise.sqrt(), |between| between.half(noise));
    let half = half.max(z() / n);
    // No difference of two shares is beyond 1.
    let ends = ((off - half).max(-1.0), (off + half).min(1.0));
    Figure::new(off, ends, rows, METHOD)
}

/// Performance of each window by the outcomes that are known, with intervals by the delta method.
pub fn realised(rows: &Predictions<'_>, outcome: &[Option<bool>]) -> Vec<Estimate> {
    let lines = rows.lines(|row| probability(outcome, row));
    let (mut lines, ends) = by_window(&lines, rows.windows);
    each_window(&mut lines, &ends, |lines| {
        sort(lines);
        let scan = Scan::of(lines);
        Estimate::new(&scan, scan.sampling, "realised")
    })
}

pub(super) fn probability(outcome: &[Option<bool>], row: usize) -> Option<f64> {
    outcome
        .get(row)
        .copied()
        .flatten()
        .map(|up| f64::from(u8::from(up)))
}

/// Rows with an outcome and a weight, ascending by score, and their weights, if there are any.
fn labelled(
    rows: &Predictions<'_>,
    outcome: &[Option<bool>],
    weights: Option<&[f64]>,
) -> (Vec<Line>, Vec<f64>) {
    let Some(weights) = weights else {
        let mut lines = rows.lines(|row| probability(outcome, row));
        sort(&mut lines);
        return (lines, Vec::new());
    };
    let mut of_row: Vec<f64> = Vec::new();
    let mut lines = rows.lines(|row| {
        let p = probability(outcome, row)?;
        let weight = weights.get(row).filter(|w| w.is_finite() && **w > 0.0)?;
        of_row.push(*weight);
        Some(p)
    });
    let largest = of_row.iter().copied().fold(0.0, f64::max);
    // Places stand for windows, so that lines still know their weights once they are sorted.
    let windows: Vec<u32> = lines.iter().map(|line| line.window).collect();
    for (at, line) in lines.iter_mut().enumerate() {
        line.window = at as u32;
    }
    sort(&mut lines);
    let places = lines.iter().map(|line| line.window as usize);
    let sorted = places
        .map(|at| (of_row[at] / largest).max(WEIGHT_MIN))
        .collect();
    for line in &mut lines {
        line.window = windows[line.window as usize];
    }
    (lines, sorted)
}

/// Realised performance of windows whose rows ascend by score.
fn of_windows((lines, ends): &(Vec<Line>, Vec<usize>)) -> Vec<Estimate> {
    let mut from = 0;
    ends.iter()
        .map(|&to| {
            let scan = Scan::of(&lines[from..to]);
            from = to;
            Estimate::new(&scan, scan.sampling, "realised")
        })
        .collect()
}

pub(super) fn each_window<T>(
    lines: &mut [Line],
    ends: &[usize],
    mut of: impl FnMut(&mut [Line]) -> T,
) -> Vec<T> {
    let mut from = 0;
    ends.iter()
        .map(|&to| {
            let window = &mut lines[from..to];
            from = to;
            of(window)
        })
        .collect()
}

/// Rows that weighted rows are worth (Kish 1965). Weights are at most 1.
pub(super) fn effective(rows: u64, weights: &[f64]) -> f64 {
    if weights.is_empty() {
        return rows as f64;
    }
    let (sum, squares) = weights
        .iter()
        .fold((0.0, 0.0), |sums, w| (sums.0 + w, sums.1 + w * w));
    sum * sum / squares
}
