//! The table of metrics: names, units, directions, ranges, needs and formulas.

use super::cells::{
    CellFormula, accuracy, base_rate, f1_of_jaccard, f2, f05, fdr, fnr, fpr, jaccard, kappa, mcc,
    npv, precision, recall, same, selection_rate, specificity,
};
use super::errors::{
    ErrorFormula, absolute, log_squared, of_outcome, of_size, signed, squared, symmetric,
};
use super::lists::ListFormula;
use super::matrix::{Average, MatrixFormula};
use super::ranks::RankFormula;
use crate::figure::Figure;
use std::borrow::Cow;

/// What predictions are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// One of two classes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// A number.
    Regression,
    /// An order of items, query by query.
    Ranking,
}

/// The unit of a metric's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A part of one.
    Share,
    /// A number without a unit.
    Number,
    /// Natural units of information.
    Nats,
    /// The unit of the outcome.
    Outcome,
    /// The square of the outcome's unit.
    OutcomeSquared,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The more, the better.
    Higher,
    /// The less, the better.
    Lower,
    /// The nearer to 0, the better.
    Zero,
    /// It describes; neither way is better.
    Neither,
}

/// What a metric needs beside outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Predicted classes, or scores and a threshold.
    Classes,
    /// Scores that order the rows.
    Scores,
    /// Scores that are probabilities.
    Probabilities,
    /// Predicted numbers.
    Values,
    /// Both ends of a predicted interval.
    Intervals,
    /// Scores and the query of each row.
    Queries,
}

/// One metric; all that is said about it elsewhere comes from here.
#[derive(Debug)]
pub struct Metric {
    /// Its name. `@k` stands for `@` and a number; metrics of several classes add [`Average::suffix`].
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Unit of its value.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// Least and largest value that can be; infinite where there is no bound.
    pub range: (f64, f64),
    /// What it needs beside outcomes.
    pub needs: Needs,
    /// What it tells, in a sentence.
    pub doc: &'static str,
    pub(super) formulas: &'static [Formula],
}

/// How a metric is computed for one task.
#[derive(Debug)]
pub(super) enum Formula {
    /// Binary: of the four cells.
    Cells(CellFormula),
    /// Binary: of the order of scores, or of probabilities.
    Ranks(RankFormula),
    /// Binary: lift of the highest percent.
    Lift,
    /// Multiclass: of the whole table.
    Matrix(MatrixFormula),
    /// Multiclass: of each class against the rest, averaged.
    Averages(CellFormula),
    /// Multiclass: of the scores of each class against the rest, averaged.
    Rest(RankFormula),
    /// Multiclass: of the scores of pairs of classes, averaged.
    Pairs,
    /// Multiclass: logarithmic loss.
    LogLoss,
    /// Multiclass: squared differences summed over classes.
    Brier,
    /// Multiclass: whether the outcome is among the `k` likeliest.
    Top,
    /// Regression.
    Error(ErrorFormula),
    /// Ranking; whether it is cut at `k`.
    List(ListFormula, bool),
}

impl Formula {
    fn task(&self) -> Task {
        match self {
            Formula::Cells(_) | Formula::Ranks(_) | Formula::Lift => Task::Binary,
            Formula::Error(_) => Task::Regression,
            Formula::List(..) => Task::Ranking,
            _ => Task::Multiclass,
        }
    }
}

impl Metric {
    /// The tasks that it is of.
    pub fn tasks(&self) -> impl Iterator<Item = Task> {
        self.formulas.iter().map(Formula::task)
    }
}

/// A metric's figure.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The metric.
    pub metric: &'static Metric,
    /// Its full name, e.g. `ndcg@10` or `precision_macro`.
    pub name: Cow<'static, str>,
    /// Its figure.
    pub figure: Figure,
}

impl Measured {
    pub(super) fn new(metric: &'static Metric, figure: Figure) -> Self {
        Self {
            metric,
            name: Cow::Borrowed(metric.name),
            figure,
        }
    }

