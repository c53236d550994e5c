//! Scores of two classes in descending order, equal scores as one step.

use super::cells::same;
use super::interval::{Mean, cut, edge_of_rows, effective, logit, share};
use crate::figure::Figure;
use crate::proportion::{wilson, z};

const ONE_CLASS: &str = "the rows hold one class only";
const NO_POSITIVE: &str = "no row is positive";
const NO_PROBABILITIES: &str = "scores outside [0, 1] are no probabilities";

/// All rows of one score.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    pub(super) score: f64,
    /// Weight of positive and of negative rows.
    pub(super) pos: f64,
    pub(super) neg: f64,
    /// Squares of weights.
    pub(super) pos2: f64,
    pub(super) neg2: f64,
    /// Weights of this score and above.
    pub(super) tp: f64,
    pub(super) fp: f64,
    pub(super) pos_rows: u32,
    pub(super) neg_rows: u32,
}

/// Steps, descending by score, with their totals.
#[derive(Debug, Clone, Default)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    /// Sum over all steps.
    pub(super) all: Step,
}

/// What a ranking tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum RankFormula {
    /// Area under the ROC curve.
    Auc,
    /// Twice that minus 1.
    Gini,
    /// Average precision.
    AveragePrecision,
    /// Area under the curve of precision and recall, joined by straight lines.
    Trapezoid,
    /// Largest difference of recall and false positive rate.
    Ks,
    /// Mean logarithmic loss.
    LogLoss,
    /// Mean squared difference.
    Brier,
}

impl Steps {
    /// Of rows in descending order of score, as `(score, positive, weight)`.
    pub(super) fn new(rows: impl ExactSizeIterator<Item = (f64, bool, f64)>) -> Self {
        let mut made = Self {
            steps: Vec::with_capacity(rows.len()),
            all: Step::default(),
        };
        let mut step = Step::default();
        for (score, positive, weight) in rows {
            let is_new = step.pos_rows + step.neg_rows > 0 && score < step.score;
            if is_new {
                made.close(&mut step);
            }
            step.score = score;
            step.take(positive, weight);
        }
        made.close(&mut step);
        made.steps.shrink_to_fit();
        made
    }

    fn close(&mut self, step: &mut Step) {
        if step.pos_rows + step.neg_rows == 0 {
            return;
        }
        let all = &mut self.all;
        all.pos += step.pos;
        all.neg += step.neg;
        all.pos2 += step.pos2;
        all.neg2 += step.neg2;
        all.pos_rows += step.pos_rows;
        all.neg_rows += step.neg_rows;
        (step.tp, step.fp) = (all.pos, all.neg);
        self.steps.push(*step);
        *step = Step::default();
    }

    pub(super) fn rows(&self) -> u64 {
        u64::from(self.all.pos_rows) + u64::from(self.all.neg_rows)
    }

    pub(super) fn figure(&self, formula: RankFormula, clip: f64) -> Figure {
        match formula {
            RankFormula::Auc => self.auc((0.0, 1.0), same),
            RankFormula::Gini => self.auc((-1.0, 1.0), |auc| 2.0 * auc - 1.0),
            RankFormula::AveragePrecision => self.average_precision(),
            RankFormula::Trapezoid => self.trapezoid(),
            RankFormula::Ks => self.ks(),
            RankFormula::LogLoss => self.log_loss(clip),
            RankFormula::Brier => {
                let range = (0.0, 1.0);
                self.loss(range, |_, other| other * other)
            }
        }
    }

    /// Effective rows of both classes.
    fn effective(&self) -> (f64, f64) {
        (
            effective(self.all.pos, self.all.pos2),
            effective(self.all.neg, self.all.neg2),
        )
    }

    /// DeLong's variance (DeLong et al. 1988) from one pass over sorted scores (Sun and Xu 2014); with
    /// weights each placement counts by its square.
    fn auc(&self, range: (f64, f64), then: fn(f64) -> f64) -> Figure {
        let (p, n) = (self.all.pos, self.all.neg);
        if self.all.pos_rows == 0 || self.all.neg_rows == 0 {
            return Figure::undefined(ONE_CLASS, self.rows(), "delong");
        }
        let below = |s: &Step| n - s.fp + s.neg / 2.0;
        let wins: f64 = self.steps.iter().map(|s| s.pos * below(s)).sum();
        let auc = (wins / p / n).clamp(0.0, 1.0);
        let (mut of_pos, mut of_neg) = (0.0, 0.0);
        let (by_p, by_n) = (1.0 / p, 1.0 / n);
        for s in &self.steps {
            let (v, u) = (below(s) * by_n - auc, (s.tp - s.pos / 2.0) * by_p - auc);
            of_pos += s.pos2 * v * v;
            of_neg += s.neg2 * u * u;
        }
        let (m, k) = self.effective();
        // A class of one row has no variance of its own.
        let sample = |n: f64| {
            if n > 1.0 + 1e-9 {
                n / (n - 1.0)
            } else {
                f64::NAN
            }
        };
        let variance = of_pos / (p * p) * sample(m) + of_neg / (n * n) * sample(k);
        let (low, high) = edge_of_rows(auc, (0.0, 1.0), m.min(k))
            .unwrap_or_else(|| cut(auc, z() * variance.sqrt(), (0.0, 1.0)));
        let inside = |x: f64| then(x).clamp(range.0, range.1);
        let ends = (inside(low), inside(high));
        Figure::new(inside(auc), ends, self.rows(), "delong")
    }

