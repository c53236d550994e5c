//! Estimates held against a small sample of outcomes.

use super::cbpe::{Cbpe, Predictions, probability};
use super::measure::Measure;
use super::scan::Line;
use crate::figure::{CONFIDENCE, Figure};
use crate::law::{chi2_sf, t_quantile};

/// Fewest labelled rows for an interval.
const ROWS_MIN: u64 = 20;

/// Logits and variances are those of probabilities so far from 0 and 1 at least, so that one outcome in a region
/// that the reference saw pure does not decide.
const CUT: f64 = 0.005;

/// The measures that are smooth functions of the cells.
const OF_CELLS: [Measure; 5] = [
    Measure::Accuracy,
    Measure::Precision,
    Measure::Recall,
    Measure::Specificity,
    Measure::F1,
];

/// Whether outcomes still agree with the calibrated probabilities.
///
/// The score test of Cox's recalibration (Cox 1958): on the scale of logits, is the intercept 0 and the slope
/// 1? It sees a level that moved and a relation that weakened or turned around. Probabilities were learnt from
/// a reference of so many rows, so the statistic is that of a second sample beside it; each part of it is held
/// against the larger of two variances, the binomial one and that of the sample (White 1982): in the tails a
/// calibration is surer than it may be, and few rows there must not decide.
#[derive(Debug, Clone, PartialEq)]
pub struct ConceptShift {
    /// Share of positives minus mean probability: the effect in level, with its interval.
    pub level: Figure,
    /// Change of the slope on the scale of logits, to first order: −1 is a relation that vanished, below it
    /// turned around; `None` if all probabilities are equal.
    pub slope_change: Option<f64>,
    /// The statistic, chi-square with [`ConceptShift::freedom`] degrees under no shift.
    pub statistic: f64,
    /// Degrees of freedom: 2, or 1 if all probabilities are equal, or 0 without rows on either side.
    pub freedom: u32,
    /// The p-value; 1 without rows on either side.
    pub p: f64,
}

/// What an audit says.
#[derive(Debug, Clone, PartialEq)]
pub struct Audit {
    figures: [Figure; OF_CELLS.len()],
    /// Whether the relation of score and outcome has changed.
    pub shift: ConceptShift,
}

impl Audit {
    /// The prediction-powered figure of `measure`; undefined for those that are no function of the cells.
    pub fn figure(&self, measure: Measure) -> Figure {
        let at = OF_CELLS.iter().position(|m| *m == measure);
        at.map_or_else(
            || Figure::undefined("it is no function of the cells", 0, METHOD),
            |at| self.figures[at].clone(),
        )
    }
}

const METHOD: &str = "prediction_powered";

impl Cbpe {
    /// Corrects the estimate of all rows by those whose outcome is known, which must be a random sample of
    /// them. Valid whether or not the assumptions of [`Cbpe`] hold. Windows are not told apart.
    pub fn audit(&self, current: &Predictions<'_>, outcome: &[Option<bool>]) -> Audit {
        let (rest, _) = self.lines_known(current, outcome, false);
        let (sample, outcomes) = self.lines_known(current, outcome, true);
        Audit {
            figures: OF_CELLS.map(|measure| powered(measure, &rest, &sample, &outcomes)),
            shift: self.shift_of(&sample, &outcomes),
        }
    }

    /// Whether outcomes still agree with the calibrated probabilities, without figures.
    pub fn shift(&self, current: &Predictions<'_>, outcome: &[Option<bool>]) -> ConceptShift {
        let (sample, outcomes) = self.lines_known(current, outcome, true);
        self.shift_of(&sample, &outcomes)
    }

    fn shift_of(&self, sample: &[Line], outcomes: &[f64]) -> ConceptShift {
        let p = sample.iter().map(|line| line.p);
        ConceptShift::of(p.zip(outcomes.iter().copied()), self.reference_rows())
    }

    /// Rows whose outcome is known, or is not, with their calibrated probabilities; and the outcomes.
    fn lines_known(
        &self,
        current: &Predictions<'_>,
        outcome: &[Option<bool>],
        known: bool,
    ) -> (Vec<Line>, Vec<f64>) {
        let mut lines = current.lines(|row| {
            let y = probability(outcome, row);
            (y.is_some() == known).then_some(y.unwrap_or(0.0))
        });
        let outcomes: Vec<f64> = lines.iter().map(|line| line.p).collect();
        for line in &mut lines {
            line.p = self.calibration().probability(line.score);
        }
        (lines, outcomes)
    }
}