    pub(super) fn named(metric: &'static Metric, name: String, figure: Figure) -> Self {
        Self {
            metric,
            name: Cow::Owned(name),
            figure,
        }
    }
}

/// The figure of the full name `name` among `measured`.
pub fn figure<'a>(measured: &'a [Measured], name: &str) -> Option<&'a Figure> {
    measured.iter().find(|m| m.name == name).map(|m| &m.figure)
}

/// The metric of a full name, e.g. `f1`, `ndcg@10`, `precision_macro` or `pinball_0.9`.
pub fn metric(name: &str) -> Option<&'static Metric> {
    let of = |name: &str| METRICS.iter().find(|m| m.name == name);
    if let Some((stem, number)) = name.split_once('@') {
        let found = METRICS
            .iter()
            .find(|m| m.name.strip_suffix("@k") == Some(stem));
        return found.filter(|_| number.parse::<f64>().is_ok_and(|k| k > 0.0));
    }
    if let Some(found) = of(name) {
        return Some(found)
            .filter(|m| m.tasks().any(|t| t != Task::Multiclass) || !m.is_averaged());
    }
    if let Some(level) = name.strip_prefix("pinball_") {
        let is_level = level.parse::<f64>().is_ok_and(|a| a > 0.0 && a < 1.0);
        return of("pinball").filter(|_| is_level);
    }
    let stem = Average::ALL
        .iter()
        .find_map(|a| name.strip_suffix(a.suffix()));
    stem.and_then(of).filter(|m| m.is_averaged())
}

impl Metric {
    fn is_averaged(&self) -> bool {
        let is =
            |f: &Formula| matches!(f, Formula::Averages(_) | Formula::Rest(_) | Formula::Pairs);
        self.formulas.iter().any(is)
    }
}

const NO_ROWS: &str = "there are no rows";
const NONE_SELECTED: &str = "no row is predicted positive";
const NONE_REFUSED: &str = "no row is predicted negative";
const NO_POSITIVE: &str = "no row is positive";
const NO_NEGATIVE: &str = "no row is negative";
const NEITHER: &str = "no row is positive or predicted positive";
const ONE_CLASS: &str = "one class only occurs or is predicted";

const INF: f64 = f64::INFINITY;
const UNIT: (f64, f64) = (0.0, 1.0);
const SIGNED: (f64, f64) = (-1.0, 1.0);
const POSITIVE: (f64, f64) = (0.0, INF);

const PRECISION: CellFormula = CellFormula::Share(precision, same, NONE_SELECTED);
const RECALL: CellFormula = CellFormula::Share(recall, same, NO_POSITIVE);
const SPECIFICITY: CellFormula = CellFormula::Share(specificity, same, NO_NEGATIVE);
const FPR: CellFormula = CellFormula::Share(fpr, same, NO_NEGATIVE);
const FNR: CellFormula = CellFormula::Share(fnr, same, NO_POSITIVE);
const F1: CellFormula = CellFormula::Share(jaccard, f1_of_jaccard, NEITHER);
const JACCARD: CellFormula = CellFormula::Share(jaccard, same, NEITHER);

/// Rows of the table: name, title, unit, direction, range, needs; what it tells; formulas.
macro_rules! metrics {
    ($($name:literal, $title:literal, $unit:ident, $better:ident, $range:expr, $needs:ident;
       $doc:literal; [$($formula:expr),+];)+) => {
        /// Every metric, tasks one after the other.
        pub static METRICS: &[Metric] = {
            use Formula::{
                Averages, Brier, Cells, Error, Lift, List, LogLoss, Matrix, Pairs, Ranks, Rest, Top,
            };
            &[$(Metric {
                name: $name,
                title: $title,
                unit: Unit::$unit,
                better: Better::$better,
                range: $range,
                needs: Needs::$needs,
                doc: $doc,
                formulas: &[$($formula),+],
            }),+]
        };
    };
}

