//! Whether a classifier can tell the rows of two tables apart.

mod learners;

use super::auc::{Auc, cross_fitted};
use super::table::{Encoder, Table};
use crate::drift::Comparison;
use crate::figure::Figure;
use crate::learn::Logistic;
use crate::random::Random;
use learners::Model;

/// Rows of a side above which so many are drawn.
pub const DOMAIN_ROWS_MAX: usize = 20_000;
/// Rows of a fold whose columns are shuffled to see what the classifier lives by.
const SHUFFLED_ROWS_MAX: usize = 2_000;
/// Rows of a side and fold below which nothing is told.
const FOLD_ROWS_MIN: usize = 4;
const METHOD: &str = "domain_classifier";

/// How the domain classifier samples and deals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainPlan {
    /// Folds; each is scored by a model of the others. At least 2.
    pub folds: usize,
    /// Rows of a side above which so many are drawn without replacement.
    pub rows: usize,
    /// The seed of drawing and dealing.
    pub seed: u64,
}

impl Default for DomainPlan {
    fn default() -> Self {
        Self {
            folds: 5,
            rows: DOMAIN_ROWS_MAX,
            seed: 0,
        }
    }
}

/// What a domain classifier says of two tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Domain {
    /// The area under its curve with its interval: 0.5 if the tables cannot be told apart, 1 if each row
    /// can.
    pub comparison: Comparison,
    /// The columns, those that tell the tables apart first.
    pub columns: Vec<Telling>,
}

/// What a column tells of the table that a row is from.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    /// The column.
    pub name: String,
    /// By how much the area falls if the column's values are shuffled among rows (Breiman 2001). Columns
    /// that say the same stand in for each other.
    pub drop: f64,
    /// The area of the column alone as a score; below 0.5 where its values have become smaller.
    pub alone: f64,
}

/// The domain classifier with gradient-boosted trees, LightGBM's default settings; where fewer than 800 rows
/// are there to learn from, with a logistic model (penalty 1) of each column, its square and its gaps,
/// deviations from the reference's mean cut at five standard deviations.
pub fn domain_classifier(reference: &Table<'_>, current: &Table<'_>, plan: &DomainPlan) -> Domain {
    domain_classifier_with(reference, current, plan, |columns, labels| {
        let model = Model::fit(columns, labels);
        move |columns: &[&[f64]]| model.scores(columns)
    })
}

/// The domain classifier with any learner.
///
/// `fit` learns labels (`true` for current rows) from columns and returns what scores rows of such columns:
/// higher for current ones. Columns are standardised by the reference, gaps filled by its mean and told by a
/// column of their own. Above [`DomainPlan::rows`] a side is sampled. Rows are dealt to folds at random, each
/// side evenly; the area is the mean of the folds' areas (LeDell, Petersen and van der Laan 2015) with twice
/// DeLong's variance, since folds share rows in training. The p-value is one-sided.
pub fn domain_classifier_with<P: Fn(&[&[f64]]) -> Vec<f64>>(
    reference: &Table<'_>,
    current: &Table<'_>,
    plan: &DomainPlan,
    fit: impl Fn(&[&[f64]], &[bool]) -> P,
) -> Domain {
    let pooled = match Pooled::of(reference, current, plan) {
        Ok(pooled) => pooled,
        Err(comparison) => {
            return Domain {
                comparison,
                columns: Vec::new(),
            };
        }
    };
    let count = plan.folds.max(2);
    let mut scores = vec![0.0; pooled.labels.len()];
    let mut drops = vec![0.0; pooled.names.len()];
    for fold in 0..count {
        let (train, held) = pooled.split(fold);
        let (columns, labels) = pooled.part(&train);
        let model = fit(&slices(&columns), &labels);
        let (mut columns, labels) = pooled.part(&held);
        let found = model(&slices(&columns));
        for (row, score) in held.iter().zip(&found) {
            scores[*row] = *score;
        }
        let whole = held.len();
        thin(&mut columns, SHUFFLED_ROWS_MAX);
        let labels: Vec<bool> = thinned(&labels, whole, SHUFFLED_ROWS_MAX);
        let mut random = Random::new(plan.seed, 2 + fold as u64);
        pooled.shuffled(&mut columns, &labels, &model, &mut random, &mut drops);
    }
    let (m, n) = pooled.sizes;
    let Some(area) = cross_fitted(&scores, &pooled.labels, &pooled.folds, count) else {
        return Domain {
            comparison: Comparison::undefined(METHOD, "the classifier gave no scores", (m, n)),
            columns: Vec::new(),
        };
    };
    let comparison = Comparison {
        method: METHOD,
        statistic: area.figure(METHOD),
        p_value: Some(area.p_value()),
        effect: Some(area.value),
        effect_name: "auc",
        reference: m,
        current: n,
    };
    Domain {
        comparison,
        columns: pooled.ranked(&drops, count),
    }
}

