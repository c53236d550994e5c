//! Scores made into probabilities.

use super::scan::Line;
use crate::learn::Isotonic;

/// Parts of the reference that are held out in turn.
const FOLDS: usize = 5;

/// Bins of equal mass over which the calibration error is averaged.
const BINS: usize = 10;

/// Whether scores are calibrated before they count as probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rule {
    /// If that lowers the expected calibration error of rows that are held out, or if some score is no
    /// probability.
    #[default]
    IfBetter,
    /// Always.
    Always,
    /// Never; scores are cut to [0, 1].
    Never,
}

/// How scores become probabilities, and why so.
///
/// The decision compares expected calibration errors over ten bins of equal mass, of the scores as they
/// are and as an isotonic regression on the other four fifths of the reference has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    map: Option<Isotonic>,
    /// Expected calibration error of the scores; `None` if it was not needed.
    pub error_before: Option<f64>,
    /// That of calibrated scores, each by a fit without its row.
    pub error_after: Option<f64>,
}

/// Labelled rows ascending by score; weights are 1 if empty.
pub(super) struct Labelled<'a> {
    pub(super) lines: &'a [Line],
    pub(super) weight: &'a [f64],
}

impl Labelled<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weight.get(row).copied().unwrap_or(1.0)
    }

    /// The fit to the rows of all folds but `held`.
    fn fit(&self, held: Option<usize>) -> Option<Isotonic> {
        let rows = self.lines.iter().enumerate();
        Isotonic::of_ascending(
            rows.filter(|(row, _)| held.is_none_or(|held| row % FOLDS != held))
                .map(|(row, line)| (line.score, line.p, self.weight(row))),
        )
    }

    /// Expected calibration errors of the scores and of scores calibrated by the other folds; `None` if a
    /// fold leaves nothing to fit.
    fn errors(&self) -> Option<(f64, f64)> {
        let mut sums = [[0.0_f64; 4]; BINS];
        for held in 0..FOLDS {
            let fit = self.fit(Some(held))?;
            let mut walk = fit.ascending();
            for (row, line) in self.lines.iter().enumerate().skip(held).step_by(FOLDS) {
                let weight = self.weight(row);
                let sum = &mut sums[row * BINS / self.lines.len()];
                sum[0] += weight;
                sum[1] += weight * line.p;
                sum[2] += weight * line.score;
                sum[3] += weight * walk.at(line.score);
            }
        }
        let total: f64 = sums.iter().map(|s| s[0]).sum();
        let error = |of: usize| sums.iter().map(|s| (s[of] - s[1]).abs()).sum::<f64>() / total;
        Some((error(2), error(3)))
    }
}

impl Calibration {
    pub(super) fn of(rows: &Labelled<'_>, rule: Rule) -> Self {
        let mut made = Self {
            map: None,
            error_before: None,
            error_after: None,
        };
        let ends = (rows.lines.first(), rows.lines.last());
        let foreign =
            matches!(ends, (Some(low), Some(high)) if low.score < 0.0 || high.score > 1.0);
        let is_better = match rule {
            Rule::Never => false,
            Rule::Always => true,
            Rule::IfBetter => {
                let one = |line: &Line| line.p > 0.5;
                let both = rows.lines.iter().any(one) && !rows.lines.iter().all(one);
                let errors = if both && !foreign {
                    rows.errors()
                } else {
                    None
                };
                made.error_before = errors.map(|e| e.0);
                made.error_after = errors.map(|e| e.1);
                foreign || errors.is_some_and(|(before, after)| after < before)
            }
        };
        if is_better {
            made.map = rows.fit(None);
        }
        made
    }

    /// Whether scores are calibrated.
    pub fn is_applied(&self) -> bool {
        self.map.is_some()
    }

    /// The isotonic regression, if scores are calibrated.
    pub fn map(&self) -> Option<&Isotonic> {
        self.map.as_ref()
    }

    /// The probability for a score; NaN for NaN.
    pub fn probability(&self, score: f64) -> f64 {
        match &self.map {
            Some(map) => map.at(score),
            None => score.clamp(0.0, 1.0),
        }
    }

    /// Replaces what lines know by the probabilities of their scores, which ascend.
    pub(super) fn apply(&self, lines: &mut [Line]) {
        let Some(map) = &self.map else {
            lines
                .iter_mut()
                .for_each(|line| line.p = line.score.clamp(0.0, 1.0));
            return;
        };
        // Few lines jump from knot to knot, many walk past all of them.
        if lines.len() * 8 < map.knots().0.len() {
            lines
                .iter_mut()
                .for_each(|line| line.p = map.at(line.score));
            return;
        }
        let mut walk = map.ascending();
        lines
            .iter_mut()
            .for_each(|line| line.p = walk.at(line.score));
    }
}
