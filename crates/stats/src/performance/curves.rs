//! Curves over all thresholds, and confusion at chosen ones.

use super::cells::{Cells, Confusion};
use super::ranks::{Step, Steps};

/// A threshold and what it selects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Rows of this score and above are selected; +∞ selects none.
    pub threshold: f64,
    /// Share of positive rows that are selected; NaN without any.
    pub recall: f64,
    /// Share of negative rows that are selected; NaN without any.
    pub fpr: f64,
    /// Share of selected rows that are positive; 1 where none is selected.
    pub precision: f64,
    /// Share of all rows that are selected.
    pub selected: f64,
}

/// A threshold with its confusion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Swept {
    /// Rows of this score and above are predicted positive.
    pub threshold: f64,
    /// What then holds.
    pub confusion: Confusion,
}

/// Progress along a curve, which never falls.
type Progress = fn(&CurvePoint, rows: f64) -> f64;

impl Steps {
    /// The curve with at most `points` points, spread evenly over recall plus false positive rate.
    pub(super) fn roc(&self, points: usize) -> Vec<CurvePoint> {
        self.curve(points, |p, _| (or_zero(p.recall) + or_zero(p.fpr)) / 2.0)
    }

    /// The curve with at most `points` points, spread over recall and, since precision moves most among
    /// the highest scores, over the logarithm of the selected rows.
    pub(super) fn precision_recall(&self, points: usize) -> Vec<CurvePoint> {
        self.curve(points, |p, rows| {
            let log = (p.selected * rows).ln_1p() / rows.ln_1p();
            (or_zero(p.recall) + log) / 2.0
        })
    }

    fn curve(&self, points: usize, progress: Progress) -> Vec<CurvePoint> {
        let rows = self.rows() as f64;
        let last = self.steps.len();
        let start = CurvePoint {
            threshold: f64::INFINITY,
            recall: 0.0 / self.all.pos,
            fpr: 0.0 / self.all.neg,
            precision: 1.0,
            selected: 0.0,
        };
        if last == 0 {
            return Vec::new();
        }
        let all = self.steps.iter().map(|step| self.point(step));
        if last < points {
            return std::iter::once(start).chain(all).collect();
        }
        let parts = points.saturating_sub(2).max(1) as f64;
        let mut kept = vec![start];
        let mut next = 1.0;
        for (at, point) in all.enumerate() {
            let part = progress(&point, rows) * parts;
            if at + 1 == last || part >= next {
                kept.push(point);
                next = part.floor() + 1.0;
            }
        }
        kept
    }

    fn point(&self, step: &Step) -> CurvePoint {
        let selected = step.tp + step.fp;
        CurvePoint {
            threshold: step.score,
            recall: step.tp / self.all.pos,
            fpr: step.fp / self.all.neg,
            precision: step.tp / selected,
            selected: selected / (self.all.pos + self.all.neg),
        }
    }

    /// Confusion at each threshold, in the order given.
    pub(super) fn sweep(&self, thresholds: &[f64]) -> Vec<Swept> {
        let mut order: Vec<usize> = (0..thresholds.len()).collect();
        order.sort_by(|a, b| thresholds[*b].total_cmp(&thresholds[*a]));
        let mut swept: Vec<Swept> = thresholds
            .iter()
            .map(|threshold| Swept {
                threshold: *threshold,
                confusion: Confusion::default(),
            })
            .collect();
        let mut above = Step::default();
        let mut steps = self.steps.iter().peekable();
        for at in order {
            let threshold = thresholds[at];
            while let Some(step) = steps.next_if(|step| step.score >= threshold) {
                above.pos += step.pos;
                above.neg += step.neg;
                above.pos2 += step.pos2;
                above.neg2 += step.neg2;
                above.pos_rows += step.pos_rows;
                above.neg_rows += step.neg_rows;
            }
            swept[at].confusion = self.confusion(&above);
        }
        swept
    }

    fn confusion(&self, above: &Step) -> Confusion {
        let all = &self.all;
        let cells = |tp: f64, fp: f64, pos: f64, neg: f64| Cells {
            tp,
            fp,
            fn_: (pos - tp).max(0.0),
            tn: (neg - fp).max(0.0),
        };
        let rows = [above.pos_rows, above.neg_rows, all.pos_rows, all.neg_rows].map(f64::from);
        Confusion {
            weight: cells(above.pos, above.neg, all.pos, all.neg),
            squares: cells(above.pos2, above.neg2, all.pos2, all.neg2),
            rows: cells(rows[0], rows[1], rows[2], rows[3]),
        }
    }
}

fn or_zero(x: f64) -> f64 {
    if x.is_nan() { 0.0 } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_curve_keeps_its_ends_and_its_size() {
        let rows =
            (0..10_000_u32).map(|i| (1.0 - f64::from(i) / 1e4, i % 3 == 0 && i < 6_000, 1.0));
        let steps = Steps::new(rows.collect::<Vec<_>>().into_iter());
        for curve in [steps.roc(200), steps.precision_recall(200)] {
            assert!(curve.len() <= 200 && curve.len() > 90, "{}", curve.len());
            let last = curve[curve.len() - 1];
            assert!(last.recall >= 1.0 && last.fpr >= 1.0 && curve[0].threshold.is_infinite());
            assert!(curve.is_sorted_by(|a, b| a.threshold > b.threshold && a.recall <= b.recall));
        }
        assert!(Steps::default().roc(200).is_empty());
    }

    #[test]
    fn a_sweep_keeps_the_order_of_its_thresholds() {
        let rows = [
            (0.9, true, 2.0),
            (0.5, false, 1.0),
            (0.5, true, 1.0),
            (0.1, false, 3.0),
        ];
        let swept = Steps::new(rows.into_iter()).sweep(&[0.5, 0.95, 0.0, f64::NAN]);
        let tp: Vec<f64> = swept.iter().map(|s| s.confusion.weight.tp).collect();
        assert_eq!(tp[..3], [3.0, 0.0, 3.0]);
        let (first, last) = (swept[0].confusion, swept[2].confusion);
        assert_eq!(
            (Some(first.rows.fp), Some(last.weight.tn)),
            (Some(1.0), Some(0.0))
        );
    }
}
