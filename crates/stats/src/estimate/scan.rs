//! Measures of rows in the order of their scores, from the probability that each is positive.

use super::measure::{Cells, MEASURES, Measure};

/// A row. A known outcome is a probability of 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Line {
    pub(super) score: f64,
    /// Probability of being positive.
    pub(super) p: f64,
    pub(super) window: u32,
    /// Whether it is predicted to be positive.
    pub(super) positive: bool,
}

/// Expected measures with two variances.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    pub(super) rows: u64,
    pub(super) cells: Cells,
    /// NaN where not defined.
    pub(super) value: [f64; MEASURES],
    /// Of the value in samples of so many rows, by the delta method; of ROC AUC that of DeLong (1988).
    pub(super) sampling: [f64; MEASURES],
    /// Of the realised value of these very rows, whose outcomes are yet to be drawn.
    pub(super) noise: [f64; MEASURES],
}

/// Sums over the rows of one score: rows, expected positives and variance of these.
#[derive(Clone, Copy, Default)]
struct Tie {
    rows: f64,
    p: f64,
    spread: f64,
}

impl Scan {
    /// Of rows that ascend by score.
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut cells = Cells::default();
        // Variance of expected positives among rows predicted to be positive, and among the others.
        let (mut spread, mut spread_below) = (0.0, 0.0);
        for line in lines {
            let (yes, p) = (f64::from(u8::from(line.positive)), line.p);
            let v = p * (1.0 - p);
            cells.true_positive += yes * p;
            cells.false_positive += yes * (1.0 - p);
            cells.false_negative += (1.0 - yes) * p;
            cells.true_negative += (1.0 - yes) * (1.0 - p);
            spread += yes * v;
            spread_below += (1.0 - yes) * v;
        }
        let mut scan = Self {
            rows: lines.len() as u64,
            cells,
            value: [f64::NAN; MEASURES],
            sampling: [f64::NAN; MEASURES],
            noise: [f64::NAN; MEASURES],
        };
        scan.of_cells(spread, spread_below);
        scan.of_ranks(lines, spread + spread_below);
        scan
    }

    fn set(&mut self, measure: Measure, value: f64, sampling: f64, noise: f64) {
        if value.is_finite() {
            let at = measure as usize;
            (self.value[at], self.sampling[at], self.noise[at]) = (value, sampling, noise);
        }
    }

    /// Shares of cells. `a` and `b` are the variances of true positives and of false negatives, given the
    /// rows; false positives and true negatives are what remains of the rows predicted so.
    fn of_cells(&mut self, a: f64, b: f64) {
        let Cells {
            true_positive: tp,
            false_positive: fp,
            false_negative: fn_,
            true_negative: tn,
        } = self.cells;
        let n = tp + fp + fn_ + tn;
        let share = |hit: f64, all: f64| {
            // Of no rows it stays NaN, which `min` would not let it.
            let share = (hit / all).clamp(0.0, 1.0);
            (share, share * (1.0 - share) / all)
        };
        let (value, sampling) = share(tp + tn, n);
        self.set(Measure::Accuracy, value, sampling, (a + b) / (n * n));
        let (value, sampling) = share(tp, tp + fp);
        self.set(Measure::Precision, value, sampling, a / (tp + fp).powi(2));
        // A share v of `all` changes by (1 − v) / all with a hit and by −v / all with a miss.
        let flips = |v: f64, hits: f64, misses: f64, all: f64| {
            ((1.0 - v) * (1.0 - v) * hits + v * v * misses) / all / all
        };
        let (value, sampling) = share(tp, tp + fn_);
        self.set(
            Measure::Recall,
            value,
            sampling,
            flips(value, a, b, tp + fn_),
        );
        let (value, sampling) = share(tn, tn + fp);
        self.set(
            Measure::Specificity,
            value,
            sampling,
            flips(value, b, a, tn + fp),
        );
        let all = 2.0 * tp + fp + fn_;
        let (hit, miss) = (2.0 / all - 4.0 * tp / (all * all), 2.0 * tp / (all * all));
        let sampling = tp * hit * hit + (fp + fn_) * miss * miss;
        let noise = (2.0 / all - miss).powi(2) * a + miss * miss * b;
        self.set(Measure::F1, 2.0 * tp / all, sampling, noise);
    }

    /// ROC AUC (ties count half) and average precision (over distinct scores), with the influence of each
    /// row on both.
    fn of_ranks(&mut self, lines: &[Line], spread: f64) {
        let up = self.cells.true_positive + self.cells.false_negative;
        let down = self.cells.false_positive + self.cells.true_negative;
        if up <= 0.0 {
            return;
        }
        let mut auc = Influence::default();
        let mut ap = Influence::default();
        let (per_up, per_down) = (1.0 / up, if down > 0.0 { 1.0 / down } else { 0.0 });
        // Precision per row from the lowest score up to here, and that weighted by itself.
        let (mut ahead, mut ahead2) = (0.0, 0.0);
        each_tie(lines, |tie, below| {
            let per_row = 1.0 / (lines.len() as f64 - below.rows);
            let precision = (up - below.p) * per_row;
            ahead += tie.p * per_row;
            ahead2 += tie.p * precision * per_row;
            ap.value += tie.p * precision;
            ap.take(tie, precision + ahead - ahead2, -ahead2);
            let lower = (below.rows - below.p + (tie.rows - tie.p) / 2.0) * per_down;
            let higher = (up - below.p - tie.p / 2.0) * per_up;
            auc.value += tie.p * lower;
            auc.take(tie, lower * per_up, higher * per_down);
        });
        let value = ap.value * per_up;
        let (sampling, noise) = ap.variances([value, 0.0], [up, down], spread);
        let (sampling, noise) = (sampling * per_up * per_up, noise * per_up * per_up);
        self.set(Measure::AveragePrecision, value.min(1.0), sampling, noise);
        if down > 0.0 {
            let value = auc.value * per_up;
            let middle = [value * per_up, value * per_down];
            let (sampling, noise) = auc.variances(middle, [up, down], spread);
            self.set(Measure::RocAuc, value.min(1.0), sampling, noise);
        }
    }
}

