//! Numbers: a model of the errors is learnt from the reference.

use super::{Held, Measured, Relation, Sides};
use crate::answers::{Input, Valued};
use crate::decide::RELATIVE;
use crate::outcomes::numbers;
use candor_stats::estimate::{Between, ErrorMeasure, LossShift, realised_error};
use candor_stats::learn::Settings;

/// Measures that are compared, and how people call them.
const MEASURES: [(ErrorMeasure, &str); 2] = [
    (ErrorMeasure::Mae, "mean absolute error"),
    (ErrorMeasure::Rmse, "root mean squared error"),
];

pub(super) fn held(sides: &Sides<'_>) -> Result<Held, String> {
    let missing = "Rows have no predicted value, or outcomes no value.";
    let [before, now] = sides.known(missing, |rows| {
        let values = numbers(rows, "output_value")?;
        let outcomes = numbers(rows, "outcome_value")?;
        Some(move |row: usize| values[row].is_finite() && outcomes[row].is_finite())
    })?;
    let outcomes = |rows| numbers(rows, "outcome_value");
    let both = (outcomes(&before.rows), outcomes(&now.rows));
    let inputs = Input::all(&before.rows);
    let valued = (
        Valued::of(&inputs, &before.rows, before.windows),
        Valued::of(&inputs, &now.rows, now.windows),
    );
    let ((Some(known), Some(came)), (Some(old), Some(new))) = (both, valued) else {
        return Err("An input of the reference is missing in the window.".to_owned());
    };
    let features = (old.features(&inputs), new.features(&inputs));
    let (old, new) = (old.predictions(&features.0), new.predictions(&features.1));
    let (mut measures, mut least) = (Vec::new(), 1.0_f64);
    for (measure, name) in MEASURES {
        let settings = Settings::default();
        let shift = LossShift::of(measure, (&old, &known), (&new, &came), &settings);
        let Some(shift) = shift else {
            return Err(format!(
                "The reference has fewer than {} windows as long as this one with outcomes, so it is not known how windows \
                 differ.",
                Between::WINDOWS_MIN
            ));
        };
        least = least.min(shift.p);
        let realised = realised_error(measure, &new, &came).pop();
        measures.extend(realised.and_then(|realised| {
            let expected = shift.expected.value?;
            Some(Measured {
                figure: measure.name(),
                name,
                realised,
                expected,
                allowed: (shift.expected.low?, shift.expected.high?),
                material: RELATIVE * expected,
            })
        }));
    }
    if measures.is_empty() {
        return Err("The errors of these rows have no measure.".to_owned());
    }
    Ok(Held {
        rows: came.len() as u64,
        relation: Relation {
            // Two figures were looked at (Bonferroni).
            p: (least * MEASURES.len() as f64).min(1.0),
            n: came.len() as u64,
            kept: "Errors follow inputs and prediction as in the reference".to_owned(),
            broken: "Errors no longer follow inputs and prediction as in the reference".to_owned(),
        },
        measures,
    })
}
