//! Two classes.

use super::{Loss, absent, fair, numbers, positives, reliability, told, words};
use crate::document::{Confusion, Curve, Document, EstimatedPerformance, Outcomes};
use crate::error::Result;
use crate::evaluate::Section;
use crate::evaluate::both::both;
use crate::evaluate::column::Sides;
use crate::table::Table;
use crate::windows::Windows;
use candor_stats::estimate::{
    Assumption, Band, Cbpe, Measure, Options as Estimating, Predictions, Ranked,
};
use candor_stats::performance::{Better, Binary, BinaryOptions, BinaryRows, Measured};

/// Metrics of the table.
const TOLD: [&str; 12] = [
    "accuracy",
    "precision",
    "recall",
    "f1",
    "specificity",
    "fpr",
    "fnr",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
    "mcc",
];
/// Metrics window by window.
const BY_WINDOW: [&str; 8] = [
    "accuracy",
    "precision",
    "recall",
    "f1",
    "specificity",
    "roc_auc",
    "log_loss",
    "brier",
];
/// Measures that are estimated.
const ESTIMATED: [Measure; 6] = [
    Measure::RocAuc,
    Measure::Accuracy,
    Measure::F1,
    Measure::Precision,
    Measure::Recall,
    Measure::Specificity,
];
/// Scores of this size and above are positive where the model names no class.
const THRESHOLD: f64 = 0.5;

/// Answers and outcomes of one side.
struct Side {
    labels: Vec<Option<bool>>,
    scores: Option<Vec<f64>>,
    predicted: Option<Vec<Option<bool>>>,
}

impl Side {
    fn rows(&self) -> BinaryRows<'_> {
        BinaryRows {
            labels: &self.labels,
            scores: self.scores.as_deref(),
            predicted: self.predicted.as_deref(),
            weights: None,
        }
    }

    /// Whether each row is predicted to be positive; `None` where nothing was predicted.
    fn decided(&self) -> Vec<Option<bool>> {
        match (&self.predicted, &self.scores) {
            (Some(predicted), _) => predicted.clone(),
            (None, Some(scores)) => {
                let decided = |x: &f64| (!x.is_nan()).then_some(*x >= THRESHOLD);
                scores.iter().map(decided).collect()
            }
            (None, None) => vec![None; self.labels.len()],
        }
    }

    /// Whether each row is predicted to be positive; rows of which nothing is known are not.
    fn chosen(&self) -> Vec<bool> {
        match (&self.predicted, &self.scores) {
            (Some(predicted), _) => predicted.iter().map(|p| p.unwrap_or(false)).collect(),
            (None, Some(scores)) => scores.iter().map(|x| *x >= THRESHOLD).collect(),
            (None, None) => vec![false; self.labels.len()],
        }
    }

    fn curve(&self) -> Option<Curve> {
        let rows = self.labels.iter().zip(self.scores.as_ref()?);
        reliability::curve(rows.filter_map(|(label, score)| Some(((*label)?, *score))))
    }

    fn known(&self) -> u64 {
        self.labels.iter().filter(|label| label.is_some()).count() as u64
    }
}

/// Tells performance, estimated performance, calibration and fairness; what each current row lost.
pub(super) fn tell(document: &mut Document, sides: &Sides<'_>) -> Result<Option<Loss>> {
    let positive = positive_class(sides)?;
    let (before, now) = both(
        &sides.request.options,
        || side(sides, sides.request.reference, &positive),
        || side(sides, sides.request.current, &positive),
    )?;
    if now.scores.is_none() && now.predicted.is_none() {
        let sentence = "The data have neither a score nor a class that the model chose.";
        for section in [
            "performance",
            "estimated_performance",
            "calibration",
            "fairness",
        ] {
            absent(document, section, sentence);
        }
        return Ok(None);
    }
    let tells = |section| sides.request.options.tells(section);
    if tells(Section::Performance) {
        performance(document, sides, &before, &now, &positive);
    }
    if tells(Section::EstimatedPerformance) {
        estimated(document, sides, &before, &now)?;
    }
    if tells(Section::Calibration) {
        let of = format!("class {positive}");
        reliability::tell(document, of, now.curve(), before.curve());
    }
    if tells(Section::Fairness) {
        fair::tell(
            document,
            sides,
            &now.labels,
            &now.decided(),
            now.scores.as_deref(),
        )?;
    }
    if !tells(Section::Slices) {
        return Ok(None);
    }
    let lost = |(label, decided): (&Option<bool>, &Option<bool>)| match (label, decided) {
        (Some(label), Some(decided)) => f64::from(label != decided),
        _ => f64::NAN,
    };
    let rows: Vec<f64> = now.labels.iter().zip(&now.decided()).map(lost).collect();
    let any = rows.iter().any(|x| !x.is_nan());
    Ok(any.then_some(Loss {
        rows,
        measure: "error_rate",
    }))
}

