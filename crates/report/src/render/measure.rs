//! Metrics and rates by the names of the contract: how they are called, written and ordered.

use super::number::Unit;

/// A metric for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Measure {
    /// What it is called.
    pub(super) label: String,
    /// How it is written.
    pub(super) unit: Unit,
    /// Whether more of it is better; `None` if that depends.
    pub(super) more_is_better: Option<bool>,
    /// Its place among others.
    pub(super) rank: usize,
    /// Whether it is known to lie in [0, 1].
    pub(super) is_unit: bool,
}

type Row = (&'static str, &'static str, Unit, Option<bool>, bool);

const UP: Option<bool> = Some(true);
const DOWN: Option<bool> = Some(false);
use Unit::{Plain, Points, Share};

/// Name, label, unit, whether more is better, whether it lies in [0, 1]; in the order in which they are shown.
const KNOWN: &[Row] = &[
    ("selection_rate", "Selection rate", Share, None, true),
    ("base_rate", "Base rate", Share, None, true),
    ("tpr", "True positive rate", Share, UP, true),
    ("ppv", "Positive predictive value", Share, UP, true),
    ("roc_auc", "ROC AUC", Plain, UP, true),
    ("pr_auc", "PR AUC", Plain, UP, true),
    ("accuracy", "Accuracy", Share, UP, true),
    ("precision", "Precision", Share, UP, true),
    ("recall", "Recall", Share, UP, true),
    ("f1", "F1", Plain, UP, true),
    ("specificity", "Specificity", Share, UP, true),
    ("fpr", "False positive rate", Share, DOWN, true),
    ("fnr", "False negative rate", Share, DOWN, true),
    ("tnr", "True negative rate", Share, UP, true),
    ("mcc", "Matthews correlation", Plain, UP, false),
    ("log_loss", "Log loss", Plain, DOWN, false),
    ("brier", "Brier score", Plain, DOWN, true),
    ("mae", "Mean absolute error", Plain, DOWN, false),
    ("rmse", "Root mean squared error", Plain, DOWN, false),
    ("mape", "Mean absolute percentage error", Share, DOWN, false),
    ("smape", "Symmetric percentage error", Share, DOWN, false),
    ("r2", "R²", Plain, UP, false),
    ("median_ae", "Median absolute error", Plain, DOWN, false),
    ("pinball", "Pinball loss", Plain, DOWN, false),
    ("coverage", "Interval coverage", Share, None, true),
    ("ndcg", "NDCG", Plain, UP, true),
    ("map", "Mean average precision", Plain, UP, true),
    ("mrr", "Mean reciprocal rank", Plain, UP, true),
    ("fdr", "False discovery rate", Share, DOWN, true),
    ("calibration", "Calibration gap", Points, DOWN, false),
    ("ece", "Calibration error (ECE)", Plain, DOWN, true),
    ("mce", "Largest calibration gap (MCE)", Plain, DOWN, true),
    ("slope", "Calibration slope", Plain, None, false),
    ("intercept", "Calibration intercept", Plain, None, false),
    ("mean_error", "Mean error", Plain, None, false),
    ("error_rate", "Error rate", Share, DOWN, true),
    ("absolute_error", "Absolute error", Plain, DOWN, false),
    (
        "demographic_parity",
        "Demographic parity",
        Points,
        None,
        false,
    ),
    ("equalised_odds", "Equalised odds", Points, None, false),
    (
        "equal_opportunity",
        "Equal opportunity",
        Points,
        None,
        false,
    ),
    (
        "predictive_parity",
        "Predictive parity",
        Points,
        None,
        false,
    ),
];

/// Ends of names, and how they are said.
const ENDS: [(&str, &str); 3] = [
    ("_macro", "macro"),
    ("_micro", "micro"),
    ("_weighted", "weighted"),
];

/// The metric of a name; one that is not known keeps its name as label.
pub(super) fn of(name: &str) -> Measure {
    let (base, cut) = match name.split_once('@') {
        Some((base, at)) if !at.is_empty() && at.bytes().all(|b| b.is_ascii_digit()) => {
            (base, Some(format!("@{at}")))
        }
        _ => (name, None),
    };
    let ended = ENDS
        .iter()
        .find_map(|(end, word)| Some((base.strip_suffix(end)?, *word)));
    let (base, word) = ended.map_or((base, None), |(base, word)| (base, Some(word)));
    let known = KNOWN.iter().enumerate().find(|(_, row)| row.0 == base);
    let Some((rank, &(_, label, unit, more_is_better, is_unit))) = known else {
        return Measure {
            label: super::name::short(name, 60).into_owned(),
            unit: Plain,
            more_is_better: None,
            rank: KNOWN.len(),
            is_unit: false,
        };
    };
    let mut label = label.to_owned() + cut.as_deref().unwrap_or_default();
    if let Some(word) = word {
        label = format!("{label}, {word}");
    }
    Measure {
        label,
        unit,
        more_is_better,
        rank,
        is_unit,
    }
}

/// Names in the order in which they are shown.
pub(super) fn ordered<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_by_cached_key(|name| (of(name).rank, (*name).to_owned()));
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_contract_have_labels() {
        for (name, label, more_is_better) in [
            ("roc_auc", "ROC AUC", UP),
            ("f1_macro", "F1, macro", UP),
            ("ndcg@10", "NDCG@10", UP),
            ("rmse", "Root mean squared error", DOWN),
            ("fpr", "False positive rate", DOWN),
            ("tnr", "True negative rate", UP),
            ("error_rate", "Error rate", DOWN),
            ("my_metric", "my_metric", None),
            ("evil@<b>", "evil@<b>", None),
        ] {
            let measure = of(name);
            assert_eq!(
                (measure.label.as_str(), measure.more_is_better),
                (label, more_is_better)
            );
        }
    }

    #[test]
    fn known_metrics_come_first_in_their_order() {
        let names = ["zeta", "recall", "roc_auc", "alpha", "mae", "recall"].map(str::to_owned);
        assert_eq!(
            ordered(names.iter()),
            ["roc_auc", "recall", "mae", "alpha", "zeta"]
        );
    }
}