/// Sums over what a positive and a negative row each add to a measure.
#[derive(Default)]
struct Influence {
    value: f64,
    yes: [f64; 2],
    no: [f64; 2],
    flip: [f64; 2],
}

impl Influence {
    fn take(&mut self, tie: Tie, yes: f64, no: f64) {
        let flip = yes - no;
        self.yes[0] += tie.p * yes;
        self.yes[1] += tie.p * yes * yes;
        self.no[0] += (tie.rows - tie.p) * no;
        self.no[1] += (tie.rows - tie.p) * no * no;
        self.flip[0] += tie.spread * flip;
        self.flip[1] += tie.spread * flip * flip;
    }

    /// Sums of squares around the `middle` of positives and of negatives: over `rows` of each, and over
    /// outcomes that may flip.
    fn variances(&self, middle: [f64; 2], rows: [f64; 2], spread: f64) -> (f64, f64) {
        let around = |sums: [f64; 2], middle: f64, weight: f64| {
            (sums[1] - 2.0 * middle * sums[0] + middle * middle * weight).max(0.0)
        };
        let sampling = around(self.yes, middle[0], rows[0]) + around(self.no, middle[1], rows[1]);
        (sampling, around(self.flip, middle[0] - middle[1], spread))
    }
}

/// Calls `take` with each run of equal scores, ascending, and with the sums over all rows below it.
fn each_tie(lines: &[Line], mut take: impl FnMut(Tie, Tie)) {
    let mut below = Tie::default();
    let mut tie = Tie::default();
    let mut last = f64::NEG_INFINITY;
    for line in lines {
        if line.score > last && tie.rows > 0.0 {
            take(tie, below);
            below.rows += tie.rows;
            below.p += tie.p;
            tie = Tie::default();
        }
        last = line.score;
        tie.rows += 1.0;
        tie.p += line.p;
        tie.spread += line.p * (1.0 - line.p);
    }
    if tie.rows > 0.0 {
        take(tie, below);
    }
}
