//! Performance of several classes without outcomes.

use super::{absent, told};
use crate::document::{Document, EstimatedPerformance};
use crate::evaluate::column::Sides;
use crate::windows::Windows;
use candor_stats::Figure;
use candor_stats::estimate::{
    Assumption, Band, ClassCbpe, ClassEstimate, ClassPredictions, Measure, Options,
};
use candor_stats::performance::{Better, MISSING};

const SECTION: &str = "estimated_performance";
/// Measures that are estimated, with their names; all but the accuracy are means over the classes.
const ESTIMATED: [(Measure, &str); 5] = [
    (Measure::Accuracy, "accuracy"),
    (Measure::F1, "f1_macro"),
    (Measure::Precision, "precision_macro"),
    (Measure::Recall, "recall_macro"),
    (Measure::RocAuc, "roc_auc_macro"),
];

/// What each of them can be.
const LIMITS: (f64, f64) = (0.0, 1.0);

/// Answers and outcomes of one side, by the codes of all classes.
pub(super) struct Scored<'a> {
    pub(super) labels: &'a [u32],
    /// The class that each row was given.
    pub(super) class: Vec<u32>,
    /// A column for each class.
    pub(super) scores: Option<Vec<&'a [f64]>>,
}

/// Tells the expected measures of the current rows, from scores calibrated on the reference.
pub(super) fn tell(
    document: &mut Document,
    sides: &Sides<'_>,
    before: &Scored<'_>,
    now: &Scored<'_>,
) {
    let (Some(old), Some(new)) = (&before.scores, &now.scores) else {
        let sentence = "Without a score for every class performance cannot be estimated.";
        return absent(document, SECTION, sentence);
    };
    if before.labels.iter().all(|label| *label == MISSING) {
        let sentence = "The reference has no outcomes to learn from.";
        return absent(document, SECTION, sentence);
    }
    let outcomes = before.labels.iter();
    let outcomes: Vec<Option<u32>> = outcomes
        .map(|y| Some(*y).filter(|y| *y != MISSING))
        .collect();
    let reference = of_windows(old, &before.class, sides.reference);
    let cbpe = ClassCbpe::fit(&reference, &outcomes, &Options::default());
    let zeros = vec![0; now.class.len()];
    let whole = ClassPredictions {
        scores: new,
        class: &now.class,
        window: &zeros,
        windows: 1,
    };
    let all = cbpe.estimate(&whole).pop();
    let by_window = cbpe.estimate(&of_windows(new, &now.class, sides.current));
    let mut told = EstimatedPerformance {
        method: "cbpe_macro".to_owned(),
        assumptions: assumptions(new.len()),
        ..EstimatedPerformance::default()
    };
    for (measure, name) in ESTIMATED {
        let mean = |estimate: &ClassEstimate| estimate.mean(measure);
        let realised: Vec<Figure> = cbpe.realised().iter().map(mean).collect();
        let reference: Vec<Option<f64>> = realised.iter().map(|f| f.value).collect();
        let values: Vec<f64> = reference.iter().flatten().copied().collect();
        let (expected, known) = (all.as_ref().map(mean), mean(cbpe.overall()));
        let one = told::Estimated {
            name,
            better: Better::Higher,
            all: expected.as_ref(),
            realised: Some(&known),
            windows: by_window.iter().map(mean).collect(),
            band: Band::robust(&values, LIMITS),
            range: LIMITS,
            reference,
        };
        one.tell(&mut told, document, sides);
    }
    document.estimated_performance = Some(told);
}

fn assumptions(classes: usize) -> Vec<String> {
    let all = Assumption::CBPE.iter().map(|a| a.sentence.to_owned());
    let own = format!("Each of the {classes} classes is calibrated against all others.");
    all.chain([own]).collect()
}

fn of_windows<'a>(
    scores: &'a [&'a [f64]],
    class: &'a [u32],
    windows: &'a Windows,
) -> ClassPredictions<'a> {
    ClassPredictions {
        scores,
        class,
        window: &windows.of_row,
        windows: windows.count(),
    }
}
