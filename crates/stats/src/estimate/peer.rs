//! Sampling errors as NannyML has them.

use super::measure::Measure;
use super::scan::{Line, Scan};

/// Standard deviation of a row's part in a measure, and the share of rows that have one: the error in `n`
/// rows is `deviation / √(n · share)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    deviation: f64,
    share: f64,
}

impl Part {
    pub(super) fn error(self, rows: u64) -> Option<f64> {
        let error = self.deviation / (rows as f64 * self.share).sqrt();
        error.is_finite().then_some(error)
    }
}

/// The parts of all measures in labelled reference rows; the peer has none for average precision that can
/// be computed without chance.
pub(super) fn parts(scan: &Scan, lines: &[Line]) -> [Option<Part>; 7] {
    let c = &scan.cells;
    let n = scan.rows as f64;
    let share = |hit: f64, all: f64| Part {
        deviation: (hit / all * (1.0 - hit / all)).max(0.0).sqrt(),
        share: all / n,
    };
    let touched = c.true_positive + c.false_positive + c.false_negative;
    let mut f1 = share(c.true_positive, touched);
    f1.deviation *= touched / ((c.false_positive + c.false_negative) / 2.0 + c.true_positive);
    Measure::ALL.map(|measure| match measure {
        Measure::Accuracy => Some(share(c.true_positive + c.true_negative, n)),
        Measure::Precision => Some(share(c.true_positive, c.true_positive + c.false_positive)),
        Measure::Recall => Some(share(c.true_positive, c.true_positive + c.false_negative)),
        Measure::Specificity => Some(share(c.true_negative, c.true_negative + c.false_positive)),
        Measure::F1 => Some(f1),
        Measure::RocAuc => Some(of_auc(lines)),
        Measure::AveragePrecision => None,
    })
}

/// The deviation of how much of the larger class each row of the smaller one is ranked above.
fn of_auc(lines: &[Line]) -> Part {
    let n = lines.len() as f64;
    let up = lines.iter().map(|line| line.p).sum::<f64>();
    let smaller = if up * 2.0 > n { 0.0 } else { 1.0 };
    let is_small = |y: f64| (y - smaller).abs() < 0.5;
    let (mut others, mut rows, mut mean, mut m2) = (0.0, 0.0, 0.0, 0.0);
    for tie in lines.chunk_by(|a, b| a.score >= b.score) {
        let small = tie.iter().filter(|line| is_small(line.p)).count() as f64;
        let large = tie.len() as f64 - small;
        if small > 0.0 {
            // The peer ranks equal scores in an order of chance; half of them is what to expect.
            let off: f64 = others + large / 2.0 - mean;
            rows += small;
            mean += off * small / rows;
            m2 += small * off * (others + large / 2.0 - mean);
        }
        others += large;
    }
    Part {
        deviation: (m2 / rows).max(0.0).sqrt() / (n - rows),
        share: rows / n,
    }
}