/// The mean of what predictions `rest` of rows without outcome and pairs of prediction and outcome say
/// together, e.g. of [`super::Dle::losses`] and realised losses.
///
/// Prediction-powered inference (Angelopoulos et al. 2023) with the weight of the predictions that makes
/// the interval shortest (Angelopoulos, Duchi and Zrnic 2023, PPI++): predictions that say nothing cost
/// nothing. Numbers that are not finite are left out.
pub fn powered_mean(rest: &[f64], pairs: &[(f64, f64)]) -> Figure {
    let pairs: Vec<(f64, f64)> = pairs
        .iter()
        .copied()
        .filter(|(f, y)| f.is_finite() && y.is_finite())
        .collect();
    let n = pairs.len() as u64;
    if n < ROWS_MIN {
        return Figure::too_few(n, ROWS_MIN, METHOD);
    }
    let moments = Together::of(
        rest.iter().copied().filter(|f| f.is_finite()),
        pairs.into_iter(),
    );
    let half = moments.half();
    Figure::new(
        moments.mean(),
        (moments.mean() - half, moments.mean() + half),
        n,
        METHOD,
    )
}

/// Moments of predictions without outcome, and of predictions with one.
#[derive(Debug, Clone, Copy, Default)]
struct Together {
    rest: f64,
    rest_mean: f64,
    rest_m2: f64,
    n: f64,
    mean: [f64; 2],
    /// Sums of squares of predictions and of outcomes, and of their products, around the means.
    m2: [f64; 3],
}

impl Together {
    fn of(rest: impl Iterator<Item = f64>, pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut made = Self::default();
        for f in rest {
            made.rest += 1.0;
            let off = f - made.rest_mean;
            made.rest_mean += off / made.rest;
            made.rest_m2 += off * (f - made.rest_mean);
        }
        for (f, y) in pairs {
            made.n += 1.0;
            let off = [f - made.mean[0], y - made.mean[1]];
            made.mean[0] += off[0] / made.n;
            made.mean[1] += off[1] / made.n;
            made.m2[0] += off[0] * (f - made.mean[0]);
            made.m2[1] += off[1] * (y - made.mean[1]);
            made.m2[2] += off[0] * (y - made.mean[1]);
        }
        made
    }