metrics! {
    "accuracy", "Accuracy", Share, Higher, UNIT, Classes;
    "Share of rows whose predicted class is the outcome.";
    [Cells(CellFormula::Share(accuracy, same, NO_ROWS)), Matrix(MatrixFormula::Accuracy)];

    "balanced_accuracy", "Balanced accuracy", Share, Higher, UNIT, Classes;
    "Mean of the recall of each class, so that a rare class counts as much as a frequent one.";
    [Cells(CellFormula::Balanced), Matrix(MatrixFormula::Balanced)];

    "precision", "Precision", Share, Higher, UNIT, Classes;
    "Share of rows predicted positive that are positive.";
    [Cells(PRECISION), Averages(PRECISION)];

    "recall", "Recall", Share, Higher, UNIT, Classes;
    "Share of positive rows that are predicted positive.";
    [Cells(RECALL), Averages(RECALL)];

    "specificity", "Specificity", Share, Higher, UNIT, Classes;
    "Share of negative rows that are predicted negative.";
    [Cells(SPECIFICITY), Averages(SPECIFICITY)];

    "npv", "Negative predictive value", Share, Higher, UNIT, Classes;
    "Share of rows predicted negative that are negative.";
    [Cells(CellFormula::Share(npv, same, NONE_REFUSED))];

    "fpr", "False positive rate", Share, Lower, UNIT, Classes;
    "Share of negative rows that are predicted positive.";
    [Cells(FPR), Averages(FPR)];

    "fnr", "False negative rate", Share, Lower, UNIT, Classes;
    "Share of positive rows that are predicted negative.";
    [Cells(FNR), Averages(FNR)];

    "fdr", "False discovery rate", Share, Lower, UNIT, Classes;
    "Share of rows predicted positive that are negative.";
    [Cells(CellFormula::Share(fdr, same, NONE_SELECTED))];

    "f1", "F1", Share, Higher, UNIT, Classes;
    "Harmonic mean of precision and recall.";
    [Cells(F1), Averages(F1)];

    "f05", "F0.5", Share, Higher, UNIT, Classes;
    "Mean of precision and recall in which precision counts more.";
    [Cells(CellFormula::Smooth(f05, UNIT, NEITHER))];

    "f2", "F2", Share, Higher, UNIT, Classes;
    "Mean of precision and recall in which recall counts more.";
    [Cells(CellFormula::Smooth(f2, UNIT, NEITHER))];

    "jaccard", "Jaccard index", Share, Higher, UNIT, Classes;
    "Of rows that are positive or predicted so, the share that are both.";
    [Cells(JACCARD), Averages(JACCARD)];

    "mcc", "Matthews correlation", Number, Higher, SIGNED, Classes;
    "Correlation of predicted and actual class; 0 is chance.";
    [Cells(CellFormula::Smooth(mcc, SIGNED, ONE_CLASS)), Matrix(MatrixFormula::Mcc)];

    "kappa", "Cohen's kappa", Number, Higher, SIGNED, Classes;
    "Agreement of predicted and actual class beyond chance.";
    [Cells(CellFormula::Smooth(kappa, SIGNED, ONE_CLASS)), Matrix(MatrixFormula::Kappa(0))];

    "kappa_linear", "Linear kappa", Number, Higher, SIGNED, Classes;
    "Kappa in which a miss counts by its distance in the order of classes.";
    [Matrix(MatrixFormula::Kappa(1))];

    "kappa_quadratic", "Quadratic kappa", Number, Higher, SIGNED, Classes;
    "Kappa in which a miss counts by the square of its distance in the order of classes.";
    [Matrix(MatrixFormula::Kappa(2))];

    "base_rate", "Base rate", Share, Neither, UNIT, Classes;
    "Share of rows that are positive.";
    [Cells(CellFormula::Share(base_rate, same, NO_ROWS))];

    "selection_rate", "Selection rate", Share, Neither, UNIT, Classes;
    "Share of rows that are predicted positive.";
    [Cells(CellFormula::Share(selection_rate, same, NO_ROWS))];

    "accuracy@k", "Top-k accuracy", Share, Higher, UNIT, Scores;
    "Share of rows whose outcome is among the k classes of the highest scores.";
    [Top];

    "roc_auc", "ROC AUC", Share, Higher, UNIT, Scores;
    "Chance that a positive row scores above a negative one; ties count half.";
    [Ranks(RankFormula::Auc), Rest(RankFormula::Auc)];

    "roc_auc_ovo", "ROC AUC of pairs", Share, Higher, UNIT, Scores;
    "Mean over pairs of classes of the ROC AUC between the two (Hand and Till 2001).";
    [Pairs];

    "gini", "Gini", Number, Higher, SIGNED, Scores;
    "Twice the ROC AUC minus one.";
    [Ranks(RankFormula::Gini)];

    "pr_auc", "Average precision", Share, Higher, UNIT, Scores;
    "Mean over positive rows of the precision among rows that score as high; the area in steps.";
    [Ranks(RankFormula::AveragePrecision), Rest(RankFormula::AveragePrecision)];

    "pr_auc_trapezoid", "Area of precision and recall", Share, Higher, UNIT, Scores;
    "Area under the curve of precision and recall with its points joined by straight lines.";
    [Ranks(RankFormula::Trapezoid)];

    "ks", "Separation", Share, Higher, UNIT, Scores;
    "Largest difference of recall and false positive rate over all thresholds.";
    [Ranks(RankFormula::Ks)];

    "lift@k", "Lift of the highest k %", Number, Higher, POSITIVE, Scores;
    "How many times more positive rows the k percent of the highest scores hold than chance.";
    [Lift];

    "log_loss", "Log loss", Nats, Lower, POSITIVE, Probabilities;
    "Mean negative logarithm of the probability that was given to the outcome.";
    [Ranks(RankFormula::LogLoss), LogLoss];

    "brier", "Brier score", Number, Lower, (0.0, 2.0), Probabilities;
    "Mean squared difference of probability and outcome; of several classes, summed over them.";
    [Ranks(RankFormula::Brier), Brier];

    "mae", "Mean absolute error", Outcome, Lower, POSITIVE, Values;
    "Mean distance of prediction and outcome.";
    [Error(ErrorFormula::Mean(absolute, POSITIVE, None))];

    "mse", "Mean squared error", OutcomeSquared, Lower, POSITIVE, Values;
    "Mean square of the error; large errors count most.";
    [Error(ErrorFormula::Mean(squared, POSITIVE, None))];

    "rmse", "Root mean squared error", Outcome, Lower, POSITIVE, Values;
    "Root of the mean square of the error.";
    [Error(ErrorFormula::Root(squared))];

    "median_ae", "Median absolute error", Outcome, Lower, POSITIVE, Values;
    "The distance that half of the predictions keep.";
    [Error(ErrorFormula::Median)];

    "max_error", "Largest error", Outcome, Lower, POSITIVE, Values;
    "Largest distance of prediction and outcome.";
    [Error(ErrorFormula::Largest)];

    "mean_error", "Mean error", Outcome, Zero, (-INF, INF), Values;
    "Mean of prediction minus outcome: the bias.";
    [Error(ErrorFormula::Mean(signed, (-INF, INF), None))];

    "mape", "Mean absolute percentage error", Share, Lower, POSITIVE, Values;
    "Mean of the error as a share of the outcome; outcomes of 0 are left out.";
    [Error(ErrorFormula::Mean(of_outcome, POSITIVE, Some("every outcome is 0")))];

    "smape", "Symmetric percentage error", Share, Lower, (0.0, 2.0), Values;
    "Mean of twice the error over the sum of both sizes; 0 where both are 0.";
    [Error(ErrorFormula::Mean(symmetric, (0.0, 2.0), None))];

    "wape", "Weighted percentage error", Share, Lower, POSITIVE, Values;
    "Sum of errors over the sum of outcomes, both as sizes.";
    [Error(ErrorFormula::Ratio(of_size, same, POSITIVE, "every outcome is 0"))];

    "msle", "Mean squared log error", Number, Lower, POSITIVE, Values;
    "Mean squared difference of the logarithms of one plus prediction and outcome.";
    [Error(ErrorFormula::Logs(log_squared, false))];

    "rmsle", "Root mean squared log error", Number, Lower, POSITIVE, Values;
    "Root of the mean squared log error.";
    [Error(ErrorFormula::Logs(log_squared, true))];

    "r2", "R²", Share, Higher, (-INF, 1.0), Values;
    "Share of the outcomes' variance that the predictions take away.";
    [Error(ErrorFormula::R2)];

    "explained_variance", "Explained variance", Share, Higher, (-INF, 1.0), Values;
    "Like R², with the mean error forgiven.";
    [Error(ErrorFormula::ExplainedVariance)];

    "pinball", "Pinball loss", Outcome, Lower, POSITIVE, Values;
    "Mean loss of a predicted quantile: errors below it and above it count by its level.";
    [Error(ErrorFormula::Pinball)];

    "coverage", "Interval coverage", Share, Neither, UNIT, Intervals;
    "Share of outcomes within their predicted interval; to be compared with the promised share.";
    [Error(ErrorFormula::Coverage)];

    "interval_width", "Interval width", Outcome, Lower, POSITIVE, Intervals;
    "Mean width of the predicted intervals.";
    [Error(ErrorFormula::Width)];

    "ndcg@k", "NDCG", Share, Higher, UNIT, Queries;
    "Discounted gain of the first k over that of the best order; gain 2^relevance − 1.";
    [List(ListFormula::Ndcg, true)];

    "ndcg_linear@k", "NDCG, linear gain", Share, Higher, UNIT, Queries;
    "Discounted gain of the first k over that of the best order; gain is the relevance.";
    [List(ListFormula::NdcgLinear, true)];

    "map@k", "Mean average precision", Share, Higher, UNIT, Queries;
    "Precision at each relevant item among the first k, over the lesser of k and relevant items.";
    [List(ListFormula::Ap, true)];

    "map_relevant@k", "Mean average precision over all relevant", Share, Higher, UNIT, Queries;
    "Precision at each relevant item among the first k, over all relevant items.";
    [List(ListFormula::ApRelevant, true)];

    "mrr", "Mean reciprocal rank", Share, Higher, UNIT, Queries;
    "Mean of one over the place of the first relevant item; 0 if there is none.";
    [List(ListFormula::ReciprocalRank, false)];

    "mrr@k", "Mean reciprocal rank within k", Share, Higher, UNIT, Queries;
    "Mean reciprocal rank in which items after the first k do not count.";
    [List(ListFormula::ReciprocalRank, true)];

    "precision@k", "Precision of the first k", Share, Higher, UNIT, Queries;
    "Relevant items among the first k, over k.";
    [List(ListFormula::Precision, true)];

    "recall@k", "Recall of the first k", Share, Higher, UNIT, Queries;
    "Relevant items among the first k, over all relevant items.";
    [List(ListFormula::Recall, true)];

    "hit@k", "Hit rate", Share, Higher, UNIT, Queries;
    "Share of queries with a relevant item among the first k.";
    [List(ListFormula::Hit, true)];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_found() {
        let mut names: Vec<_> = METRICS.iter().map(|m| m.name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        let of = |name| metric(name).map(|m| m.name);
        for (name, want) in [
            ("f1", Some("f1")),
            ("f1_macro", Some("f1")),
            ("mcc_macro", None),
            ("ndcg@10", Some("ndcg@k")),
            ("ndcg@0", None),
            ("ndcg", None),
            ("lift@2.5", Some("lift@k")),
            ("pinball_0.9", Some("pinball")),
            ("pinball_9", None),
            ("kappa_linear", Some("kappa_linear")),
            ("roc_auc_ovo", None),
            ("roc_auc_ovo_weighted", Some("roc_auc_ovo")),
            ("nothing", None),
        ] {
            assert_eq!(of(name), want, "{name}");
        }
    }

    #[test]
    fn each_metric_is_told_in_a_sentence() {
        for m in METRICS {
            assert!(m.doc.ends_with('.') && m.range.0 < m.range.1, "{}", m.name);
            assert!(m.tasks().count() > 0);
        }
    }
}
