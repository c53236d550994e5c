//! Performance of a classification into several classes, one against all others.

use super::audit::ConceptShift;
use super::between::Between;
use super::cbpe::{
    Cbpe, Estimate, Gap, Options, Predictions, each_window, gap_figure, realised as realised_binary,
};
use super::measure::Measure;
use super::order::{by_window, sort};
use super::scan::Scan;
use crate::figure::Figure;
use crate::proportion::z;
use std::borrow::Cow;

/// Predictions of one of several classes, by row. Columns of different lengths are read up to the shortest;
/// rows are left out that have a score that is not finite, a class that is none, or a window that is not
/// below `windows`.
#[derive(Debug, Clone, Copy)]
pub struct ClassPredictions<'a> {
    /// The scores of each class.
    pub scores: &'a [&'a [f64]],
    /// The predicted class, as its place among `scores`.
    pub class: &'a [u32],
    /// The number of its window.
    pub window: &'a [u32],
    /// How many windows there are.
    pub windows: usize,
}

/// Measures of one window.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassEstimate {
    /// Rows that count.
    pub rows: u64,
    /// Share of rows predicted right; also the micro average of precision, recall and F1.
    pub accuracy: Figure,
    /// Each class against all others.
    pub classes: Vec<Estimate>,
    /// Expected rows by true class (outer) and predicted class (inner).
    pub confusion: Vec<Vec<f64>>,
    /// Variance of the realised accuracy around the expected one.
    noise: f64,
}

impl ClassEstimate {
    /// The mean of `measure` over the classes that have it. Its interval takes the classes for independent,
    /// as NannyML does.
    pub fn mean(&self, measure: Measure) -> Figure {
        self.mean_of(measure, |_| true)
    }

    /// The same over the classes that have it in both, so that the two can be compared.
    pub fn mean_beside(&self, other: &ClassEstimate, measure: Measure) -> Figure {
        self.mean_of(measure, |class| {
            let beside = other.classes.get(class);
            beside.is_some_and(|own| own.figure(measure).value.is_some())
        })
    }

    fn mean_of(&self, measure: Measure, counts: impl Fn(usize) -> bool) -> Figure {
        const METHOD: &str = "cbpe_macro";
        if measure == Measure::Accuracy {
            return self.accuracy.clone();
        }
        let classes = self.classes.iter().enumerate();
        let figures = classes
            .filter(|(class, _)| counts(*class))
            .map(|(_, class)| class.figure(measure));
        let (mut sum, mut squares, mut count) = (0.0, 0.0, 0.0);
        for figure in figures {
            let Some(value) = figure.value else { continue };
            let low = figure.low.unwrap_or(value);
            let half = figure
                .high
                .map_or(0.0, |high| (high - value).max(value - low));
            sum += value;
            squares += half * half;
            count += 1.0;
        }
        if count < 1.0 {
            return Figure::undefined("no class has it", self.rows, METHOD);
        }
        let (value, half) = (sum / count, f64::sqrt(squares) / count);
        let ends = ((value - half).max(0.0), (value + half).min(1.0));
        Figure::new(value, ends, self.rows, METHOD)
    }

    /// Realised minus estimated. Errors of classes may go together, so their standard errors are added up.
    fn gap(&self, realised: &ClassEstimate, measure: Measure) -> Option<Gap> {
        if measure == Measure::Accuracy {
            return Some(Gap {
                off: realised.accuracy.value? - self.accuracy.value?,
                noise: self.noise,
            });
        }
        let both = self.classes.iter().zip(&realised.classes);
        let gaps: Vec<Gap> = both
            .filter_map(|(own, real)| Gap::of(own, real, measure))
            .collect();
        let count = gaps.len() as f64;
        let errors: f64 = gaps.iter().map(|gap| gap.noise.sqrt()).sum();
        (count > 0.0).then(|| Gap {
            off: gaps.iter().map(|gap| gap.off).sum::<f64>() / count,
            noise: (errors / count).powi(2),
        })
    }
}

