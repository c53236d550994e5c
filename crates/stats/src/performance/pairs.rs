//! How well the scores of several classes tell them apart: each against the rest, and pair by pair.

use super::interval::{effective, logit, normal};
use super::matrix::Average;
use super::order::{descending, of_key};
use super::ranks::{RankFormula, Steps};
use crate::figure::Figure;

const ONE_CLASS: &str = "the rows hold one class only";

/// Rows with known outcomes and all scores, column by column.
#[derive(Debug, Clone, Default)]
pub(super) struct Scored {
    pub(super) labels: Vec<u32>,
    pub(super) weights: Vec<f64>,
    /// One column for each class.
    pub(super) scores: Vec<Vec<f64>>,
}

/// A mean over classes or pairs: plain, and weighted by class.
#[derive(Debug, Clone, Default)]
struct Mean {
    value: [f64; 2],
    /// How the weighted one moves with the share of each class.
    by_class: Vec<f64>,
    /// Variances of both.
    variance: [f64; 2],
}

/// Averages of what scores tell.
#[derive(Debug, Clone)]
pub(super) struct Separation {
    /// ROC AUC and average precision of each class against the rest, ROC AUC of pairs.
    means: [Mean; 3],
    /// Each class against the rest.
    pub(super) classes: Vec<Steps>,
    effective: f64,
    rows: u64,
    present: usize,
}

const AUC: usize = 0;
const PRECISION: usize = 1;
const PAIRS: usize = 2;

/// What a row's weight adds to each mean, plain and weighted.
type Influence = [[f64; 2]; 3];

/// A row in the order of one class's scores: key of its score, row, label.
type Ranked = (u64, u32, u32);

/// Totals of each class.
struct Classes {
    weight: Vec<f64>,
    total: f64,
    present: usize,
}

impl Classes {
    fn is_there(&self, class: usize) -> bool {
        self.weight[class] > 0.0
    }

    /// What a class counts in a mean of each against the rest.
    fn part(&self, class: usize, at: usize) -> f64 {
        match at {
            0 => 1.0 / self.present as f64,
            _ => self.weight[class] / self.total,
        }
    }

    /// What an ordered pair counts.
    fn pair(&self, a: usize, b: usize, at: usize) -> f64 {
        let others = self.present as f64 - 1.0;
        match at {
            0 => 1.0 / (self.present as f64 * others),
            _ => (self.weight[a] + self.weight[b]) / self.total / (2.0 * others),
        }
    }
}

impl Separation {
    /// O(classes · rows · (classes + log rows)).
    pub(super) fn new(rows: &Scored) -> Self {
        let mut classes = Classes {
            weight: vec![0.0; rows.scores.len()],
            total: rows.weights.iter().sum(),
            present: 0,
        };
        for (label, w) in rows.labels.iter().zip(&rows.weights) {
            classes.weight[*label as usize] += w;
        }
        classes.present = classes.weight.iter().filter(|w| **w > 0.0).count();
        let squares = rows.weights.iter().map(|w| w * w).sum();
        let mean = || Mean {
            by_class: vec![0.0; rows.scores.len()],
            ..Mean::default()
        };
        let mut made = Self {
            means: [mean(), mean(), mean()],
            classes: Vec::with_capacity(rows.scores.len()),
            effective: effective(classes.total, squares),
            rows: rows.labels.len() as u64,
            present: classes.present,
        };
        let mut influence = vec![Influence::default(); rows.labels.len()];
        let mut order: Vec<Ranked> = Vec::with_capacity(rows.labels.len());
        for (class, scores) in rows.scores.iter().enumerate() {
            order.clear();
            let keys = scores.iter().map(|s| descending(*s)).zip(0..);
            order.extend(
                keys.zip(&rows.labels)
                    .map(|((key, row), label)| (key, row, *label)),
            );
            order.sort_unstable_by_key(|r| r.0);
            made.class(rows, &classes, class, &order, &mut influence);
        }
        made.close(rows, &influence, classes.total);
        made
    }

    fn class(
        &mut self,
        rows: &Scored,
        classes: &Classes,
        class: usize,
        order: &[Ranked],
        influence: &mut [Influence],
    ) {
        let columns = order.iter().map(|(key, row, label)| {
            let is_own = *label as usize == class;
            (of_key(*key), is_own, rows.weights[*row as usize])
        });
        let steps = Steps::new(columns);
        if classes.is_there(class) && classes.present > 1 {
            self.rest(&steps, order, classes, class, influence);
            self.against(rows, classes, class, order, influence);
        }
        self.classes.push(steps);
    }