/// Sampled rows of both tables as one, the reference's first.
struct Pooled {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    /// The column of the tables that each one belongs to.
    owners: Vec<usize>,
    labels: Vec<bool>,
    folds: Vec<usize>,
    sizes: (u64, u64),
}

impl Pooled {
    fn of(
        reference: &Table<'_>,
        current: &Table<'_>,
        plan: &DomainPlan,
    ) -> Result<Self, Comparison> {
        let mut random = Random::new(plan.seed, 0);
        let first = drawn(reference.rows(), plan.rows, &mut random);
        let second = drawn(current.rows(), plan.rows, &mut random);
        let sizes = (first.len() as u64, second.len() as u64);
        let needed = FOLD_ROWS_MIN * plan.folds.max(2);
        if first.len().min(second.len()) < needed {
            let mut made = Comparison::undefined(METHOD, "", sizes);
            made.statistic = Figure::too_few(sizes.0.min(sizes.1), needed as u64, METHOD);
            return Err(made);
        }
        let encoder = Encoder::of(reference);
        let undefined = |reason| Comparison::undefined(METHOD, reason, sizes);
        let before = encoder.read(reference).map_err(undefined)?;
        let after = encoder.read(current).map_err(undefined)?;
        if before.width() == 0 {
            return Err(undefined("there are no columns"));
        }
        let (mut columns, mut owners) = (Vec::new(), Vec::new());
        for at in 0..before.width() {
            columns.push(
                before
                    .column(at, &first)
                    .chain(after.column(at, &second))
                    .collect(),
            );
            owners.push(at);
            let gaps = before.gaps(at, &first).chain(after.gaps(at, &second));
            let gaps: Vec<f64> = gaps.map(f64::from).collect();
            if gaps.iter().any(|gap| *gap > 0.0) {
                columns.push(gaps);
                owners.push(at);
            }
        }
        let mut random = Random::new(plan.seed, 1);
        let (labels, folds) = dealt(first.len(), second.len(), plan.folds.max(2), &mut random);
        Ok(Self {
            names: encoder.names().to_vec(),
            columns,
            owners,
            labels,
            folds,
            sizes,
        })
    }

    /// Rows outside of `fold` and in it.
    fn split(&self, fold: usize) -> (Vec<usize>, Vec<usize>) {
        (0..self.labels.len()).partition(|row| self.folds[*row] != fold)
    }

    fn part(&self, rows: &[usize]) -> (Vec<Vec<f64>>, Vec<bool>) {
        let of = |column: &Vec<f64>| rows.iter().map(|row| column[*row]).collect();
        let labels = rows.iter().map(|row| self.labels[*row]).collect();
        (self.columns.iter().map(of).collect(), labels)
    }

    /// Adds to `drops` how the area falls with each column shuffled.
    fn shuffled(
        &self,
        columns: &mut [Vec<f64>],
        labels: &[bool],
        model: &impl Fn(&[&[f64]]) -> Vec<f64>,
        random: &mut Random,
        drops: &mut [f64],
    ) {
        let area = |columns: &[Vec<f64>]| area(&model(&slices(columns)), labels);
        let Some(whole) = area(columns) else {
            return;
        };
        let mut order: Vec<usize> = (0..labels.len()).collect();
        for (at, drop) in drops.iter_mut().enumerate() {
            random.shuffle(&mut order);
            let mut kept = Vec::new();
            for (owner, column) in self.owners.iter().zip(columns.iter_mut()) {
                if *owner == at {
                    let moved = order.iter().map(|row| column[*row]).collect();
                    kept.push(std::mem::replace(column, moved));
                }
            }
            *drop += whole - area(columns).unwrap_or(whole);
            let owned = self.owners.iter().zip(columns.iter_mut());
            let owned = owned.filter(|(owner, _)| **owner == at);
            for ((_, column), old) in owned.zip(kept) {
                *column = old;
            }
        }
    }