/// Whether outcomes of several classes still agree with the calibrated probabilities.
///
/// Each class is tested against all others, and the chosen class for whether it comes true as often as its score
/// says: a change may be spread over many classes, or be of one that is seldom chosen. Each test is of scores that
/// were calibrated by themselves. Probabilities that were divided by their sum are biased a little also where
/// nothing changed, and many rows would show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassShift {
    /// Each class against all others.
    pub classes: Vec<ConceptShift>,
    /// The chosen class by its own score, whatever class it is.
    pub chosen: ConceptShift,
    /// The least of their p-values times how many there are (Bonferroni), at most 1.
    pub p: f64,
}

impl ClassShift {
    /// The class that speaks loudest for a change; `None` if it is the chosen one in general.
    pub fn foremost(&self) -> Option<usize> {
        let classes = self.classes.iter().enumerate();
        let least = classes.min_by(|a, b| a.1.p.total_cmp(&b.1.p));
        least.filter(|own| own.1.p < self.chosen.p).map(|own| own.0)
    }
}

/// [`Cbpe`] for several classes: each is calibrated against all others, and the probabilities of a row are
/// divided by their sum (all equal if it is 0).
#[derive(Debug, Clone)]
pub struct ClassCbpe {
    classes: Vec<Cbpe>,
    /// Whether the chosen class comes true, by its score.
    chosen: Cbpe,
    realised: Vec<ClassEstimate>,
    overall: ClassEstimate,
}

impl ClassCbpe {
    /// Learns from predictions whose class is known; rows without are left out.
    pub fn fit(
        reference: &ClassPredictions<'_>,
        outcome: &[Option<u32>],
        options: &Options<'_>,
    ) -> Self {
        let sides = Sides::of(reference, outcome);
        let classes = sides
            .classes
            .iter()
            .map(|side| Cbpe::fit(&side.predictions(reference), &side.outcome, options));
        let classes: Vec<Cbpe> = classes.collect();
        let (mut realised, mut overall) = counted(reference, outcome);
        for fit in &classes {
            overall.classes.push(fit.overall().clone());
            for (window, own) in realised.iter_mut().zip(fit.realised()) {
                window.classes.push(own.clone());
            }
        }
        let chosen = sides.chosen;
        Self {
            classes,
            chosen: Cbpe::fit(&chosen.predictions(reference), &chosen.outcome, options),
            realised,
            overall,
        }
    }

    /// Realised performance of the reference's windows; their confusion are rows.
    pub fn realised(&self) -> &[ClassEstimate] {
        &self.realised
    }

    /// Realised performance of the reference as a whole, rows of no window left out.
    pub fn overall(&self) -> &ClassEstimate {
        &self.overall
    }

    /// Each class against all others, as learnt from the reference.
    pub fn classes(&self) -> &[Cbpe] {
        &self.classes
    }

    /// Estimates of each window.
    pub fn estimate(&self, current: &ClassPredictions<'_>) -> Vec<ClassEstimate> {
        let kept = self.kept(current);
        let p = self.probabilities(current, &kept);
        let pick = |of: &[u32]| kept.iter().map(|row| of[*row]).collect::<Vec<u32>>();
        let (class, window) = (pick(current.class), pick(current.window));
        let mut made = confusions(&p, &class, &window, current.windows);
        for (at, (fit, p)) in self.classes.iter().zip(&p).enumerate() {
            let score: Vec<f64> = kept.iter().map(|row| current.scores[at][*row]).collect();
            let positive: Vec<bool> = class.iter().map(|c| *c as usize == at).collect();
            let rows = Predictions {
                score: &score,
                positive: &positive,
                window: &window,
                windows: current.windows,
            };
            let (mut lines, ends) = by_window(&rows.lines(|row| p.get(row).copied()), rows.windows);
            let estimates = each_window(&mut lines, &ends, |lines| {
                sort(lines);
                fit.expected(&Scan::of(lines))
            });
            for (made, estimate) in made.iter_mut().zip(estimates) {
                made.classes.push(estimate);
            }
        }
        made
    }