    /// Adds a class against the rest: ROC AUC and average precision.
    fn rest(
        &mut self,
        steps: &Steps,
        order: &[Ranked],
        classes: &Classes,
        class: usize,
        influence: &mut [Influence],
    ) {
        let value = |formula| steps.figure(formula, 0.0).value.unwrap_or(0.0);
        let (auc, ap) = (
            value(RankFormula::Auc),
            value(RankFormula::AveragePrecision),
        );
        let parts = [0, 1].map(|at| classes.part(class, at));
        for (at, x) in [(AUC, auc), (PRECISION, ap)] {
            let mean = &mut self.means[at];
            mean.by_class[class] = x;
            for (value, part) in mean.value.iter_mut().zip(parts) {
                *value += part * x;
            }
        }
        let (p, n) = (steps.all.pos, steps.all.neg);
        let (mut gain, mut loss) = (0.0, 0.0);
        let mut rest = order;
        for step in steps.steps.iter().rev() {
            let all = step.tp + step.fp;
            gain += step.pos * step.fp / (all * all);
            loss += step.pos * step.tp / (all * all);
            let above = (step.tp - step.pos / 2.0) / p;
            let below = (n - step.fp + step.neg / 2.0) / n;
            let of_class = ((below - auc) / p, (step.tp / all - ap + gain) / p);
            let of_rest = ((above - auc) / n, -loss / p);
            let here = step.pos_rows as usize + step.neg_rows as usize;
            let (before, tie) = rest.split_at(rest.len().saturating_sub(here));
            rest = before;
            for (_, row, label) in tie {
                let is_own = *label as usize == class;
                let (d_auc, d_ap) = if is_own { of_class } else { of_rest };
                let d = &mut influence[*row as usize];
                for (at, part) in parts.iter().enumerate() {
                    d[AUC][at] += part * d_auc;
                    d[PRECISION][at] += part * d_ap;
                }
            }
        }
    }

    /// Adds the class against each other one by its own scores.
    fn against(
        &mut self,
        rows: &Scored,
        classes: &Classes,
        a: usize,
        order: &[Ranked],
        influence: &mut [Influence],
    ) {
        let w = &classes.weight;
        let others: Vec<usize> = (0..w.len())
            .filter(|b| *b != a && classes.is_there(*b))
            .collect();
        let beats = |p: &Place<'_>, b: usize| (w[b] - p.above[b] - p.tied[b] / 2.0) / w[b];
        let mut auc = vec![0.0; w.len()];
        walk(rows, order, w.len(), |place| {
            if place.label == a {
                let part = rows.weights[place.row] / w[a];
                others
                    .iter()
                    .for_each(|b| auc[*b] += part * beats(&place, *b));
            }
        });
        let parts: Vec<[f64; 2]> = (0..w.len())
            .map(|b| [0, 1].map(|at| classes.pair(a, b, at)))
            .collect();
        let mean = &mut self.means[PAIRS];
        for b in &others {
            for (value, part) in mean.value.iter_mut().zip(parts[*b]) {
                *value += part * auc[*b];
            }
            let part = auc[*b] / (2.0 * (classes.present as f64 - 1.0));
            mean.by_class[a] += part;
            mean.by_class[*b] += part;
        }
        walk(rows, order, w.len(), |place| {
            let d = &mut influence[place.row][PAIRS];
            let mut add = |b: usize, x: f64| {
                d[0] += parts[b][0] * x;
                d[1] += parts[b][1] * x;
            };
            let b = place.label;
            if b == a {
                let each = others.iter();
                each.for_each(|b| add(*b, (beats(&place, *b) - auc[*b]) / w[a]));
            } else {
                let above = (place.above[a] + place.tied[a] / 2.0) / w[a];
                add(b, (above - auc[b]) / w[b]);
            }
        });
    }

    /// Sums squared influences. Weighted means move with the shares of the classes as well.
    fn close(&mut self, rows: &Scored, influence: &[Influence], total: f64) {
        let each = influence.iter().zip(&rows.labels).zip(&rows.weights);
        for ((influence, label), w) in each {
            for (mean, d) in self.means.iter_mut().zip(influence) {
                let of_share = (mean.by_class[*label as usize] - mean.value[1]) / total;
                let (plain, weighted) = (w * d[0], w * (d[1] + of_share));
                mean.variance[0] += plain * plain;
                mean.variance[1] += weighted * weighted;
            }
        }
    }