    fn ranked(&self, drops: &[f64], folds: usize) -> Vec<Telling> {
        let alone = |at: usize| {
            let column = self.owners.iter().position(|owner| *owner == at);
            let column = column.and_then(|column| self.columns.get(column));
            column.and_then(|column| area(column, &self.labels))
        };
        let named = self.names.iter().zip(drops).enumerate();
        let mut made: Vec<Telling> = named
            .map(|(at, (name, drop))| Telling {
                name: name.clone(),
                drop: drop / folds as f64,
                alone: alone(at).unwrap_or(0.5),
            })
            .collect();
        made.sort_by(|a, b| b.drop.total_cmp(&a.drop));
        made
    }
}

/// At most about `most` values of each column, evenly spread.
fn thin(columns: &mut [Vec<f64>], most: usize) {
    for column in columns {
        *column = thinned(column, column.len(), most);
    }
}

fn thinned<T: Copy>(values: &[T], rows: usize, most: usize) -> Vec<T> {
    values
        .iter()
        .copied()
        .step_by(rows.div_ceil(most).max(1))
        .collect()
}

fn slices(columns: &[Vec<f64>]) -> Vec<&[f64]> {
    columns.iter().map(Vec::as_slice).collect()
}

fn area(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let side = |wanted: bool| -> Vec<f64> {
        let scored = scores.iter().zip(labels);
        scored
            .filter(|(_, label)| **label == wanted)
            .map(|(score, _)| *score)
            .collect()
    };
    Auc::of(&side(false), &side(true)).map(|area| area.value)
}

/// `most` of `rows` drawn without replacement, ascending; all if there are no more.
pub(crate) fn drawn(rows: usize, most: usize, random: &mut Random) -> Vec<usize> {
    if rows <= most {
        return (0..rows).collect();
    }
    // Floyd's way: each set of `most` rows is as likely as any other.
    let mut taken = vec![false; rows];
    for last in rows - most..rows {
        let row = random.below(last + 1);
        let at = if taken[row] { last } else { row };
        taken[at] = true;
    }
    (0..rows).filter(|row| taken[*row]).collect()
}

/// Labels of `first` reference rows and `second` current ones, and a fold for each. Every run of `folds` rows
/// has each fold once, in an order of its own; both sides have the same orders, so that a table against
/// itself is a tie and not below one.
pub(crate) fn dealt(
    first: usize,
    second: usize,
    folds: usize,
    random: &mut Random,
) -> (Vec<bool>, Vec<usize>) {
    let most = first.max(second);
    let mut side = Vec::with_capacity(most + folds);
    let mut run: Vec<usize> = (0..folds).collect();
    while side.len() < most {
        random.shuffle(&mut run);
        side.extend_from_slice(&run);
    }
    let labels = (0..first + second).map(|row| row >= first).collect();
    let made = side.iter().take(first).chain(side.iter().take(second));
    (labels, made.copied().collect())
}

/// The area of a linear classifier, by the plainest rule: columns standardised on both sides' rows
/// together, a logistic model (penalty 1) of the even rows scores the odd ones and the reverse, and the
/// area is that of all scores. Rows of the current side follow those of the reference; what is not finite
/// counts as the mean. The interval is DeLong's.
pub fn domain_auc_linear(reference: &[&[f64]], current: &[&[f64]]) -> Figure {
    const LINEAR: &str = "domain_auc_linear";
    let (mut table, mut columns) = (Table::default(), Vec::new());
    for (at, (before, after)) in reference.iter().zip(current).enumerate() {
        let joined: Vec<f64> = before.iter().chain(after.iter()).copied().collect();
        table.add_numbers(&at.to_string(), joined);
    }
    let m = reference.iter().map(|c| c.len()).min().unwrap_or(0);
    let n = current.iter().map(|c| c.len()).min().unwrap_or(0);
    let rows: Vec<usize> = (0..m + n).collect();
    let even = reference.iter().all(|c| c.len() == m) && current.iter().all(|c| c.len() == n);
    let encoder = Encoder::of(&table);
    let Some(encoded) = encoder.read(&table).ok().filter(|_| even) else {
        return Figure::undefined("columns differ in length", rows.len() as u64, LINEAR);
    };
    for at in 0..encoded.width() {
        columns.push(encoded.column(at, &rows).collect::<Vec<f64>>());
    }
    let labels: Vec<bool> = rows.iter().map(|row| *row >= m).collect();
    let folds: Vec<usize> = rows.iter().map(|row| row % 2).collect();
    let fit = |columns: &[&[f64]], labels: &[bool]| {
        let model = Logistic::fit(columns, labels, 1.0, None).ok();
        move |columns: &[&[f64]]| {
            model
                .as_ref()
                .map_or_else(Vec::new, |m| m.log_odds(columns))
        }
    };
    scored(&slices(&columns), &labels, &folds, 2, fit).map_or_else(
        || Figure::undefined("a side has too few rows", rows.len() as u64, LINEAR),
        |area| area.figure(LINEAR),
    )
}

