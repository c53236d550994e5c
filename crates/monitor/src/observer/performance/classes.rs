//! Several classes: the score of each is calibrated on the reference.

use super::scores::MATERIAL;
use super::{Held, Measured, Relation, Sides};
use crate::answers::{Classed, Windows, class_codes, scored_classes};
use crate::rows::texts;
use arrow::array::RecordBatch;
use candor_stats::estimate::{ClassCbpe, ClassShift, Measure, Options, realised_classes};
use candor_stats::performance::MISSING;

/// Measures that are compared, as figures and as people call them.
const MEASURES: [(Measure, &str, &str); 2] = [
    (
        Measure::RocAuc,
        "roc_auc_macro",
        "mean ROC AUC of the classes",
    ),
    (Measure::Accuracy, "accuracy", "accuracy"),
];
const OUTCOME: &str = "outcome_class";

pub(super) fn held(sides: &Sides<'_>) -> Result<Held, String> {
    let classes = scored_classes(sides.reference);
    if classes.len() < 2 {
        return Err(
            "Predictions of the reference have no scores by class (`outputs.scores`), from which performance of several \
             classes is estimated."
                .to_owned(),
        );
    }
    for rows in [sides.reference, sides.current] {
        if let Some(other) = unscored(&classes, rows) {
            return Err(format!(
                "Outcomes have the class {other}, for which predictions of the reference have no score."
            ));
        }
    }
    let missing = "Rows have no score for each class, or outcomes no class.";
    let labels = |rows: &RecordBatch| -> Option<Vec<Option<u32>>> {
        let codes = class_codes(&classes, rows, OUTCOME)?.into_iter();
        Some(codes.map(|c| Some(c).filter(|c| *c != MISSING)).collect())
    };
    let [before, now] = sides.known(missing, |rows| {
        let labels = labels(rows)?;
        let scored = Classed::of(&classes, rows, Windows::one(rows.num_rows()))?;
        let columns = scored.columns();
        let whole = |row: usize| columns.iter().all(|c| c[row].is_finite());
        let known = labels.iter().enumerate();
        let known = known.map(|(row, label)| label.is_some() && whole(row));
        let known: Vec<bool> = known.collect();
        Some(move |row: usize| known[row])
    })?;
    let both = (labels(&before.rows), labels(&now.rows));
    let scored = (
        Classed::of(&classes, &before.rows, before.windows),
        Classed::of(&classes, &now.rows, now.windows),
    );
    let ((Some(known), Some(came)), (Some(old), Some(new))) = (both, scored) else {
        return Err(missing.to_owned());
    };
    let columns = (old.columns(), new.columns());
    let (old, new) = (old.predictions(&columns.0), new.predictions(&columns.1));
    let cbpe = ClassCbpe::fit(&old, &known, &Options::default());
    let estimate = cbpe.estimate(&new).pop();
    let real = realised_classes(&new, &came).pop();
    let (Some(estimate), Some(real)) = (estimate, real) else {
        return Err("The window has no rows.".to_owned());
    };
    let measured = MEASURES.iter().filter_map(|(measure, figure, name)| {
        let between = cbpe.between(&old, *measure);
        let gap = cbpe.gap(&estimate, &real, *measure, between.as_ref());
        let expected = estimate.mean_beside(&real, *measure);
        let both = (&expected, real.mean_beside(&estimate, *measure));
        Measured::of_gap((figure, name), both, &gap, MATERIAL)
    });
    let measures: Vec<Measured> = measured.collect();
    if measures.is_empty() {
        return Err("Neither ROC AUC nor accuracy is defined for these rows.".to_owned());
    }
    Ok(Held {
        rows: real.rows,
        measures,
        relation: relation(&cbpe.shift(&new, &came), &classes, real.rows),
    })
}

/// A class among the outcomes that has no score.
fn unscored(classes: &[String], rows: &RecordBatch) -> Option<String> {
    let words = rows.column_by_name(OUTCOME).and_then(texts)?;
    let mut words = words.into_iter().flatten();
    words.find(|word| !classes.contains(word))
}

fn relation(shift: &ClassShift, classes: &[String], n: u64) -> Relation {
    let most = match shift.foremost().and_then(|class| classes.get(class)) {
        Some(class) => format!("those of {class}"),
        None => "those of the class that was chosen".to_owned(),
    };
    Relation {
        p: shift.p,
        n,
        kept: "Outcomes agree with the calibrated scores of all classes".to_owned(),
        broken: format!(
            "Outcomes no longer agree with the calibrated scores, least of all with {most}"
        ),
    }
}