    /// Average precision with the infinitesimal jackknife: each row's influence on the sum over positive
    /// rows of precision at their score.
    fn average_precision(&self) -> Figure {
        let p = self.all.pos;
        if self.all.pos_rows == 0 {
            return Figure::undefined(NO_POSITIVE, self.rows(), "jackknife");
        }
        let precision = |s: &Step| s.tp / (s.tp + s.fp);
        let sum: f64 = self.steps.iter().map(|s| s.pos * precision(s)).sum();
        let value = (sum / p).min(1.0);
        // From below: how much a row of this score moves the precision at and below it.
        let (mut gain, mut loss, mut variance) = (0.0, 0.0, 0.0);
        for s in self.steps.iter().rev() {
            let all = s.tp + s.fp;
            gain += s.pos * s.fp / (all * all);
            loss += s.pos * s.tp / (all * all);
            let of_pos = precision(s) - value + gain;
            variance += s.pos2 * of_pos * of_pos + s.neg2 * loss * loss;
        }
        let ends = logit(value, variance / (p * p), self.effective().0);
        Figure::new(value, ends, self.rows(), "jackknife")
    }

    fn trapezoid(&self) -> Figure {
        if self.all.pos_rows == 0 {
            return Figure::undefined(NO_POSITIVE, self.rows(), "point");
        }
        let (mut sum, mut before) = (0.0, 1.0);
        for s in &self.steps {
            let precision = s.tp / (s.tp + s.fp);
            sum += s.pos * (precision + before) / 2.0;
            before = precision;
        }
        Figure::point(sum / self.all.pos, self.rows(), "point")
    }

    /// The interval is Newcombe's for two shares at the threshold of the largest difference.
    fn ks(&self) -> Figure {
        let (p, n) = (self.all.pos, self.all.neg);
        if self.all.pos_rows == 0 || self.all.neg_rows == 0 {
            return Figure::undefined(ONE_CLASS, self.rows(), "newcombe");
        }
        let (mut best, mut at) = (0.0, (0.0, 0.0));
        let (by_p, by_n) = (1.0 / p, 1.0 / n);
        for s in &self.steps {
            let (tpr, fpr) = (s.tp * by_p, s.fp * by_n);
            if tpr - fpr > best {
                (best, at) = (tpr - fpr, (tpr, fpr));
            }
        }
        let (m, k) = self.effective();
        let (tpr, fpr) = (at.0.min(1.0), at.1.min(1.0));
        let ((l1, u1), (l2, u2)) = (wilson(tpr * m, m), wilson(fpr * k, k));
        let low = (best - (tpr - l1).hypot(u2 - fpr)).max(0.0);
        let high = (best + (u1 - tpr).hypot(fpr - l2)).min(1.0);
        Figure::new(
            best,
            (low.min(best), high.max(best)),
            self.rows(),
            "newcombe",
        )
    }

    /// How many times more positive rows the highest `percent` hold than as many rows by chance.
    ///
    /// Without weights `percent` is cut to whole rows. Rows of the score at the cut count by their part.
    pub(super) fn lift(&self, percent: f64) -> Figure {
        let (p, total) = (self.all.pos, self.all.pos + self.all.neg);
        let is_plain = total >= self.rows() as f64 && total <= self.rows() as f64;
        let part = total * percent / 100.0;
        let part = if is_plain {
            (part + 1e-9).floor()
        } else {
            part
        };
        if self.all.pos_rows == 0 {
            return Figure::undefined(NO_POSITIVE, self.rows(), "wilson");
        }
        if part.is_nan() || part <= 0.0 || part > total * (1.0 + 1e-9) {
            return Figure::undefined("this part holds no row", self.rows(), "wilson");
        }
        let at = self.steps.partition_point(|s| s.tp + s.fp < part);
        let at = at.min(self.steps.len().saturating_sub(1));
        let top = self.steps.get(at).map_or(0.0, |s| {
            let before = s.tp + s.fp - s.pos - s.neg;
            s.tp - s.pos + s.pos * ((part - before) / (s.pos + s.neg)).min(1.0)
        });
        let recall = share((top, p, self.all.pos2), self.all.pos_rows.into(), same, "");
        let factor = total / part;
        let of = |x: Option<f64>| x.map_or(f64::NAN, |x| x * factor);
        let ends = (of(recall.low), of(recall.high));
        Figure::new(of(recall.value), ends, self.rows(), "wilson")
    }

    fn log_loss(&self, clip: f64) -> Figure {
        let clip = clip.clamp(0.0, 0.5);
        self.loss((0.0, f64::INFINITY), |own, _| {
            -own.clamp(clip, 1.0 - clip).ln()
        })
    }

    /// The mean of a loss of the probabilities that the row's own class and the other one were given.
    fn loss(&self, range: (f64, f64), of: impl Fn(f64, f64) -> f64) -> Figure {
        let ends = (self.steps.first(), self.steps.last());
        let (Some(first), Some(last)) = ends else {
            return Figure::undefined("there are no rows", 0, "mean_se");
        };
        if first.score > 1.0 || last.score < 0.0 {
            return Figure::undefined(NO_PROBABILITIES, self.rows(), "mean_se");
        }
        let mut mean = Mean::default();
        for s in &self.steps {
            if s.pos_rows > 0 {
                let x = of(s.score, 1.0 - s.score);
                mean.add(x, s.pos, s.pos2, s.pos_rows.into());
            }
            if s.neg_rows > 0 {
                let x = of(1.0 - s.score, s.score);
                mean.add(x, s.neg, s.neg2, s.neg_rows.into());
            }
        }
        mean.figure(range)
    }
}

impl Step {
    fn take(&mut self, positive: bool, weight: f64) {
        let (sum, squares, rows) = if positive {
            (&mut self.pos, &mut self.pos2, &mut self.pos_rows)
        } else {
            (&mut self.neg, &mut self.neg2, &mut self.neg_rows)
        };
        *sum += weight;
        *squares += weight * weight;
        *rows += 1;
    }
}