    /// The mean over classes of ROC AUC or average precision.
    pub(super) fn rest_mean(&self, formula: RankFormula, average: Average) -> Option<Figure> {
        match formula {
            RankFormula::Auc => self.figure(AUC, average, plain),
            RankFormula::AveragePrecision => self.figure(PRECISION, average, logit),
            _ => None,
        }
    }

    /// The mean over pairs of classes of ROC AUC.
    pub(super) fn pair_mean(&self, average: Average) -> Option<Figure> {
        self.figure(PAIRS, average, plain)
    }

    /// `None` for the micro average, which ranks scores of different classes against each other.
    fn figure(&self, mean: usize, average: Average, ends: Ends) -> Option<Figure> {
        let at = match average {
            Average::Macro => 0,
            Average::Weighted => 1,
            Average::Micro => return None,
        };
        if self.present < 2 {
            return Some(Figure::undefined(ONE_CLASS, self.rows, "jackknife"));
        }
        let mean = &self.means[mean];
        let value = mean.value[at].clamp(0.0, 1.0);
        let ends = ends(value, mean.variance[at], self.effective);
        Some(Figure::new(value, ends, self.rows, "jackknife"))
    }
}

/// A row with the weight of each class above it and tied with it.
struct Place<'a> {
    row: usize,
    label: usize,
    above: &'a [f64],
    tied: &'a [f64],
}

/// Goes through rows from the highest score down.
fn walk(rows: &Scored, order: &[Ranked], classes: usize, mut each: impl FnMut(Place<'_>)) {
    let (mut above, mut tied) = (vec![0.0; classes], vec![0.0; classes]);
    for tie in order.chunk_by(|a, b| a.0 == b.0) {
        for (_, row, label) in tie {
            tied[*label as usize] += rows.weights[*row as usize];
        }
        for (_, row, label) in tie {
            each(Place {
                row: *row as usize,
                label: *label as usize,
                above: &above,
                tied: &tied,
            });
        }
        for (_, _, label) in tie {
            above[*label as usize] += std::mem::take(&mut tied[*label as usize]);
        }
    }
}

/// An interval of a value with its variance and effective rows.
type Ends = fn(f64, f64, f64) -> (f64, f64);

fn plain(value: f64, variance: f64, n: f64) -> (f64, f64) {
    normal(value, variance, (0.0, 1.0), n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(labels: &[u32], of: impl Fn(usize, usize) -> f64, classes: usize) -> Scored {
        let column = |class| (0..labels.len()).map(|row| of(row, class)).collect();
        Scored {
            labels: labels.to_vec(),
            weights: vec![1.0; labels.len()],
            scores: (0..classes).map(column).collect(),
        }
    }

    #[test]
    fn of_two_classes_every_average_is_the_binary_area_with_its_variance() {
        let labels: Vec<u32> = (0..60).map(|i| u32::from(i % 3 == 0)).collect();
        let score =
            |row: usize| ((row * 37 % 60) / 2) as f64 + 12.0 * f64::from(row.is_multiple_of(3));
        let rows = scored(&labels, |row, class| score(row) * [-1.0, 1.0][class], 2);
        let made = Separation::new(&rows);
        let binary = made.classes[1].figure(RankFormula::Auc, 0.0);
        for figure in [
            made.pair_mean(Average::Macro),
            made.pair_mean(Average::Weighted),
            made.rest_mean(RankFormula::Auc, Average::Macro),
            made.rest_mean(RankFormula::Auc, Average::Weighted),
        ] {
            let figure = figure.unwrap();
            assert!((figure.value.unwrap() - binary.value.unwrap()).abs() < 1e-12);
            // DeLong divides by n − 1.
            let off = figure.low.unwrap() - binary.low.unwrap();
            assert!(off.abs() < 0.005, "{figure:?} {binary:?}");
        }
    }

    #[test]
    fn one_class_is_undefined_and_absent_classes_do_not_count() {
        let one = Separation::new(&scored(&[1, 1], |row, _| row as f64, 2));
        let figure = one.pair_mean(Average::Macro).unwrap();
        assert_eq!(figure.status.name(), "undefined");
        let of = |classes| {
            let made =
                Separation::new(&scored(&[0, 1, 0, 1], |r, c| ((r + c) % 4) as f64, classes));
            made.pair_mean(Average::Macro).unwrap().value
        };
        assert_eq!(of(2), of(5));
        assert!(
            Separation::new(&Scored::default())
                .pair_mean(Average::Macro)
                .is_some()
        );
    }
}