    /// How much the predictions count, in [0, 1].
    fn weight(&self) -> f64 {
        let spread = (self.m2[0] + self.rest_m2) / (self.n + self.rest - 1.0);
        let weight = self.m2[2] / (self.n - 1.0) / (spread * (1.0 + self.n / self.rest));
        if weight.is_finite() {
            weight.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    fn mean(&self) -> f64 {
        let weight = self.weight();
        self.mean[1]
            + weight
                * (if weight > 0.0 {
                    self.rest_mean - self.mean[0]
                } else {
                    0.0
                })
    }

    /// Half of the interval, by Student's law of the sample.
    fn half(&self) -> f64 {
        let weight = self.weight();
        let [f, y, both] = self.m2.map(|m2| m2 / (self.n - 1.0));
        let left = (y - 2.0 * weight * both + weight * weight * f).max(0.0);
        let rest = if weight > 0.0 {
            weight * weight * self.rest_m2 / (self.rest - 1.0).max(1.0)
        } else {
            0.0
        };
        let variance = left / self.n + rest / self.rest.max(1.0);
        t_quantile(0.5 + CONFIDENCE / 2.0, self.n - 1.0) * variance.sqrt()
    }
}

/// Shares of the cells in the order of true and false positives, false and true negatives.
fn cells(p: f64, positive: bool) -> [f64; 4] {
    if positive {
        [p, 1.0 - p, 0.0, 0.0]
    } else {
        [0.0, 0.0, p, 1.0 - p]
    }
}

/// A measure of corrected cells; its error is that of the mean of its linear form.
fn powered(measure: Measure, rest: &[Line], sample: &[Line], outcomes: &[f64]) -> Figure {
    let n = sample.len() as u64;
    if n < ROWS_MIN {
        return Figure::too_few(n, ROWS_MIN, METHOD);
    }
    let pairs = || sample.iter().zip(outcomes);
    let means = std::array::from_fn(|at| {
        let rest = rest.iter().map(|line| cells(line.p, line.positive)[at]);
        let pairs = pairs().map(|(line, y)| {
            (
                cells(line.p, line.positive)[at],
                cells(*y, line.positive)[at],
            )
        });
        Together::of(rest, pairs).mean().max(0.0)
    });
    let (value, slope) = linear(measure, means);
    if !value.is_finite() {
        return Figure::undefined(measure.reason(), n, METHOD);
    }
    let form = |p: f64, positive: bool| {
        let cells = cells(p, positive);
        cells
            .iter()
            .zip(slope)
            .map(|(cell, slope)| cell * slope)
            .sum::<f64>()
    };
    let rest = rest.iter().map(|line| form(line.p, line.positive));
    let pairs = pairs().map(|(line, y)| (form(line.p, line.positive), form(*y, line.positive)));
    let half = Together::of(rest, pairs).half().max(0.5 / n as f64);
    let ends = ((value - half).max(0.0), (value + half).min(1.0));
    Figure::new(value, ends, n, METHOD)
}

/// A measure at shares of cells, and its derivatives by them.
fn linear(measure: Measure, [tp, fp, fn_, tn]: [f64; 4]) -> (f64, [f64; 4]) {
    // A share of hits among some cells: by a hit it rises, by a miss it falls.
    let share = |hit: f64, miss: f64| {
        (
            hit / (hit + miss),
            miss / (hit + miss).powi(2),
            -hit / (hit + miss).powi(2),
        )
    };
    match measure {
        Measure::Precision => {
            let (value, up, down) = share(tp, fp);
            (value, [up, down, 0.0, 0.0])
        }
        Measure::Recall => {
            let (value, up, down) = share(tp, fn_);
            (value, [up, 0.0, down, 0.0])
        }
        Measure::Specificity => {
            let (value, up, down) = share(tn, fp);
            (value, [0.0, down, 0.0, up])
        }
        Measure::F1 => {
            let (value, up, down) = share(2.0 * tp, fp + fn_);
            (value, [2.0 * up, down, down, 0.0])
        }
        _ => {
            let (value, up, down) = share(tp + tn, fp + fn_);
            (value, [up, down, down, up])
        }
    }
}

impl ConceptShift {
    /// Of pairs of probability and outcome (0 or 1); `reference` is how many rows taught the probabilities,
    /// infinite if they are known.
    pub fn of(pairs: impl Iterator<Item = (f64, f64)> + Clone, reference: f64) -> Self {
        let pairs = pairs.filter(|(p, y)| p.is_finite() && y.is_finite());
        // Of a rare class the probabilities themselves are less than that.
        let pairs = pairs.map(|(p, y)| (p.clamp(CUT, 1.0 - CUT), y - p));
        let (mut n, mut spread, mut middle) = (0.0, 0.0, 0.0);
        for (p, _) in pairs.clone() {
            n += 1.0;
            spread += p * (1.0 - p);
            middle += p * (1.0 - p) * logit(p);
        }
        middle /= spread;
        // Around the weighted mean logit, level and slope do not depend on each other.
        let (mut level, mut slope, mut width) = (0.0, 0.0, 0.0);
        let mut seen = [0.0; 2];
        for (p, gap) in pairs {
            let off = logit(p) - middle;
            level += gap;
            slope += gap * off;
            width += p * (1.0 - p) * off * off;
            seen[0] += gap.powi(2);
            seen[1] += (gap * off).powi(2);
        }
        if n < 1.0 || reference < 1.0 {
            let level = if n < 1.0 {
                Figure::too_few(0, 1, "score_test")
            } else {
                Figure::undefined("no row taught the probabilities", n as u64, "score_test")
            };
            return Self {
                level,
                slope_change: None,
                statistic: 0.0,
                freedom: 0,
                p: 1.0,
            };
        }
        let has_slope = width > 1e-9 * spread;
        let of_slope = if has_slope {
            slope * slope / seen[1].max(width)
        } else {
            0.0
        };
        let learnt = 1.0 + n / reference;
        let statistic = (level * level / seen[0].max(spread) + of_slope) / learnt;
        let freedom = 1 + u32::from(has_slope);
        let half = crate::proportion::z() * f64::sqrt(learnt * seen[0].max(spread)) / n;
        let gap = level / n;
        Self {
            level: Figure::new(gap, (gap - half, gap + half), n as u64, "score_test"),
            slope_change: has_slope.then_some(slope / width),
            statistic,
            freedom,
            p: chi2_sf(statistic, f64::from(freedom)),
        }
    }
}

fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}