    /// Whether outcomes still agree with the calibrated probabilities; rows without an outcome are left out.
    pub fn shift(&self, current: &ClassPredictions<'_>, outcome: &[Option<u32>]) -> ClassShift {
        let sides = Sides::of(current, outcome);
        let shift =
            |fit: &Cbpe, side: &Side<'_>| fit.shift(&side.predictions(current), &side.outcome);
        let each = self.classes.iter().zip(&sides.classes);
        let classes: Vec<ConceptShift> = each.map(|(fit, side)| shift(fit, side)).collect();
        let chosen = shift(&self.chosen, &sides.chosen);
        let least = classes.iter().map(|own| own.p).fold(chosen.p, f64::min);
        ClassShift {
            p: (least * (classes.len() + 1) as f64).min(1.0),
            classes,
            chosen,
        }
    }

    /// Realised minus estimated, as [`Cbpe::gap`]; of all measures but the accuracy the mean over the classes that
    /// have it in both.
    pub fn gap(
        &self,
        estimate: &ClassEstimate,
        realised: &ClassEstimate,
        measure: Measure,
        between: Option<&Between>,
    ) -> Figure {
        let reference = self.chosen.reference_rows();
        let gap = estimate.gap(realised, measure);
        gap_figure(gap, realised.rows, reference, between)
    }

    /// How gaps of `measure` differ among the windows of the reference, as [`Cbpe::between`].
    pub fn between(&self, reference: &ClassPredictions<'_>, measure: Measure) -> Option<Between> {
        let estimates = self.estimate(reference);
        let both = estimates.iter().zip(&self.realised);
        Between::of(both.filter_map(|(estimate, real)| {
            let gap = estimate.gap(real, measure)?;
            Some((gap.off, gap.noise))
        }))
    }

    fn kept(&self, rows: &ClassPredictions<'_>) -> Vec<usize> {
        let columns = rows.scores.get(..self.classes.len()).unwrap_or_default();
        let shortest = columns.iter().map(|s| s.len()).min().unwrap_or(0);
        (0..shortest.min(rows.class.len()).min(rows.window.len()))
            .filter(|row| (rows.class[*row] as usize) < columns.len())
            .filter(|row| (rows.window[*row] as usize) < rows.windows)
            .filter(|row| columns.iter().all(|s| s[*row].is_finite()))
            .collect()
    }

    /// The probabilities of each class, by row.
    fn probabilities(&self, rows: &ClassPredictions<'_>, kept: &[usize]) -> Vec<Vec<f64>> {
        let mut p: Vec<Vec<f64>> = self
            .classes
            .iter()
            .zip(rows.scores)
            .map(|(fit, score)| {
                let raw = kept.iter().map(|row| score[*row]);
                raw.map(|x| fit.calibration().probability(x)).collect()
            })
            .collect();
        let even = 1.0 / self.classes.len() as f64;
        for row in 0..kept.len() {
            let sum: f64 = p.iter().map(|p| p[row]).sum();
            for p in &mut p {
                p[row] = if sum > 0.0 { p[row] / sum } else { even };
            }
        }
        p
    }
}

/// Performance of each window by the outcomes that are known; confusions are rows.
pub fn realised_classes(
    rows: &ClassPredictions<'_>,
    outcome: &[Option<u32>],
) -> Vec<ClassEstimate> {
    let (mut windows, _) = counted(rows, outcome);
    for side in Sides::of(rows, outcome).classes {
        let real = realised_binary(&side.predictions(rows), &side.outcome);
        for (window, own) in windows.iter_mut().zip(real) {
            window.classes.push(own);
        }
    }
    windows
}

/// Predictions of one class against all others, or of the chosen one.
struct Side<'a> {
    score: Cow<'a, [f64]>,
    positive: Vec<bool>,
    outcome: Vec<Option<bool>>,
}

impl Side<'_> {
    fn predictions<'b>(&'b self, rows: &ClassPredictions<'b>) -> Predictions<'b> {
        Predictions {
            score: &self.score,
            positive: &self.positive,
            window: rows.window,
            windows: rows.windows,
        }
    }
}