/// The area of all held-out scores together, where each side is cut into `folds` runs of rows in their
/// order, as NannyML does with scikit-learn's unshuffled stratified folds. `fit` is as in
/// [`domain_classifier_with`]; columns reach it as they are. `None` if a side has fewer rows than folds, or
/// two.
pub fn domain_auc_folds<P: Fn(&[&[f64]]) -> Vec<f64>>(
    reference: &[&[f64]],
    current: &[&[f64]],
    folds: usize,
    fit: impl Fn(&[&[f64]], &[bool]) -> P,
) -> Option<f64> {
    let m = reference.iter().map(|c| c.len()).min()?;
    let n = current.iter().map(|c| c.len()).min()?;
    if m.min(n) < folds.max(2) || folds < 2 {
        return None;
    }
    let joined = |(a, b): (&&[f64], &&[f64])| -> Vec<f64> { [&a[..m], &b[..n]].concat() };
    let columns: Vec<Vec<f64>> = reference.iter().zip(current).map(joined).collect();
    let labels: Vec<bool> = (0..m + n).map(|row| row >= m).collect();
    // Of the pooled rows every `folds`-th counts towards a fold's size, as in scikit-learn.
    let runs = |from: usize, rows: usize| {
        (0..folds).flat_map(move |fold| {
            let upto = |end: usize| (end + folds - 1 - fold) / folds;
            std::iter::repeat_n(fold, upto(from + rows) - upto(from))
        })
    };
    let dealt: Vec<usize> = runs(0, m).chain(runs(m, n)).collect();
    scored(&slices(&columns), &labels, &dealt, folds, fit).map(|area| area.value)
}

/// NannyML's domain classifier: [`domain_auc_folds`] over five folds with boosted trees of LightGBM's default
/// settings. Scores are the mean of five models that see nine rows of ten, since the area of a single one
/// hangs on details: small changes of its settings move it by up to 0.08.
pub fn nannyml_domain_auc(reference: &[&[f64]], current: &[&[f64]]) -> Option<f64> {
    domain_auc_folds(reference, current, 5, |columns, labels| {
        let model = Model::steady(columns, labels);
        move |columns: &[&[f64]]| model.scores(columns)
    })
}

/// The area of the scores that each fold gets from a model of the others, all together.
fn scored<P: Fn(&[&[f64]]) -> Vec<f64>>(
    columns: &[&[f64]],
    labels: &[bool],
    folds: &[usize],
    count: usize,
    fit: impl Fn(&[&[f64]], &[bool]) -> P,
) -> Option<Auc> {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for fold in 0..count {
        let (train, held): (Vec<usize>, Vec<usize>) =
            (0..labels.len()).partition(|row| folds[*row] != fold);
        let part = |rows: &[usize]| -> Vec<Vec<f64>> {
            let of = |column: &&[f64]| rows.iter().map(|row| column[*row]).collect();
            columns.iter().map(of).collect()
        };
        let known: Vec<bool> = train.iter().map(|row| labels[*row]).collect();
        let scores = fit(&slices(&part(&train)), &known)(&slices(&part(&held)));
        if scores.len() < held.len() {
            return None;
        }
        for (row, score) in held.iter().zip(scores) {
            if labels[*row] {
                &mut second
            } else {
                &mut first
            }
            .push(score);
        }
    }
    Auc::of(&first, &second)
}

#[cfg(test)]
mod tests;
