//! The measures of a classification, and its cells.

/// How many measures there are.
pub(super) const MEASURES: usize = 7;

/// A measure of a binary classification, or of one class against all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Share of rows predicted right.
    Accuracy,
    /// Share of positives among rows predicted to be positive.
    Precision,
    /// Share of positives that are predicted to be.
    Recall,
    /// Share of negatives that are predicted to be.
    Specificity,
    /// Harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN).
    F1,
    /// Probability that a positive scores above a negative, ties counting half.
    RocAuc,
    /// Precision averaged over positives, by steps between distinct scores.
    AveragePrecision,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; MEASURES] = [
        Measure::Accuracy,
        Measure::Precision,
        Measure::Recall,
        Measure::Specificity,
        Measure::F1,
        Measure::RocAuc,
        Measure::AveragePrecision,
    ];

    /// Its name in tables and specifications.
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Accuracy => "accuracy",
            Measure::Precision => "precision",
            Measure::Recall => "recall",
            Measure::Specificity => "specificity",
            Measure::F1 => "f1",
            Measure::RocAuc => "roc_auc",
            Measure::AveragePrecision => "average_precision",
        }
    }

    /// Why it has no value.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Measure::Accuracy => "there are no rows with a score",
            Measure::Precision => "no row is predicted to be positive",
            Measure::Recall | Measure::AveragePrecision => "no row can be positive",
            Measure::Specificity => "no row can be negative",
            Measure::F1 => "no row is positive or predicted to be",
            Measure::RocAuc => "all rows are of one class",
        }
    }
}

/// The cells of a confusion matrix: rows, or expected rows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cells {
    /// Positive and predicted so.
    pub true_positive: f64,
    /// Negative but predicted to be positive.
    pub false_positive: f64,
    /// Positive but predicted to be negative.
    pub false_negative: f64,
    /// Negative and predicted so.
    pub true_negative: f64,
}