/// What classes look like one by one.
struct Sides<'a> {
    classes: Vec<Side<'a>>,
    chosen: Side<'a>,
}

impl<'a> Sides<'a> {
    fn of(rows: &ClassPredictions<'a>, outcome: &[Option<u32>]) -> Self {
        let classes = rows.scores.iter().enumerate().map(|(class, score)| {
            let is = |c: u32| c as usize == class;
            Side {
                score: Cow::Borrowed(*score),
                positive: rows.class.iter().map(|c| is(*c)).collect(),
                outcome: outcome.iter().map(|y| y.map(is)).collect(),
            }
        });
        let own = |(row, class): (usize, &u32)| {
            let score = rows.scores.get(*class as usize);
            score.and_then(|score| score.get(row)).copied()
        };
        let score = rows.class.iter().enumerate();
        let score = score.map(|of| own(of).unwrap_or(f64::NAN));
        let hit = |(y, class): (&Option<u32>, &u32)| y.map(|y| y == *class);
        Self {
            classes: classes.collect(),
            chosen: Side {
                score: score.collect(),
                positive: vec![true; rows.class.len()],
                outcome: outcome.iter().zip(rows.class).map(hit).collect(),
            },
        }
    }
}

/// Rows of each window, and of all, by outcome and predicted class; classes are yet to come.
fn counted(
    rows: &ClassPredictions<'_>,
    outcome: &[Option<u32>],
) -> (Vec<ClassEstimate>, ClassEstimate) {
    let k = rows.scores.len();
    let empty = vec![vec![0.0; k]; k];
    let mut windows = vec![empty.clone(); rows.windows];
    let mut all = empty;
    let known = outcome.iter().zip(rows.class).zip(rows.window);
    for ((outcome, class), window) in known {
        let (Some(outcome), Some(cells)) = (outcome, windows.get_mut(*window as usize)) else {
            continue;
        };
        for cells in [cells, &mut all] {
            let row = cells.get_mut(*outcome as usize);
            if let Some(cell) = row.and_then(|row| row.get_mut(*class as usize)) {
                *cell += 1.0;
            }
        }
    }
    let made = |confusion: Vec<Vec<f64>>| {
        let right: f64 = confusion.iter().enumerate().map(|(at, row)| row[at]).sum();
        let rows = confusion.iter().flatten().sum::<f64>() as u64;
        ClassEstimate {
            rows,
            accuracy: accuracy(right, rows, "realised"),
            classes: Vec::with_capacity(k),
            confusion,
            noise: 0.0,
        }
    };
    (windows.into_iter().map(made).collect(), made(all))
}

/// Windows with their confusion and accuracy, but without their classes.
fn confusions(p: &[Vec<f64>], class: &[u32], window: &[u32], windows: usize) -> Vec<ClassEstimate> {
    let cells = vec![vec![0.0; p.len()]; p.len()];
    let mut all = vec![(0_u64, 0.0, cells); windows];
    for (row, (&class, &window)) in class.iter().zip(window).enumerate() {
        let (rows, spread, cells) = &mut all[window as usize];
        *rows += 1;
        let right = p[class as usize][row];
        *spread += right * (1.0 - right);
        for (cells, p) in cells.iter_mut().zip(p) {
            cells[class as usize] += p[row];
        }
    }
    all.into_iter()
        .map(|(rows, spread, confusion)| {
            let right: f64 = confusion.iter().enumerate().map(|(at, row)| row[at]).sum();
            ClassEstimate {
                rows,
                accuracy: accuracy(right, rows, "cbpe"),
                classes: Vec::with_capacity(p.len()),
                confusion,
                noise: spread / (rows as f64).powi(2),
            }
        })
        .collect()
}

fn accuracy(right: f64, rows: u64, method: &'static str) -> Figure {
    if rows == 0 {
        return Figure::undefined(Measure::Accuracy.reason(), 0, method);
    }
    let share = (right / rows as f64).min(1.0);
    let half = z() * (share * (1.0 - share) / rows as f64).sqrt();
    let ends = ((share - half).max(0.0), (share + half).min(1.0));
    Figure::new(share, ends, rows, method)
}