/// The spec's positive class; without one, the last of the outcomes' words in their order.
fn positive_class(sides: &Sides<'_>) -> Result<String> {
    if let Some(positive) = &sides.roles.positive {
        return Ok(positive.clone());
    }
    let named = [sides.roles.outcome.as_deref(), sides.roles.class.as_deref()];
    for name in named {
        if let Some(words) = words(sides.request.reference, name)? {
            return Ok(words
                .words
                .iter()
                .max()
                .cloned()
                .unwrap_or_else(|| "1".to_owned()));
        }
    }
    Ok("1".to_owned())
}

fn side(sides: &Sides<'_>, table: &dyn Table, positive: &str) -> Result<Side> {
    let roles = sides.roles;
    let labels = words(table, roles.outcome.as_deref())?;
    let predicted = words(table, roles.class.as_deref())?;
    Ok(Side {
        labels: match labels {
            Some(labels) => positives(&labels, positive),
            None => vec![None; table.rows() as usize],
        },
        scores: numbers(table, roles.score.as_deref())?,
        predicted: predicted.map(|words| positives(&words, positive)),
    })
}

fn performance(
    document: &mut Document,
    sides: &Sides<'_>,
    before: &Side,
    now: &Side,
    positive: &str,
) {
    if now.known() == 0 {
        return absent(
            document,
            "performance",
            "No current row has an outcome yet.",
        );
    }
    let options = BinaryOptions::default();
    // One after the other: rows in the order of their scores take 64 bytes each.
    let all = |side: &Side| {
        let made = Binary::new(&side.rows(), &options);
        (made.figures(), made.confusion().map(table))
    };
    let ((before_figures, old), (now_figures, new)) = (all(before), all(now));
    let tells = |name: &str| TOLD.contains(&name);
    let mut told = told::performance(&now_figures, &before_figures, &tells);
    told.outcomes = Some(Outcomes {
        coverage: told::coverage(now.known(), now.labels.len() as u64),
        sentence: None,
    });
    told.confusion = new.map(|current| Confusion {
        classes: vec![format!("not {positive}"), positive.to_owned()],
        current,
        reference: old.unwrap_or_default(),
    });
    told::methods(document, &now_figures, &tells);
    document.performance = Some(told);
    let by_window = |side: &Side, windows: &Windows| -> Vec<Vec<Measured>> {
        let made = Binary::by_window(&side.rows(), &windows.of_row, windows.count(), &options);
        made.iter().map(Binary::figures).collect()
    };
    let now = by_window(now, sides.current);
    let before = by_window(before, sides.reference);
    told::windows(document, sides, &now, &before, &BY_WINDOW);
}

/// Rows by outcome, then answer; negative first.
fn table(cells: &candor_stats::performance::Confusion) -> Vec<Vec<u64>> {
    let cells = &cells.rows;
    let whole = |x: f64| x as u64;
    vec![
        vec![whole(cells.tn), whole(cells.fp)],
        vec![whole(cells.fn_), whole(cells.tp)],
    ]
}

fn estimated(document: &mut Document, sides: &Sides<'_>, before: &Side, now: &Side) -> Result<()> {
    const SECTION: &str = "estimated_performance";
    let (Some(old), Some(new)) = (&before.scores, &now.scores) else {
        absent(
            document,
            SECTION,
            "Without scores performance cannot be estimated.",
        );
        return Ok(());
    };
    if before.known() == 0 {
        absent(
            document,
            SECTION,
            "The reference has no outcomes to learn from.",
        );
        return Ok(());
    }
    // The current rows are put in order while the reference is learnt from.
    let (cbpe, ranked) = both(
        &sides.request.options,
        || {
            let decided = before.chosen();
            let rows = of_windows(old, &decided, sides.reference);
            Ok(Cbpe::fit(&rows, &before.labels, &Estimating::default()))
        },
        || {
            let decided = now.chosen();
            Ok(Ranked::new(&of_windows(new, &decided, sides.current)))
        },
    )?;
    let (all, by_window) = cbpe.estimate_ranked(ranked);
    let mut told = EstimatedPerformance {
        method: "cbpe".to_owned(),
        assumptions: Assumption::CBPE
            .iter()
            .map(|a| a.sentence.to_owned())
            .collect(),
        ..EstimatedPerformance::default()
    };
    for measure in ESTIMATED {
        let values = cbpe.realised().iter().map(|w| w.figure(measure).value);
        let one = told::Estimated {
            name: measure.name(),
            better: Better::Higher,
            all: Some(all.figure(measure)),
            realised: Some(cbpe.overall().figure(measure)),
            windows: by_window
                .iter()
                .map(|w| w.figure(measure).clone())
                .collect(),
            reference: values.collect(),
            band: cbpe.band(measure, Band::robust),
            range: (0.0, 1.0),
        };
        one.tell(&mut told, document, sides);
    }
    document.estimated_performance = Some(told);
    Ok(())
}

fn of_windows<'a>(score: &'a [f64], positive: &'a [bool], windows: &'a Windows) -> Predictions<'a> {
    Predictions {
        score,
        positive,
        window: &windows.of_row,
        windows: windows.count(),
    }
}
