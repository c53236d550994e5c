//! Two classes: the score is calibrated on the reference.

use super::{Held, Measured, Relation, Sides};
use crate::answers::Scored;
use crate::outcomes::{numbers, positive};
use crate::rows::texts;
use arrow::array::RecordBatch;
use candor_contract::spec::ModelSpec;
use candor_stats::estimate::{Cbpe, Measure, Options, realised};

/// Measures that are compared, and how people call them.
const MEASURES: [(Measure, &str); 2] = [
    (Measure::RocAuc, "ROC AUC"),
    (Measure::Accuracy, "accuracy"),
];
/// A gap of two points matters, as for monitors of performance.
pub(super) const MATERIAL: f64 = 0.02;

pub(super) fn held(spec: &ModelSpec, sides: &Sides<'_>) -> Result<Held, String> {
    let missing = "Rows have no score, or outcomes no class.";
    let labels = |rows: &RecordBatch| -> Option<Vec<Option<bool>>> {
        let words = rows.column_by_name("outcome_class").and_then(texts)?;
        Some(words.iter().map(positive(spec)).collect())
    };
    let [before, now] = sides.known(missing, |rows| {
        let (scores, labels) = (numbers(rows, "output_score")?, labels(rows)?);
        Some(move |row: usize| scores[row].is_finite() && labels[row].is_some())
    })?;
    let both = (labels(&before.rows), labels(&now.rows));
    let scored = (
        Scored::of(spec, &before.rows, before.windows),
        Scored::of(spec, &now.rows, now.windows),
    );
    let ((Some(known), Some(came)), (Some(old), Some(new))) = (both, scored) else {
        return Err(missing.to_owned());
    };
    let (old, new) = (old.predictions(), new.predictions());
    let cbpe = Cbpe::fit(&old, &known, &Options::default());
    let (Some(estimate), Some(real)) = (cbpe.estimate(&new).pop(), realised(&new, &came).pop())
    else {
        return Err("The window has no rows.".to_owned());
    };
    let measured = MEASURES.iter().filter_map(|(measure, name)| {
        let between = cbpe.between(&old, *measure);
        let gap = cbpe.gap(&estimate, &real, *measure, between.as_ref());
        let both = (estimate.figure(*measure), real.figure(*measure).clone());
        Measured::of_gap((measure.name(), name), both, &gap, MATERIAL)
    });
    let measures: Vec<Measured> = measured.collect();
    if measures.is_empty() {
        return Err("Neither ROC AUC nor accuracy is defined for these rows.".to_owned());
    }
    let shift = cbpe.shift(&new, &came);
    Ok(Held {
        rows: real.rows,
        measures,
        relation: Relation {
            p: shift.p,
            n: shift.level.n,
            kept: "Outcomes agree with the calibrated scores".to_owned(),
            broken: "Outcomes no longer agree with the calibrated scores".to_owned(),
        },
    })
}
